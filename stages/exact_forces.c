#include "stages/exact_forces.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "model/backend.h"

static enum gd_status fetch(const struct gd_exact_forces *exact, const struct gd_set *set, double *positions,
                            struct gd_error *error)
{
    size_t bytes = set->count * set->atoms * 3 * sizeof *positions;
    exact->backend->type->download(exact->backend, positions, set->positions, bytes);
    return exact->backend->type->finish(exact->backend, error);
}

static enum gd_status evaluate(void *self, const struct gd_set *set, float *forces, struct gd_error *error)
{
    struct gd_exact_forces *exact = self;
    size_t all = set->count * set->atoms * 3, mobile = set->atoms - set->fixed, moving = set->count * mobile * 3;
    struct gd_set here = *set;
    here.positions = exact->backend ? gd_array(all, sizeof *here.positions) : set->positions;
    here.energies = gd_array(set->count, sizeof *here.energies);
    here.forces = gd_array(all, sizeof *here.forces);
    float *found = gd_array(moving, sizeof *found);
    enum gd_status status =
        here.positions && here.energies && here.forces && found ? GD_OK : gd_no_memory(error, "exact forces");
    if (!status && exact->backend)
        status = fetch(exact, set, here.positions, error);
    if (!status)
        status = gd_potential_evaluate_set(exact->potential, &here, 0, set->count, NULL, exact->threads, error);
    for (size_t c = 0; c < moving && !status; c++)
        found[c] = (float)here.forces[3 * (c / (3 * mobile) * set->atoms + set->fixed) + c % (3 * mobile)];
    for (size_t c = 0; c < moving && !status && !exact->backend; c++)
        forces[c] = found[c];
    if (!status && exact->backend)
        exact->backend->type->upload(exact->backend, forces, found, moving * sizeof *found);
    if (exact->backend)
        free(here.positions);
    free(here.energies);
    free(here.forces);
    free(found);
    return status;
}

struct gd_force_source gd_exact_forces(struct gd_exact_forces *exact)
{
    return (struct gd_force_source){.evaluate = evaluate, .self = exact};
}
