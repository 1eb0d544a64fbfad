#include "stages/set_slots.h"

#include <math.h>
#include <string.h>

#include "atoms/extxyz.h"
#include "atoms/system.h"
#include "potentials/potential.h"

enum gd_status gd_set_write(const void *value, const char *path, struct gd_error *error)
{
    return gd_extxyz_write_set(path, value, error);
}

enum gd_status gd_set_write_more(const void *value, const char *path, size_t *from, struct gd_error *error)
{
    const struct gd_set *set = value;
    enum gd_status status = gd_extxyz_append_set(path, set, *from, error);
    *from = set->count;
    return status;
}

/* Whether structures of one pipeline are those of another. */
enum gd_status gd_structures_fit(const struct gd_state *from, const struct gd_state *to, struct gd_error *error)
{
    const struct gd_system *system = gd_state_get(from, "system"), *other = gd_state_get(to, "system");
    return system && other ? gd_system_match(system, other, error) : GD_OK;
}

/* One structure, or none, is of the pipeline's system. */
static enum gd_status match_system(const struct gd_set *set, const double (*positions)[3],
                                   const struct gd_system *system, struct gd_error *error)
{
    struct gd_system found = {
        .structure = gd_set_atoms(set),
        .fixed = set->fixed,
    };
    memcpy(&found.structure.positions, &positions, sizeof positions);
    return gd_system_match(&found, system, error);
}

/* The structures are of the pipeline's system, and all of them somewhere. */
enum gd_status gd_structures_check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const struct gd_set *set = value;
    const struct gd_system *system = gd_state_get(pipeline, "system");
    enum gd_status status = GD_OK;
    if (system && set->count == 0)
        status = match_system(set, (const double(*)[3])system->structure.positions, system, error);
    for (size_t k = 0; k < set->count && !status; k++) {
        const double *positions = set->positions + 3 * set->atoms * k;
        if (system)
            status = match_system(set, (const double(*)[3])positions, system, error);
        for (size_t n = 0; n < 3 * set->atoms && !status; n++)
            if (!isfinite(positions[n]))
                status =
                    gd_fail(error, GD_BAD_INPUT, "structure %zu: atom %zu is at %g", k + 1, n / 3 + 1, positions[n]);
        if (!status && set->serials[k] < 0)
            status = gd_fail(error, GD_BAD_INPUT, "structure %zu has the evaluation number %lld", k + 1,
                             (long long)set->serials[k]);
    }
    return status;
}

/* Of structures that were evaluated and taken, the energies and forces are numbers. */
enum gd_status gd_energies_check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const struct gd_set *set = value;
    const struct gd_potential *potential = gd_state_get(pipeline, "potential");
    const bool forced = !potential || !gd_potential_lacks_forces(potential);
    enum gd_status status = gd_structures_check(value, pipeline, error);
    for (size_t k = 0; k < set->count && !status; k++) {
        const double *forces = set->forces + 3 * set->atoms * k;
        if (set->serials[k] == 0)
            continue;
        if (!isfinite(set->energies[k]))
            status = gd_fail(error, GD_BAD_INPUT, "structure %zu has the energy %g", k + 1, set->energies[k]);
        for (size_t n = 0; n < 3 * set->atoms && forced && !status; n++)
            if (!isfinite(forces[n]))
                status = gd_fail(error, GD_BAD_INPUT, "structure %zu: a force on atom %zu is %g", k + 1, n / 3 + 1,
                                 forces[n]);
    }
    return status;
}
