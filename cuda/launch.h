/* Starting kernels, and the shapes of grids that the kernels share. Plain C++ but for the words of CUDA, so that the
 * same sources are compiled for the host by the tests. */
#ifndef GD_CUDA_LAUNCH_H
#define GD_CUDA_LAUNCH_H

#include "cuda/context.h"

/* Shared memory of fixed size; the host build of the tests gives every block an array of its own. */
#ifndef GD_SHARED
#define GD_SHARED(type, name, extent) __shared__ type name extent
#endif

#define GD_WARP       32
#define GD_WHOLE_WARP 0xffffffffu

/* Starts kernel<<<grid, block>>>(arguments) on the backend's stream, unless something failed or the grid is empty. */
template <typename... Parameters, typename... Arguments>
static void launch(struct gd_cuda *cuda, const char *name, void (*kernel)(Parameters...), dim3 grid, dim3 block,
                   Arguments... arguments)
{
    if (cuda->failure.status || grid.x == 0 || grid.y == 0)
        return;
    cudaLaunchConfig_t config = {};
    config.gridDim = grid;
    config.blockDim = block;
    config.stream = cuda->stream;
    gd_cuda_ok(cuda, cudaLaunchKernelEx(&config, kernel, arguments...), name);
}

static inline unsigned pieces(size_t count, size_t size)
{
    return (unsigned)((count + size - 1) / size);
}

/* Most kernels have one thread per number of an array [rows][width]. A block is 32 columns wide, so that a warp reads
 * and writes 128 neighbouring bytes and no index has to be divided, and 8 rows high: 256 threads, 8 blocks of which
 * fill a multiprocessor at up to 32 registers a thread, and 4 at up to 64. */
#define GD_TILE_WIDTH   32
#define GD_TILE_HEIGHT  8
#define GD_TILE_THREADS (GD_TILE_WIDTH * GD_TILE_HEIGHT)

/* The place of a thread in such an array; `inside` unless it is beyond its end. */
struct place {
    size_t row;
    int column;
    bool inside;

    /* Where it lies in an array with rows of this width. */
    __device__ size_t in(int width) const
    {
        return row * (size_t)width + (size_t)column;
    }
};

static __device__ inline struct place place_of(size_t rows, int width)
{
    struct place place;
    place.row = (size_t)blockIdx.x * GD_TILE_HEIGHT + threadIdx.y;
    place.column = (int)(blockIdx.y * GD_TILE_WIDTH + threadIdx.x);
    place.inside = place.row < rows && place.column < width;
    return place;
}

template <typename Operation>
static void launch_tiles(struct gd_cuda *cuda, const char *name, void (*kernel)(Operation), size_t rows, int width,
                         const Operation *operation)
{
    launch(cuda, name, kernel, dim3(pieces(rows, GD_TILE_HEIGHT), pieces((size_t)width, GD_TILE_WIDTH)),
           dim3(GD_TILE_WIDTH, GD_TILE_HEIGHT), *operation);
}

static __device__ inline float silu_of(float x)
{
    return x / (1 + expf(-x));
}

static __device__ inline float silu_slope(float x)
{
    float s = 1 / (1 + expf(-x));
    return s + x * s * (1 - s);
}

#endif
