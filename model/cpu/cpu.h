/* What the files of the CPU backend share: how rows are given to threads. Rows are shared out in blocks, matrices are
 * multiplied block by block, and sums over rows are made of pieces whose number depends on the sizes alone. */
#ifndef GD_MODEL_CPU_H
#define GD_MODEL_CPU_H

#include "engine/base/team.h"
#include "model/cpu/kernels.h"

#define EDGE_BLOCK 16 /* receivers, senders or filter rows */
#define ATOM_BLOCK 64

struct gd_cpu {
    struct gd_backend base;
    struct gd_team *team;
    const struct gd_kernels *kernels;
};

static inline const struct gd_cpu *gd_cpu_of(const struct gd_backend *backend)
{
    return (const struct gd_cpu *)backend;
}

static inline size_t gd_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Does what a kernel does to rows begin .. end-1, `block` of them at a time; or, in blocks of about the same size, at
 * most `most` of them; or to rows 0 .. rows-1. */
void gd_cpu_run_blocks(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t begin, size_t end,
                       size_t block);
void gd_cpu_run_range(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t begin, size_t end,
                      size_t most);
void gd_cpu_run(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t rows, size_t most);

#define GD_CPU_PROTOTYPE(name) void gd_cpu_##name(struct gd_backend *backend, const struct gd_##name *a);
GD_CPU_OPERATIONS(GD_CPU_PROTOTYPE)

extern const struct gd_backend_class gd_backend_cpu;

#endif
