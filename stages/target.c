/* Section `target`: what counts as a hit. */
#include "stages/target.h"

#include "engine/stage.h"

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct gd_choice *choice = self;
    const struct gd_target_class *class = (const struct gd_target_class *)choice->component;
    const struct gd_system *system = gd_state_get(context->state, "system");
    struct gd_target *target = NULL;
    enum gd_status status = class->create(choice->params, system, &target, context->error);
    if (status == GD_OK) {
        target->class = class;
        status = gd_state_put(context->state, "target", target, context->error);
    }
    if (status == GD_OK)
        status = gd_state_put_integer(context->state, "found", 0, context->error);
    return status;
}

const struct gd_stage gd_stage_target = {
    .name = "target",
    .summary = "What counts as a hit.",
    .section = true,
    .self = "target",
    .size = sizeof(struct gd_choice),
    .reads = (const char *const[]){"system", NULL},
    .writes = (const char *const[]){"target", "found", NULL},
    .run = run,
};
