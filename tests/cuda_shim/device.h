/* The words of kernels, for the host's C++ compiler. */
#ifndef GD_SHIM_DEVICE_H
#define GD_SHIM_DEVICE_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>

#define __global__
#define __host__
#define __device__
#define __launch_bounds__(...)
#define __align__(bytes) alignas(bytes)

using std::isfinite;

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

struct alignas(8) float2 {
    float x, y;
};

static inline float2 make_float2(float x, float y)
{
    return {x, y};
}

struct alignas(16) float4 {
    float x, y, z, w;
};

/* The thread that runs now. */
struct shim_here {
    uint3 thread, block;
};
extern const struct shim_here *shim_here;

#define threadIdx (shim_here->thread)
#define blockIdx  (shim_here->block)

/* Shared memory of the block that runs now: one array per declaration, allocated for each block. */
void *shim_shared(const char *key, size_t bytes);
#define GD_SHARED(type, name, extent)                                                                                  \
    static char name##_key;                                                                                            \
    typedef type name##_type extent;                                                                                   \
    name##_type &name = *static_cast<name##_type *>(shim_shared(&name##_key, sizeof(name##_type)))

void shim_syncthreads(const char *place);

/* What the lanes of `mask` exchange: each gives `value` and gets that of lane `source`, or with SHIM_BALLOT a bit for
 * each lane whose value is not 0. All of them have to come. */
#define SHIM_BALLOT (-1)
uint64_t shim_exchange(unsigned mask, uint64_t value, int source, const char *place);
int shim_lane();

#define SHIM_TEXT_(x) #x
#define SHIM_TEXT(x)  SHIM_TEXT_(x)
#define SHIM_PLACE    __FILE__ ":" SHIM_TEXT(__LINE__)

#define __syncthreads() shim_syncthreads(SHIM_PLACE)
#define __syncwarp()    ((void)shim_exchange(0xffffffffu, 0, shim_lane(), SHIM_PLACE))

#define __ballot_sync(mask, value) ((unsigned)shim_exchange(mask, (value) ? 1 : 0, SHIM_BALLOT, SHIM_PLACE))
#define __popc(bits)               __builtin_popcount(bits)

#define __shfl_down_sync(mask, value, delta) shim_shuffle(mask, value, shim_lane() + (int)(delta), SHIM_PLACE)

/* A lane beyond the end of the warp gives each its own value. */
template <typename T> static inline T shim_shuffle(unsigned mask, T value, int source, const char *place)
{
    static_assert(sizeof(T) <= sizeof(uint64_t), "a number");
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    bits = shim_exchange(mask, bits, source < 32 ? source : shim_lane(), place);
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

template <typename T> static inline T __ldg(const T *from)
{
    return *from;
}

template <typename T> static inline T min(T a, T b)
{
    return b < a ? b : a;
}

template <typename T> static inline T max(T a, T b)
{
    return a < b ? b : a;
}

static inline float sinpif(float x)
{
    return (float)std::sin(3.14159265358979323846 * (double)x);
}

static inline float cospif(float x)
{
    return (float)std::cos(3.14159265358979323846 * (double)x);
}

struct cudaLaunchConfig_t {
    dim3 gridDim, blockDim;
    size_t dynamicSmemBytes;
    cudaStream_t stream;
};

cudaError_t shim_launch(const cudaLaunchConfig_t &config, std::function<void()> thread);

template <typename... Parameters, typename... Arguments>
static inline cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config, void (*kernel)(Parameters...),
                                             Arguments &&...arguments)
{
    std::tuple<Parameters...> copies(arguments...);
    return shim_launch(*config, [kernel, copies] { std::apply(kernel, copies); });
}

#endif
