/* The fast backend on the CPU. */
#include "model/cpu/cpu.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/host.h"
#include "model/reference/reference.h"

#define SQUARES_PIECES 64

/* What a kernel does to rows begin .. end-1, `block` of them at a time. */
struct range {
    gd_kernel *kernel;
    const void *arguments;
    size_t begin, end, block;
};

static void run_block(void *context, size_t number)
{
    const struct range *range = context;
    size_t begin = range->begin + number * range->block;
    range->kernel(range->arguments, begin, gd_smaller(range->end, begin + range->block));
}

void gd_cpu_run_blocks(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t begin, size_t end,
                       size_t block)
{
    struct range range = {kernel, arguments, begin, end, block};
    gd_team_run(gd_cpu_of(backend)->team, (end - begin + block - 1) / block, run_block, &range);
}

/* A number of blocks that two or four threads share alike. */
void gd_cpu_run_range(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t begin, size_t end,
                      size_t most)
{
    size_t rows = end - begin, blocks = ((rows + most - 1) / most + 3) / 4 * 4;
    gd_cpu_run_blocks(backend, kernel, arguments, begin, end, blocks ? (rows + blocks - 1) / blocks : 1);
}

void gd_cpu_run(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t rows, size_t most)
{
    gd_cpu_run_range(backend, kernel, arguments, 0, rows, most);
}

static void gather_rows(const void *arguments, size_t begin, size_t end)
{
    const struct gd_gather *a = arguments;
    size_t width = (size_t)a->width;
    for (size_t r = begin; r < end; r++)
        memcpy(a->to + r * width, a->from + (size_t)a->index[r] * width, width * sizeof *a->to);
}

void gd_cpu_gather(struct gd_backend *backend, const struct gd_gather *a)
{
    gd_cpu_run(backend, gather_rows, a, a->rows, ATOM_BLOCK);
}

static void copy_some_rows(const void *arguments, size_t begin, size_t end)
{
    const struct gd_copy_rows *a = arguments;
    for (size_t r = begin; r < end; r++) {
        const float *from = a->from + r * (size_t)a->from_stride;
        float *to = a->to + r * (size_t)a->to_stride;
        if (!a->add)
            memcpy(to, from, (size_t)a->width * sizeof *to);
        for (int k = 0; k < a->width && a->add; k++)
            to[k] += from[k];
    }
}

void gd_cpu_copy_rows(struct gd_backend *backend, const struct gd_copy_rows *a)
{
    gd_cpu_run(backend, copy_some_rows, a, a->rows, ATOM_BLOCK);
}

static void wave_rows(const void *arguments, size_t begin, size_t end)
{
    struct gd_waves part = *(const struct gd_waves *)arguments;
    part.rows = end - begin;
    part.place += begin;
    part.y += begin * 6 * (size_t)part.count;
    gd_reference_waves(NULL, &part);
}

void gd_cpu_waves(struct gd_backend *backend, const struct gd_waves *a)
{
    gd_cpu_run(backend, wave_rows, a, a->rows, ATOM_BLOCK);
}

static void wave_rows_backward(const void *arguments, size_t begin, size_t end)
{
    struct gd_waves_backward part = *(const struct gd_waves_backward *)arguments;
    const size_t width = 6 * (size_t)part.count;
    part.rows = end - begin;
    part.y += begin * width;
    part.dy += begin * width;
    part.dposition += 3 * begin;
    gd_reference_waves_backward(NULL, &part);
}

void gd_cpu_waves_backward(struct gd_backend *backend, const struct gd_waves_backward *a)
{
    gd_cpu_run(backend, wave_rows_backward, a, a->rows, ATOM_BLOCK);
}

static void radial_rows_backward(const void *arguments, size_t begin, size_t end)
{
    struct gd_radial_backward part = *(const struct gd_radial_backward *)arguments;
    part.rows = end - begin;
    part.distance += begin;
    part.dbasis += begin * (size_t)part.radial;
    part.denvelope += begin;
    part.ddistance += begin;
    gd_reference_radial_backward(NULL, &part);
}

void gd_cpu_radial_backward(struct gd_backend *backend, const struct gd_radial_backward *a)
{
    gd_cpu_run(backend, radial_rows_backward, a, a->rows, ATOM_BLOCK);
}

/* Receivers begin .. end-1: edges are numbered by `first`, so only what belongs to receivers is shifted. */
static void unit_rows(const void *arguments, size_t begin, size_t end)
{
    struct gd_message_unit part = *(const struct gd_message_unit *)arguments;
    part.receivers = end - begin;
    part.edges.first += begin;
    part.dv += begin * 3 * (size_t)part.features;
    gd_reference_message_unit(NULL, &part);
}

void gd_cpu_message_unit(struct gd_backend *backend, const struct gd_message_unit *a)
{
    gd_cpu_run(backend, unit_rows, a, a->receivers, EDGE_BLOCK);
}

static void position_rows(const void *arguments, size_t begin, size_t end)
{
    struct gd_edge_positions part = *(const struct gd_edge_positions *)arguments;
    part.atoms = end - begin;
    part.edges.first += begin;
    part.dposition += 3 * begin;
    gd_reference_edge_positions(NULL, &part);
}

void gd_cpu_edge_positions(struct gd_backend *backend, const struct gd_edge_positions *a)
{
    gd_cpu_run(backend, position_rows, a, a->atoms, EDGE_BLOCK);
}

/* huber / r where a row's residual r is longer than huber, else 1. */
static double limit_residual(const struct gd_loss *a, const float *output, const float *target)
{
    double square = 0;
    for (int k = 0; k < a->width && a->huber > 0; k++)
        square += ((double)output[k] - (double)target[k]) * ((double)output[k] - (double)target[k]);
    return a->huber > 0 && square > a->huber * a->huber ? a->huber / sqrt(square) : 1;
}

void gd_cpu_loss(struct gd_backend *backend, const struct gd_loss *a)
{
    (void)backend;
    double sum = 0;
    size_t width = (size_t)a->width;
    for (size_t i = 0; i < a->rows; i++) {
        double ratio = limit_residual(a, a->output + width * i, a->target + width * i), weight = (double)a->weight[i];
        for (size_t at = width * i; at < width * (i + 1); at++) {
            double difference = (double)a->output[at] - (double)a->target[at];
            sum += weight * difference * difference * (2 * ratio - ratio * ratio);
            if (a->doutput)
                a->doutput[at] = (float)(2 * a->scale * weight * difference * ratio);
        }
    }
    *a->value = a->scale * sum;
}

struct squares_work {
    const struct gd_kernels *kernels;
    const float *x;
    size_t size; /* of a piece */
    double sums[SQUARES_PIECES];
};

static void square_piece(void *context, size_t piece)
{
    struct squares_work *work = context;
    work->sums[piece] = work->kernels->squares(work->size, work->x + piece * work->size);
}

/* The sum over whole pieces side by side, then over what is left. */
void gd_cpu_squares(struct gd_backend *backend, const struct gd_squares *a)
{
    const struct gd_cpu *cpu = gd_cpu_of(backend);
    struct squares_work work = {.kernels = cpu->kernels, .x = a->x, .size = a->count / SQUARES_PIECES};
    gd_team_run(cpu->team, work.size > 0 ? SQUARES_PIECES : 0, square_piece, &work);
    *a->value = cpu->kernels->squares(a->count % SQUARES_PIECES, a->x + SQUARES_PIECES * work.size);
    for (size_t p = 0; p < SQUARES_PIECES; p++)
        *a->value += work.sums[p];
}

enum gd_status gd_cpu_new(struct gd_backend **backend, const struct gd_kernels *kernels, int threads,
                          struct gd_error *error)
{
    struct gd_cpu *cpu = gd_array(1, sizeof *cpu);
    *backend = NULL;
    if (!cpu)
        return gd_no_memory(error, "a backend");
    *cpu = (struct gd_cpu){.base.type = &gd_backend_cpu, .kernels = kernels};
    enum gd_status status = gd_team_new(&cpu->team, threads, error);
    if (status)
        free(cpu);
    else
        *backend = &cpu->base;
    return status;
}

static enum gd_status create(struct gd_backend **backend, int threads, struct gd_error *error)
{
    const struct gd_kernels *kernels;
    *backend = NULL;
    enum gd_status status = gd_kernels_choose(&kernels, error);
    return status ? status : gd_cpu_new(backend, kernels, threads, error);
}

static enum gd_status find(char *device, size_t size, struct gd_error *error)
{
    const struct gd_kernels *kernels;
    enum gd_status status = gd_kernels_choose(&kernels, error);
    if (!status)
        snprintf(device, size, "%s", kernels->name);
    return status;
}

static void destroy(struct gd_backend *backend)
{
    gd_team_free(gd_cpu_of(backend)->team);
    free(backend);
}

/* An operation that the chosen kernels have. */
#define BY_KERNELS(name)                                                                                               \
    static void name##_by_kernels(struct gd_backend *backend, const struct gd_##name *a)                               \
    {                                                                                                                  \
        gd_cpu_of(backend)->kernels->ops.name(backend, a);                                                             \
    }

GD_KERNEL_OPERATIONS(BY_KERNELS)

#define KERNEL_ROW(name)    .name = name##_by_kernels,
#define CPU_ROW(name)       .name = gd_cpu_##name,
#define REFERENCE_ROW(name) .name = gd_reference_##name,

const struct gd_backend_class gd_backend_cpu = {
    .name = "cpu",
    .batch = 32,
    .memory = "memory",
    .host = true,
    .find = find,
    .create = create,
    .destroy = destroy,
    .alloc = gd_host_alloc,
    .release = gd_host_release,
    .upload = gd_host_upload,
    .download = gd_host_download,
    .zero = gd_host_zero,
    .finish = gd_host_finish,
    .ops = {GD_KERNEL_OPERATIONS(KERNEL_ROW) GD_CPU_OPERATIONS(CPU_ROW) GD_REFERENCE_OPERATIONS(REFERENCE_ROW)},
};
