/* Target `energy`: a structure of the known lowest energy. */
#include <math.h>
#include <stdlib.h>

#include "stages/doubt.h"
#include "stages/target.h"

struct energy_target {
    struct gd_target base;
    double energy, within;
};

struct params {
    double energy, within;
};

static const struct gd_param rows[] = {
    {.name = "energy",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, energy),
     .unit = "eV",
     .help = "the energy to reach"},
    {.name = "within",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, within),
     .initial = "0.1",
     .min = 0,
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "largest difference of a hit, up and down: lower is no hit"},
    {0},
};

static enum gd_status create(const void *params, const struct gd_system *system, struct gd_target **target,
                             struct gd_error *error)
{
    const struct params *given = params;
    (void)system;
    struct energy_target *made = calloc(1, sizeof *made);
    if (!made)
        return gd_no_memory(error, "the target");
    made->energy = given->energy;
    made->within = given->within;
    *target = &made->base;
    return GD_OK;
}

static bool hit(struct gd_target *target, const struct gd_system *system, const struct gd_structure *structure)
{
    const struct energy_target *self = (const struct energy_target *)target;
    (void)system;
    return fabs(structure->energy - self->energy) <= self->within;
}

static double lowest(const struct gd_target *target)
{
    const struct energy_target *self = (const struct energy_target *)target;
    return self->energy - self->within;
}

static void check(const void *params, struct gd_check *check)
{
    gd_doubt_within(check, "energy.within", ((const struct params *)params)->within);
}

const struct gd_target_class gd_target_energy = {
    .base = {.name = "energy",
             .summary = "An energy, within a tolerance.",
             .params = rows,
             .size = sizeof(struct params)},
    .create = create,
    .check = check,
    .hit = hit,
    .lowest = lowest,
};
