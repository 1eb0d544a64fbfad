/* The fast backend on the CPU: rows are shared out to threads in blocks, matrices are multiplied by CBLAS block by
 * block, and sums over rows are made of pieces whose number depends on the sizes alone. */
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"
#include "engine/team.h"
#include "model/cpu/kernels.h"
#include "model/host.h"
#include "model/reference/reference.h"

#define DENSE_BLOCK    64  /* rows that one call of CBLAS multiplies */
#define DENSE_FEW      512 /* with fewer rows than this, half of it: there are too few blocks otherwise */
#define EDGE_BLOCK     16  /* receivers, senders or filter rows */
#define ATOM_BLOCK     64
#define PARAMETERS     16384
#define SQUARES_PIECES 64

struct cpu {
    struct gd_backend base;
    struct gd_team *team;
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
    range->kernel(range->arguments, begin, smaller(range->end, begin + range->block));
}

static void run_range(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t begin, size_t end,
                      size_t block)
{
    struct range range = {kernel, arguments, begin, end, block};
    gd_team_run(cpu_of(backend)->team, (end - begin + block - 1) / block, run_block, &range);
}

static void run(struct gd_backend *backend, gd_kernel *kernel, const void *arguments, size_t rows, size_t block)
{
    run_range(backend, kernel, arguments, 0, rows, block);
}

/* An operation that is made of calls of CBLAS and of kernels. */
struct dense_work {
    const struct gd_kernels *kernels;
    const void *arguments;
    size_t rows; /* of a piece of the weight's gradient */
};

static size_t dense_block(size_t rows)
{
    return rows < DENSE_FEW ? DENSE_BLOCK / 2 : DENSE_BLOCK;
}

/* Rows of y start as the bias, and the product is added. */
static void dense_rows(const void *context, size_t begin, size_t end)
{
    const struct dense_work *work = context;
    const struct gd_dense *a = work->arguments;
    size_t in = (size_t)a->in, out = (size_t)a->out;
    for (size_t r = begin; r < end && a->bias; r++) {
        float *restrict y = a->y + r * out, factor = a->scale ? a->scale[r] : 1;
        for (size_t k = 0; k < out; k++)
            y[k] = factor * a->bias[k];
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)(end - begin), a->out, a->in, 1, a->x + begin * in, a->in,
                a->weight, a->in, a->bias ? 1 : 0, a->y + begin * out, a->out);
    if (a->active)
        work->kernels->silu((end - begin) * out, a->y + begin * out, a->active + begin * out);
}

static void dense(struct gd_backend *backend, const struct gd_dense *a)
{
    run(backend, dense_rows, &(struct dense_work){cpu_of(backend)->kernels, a, 0}, a->rows, dense_block(a->rows));
}

static void dense_input_rows(const void *context, size_t begin, size_t end)
{
    const struct dense_work *work = context;
    const struct gd_dense_input *a = work->arguments;
    size_t in = (size_t)a->in, out = (size_t)a->out;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)(end - begin), a->in, a->out, 1, a->dy + begin * out,
                a->out, a->weight, a->in, a->add ? 1 : 0, a->dx + begin * in, a->in);
    if (a->before)
        work->kernels->silu_slope((end - begin) * in, a->before + begin * in, a->dx + begin * in);
}

static void dense_input(struct gd_backend *backend, const struct gd_dense_input *a)
{
    run(backend, dense_input_rows, &(struct dense_work){cpu_of(backend)->kernels, a, 0}, a->rows, dense_block(a->rows));
}

/* The gradient from rows begin .. end-1, which are one piece: weight [out][in], and after it the bias [out]. */
static void weight_piece(const void *context, size_t begin, size_t end)
{
    const struct dense_work *work = context;
    const struct gd_dense_weight *a = work->arguments;
    size_t in = (size_t)a->in, out = (size_t)a->out;
    float *piece = a->scratch + begin / work->rows * (in + 1) * out, *bias = piece + out * in;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, a->out, a->in, (int)(end - begin), 1, a->dy + begin * out,
                a->out, a->x + begin * in, a->in, 0, piece, a->in);
    memset(bias, 0, out * sizeof *bias);
    if (a->dbias)
        work->kernels->sum_columns(end - begin, out, a->dy + begin * out, a->scale ? a->scale + begin : NULL, bias);
}

static void dense_weight(struct gd_backend *backend, const struct gd_dense_weight *a)
{
    const struct gd_kernels *kernels = cpu_of(backend)->kernels;
    size_t weights = (size_t)a->in * (size_t)a->out, size = weights + (size_t)a->out;
    size_t most = smaller((a->rows + DENSE_BLOCK - 1) / DENSE_BLOCK, GD_WEIGHT_CHUNKS);
    size_t rows = most ? (a->rows + most - 1) / most : 1, pieces = (a->rows + rows - 1) / rows;
    run(backend, weight_piece, &(struct dense_work){kernels, a, rows}, a->rows, rows);
    if (pieces == 0)
        memset(a->scratch, 0, size * sizeof *a->scratch);
    for (size_t p = 1; p < pieces; p++)
        kernels->add(size, a->scratch + p * size, a->scratch);
    memcpy(a->dweight, a->scratch, weights * sizeof *a->dweight);
    if (a->dbias)
        memcpy(a->dbias, a->scratch + weights, (size_t)a->out * sizeof *a->dbias);
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
    run(backend, gather_rows, a, a->rows, ATOM_BLOCK);
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
    run(backend, copy_some_rows, a, a->rows, ATOM_BLOCK);
}

static void sum_rows(struct gd_backend *backend, const struct gd_sum_rows *a)
{
    run(backend, cpu_of(backend)->kernels->sum_rows, a, (size_t)a->width, ATOM_BLOCK);
}

static void radial(struct gd_backend *backend, const struct gd_radial *a)
{
    run(backend, cpu_of(backend)->kernels->radial, a, a->rows, ATOM_BLOCK);
}

static void interpolate(struct gd_backend *backend, const struct gd_interpolate *a)
{
    run(backend, cpu_of(backend)->kernels->interpolate, a, a->rows, ATOM_BLOCK);
}

static void interpolate_backward(struct gd_backend *backend, const struct gd_interpolate_backward *a)
{
    run(backend, cpu_of(backend)->kernels->interpolate_backward, a, (size_t)a->points, EDGE_BLOCK);
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

static void windows(struct gd_backend *backend, const struct gd_windows *a)
{
    run(backend, cpu_of(backend)->kernels->windows, a, (size_t)a->edges.first[a->atoms], ATOM_BLOCK);
}

/* A filter layer as the kernels read it: transposed, the bias last, rows in between 0. */
static struct gd_filter_layer transposed(const struct gd_filter_layer *layer, int features)
{
    size_t outs = 3 * (size_t)features, radial = (size_t)layer->radial, last = GD_FILTER_ROWS(radial) - 1;
    struct gd_filter_layer to = *layer;
    float *weight = layer->scratch, *bias = weight + last * outs;
    memset(weight + radial * outs, 0, (last - radial) * outs * sizeof *weight);
    for (size_t n = 0; n < radial; n++)
        for (size_t k = 0; k < outs; k++)
            weight[n * outs + k] = layer->weight[k * radial + n];
    memcpy(bias, layer->bias, outs * sizeof *bias);
    to.weight = weight;
    to.bias = bias;
    return to;
}

static void message_fused(struct gd_backend *backend, const struct gd_message_fused *a)
{
    struct gd_message_fused work = *a;
    work.layer = transposed(&a->layer, a->features);
    run(backend, cpu_of(backend)->kernels->message_fused, &work, a->receivers, EDGE_BLOCK);
}

struct fused_work {
    const struct gd_kernels *kernels;
    struct gd_message_fused_backward arguments;
    size_t senders, size, pieces; /* of a piece, and of its gradient of the layer */
    float *dlayer;
};

static void fused_piece(void *context, size_t piece)
{
    const struct fused_work *work = context;
    size_t begin = piece * work->senders;
    work->kernels->message_fused_backward(&work->arguments, begin,
                                          smaller(work->arguments.senders, begin + work->senders),
                                          work->dlayer + piece * work->size);
}

/* Rows begin .. end-1 of the layer: the sum of the pieces, transposed. */
static void sum_pieces(const void *context, size_t begin, size_t end)
{
    const struct fused_work *work = context;
    const struct gd_message_fused_backward *a = &work->arguments;
    size_t outs = 3 * (size_t)a->features, radial = (size_t)a->layer.radial, last = GD_FILTER_ROWS(radial) - 1;
    for (size_t n = begin; n < end; n++) {
        float *sum = work->dlayer + n * outs;
        for (size_t p = 1; p < work->pieces; p++)
            work->kernels->add(outs, sum + p * work->size, sum);
        for (size_t k = 0; k < outs && n < radial; k++)
            a->dweight[k * radial + n] = sum[k];
        if (n == last)
            memcpy(a->dbias, sum, outs * sizeof *sum);
    }
}

static void message_fused_backward(struct gd_backend *backend, const struct gd_message_fused_backward *a)
{
    struct cpu *cpu = (struct cpu *)backend;
    size_t rows = (size_t)GD_FILTER_ROWS(a->layer.radial), size = rows * 3 * (size_t)a->features;
    size_t most = smaller((a->senders + EDGE_BLOCK - 1) / EDGE_BLOCK, GD_LAYER_CHUNKS);
    size_t senders = most ? (a->senders + most - 1) / most : 1;
    struct fused_work work = {.kernels = cpu->kernels,
                              .arguments = *a,
                              .senders = senders,
                              .size = size,
                              .pieces = (a->senders + senders - 1) / senders,
                              .dlayer = a->layer.scratch + size};
    work.arguments.layer = transposed(&a->layer, a->features);
    if (work.pieces == 0)
        memset(work.dlayer, 0, size * sizeof *work.dlayer);
    gd_team_run(cpu->team, work.pieces, fused_piece, &work);
    run(backend, sum_pieces, &work, rows, 4);
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
    const struct cpu *cpu = cpu_of(backend);
    struct squares_work work = {.kernels = cpu->kernels, .x = a->x, .size = a->count / SQUARES_PIECES};
    gd_team_run(cpu->team, work.size > 0 ? SQUARES_PIECES : 0, square_piece, &work);
    *a->value = cpu->kernels->squares(a->count % SQUARES_PIECES, a->x + SQUARES_PIECES * work.size);
    for (size_t p = 0; p < SQUARES_PIECES; p++)
        *a->value += work.sums[p];
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
    *cpu = (struct cpu){.base.type = &gd_backend_cpu, .kernels = kernels};
    enum gd_status status = gd_team_new(&cpu->team, threads, error);
    if (status)
        free(cpu);
    else
        *backend = &cpu->base;
    return status;
}

static enum gd_status create(struct gd_backend **backend, int threads, struct gd_error *error)
{
    return gd_cpu_new(backend, gd_kernels_best(), threads, error);
}

static void destroy(struct gd_backend *backend)
{
    gd_team_free(cpu_of(backend)->team);
    free(backend);
}

const struct gd_backend_class gd_backend_cpu = {
    .name = "cpu",
    .batch = 32,
    .memory = "memory",
    .host = true,
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
            .windows = windows,
            .interpolate = interpolate,
            .interpolate_backward = interpolate_backward,
            .message = message,
            .message_sender = message_sender,
            .message_filter = message_filter,
            .message_fused = message_fused,
            .message_fused_backward = message_fused_backward,
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
