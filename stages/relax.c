/* Stage `relax`: the structures of the batch relaxed into minima; what is valid at the end joins the archive. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "potentials/relax.h"
#include "stages/doubt.h"
#include "stages/failures.h"

#define MEMORY 2e8 /* bytes for the ways of structures that are being relaxed */

enum keep { ENDS, ALL };

struct relax {
    struct gd_ledger_rules rules;
    struct gd_relaxation relaxation;
    int keep; /* enum keep */
};

static const char *const keep_names[] = {"ends", "all", NULL};

static const struct gd_param rows[] = {
    GD_RELAXATION_ROWS(struct relax, "0.05", "200"),
    {.name = "keep",
     .type = GD_CHOICE,
     .offset = offsetof(struct relax, keep),
     .initial = "ends",
     .choices = keep_names,
     .help = "what joins the archive: the relaxed structures, or every step on the way to them"},
    GD_LEDGER_ROWS(struct relax),
    {0},
};

/* A batch being relaxed. */
struct work {
    struct gd_context *context;
    const struct relax *relax;
    struct gd_ledger ledger;
    struct gd_failures failures; /* of those that are relaxed now */
    struct gd_set *batch;
    struct gd_set trial;        /* the structures that can be evaluated */
    size_t *numbers;            /* [batch->count] their places in the batch, from 1 */
    struct gd_relaxed *relaxed; /* [batch->count] of the trial */
    size_t first;               /* of those that are relaxed now */
    size_t steps, finished, converged, ends[GD_RELAX_ENDS];
};

static enum gd_halt halt(void *context)
{
    return gd_failures_halt(&((const struct work *)context)->failures);
}

/* Structure k of those that are relaxed now has ended. */
static void done(void *context, size_t k, enum gd_status status, const char *why)
{
    struct work *work = context;
    gd_failures_add(&work->failures, k, status, why);
    work->converged += work->relaxed[work->first + k].end == GD_RELAXED;
    gd_progress(work->context, (double)++work->finished, (double)work->trial.count, "%zu converged", work->converged);
}

/* The steps before the end are counted, and seen by the target. path: NULL when nobody looks at them. */
static enum gd_status record_path(struct work *work, struct gd_set *path, size_t steps)
{
    bool taken;
    enum gd_status status = GD_OK;
    if (!path) {
        gd_ledger_skip(&work->ledger, steps);
        return GD_OK;
    }
    for (size_t step = 0; !status && step < steps; step++)
        status = work->relax->keep == ALL ? gd_ledger_record(&work->ledger, path, step, &taken)
                                          : gd_ledger_pass(&work->ledger, path, step);
    return status;
}

/* Records structure k of the trial, and how it came there. */
static enum gd_status record(struct work *work, size_t k, struct gd_set *path)
{
    const struct gd_relaxed *relaxed = &work->relaxed[k];
    const bool evaluated = relaxed->end != GD_RELAX_CLASH;
    const char *words = work->failures.words[k - work->first];
    const size_t place = work->numbers[k] - 1;
    bool taken = false;
    enum gd_status status = gd_ledger_check_room(&work->ledger, relaxed->calls);
    work->steps += relaxed->calls - evaluated;
    work->ends[relaxed->end]++;
    if (!status)
        status = record_path(work, path, relaxed->calls - evaluated);
    if (!status && words)
        status = gd_ledger_record_failed(&work->ledger, &work->trial, k, words);
    else if (!status && evaluated)
        status = gd_ledger_record(&work->ledger, &work->trial, k, &taken);
    else if (!status)
        status = gd_ledger_reject(&work->ledger, &work->trial, k, GD_CLASH);
    gd_set_assign(work->batch, place, &work->trial, k);
    if (!taken)
        gd_set_mark_moved(work->batch, place);
    return status;
}

/* How many structures are relaxed at a time: what they leave behind on their ways has to fit into memory. */
static size_t count_ways(const struct work *work)
{
    const double bytes = 6.0 * sizeof(double) * (double)work->trial.atoms * ((double)work->relax->relaxation.steps + 1);
    const double threads = work->context->threads, ways = fmax(MEMORY / bytes, threads);
    return (size_t)fmin(ways, (double)work->trial.count);
}

/* Relaxes structures [first, first+count) of the trial. paths: [count], empty, or NULL. */
static enum gd_status relax_some(struct work *work, size_t first, size_t count, struct gd_set *paths)
{
    struct gd_context *context = work->context;
    const struct gd_relaxer relaxer = {.relaxation = &work->relax->relaxation,
                                       .potential = gd_state_get(context->state, "potential"),
                                       .system = work->ledger.system,
                                       .halt = halt,
                                       .done = done,
                                       .context = work};
    work->first = first;
    enum gd_status status = gd_failures_open(&work->failures, &work->ledger, work->numbers + first, count);
    if (!status)
        status = gd_relax_set(&relaxer, &work->trial, first, count, NULL, work->numbers + first, paths,
                              work->relaxed + first, context->threads, context->error);
    status = gd_failures_judge(&work->failures, status, &work->trial, first);
    for (size_t k = 0; !status && k < count; k++)
        status = record(work, first + k, paths ? &paths[k] : NULL);
    gd_failures_clear(&work->failures);
    return status;
}

/* The same, with paths when something looks at them. */
static enum gd_status relax_chunk(struct work *work, size_t first, size_t count)
{
    struct gd_structure like = gd_set_view(&work->trial, first);
    const bool seen = work->relax->keep == ALL || (work->ledger.target && !work->ledger.found);
    struct gd_set *paths = seen ? gd_array(count, sizeof *paths) : NULL;
    enum gd_status status = seen && !paths ? gd_no_memory(work->context->error, "relaxations") : GD_OK;
    for (size_t k = 0; paths && !status && k < count; k++)
        status = gd_set_init(&paths[k], &like, work->trial.fixed, work->context->error);
    if (!status)
        status = relax_some(work, first, count, paths);
    for (size_t k = 0; paths && k < count; k++)
        gd_set_clear(&paths[k]);
    free(paths);
    return status;
}

static enum gd_status relax_all(struct work *work)
{
    const size_t total = work->trial.count, ways = count_ways(work);
    enum gd_status status = GD_OK;
    for (size_t first = 0, count; !status && first < total; first += count) {
        count = total - first < ways ? total - first : ways;
        status = relax_chunk(work, first, count);
    }
    return status;
}

static void report(const struct work *work)
{
    const size_t *ends = work->ends;
    gd_figure(work->context, "steps", (double)work->steps);
    gd_figure(work->context, "converged", (double)ends[GD_RELAXED]);
    gd_figure(work->context, "unconverged", (double)ends[GD_RELAX_STEPS]);
}

/* Takes up the batch: what can be evaluated becomes the trial. */
static enum gd_status begin(struct work *work, struct gd_ledger_rules *rules)
{
    work->numbers = gd_array(work->batch->count, sizeof *work->numbers);
    work->relaxed = gd_array(work->batch->count, sizeof *work->relaxed);
    if (!work->numbers || !work->relaxed)
        return gd_no_memory(work->context->error, "the batch");
    gd_set_forget_paths(work->batch); /* also of those that are rejected at once */
    enum gd_status status =
        gd_ledger_take_up(&work->ledger, work->context, rules, work->batch, &work->trial, work->numbers);
    for (size_t k = 0; !status && k < work->batch->count; k++)
        gd_set_mark_moved(work->batch, k);
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    struct relax *relax = self;
    struct work work = {.context = context, .relax = relax, .batch = gd_state_get(context->state, "batch")};
    if (work.batch->count == 0)
        return GD_OK;
    enum gd_status status = begin(&work, &relax->rules);
    if (!status)
        status = relax_all(&work);
    if (!status) {
        report(&work);
        status = gd_ledger_close(&work.ledger, work.batch);
    }
    gd_set_clear(&work.trial);
    free(work.numbers);
    free(work.relaxed);
    return status;
}

static void check(struct gd_check *check, const void *self)
{
    const struct gd_potential *potential = gd_state_get(check->state, "potential");
    struct gd_error error = {0};
    gd_ledger_check(check, &((const struct relax *)self)->rules);
    gd_doubt_fmax(check, "fmax", ((const struct relax *)self)->relaxation.fmax);
    if (potential && gd_potential_require_forces(potential, &error))
        gd_check_problem(check, NULL, "%s", error.text);
}

const struct gd_stage gd_stage_relax = {
    .name = "relax",
    .summary = "Relaxes the batch into minima; valid and accepted structures join the archive.",
    .params = rows,
    .size = sizeof(struct relax),
    .reads = (const char *const[]){GD_LEDGER_READS, "batch", NULL},
    .may_read = (const char *const[]){GD_LEDGER_MAY_READ, NULL},
    .writes = (const char *const[]){"batch", GD_LEDGER_WRITES, NULL},
    .check = check,
    .run = run,
};
