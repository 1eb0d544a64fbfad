/* How each operation is tried: one function that makes its arguments in both backends, and one row with its tolerance.
 *
 * Tolerances: a sum of n products of float32 is off by about √n · 6e-8 of the largest partial sum; n is at most a few
 * hundred in all but sums over rows. Where exp, sqrt or a division come in, 2e-7 of the result is added. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agreement/agreement.h"
#include "atoms/system.h"

/* Reserves an array on both sides with the same contents. */
static struct pair_array *array(struct pair *pair, size_t bytes, const void *contents)
{
    if (pair->array_count == PAIR_ARRAYS)
        ck_abort_msg("more arrays than a comparison has room for");
    struct pair_array *made = &pair->arrays[pair->array_count++];
    *made = (struct pair_array){.bytes = bytes};
    for (int side = 0; side < 2; side++) {
        const struct gd_backend_class *class = pair->backend[side]->type;
        made->at[side] = class->alloc(pair->backend[side], bytes ? bytes : 1);
        if (!made->at[side])
            ck_abort_msg("out of memory");
        class->upload(pair->backend[side], made->at[side], contents, bytes);
    }
    return made;
}

static struct pair_array *given(struct pair *pair, size_t rows, int width)
{
    static const double scale[] = {[PAIR_NORMAL] = 1, [PAIR_LARGE] = 100, [PAIR_TINY] = 1e-18, [PAIR_ZERO] = 0};
    size_t count = rows * (size_t)width;
    float *values = calloc(count + 1, sizeof *values);
    for (size_t k = 0; k < count; k++)
        values[k] = (float)(scale[pair->values] * gd_stream_normal(&pair->stream));
    struct pair_array *made = array(pair, count * sizeof *values, values);
    free(values);
    return made;
}

/* Results start as something, the same on both sides: operations that add must, others must not use it. */
static struct pair_array *result(struct pair *pair, size_t rows, int width)
{
    struct pair_array *made = given(pair, rows, width);
    made->result = true;
    return made;
}

static struct pair_array *integers(struct pair *pair, size_t count, const int *values)
{
    struct pair_array *made = array(pair, count * sizeof *values, values);
    made->integers = true;
    return made;
}

static struct pair_array *indices(struct pair *pair, size_t count, size_t bound)
{
    int *values = calloc(count + 1, sizeof *values);
    for (size_t k = 0; k < count; k++)
        values[k] = (int)gd_stream_below(&pair->stream, bound);
    struct pair_array *made = integers(pair, count, values);
    free(values);
    return made;
}

/* Runs an operation on both sides; the arguments may use `side`. */
#define BOTH(operation, ...)                                                                                           \
    for (int side = 0; side < 2; side++)                                                                               \
    pair->backend[side]->type->ops.operation(pair->backend[side], &(struct gd_##operation){__VA_ARGS__})

static void run_dense(struct pair *pair)
{
    int in = pair->width, out = pair->width + 5;
    struct pair_array *x = given(pair, pair->rows, in), *weight = given(pair, (size_t)out, in);
    struct pair_array *bias = given(pair, 1, out), *scale = given(pair, pair->rows, 1);
    struct pair_array *y = result(pair, pair->rows, out);
    struct pair_array *scaled = result(pair, pair->rows, out), *plain = result(pair, pair->rows, out);
    struct pair_array *packed = given(pair, gd_packed(in, out), 1);
    BOTH(dense, .rows = pair->rows, .in = in, .out = out, .x = x->at[side], .weight = weight->at[side],
         .bias = bias->at[side], .y = y->at[side], .packed = packed->at[side]);
    BOTH(dense, .rows = pair->rows, .in = in, .out = out, .x = x->at[side], .weight = weight->at[side],
         .bias = bias->at[side], .scale = scale->at[side], .y = scaled->at[side], .packed = packed->at[side]);
    BOTH(dense, .rows = pair->rows, .in = in, .out = out, .x = x->at[side], .weight = weight->at[side],
         .y = plain->at[side], .packed = packed->at[side]);
}

static void run_dense_input(struct pair *pair)
{
    int in = pair->width, out = pair->width + 3;
    struct pair_array *dy = given(pair, pair->rows, out), *weight = given(pair, (size_t)out, in);
    struct pair_array *plain = result(pair, pair->rows, in), *added = result(pair, pair->rows, in);
    struct pair_array *packed = given(pair, gd_packed(out, in), 1);
    BOTH(dense_input, .rows = pair->rows, .in = in, .out = out, .dy = dy->at[side], .weight = weight->at[side],
         .dx = plain->at[side], .packed = packed->at[side]);
    BOTH(dense_input, .rows = pair->rows, .in = in, .out = out, .dy = dy->at[side], .weight = weight->at[side],
         .add = true, .dx = added->at[side], .packed = packed->at[side]);
}

static void run_dense_weight(struct pair *pair)
{
    int in = pair->width, out = pair->width + 2;
    struct pair_array *x = given(pair, pair->rows, in), *dy = given(pair, pair->rows, out);
    struct pair_array *scale = given(pair, pair->rows, 1);
    struct pair_array *scratch = given(pair, GD_WEIGHT_CHUNKS * (size_t)out, in + 1);
    struct pair_array *plain = result(pair, (size_t)out, in), *dbias = result(pair, 1, out);
    struct pair_array *dweight = result(pair, (size_t)out, in), *scaled = result(pair, 1, out);
    struct pair_array *unbiased = result(pair, (size_t)out, in);
    BOTH(dense_weight, .rows = pair->rows, .in = in, .out = out, .x = x->at[side], .dy = dy->at[side],
         .dweight = plain->at[side], .dbias = dbias->at[side], .scratch = scratch->at[side]);
    BOTH(dense_weight, .rows = pair->rows, .in = in, .out = out, .x = x->at[side], .dy = dy->at[side],
         .scale = scale->at[side], .dweight = dweight->at[side], .dbias = scaled->at[side],
         .scratch = scratch->at[side]);
    BOTH(dense_weight, .rows = pair->rows, .in = in, .out = out, .x = x->at[side], .dy = dy->at[side],
         .dweight = unbiased->at[side], .scratch = scratch->at[side]);
}

static void run_perceptron(struct pair *pair)
{
    int in = pair->width, middle = pair->width + 4, out = pair->width + 1;
    struct pair_array *x = given(pair, pair->rows, in), *inner = given(pair, (size_t)middle, in);
    struct pair_array *inner_bias = given(pair, 1, middle), *outer = given(pair, (size_t)out, middle);
    struct pair_array *outer_bias = given(pair, 1, out), *before = result(pair, pair->rows, middle);
    struct pair_array *hidden = result(pair, pair->rows, middle), *y = result(pair, pair->rows, out);
    struct pair_array *packed = given(pair, gd_packed(in, middle) + gd_packed(middle, out), 1);
    BOTH(perceptron, .rows = pair->rows, .in = in, .middle = middle, .out = out, .x = x->at[side],
         .inner_weight = inner->at[side], .inner_bias = inner_bias->at[side], .outer_weight = outer->at[side],
         .outer_bias = outer_bias->at[side], .before = before->at[side], .hidden = hidden->at[side], .y = y->at[side],
         .packed = packed->at[side]);
}

static void run_perceptron_backward(struct pair *pair)
{
    int in = pair->width, middle = pair->width + 4, out = pair->width + 1;
    struct pair_array *x = given(pair, pair->rows, in), *before = given(pair, pair->rows, middle);
    struct pair_array *hidden = given(pair, pair->rows, middle), *dy = given(pair, pair->rows, out);
    struct pair_array *inner = given(pair, (size_t)middle, in), *outer = given(pair, (size_t)out, middle);
    struct pair_array *scratch = given(pair, GD_WEIGHT_CHUNKS * (size_t)middle, in + 1 + out + 1);
    struct pair_array *packed = given(pair, gd_packed(out, middle) + gd_packed(middle, in), 1);
    for (int k = 0; k < 4; k++) {
        struct pair_array *dinner = result(pair, (size_t)middle, in), *dinner_bias = result(pair, 1, middle);
        struct pair_array *douter = result(pair, (size_t)out, middle), *douter_bias = result(pair, 1, out);
        struct pair_array *dhidden = result(pair, pair->rows, middle), *dx = result(pair, pair->rows, in);
        const bool inputs_alone = k >= 2;
        BOTH(perceptron_backward, .rows = pair->rows, .in = in, .middle = middle, .out = out, .add = k % 2,
             .x = x->at[side], .before = before->at[side], .hidden = hidden->at[side], .dy = dy->at[side],
             .inner_weight = inner->at[side], .outer_weight = outer->at[side], .dinner_weight = dinner->at[side],
             .dinner_bias = dinner_bias->at[side], .douter_weight = inputs_alone ? NULL : douter->at[side],
             .douter_bias = douter_bias->at[side], .dhidden = dhidden->at[side], .dx = dx->at[side],
             .scratch = scratch->at[side], .packed = packed->at[side]);
    }
}

static void run_gather(struct pair *pair)
{
    struct pair_array *from = given(pair, 11, pair->width), *index = indices(pair, pair->rows, 11);
    struct pair_array *to = result(pair, pair->rows, pair->width);
    BOTH(gather, .rows = pair->rows, .width = pair->width, .from = from->at[side], .index = index->at[side],
         .to = to->at[side]);
}

static void run_sum_rows(struct pair *pair)
{
    struct pair_array *from = given(pair, pair->rows, pair->width), *index = indices(pair, pair->rows, 4);
    struct pair_array *to = result(pair, 6, pair->width); /* groups 4 and 5 stay empty */
    BOTH(sum_rows, .rows = pair->rows, .groups = 6, .width = pair->width, .from = from->at[side],
         .index = index->at[side], .to = to->at[side]);
}

static void run_copy_rows(struct pair *pair)
{
    int wide = pair->width + 3;
    struct pair_array *from = given(pair, pair->rows, wide), *to = result(pair, pair->rows, wide + 1);
    for (int add = 0; add < 2; add++)
        BOTH(copy_rows, .rows = pair->rows, .width = pair->width, .from_stride = wide, .to_stride = wide + 1,
             .from = from->at[side], .add = add, .to = to->at[side]);
}

/* Positions near and far, and on whole turns. */
static void run_waves(struct pair *pair)
{
    double *positions = calloc(3 * pair->rows + 1, sizeof *positions), turns[64];
    for (size_t k = 0; k < 3 * pair->rows; k++)
        positions[k] = k % 4 == 0 ? (double)k : (k % 4 == 1 ? 1e4 : 10) * gd_stream_normal(&pair->stream);
    for (int k = 0; k < pair->width; k++)
        turns[k] = k % 3 == 0 ? 0.25 : gd_stream_uniform(&pair->stream);
    struct pair_array *at = array(pair, 3 * pair->rows * sizeof *positions, positions);
    struct pair_array *each = array(pair, (size_t)pair->width * sizeof *turns, turns);
    struct pair_array *place = indices(pair, pair->rows, pair->rows ? pair->rows : 1),
                      *y = result(pair, pair->rows, 6 * pair->width);
    BOTH(waves, .rows = pair->rows, .count = pair->width, .positions = at->at[side], .turns = each->at[side],
         .place = place->at[side], .y = y->at[side]);
    free(positions);
}

static void run_waves_backward(struct pair *pair)
{
    double turns[64];
    for (int k = 0; k < pair->width; k++)
        turns[k] = gd_stream_uniform(&pair->stream);
    struct pair_array *each = array(pair, (size_t)pair->width * sizeof *turns, turns);
    struct pair_array *y = given(pair, pair->rows, 6 * pair->width), *dy = given(pair, pair->rows, 6 * pair->width);
    struct pair_array *dposition = result(pair, pair->rows, 3);
    BOTH(waves_backward, .rows = pair->rows, .count = pair->width, .turns = each->at[side], .y = y->at[side],
         .dy = dy->at[side], .dposition = dposition->at[side]);
}

/* Structures of 0 to 6 atoms, near the origin and far from it. */
static void run_spring(struct pair *pair)
{
    int *first = calloc(pair->rows + 1, sizeof *first);
    for (size_t s = 0; s < pair->rows; s++)
        first[s + 1] = first[s] + (int)(s % 7);
    const size_t atoms = (size_t)first[pair->rows];
    double *positions = calloc(3 * atoms + 1, sizeof *positions);
    for (size_t k = 0; k < 3 * atoms; k++)
        positions[k] = (k % 7 == 0 ? 1e3 : 1) * gd_stream_normal(&pair->stream);
    struct pair_array *begins = array(pair, (pair->rows + 1) * sizeof *first, first),
                      *place = indices(pair, atoms, atoms ? atoms : 1),
                      *at = array(pair, 3 * atoms * sizeof *positions, positions),
                      *stiffness = given(pair, pair->rows, 1), *factor = given(pair, pair->rows, 1),
                      *energy = result(pair, pair->rows, 1), *dposition = result(pair, atoms, 3);
    for (int both = 0; both < 2; both++)
        BOTH(spring, .structures = pair->rows, .first = begins->at[side], .place = place->at[side],
             .positions = at->at[side], .stiffness = stiffness->at[side], .factor = factor->at[side],
             .energy = energy->at[side], .dposition = both ? dposition->at[side] : NULL);
    free(positions);
    free(first);
}

static void run_radial_backward(struct pair *pair)
{
    float *values = calloc(pair->rows + 1, sizeof *values);
    for (size_t k = 0; k < pair->rows; k++)
        values[k] = k % 5 == 0 ? 0 : k % 5 == 1 ? 5.9999995f : (float)(6 * gd_stream_uniform(&pair->stream));
    struct pair_array *distance = array(pair, pair->rows * sizeof *values, values);
    struct pair_array *dbasis = given(pair, pair->rows, pair->width), *denvelope = given(pair, pair->rows, 1);
    struct pair_array *ddistance = result(pair, pair->rows, 1);
    BOTH(radial_backward, .rows = pair->rows, .radial = pair->width, .cutoff = 6, .distance = distance->at[side],
         .dbasis = dbasis->at[side], .denvelope = denvelope->at[side], .ddistance = ddistance->at[side]);
    free(values);
}

static void run_radial(struct pair *pair)
{
    float *values = calloc(pair->rows + 1, sizeof *values);
    for (size_t k = 0; k < pair->rows; k++)
        values[k] = k % 5 == 0 ? 0 : k % 5 == 1 ? 5.9999995f : (float)(6 * gd_stream_uniform(&pair->stream));
    struct pair_array *distance = array(pair, pair->rows * sizeof *values, values);
    struct pair_array *basis = result(pair, pair->rows, pair->width), *envelope = result(pair, pair->rows, 1);
    BOTH(radial, .rows = pair->rows, .radial = pair->width, .cutoff = 6, .distance = distance->at[side],
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
    struct pair_array *distance, *cell_first, *cell_row;
};

static struct places random_places(struct pair *pair)
{
    int cell_first[CELLS + 1] = {0};
    float *values = calloc(pair->rows + 1, sizeof *values);
    int *cell = calloc(pair->rows + 1, sizeof *cell), *cell_row = calloc(pair->rows + 1, sizeof *cell_row);
    for (size_t k = 0; k < pair->rows; k++) {
        double within = CELLS * gd_stream_uniform(&pair->stream);
        const double kinds[] = {CELLS, 0, floor(within), within, within, within};
        double place = kinds[k % 6];
        values[k] = (float)place * cell_width;
        cell[k] = (int)(values[k] / cell_width) < CELLS ? (int)(values[k] / cell_width) : CELLS - 1;
    }
    fill_counts(cell_first, CELLS, pair->rows, cell, cell_row);
    struct places made = {array(pair, pair->rows * sizeof *values, values), integers(pair, CELLS + 1, cell_first),
                          integers(pair, pair->rows, cell_row)};
    free(values);
    free(cell);
    free(cell_row);
    return made;
}

static void run_interpolate(struct pair *pair)
{
    struct places places = random_places(pair);
    struct pair_array *table = given(pair, POINTS, pair->width), *y = result(pair, pair->rows, pair->width);
    BOTH(interpolate, .rows = pair->rows, .points = POINTS, .width = pair->width, .step = cell_width,
         .distance = places.distance->at[side], .table = table->at[side], .y = y->at[side]);
}

static void run_interpolate_backward(struct pair *pair)
{
    struct places places = random_places(pair);
    struct pair_array *dy = given(pair, pair->rows, pair->width), *dtable = result(pair, POINTS, pair->width);
    BOTH(interpolate_backward, .points = POINTS, .width = pair->width, .step = cell_width,
         .cell_first = places.cell_first->at[side], .cell_row = places.cell_row->at[side],
         .distance = places.distance->at[side], .dy = dy->at[side], .dtable = dtable->at[side]);
}

/* A random graph of pair->rows atoms: every pair twice, opposite, with one filter row. A single atom has none: its
 * pairs with itself would cancel, and leave nothing to compare but rounding. */
struct graph {
    size_t rows;
    struct pair_array *first, *sender, *receiver, *row, *unit, *row_first, *row_edge;
};

static struct graph random_graph(struct pair *pair)
{
    size_t atoms = pair->rows, pairs = atoms > 1 ? 5 * atoms : 0, edges = 2 * pairs, rows = pairs - pairs / 3;
    int *ends = calloc(edges + 1, sizeof *ends), *pair_row = calloc(edges + 1, sizeof *ends);
    int *first = calloc(atoms + 1, sizeof *first), *order = calloc(edges + 1, sizeof *order);
    int *row_first = calloc(rows + 1, sizeof *first), *row_edge = calloc(edges + 1, sizeof *order);
    int *sender = calloc(edges + 1, sizeof *order), *receiver = calloc(edges + 1, sizeof *order);
    int *row = calloc(edges + 1, sizeof *order);
    float *unit = calloc(3 * edges + 1, sizeof *unit);
    double normal[3];
    for (size_t p = 0; p < pairs; p++)
        for (size_t end = 0; end < 2; end++) {
            ends[2 * p + end] = (int)gd_stream_below(&pair->stream, atoms);
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
                          integers(pair, atoms + 1, first),
                          integers(pair, edges, sender),
                          integers(pair, edges, receiver),
                          integers(pair, edges, row),
                          array(pair, 3 * edges * sizeof *unit, unit),
                          integers(pair, rows + 1, row_first),
                          integers(pair, edges, row_edge)};
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

static void run_message(struct pair *pair)
{
    struct graph graph = random_graph(pair);
    size_t n = pair->rows - pair->rows / 3;
    int width = pair->width;
    struct pair_array *filter = given(pair, graph.rows, 3 * width), *x = given(pair, pair->rows, 3 * width);
    struct pair_array *q = given(pair, pair->rows, width), *v = given(pair, pair->rows, 3 * width);
    struct pair_array *q_out = result(pair, pair->rows, width), *v_out = result(pair, pair->rows, 3 * width);
    struct pair_array *q_first = result(pair, n, width), *v_first = result(pair, n, 3 * width);
    BOTH(message, .edges = edges_of(&graph, side), .receivers = pair->rows, .features = width,
         .filter = filter->at[side], .x = x->at[side], .q = q->at[side], .v = v->at[side], .q_out = q_out->at[side],
         .v_out = v_out->at[side]);
    BOTH(message, .edges = edges_of(&graph, side), .receivers = n, .features = width, .filter = filter->at[side],
         .x = x->at[side], .q = q->at[side], .q_out = q_first->at[side], .v_out = v_first->at[side]);
}

static void run_message_sender(struct pair *pair)
{
    struct graph graph = random_graph(pair);
    size_t m = pair->rows - pair->rows / 5, n = m - m / 3;
    int width = pair->width;
    struct pair_array *filter = given(pair, graph.rows, 3 * width), *x = given(pair, pair->rows, 3 * width);
    struct pair_array *v = given(pair, pair->rows, 3 * width), *dq = given(pair, n, width);
    struct pair_array *dv = given(pair, n, 3 * width), *dx = result(pair, m, 3 * width);
    struct pair_array *v_grad = result(pair, m, 3 * width), *dx_first = result(pair, m, 3 * width);
    BOTH(message_sender, .edges = edges_of(&graph, side), .receivers = n, .senders = m, .features = width,
         .filter = filter->at[side], .x = x->at[side], .v = v->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dx = dx->at[side], .v_grad = v_grad->at[side]);
    BOTH(message_sender, .edges = edges_of(&graph, side), .receivers = n, .senders = m, .features = width,
         .filter = filter->at[side], .x = x->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dx = dx_first->at[side]);
}

static void run_message_filter(struct pair *pair)
{
    struct graph graph = random_graph(pair);
    size_t n = pair->rows - pair->rows / 3, begin = graph.rows / 4;
    int width = pair->width;
    struct pair_array *x = given(pair, pair->rows, 3 * width), *v = given(pair, pair->rows, 3 * width);
    struct pair_array *dq = given(pair, n, width), *dv = given(pair, n, 3 * width);
    struct pair_array *dfilter = result(pair, graph.rows, 3 * width), *first = result(pair, graph.rows, 3 * width);
    BOTH(message_filter, .edges = edges_of(&graph, side), .receivers = n, .begin = begin, .end = graph.rows,
         .features = width, .x = x->at[side], .v = v->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dfilter = dfilter->at[side]);
    BOTH(message_filter, .edges = edges_of(&graph, side), .receivers = n, .end = graph.rows, .features = width,
         .x = x->at[side], .dq = dq->at[side], .dv = dv->at[side], .dfilter = first->at[side]);
}

static void run_message_unit(struct pair *pair)
{
    struct graph graph = random_graph(pair);
    size_t n = pair->rows - pair->rows / 3, edges = pair->rows > 1 ? 10 * pair->rows : 0;
    int width = pair->width;
    struct pair_array *filter = given(pair, graph.rows, 3 * width), *x = given(pair, pair->rows, 3 * width);
    struct pair_array *dv = given(pair, n, 3 * width), *dunit = result(pair, edges, 3);
    for (int add = 0; add < 2; add++)
        BOTH(message_unit, .edges = edges_of(&graph, side), .receivers = n, .features = width, .add = add,
             .filter = filter->at[side], .x = x->at[side], .dv = dv->at[side], .dunit = dunit->at[side]);
}

/* Every row from `begin` on has two edges at least, of which the first two count. */
static void run_edge_positions(struct pair *pair)
{
    struct graph graph = random_graph(pair);
    size_t edges = pair->rows > 1 ? 10 * pair->rows : 0;
    float *values = calloc(graph.rows + 1, sizeof *values);
    for (size_t k = 0; k < graph.rows; k++)
        values[k] = (float)(1 + gd_stream_uniform(&pair->stream));
    struct pair_array *distance = array(pair, graph.rows * sizeof *values, values);
    struct pair_array *dunit = given(pair, edges, 3), *ddistance = given(pair, graph.rows, 1);
    struct pair_array *dposition = result(pair, pair->rows, 3);
    BOTH(edge_positions, .edges = edges_of(&graph, side), .atoms = pair->rows, .begin = graph.rows / 4,
         .distance = distance->at[side], .dunit = dunit->at[side], .ddistance = ddistance->at[side],
         .dposition = dposition->at[side]);
    free(values);
}

/* Integers that are a result: what is not set stays as it is on both sides. */
static struct pair_array *numbered(struct pair *pair, size_t count)
{
    int *values = calloc(count + 1, sizeof *values);
    struct pair_array *made = integers(pair, count, values);
    made->result = true;
    free(values);
    return made;
}

/* Distances on both ends of the range, at borders of windows, and anywhere. */
static void run_windows(struct pair *pair)
{
    struct graph graph = random_graph(pair);
    size_t edges = pair->rows > 1 ? 10 * pair->rows : 0;
    float *values = calloc(graph.rows + 1, sizeof *values);
    for (size_t k = 0; k < graph.rows; k++) {
        double r = 6 * gd_stream_uniform(&pair->stream), border = floor(r) * 6 / (pair->width - 1);
        values[k] = k % 5 == 0 ? 0 : k % 5 == 1 ? 5.9999995f : k % 5 == 2 && border < 6 ? (float)border : (float)r;
    }
    struct pair_array *distance = array(pair, graph.rows * sizeof *values, values);
    struct pair_array *value = result(pair, edges + 3, GD_WINDOW_WIDTH), *first = numbered(pair, edges + 3);
    BOTH(windows, .edges = edges_of(&graph, side), .atoms = pair->rows, .most = edges + 3, .radial = pair->width,
         .cutoff = 6, .distance = distance->at[side], .value = value->at[side], .first = first->at[side]);
    free(values);
}

/* A filter layer, and windows for the edges of a random graph. */
struct layer {
    int radial;
    struct pair_array *value, *first, *weight, *bias, *scratch;
};

static struct layer random_layer(struct pair *pair)
{
    int radial = pair->width % 2 ? pair->width + 3 : 6, outs = 3 * pair->width;
    size_t edges = 10 * pair->rows, rows = GD_FILTER_ROWS((size_t)radial);
    struct layer layer = {.radial = radial,
                          .value = given(pair, edges, GD_WINDOW_WIDTH),
                          .first = indices(pair, edges, radial > GD_WINDOW ? (size_t)(radial - GD_WINDOW) + 1 : 1),
                          .weight = given(pair, (size_t)outs, radial),
                          .bias = given(pair, 1, outs),
                          .scratch = given(pair, (1 + gd_layer_pieces(pair->rows)) * rows, outs)};
    return layer;
}

static struct gd_filter_layer layer_of(const struct layer *layer, int side)
{
    return (struct gd_filter_layer){layer->radial,           layer->value->at[side], layer->first->at[side],
                                    layer->weight->at[side], layer->bias->at[side],  layer->scratch->at[side]};
}

static void run_message_fused(struct pair *pair)
{
    struct graph graph = random_graph(pair);
    struct layer layer = random_layer(pair);
    size_t n = pair->rows - pair->rows / 3;
    int width = pair->width;
    struct pair_array *x = given(pair, pair->rows, 3 * width), *q = given(pair, pair->rows, width);
    struct pair_array *v = given(pair, pair->rows, 3 * width);
    struct pair_array *q_out = result(pair, pair->rows, width), *v_out = result(pair, pair->rows, 3 * width);
    struct pair_array *q_first = result(pair, n, width), *v_first = result(pair, n, 3 * width);
    BOTH(message_fused, .edges = edges_of(&graph, side), .receivers = pair->rows, .features = width,
         .layer = layer_of(&layer, side), .x = x->at[side], .q = q->at[side], .v = v->at[side],
         .q_out = q_out->at[side], .v_out = v_out->at[side]);
    BOTH(message_fused, .edges = edges_of(&graph, side), .receivers = n, .features = width,
         .layer = layer_of(&layer, side), .x = x->at[side], .q = q->at[side], .q_out = q_first->at[side],
         .v_out = v_first->at[side]);
}

static void run_message_fused_backward(struct pair *pair)
{
    struct graph graph = random_graph(pair);
    struct layer layer = random_layer(pair);
    size_t m = pair->rows - pair->rows / 5, n = m - m / 3;
    int width = pair->width, outs = 3 * width;
    struct pair_array *x = given(pair, pair->rows, 3 * width), *v = given(pair, pair->rows, 3 * width);
    struct pair_array *dq = given(pair, n, width), *dv = given(pair, n, 3 * width);
    struct pair_array *dx = result(pair, m, 3 * width), *v_grad = result(pair, m, 3 * width);
    struct pair_array *dweight = result(pair, (size_t)outs, layer.radial), *dbias = result(pair, 1, outs);
    struct pair_array *dx_first = result(pair, m, 3 * width);
    struct pair_array *dweight_first = result(pair, (size_t)outs, layer.radial), *dbias_first = result(pair, 1, outs);
    BOTH(message_fused_backward, .edges = edges_of(&graph, side), .receivers = n, .senders = m, .features = width,
         .layer = layer_of(&layer, side), .x = x->at[side], .v = v->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dx = dx->at[side], .v_grad = v_grad->at[side], .dweight = dweight->at[side], .dbias = dbias->at[side]);
    BOTH(message_fused_backward, .edges = edges_of(&graph, side), .receivers = n, .senders = m, .features = width,
         .layer = layer_of(&layer, side), .x = x->at[side], .dq = dq->at[side], .dv = dv->at[side],
         .dx = dx_first->at[side], .dweight = dweight_first->at[side], .dbias = dbias_first->at[side]);
}

static void run_norms(struct pair *pair)
{
    int scalars = pair->width + 2, vectors = pair->width;
    struct pair_array *s = given(pair, pair->rows, scalars), *mixed = given(pair, pair->rows, 6 * vectors);
    struct pair_array *joined = result(pair, pair->rows, scalars + vectors);
    struct pair_array *exact = result(pair, pair->rows, scalars + vectors);
    BOTH(norms, .rows = pair->rows, .scalars = scalars, .vectors = vectors, .epsilon = 1e-8f, .s = s->at[side],
         .mixed = mixed->at[side], .joined = joined->at[side]);
    BOTH(norms, .rows = pair->rows, .scalars = scalars, .vectors = vectors, .s = s->at[side], .mixed = mixed->at[side],
         .joined = exact->at[side]);
}

static void run_norms_backward(struct pair *pair)
{
    int scalars = pair->width + 2, vectors = pair->width;
    struct pair_array *joined = given(pair, pair->rows, scalars + vectors);
    struct pair_array *djoined = given(pair, pair->rows, scalars + vectors);
    struct pair_array *mixed = given(pair, pair->rows, 6 * vectors);
    struct pair_array *ds = result(pair, pair->rows, scalars), *added = result(pair, pair->rows, scalars);
    struct pair_array *dmixed = result(pair, pair->rows, 6 * vectors);
    BOTH(norms_backward, .rows = pair->rows, .scalars = scalars, .vectors = vectors, .joined = joined->at[side],
         .djoined = djoined->at[side], .mixed = mixed->at[side], .ds = ds->at[side], .dmixed = dmixed->at[side]);
    BOTH(norms_backward, .rows = pair->rows, .scalars = scalars, .vectors = vectors, .add = true,
         .joined = joined->at[side], .djoined = djoined->at[side], .mixed = mixed->at[side], .ds = added->at[side],
         .dmixed = dmixed->at[side]);
}

static void run_mix(struct pair *pair)
{
    int width = pair->width;
    struct pair_array *q = given(pair, pair->rows, width), *v = given(pair, pair->rows, 3 * width);
    struct pair_array *mixed = given(pair, pair->rows, 6 * width), *abc = given(pair, pair->rows, 3 * width);
    struct pair_array *q_out = result(pair, pair->rows, width), *v_out = result(pair, pair->rows, 3 * width);
    BOTH(mix, .atoms = pair->rows, .features = width, .q = q->at[side], .v = v->at[side], .mixed = mixed->at[side],
         .abc = abc->at[side], .q_out = q_out->at[side], .v_out = v_out->at[side]);
}

static void run_mix_backward(struct pair *pair)
{
    int width = pair->width;
    struct pair_array *dq = given(pair, pair->rows, width), *dv = given(pair, pair->rows, 3 * width);
    struct pair_array *mixed = given(pair, pair->rows, 6 * width), *abc = given(pair, pair->rows, 3 * width);
    struct pair_array *dabc = result(pair, pair->rows, 3 * width), *dmixed = result(pair, pair->rows, 6 * width);
    BOTH(mix_backward, .atoms = pair->rows, .features = width, .dq = dq->at[side], .dv = dv->at[side],
         .mixed = mixed->at[side], .abc = abc->at[side], .dabc = dabc->at[side], .dmixed = dmixed->at[side]);
}

static void run_gate(struct pair *pair)
{
    int scalars = pair->width + 1, vectors = pair->width;
    struct pair_array *net = given(pair, pair->rows, scalars + vectors), *mixed = given(pair, pair->rows, 6 * vectors);
    struct pair_array *s_out = result(pair, pair->rows, scalars), *v_out = result(pair, pair->rows, 3 * vectors);
    struct pair_array *v_last = result(pair, pair->rows, 3 * vectors);
    BOTH(gate, .rows = pair->rows, .scalars = scalars, .vectors = vectors, .net = net->at[side],
         .mixed = mixed->at[side], .s_out = s_out->at[side], .v_out = v_out->at[side]);
    BOTH(gate, .rows = pair->rows, .scalars = scalars, .vectors = vectors, .net = net->at[side],
         .mixed = mixed->at[side], .v_out = v_last->at[side]);
}

static void run_gate_backward(struct pair *pair)
{
    int scalars = pair->width + 1, vectors = pair->width;
    struct pair_array *ds = given(pair, pair->rows, scalars), *dv = given(pair, pair->rows, 3 * vectors);
    struct pair_array *net = given(pair, pair->rows, scalars + vectors), *mixed = given(pair, pair->rows, 6 * vectors);
    struct pair_array *dnet = result(pair, pair->rows, scalars + vectors);
    struct pair_array *dmixed = result(pair, pair->rows, 6 * vectors);
    struct pair_array *dnet_last = result(pair, pair->rows, scalars + vectors);
    BOTH(gate_backward, .rows = pair->rows, .scalars = scalars, .vectors = vectors, .ds_out = ds->at[side],
         .dv_out = dv->at[side], .net = net->at[side], .mixed = mixed->at[side], .dnet = dnet->at[side],
         .dmixed = dmixed->at[side]);
    BOTH(gate_backward, .rows = pair->rows, .scalars = scalars, .vectors = vectors, .dv_out = dv->at[side],
         .net = net->at[side], .mixed = mixed->at[side], .dnet = dnet_last->at[side], .dmixed = dmixed->at[side]);
}

static void run_loss(struct pair *pair)
{
    int width = pair->width % 2 ? 3 : 1;
    struct pair_array *output = given(pair, pair->rows, width), *target = given(pair, pair->rows, width);
    struct pair_array *weight = given(pair, pair->rows, 1), *doutput = result(pair, pair->rows, width);
    double huber = pair->rows % 2 ? 1.5 : 0; /* long residuals count less, or not */
    BOTH(loss, .rows = pair->rows, .width = width, .scale = 0.25, .huber = huber, .output = output->at[side],
         .target = target->at[side], .weight = weight->at[side], .doutput = doutput->at[side],
         .value = &pair->numbers[side]);
}

static void run_squares(struct pair *pair)
{
    struct pair_array *x = given(pair, pair->rows, pair->width);
    BOTH(squares, .count = pair->rows * (size_t)pair->width, .x = x->at[side], .value = &pair->numbers[side]);
}

static void run_adamw_step(struct pair *pair)
{
    size_t count = pair->rows * (size_t)pair->width;
    struct pair_array *gradient = given(pair, count, 1), *v = result(pair, count, 1);
    struct pair_array *parameters = result(pair, count, 1), *m = result(pair, count, 1),
                      *average = result(pair, count, 1);
    BOTH(adamw_step, .count = count, .beta2 = 0, .c1 = 1, .c2 = 1, .epsilon = 1e-8, .scale = 1,
         .gradient = gradient->at[side], .parameters = parameters->at[side], .m = m->at[side],
         .v = v->at[side]); /* leaves v = g², which is not negative */
    BOTH(adamw_step, .count = count, .rate = 1e-3, .decay = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8,
         .scale = 0.5, .c1 = 0.271, .c2 = 0.002997, .share = 0.3, .gradient = gradient->at[side],
         .parameters = parameters->at[side], .m = m->at[side], .v = v->at[side], .average = average->at[side]);
}

static void run_scale(struct pair *pair)
{
    size_t count = pair->rows * (size_t)pair->width;
    struct pair_array *x = given(pair, count, 1), *y = result(pair, count, 1);
    BOTH(scale, .count = count, .factor = 0.3f, .x = x->at[side], .y = y->at[side]);
    BOTH(scale, .count = count, .factor = -2, .x = y->at[side], .y = y->at[side], .first = &pair->numbers[side]);
    struct pair_array *far = given(pair, count, 1); /* some are, if the values are large */
    BOTH(scale, .count = count, .factor = 3e37f, .x = x->at[side], .y = far->at[side], .first = &pair->numbers[side]);
}

/* A skewed cell, periodic in the plane, with a window; `width` mobile atoms on a few fixed ones. */
static struct gd_system system_for(const struct pair *pair, bool confined)
{
    struct gd_structure slab = {
        .cell = {.vectors = {{5, 0, 0}, {2, 6, 0}, {0, 0, 14}}, .periodic = {true, true, false}}};
    struct gd_system made;
    const double window[2] = {2, 5};
    size_t fixed = 5, mobile = (size_t)pair->width % 8 + 1;
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
static struct pair_array *positions_for(struct pair *pair, const struct gd_system *system)
{
    size_t atoms = system->structure.count;
    double *values = calloc(pair->rows * atoms * 3 + 1, sizeof *values);
    for (size_t k = 0; k < pair->rows * atoms * 3; k++)
        values[k] = k / 3 % atoms < system->fixed ? system->structure.positions[k / 3 % atoms][k % 3]
                                                  : 3 + gd_stream_normal(&pair->stream);
    if (pair->values == PAIR_LARGE && pair->rows > 1) /* one atom is far away */
        values[3 * (atoms + system->fixed)] = 1e9;
    struct pair_array *made = array(pair, pair->rows * atoms * 3 * sizeof *values, values);
    free(values);
    return made;
}

static struct pair_array *streams_for(struct pair *pair)
{
    struct gd_stream *values = calloc(pair->rows + 1, sizeof *values);
    for (size_t s = 0; s < pair->rows; s++) {
        values[s] = gd_stream_make(11, (uint32_t)pair->width, 3, (uint32_t)s);
        for (size_t k = 0; k < s % 4; k++)
            gd_stream_uniform(&values[s]);
    }
    struct pair_array *made = array(pair, pair->rows * sizeof *values, values);
    free(values);
    return made;
}

/* In the window, everywhere, or in a sphere and a cylinder across it. */
enum room { WINDOW, CELL, REGION };

static void set_region(struct gd_system *system)
{
    static const struct gd_region region = {
        .count = 2,
        .parts = {{1, {{GD_ALL_AXES, {2, 3, 3}, 2.5}}}, {2, {{GD_Z_AXIS | 2, {0, 3, 3}, 1}, {1, {3, 0, 0}, 5}}}},
    };
    system->region = region;
}

static void run_move_in(struct pair *pair, enum room room)
{
    struct gd_system system = system_for(pair, room == WINDOW);
    if (room == REGION)
        set_region(&system);
    struct pair_array *positions = positions_for(pair, &system), *streams = streams_for(pair);
    int coordinates = 3 * (int)gd_system_mobile(&system);
    struct pair_array *score = given(pair, pair->rows, coordinates), *turned = result(pair, pair->rows, coordinates);
    positions->result = positions->reals = true;
    double *none = calloc(pair->rows * (size_t)coordinates + 1, sizeof *none);
    struct pair_array *weights = array(pair, pair->rows * (size_t)coordinates / 3 * sizeof *none, none);
    weights->result = weights->reals = true;
    free(none);
    /* 2^33 normals use up the blocks under one key */
    const size_t drawn[] = {0, 3, 6, ((size_t)1 << 33) - 4, (size_t)5 << 33};
    for (size_t k = 0; k < sizeof drawn / sizeof *drawn; k++)
        BOTH(move, .system = &system, .structures = pair->rows, .gain = 0.7, .farthest = 0.3, .noise = 2.5,
             .streams = streams->at[side], .drawn = drawn[k], .score = score->at[side],
             .positions = positions->at[side], .turned = turned->at[side], .path_weights = weights->at[side]);
    BOTH(move, .system = &system, .structures = pair->rows, .gain = -0.2, .farthest = INFINITY,
         .streams = streams->at[side], .score = turned->at[side], .positions = positions->at[side],
         .turned = turned->at[side]);
    for (int side = 0; side < 2; side++)
        pair->backend[side]->type->finish(pair->backend[side], NULL);
    gd_system_clear(&system);
}

static void run_move(struct pair *pair)
{
    for (enum room room = WINDOW; room <= REGION; room++)
        run_move_in(pair, room);
}

/* With room for all pairs, or for a few. The template's edges are anything: they are only copied. */
static void run_find_edges_of(struct pair *pair, int capacity)
{
    const int first[] = {0, 2, 4, 5, 5, 6}, sender[] = {1, 2, 0, 4, 0, 1}, use[] = {0, 2, 1, 4, 3, 5};
    struct gd_system system = system_for(pair, true);
    int mobile = (int)gd_system_mobile(&system), fixed = (int)system.fixed, template_rows = 3;
    size_t rows = pair->rows * (size_t)capacity, edges = 2 * (pair->rows * (size_t)template_rows + rows);
    struct pair_array *positions = positions_for(pair, &system);
    struct pair_array *of_template[] = {integers(pair, 6, first), integers(pair, 6, sender), integers(pair, 6, use),
                                        given(pair, 6, 3)};
    struct pair_array *counts = numbered(pair, pair->rows), *pairs = numbered(pair, 2 * rows);
    struct pair_array *firsts = numbered(pair, pair->rows * (size_t)(fixed + mobile) + 1);
    struct pair_array *senders = numbered(pair, edges), *rows_of = numbered(pair, edges);
    struct pair_array *receivers = numbered(pair, edges), *row_edges = numbered(pair, edges);
    struct pair_array *row_firsts = numbered(pair, (size_t)template_rows + rows + 1);
    struct pair_array *pair_units = result(pair, rows, 3), *units = result(pair, edges, 3);
    struct pair_array *distance = result(pair, (size_t)template_rows + rows, 1);
    BOTH(find_edges, .basis = &system.basis, .cutoff = 6, .structures = pair->rows, .fixed = fixed, .mobile = mobile,
         .template_rows = template_rows, .capacity = capacity, .template_first = of_template[0]->at[side],
         .template_sender = of_template[1]->at[side], .template_use = of_template[2]->at[side],
         .template_unit = of_template[3]->at[side], .positions = positions->at[side], .counts = counts->at[side],
         .pairs = pairs->at[side], .pair_units = pair_units->at[side], .first = firsts->at[side],
         .sender = senders->at[side], .receiver = receivers->at[side], .row = rows_of->at[side],
         .row_edge = row_edges->at[side], .row_first = row_firsts->at[side], .unit = units->at[side],
         .distance = distance->at[side], .needed = &pair->numbers[side]);
    for (int side = 0; side < 2; side++)
        pair->backend[side]->type->finish(pair->backend[side], NULL);
    gd_system_clear(&system);
}

/* Width and values only choose the positions here, and whether one is far away. With room for all edges, which takes
 * long, two kinds of values are enough, and one width of many structures. */
static void run_find_edges(struct pair *pair)
{
    if (pair->values <= PAIR_LARGE && (pair->rows < 500 || pair->width == 4))
        run_find_edges_of(pair, 700);
    run_find_edges_of(pair, 20);
}

#define OP(name, absolute, relative)                                                                                   \
    {                                                                                                                  \
#name, offsetof(struct gd_ops, name), run_##name,                                                              \
        {                                                                                                              \
            absolute, relative                                                                                         \
        }                                                                                                              \
    }

const struct agreement_op agreement_ops[] = {
    OP(dense, 2e-6, 4e-7),                  /* sums of up to 70 products */
    OP(dense_input, 2e-6, 4e-7),            /* the same */
    OP(dense_weight, 4e-6, 1e-7),           /* sums over up to 1,027 rows */
    OP(perceptron, 4e-6, 4e-7),             /* two layers of such sums */
    OP(perceptron_backward, 4e-6, 4e-7),    /* the same, and sums over rows of what comes out */
    OP(waves, 1e-6, 0),                     /* the angle's rounding */
    OP(waves_backward, 4e-6, 1e-7),         /* sums of up to 128 products */
    OP(radial_backward, 4e-6, 1e-5),        /* as radial, and such sums */
    OP(message_unit, 4e-6, 2e-7),           /* sums of up to 64 products of three */
    OP(edge_positions, 2e-6, 2e-7),         /* sums over about ten edges */
    OP(gather, 0, 0),                       /* copies */
    OP(sum_rows, 4e-6, 1e-7),               /* sums over up to 1,027 rows */
    OP(copy_rows, 0, 0),                    /* copies, and one sum */
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
    OP(spring, 0, 2e-7),                    /* in double, and two sums in float32 */
    OP(scale, 0, 1.2e-7),                   /* one product */
    OP(move, 1e-12, 1e-12),                 /* in double */
    OP(find_edges, 0, 2e-7),                /* in double, rounded to float32 */
};

const size_t agreement_op_count = sizeof agreement_ops / sizeof *agreement_ops;
