/* metrics.jsonl: one line per executed step, on disk before the checkpoint that counts it. */
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
#include "engine/run/run_priv.h"

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
        const void *value = state ? gd_state_peek(state, slot->name) : NULL;
        double figure = value ? slot->read_figure(value) : NAN;
        if (slot->integer && fabs(figure) < 0x1p63)
            added = add_integer(object, slot->figure, (int64_t)figure);
        else
            added = add_number(object, slot->figure, figure);
    }
    return added;
}

void gd_metrics_collect(void *self, const struct gd_event *event)
{
    struct gd_run *run = self;
    if (event->kind != GD_EVENT_FIGURE)
        return;
    cJSON_DeleteItemFromObjectCaseSensitive(run->figures, event->name); /* the last value counts */
    if (!add_number(run->figures, event->name, event->value))
        run->figures_lost = true;
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

/* The text of a step's line, to be freed with free(); NULL when out of memory. */
static char *make_line(const struct gd_run *run, const struct gd_context *context, double seconds)
{
    cJSON *line = cJSON_CreateObject();
    bool complete = line && cJSON_AddStringToObject(line, "step", context->step) &&
                    add_integer(line, "iteration", context->iteration) &&
                    gd_metrics_add_figures(line, run->pipeline->registry, context->state) &&
                    add_number(line, "seconds", seconds) && !run->figures_lost && add_step_figures(line, run->figures);
    char *text = complete ? gd_json_write(line, false) : NULL;
    cJSON_Delete(line);
    return text;
}

static enum gd_status write_failed(const struct gd_run *run)
{
    return gd_fail(run->error, GD_FAILED, "cannot write %s: %s", run->metrics_path, strerror(errno));
}

/* Opens the file to append to it; `flags` may say to make it. What is no regular file, or a link, is none of this
 * run. */
static enum gd_status open_file(struct gd_run *run, int flags)
{
    struct stat facts;
    run->metrics = open(run->metrics_path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0666);
    if (run->metrics < 0 || fstat(run->metrics, &facts) != 0)
        return write_failed(run);
    if (!S_ISREG(facts.st_mode))
        return gd_fail(run->error, GD_FAILED, "cannot write %s: it is not a regular file", run->metrics_path);
    return GD_OK;
}

/* Whether the file that is open still has its name. */
static bool in_place(const struct gd_run *run)
{
    struct stat open, named;
    return fstat(run->metrics, &open) == 0 && lstat(run->metrics_path, &named) == 0 && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino;
}

/* What has been written so far, from the file that is open. */
static enum gd_status read_back(struct gd_run *run, char **text, size_t *length)
{
    struct stat facts;
    if (fstat(run->metrics, &facts) != 0)
        return write_failed(run);
    *length = (size_t)facts.st_size;
    *text = gd_array(*length + 1, 1);
    if (!*text)
        return gd_no_memory(run->error, run->metrics_path);
    return pread(run->metrics, *text, *length, 0) == facts.st_size ? GD_OK : write_failed(run);
}

/* Somebody took the file away while the run goes on: its lines are put back. */
static enum gd_status put_back(struct gd_run *run)
{
    char *text = NULL, note[512];
    size_t length = 0;
    enum gd_status status = read_back(run, &text, &length);
    if (!status)
        status = gd_file_write(run->metrics_path, text, length, run->error);
    free(text);
    close(run->metrics);
    run->metrics = -1;
    if (!status)
        status = open_file(run, 0);
    gd_print(note, sizeof note, "%s was removed or replaced while the run goes on: its lines are put back",
             run->metrics_path);
    if (!status)
        gd_emit(&run->events, &(struct gd_event){.kind = GD_EVENT_MESSAGE, .level = GD_WARNING, .text = note});
    return status;
}

static enum gd_status ready_file(struct gd_run *run)
{
    if (run->metrics < 0)
        return open_file(run, run->done ? 0 : O_CREAT);
    return in_place(run) ? GD_OK : put_back(run);
}

/* A line that does not fit is taken back. */
static enum gd_status append_line(struct gd_run *run, char *line)
{
    size_t length = strlen(line);
    off_t end = lseek(run->metrics, 0, SEEK_END);
    if (end < 0)
        return write_failed(run);
    line[length] = '\n'; /* in place of the NUL */
    enum gd_status status = gd_file_put(run->metrics, run->metrics_path, line, length + 1, run->error);
    if (!status && fsync(run->metrics) != 0)
        status = write_failed(run);
    if (status && ftruncate(run->metrics, end) != 0)
        status = GD_FAILED; /* as it is; a resume cuts the file again */
    return status;
}

enum gd_status gd_metrics_append(struct gd_run *run, const struct gd_context *context, double seconds)
{
    char *line = make_line(run, context, seconds);
    if (!line)
        return gd_no_memory(run->error, run->metrics_path);
    enum gd_status status = ready_file(run);
    if (!status)
        status = append_line(run, line);
    free(line);
    return status;
}

/* Adds the seconds of one line to its step. GD_BAD_INPUT when it is not the line of a step. */
static enum gd_status add_seconds(struct gd_run *run, const char *line, size_t length)
{
    cJSON *object;
    enum gd_status status = gd_json_read(line, length, &object);
    const char *step = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "step"));
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(object, "seconds");
    struct gd_leaf *leaf = step ? gd_run_leaf(run, step) : NULL;
    if (leaf && cJSON_IsNumber(seconds))
        leaf->seconds += seconds->valuedouble;
    else if (!status)
        status = GD_BAD_INPUT;
    cJSON_Delete(object);
    return status;
}

/* How many bytes the lines of finished steps take; what follows is of steps that were not saved. */
static enum gd_status kept_length(struct gd_run *run, const char *text, size_t *length)
{
    const char *line = text;
    for (int64_t k = 0; k < run->done; k++) {
        const char *newline = strchr(line, '\n');
        enum gd_status status = newline ? add_seconds(run, line, (size_t)(newline - line)) : GD_BAD_INPUT;
        if (status == GD_NO_MEMORY)
            return gd_no_memory(run->error, run->metrics_path);
        if (status)
            return gd_fail(run->error, status, "%s:%lld: not the line of a step of this run, which has %lld",
                           run->metrics_path, (long long)k + 1, (long long)run->done);
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

enum gd_status gd_metrics_resume(struct gd_run *run)
{
    char *text = NULL;
    size_t length = 0, kept = 0;
    if (run->done == 0 && access(run->metrics_path, F_OK) != 0)
        return GD_OK;
    enum gd_status status = gd_file_read(run->metrics_path, &text, &length, run->error);
    if (!status)
        status = kept_length(run, text, &kept);
    if (!status && (kept < length || !is_own(run->metrics_path)))
        status = gd_file_write(run->metrics_path, text, kept, run->error);
    free(text);
    return status;
}
