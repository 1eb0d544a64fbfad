/* What is compiled once per instruction set: how its functions are named, and what they share. Elementwise loops are
 * left to the compiler to vectorise; where a sum over edges is to stay in registers, the vector extension of gcc and
 * clang is used. */
#ifndef GD_MODEL_ISA_H
#define GD_MODEL_ISA_H

#include <stdint.h>
#include <string.h>

#include "model/cpu/cpu.h"

/* The name of a function or table for the instruction set GD_ISA: gd_norms_avx2. */
#define GD_KERNEL_JOIN(name, isa) gd_##name##_##isa
#define GD_KERNEL_FOR(name, isa)  GD_KERNEL_JOIN(name, isa)
#define GD_KERNEL(name)           GD_KERNEL_FOR(name, GD_ISA)

#define GD_KERNEL_PROTOTYPE(name) void GD_KERNEL(name)(struct gd_backend *, const struct gd_##name *);
GD_KERNEL_OPERATIONS(GD_KERNEL_PROTOTYPE)

/* As in struct gd_kernels. */
gd_kernel GD_KERNEL(fused_rows);
void GD_KERNEL(fused_backward_rows)(const struct gd_message_fused_backward *a, size_t begin, size_t end,
                                    float *dweight);

/* The operation of a kernel of its name, which is given `rows` rows in blocks of at most `most`. */
#define GD_ROWS_OPERATION(name, rows, most)                                                                            \
    void GD_KERNEL(name)(struct gd_backend * backend, const struct gd_##name *a)                                       \
    {                                                                                                                  \
        gd_cpu_run(backend, name, a, rows, most);                                                                      \
    }

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

#define INLINE static inline __attribute__((always_inline))

#define PI_F 3.14159265358979f

/* e^x to 2e-7 relative for |x| < 87, beyond that as at ±87. Reduction by Cody and Waite, polynomial of Cephes' expf. */
INLINE float exponential(float x)
{
    x = x < 87.0f ? x : 87.0f;
    x = x > -87.0f ? x : -87.0f;
    float whole = x * 1.44269504f + 0x1.8p23f; /* rounds to an integer, kept in the low bits */
    int32_t bits;
    memcpy(&bits, &whole, sizeof bits);
    whole -= 0x1.8p23f;
    float r = x - whole * 0.693359375f + whole * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1;
    int32_t power = (int32_t)((uint32_t)bits << 23) + 0x3f800000;
    float scale;
    memcpy(&scale, &power, sizeof scale);
    return p * scale;
}

INLINE float silu_of(float x)
{
    return x / (1 + exponential(-x));
}

INLINE float slope_of(float x)
{
    float s = 1 / (1 + exponential(-x));
    return s + x * s * (1 - s);
}

/* LANES numbers, or fewer in front of zeros. */
typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

INLINE vector load(const float *from, size_t lanes)
{
    vector v = {0};
    memcpy(&v, from, lanes * sizeof *from);
    return v;
}

INLINE void store(float *to, vector v, size_t lanes)
{
    memcpy(to, &v, lanes * sizeof *to);
}

#endif
