/* Stage `estimate`: what the score of the noised distribution is, from the potential alone, by Monte Carlo
 * (T. Akhound-Sadegh et al., iDEM, arXiv:2402.06121). At a structure y of time t, with x_i = y + s(t) ε_i,
 *
 *     S_K(y, t) = ∇_y log (1/K) Σ_i exp(-E(x_i)/T) = Σ_i w_i F(x_i)/T,    w = softmax(-E(x_i)/T)
 *
 * or, from energies alone, Σ_i w_i ε_i / s(t): the same in the limit of large K. The spread of the first is small where
 * s is below the width S of a basin, that of the second where it is above. So `mix` takes c F/T + (1 - c) ε/s with
 * c = S²/(S² + s²), as training on draws may do (V. De Bortoli et al., Target Score Matching, arXiv:2402.08667). Where
 * x_i is reflected at a wall its force is turned over with it. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "engine/base/team.h"
#include "engine/run/context.h"
#include "model/model.h"
#include "model/noising.h"
#include "stages/goals.h"
#include "stages/monte_carlo.h"

struct estimate {
    int64_t pairs, samples;
    double limit, clash, stiffness;
    int terms; /* enum terms */
};

enum terms { FORCE, NOISE, MIX };

static const char *const term_names[] = {"force", "noise", "mix", NULL};

static const struct gd_param rows[] = {
    {.name = "pairs",
     .type = GD_INT,
     .offset = offsetof(struct estimate, pairs),
     .initial = "1024",
     .example = "4",
     .min = 1,
     .max = 1e8,
     .help = "structures of the buffer, drawn with replacement, that are noised"},
    {.name = "samples",
     .type = GD_INT,
     .offset = offsetof(struct estimate, samples),
     .initial = "100",
     .example = "3",
     .min = 1,
     .max = 1e8,
     .help = "evaluations around each, K"},
    {.name = "terms",
     .type = GD_CHOICE,
     .offset = offsetof(struct estimate, terms),
     .choices = term_names,
     .initial = "force",
     .help = "what the score is a mean of. force: forces over T; noise: the noise, for potentials with energies alone; "
             "mix: forces where the noise is small, and else the noise"},
    {.name = "stiffness",
     .type = GD_FLOAT,
     .offset = offsetof(struct estimate, stiffness),
     .initial = "5",
     .max = 1e6,
     .above_min = true,
     .unit = "eV/Å²",
     .needs = "terms=mix",
     .help = "curvature k of a basin: noise is small where it is below (T/k)^1/2"},
    {.name = "limit",
     .type = GD_FLOAT,
     .offset = offsetof(struct estimate, limit),
     .initial = "20",
     .max = 1e9,
     .unit = "1/Å",
     .help =
         "a longer score of an atom is shortened to this, and with terms: mix each force over T before; 0: no limit"},
    {.name = "clash",
     .type = GD_FLOAT,
     .offset = offsetof(struct estimate, clash),
     .initial = "1.0",
     .max = 100,
     .unit = "Å",
     .help = "structures with two atoms closer than this are not evaluated, and have no weight"},
    {0},
};

/* The pairs on their way, one block of work each. */
struct work {
    struct gd_context *context;
    const struct estimate *estimate;
    const struct gd_system *system;
    struct gd_monte_carlo kernel;
    const struct gd_process *process;
    const struct gd_set *buffer;
    struct gd_set *goals;
    struct gd_goal_energies *energies;
    int64_t *evaluations; /* [pairs] */
    double *effective;    /* [pairs] effective number of samples; 0: the pair has no goal */
    double *shortened;    /* [pairs] atoms whose score is */
};

/* Shortens the scores of atoms in goal k. */
static double shorten(const struct work *work, size_t k)
{
    const double limit = work->estimate->limit;
    double *score = work->goals->forces + 3 * (work->goals->atoms * k + work->goals->fixed), count = 0;
    for (size_t i = 0; i < gd_system_mobile(work->system); i++, score += 3) {
        const double length = gd_length(score), scale = limit > 0 && length > limit ? limit / length : 1;
        count += scale < 1;
        for (int axis = 0; axis < 3; axis++)
            score[axis] *= scale;
    }
    return count;
}

/* Noises a structure of the buffer: y and t of pair k. */
static double noise(const struct work *work, size_t k, struct gd_stream *stream, float *scratch)
{
    struct gd_set *goals = work->goals;
    double *y = goals->positions + 3 * goals->atoms * k;
    const size_t index = gd_stream_below(stream, work->buffer->count);
    memcpy(y, work->buffer->positions + 3 * goals->atoms * index, 3 * goals->atoms * sizeof *y);
    memset(goals->forces + 3 * goals->atoms * k, 0, 3 * goals->atoms * sizeof *goals->forces);
    const double t = goals->energies[k] = gd_stream_uniform(stream);
    gd_noise_structure(work->system, work->process, t, stream, y, scratch);
    return gd_process_spread(work->process, t);
}

static enum gd_status estimate_pair(void *context, size_t k, struct gd_error *error)
{
    const struct work *work = context;
    struct gd_set *goals = work->goals;
    struct gd_stream stream = gd_context_stream(work->context, (uint32_t)k);
    struct gd_monte_carlo_result result = {.score = goals->forces + 3 * (goals->atoms * k + goals->fixed)};
    float *target = gd_array(gd_system_mobile(work->system), 3 * sizeof *target);
    if (!target)
        return gd_no_memory(error, "an estimate");
    const double spread = noise(work, k, &stream, target);
    free(target);
    if (gd_context_stop(work->context))
        return GD_OK;
    enum gd_status status =
        gd_monte_carlo_score(&work->kernel, goals->positions + 3 * goals->atoms * k, spread, &stream, &result, error);
    work->evaluations[k] = result.evaluations;
    work->effective[k] = result.effective;
    work->energies->energies[k] = result.energy;
    work->shortened[k] = shorten(work, k);
    return status;
}

/* --- The stage ---------------------------------------------------------------------------------------------------- */

static enum gd_status estimate_all(struct work *work)
{
    struct gd_context *context = work->context;
    struct gd_error why = {0};
    struct gd_team *team = NULL;
    size_t failed;
    enum gd_status status = gd_team_new(&team, context->threads, context->error);
    if (!status && (status = gd_team_try(team, work->goals->count, estimate_pair, work, &failed, &why)))
        gd_fail(context->error, status, "%s: %s", context->step, why.text);
    gd_team_free(team);
    return !status && gd_context_stop(context) ? gd_interrupted(context) : status;
}

/* Leaves out the pairs without a goal; adds up what was done. */
static enum gd_status finish_all(struct work *work)
{
    struct gd_context *context = work->context;
    struct gd_set *goals = work->goals;
    int64_t evaluations = gd_state_integer(context->state, "evaluations", 0), calls = 0;
    double effective = 0, shortened = 0;
    size_t kept = 0;
    for (size_t k = 0; k < goals->count; k++) {
        calls += work->evaluations[k];
        if (!(work->effective[k] > 0))
            continue;
        effective += work->effective[k];
        shortened += work->shortened[k];
        work->energies->energies[kept] = work->energies->energies[k];
        gd_set_assign(goals, kept++, goals, k);
    }
    gd_figure(context, "calls", (double)calls);
    gd_figure(context, "dropped", (double)(goals->count - kept));
    gd_figure(context, "effective", effective / (double)kept);
    gd_figure(context, "clipped", shortened / (double)(kept * (goals->atoms - goals->fixed)));
    goals->count = work->energies->count = kept;
    if (!kept)
        return gd_fail(context->error, GD_FAILED, "%s: no sample around any structure has an energy", context->step);
    if (evaluations > INT64_MAX - calls)
        return gd_fail(context->error, GD_FAILED, "%s: %" PRId64 " evaluations plus %" PRId64 " exceed the counter",
                       context->step, evaluations, calls);
    return gd_state_put_integer(context->state, "evaluations", evaluations + calls, context->error);
}

/* Room for the pairs, which are copies of the first structure until they are drawn. */
static enum gd_status begin(struct work *work)
{
    const size_t count = (size_t)work->estimate->pairs;
    struct gd_error *error = work->context->error;
    if (work->buffer->count == 0)
        return gd_fail(error, GD_FAILED, "%s: the buffer is empty", work->context->step);
    work->evaluations = gd_array(count, sizeof *work->evaluations);
    work->effective = gd_array(count, sizeof *work->effective);
    work->shortened = gd_array(count, sizeof *work->shortened);
    if (!work->evaluations || !work->effective || !work->shortened)
        return gd_no_memory(error, "estimates");
    work->energies = gd_goal_energies_new(count, error);
    if (!work->energies)
        return error->status;
    work->goals = gd_set_new(&work->system->structure, work->system->fixed, error);
    enum gd_status status = work->goals ? gd_set_reserve(work->goals, count, error) : error->status;
    for (size_t k = 0; !status && k < count; k++)
        status = gd_set_push(work->goals, work->buffer->positions, error);
    return status;
}

static struct gd_monte_carlo kernel_of(const struct estimate *estimate, const struct gd_state *state)
{
    const double temperature = gd_state_real(state, "temperature", 0);
    const double variances[] = {[FORCE] = INFINITY, [NOISE] = 0, [MIX] = temperature / estimate->stiffness};
    return (struct gd_monte_carlo){.system = gd_state_get(state, "system"),
                                   .potential = gd_state_get(state, "potential"),
                                   .temperature = temperature,
                                   .clash = estimate->clash,
                                   .variance = variances[estimate->terms],
                                   .limit = estimate->terms == MIX ? estimate->limit : 0,
                                   .samples = estimate->samples};
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct estimate *estimate = self;
    struct work work = {.context = context,
                        .estimate = estimate,
                        .system = gd_state_get(context->state, "system"),
                        .process = gd_state_get(context->state, "noise"),
                        .buffer = gd_state_get(context->state, "buffer")};
    work.kernel = kernel_of(estimate, context->state);
    enum gd_status status = begin(&work);
    if (!status)
        status = estimate_all(&work);
    if (!status)
        status = finish_all(&work);
    if (!status) {
        status = gd_state_put(context->state, "goals", work.goals, context->error);
        work.goals = NULL;
    }
    if (!status) {
        status = gd_state_put(context->state, "goal_energies", work.energies, context->error);
        work.energies = NULL;
    }
    gd_slot_goal_energies.destroy(work.energies);
    gd_set_free(work.goals);
    free(work.evaluations);
    free(work.effective);
    free(work.shortened);
    return status;
}

static void check(struct gd_check *check, const void *self)
{
    const struct estimate *estimate = self;
    const struct gd_potential *potential = gd_state_get(check->state, "potential");
    if (estimate->terms != NOISE && potential && gd_potential_lacks_forces(potential))
        gd_check_problem(check, "terms",
                         "%s needs forces, and the potential has energies alone: choose noise, with more samples",
                         term_names[estimate->terms]);
}

const struct gd_stage gd_stage_estimate = {
    .name = "estimate",
    .summary = "Scores of noised structures from the potential alone, by Monte Carlo, to train on.",
    .params = rows,
    .size = sizeof(struct estimate),
    .reads = (const char *const[]){"system", "potential", "noise", "buffer", "temperature", NULL},
    .writes = (const char *const[]){"goals", "goal_energies", "evaluations", NULL},
    .check = check,
    .run = run,
};
