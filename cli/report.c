/* godiff report DIR...: a page of results. */
#include <stdlib.h>

#include "cli/page.h"

struct values {
    struct gd_list directories;
    struct gd_results_request results;
    const char *out;
};

static const struct gd_option options[] = {
    GD_DIRECTORIES_OPTION(offsetof(struct values, directories)),
    {.name = "--out",
     .value = "FILE",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .help = "the page (default: report.html in the first DIR)"},
    GD_MEASURE_OPTIONS(offsetof(struct values, results)),
    {0},
};

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_results results;
    char *path = NULL;
    enum gd_status status = gd_results_load(&values->results, &values->directories, &results, error);
    const size_t known = results.problems.count;
    if (!status)
        status = gd_page_make(&values->directories, &results, values->out, 0, &path, error);
    if (results.problems.count > known)
        gd_print_problems(&results.problems);
    if (!status && gd_output_find_kind(path) != GD_TO_STDOUT) {
        gd_print_escaped(stdout, path, SIZE_MAX);
        putchar('\n');
    }
    free(path);
    gd_results_clear(&results);
    return status;
}

const struct gd_command gd_command_report = {
    .name = "report",
    .summary = "a page with the figures and tables of sweeps and runs",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
