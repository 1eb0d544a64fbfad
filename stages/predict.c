#include "stages/predict.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"

enum gd_status gd_predict(struct gd_network *network, const struct gd_head_class *head, const struct gd_set *set,
                          size_t first, size_t count, float *output, struct gd_error *error)
{
    struct gd_structure *views = gd_array(count, sizeof *views);
    double *times = gd_array(count, sizeof *times); /* 0 */
    enum gd_status status = views && times ? GD_OK : gd_no_memory(error, "a batch of structures");
    for (size_t k = 0; k < count && !status; k++)
        views[k] = gd_set_view(set, first + k);
    if (!status)
        status = gd_network_set_alike(network, views, set->fixed, count, error);
    if (!status)
        status = gd_network_forward(network, head, times, false, output, error);
    free(views);
    free(times);
    return status;
}

static enum gd_status predict_all(struct gd_network *network, const struct gd_set *set, float *energies,
                                  struct gd_error *error)
{
    const size_t most = gd_network_batch(network);
    enum gd_status status = GD_OK;
    for (size_t first = 0; first < set->count && !status; first += most) {
        size_t left = set->count - first, count = left < most ? left : most;
        status = gd_predict(network, &gd_head_energy, set, first, count, energies + first, error);
    }
    return status;
}

static enum gd_status require_finite(const struct gd_context *context, size_t count, const float *energies)
{
    for (size_t k = 0; k < count; k++)
        if (!isfinite(energies[k]))
            return gd_fail(context->error, GD_FAILED, "%s: the energy that the model predicts for structure %zu is %g",
                           context->step, k + 1, (double)energies[k]);
    return GD_OK;
}

enum gd_status gd_predict_energies(struct gd_context *context, const struct gd_model *model, const struct gd_set *set,
                                   float *energies)
{
    struct gd_network *network;
    enum gd_status status = gd_network_new(&network, model, context->device, context->threads, context->error);
    if (!status)
        status = gd_network_precision(network, context->precision, context->error);
    if (!status) {
        gd_network_fuse(network); /* so that bits do not depend on how many there are */
        status = predict_all(network, set, energies, context->error);
    }
    gd_network_free(network);
    return status ? status : require_finite(context, set->count, energies);
}
