#include "stages/evaluation.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "potentials/potential.h"
#include "stages/failures.h"

/* A batch being evaluated. */
struct work {
    struct gd_context *context;
    struct gd_ledger ledger;
    struct gd_failures failures;
    struct gd_set *batch;
    const bool *known;      /* [batch->count], or NULL */
    struct gd_set trial;    /* the structures that are recorded */
    size_t *numbers;        /* [batch->count] of the trial: their places in the batch, from 1 */
    size_t *places;         /* [batch->count] of those that are evaluated: their places in the trial */
    size_t count, finished; /* of those that are evaluated */
};

static void done(void *context, size_t k, enum gd_status status, const char *why)
{
    struct work *work = context;
    gd_failures_add(&work->failures, work->places[k], status, why);
    gd_progress(work->context, (double)++work->finished, (double)work->count, NULL);
}

static enum gd_halt halt(void *context)
{
    return gd_failures_halt(&((const struct work *)context)->failures);
}

static enum gd_status evaluate_trial(struct work *work)
{
    struct gd_set *trial = &work->trial;
    struct gd_context *context = work->context;
    struct gd_structure *views = gd_array(trial->count, sizeof *views);
    if (!views)
        return gd_no_memory(context->error, "the batch");
    for (size_t k = 0; k < trial->count; k++)
        if (!work->known || !work->known[work->numbers[k] - 1]) {
            views[work->count] = gd_set_view(trial, k);
            work->places[work->count++] = k;
        }
    const struct gd_batch batch = {views, work->count, done, halt, work};
    enum gd_status status = gd_potential_evaluate_batch(gd_state_get(context->state, "potential"), &batch,
                                                        context->threads, context->error);
    for (size_t k = 0; k < work->count; k++)
        trial->energies[work->places[k]] = views[k].energy;
    free(views);
    return gd_failures_judge(&work->failures, status, trial, 0);
}

/* Records what was evaluated, and gives the structures of the batch that were taken their energies, forces and serial
 * numbers. */
static enum gd_status record(struct work *work)
{
    enum gd_status status = gd_ledger_check_room(&work->ledger, work->trial.count);
    for (size_t k = 0; k < work->batch->count; k++)
        gd_set_mark_moved(work->batch, k);
    for (size_t k = 0; !status && k < work->trial.count; k++) {
        const char *words = work->failures.words[k];
        bool taken = false;
        status = words ? gd_ledger_record_failed(&work->ledger, &work->trial, k, words)
                       : gd_ledger_record(&work->ledger, &work->trial, k, &taken);
        if (!status && taken)
            gd_set_assign(work->batch, work->numbers[k] - 1, &work->trial, k);
    }
    return status;
}

/* Takes up the batch: what can be evaluated becomes the trial. */
static enum gd_status begin(struct work *work, struct gd_ledger_rules *rules)
{
    work->numbers = gd_array(work->batch->count, sizeof *work->numbers);
    work->places = gd_array(work->batch->count, sizeof *work->places);
    if (!work->numbers || !work->places)
        return gd_no_memory(work->context->error, "the batch");
    enum gd_status status =
        gd_ledger_take_up(&work->ledger, work->context, rules, work->batch, &work->trial, work->numbers);
    return status ? status : gd_failures_open(&work->failures, &work->ledger, work->numbers, work->trial.count);
}

enum gd_status gd_evaluate_set(struct gd_context *context, struct gd_ledger_rules *rules, struct gd_set *batch,
                               const bool *known)
{
    struct work work = {.context = context, .batch = batch, .known = known};
    enum gd_status status = begin(&work, rules);
    if (!status)
        status = evaluate_trial(&work);
    if (!status)
        status = record(&work);
    if (!status)
        status = gd_ledger_close(&work.ledger, work.batch);
    gd_failures_clear(&work.failures);
    gd_set_clear(&work.trial);
    free(work.places);
    free(work.numbers);
    return status;
}
