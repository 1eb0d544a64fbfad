#include "sweep/state.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/text.h"

const char *const gd_run_state_names[] = {"new", "begun", "finished", "failed", NULL};

/* The path of a record of failure, or of a log. */
static char *path_of(const char *directory, const char *folder, const struct gd_sweep_run *run, const char *extension)
{
    return gd_format("%s/%s/%s%s", directory, folder, run->tag, extension);
}

#define RETRY ".retry"

static bool exists(const char *directory, const struct gd_sweep_run *run, const char *name)
{
    char *path = gd_format("%s/%s/%s", directory, run->folder, name);
    const bool found = path && access(path, F_OK) == 0;
    free(path);
    return found;
}

bool gd_run_resumable(const char *directory, const struct gd_sweep_run *run)
{
    return exists(directory, run, "run.h5") || exists(directory, run, "pipeline.yaml");
}

enum gd_status gd_run_remove(const char *directory, const struct gd_sweep_run *run, struct gd_error *error)
{
    char *path = gd_file_join(directory, run->folder);
    enum gd_status status = path ? gd_directory_remove(path, error) : gd_no_memory(error, directory);
    free(path);
    return status;
}

/* The text under a key of a JSON file: false when the file cannot be read, which `why` says; *found: there is a file.
 */
static bool read_key(const char *path, const char *key, char *value, size_t size, bool *found, struct gd_error *why)
{
    char *text = NULL;
    size_t length = 0;
    cJSON *json = NULL;
    *value = '\0';
    *found = access(path, F_OK) == 0;
    if (!*found)
        return true;
    enum gd_status status = gd_file_read(path, &text, &length, why);
    if (!status && (status = gd_json_read(text, length, &json)) != GD_OK)
        gd_fail(why, status, "%s: not JSON", path);
    const char *item = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
    if (!status && !item)
        status = gd_fail(why, GD_BAD_INPUT, "%s: no \"%s\"", path, key);
    if (item)
        gd_print(value, size, "%s", item);
    cJSON_Delete(json);
    free(text);
    return status == GD_OK;
}

/* What summary.json says, or that there is none that can be read. */
static enum gd_status read_summary(const char *directory, const struct gd_sweep_run *run, struct gd_run_status *status)
{
    char ending[64];
    bool found;
    struct gd_error why = {0};
    char *path = gd_format("%s/%s/summary.json", directory, run->folder);
    if (!path)
        return GD_NO_MEMORY;
    if (!read_key(path, "status", ending, sizeof ending, &found, &why))
        gd_print(status->reason, sizeof status->reason, "damaged: %s", why.text);
    else if (found && !strcmp(ending, "failed"))
        read_key(path, "message", status->reason, sizeof status->reason, &found, &why);
    if (*status->reason || !strcmp(ending, "failed"))
        status->state = GD_RUN_FAILED;
    else if (!strcmp(ending, "finished"))
        status->state = GD_RUN_FINISHED;
    else if (gd_run_resumable(directory, run))
        status->state = GD_RUN_BEGUN;
    free(path);
    return why.status == GD_NO_MEMORY ? GD_NO_MEMORY : GD_OK;
}

enum gd_status gd_run_status_read(const char *directory, const struct gd_sweep_run *run, struct gd_run_status *status)
{
    bool failed;
    struct gd_error why = {0};
    *status = (struct gd_run_status){.state = GD_RUN_NEW};
    char *path = path_of(directory, GD_SWEEP_FAILED, run, ".json"),
         *mark = path_of(directory, GD_SWEEP_FAILED, run, RETRY);
    enum gd_status read = path && mark ? GD_OK : GD_NO_MEMORY;
    if (!read && !read_key(path, "reason", status->reason, sizeof status->reason, &failed, &why))
        gd_print(status->reason, sizeof status->reason, "%s", why.text);
    if (!read && failed)
        status->state = GD_RUN_FAILED;
    else if (!read)
        read = read_summary(directory, run, status);
    status->retry = !read && status->state == GD_RUN_FAILED && access(mark, F_OK) == 0;
    free(path);
    free(mark);
    return why.status == GD_NO_MEMORY ? GD_NO_MEMORY : read;
}

/* Removes what is recorded of a failed run, by one of the extensions. */
static enum gd_status remove_record(const char *directory, const struct gd_sweep_run *run, const char *extension,
                                    struct gd_error *error)
{
    char *path = path_of(directory, GD_SWEEP_FAILED, run, extension);
    if (!path)
        return gd_no_memory(error, "a record of failure");
    enum gd_status status = unlink(path) == 0 || errno == ENOENT
                                ? GD_OK
                                : gd_fail(error, GD_FAILED, "cannot remove %s: %s", path, strerror(errno));
    free(path);
    return status;
}

enum gd_status gd_run_failure_write(const char *directory, const struct gd_sweep_run *run, const char *reason,
                                    struct gd_error *error)
{
    char *path = path_of(directory, GD_SWEEP_FAILED, run, ".json");
    cJSON *json = cJSON_CreateObject();
    char *text =
        json && cJSON_AddStringToObject(json, "run", run->folder) && cJSON_AddStringToObject(json, "reason", reason)
            ? gd_json_write(json, false)
            : NULL;
    enum gd_status status =
        path && text ? gd_file_write(path, text, strlen(text), error) : gd_no_memory(error, "a record of failure");
    if (!status)
        status = remove_record(directory, run, RETRY, error);
    cJSON_Delete(json);
    free(text);
    free(path);
    return status;
}

enum gd_status gd_run_failure_remove(const char *directory, const struct gd_sweep_run *run, struct gd_error *error)
{
    enum gd_status status = remove_record(directory, run, ".json", error);
    return status ? status : remove_record(directory, run, RETRY, error);
}

enum gd_status gd_run_retry_mark(const char *directory, const struct gd_sweep_run *run, struct gd_error *error)
{
    char *path = path_of(directory, GD_SWEEP_FAILED, run, RETRY);
    enum gd_status status = path ? gd_file_write(path, "", 0, error) : gd_no_memory(error, "a record of failure");
    free(path);
    return status;
}

/* The message of the last line, when that is one of an error. */
static void last_error(char *text, char *reason, size_t size)
{
    static const char label[] = "error: ";
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    const char *line = strrchr(text, '\n') ? strrchr(text, '\n') + 1 : text;
    if (!strncmp(line, label, sizeof label - 1))
        gd_print(reason, size, "%s", line + sizeof label - 1);
}

/* The log is newer than the summary of a run that could not be resumed. */
enum gd_status gd_run_find_reason(const char *directory, const struct gd_sweep_run *run, const char *otherwise,
                                  char *reason, size_t size)
{
    struct gd_run_status status = {.state = GD_RUN_NEW};
    char *log = NULL, *path = path_of(directory, GD_SWEEP_LOGS, run, ".log");
    enum gd_status read = path ? read_summary(directory, run, &status) : GD_NO_MEMORY;
    gd_print(reason, size, "%s", *status.reason ? status.reason : otherwise);
    if (!read && !gd_file_read(path, &log, NULL, NULL))
        last_error(log, reason, size);
    free(log);
    free(path);
    return read;
}
