/* Stage `accept`: each chain takes its proposal or stays where it is; or the next generation is formed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "stages/criterion.h"
#include "stages/doubt.h"
#include "stages/selection.h"

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

static const enum fate fate_of[] = {
    [GD_CHAIN_REJECTED] = REJECTED, [GD_CHAIN_ACCEPTED] = ACCEPTED, [GD_CHAIN_SAME] = SAME};

static bool is_finite(const struct gd_set *set, size_t k)
{
    return gd_all_finite(set->positions + 3 * set->atoms * k, 3 * set->atoms);
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
    const int64_t before = first_serial(batch);
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
                                 .before = before};
        enum fate fate = INVALID;
        status = judge(context, &accept->criterion, &trial, &fate);
        counts[fate]++;
        if (fate == ACCEPTED && !status)
            gd_set_assign(population, k, batch, k);
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

/* --- Generations -------------------------------------------------------------------------------------------------- */

/* Appends the structures that have an energy. */
static enum gd_status add_evaluated(struct gd_set *all, const struct gd_set *set, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; set && k < set->count && !status; k++)
        if (isfinite(set->energies[k]) && is_finite(set, k))
            status = gd_set_append(all, set, k, 1, error);
    return status;
}

/* Those of the structures that are accepted, the lowest first, as the population. */
static enum gd_status put_generation(struct gd_context *context, const struct gd_set *all,
                                     const enum gd_outcome *outcomes, const size_t counts[FATES])
{
    size_t *order = gd_array(all->count, sizeof *order), count = 0;
    if (!order)
        return gd_no_memory(context->error, "the population");
    gd_selection_sort(all, order);
    for (size_t n = 0; n < all->count; n++)
        if (outcomes[order[n]] == GD_CHAIN_ACCEPTED)
            order[count++] = order[n];
    struct gd_set *population = gd_set_copy(all, order, count, context->error);
    free(order);
    if (!population)
        return context->error->status;
    report(context, population, counts);
    return gd_state_put(context->state, "population", population, context->error);
}

static enum gd_status renew(struct gd_context *context, const struct accept *accept, struct gd_set *all, size_t old)
{
    const struct gd_criterion_class *class = (const struct gd_criterion_class *)accept->criterion.component;
    const struct gd_generation generation = {gd_state_get(context->state, "system"), all, old, context->threads};
    const size_t drawn = ((const struct gd_set *)gd_state_get(context->state, "batch"))->count;
    enum gd_outcome *outcomes = gd_array(all->count, sizeof *outcomes);
    size_t counts[FATES] = {[INVALID] = drawn - (all->count - old)};
    if (!outcomes)
        return gd_no_memory(context->error, "the population");
    enum gd_status status =
        gd_status_require_message(class->renew(accept->criterion.params, &generation, outcomes, context->error),
                                  context->error, class->base.name);
    for (size_t k = old; k < all->count && !status; k++)
        counts[fate_of[outcomes[k]]]++;
    if (!status)
        status = put_generation(context, all, outcomes, counts);
    free(outcomes);
    return status;
}

static enum gd_status run_generation(struct gd_context *context, const struct accept *accept)
{
    const struct gd_set *batch = gd_state_get(context->state, "batch");
    struct gd_set *all = gd_set_copy(batch, NULL, 0, context->error);
    enum gd_status status = all ? GD_OK : context->error->status;
    if (!status)
        status = add_evaluated(all, gd_state_get(context->state, "population"), context->error);
    const size_t old = status ? 0 : all->count;
    if (!status)
        status = add_evaluated(all, batch, context->error);
    if (!status)
        status = renew(context, accept, all, old);
    gd_set_free(all);
    return status;
}

/* --- The stage ---------------------------------------------------------------------------------------------------- */

static enum gd_status run_chains(struct gd_context *context, const struct accept *accept)
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
    enum gd_status status = judge_all(context, accept, population, chains, counts);
    if (!status)
        report(context, population, counts);
    return status;
}

/* A population was chosen, so that its paths have no weight. */
static enum gd_status run(struct gd_context *context, void *self)
{
    const struct accept *accept = self;
    const struct gd_criterion_class *class = (const struct gd_criterion_class *)accept->criterion.component;
    enum gd_status status = class->renew ? run_generation(context, accept) : run_chains(context, accept);
    if (!status)
        gd_set_forget_paths(gd_state_get(context->state, "population"));
    return status;
}

static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct accept *accept = self;
    const struct gd_criterion_class *class = (const struct gd_criterion_class *)accept->criterion.component;
    (void)use;
    if (!strcmp(slot, "temperature"))
        return class->needs_temperature && class->needs_temperature(accept->criterion.params);
    if (!strcmp(slot, "system"))
        return class->renew;
    return !class->renew || (strcmp(slot, "chains") != 0 && strcmp(slot, "archive") != 0);
}

static void check(struct gd_check *check, const void *self)
{
    gd_doubt_temperature_of(check, "criterion", &((const struct accept *)self)->criterion);
}

const struct gd_stage gd_stage_accept = {
    .name = "accept",
    .summary = "Each chain takes its proposal, the structure of the batch, or stays where it is; or the next "
               "generation is formed.",
    .params = rows,
    .size = sizeof(struct accept),
    .reads = (const char *const[]){"system", "batch", "temperature", NULL},
    .may_read = (const char *const[]){"archive", NULL},
    .writes = (const char *const[]){"population", "chains", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
