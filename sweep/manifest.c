#include "sweep/manifest.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/run/written.h"
#include "sweep/state.h"

bool gd_manifest_exists(const char *directory)
{
    char *path = gd_file_join(directory, GD_MANIFEST_NAME);
    const bool found = path && access(path, F_OK) == 0;
    free(path);
    return found;
}

/* --- Writing ------------------------------------------------------------------------------------------------------ */

static bool add_sets(cJSON *object, const struct gd_variant *variant)
{
    cJSON *sets = cJSON_AddArrayToObject(object, "set");
    bool added = sets != NULL;
    for (size_t k = 0; k < variant->set_count && added; k++) {
        const char *pair[2] = {variant->sets[k].path, variant->sets[k].value};
        added = cJSON_AddItemToArray(sets, cJSON_CreateStringArray(pair, 2));
    }
    return added;
}

static bool add_variant(cJSON *list, const struct gd_variant *variant)
{
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, object) && cJSON_AddStringToObject(object, "name", variant->name) &&
           cJSON_AddStringToObject(object, "file", variant->file) && add_sets(object, variant) &&
           cJSON_AddNumberToObject(object, "steps", variant->steps);
}

static bool add_run(cJSON *list, const struct gd_sweep *sweep, const struct gd_sweep_run *run)
{
    char seed[32];
    gd_print(seed, sizeof seed, "%" PRIu64, run->seed);
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, object) && cJSON_AddStringToObject(object, "folder", run->folder) &&
           cJSON_AddStringToObject(object, "variant", sweep->variants[run->variant].name) &&
           cJSON_AddRawToObject(object, "seed", seed);
}

/* "0,1,2": as text, because numbers of JSON have 53 bits. */
static char *seeds_text(const struct gd_sweep *sweep)
{
    struct gd_text text = {0};
    for (size_t k = 0; k < sweep->seed_count; k++)
        gd_text_print(&text, "%s%" PRIu64, k ? "," : "", sweep->seeds[k]);
    return gd_text_take(&text);
}

static char *make_manifest(const struct gd_sweep *sweep)
{
    char *seeds = seeds_text(sweep);
    cJSON *json = cJSON_CreateObject(), *list = NULL;
    bool complete = seeds && json && cJSON_AddStringToObject(json, "godiff", GODIFF_VERSION) &&
                    cJSON_AddStringToObject(json, "name", sweep->name) &&
                    cJSON_AddStringToObject(json, "file", sweep->file) &&
                    cJSON_AddStringToObject(json, "seeds", seeds) && (list = cJSON_AddArrayToObject(json, "variants"));
    for (size_t k = 0; k < sweep->count && complete; k++)
        complete = add_variant(list, &sweep->variants[k]);
    complete = complete && (list = cJSON_AddArrayToObject(json, "runs"));
    for (size_t k = 0; k < sweep->run_count && complete; k++)
        complete = add_run(list, sweep, &sweep->runs[k]);
    char *text = complete ? gd_json_write(json, true) : NULL;
    cJSON_Delete(json);
    free(seeds);
    return text;
}

static enum gd_status write_manifest(const char *directory, const struct gd_sweep *sweep, struct gd_error *error)
{
    char *path = gd_file_join(directory, GD_MANIFEST_NAME), *text = make_manifest(sweep);
    enum gd_status status =
        path && text ? gd_file_write(path, text, strlen(text), error) : gd_no_memory(error, GD_MANIFEST_NAME);
    free(text);
    free(path);
    return status;
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

struct reading {
    struct gd_sweep *sweep;
    const char *path;
    struct gd_error *error;
};

static enum gd_status damaged(const struct reading *reading, const char *what)
{
    return gd_fail(reading->error, GD_BAD_INPUT, "%s is damaged: %s", reading->path, what);
}

static const char *text_of(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static enum gd_status read_variant(const struct reading *reading, const cJSON *object, struct gd_problems *problems)
{
    const char *name = text_of(object, "name"), *file = text_of(object, "file");
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "set"), *pair;
    const cJSON *steps = cJSON_GetObjectItemCaseSensitive(object, "steps");
    struct gd_override *sets = gd_array((size_t)cJSON_GetArraySize(list) + 1, sizeof *sets);
    size_t count = 0;
    bool whole = name && file;
    if (!sets)
        return gd_no_memory(reading->error, reading->path);
    cJSON_ArrayForEach(pair, list)
    {
        const char *path = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
        const char *value = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
        whole = whole && path && value;
        sets[count++] = (struct gd_override){.path = path, .value = value};
    }
    enum gd_status status = whole ? gd_sweep_add_variant(reading->sweep, name, file, sets, count,
                                                         (struct gd_place){.file = reading->path}, problems)
                                  : damaged(reading, "a variant has no name, no file or no overrides");
    if (!status && cJSON_IsNumber(steps))
        reading->sweep->variants[reading->sweep->count - 1].steps = steps->valuedouble;
    free(sets);
    return status;
}

static enum gd_status read_plan(const struct reading *reading, const cJSON *json, struct gd_problems *problems)
{
    struct gd_sweep *sweep = reading->sweep;
    const char *name = text_of(json, "name"), *file = text_of(json, "file"), *seeds = text_of(json, "seeds");
    const cJSON *variants = cJSON_GetObjectItemCaseSensitive(json, "variants"), *variant;
    if (!name || !file || !seeds || cJSON_GetArraySize(variants) == 0)
        return damaged(reading, "no name, file, seeds or variants");
    sweep->name = gd_arena_string(&sweep->arena, name, strlen(name));
    sweep->file = gd_arena_string(&sweep->arena, file, strlen(file));
    enum gd_status status = sweep->name && sweep->file ? GD_OK : GD_NO_MEMORY;
    cJSON_ArrayForEach(variant, variants)
    {
        if (!status)
            status = read_variant(reading, variant, problems);
    }
    if (!status)
        status = gd_sweep_add_seeds(sweep, seeds, (struct gd_place){.file = reading->path}, problems);
    if (status == GD_BAD_INPUT)
        damaged(reading, problems->count > 0 ? problems->items[0].text : "not known");
    return status ? status : gd_sweep_add_runs(sweep);
}

enum gd_status gd_manifest_read(const char *directory, struct gd_sweep *sweep, struct gd_error *error)
{
    char *path = gd_file_join(directory, GD_MANIFEST_NAME), *text = NULL;
    const struct reading reading = {sweep, path, error};
    struct gd_problems problems = {0};
    size_t length = 0;
    cJSON *json = NULL;
    *sweep = (struct gd_sweep){0};
    enum gd_status status = path ? gd_file_read(path, &text, &length, error) : GD_NO_MEMORY;
    if (!status && gd_json_read(text, length, &json) != GD_OK)
        status = damaged(&reading, "not JSON");
    if (!status)
        status = read_plan(&reading, json, &problems);
    gd_problems_clear(&problems);
    cJSON_Delete(json);
    free(text);
    free(path);
    return status == GD_NO_MEMORY ? gd_no_memory(error, GD_MANIFEST_NAME) : status;
}

/* --- A directory that is there already ---------------------------------------------------------------------------- */

static const struct gd_variant *find_variant(const struct gd_sweep *sweep, const char *name)
{
    for (size_t k = 0; k < sweep->count; k++)
        if (!strcmp(sweep->variants[k].name, name))
            return &sweep->variants[k];
    return NULL;
}

static bool has_seed(const struct gd_sweep *sweep, uint64_t seed)
{
    for (size_t k = 0; k < sweep->seed_count; k++)
        if (sweep->seeds[k] == seed)
            return true;
    return false;
}

/* Every run of `old` is one of `sweep`. */
static enum gd_status check_runs(const char *directory, const struct gd_sweep *old, const struct gd_sweep *sweep,
                                 struct gd_error *error)
{
    for (size_t k = 0; k < old->count; k++)
        if (!find_variant(sweep, old->variants[k].name))
            return gd_fail(error, GD_BAD_INPUT,
                           "%s is another sweep: its variant %s is none of this one; give another --out", directory,
                           old->variants[k].name);
    for (size_t k = 0; k < old->seed_count; k++)
        if (!has_seed(sweep, old->seeds[k]))
            return gd_fail(error, GD_BAD_INPUT,
                           "%s has runs with seed %" PRIu64
                           ", which is none of this sweep's: give its seeds as well, or another --out",
                           directory, old->seeds[k]);
    return GD_OK;
}

/* Whether two pipelines are the same but for the seed; otherwise says where they differ, behind `what`. `file`: of the
 * former one. */
static enum gd_status compare_pipelines(const struct gd_sweep *sweep, const char *what, const char *file,
                                        const char *was, const char *is, struct gd_error *error)
{
    const struct gd_written written = {.file = file, .text = was};
    struct gd_error why = {0};
    enum gd_status status = gd_written_compare_text(&written, sweep->registry, is, &why);
    return status ? gd_fail(error, status, "%s: %s", what, why.text) : GD_OK;
}

enum gd_status gd_manifest_check_variant(const struct gd_sweep *sweep, const struct gd_variant *variant,
                                         const char *was, const char *is, struct gd_error *error)
{
    char *file = gd_format(GD_SWEEP_VARIANTS "/%s.yaml", variant->slug);
    enum gd_status status =
        file ? compare_pipelines(sweep, "the pipeline has changed since the sweep was begun", file, was, is, error)
             : gd_no_memory(error, variant->name);
    free(file);
    return status;
}

/* The pipeline of a variant: compares it with the file that is there, or writes it. */
static enum gd_status keep_pipeline(const char *directory, const struct gd_sweep *sweep,
                                    const struct gd_variant *variant, const char *pipeline, struct gd_error *error)
{
    char *path = gd_format("%s/" GD_SWEEP_VARIANTS "/%s.yaml", directory, variant->slug), *text = NULL;
    if (!path)
        return gd_no_memory(error, directory);
    enum gd_status status = GD_OK;
    if (access(path, F_OK) != 0)
        status = gd_file_write(path, pipeline, strlen(pipeline), error);
    else if ((status = gd_file_read(path, &text, NULL, error)) == GD_OK)
        status = compare_pipelines(sweep, "the pipeline has changed since the sweep was begun; give another --out",
                                   path, text, pipeline, error);
    free(text);
    free(path);
    return status;
}

static enum gd_status make_folders(const char *directory, struct gd_error *error)
{
    static const char *const folders[] = {GD_SWEEP_VARIANTS, GD_SWEEP_CLAIMS, GD_SWEEP_FAILED, GD_SWEEP_LOGS};
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < sizeof folders / sizeof *folders && !status; k++) {
        char *path = gd_file_join(directory, folders[k]);
        status = path ? gd_directory_make(path, error) : gd_no_memory(error, directory);
        free(path);
    }
    return status;
}

/* GD_BAD_INPUT for a directory with a run in it. */
static enum gd_status refuse_run(const char *directory, struct gd_error *error)
{
    char *path = gd_file_join(directory, "pipeline.yaml");
    if (!path)
        return gd_no_memory(error, directory);
    enum gd_status status = access(path, F_OK) == 0
                                ? gd_fail(error, GD_BAD_INPUT, "%s contains a run: use another --out", directory)
                                : GD_OK;
    free(path);
    return status;
}

enum gd_status gd_manifest_open(const char *directory, const struct gd_sweep *sweep, char *const *pipelines,
                                size_t *added, struct gd_error *error)
{
    struct gd_sweep old = {0};
    const bool there = gd_manifest_exists(directory);
    enum gd_status status = there ? gd_manifest_read(directory, &old, error) : refuse_run(directory, error);
    if (!status && there)
        status = check_runs(directory, &old, sweep, error);
    *added = sweep->run_count - old.run_count;
    gd_sweep_clear(&old);
    if (!status)
        status = make_folders(directory, error);
    for (size_t k = 0; k < sweep->count && !status; k++)
        status = keep_pipeline(directory, sweep, &sweep->variants[k], pipelines[k], error);
    return !status && *added > 0 ? write_manifest(directory, sweep, error) : status;
}

enum gd_status gd_manifest_check_run(const char *directory, const struct gd_sweep *sweep,
                                     const struct gd_sweep_run *run, struct gd_error *error)
{
    char *variant = NULL, *own = NULL;
    char *path = gd_format("%s/" GD_SWEEP_VARIANTS "/%s.yaml", directory, sweep->variants[run->variant].slug);
    char *run_path = gd_format("%s/%s/pipeline.yaml", directory, run->folder);
    enum gd_status status = path && run_path ? GD_OK : gd_no_memory(error, directory);
    if (!status && access(run_path, F_OK) == 0) {
        status = gd_file_read(path, &variant, NULL, error);
        if (!status)
            status = gd_file_read(run_path, &own, NULL, error);
    }
    if (!status && own)
        status = compare_pipelines(sweep,
                                   "the run is of another pipeline than its variant, whose file has changed; --retry "
                                   "begins it anew",
                                   run_path, own, variant, error);
    free(variant);
    free(own);
    free(path);
    free(run_path);
    return status;
}
