/* The fast backend on the CPU. */
#include "model/cpu/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/host.h"
#include "model/reference/reference.h"

#define PARAMETERS     16384
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

static void gather(struct gd_backend *backend, const struct gd_gather *a)
{
    gd_cpu_run(backend, gather_rows, a, a->rows, ATOM_BLOCK);
}

static void copy_some_rows(const void *arguments, size_t begin, size_t end)
{
    const struct gd_copy_rows *a = arguments;
    for (size_t r = begin; r < end; r++)
        memcpy(a->to + r * (size_t)a->to_stride, a->from + r * (size_t)a->from_stride,
               (size_t)a->width * sizeof *a->to);
}

static void copy_rows(struct gd_backend *backend, const struct gd_copy_rows *a)
{
    gd_cpu_run(backend, copy_some_rows, a, a->rows, ATOM_BLOCK);
}

static void sum_rows(struct gd_backend *backend, const struct gd_sum_rows *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->sum_rows, a, (size_t)a->width, ATOM_BLOCK);
}

static void radial(struct gd_backend *backend, const struct gd_radial *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->radial, a, a->rows, ATOM_BLOCK);
}

static void interpolate(struct gd_backend *backend, const struct gd_interpolate *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->interpolate, a, a->rows, ATOM_BLOCK);
}

static void interpolate_backward(struct gd_backend *backend, const struct gd_interpolate_backward *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->interpolate_backward, a, (size_t)a->points, EDGE_BLOCK);
}

static void message(struct gd_backend *backend, const struct gd_message *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->message, a, a->receivers, EDGE_BLOCK);
}

static void message_sender(struct gd_backend *backend, const struct gd_message_sender *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->message_sender, a, a->senders, EDGE_BLOCK);
}

static void message_filter(struct gd_backend *backend, const struct gd_message_filter *a)
{
    gd_cpu_run_range(backend, gd_cpu_of(backend)->kernels->message_filter, a, a->begin, a->end, EDGE_BLOCK);
}

static void windows(struct gd_backend *backend, const struct gd_windows *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->windows, a, (size_t)a->edges.first[a->atoms], ATOM_BLOCK);
}

static void norms(struct gd_backend *backend, const struct gd_norms *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->norms, a, a->rows, ATOM_BLOCK);
}

static void norms_backward(struct gd_backend *backend, const struct gd_norms_backward *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->norms_backward, a, a->rows, ATOM_BLOCK);
}

static void mix(struct gd_backend *backend, const struct gd_mix *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->mix, a, a->atoms, ATOM_BLOCK);
}

static void mix_backward(struct gd_backend *backend, const struct gd_mix_backward *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->mix_backward, a, a->atoms, ATOM_BLOCK);
}

static void gate(struct gd_backend *backend, const struct gd_gate *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->gate, a, a->rows, ATOM_BLOCK);
}

static void gate_backward(struct gd_backend *backend, const struct gd_gate_backward *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->gate_backward, a, a->rows, ATOM_BLOCK);
}

static void loss(struct gd_backend *backend, const struct gd_loss *a)
{
    (void)backend;
    double sum = 0;
    for (size_t i = 0; i < a->atoms; i++)
        for (size_t at = 3 * i; at < 3 * i + 3; at++) {
            double difference = (double)a->output[at] - (double)a->target[at], weight = (double)a->weight[i];
            sum += weight * difference * difference;
            if (a->doutput)
                a->doutput[at] = (float)(2 * a->scale * weight * difference);
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
static void squares(struct gd_backend *backend, const struct gd_squares *a)
{
    const struct gd_cpu *cpu = gd_cpu_of(backend);
    struct squares_work work = {.kernels = cpu->kernels, .x = a->x, .size = a->count / SQUARES_PIECES};
    gd_team_run(cpu->team, work.size > 0 ? SQUARES_PIECES : 0, square_piece, &work);
    *a->value = cpu->kernels->squares(a->count % SQUARES_PIECES, a->x + SQUARES_PIECES * work.size);
    for (size_t p = 0; p < SQUARES_PIECES; p++)
        *a->value += work.sums[p];
}

static void adamw(struct gd_backend *backend, const struct gd_adamw_step *a)
{
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->adamw, a, a->count, PARAMETERS);
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
    .ops = {.dense = gd_cpu_dense,
            .dense_input = gd_cpu_dense_input,
            .dense_weight = gd_cpu_dense_weight,
            .perceptron = gd_cpu_perceptron,
            .perceptron_backward = gd_cpu_perceptron_backward,
            .gather = gather,
            .sum_rows = sum_rows,
            .copy_rows = copy_rows,
            .radial = radial,
            .windows = windows,
            .interpolate = interpolate,
            .interpolate_backward = interpolate_backward,
            .message = message,
            .message_sender = message_sender,
            .message_filter = message_filter,
            .message_fused = gd_cpu_message_fused,
            .message_fused_backward = gd_cpu_message_fused_backward,
            .norms = norms,
            .norms_backward = norms_backward,
            .mix = mix,
            .mix_backward = mix_backward,
            .gate = gate,
            .gate_backward = gate_backward,
            .loss = loss,
            .squares = squares,
            .adamw = adamw,
            .scale = gd_reference_scale,
            .move = gd_reference_move,
            .find_edges = gd_reference_find_edges},
};
