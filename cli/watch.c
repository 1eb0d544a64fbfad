/* godiff watch DIR: the steps of a run as they end, or how a sweep stands, from another terminal. Reads files alone, so
 * that the run does not know of it. */
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/live_page.h"
#include "cli/watch_sweep.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "sweep/manifest.h"

struct values {
    const char *run;
    int64_t steps;
    double interval;
    bool once, html;
};

static const struct gd_option options[] = {
    {.name = "DIR",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, run),
     .required = true,
     .help = "the folder of a run or of a sweep"},
    {.name = "--steps",
     .value = "N",
     .kind = GD_OPTION_INT,
     .offset = offsetof(struct values, steps),
     .min = 1,
     .max = 1e9,
     .help = "of a run: how many of the steps that have ended are shown first (default: 10)"},
    {.name = "--interval",
     .value = "SECONDS",
     .kind = GD_OPTION_FLOAT,
     .offset = offsetof(struct values, interval),
     .min = 0,
     .max = 86400,
     .above_min = true,
     .help = "time between two looks (default: 2)"},
    {.name = "--once", .kind = GD_OPTION_FLAG, .offset = offsetof(struct values, once), .help = "one look only"},
    {.name = "--html",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, html),
     .help = "also rewrite DIR/report.html (godiff report) while it goes on"},
    {0},
};

struct watch {
    char *metrics, *lock, *summary; /* paths */
    size_t read;                    /* bytes of metrics.jsonl that have been shown */
};

/* Whether a process holds the run. Where the lock is free it is taken and given back at once; a run that begins in this
 * moment asks again. */
static bool is_live(const struct watch *watch)
{
    const int file = open(watch->lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return false;
    const bool live = flock(file, LOCK_SH | LOCK_NB) != 0;
    close(file);
    return live;
}

/* "evaluate-2    iteration 1  temperature 0.02  evaluations 18  best_energy 4.87964  0.02 s" */
static void print_step(const cJSON *step)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(step, "step"), *item;
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(step, "seconds");
    if (!cJSON_IsString(name))
        return;
    gd_print_escaped(stdout, name->valuestring, SIZE_MAX);
    for (size_t k = strlen(name->valuestring); k < 12; k++)
        putchar(' ');
    cJSON_ArrayForEach(item, step) if (cJSON_IsNumber(item) && item != seconds)
    {
        fputs("  ", stdout);
        gd_print_escaped(stdout, item->string, SIZE_MAX);
        printf(" %.6g", item->valuedouble);
    }
    if (cJSON_IsNumber(seconds))
        printf("  %.2f s", seconds->valuedouble);
    putchar('\n');
}

/* The beginning of the last `count` whole lines. */
static const char *find_last_lines(const char *text, size_t length, int64_t count)
{
    const char *at = text + length;
    while (at > text && at[-1] != '\n')
        at--; /* a line that is being written */
    for (; at > text && count > 0; count--)
        for (at--; at > text && at[-1] != '\n';)
            at--;
    return at;
}

/* Shows the lines that have come since the last look, of the first look the last ones. */
static enum gd_status show_steps(struct watch *watch, int64_t most, struct gd_error *error)
{
    char *text = NULL;
    size_t length = 0;
    struct gd_error why = {0};
    enum gd_status status = gd_file_read(watch->metrics, &text, &length, &why);
    if (status)
        return status == GD_NO_MEMORY ? gd_no_memory(error, watch->metrics) : GD_OK; /* no step has ended yet */
    if (length < watch->read)
        watch->read = length; /* a run that was resumed has taken lines back */
    const char *line = watch->read ? text + watch->read : find_last_lines(text, length, most), *end;
    for (; (end = strchr(line, '\n')); line = end + 1) {
        cJSON *object = cJSON_ParseWithLength(line, (size_t)(end - line));
        print_step(object);
        cJSON_Delete(object);
    }
    watch->read = (size_t)(line - text);
    free(text);
    return gd_stdout_finish(error);
}

/* How the run stands: its summary says how it ended, and a process that holds it that it has not. A summary that says
 * that it runs, without such a process, is that of a run that was killed. */
static enum gd_status print_standing(const struct watch *watch, bool live, struct gd_error *error)
{
    char *text = NULL;
    size_t length = 0;
    struct gd_error why = {0};
    cJSON *summary = NULL;
    enum gd_status status = live ? GD_BAD_INPUT : gd_file_read(watch->summary, &text, &length, &why);
    if (!status)
        status = gd_json_read(text, length, &summary);
    const char *ending = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(summary, "status"));
    if (ending && !strcmp(ending, "running"))
        ending = "killed: its last checkpoint is there to go on from";
    fputs("status        ", stdout);
    gd_print_escaped(stdout, live ? "running" : ending ? ending : "not running, without a summary", SIZE_MAX);
    putchar('\n');
    cJSON_Delete(summary);
    free(text);
    return status == GD_NO_MEMORY ? gd_no_memory(error, watch->summary) : GD_OK;
}

static double interval_of(const struct values *values)
{
    return values->interval > 0 ? values->interval : 2;
}

static enum gd_status follow(struct watch *watch, const struct values *values, struct gd_error *error)
{
    struct gd_live_page page = {0};
    bool live = true;
    enum gd_status status = GD_OK;
    while (!status && live) {
        live = is_live(watch); /* before the look: what a run writes last is seen */
        status = show_steps(watch, values->steps > 0 ? values->steps : 10, error);
        if (!status && values->html)
            status = gd_live_page_write(&page, values->run, values->once || !live, error);
        if (values->once)
            break;
        if (!status && live)
            gd_watch_wait(interval_of(values));
    }
    return status ? status : print_standing(watch, live, error);
}

static enum gd_status check_run(const char *directory, struct gd_error *error)
{
    char *pipeline = gd_file_join(directory, "pipeline.yaml");
    if (!pipeline)
        return gd_no_memory(error, directory);
    const bool there = access(pipeline, F_OK) == 0;
    free(pipeline);
    return there ? GD_OK : gd_fail(error, GD_BAD_INPUT, "%s contains no run and no sweep", directory);
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    const bool sweep = gd_manifest_exists(values->run);
    if (sweep && values->steps)
        return gd_fail(error, GD_BAD_INPUT, "--steps is for a run, and %s is a sweep", values->run);
    if (sweep)
        return gd_watch_sweep(values->run, interval_of(values), values->once, values->html, error);
    struct watch watch = {
        .metrics = gd_file_join(values->run, "metrics.jsonl"),
        .lock = gd_file_join(values->run, ".lock"),
        .summary = gd_file_join(values->run, "summary.json"),
    };
    enum gd_status status =
        watch.metrics && watch.lock && watch.summary ? check_run(values->run, error) : gd_no_memory(error, values->run);
    if (!status)
        status = follow(&watch, values, error);
    free(watch.metrics);
    free(watch.lock);
    free(watch.summary);
    return status;
}

const struct gd_command gd_command_watch = {
    .name = "watch",
    .summary = "show a run or a sweep while it goes on, from another terminal",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
