/* What each operation of an optimisation step (or with `forward` of a forward pass) costs, against what this machine
 * can do at best. The work is the heptamer's, or a cluster of so many atoms.
 *
 *   bench_ops [forward] [table] [threads=N] [cluster=ATOMS]
 *
 * Operations are additions and multiplications (and FUNCTION of them for an exponential or a square root); bytes are
 * those of every array the operation names, once. The machine's rates are measured first: the matrix rate is that of
 * the CPU backend's own kernels for 1024 x 1024 matrices, the bandwidth that of a[k] = b[k] + s c[k] on arrays of 64
 * MiB, both on as many threads. The floor of an operation is the larger of operations/rate and bytes/bandwidth. Times
 * are medians over the steps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/workload.h"
#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/base/sort.h"
#include "engine/base/team.h"
#include "model/cpu/kernels.h"
#include "model/network_class.h"

enum { FUNCTION = 10, KEYS = 64, STEPS = 15, RATE_SIZE = 1024, RATE_BLOCK = 64, BAND = 1 << 24, REPEATS = 9 };

struct cost {
    double operations, bytes;
};

/* One row of the table: an operation at one shape. */
struct entry {
    char name[48];
    int calls; /* in a step */
    struct cost cost;
    double spent; /* in this step */
    double seconds[STEPS];
};

/* A backend that passes calls on to another one and measures the time. */
struct timed {
    struct gd_backend base;
    struct gd_backend_class own;
    struct gd_backend *inner;
    struct entry entries[KEYS];
    size_t count;
};

static double bytes(double floats)
{
    return floats * sizeof(float);
}

static double edges_into(const struct gd_edges *edges, size_t receivers)
{
    return edges->first[receivers];
}

/* Filter rows up to the last one that the edges into so many receivers use. */
static double rows_into(const struct gd_edges *edges, size_t receivers)
{
    int most = -1;
    for (int e = 0; e < edges->first[receivers]; e++)
        most = edges->row[e] > most ? edges->row[e] : most;
    return most + 1;
}

static void label(char name[48], const char *operation, int in, int out)
{
    snprintf(name, sizeof((struct entry *)0)->name, "%s %d x %d", operation, in, out);
}

static struct cost cost_dense(const struct gd_dense *a, char name[48])
{
    double rows = (double)a->rows, in = a->in, out = a->out;
    label(name, "dense", a->in, a->out);
    return (struct cost){rows * out * (2 * in + 2 * (a->bias != NULL)), bytes(rows * in + in * out + rows * out)};
}

static struct cost cost_dense_input(const struct gd_dense_input *a, char name[48])
{
    double rows = (double)a->rows, in = a->in, out = a->out;
    label(name, "dense_input", a->in, a->out);
    return (struct cost){rows * in * 2 * out, bytes(rows * out + in * out + rows * in * (1 + a->add))};
}

static struct cost cost_dense_weight(const struct gd_dense_weight *a, char name[48])
{
    double rows = (double)a->rows, in = a->in, out = a->out, bias = a->dbias != NULL;
    label(name, "dense_weight", a->in, a->out);
    return (struct cost){rows * out * (2 * in + bias), bytes(rows * (in + out) + in * out)};
}

/* "perceptron in x middle x out". */
static void label_net(char name[48], const char *what, int in, int middle, int out)
{
    snprintf(name, 48, "%s %d x %d x %d", what, in, middle, out);
}

static struct cost cost_perceptron(const struct gd_perceptron *a, char name[48])
{
    double rows = (double)a->rows, in = a->in, middle = a->middle, out = a->out;
    label_net(name, "perceptron", a->in, a->middle, a->out);
    return (struct cost){rows * (2 * middle * (in + out) + middle * (1 + FUNCTION) + out),
                         bytes(rows * (in + 2 * middle + out) + middle * (in + out))};
}

static struct cost cost_perceptron_backward(const struct gd_perceptron_backward *a, char name[48])
{
    double rows = (double)a->rows, in = a->in, middle = a->middle, out = a->out;
    label_net(name, "backward", a->in, a->middle, a->out);
    return (struct cost){rows * (4 * middle * (in + out) + middle * (6 + FUNCTION) + out),
                         bytes(rows * ((2 + a->add) * in + 3 * middle + out) + 2 * middle * (in + out))};
}

static struct cost cost_gather(const struct gd_gather *a, char name[48])
{
    (void)name;
    return (struct cost){0, bytes(2.0 * (double)a->rows * a->width)};
}

static struct cost cost_sum_rows(const struct gd_sum_rows *a, char name[48])
{
    (void)name;
    return (struct cost){(double)a->rows * a->width, bytes((double)(a->rows + a->groups) * a->width)};
}

static struct cost cost_copy_rows(const struct gd_copy_rows *a, char name[48])
{
    (void)name;
    return (struct cost){0, bytes(2.0 * (double)a->rows * a->width)};
}

static struct cost cost_waves(const struct gd_waves *a, char name[48])
{
    (void)name;
    return (struct cost){6.0 * (double)a->rows * a->count * FUNCTION, bytes(6.0 * (double)a->rows * (a->count + 1))};
}

static struct cost cost_radial(const struct gd_radial *a, char name[48])
{
    (void)name;
    return (struct cost){(double)a->rows * a->radial * (5 + FUNCTION), bytes((double)a->rows * (a->radial + 2))};
}

static struct cost cost_windows(const struct gd_windows *a, char name[48])
{
    (void)name;
    return (struct cost){(double)a->most * GD_WINDOW * (5 + FUNCTION), bytes((double)a->most * (GD_WINDOW_WIDTH + 3))};
}

static struct cost cost_interpolate(const struct gd_interpolate *a, char name[48])
{
    (void)name;
    double numbers = (double)a->rows * a->width;
    return (struct cost){7 * numbers, bytes(numbers + (double)a->points * a->width)};
}

static struct cost cost_interpolate_backward(const struct gd_interpolate_backward *a, char name[48])
{
    (void)name;
    double numbers = (double)a->cell_first[a->points - 3] * a->width;
    return (struct cost){8 * numbers, bytes(numbers + (double)a->points * a->width)};
}

static struct cost cost_message(const struct gd_message *a, char name[48])
{
    double edges = edges_into(&a->edges, a->receivers), rows = rows_into(&a->edges, a->receivers);
    double n = (double)a->receivers, f = a->features;
    if (!a->v)
        strcat(name, " (v = 0)");
    return (struct cost){edges * f * (a->v ? 16 : 9), bytes(edges * 5 + rows * 3 * f + n * f * (a->v ? 11 : 8))};
}

static struct cost cost_message_sender(const struct gd_message_sender *a, char name[48])
{
    double edges = edges_into(&a->edges, a->receivers), rows = rows_into(&a->edges, a->receivers);
    double n = (double)a->senders, f = a->features;
    if (!a->v)
        strcat(name, " (v = 0)");
    return (struct cost){edges * f * (a->v ? 16 : 9), bytes(edges * 5 + rows * 3 * f + n * f * (a->v ? 13 : 7))};
}

static struct cost cost_message_filter(const struct gd_message_filter *a, char name[48])
{
    double edges = a->edges.row_first[a->end] - a->edges.row_first[a->begin], rows = (double)(a->end - a->begin);
    double n = (double)a->receivers, f = a->features;
    if (!a->v)
        strcat(name, " (v = 0)");
    return (struct cost){edges * f * (a->v ? 17 : 10), bytes(edges * 6 + rows * 3 * f + n * f * (a->v ? 10 : 7))};
}

/* Filters of an edge and of 3F features: products with the numbers of a window, once or, with the gradient, twice. */
static double filter_operations(bool vectors)
{
    return 2.0 * (GD_WINDOW + 1) * (vectors ? 3 : 2);
}

static struct cost cost_message_fused(const struct gd_message_fused *a, char name[48])
{
    double edges = edges_into(&a->edges, a->receivers), n = (double)a->receivers, f = a->features;
    if (!a->v)
        strcat(name, " (v = 0)");
    return (struct cost){edges * f * ((a->v ? 16 : 9) + filter_operations(a->v)),
                         bytes(edges * (5 + GD_WINDOW_WIDTH) + n * f * (a->v ? 11 : 8))};
}

static struct cost cost_message_fused_backward(const struct gd_message_fused_backward *a, char name[48])
{
    double edges = edges_into(&a->edges, a->receivers), n = (double)a->senders, f = a->features;
    if (!a->v)
        strcat(name, " (v = 0)");
    return (struct cost){edges * f * ((a->v ? 26 : 15) + 2 * filter_operations(a->v)),
                         bytes(edges * (5 + GD_WINDOW_WIDTH) + n * f * (a->v ? 13 : 7))};
}

static struct cost cost_norms(const struct gd_norms *a, char name[48])
{
    (void)name;
    double rows = (double)a->rows, s = a->scalars, v = a->vectors;
    return (struct cost){rows * v * (5 + FUNCTION), bytes(rows * (2 * s + 4 * v))};
}

static struct cost cost_norms_backward(const struct gd_norms_backward *a, char name[48])
{
    (void)name;
    double rows = (double)a->rows, s = a->scalars, v = a->vectors;
    return (struct cost){rows * (v * (6 + FUNCTION) + s), bytes(rows * ((2 + a->add) * s + 11 * v))};
}

static struct cost cost_mix(const struct gd_mix *a, char name[48])
{
    (void)name;
    double n = (double)a->atoms * a->features;
    return (struct cost){n * 14, bytes(n * 17)};
}

static struct cost cost_mix_backward(const struct gd_mix_backward *a, char name[48])
{
    (void)name;
    double n = (double)a->atoms * a->features;
    return (struct cost){n * 24, bytes(n * 22)};
}

static struct cost cost_gate(const struct gd_gate *a, char name[48])
{
    (void)name;
    double rows = (double)a->rows, s = a->scalars, v = a->vectors;
    return (struct cost){rows * (s * (2 + FUNCTION) + 3 * v), bytes(rows * (2 * s + 7 * v))};
}

static struct cost cost_gate_backward(const struct gd_gate_backward *a, char name[48])
{
    (void)name;
    double rows = (double)a->rows, s = a->scalars, v = a->vectors;
    return (struct cost){rows * (s * (5 + FUNCTION) + 9 * v), bytes(rows * (3 * s + 14 * v))};
}

static struct cost cost_loss(const struct gd_loss *a, char name[48])
{
    (void)name;
    double values = (double)a->rows * a->width;
    return (struct cost){values * 5, bytes((double)a->rows + 3 * values)};
}

static struct cost cost_squares(const struct gd_squares *a, char name[48])
{
    (void)name;
    return (struct cost){2 * (double)a->count, bytes((double)a->count)};
}

static struct cost cost_adamw_step(const struct gd_adamw_step *a, char name[48])
{
    (void)name;
    return (struct cost){(double)a->count * (10 + 2 * FUNCTION), bytes(7 * (double)a->count)};
}

/* Adds a call to the row of its name. */
static void record(struct timed *timed, const char *name, struct cost cost, double seconds)
{
    size_t k = 0;
    while (k < timed->count && strcmp(timed->entries[k].name, name) != 0)
        k++;
    if (k == KEYS)
        return;
    struct entry *entry = &timed->entries[k];
    if (k == timed->count) {
        timed->count++;
        strcpy(entry->name, name);
    }
    entry->calls++;
    entry->cost.operations += cost.operations;
    entry->cost.bytes += cost.bytes;
    entry->spent += seconds;
}

/* What is known of the operations' costs; those without are listed with their times alone. */
#define COST_MEMBER(operation) struct cost (*operation)(const struct gd_##operation *a, char name[48]);

static const struct {
    GD_OPERATIONS(COST_MEMBER)
} costs = {
    .dense = cost_dense,
    .dense_input = cost_dense_input,
    .dense_weight = cost_dense_weight,
    .perceptron = cost_perceptron,
    .perceptron_backward = cost_perceptron_backward,
    .gather = cost_gather,
    .sum_rows = cost_sum_rows,
    .copy_rows = cost_copy_rows,
    .waves = cost_waves,
    .radial = cost_radial,
    .windows = cost_windows,
    .interpolate = cost_interpolate,
    .interpolate_backward = cost_interpolate_backward,
    .message = cost_message,
    .message_sender = cost_message_sender,
    .message_filter = cost_message_filter,
    .message_fused = cost_message_fused,
    .message_fused_backward = cost_message_fused_backward,
    .norms = cost_norms,
    .norms_backward = cost_norms_backward,
    .mix = cost_mix,
    .mix_backward = cost_mix_backward,
    .gate = cost_gate,
    .gate_backward = cost_gate_backward,
    .loss = cost_loss,
    .squares = cost_squares,
    .adamw_step = cost_adamw_step,
};

#define TIMED(operation)                                                                                               \
    static void timed_##operation(struct gd_backend *backend, const struct gd_##operation *a)                          \
    {                                                                                                                  \
        struct timed *timed = (struct timed *)backend;                                                                 \
        char name[48] = #operation;                                                                                    \
        struct cost cost = costs.operation ? costs.operation(a, name) : (struct cost){0};                              \
        double began = gd_clock();                                                                                     \
        timed->inner->type->ops.operation(timed->inner, a);                                                            \
        record(timed, name, cost, gd_clock() - began);                                                                 \
    }

GD_OPERATIONS(TIMED)

#define TIMED_ROW(operation) .operation = timed_##operation,

static enum gd_status timed_make(struct timed *timed, int threads, struct gd_error *error)
{
    enum gd_status status = gd_backend_new(&timed->inner, "cpu", threads, error);
    if (status)
        return status;
    timed->own = *timed->inner->type; /* its memory is the host's, whichever backend is asked for it */
    timed->own.ops = (struct gd_ops){GD_OPERATIONS(TIMED_ROW)};
    timed->base.type = &timed->own;
    return GD_OK;
}

/* One optimisation step, or one forward pass, as a network does it. */
static enum gd_status step(struct gd_graph_network *network, struct gd_workload *workload, float *moments,
                           bool training, struct gd_error *error)
{
    const struct gd_ops *ops = &network->backend->type->ops;
    struct gd_head *head = network->heads[0];
    size_t mobile = network->graph.mobile;
    double value;
    enum gd_status status = gd_graph_network_forward(network, workload->times, false, training, error);
    if (status || !training)
        return status;
    memcpy(head->target, workload->target, 3 * mobile * sizeof *workload->target);
    for (size_t i = 0; i < mobile; i++)
        head->weight[i] = 1;
    ops->loss(network->backend, &(struct gd_loss){.rows = mobile,
                                                  .width = 3,
                                                  .scale = 1.0 / (double)mobile,
                                                  .output = head->output,
                                                  .target = head->target,
                                                  .weight = head->weight,
                                                  .doutput = head->doutput,
                                                  .value = &value});
    network->type->backward(network);
    size_t count = network->parameter_count;
    network->type->changed(network);
    ops->squares(network->backend, &(struct gd_squares){.count = count, .x = network->gradient, .value = &value});
    ops->adamw_step(network->backend, &(struct gd_adamw_step){.count = count,
                                                              .rate = 1e-5,
                                                              .beta1 = 0.9,
                                                              .beta2 = 0.999,
                                                              .epsilon = 1e-8,
                                                              .scale = 1,
                                                              .c1 = 1,
                                                              .c2 = 1,
                                                              .gradient = network->gradient,
                                                              .parameters = network->parameters,
                                                              .m = moments,
                                                              .v = moments + count});
    return GD_OK;
}

/* The machine's rates ------------------------------------------------------------------------------------------- */

struct rates {
    float *a, *b, *c, *packed;
    const struct gd_products *products;
    struct gd_team *team;
    double operations, bytes; /* per second */
};

static void multiply(void *context, size_t block)
{
    const struct rates *rates = context;
    size_t from = block * RATE_BLOCK * RATE_SIZE;
    rates->products->multiply(&(struct gd_product){.rows = RATE_BLOCK,
                                                   .depth = RATE_SIZE,
                                                   .columns = RATE_SIZE,
                                                   .a = rates->a + from,
                                                   .a_step = RATE_SIZE,
                                                   .b = rates->packed,
                                                   .c = rates->c + from,
                                                   .c_step = RATE_SIZE});
}

static void triad(void *context, size_t block)
{
    const struct rates *rates = context;
    enum { PIECE = BAND / 16 };
    float *restrict a = rates->a + block * PIECE;
    const float *restrict b = rates->b + block * PIECE, *restrict c = rates->c + block * PIECE;
    for (size_t k = 0; k < PIECE; k++)
        a[k] = b[k] + 0.5f * c[k];
}

/* The best of some repetitions, in seconds. */
static double best_of(struct rates *rates, gd_task *task)
{
    double best = 1e9;
    for (int k = 0; k < REPEATS; k++) {
        double began = gd_clock();
        gd_team_run(rates->team, 16, task, rates);
        double took = gd_clock() - began;
        best = took < best ? took : best;
    }
    return best;
}

static enum gd_status measure_rates(struct rates *rates, int threads, struct gd_error *error)
{
    const struct gd_kernels *kernels;
    enum gd_status status = gd_kernels_choose(&kernels, error);
    if (!status)
        status = gd_team_new(&rates->team, threads, error);
    float **const arrays[] = {&rates->a, &rates->b, &rates->c, &rates->packed};
    for (size_t k = 0; k < 4 && !status; k++) {
        *arrays[k] = gd_array_aligned(BAND, sizeof(float));
        if (!*arrays[k])
            status = gd_no_memory(error, "arrays");
        for (size_t i = 0; i < BAND && !status; i++)
            (*arrays[k])[i] = (float)(i % 7) * 0.1f;
    }
    if (!status) {
        rates->products = kernels->products;
        rates->products->pack(RATE_SIZE, RATE_SIZE, rates->b, RATE_SIZE, false, rates->packed);
        rates->operations = 2.0 * RATE_SIZE * RATE_SIZE * RATE_SIZE / best_of(rates, multiply);
        rates->bytes = 3.0 * BAND * sizeof(float) / best_of(rates, triad);
    }
    gd_team_free(rates->team);
    free(rates->a);
    free(rates->b);
    free(rates->c);
    free(rates->packed);
    return status;
}

/* ---------------------------------------------------------------------------------------------------------------- */

static void print_table(struct timed *timed, const struct rates *rates, double whole)
{
    double sum = 0, floors = 0;
    printf("matrix rate %.1f GFLOP/s, bandwidth %.1f GB/s\n\n", 1e-9 * rates->operations, 1e-9 * rates->bytes);
    printf("| operation | calls | MFLOP | MB | ms | %% of matrix rate | %% of bandwidth | floor (ms) |\n"
           "|---|---|---|---|---|---|---|---|\n");
    for (size_t k = 0; k < timed->count; k++) {
        struct entry *entry = &timed->entries[k];
        double operations = entry->cost.operations / STEPS, bytes_moved = entry->cost.bytes / STEPS;
        double seconds = gd_median(entry->seconds, STEPS), compute = operations / rates->operations;
        double move = bytes_moved / rates->bytes, floor_ = compute > move ? compute : move;
        printf("| %s | %d | %.1f | %.2f | %.3f | %.0f | %.0f | %.3f |\n", entry->name, entry->calls / STEPS,
               1e-6 * operations, 1e-6 * bytes_moved, 1e3 * seconds, 100 * compute / seconds, 100 * move / seconds,
               1e3 * floor_);
        sum += seconds;
        floors += floor_;
    }
    printf("\noperations %.2f ms, whole %.2f ms, floors %.2f ms: %.2f times the floors\n", 1e3 * sum, 1e3 * whole,
           1e3 * floors, whole / floors);
}

static enum gd_status run_steps(struct timed *timed, struct gd_graph_network *network, struct gd_workload *workload,
                                float *moments, bool training, double *whole, struct gd_error *error)
{
    double samples[STEPS];
    enum gd_status status =
        gd_graph_network_structures(network, workload->structures, workload->fixed, workload->count, error);
    if (!status)
        status = step(network, workload, moments, training, error); /* to warm up */
    timed->count = 0;
    memset(timed->entries, 0, sizeof timed->entries);
    for (int n = 0; n < STEPS && !status; n++) {
        double began = gd_clock();
        status = step(network, workload, moments, training, error);
        samples[n] = gd_clock() - began;
        for (size_t k = 0; k < timed->count; k++) {
            timed->entries[k].seconds[n] = timed->entries[k].spent;
            timed->entries[k].spent = 0;
        }
    }
    *whole = status ? 0 : gd_median(samples, STEPS);
    return status;
}

struct request {
    bool forward, table;
    int threads, cluster, slab, batch;
};

static enum gd_status run(const struct request *request, struct gd_error *error)
{
    int64_t side = request->slab ? request->slab : 6, slab[3] = {side, side, 2};
    size_t mobile = request->slab ? (size_t)(2 * side * side / 16) : 7;
    size_t count = request->batch ? (size_t)request->batch : request->slab ? 1 : 16;
    struct timed timed = {0};
    struct gd_workload workload;
    struct gd_graph_network *network = NULL;
    struct rates rates = {0};
    double whole = 0;
    float *moments = NULL;
    enum gd_status status = request->cluster ? gd_workload_make_cluster(&workload, (size_t)request->cluster, error)
                                             : gd_workload_make(&workload, slab, mobile, count, error);
    if (!status)
        status = timed_make(&timed, request->threads, error);
    if (!status)
        status = measure_rates(&rates, request->threads, error);
    if (!status)
        status = gd_graph_network_new(&network, workload.model, &timed.base, error);
    if (!status && request->table)
        status = network->type->tabulate(network, error);
    if (!status && !(moments = gd_array_aligned(2 * network->parameter_count, sizeof *moments)))
        status = gd_no_memory(error, "moments");
    if (!status)
        status = run_steps(&timed, network, &workload, moments, !request->forward, &whole, error);
    if (!status)
        print_table(&timed, &rates, whole);
    free(moments);
    gd_graph_network_free(network);
    gd_backend_free(timed.inner);
    gd_workload_clear(&workload);
    return status;
}

int main(int count, char **arguments)
{
    struct gd_error error = {0};
    struct request request = {0};
    for (int k = 1; k < count; k++)
        if (strcmp(arguments[k], "forward") == 0)
            request.forward = true;
        else if (strcmp(arguments[k], "table") == 0)
            request.table = true;
        else if (sscanf(arguments[k], "threads=%d", &request.threads) != 1 &&
                 sscanf(arguments[k], "slab=%d", &request.slab) != 1 &&
                 sscanf(arguments[k], "batch=%d", &request.batch) != 1 &&
                 sscanf(arguments[k], "cluster=%d", &request.cluster) != 1) {
            fprintf(stderr,
                    "usage: bench_ops [forward] [table] [threads=N] [cluster=ATOMS | slab=SIDE] [batch=STRUCTURES]\n");
            return 2;
        }
    if (run(&request, &error) == GD_OK)
        return 0;
    fprintf(stderr, "bench_ops: %s\n", error.text);
    return 1;
}
