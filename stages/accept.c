/* Stage `accept`: each chain takes its proposal or stays where it is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "stages/criterion.h"

struct accept {
    struct gd_choice criterion;
};

static const struct gd_param rows[] = {
    {.name = "criterion",
     .type = GD_COMPONENT,
     .offset = offsetof(struct accept, criterion),
     .kind = "criterion",
     .initial = "metropolis",
     .example = "{metropolis: {temperature: 0.1}}",
     .help = "which proposals are accepted"},
    {0},
};

enum fate { ACCEPTED, REJECTED, SAME, INVALID, FATES };

static const char *const fates[FATES] = {"accepted", "not_accepted", "same", "invalid"};

static bool is_finite(const struct gd_set *set, size_t k)
{
    for (size_t c = 3 * set->atoms * k; c < 3 * set->atoms * (k + 1); c++)
        if (!isfinite(set->positions[c]))
            return false;
    return true;
}

/* Without chains, every structure with a place begins one. */
static enum gd_status found(struct gd_context *context, const struct gd_set *batch)
{
    size_t *chosen = gd_array(batch->count, sizeof *chosen), count = 0;
    if (!chosen)
        return gd_no_memory(context->error, "the population");
    for (size_t k = 0; k < batch->count; k++)
        if (is_finite(batch, k))
            chosen[count++] = k;
    struct gd_set *population = gd_set_copy(batch, chosen, count, context->error);
    free(chosen);
    if (!population)
        return context->error->status;
    gd_figure(context, fates[ACCEPTED], (double)count);
    gd_figure(context, fates[INVALID], (double)(batch->count - count));
    if (!gd_chains_of(context, count)) {
        gd_set_free(population);
        return context->error->status;
    }
    return gd_state_put(context->state, "population", population, context->error);
}

/* Structure k of the batch in place of structure k of the population. */
static void replace(struct gd_set *population, const struct gd_set *batch, size_t k)
{
    const size_t n = 3 * batch->atoms;
    memcpy(population->positions + n * k, batch->positions + n * k, n * sizeof *batch->positions);
    memcpy(population->forces + n * k, batch->forces + n * k, n * sizeof *batch->forces);
    population->energies[k] = batch->energies[k];
    population->serials[k] = batch->serials[k];
}

/* The lowest serial number of the batch. */
static int64_t first_serial(const struct gd_set *batch)
{
    int64_t first = INT64_MAX;
    for (size_t k = 0; k < batch->count; k++)
        if (batch->serials[k] > 0 && batch->serials[k] < first)
            first = batch->serials[k];
    return first;
}

/* What becomes of a proposal. Anything with an energy is accepted by a chain without one. */
static enum gd_status judge(const struct gd_context *context, const struct gd_choice *criterion, struct gd_trial *trial,
                            enum fate *fate)
{
    const struct gd_criterion_class *class = (const struct gd_criterion_class *)criterion->component;
    static const enum fate fate_of[] = {
        [GD_CHAIN_REJECTED] = REJECTED, [GD_CHAIN_ACCEPTED] = ACCEPTED, [GD_CHAIN_SAME] = SAME};
    enum gd_outcome outcome = isfinite(trial->proposed) ? GD_CHAIN_ACCEPTED : GD_CHAIN_REJECTED;
    enum gd_status status = GD_OK;
    if (isfinite(trial->proposed) && isfinite(trial->current))
        status = gd_status_require_message(class->judge(criterion->params, trial, &outcome, context->error),
                                           context->error, class->base.name);
    *fate = isfinite(trial->proposed) ? fate_of[outcome] : INVALID;
    trial->chain->outcome = outcome;
    return status;
}

static bool needs_temperature(const struct accept *accept)
{
    const struct gd_criterion_class *class = (const struct gd_criterion_class *)accept->criterion.component;
    return class->needs_temperature && class->needs_temperature(accept->criterion.params);
}

static enum gd_status judge_all(struct gd_context *context, const struct accept *accept, struct gd_set *population,
                                struct gd_chains *chains, size_t counts[FATES])
{
    const struct gd_set *batch = gd_state_get(context->state, "batch");
    const double temperature = needs_temperature(accept) ? gd_state_real(context->state, "temperature", 0) : 0;
    const struct gd_set *archive = gd_state_get(context->state, "archive");
    enum gd_status status = GD_OK;
    for (size_t k = 0; !status && k < batch->count; k++) {
        struct gd_stream stream = gd_context_stream(context, (uint32_t)k);
        struct gd_chain *chain = &chains->chains[k];
        struct gd_trial trial = {.current = population->energies[k],
                                 .proposed = batch->energies[k],
                                 .temperature = chain->temperature > 0 ? chain->temperature : temperature,
                                 .stream = &stream,
                                 .chain = chain,
                                 .archive = archive,
                                 .before = first_serial(batch)};
        enum fate fate = INVALID;
        status = judge(context, &accept->criterion, &trial, &fate);
        counts[fate]++;
        if (fate == ACCEPTED && !status)
            replace(population, batch, k);
    }
    return status;
}

static void report(struct gd_context *context, const struct gd_set *population, const size_t counts[FATES])
{
    double lowest = INFINITY, sum = 0, count = 0;
    for (enum fate fate = 0; fate < FATES; fate++)
        gd_figure(context, fates[fate], (double)counts[fate]);
    for (size_t k = 0; k < population->count; k++)
        if (isfinite(population->energies[k])) {
            lowest = fmin(lowest, population->energies[k]);
            sum += population->energies[k];
            count++;
        }
    gd_figure(context, "lowest", count > 0 ? lowest : NAN);
    gd_figure(context, "mean", sum / count);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct gd_set *batch = gd_state_get(context->state, "batch");
    struct gd_set *population = gd_state_get(context->state, "population");
    size_t counts[FATES] = {0};
    if (!population || population->count == 0)
        return found(context, batch);
    if (population->count != batch->count)
        return gd_fail(context->error, GD_FAILED, "%s: %zu proposals for %zu chains", context->step, batch->count,
                       population->count);
    struct gd_chains *chains = gd_chains_of(context, population->count);
    if (!chains)
        return context->error->status;
    enum gd_status status = judge_all(context, self, population, chains, counts);
    if (!status)
        report(context, population, counts);
    return status;
}

static bool uses(const void *self, const char *slot, enum gd_use use)
{
    (void)use;
    return strcmp(slot, "temperature") != 0 || needs_temperature(self);
}

const struct gd_stage gd_stage_accept = {
    .name = "accept",
    .summary = "Each chain takes its proposal, the structure of the batch, or stays where it is.",
    .params = rows,
    .size = sizeof(struct accept),
    .reads = (const char *const[]){"batch", "temperature", NULL},
    .may_read = (const char *const[]){"archive", NULL},
    .writes = (const char *const[]){"population", "chains", NULL},
    .uses = uses,
    .run = run,
};
