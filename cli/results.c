#include "cli/results.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/numbers.h"

static enum gd_status read_measure(const struct gd_results_request *request, struct gd_measure *measure,
                                   struct gd_error *error)
{
    *measure = (struct gd_measure){.column = request->over ? request->over : "evaluations",
                                   .by_energy = request->energy != NULL};
    if (request->energy && !gd_parse_float(request->energy, &measure->energy))
        return gd_fail(error, GD_BAD_INPUT, "--energy: expected a number in eV, got '%s'", request->energy);
    return GD_OK;
}

/* The numbers of --at, in the arena. */
static enum gd_status read_costs(const char *text, struct gd_results *results, struct gd_error *error)
{
    size_t count = 1;
    for (const char *c = text; *c; c++)
        count += *c == ',';
    char *copy = gd_arena_string(&results->arena, text, strlen(text)), *rest = NULL;
    double *costs = gd_arena_alloc(&results->arena, count, sizeof *costs);
    if (!copy || !costs)
        return gd_no_memory(error, "--at");
    results->measure.at = costs;
    for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        if (!gd_parse_float(word, &costs[results->measure.at_count++]))
            return gd_fail(error, GD_BAD_INPUT, "--at: expected numbers such as 500,1000, got '%s'", text);
    return GD_OK;
}

enum gd_status gd_results_load(const struct gd_results_request *request, const struct gd_list *directories,
                               struct gd_results *results, struct gd_error *error)
{
    *results = (struct gd_results){0};
    enum gd_status status = read_measure(request, &results->measure, error);
    if (!status && request->at)
        status = read_costs(request->at, results, error);
    for (size_t k = 0; k < directories->count && !status; k++)
        status =
            gd_results_add(results, directories->items[k], directories->count > 1 ? directories->items[k] : "", error);
    gd_print_problems(&results->problems);
    if (!status)
        status = gd_results_check(results, error);
    if (!status)
        gd_results_warn(results);
    return status;
}

void gd_results_warn(const struct gd_results *results)
{
    const char *const warnings[] = {results->mixed, results->passed, results->repeated};
    for (size_t k = 0; k < sizeof warnings / sizeof *warnings; k++)
        if (warnings[k])
            gd_print_message("warning", warnings[k]);
}

/* Names are the user's. */
static void print_lines(char *text)
{
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        gd_print_escaped(stdout, line, SIZE_MAX);
        putchar('\n');
    }
}

enum gd_status gd_comparison_print(const struct gd_comparison *comparison, int format, const char *path,
                                   struct gd_error *error)
{
    struct gd_output output;
    char *text = gd_table_write(comparison, (enum gd_table_format)format);
    if (!text)
        return gd_no_memory(error, "the table");
    enum gd_status status = gd_output_open(&output, path, error);
    if (!status && output.stream == stdout && format == GD_TABLE_TEXT)
        print_lines(text);
    else if (!status)
        fputs(text, output.stream);
    free(text);
    return status ? status : gd_output_close(&output, status, error);
}
