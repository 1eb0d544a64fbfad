/* The operations that a network's passes and its optimiser are made of: the arguments of each, and what it computes.
 *
 * Pointers are memory of a backend unless they say host. Arrays are row-major float32 and do not overlap unless said
 * otherwise; any count may be 0. What an operation returns to the host is there after the backend's next `finish`.
 *
 * Letters in shapes: F features; 3F means (part 1, part 2, part 3) side by side; [..][3][F] is xyz of F vectors. */
#ifndef GD_MODEL_OPERATIONS_H
#define GD_MODEL_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>

struct gd_backend;
struct gd_basis;
struct gd_stream;
struct gd_system;

#define GD_FAR           1e5 /* lattice planes: images of what is farther away are not looked for */
#define GD_WEIGHT_CHUNKS 16  /* partial sums that a weight's gradient may be put together from */
#define GD_WINDOW        12  /* radial functions that count at one distance */
#define GD_WINDOW_WIDTH  16  /* numbers in a row of them: a cache line */

/* The edges of a batch, as the message operations walk them. Every edge is there in both directions: among the edges
 * of receiver i is (i <- j) and among those of j is (j <- i) with the opposite unit vector and the same filter row. */
struct gd_edges {
    const int *first;     /* [atoms + 1] edges of receiver i: first[i] .. first[i+1]-1 */
    const int *sender;    /* [edges] */
    const int *receiver;  /* [edges] */
    const int *row;       /* [edges] row of the filters */
    const float *unit;    /* [edges][3] from receiver to sender */
    const int *row_first; /* [rows + 1] edges of filter row r: row_edge[row_first[r]] .. */
    const int *row_edge;  /* [edges] */
};

/* Floats of a matrix that a backend has laid out for its products, with columns for the widest registers: panels of
 * GD_PANEL columns. */
#define GD_PANEL 32

static inline size_t gd_packed(int depth, int columns)
{
    return (size_t)depth * (((size_t)columns + GD_PANEL - 1) / GD_PANEL * GD_PANEL);
}

/* y[rows][out] = x[rows][in] weight[out][in]ᵀ + scale[row] bias[out]. bias NULL: none. scale NULL: all 1.
 * packed: room for gd_packed(in, out) floats. */
struct gd_dense {
    size_t rows;
    int in, out;
    const float *x, *weight, *bias, *scale;
    float *y, *packed;
};

/* dx[rows][in] = dy[rows][out] weight[out][in]. add: dx +=. packed: room for gd_packed(out, in) floats. */
struct gd_dense_input {
    size_t rows;
    int in, out;
    const float *dy, *weight;
    bool add;
    float *dx, *packed;
};

/* dweight[out][in] = dyᵀ x; dbias[out] = Σ_rows scale[row] dy (dbias, scale NULL as in gd_dense).
 * scratch: [GD_WEIGHT_CHUNKS][out][in + 1]. */
struct gd_dense_weight {
    size_t rows;
    int in, out;
    const float *x, *dy, *scale;
    float *dweight, *dbias, *scratch;
};

/* Two dense layers: before[rows][middle] = x[rows][in] inner_weightᵀ + inner_bias, hidden = silu(before),
 * y[rows][out] = hidden outer_weightᵀ + outer_bias. packed: room for gd_packed(in, middle) + gd_packed(middle, out). */
struct gd_perceptron {
    size_t rows;
    int in, middle, out;
    const float *x, *inner_weight, *inner_bias, *outer_weight, *outer_bias;
    float *before, *hidden, *y, *packed;
};

/* Its gradients from dy; add: dx +=. dhidden: [rows][middle], the gradient of before. scratch:
 * GD_WEIGHT_CHUNKS times as many floats as both layers' weights and biases. packed: room for gd_packed(out, middle) +
 * gd_packed(middle, in). douter_weight NULL: dx alone is wanted, and neither x nor hidden, scratch and the other
 * gradients of parameters are touched. */
struct gd_perceptron_backward {
    size_t rows;
    int in, middle, out;
    bool add;
    const float *x, *before, *hidden, *dy, *inner_weight, *outer_weight;
    float *dinner_weight, *dinner_bias, *douter_weight, *douter_bias, *dhidden, *dx, *scratch, *packed;
};

/* to[rows][width] = from[index[row]][width] */
struct gd_gather {
    size_t rows;
    int width;
    const float *from;
    const int *index;
    float *to;
};

/* to[groups][width] = Σ of from[rows][width] with index[row] == group; 0 for groups without rows. */
struct gd_sum_rows {
    size_t rows, groups;
    int width;
    const float *from;
    const int *index;
    float *to;
};

/* to[row * to_stride + k] = from[row * from_stride + k], k < width. add: to +=. */
struct gd_copy_rows {
    size_t rows;
    int width, from_stride, to_stride;
    const float *from;
    bool add;
    float *to;
};

/* envelope[rows] = ½ (cos(π r / cutoff) + 1);  basis[rows][radial] = envelope exp(-(r - o_k)² / 2w²),
 * o_k = k w, w = cutoff/(radial - 1), for distances r[rows]. */
struct gd_radial {
    size_t rows;
    int radial;
    float cutoff;
    const float *distance;
    float *basis, *envelope;
};

/* y[rows][3][2][count] = (sin 2π x turns_k, cos 2π x turns_k) of each coordinate x of the positions [..][3] at
 * place[row]; the fraction of a turn is taken in double. */
struct gd_waves {
    size_t rows;
    int count;
    const double *positions, *turns; /* turns: [count] per Å */
    const int *place;                /* [rows] */
    float *y;
};

/* dposition[rows][3] = Σ_k 2π turns_k (y_cos dy_sin - y_sin dy_cos), with y and dy as in struct gd_waves. */
struct gd_waves_backward {
    size_t rows;
    int count;
    const double *turns;
    const float *y, *dy;
    float *dposition;
};

/* Atoms on springs of a stiffness k to the mean x̄ of their structure: with x_i the positions [..][3] at place[i] of the
 * atoms i = first[s] .. first[s+1]-1 of structure s, energy[s] += k[s]/2 Σ_i |x_i - x̄|² (NULL: not wanted), and
 * dposition[i][3] += factor[s] k[s] (x_i - x̄) (NULL likewise). In double, atom by atom. */
struct gd_spring {
    size_t structures;
    const int *first; /* [structures + 1] */
    const int *place; /* [atoms] */
    const double *positions;
    const float *stiffness, *factor; /* [structures]; factor only with dposition */
    float *energy, *dposition;       /* [structures], [atoms][3] */
};

/* ddistance[rows] from the gradients dbasis[rows][radial] and denvelope[rows]. */
struct gd_radial_backward {
    size_t rows;
    int radial;
    float cutoff;
    const float *distance, *dbasis, *denvelope;
    float *ddistance;
};

/* Of every edge the radial functions that count, with r the distance of its row: first[e] = ⌊r (radial - 1)/cutoff⌋ - 5
 * (in float32, and within 0 .. max(radial - GD_WINDOW, 0)), and value[e] = (functions first, ..., first + GD_WINDOW -
 * 1, the envelope, zeros), as in struct gd_radial, 0 for functions beyond the last. Those left out are below 1.6e-8 of
 * their height: their centres are at least 6 widths away. */
struct gd_windows {
    struct gd_edges edges; /* first, row */
    size_t atoms, most;    /* there are edges.first[atoms] edges, at most `most` */
    int radial;
    float cutoff;
    const float *distance;
    float *value; /* [most][GD_WINDOW_WIDTH] */
    int *first;   /* [most] */
};

/* A filter layer that is worked out edge by edge: filter = Σ_k value_k weight[:][first + k] + envelope bias, with
 * weight [3F][radial]. scratch: room for 1 + gd_layer_pieces(senders) times [GD_FILTER_ROWS(radial)][3F]; for messages
 * alone, once. */
struct gd_filter_layer {
    int radial;
    const float *value; /* of struct gd_windows */
    const int *first;
    const float *weight, *bias;
    float *scratch;
};

/* Rows of a transposed filter layer: one for each radial function, as many as a window at least, and the bias. */
#define GD_FILTER_ROWS(radial) (((radial) > GD_WINDOW ? (radial) : GD_WINDOW) + 1)

/* Partial sums that the gradient of such a layer is put together from: one for 16 senders, but 2 to 128, in even
 * number. */
static inline size_t gd_layer_pieces(size_t senders)
{
    size_t pairs = (senders + 31) / 32;
    return 2 * (pairs < 1 ? 1 : pairs < 64 ? pairs : 64);
}

/* y[row] = cubic interpolation of a table at distance[row]. Point p of the table, 0 <= p < points, is at (p - 1) step,
 * a power of two; the cell of a distance r is c = min(⌊r / step⌋, points - 4), and with f = r / step - c
 *   y = Σ_k w_k(f) table[c + k],   w = (-f(f-1)(f-2)/6, (f+1)(f-1)(f-2)/2, -(f+1)f(f-2)/2, (f+1)f(f-1)/6)
 * (Lagrange's polynomial through four points; the error is at most 0.024 step⁴ max|d⁴/dr⁴|). */
struct gd_interpolate {
    size_t rows;
    int points, width;
    float step;
    const float *distance, *table; /* [rows], [points][width] */
    float *y;                      /* [rows][width] */
};

/* dtable[points][width] from dy[rows][width]. Rows are listed cell by cell: those of cell c are
 * cell_row[cell_first[c]] .. cell_row[cell_first[c + 1] - 1]. */
struct gd_interpolate_backward {
    int points, width;
    float step;
    const int *cell_first; /* [points - 2] */
    const int *cell_row;   /* [rows] */
    const float *distance, *dy;
    float *dtable;
};

/* Messages into receivers 0 .. receivers-1: with y = filter[row of edge] ∘ x[sender] = (y1, y2, y3),
 *   q_out[i] = q[i] + Σ y1;   v_out[i] = v[i] + Σ (y2 unit + y3 v[sender]).
 * filter [rows][3F], x [atoms][3F], q [atoms][F], v [atoms][3][F]; v NULL: all 0. */
struct gd_message {
    struct gd_edges edges;
    size_t receivers;
    int features;
    const float *filter, *x, *q, *v;
    float *q_out, *v_out;
};

/* What the messages give back to their senders 0 .. senders-1, for the gradients dq [receivers][F] and dv
 * [receivers][3][F] of q_out and v_out: dx [senders][3F], and v_grad [senders][3][F] = the gradient of v, with dv
 * itself for those that receive. v and v_grad are NULL together. */
struct gd_message_sender {
    struct gd_edges edges;
    size_t receivers, senders;
    int features;
    const float *filter, *x, *v, *dq, *dv;
    float *dx, *v_grad;
};

/* dfilter[row][3F] of rows begin .. end-1 from the messages into 0 .. receivers-1. */
struct gd_message_filter {
    struct gd_edges edges;
    size_t receivers, begin, end;
    int features;
    const float *x, *v, *dq, *dv;
    float *dfilter;
};

/* What the messages into 0 .. receivers-1 give to the unit vectors of their edges: dunit[edge][3] = (add: dunit +)
 * Σ_F dv[receiver] y2, with y as in struct gd_message. */
struct gd_message_unit {
    struct gd_edges edges;
    size_t receivers;
    int features;
    bool add;
    const float *filter, *x, *dv;
    float *dunit;
};

/* The gradient of the positions of atoms 0 .. atoms-1 from those of the edges' unit vectors and of the distances of
 * filter rows `begin` on, which have two edges each; rows before it have none. With u, u' of the two edges and r the
 * distance, the atom that u points to gets g = (1 - u uᵀ)(dunit - dunit')/r + u ddistance, and the other one -g. */
struct gd_edge_positions {
    struct gd_edges edges;
    size_t atoms, begin;
    const float *distance, *dunit, *ddistance;
    float *dposition; /* [atoms][3] */
};

/* The same messages with filters that are never stored. */
struct gd_message_fused {
    struct gd_edges edges; /* first, sender, unit */
    size_t receivers;
    int features;
    struct gd_filter_layer layer;
    const float *x, *q, *v;
    float *q_out, *v_out;
};

/* Their whole gradient: dx and v_grad as in struct gd_message_sender, and dweight [3F][radial], dbias [3F]. */
struct gd_message_fused_backward {
    struct gd_edges edges;
    size_t receivers, senders;
    int features;
    struct gd_filter_layer layer;
    const float *x, *v, *dq, *dv;
    float *dx, *v_grad, *dweight, *dbias;
};

/* joined[rows][scalars + vectors] = (s, √(Σ_xyz V² + epsilon)), with mixed[rows][3][2·vectors] = (V, W). */
struct gd_norms {
    size_t rows;
    int scalars, vectors;
    float epsilon;
    const float *s, *mixed;
    float *joined;
};

/* ds = (add: ds +) the scalar part of djoined; the V part of dmixed += djoined V / norm, 0 where the norm is 0. */
struct gd_norms_backward {
    size_t rows;
    int scalars, vectors;
    bool add;
    const float *joined, *djoined, *mixed;
    float *ds, *dmixed;
};

/* With abc[atoms][3F] = (a, b, c) and mixed[atoms][3][2F] = (V, W):
 * q_out = q + a + c Σ_xyz V W;   v_out = v + b W. */
struct gd_mix {
    size_t atoms;
    int features;
    const float *q, *v, *mixed, *abc;
    float *q_out, *v_out;
};

/* Gradients of abc and mixed (both parts) from those of q_out and v_out. */
struct gd_mix_backward {
    size_t atoms;
    int features;
    const float *dq, *dv, *mixed, *abc;
    float *dabc, *dmixed;
};

/* A gated block's end, with net[rows][scalars + vectors] = (s', g) and mixed[rows][3][2·vectors] = (V, W):
 * s_out = silu(s') unless NULL;   v_out[rows][3][vectors] = g W. */
struct gd_gate {
    size_t rows;
    int scalars, vectors;
    const float *net, *mixed;
    float *s_out, *v_out;
};

/* dnet[rows][scalars + vectors] and dmixed (its V part 0) from ds_out (NULL: 0) and dv_out. */
struct gd_gate_backward {
    size_t rows;
    int scalars, vectors;
    const float *ds_out, *dv_out, *net, *mixed;
    float *dnet, *dmixed;
};

/* *value (host) = scale Σ_rows weight h(‖output - target‖), of vectors of `width` numbers; its gradient goes to
 * doutput[rows][width] unless NULL. h(r) = r², but 2 huber r - huber² where 0 < huber < r (Huber, Ann. Math. Statist.
 * 35, 73 (1964)). */
struct gd_loss {
    size_t rows;
    int width;
    double scale, huber;
    const float *output, *target, *weight;
    float *doutput;
    double *value;
};

/* *value (host) = Σ x² */
struct gd_squares {
    size_t count;
    const float *x;
    double *value;
};

/* One step of AdamW: g = scale gradient; m = β1 m + (1-β1) g; v = β2 v + (1-β2) g²;
 * p = (1 - rate decay) p - rate (m / c1) / (√(v / c2) + epsilon); average += share (p - average), unless it is NULL. */
struct gd_adamw_step {
    size_t count;
    double rate, decay, beta1, beta2, epsilon, scale;
    double c1, c2; /* 1 - β^t */
    double share;
    const float *gradient;
    float *parameters, *m, *v, *average;
};

/* Structures on their way through the reverse process: all on one template of `fixed` atoms, with `mobile` atoms each.
 * Their positions, [structures][fixed + mobile][3], are double. */

/* y[count] = factor x; they may be the same array. *first (host) = the index of the first number of y that is not
 * finite, `count` when all are; NULL: not needed. */
struct gd_scale {
    size_t count;
    float factor;
    const float *x;
    float *y;
    double *first;
};

/* Every mobile atom moves by gain score, of which no coordinate is more than `farthest`, + noise N(0, 1) (noise 0:
 * draws nothing), and back to where it may be. What is reflected with it is its part of `turned` (like score, may be
 * the same; or NULL): see gd_system_confine. */
struct gd_move {
    const struct gd_system *system; /* host */
    size_t structures;
    double gain, farthest, noise;
    const struct gd_stream *streams; /* [structures], without a spare normal */
    size_t drawn;                    /* normals that each of them has given already */
    const float *score;              /* [structures][mobile][3] */
    double *positions;
    float *turned;
    double *path_weights; /* [structures][mobile] += log of how likely the noise alone makes the move, over how likely
                           * noise and drift do; noise > 0; NULL: not wanted */
};

/* The edges of such structures, as in struct gd_edges. Atoms are numbered: first
 * the mobile ones, structure by structure, then the templates' likewise. The template's edges are given, with filter
 * rows 0 .. template_rows-1. Pairs with a mobile atom have the rows from template_rows + capacity · structure on, in
 * the order of the later atom, the earlier atom, the image; the rest of a structure's `capacity` rows are at the
 * cutoff. Pairs beyond it are left out: then *needed (host), the most that a structure has, is more than capacity. It
 * is infinite where two atoms are GD_FAR lattice planes apart, or more. */
struct gd_find_edges {
    const struct gd_basis *basis; /* host */
    double cutoff;
    size_t structures;
    int fixed, mobile, template_rows, capacity;
    const int *template_first;  /* [fixed + 1] edges of template atom i as a receiver */
    const int *template_sender; /* [2 template_rows] an atom of the template */
    const int *template_use;    /* [2 template_rows] twice its row, and 1 more for the second edge of the row */
    const float *template_unit; /* [2 template_rows][3] */
    const double *positions;
    int *counts;                             /* [structures] pairs that have room */
    int *pairs;                              /* room: [structures][capacity][2] */
    float *pair_units;                       /* room: [structures][capacity][3] */
    int *first;                              /* [atoms + 1] */
    int *sender, *receiver, *row, *row_edge; /* [structures · 2 (template_rows + capacity)]; first[atoms] are set */
    float *unit;                             /* likewise, [3] each */
    int *row_first;                          /* [template_rows + structures · capacity + 1] */
    float *distance;                         /* [template_rows + structures · capacity], from template_rows on */
    double *needed;
};

/* The list of operations. From it come the members of the tables, the prototypes and the tables themselves; a new
 * operation is a struct gd_NAME above, a row here, and its implementations
 *
 *     void IMPLEMENTATION(struct gd_backend *backend, const struct gd_NAME *a)
 *
 * gd_reference_NAME (model/reference), gd_cuda_NAME (cuda), and on the CPU one of three kinds: GD_KERNEL(NAME),
 * compiled once per instruction set (model/cpu/kernels_*.c); gd_cpu_NAME (model/cpu), which is compiled once; or the
 * reference, where there is nothing to win. */
#define GD_KERNEL_OPERATIONS(X)                                                                                        \
    X(sum_rows)                                                                                                        \
    X(radial)                                                                                                          \
    X(windows)                                                                                                         \
    X(interpolate)                                                                                                     \
    X(interpolate_backward)                                                                                            \
    X(message)                                                                                                         \
    X(message_sender)                                                                                                  \
    X(message_filter)                                                                                                  \
    X(norms)                                                                                                           \
    X(norms_backward)                                                                                                  \
    X(mix)                                                                                                             \
    X(mix_backward)                                                                                                    \
    X(gate)                                                                                                            \
    X(gate_backward)                                                                                                   \
    X(adamw_step)

#define GD_CPU_OPERATIONS(X)                                                                                           \
    X(dense)                                                                                                           \
    X(dense_input)                                                                                                     \
    X(dense_weight)                                                                                                    \
    X(perceptron)                                                                                                      \
    X(perceptron_backward)                                                                                             \
    X(gather)                                                                                                          \
    X(copy_rows)                                                                                                       \
    X(waves)                                                                                                           \
    X(waves_backward)                                                                                                  \
    X(radial_backward)                                                                                                 \
    X(message_unit)                                                                                                    \
    X(edge_positions)                                                                                                  \
    X(message_fused)                                                                                                   \
    X(message_fused_backward)                                                                                          \
    X(loss)                                                                                                            \
    X(squares)

#define GD_REFERENCE_OPERATIONS(X)                                                                                     \
    X(spring)                                                                                                          \
    X(scale)                                                                                                           \
    X(move)                                                                                                            \
    X(find_edges)

#define GD_OPERATIONS(X)                                                                                               \
    GD_KERNEL_OPERATIONS(X)                                                                                            \
    GD_CPU_OPERATIONS(X)                                                                                               \
    GD_REFERENCE_OPERATIONS(X)

/* A member of a table of operations. */
#define GD_OPERATION_MEMBER(name) void (*name)(struct gd_backend *, const struct gd_##name *);

#endif
