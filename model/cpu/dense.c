/* Dense layers. A block of rows goes through all of an operation while it lies in a core's cache; the sums over rows,
 * gradients of weights and biases, are made of at most GD_WEIGHT_CHUNKS pieces. */
#include <string.h>

#include "model/cpu/cpu.h"

#define BLOCK      64  /* rows that go through an operation together */
#define FEW        512 /* with fewer rows than this, half of it: there are too few blocks otherwise */
#define DEEP_BLOCK 128 /* rows that are summed up, or go backward through two layers, at a time */

/* An operation, and how its rows fall into pieces. */
struct work {
    const struct gd_kernels *kernels;
    const void *arguments;
    const float *packed, *outer_packed; /* the weights, or the inner and the outer ones */
    size_t rows, pieces, size;          /* rows and floats of a piece */
    float *scratch;                     /* [pieces][size] */
};

static size_t block_for(size_t rows)
{
    return rows < FEW ? BLOCK / 2 : BLOCK;
}

/* Lays a weight [out][in] out for layer_rows; where the next one can lie. */
static float *pack_layer(const struct gd_kernels *kernels, int in, int out, const float *weight, float *packed)
{
    kernels->products->pack((size_t)in, (size_t)out, weight, (size_t)in, true, packed);
    return packed + gd_packed(in, out);
}

/* The same for input_rows. */
static float *pack_input(const struct gd_kernels *kernels, int in, int out, const float *weight, float *packed)
{
    kernels->products->pack((size_t)out, (size_t)in, weight, (size_t)in, false, packed);
    return packed + gd_packed(out, in);
}

/* y = x weightᵀ + scale bias. */
static void layer_rows(const struct gd_kernels *kernels, size_t rows, int in, int out, const float *x,
                       const float *packed, const float *bias, const float *scale, float *y)
{
    kernels->products->multiply(&(struct gd_product){.rows = rows,
                                                     .depth = (size_t)in,
                                                     .columns = (size_t)out,
                                                     .a = x,
                                                     .a_step = (size_t)in,
                                                     .b = packed,
                                                     .start = bias,
                                                     .factor = scale,
                                                     .c = y,
                                                     .c_step = (size_t)out});
}

/* dx = (add: dx +) dy weight. */
static void input_rows(const struct gd_kernels *kernels, size_t rows, int in, int out, const float *dy,
                       const float *packed, bool add, float *dx)
{
    kernels->products->multiply(&(struct gd_product){.rows = rows,
                                                     .depth = (size_t)out,
                                                     .columns = (size_t)in,
                                                     .a = dy,
                                                     .a_step = (size_t)out,
                                                     .b = packed,
                                                     .start = add ? dx : NULL,
                                                     .start_step = (size_t)in,
                                                     .c = dx,
                                                     .c_step = (size_t)in});
}

/* gradient = (add: gradient +) dyᵀ x, [out][in], of at most DEEP_BLOCK rows. */
static void weight_rows(const struct gd_kernels *kernels, size_t rows, int in, int out, const float *x, const float *dy,
                        bool add, float *gradient)
{
    size_t all = (size_t)in, width = kernels->products->width;
    float panel[DEEP_BLOCK * GD_PANEL];
    for (size_t column = 0; column < all; column += width) {
        size_t columns = gd_smaller(width, all - column);
        kernels->products->pack(rows, columns, x + column, all, false, panel);
        kernels->products->multiply(&(struct gd_product){.rows = (size_t)out,
                                                         .depth = rows,
                                                         .columns = columns,
                                                         .a = dy,
                                                         .a_step = (size_t)out,
                                                         .turned = true,
                                                         .b = panel,
                                                         .start = add ? gradient + column : NULL,
                                                         .start_step = all,
                                                         .c = gradient + column,
                                                         .c_step = all});
    }
}

static void dense_rows(const void *context, size_t begin, size_t end)
{
    const struct work *work = context;
    const struct gd_dense *a = work->arguments;
    size_t in = (size_t)a->in, out = (size_t)a->out;
    layer_rows(work->kernels, end - begin, a->in, a->out, a->x + begin * in, work->packed, a->bias,
               a->scale ? a->scale + begin : NULL, a->y + begin * out);
}

void gd_cpu_dense(struct gd_backend *backend, const struct gd_dense *a)
{
    const struct work work = {.kernels = gd_cpu_of(backend)->kernels, .arguments = a, .packed = a->packed};
    pack_layer(work.kernels, a->in, a->out, a->weight, a->packed);
    gd_cpu_run(backend, dense_rows, &work, a->rows, block_for(a->rows));
}

static void dense_input_rows(const void *context, size_t begin, size_t end)
{
    const struct work *work = context;
    const struct gd_dense_input *a = work->arguments;
    size_t in = (size_t)a->in, out = (size_t)a->out;
    input_rows(work->kernels, end - begin, a->in, a->out, a->dy + begin * out, work->packed, a->add,
               a->dx + begin * in);
}

void gd_cpu_dense_input(struct gd_backend *backend, const struct gd_dense_input *a)
{
    const struct work work = {.kernels = gd_cpu_of(backend)->kernels, .arguments = a, .packed = a->packed};
    pack_input(work.kernels, a->in, a->out, a->weight, a->packed);
    gd_cpu_run(backend, dense_input_rows, &work, a->rows, block_for(a->rows));
}

static void perceptron_rows(const void *context, size_t begin, size_t end)
{
    const struct work *work = context;
    const struct gd_perceptron *a = work->arguments;
    size_t rows = end - begin, middle = (size_t)a->middle;
    float *before = a->before + begin * middle, *hidden = a->hidden + begin * middle;
    layer_rows(work->kernels, rows, a->in, a->middle, a->x + begin * (size_t)a->in, work->packed, a->inner_bias, NULL,
               before);
    work->kernels->silu(rows * middle, before, hidden);
    layer_rows(work->kernels, rows, a->middle, a->out, hidden, work->outer_packed, a->outer_bias, NULL,
               a->y + begin * (size_t)a->out);
}

void gd_cpu_perceptron(struct gd_backend *backend, const struct gd_perceptron *a)
{
    struct work work = {.kernels = gd_cpu_of(backend)->kernels, .arguments = a, .packed = a->packed};
    float *outer = pack_layer(work.kernels, a->in, a->middle, a->inner_weight, a->packed);
    pack_layer(work.kernels, a->middle, a->out, a->outer_weight, outer);
    work.outer_packed = outer;
    gd_cpu_run(backend, perceptron_rows, &work, a->rows, block_for(a->rows));
}

/* Sums over rows ------------------------------------------------------------------------------------------------- */

static struct work in_pieces(const struct gd_backend *backend, const void *arguments, size_t rows, size_t size,
                             float *scratch)
{
    size_t block = block_for(rows), most = gd_smaller((rows + block - 1) / block, GD_WEIGHT_CHUNKS),
           each = most ? (rows + most - 1) / most : 1;
    return (struct work){.kernels = gd_cpu_of(backend)->kernels,
                         .arguments = arguments,
                         .rows = each,
                         .pieces = (rows + each - 1) / each,
                         .size = size,
                         .scratch = scratch};
}

static float *piece_at(const struct work *work, size_t begin)
{
    return work->scratch + begin / work->rows * work->size;
}

/* Numbers begin .. end-1 of the first piece become the sum over all. */
static void sum_pieces(const void *context, size_t begin, size_t end)
{
    const struct work *work = context;
    if (work->pieces == 0)
        memset(work->scratch + begin, 0, (end - begin) * sizeof *work->scratch);
    for (size_t p = 1; p < work->pieces; p++)
        work->kernels->add(end - begin, work->scratch + p * work->size + begin, work->scratch + begin);
}

/* Runs `kernel`, which fills a piece from its rows, and adds the pieces up into the first. */
static void run_pieces(struct gd_backend *backend, gd_kernel *kernel, const struct work *work, size_t rows)
{
    gd_cpu_run_blocks(backend, kernel, work, 0, rows, work->rows);
    gd_cpu_run(backend, sum_pieces, work, work->size, 2048);
}

/* `count` numbers of the sum, from *from on, which moves on. */
static void take(const float **from, float *to, size_t count)
{
    if (to)
        memcpy(to, *from, count * sizeof *to);
    *from += count;
}

/* A piece: weight [out][in], bias [out]. */
static void weight_piece(const void *context, size_t begin, size_t end)
{
    const struct work *work = context;
    const struct gd_dense_weight *a = work->arguments;
    size_t in = (size_t)a->in, out = (size_t)a->out;
    const float *dy = a->dy + begin * out;
    float *weight = piece_at(work, begin), *bias = weight + out * in;
    for (size_t from = begin; from < end; from += DEEP_BLOCK)
        weight_rows(work->kernels, gd_smaller(end - from, DEEP_BLOCK), a->in, a->out, a->x + from * in,
                    a->dy + from * out, from > begin, weight);
    memset(bias, 0, out * sizeof *bias);
    if (a->dbias)
        work->kernels->sum_columns(end - begin, out, dy, a->scale ? a->scale + begin : NULL, bias);
}

void gd_cpu_dense_weight(struct gd_backend *backend, const struct gd_dense_weight *a)
{
    size_t in = (size_t)a->in, out = (size_t)a->out;
    const struct work work = in_pieces(backend, a, a->rows, (in + 1) * out, a->scratch);
    const float *sum = a->scratch;
    run_pieces(backend, weight_piece, &work, a->rows);
    take(&sum, a->dweight, in * out);
    take(&sum, a->dbias, out);
}

/* The same of both layers, from rows begin .. end-1 whose dhidden is there, into a piece; the first of it if not `add`.
 */
static void deep_weights(const struct work *work, size_t begin, size_t end, bool add, float *piece)
{
    const struct gd_perceptron_backward *a = work->arguments;
    size_t rows = end - begin, in = (size_t)a->in, middle = (size_t)a->middle, out = (size_t)a->out;
    const float *dy = a->dy + begin * out, *dhidden = a->dhidden + begin * middle;
    float *outer = piece, *outer_bias = outer + out * middle, *inner = outer_bias + out;
    weight_rows(work->kernels, rows, a->middle, a->out, a->hidden + begin * middle, dy, add, outer);
    work->kernels->sum_columns(rows, out, dy, NULL, outer_bias);
    weight_rows(work->kernels, rows, a->in, a->middle, a->x + begin * in, dhidden, add, inner);
    work->kernels->sum_columns(rows, middle, dhidden, NULL, inner + middle * in);
}

/* Rows begin .. end-1 through both layers. */
static void deep_inputs(const struct work *work, size_t begin, size_t end)
{
    const struct gd_perceptron_backward *a = work->arguments;
    size_t rows = end - begin, in = (size_t)a->in, middle = (size_t)a->middle, out = (size_t)a->out;
    float *dhidden = a->dhidden + begin * middle;
    input_rows(work->kernels, rows, a->middle, a->out, a->dy + begin * out, work->outer_packed, false, dhidden);
    work->kernels->silu_slope(rows * middle, a->before + begin * middle, dhidden);
    input_rows(work->kernels, rows, a->in, a->middle, dhidden, work->packed, a->add, a->dx + begin * in);
}

/* A piece: the outer weight and bias, the inner weight and bias. No numbers: none of it is wanted. */
static void deep_piece(const void *context, size_t begin, size_t end)
{
    const struct work *work = context;
    float *piece = work->size ? piece_at(work, begin) : NULL;
    if (piece)
        memset(piece, 0, work->size * sizeof *piece);
    for (size_t from = begin; from < end; from += DEEP_BLOCK) {
        const size_t to = gd_smaller(end, from + DEEP_BLOCK);
        deep_inputs(work, from, to);
        if (piece)
            deep_weights(work, from, to, from > begin, piece);
    }
}

void gd_cpu_perceptron_backward(struct gd_backend *backend, const struct gd_perceptron_backward *a)
{
    size_t in = (size_t)a->in, middle = (size_t)a->middle, out = (size_t)a->out;
    size_t size = a->douter_weight ? (middle + 1) * out + (in + 1) * middle : 0;
    struct work work = in_pieces(backend, a, a->rows, size, a->scratch);
    const float *sum = a->scratch;
    work.outer_packed = a->packed;
    work.packed = pack_input(work.kernels, a->middle, a->out, a->outer_weight, a->packed);
    pack_input(work.kernels, a->in, a->middle, a->inner_weight, a->packed + gd_packed(a->out, a->middle));
    run_pieces(backend, deep_piece, &work, a->rows);
    if (size == 0)
        return;
    take(&sum, a->douter_weight, out * middle);
    take(&sum, a->douter_bias, out);
    take(&sum, a->dinner_weight, middle * in);
    take(&sum, a->dinner_bias, middle);
}
