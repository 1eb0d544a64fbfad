/* What a run leaves at its end: the files of the slots, and summary.json. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/run/run_priv.h"

static enum gd_status write_slot(const struct gd_run *run, const struct gd_part *part, const struct gd_slot *slot,
                                 const void *value)
{
    char *path = gd_file_join(part->directory, slot->file), *temporary = NULL;
    int descriptor;
    enum gd_status status =
        path ? gd_file_temporary(path, &temporary, &descriptor, run->error) : gd_no_memory(run->error, slot->file);
    if (!status) {
        close(descriptor);
        status = slot->write(value, temporary, run->error);
        if (status)
            unlink(temporary);
        else
            status = gd_file_commit(temporary, path, run->error);
    }
    free(temporary);
    free(path);
    return status;
}

enum gd_status gd_outputs_write(const struct gd_run *run, struct gd_part *part, const struct gd_state *state)
{
    enum gd_status status = GD_OK;
    double begin = gd_run_clock();
    for (const struct gd_slot *const *slots = gd_registry_slots(run->pipeline->registry); *slots && !status; slots++) {
        const void *value = gd_state_peek(state, (*slots)->name);
        if ((*slots)->file && (*slots)->write && value)
            status = write_slot(run, part, *slots, value);
    }
    part->saving += gd_run_clock() - begin;
    return status;
}

enum gd_status gd_outputs_restore(struct gd_run *run, struct gd_text *restored)
{
    const struct gd_part *part = run->parts;
    enum gd_status status = GD_OK;
    for (const struct gd_slot *const *slots = gd_registry_slots(run->pipeline->registry); *slots && !status; slots++) {
        const void *value = gd_state_get(run->state, (*slots)->name);
        if (!(*slots)->file || !(*slots)->write || !value || gd_part_has(part, (*slots)->file))
            continue;
        status = write_slot(run, part, *slots, value);
        gd_text_print(restored, "%s%s", restored->length ? ", " : "", (*slots)->file);
    }
    return status;
}

static bool add_slots(cJSON *summary, const struct gd_registry *registry, const struct gd_state *state)
{
    bool added = gd_metrics_add_figures(summary, registry, state);
    for (const struct gd_slot *const *slots = gd_registry_slots(registry); state && *slots && added; slots++) {
        const void *value = gd_state_peek(state, (*slots)->name);
        if ((*slots)->summarise && value)
            added = (*slots)->summarise(value, summary) == GD_OK;
    }
    return added;
}

/* Whether the step is one of the pipeline or of those in it. */
static bool belongs(const struct gd_step *step, const struct gd_pipeline *pipeline)
{
    size_t length = strlen(pipeline->path);
    return !length || (!strncmp(step->path, pipeline->path, length) && step->path[length] == '/');
}

/* seconds {total, by_step {path: seconds}, checkpoint}, of all steps, those before a resume included. The checkpoint's
 * are those of saving whatever is saved: metrics.jsonl and run.h5 after every step, and the outputs. */
static bool add_seconds(cJSON *summary, const struct gd_run *run, const struct gd_pipeline *pipeline)
{
    double steps = 0, saving = gd_run_part(run, pipeline)->saving;
    for (size_t k = 0; k < run->leaf_count; k++)
        if (belongs(run->leaves[k].step, pipeline)) {
            steps += run->leaves[k].seconds;
            saving += run->leaves[k].saving;
        }
    cJSON *seconds = cJSON_AddObjectToObject(summary, "seconds");
    bool added = seconds && cJSON_AddNumberToObject(seconds, "total", steps + saving) &&
                 cJSON_AddNumberToObject(seconds, "checkpoint", saving);
    cJSON *by_step = added ? cJSON_AddObjectToObject(seconds, "by_step") : NULL;
    for (size_t k = 0; k < run->leaf_count && by_step && added; k++)
        if (belongs(run->leaves[k].step, pipeline))
            added = cJSON_AddNumberToObject(by_step, run->leaves[k].step->path, run->leaves[k].seconds);
    return by_step && added;
}

static const char *ending(enum gd_status status)
{
    return status == GD_OK ? "finished" : status == GD_INTERRUPTED ? "interrupted" : "failed";
}

/* To be freed with free(); NULL when out of memory. */
static char *make_summary(const struct gd_run *run, const struct gd_pipeline *pipeline, enum gd_status status,
                          const struct gd_state *state)
{
    char seed[32];
    snprintf(seed, sizeof seed, "%" PRIu64, run->pipeline->seed);
    const char *version = run->options->version ? run->options->version : "";
    bool failed = status != GD_OK && status != GD_INTERRUPTED;
    cJSON *summary = cJSON_CreateObject();
    bool complete = summary && cJSON_AddStringToObject(summary, "name", pipeline->name) &&
                    cJSON_AddRawToObject(summary, "seed", seed) &&
                    cJSON_AddStringToObject(summary, "status", ending(status)) &&
                    (!failed || cJSON_AddStringToObject(summary, "message", run->error->text)) &&
                    add_slots(summary, run->pipeline->registry, state) && add_seconds(summary, run, pipeline) &&
                    cJSON_AddStringToObject(summary, "device", run->device) &&
                    cJSON_AddStringToObject(summary, "precision", run->precision) &&
                    (!run->kernels || cJSON_AddStringToObject(summary, "kernels", run->kernels)) &&
                    cJSON_AddNumberToObject(summary, "threads", run->threads) &&
                    cJSON_AddStringToObject(summary, "version", version);
    char *text = complete ? gd_json_write(summary, true) : NULL;
    cJSON_Delete(summary);
    return text;
}

enum gd_status gd_summary_write(const struct gd_run *run, const struct gd_part *part, enum gd_status status,
                                const struct gd_state *state)
{
    char *text = make_summary(run, part->pipeline, status, state);
    if (!text)
        return gd_no_memory(run->error, part->summary_path);
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the NUL */
    enum gd_status written = gd_file_write(part->summary_path, text, length + 1, run->error);
    free(text);
    return written;
}

/* A summary, to be deleted; NULL when there is none that can be read. */
static cJSON *read_summary(const char *path)
{
    char *text = NULL;
    struct gd_error unreadable = {0};
    cJSON *summary = gd_file_read(path, &text, NULL, &unreadable) ? NULL : cJSON_Parse(text);
    free(text);
    return summary;
}

void gd_summary_resume(struct gd_run *run, bool *finished)
{
    *finished = false;
    for (size_t k = 0; k < run->part_count; k++) {
        cJSON *summary = read_summary(run->parts[k].summary_path);
        const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(summary, "seconds");
        const cJSON *saving = cJSON_GetObjectItemCaseSensitive(seconds, "checkpoint");
        const char *status = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(summary, "status"));
        if (cJSON_IsNumber(saving))
            run->parts[k].saving = saving->valuedouble;
        if (k == 0)
            *finished = status && strcmp(status, ending(GD_OK)) == 0;
        cJSON_Delete(summary);
    }
}
