/* Many structures at once, and the sets that they are in. */
#include <pthread.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/team.h"
#include "potentials/potential.h"

/* --- One by one, in threads --------------------------------------------------------------------------------------- */

struct work {
    const struct gd_potential *potential;
    const struct gd_batch *batch;
    pthread_mutex_t mutex; /* of what the batch is told */
};

static bool halted(struct work *work)
{
    const struct gd_batch *batch = work->batch;
    if (!batch->halt)
        return false;
    pthread_mutex_lock(&work->mutex);
    const enum gd_halt halt = batch->halt(batch->context);
    pthread_mutex_unlock(&work->mutex);
    return halt != GD_GO_ON;
}

static enum gd_status evaluate_one(void *context, size_t k, struct gd_error *error)
{
    struct work *work = context;
    const struct gd_batch *batch = work->batch;
    struct gd_structure *structure = &batch->structures[k];
    struct gd_error why = {0};
    if (halted(work))
        return GD_INTERRUPTED;
    enum gd_status status = gd_potential_call(work->potential, structure, &structure->energy, structure->forces, &why);
    if (status == GD_NO_MEMORY)
        return gd_no_memory(error, "an evaluation");
    pthread_mutex_lock(&work->mutex);
    batch->done(batch->context, k, status, why.text);
    pthread_mutex_unlock(&work->mutex);
    return GD_OK;
}

static enum gd_status evaluate_in_threads(const struct gd_potential *potential, const struct gd_batch *batch,
                                          int threads, struct gd_error *error)
{
    struct gd_team *team;
    struct work work = {potential, batch, PTHREAD_MUTEX_INITIALIZER};
    struct gd_error why = {0};
    size_t failed;
    enum gd_status status = gd_team_new(&team, threads, &why);
    if (!status)
        status = gd_team_try(team, batch->count, evaluate_one, &work, &failed, &why);
    gd_team_free(team);
    pthread_mutex_destroy(&work.mutex);
    return !status || status == GD_INTERRUPTED ? status : gd_fail(error, status, "%s", why.text);
}

enum gd_status gd_potential_evaluate_batch(const struct gd_potential *potential, const struct gd_batch *batch,
                                           int threads, struct gd_error *error)
{
    const struct gd_potential_class *type = potential->type;
    if (!type->evaluate_many)
        return evaluate_in_threads(potential, batch, threads, error);
    enum gd_status status = type->evaluate_many(potential, batch, threads, error);
    return status == GD_INTERRUPTED ? status : gd_status_require_message(status, error, type->base.name);
}

/* --- One alone ---------------------------------------------------------------------------------------------------- */

static void keep(void *context, size_t k, enum gd_status status, const char *why)
{
    (void)k;
    if (status)
        gd_fail(context, status, "%s", why);
}

enum gd_status gd_potential_evaluate_alone(const struct gd_potential *potential, const struct gd_structure *structure,
                                           double *energy, double (*forces)[3], struct gd_error *error)
{
    struct gd_error why = {0};
    struct gd_structure one = *structure;
    const struct gd_batch batch = {&one, 1, keep, NULL, &why};
    one.forces = forces;
    enum gd_status status = potential->type->evaluate_many(potential, &batch, 1, error);
    if (status)
        return status;
    *energy = one.energy;
    return why.status ? gd_fail(error, why.status, "%s", why.text) : GD_OK;
}

/* --- Sets --------------------------------------------------------------------------------------------------------- */

/* The first structure that failed, and why. */
struct failure {
    size_t k;
    struct gd_error why;
};

static void keep_first(void *context, size_t k, enum gd_status status, const char *why)
{
    struct failure *failure = context;
    if (!status || (failure->why.status && k > failure->k))
        return;
    *failure = (struct failure){.k = k};
    gd_fail(&failure->why, status, "%s", why);
}

static enum gd_status evaluate_views(const struct gd_potential *potential, struct gd_structure *views, size_t count,
                                     struct failure *failure, int threads, struct gd_error *error)
{
    const struct gd_batch batch = {views, count, keep_first, NULL, failure};
    return gd_potential_evaluate_batch(potential, &batch, threads, error);
}

enum gd_status gd_potential_evaluate_set(const struct gd_potential *potential, struct gd_set *set, size_t first,
                                         size_t count, const size_t *numbers, int threads, struct gd_error *error)
{
    struct failure failure = {0};
    struct gd_structure *views = gd_array(count, sizeof *views);
    enum gd_status status = views ? gd_potential_require_forces(potential, error) : gd_no_memory(error, "structures");
    for (size_t k = 0; k < count && !status; k++)
        views[k] = gd_set_view(set, first + k);
    if (!status)
        status = evaluate_views(potential, views, count, &failure, threads, error);
    for (size_t k = 0; k < count && !status; k++)
        set->energies[first + k] = views[k].energy;
    free(views);
    if (!status && failure.why.status)
        status = gd_fail(error, failure.why.status, "structure %zu: %s",
                         numbers ? numbers[failure.k] : first + failure.k + 1, failure.why.text);
    return status;
}
