/* Messages whose filters are worked out on the way: the layer is transposed for the kernels, and its gradient is put
 * together from pieces of the senders. */
#include <string.h>

#include "model/cpu/cpu.h"

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

void gd_cpu_message_fused(struct gd_backend *backend, const struct gd_message_fused *a)
{
    struct gd_message_fused work = *a;
    work.layer = transposed(&a->layer, a->features);
    gd_cpu_run(backend, gd_cpu_of(backend)->kernels->fused_rows, &work, a->receivers, EDGE_BLOCK);
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
    work->kernels->fused_backward_rows(&work->arguments, begin,
                                       gd_smaller(work->arguments.senders, begin + work->senders),
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

void gd_cpu_message_fused_backward(struct gd_backend *backend, const struct gd_message_fused_backward *a)
{
    const struct gd_cpu *cpu = gd_cpu_of(backend);
    size_t rows = (size_t)GD_FILTER_ROWS(a->layer.radial), size = rows * 3 * (size_t)a->features;
    size_t most = gd_layer_pieces(a->senders), senders = (a->senders + most - 1) / most;
    struct fused_work work = {.kernels = cpu->kernels,
                              .arguments = *a,
                              .senders = senders,
                              .size = size,
                              .pieces = senders ? (a->senders + senders - 1) / senders : 0,
                              .dlayer = a->layer.scratch + size};
    work.arguments.layer = transposed(&a->layer, a->features);
    if (work.pieces == 0)
        memset(work.dlayer, 0, size * sizeof *work.dlayer);
    gd_team_run(cpu->team, work.pieces, fused_piece, &work);
    gd_cpu_run(backend, sum_pieces, &work, rows, 4);
}
