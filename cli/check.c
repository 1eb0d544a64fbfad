/* godiff check FILE: every problem of a pipeline, before anything runs. */
#include "cli/cli.h"

static const struct gd_option options[] = {GD_SOURCE_OPTIONS, {0}};

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct gd_source *source = self;
    struct gd_job job = {0};
    enum gd_status status = gd_job_open(&job, source, error);
    if (!status) {
        gd_print_escaped(stdout, source->file, SIZE_MAX);
        printf(": ok, %.0f steps to execute\n", gd_pipeline_executions(&job.pipeline));
    }
    gd_job_close(&job);
    return status;
}

const struct gd_command gd_command_check = {
    .name = "check",
    .summary = "report all problems of a pipeline, with file:line:column",
    .options = options,
    .size = sizeof(struct gd_source),
    .run = run,
};
