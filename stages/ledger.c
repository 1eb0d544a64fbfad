#include "stages/ledger.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/coincidence.h"
#include "atoms/elements.h"
#include "atoms/overlap.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/sort.h"
#include "potentials/potential.h"
#include "stages/failed_file.h"

const char *const gd_on_failure_names[] = {"reject", "stop", NULL};

static enum gd_status judge(struct gd_ledger *ledger, const struct gd_set *set, size_t k)
{
    bool hit = false;
    enum gd_status status = GD_OK;
    if (ledger->target && !ledger->found)
        status = gd_target_hit(ledger->context, ledger->target, set, k, &hit);
    if (hit)
        ledger->found = set->serials[k];
    return status;
}

/* Judges the archive when the step is executed first: the run may have begun with it. */
static enum gd_status judge_archive(struct gd_ledger *ledger)
{
    const struct gd_set *archive = ledger->archive;
    const bool judged = !ledger->target || ledger->context->execution > 0;
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < archive->count && !judged && !ledger->found && !status; k++)
        status = judge(ledger, archive, k);
    return status;
}

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

enum gd_status gd_ledger_open(struct gd_ledger *ledger, struct gd_context *context, struct gd_ledger_rules *rules,
                              const struct gd_set *like)
{
    *ledger = (struct gd_ledger){
        .context = context,
        .rules = rules,
        .system = gd_state_get(context->state, "system"),
        .archive = set_slot(context, "archive", like),
        .best = set_slot(context, "best", like),
        .rejected = rejects_slot(context, like),
        .target = gd_state_get(context->state, "target"),
        .evaluations = gd_state_integer(context->state, "evaluations", 0),
        .found = gd_state_integer(context->state, "found", 0),
    };
    if (!ledger->archive || !ledger->best || !ledger->rejected)
        return context->error->status;
    char text[GD_TARGET_TEXT];
    ledger->passed = gd_target_is_passed(ledger->target, ledger->best, text, sizeof text);
    enum gd_status status = judge_archive(ledger);
    return status ? status
                  : gd_potential_keep_in(gd_state_get(context->state, "potential"), context->directory, context->error);
}

enum gd_status gd_ledger_reject(struct gd_ledger *ledger, const struct gd_set *from, size_t k, enum gd_reason reason)
{
    ledger->counts[reason]++;
    return gd_rejects_append(ledger->rejected, from, k, reason, ledger->context->error);
}

/* Whether all of a structure's [set->atoms][3] numbers in an array of the set are finite. */
static bool all_finite(const struct gd_set *set, const double *numbers, size_t k)
{
    return gd_all_finite(numbers + 3 * set->atoms * k, 3 * set->atoms);
}

/* Whether two atoms are too close, by distance or for their elements. */
static bool has_clash(const struct gd_ledger *ledger, const struct gd_structure *structure, size_t fixed)
{
    const struct gd_basis *basis = &ledger->system->basis;
    const double least = fmax(ledger->rules->clash, GD_ONE_PLACE), near = ledger->rules->near;
    return gd_clashes(structure, basis, fixed, least) || (near > 0 && gd_overlaps(structure, basis, fixed, near));
}

void gd_ledger_check(struct gd_check *check, const struct gd_ledger_rules *rules)
{
    const struct gd_system *system = gd_state_get(check->state, "system");
    int pair[2];
    const double bond = system ? gd_shortest_bond(&system->structure, system->fixed, true, pair) : NAN;
    if (rules->clash > bond)
        gd_check_warning(
            check, "clash",
            "%g Å is more than the length of a bond of %s and %s, %.2f Å by covalent radii: structures with "
            "such bonds are not evaluated",
            rules->clash, gd_element_symbol(pair[0]), gd_element_symbol(pair[1]), bond);
}

bool gd_ledger_clashes(const struct gd_ledger *ledger, const struct gd_set *set, size_t k)
{
    struct gd_structure structure = gd_set_view(set, k);
    return !all_finite(set, set->positions, k) || has_clash(ledger, &structure, set->fixed);
}

static enum gd_status drop_clashes(struct gd_ledger *ledger, const struct gd_set *batch, struct gd_set *trial,
                                   size_t *numbers)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; !status && k < batch->count; k++) {
        struct gd_structure structure = gd_set_view(batch, k);
        if (!all_finite(batch, batch->positions, k)) {
            status = gd_ledger_reject(ledger, batch, k, GD_NOT_FINITE);
        } else if (has_clash(ledger, &structure, batch->fixed)) {
            status = gd_ledger_reject(ledger, batch, k, GD_CLASH);
        } else {
            numbers[trial->count] = k + 1;
            status = gd_set_append(trial, batch, k, 1, ledger->context->error);
        }
    }
    return status;
}

enum gd_status gd_ledger_take_up(struct gd_ledger *ledger, struct gd_context *context, struct gd_ledger_rules *rules,
                                 const struct gd_set *batch, struct gd_set *trial, size_t *numbers)
{
    const struct gd_structure like = gd_set_view(batch, 0);
    enum gd_status status = gd_ledger_open(ledger, context, rules, batch);
    if (!status)
        status = gd_set_init(trial, &like, batch->fixed, context->error);
    return status ? status : drop_clashes(ledger, batch, trial, numbers);
}

static enum gd_status check_room(const struct gd_context *context, int64_t evaluations, uint64_t count)
{
    if (evaluations >= 0 && count <= (uint64_t)(INT64_MAX - evaluations))
        return GD_OK;
    return gd_fail(context->error, GD_FAILED, "%s: %" PRId64 " evaluations plus %" PRIu64 " exceed the counter",
                   context->step, evaluations, count);
}

enum gd_status gd_ledger_check_room(const struct gd_ledger *ledger, size_t count)
{
    return check_room(ledger->context, ledger->evaluations, count);
}

enum gd_status gd_count_calls(struct gd_context *context, int64_t calls)
{
    const int64_t evaluations = gd_state_integer(context->state, "evaluations", 0);
    const enum gd_status status = check_room(context, evaluations, (uint64_t)calls);
    return status ? status : gd_state_put_integer(context->state, "evaluations", evaluations + calls, context->error);
}

static enum gd_status accepts(const struct gd_ledger *ledger, const struct gd_set *set, size_t k, bool *accepted)
{
    const struct gd_context *context = ledger->context;
    const struct gd_choice *accept = &ledger->rules->accept;
    const struct gd_acceptance_class *class = (const struct gd_acceptance_class *)accept->component;
    const struct gd_value arguments[] = {{.kind = GD_VALUE_ITEM, .object = set, .index = k}, gd_value_state(context)};
    if (accept->function)
        return gd_function_bool(accept->function, arguments, 2, "accept", accepted, context->error);
    *accepted = class->accepts(accept->params, set, k, context->state);
    return GD_OK;
}

static enum gd_status take(struct gd_ledger *ledger, const struct gd_set *set, size_t k)
{
    struct gd_error *error = ledger->context->error;
    enum gd_status status = gd_set_append(ledger->archive, set, k, 1, error);
    if (!status && (ledger->best->count == 0 || set->energies[k] < ledger->best->energies[0])) {
        ledger->best->count = 0;
        status = gd_set_append(ledger->best, set, k, 1, error);
    }
    ledger->taken++;
    return status ? status : judge(ledger, set, k);
}

/* GD_REASONS when it is valid, else what is wrong with it. */
static enum gd_reason reason_of(const struct gd_ledger *ledger, const struct gd_set *set, size_t k)
{
    const struct gd_potential *potential = gd_state_get(ledger->context->state, "potential");
    if (!isfinite(set->energies[k]) || (!gd_potential_lacks_forces(potential) && !all_finite(set, set->forces, k)))
        return GD_NOT_FINITE;
    return set->energies[k] < ledger->rules->floor ? GD_BELOW_FLOOR : GD_REASONS;
}

bool gd_ledger_valid(const struct gd_ledger *ledger, const struct gd_set *set, size_t k)
{
    return reason_of(ledger, set, k) == GD_REASONS;
}

/* Gives a structure its number, and says the same. */
static enum gd_reason number(struct gd_ledger *ledger, struct gd_set *set, size_t k)
{
    set->serials[k] = ++ledger->evaluations;
    return reason_of(ledger, set, k);
}

enum gd_status gd_ledger_record(struct gd_ledger *ledger, struct gd_set *set, size_t k, bool *taken)
{
    const enum gd_reason reason = number(ledger, set, k);
    *taken = false;
    if (reason != GD_REASONS)
        return gd_ledger_reject(ledger, set, k, reason);
    enum gd_status status = accepts(ledger, set, k, taken);
    if (status)
        return status;
    return *taken ? take(ledger, set, k) : gd_ledger_reject(ledger, set, k, GD_NOT_ACCEPTED);
}

enum gd_status gd_ledger_record_failed(struct gd_ledger *ledger, struct gd_set *set, size_t k, const char *words)
{
    gd_set_forget_evaluation(set, k);
    number(ledger, set, k);
    ledger->counts[GD_NO_ENERGY]++;
    return gd_rejects_append_failed(ledger->rejected, set, k, words, ledger->context->error);
}

size_t gd_ledger_failed_last(const struct gd_ledger *ledger)
{
    const struct gd_rejects *rejects = ledger->rejected;
    const struct gd_set *archive = ledger->archive;
    const int64_t taken = archive->count ? archive->serials[archive->count - 1] : 0;
    const int64_t good = taken > ledger->last_good ? taken : ledger->last_good;
    size_t count = 0;
    for (size_t k = rejects->set.count; k > 0; k--) {
        if (rejects->reasons[k - 1] == GD_CLASH)
            continue; /* it was not evaluated */
        if (rejects->reasons[k - 1] != GD_NO_ENERGY || rejects->set.serials[k - 1] < good)
            break;
        count++;
    }
    return count;
}

enum gd_status gd_ledger_pass(struct gd_ledger *ledger, struct gd_set *set, size_t k)
{
    return number(ledger, set, k) == GD_REASONS ? judge(ledger, set, k) : GD_OK;
}

enum gd_status gd_ledger_keep(struct gd_ledger *ledger, const struct gd_set *set, size_t k)
{
    bool accepted = false;
    enum gd_status status = accepts(ledger, set, k, &accepted);
    return accepted && !status ? take(ledger, set, k) : status;
}

void gd_ledger_skip(struct gd_ledger *ledger, size_t count)
{
    ledger->evaluations += (int64_t)count;
}

static enum gd_status report_energies(const struct gd_ledger *ledger, const struct gd_set *batch)
{
    size_t n = 0;
    double *energies = gd_array(batch->count, sizeof *energies);
    if (!energies)
        return gd_no_memory(ledger->context->error, "energies");
    for (size_t k = 0; k < batch->count; k++)
        if (batch->serials[k] > 0)
            energies[n++] = batch->energies[k];
    if (n > 0) {
        const double median = gd_median(energies, n);
        gd_figure(ledger->context, "lowest", energies[0]);
        gd_figure(ledger->context, "median", median);
    }
    free(energies);
    return GD_OK;
}

/* The reason for which most were rejected. */
static enum gd_reason most_frequent_reason(const struct gd_ledger *ledger)
{
    enum gd_reason most = 0;
    for (enum gd_reason reason = 0; reason < GD_REASONS; reason++)
        if (ledger->counts[reason] > ledger->counts[most])
            most = reason;
    return most;
}

/* What there is in this pipeline against clashes: training only where some of it may have come before. */
static void advise_on_clashes(const struct gd_ledger *ledger, char *text, size_t size)
{
    const struct gd_system *system = ledger->system;
    const struct gd_context *context = ledger->context;
    const bool first = ledger->archive->count <= ledger->taken;
    const bool drawn = gd_state_get_untracked(context->state, "model") != NULL;
    const bool relaxes = context->stage && !strcmp(context->stage->name, "evaluate") &&
                         !gd_potential_lacks_forces(gd_state_get(context->state, "potential"));
    const char *const ways[] = {
        ledger->rules->clash > 0 ? "a smaller clash" : NULL,
        ledger->rules->near > 0 ? "a smaller near" : NULL,
        system->confined ? "a larger window" : NULL,
        system->region.count > 0 ? "a larger region" : NULL,
        drawn && !first ? "more training" : NULL,
        relaxes && first ? "relax in place of evaluate, which with a small clash moves atoms apart" : NULL,
    };
    size_t length = 0;
    snprintf(text, size, "atoms are at one place");
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
        if (ways[k])
            length += (size_t)snprintf(text + length, size - length, "%s %s", length ? ", or" : "use", ways[k]);
}

static void advise(const struct gd_ledger *ledger, enum gd_reason reason, char *text, size_t size)
{
    static const char *const advice[GD_REASONS] = {
        [GD_NOT_FINITE] = "use a larger clash to exclude them before evaluation",
        [GD_BELOW_FLOOR] = "use a lower floor to accept them",
        [GD_NOT_ACCEPTED] = "accept takes few",
        [GD_NO_ENERGY] = "failed.extxyz has them, and what the potential said",
    };
    if (reason == GD_CLASH)
        advise_on_clashes(ledger, text, size);
    else
        snprintf(text, size, "%s", advice[reason]);
}

/* Whether so many rejections are worth a warning: more than half of `count` structures. A single structure, such as the
 * proposal of a chain, counts together with all before it. */
static bool are_many(const struct gd_ledger *ledger, size_t count)
{
    const size_t rejected = count - ledger->taken;
    return rejected > count / 2 && (count > 1 || ledger->rejected->set.count > ledger->archive->count);
}

/* Says so when many of `count` structures were rejected: once for every main reason. */
static void warn(const struct gd_ledger *ledger, size_t count)
{
    const struct gd_context *context = ledger->context;
    const enum gd_reason most = most_frequent_reason(ledger);
    char reasons[200] = "", text[200];
    if (!are_many(ledger, count) || ledger->rules->warned[most])
        return;
    ledger->rules->warned[most] = true;
    for (size_t reason = 0, length = 0; reason < GD_REASONS; reason++)
        if (ledger->counts[reason])
            length += (size_t)snprintf(reasons + length, sizeof reasons - length, "%s%zu %s", length ? ", " : "",
                                       ledger->counts[reason], gd_reason_names[reason]);
    advise(ledger, most, text, sizeof text);
    gd_message(context, GD_WARNING, "%s: %zu of %zu structures were rejected (%s): %s", context->step,
               count - ledger->taken, count, reasons, text);
}

/* Passes on what the potential finds doubtful, once. */
static void warn_about_potential(const struct gd_ledger *ledger)
{
    const struct gd_context *context = ledger->context;
    char text[512];
    if (ledger->rules->doubted || !gd_potential_warning(gd_state_get(context->state, "potential"), text, sizeof text))
        return;
    ledger->rules->doubted = true;
    gd_message(context, GD_WARNING, "%s: %s", context->step, text);
}

static void warn_about_target(const struct gd_ledger *ledger)
{
    const struct gd_context *context = ledger->context;
    char text[GD_TARGET_TEXT];
    if (!ledger->passed && gd_target_is_passed(ledger->target, ledger->best, text, sizeof text))
        gd_message(context, GD_WARNING, "%s: %s", context->step, text);
}

enum gd_status gd_ledger_close(struct gd_ledger *ledger, const struct gd_set *batch)
{
    struct gd_context *context = ledger->context;
    size_t count = ledger->taken;
    enum gd_status status = report_energies(ledger, batch);
    gd_figure(context, "taken", (double)ledger->taken);
    for (int reason = 0; reason < GD_REASONS; reason++) {
        gd_figure(context, gd_reason_names[reason], (double)ledger->counts[reason]);
        count += ledger->counts[reason];
    }
    if (!status)
        status = gd_state_put_integer(context->state, "evaluations", ledger->evaluations, context->error);
    if (!status && (ledger->counts[GD_NO_ENERGY] || !ledger->rules->listed))
        status = gd_failed_write(context, ledger->rejected);
    ledger->rules->listed = true;
    if (!status && ledger->target)
        status = gd_state_put_integer(context->state, "found", ledger->found, context->error);
    if (!status) {
        warn(ledger, count);
        warn_about_potential(ledger);
        warn_about_target(ledger);
    }
    return status;
}
