/* The fast backend on the CPU: rows are shared out to threads in blocks, matrices are multiplied by CBLAS block by
 * block, and sums over rows are made of pieces whose number depends on the sizes alone. */
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"
#include "model/cpu/kernels.h"
#include "model/host.h"

#define DENSE_BLOCK    64  /* rows that one call of CBLAS multiplies */
#define DENSE_FEW      512 /* with fewer rows than this, half of it: there are too few blocks otherwise */
#define EDGE_BLOCK     16  /* receivers, senders or filter rows */
#define ATOM_BLOCK     64
#define PARAMETERS     16384
#define SQUARES_PIECES 64

struct cpu {
    struct gd_backend base;
    int threads;
    const struct gd_kernels *kernels;
};

static const struct cpu *cpu_of(const struct gd_backend *backend)
{
    return (const struct cpu *)backend;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Runs a kernel on rows begin .. end-1, `block` of them at a time. */
static void run_range(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t begin, size_t end,
                      size_t block)
{
    size_t blocks = (end - begin + block - 1) / block;
    int threads = cpu_of(backend)->threads;
#pragma omp parallel for num_threads(threads) schedule(dynamic) if (blocks > 1 && threads > 1)
    for (size_t b = 0; b < blocks; b++)
        kernel(arguments, begin + b * block, smaller(end, begin + (b + 1) * block));
}

static void run(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t rows, size_t block)
{
    run_range(backend, kernel, arguments, 0, rows, block);
}

static size_t dense_block(size_t rows)
{
    return rows < DENSE_FEW ? DENSE_BLOCK / 2 : DENSE_BLOCK;
}

/* Rows of y start as the bias, and the product is added. */
static void dense_rows(const struct gd_kernels *kernels, const struct gd_dense *a, size_t begin, size_t end)
{
    size_t in = (size_t)a->in, out = (size_t)a->out;
    for (size_t r = begin; r < end && a->bias; r++) {
        float *restrict y = a->y + r * out, factor = a->scale ? a->scale[r] : 1;
        for (size_t k = 0; k < out; k++)
            y[k] = factor * a->bias[k];
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)(end - begin), a->out, a->in, 1, a->x + begin * in, a->in,
                a->weight, a->in, a->bias ? 1 : 0, a->y + begin * out, a->out);
    if (a->active)
        kernels->silu((end - begin) * out, a->y + begin * out, a->active + begin * out);
}

static void dense(struct gd_backend *backend, const struct gd_dense *a)
{
    const struct cpu *cpu = cpu_of(backend);
    size_t block = dense_block(a->rows), blocks = (a->rows + block - 1) / block;
#pragma omp parallel for num_threads(cpu->threads) schedule(dynamic) if (blocks > 1 && cpu->threads > 1)
    for (size_t b = 0; b < blocks; b++)
        dense_rows(cpu->kernels, a, b * block, smaller(a->rows, (b + 1) * block));
}

static void dense_input_rows(const struct gd_kernels *kernels, const struct gd_dense_input *a, size_t begin, size_t end)
{
    size_t in = (size_t)a->in, out = (size_t)a->out;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)(end - begin), a->in, a->out, 1, a->dy + begin * out,
                a->out, a->weight, a->in, a->add ? 1 : 0, a->dx + begin * in, a->in);
    if (a->before)
        kernels->silu_slope((end - begin) * in, a->before + begin * in, a->dx + begin * in);
}

static void dense_input(struct gd_backend *backend, const struct gd_dense_input *a)
{
    const struct cpu *cpu = cpu_of(backend);
    size_t block = dense_block(a->rows), blocks = (a->rows + block - 1) / block;
#pragma omp parallel for num_threads(cpu->threads) schedule(dynamic) if (blocks > 1 && cpu->threads > 1)
    for (size_t b = 0; b < blocks; b++)
        dense_input_rows(cpu->kernels, a, b * block, smaller(a->rows, (b + 1) * block));
}

/* The gradient from rows begin .. end-1: weight [out][in], and after it the bias [out]. */
static void weight_piece(const struct gd_kernels *kernels, const struct gd_dense_weight *a, size_t begin, size_t end,
                         float *piece)
{
    size_t in = (size_t)a->in, out = (size_t)a->out;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, a->out, a->in, (int)(end - begin), 1, a->dy + begin * out,
                a->out, a->x + begin * in, a->in, 0, piece, a->in);
    memset(piece + out * in, 0, out * sizeof *piece);
    if (a->dbias)
        kernels->sum_columns(end - begin, out, a->dy + begin * out, a->scale ? a->scale + begin : NULL,
                             piece + out * in);
}

static void dense_weight(struct gd_backend *backend, const struct gd_dense_weight *a)
{
    const struct cpu *cpu = cpu_of(backend);
    size_t weights = (size_t)a->in * (size_t)a->out, size = weights + (size_t)a->out;
    size_t pieces = smaller((a->rows + DENSE_BLOCK - 1) / DENSE_BLOCK, GD_WEIGHT_CHUNKS);
    size_t rows = pieces ? (a->rows + pieces - 1) / pieces : 0;
#pragma omp parallel for num_threads(cpu->threads) schedule(dynamic) if (pieces > 1 && cpu->threads > 1)
    for (size_t p = 0; p < pieces; p++)
        weight_piece(cpu->kernels, a, smaller(a->rows, p * rows), smaller(a->rows, (p + 1) * rows),
                     a->scratch + p * size);
    if (pieces == 0)
        memset(a->scratch, 0, size * sizeof *a->scratch);
    for (size_t p = 1; p < pieces; p++)
        cpu->kernels->add(size, a->scratch + p * size, a->scratch);
    memcpy(a->dweight, a->scratch, weights * sizeof *a->dweight);
    if (a->dbias)
        memcpy(a->dbias, a->scratch + weights, (size_t)a->out * sizeof *a->dbias);
}

static void gather(struct gd_backend *backend, const struct gd_gather *a)
{
    (void)backend;
    size_t width = (size_t)a->width;
    for (size_t r = 0; r < a->rows; r++)
        memcpy(a->to + r * width, a->from + (size_t)a->index[r] * width, width * sizeof *a->to);
}

static void copy_rows(struct gd_backend *backend, const struct gd_copy_rows *a)
{
    (void)backend;
    for (size_t r = 0; r < a->rows; r++)
        memcpy(a->to + r * (size_t)a->to_stride, a->from + r * (size_t)a->from_stride,
               (size_t)a->width * sizeof *a->to);
}

static void sum_rows(struct gd_backend *backend, const struct gd_sum_rows *a)
{
    run(backend, cpu_of(backend)->kernels->sum_rows, a, (size_t)a->width, ATOM_BLOCK);
}

static void radial(struct gd_backend *backend, const struct gd_radial *a)
{
    run(backend, cpu_of(backend)->kernels->radial, a, a->rows, ATOM_BLOCK);
}

static void message(struct gd_backend *backend, const struct gd_message *a)
{
    run(backend, cpu_of(backend)->kernels->message, a, a->receivers, EDGE_BLOCK);
}

static void message_sender(struct gd_backend *backend, const struct gd_message_sender *a)
{
    run(backend, cpu_of(backend)->kernels->message_sender, a, a->senders, EDGE_BLOCK);
}

static void message_filter(struct gd_backend *backend, const struct gd_message_filter *a)
{
    run_range(backend, cpu_of(backend)->kernels->message_filter, a, a->begin, a->end, EDGE_BLOCK);
}

static void norms(struct gd_backend *backend, const struct gd_norms *a)
{
    run(backend, cpu_of(backend)->kernels->norms, a, a->rows, ATOM_BLOCK);
}

static void norms_backward(struct gd_backend *backend, const struct gd_norms_backward *a)
{
    run(backend, cpu_of(backend)->kernels->norms_backward, a, a->rows, ATOM_BLOCK);
}

static void mix(struct gd_backend *backend, const struct gd_mix *a)
{
    run(backend, cpu_of(backend)->kernels->mix, a, a->atoms, ATOM_BLOCK);
}

static void mix_backward(struct gd_backend *backend, const struct gd_mix_backward *a)
{
    run(backend, cpu_of(backend)->kernels->mix_backward, a, a->atoms, ATOM_BLOCK);
}

static void gate(struct gd_backend *backend, const struct gd_gate *a)
{
    run(backend, cpu_of(backend)->kernels->gate, a, a->rows, ATOM_BLOCK);
}

static void gate_backward(struct gd_backend *backend, const struct gd_gate_backward *a)
{
    run(backend, cpu_of(backend)->kernels->gate_backward, a, a->rows, ATOM_BLOCK);
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

static void squares(struct gd_backend *backend, const struct gd_squares *a)
{
    const struct cpu *cpu = cpu_of(backend);
    double sums[SQUARES_PIECES];
    size_t size = (a->count + SQUARES_PIECES - 1) / SQUARES_PIECES;
#pragma omp parallel for num_threads(cpu->threads) if (a->count > PARAMETERS && cpu->threads > 1)
    for (size_t p = 0; p < SQUARES_PIECES; p++) {
        size_t begin = smaller(a->count, p * size), end = smaller(a->count, (p + 1) * size);
        sums[p] = cpu->kernels->squares(end - begin, a->x + begin);
    }
    *a->value = 0;
    for (size_t p = 0; p < SQUARES_PIECES; p++)
        *a->value += sums[p];
}

static void adamw(struct gd_backend *backend, const struct gd_adamw_step *a)
{
    run(backend, cpu_of(backend)->kernels->adamw, a, a->count, PARAMETERS);
}

/* Where CBLAS is OpenBLAS: blocks of rows are what runs in parallel, not the products within them. */
extern void openblas_set_num_threads(int threads) __attribute__((weak));

enum gd_status gd_cpu_new(struct gd_backend **backend, const struct gd_kernels *kernels, int threads,
                          struct gd_error *error)
{
    struct cpu *cpu = gd_array(1, sizeof *cpu);
    *backend = NULL;
    if (!cpu)
        return gd_no_memory(error, "a backend");
    if (openblas_set_num_threads)
        openblas_set_num_threads(1);
    *cpu = (struct cpu){.base.type = &gd_backend_cpu, .threads = threads > 1 ? threads : 1, .kernels = kernels};
    *backend = &cpu->base;
    return GD_OK;
}

static enum gd_status create(struct gd_backend **backend, int threads, struct gd_error *error)
{
    return gd_cpu_new(backend, gd_kernels_best(), threads, error);
}

static void destroy(struct gd_backend *backend)
{
    free(backend);
}

const struct gd_backend_class gd_backend_cpu = {
    .name = "cpu",
    .memory = "memory",
    .find = gd_host_find,
    .create = create,
    .destroy = destroy,
    .alloc = gd_host_alloc,
    .release = gd_host_release,
    .upload = gd_host_upload,
    .download = gd_host_download,
    .zero = gd_host_zero,
    .finish = gd_host_finish,
    .ops = {.dense = dense,
            .dense_input = dense_input,
            .dense_weight = dense_weight,
            .gather = gather,
            .sum_rows = sum_rows,
            .copy_rows = copy_rows,
            .radial = radial,
            .message = message,
            .message_sender = message_sender,
            .message_filter = message_filter,
            .norms = norms,
            .norms_backward = norms_backward,
            .mix = mix,
            .mix_backward = mix_backward,
            .gate = gate,
            .gate_backward = gate_backward,
            .loss = loss,
            .squares = squares,
            .adamw = adamw},
};
