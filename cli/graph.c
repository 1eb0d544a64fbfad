/* godiff graph FILE: the pipeline as Graphviz DOT. */
#include <stdlib.h>

#include "cli/cli.h"

static const struct gd_option options[] = {GD_SOURCE_OPTIONS, {0}};

static enum gd_status run(const void *self, struct gd_error *error)
{
    struct gd_job job = {0};
    enum gd_status status = gd_job_open(&job, self, error);
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
    .summary = "print a pipeline as Graphviz DOT",
    .options = options,
    .size = sizeof(struct gd_source),
    .run = run,
};
