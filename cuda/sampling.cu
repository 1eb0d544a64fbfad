/* What a sampler's step is made of: scores put to scale, and moves. */
#include <Random123/philox.h>

#include "cuda/launch.h"

extern "C" {
#include "atoms/system.h"
#include "engine/base/random.h"
}

#define THREADS 256

/* One block: there are a few thousand numbers. */
static __global__ void __launch_bounds__(THREADS) scale(const struct gd_scale a, double *value)
{
    GD_SHARED(size_t, firsts, [THREADS]);
    size_t first = a.count;
    for (size_t k = threadIdx.x; k < a.count; k += THREADS) {
        float y = a.factor * a.x[k];
        a.y[k] = y;
        if (!isfinite(y) && first == a.count)
            first = k;
    }
    firsts[threadIdx.x] = first;
    __syncthreads();
    if (threadIdx.x > 0 || !value)
        return;
    for (int thread = 1; thread < THREADS; thread++)
        first = firsts[thread] < first ? firsts[thread] : first;
    *value = (double)first;
}

void gd_cuda_scale(struct gd_backend *backend, const struct gd_scale *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    double *value = a->first ? gd_cuda_value(cuda, a->first) : NULL;
    launch(cuda, "scale", scale, dim3(1), dim3(THREADS), *a, value);
}

/* Where mobile atoms may be, in numbers: see gd_system_confine. */
struct room {
    double vectors[3][3], inverse[3][3];
    bool wraps[3], confined;
    double window[2];
    int parts;
    struct gd_region_part part[GD_REGION_PARTS];
};

static struct room room_of(const struct gd_system *system)
{
    struct room room = {};
    for (int k = 0; k < 3; k++) {
        room.wraps[k] = system->basis.periodic[k] && !gd_system_bounds(system, k);
        for (int axis = 0; axis < 3; axis++) {
            room.vectors[k][axis] = system->basis.vectors[k][axis];
            room.inverse[k][axis] = system->basis.inverse[k][axis];
        }
    }
    room.confined = system->confined;
    room.window[0] = system->window[0];
    room.window[1] = system->window[1];
    room.parts = system->region.count;
    for (int k = 0; k < room.parts; k++)
        room.part[k] = system->region.parts[k];
    return room;
}

/* Reflects z at both walls until it lies between them: -1 after an odd number of reflections, else 1. */
static __device__ float reflect(const double window[2], double *z)
{
    if (*z >= window[0] && *z <= window[1])
        return 1;
    double height = window[1] - window[0], above = fmod(*z - window[0], 2 * height);
    if (above < 0)
        above += 2 * height;
    bool turned = above > height;
    if (turned)
        above = 2 * height - above;
    *z = fmin(fmax(window[0] + above, window[0]), window[1]);
    return turned ? -1.0f : 1.0f;
}

static __device__ void wrap(const struct room &room, double point[3])
{
    double fractional[3];
    for (int k = 0; k < 3; k++)
        fractional[k] = point[0] * room.inverse[0][k] + point[1] * room.inverse[1][k] + point[2] * room.inverse[2][k];
    for (int k = 0; k < 3; k++) {
        double cells = floor(fractional[k]);
        if (room.wraps[k] && cells != 0 && fractional[k] - cells < 1)
            for (int axis = 0; axis < 3; axis++)
                point[axis] -= cells * room.vectors[k][axis];
    }
}

/* The key of a stream for a block: another one after every 2^32 of them (engine/base/random.h). */
static __device__ philox4x32_key_t key_at(const struct gd_stream &stream, uint64_t block)
{
    const philox4x32_ctr_t last = {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}};
    philox4x32_key_t key = {{stream.key[0], stream.key[1]}};
    for (uint64_t k = 0; k < block >> 32; k++) {
        const philox4x32_ctr_t out = philox4x32_R(10, last, key);
        key.v[0] = out.v[0];
        key.v[1] = out.v[1] | UINT32_C(1) << 31;
    }
    return key;
}

/* 64 bits of a stream, from its number `place` of 32 bits on: place and the next lie in one block, as streams are used
 * up in pairs. */
static __device__ double uniform_at(const struct gd_stream &stream, uint64_t place)
{
    philox4x32_ctr_t in = {{(uint32_t)(place / 4), stream.counter[1], stream.counter[2], stream.counter[3]}};
    philox4x32_ctr_t out = philox4x32_R(10, in, key_at(stream, place / 4));
    uint64_t bits = (uint64_t)out.v[place % 4] << 32 | out.v[place % 4 + 1];
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

/* What gd_stream_normal gives after `count` normals. */
static __device__ double normal_at(const struct gd_stream &stream, uint64_t count)
{
    const double two_pi = 6.28318530717958647692;
    uint64_t place = 4 * (uint64_t)stream.counter[0] - (uint64_t)(4 - stream.used) + 4 * (count / 2);
    double radius = sqrt(-2 * log(uniform_at(stream, place))), angle = two_pi * uniform_at(stream, place + 2);
    return radius * (count % 2 ? sin(angle) : cos(angle));
}

/* A thread for every mobile atom: they are few, and bound by the arithmetic of the noise in double. */
static __global__ void __launch_bounds__(THREADS)
    move(const struct gd_move a, const struct room room, int fixed, int mobile)
{
    size_t atom = (size_t)blockIdx.x * THREADS + threadIdx.x, s = atom / (size_t)mobile;
    if (s >= a.structures)
        return;
    size_t i = atom - s * (size_t)mobile;
    double *at = a.positions + 3 * (s * (size_t)(fixed + mobile) + (size_t)fixed + i), point[3];
    for (size_t axis = 0; axis < 3; axis++) {
        const double drift = fmax(-a.farthest, fmin(a.farthest, a.gain * (double)a.score[3 * atom + axis]));
        const double normal = a.noise > 0 ? normal_at(a.streams[s], a.drawn + 3 * i + axis) : 0;
        point[axis] = at[axis] + (drift + a.noise * normal);
        if (a.path_weights)
            a.path_weights[atom] -= drift / a.noise * (drift / a.noise / 2 + normal);
    }
    double turned[3] = {};
    for (size_t axis = 0; axis < 3 && a.turned; axis++)
        turned[axis] = (double)a.turned[3 * atom + axis];
    if (room.confined)
        turned[2] *= (double)reflect(room.window, &point[2]);
    gd_parts_reflect(room.part, room.parts, point, turned);
    wrap(room, point);
    for (int axis = 0; axis < 3; axis++)
        at[axis] = point[axis];
    for (size_t axis = 0; axis < 3 && a.turned; axis++)
        a.turned[3 * atom + axis] = (float)turned[axis];
}

void gd_cuda_move(struct gd_backend *backend, const struct gd_move *a)
{
    size_t mobile = gd_system_mobile(a->system);
    launch(gd_cuda_of(backend), "move", move, dim3(pieces(a->structures * mobile, THREADS)), dim3(THREADS), *a,
           room_of(a->system), (int)a->system->fixed, (int)mobile);
}
