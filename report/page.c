#include "report/page.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/host.h"
#include "report/axis.h"
#include "report/once.h"
#include "report/parts.h"
#include "report/plot.h"
#include "sweep/notes.h"
#include "sweep/table.h"

extern const char gd_page_css[], gd_page_js[];

/* --- Tables ------------------------------------------------------------------------------------------------------- */

/* A name, which may break into lines behind its commas. */
static void add_name(struct gd_text *page, const char *name)
{
    char character[2] = "";
    for (; *name; name++) {
        character[0] = *name;
        gd_html_add(page, character);
        if (*name == ',')
            gd_text_print(page, "<wbr>");
    }
}

static void add_grid(struct gd_text *page, const struct gd_grid *grid)
{
    page->failed |= grid->failed;
    if (grid->failed)
        return;
    gd_text_print(page, "<div class=\"wide\"><table>\n");
    for (size_t r = 0; r < grid->rows; r++) {
        gd_text_print(page, "<tr>");
        for (size_t c = 0; c < grid->columns; c++) {
            gd_text_print(page, r ? "<td>" : "<th>");
            (c == 0 ? add_name : gd_html_add)(page, grid->cells[r * grid->columns + c]);
            gd_text_print(page, r ? "</td>" : "</th>");
        }
        gd_text_print(page, "</tr>\n");
    }
    gd_text_print(page, "</table></div>\n");
}

/* Why what follows may mislead, in a sentence; NULL: nothing. */
static void add_note(struct gd_text *page, const char *note)
{
    if (!note)
        return;
    gd_text_print(page, "<p class=\"bad\">Note: ");
    gd_html_add(page, note);
    gd_text_print(page, ".</p>\n");
}

static void add_notes(struct gd_text *page, const struct gd_comparison *comparison)
{
    char *notes = gd_comparison_notes(comparison);
    page->failed |= !notes;
    for (char *line = notes, *end; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        add_note(page, line);
    }
    free(notes);
}

static void add_tables(struct gd_text *page, const struct gd_results *results, const struct gd_comparison *comparison)
{
    struct gd_grid grid;
    gd_text_print(page, "<h2>Results</h2>\n");
    add_note(page, results->mixed);
    add_note(page, results->passed);
    add_note(page, results->repeated);
    gd_grid_make_rows(&grid, comparison);
    add_grid(page, &grid);
    gd_grid_clear(&grid);
    if (comparison->count > 1) {
        gd_text_print(page, "<h3>Comparisons</h3>\n");
        gd_grid_make_contrasts(&grid, comparison);
        add_grid(page, &grid);
        gd_grid_clear(&grid);
    }
    add_notes(page, comparison);
    char *costs = gd_comparison_costs(comparison);
    page->failed |= !costs;
    gd_text_print(page, "<p class=\"dim\">");
    gd_html_add(page, costs ? costs : "");
    free(costs);
    gd_text_print(page, ". Intervals are 95 %%. Only finished runs count; a run without a hit counts up to its own end."
                        " p in parentheses are corrected for the number of comparisons.</p>\n");
}

static size_t count_state(const struct gd_results *results, enum gd_run_state state)
{
    size_t count = 0;
    for (size_t g = 0; g < results->count; g++)
        for (size_t r = 0; r < results->groups[g].count; r++)
            count += results->groups[g].records[r].state == state;
    return count;
}

/* The folder of a run as the page leads to it; what lies elsewhere is named only. */
static void add_folder(struct gd_text *page, const struct gd_page_facts *facts, const char *folder)
{
    const size_t length = facts->folder ? strlen(facts->folder) : 0;
    const bool inside = length > 0 && !strncmp(folder, facts->folder, length) && folder[length] == '/';
    if (inside) {
        gd_text_print(page, "<a href=\"");
        gd_html_add(page, folder + length + 1);
        gd_text_print(page, "/\">");
    }
    gd_html_add(page, inside ? folder + length + 1 : folder);
    if (inside)
        gd_text_print(page, "</a>");
}

/* A number with so many digits behind the point. */
static void add_value(struct gd_text *page, int digits, double value)
{
    gd_text_print(page, "<td>");
    if (isfinite(value))
        gd_text_print(page, "%.*f", digits, value);
    else
        gd_text_print(page, "–");
    gd_text_print(page, "</td>");
}

static void add_run(struct gd_text *page, const struct gd_page_facts *facts, const struct gd_group *group,
                    const struct gd_record *record)
{
    const bool failed = record->state == GD_RUN_FAILED;
    gd_text_print(page, "<tr><td>");
    gd_html_add(page, group->name);
    gd_text_print(page, "</td><td>%" PRIu64 "</td><td%s>%s</td>", record->seed, failed ? " class=\"bad\"" : "",
                  gd_run_state_names[record->state]);
    add_value(page, 0, record->evaluations);
    add_value(page, 4, record->best);
    add_value(page, 4, gd_json_number(record->summary, (const char *const[]){"relaxation", "best_energy", NULL}));
    add_value(page, 0, record->hit);
    add_value(page, 1, record->seconds);
    gd_text_print(page, "<td>");
    add_folder(page, facts, record->folder);
    gd_text_print(page, "</td></tr>\n");
}

/* Reasons are long: they stand below, and break into lines. */
static void add_failures(struct gd_text *page, const struct gd_results *results, const struct gd_page_facts *facts)
{
    gd_text_print(page, "<h2>Failed runs</h2><ul class=\"failed\">\n");
    for (size_t g = 0; g < results->count; g++)
        for (size_t r = 0; r < results->groups[g].count; r++) {
            const struct gd_record *record = &results->groups[g].records[r];
            if (record->state != GD_RUN_FAILED)
                continue;
            gd_text_print(page, "<li><b>");
            gd_html_add(page, results->groups[g].name);
            gd_text_print(page, "</b>, seed %" PRIu64 ", ", record->seed);
            add_folder(page, facts, record->folder);
            gd_text_print(page, "<br><span class=\"bad\">");
            gd_html_add(page, record->reason);
            gd_text_print(page, "</span></li>\n");
        }
    gd_text_print(page, "</ul>\n");
}

static void add_runs(struct gd_text *page, const struct gd_results *results, const struct gd_page_facts *facts)
{
    gd_text_print(page, "<details><summary>All runs</summary>\n<div class=\"wide\"><table><tr><th>variant</th>"
                        "<th>seed</th><th>state</th><th>evaluations</th><th>best (eV)</th><th>relaxed (eV)</th>"
                        "<th>first hit</th><th>seconds</th><th>folder</th></tr>\n");
    for (size_t g = 0; g < results->count; g++)
        for (size_t r = 0; r < results->groups[g].count; r++)
            add_run(page, facts, &results->groups[g], &results->groups[g].records[r]);
    gd_text_print(page, "</table></div></details>\n");
}

/* --- How it was made ---------------------------------------------------------------------------------------------- */

/* The text under a key; "": none. */
static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

/* What a summary says under a key, in the arena or borrowed; NULL: nothing. */
static const char *condition(const struct gd_record *record, const char *key, struct gd_arena *arena)
{
    char text[64];
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(record->summary, key);
    if (!cJSON_IsNumber(item))
        return cJSON_GetStringValue(item);
    snprintf(text, sizeof text, "%.0f", item->valuedouble);
    return gd_arena_string(arena, text, strlen(text));
}

/* What the summaries say under a key, every value once. */
static void add_conditions(struct gd_text *page, const struct gd_results *results, const char *key)
{
    enum { SHOWN = 16 };
    struct gd_once once = {0};
    for (size_t g = 0; g < results->count; g++)
        for (size_t r = 0; r < results->groups[g].count; r++) {
            const char *value = condition(&results->groups[g].records[r], key, &once.arena);
            if (value)
                gd_once_add(&once, value, "");
        }
    gd_text_print(page, "<tr><td>%s</td><td>", key);
    for (size_t k = 0; k < once.count && k < SHOWN; k++) {
        gd_text_print(page, "%s", k ? ", " : "");
        gd_html_add(page, once.list[k][0]);
    }
    if (once.count > SHOWN)
        gd_text_print(page, " and %zu more", once.count - SHOWN);
    gd_text_print(page, "</td></tr>\n");
    gd_once_clear(&once, page);
}

static void add_input(struct gd_text *page, const cJSON *input)
{
    const char *digest = text_of(input, "sha256");
    gd_text_print(page, "<tr><td>");
    gd_html_add(page, text_of(input, "use"));
    gd_text_print(page, "</td><td>");
    gd_html_add(page, text_of(input, "path"));
    gd_text_print(page, "</td><td><code>%.64s</code></td></tr>\n", *digest ? digest : "–");
}

/* A file once for each content that it had. */
static void add_inputs(struct gd_text *page, const struct gd_results *results)
{
    enum { SHOWN = 100 };
    struct gd_once once = {0};
    const cJSON *input;
    gd_text_print(page, "<h3>Files that went in</h3><div class=\"wide\"><table><tr><th>use</th><th>file</th>"
                        "<th>SHA-256</th></tr>\n");
    for (size_t g = 0; g < results->count; g++)
        for (size_t r = 0; r < results->groups[g].count; r++)
            cJSON_ArrayForEach(input, cJSON_GetObjectItemCaseSensitive(results->groups[g].records[r].summary, "inputs"))
            {
                const bool new = gd_once_add(&once, text_of(input, "path"), text_of(input, "sha256"));
                if (new &&once.count <= SHOWN)
                    add_input(page, input);
            }
    if (once.count > SHOWN)
        gd_text_print(page, "<tr><td>and %zu more</td></tr>\n", once.count - SHOWN);
    gd_text_print(page, "</table></div>\n");
    gd_once_clear(&once, page);
}

static void add_origin(struct gd_text *page, const struct gd_results *results, const struct gd_page_facts *facts)
{
    static const char *const keys[] = {"version", "commit",    "libraries", "host",   "processor",
                                       "device",  "precision", "kernels",   "threads"};
    char host[GD_HOST_SIZE], date[64] = "";
    const time_t now = time(NULL);
    struct tm moment;
    if (gmtime_r(&now, &moment))
        strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", &moment);
    gd_text_print(page, "<h2>Program and machine</h2><div class=\"wide text\"><table>\n");
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        add_conditions(page, results, keys[k]);
    gd_text_print(page, "<tr><td>page</td><td>godiff " GODIFF_VERSION " on ");
    gd_html_add(page, gd_host_name(host));
    gd_text_print(page, ", %s</td></tr></table></div>\n", date);
    add_inputs(page, results);
    if (facts->command_count > 0)
        gd_text_print(page, "<h3>Commands</h3><p class=\"dim\">One run of each variant.</p><pre>");
    for (size_t k = 0; k < facts->command_count; k++) {
        gd_html_add(page, facts->commands[k]);
        gd_text_print(page, "\n");
    }
    if (facts->command_count > 0)
        gd_text_print(page, "</pre>\n");
}

/* --- The page ----------------------------------------------------------------------------------------------------- */

static void add_head(struct gd_text *page, const struct gd_results *results, const struct gd_page_facts *facts)
{
    gd_text_print(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                        "<link rel=\"icon\" href=\"data:,\">");
    if (facts->refresh > 0)
        gd_text_print(page, "<meta http-equiv=\"refresh\" content=\"%d\">", facts->refresh);
    gd_text_print(page, "<title>");
    gd_html_add(page, facts->title);
    gd_text_print(page, "</title>\n<style>%s</style></head>\n<body>\n<h1>", gd_page_css);
    gd_html_add(page, facts->title);
    const size_t finished = count_state(results, GD_RUN_FINISHED);
    gd_text_print(page, "</h1>\n<p class=\"dim\">%zu run%s finished, %zu unfinished, %zu failed</p>\n", finished,
                  finished == 1 ? "" : "s", count_state(results, GD_RUN_NEW) + count_state(results, GD_RUN_BEGUN),
                  count_state(results, GD_RUN_FAILED));
}

enum gd_status gd_page_write(struct gd_results *results, const struct gd_comparison *comparison,
                             const struct gd_page_facts *facts, char **page, struct gd_error *error)
{
    struct gd_text text = {0};
    add_head(&text, results, facts);
    if (count_state(results, GD_RUN_FAILED) > 0)
        add_failures(&text, results, facts);
    add_tables(&text, results, comparison);
    gd_text_print(&text, "<h2>Search</h2><div class=\"grid\">\n");
    gd_add_surfaces(&text, results, facts->surfaces);
    gd_add_success(&text, results, comparison);
    gd_add_best_energy(&text, results);
    gd_add_histograms(&text, results, facts->archives);
    gd_add_traces(&text, results);
    gd_text_print(&text, "</div>\n");
    gd_add_structures(&text, results);
    gd_add_step_times(&text, results);
    add_runs(&text, results, facts);
    gd_add_pipelines(&text, results);
    add_origin(&text, results, facts);
    gd_text_print(&text, "<script>%s</script>\n</body></html>\n", gd_page_js);
    *page = gd_text_take(&text);
    return *page ? GD_OK : gd_no_memory(error, "the page");
}
