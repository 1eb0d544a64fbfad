#include "stages/evaluation.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "potentials/potential.h"

/* --- The structures of a trial ------------------------------------------------------------------------------------ */

/* Structures that the potential evaluates now. */
struct evaluation {
    struct gd_context *context;
    struct gd_failures *failures;
    bool reports;               /* shows the progress */
    struct gd_structure *views; /* [trial->count] */
    size_t *places;             /* [trial->count] their places in the trial */
    size_t count, finished;
};

static void done(void *context, size_t k, enum gd_status status, const char *why)
{
    struct evaluation *evaluation = context;
    gd_failures_add(evaluation->failures, evaluation->places[k], status, why);
    evaluation->finished++;
    if (evaluation->reports)
        gd_progress(evaluation->context, (double)evaluation->finished, (double)evaluation->count, NULL);
}

static enum gd_halt halt(void *context)
{
    return gd_failures_halt(((const struct evaluation *)context)->failures);
}

static enum gd_status evaluate(struct evaluation *evaluation, struct gd_set *trial)
{
    struct gd_context *context = evaluation->context;
    const struct gd_batch batch = {evaluation->views, evaluation->count, done, halt, evaluation};
    enum gd_status status = gd_potential_evaluate_batch(gd_state_get(context->state, "potential"), &batch,
                                                        context->threads, context->error);
    for (size_t k = 0; k < evaluation->count; k++)
        trial->energies[evaluation->places[k]] = evaluation->views[k].energy;
    return gd_failures_judge(evaluation->failures, status, trial, 0);
}

enum gd_status gd_evaluate_trial(struct gd_context *context, struct gd_failures *failures, struct gd_set *trial,
                                 const bool *known, bool reports)
{
    struct evaluation evaluation = {
        .context = context,
        .failures = failures,
        .reports = reports,
        .views = gd_array(trial->count, sizeof *evaluation.views),
        .places = gd_array(trial->count, sizeof *evaluation.places),
    };
    const bool room = evaluation.views && evaluation.places;
    for (size_t k = 0; k < trial->count && room; k++)
        if (!known || !known[k]) {
            evaluation.views[evaluation.count] = gd_set_view(trial, k);
            evaluation.places[evaluation.count++] = k;
        }
    enum gd_status status = room ? evaluate(&evaluation, trial) : gd_no_memory(context->error, "the structures");
    free(evaluation.views);
    free(evaluation.places);
    return status;
}

/* --- A batch ------------------------------------------------------------------------------------------------------ */

/* A batch being evaluated. */
struct work {
    struct gd_context *context;
    struct gd_ledger ledger;
    struct gd_failures failures;
    struct gd_set *batch;
    struct gd_set trial; /* the structures that are recorded */
    size_t *numbers;     /* [batch->count] of the trial: their places in the batch, from 1 */
    bool *known;         /* [batch->count] of the trial: those that are only recorded */
};

/* Records what was evaluated, and gives the structures of the batch that were taken their energies, forces and serial
 * numbers. */
static enum gd_status record(struct work *work)
{
    enum gd_status status = gd_ledger_check_room(&work->ledger, work->trial.count);
    for (size_t k = 0; k < work->batch->count; k++)
        gd_set_forget_evaluation(work->batch, k);
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
static enum gd_status begin(struct work *work, struct gd_ledger_rules *rules, const bool *known)
{
    work->numbers = gd_array(work->batch->count, sizeof *work->numbers);
    work->known = gd_array(work->batch->count, sizeof *work->known);
    if (!work->numbers || !work->known)
        return gd_no_memory(work->context->error, "the batch");
    enum gd_status status =
        gd_ledger_take_up(&work->ledger, work->context, rules, work->batch, &work->trial, work->numbers);
    for (size_t k = 0; !status && known && k < work->trial.count; k++)
        work->known[k] = known[work->numbers[k] - 1];
    return status ? status : gd_failures_open(&work->failures, &work->ledger, work->numbers, work->trial.count);
}

enum gd_status gd_evaluate_set(struct gd_context *context, struct gd_ledger_rules *rules, struct gd_set *batch,
                               const bool *known)
{
    struct work work = {.context = context, .batch = batch};
    enum gd_status status = begin(&work, rules, known);
    if (!status)
        status = gd_evaluate_trial(context, &work.failures, &work.trial, work.known, true);
    if (!status)
        status = record(&work);
    if (!status)
        status = gd_ledger_close(&work.ledger, work.batch);
    gd_failures_clear(&work.failures);
    gd_set_clear(&work.trial);
    free(work.known);
    free(work.numbers);
    return status;
}
