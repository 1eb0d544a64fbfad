/* Parameters and gradients of a network, and its optimiser. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "model/network_priv.h"

/* How much of the average after this step (the first is 1) are the parameters after it: all of the first average. */
static double share_of(double average, double step)
{
    const double power = 1 / average - 2;
    return average > 0 ? (power + 1) / (power + step) : 0;
}

enum gd_status gd_network_step(struct gd_network *network, const struct gd_adamw *adamw, double *norm,
                               struct gd_error *error)
{
    struct gd_graph_network *own = network->graph;
    const struct gd_backend_class *class = network->backend->type;
    *norm = sqrt(network->squares);
    if (!isfinite(*norm))
        return gd_fail(error, GD_FAILED, "the norm of the gradient is not finite");
    network->steps++;
    if (own->type->changed)
        own->type->changed(own);
    class->ops.adamw_step(
        network->backend,
        &(struct gd_adamw_step){.count = own->parameter_count,
                                .rate = adamw->rate,
                                .decay = adamw->decay,
                                .beta1 = adamw->beta1,
                                .beta2 = adamw->beta2,
                                .epsilon = adamw->epsilon,
                                .scale = adamw->clip > 0 && *norm > adamw->clip ? adamw->clip / *norm : 1,
                                .c1 = 1 - pow(adamw->beta1, (double)network->steps),
                                .c2 = 1 - pow(adamw->beta2, (double)network->steps),
                                .share = share_of(adamw->average, (double)network->steps),
                                .gradient = own->gradient,
                                .parameters = own->parameters,
                                .m = network->m,
                                .v = network->v,
                                .average = adamw->average > 0 ? network->average : NULL});
    return GD_OK; /* a failure is reported by the next call that waits */
}

static enum gd_status download(struct gd_network *network, float *to, const float *from, struct gd_error *error)
{
    const struct gd_backend_class *class = network->backend->type;
    class->download(network->backend, to, from, network->graph->parameter_count * sizeof *to);
    return class->finish(network->backend, error);
}

enum gd_status gd_network_parameters(struct gd_network *network, float *parameters, struct gd_error *error)
{
    return download(network, parameters, network->graph->parameters, error);
}

enum gd_status gd_network_average(struct gd_network *network, float *parameters, struct gd_error *error)
{
    return download(network, parameters, network->steps > 0 ? network->average : network->graph->parameters, error);
}

enum gd_status gd_network_set_parameters(struct gd_network *network, const float *parameters, struct gd_error *error)
{
    struct gd_graph_network *own = network->graph;
    const struct gd_backend_class *class = network->backend->type;
    class->upload(network->backend, own->parameters, parameters, own->parameter_count * sizeof *parameters);
    if (own->type->changed)
        own->type->changed(own);
    return class->finish(network->backend, error);
}

enum gd_status gd_network_gradient(struct gd_network *network, float *gradient, struct gd_error *error)
{
    return download(network, gradient, network->graph->gradient, error);
}

enum gd_status gd_network_agreement(struct gd_network *network, double *cosine, struct gd_error *error)
{
    const size_t count = network->graph->parameter_count;
    enum gd_status status = gd_network_reserve_host(network, 2 * count, error);
    float *gradient = network->host, *momentum = gradient ? gradient + count : NULL;
    if (!status)
        status = download(network, gradient, network->graph->gradient, error);
    if (!status)
        status = download(network, momentum, network->m, error);
    double product = 0, squares[2] = {0};
    for (size_t k = 0; k < count && !status; k++) {
        product += (double)gradient[k] * (double)momentum[k];
        squares[0] += (double)gradient[k] * (double)gradient[k];
        squares[1] += (double)momentum[k] * (double)momentum[k];
    }
    *cosine = product / sqrt(squares[0] * squares[1]);
    return status;
}
