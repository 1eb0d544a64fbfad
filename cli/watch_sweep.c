#include "cli/watch_sweep.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/live_page.h"
#include "cli/results.h"
#include "cli/terminal.h"
#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "sweep/claim.h"
#include "sweep/manifest.h"

enum { BAR_WIDTH = 20, CURVE_WIDTH = 24 };

static const double looking = 0.2; /* the share of the time that is spent on looking, at most */

/* One look at a sweep. */
struct look {
    struct gd_sweep sweep;
    struct gd_results results;
    struct gd_comparison comparison;
    double end, low, high; /* of the curves: the longest cost, and the range of energies */
    size_t live, left;     /* runs that are worked on; that have not ended */
};

/* --- Runs --------------------------------------------------------------------------------------------------------- */

/* Whether a process works on the run, by its claim. */
static bool is_live(const char *directory, const struct gd_sweep_run *run)
{
    char *claims = gd_file_join(directory, GD_SWEEP_CLAIMS);
    const bool live = claims && gd_claim_is_held(claims, run->tag, GD_CLAIM_PATIENCE);
    free(claims);
    return live;
}

static const struct gd_record *record_of(const struct look *look, const struct gd_sweep_run *run)
{
    const struct gd_group *group = &look->results.groups[run->variant];
    for (size_t k = 0; k < group->count; k++)
        if (group->records[k].seed == run->seed)
            return &group->records[k];
    return NULL;
}

static double best_of(const struct gd_record *record)
{
    return gd_record_best_at(record, INFINITY);
}

/* "train.steps=200  seed 3  [#####-----]  50%  best 5.52 eV" */
static void add_bar(struct gd_text *text, const struct look *look, const struct gd_sweep_run *run, int width)
{
    const struct gd_variant *variant = &look->sweep.variants[run->variant];
    const struct gd_record *record = record_of(look, run);
    const double steps = record ? cJSON_GetArraySize(record->lines) + cJSON_GetArraySize(record->inner) : 0,
                 best = record ? best_of(record) : NAN;
    const double share = variant->steps > 0 ? fmin(1, steps / variant->steps) : 0;
    const int filled = (int)(share * BAR_WIDTH);
    gd_text_print(text, "%-*.*s  seed %-4" PRIu64 "  [%.*s%.*s] %3.0f%%", width, width, variant->name, run->seed,
                  filled, "####################", BAR_WIDTH - filled, "--------------------", 100 * share);
    if (isfinite(best))
        gd_text_print(text, "  best %.6g eV", best);
    gd_text_print(text, "\n");
}

/* --- Variants ----------------------------------------------------------------------------------------------------- */

/* The lowest energy that runs of the group have at a cost; NaN: none. */
static double lowest_at(const struct gd_group *group, double cost)
{
    double lowest = NAN;
    for (size_t k = 0; k < group->count; k++)
        lowest = fmin(lowest, gd_record_best_at(&group->records[k], cost)); /* fmin leaves NaN out */
    return lowest;
}

static double curve_cost(const struct look *look, int place)
{
    return look->end * (place + 1) / CURVE_WIDTH;
}

static void find_ranges(struct look *look)
{
    look->end = 0;
    look->low = INFINITY;
    look->high = -INFINITY;
    for (size_t g = 0; g < look->results.count; g++)
        for (size_t k = 0; k < look->results.groups[g].count; k++)
            look->end = fmax(look->end, look->results.groups[g].records[k].end);
    for (size_t g = 0; g < look->results.count; g++)
        for (int k = 0; k < CURVE_WIDTH; k++) {
            const double energy = lowest_at(&look->results.groups[g], curve_cost(look, k));
            if (isfinite(energy)) {
                look->low = fmin(look->low, energy);
                look->high = fmax(look->high, energy);
            }
        }
}

/* The lowest energy over the cost, as a row of bars. */
static void add_curve(struct gd_text *text, const struct look *look, const struct gd_group *group)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    for (int k = 0; k < CURVE_WIDTH; k++) {
        const double energy = lowest_at(group, curve_cost(look, k));
        const double share = look->high > look->low ? (energy - look->low) / (look->high - look->low) : 0;
        gd_text_print(text, "%s", isfinite(energy) ? bars[(int)(7 * share + 0.5)] : " ");
    }
}

/* "train.steps=200    3/8 done, 1 failed  hits 2  █▆▅▃▂▁▁  best 5.51 eV" */
static void add_variant(struct gd_text *text, const struct look *look, size_t variant, int width)
{
    const struct gd_row *row = &look->comparison.rows[variant];
    const struct gd_group *group = &look->results.groups[variant];
    const double best = lowest_at(group, INFINITY);
    gd_text_print(text, "%-*.*s  %3.0f/%.0f done", width, width, row->name, row->finished, row->runs);
    if (row->failed > 0)
        gd_text_print(text, ", %.0f failed", row->failed);
    if (row->searches > 0)
        gd_text_print(text, "  hits %.0f", row->hits);
    if (isfinite(best)) {
        gd_text_print(text, "  ");
        add_curve(text, look, group);
        gd_text_print(text, "  best %.6g eV", best);
    }
    gd_text_print(text, "\n");
}

/* --- The whole ---------------------------------------------------------------------------------------------------- */

static int name_width(const struct gd_sweep *sweep)
{
    size_t most = 8;
    for (size_t k = 0; k < sweep->count; k++)
        most = strlen(sweep->variants[k].name) > most ? strlen(sweep->variants[k].name) : most;
    return most < 40 ? (int)most : 40;
}

static enum gd_status take_look(const char *directory, struct look *look, struct gd_error *error)
{
    *look = (struct look){.results = {.measure = {.column = "evaluations"}}};
    enum gd_status status = gd_manifest_read(directory, &look->sweep, error);
    if (!status)
        status = gd_results_add(&look->results, directory, "", error);
    if (!status)
        status = gd_comparison_make(&look->results, &look->comparison, error);
    if (status)
        return status;
    find_ranges(look);
    for (size_t k = 0; k < look->sweep.run_count; k++) {
        const struct gd_record *record = record_of(look, &look->sweep.runs[k]);
        const bool ended = record && (record->state == GD_RUN_FINISHED || record->state == GD_RUN_FAILED);
        look->left += !ended;
        look->live += !ended && is_live(directory, &look->sweep.runs[k]);
    }
    return GD_OK;
}

static void clear_look(struct look *look)
{
    gd_comparison_clear(&look->comparison);
    gd_results_clear(&look->results);
    gd_sweep_clear(&look->sweep);
}

static char *describe(const char *directory, const struct look *look)
{
    const int width = name_width(&look->sweep);
    struct gd_text text = {0};
    for (size_t k = 0; k < look->sweep.count; k++)
        add_variant(&text, look, k, width);
    for (size_t k = 0; k < look->sweep.run_count; k++) {
        const struct gd_sweep_run *run = &look->sweep.runs[k];
        const struct gd_record *record = record_of(look, run);
        if (record && record->state != GD_RUN_FINISHED && record->state != GD_RUN_FAILED && is_live(directory, run))
            add_bar(&text, look, run, width);
    }
    gd_text_print(&text, "%zu of %zu runs have ended", look->sweep.run_count - look->left, look->sweep.run_count);
    if (look->live > 0)
        gd_text_print(&text, ", %zu %s worked on", look->live, look->live == 1 ? "is" : "are");
    else if (look->left > 0)
        gd_text_print(&text, "; nobody works on it");
    gd_text_print(&text, "\n");
    return gd_text_take(&text);
}

/* Prints the lines of a text, in place of the former ones on a terminal. Returns how many. */
static int print_block(char *text, int former)
{
    int lines = 0;
    if (former > 0 && isatty(STDOUT_FILENO))
        printf("\033[%dA\r\033[J", former);
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        *end = '\0';
        gd_print_escaped(stdout, line, isatty(STDOUT_FILENO) ? (size_t)gd_terminal_width() - 1 : SIZE_MAX);
        putchar('\n');
    }
    return lines;
}

/* The table, when there is nothing more to wait for. */
static enum gd_status print_table(struct look *look, struct gd_error *error)
{
    enum gd_status status = gd_results_check(&look->results, error);
    if (status)
        return status;
    gd_print_problems(&look->results.problems);
    gd_results_warn(&look->results);
    putchar('\n');
    return gd_comparison_print(&look->comparison, GD_TABLE_TEXT, NULL, error);
}

void gd_watch_wait(double seconds)
{
    struct timespec time = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
    while (nanosleep(&time, &time) != 0)
        ;
}

enum gd_status gd_watch_sweep(const char *directory, double interval, bool once, bool html, struct gd_error *error)
{
    struct gd_live_page page = {0};
    enum gd_status status = GD_OK;
    int lines = 0, idle = 0;
    for (bool last = false; !status && !last;) {
        struct look look;
        const double begin = gd_clock();
        status = take_look(directory, &look, error);
        idle = look.live > 0 ? 0 : idle + 1; /* between two runs nobody may work on any */
        last = status || once || look.left == 0 || idle > 1;
        char *text = status ? NULL : describe(directory, &look);
        if (text)
            lines = print_block(text, lines);
        free(text);
        if (!status && last)
            status = print_table(&look, error);
        clear_look(&look);
        if (!status && html)
            status = gd_live_page_write(&page, directory, last, error);
        if (!status)
            status = gd_stdout_finish(error);
        if (!status && !last)
            gd_watch_wait(fmax(interval, (gd_clock() - begin) / looking));
    }
    return status;
}
