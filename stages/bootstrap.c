#include "stages/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/noising.h"

/* Streams of one execution: pairs have those below. */
#define SAMPLE_STREAMS 0x40000000u
#define TRIAL_STREAMS  0x80000000u

enum spacing { VARIANCE, TIME };

static const char *const spacing_names[] = {"variance", "time", NULL};

const struct gd_param gd_bootstrap_rows[] = {
    {.name = "samples",
     .type = GD_INT,
     .offset = offsetof(struct gd_bootstrap_params, samples),
     .initial = "0",
     .min = 0,
     .max = 1e8,
     .help = "of the K samples of a pair, those whose energy is the model's at less noise; 0: none"},
    {.name = "pieces",
     .type = GD_INT,
     .offset = offsetof(struct gd_bootstrap_params, pieces),
     .initial = "10",
     .min = 2,
     .max = 1000,
     .needs = "samples",
     .help = "pieces of the times from 0 to 1; energies are those of the piece before, and the first piece has none"},
    {.name = "spacing",
     .type = GD_CHOICE,
     .offset = offsetof(struct gd_bootstrap_params, spacing),
     .choices = spacing_names,
     .initial = "variance",
     .needs = "samples",
     .help = "what grows alike from piece to piece: s(t)², or t, with a schedule that is exponential the logarithm of "
             "s(t)"},
    {.name = "direct",
     .type = GD_FLOAT,
     .offset = offsetof(struct gd_bootstrap_params, direct),
     .initial = "0",
     .max = 1e6,
     .unit = "Å",
     .needs = "samples",
     .help = "noise s(t) up to which all samples are evaluated in any case"},
    {.name = "trials",
     .type = GD_INT,
     .offset = offsetof(struct gd_bootstrap_params, trials),
     .initial = "20",
     .min = 0,
     .max = 1e5,
     .needs = "samples",
     .help = "structures of each piece by which it is decided whether the model is good enough; 0: it always is"},
    {0},
};

/* --- Pieces ------------------------------------------------------------------------------------------------------- */

/* The time at which s(t)² has come to a share of s(1)², by bisection. */
static double time_of_share(const struct gd_process *process, double share)
{
    const double square = share * pow(gd_process_spread(process, 1), 2);
    double low = 0, high = 1;
    for (int step = 0; step < 60; step++) {
        const double middle = (low + high) / 2;
        *(pow(gd_process_spread(process, middle), 2) < square ? &low : &high) = middle;
    }
    return high;
}

/* Where a share of all pieces ends. */
static double end_of(const struct gd_bootstrap *bootstrap, double share)
{
    return share == 0 || bootstrap->params->spacing == TIME ? share : time_of_share(bootstrap->process, share);
}

enum gd_status gd_bootstrap_make(struct gd_bootstrap *bootstrap, struct gd_context *context,
                                 const struct gd_bootstrap_params *params)
{
    const size_t pieces = (size_t)params->pieces;
    const struct gd_model *model = gd_state_get(context->state, "model");
    *bootstrap = (struct gd_bootstrap){.params = params,
                                       .context = context,
                                       .system = gd_state_get(context->state, "system"),
                                       .process = gd_state_get(context->state, "noise"),
                                       .ends = gd_array(pieces + 1, sizeof *bootstrap->ends),
                                       .pays = gd_array(pieces, sizeof *bootstrap->pays)};
    if (!bootstrap->ends || !bootstrap->pays)
        return gd_no_memory(context->error, "estimates");
    for (size_t k = 0; k <= pieces; k++)
        bootstrap->ends[k] = end_of(bootstrap, (double)k / (double)pieces);
    enum gd_status status =
        gd_network_new(&bootstrap->network, model, context->device, context->threads, context->error);
    if (!status)
        status = gd_network_precision(bootstrap->network, context->precision, context->error);
    if (!status)
        gd_network_fuse(bootstrap->network); /* so that bits do not depend on how many there are */
    return status;
}

void gd_bootstrap_clear(struct gd_bootstrap *bootstrap)
{
    gd_network_free(bootstrap->network);
    free(bootstrap->ends);
    free(bootstrap->pays);
}

static size_t piece_of(const struct gd_bootstrap *bootstrap, double t)
{
    size_t k = 0;
    while (k + 1 < (size_t)bootstrap->params->pieces && t >= bootstrap->ends[k + 1])
        k++;
    return k;
}

/* A uniform time of a piece. */
static double draw_time(const struct gd_bootstrap *bootstrap, size_t piece, struct gd_stream *stream)
{
    const double *ends = bootstrap->ends + piece;
    return ends[0] + (ends[1] - ends[0]) * gd_stream_uniform(stream);
}

bool gd_bootstrap_pays(const struct gd_bootstrap *bootstrap, double t)
{
    return gd_process_spread(bootstrap->process, t) >= bootstrap->params->direct &&
           bootstrap->pays[piece_of(bootstrap, t)];
}

/* --- Energies of the model ---------------------------------------------------------------------------------------- */

/* U of structures [count][atoms][3], each at a time of its own. */
static enum gd_status find_energies(const struct gd_bootstrap *bootstrap, const double *positions, const double *times,
                                    size_t count, double *energies, struct gd_error *error)
{
    const struct gd_system *system = bootstrap->system;
    const size_t atoms = system->structure.count;
    struct gd_structure *views = gd_array(count, sizeof *views);
    float *output = gd_array(count, sizeof *output);
    enum gd_status status = views && output ? GD_OK : gd_no_memory(error, "a batch of structures");
    for (size_t k = 0; k < count && !status; k++) {
        views[k] = system->structure;
        views[k].positions = (double(*)[3])(uintptr_t)(positions + 3 * atoms * k);
    }
    if (!status)
        status = gd_network_set_alike(bootstrap->network, views, system->fixed, count, error);
    if (!status)
        status = gd_network_forward(bootstrap->network, &gd_head_noised_energy, times, false, output, error);
    for (size_t k = 0; k < count && !status; k++)
        energies[k] = (double)output[k];
    free(views);
    free(output);
    return status;
}

/* `find` of struct gd_noised_energies. */
static enum gd_status find_at_time(void *self, const double *positions, size_t count, double *energies,
                                   struct gd_error *error)
{
    const struct gd_bootstrap *bootstrap = self;
    double *times = gd_array(count, sizeof *times);
    if (!times)
        return gd_no_memory(error, "a batch of structures");
    for (size_t k = 0; k < count; k++)
        times[k] = bootstrap->time;
    enum gd_status status = find_energies(bootstrap, positions, times, count, energies, error);
    free(times);
    return status;
}

enum gd_status gd_bootstrap_estimate(struct gd_bootstrap *bootstrap, const struct gd_monte_carlo *kernel,
                                     const double *y, double t, uint32_t sample, struct gd_monte_carlo_result *result)
{
    struct gd_monte_carlo own = *kernel;
    struct gd_stream stream = gd_context_stream(bootstrap->context, SAMPLE_STREAMS + sample);
    const size_t piece = piece_of(bootstrap, t);
    own.samples = bootstrap->params->samples;
    bootstrap->time = draw_time(bootstrap, piece - 1, &stream);
    const double most = gd_process_spread(bootstrap->process, t);
    const double least = gd_process_spread(bootstrap->process, bootstrap->time);
    return gd_monte_carlo_bootstrap(&own, &(struct gd_noised_energies){find_at_time, bootstrap}, y,
                                    sqrt(most * most - least * least), &stream, result, bootstrap->context->error);
}

/* --- Where it pays ------------------------------------------------------------------------------------------------ */

/* Trials of all pieces but the first, two structures each: one at a time of the piece, one of the piece before. */
struct trials {
    const struct gd_bootstrap *bootstrap;
    const struct gd_monte_carlo *kernel;
    const struct gd_set *buffer;
    size_t count;                       /* of structures */
    double *positions;                  /* [count][atoms][3] */
    double *times, *energies, *learned; /* [count]; E_K, not a number where there is none; U */
    int64_t *evaluations;               /* [count] */
};

/* Structure k: noised, and its E_K. */
static enum gd_status try_structure(void *context, size_t k, struct gd_error *error)
{
    const struct trials *trials = context;
    const struct gd_bootstrap *bootstrap = trials->bootstrap;
    const struct gd_system *system = bootstrap->system;
    const size_t each = 2 * (size_t)bootstrap->params->trials, atoms = system->structure.count;
    const size_t vectors = 3 * gd_system_mobile(system);
    double *y = trials->positions + 3 * atoms * k, *score = gd_array(vectors, sizeof *score);
    float *noise = gd_array(vectors, sizeof *noise);
    enum gd_status status = score && noise ? GD_OK : gd_no_memory(error, "an estimate");
    if (!status && !gd_context_stop(bootstrap->context)) {
        struct gd_stream stream = gd_context_stream(bootstrap->context, TRIAL_STREAMS + (uint32_t)k);
        struct gd_monte_carlo_result result = {.score = score};
        memcpy(y, trials->buffer->positions + 3 * atoms * gd_stream_below(&stream, trials->buffer->count),
               3 * atoms * sizeof *y);
        const double t = trials->times[k] = draw_time(bootstrap, 1 + k / each - k % 2, &stream);
        gd_noise_structure(system, bootstrap->process, t, &stream, y, noise);
        status =
            gd_monte_carlo_score(trials->kernel, y, gd_process_spread(bootstrap->process, t), &stream, &result, error);
        trials->energies[k] = result.effective > 0 ? result.energy : NAN;
        trials->evaluations[k] = result.evaluations;
    }
    free(score);
    free(noise);
    return status;
}

/* The mean square of U - E_K over every other structure of a piece's trials, from the first or the second on; infinite
 * when none has an energy. */
static double mean_square(const struct trials *trials, size_t piece, size_t side)
{
    const size_t each = 2 * (size_t)trials->bootstrap->params->trials, first = (piece - 1) * each;
    double sum = 0, count = 0;
    for (size_t k = first + side; k < first + each; k += 2)
        if (isfinite(trials->energies[k]) && isfinite(trials->learned[k])) {
            sum += pow(trials->learned[k] - trials->energies[k], 2);
            count++;
        }
    return count > 0 ? sum / count : INFINITY;
}

static enum gd_status run_trials(struct trials *trials, struct gd_team *team)
{
    const struct gd_bootstrap *bootstrap = trials->bootstrap;
    struct gd_context *context = bootstrap->context;
    const size_t most = gd_network_batch(bootstrap->network), atoms = bootstrap->system->structure.count;
    struct gd_error why = {0};
    size_t failed;
    enum gd_status status = gd_team_try(team, trials->count, try_structure, trials, &failed, &why);
    if (status)
        return gd_fail(context->error, status, "%s: %s", context->step, why.text);
    if (gd_context_stop(context))
        return gd_interrupted(context);
    for (size_t first = 0; first < trials->count && !status; first += most) {
        const size_t left = trials->count - first, count = left < most ? left : most;
        status = find_energies(bootstrap, trials->positions + 3 * atoms * first, trials->times + first, count,
                               trials->learned + first, context->error);
    }
    return status;
}

enum gd_status gd_bootstrap_decide(struct gd_bootstrap *bootstrap, const struct gd_monte_carlo *kernel,
                                   const struct gd_set *buffer, struct gd_team *team, int64_t *evaluations)
{
    const size_t pieces = (size_t)bootstrap->params->pieces, atoms = bootstrap->system->structure.count;
    const size_t count = 2 * (size_t)bootstrap->params->trials * (pieces - 1);
    const double samples = (double)bootstrap->params->samples;
    struct trials trials = {.bootstrap = bootstrap,
                            .kernel = kernel,
                            .buffer = buffer,
                            .count = count,
                            .positions = gd_array(count, 3 * atoms * sizeof(double)),
                            .times = gd_array(count, sizeof(double)),
                            .energies = gd_array(count, sizeof(double)),
                            .learned = gd_array(count, sizeof(double)),
                            .evaluations = gd_array(count, sizeof(int64_t))};
    enum gd_status status = GD_OK;
    if (trials.positions && trials.times && trials.energies && trials.learned && trials.evaluations)
        status = count ? run_trials(&trials, team) : GD_OK;
    else
        status = gd_no_memory(bootstrap->context->error, "estimates");
    for (size_t k = 0; k < count; k++)
        *evaluations += trials.evaluations ? trials.evaluations[k] : 0;
    for (size_t piece = 1; piece < pieces && !status; piece++)
        bootstrap->pays[piece] =
            count == 0 || mean_square(&trials, piece, 0) * (samples - 1) / samples > mean_square(&trials, piece, 1);
    free(trials.positions);
    free(trials.times);
    free(trials.energies);
    free(trials.learned);
    free(trials.evaluations);
    return status;
}
