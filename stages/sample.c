/* Stage `sample`: structures drawn from the model by the reverse process. */
#include "stages/draw.h"

static const struct gd_param rows[] = {GD_DRAW_ROWS, {0}};

static enum gd_status run(struct gd_context *context, void *self)
{
    return gd_draw_from_model(context, self);
}

const struct gd_stage gd_stage_sample = {
    .name = "sample",
    .summary = "Draws structures from the model by the reverse process.",
    .params = rows,
    .size = sizeof(struct gd_draw),
    .reads = (const char *const[]){"system", "noise", "model", NULL},
    .writes = (const char *const[]){"batch", NULL},
    .run = run,
};
