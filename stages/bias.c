/* Stage `bias`: a hill on collective variables for each structure that was drawn (stages/hills.h). */
#include <math.h>
#include <stdlib.h>

#include "atoms/system.h"
#include "engine/base/memory.h"
#include "engine/run/context.h"
#include "stages/hills.h"
#include "stages/tally.h"

struct bias {
    uint64_t variables;
    double height, width, gamma;
};

static const struct gd_param rows[] = {
    {.name = "variables",
     .type = GD_SUBSET,
     .offset = offsetof(struct bias, variables),
     .choices = gd_variable_names,
     .initial = "[height]",
     .help = "collective variables of the mobile atoms: their middle along the first (x) and second (y) cell vector, "
             "their mean height, and their mean coordination"},
    {.name = "height",
     .type = GD_FLOAT,
     .offset = offsetof(struct bias, height),
     .initial = "0.2",
     .max = 1e6,
     .above_min = true,
     .unit = "T",
     .help = "height of a hill where there is none yet, in units of the temperature"},
    {.name = "width",
     .type = GD_FLOAT,
     .offset = offsetof(struct bias, width),
     .initial = "0.2",
     .max = 1e3,
     .above_min = true,
     .unit = "Å",
     .help = "standard deviation of a hill; of a coordination, without unit"},
    {.name = "gamma",
     .type = GD_FLOAT,
     .offset = offsetof(struct bias, gamma),
     .initial = "10",
     .min = 1,
     .max = 1e6,
     .above_min = true,
     .help = "bias factor γ: heights fall as exp(-V/((γ - 1) T)); large: they hardly fall"},
    {0},
};

static struct gd_hills *copy_hills(const struct gd_hills *from, struct gd_error *error)
{
    struct gd_hills *hills = gd_array(1, sizeof *hills);
    enum gd_status status = hills ? GD_OK : gd_no_memory(error, "hills");
    for (size_t n = 0; from && n < from->count && !status; n++)
        status = gd_hills_add(hills, &from->hills[n], error);
    if (!status)
        return hills;
    gd_slot_hills.destroy(hills);
    return NULL;
}

/* A hill where a structure is. *energy: V before. */
static enum gd_status raise_hill(const struct bias *bias, const struct gd_system *system, double temperature,
                                 const double *positions, struct gd_hills *hills, double *energy,
                                 struct gd_error *error)
{
    struct gd_hill hill = {.variables = (double)bias->variables, .width = bias->width};
    double periods[GD_VARIABLES];
    gd_variables_periods(system, periods);
    gd_variables_find(system, positions, hill.centre);
    *energy = gd_hills_energy(hills, hill.centre, periods);
    hill.height = bias->height * temperature * exp(-*energy / ((bias->gamma - 1) * temperature));
    return gd_hills_add(hills, &hill, error);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct bias *bias = self;
    const struct gd_system *system = gd_state_get(context->state, "system");
    const struct gd_set *batch = gd_state_get(context->state, "batch");
    const double temperature = gd_state_real(context->state, "temperature", 0);
    struct gd_hills *hills = copy_hills(gd_state_get(context->state, "hills"), context->error);
    enum gd_status status = hills ? GD_OK : context->error->status;
    double sum = 0;
    size_t count = 0;
    for (size_t k = 0; k < batch->count && !status; k++) {
        double energy = 0;
        if (!isfinite(batch->energies[k]))
            continue;
        status = raise_hill(bias, system, temperature, batch->positions + 3 * batch->atoms * k, hills, &energy,
                            context->error);
        sum += energy;
        count++;
    }
    if (status) {
        gd_slot_hills.destroy(hills);
        return status;
    }
    gd_figure(context, "hills", (double)hills->count);
    gd_figure(context, "bias", count ? sum / (double)count : 0);
    return gd_state_put(context->state, "hills", hills, context->error);
}

static void check(struct gd_check *check, const void *self)
{
    const struct bias *bias = self;
    if (bias->variables == 0)
        gd_check_problem(check, "variables", "a hill needs at least one variable");
    if (!gd_tally_read(check, "hills"))
        gd_check_warning(check, NULL, "no step looks at the hills: reweight: {bias: add} does, or bias: remove");
}

const struct gd_stage gd_stage_bias = {
    .name = "bias",
    .summary = "Raises hills on collective variables where structures were drawn.",
    .params = rows,
    .size = sizeof(struct bias),
    .reads = (const char *const[]){"system", "batch", "temperature", NULL},
    .may_read = (const char *const[]){"hills", NULL},
    .writes = (const char *const[]){"hills", NULL},
    .check = check,
    .run = run,
};
