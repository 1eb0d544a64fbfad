/* Stage `evaluate`: energies and forces of the batch; what is valid joins the archive.
 *
 * Valid is relative, never a matter of the potential's zero: no clash under the minimum image, finite positions (what
 * fails in these is not evaluated and does not count), finite energy and forces, above the floor if one is set. What is
 * valid and accepted joins the archive. All else goes to `rejected`, with its reason. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "atoms/coincidence.h"
#include "atoms/system.h"
#include "engine/base/memory.h"
#include "engine/base/sort.h"
#include "engine/run/context.h"
#include "potentials/potential.h"
#include "stages/acceptance.h"
#include "stages/slots.h"
#include "stages/target.h"

struct evaluate {
    double clash, floor;
    struct gd_choice accept;
    bool warned[GD_REASONS]; /* that this is why most of a batch was rejected */
};

static const struct gd_param rows[] = {
    {.name = "clash",
     .type = GD_FLOAT,
     .offset = offsetof(struct evaluate, clash),
     .initial = "1.0",
     .min = 0,
     .max = 100,
     .unit = "Å",
     .help = "structures with two atoms closer than this are not evaluated"},
    {.name = "floor",
     .type = GD_FLOAT,
     .offset = offsetof(struct evaluate, floor),
     .initial = "-1e300",
     .unit = "eV",
     .help = "structures below this energy are unphysical and rejected"},
    {.name = "accept",
     .type = GD_COMPONENT,
     .offset = offsetof(struct evaluate, accept),
     .kind = "acceptance",
     .initial = "valid",
     .help = "which valid structures are accepted"},
    {0},
};

/* The slots that an evaluation adds to. */
struct ledger {
    const struct gd_system *system;
    struct gd_set *archive, *best;
    struct gd_rejects *rejected;
    struct gd_target *target; /* or NULL */
    int64_t evaluations, found;
    size_t counts[GD_REASONS], taken;
    size_t *numbers; /* in the batch, from 1, of the structures that are evaluated */
};

/* The slot's set, made empty when nothing wrote it before. */
static struct gd_set *set_slot(struct gd_context *context, const char *slot, const struct gd_set *like)
{
    struct gd_set *set = gd_state_get(context->state, slot);
    if (set)
        return set;
    set = gd_set_copy(like, NULL, 0, context->error);
    if (!set)
        return NULL;
    return gd_state_put(context->state, slot, set, context->error) == GD_OK ? set : NULL;
}

static struct gd_rejects *rejects_slot(struct gd_context *context, const struct gd_set *like)
{
    struct gd_rejects *rejects = gd_state_get(context->state, "rejected");
    if (rejects)
        return rejects;
    rejects = gd_rejects_new(like, context->error);
    if (!rejects)
        return NULL;
    return gd_state_put(context->state, "rejected", rejects, context->error) == GD_OK ? rejects : NULL;
}

static enum gd_status open_ledger(struct gd_context *context, const struct gd_set *batch, struct ledger *ledger)
{
    *ledger = (struct ledger){
        .system = gd_state_get(context->state, "system"),
        .archive = set_slot(context, "archive", batch),
        .best = set_slot(context, "best", batch),
        .rejected = rejects_slot(context, batch),
        .target = gd_state_get(context->state, "target"),
        .evaluations = gd_state_integer(context->state, "evaluations", 0),
        .found = gd_state_integer(context->state, "found", 0),
    };
    return ledger->archive && ledger->best && ledger->rejected ? GD_OK : context->error->status;
}

static enum gd_status close_ledger(struct gd_context *context, const struct ledger *ledger)
{
    gd_figure(context, "taken", (double)ledger->taken);
    for (int reason = 0; reason < GD_REASONS; reason++)
        gd_figure(context, gd_reason_names[reason], (double)ledger->counts[reason]);
    enum gd_status status = gd_state_put_integer(context->state, "evaluations", ledger->evaluations, context->error);
    if (!status && ledger->target)
        status = gd_state_put_integer(context->state, "found", ledger->found, context->error);
    return status;
}

static enum gd_status reject(struct ledger *ledger, const struct gd_set *from, size_t k, enum gd_reason reason,
                             struct gd_error *error)
{
    ledger->counts[reason]++;
    return gd_rejects_append(ledger->rejected, from, k, reason, error);
}

/* Whether all of a structure's [set->atoms][3] numbers in an array of the set are finite. */
static bool all_finite(const struct gd_set *set, const double *numbers, size_t k)
{
    size_t n = set->atoms * 3;
    for (size_t c = k * n; c < (k + 1) * n; c++)
        if (!isfinite(numbers[c]))
            return false;
    return true;
}

/* The structures of the batch that can be evaluated, into `trial`. Two atoms at one place are a clash always. */
static enum gd_status drop_clashes(struct ledger *ledger, const struct gd_set *batch, double clash,
                                   struct gd_set *trial, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    const double least = fmax(clash, GD_ONE_PLACE);
    for (size_t k = 0; !status && k < batch->count; k++) {
        struct gd_structure structure = gd_set_view(batch, k);
        if (!all_finite(batch, batch->positions, k)) {
            status = reject(ledger, batch, k, GD_NOT_FINITE, error);
        } else if (gd_closest_pair(&structure, &ledger->system->basis, batch->fixed, least, NULL, NULL) < least) {
            status = reject(ledger, batch, k, GD_CLASH, error);
        } else {
            ledger->numbers[trial->count] = k + 1;
            status = gd_set_append(trial, batch, k, 1, error);
        }
    }
    return status;
}

static enum gd_status accepts(const struct gd_context *context, const struct gd_choice *accept,
                              const struct gd_set *trial, size_t k, bool *accepted)
{
    const struct gd_acceptance_class *class = (const struct gd_acceptance_class *)accept->component;
    const struct gd_value arguments[] = {{.kind = GD_VALUE_ITEM, .object = trial, .index = k}, gd_value_state(context)};
    if (accept->function)
        return gd_function_bool(accept->function, arguments, 2, "accept", accepted, context->error);
    *accepted = class->accepts(accept->params, trial, k, context->state);
    return GD_OK;
}

static enum gd_status take(const struct gd_context *context, struct ledger *ledger, const struct gd_set *trial,
                           size_t k)
{
    bool hit = false;
    struct gd_error *error = context->error;
    enum gd_status status = gd_set_append(ledger->archive, trial, k, 1, error);
    if (!status && (ledger->best->count == 0 || trial->energies[k] < ledger->best->energies[0])) {
        ledger->best->count = 0;
        status = gd_set_append(ledger->best, trial, k, 1, error);
    }
    if (!status && ledger->target && !ledger->found)
        status = gd_target_hit(context, ledger->target, trial, k, &hit);
    if (hit)
        ledger->found = trial->serials[k];
    ledger->taken++;
    return status;
}

/* Evaluated structures, each to where it belongs. */
static enum gd_status record_structure(const struct gd_context *context, const struct evaluate *evaluate,
                                       struct ledger *ledger, struct gd_set *trial)
{
    struct gd_error *error = context->error;
    enum gd_status status = GD_OK;
    bool accepted;
    if (ledger->evaluations < 0 || trial->count > (uint64_t)(INT64_MAX - ledger->evaluations))
        return gd_fail(error, GD_FAILED, "%s: %" PRId64 " evaluations plus %zu exceed the counter", context->step,
                       ledger->evaluations, trial->count);
    for (size_t k = 0; !status && k < trial->count; k++) {
        trial->serials[k] = ++ledger->evaluations;
        if (!isfinite(trial->energies[k]) || !all_finite(trial, trial->forces, k))
            status = reject(ledger, trial, k, GD_NOT_FINITE, error);
        else if (trial->energies[k] < evaluate->floor)
            status = reject(ledger, trial, k, GD_BELOW_FLOOR, error);
        else if ((status = accepts(context, &evaluate->accept, trial, k, &accepted)) == GD_OK)
            status = accepted ? take(context, ledger, trial, k) : reject(ledger, trial, k, GD_NOT_ACCEPTED, error);
    }
    return status;
}

/* Lowest and median energy of what this step has taken: the last `taken` of the archive. */
static enum gd_status report_energies(const struct gd_context *context, const struct ledger *ledger)
{
    size_t n = ledger->taken;
    if (n == 0)
        return GD_OK;
    double *energies = gd_array(n, sizeof *energies);
    if (!energies)
        return gd_no_memory(context->error, "energies");
    for (size_t k = 0; k < n; k++)
        energies[k] = ledger->archive->energies[ledger->archive->count - n + k];
    const double median = gd_median(energies, n);
    gd_figure(context, "lowest", energies[0]);
    gd_figure(context, "median", median);
    free(energies);
    return GD_OK;
}

/* The reason for which most were rejected. */
static enum gd_reason most_frequent_reason(const struct ledger *ledger)
{
    enum gd_reason most = 0;
    for (enum gd_reason reason = 0; reason < GD_REASONS; reason++)
        if (ledger->counts[reason] > ledger->counts[most])
            most = reason;
    return most;
}

/* Says so when more than half of a batch was rejected: once for every main reason. */
static void warn(const struct gd_context *context, struct evaluate *evaluate, const struct ledger *ledger, size_t count)
{
    static const char *const advice[GD_REASONS] = {
        [GD_CLASH] = "use a smaller clash, a larger window or more training",
        [GD_NOT_FINITE] = "use a larger clash to exclude them before evaluation",
        [GD_BELOW_FLOOR] = "use a lower floor to accept them",
        [GD_NOT_ACCEPTED] = "accept takes few",
    };
    const enum gd_reason most = most_frequent_reason(ledger);
    char reasons[160] = "";
    if (count - ledger->taken <= count / 2 || evaluate->warned[most])
        return;
    evaluate->warned[most] = true;
    for (size_t reason = 0, length = 0; reason < GD_REASONS; reason++)
        if (ledger->counts[reason])
            length += (size_t)snprintf(reasons + length, sizeof reasons - length, "%s%zu %s", length ? ", " : "",
                                       ledger->counts[reason], gd_reason_names[reason]);
    gd_message(context, GD_WARNING, "%s: %zu of %zu structures were rejected (%s): %s", context->step,
               count - ledger->taken, count, reasons, advice[most]);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    struct evaluate *evaluate = self;
    const struct gd_set *batch = gd_state_get(context->state, "batch");
    const struct gd_potential *potential = gd_state_get(context->state, "potential");
    struct ledger ledger;
    struct gd_set trial = {0};
    if (batch->count == 0)
        return GD_OK;
    struct gd_structure like = gd_set_view(batch, 0);
    enum gd_status status = open_ledger(context, batch, &ledger);
    if (!status && !(ledger.numbers = gd_array(batch->count, sizeof *ledger.numbers)))
        status = gd_no_memory(context->error, "the batch");
    if (!status)
        status = gd_set_init(&trial, &like, batch->fixed, context->error);
    if (!status)
        status = drop_clashes(&ledger, batch, evaluate->clash, &trial, context->error);
    if (!status)
        status = gd_potential_evaluate_set(potential, &trial, 0, trial.count, ledger.numbers, context->threads,
                                           context->error);
    if (!status)
        status = record_structure(context, evaluate, &ledger, &trial);
    if (!status)
        status = report_energies(context, &ledger);
    if (!status)
        status = close_ledger(context, &ledger);
    if (!status)
        warn(context, evaluate, &ledger, batch->count);
    gd_set_clear(&trial);
    free(ledger.numbers);
    return status;
}

const struct gd_stage gd_stage_evaluate = {
    .name = "evaluate",
    .summary = "Energies and forces of the batch; valid and accepted structures join the archive.",
    .params = rows,
    .size = sizeof(struct evaluate),
    .reads = (const char *const[]){"system", "potential", "batch", NULL},
    .may_read = (const char *const[]){"target", "temperature", NULL}, /* the latter for acceptance */
    .writes = (const char *const[]){"archive", "evaluations", "best", "rejected", "found", NULL},
    .run = run,
};
