#include "potentials/relax.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/coincidence.h"
#include "atoms/lbfgs.h"
#include "engine/base/memory.h"
#include "engine/base/team.h"
#include "potentials/optimiser.h"

const char *const gd_walls_names[] = {"stop", "reflect", NULL};
const char *const gd_relaxed_end_names[] = {"converged", "not converged", "not finite", "clash", "failed", NULL};

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
    struct gd_relaxed *relaxed;
    struct gd_set *path;                              /* or NULL */
    int64_t step;                                     /* moves so far */
    size_t moving;                                    /* atoms that move */
    size_t *atoms;                                    /* [moving] their numbers in the structure */
    double (*positions)[3], (*forces)[3], (*move)[3]; /* [moving] */
};

static bool all_finite(const double (*vectors)[3], size_t count)
{
    return isfinite(gd_longest(vectors, count));
}

static bool has_ended(const struct descent *descent)
{
    return descent->relaxed->end != GD_RELAX_ENDS;
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

/* Whether energy and forces can be asked for where the atoms are; when not, the relaxation has ended. */
static enum gd_status check_place(struct descent *descent, struct gd_error *error)
{
    struct gd_error why = {0};
    enum gd_status status = gd_coincidence_check(descent->structure, &why);
    descent->structure->energy = NAN;
    if (status == GD_BAD_INPUT) {
        descent->relaxed->end = GD_RELAX_CLASH;
        return GD_OK;
    }
    return status ? gd_fail(error, status, "%s", why.text) : GD_OK;
}

/* Takes up the result of an evaluation. */
static void take_result(struct descent *descent, enum gd_status status)
{
    struct gd_structure *structure = descent->structure;
    descent->relaxed->calls++;
    if (status)
        descent->relaxed->end = GD_RELAX_FAILED;
    else if (!isfinite(structure->energy) || !all_finite((const double(*)[3])structure->forces, structure->count))
        descent->relaxed->end = GD_RELAX_NOT_FINITE;
    if (has_ended(descent))
        structure->energy = NAN;
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
        if (stop && i >= system->fixed)
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
        if (!system || descent->atoms[k] < system->fixed)
            continue; /* window and cell are for mobile atoms */
        if (stop)
            gd_system_stop(system, point);
        gd_system_confine(system, point, NULL);
    }
}

/* The next move, unless the relaxation has ended. */
static void advance(struct descent *descent)
{
    struct gd_relaxed *relaxed = descent->relaxed;
    const struct gd_relaxation *relaxation = descent->relaxer->relaxation;
    const size_t moving = descent->moving;
    gather(descent);
    relaxed->fmax = gd_longest((const double(*)[3])descent->forces, moving);
    if (relaxed->fmax <= relaxation->fmax) {
        relaxed->end = GD_RELAXED;
    } else if (descent->step++ == relaxation->steps) {
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

/* Keeps the step, and makes the next move. */
static enum gd_status proceed(struct descent *descent, struct gd_error *error)
{
    const bool failed = descent->relaxed->end == GD_RELAX_FAILED;
    enum gd_status status = descent->path && !failed ? keep(descent->path, descent->structure, error) : GD_OK;
    if (!status && !has_ended(descent))
        advance(descent);
    return status;
}

static enum gd_status begin(struct descent *descent, const struct gd_relaxer *relaxer, const struct gd_relax_work *work,
                            size_t k, struct gd_error *error)
{
    struct gd_structure *structure = &work->structures[k];
    *descent = (struct descent){.relaxer = relaxer,
                                .structure = structure,
                                .relaxed = &work->relaxed[k],
                                .path = work->paths ? &work->paths[k] : NULL};
    *descent->relaxed = (struct gd_relaxed){.end = GD_RELAX_ENDS, .fmax = NAN};
    enum gd_status status = prepare(descent, work->movable[k], error);
    if (!status && !all_finite((const double(*)[3])structure->positions, structure->count)) {
        descent->relaxed->end = GD_RELAX_NOT_FINITE;
        structure->energy = NAN;
    }
    return status;
}

static bool is_halted(const struct gd_relaxer *relaxer)
{
    return relaxer->halt && relaxer->halt(relaxer->context) != GD_GO_ON;
}

/* --- Each by itself, in threads ----------------------------------------------------------------------------------- */

struct crew {
    const struct gd_relaxer *relaxer;
    const struct gd_relax_work *work;
    pthread_mutex_t mutex; /* of what the relaxer is asked and told */
};

static bool is_crew_halted(struct crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    const bool halted = is_halted(crew->relaxer);
    pthread_mutex_unlock(&crew->mutex);
    return halted;
}

/* One step; `why`: what the potential has said. */
static enum gd_status step(struct descent *descent, struct gd_error *why, struct gd_error *error)
{
    struct gd_structure *structure = descent->structure;
    enum gd_status status = check_place(descent, error);
    if (status || has_ended(descent))
        return status;
    status = gd_potential_call(descent->relaxer->potential, structure, &structure->energy, structure->forces, why);
    if (status == GD_NO_MEMORY || (status && !descent->relaxer->done))
        return gd_fail(error, status, "%s", why->text);
    take_result(descent, status);
    return proceed(descent, error);
}

static enum gd_status relax_one(void *context, size_t k, struct gd_error *error)
{
    struct crew *crew = context;
    struct descent descent;
    struct gd_error why = {0};
    enum gd_status status = begin(&descent, crew->relaxer, crew->work, k, error);
    while (!status && !has_ended(&descent))
        status = is_crew_halted(crew) ? GD_INTERRUPTED : step(&descent, &why, error);
    if (!status && crew->relaxer->done) {
        pthread_mutex_lock(&crew->mutex);
        crew->relaxer->done(crew->relaxer->context, k, why.status, why.text);
        pthread_mutex_unlock(&crew->mutex);
    }
    clear(&descent);
    return status;
}

static enum gd_status relax_in_threads(const struct gd_relaxer *relaxer, const struct gd_relax_work *work, int threads,
                                       size_t *failed, struct gd_error *error)
{
    struct gd_team *team;
    struct gd_error why = {0};
    struct crew crew = {relaxer, work, PTHREAD_MUTEX_INITIALIZER};
    enum gd_status status = gd_team_new(&team, threads, &why);
    if (!status)
        status = gd_team_try(team, work->count, relax_one, &crew, failed, &why);
    gd_team_free(team);
    pthread_mutex_destroy(&crew.mutex);
    return !status || status == GD_INTERRUPTED ? status : gd_fail(error, status, "%s", why.text);
}

/* --- All at a time, in rounds of one step ------------------------------------------------------------------------- */

struct round {
    const struct gd_relaxer *relaxer;
    struct descent *descents; /* [count] all relaxations */
    size_t count;
    struct gd_structure *structures; /* [batch] those that are evaluated in this round */
    size_t *places;                  /* [batch] which ones these are */
    size_t batch;
    size_t failed;
    struct gd_error why; /* of structure `failed`, when nobody is told */
};

/* Relaxation k has ended. */
static void tell(struct round *round, size_t k, enum gd_status status, const char *why)
{
    const struct gd_relaxer *relaxer = round->relaxer;
    if (relaxer->done)
        relaxer->done(relaxer->context, k, status, why);
    else if (status && !(round->why.status && round->failed < k)) {
        round->failed = k;
        round->why = (struct gd_error){0};
        gd_fail(&round->why, status, "%s", why);
    }
}

static void take(void *context, size_t k, enum gd_status status, const char *why)
{
    struct round *round = context;
    struct descent *descent = &round->descents[round->places[k]];
    descent->structure->energy = round->structures[k].energy;
    take_result(descent, status);
    if (status)
        tell(round, round->places[k], status, why);
}

static enum gd_halt ask(void *context)
{
    const struct gd_relaxer *relaxer = ((struct round *)context)->relaxer;
    return relaxer->halt ? relaxer->halt(relaxer->context) : GD_GO_ON;
}

/* Gathers the structures to be evaluated. */
static enum gd_status gather_round(struct round *round, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    round->batch = 0;
    for (size_t k = 0; k < round->count && !status; k++) {
        struct descent *descent = &round->descents[k];
        if (has_ended(descent))
            continue;
        status = check_place(descent, error);
        if (has_ended(descent)) {
            tell(round, k, GD_OK, "");
        } else {
            round->structures[round->batch] = *descent->structure;
            round->places[round->batch++] = k;
        }
    }
    return status;
}

/* Gives every relaxation that goes on its result, and makes its move. */
static enum gd_status run_round(struct round *round, int threads, struct gd_error *error)
{
    const struct gd_batch batch = {round->structures, round->batch, take, ask, round};
    enum gd_status status = gd_potential_evaluate_batch(round->relaxer->potential, &batch, threads, error);
    for (size_t k = 0; k < round->batch && !status; k++) {
        struct descent *descent = &round->descents[round->places[k]];
        const bool failed = descent->relaxed->end == GD_RELAX_FAILED;
        status = proceed(descent, error);
        if (!status && has_ended(descent) && !failed)
            tell(round, round->places[k], GD_OK, "");
    }
    return !status && round->why.status ? gd_fail(error, round->why.status, "%s", round->why.text) : status;
}

static enum gd_status run_rounds(struct round *round, const struct gd_relax_work *work, int threads,
                                 struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (; round->count < work->count && !status; round->count++) {
        status = begin(&round->descents[round->count], round->relaxer, work, round->count, error);
        if (status)
            round->failed = round->count;
        else if (has_ended(&round->descents[round->count]))
            tell(round, round->count, GD_OK, "");
    }
    while (!status) {
        status = gather_round(round, error);
        if (status || round->batch == 0)
            break;
        status = is_halted(round->relaxer) ? GD_INTERRUPTED : run_round(round, threads, error);
    }
    return status;
}

static enum gd_status relax_in_rounds(const struct gd_relaxer *relaxer, const struct gd_relax_work *work, int threads,
                                      size_t *failed, struct gd_error *error)
{
    struct round round = {.relaxer = relaxer,
                          .descents = gd_array(work->count, sizeof *round.descents),
                          .structures = gd_array(work->count, sizeof *round.structures),
                          .places = gd_array(work->count, sizeof *round.places)};
    enum gd_status status = round.descents && round.structures && round.places
                                ? run_rounds(&round, work, threads, error)
                                : gd_no_memory(error, "relaxations");
    *failed = round.failed;
    for (size_t k = 0; round.descents && k < round.count; k++)
        clear(&round.descents[k]);
    free(round.descents);
    free(round.structures);
    free(round.places);
    return status;
}

enum gd_status gd_relax_many(const struct gd_relaxer *relaxer, const struct gd_relax_work *work, int threads,
                             size_t *failed, struct gd_error *error)
{
    *failed = 0;
    enum gd_status status = gd_potential_require_forces(relaxer->potential, error);
    if (status)
        return status;
    return relaxer->potential->type->evaluate_many ? relax_in_rounds(relaxer, work, threads, failed, error)
                                                   : relax_in_threads(relaxer, work, threads, failed, error);
}

/* --- Sets --------------------------------------------------------------------------------------------------------- */

/* Which atoms of structures of a set move when nobody says so: [set->atoms]; NULL when out of memory. */
static bool *mark_mobile(const struct gd_set *set)
{
    bool *mobile = gd_array(set->atoms, sizeof *mobile);
    for (size_t i = set->fixed - set->free_atoms; mobile && i < set->atoms; i++)
        mobile[i] = true;
    return mobile;
}

static enum gd_status relax_views(const struct gd_relaxer *relaxer, const struct gd_relax_work *work,
                                  const size_t *numbers, size_t first, int threads, struct gd_error *error)
{
    struct gd_error why = {0};
    size_t failed;
    enum gd_status status = gd_relax_many(relaxer, work, threads, &failed, &why);
    if (!status || status == GD_INTERRUPTED)
        return status;
    return gd_fail(error, status, "structure %zu: %s", numbers ? numbers[failed] : first + failed + 1, why.text);
}

enum gd_status gd_relax_set(const struct gd_relaxer *relaxer, struct gd_set *set, size_t first, size_t count,
                            const bool *movable, const size_t *numbers, struct gd_set *paths,
                            struct gd_relaxed *relaxed, int threads, struct gd_error *error)
{
    struct gd_structure *views = gd_array(count, sizeof *views);
    const bool **masks = gd_array(count, sizeof *masks);
    bool *mobile = mark_mobile(set);
    const struct gd_relax_work work = {views, count, masks, paths, relaxed};
    enum gd_status status = views && masks && mobile ? GD_OK : gd_no_memory(error, "relaxations");
    size_t ready = 0;
    for (; ready < count && !status; ready++) {
        views[ready] = gd_set_view(set, first + ready);
        masks[ready] = movable ? movable + ready * set->atoms : mobile;
    }
    if (!status)
        status = relax_views(relaxer, &work, numbers, first, threads, error);
    for (size_t k = 0; k < ready; k++) {
        set->energies[first + k] = views[k].energy;
        set->path_weights[first + k] = NAN;
    }
    free(views);
    free(masks);
    free(mobile);
    return status;
}
