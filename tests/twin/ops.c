/* How each operation is tried: one function that makes its arguments in both backends, and one row with its tolerance.
 *
 * Tolerances: a sum of n products of float32 is off by about √n · 6e-8 of the largest partial sum; n is at most a few
 * hundred in all but sums over rows. Where exp, sqrt or a division come in, 2e-7 of the result is added. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "twin/twin.h"

/* Reserves an array on both sides with the same contents. */
static struct twin_array *array(struct twin *twin, size_t bytes, const void *contents)
{
    if (twin->array_count == TWIN_ARRAYS)
        ck_abort_msg("more arrays than a twin has room for");
    struct twin_array *made = &twin->arrays[twin->array_count++];
    *made = (struct twin_array){.bytes = bytes};
    for (int side = 0; side < 2; side++) {
        const struct gd_backend_class *class = twin->backend[side]->type;
        made->at[side] = class->alloc(twin->backend[side], bytes ? bytes : 1);
        if (!made->at[side])
            ck_abort_msg("out of memory");
        class->upload(twin->backend[side], made->at[side], contents, bytes);
    }
    return made;
}

static struct twin_array *given(struct twin *twin, size_t rows, int width)
{
    static const double scale[] = {[TWIN_NORMAL] = 1, [TWIN_LARGE] = 100, [TWIN_TINY] = 1e-18, [TWIN_ZERO] = 0};
    size_t count = rows * (size_t)width;
    float *values = calloc(count + 1, sizeof *values);
    for (size_t k = 0; k < count; k++)
        values[k] = (float)(scale[twin->values] * gd_stream_normal(&twin->stream));
    struct twin_array *made = array(twin, count * sizeof *values, values);
    free(values);
    return made;
}

/* Results start as something, the same on both sides: operations that add must, others must not use it. */
static struct twin_array *result(struct twin *twin, size_t rows, int width)
{
    struct twin_array *made = given(twin, rows, width);
    made->result = true;
    return made;
}

static struct twin_array *integers(struct twin *twin, size_t count, const int *values)
{
    struct twin_array *made = array(twin, count * sizeof *values, values);
    made->integers = true;
    return made;
}

static struct twin_array *indices(struct twin *twin, size_t count, size_t bound)
{
    int *values = calloc(count + 1, sizeof *values);
    for (size_t k = 0; k < count; k++)
        values[k] = (int)gd_stream_below(&twin->stream, bound);
    struct twin_array *made = integers(twin, count, values);
    free(values);
    return made;
}

/* Runs an operation on both sides; the arguments may use `side`. */
#define BOTH(operation, ...)                                                                                           \
    for (int side = 0; side < 2; side++)                                                                               \
    twin->backend[side]->type->ops.operation(twin->backend[side], &(struct gd_##operation){__VA_ARGS__})

static void run_dense(struct twin *twin)
{
    int in = twin->width, out = twin->width + 5;
    struct twin_array *x = given(twin, twin->rows, in), *weight = given(twin, (size_t)out, in);
    struct twin_array *bias = given(twin, 1, out), *scale = given(twin, twin->rows, 1);
    struct twin_array *y = result(twin, twin->rows, out);
    struct twin_array *scaled = result(twin, twin->rows, out), *plain = result(twin, twin->rows, out);
    struct twin_array *packed = given(twin, gd_packed(in, out), 1);
    BOTH(dense, .rows = twin->rows, .in = in, .out = out, .x = x->at[side], .weight = weight->at[side],
         .bias = bias->at[side], .y = y->at[side], .packed = packed->at[side]);
    BOTH(dense, .rows = twin->rows, .in = in, .out = out, .x = x->at[side], .weight = weight->at[side],
         .bias = bias->at[side], .scale = scale->at[side], .y = scaled->at[side], .packed = packed->at[side]);
    BOTH(dense, .rows = twin->rows, .in = in, .out = out, .x = x->at[side], .weight = weight->at[side],
         .y = plain->at[side], .packed = packed->at[side]);
}

static void run_dense_input(struct twin *twin)
{
    int in = twin->width, out = twin->width + 3;
    struct twin_array *dy = given(twin, twin->rows, out), *weight = given(twin, (size_t)out, in);
    struct twin_array *plain = result(twin, twin->rows, in), *added = result(twin, twin->rows, in);
    struct twin_array *packed = given(twin, gd_packed(out, in), 1);
    BOTH(dense_input, .rows = twin->rows, .in = in, .out = out, .dy = dy->at[side], .weight = weight->at[side],
         .dx = plain->at[side], .packed = packed->at[side]);
    BOTH(dense_input, .rows = twin->rows, .in = in, .out = out, .dy = dy->at[side], .weight = weight->at[side],
         .add = true, .dx = added->at[side], .packed = packed->at[side]);
}

static void run_dense_weight(struct twin *twin)
{
    int in = twin->width, out = twin->width + 2;
    struct twin_array *x = given(twin, twin->rows, in), *dy = given(twin, twin->rows, out);
    struct twin_array *scale = given(twin, twin->rows, 1);
    struct twin_array *scratch = given(twin, GD_WEIGHT_CHUNKS * (size_t)out, in + 1);
    struct twin_array *plain = result(twin, (size_t)out, in), *dbias = result(twin, 1, out);
    struct twin_array *dweight = result(twin, (size_t)out, in), *scaled = result(twin, 1, out);
    struct twin_array *unbiased = result(twin, (size_t)out, in);
    BOTH(dense_weight, .rows = twin->rows, .in = in, .out = out, .x = x->at[side], .dy = dy->at[side],
         .dweight = plain->at[side], .dbias = dbias->at[side], .scratch = scratch->at[side]);
    BOTH(dense_weight, .rows = twin->rows, .in = in, .out = out, .x = x->at[side], .dy = dy->at[side],
         .scale = scale->at[side], .dweight = dweight->at[side], .dbias = scaled->at[side],
         .scratch = scratch->at[side]);
    BOTH(dense_weight, .rows = twin->rows, .in = in, .out = out, .x = x->at[side], .dy = dy->at[side],
         .dweight = unbiased->at[side], .scratch = scratch->at[side]);
}

static void run_perceptron(struct twin *twin)
{
    int in = twin->width, middle = twin->width + 4, out = twin->width + 1;
    struct twin_array *x = given(twin, twin->rows, in), *inner = given(twin, (size_t)middle, in);
    struct twin_array *inner_bias = given(twin, 1, middle), *outer = given(twin, (size_t)out, middle);
    struct twin_array *outer_bias = given(twin, 1, out), *before = result(twin, twin->rows, middle);
    struct twin_array *hidden = result(twin, twin->rows, middle), *y = result(twin, twin->rows, out);
    struct twin_array *packed = given(twin, gd_packed(in, middle) + gd_packed(middle, out), 1);
    BOTH(perceptron, .rows = twin->rows, .in = in, .middle = middle, .out = out, .x = x->at[side],
         .inner_weight = inner->at[side], .inner_bias = inner_bias->at[side], .outer_weight = outer->at[side],
         .outer_bias = outer_bias->at[side], .before = before->at[side], .hidden = hidden->at[side], .y = y->at[side],
         .packed = packed->at[side]);
}

static void run_perceptron_backward(struct twin *twin)
{
    int in = twin->width, middle = twin->width + 4, out = twin->width + 1;
    struct twin_array *x = given(twin, twin->rows, in), *before = given(twin, twin->rows, middle);
    struct twin_array *hidden = given(twin, twin->rows, middle), *dy = given(twin, twin->rows, out);
    struct twin_array *inner = given(twin, (size_t)middle, in), *outer = given(twin, (size_t)out, middle);
    struct twin_array *scratch = given(twin, GD_WEIGHT_CHUNKS * (size_t)middle, in + 1 + out + 1);
    struct twin_array *packed = given(twin, gd_packed(out, middle) + gd_packed(middle, in), 1);
    for (int add = 0; add < 2; add++) {
        struct twin_array *dinner = result(twin, (size_t)middle, in), *dinner_bias = result(twin, 1, middle);
        struct twin_array *douter = result(twin, (size_t)out, middle), *douter_bias = result(twin, 1, out);
        struct twin_array *dhidden = result(twin, twin->rows, middle), *dx = result(twin, twin->rows, in);
        BOTH(perceptron_backward, .rows = twin->rows, .in = in, .middle = middle, .out = out, .add = add,
             .x = x->at[side], .before = before->at[side], .hidden = hidden->at[side], .dy = dy->at[side],
             .inner_weight = inner->at[side], .outer_weight = outer->at[side], .dinner_weight = dinner->at[side],
             .dinner_bias = dinner_bias->at[side], .douter_weight = douter->at[side],
             .douter_bias = douter_bias->at[side], .dhidden = dhidden->at[side], .dx = dx->at[side],
             .scratch = scratch->at[side], .packed = packed->at[side]);
    }
}

static void run_gather(struct twin *twin)
{
    struct twin_array *from = given(twin, 11, twin->width), *index = indices(twin, twin->rows, 11);
    struct twin_array *to = result(twin, twin->rows, twin->width);
    BOTH(gather, .rows = twin->rows, .width = twin->width, .from = from->at[side], .index = index->at[side],
         .to = to->at[side]);
}

static void run_sum_rows(struct twin *twin)
{
    struct twin_array *from = given(twin, twin->rows, twin->width), *index = indices(twin, twin->rows, 4);
    struct twin_array *to = result(twin, 6, twin->width); /* groups 4 and 5 stay empty */
    BOTH(sum_rows, .rows = twin->rows, .groups = 6, .width = twin->width, .from = from->at[side],
         .index = index->at[side], .to = to->at[side]);
}

static void run_copy_rows(struct twin *twin)
{
    int wide = twin->width + 3;
    struct twin_array *from = given(twin, twin->rows, wide), *to = result(twin, twin->rows, wide + 1);
    BOTH(copy_rows, .rows = twin->rows, .width = twin->width, .from_stride = wide, .to_stride = wide + 1,
         .from = from->at[side], .to = to->at[side]);
}

static void run_radial(struct twin *twin)
{
    float *values = calloc(twin->rows + 1, sizeof *values);
    for (size_t k = 0; k < twin->rows; k++)
        values[k] = k % 5 == 0 ? 0 : k % 5 == 1 ? 5.9999995f : (float)(6 * gd_stream_uniform(&twin->stream));
    struct twin_array *distance = array(twin, twin->rows * sizeof *values, values);
    struct twin_array *basis = result(twin, twin->rows, twin->width), *envelope = result(twin, twin->rows, 1);
    BOTH(radial, .rows = twin->rows, .radial = twin->width, .cutoff = 6, .distance = distance->at[side],
         .basis = basis->at[side], .envelope = envelope->at[side]);
    free(values);
}

static void fill_counts(int *first, size_t count, size_t edges, const int *key, int *order)
{
    for (size_t e = 0; e < edges; e++)
        first[key[e] + 1]++;
    for (size_t k = 0; k < count; k++)
        first[k + 1] += first[k];
    int *next = calloc(count + 1, sizeof *next);
    memcpy(next, first, count * sizeof *next);
    for (size_t e = 0; e < edges; e++)
        order[next[key[e]]++] = (int)e;
    free(next);
}

/* A table of CELLS cells, and distances of all kinds: on a point, next to one, in the first and in the last cell, and
 * at the very end. */
enum { CELLS = 48, POINTS = CELLS + 3 };

static const float cell_width = 0.125f;

struct places {
    struct twin_array *distance, *cell_first, *cell_row;
};

static struct places random_places(struct twin *twin)
{
    int cell_first[CELLS + 1] = {0};
    float *values = calloc(twin->rows + 1, sizeof *values);
    int *cell = calloc(twin->rows + 1, sizeof *cell), *cell_row = calloc(twin->rows + 1, sizeof *cell_row);
    for (size_t k = 0; k < twin->rows; k++) {
        double within = CELLS * gd_stream_uniform(&twin->stream);
        const double kinds[] = {CELLS, 0, floor(within), within, within, within};
        double place = kinds[k % 6];
        values[k] = (float)place * cell_width;
        cell[k] = (int)(values[k] / cell_width) < CELLS ? (int)(values[k] / cell_width) : CELLS - 1;
    }
    fill_counts(cell_first, CELLS, twin->rows, cell, cell_row);
    struct places made = {array(twin, twin->rows * sizeof *values, values), integers(twin, CELLS + 1, cell_first),
                          integers(twin, twin->rows, cell_row)};
    free(values);
    free(cell);
    free(cell_row);
    return made;
}

static void run_interpolate(struct twin *twin)
{
    struct places places = random_places(twin);
    struct twin_array *table = given(twin, POINTS, twin->width), *y = result(twin, twin->rows, twin->width);
    BOTH(interpolate, .rows = twin->rows, .points = POINTS, .width = twin->width, .step = cell_width,
         .distance = places.distance->at[side], .table = table->at[side], .y = y->at[side]);
}

static void run_interpolate_backward(struct twin *twin)
{
    struct places places = random_places(twin);
    struct twin_array *dy = given(twin, twin->rows, twin->width), *dtable = result(twin, POINTS, twin->width);
    BOTH(interpolate_backward, .points = POINTS, .width = twin->width, .step = cell_width,
         .cell_first = places.cell_first->at[side], .cell_row = places.cell_row->at[side],
         .distance = places.distance->at[side], .dy = dy->at[side], .dtable = dtable->at[side]);
}

/* A random graph of twin->rows atoms: every pair twice, opposite, with one filter row. A single atom has none: its
 * pairs with itself would cancel, and leave nothing to compare but rounding. */
struct graph {
    size_t rows;
    struct twin_array *first, *sender, *receiver, *row, *unit, *row_first, *row_edge;
};

static struct graph random_graph(struct twin *twin)
{
    size_t atoms = twin->rows, pairs = atoms > 1 ? 5 * atoms : 0, edges = 2 * pairs, rows = pairs - pairs / 3;
    int *ends = calloc(edges + 1, sizeof *ends), *pair_row = calloc(edges + 1, sizeof *ends);
    int *first = calloc(atoms + 1, sizeof *first), *order = calloc(edges + 1, sizeof *order);
    int *row_first = calloc(rows + 1, sizeof *first), *row_edge = calloc(edges + 1, sizeof *order);
    int *sender = calloc(edges + 1, sizeof *order), *receiver = calloc(edges + 1, sizeof *order);
    int *row = calloc(edges + 1, sizeof *order);
    float *unit = calloc(3 * edges + 1, sizeof *unit);
    double normal[3];
    for (size_t p = 0; p < pairs; p++)
        for (size_t end = 0; end < 2; end++) {
            ends[2 * p + end] = (int)gd_stream_below(&twin->stream, atoms);
            pair_row[2 * p + end] = (int)(p % rows);
        }
    fill_counts(first, atoms, edges, ends, order);
    for (size_t e = 0; e < edges; e++) {
        receiver[e] = ends[order[e]];
        sender[e] = ends[order[e] ^ 1];
        row[e] = pair_row[order[e]];
        for (size_t axis = 0; axis < 3; axis++) {
            struct gd_stream of_pair = gd_stream_make(9, (uint32_t)(order[e] / 2), (uint32_t)axis, 0);
            normal[axis] = gd_stream_normal(&of_pair);
            unit[3 * e + axis] = (float)(order[e] % 2 ? -normal[axis] : normal[axis]);
        }
    }
    fill_counts(row_first, rows, edges, row, row_edge);
    struct graph graph = {rows,
                          integers(twin, atoms + 1, first),
                          integers(twin, edges, sender),
                          integers(twin, edges, receiver),
                          integers(twin, edges, row),
                          array(twin, 3 * edges * sizeof *unit, unit),
                          integers(twin, rows + 1, row_first),
                          integers(twin, edges, row_edge)};
    void *const freed[] = {ends, pair_row, first, order, row_first, row_edge, sender, receiver, row, unit};
    for (size_t k = 0; k < sizeof freed / sizeof *freed; k++)
        free(freed[k]);
    return graph;
}

static struct gd_edges edges_of(const struct graph *graph, int side)
{
    return (struct gd_edges){graph->first->at[side],   graph->sender->at[side], graph->receiver->at[side],
                             graph->row->at[side],     graph->unit->at[side],   graph->row_first->at[side],
                             graph->row_edge->at[side]};
}

static void run_message(struct twin *twin)
{
    struct graph graph = random_graph(twin);
    size_t n = twin->rows - twin->rows / 3;
    int width = twin->width;
    struct twin_array *filter = given(twin, graph.rows, 3 * width), *x = given(twin, twin->rows, 3 * width);
    struct twin_array *q = given(twin, twin->rows, width), *v = given(twin, twin->rows, 3 * width);
    struct twin_array *q_out = result(twin, twin->rows, width), *v_out = result(twin, twin->rows, 3 * width);
    struct twin_array *q_first = result(twin, n, width), *v_first = result(twin, n, 3 * width);
    BOTH(message, .edges = edges_of(&graph, side), .receivers = twin->rows, .features = width,
         .filter = filter->at[side], .x = x->at[side], .q = q->at[side], .v = v->at[side], .q_out = q_out->at[side],
         .v_out = v_out->at[side]);
    BOTH(message, .edges = edges_of(&graph, side), .receivers = n, .features = width, .filter = filter->at[side],
         .x = x->at[side], .q = q->at[side], .q_out = q_first->at[side], .v_out = v_first->at[side]);
}

static void run_message_sender(struct twin *twin)
{
    struct graph graph = random_graph(twin);
    size_t m = twin->rows - twin->rows / 5, n = m - m / 3;
    int width = twin->width;
    struct twin_array *filter = given(twin, graph.rows, 3 * width), *x = given(twin, twin->rows, 3 * width);
    struct twin_array *v = given(twin, twin->rows, 3 * width), *dq = given(twin, n, width);
    struct twin_array *dv = given(twin, n, 3 * width), *dx = result(twin, m, 3 * width);
    struct twin_array *v_grad = result(twin, m, 3 * width), *dx_first = result(twin, m, 3 * width);
    BOTH(message_sender, .edges = edges_of(&graph, side), .receivers = n, .senders = m, .features = width,
         .filter = filter->at[side], .x = x->at[side], .v = v->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dx = dx->at[side], .v_grad = v_grad->at[side]);
    BOTH(message_sender, .edges = edges_of(&graph, side), .receivers = n, .senders = m, .features = width,
         .filter = filter->at[side], .x = x->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dx = dx_first->at[side]);
}

static void run_message_filter(struct twin *twin)
{
    struct graph graph = random_graph(twin);
    size_t n = twin->rows - twin->rows / 3, begin = graph.rows / 4;
    int width = twin->width;
    struct twin_array *x = given(twin, twin->rows, 3 * width), *v = given(twin, twin->rows, 3 * width);
    struct twin_array *dq = given(twin, n, width), *dv = given(twin, n, 3 * width);
    struct twin_array *dfilter = result(twin, graph.rows, 3 * width), *first = result(twin, graph.rows, 3 * width);
    BOTH(message_filter, .edges = edges_of(&graph, side), .receivers = n, .begin = begin, .end = graph.rows,
         .features = width, .x = x->at[side], .v = v->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dfilter = dfilter->at[side]);
    BOTH(message_filter, .edges = edges_of(&graph, side), .receivers = n, .end = graph.rows, .features = width,
         .x = x->at[side], .dq = dq->at[side], .dv = dv->at[side], .dfilter = first->at[side]);
}

/* Integers that are a result: what is not set stays as it is on both sides. */
static struct twin_array *numbered(struct twin *twin, size_t count)
{
    int *values = calloc(count + 1, sizeof *values);
    struct twin_array *made = integers(twin, count, values);
    made->result = true;
    free(values);
    return made;
}

/* Distances on both ends of the range, at borders of windows, and anywhere. */
static void run_windows(struct twin *twin)
{
    struct graph graph = random_graph(twin);
    size_t edges = twin->rows > 1 ? 10 * twin->rows : 0;
    float *values = calloc(graph.rows + 1, sizeof *values);
    for (size_t k = 0; k < graph.rows; k++) {
        double r = 6 * gd_stream_uniform(&twin->stream), border = floor(r) * 6 / (twin->width - 1);
        values[k] = k % 5 == 0 ? 0 : k % 5 == 1 ? 5.9999995f : k % 5 == 2 && border < 6 ? (float)border : (float)r;
    }
    struct twin_array *distance = array(twin, graph.rows * sizeof *values, values);
    struct twin_array *value = result(twin, edges + 3, GD_WINDOW_WIDTH), *first = numbered(twin, edges + 3);
    BOTH(windows, .edges = edges_of(&graph, side), .atoms = twin->rows, .most = edges + 3, .radial = twin->width,
         .cutoff = 6, .distance = distance->at[side], .value = value->at[side], .first = first->at[side]);
    free(values);
}

/* A filter layer, and windows for the edges of a random graph. */
struct layer {
    int radial;
    struct twin_array *value, *first, *weight, *bias, *scratch;
};

static struct layer random_layer(struct twin *twin)
{
    int radial = twin->width % 2 ? twin->width + 3 : 6, outs = 3 * twin->width;
    size_t edges = 10 * twin->rows, rows = GD_FILTER_ROWS((size_t)radial);
    struct layer layer = {.radial = radial,
                          .value = given(twin, edges, GD_WINDOW_WIDTH),
                          .first = indices(twin, edges, radial > GD_WINDOW ? (size_t)(radial - GD_WINDOW) + 1 : 1),
                          .weight = given(twin, (size_t)outs, radial),
                          .bias = given(twin, 1, outs),
                          .scratch = given(twin, (1 + gd_layer_pieces(twin->rows)) * rows, outs)};
    return layer;
}

static struct gd_filter_layer layer_of(const struct layer *layer, int side)
{
    return (struct gd_filter_layer){layer->radial,           layer->value->at[side], layer->first->at[side],
                                    layer->weight->at[side], layer->bias->at[side],  layer->scratch->at[side]};
}

static void run_message_fused(struct twin *twin)
{
    struct graph graph = random_graph(twin);
    struct layer layer = random_layer(twin);
    size_t n = twin->rows - twin->rows / 3;
    int width = twin->width;
    struct twin_array *x = given(twin, twin->rows, 3 * width), *q = given(twin, twin->rows, width);
    struct twin_array *v = given(twin, twin->rows, 3 * width);
    struct twin_array *q_out = result(twin, twin->rows, width), *v_out = result(twin, twin->rows, 3 * width);
    struct twin_array *q_first = result(twin, n, width), *v_first = result(twin, n, 3 * width);
    BOTH(message_fused, .edges = edges_of(&graph, side), .receivers = twin->rows, .features = width,
         .layer = layer_of(&layer, side), .x = x->at[side], .q = q->at[side], .v = v->at[side],
         .q_out = q_out->at[side], .v_out = v_out->at[side]);
    BOTH(message_fused, .edges = edges_of(&graph, side), .receivers = n, .features = width,
         .layer = layer_of(&layer, side), .x = x->at[side], .q = q->at[side], .q_out = q_first->at[side],
         .v_out = v_first->at[side]);
}

static void run_message_fused_backward(struct twin *twin)
{
    struct graph graph = random_graph(twin);
    struct layer layer = random_layer(twin);
    size_t m = twin->rows - twin->rows / 5, n = m - m / 3;
    int width = twin->width, outs = 3 * width;
    struct twin_array *x = given(twin, twin->rows, 3 * width), *v = given(twin, twin->rows, 3 * width);
    struct twin_array *dq = given(twin, n, width), *dv = given(twin, n, 3 * width);
    struct twin_array *dx = result(twin, m, 3 * width), *v_grad = result(twin, m, 3 * width);
    struct twin_array *dweight = result(twin, (size_t)outs, layer.radial), *dbias = result(twin, 1, outs);
    struct twin_array *dx_first = result(twin, m, 3 * width);
    struct twin_array *dweight_first = result(twin, (size_t)outs, layer.radial), *dbias_first = result(twin, 1, outs);
    BOTH(message_fused_backward, .edges = edges_of(&graph, side), .receivers = n, .senders = m, .features = width,
         .layer = layer_of(&layer, side), .x = x->at[side], .v = v->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dx = dx->at[side], .v_grad = v_grad->at[side], .dweight = dweight->at[side], .dbias = dbias->at[side]);
    BOTH(message_fused_backward, .edges = edges_of(&graph, side), .receivers = n, .senders = m, .features = width,
         .layer = layer_of(&layer, side), .x = x->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dx = dx_first->at[side], .dweight = dweight_first->at[side], .dbias = dbias_first->at[side]);
}

static void run_norms(struct twin *twin)
{
    int scalars = twin->width + 2, vectors = twin->width;
    struct twin_array *s = given(twin, twin->rows, scalars), *mixed = given(twin, twin->rows, 6 * vectors);
    struct twin_array *joined = result(twin, twin->rows, scalars + vectors);
    struct twin_array *exact = result(twin, twin->rows, scalars + vectors);
    BOTH(norms, .rows = twin->rows, .scalars = scalars, .vectors = vectors, .epsilon = 1e-8f, .s = s->at[side],
         .mixed = mixed->at[side], .joined = joined->at[side]);
    BOTH(norms, .rows = twin->rows, .scalars = scalars, .vectors = vectors, .s = s->at[side], .mixed = mixed->at[side],
         .joined = exact->at[side]);
}

static void run_norms_backward(struct twin *twin)
{
    int scalars = twin->width + 2, vectors = twin->width;
    struct twin_array *joined = given(twin, twin->rows, scalars + vectors);
    struct twin_array *djoined = given(twin, twin->rows, scalars + vectors);
    struct twin_array *mixed = given(twin, twin->rows, 6 * vectors);
    struct twin_array *ds = result(twin, twin->rows, scalars), *added = result(twin, twin->rows, scalars);
    struct twin_array *dmixed = result(twin, twin->rows, 6 * vectors);
    BOTH(norms_backward, .rows = twin->rows, .scalars = scalars, .vectors = vectors, .joined = joined->at[side],
         .djoined = djoined->at[side], .mixed = mixed->at[side], .ds = ds->at[side], .dmixed = dmixed->at[side]);
    BOTH(norms_backward, .rows = twin->rows, .scalars = scalars, .vectors = vectors, .add = true,
         .joined = joined->at[side], .djoined = djoined->at[side], .mixed = mixed->at[side], .ds = added->at[side],
         .dmixed = dmixed->at[side]);
}

static void run_mix(struct twin *twin)
{
    int width = twin->width;
    struct twin_array *q = given(twin, twin->rows, width), *v = given(twin, twin->rows, 3 * width);
    struct twin_array *mixed = given(twin, twin->rows, 6 * width), *abc = given(twin, twin->rows, 3 * width);
    struct twin_array *q_out = result(twin, twin->rows, width), *v_out = result(twin, twin->rows, 3 * width);
    BOTH(mix, .atoms = twin->rows, .features = width, .q = q->at[side], .v = v->at[side], .mixed = mixed->at[side],
         .abc = abc->at[side], .q_out = q_out->at[side], .v_out = v_out->at[side]);
}

static void run_mix_backward(struct twin *twin)
{
    int width = twin->width;
    struct twin_array *dq = given(twin, twin->rows, width), *dv = given(twin, twin->rows, 3 * width);
    struct twin_array *mixed = given(twin, twin->rows, 6 * width), *abc = given(twin, twin->rows, 3 * width);
    struct twin_array *dabc = result(twin, twin->rows, 3 * width), *dmixed = result(twin, twin->rows, 6 * width);
    BOTH(mix_backward, .atoms = twin->rows, .features = width, .dq = dq->at[side], .dv = dv->at[side],
         .mixed = mixed->at[side], .abc = abc->at[side], .dabc = dabc->at[side], .dmixed = dmixed->at[side]);
}

static void run_gate(struct twin *twin)
{
    int scalars = twin->width + 1, vectors = twin->width;
    struct twin_array *net = given(twin, twin->rows, scalars + vectors), *mixed = given(twin, twin->rows, 6 * vectors);
    struct twin_array *s_out = result(twin, twin->rows, scalars), *v_out = result(twin, twin->rows, 3 * vectors);
    struct twin_array *v_last = result(twin, twin->rows, 3 * vectors);
    BOTH(gate, .rows = twin->rows, .scalars = scalars, .vectors = vectors, .net = net->at[side],
         .mixed = mixed->at[side], .s_out = s_out->at[side], .v_out = v_out->at[side]);
    BOTH(gate, .rows = twin->rows, .scalars = scalars, .vectors = vectors, .net = net->at[side],
         .mixed = mixed->at[side], .v_out = v_last->at[side]);
}

static void run_gate_backward(struct twin *twin)
{
    int scalars = twin->width + 1, vectors = twin->width;
    struct twin_array *ds = given(twin, twin->rows, scalars), *dv = given(twin, twin->rows, 3 * vectors);
    struct twin_array *net = given(twin, twin->rows, scalars + vectors), *mixed = given(twin, twin->rows, 6 * vectors);
    struct twin_array *dnet = result(twin, twin->rows, scalars + vectors);
    struct twin_array *dmixed = result(twin, twin->rows, 6 * vectors);
    struct twin_array *dnet_last = result(twin, twin->rows, scalars + vectors);
    BOTH(gate_backward, .rows = twin->rows, .scalars = scalars, .vectors = vectors, .ds_out = ds->at[side],
         .dv_out = dv->at[side], .net = net->at[side], .mixed = mixed->at[side], .dnet = dnet->at[side],
         .dmixed = dmixed->at[side]);
    BOTH(gate_backward, .rows = twin->rows, .scalars = scalars, .vectors = vectors, .dv_out = dv->at[side],
         .net = net->at[side], .mixed = mixed->at[side], .dnet = dnet_last->at[side], .dmixed = dmixed->at[side]);
}

static void run_loss(struct twin *twin)
{
    struct twin_array *output = given(twin, twin->rows, 3), *target = given(twin, twin->rows, 3);
    struct twin_array *weight = given(twin, twin->rows, 1), *doutput = result(twin, twin->rows, 3);
    BOTH(loss, .atoms = twin->rows, .scale = 0.25, .output = output->at[side], .target = target->at[side],
         .weight = weight->at[side], .doutput = doutput->at[side], .value = &twin->numbers[side]);
}

static void run_squares(struct twin *twin)
{
    struct twin_array *x = given(twin, twin->rows, twin->width);
    BOTH(squares, .count = twin->rows * (size_t)twin->width, .x = x->at[side], .value = &twin->numbers[side]);
}

static void run_adamw_step(struct twin *twin)
{
    size_t count = twin->rows * (size_t)twin->width;
    struct twin_array *gradient = given(twin, count, 1), *v = result(twin, count, 1);
    struct twin_array *parameters = result(twin, count, 1), *m = result(twin, count, 1);
    BOTH(adamw_step, .count = count, .beta2 = 0, .c1 = 1, .c2 = 1, .epsilon = 1e-8, .scale = 1,
         .gradient = gradient->at[side], .parameters = parameters->at[side], .m = m->at[side],
         .v = v->at[side]); /* leaves v = g², which is not negative */
    BOTH(adamw_step, .count = count, .rate = 1e-3, .decay = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8,
         .scale = 0.5, .c1 = 0.271, .c2 = 0.002997, .gradient = gradient->at[side], .parameters = parameters->at[side],
         .m = m->at[side], .v = v->at[side]);
}

static void run_scale(struct twin *twin)
{
    size_t count = twin->rows * (size_t)twin->width;
    struct twin_array *x = given(twin, count, 1), *y = result(twin, count, 1);
    BOTH(scale, .count = count, .factor = 0.3f, .x = x->at[side], .y = y->at[side]);
    BOTH(scale, .count = count, .factor = -2, .x = y->at[side], .y = y->at[side], .first = &twin->numbers[side]);
    struct twin_array *far = given(twin, count, 1); /* some are, if the values are large */
    BOTH(scale, .count = count, .factor = 3e37f, .x = x->at[side], .y = far->at[side], .first = &twin->numbers[side]);
}

/* A skewed cell, periodic in the plane, with a window; `width` mobile atoms on a few fixed ones. */
static struct gd_system system_for(const struct twin *twin, bool confined)
{
    struct gd_structure slab = {
        .cell = {.vectors = {{5, 0, 0}, {2, 6, 0}, {0, 0, 14}}, .periodic = {true, true, false}}};
    struct gd_system made;
    const double window[2] = {2, 5};
    size_t fixed = 5, mobile = (size_t)twin->width % 8 + 1;
    int species[8] = {78, 78, 78, 78, 78, 78, 78, 78};
    double positions[5][3] = {{0, 0, 0}, {2.5, 0, 0.5}, {1, 3, 0}, {3.5, 3, 0}, {4, 5, 1}};
    slab.count = fixed;
    slab.species = species;
    slab.positions = positions;
    if (gd_system_make(&made, &slab, species, mobile, confined ? window : NULL, false, NULL))
        ck_abort_msg("no system");
    return made;
}

/* The positions of `rows` structures of a system: its template, and mobile atoms within a sphere. */
static struct twin_array *positions_for(struct twin *twin, const struct gd_system *system)
{
    size_t atoms = system->structure.count;
    double *values = calloc(twin->rows * atoms * 3 + 1, sizeof *values);
    for (size_t k = 0; k < twin->rows * atoms * 3; k++)
        values[k] = k / 3 % atoms < system->fixed ? system->structure.positions[k / 3 % atoms][k % 3]
                                                  : 3 + gd_stream_normal(&twin->stream);
    if (twin->values == TWIN_LARGE && twin->rows > 1) /* one atom is far away */
        values[3 * (atoms + system->fixed)] = 1e9;
    struct twin_array *made = array(twin, twin->rows * atoms * 3 * sizeof *values, values);
    free(values);
    return made;
}

static struct twin_array *streams_for(struct twin *twin)
{
    struct gd_stream *values = calloc(twin->rows + 1, sizeof *values);
    for (size_t s = 0; s < twin->rows; s++) {
        values[s] = gd_stream_make(11, (uint32_t)twin->width, 3, (uint32_t)s);
        for (size_t k = 0; k < s % 4; k++)
            gd_stream_uniform(&values[s]);
    }
    struct twin_array *made = array(twin, twin->rows * sizeof *values, values);
    free(values);
    return made;
}

static void run_move_in(struct twin *twin, bool confined)
{
    struct gd_system system = system_for(twin, confined);
    struct twin_array *positions = positions_for(twin, &system), *streams = streams_for(twin);
    int coordinates = 3 * (int)gd_system_mobile(&system);
    struct twin_array *score = given(twin, twin->rows, coordinates), *turned = result(twin, twin->rows, coordinates);
    positions->result = positions->reals = true;
    for (size_t drawn = 0; drawn < 8; drawn += 3)
        BOTH(move, .system = &system, .structures = twin->rows, .gain = 0.7, .noise = 2.5, .streams = streams->at[side],
             .drawn = drawn, .score = score->at[side], .positions = positions->at[side], .turned = turned->at[side]);
    BOTH(move, .system = &system, .structures = twin->rows, .gain = -0.2, .streams = streams->at[side],
         .score = turned->at[side], .positions = positions->at[side], .turned = turned->at[side]);
    for (int side = 0; side < 2; side++)
        twin->backend[side]->type->finish(twin->backend[side], NULL);
    gd_system_clear(&system);
}

static void run_move(struct twin *twin)
{
    run_move_in(twin, true);
    run_move_in(twin, false);
}

/* With room for all pairs, or for a few. The template's edges are anything: they are only copied. */
static void run_find_edges_of(struct twin *twin, int capacity)
{
    const int first[] = {0, 2, 4, 5, 5, 6}, sender[] = {1, 2, 0, 4, 0, 1}, use[] = {0, 2, 1, 4, 3, 5};
    struct gd_system system = system_for(twin, true);
    int mobile = (int)gd_system_mobile(&system), fixed = (int)system.fixed, template_rows = 3;
    size_t rows = twin->rows * (size_t)capacity, edges = 2 * (twin->rows * (size_t)template_rows + rows);
    struct twin_array *positions = positions_for(twin, &system);
    struct twin_array *of_template[] = {integers(twin, 6, first), integers(twin, 6, sender), integers(twin, 6, use),
                                        given(twin, 6, 3)};
    struct twin_array *counts = numbered(twin, twin->rows), *pairs = numbered(twin, 2 * rows);
    struct twin_array *firsts = numbered(twin, twin->rows * (size_t)(fixed + mobile) + 1);
    struct twin_array *senders = numbered(twin, edges), *rows_of = numbered(twin, edges);
    struct twin_array *receivers = numbered(twin, edges), *row_edges = numbered(twin, edges);
    struct twin_array *row_firsts = numbered(twin, (size_t)template_rows + rows + 1);
    struct twin_array *pair_units = result(twin, rows, 3), *units = result(twin, edges, 3);
    struct twin_array *distance = result(twin, (size_t)template_rows + rows, 1);
    BOTH(find_edges, .basis = &system.basis, .cutoff = 6, .structures = twin->rows, .fixed = fixed, .mobile = mobile,
         .template_rows = template_rows, .capacity = capacity, .template_first = of_template[0]->at[side],
         .template_sender = of_template[1]->at[side], .template_use = of_template[2]->at[side],
         .template_unit = of_template[3]->at[side], .positions = positions->at[side], .counts = counts->at[side],
         .pairs = pairs->at[side], .pair_units = pair_units->at[side], .first = firsts->at[side],
         .sender = senders->at[side], .receiver = receivers->at[side], .row = rows_of->at[side],
         .row_edge = row_edges->at[side], .row_first = row_firsts->at[side], .unit = units->at[side],
         .distance = distance->at[side], .needed = &twin->numbers[side]);
    for (int side = 0; side < 2; side++)
        twin->backend[side]->type->finish(twin->backend[side], NULL);
    gd_system_clear(&system);
}

/* The width only chooses the positions here: with room for all edges, many structures are tried with one of them. */
static void run_find_edges(struct twin *twin)
{
    if (twin->rows < 500 || twin->width == 4)
        run_find_edges_of(twin, 700);
    run_find_edges_of(twin, 20);
}

#define OP(name, absolute, relative)                                                                                   \
    {                                                                                                                  \
#name, offsetof(struct gd_ops, name), run_##name,                                                              \
        {                                                                                                              \
            absolute, relative                                                                                         \
        }                                                                                                              \
    }

const struct twin_op twin_ops[] = {
    OP(dense, 2e-6, 4e-7),                  /* sums of up to 70 products */
    OP(dense_input, 2e-6, 4e-7),            /* the same */
    OP(dense_weight, 4e-6, 1e-7),           /* sums over up to 1,027 rows */
    OP(perceptron, 4e-6, 4e-7),             /* two layers of such sums */
    OP(perceptron_backward, 4e-6, 4e-7),    /* the same, and sums over rows of what comes out */
    OP(gather, 0, 0),                       /* copies */
    OP(sum_rows, 4e-6, 1e-7),               /* sums over up to 1,027 rows */
    OP(copy_rows, 0, 0),                    /* copies */
    OP(radial, 4e-7, 1e-5),                 /* exp of up to -½ (radial - 1)²: the argument's rounding grows with it */
    OP(interpolate, 1e-6, 2e-7),            /* four products, whose weights differ in sign */
    OP(interpolate_backward, 4e-6, 1e-7),   /* sums over up to 1,027 rows */
    OP(message, 2e-6, 2e-7),                /* sums over about ten edges */
    OP(message_sender, 2e-6, 2e-7),         /* the same */
    OP(message_filter, 2e-6, 2e-7),         /* the same */
    OP(windows, 4e-7, 1e-5),                /* as radial */
    OP(message_fused, 4e-6, 2e-7),          /* sums over about ten edges of 13 products */
    OP(message_fused_backward, 8e-6, 2e-7), /* sums over up to 10,270 edges */
    OP(norms, 1e-7, 3e-7),                  /* one square root */
    OP(norms_backward, 1e-6, 3e-7),         /* one division */
    OP(mix, 1e-6, 2e-7),                    /* three products */
    OP(mix_backward, 1e-6, 2e-7),           /* the same */
    OP(gate, 2e-7, 4e-7),                   /* silu */
    OP(gate_backward, 1e-6, 4e-7),          /* the slope of silu, three products */
    OP(loss, 1e-12, 1e-7),                  /* sums in double; the gradient is rounded to float32 */
    OP(squares, 0, 1e-12),                  /* sums in double */
    OP(adamw_step, 2e-7, 1e-6),             /* a root and two divisions */
    OP(scale, 0, 1.2e-7),                   /* one product */
    OP(move, 1e-12, 1e-12),                 /* in double */
    OP(find_edges, 0, 2e-7),                /* in double, rounded to float32 */
};

const size_t twin_op_count = sizeof twin_ops / sizeof *twin_ops;
