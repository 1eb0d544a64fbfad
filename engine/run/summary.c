#include "engine/run/summary.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "engine/base/host.h"
#include "engine/base/text.h"
#include "engine/run/metrics.h"

static bool add_slots(cJSON *summary, const struct gd_registry *registry, const struct gd_state *state)
{
    bool added = gd_metrics_add_figures(summary, registry, state);
    for (const struct gd_slot *const *slots = gd_registry_slots(registry); state && *slots && added; slots++) {
        const void *value = gd_state_get_untracked(state, (*slots)->name);
        if ((*slots)->summarise && value)
            added = (*slots)->summarise(value, summary) == GD_OK;
    }
    return added;
}

/* Whether the step is one of the pipeline or of those in it. */
static bool is_in_pipeline(const struct gd_step *step, const struct gd_pipeline *pipeline)
{
    size_t length = strlen(pipeline->path);
    return !length || (!strncmp(step->path, pipeline->path, length) && step->path[length] == '/');
}

/* seconds {total, by_step {path: seconds}, checkpoint}, of all steps, those before a resume included. The checkpoint's
 * are those of saving whatever is saved: metrics.jsonl, run.h5 and its journal, and the outputs. */
static bool add_seconds(cJSON *summary, const struct gd_part *part, const struct gd_counts *counts)
{
    double steps = 0;
    for (size_t k = 0; k < counts->count; k++)
        if (is_in_pipeline(counts->leaves[k].step, part->pipeline))
            steps += counts->leaves[k].seconds;
    cJSON *seconds = cJSON_AddObjectToObject(summary, "seconds");
    bool added = seconds && cJSON_AddNumberToObject(seconds, "total", steps + part->saving) &&
                 cJSON_AddNumberToObject(seconds, "checkpoint", part->saving);
    cJSON *by_step = added ? cJSON_AddObjectToObject(seconds, "by_step") : NULL;
    for (size_t k = 0; k < counts->count && by_step && added; k++)
        if (is_in_pipeline(counts->leaves[k].step, part->pipeline))
            added = cJSON_AddNumberToObject(by_step, counts->leaves[k].step->path, counts->leaves[k].seconds);
    return by_step && added;
}

static const char *status_name(enum gd_status status)
{
    return status == GD_OK ? "finished" : status == GD_INTERRUPTED ? "interrupted" : "failed";
}

static bool add_conditions(cJSON *summary, const struct gd_conditions *conditions)
{
    return cJSON_AddStringToObject(summary, "device", conditions->device) &&
           cJSON_AddStringToObject(summary, "precision", conditions->precision) &&
           (!conditions->kernels || cJSON_AddStringToObject(summary, "kernels", conditions->kernels)) &&
           cJSON_AddNumberToObject(summary, "threads", conditions->threads) &&
           cJSON_AddStringToObject(summary, "version", conditions->version) &&
           (!conditions->commit || cJSON_AddStringToObject(summary, "commit", conditions->commit)) &&
           (!conditions->libraries || cJSON_AddStringToObject(summary, "libraries", conditions->libraries)) &&
           (!conditions->inputs || gd_inputs_add(conditions->inputs, summary));
}

/* When, where and how the run was started, and when this was written. */
static bool add_start(cJSON *summary, const struct gd_conditions *conditions)
{
    char date[GD_DATE_SIZE], host[GD_HOST_SIZE];
    if (!conditions->command)
        return true;
    return cJSON_AddStringToObject(summary, "started", conditions->started) &&
           cJSON_AddStringToObject(summary, "written", gd_date(date)) &&
           cJSON_AddStringToObject(summary, "host", gd_host_name(host)) &&
           cJSON_AddStringToObject(summary, "processor", conditions->processor) &&
           cJSON_AddStringToObject(summary, "command", conditions->command);
}

/* The steps that are saved, of the whole run. */
static bool add_steps(cJSON *summary, const struct gd_part *part, const struct gd_conditions *conditions)
{
    if (*part->pipeline->path)
        return true;
    return conditions->saved >= 0 ? cJSON_AddNumberToObject(summary, "steps", (double)conditions->saved) != NULL
                                  : cJSON_AddNullToObject(summary, "steps") != NULL;
}

/* files {name: checksum} of a pipeline within the run that has ended, since run.h5 has nothing of it any more. */
static bool add_files(cJSON *summary, const struct gd_part *part)
{
    const struct gd_slot *const *slots = gd_registry_slots(part->pipeline->registry);
    cJSON *files = cJSON_AddObjectToObject(summary, "files");
    bool added = files != NULL;
    for (size_t k = 0; slots[k] && added; k++) {
        char digest[GD_DIGEST_SIZE];
        double bytes;
        struct gd_error unreadable = {0};
        if (!part->outputs[k].written)
            continue;
        if (gd_file_digest(part->outputs[k].path, NULL, digest, &bytes, &unreadable) == GD_OK)
            added = cJSON_AddStringToObject(files, slots[k]->file, digest) != NULL;
        else
            added = cJSON_AddNullToObject(files, slots[k]->file) != NULL;
    }
    return added;
}

/* `message`: of a failure, or NULL. To be freed with free(); NULL when out of memory. */
static char *make_summary(const struct gd_part *part, const struct gd_conditions *conditions,
                          const struct gd_counts *counts, const struct gd_state *state, enum gd_status status,
                          const char *message)
{
    char seed[32];
    snprintf(seed, sizeof seed, "%" PRIu64, conditions->seed);
    const bool ended = *part->pipeline->path && !conditions->running && status == GD_OK;
    cJSON *summary = cJSON_CreateObject();
    bool complete = summary && cJSON_AddStringToObject(summary, "name", part->pipeline->name) &&
                    cJSON_AddRawToObject(summary, "seed", seed) &&
                    cJSON_AddStringToObject(summary, "status", conditions->running ? "running" : status_name(status)) &&
                    (!message || cJSON_AddStringToObject(summary, "message", message)) &&
                    add_steps(summary, part, conditions) && add_slots(summary, part->pipeline->registry, state) &&
                    (!ended || add_files(summary, part)) && add_seconds(summary, part, counts) &&
                    add_conditions(summary, conditions) && add_start(summary, conditions);
    char *text = complete ? gd_json_write(summary, true) : NULL;
    cJSON_Delete(summary);
    return text;
}

enum gd_status gd_summary_write(const struct gd_part *part, const struct gd_conditions *conditions,
                                const struct gd_counts *counts, const struct gd_state *state, enum gd_status status,
                                struct gd_error *error)
{
    bool failed = status && status != GD_INTERRUPTED;
    char *text = make_summary(part, conditions, counts, state, status, failed ? error->text : NULL);
    if (!text)
        return gd_no_memory(error, part->summary_path);
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the NUL */
    enum gd_status written = gd_file_write(part->summary_path, text, length + 1, error);
    free(text);
    return written;
}

cJSON *gd_summary_read(const char *directory)
{
    char *path = gd_file_join(directory, "summary.json"), *text = NULL;
    struct gd_error unreadable = {0};
    cJSON *summary = path && gd_file_read(path, &text, NULL, &unreadable) == GD_OK ? cJSON_Parse(text) : NULL;
    free(text);
    free(path);
    return summary;
}

static enum gd_summary_found find_status(const struct gd_part *part, const cJSON *summary)
{
    const char *status = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(summary, "status"));
    if (!status)
        return access(part->summary_path, F_OK) == 0 ? GD_SUMMARY_DAMAGED : GD_SUMMARY_MISSING;
    return strcmp(status, status_name(GD_OK)) == 0 ? GD_SUMMARY_FINISHED : GD_SUMMARY_UNFINISHED;
}

enum gd_summary_found gd_summary_resume(const struct gd_parts *parts, struct gd_conditions *conditions)
{
    enum gd_summary_found found = GD_SUMMARY_MISSING;
    for (size_t k = 0; k < parts->count; k++) {
        cJSON *summary = gd_summary_read(parts->list[k].directory);
        const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(summary, "seconds");
        const cJSON *saving = cJSON_GetObjectItemCaseSensitive(seconds, "checkpoint");
        if (cJSON_IsNumber(saving))
            parts->list[k].saving = saving->valuedouble;
        const char *started = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(summary, "started"));
        if (k == 0 && started)
            snprintf(conditions->started, sizeof conditions->started, "%s", started);
        if (k == 0)
            found = find_status(&parts->list[k], summary);
        cJSON_Delete(summary);
    }
    return found;
}
