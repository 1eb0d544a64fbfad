/* Figures of steps, one after the other: energies, loss, effective samples, rejections; and the time of each step. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/numbers.h"
#include "report/axis.h"
#include "report/once.h"
#include "report/parts.h"
#include "report/plot.h"

static double number(const cJSON *line, const char *key)
{
    return gd_json_number(line, (const char *const[]){key, NULL});
}

/* The structures of an evaluation that are under a key; 0: none. */
static double count_of(const cJSON *line, const char *key)
{
    const double value = number(line, key);
    return isfinite(value) ? value : 0;
}

static double count_rejected(const cJSON *line)
{
    static const char *const reasons[] = {"clash", "not_finite", "below_floor", "not_accepted", "failed"};
    double rejected = 0;
    for (size_t k = 0; k < sizeof reasons / sizeof *reasons; k++)
        rejected += count_of(line, reasons[k]);
    return rejected;
}

/* Shares of all structures of an evaluation; NaN of none. */
static double rejected_share(const cJSON *line)
{
    const double rejected = count_rejected(line);
    return rejected / (rejected + count_of(line, "taken"));
}

static double clash_share(const cJSON *line)
{
    return count_of(line, "clash") / (count_rejected(line) + count_of(line, "taken"));
}

/* A curve: a figure of those lines that have `marker` too, in their order. */
struct trace {
    const char *key, *marker, *name;
    double (*read)(const cJSON *line); /* NULL: the number under `key` */
};

/* A figure of one or two curves per group. */
static const struct {
    const char *id, *title, *x_label, *y_label;
    bool logarithmic;
    struct trace traces[2];
} figures[] = {
    {"energies",
     "Energies of new structures",
     "evaluation step",
     "energy (eV)",
     false,
     {{"lowest", "taken", "lowest", NULL}, {"median", "taken", "median", NULL}}},
    {"buffer",
     "Energies of the buffer",
     "reweighting",
     "energy (eV)",
     false,
     {{"lowest", "buffer", "lowest", NULL}, {"highest", "buffer", "highest", NULL}}},
    {"loss",
     "Loss of the network",
     "training",
     "loss",
     true,
     {{"loss", "loss", "training", NULL}, {"validation_loss", "validation_loss", "validation", NULL}}},
    {"rate", "Learning rate at the end of a training", "training", "rate", true, {{"rate", "rate", "", NULL}}},
    {"effective",
     "Effective number of structures in the buffer",
     "reweighting",
     "structures",
     false,
     {{"effective", "buffer", "", NULL}}},
    {"rejected",
     "Share of new structures that are rejected",
     "evaluation step",
     "share",
     false,
     {{"taken", "taken", "rejected", rejected_share}, {"taken", "taken", "clashes", clash_share}}},
    {"metrics",
     "Mean energy of the structures that metrics compares",
     "comparison",
     "energy (eV)",
     false,
     {{"mean", "structures", "as they are", NULL}, {"path_mean", "path_ess", "with the weights of their paths", NULL}}},
    {"path-weights",
     "Effective share of the draws, by the weights of their paths",
     "comparison",
     "share",
     true,
     {{"path_ess", "path_ess", "", NULL}}},
    {"temperature", "Temperature", "step", "temperature (eV)", true, {{"temperature", "temperature", "", NULL}}},
};

static double read_trace(const struct trace *trace, const cJSON *line)
{
    if (!isfinite(number(line, trace->marker)))
        return NAN;
    return trace->read ? trace->read(line) : number(line, trace->key);
}

/* The values of one run; [*count], at most `most`. */
static void collect(const struct trace *trace, const struct gd_record *record, double *values, size_t most,
                    size_t *count)
{
    const cJSON *line;
    *count = 0;
    cJSON_ArrayForEach(line, record->lines)
    {
        const double value = read_trace(trace, line);
        if (isfinite(value) && *count < most)
            values[(*count)++] = value;
    }
}

enum { POINTS = 400 };

/* Quartiles over the runs of a group, one point per place. Runs with more than POINTS are thinned. */
static bool fill(const struct trace *trace, const struct gd_group *group, struct gd_series *series,
                 struct gd_arena *arena)
{
    size_t most = 0, longest = 0;
    for (size_t r = 0; r < group->count; r++) {
        const size_t lines = (size_t)cJSON_GetArraySize(group->records[r].lines);
        most = lines > most ? lines : most;
    }
    double *all = gd_array((most + 1) * (group->count + 1), sizeof *all),
           *column = gd_array(group->count + 1, sizeof *column);
    size_t *counts = gd_array(group->count + 1, sizeof *counts);
    double **const lists[] = {&series->x, &series->y, &series->low, &series->high};
    bool fine = all && column && counts;
    for (size_t k = 0; k < 4 && fine; k++)
        fine = (*lists[k] = gd_arena_alloc(arena, POINTS + 1, sizeof **lists[k]));
    for (size_t r = 0; r < group->count && fine; r++) {
        collect(trace, &group->records[r], all + r * most, most, &counts[r]);
        longest = counts[r] > longest ? counts[r] : longest;
    }
    const size_t stride = longest / POINTS + 1;
    for (size_t k = 0; k < longest && fine; k += stride) {
        size_t there = 0;
        for (size_t r = 0; r < group->count; r++)
            if (k < counts[r])
                column[there++] = all[r * most + k];
        const size_t point = series->count++;
        series->x[point] = (double)(k + 1);
        gd_quartiles(column, there, &series->low[point], &series->y[point], &series->high[point]);
    }
    free(all);
    free(column);
    free(counts);
    return fine;
}

static const char *series_name(struct gd_arena *arena, const struct gd_group *group, const struct trace *trace)
{
    char *name = gd_format("%s%s%s", group->name, *trace->name ? ", " : "", trace->name);
    const char *kept = name ? gd_arena_string(arena, name, strlen(name)) : NULL;
    free(name);
    return kept;
}

static void add_figure(struct gd_text *page, const struct gd_results *results, size_t place)
{
    struct gd_arena arena = {0};
    struct gd_series *series = gd_arena_alloc(&arena, 2 * results->count + 1, sizeof *series);
    size_t count = 0;
    page->failed |= !series;
    for (size_t g = 0; g < results->count && series; g++)
        for (size_t t = 0; t < 2 && figures[place].traces[t].key; t++) {
            const struct trace *trace = &figures[place].traces[t];
            series[count] = (struct gd_series){
                .name = series_name(&arena, &results->groups[g], trace), .colour = g, .dashed = t > 0};
            page->failed |= !series[count].name || !fill(trace, &results->groups[g], &series[count], &arena);
            count += series[count].count > 0;
        }
    const struct gd_plot plot = {.id = figures[place].id,
                                 .title = figures[place].title,
                                 .x_label = figures[place].x_label,
                                 .y_label = figures[place].y_label,
                                 .logarithmic = figures[place].logarithmic,
                                 .whole = true,
                                 .series = series,
                                 .count = count};
    if (!page->failed && count > 0)
        gd_plot_add(page, &plot);
    gd_arena_clear(&arena);
}

void gd_add_traces(struct gd_text *page, const struct gd_results *results)
{
    for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
        add_figure(page, results, k);
}

/* --- Time --------------------------------------------------------------------------------------------------------- */

/* The mean seconds of a step in the runs of a group that have it. */
static double mean_time(const struct gd_group *group, const char *step)
{
    double sum = 0, count = 0;
    for (size_t r = 0; r < group->count; r++) {
        const double value =
            gd_json_number(group->records[r].summary, (const char *const[]){"seconds", "by_step", step, NULL});
        if (isfinite(value)) {
            sum += value;
            count++;
        }
    }
    return count > 0 ? sum / count : NAN;
}

/* The steps of the first run of each group that has a summary. */
static void list_steps(const struct gd_results *results, struct gd_once *steps)
{
    for (size_t g = 0; g < results->count; g++) {
        const struct gd_group *group = &results->groups[g];
        const cJSON *times = NULL, *step;
        for (size_t r = 0; r < group->count && !times; r++)
            times = cJSON_GetObjectItemCaseSensitive(
                cJSON_GetObjectItemCaseSensitive(group->records[r].summary, "seconds"), "by_step");
        cJSON_ArrayForEach(step, times)
        {
            gd_once_add(steps, step->string, "");
        }
    }
}

static void add_time(struct gd_text *page, double seconds, double longest, size_t colour)
{
    char text[32];
    if (!isfinite(seconds)) {
        gd_text_print(page, "<td>–</td>");
        return;
    }
    gd_text_print(page,
                  "<td><svg width=\"90\" height=\"10\" aria-hidden=\"true\"><rect class=\"r c%zu\" width=\"%.1f\" "
                  "height=\"10\"/></svg> %s s</td>",
                  colour % 8, 90 * seconds / longest,
                  seconds < 1e-3 ? "&lt; 0.001" : gd_number_round(text, sizeof text, seconds, 3));
}

static void add_times(struct gd_text *page, const struct gd_results *results, const struct gd_once *steps)
{
    double longest = 1e-9;
    for (size_t k = 0; k < steps->count; k++)
        for (size_t g = 0; g < results->count; g++)
            longest = fmax(longest, mean_time(&results->groups[g], steps->list[k][0]));
    gd_text_print(page, "<h2>Time in each step</h2><p class=\"dim\">Of all its executions together; mean over the "
                        "runs.</p><div class=\"wide\"><table>"
                        "<tr><th>step</th>");
    for (size_t g = 0; g < results->count; g++) {
        gd_text_print(page, "<th>");
        gd_html_add(page, results->groups[g].name);
        gd_text_print(page, "</th>");
    }
    gd_text_print(page, "</tr>\n");
    for (size_t k = 0; k < steps->count; k++) {
        gd_text_print(page, "<tr><td>");
        gd_html_add(page, steps->list[k][0]);
        gd_text_print(page, "</td>");
        for (size_t g = 0; g < results->count; g++)
            add_time(page, mean_time(&results->groups[g], steps->list[k][0]), longest, g);
        gd_text_print(page, "</tr>\n");
    }
    gd_text_print(page, "</table></div>\n");
}

void gd_add_step_times(struct gd_text *page, const struct gd_results *results)
{
    struct gd_once steps = {0};
    list_steps(results, &steps);
    if (steps.count > 0)
        add_times(page, results, &steps);
    gd_once_clear(&steps, page);
}
