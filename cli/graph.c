/* godiff graph FILE: the pipeline as Graphviz DOT. */
#include <stdlib.h>

#include "cli/cli.h"

struct values {
    const char *file;
    struct gd_list set;
};

static const struct gd_option options[] = {
    {.name = "FILE",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, file),
     .required = true,
     .help = "the pipeline"},
    {.name = "--set",
     .value = "PATH=VALUE",
     .kind = GD_OPTION_LIST,
     .offset = offsetof(struct values, set),
     .help = "another value for a parameter, such as train.steps=500"},
    {0},
};

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_job job = {0};
    enum gd_status status = gd_job_open(&job, values->file, &values->set, NULL, error);
    char *dot = NULL;
    if (!status && !(dot = gd_pipeline_dot(&job.pipeline)))
        status = gd_no_memory(error, "the graph");
    if (!status)
        fputs(dot, stdout);
    free(dot);
    gd_job_close(&job);
    return status;
}

const struct gd_command gd_command_graph = {
    .name = "graph",
    .summary = "a pipeline as Graphviz DOT, on standard output",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
