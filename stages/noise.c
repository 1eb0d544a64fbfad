/* Section `noise`: how noise is added for training and removed to sample. */
#include <stdlib.h>

#include "engine/run/context.h"
#include "model/process.h"

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct gd_choice *choice = self;
    const struct gd_noise_class *class = (const struct gd_noise_class *)choice->component;
    struct gd_process *process = calloc(1, sizeof *process);
    if (!process)
        return gd_no_memory(context->error, "the noise process");
    enum gd_status status = gd_process_make(process, class, choice->params, context->error);
    if (status) {
        free(process);
        return gd_error_set_key(status, context->error, class->base.name);
    }
    return gd_state_put(context->state, "noise", process, context->error);
}

const struct gd_stage gd_stage_noise = {
    .name = "noise",
    .summary = "How noise is added to structures for training and removed to sample.",
    .section = true,
    .self = "noise",
    .size = sizeof(struct gd_choice),
    .writes = (const char *const[]){"noise", NULL},
    .run = run,
};
