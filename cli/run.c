/* godiff run FILE: executes a pipeline. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/build.h"
#include "cli/cli.h"
#include "cli/extended.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/run/run.h"
#include "stages/target.h"

struct values {
    struct gd_source source;
    const char *checkpoint, *most, *share;
    int64_t threads;
    struct gd_device_request wish;
    struct gd_list extend;
    bool quiet;
};

static const struct gd_option options[] = {
    GD_SOURCE_OPTIONS,
    {.name = "--out",
     .value = "DIR",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, source.out),
     .help = "output folder (default: runs/NAME-SEED)"},
    {.name = "--resume",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, source.resume),
     .help = "continue the run in DIR"},
    GD_FROM_OPTION,
    {.name = "--extend",
     .value = "PATH=VALUE",
     .kind = GD_OPTION_LIST,
     .offset = offsetof(struct values, extend),
     .words = "settings",
     .help = "with --resume: go on with another value, such as loop.times=40"},
    {.name = "--checkpoint",
     .value = "TIME",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, checkpoint),
     .help =
         "at least so long from one checkpoint to the next, such as 5m; step: after every step; auto (default): after "
         "every step, unless that takes more than 2 % of the time"},
    {.name = "--max-time",
     .value = "TIME",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, most),
     .help = "stop in time to have saved everything after so long, such as 90s, 30m, 1h30m or 1d, with exit code 75"},
    {.name = "--share",
     .value = "FOLDER",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, share),
     .help = "take over the steps that another run of a sweep has left there, and leave them for others"},
    GD_THREADS_OPTION(offsetof(struct values, threads)),
    GD_DEVICE_OPTIONS(offsetof(struct values, wish)),
    {.name = "--quiet",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, quiet),
     .help = "print warnings and errors only"},
    {0},
};

static double number(const cJSON *summary, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(summary, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

/* What the relaxation at the end of the run has found; the lowest energy may be of a structure that is no minimum. */
static void print_relaxation(const cJSON *relaxation)
{
    const double best = number(relaxation, "best_energy"), minima = number(relaxation, "minima"),
                 lowest = number(relaxation, "lowest_minimum"), count = number(relaxation, "relaxed"),
                 calls = number(relaxation, "evaluations");
    char lowest_of[160];
    snprintf(lowest_of, sizeof lowest_of, "the lowest of %.0f minim%s from %.0f structure%s; %.0f force call%s", minima,
             minima == 1 ? "um" : "a", count, count == 1 ? "" : "s", calls, calls == 1 ? "" : "s");
    if (isfinite(best) && minima == 0)
        printf("relaxed       none of %.0f structures converged; the lowest energy is %.6f eV; %.0f force calls\n",
               count, best, calls);
    else if (isfinite(best) && best < lowest)
        printf("relaxed       %.6f eV, of a structure that did not converge; %.6f eV, %s\n", best, lowest, lowest_of);
    else if (isfinite(best))
        printf("relaxed       %.6f eV, %s\n", best, lowest_of);
}

static void print_target(const cJSON *target, const cJSON *relaxation)
{
    const cJSON *after = cJSON_GetObjectItemCaseSensitive(relaxation, "target");
    const bool relaxed = isfinite(number(after, "evaluation"));
    const double found = number(target, "evaluation");
    if (isfinite(found))
        printf("target        found at evaluation %.0f\n", found);
    else if (cJSON_IsObject(target))
        printf("target        not found%s\n", relaxed ? " in the search; found by relaxation" : "");
}

/* The results on stdout, from summary.json: what is said here is what is written there. */
static void print_summary(const cJSON *summary, const char *directory)
{
    const cJSON *target = cJSON_GetObjectItemCaseSensitive(summary, "target");
    const cJSON *relaxation = cJSON_GetObjectItemCaseSensitive(summary, "relaxation");
    const double best = number(summary, "best_energy"), evaluations = number(summary, "evaluations");
    gd_c_locale_begin();
    if (isfinite(best))
        printf("best energy   %.6f eV\n", best);
    if (isfinite(evaluations))
        printf("evaluations   %.0f\n", evaluations);
    print_relaxation(relaxation);
    print_target(target, relaxation);
    fputs("results       ", stdout);
    gd_print_escaped(stdout, directory, SIZE_MAX);
    putchar('\n');
}

/* The run has ended well, so what fails here is no bad input. */
static enum gd_status read_summary(const char *path, cJSON **summary, struct gd_error *error)
{
    char *text = NULL;
    size_t length = 0;
    enum gd_status status = gd_file_read(path, &text, &length, error);
    if (!status && (status = gd_json_read(text, length, summary)) != GD_OK)
        gd_fail(error, status, status == GD_NO_MEMORY ? "out of memory for %s" : "%s: not JSON", path);
    free(text);
    return status == GD_BAD_INPUT ? GD_FAILED : status;
}

static enum gd_status report(const char *directory, struct gd_error *error)
{
    cJSON *summary = NULL;
    char *path = gd_format("%s/summary.json", directory);
    enum gd_status status = path ? read_summary(path, &summary, error) : gd_no_memory(error, directory);
    if (!status)
        print_summary(summary, directory);
    cJSON_Delete(summary);
    free(path);
    return status;
}

/* The times of the command line, in seconds. */
struct times {
    double checkpoint;
    double most; /* 0: no limit */
};

static enum gd_status parse_times(const struct values *values, struct times *times, struct gd_error *error)
{
    const char *checkpoint = values->checkpoint ? values->checkpoint : "auto";
    *times = (struct times){.checkpoint = strcmp(checkpoint, "step") == 0 ? 0 : GD_CHECKPOINT_AUTO};
    if (strcmp(checkpoint, "auto") != 0 && strcmp(checkpoint, "step") != 0 &&
        !gd_parse_duration(checkpoint, &times->checkpoint))
        return gd_fail(error, GD_BAD_INPUT,
                       "--checkpoint: expected auto, step, or a time such as 90s, 5m or 1h, got '%s'", checkpoint);
    if (values->most && (!gd_parse_duration(values->most, &times->most) || times->most <= 0))
        return gd_fail(error, GD_BAD_INPUT, "--max-time: expected a time such as 90s, 30m, 1h30m or 1d, got '%s'",
                       values->most);
    return GD_OK;
}

/* When the steps have ended there is time to write the files. */
static void on_event(void *self, const struct gd_event *event)
{
    (void)self;
    if (event->kind == GD_EVENT_RUN_END)
        gd_stop_be_patient();
}

/* The changes of the command line, NULL-ended; NULL when out of memory. */
static const char **list_extends(const struct gd_list *extend)
{
    const char **list = gd_array(extend->count + 1, sizeof *list);
    for (size_t k = 0; list && k < extend->count; k++)
        list[k] = extend->items[k];
    return list;
}

/* Says at the end of the run that its best structure, relaxed if it was, is too low for the target: on the screen also
 * when it is to be quiet, and in the log. */
static void warn_about_target(const struct gd_state *state, struct gd_progress_view *view, struct gd_progress_view *log)
{
    const struct gd_set *relaxed = gd_state_get(state, "best_relaxed");
    const struct gd_set *best = relaxed ? relaxed : gd_state_get(state, "best");
    char text[GD_TARGET_TEXT];
    if (!gd_target_is_passed(gd_state_get(state, "target"), best, text, sizeof text))
        return;
    gd_progress_say(view, "warning", text);
    gd_progress_say(log, "warning", text);
}

static enum gd_status execute(const struct gd_extended *extended, const struct values *values,
                              const struct gd_device_choice *device, const struct times *times, struct gd_error *error)
{
    struct gd_job *job = extended->job;
    char *command = gd_command_line();
    const char **extends = list_extends(&values->extend);
    const char *note = *device->note ? device->note : NULL;
    char *log_path = gd_file_join(extended->directory, "log.txt");
    struct gd_progress_view *view = gd_progress_new(job, values->quiet, note);
    struct gd_progress_view *log = log_path ? gd_progress_log(job, log_path, note) : NULL;
    enum gd_status status = GD_OK;
    if (!view || !log || !command || !extends)
        status = gd_no_memory(error, "the run");
    const struct gd_sink sinks[] = {gd_progress_sink(view), gd_progress_sink(log), {.event = on_event}};
    const struct gd_run_options run_options = {
        .directory = extended->directory,
        .command = command,
        .former = extended->former,
        .extends = extends,
        .given = job == &extended->first ? NULL : &extended->first.pipeline,
        .resume = values->source.resume,
        .from = job->origin.from,
        .threads = gd_threads_decide(values->threads),
        .device = device->name,
        .precision = device->precision,
        .kernels = device->found,
        .version = GODIFF_VERSION,
        .commit = *gd_build_commit ? gd_build_commit : NULL,
        .libraries = gd_build_libraries,
        .checkpoint = times->checkpoint,
        .share = values->share,
        .deadline = times->most > 0 ? gd_clock() + times->most : 0,
        .sinks = sinks,
        .sink_count = sizeof sinks / sizeof *sinks,
        .interrupted = &gd_stop_requests,
    };
    gd_stop_watch(times->most);
    if (!status)
        status = gd_run(&job->pipeline, job->state, &run_options, error);
    if (!status)
        warn_about_target(job->state, view, log);
    if (status && status != GD_BAD_INPUT)
        gd_progress_say(log, status == GD_INTERRUPTED ? "" : "error", error->text);
    gd_progress_free(view);
    gd_progress_free(log);
    free(log_path);
    free(extends);
    free(command);
    const bool limit = status == GD_INTERRUPTED && gd_stop_requests == 0;
    return status == GD_INTERRUPTED && (limit || gd_stop_is_pause()) ? GD_PAUSED : status;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_device_choice device;
    struct times times;
    enum gd_status status = parse_times(values, &times, error);
    if (!status)
        status = gd_device_decide(&values->wish, &device, error);
    if (status)
        return status;

    struct gd_extended extended = {0};
    status = gd_extended_open(&extended, &values->source, &values->extend, error);
    if (!status)
        status = execute(&extended, values, &device, &times, error);
    if (!status && !values->quiet)
        status = report(extended.directory, error);
    gd_extended_close(&extended);
    return status;
}

const struct gd_command gd_command_run = {
    .name = "run",
    .summary = "run a pipeline",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
    .lasting = true,
};
