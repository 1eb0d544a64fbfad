/* godiff check FILE: every problem of a pipeline, before anything runs. */
#include <inttypes.h>

#include "cli/cli.h"

struct values {
    const char *file, *seed;
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
    {.name = "--seed",
     .value = "N",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, seed),
     .help = "the same as --set seed=N"},
    {0},
};

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_job job = {0};
    enum gd_status status = gd_job_open(&job, values->file, &values->set, values->seed, error);
    if (!status)
        printf("%s: ok, %" PRId64 " steps to execute\n", values->file, gd_job_executions(&job));
    gd_job_close(&job);
    return status;
}

const struct gd_command gd_command_check = {
    .name = "check",
    .summary = "every problem in a pipeline, with file:line:column, before anything runs",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
