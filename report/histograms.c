/* The energies of the structures of each evaluation step, as a histogram. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/sort.h"
#include "report/axis.h"
#include "report/map.h"
#include "report/parts.h"
#include "statistics/samples.h"

enum { BINS = 30, STEPS = 200, FIGURES = 6 };

/* A histogram being filled: counts of [bins][steps], all runs of a group together. */
struct histogram {
    double *counts, low, high;
    size_t steps, stride; /* columns; evaluation steps in each */
};

/* How many structures had been evaluated by the end of each evaluation step, [*count] of at most `most`. */
static void list_ends(const struct gd_record *record, double *ends, size_t most, size_t *count)
{
    const cJSON *line;
    *count = 0;
    cJSON_ArrayForEach(line, record->lines)
    {
        const double taken = gd_json_number(line, (const char *const[]){"taken", NULL});
        const double evaluations = gd_json_number(line, (const char *const[]){"evaluations", NULL});
        if (isfinite(taken) && isfinite(evaluations) && *count < most)
            ends[(*count)++] = evaluations;
    }
}

/* How many structures had been evaluated before the first evaluation step: by another run, or by an inner pipeline,
 * from which this one goes on. */
static double count_before(const struct gd_record *record)
{
    const cJSON *line;
    double before = 0;
    cJSON_ArrayForEach(line, record->lines)
    {
        const double evaluations = gd_json_number(line, (const char *const[]){"evaluations", NULL});
        if (isfinite(gd_json_number(line, (const char *const[]){"taken", NULL})))
            break;
        before = isfinite(evaluations) ? evaluations : before;
    }
    return before;
}

/* The structures of the evaluation steps: those behind what was there before; borrowed. */
static struct gd_archive own_part(const struct gd_record *record, const struct gd_archive *archive)
{
    const double before = count_before(record);
    size_t first = 0;
    while (first < archive->count && (double)archive->serials[first] <= before)
        first++;
    return first == 0 ? *archive
                      : (struct gd_archive){.count = archive->count - first,
                                            .energies = archive->energies + first,
                                            .serials = archive->serials + first};
}

static size_t count_lines(const struct gd_group *group)
{
    size_t most = 0;
    for (size_t r = 0; r < group->count; r++) {
        const size_t lines = (size_t)cJSON_GetArraySize(group->records[r].lines);
        most = lines > most ? lines : most;
    }
    return most;
}

/* From the lowest energy to that below which 80 % of them are: those of the beginning are much higher. */
static bool find_range(const struct gd_archive *archives, const struct gd_group *group, struct histogram *histogram)
{
    size_t all = 0, count = 0;
    for (size_t r = 0; r < group->count; r++)
        all += archives[r].count;
    double *energies = gd_array(all + 1, sizeof *energies);
    for (size_t r = 0; r < group->count && energies; r++) {
        const struct gd_archive own = own_part(&group->records[r], &archives[r]);
        for (size_t k = 0; k < own.count; k++)
            if (isfinite(own.energies[k]))
                energies[count++] = own.energies[k];
    }
    if (energies && count > 0) {
        gd_sort(energies, count);
        histogram->low = energies[0];
        histogram->high = gd_quantile(energies, count, 0.8);
    }
    const bool fine = energies && histogram->high > histogram->low;
    free(energies);
    return fine;
}

static size_t bin_of(const struct histogram *histogram, double energy)
{
    const double share = (energy - histogram->low) / (histogram->high - histogram->low);
    return share >= 1 ? BINS - 1 : (size_t)(share * BINS);
}

/* Serial numbers and ends both rise. */
static void count_run(const struct gd_archive *archive, const double *ends, size_t steps, struct histogram *histogram)
{
    size_t step = 0;
    for (size_t k = 0; k < archive->count; k++) {
        while (step < steps && (double)archive->serials[k] > ends[step])
            step++;
        if (step == steps)
            return;
        if (isfinite(archive->energies[k]))
            histogram->counts[bin_of(histogram, archive->energies[k]) * histogram->steps + step / histogram->stride]++;
    }
}

/* Counts of each column become shares. Returns the highest. */
static double normalise(struct histogram *histogram)
{
    double highest = 0;
    for (size_t c = 0; c < histogram->steps; c++) {
        double sum = 0;
        for (size_t b = 0; b < BINS; b++)
            sum += histogram->counts[b * histogram->steps + c];
        for (size_t b = 0; b < BINS && sum > 0; b++) {
            double *share = &histogram->counts[b * histogram->steps + c];
            *share /= sum;
            highest = fmax(highest, *share);
        }
    }
    return highest;
}

static void draw(struct gd_text *page, const struct histogram *histogram, const struct gd_group *group, size_t place,
                 double highest)
{
    char id[32];
    char *title = gd_format("Energies of accepted structures: %s", group->name);
    snprintf(id, sizeof id, "histogram-%zu", place + 1);
    page->failed |= !title;
    const struct gd_map map = {.id = id,
                               .title = title,
                               .x_label = "evaluation step",
                               .y_label = "energy (eV)",
                               .value_label = "share of structures",
                               .note = "The highest row counts all that is above it.",
                               .origin = {0.5, histogram->low},
                               .across = {(double)histogram->stride, 0},
                               .up = {0, (histogram->high - histogram->low) / BINS},
                               .columns = histogram->steps,
                               .rows = BINS,
                               .values = histogram->counts,
                               .high = highest,
                               .shade = (int)(place % 8),
                               .whole = true};
    if (title)
        gd_map_add(page, &map);
    free(title);
}

static void add_group(struct gd_text *page, const struct gd_group *group, const struct gd_archive *archives,
                      size_t place)
{
    struct histogram histogram = {0};
    const size_t most = count_lines(group);
    double *ends = gd_array(most + 1, sizeof *ends);
    size_t count, longest = 0;
    page->failed |= !ends;
    for (size_t r = 0; r < group->count && ends; r++) {
        list_ends(&group->records[r], ends, most, &count);
        longest = count > longest ? count : longest;
    }
    histogram.stride = longest / STEPS + 1;
    histogram.steps = (longest + histogram.stride - 1) / histogram.stride;
    if (longest < 2 || !ends || !find_range(archives, group, &histogram)) {
        free(ends);
        return;
    }
    histogram.counts = gd_array(histogram.steps * BINS, sizeof *histogram.counts);
    page->failed |= !histogram.counts;
    for (size_t r = 0; r < group->count && histogram.counts; r++) {
        list_ends(&group->records[r], ends, most, &count);
        const struct gd_archive own = own_part(&group->records[r], &archives[r]);
        count_run(&own, ends, count, &histogram);
    }
    if (histogram.counts)
        draw(page, &histogram, group, place, normalise(&histogram));
    free(histogram.counts);
    free(ends);
}

void gd_add_histograms(struct gd_text *page, const struct gd_results *results, const struct gd_archives *archives)
{
    const size_t before = page->length;
    for (size_t g = 0; g < results->count && g < FIGURES; g++)
        add_group(page, &results->groups[g], archives->list[g], g);
    gd_add_shown(page, before, "Energies of accepted structures", FIGURES, results->count);
}
