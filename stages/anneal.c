/* Stage `anneal`: the next temperature. */
#include "engine/stage.h"
#include "stages/curve.h"

struct anneal {
    struct gd_choice curve;
    double from, to;
};

static const struct gd_param rows[] = {
    {.name = "curve",
     .type = GD_COMPONENT,
     .offset = offsetof(struct anneal, curve),
     .kind = "curve",
     .initial = "exponential",
     .help = "how the temperature goes from first to last over the loop"},
    {.name = "from",
     .type = GD_FLOAT,
     .offset = offsetof(struct anneal, from),
     .initial = "5.0",
     .min = 0,
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "temperature of the loop's first iteration"},
    {.name = "to",
     .type = GD_FLOAT,
     .offset = offsetof(struct anneal, to),
     .initial = "0.02",
     .min = 0,
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "temperature of the loop's last iteration"},
    {0},
};

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct anneal *anneal = self;
    const struct gd_curve_class *curve = (const struct gd_curve_class *)anneal->curve.component;
    double fraction = context->iterations > 1 ? (double)context->iteration / (double)(context->iterations - 1) : 0.0;
    double temperature = curve->value(anneal->curve.params, anneal->from, anneal->to, fraction);
    return gd_state_put_real(context->state, "temperature", temperature, context->error);
}

const struct gd_stage gd_stage_anneal = {
    .name = "anneal",
    .summary = "Sets the temperature for this iteration of the loop.",
    .params = rows,
    .size = sizeof(struct anneal),
    .writes = (const char *const[]){"temperature", NULL},
    .run = run,
};
