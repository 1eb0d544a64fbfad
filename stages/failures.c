#include "stages/failures.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "potentials/potential.h"
#include "stages/failed_file.h"

enum gd_status gd_failures_open(struct gd_failures *failures, struct gd_ledger *ledger, const size_t *numbers,
                                size_t count)
{
    *failures = (struct gd_failures){
        .ledger = ledger,
        .numbers = numbers,
        .count = count,
        .before = gd_ledger_failed_last(ledger),
        .done = gd_array(count, sizeof *failures->done),
        .words = gd_array(count, sizeof *failures->words),
        .last_time = gd_clock(),
    };
    return failures->done && failures->words ? GD_OK : gd_no_memory(ledger->context->error, "results");
}

void gd_failures_clear(struct gd_failures *failures)
{
    for (size_t k = 0; failures->words && k < failures->count; k++)
        free(failures->words[k]);
    free(failures->words);
    free(failures->done);
    *failures = (struct gd_failures){0};
}

/* How many structures in a row have failed, k among them, as far as is known by now. */
static size_t count_row(const struct gd_failures *failures, size_t k)
{
    size_t first = k, end = k + 1;
    while (first > 0 && failures->words[first - 1])
        first--;
    while (end < failures->count && failures->words[end])
        end++;
    return end - first + (first == 0 ? failures->before : 0);
}

void gd_failures_add(struct gd_failures *failures, size_t k, enum gd_status status, const char *why)
{
    const struct gd_ledger_rules *rules = failures->ledger->rules;
    const double now = gd_clock();
    failures->done[k] = true;
    failures->longest = fmax(failures->longest, now - failures->last_time);
    failures->last_time = now;
    if (!status)
        return;
    failures->words[k] = gd_string(why);
    failures->overflow |= !failures->words[k];
    const size_t row = count_row(failures, k);
    if (failures->stopped || (rules->on_failure == GD_FAILURE_REJECT && row < (size_t)rules->failures))
        return;
    failures->stopped = true;
    failures->last = k;
    failures->row = row;
}

/* An evaluation may take longer than the longest so far. */
#define MARGIN 1.5

enum gd_halt gd_failures_halt(const struct gd_failures *failures)
{
    const struct gd_context *context = failures->ledger->context;
    const struct gd_potential *potential = gd_state_get(context->state, "potential");
    if (gd_context_stop(context))
        return GD_STOP;
    const bool late =
        context->deadline > 0 && failures->longest > 0 && gd_clock() + MARGIN * failures->longest > context->deadline;
    const bool interrupted = late || (context->interrupted && *context->interrupted > 0);
    return failures->overflow || failures->stopped || (interrupted && potential->type->slow) ? GD_FINISH : GD_GO_ON;
}

/* Keeps aside what has failed, although the step will not count. */
static enum gd_status keep_failed(const struct gd_failures *failures, struct gd_set *set, size_t first)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < failures->count && !status; k++)
        if (failures->words[k])
            status = gd_ledger_record_failed(failures->ledger, set, first + k, failures->words[k]);
    return status ? status : gd_failed_write(failures->ledger->context, failures->ledger->rejected);
}

static enum gd_status stopped(const struct gd_failures *failures)
{
    struct gd_error *error = failures->ledger->context->error;
    const char *words = failures->words[failures->last];
    const size_t number = failures->numbers[failures->last];
    if (failures->ledger->rules->on_failure == GD_FAILURE_STOP)
        return gd_fail(error, GD_FAILED, "structure %zu: %s", number, words);
    return gd_fail(error, GD_FAILED,
                   "the potential has failed on %zu structures in a row, at last on structure %zu: %s; they are in "
                   "failed.extxyz: try them with godiff evaluate, then continue with --resume, or let more of them "
                   "fail (failures)",
                   failures->row, number, words);
}

enum gd_status gd_failures_judge(const struct gd_failures *failures, enum gd_status status, struct gd_set *set,
                                 size_t first)
{
    struct gd_context *context = failures->ledger->context;
    if (failures->overflow)
        return gd_no_memory(context->error, "results");
    if (failures->stopped && (!status || status == GD_INTERRUPTED)) {
        status = keep_failed(failures, set, first);
        return status ? status : stopped(failures);
    }
    return status == GD_INTERRUPTED ? gd_interrupted(context) : status;
}
