/* Section `model`: the untrained score network. */
#include "model/model.h"

#include "engine/stage.h"
#include "stages/network.h"

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct gd_choice *choice = self;
    const struct gd_network_class *class = (const struct gd_network_class *)choice->component;
    const struct gd_process *process = gd_state_get(context->state, "noise");
    struct gd_network_shape shape;
    class->shape(choice->params, &shape);
    struct gd_stream stream = gd_context_stream(context, 0);
    struct gd_model *model = NULL;
    enum gd_status status = gd_model_new(&model, &shape, process, &stream, context->error);
    return status == GD_OK ? gd_state_put(context->state, "model", model, context->error) : status;
}

const struct gd_stage gd_stage_model = {
    .name = "model",
    .summary = "The score network, untrained.",
    .section = true,
    .self = "network",
    .size = sizeof(struct gd_choice),
    .reads = (const char *const[]){"noise", NULL},
    .writes = (const char *const[]){"model", NULL},
    .run = run,
};
