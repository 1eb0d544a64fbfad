/* Stage `select`: keeps some structures of a set, either by their energies, as a selection says, or of the batch those
 * that are worth an evaluation. Of these a share is chosen by the energy that the model predicts, the lowest; a share
 * by novelty, the one after the other that is farthest from the archive and from what is chosen already (farthest-point
 * selection: Gonzalez, Theor. Comput. Sci. 38, 293 (1985)); the rest at random. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/overlap.h"
#include "atoms/system.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/sort.h"
#include "engine/run/context.h"
#include "model/head.h"
#include "model/model.h"
#include "stages/fingerprint.h"
#include "stages/predict.h"
#include "stages/reservoir.h"
#include "stages/selection.h"

enum source { BATCH, POPULATION, ARCHIVE };

static const char *const sources[] = {"batch", "population", "archive", NULL};
static const char *const sinks[] = {"batch", "population", NULL};

struct select {
    int64_t keep;
    struct gd_choice by;
    double lowest, novel, clash;
    struct gd_choice fingerprint;
    int from, into; /* enum source */
};

static const struct gd_param rows[] = {
    {.name = "keep",
     .type = GD_INT,
     .offset = offsetof(struct select, keep),
     .initial = "128",
     .example = "2",
     .min = 1,
     .max = 1e7,
     .help = "structures to keep"},
    {.name = "by",
     .type = GD_COMPONENT,
     .offset = offsetof(struct select, by),
     .kind = "selection",
     .optional = true,
     .help = "how they are chosen by their energies; left out: by the shares `lowest` and `novel`, and at random"},
    {.name = "lowest",
     .type = GD_FLOAT,
     .offset = offsetof(struct select, lowest),
     .initial = "0",
     .min = 0,
     .max = 1,
     .needs = "!by",
     .help = "share of them with the lowest energies that the model predicts, which needs a head for energies"},
    {.name = "novel",
     .type = GD_FLOAT,
     .offset = offsetof(struct select, novel),
     .initial = "0.2",
     .min = 0,
     .max = 1,
     .needs = "!by",
     .help = "share of them that is chosen by novelty; what is left of the shares is chosen at random"},
    {.name = "clash",
     .type = GD_FLOAT,
     .offset = offsetof(struct select, clash),
     .initial = "1.0",
     .min = 0,
     .max = 100,
     .unit = "Å",
     .help = "structures with two atoms closer than this are kept only when there are too few others"},
    {.name = "fingerprint",
     .type = GD_COMPONENT,
     .offset = offsetof(struct select, fingerprint),
     .kind = "fingerprint",
     .initial = "distances",
     .help = "what tells structures apart: a new one is far from others by its distance"},
    {.name = "from",
     .type = GD_CHOICE,
     .offset = offsetof(struct select, from),
     .choices = sources,
     .initial = "batch",
     .help = "the structures to choose from"},
    {.name = "into",
     .type = GD_CHOICE,
     .offset = offsetof(struct select, into),
     .choices = sinks,
     .initial = "batch",
     .help = "what the chosen ones become"},
    {0},
};

/* The structures of a batch, and which of them are chosen. */
struct selection {
    const struct gd_system *system;
    const struct gd_choice *fingerprint;
    int threads;
    const struct gd_set *batch, *archive; /* archive: what was evaluated, or NULL */
    struct gd_set *candidates;            /* those without a clash */
    size_t *numbers;                      /* [candidates->count] their places in the batch */
    bool *chosen;                         /* [batch->count] */
    size_t *left;                         /* [batch->count] scratch */
    size_t count;                         /* chosen */
    double novelty;                       /* how far the last one chosen by novelty was from all others */
};

static enum gd_status find_candidates(struct selection *selection, double clash, struct gd_error *error)
{
    const struct gd_set *batch = selection->batch;
    size_t count = 0;
    for (size_t k = 0; k < batch->count; k++) {
        struct gd_structure structure = gd_set_view(batch, k);
        if (gd_all_finite(structure.positions[0], 3 * batch->atoms) &&
            !gd_clashes(&structure, &selection->system->basis, batch->fixed, clash))
            selection->numbers[count++] = k;
    }
    selection->candidates = gd_set_copy(batch, selection->numbers, count, error);
    return selection->candidates ? GD_OK : error->status;
}

static void choose(struct selection *selection, size_t number)
{
    selection->chosen[number] = true;
    selection->count++;
}

/* Lists the candidates that are left, in order; returns how many. */
static size_t list_left(struct selection *selection)
{
    size_t count = 0;
    for (size_t k = 0; k < selection->candidates->count; k++)
        if (!selection->chosen[selection->numbers[k]])
            selection->left[count++] = k;
    return count;
}

/* Chooses up to `count` candidates, those with the lowest energies. */
static enum gd_status choose_lowest(struct gd_context *context, struct selection *selection, size_t count)
{
    const struct gd_set *set = selection->candidates;
    float *predicted = gd_array(set->count, sizeof *predicted);
    double *energies = gd_array(set->count, sizeof *energies);
    size_t *order = gd_array(set->count, sizeof *order);
    enum gd_status status = predicted && energies && order ? GD_OK : gd_no_memory(context->error, "energies");
    if (!status)
        status = gd_predict_energies(context, gd_state_get(context->state, "model"), set, predicted);
    for (size_t k = 0; k < set->count && !status; k++) {
        energies[k] = (double)predicted[k];
        order[k] = k;
    }
    if (!status) {
        gd_sort_places(order, set->count, energies);
        for (size_t k = 0; k < count && k < set->count; k++)
            choose(selection, selection->numbers[order[k]]);
    }
    free(predicted);
    free(energies);
    free(order);
    return status;
}

/* The distances of the candidates from the nearest one of the archive; infinite without any. */
static enum gd_status measure(const struct selection *selection, const struct gd_fingerprints *candidates,
                              double *nearest, struct gd_error *error)
{
    const struct gd_set *archive = selection->archive;
    struct gd_fingerprints known = {0};
    enum gd_status status = archive ? gd_fingerprints_make(&known, selection->fingerprint, selection->system, archive,
                                                           selection->threads, error)
                                    : GD_OK;
    for (size_t k = 0; k < candidates->count && !status; k++) {
        nearest[k] = INFINITY;
        for (size_t j = 0; j < known.count; j++)
            nearest[k] = fmin(nearest[k], gd_fingerprint_distance(candidates, k, &known, j));
    }
    gd_fingerprints_clear(&known);
    return status;
}

/* The same for the distances from what is chosen already. */
static void measure_chosen(const struct selection *selection, const struct gd_fingerprints *candidates, double *nearest)
{
    for (size_t j = 0; j < candidates->count; j++)
        for (size_t k = 0; k < candidates->count && selection->chosen[selection->numbers[j]]; k++)
            nearest[k] = fmin(nearest[k], gd_fingerprint_distance(candidates, k, candidates, j));
}

/* Chooses up to `count` of those that are left, the farthest first; of equals the one with the lowest number. */
static void choose_farthest(struct selection *selection, const struct gd_fingerprints *candidates, double *nearest,
                            size_t count)
{
    size_t left;
    for (; count > 0 && (left = list_left(selection)) > 0; count--) {
        size_t farthest = selection->left[0];
        for (size_t k = 1; k < left; k++)
            if (nearest[selection->left[k]] > nearest[farthest])
                farthest = selection->left[k];
        selection->novelty = nearest[farthest];
        choose(selection, selection->numbers[farthest]);
        for (size_t k = 0; k < candidates->count; k++)
            nearest[k] = fmin(nearest[k], gd_fingerprint_distance(candidates, k, candidates, farthest));
    }
}

static enum gd_status choose_novel(struct selection *selection, size_t count, struct gd_error *error)
{
    const struct gd_set *set = selection->candidates;
    struct gd_fingerprints fingerprints = {0};
    double *nearest = gd_array(set->count, sizeof *nearest);
    enum gd_status status = nearest ? GD_OK : gd_no_memory(error, "distances of structures");
    if (!status)
        status = gd_fingerprints_make(&fingerprints, selection->fingerprint, selection->system, set, selection->threads,
                                      error);
    if (!status)
        status = measure(selection, &fingerprints, nearest, error);
    if (!status) {
        measure_chosen(selection, &fingerprints, nearest);
        choose_farthest(selection, &fingerprints, nearest, count);
    }
    gd_fingerprints_clear(&fingerprints);
    free(nearest);
    return status;
}

/* Chooses up to `count` of those that are left, all with the same chance. */
static enum gd_status choose_random(struct selection *selection, size_t count, struct gd_stream *stream,
                                    struct gd_error *error)
{
    size_t left = list_left(selection), drawn = 0;
    double *even = gd_array(left, sizeof *even); /* log weights: 0 */
    size_t *places = gd_array(left, sizeof *places);
    enum gd_status status = even && places ? GD_OK : gd_no_memory(error, "structures to choose from");
    if (!status)
        status = gd_reservoir_sample(even, left, count, stream, places, &drawn, error);
    for (size_t k = 0; k < drawn && !status; k++)
        choose(selection, selection->numbers[selection->left[places[k]]]);
    free(even);
    free(places);
    return status;
}

/* What is missing is made up of structures with a clash, which an evaluation will count as such. */
static void fill_up(struct selection *selection, size_t keep)
{
    for (size_t k = 0; k < selection->batch->count && selection->count < keep; k++)
        if (!selection->chosen[k])
            choose(selection, k);
}

/* How many of `keep` structures a share is. */
static size_t share_of(double share, size_t keep)
{
    return (size_t)(share * (double)keep + 0.5);
}

static enum gd_status choose_all(struct gd_context *context, const struct select *select, struct selection *selection,
                                 size_t keep)
{
    struct gd_stream stream = gd_context_stream(context, 0);
    size_t lowest = share_of(select->lowest, keep), novel = share_of(select->novel, keep);
    novel = novel < keep - lowest ? novel : keep - lowest; /* both may have been rounded up */
    enum gd_status status = find_candidates(selection, select->clash, context->error);
    if (!status && lowest > 0)
        status = choose_lowest(context, selection, lowest);
    if (!status && novel > 0)
        status = choose_novel(selection, novel, context->error);
    if (!status)
        status = choose_random(selection, keep - selection->count, &stream, context->error);
    if (!status)
        fill_up(selection, keep);
    return status;
}

/* Whether the selection takes the temperature of the slot. */
static bool needs_temperature(const struct select *select)
{
    const struct gd_selection_class *class = (const struct gd_selection_class *)select->by.component;
    return class && class->needs_temperature && class->needs_temperature(select->by.params);
}

/* Whether what is new is what the archive has not. */
static bool looks_back(const struct select *select)
{
    return select->novel > 0 && select->from != ARCHIVE && !select->by.component;
}

/* Puts the chosen structures of a set in place. They are not what a model has drawn any more, so that their paths have
 * no weight. */
static enum gd_status put(struct gd_context *context, const struct select *select, const struct gd_set *set,
                          const size_t *chosen, size_t count)
{
    struct gd_set *kept = gd_set_copy(set, chosen, count, context->error);
    if (kept)
        gd_set_forget_paths(kept);
    return kept ? gd_state_put(context->state, sinks[select->into], kept, context->error) : context->error->status;
}

/* Only the chosen structures, in the order of the batch. */
static enum gd_status commit(struct gd_context *context, const struct select *select, struct selection *selection)
{
    const struct gd_set *batch = selection->batch;
    size_t count = 0;
    for (size_t k = 0; k < batch->count; k++)
        if (selection->chosen[k])
            selection->left[count++] = k;
    gd_figure(context, "kept", (double)count);
    gd_figure(context, "dropped", (double)(batch->count - count));
    gd_figure(context, "clash", (double)(batch->count - selection->candidates->count));
    gd_figure(context, "novelty", selection->novelty);
    return put(context, select, batch, selection->left, count);
}

static enum gd_status run_shares(struct gd_context *context, const struct select *select)
{
    struct selection selection = {.system = gd_state_get(context->state, "system"),
                                  .fingerprint = &select->fingerprint,
                                  .threads = context->threads,
                                  .batch = gd_state_get(context->state, sources[select->from]),
                                  .archive = looks_back(select) ? gd_state_get(context->state, "archive") : NULL,
                                  .novelty = NAN};
    const size_t drawn = selection.batch->count, keep = drawn < (size_t)select->keep ? drawn : (size_t)select->keep;
    selection.chosen = gd_array(drawn, sizeof *selection.chosen);
    selection.numbers = gd_array(drawn, sizeof *selection.numbers);
    selection.left = gd_array(drawn, sizeof *selection.left);
    enum gd_status status =
        selection.chosen && selection.numbers && selection.left ? GD_OK : gd_no_memory(context->error, "the batch");
    if (!status)
        status = choose_all(context, select, &selection, keep);
    if (!status)
        status = commit(context, select, &selection);
    gd_set_free(selection.candidates);
    free(selection.chosen);
    free(selection.numbers);
    free(selection.left);
    return status;
}

/* --- By energies -------------------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    const size_t one = *(const size_t *)a, other = *(const size_t *)b;
    return (one > other) - (one < other);
}

/* The places in the set of structures with an energy, in `places`; returns how many. */
static size_t list_evaluated(const struct gd_set *set, size_t *places)
{
    size_t count = 0;
    for (size_t k = 0; k < set->count; k++)
        if (isfinite(set->energies[k]) && gd_all_finite(set->positions + 3 * set->atoms * k, 3 * set->atoms))
            places[count++] = k;
    return count;
}

/* Of the structures at `places`, which are set to the places of those that are chosen, in order. */
static enum gd_status choose_by(struct gd_context *context, const struct select *select, const struct gd_set *set,
                                size_t *places, size_t evaluated, size_t *count)
{
    const struct gd_selection_class *class = (const struct gd_selection_class *)select->by.component;
    struct gd_stream stream = gd_context_stream(context, 0);
    struct gd_set *candidates = gd_set_copy(set, places, evaluated, context->error);
    size_t *chosen = gd_array((size_t)select->keep, sizeof *chosen);
    enum gd_status status = candidates ? GD_OK : context->error->status;
    if (!status && !chosen)
        status = gd_no_memory(context->error, "structures to choose from");
    if (!status) {
        const struct gd_candidates of = {
            .system = gd_state_get(context->state, "system"),
            .set = candidates,
            .temperature = needs_temperature(select) ? gd_state_real(context->state, "temperature", 0) : 0,
            .stream = &stream,
            .threads = context->threads};
        status = gd_status_require_message(
            class->choose(select->by.params, &of, (size_t)select->keep, chosen, count, context->error), context->error,
            class->base.name);
    }
    if (!status) {
        for (size_t k = 0; k < *count; k++)
            chosen[k] = places[chosen[k]];
        qsort(chosen, *count, sizeof *chosen, by_number);
        memcpy(places, chosen, *count * sizeof *places);
    }
    gd_set_free(candidates);
    free(chosen);
    return status;
}

static enum gd_status run_by(struct gd_context *context, const struct select *select)
{
    const struct gd_set *set = gd_state_get(context->state, sources[select->from]);
    size_t *places = gd_array(set->count, sizeof *places), count = 0;
    enum gd_status status = places ? GD_OK : gd_no_memory(context->error, "structures to choose from");
    if (!status) {
        const size_t evaluated = count = list_evaluated(set, places);
        if (evaluated > (size_t)select->keep)
            status = choose_by(context, select, set, places, evaluated, &count);
    }
    const size_t dropped = set->count - count;
    if (!status)
        status = put(context, select, set, places, count);
    free(places);
    if (status)
        return status;
    gd_figure(context, "kept", (double)count);
    gd_figure(context, "dropped", (double)dropped);
    return GD_OK;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct select *select = self;
    return select->by.component ? run_by(context, select) : run_shares(context, select);
}

/* --- The stage ---------------------------------------------------------------------------------------------------- */

/* The archive says what is new, and the model what is low. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct select *select = self;
    if (use == GD_WRITES)
        return !strcmp(slot, sinks[select->into]);
    if (use == GD_MAY_READ)
        return looks_back(select);
    return !strcmp(slot, "system") || !strcmp(slot, sources[select->from]) ||
           (!strcmp(slot, "temperature") && needs_temperature(select)) ||
           (!strcmp(slot, "model") && select->lowest > 0 && !select->by.component);
}

static void check(struct gd_check *check, const void *self)
{
    const struct select *select = self;
    const struct gd_model *model = gd_state_get(check->state, "model");
    if (select->by.component && select->lowest > 0)
        gd_check_problem(check, "lowest",
                         "%g is a share of a choice without `by`, but `by` is %s here: leave one of them out",
                         select->lowest, select->by.component->name);
    if (select->lowest + select->novel > 1)
        gd_check_problem(check, "lowest", "%g and novel, %g, are more than 1 together", select->lowest, select->novel);
    if (select->lowest > 0 && !select->by.component && model && !gd_model_has_head(model, &gd_head_energy))
        gd_check_problem(check, "lowest", "the model predicts no energies: it has no head \"%s\"", gd_head_energy.name);
    else if (select->lowest > 0 && !select->by.component && !gd_check_stepped(check, "model"))
        gd_check_warning(check, "lowest",
                         "no step before this one trains the model or loads one: its energies are random numbers");
}

const struct gd_stage gd_stage_select = {
    .name = "select",
    .summary = "Keeps some structures of the batch, population or archive, low and new ones among them.",
    .params = rows,
    .size = sizeof(struct select),
    .reads = (const char *const[]){"system", "batch", "population", "archive", "temperature", "model", NULL},
    .may_read = (const char *const[]){"archive", NULL},
    .writes = (const char *const[]){"batch", "population", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
