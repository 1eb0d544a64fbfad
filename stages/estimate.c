/* Stage `estimate`: what the score of the noised distribution is, from the potential alone, by Monte Carlo
 * (T. Akhound-Sadegh et al., iDEM, arXiv:2402.06121). At a structure y of time t, with x_i = y + s(t) ε_i,
 *
 *     S_K(y, t) = ∇_y log (1/K) Σ_i exp(-E(x_i)/T) = Σ_i w_i F(x_i)/T,    w = softmax(-E(x_i)/T)
 *
 * or, from energies alone, Σ_i w_i ε_i / s(t): the same in the limit of large K. The spread of the first is small where
 * s is below the width S of a basin, that of the second where it is above. So `mix` takes c F/T + (1 - c) ε/s with
 * c = S²/(S² + s²), as training on draws may do (V. De Bortoli et al., Target Score Matching, arXiv:2402.08667). Where
 * x_i is reflected at a wall its force is turned over with it. Energies of the model at less noise may take the place
 * of some evaluations (stages/bootstrap.h), and a Markov chain that of independent samples (stages/posterior.h). */
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
#include "stages/bootstrap.h"
#include "stages/goals.h"
#include "stages/ledger.h"
#include "stages/monte_carlo.h"
#include "stages/posterior.h"

struct estimate {
    int64_t pairs, samples;
    double limit, clash, ceiling, stiffness, chain, again;
    int terms; /* enum terms */
    struct gd_bootstrap_params bootstrap;
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
    {.name = "ceiling",
     .type = GD_FLOAT,
     .offset = offsetof(struct estimate, ceiling),
     .initial = "0",
     .max = 1e9,
     .unit = "eV",
     .help =
         "energies farther than this above the lowest of the buffer grow with their logarithm from there on, so that "
         "goals of structures with overlaps can be learned; 0: energies as they are"},
    {.name = "chain",
     .type = GD_FLOAT,
     .offset = offsetof(struct estimate, chain),
     .initial = "0",
     .max = 1000,
     .unit = "Å",
     .help = "samples are the steps of a Langevin chain from the structure before the noise, by so much in each "
             "coordinate; 0: independent samples"},
    {.name = "again",
     .type = GD_FLOAT,
     .offset = offsetof(struct estimate, again),
     .initial = "0",
     .max = 0.9,
     .help =
         "chance with which a noised structure is noised once more, as often as it hits, so that the model is taught "
         "farther out than it draws"},
    {.name = "bootstrap",
     .type = GD_GROUP,
     .offset = offsetof(struct estimate, bootstrap),
     .rows = gd_bootstrap_rows,
     .help = "energies of the model at less noise in place of evaluations, for models with the head noised_energy"},
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
    struct gd_bootstrap bootstrap;
    int64_t trials;      /* evaluations to decide where it pays */
    size_t bootstrapped; /* pairs */
};

/* Whether goal k is bootstrapped. */
static bool bootstraps(const struct work *work, size_t k)
{
    return work->estimate->bootstrap.samples > 0 && gd_bootstrap_pays(&work->bootstrap, work->goals->energies[k]);
}

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

/* Noises a structure of the buffer: y and t of pair k. noise: [mobile][3]. */
static double noise_pair(const struct work *work, size_t k, struct gd_stream *stream, float *noise)
{
    struct gd_set *goals = work->goals;
    double *y = goals->positions + 3 * goals->atoms * k;
    const size_t index = gd_stream_below(stream, work->buffer->count);
    memcpy(y, work->buffer->positions + 3 * goals->atoms * index, 3 * goals->atoms * sizeof *y);
    memset(goals->forces + 3 * goals->atoms * k, 0, 3 * goals->atoms * sizeof *goals->forces);
    const double t = goals->energies[k] = gd_stream_uniform(stream);
    gd_noise_structure(work->system, work->process, t, stream, y, noise);
    while (work->estimate->again > 0 && gd_stream_uniform(stream) < work->estimate->again)
        gd_noise_structure(work->system, work->process, t, stream, y, noise);
    return gd_process_spread(work->process, t);
}

/* Noises a structure, and finds its score; noise: [mobile][3] room. */
static enum gd_status find_score(const struct work *work, size_t k, float *noise, struct gd_monte_carlo_result *result,
                                 struct gd_error *error)
{
    const struct estimate *estimate = work->estimate;
    struct gd_stream stream = gd_context_stream(work->context, (uint32_t)k);
    struct gd_monte_carlo kernel = work->kernel;
    const double *y = work->goals->positions + 3 * work->goals->atoms * k;
    const double spread = noise_pair(work, k, &stream, noise);
    kernel.samples -= bootstraps(work, k) ? estimate->bootstrap.samples : 0;
    return estimate->chain > 0 ? gd_posterior_score(&kernel, estimate->chain, y, spread, noise, &stream, result, error)
                               : gd_monte_carlo_score(&kernel, y, spread, &stream, result, error);
}

static enum gd_status estimate_pair(void *context, size_t k, struct gd_error *error)
{
    const struct work *work = context;
    struct gd_monte_carlo_result result = {.score =
                                               work->goals->forces + 3 * (work->goals->atoms * k + work->goals->fixed)};
    if (gd_context_stop(work->context))
        return GD_OK;
    float *noise = gd_array(gd_system_mobile(work->system), 3 * sizeof *noise);
    if (!noise)
        return gd_no_memory(error, "an estimate");
    const enum gd_status status = find_score(work, k, noise, &result, error);
    free(noise);
    work->evaluations[k] = result.evaluations;
    work->effective[k] = result.effective;
    work->energies->energies[k] = result.energy;
    return status;
}

/* Joins what the model knows to goal k. */
static enum gd_status bootstrap_pair(struct work *work, size_t k, double *room)
{
    struct gd_set *goals = work->goals;
    const int64_t others = work->estimate->bootstrap.samples;
    struct gd_monte_carlo_result own = {.score = goals->forces + 3 * (goals->atoms * k + goals->fixed),
                                        .energy = work->energies->energies[k],
                                        .effective = work->effective[k],
                                        .evaluations = work->evaluations[k]},
                                 other = {.score = room};
    enum gd_status status =
        gd_bootstrap_estimate(&work->bootstrap, &work->kernel, goals->positions + 3 * goals->atoms * k,
                              goals->energies[k], (uint32_t)k, &other);
    gd_monte_carlo_join(&own, work->estimate->samples - others, &other, others, 3 * gd_system_mobile(work->system));
    work->energies->energies[k] = own.energy;
    work->effective[k] = own.effective;
    work->bootstrapped++;
    return status;
}

static enum gd_status bootstrap_all(struct work *work)
{
    struct gd_context *context = work->context;
    double *room = gd_array(gd_system_mobile(work->system), 3 * sizeof *room);
    enum gd_status status = room ? GD_OK : gd_no_memory(context->error, "an estimate");
    for (size_t k = 0; k < work->goals->count && !status; k++)
        if (gd_context_stop(context))
            status = gd_interrupted(context);
        else if (bootstraps(work, k))
            status = bootstrap_pair(work, k, room);
    free(room);
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
    if (!status && work->estimate->bootstrap.samples > 0) {
        status = gd_bootstrap_make(&work->bootstrap, context, &work->estimate->bootstrap);
        if (!status)
            status = gd_bootstrap_decide(&work->bootstrap, &work->kernel, work->buffer, team, &work->trials);
    }
    if (!status && (status = gd_team_try(team, work->goals->count, estimate_pair, work, &failed, &why)))
        gd_fail(context->error, status, "%s: %s", context->step, why.text);
    gd_team_free(team);
    if (!status && gd_context_stop(context))
        status = gd_interrupted(context);
    return status || work->estimate->bootstrap.samples == 0 ? status : bootstrap_all(work);
}

/* Leaves out the pairs without a goal; adds up what was done. */
static enum gd_status finish_all(struct work *work)
{
    struct gd_context *context = work->context;
    struct gd_set *goals = work->goals;
    int64_t calls = work->trials;
    double effective = 0, shortened = 0;
    size_t kept = 0;
    for (size_t k = 0; k < goals->count; k++) {
        calls += work->evaluations[k];
        if (!(work->effective[k] > 0))
            continue;
        effective += work->effective[k];
        shortened += shorten(work, k);
        work->energies->energies[kept] = work->energies->energies[k];
        gd_set_assign(goals, kept++, goals, k);
    }
    gd_figure(context, "calls", (double)calls);
    gd_figure(context, "dropped", (double)(goals->count - kept));
    gd_figure(context, "effective", effective / (double)kept);
    gd_figure(context, "clipped", shortened / (double)(kept * (goals->atoms - goals->fixed)));
    if (work->estimate->bootstrap.samples > 0)
        gd_figure(context, "bootstrapped", (double)work->bootstrapped / (double)goals->count);
    goals->count = work->energies->count = kept;
    if (!kept)
        return gd_fail(context->error, GD_FAILED, "%s: no sample around any structure has an energy", context->step);
    return gd_count_calls(context, calls);
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
    if (!work->evaluations || !work->effective)
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
                                   .samples = estimate->samples,
                                   .ceiling = estimate->ceiling};
}

/* A ceiling is measured from the lowest energy of the buffer. */
static enum gd_status set_floor(struct work *work)
{
    const size_t lowest = gd_set_lowest(work->buffer);
    if (lowest < work->buffer->count)
        work->kernel.floor = work->buffer->energies[lowest];
    else if (work->kernel.ceiling > 0)
        return gd_fail(work->context->error, GD_FAILED,
                       "%s: ceiling: it counts from the lowest energy of the buffer, where no structure has an energy",
                       work->context->step);
    return GD_OK;
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
        status = set_floor(&work);
    if (!status)
        status = estimate_all(&work);
    if (!status)
        status = finish_all(&work);
    if (!status) {
        status = gd_state_put(context->state, "goals", work.goals, context->error);
        work.goals = NULL;
    }
    if (!status && !(estimate->chain > 0)) {
        status = gd_state_put(context->state, "goal_energies", work.energies, context->error);
        work.energies = NULL;
    }
    gd_slot_goal_energies.destroy(work.energies);
    gd_set_free(work.goals);
    gd_bootstrap_clear(&work.bootstrap);
    free(work.evaluations);
    free(work.effective);
    return status;
}

static void check(struct gd_check *check, const void *self)
{
    const struct estimate *estimate = self;
    const struct gd_potential *potential = gd_state_get(check->state, "potential");
    const bool lacks_forces = potential && gd_potential_lacks_forces(potential);
    if (estimate->chain > 0 && lacks_forces)
        gd_check_problem(check, "chain", "its steps go along forces, and the potential has energies alone");
    else if (estimate->terms != NOISE && lacks_forces)
        gd_check_problem(check, "terms",
                         "%s needs forces, and the potential has energies alone: choose noise, with more samples",
                         term_names[estimate->terms]);
    const struct gd_model *model = gd_state_get(check->state, "model");
    if (estimate->chain > 0 && model && gd_model_has_head(model, &gd_head_noised_energy))
        gd_check_problem(check, "chain", "a chain finds no energies, which the head \"%s\" learns",
                         gd_head_noised_energy.name);
    if (estimate->chain > 0 && estimate->ceiling > 0)
        gd_check_problem(check, "ceiling", "a chain leaves overlaps by itself, and finds no energies");
    if (estimate->chain > 0 && estimate->again > 0)
        gd_check_problem(check, "again", "a chain begins with a structure that has been noised once");
    if (estimate->bootstrap.samples > estimate->samples)
        gd_check_problem(check, "bootstrap.samples", "%lld of %lld samples: choose as many as `samples` at most",
                         (long long)estimate->bootstrap.samples, (long long)estimate->samples);
    if (estimate->bootstrap.samples > 0 && model && !gd_model_has_head(model, &gd_head_noised_energy))
        gd_check_problem(check, "bootstrap.samples",
                         "the model knows no energies of noised structures: it has no head "
                         "\"%s\"",
                         gd_head_noised_energy.name);
}

/* Without bootstrapping the model is not asked; chains find no energies. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct estimate *estimate = self;
    (void)use;
    if (strcmp(slot, "goal_energies") == 0)
        return !(estimate->chain > 0);
    return estimate->bootstrap.samples > 0 || strcmp(slot, "model") != 0;
}

const struct gd_stage gd_stage_estimate = {
    .name = "estimate",
    .summary = "Scores of noised structures from the potential alone, by Monte Carlo, to train on.",
    .params = rows,
    .size = sizeof(struct estimate),
    .reads = (const char *const[]){"system", "potential", "noise", "model", "buffer", "temperature", NULL},
    .writes = (const char *const[]){"goals", "goal_energies", "evaluations", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
