/* metrics.jsonl: one line per executed step, on disk before the checkpoint that counts it. */
#include "engine/run/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/language/pipeline.h"

/* JSON has no NaN or infinity: null instead. */
static bool add_number(cJSON *object, const char *name, double value)
{
    return isfinite(value) ? cJSON_AddNumberToObject(object, name, value) : cJSON_AddNullToObject(object, name);
}

static bool add_integer(cJSON *object, const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    return cJSON_AddRawToObject(object, name, text);
}

bool gd_metrics_add_figures(cJSON *object, const struct gd_registry *registry, const struct gd_state *state)
{
    bool added = true;
    for (const struct gd_slot *const *slots = gd_registry_slots(registry); *slots && added; slots++) {
        const struct gd_slot *slot = *slots;
        if (!slot->figure)
            continue;
        const void *value = state ? gd_state_get_untracked(state, slot->name) : NULL;
        double figure = value ? slot->read_figure(value) : NAN;
        if (slot->integer && fabs(figure) < 0x1p63)
            added = add_integer(object, slot->figure, (int64_t)figure);
        else
            added = add_number(object, slot->figure, figure);
    }
    return added;
}

enum gd_status gd_metrics_make(struct gd_metrics *metrics, const char *directory, struct gd_error *error)
{
    *metrics = (struct gd_metrics){.path = gd_file_join(directory, "metrics.jsonl"), .file = -1};
    return metrics->path ? GD_OK : gd_no_memory(error, "metrics.jsonl");
}

static void close_file(struct gd_metrics *metrics)
{
    if (metrics->file >= 0)
        close(metrics->file);
    metrics->file = -1;
}

void gd_metrics_close(struct gd_metrics *metrics)
{
    close_file(metrics);
    cJSON_Delete(metrics->figures);
    free(metrics->path);
    *metrics = (struct gd_metrics){.file = -1};
}

static void collect(void *self, const struct gd_event *event)
{
    struct gd_metrics *metrics = self;
    if (event->kind != GD_EVENT_FIGURE)
        return;
    cJSON_DeleteItemFromObjectCaseSensitive(metrics->figures, event->name); /* the last value counts */
    if (!add_number(metrics->figures, event->name, event->value))
        metrics->lost = true;
}

struct gd_sink gd_metrics_sink(struct gd_metrics *metrics)
{
    return (struct gd_sink){.event = collect, .self = metrics};
}

enum gd_status gd_metrics_begin(struct gd_metrics *metrics, struct gd_error *error)
{
    cJSON_Delete(metrics->figures);
    metrics->figures = cJSON_CreateObject();
    return metrics->figures ? GD_OK : gd_no_memory(error, metrics->path);
}

/* The line's own keys stand for themselves: a step's figure of the same name is left out. */
static bool add_step_figures(cJSON *line, const cJSON *figures)
{
    const cJSON *figure;
    cJSON_ArrayForEach(figure, figures)
    {
        if (cJSON_GetObjectItemCaseSensitive(line, figure->string))
            continue;
        cJSON *copy = cJSON_Duplicate(figure, true);
        if (!copy || !cJSON_AddItemToObject(line, figure->string, copy)) {
            cJSON_Delete(copy);
            return false;
        }
    }
    return true;
}

/* The text of a step's line, to be freed with free(); NULL when out of memory. Iterations count from 1, as people see
 * them; 0: none. */
static char *make_line(const struct gd_metrics *metrics, const struct gd_context *context, double seconds)
{
    cJSON *line = cJSON_CreateObject();
    bool complete = line && cJSON_AddStringToObject(line, "step", context->step) &&
                    add_integer(line, "iteration", context->iterations > 1 ? context->iteration + 1 : 0) &&
                    gd_metrics_add_figures(line, gd_state_registry(context->state), context->state) &&
                    add_number(line, "seconds", seconds) && !metrics->lost && add_step_figures(line, metrics->figures);
    char *text = complete ? gd_json_write(line, false) : NULL;
    cJSON_Delete(line);
    return text;
}

static enum gd_status write_failed(const struct gd_metrics *metrics, struct gd_error *error)
{
    return gd_fail(error, GD_FAILED, "cannot write %s: %s", metrics->path, strerror(errno));
}

/* Opens the file to append to it; `flags` may say to make it. What is no regular file, or a link, is none of this
 * run. */
static enum gd_status open_file(struct gd_metrics *metrics, int flags, struct gd_error *error)
{
    struct stat facts;
    metrics->file = open(metrics->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0666);
    if (metrics->file < 0 || fstat(metrics->file, &facts) != 0)
        return write_failed(metrics, error);
    if (!S_ISREG(facts.st_mode))
        return gd_fail(error, GD_FAILED, "cannot write %s: not a regular file", metrics->path);
    return GD_OK;
}

/* Whether the file that is open still has its name. */
static bool in_place(const struct gd_metrics *metrics)
{
    struct stat open, named;
    return fstat(metrics->file, &open) == 0 && lstat(metrics->path, &named) == 0 && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino;
}

/* What has been written so far, from the file that is open. */
static enum gd_status read_back(const struct gd_metrics *metrics, char **text, size_t *length, struct gd_error *error)
{
    struct stat facts;
    if (fstat(metrics->file, &facts) != 0)
        return write_failed(metrics, error);
    *length = (size_t)facts.st_size;
    *text = gd_array(*length + 1, 1);
    if (!*text)
        return gd_no_memory(error, metrics->path);
    return pread(metrics->file, *text, *length, 0) == facts.st_size ? GD_OK : write_failed(metrics, error);
}

/* The file was removed during the run: its lines are written again. */
static enum gd_status put_back(struct gd_metrics *metrics, const struct gd_context *context)
{
    char *text = NULL;
    size_t length = 0;
    enum gd_status status = read_back(metrics, &text, &length, context->error);
    if (!status)
        status = gd_file_write(metrics->path, text, length, context->error);
    free(text);
    close(metrics->file);
    metrics->file = -1;
    if (!status)
        status = open_file(metrics, 0, context->error);
    if (!status)
        gd_message(context, GD_WARNING, "%s was removed or replaced during the run: its lines are written again",
                   metrics->path);
    return status;
}

static enum gd_status ready_file(struct gd_metrics *metrics, const struct gd_context *context, bool first)
{
    if (metrics->file < 0)
        return open_file(metrics, first ? O_CREAT : 0, context->error);
    return in_place(metrics) ? GD_OK : put_back(metrics, context);
}

enum gd_status gd_metrics_append(struct gd_metrics *metrics, const struct gd_context *context, double seconds,
                                 bool first)
{
    char *line = make_line(metrics, context, seconds);
    if (!line)
        return gd_no_memory(context->error, metrics->path);
    enum gd_status status = ready_file(metrics, context, first);
    if (!status)
        status = gd_file_append(metrics->file, metrics->path, line, context->error);
    free(line);
    return status;
}

enum gd_status gd_metrics_sync(const struct gd_metrics *metrics, struct gd_error *error)
{
    return metrics->file < 0 || fdatasync(metrics->file) == 0 ? GD_OK : write_failed(metrics, error);
}

/* Adds the seconds of one line to its step. GD_BAD_INPUT when it is not the line of a step. */
static enum gd_status add_seconds(struct gd_counts *counts, const char *line, size_t length)
{
    cJSON *object;
    enum gd_status status = gd_json_read(line, length, &object);
    const char *step = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "step"));
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(object, "seconds");
    struct gd_leaf *leaf = step ? gd_counts_leaf(counts, step) : NULL;
    if (leaf && cJSON_IsNumber(seconds))
        leaf->seconds += seconds->valuedouble;
    else if (!status)
        status = GD_BAD_INPUT;
    cJSON_Delete(object);
    return status;
}

/* How many bytes the lines of finished steps take; what follows is of steps that were not saved. */
static enum gd_status kept_length(const struct gd_metrics *metrics, struct gd_counts *counts, const char *text,
                                  size_t *length, struct gd_error *error)
{
    const char *line = text;
    for (int64_t k = 0; k < counts->done; k++) {
        const char *newline = strchr(line, '\n');
        enum gd_status status = newline ? add_seconds(counts, line, (size_t)(newline - line)) : GD_BAD_INPUT;
        if (status == GD_NO_MEMORY)
            return gd_no_memory(error, metrics->path);
        if (status)
            return gd_fail(
                error, status,
                "%s:%lld: damaged or missing: each of the %lld steps that are saved has a line here, without which the "
                "run does not go on; a new run can begin --from this one",
                metrics->path, (long long)k + 1, (long long)counts->done);
        line = newline + 1;
    }
    *length = (size_t)(line - text);
    return GD_OK;
}

/* Whether the file has this one name, so that nothing else changes when it does. */
static bool is_own(const char *path)
{
    struct stat facts;
    return lstat(path, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_nlink == 1;
}

/* Reads the file: *kept of its *length bytes are the lines of steps that are done. */
static enum gd_status read_lines(const struct gd_metrics *metrics, struct gd_counts *counts, char **text,
                                 size_t *length, size_t *kept, struct gd_error *error)
{
    for (size_t k = 0; k < counts->count; k++)
        counts->leaves[k].seconds = 0;
    const bool missing = access(metrics->path, F_OK) != 0;
    if (missing && counts->done > 0)
        return gd_fail(error, GD_BAD_INPUT,
                       "%s is missing, without which the run does not go on; a new run can begin --from this one",
                       metrics->path);
    if (missing)
        return GD_OK;
    enum gd_status status = gd_file_read(metrics->path, text, length, error);
    return status ? status : kept_length(metrics, counts, *text, kept, error);
}

enum gd_status gd_metrics_check(const struct gd_metrics *metrics, struct gd_counts *counts, struct gd_error *error)
{
    char *text = NULL;
    size_t length = 0, kept = 0;
    enum gd_status status = read_lines(metrics, counts, &text, &length, &kept, error);
    free(text);
    return status;
}

enum gd_status gd_metrics_resume(struct gd_metrics *metrics, struct gd_counts *counts, int64_t *again,
                                 struct gd_error *error)
{
    char *text = NULL;
    size_t length = 0, kept = 0;
    close_file(metrics);
    enum gd_status status = read_lines(metrics, counts, &text, &length, &kept, error);
    if (again)
        *again = !status && text ? (int64_t)gd_text_lines(text + kept) : 0;
    if (!status && text && (kept < length || !is_own(metrics->path)))
        status = gd_file_write(metrics->path, text, kept, error);
    free(text);
    return status;
}

bool gd_metrics_is_inner(const cJSON *line)
{
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "step"));
    return path && gd_step_pipeline_length(path) > 0;
}
