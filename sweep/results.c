#include "sweep/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/run/metrics.h"
#include "sweep/manifest.h"

double gd_json_number(const cJSON *json, const char *const *keys)
{
    for (; *keys; keys++)
        json = cJSON_GetObjectItemCaseSensitive(json, *keys);
    return cJSON_IsNumber(json) ? json->valuedouble : NAN;
}

static double number(const cJSON *json, const char *key)
{
    return gd_json_number(json, (const char *const[]){key, NULL});
}

static void report(struct gd_results *results, const char *path, const char *what)
{
    const char *name = gd_arena_string(&results->arena, path, strlen(path));
    gd_problem_add(&results->problems, (struct gd_place){.file = name ? name : ""}, "%s", what);
}

/* --- The files of a run ------------------------------------------------------------------------------------------- */

static enum gd_status read_summary(struct gd_results *results, struct gd_record *record)
{
    char *path = gd_file_join(record->folder, "summary.json"), *text = NULL;
    size_t length = 0;
    if (!path)
        return GD_NO_MEMORY;
    enum gd_status status = access(path, F_OK) == 0 ? gd_file_read(path, &text, &length, NULL) : GD_OK;
    if (text && !status)
        status = gd_json_read(text, length, &record->summary);
    if (status && status != GD_NO_MEMORY) {
        report(results, path, "damaged: not JSON; the run is left out");
        record->state = GD_RUN_FAILED;
        record->reason = "damaged summary.json";
        status = GD_OK;
    }
    free(text);
    free(path);
    return status;
}

/* The lines of a text; the last one only when it is whole. Stops at the first that is no object. */
static bool split_lines(struct gd_record *record, const char *text)
{
    const char *end;
    for (; (end = strchr(text, '\n')); text = end + 1) {
        cJSON *line = cJSON_ParseWithLength(text, (size_t)(end - text));
        if (!cJSON_IsObject(line) || !cJSON_AddItemToArray(record->lines, line)) {
            cJSON_Delete(line);
            return false;
        }
    }
    return true;
}

static enum gd_status read_lines(struct gd_results *results, struct gd_record *record)
{
    char *path = gd_file_join(record->folder, "metrics.jsonl"), *text = NULL;
    record->lines = cJSON_CreateArray();
    record->inner = cJSON_CreateArray();
    if (!path || !record->lines || !record->inner) {
        free(path);
        return GD_NO_MEMORY;
    }
    if (gd_file_read(path, &text, NULL, NULL) == GD_OK && !split_lines(record, text)) {
        char what[80];
        snprintf(what, sizeof what, "damaged: line %d is no JSON object; what follows is left out",
                 cJSON_GetArraySize(record->lines) + 1);
        report(results, path, what);
    }
    free(text);
    free(path);
    return GD_OK;
}

/* --- What they say ------------------------------------------------------------------------------------------------ */

/* What was spent by the end of each step. Those of inner pipelines are paid for, but their evaluations and energies are
 * of another search: their lines are put aside. */
static enum gd_status add_costs(struct gd_results *results, struct gd_record *record)
{
    const bool counter = !strcmp(results->measure.column, "evaluations");
    double sum = 0;
    size_t k = 0;
    record->cost = gd_arena_alloc(&results->arena, (size_t)cJSON_GetArraySize(record->lines) + 1, sizeof *record->cost);
    if (!record->cost)
        return GD_NO_MEMORY;
    for (cJSON *line = record->lines->child, *next; line; line = next) {
        const bool inner = gd_metrics_is_inner(line);
        const double value = number(line, results->measure.column);
        next = line->next;
        if (isfinite(value) && !(counter && inner))
            sum = counter ? value : sum + value;
        if (inner)
            cJSON_AddItemToArray(record->inner, cJSON_DetachItemViaPointer(record->lines, line));
        else
            record->cost[k++] = sum;
    }
    record->end = sum;
    return GD_OK;
}

/* The cost at the end of the first step by which a figure has reached a value: at least, or at most. */
static double cost_at(const struct gd_record *record, const char *figure, double value, bool least)
{
    const cJSON *line;
    size_t k = 0;
    cJSON_ArrayForEach(line, record->lines)
    {
        const double now = number(line, figure);
        if (isfinite(now) && (least ? now >= value : now <= value))
            return record->cost[k];
        k++;
    }
    return NAN;
}

double gd_record_best_at(const struct gd_record *record, double cost)
{
    const cJSON *line;
    double best = NAN;
    size_t k = 0;
    cJSON_ArrayForEach(line, record->lines)
    {
        const double now = number(line, "best_energy");
        if (record->cost[k++] <= cost && isfinite(now))
            best = now;
    }
    return best;
}

static double find_hit(const struct gd_measure *measure, const struct gd_record *record)
{
    const double evaluation = gd_json_number(record->summary, (const char *const[]){"target", "evaluation", NULL});
    if (measure->by_energy)
        return cost_at(record, "best_energy", measure->energy, false);
    if (!isfinite(evaluation) || !strcmp(measure->column, "evaluations"))
        return evaluation;
    return cost_at(record, "evaluations", evaluation, true);
}

static bool find_relaxed_hit(const struct gd_measure *measure, const struct gd_record *record)
{
    static const char *const target[] = {"relaxation", "target", "evaluation", NULL};
    if (measure->by_energy)
        return record->relaxed <= measure->energy;
    return isfinite(gd_json_number(record->summary, target));
}

/* Whether the lowest energy, relaxed or not, is below those of hits: comparisons with NaN are false. */
static bool has_passed(const struct gd_record *record)
{
    const double lowest = gd_json_number(record->summary, (const char *const[]){"target", "lowest", NULL});
    return record->best < lowest || record->relaxed < lowest;
}

/* Fills in what the relaxation at the end has found. */
static void read_relaxation(struct gd_record *record)
{
    const cJSON *relaxation = cJSON_GetObjectItemCaseSensitive(record->summary, "relaxation");
    const double minimum = number(relaxation, "lowest_minimum"); /* not in summaries of former versions */
    record->relaxed = number(relaxation, "best_energy");
    record->relaxations = fmax(0, number(relaxation, "relaxed"));
    record->converged = fmax(0, number(relaxation, "converged"));
    record->at_minimum = record->converged > 0 && !(record->relaxed < minimum);
}

/* Fills a record, of which folder, state and reason are there. */
static enum gd_status read_record(struct gd_results *results, struct gd_record *record)
{
    static const char *const total[] = {"seconds", "total", NULL};
    enum gd_status status = read_summary(results, record);
    if (!status)
        status = read_lines(results, record);
    if (!status)
        status = add_costs(results, record);
    if (status)
        return status;
    record->evaluations = number(record->summary, "evaluations");
    record->best = number(record->summary, "best_energy");
    record->rejected = number(record->summary, "accepted") == 0 && number(record->summary, "rejected") > 0;
    read_relaxation(record);
    record->seconds = gd_json_number(record->summary, total);
    record->hit = find_hit(&results->measure, record);
    record->sought =
        results->measure.by_energy || cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(record->summary, "target"));
    record->passed = !results->measure.by_energy && has_passed(record);
    record->relaxed_hit = isfinite(record->hit) || find_relaxed_hit(&results->measure, record);
    if (!strcmp(results->measure.column, "evaluations") && isfinite(record->evaluations))
        record->end = record->evaluations;
    return GD_OK;
}

/* --- Groups ------------------------------------------------------------------------------------------------------- */

static struct gd_group *add_group(struct gd_results *results, const char *prefix, const char *name, size_t most)
{
    char *whole = gd_format("%s%s", prefix, name);
    struct gd_group new = {.name = whole ? gd_arena_string(&results->arena, whole, strlen(whole)) : NULL,
                           .records = gd_arena_alloc(&results->arena, most + 1, sizeof *new.records)};
    free(whole);
    if (!new.name || !new.records)
        return NULL;
    struct gd_group *more = gd_arena_append(&results->arena, results->groups, &results->count, sizeof *more);
    if (!more)
        return NULL;
    more[results->count - 1] = new;
    results->groups = more;
    return &more[results->count - 1];
}

static const char *join(struct gd_results *results, const char *directory, const char *name)
{
    char *path = gd_file_join(directory, name);
    const char *kept = path ? gd_arena_string(&results->arena, path, strlen(path)) : NULL;
    free(path);
    return kept;
}

/* One run of a group. */
static enum gd_status add_record(struct gd_results *results, struct gd_group *group, const char *folder, uint64_t seed,
                                 const struct gd_run_status *now)
{
    struct gd_record *record = &group->records[group->count];
    *record = (struct gd_record){.folder = folder, .seed = seed, .state = now->state, .hit = NAN};
    record->reason = gd_arena_string(&results->arena, now->reason, strlen(now->reason));
    if (!record->folder || !record->reason)
        return GD_NO_MEMORY;
    group->count++;
    return read_record(results, record);
}

static enum gd_status add_variant(struct gd_results *results, const char *directory, const char *prefix,
                                  const struct gd_sweep *sweep, size_t variant)
{
    struct gd_group *group = add_group(results, prefix, sweep->variants[variant].name, sweep->seed_count);
    struct gd_run_status now;
    char *name = gd_format(GD_SWEEP_VARIANTS "/%s.yaml", sweep->variants[variant].slug);
    if (group && name) {
        group->pipeline = join(results, directory, name);
        group->is_variant = true;
    }
    free(name);
    enum gd_status status = group && group->pipeline ? GD_OK : GD_NO_MEMORY;
    for (size_t k = 0; k < sweep->run_count && !status; k++) {
        const struct gd_sweep_run *run = &sweep->runs[k];
        if (run->variant != variant)
            continue;
        status = gd_run_status_read(directory, run, &now);
        if (!status)
            status = add_record(results, group, join(results, directory, run->folder), run->seed, &now);
    }
    return status;
}

static enum gd_status add_sweep(struct gd_results *results, const char *directory, const char *prefix,
                                struct gd_error *error)
{
    struct gd_sweep sweep;
    enum gd_status status = gd_manifest_read(directory, &sweep, error);
    for (size_t k = 0; k < sweep.count && !status; k++)
        status = add_variant(results, directory, prefix, &sweep, k);
    gd_sweep_clear(&sweep);
    return status;
}

static bool is_run(const char *folder)
{
    return gd_directory_has(folder, "summary.json") || gd_directory_has(folder, "run.h5") ||
           gd_directory_has(folder, "pipeline.yaml");
}

/* A run that is part of no sweep: its summary says how it ended. */
static enum gd_status add_run(struct gd_results *results, struct gd_group *group, const char *folder)
{
    struct gd_run_status now = {.state = GD_RUN_BEGUN};
    enum gd_status status = add_record(results, group, folder, 0, &now);
    struct gd_record *record = &group->records[group->count - 1];
    if (status)
        return status;
    const char *ending = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(record->summary, "status"));
    const char *message = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(record->summary, "message"));
    const double seed = number(record->summary, "seed");
    record->seed = seed >= 0 ? (uint64_t)seed : 0;
    if (ending && !strcmp(ending, "finished"))
        record->state = GD_RUN_FINISHED;
    if (ending && !strcmp(ending, "failed"))
        record->state = GD_RUN_FAILED;
    if (message)
        record->reason = message;
    return GD_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The folders in a directory that are runs, by name; [*count] in the arena. */
static enum gd_status list_runs(struct gd_results *results, const char *directory, const char ***list, size_t *count,
                                struct gd_error *error)
{
    const char *name;
    DIR *stream = opendir(directory);
    enum gd_status status = GD_OK;
    *list = NULL;
    *count = 0;
    while (stream && !status && !(status = gd_directory_next(stream, directory, &name, error)) && name) {
        const char *folder = name[0] != '.' ? join(results, directory, name) : NULL;
        if (!folder || !is_run(folder))
            continue;
        const char **more = gd_arena_append(&results->arena, *list, count, sizeof *more);
        status = more ? GD_OK : GD_NO_MEMORY;
        if (more) {
            more[*count - 1] = folder;
            *list = more;
        }
    }
    if (stream)
        closedir(stream);
    if (*count > 0)
        qsort(*list, *count, sizeof **list, by_name);
    return status;
}

static enum gd_status add_folder(struct gd_results *results, const char *directory, const char *prefix,
                                 struct gd_error *error)
{
    const char **list, *own = gd_arena_string(&results->arena, directory, strlen(directory));
    size_t count;
    enum gd_status status = own ? GD_OK : GD_NO_MEMORY;
    if (!status && is_run(directory)) {
        list = &own;
        count = 1;
    } else if (!status) {
        status = list_runs(results, directory, &list, &count, error);
    }
    if (!status && count == 0)
        return gd_fail(error, GD_BAD_INPUT, "%s contains no sweep and no runs", directory);
    struct gd_group *group = status ? NULL : add_group(results, "", *prefix ? prefix : directory, count);
    if (!group)
        return status ? status : GD_NO_MEMORY;
    group->pipeline = join(results, list[0], "pipeline.yaml");
    for (size_t k = 0; k < count && !status; k++)
        status = add_run(results, group, list[k]);
    return status;
}

enum gd_status gd_results_add(struct gd_results *results, const char *directory, const char *prefix,
                              struct gd_error *error)
{
    char *before = gd_format("%s%s", prefix, *prefix ? ": " : "");
    enum gd_status status = before ? GD_OK : GD_NO_MEMORY;
    if (!status)
        status = gd_manifest_exists(directory) ? add_sweep(results, directory, before, error)
                                               : add_folder(results, directory, prefix, error);
    free(before);
    return status == GD_NO_MEMORY ? gd_no_memory(error, directory) : status;
}

void gd_results_clear(struct gd_results *results)
{
    for (size_t g = 0; g < results->count; g++)
        for (size_t k = 0; k < results->groups[g].count; k++) {
            cJSON_Delete(results->groups[g].records[k].summary);
            cJSON_Delete(results->groups[g].records[k].lines);
            cJSON_Delete(results->groups[g].records[k].inner);
        }
    gd_problems_clear(&results->problems);
    gd_arena_clear(&results->arena);
    *results = (struct gd_results){0};
}
