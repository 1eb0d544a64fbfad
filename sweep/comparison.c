#include "sweep/comparison.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/sort.h"
#include "statistics/samples.h"

static const double level = 0.95, confidence = 0.99;

static bool is_finished(const struct gd_record *record)
{
    return record->state == GD_RUN_FINISHED;
}

/* Whether it says how long a search takes: one without a target has nothing to hit. */
static bool is_search(const struct gd_record *record)
{
    return is_finished(record) && record->sought;
}

/* A run as a time to its first hit. */
static struct gd_duration duration_of(const struct gd_record *record)
{
    return isfinite(record->hit) ? (struct gd_duration){record->hit, true} : (struct gd_duration){record->end, false};
}

/* Those of the finished runs with a target; [*count], NULL when out of memory. */
static struct gd_duration *collect_durations(const struct gd_group *group, size_t *count)
{
    struct gd_duration *list = gd_array(group->count, sizeof *list);
    *count = 0;
    for (size_t k = 0; k < group->count && list; k++)
        if (is_search(&group->records[k]))
            list[(*count)++] = duration_of(&group->records[k]);
    return list;
}

/* --- Rows --------------------------------------------------------------------------------------------------------- */

/* A number of a record, by its place in the struct. */
static double figure(const struct gd_record *record, size_t offset)
{
    return *(const double *)(const void *)((const char *)record + offset);
}

/* The mean of a figure over the finished runs that have it. */
static double mean_of(const struct gd_group *group, size_t offset)
{
    double sum = 0, count = 0;
    for (size_t k = 0; k < group->count; k++) {
        const double value = figure(&group->records[k], offset);
        if (is_finished(&group->records[k]) && isfinite(value)) {
            sum += value;
            count++;
        }
    }
    return count > 0 ? sum / count : NAN;
}

/* The least, the mean and the median of a figure of the finished runs that have it; NaN without any. */
static enum gd_status spread(const struct gd_group *group, size_t offset, double *least, double *mean, double *median)
{
    double *values = gd_array(group->count, sizeof *values);
    size_t count = 0;
    if (!values)
        return GD_NO_MEMORY;
    for (size_t k = 0; k < group->count; k++)
        if (is_finished(&group->records[k]) && isfinite(figure(&group->records[k], offset)))
            values[count++] = figure(&group->records[k], offset);
    *mean = gd_mean(values, count);
    *median = count > 0 ? gd_median(values, count) : NAN;
    *least = count > 0 ? values[0] : NAN; /* they are sorted by now */
    free(values);
    return GD_OK;
}

/* Whether the finished runs have energies after a relaxation that has reached minima: with those of some alone, groups
 * would differ by which these are. */
static bool is_relaxed(const struct gd_group *group)
{
    bool relaxed = true;
    for (size_t k = 0; k < group->count; k++) {
        const struct gd_record *record = &group->records[k];
        relaxed = relaxed && (!is_finished(record) || (record->converged > 0 && isfinite(record->relaxed)));
    }
    return relaxed;
}

static enum gd_status add_best(const struct gd_group *group, struct gd_row *row)
{
    row->relaxed = row->relaxed_mean = row->relaxed_median = NAN;
    enum gd_status status =
        spread(group, offsetof(struct gd_record, best), &row->best, &row->best_mean, &row->best_median);
    return status || !is_relaxed(group) ? status
                                        : spread(group, offsetof(struct gd_record, relaxed), &row->relaxed,
                                                 &row->relaxed_mean, &row->relaxed_median);
}

/* The median best energies at the costs that are asked for. */
static enum gd_status add_best_at(const struct gd_group *group, const struct gd_measure *measure, double *best_at)
{
    double *values = gd_array(group->count, sizeof *values);
    for (size_t a = 0; a < measure->at_count && values; a++) {
        size_t count = 0;
        for (size_t k = 0; k < group->count; k++) {
            values[count] =
                is_finished(&group->records[k]) ? gd_record_best_at(&group->records[k], measure->at[a]) : NAN;
            count += isfinite(values[count]) ? 1 : 0;
        }
        best_at[a] = count > 0 ? gd_median(values, count) : NAN;
    }
    const bool fine = values != NULL;
    free(values);
    return fine ? GD_OK : GD_NO_MEMORY;
}

static void count_runs(const struct gd_group *group, struct gd_row *row)
{
    for (size_t k = 0; k < group->count; k++) {
        const struct gd_record *record = &group->records[k];
        row->runs++;
        row->finished += is_finished(record);
        row->failed += record->state == GD_RUN_FAILED;
        row->searches += is_search(record);
        row->hits += is_search(record) && isfinite(record->hit);
        row->relaxed_hits += is_search(record) && record->relaxed_hit;
        row->rejected += is_finished(record) && record->rejected;
        row->relaxations += is_finished(record) ? record->relaxations : 0;
        row->converged += is_finished(record) ? record->converged : 0;
        row->unconverged += is_finished(record) && record->relaxations > 0 && !record->at_minimum;
    }
    if (row->finished > 0 && row->searches == 0)
        row->hits = row->relaxed_hits = NAN;
}

static void add_effort(const struct gd_survival *curve, struct gd_row *row)
{
    const struct gd_interval rate =
        row->searches > 0 ? gd_wilson((size_t)row->hits, (size_t)row->searches, level) : (struct gd_interval){NAN, NAN};
    row->rate = row->searches > 0 ? row->hits / row->searches : NAN;
    row->rate_low = rate.low;
    row->rate_high = rate.high;
    row->cost99 = gd_attempts_cost(row->cost, row->rate, confidence);
    row->cost99_low = gd_attempts_cost(row->cost, rate.high, confidence);
    row->cost99_high = gd_attempts_cost(row->cost, rate.low, confidence);
    row->restarts99 = row->restart_length = NAN;
    if (row->searches > 0)
        row->restarts99 = gd_survival_restarts(curve, confidence, &row->restart_length);
}

static enum gd_status make_row(const struct gd_group *group, struct gd_survival *curve, struct gd_row *row)
{
    size_t count;
    struct gd_duration *durations = collect_durations(group, &count);
    enum gd_status status = durations ? gd_survival_estimate(durations, count, level, curve) : GD_NO_MEMORY;
    *row = (struct gd_row){.name = group->name};
    count_runs(group, row);
    row->mean = mean_of(group, offsetof(struct gd_record, hit));
    row->cost = mean_of(group, offsetof(struct gd_record, end));
    row->evaluations = mean_of(group, offsetof(struct gd_record, evaluations));
    row->seconds = mean_of(group, offsetof(struct gd_record, seconds));
    if (!status)
        add_effort(curve, row);
    row->median = !status && count > 0 ? gd_survival_median(curve) : NAN;
    free(durations);
    return status ? status : add_best(group, row);
}

/* The horizon up to which all groups with runs were seen. One in which every run has hit is known for good. */
static double find_horizon(const struct gd_comparison *comparison)
{
    double horizon = INFINITY, longest = NAN;
    for (size_t k = 0; k < comparison->count; k++) {
        const struct gd_survival *curve = &comparison->curves[k];
        if (curve->total > 0)
            longest = fmax(longest, curve->end);
        if (curve->total > 0 && gd_survival_at(curve, curve->end) > 0)
            horizon = fmin(horizon, curve->end);
    }
    return isfinite(horizon) ? horizon : longest;
}

/* --- Contrasts ---------------------------------------------------------------------------------------------------- */

static const struct gd_record *find_seed(const struct gd_group *group, uint64_t seed)
{
    for (size_t k = 0; k < group->count; k++)
        if (group->records[k].seed == seed && is_finished(&group->records[k]))
            return &group->records[k];
    return NULL;
}

/* Whether a finished run before this one has its seed: a folder may have several of one seed, which are no pairs of
 * their own. */
static bool is_repeated(const struct gd_group *group, size_t k)
{
    return find_seed(group, group->records[k].seed) != &group->records[k];
}

/* Runs of one length differ in what they cost by what was rejected: without a hit one counts as seen up to the horizon
 * from this share of it on. */
static const double nearly_all = 0.9;

/* The cost of the first hit, or the horizon when it was not hit before; NaN when the run ended before the horizon
 * without a hit, so that it is not known. */
static double restricted_cost(const struct gd_record *record, double horizon)
{
    if (isfinite(record->hit))
        return fmin(record->hit, horizon);
    return record->sought && record->end >= nearly_all * horizon ? horizon : NAN;
}

/* The differences of pairs: [*costs] and [*energies], of the base less the group, of pairs in which both are known;
 * `which`: the place of the energy in a record. */
static double pair_up(const struct gd_group *base, const struct gd_group *group, double horizon, double *cost,
                      size_t *costs, size_t which, double *energy, size_t *energies)
{
    double pairs = 0;
    *costs = *energies = 0;
    for (size_t k = 0; k < group->count; k++) {
        const struct gd_record *one = &group->records[k];
        const struct gd_record *other = is_finished(one) && !is_repeated(group, k) ? find_seed(base, one->seed) : NULL;
        if (!other)
            continue;
        pairs++;
        cost[*costs] = restricted_cost(other, horizon) - restricted_cost(one, horizon);
        *costs += isfinite(cost[*costs]) ? 1 : 0;
        energy[*energies] = figure(other, which) - figure(one, which);
        *energies += isfinite(energy[*energies]) ? 1 : 0;
    }
    return pairs;
}

static enum gd_status add_paired(const struct gd_group *base, const struct gd_group *group, double horizon,
                                 struct gd_contrast *contrast)
{
    double *cost = gd_array(group->count, sizeof *cost), *energy = gd_array(group->count, sizeof *energy);
    size_t costs, energies;
    enum gd_status status = cost && energy ? GD_OK : GD_NO_MEMORY;
    contrast->relaxed = is_relaxed(base) && is_relaxed(group);
    const size_t which = contrast->relaxed ? offsetof(struct gd_record, relaxed) : offsetof(struct gd_record, best);
    if (!status) {
        contrast->pairs = pair_up(base, group, horizon, cost, &costs, which, energy, &energies);
        contrast->lower = gd_mean(energy, energies);
        status = gd_sign_flip_test(cost, costs, &contrast->cost_p);
    }
    if (!status)
        status = gd_sign_flip_test(energy, energies, &contrast->lower_p);
    free(cost);
    free(energy);
    return status;
}

/* The restricted costs of the finished runs in which they are known. */
static double *collect_costs(const struct gd_group *group, double horizon, size_t *count)
{
    double *list = gd_array(group->count, sizeof *list);
    *count = 0;
    for (size_t k = 0; k < group->count && list; k++) {
        list[*count] = restricted_cost(&group->records[k], horizon);
        *count += is_finished(&group->records[k]) && isfinite(list[*count]);
    }
    return list;
}

static enum gd_status add_superiority(const struct gd_group *base, const struct gd_group *group, double horizon,
                                      struct gd_contrast *contrast)
{
    size_t bases, count;
    double *of_base = collect_costs(base, horizon, &bases), *own = collect_costs(group, horizon, &count);
    enum gd_status status = of_base && own ? GD_OK : GD_NO_MEMORY;
    if (!status)
        contrast->superiority = gd_superiority(own, count, of_base, bases);
    free(of_base);
    free(own);
    return status;
}

static enum gd_status add_log_rank(const struct gd_group *base, const struct gd_group *group,
                                   struct gd_contrast *contrast)
{
    size_t bases, count;
    struct gd_log_rank test = {0};
    struct gd_duration *of_base = collect_durations(base, &bases), *own = collect_durations(group, &count);
    enum gd_status status = of_base && own ? gd_log_rank_test(own, count, of_base, bases, &test) : GD_NO_MEMORY;
    contrast->log_rank_z = test.z;
    contrast->log_rank_p = bases > 0 && count > 0 ? test.p : NAN;
    free(of_base);
    free(own);
    return status;
}

static enum gd_status make_contrast(const struct gd_results *results, const struct gd_comparison *comparison,
                                    size_t place, struct gd_contrast *contrast)
{
    const struct gd_group *base = &results->groups[0], *group = &results->groups[place];
    const struct gd_row *first = &comparison->rows[0], *row = &comparison->rows[place];
    const double half = gd_normal_quantile(0.5 + 0.5 * level) * hypot(first->restricted_error, row->restricted_error);
    *contrast = (struct gd_contrast){.name = group->name, .base = base->name};
    contrast->saved = first->restricted - row->restricted;
    contrast->saved_low = contrast->saved - half;
    contrast->saved_high = contrast->saved + half;
    enum gd_status status = add_log_rank(base, group, contrast);
    if (!status)
        status = add_paired(base, group, comparison->horizon, contrast);
    return status ? status : add_superiority(base, group, comparison->horizon, contrast);
}

/* One kind of test of all contrasts, corrected: places in struct gd_contrast. */
static enum gd_status correct(struct gd_comparison *comparison, size_t from, size_t to)
{
    const size_t count = comparison->count - 1;
    double *p = gd_array(count, sizeof *p);
    if (!p)
        return GD_NO_MEMORY;
    for (size_t k = 0; k < count; k++)
        p[k] = *(const double *)(const void *)((const char *)&comparison->contrasts[k] + from);
    enum gd_status status = gd_holm_correct(p, count);
    for (size_t k = 0; k < count; k++)
        *(double *)(void *)((char *)&comparison->contrasts[k] + to) = p[k];
    free(p);
    return status;
}

static enum gd_status add_contrasts(const struct gd_results *results, struct gd_comparison *comparison)
{
    static const size_t tests[][2] = {
        {offsetof(struct gd_contrast, log_rank_p), offsetof(struct gd_contrast, log_rank_holm)},
        {offsetof(struct gd_contrast, cost_p), offsetof(struct gd_contrast, cost_holm)},
        {offsetof(struct gd_contrast, lower_p), offsetof(struct gd_contrast, lower_holm)},
    };
    enum gd_status status = GD_OK;
    for (size_t k = 1; k < comparison->count && !status; k++)
        status = make_contrast(results, comparison, k, &comparison->contrasts[k - 1]);
    for (size_t k = 0; k < sizeof tests / sizeof *tests && comparison->count > 1 && !status; k++)
        status = correct(comparison, tests[k][0], tests[k][1]);
    return status;
}

/* --- All ---------------------------------------------------------------------------------------------------------- */

static enum gd_status fill(const struct gd_results *results, struct gd_comparison *comparison)
{
    enum gd_status status = GD_OK;
    comparison->count = results->count;
    for (size_t k = 0; k < results->count && !status; k++)
        status = make_row(&results->groups[k], &comparison->curves[k], &comparison->rows[k]);
    for (size_t k = 0; k < results->count && !status; k++)
        status =
            add_best_at(&results->groups[k], &results->measure, comparison->best_at + k * results->measure.at_count);
    comparison->horizon = find_horizon(comparison);
    for (size_t k = 0; k < results->count && !status; k++) {
        struct gd_row *row = &comparison->rows[k];
        row->restricted = row->restricted_error = NAN;
        if (row->searches > 0)
            row->restricted = gd_survival_mean(&comparison->curves[k], comparison->horizon, &row->restricted_error);
    }
    return status ? status : add_contrasts(results, comparison);
}

enum gd_status gd_comparison_make(const struct gd_results *results, struct gd_comparison *comparison,
                                  struct gd_error *error)
{
    *comparison = (struct gd_comparison){.column = results->measure.column,
                                         .by_energy = results->measure.by_energy,
                                         .energy = results->measure.energy,
                                         .at = results->measure.at,
                                         .at_count = results->measure.at_count};
    comparison->best_at = gd_array(results->count * results->measure.at_count, sizeof *comparison->best_at);
    comparison->rows = gd_array(results->count, sizeof *comparison->rows);
    comparison->curves = gd_array(results->count, sizeof *comparison->curves);
    comparison->contrasts = gd_array(results->count, sizeof *comparison->contrasts);
    enum gd_status status = comparison->rows && comparison->curves && comparison->contrasts && comparison->best_at
                                ? fill(results, comparison)
                                : GD_NO_MEMORY;
    return status ? gd_no_memory(error, "the statistics") : GD_OK;
}

void gd_comparison_clear(struct gd_comparison *comparison)
{
    for (size_t k = 0; k < comparison->count; k++)
        gd_survival_clear(&comparison->curves[k]);
    free(comparison->rows);
    free(comparison->curves);
    free(comparison->contrasts);
    free(comparison->best_at);
    *comparison = (struct gd_comparison){0};
}
