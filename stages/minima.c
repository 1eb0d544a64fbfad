/* Section `minima`: the lowest distinct structures of the archive, relaxed at the end of a run.
 *
 * What the search has counted stays as it is: archive, best structure, evaluations and target are not touched. A run
 * that was extended comes to its end again: minima that only the earlier end has found stay where they are lower, or
 * the only ones that hit the target. */
#include "stages/minima.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "atoms/window.h"
#include "engine/base/memory.h"
#include "engine/base/sort.h"
#include "engine/run/context.h"
#include "potentials/relax.h"
#include "stages/doubt.h"
#include "stages/fingerprint.h"
#include "stages/selection.h"
#include "stages/target.h"

struct section {
    int64_t count;
    struct gd_relaxation relaxation;
    struct gd_choice fingerprint;
    double energy;
};

static const struct gd_param rows[] = {
    {.name = "count",
     .type = GD_INT,
     .offset = offsetof(struct section, count),
     .initial = "20",
     .example = "4",
     .min = 0,
     .max = 1e6,
     .help = "how many of the lowest distinct structures of the archive are relaxed; 0: none"},
    GD_RELAXATION_ROWS(struct section, "0.05", "200"),
    {.name = "fingerprint",
     .type = GD_COMPONENT,
     .offset = offsetof(struct section, fingerprint),
     .kind = "fingerprint",
     .initial = "distances",
     .help = "what tells structures apart, and how near they must be to count as the same"},
    {.name = "energy",
     .type = GD_FLOAT,
     .offset = offsetof(struct section, energy),
     .initial = "0.02",
     .min = 0,
     .max = 1e6,
     .unit = "eV",
     .help = "structures whose energies differ by more are not the same"},
    {0},
};

/* --- Distinct structures ------------------------------------------------------------------------------------------ */

/* Structures that differ from each other, found one after another. */
struct distinct {
    const struct section *section;
    struct gd_fingerprints prints; /* [count] of them, in memory for `most` */
    double *energies;              /* [most] */
    size_t most;
};

static void clear_distinct(struct distinct *distinct)
{
    free(distinct->energies);
    gd_fingerprints_clear(&distinct->prints);
}

/* Which of the distinct structures number i of some others, with this energy, is the same as; their count when it is
 * another. */
static size_t find_same(const struct distinct *distinct, const struct gd_fingerprints *prints, size_t i, double energy)
{
    size_t k = 0;
    while (k < distinct->prints.count && !(fabs(distinct->energies[k] - energy) <= distinct->section->energy &&
                                           gd_fingerprint_same(&distinct->prints, k, prints, i)))
        k++;
    return k;
}

/* Adds it. */
static enum gd_status add_distinct(struct distinct *distinct, const struct gd_fingerprints *prints, size_t i,
                                   double energy, struct gd_error *error)
{
    const size_t length = prints->length, k = distinct->prints.count;
    if (k == 0) {
        distinct->prints = (struct gd_fingerprints){prints->type, prints->params, 0, length,
                                                    gd_array(distinct->most, length * sizeof(double))};
        distinct->energies = gd_array(distinct->most, sizeof *distinct->energies);
    }
    if (!distinct->prints.values || !distinct->energies)
        return gd_no_memory(error, "distinct structures");
    if (length)
        memcpy(distinct->prints.values + k * length, prints->values + i * length, length * sizeof(double));
    distinct->energies[k] = energy;
    distinct->prints.count++;
    return GD_OK;
}

/* --- The archive in parts ----------------------------------------------------------------------------------------- */

/* What is done with structures of the archive and their fingerprints; *enough: the rest is not needed. */
typedef enum gd_status visit_fn(const struct gd_context *context, const struct gd_set *some,
                                const struct gd_fingerprints *prints, void *data, bool *enough);

static enum gd_status visit_part(const struct gd_context *context, const struct section *section,
                                 const struct gd_set *some, visit_fn *visit, void *data, bool *enough)
{
    struct gd_fingerprints prints = {0};
    enum gd_status status = gd_fingerprints_make(&prints, &section->fingerprint, gd_state_get(context->state, "system"),
                                                 some, context->threads, context->error);
    if (!status)
        status = visit(context, some, &prints, data, enough);
    gd_fingerprints_clear(&prints);
    return status;
}

/* Visits the archive, from its lowest energies on, as many structures at a time as are relaxed. */
static enum gd_status visit_archive(const struct gd_context *context, const struct section *section, visit_fn *visit,
                                    void *data)
{
    const struct gd_set *archive = gd_state_get(context->state, "archive");
    const size_t total = archive->count, most = (size_t)section->count;
    size_t *order = gd_array(total, sizeof *order);
    bool enough = false;
    enum gd_status status = order ? GD_OK : gd_no_memory(context->error, "structures");
    if (!status)
        gd_selection_sort(archive, order);
    for (size_t first = 0, count; first < total && !enough && !status; first += count) {
        count = total - first < most ? total - first : most;
        struct gd_set *some = gd_set_copy(archive, order + first, count, context->error);
        status = some ? visit_part(context, section, some, visit, data, &enough) : context->error->status;
        gd_set_free(some);
    }
    free(order);
    return status;
}

/* --- Where relaxations start -------------------------------------------------------------------------------------- */

struct starts {
    struct gd_set *set;       /* the lowest distinct structures of the archive, the lowest first */
    struct distinct distinct; /* the same */
};

/* Appends those of some structures that are distinct, until these are enough. */
static enum gd_status take_distinct(const struct gd_context *context, const struct gd_set *some,
                                    const struct gd_fingerprints *prints, void *data, bool *enough)
{
    struct starts *starts = data;
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < some->count && starts->set->count < starts->distinct.most && !status; k++) {
        if (find_same(&starts->distinct, prints, k, some->energies[k]) < starts->distinct.prints.count)
            continue;
        status = add_distinct(&starts->distinct, prints, k, some->energies[k], context->error);
        if (!status)
            status = gd_set_append(starts->set, some, k, 1, context->error);
    }
    *enough = starts->set->count == starts->distinct.most;
    return status;
}

static void clear_starts(struct starts *starts)
{
    gd_set_free(starts->set);
    clear_distinct(&starts->distinct);
}

/* Clear them with clear_starts in any case. */
static enum gd_status find_starts(const struct gd_context *context, const struct section *section,
                                  struct starts *starts)
{
    const struct gd_set *archive = gd_state_get(context->state, "archive");
    *starts = (struct starts){gd_set_copy(archive, NULL, 0, context->error),
                              {.section = section, .most = (size_t)section->count}};
    return starts->set ? visit_archive(context, section, take_distinct, starts) : context->error->status;
}

/* --- What they lead to -------------------------------------------------------------------------------------------- */

/* Relaxations that go on. */
struct work {
    struct gd_context *context;
    const struct gd_potential *potential;
    size_t finished, total;
};

static enum gd_halt halt(void *context)
{
    const struct work *work = context;
    const bool interrupted = work->context->interrupted && *work->context->interrupted > 0;
    if (gd_context_stop(work->context))
        return GD_STOP;
    return interrupted && work->potential->type->slow ? GD_FINISH : GD_GO_ON;
}

static void done(void *context, size_t k, enum gd_status status, const char *why)
{
    struct work *work = context;
    gd_progress(work->context, (double)++work->finished, (double)work->total, NULL);
    if (status)
        gd_message(work->context, GD_WARNING, "%s: structure %zu: %s", work->context->step, k + 1, why);
}

/* Relaxes all structures in place. */
static enum gd_status relax(struct gd_context *context, const struct section *section, struct gd_set *set,
                            struct gd_relaxed *relaxed)
{
    struct work work = {context, gd_state_get(context->state, "potential"), 0, set->count};
    const struct gd_relaxer relaxer = {.relaxation = &section->relaxation,
                                       .potential = work.potential,
                                       .system = gd_state_get(context->state, "system"),
                                       .halt = halt,
                                       .done = done,
                                       .context = &work};
    enum gd_status status =
        gd_relax_set(&relaxer, set, 0, set->count, NULL, NULL, NULL, relaxed, context->threads, context->error);
    return status == GD_INTERRUPTED ? gd_interrupted(context) : status;
}

/* Counts the evaluations, and judges the ends in their order. */
static enum gd_status count(const struct gd_context *context, const struct gd_set *ends,
                            const struct gd_relaxed *relaxed, struct gd_minima_counts *counts)
{
    struct gd_target *target = gd_state_get(context->state, "target");
    enum gd_status status = GD_OK;
    *counts = (struct gd_minima_counts){.relaxed = (int64_t)ends->count, .judged = target != NULL};
    for (size_t k = 0; k < ends->count && !status; k++) {
        bool hit = false;
        counts->evaluations += (int64_t)relaxed[k].calls;
        counts->converged += relaxed[k].end == GD_RELAXED;
        if (target && !counts->found && isfinite(ends->energies[k]))
            status = gd_target_hit(context, target, ends, k, &hit);
        if (hit)
            counts->found = counts->evaluations;
    }
    return status;
}

/* The lowest energy of those that converged; infinite: there is none. */
static double find_lowest(const struct gd_set *ends, const struct gd_relaxed *relaxed)
{
    double lowest = INFINITY;
    for (size_t k = 0; k < ends->count; k++)
        if (relaxed[k].end == GD_RELAXED)
            lowest = fmin(lowest, ends->energies[k]);
    return lowest;
}

/* Appends to the ends the minima of an earlier end of this run that are lower than all of this one, and those that hit
 * the target if it has no hit. relaxed: with room for all. */
static enum gd_status keep_former(const struct gd_context *context, struct gd_set *ends, struct gd_relaxed *relaxed,
                                  struct gd_minima_counts *counts)
{
    const struct gd_minima *former = gd_state_get(context->state, "minima");
    struct gd_target *target = gd_state_get(context->state, "target");
    const double lowest = find_lowest(ends, relaxed);
    bool found = false;
    enum gd_status status = GD_OK;
    for (size_t k = 0; former && k < former->set.count && !status; k++) {
        bool hit = false;
        if (target && !counts->found)
            status = gd_target_hit(context, target, &former->set, k, &hit);
        if (status || !(hit || former->set.energies[k] < lowest))
            continue;
        found |= hit;
        relaxed[ends->count] = (struct gd_relaxed){.end = GD_RELAXED};
        status = gd_set_append(ends, &former->set, k, 1, context->error);
    }
    if (found)
        counts->found = counts->evaluations;
    return status;
}

/* How relaxations have ended. */
struct ends {
    const struct starts *starts;
    const struct gd_set *set; /* where they led to, and behind these what stays of an earlier end */
    const struct gd_relaxed *relaxed;
    size_t *order; /* places of those that converged, the lowest energy first */
    size_t converged;
    size_t *into;             /* [set->count] the place of the minimum of each; SIZE_MAX: it did not converge */
    struct distinct distinct; /* the minima */
    struct gd_minima *minima;
};

/* Sorts the minima that were reached. */
static enum gd_status collect(const struct gd_context *context, const struct section *section, struct ends *ends,
                              const struct gd_set *reached)
{
    struct gd_fingerprints prints = {0};
    enum gd_status status = gd_fingerprints_make(&prints, &section->fingerprint, gd_state_get(context->state, "system"),
                                                 reached, context->threads, context->error);
    ends->distinct = (struct distinct){.section = section, .most = reached->count};
    for (size_t k = 0; k < reached->count && !status; k++) {
        const size_t same = find_same(&ends->distinct, &prints, k, reached->energies[k]);
        ends->into[ends->order[k]] = same;
        if (same < ends->distinct.prints.count)
            continue;
        status = add_distinct(&ends->distinct, &prints, k, reached->energies[k], context->error);
        if (!status)
            status = gd_set_append(&ends->minima->set, reached, k, 1, context->error);
    }
    gd_fingerprints_clear(&prints);
    return status;
}

/* Counts for each minimum the structures of the archive that are the same as a start that was relaxed into it, as the
 * start itself is, or else as the minimum. */
static enum gd_status count_met(const struct gd_context *context, const struct gd_set *some,
                                const struct gd_fingerprints *prints, void *data, bool *enough)
{
    struct ends *ends = data;
    const struct gd_set *starts = ends->starts->set;
    const double highest = starts->energies[starts->count - 1] + ends->distinct.section->energy;
    (void)context;
    for (size_t k = 0; k < some->count; k++) {
        const size_t start = find_same(&ends->starts->distinct, prints, k, some->energies[k]);
        size_t minimum = start < starts->count ? ends->into[start] : SIZE_MAX;
        if (minimum == SIZE_MAX)
            minimum = find_same(&ends->distinct, prints, k, some->energies[k]);
        if (minimum < ends->distinct.prints.count)
            ends->minima->met[minimum]++;
    }
    *enough = some->energies[some->count - 1] > highest;
    return GD_OK;
}

/* Where atoms are held by a wall, a relaxation has not found a minimum of the energy but the end of the window. */
static void warn_of_walls(const struct gd_context *context, const struct section *section, struct gd_set *ends)
{
    const struct gd_system *system = gd_state_get(context->state, "system");
    const size_t lowest = gd_set_lowest(ends);
    if (lowest == ends->count)
        return;
    const struct gd_structure structure = gd_set_view(ends, lowest);
    double most;
    const size_t count = gd_window_pressed(system, &structure, section->relaxation.fmax, &most);
    if (count > 0)
        gd_message(
            context, GD_WARNING,
            "%s: in the lowest relaxed structure, %zu of %zu mobile atoms are held at a wall by up to %.3g eV/Å: it "
            "is no minimum, and lower energies are outside of the %s; make it larger, or move it",
            context->step, count, gd_system_mobile(system), most, system->confined ? "window" : "region");
}

/* Puts the lowest structure of the ends into its slot; that of the archive when no relaxation has ended lower. What an
 * earlier end has put there stays if it is lower. */
static enum gd_status put_best(const struct gd_context *context, const struct gd_set *ends)
{
    const struct gd_set *archive = gd_state_get(context->state, "archive"), *from = ends;
    const struct gd_set *former = gd_state_get(context->state, "best_relaxed");
    size_t best = gd_set_lowest(ends), before = gd_set_lowest(archive);
    if (before < archive->count && (best == ends->count || archive->energies[before] < ends->energies[best])) {
        from = archive;
        best = before;
    }
    if (best == from->count || (former && former->count && former->energies[0] < from->energies[best]))
        return GD_OK;
    struct gd_set *set = gd_set_copy(from, &best, 1, context->error);
    return set ? gd_state_put(context->state, "best_relaxed", set, context->error) : context->error->status;
}

static void report(const struct gd_context *context, const struct gd_minima *minima)
{
    gd_figure(context, "force_calls", (double)minima->counts.evaluations);
    gd_figure(context, "relaxed", (double)minima->counts.relaxed);
    gd_figure(context, "converged", (double)minima->counts.converged);
    gd_figure(context, "minima", (double)minima->set.count);
}

static void clear_ends(struct ends *ends)
{
    free(ends->order);
    free(ends->into);
    clear_distinct(&ends->distinct);
    gd_minima_free(ends->minima);
}

/* Finds those that converged. Clear with clear_ends in any case. */
static enum gd_status sort_ends(struct ends *ends, const struct starts *starts, const struct gd_set *set,
                                const struct gd_relaxed *relaxed, struct gd_error *error)
{
    *ends = (struct ends){.starts = starts,
                          .set = set,
                          .relaxed = relaxed,
                          .order = gd_array(set->count, sizeof *ends->order),
                          .into = gd_array(set->count, sizeof *ends->into),
                          .minima = gd_minima_new(set, set->count + 1, error)};
    if (!ends->order || !ends->into || !ends->minima)
        return gd_no_memory(error, "minima");
    for (size_t k = 0; k < set->count; k++) {
        ends->into[k] = SIZE_MAX;
        if (relaxed[k].end == GD_RELAXED)
            ends->order[ends->converged++] = k;
    }
    gd_sort_places(ends->order, ends->converged, set->energies);
    return GD_OK;
}

/* The distinct minima, and how often the archive has met each. */
static enum gd_status find_minima(const struct gd_context *context, const struct section *section, struct ends *ends)
{
    struct gd_set *reached = gd_set_copy(ends->set, ends->order, ends->converged, context->error);
    enum gd_status status = reached ? collect(context, section, ends, reached) : context->error->status;
    if (!status)
        status = visit_archive(context, section, count_met, ends);
    gd_set_free(reached);
    return status;
}

/* Puts into the slots what relaxed structures say. */
static enum gd_status conclude(const struct gd_context *context, const struct section *section,
                               const struct starts *starts, struct gd_set *set, const struct gd_relaxed *relaxed,
                               const struct gd_minima_counts *counts)
{
    struct ends ends;
    enum gd_status status = sort_ends(&ends, starts, set, relaxed, context->error);
    if (!status)
        status = find_minima(context, section, &ends);
    if (!status) {
        ends.minima->counts = *counts;
        report(context, ends.minima);
        status = gd_state_put(context->state, "minima", ends.minima, context->error);
        ends.minima = NULL;
    }
    if (!status)
        status = put_best(context, set);
    if (!status)
        warn_of_walls(context, section, set);
    clear_ends(&ends);
    return status;
}

/* Without forces, or with those of a network, which are not the gradient of its energy, there is nothing to relax to.
 */
static bool applies(const struct gd_context *context, const struct section *section)
{
    const struct gd_potential *potential = gd_state_get(context->state, "potential");
    const struct gd_set *archive = gd_state_get(context->state, "archive");
    return section->count > 0 && archive->count > 0 && !potential->type->learned &&
           !gd_potential_lacks_forces(potential);
}

static enum gd_status relax_starts(struct gd_context *context, const struct section *section,
                                   const struct starts *starts)
{
    const struct gd_minima *former = gd_state_get(context->state, "minima");
    struct gd_minima_counts counts = {0};
    struct gd_set *ends = gd_set_copy(starts->set, NULL, starts->set->count, context->error);
    struct gd_relaxed *relaxed = gd_array(starts->set->count + (former ? former->set.count : 0), sizeof *relaxed);
    enum gd_status status = ends && relaxed ? GD_OK : gd_no_memory(context->error, "relaxations");
    if (!status)
        status = relax(context, section, ends, relaxed);
    if (!status)
        status = count(context, ends, relaxed, &counts);
    if (!status)
        status = keep_former(context, ends, relaxed, &counts);
    if (!status)
        status = conclude(context, section, starts, ends, relaxed, &counts);
    gd_set_free(ends);
    free(relaxed);
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct section *section = self;
    struct starts starts;
    if (!applies(context, section))
        return GD_OK;
    enum gd_status status = find_starts(context, section, &starts);
    if (!status)
        status = gd_potential_keep_in(gd_state_get(context->state, "potential"), context->directory, context->error);
    if (!status)
        status = relax_starts(context, section, &starts);
    clear_starts(&starts);
    return status;
}

static void check(struct gd_check *check, const void *self)
{
    const struct section *section = self;
    if (section->count > 0)
        gd_doubt_fmax(check, "fmax", section->relaxation.fmax);
}

const struct gd_stage gd_stage_minima = {
    .name = "minima",
    .summary = "The lowest distinct structures of the archive, relaxed at the end of a run.",
    .section = true,
    .last = true,
    .params = rows,
    .size = sizeof(struct section),
    .reads = (const char *const[]){"system", "potential", "archive", NULL},
    .may_read = (const char *const[]){"target", "minima", "best_relaxed", NULL},
    .writes = (const char *const[]){"minima", "best_relaxed", NULL},
    .check = check,
    .run = run,
};
