/* godiff compare DIR...: the statistics of runs. */
#include <stdlib.h>

#include "cli/results.h"

struct values {
    struct gd_list directories;
    struct gd_results_request results;
    const char *out;
};

static const struct gd_option options[] = {
    GD_DIRECTORIES_OPTION(offsetof(struct values, directories)),
    GD_MEASURE_OPTIONS(offsetof(struct values, results)),
    GD_TABLE_OPTIONS(offsetof(struct values, results)),
    {.name = "--out",
     .value = "FILE",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .help = "where the table goes (default: standard output)"},
    {0},
};

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_results results;
    struct gd_comparison comparison = {0};
    enum gd_status status = gd_results_load(&values->results, &values->directories, &results, error);
    if (!status)
        status = gd_comparison_make(&results, &comparison, error);
    if (!status)
        status = gd_comparison_print(&comparison, values->results.format, values->out, error);
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    return status;
}

const struct gd_command gd_command_compare = {
    .name = "compare",
    .summary = "the statistics of sweeps and runs, as a table",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
