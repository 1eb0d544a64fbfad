/* Success and best energy over the cost. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/sort.h"
#include "report/parts.h"
#include "report/plot.h"
#include "statistics/samples.h"

void gd_quartiles(double *values, size_t count, double *low, double *median, double *high)
{
    size_t kept = 0;
    for (size_t k = 0; k < count; k++)
        if (isfinite(values[k]))
            values[kept++] = values[k];
    gd_sort(values, kept);
    *low = gd_quantile(values, kept, 0.25);
    *median = gd_quantile(values, kept, 0.5);
    *high = gd_quantile(values, kept, 0.75);
}

/* Rows of numbers for a figure, released together. */
struct rows {
    struct gd_arena arena;
    struct gd_series *series;
    size_t count;
    bool failed;
};

static struct gd_series *add_rows(struct rows *rows, const char *name, size_t group, size_t most)
{
    struct gd_series *series = &rows->series[rows->count];
    *series = (struct gd_series){.name = name, .colour = group, .steps = true};
    double **const lists[] = {&series->x, &series->y, &series->low, &series->high};
    for (size_t k = 0; k < 4; k++)
        rows->failed |= !(*lists[k] = gd_arena_alloc(&rows->arena, most, sizeof **lists[k]));
    if (rows->failed)
        return NULL;
    rows->count++;
    return series;
}

static bool begin_rows(struct rows *rows, size_t most)
{
    *rows = (struct rows){0};
    rows->series = gd_arena_alloc(&rows->arena, most + 1, sizeof *rows->series);
    rows->failed = !rows->series;
    return !rows->failed;
}

static void add_point(struct gd_series *series, double x, double y, double low, double high)
{
    const size_t k = series->count++;
    series->x[k] = x;
    series->y[k] = y;
    series->low[k] = low;
    series->high[k] = high;
}

/* One minus the Kaplan-Meier curve, up to the end of the longest run. */
static void fill_success(struct gd_series *series, const struct gd_survival *curve)
{
    const size_t count = curve->count;
    add_point(series, 0, 0, 0, 0);
    for (size_t k = 0; k < count; k++)
        add_point(series, curve->time[k], 1 - curve->survival[k], 1 - curve->high[k], 1 - curve->low[k]);
    if (count == 0)
        add_point(series, curve->end, 0, 0, 0);
    else if (curve->end > curve->time[count - 1])
        add_point(series, curve->end, 1 - curve->survival[count - 1], 1 - curve->high[count - 1],
                  1 - curve->low[count - 1]);
}

void gd_add_success(struct gd_text *page, const struct gd_results *results, const struct gd_comparison *comparison)
{
    struct rows rows;
    begin_rows(&rows, results->count);
    for (size_t g = 0; g < results->count && !rows.failed; g++) {
        const struct gd_survival *curve = &comparison->curves[g];
        struct gd_series *series =
            curve->total > 0 ? add_rows(&rows, results->groups[g].name, g, curve->count + 2) : NULL;
        if (series)
            fill_success(series, curve);
    }
    char title[80] = "Runs that have hit the target, with 95 % band";
    if (comparison->by_energy)
        snprintf(title, sizeof title, "Runs that have reached %.9g eV, with 95 %% band", comparison->energy);
    const struct gd_plot plot = {.id = "success",
                                 .title = title,
                                 .x_label = comparison->column,
                                 .y_label = "share of runs",
                                 .series = rows.series,
                                 .count = rows.count,
                                 .y_low = -0.02,
                                 .y_high = 1.02};
    page->failed |= rows.failed;
    if (!rows.failed)
        gd_plot_add(page, &plot);
    gd_arena_clear(&rows.arena);
}

/* The best energy that a run has at a cost, or at its end before that: a run that has failed or goes on keeps its own,
 * or the median of the others would jump. NaN: none yet. *line: where to look on from. */
static double best_at(const struct gd_record *record, double cost, size_t *place, const cJSON **line, double *best)
{
    while (*line && record->cost[*place] <= cost) {
        const double value = gd_json_number(*line, (const char *const[]){"best_energy", NULL});
        if (isfinite(value))
            *best = value;
        *line = (*line)->next;
        ++*place;
    }
    return *best;
}

enum { GRID = 240 }; /* points of a curve */

/* A quantile of sorted energies and `late` ones, not known yet, that are above them all; NaN: it is one of these. */
static double quantile_before(const double *sorted, size_t count, size_t late, double q)
{
    const double place = q * (double)(count + late - 1);
    return count > 0 && ceil(place) <= (double)(count - 1)
               ? gd_quantile(sorted, count, place / fmax(1, (double)count - 1))
               : NAN;
}

/* Adds the quartiles of what the runs have at a cost, [count] energies, of which `runs` come to one at all. Those that
 * have none yet count as higher than the others, so that curves never rise. */
static void add_quartiles(struct gd_series *series, double cost, double *energies, size_t count, size_t runs)
{
    gd_sort(energies, count);
    add_point(series, cost, quantile_before(energies, count, runs - count, 0.5),
              quantile_before(energies, count, runs - count, 0.25),
              quantile_before(energies, count, runs - count, 0.75));
}

/* The quartiles of the runs' best energies at equal distances up to the longest cost. */
static void fill_best(struct gd_series *series, const struct gd_group *group, double end)
{
    double *values = gd_array(group->count * GRID, sizeof *values), *column = gd_array(group->count, sizeof *column);
    size_t runs = 0;
    for (size_t r = 0; r < group->count && values; r++) {
        const cJSON *line = group->records[r].lines->child;
        size_t place = 0;
        double best = NAN;
        for (size_t k = 0; k < GRID; k++)
            values[r * GRID + k] = best_at(&group->records[r], end * (double)k / (GRID - 1), &place, &line, &best);
        runs += isfinite(best) ? 1 : 0;
    }
    for (size_t k = 0; k < GRID && values && column; k++) {
        size_t count = 0;
        for (size_t r = 0; r < group->count; r++)
            if (isfinite(values[r * GRID + k]))
                column[count++] = values[r * GRID + k];
        add_quartiles(series, end * (double)k / (GRID - 1), column, count, runs);
    }
    free(values);
    free(column);
}

static double longest(const struct gd_results *results)
{
    double end = 0;
    for (size_t g = 0; g < results->count; g++)
        for (size_t k = 0; k < results->groups[g].count; k++)
            end = fmax(end, results->groups[g].records[k].end);
    return end;
}

void gd_add_best_energy(struct gd_text *page, const struct gd_results *results)
{
    struct rows rows;
    const double end = longest(results);
    begin_rows(&rows, results->count);
    for (size_t g = 0; g < results->count && !rows.failed; g++) {
        struct gd_series *series = add_rows(&rows, results->groups[g].name, g, GRID);
        if (series)
            fill_best(series, &results->groups[g], end);
    }
    const struct gd_plot plot = {.id = "best-energy",
                                 .title = "Best energy of the search: median of the runs, and quartiles",
                                 .x_label = results->measure.column,
                                 .y_label = "energy (eV)",
                                 .series = rows.series,
                                 .count = rows.count};
    page->failed |= rows.failed;
    if (!rows.failed && end > 0)
        gd_plot_add(page, &plot);
    gd_arena_clear(&rows.arena);
}
