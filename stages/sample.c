/* Stage `sample`: structures drawn from the model by the reverse process. */
#include "stages/draw.h"

static const struct gd_param rows[] = {GD_DRAW_ROWS, {0}};

static enum gd_status run(struct gd_context *context, void *self)
{
    return gd_draw_from_model(context, self);
}

static bool uses(const void *self, const char *slot, enum gd_use use)
{
    (void)use;
    return gd_draw_uses(self, slot);
}

const struct gd_stage gd_stage_sample = {
    .name = "sample",
    .summary = "Draws structures from the model by the reverse process.",
    .params = rows,
    .size = sizeof(struct gd_draw),
    .reads = (const char *const[]){"system", "noise", "model", NULL},
    .may_read = GD_DRAW_MAY_READ,
    .writes = (const char *const[]){"batch", NULL},
    .uses = uses,
    .run = run,
};
