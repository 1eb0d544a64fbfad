#include "engine/run/saved.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/run/history.h"
#include "engine/run/summary.h"

#define GROUP "parameters/run"

/* --- What summary.json knows -------------------------------------------------------------------------------------- */

int64_t gd_saved_known(const char *directory)
{
    cJSON *summary = gd_summary_read(directory);
    const cJSON *steps = cJSON_GetObjectItemCaseSensitive(summary, "steps");
    const int64_t known = cJSON_IsNumber(steps) ? (int64_t)steps->valuedouble : -1;
    cJSON_Delete(summary);
    return known;
}

/* Older versions do not say how many steps were saved; but while a run goes on, and when it has finished, its summary
 * is written after its state. */
static bool had_state(const char *directory)
{
    cJSON *summary = gd_summary_read(directory);
    const cJSON *steps = cJSON_GetObjectItemCaseSensitive(summary, "steps");
    const char *status = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(summary, "status"));
    const bool had =
        steps ? cJSON_IsNumber(steps) : status && (strcmp(status, "finished") == 0 || strcmp(status, "running") == 0);
    cJSON_Delete(summary);
    return had;
}

bool gd_saved_is_lost(const char *directory)
{
    int64_t inherited = 0;
    struct gd_error unreadable = {0};
    if (gd_directory_has(directory, "run.h5") || !gd_directory_has(directory, "pipeline.yaml"))
        return false;
    return gd_directory_has(directory, "run.h5.journal") || had_state(directory) ||
           (gd_history_inherited(directory, &inherited, &unreadable) == GD_OK && inherited > 0);
}

enum gd_status gd_saved_check(const char *directory, struct gd_error *error)
{
    if (!gd_saved_is_lost(directory))
        return GD_OK;
    return gd_fail(
        error, GD_BAD_INPUT,
        "%s/run.h5 is missing, without which the run does not go on: put it back, or begin anew with another "
        "--out",
        directory);
}

/* --- The state ---------------------------------------------------------------------------------------------------- */

static enum gd_status read_once(const char *directory, const char *path, struct gd_saved *saved, struct gd_error *error)
{
    *saved = (struct gd_saved){.done = -1, .known = gd_saved_known(directory)}; /* before the state, which may go on */
    enum gd_status status = gd_h5_journal_open(path, &saved->file, &saved->end, error);
    if (!status && gd_h5_exists(saved->file, GROUP) && gd_h5_has_attribute(saved->file, GROUP, "done"))
        status = gd_h5_read_attribute(saved->file, GROUP, "done", GD_H5_INT64, 0, &saved->done, error);
    saved->journal = gd_directory_has(directory, "run.h5.journal");
    return status;
}

/* Whether something is wrong, unless the run has replaced the file and its journal between the opening of the one and
 * of the other. */
static bool is_doubtful(enum gd_status status, const struct gd_saved *saved)
{
    return status == GD_BAD_INPUT || (!status && gd_saved_is_damaged(saved, NULL, 0));
}

enum gd_status gd_saved_open(const char *directory, struct gd_saved *saved, struct gd_error *error)
{
    enum { TRIES = 5 };
    struct gd_error why = {0};
    char *path = gd_file_join(directory, "run.h5");
    enum gd_status status = path ? read_once(directory, path, saved, &why) : gd_no_memory(&why, directory);
    for (int k = 1; k < TRIES && is_doubtful(status, saved); k++) {
        gd_h5_close(saved->file);
        why = (struct gd_error){0};
        status = read_once(directory, path, saved, &why);
    }
    free(path);
    return status ? gd_fail(error, status, "%s", why.text) : GD_OK;
}

bool gd_saved_is_damaged(const struct gd_saved *saved, char *text, size_t size)
{
    const bool fewer = saved->done >= 0 && saved->done < saved->known;
    const long long done = saved->done, known = saved->known;
    if (!fewer && saved->end != GD_JOURNAL_DAMAGED)
        return false;
    if (!saved->journal)
        snprintf(text, size, "missing, or not of this run.h5, which has %lld of %lld steps that were saved", done,
                 known);
    else if (fewer)
        snprintf(text, size, "what follows step %lld, of %lld that were saved, cannot be read", done, known);
    else
        snprintf(text, size, "what follows step %lld cannot be read", done);
    return true;
}

/* --- Directories -------------------------------------------------------------------------------------------------- */

bool gd_directory_is_inner(const char *directory)
{
    return !gd_directory_has(directory, "run.h5") && gd_directory_has(directory, "pipeline.yaml") &&
           gd_directory_has(directory, "../run.h5");
}

enum gd_status gd_directory_without_state(const char *directory, struct gd_error *error)
{
    if (!gd_directory_has(directory, "pipeline.yaml"))
        return gd_fail(error, GD_BAD_INPUT, "%s contains no run", directory);
    if (gd_directory_is_inner(directory) && gd_directory_has(directory, "archive.extxyz"))
        return gd_fail(error, GD_BAD_INPUT,
                       "%s is the folder of a pipeline within a run: give the folder of the run, or for the structures "
                       "of that pipeline %s/archive.extxyz",
                       directory, directory);
    if (gd_directory_is_inner(directory))
        return gd_fail(error, GD_BAD_INPUT, "%s is the folder of a pipeline within a run: give the folder of the run",
                       directory);
    if (gd_saved_is_lost(directory))
        return gd_fail(error, GD_BAD_INPUT, "%s: run.h5 is missing, which has had the state of the run", directory);
    return gd_fail(error, GD_BAD_INPUT, "%s: no step of the run is saved yet", directory);
}
