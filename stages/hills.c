#include "stages/hills.h"

#include <math.h>
#include <stdlib.h>

#include "atoms/elements.h"
#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "stages/records.h"

#define PATH  "parameters/hills"
#define REACH 1.3 /* r_0 in sums of covalent radii */

enum { NUMBERS = sizeof(struct gd_hill) / sizeof(double) };

const char *const gd_variable_names[] = {"x", "y", "height", "coordination", NULL};

/* --- Collective variables ----------------------------------------------------------------------------------------- */

/* The middle of the mobile atoms along a cell vector. */
static double middle(const struct gd_system *system, const double *positions, int vector)
{
    double sum = 0, sines = 0, cosines = 0;
    for (size_t i = system->fixed; i < system->structure.count; i++) {
        double fractional[3];
        gd_to_fractional(&system->basis, positions + 3 * i, fractional);
        sum += fractional[vector] / (double)gd_system_mobile(system);
        sines += sin(2 * GD_PI * fractional[vector]);
        cosines += cos(2 * GD_PI * fractional[vector]);
    }
    const double place = system->basis.periodic[vector] ? atan2(sines, cosines) / (2 * GD_PI) : sum;
    return place * gd_length(system->basis.vectors[vector]);
}

/* How far atom i is surrounded. */
static double coordination(const struct gd_system *system, const double *positions, size_t i)
{
    const int *species = system->structure.species;
    double sum = 0;
    for (size_t j = 0; j < system->structure.count; j++) {
        if (j == i)
            continue;
        double difference[3];
        for (int axis = 0; axis < 3; axis++)
            difference[axis] = positions[3 * j + (size_t)axis] - positions[3 * i + (size_t)axis];
        const double r = gd_minimum_image(&system->basis, difference);
        const double reach = REACH * (gd_element_radius(species[i]) + gd_element_radius(species[j]));
        sum += 1 / (1 + pow(r / reach, 6));
    }
    return sum;
}

void gd_variables_find(const struct gd_system *system, const double *positions, double values[GD_VARIABLES])
{
    values[GD_VARIABLE_X] = middle(system, positions, 0);
    values[GD_VARIABLE_Y] = middle(system, positions, 1);
    values[GD_VARIABLE_HEIGHT] = values[GD_VARIABLE_COORDINATION] = 0;
    for (size_t i = system->fixed; i < system->structure.count; i++) {
        values[GD_VARIABLE_HEIGHT] += positions[3 * i + 2] / (double)gd_system_mobile(system);
        values[GD_VARIABLE_COORDINATION] += coordination(system, positions, i) / (double)gd_system_mobile(system);
    }
}

void gd_variables_periods(const struct gd_system *system, double periods[GD_VARIABLES])
{
    for (int k = 0; k < GD_VARIABLES; k++)
        periods[k] = k <= GD_VARIABLE_Y && system->basis.periodic[k] ? gd_length(system->basis.vectors[k]) : 0;
}

/* --- Hills -------------------------------------------------------------------------------------------------------- */

static double squared_distance(const struct gd_hill *hill, const double *values, const double *periods)
{
    double sum = 0;
    for (int k = 0; k < GD_VARIABLES; k++) {
        const double off = values[k] - hill->centre[k];
        const double shortest = periods[k] > 0 ? off - periods[k] * round(off / periods[k]) : off;
        if ((uint64_t)hill->variables >> k & 1)
            sum += shortest * shortest;
    }
    return sum;
}

double gd_hills_energy(const struct gd_hills *hills, const double values[GD_VARIABLES],
                       const double periods[GD_VARIABLES])
{
    double energy = 0;
    for (size_t n = 0; hills && n < hills->count; n++) {
        const struct gd_hill *hill = &hills->hills[n];
        energy += hill->height * exp(-squared_distance(hill, values, periods) / (2 * hill->width * hill->width));
    }
    return energy;
}

enum gd_status gd_hills_add(struct gd_hills *hills, const struct gd_hill *hill, struct gd_error *error)
{
    if (!gd_grow(&hills->hills, &hills->capacity, hills->count + 1, sizeof *hills->hills))
        return gd_no_memory(error, "hills");
    hills->hills[hills->count++] = *hill;
    return GD_OK;
}

/* --- The slot ----------------------------------------------------------------------------------------------------- */

static void hills_free(void *value)
{
    struct gd_hills *hills = value;
    if (hills)
        free(hills->hills);
    free(hills);
}

static enum gd_status hills_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    const struct gd_hills *hills = value;
    (void)name;
    return gd_records_save(file, PATH, NUMBERS, hills->hills, hills->count, error);
}

static enum gd_status hills_load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                                 struct gd_error *error)
{
    void *numbers;
    size_t count;
    (void)name, (void)registry;
    *value = NULL;
    enum gd_status status = gd_records_load(file, PATH, NUMBERS, &numbers, &count, error);
    if (status || !numbers)
        return status;
    struct gd_hills *hills = gd_array(1, sizeof *hills);
    if (!hills) {
        free(numbers);
        return gd_no_memory(error, "hills");
    }
    *hills = (struct gd_hills){count, count, numbers};
    *value = hills;
    return GD_OK;
}

static enum gd_status hills_check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const struct gd_hills *hills = value;
    (void)pipeline;
    for (size_t n = 0; n < hills->count; n++) {
        const struct gd_hill *hill = &hills->hills[n];
        bool sound = hill->variables >= 1 && hill->variables < (1 << GD_VARIABLES) && hill->height >= 0 &&
                     isfinite(hill->height) && hill->width > 0 && isfinite(hill->width);
        for (int k = 0; k < GD_VARIABLES; k++)
            sound = sound && isfinite(hill->centre[k]);
        if (!sound)
            return gd_fail(error, GD_BAD_INPUT, "hill %zu has numbers that no hill has", n + 1);
    }
    return GD_OK;
}

const struct gd_slot gd_slot_hills = {
    .name = "hills",
    .summary = "hills on collective variables, which bias against what was drawn",
    .save = hills_save,
    .load = hills_load,
    .check = hills_check,
    .destroy = hills_free,
};
