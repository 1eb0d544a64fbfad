#include "potentials/relax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/coincidence.h"
#include "atoms/lbfgs.h"
#include "engine/base/memory.h"
#include "engine/base/team.h"
#include "potentials/optimiser.h"

const char *const gd_walls_names[] = {"stop", "reflect", NULL};
const char *const gd_relaxed_end_names[] = {"converged", "not converged", "not finite", "clash", NULL};

const struct gd_kind gd_kind_optimiser = {
    .name = "optimiser",
    .summary = "how relaxations find the next move",
    .form = GD_WRAPPED,
    .callbacks =
        (const size_t[]){offsetof(struct gd_optimiser_class, create), offsetof(struct gd_optimiser_class, find_move),
                         offsetof(struct gd_optimiser_class, destroy), 0},
};

/* One structure on its way. The atoms that move are packed. */
struct descent {
    const struct gd_relaxer *relaxer;
    struct gd_structure *structure;
    struct gd_basis basis;
    struct gd_optimiser *optimiser;
    size_t moving;                                    /* atoms that move */
    size_t *atoms;                                    /* [moving] their numbers in the structure */
    double (*positions)[3], (*forces)[3], (*move)[3]; /* [moving] */
};

static bool all_finite(const double (*vectors)[3], size_t count)
{
    return isfinite(gd_longest(vectors, count));
}

/* Which atoms move, the room for them, and an optimiser when there are any. */
static enum gd_status prepare(struct descent *descent, const bool *movable, struct gd_error *error)
{
    const struct gd_structure *structure = descent->structure;
    const struct gd_relaxation *relaxation = descent->relaxer->relaxation;
    const struct gd_optimiser_class *class = (const struct gd_optimiser_class *)relaxation->optimiser.component;
    enum gd_status status = gd_basis_make(&descent->basis, &structure->cell, error);
    if (status)
        return status;
    descent->atoms = gd_array(structure->count, sizeof *descent->atoms);
    descent->positions = gd_array(structure->count, sizeof *descent->positions);
    descent->forces = gd_array(structure->count, sizeof *descent->forces);
    descent->move = gd_array(structure->count, sizeof *descent->move);
    if (!descent->atoms || !descent->positions || !descent->forces || !descent->move)
        return gd_no_memory(error, "a relaxation");
    for (size_t i = 0; i < structure->count; i++)
        if (movable[i])
            descent->atoms[descent->moving++] = i;
    if (descent->moving == 0)
        return GD_OK;
    return gd_status_require_message(class->create(relaxation->optimiser.params, &descent->basis, descent->moving,
                                                   relaxation->cap, &descent->optimiser, error),
                                     error, class->base.name);
}

static void clear(struct descent *descent)
{
    if (descent->optimiser)
        descent->optimiser->type->destroy(descent->optimiser);
    free(descent->atoms);
    free(descent->positions);
    free(descent->forces);
    free(descent->move);
}

/* Energy and forces where the atoms are; when there are none, *end says why. */
static enum gd_status evaluate(struct descent *descent, struct gd_relaxed *relaxed, struct gd_error *error)
{
    struct gd_structure *structure = descent->structure;
    struct gd_error why = {0};
    enum gd_status status = gd_coincidence_check(structure, &why);
    structure->energy = NAN;
    if (status == GD_BAD_INPUT) {
        relaxed->end = GD_RELAX_CLASH;
        return GD_OK;
    }
    if (status)
        return gd_fail(error, status, "%s", why.text);
    status = gd_potential_call(descent->relaxer->potential, structure, &structure->energy, structure->forces, error);
    relaxed->calls++;
    if (!isfinite(structure->energy) || !all_finite((const double(*)[3])structure->forces, structure->count)) {
        relaxed->end = GD_RELAX_NOT_FINITE;
        structure->energy = NAN;
    }
    return status;
}

/* Gathers positions and forces of the atoms that move. A force through a wall that stops its atom is left out. */
static void gather(struct descent *descent)
{
    const struct gd_system *system = descent->relaxer->system;
    const bool stop = system && descent->relaxer->relaxation->walls == GD_WALLS_STOP;
    for (size_t k = 0; k < descent->moving; k++) {
        const size_t i = descent->atoms[k];
        memcpy(descent->positions[k], descent->structure->positions[i], sizeof *descent->positions);
        memcpy(descent->forces[k], descent->structure->forces[i], sizeof *descent->forces);
        if (stop)
            gd_system_hold(system, descent->positions[k], descent->forces[k]);
    }
}

/* Moves the atoms, as far as walls let them. */
static void displace(struct descent *descent)
{
    const struct gd_system *system = descent->relaxer->system;
    const bool stop = descent->relaxer->relaxation->walls == GD_WALLS_STOP;
    for (size_t k = 0; k < descent->moving; k++) {
        double *point = descent->structure->positions[descent->atoms[k]];
        for (int axis = 0; axis < 3; axis++)
            point[axis] += descent->move[k][axis];
        if (system && stop)
            gd_system_stop(system, point);
        if (system)
            gd_system_confine(system, point, NULL);
    }
}

/* The next move, unless the relaxation has ended. */
static void advance(struct descent *descent, int64_t step, struct gd_relaxed *relaxed)
{
    const struct gd_relaxation *relaxation = descent->relaxer->relaxation;
    const size_t moving = descent->moving;
    gather(descent);
    relaxed->fmax = gd_longest((const double(*)[3])descent->forces, moving);
    if (relaxed->fmax <= relaxation->fmax) {
        relaxed->end = GD_RELAXED;
    } else if (step == relaxation->steps) {
        relaxed->end = GD_RELAX_STEPS;
    } else {
        descent->optimiser->type->find_move(descent->optimiser, (const double(*)[3])descent->positions,
                                            (const double(*)[3])descent->forces, descent->move);
        gd_move_limit(descent->move, moving, relaxation->cap);
        if (all_finite((const double(*)[3])descent->move, moving))
            displace(descent);
        else
            relaxed->end = GD_RELAX_STEPS;
    }
}

static enum gd_status keep(struct gd_set *path, const struct gd_structure *structure, struct gd_error *error)
{
    enum gd_status status = gd_set_push(path, structure->positions[0], error);
    if (status)
        return status;
    const size_t numbers = 3 * path->atoms, k = path->count - 1;
    memcpy(path->forces + k * numbers, structure->forces, numbers * sizeof *path->forces);
    path->energies[k] = structure->energy;
    return GD_OK;
}

static enum gd_status descend(struct descent *descent, struct gd_set *path, struct gd_relaxed *relaxed,
                              struct gd_error *error)
{
    const struct gd_relaxer *relaxer = descent->relaxer;
    enum gd_status status = GD_OK;
    if (!all_finite((const double(*)[3])descent->structure->positions, descent->structure->count)) {
        relaxed->end = GD_RELAX_NOT_FINITE;
        descent->structure->energy = NAN;
    }
    for (int64_t step = 0; !status && relaxed->end == GD_RELAX_ENDS; step++) {
        if (relaxer->stop && relaxer->stop(relaxer->context))
            return GD_INTERRUPTED;
        const size_t calls = relaxed->calls;
        status = evaluate(descent, relaxed, error);
        if (!status && path && relaxed->calls > calls)
            status = keep(path, descent->structure, error);
        if (!status && relaxed->end == GD_RELAX_ENDS)
            advance(descent, step, relaxed);
    }
    return status;
}

enum gd_status gd_relax(const struct gd_relaxer *relaxer, struct gd_structure *structure, const bool *movable,
                        struct gd_set *path, struct gd_relaxed *relaxed, struct gd_error *error)
{
    struct descent descent = {.relaxer = relaxer, .structure = structure};
    *relaxed = (struct gd_relaxed){.end = GD_RELAX_ENDS, .fmax = NAN};
    enum gd_status status = prepare(&descent, movable, error);
    if (!status)
        status = descend(&descent, path, relaxed, error);
    clear(&descent);
    return status;
}

/* The structures of a set, from the first one on. */
struct work {
    const struct gd_relaxer *relaxer;
    struct gd_set *set;
    size_t first;
    const bool *movable;  /* [count][atoms] */
    const bool *all;      /* [atoms]: when there is no `movable` */
    struct gd_set *paths; /* may be NULL */
    struct gd_relaxed *relaxed;
};

static enum gd_status relax_one(void *context, size_t block, struct gd_error *error)
{
    const struct work *work = context;
    const size_t k = work->first + block;
    const bool *movable = work->movable ? work->movable + block * work->set->atoms : work->all;
    struct gd_structure structure = gd_set_view(work->set, k);
    enum gd_status status = gd_relax(work->relaxer, &structure, movable, work->paths ? &work->paths[block] : NULL,
                                     &work->relaxed[block], error);
    work->set->energies[k] = structure.energy;
    return status;
}

enum gd_status gd_relax_set(const struct gd_relaxer *relaxer, struct gd_set *set, size_t first, size_t count,
                            const bool *movable, const size_t *numbers, struct gd_set *paths,
                            struct gd_relaxed *relaxed, int threads, struct gd_error *error)
{
    struct gd_team *team = NULL;
    struct gd_error why = {0};
    size_t failed = 0;
    bool *all = gd_array(set->atoms, sizeof *all);
    enum gd_status status = all ? gd_team_new(&team, threads, error) : gd_no_memory(error, "relaxations");
    for (size_t i = set->fixed; !status && i < set->atoms; i++)
        all[i] = true;
    struct work work = {relaxer, set, first, movable, all, paths, relaxed};
    if (!status) {
        status = gd_team_try(team, count, relax_one, &work, &failed, &why);
        if (status && status != GD_INTERRUPTED)
            gd_fail(error, status, "structure %zu: %s", numbers ? numbers[failed] : first + failed + 1, why.text);
    }
    gd_team_free(team);
    free(all);
    return status;
}
