#include "unit/cuda/helpers.h"

#include <stdlib.h>
#include <string.h>

static const struct gd_adamw adamw = {
    .rate = 1e-3, .decay = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip = 0.5};

struct pass pass_for(const struct painn_fixture *fixture)
{
    struct pass pass = {.outputs = 3 * fixture->mobile, .count = fixture->model->parameter_count};
    pass.output = calloc(pass.outputs, sizeof *pass.output);
    pass.gradient = calloc(pass.count, sizeof *pass.gradient);
    pass.parameters = calloc(pass.count, sizeof *pass.parameters);
    return pass;
}

void pass_clear(struct pass *pass)
{
    free(pass->output);
    free(pass->gradient);
    free(pass->parameters);
}

bool pass_equal(const struct pass *one, const struct pass *other)
{
    return memcmp(one->loss, other->loss, sizeof one->loss) == 0 &&
           memcmp(one->norm, other->norm, sizeof one->norm) == 0 &&
           memcmp(one->output, other->output, one->outputs * sizeof *one->output) == 0 &&
           memcmp(one->gradient, other->gradient, one->count * sizeof *one->gradient) == 0 &&
           memcmp(one->parameters, other->parameters, one->count * sizeof *one->parameters) == 0;
}

enum gd_status pass_step(struct pass *pass, struct gd_network *network, const struct painn_fixture *fixture, int k,
                         struct gd_error *error)
{
    enum gd_status status = gd_network_structures(network, fixture->structures, fixture->fixed, fixture->count, error);
    if (!status && k < PASS_STEPS) {
        status =
            gd_network_loss(network, fixture->times, fixture->weights, fixture->target, true, &pass->loss[k], error);
        return status ? status : gd_network_step(network, &adamw, &pass->norm[k], error);
    }
    if (!status)
        status = gd_network_forward(network, &gd_head_score, fixture->times, false, pass->output, error);
    if (!status)
        status = gd_network_gradient(network, pass->gradient, error);
    return status ? status : gd_network_parameters(network, pass->parameters, error);
}

enum gd_status pass_run(struct pass *pass, const struct painn_fixture *fixture, const char *device,
                        struct gd_error *error)
{
    struct gd_network *network = NULL;
    enum gd_status status = gd_network_new(&network, fixture->model, device, 1, error);
    for (int k = 0; k <= PASS_STEPS && !status; k++)
        status = pass_step(pass, network, fixture, k, error);
    gd_network_free(network);
    return status;
}
