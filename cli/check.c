/* godiff check FILE...: every problem of pipelines, before anything runs. */
#include "cli/cli.h"

struct values {
    struct gd_source source;
    struct gd_list files;
    bool quiet;
};

static const struct gd_option options[] = {
    {.name = "FILE",
     .kind = GD_OPTION_LIST,
     .offset = offsetof(struct values, files),
     .required = true,
     .help = "the pipelines"},
    GD_OVERRIDE_OPTIONS,
    GD_FROM_OPTION,
    {.name = "--quiet",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, quiet),
     .help = "print warnings and problems only"},
    {0},
};

static enum gd_status check(const struct gd_source *source, bool quiet, struct gd_error *error)
{
    struct gd_job job = {0};
    enum gd_status status = gd_job_open(&job, source, error);
    if (!status && !quiet) {
        gd_print_escaped(stdout, source->file, SIZE_MAX);
        printf(": ok, %.0f steps to execute\n", gd_pipeline_executions(&job.pipeline));
    }
    gd_job_close(&job);
    return status;
}

/* Goes on after a file with problems; an error that has a message, such as a bad --set, is that of every file. */
static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_source source = values->source;
    enum gd_status worst = GD_OK;
    for (size_t k = 0; k < values->files.count && !error->text[0]; k++) {
        source.file = values->files.items[k];
        const enum gd_status status = check(&source, values->quiet, error);
        if (status && values->files.count > 1 && !error->text[0]) {
            fputs("... in ", stderr);
            gd_print_escaped(stderr, source.file, SIZE_MAX);
            fputc('\n', stderr);
        }
        worst = status ? status : worst;
    }
    return worst;
}

const struct gd_command gd_command_check = {
    .name = "check",
    .summary = "report all problems of pipelines, with file:line:column",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
