/* Stage `anneal`: the next temperature. */
#include <math.h>
#include <string.h>

#include "atoms/structure.h"
#include "engine/run/context.h"
#include "engine/run/function.h"
#include "stages/curve.h"
#include "stages/doubt.h"
#include "stages/tally.h"

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
     .needs = "!curve=constant",
     .help = "temperature of the loop's last iteration"},
    {0},
};

/* A script's function of k, n and the state. */
static enum gd_status call(struct gd_context *context, struct gd_function *function, const struct gd_curve_point *at,
                           double *temperature)
{
    const struct gd_value arguments[] = {gd_value_number((double)at->k), gd_value_number((double)at->n),
                                         gd_value_state(context)};
    enum gd_status status = gd_function_number(function, arguments, 3, context->step, temperature, context->error);
    if (!status && !(*temperature > 0))
        status = gd_function_fail(function, context->error, "%s: the function returned %g; a temperature is above 0",
                                  context->step, *temperature);
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct anneal *anneal = self;
    const struct gd_curve_class *curve = (const struct gd_curve_class *)anneal->curve.component;
    const struct gd_set *archive = gd_state_get(context->state, "archive"); /* there may be none yet */
    const struct gd_curve_point at = {
        .from = anneal->from,
        .to = anneal->to,
        .k = context->iteration,
        .n = context->iterations,
        .previous = gd_state_real(context->state, "temperature", anneal->from),
        .energies = archive ? archive->energies : NULL,
        .count = archive ? archive->count : 0,
    };
    double temperature;
    enum gd_status status = curve ? curve->value(anneal->curve.params, &at, &temperature, context->error)
                                  : call(context, anneal->curve.function, &at, &temperature);
    return status ? status : gd_state_put_real(context->state, "temperature", temperature, context->error);
}

/* Of a loop of several iterations. */
static double last_temperature(const struct anneal *anneal, const struct gd_curve_class *curve)
{
    enum { ITERATIONS = 10 };
    const struct gd_curve_point at = {.from = anneal->from, .to = anneal->to, .k = ITERATIONS - 1, .n = ITERATIONS};
    struct gd_error error = {0};
    double temperature = NAN;
    return curve->value(anneal->curve.params, &at, &temperature, &error) == GD_OK ? temperature : NAN;
}

/* Says that the temperature falls faster than what has been found to be worse. Two iterations are a trial. */
static void doubt_pace(struct gd_check *check, const struct anneal *anneal)
{
    const double fast = 15; /* times per iteration: docs/results.md */
    const int64_t iterations = gd_tally_iterations(check);
    const double factor = pow(anneal->from / anneal->to, 1 / (double)(iterations - 1));
    if (anneal->curve.component && strcmp(anneal->curve.component->name, "exponential") == 0 && iterations > 2 &&
        factor > fast)
        gd_check_warning(
            check, "to",
            "the temperature falls by a factor of %.3g in each of %lld iterations: more iterations of fewer "
            "structures end lower",
            factor, (long long)iterations);
}

static void check(struct gd_check *check, const void *self)
{
    const struct anneal *anneal = self;
    doubt_pace(check, anneal);
    gd_doubt_temperature(check, "from", anneal->from);
    gd_doubt_temperature(check, "to", anneal->to);
    const struct gd_curve_class *curve = (const struct gd_curve_class *)anneal->curve.component;
    if (anneal->to <= anneal->from)
        return;
    if (curve && curve->falling)
        gd_check_problem(check, "to", "%g eV is above from, %g eV: the curve \"%s\" never rises", anneal->to,
                         anneal->from, curve->base.name);
    else if (curve && last_temperature(anneal, curve) > anneal->from)
        gd_check_warning(check, "to", "%g eV is above from, %g eV: the temperature rises", anneal->to, anneal->from);
}

const struct gd_stage gd_stage_anneal = {
    .name = "anneal",
    .summary = "Sets the temperature for this iteration of the loop.",
    .params = rows,
    .size = sizeof(struct anneal),
    .may_read = (const char *const[]){"archive", NULL},
    .writes = (const char *const[]){"temperature", NULL},
    .check = check,
    .run = run,
};
