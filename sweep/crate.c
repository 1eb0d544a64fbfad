#include "sweep/crate.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/base/text.h"

/* A crate being made. A failed addition, for want of memory, sets `failed`. */
struct crate {
    const char *directory;
    const struct gd_sweep *sweep;
    const struct gd_results *results;
    cJSON *graph, *parts; /* all entities; what the folder contains */
    bool failed;
};

/* --- Entities ----------------------------------------------------------------------------------------------------- */

static void add_text(struct crate *crate, cJSON *entity, const char *key, const char *value)
{
    crate->failed |= !entity || !cJSON_AddStringToObject(entity, key, value);
}

static cJSON *find_entity(const struct crate *crate, const char *id)
{
    cJSON *entity;
    cJSON_ArrayForEach(entity, crate->graph)
    {
        if (!strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entity, "@id")), id))
            return entity;
    }
    return NULL;
}

static cJSON *add_entity(struct crate *crate, const char *id, const char *type)
{
    cJSON *entity = cJSON_CreateObject();
    add_text(crate, entity, "@id", id);
    add_text(crate, entity, "@type", type);
    crate->failed |= !cJSON_AddItemToArray(crate->graph, entity);
    return entity;
}

/* A reference, {"@id": id}; NULL when out of memory. */
static cJSON *reference(const char *id)
{
    cJSON *object = cJSON_CreateObject();
    if (!object || cJSON_AddStringToObject(object, "@id", id))
        return object;
    cJSON_Delete(object);
    return NULL;
}

static void add_reference(struct crate *crate, cJSON *entity, const char *key, const char *id)
{
    crate->failed |= !cJSON_AddItemToObject(entity, key, reference(id));
}

static void append_reference(struct crate *crate, cJSON *list, const char *id)
{
    crate->failed |= !cJSON_AddItemToArray(list, reference(id));
}

/* A path as part of a URI: all but letters, digits and a few signs is escaped. New string. */
static char *escape_path(const char *prefix, const char *path)
{
    struct gd_text text = {0};
    gd_text_add(&text, prefix, strlen(prefix));
    for (; *path; path++)
        if (strchr("/._-~+=,", *path) || (*path >= '0' && *path <= '9') || ((*path | 32) >= 'a' && (*path | 32) <= 'z'))
            gd_text_add(&text, path, 1);
        else
            gd_text_print(&text, "%%%02X", (unsigned)(unsigned char)*path);
    return gd_text_take(&text);
}

/* --- Files of the folder ------------------------------------------------------------------------------------------ */

static const char *format_of(const char *name)
{
    static const struct {
        const char *extension, *format;
    } known[] = {{".json", "application/json"}, {".csv", "text/csv"},         {".md", "text/markdown"},
                 {".tex", "application/x-tex"}, {".txt", "text/plain"},       {".html", "text/html"},
                 {".yaml", "application/yaml"}, {".extxyz", "chemical/x-xyz"}};
    const char *dot = strrchr(name, '.');
    for (size_t k = 0; dot && k < sizeof known / sizeof *known; k++)
        if (!strcmp(known[k].extension, dot))
            return known[k].format;
    return "application/octet-stream";
}

static void add_sums(struct crate *crate, cJSON *entity, const char *digest, double bytes)
{
    char size[32];
    snprintf(size, sizeof size, "%.0f", bytes);
    add_text(crate, entity, "sha256", digest);
    add_text(crate, entity, "contentSize", size);
}

/* A file in the folder, when it is there; `list`: what contains it. */
static void add_file(struct crate *crate, cJSON *list, const char *name, const char *description)
{
    char digest[GD_DIGEST_SIZE], *path = gd_file_join(crate->directory, name), *id = escape_path("", name);
    double bytes;
    crate->failed |= !path || !id;
    if (!crate->failed && gd_file_digest(path, NULL, digest, &bytes, NULL) == GD_OK) {
        cJSON *entity = add_entity(crate, id, "File");
        add_text(crate, entity, "name", name);
        add_text(crate, entity, "description", description);
        add_text(crate, entity, "encodingFormat", format_of(name));
        add_sums(crate, entity, digest, bytes);
        append_reference(crate, list, id);
    }
    free(path);
    free(id);
}

static void add_files(struct crate *crate)
{
    static const struct {
        const char *name, *description;
    } files[] = {{"sweep.json", "variants with their overrides, seeds, and one row per run"},
                 {"runs.csv", "one line per run: evaluations, best energy, first hit, seconds"},
                 {"table.csv", "statistics of the variants and their comparisons"},
                 {"table.json", "statistics of the variants and their comparisons, with the curves of success"},
                 {"table.txt", "the statistics as text"},
                 {"table.md", "the statistics as Markdown"},
                 {"table.tex", "the statistics as LaTeX"},
                 {"report.html", "figures and tables of all runs"}};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++)
        add_file(crate, crate->parts, files[k].name, files[k].description);
    for (size_t k = 0; k < crate->sweep->count; k++) {
        char *name = gd_format(GD_SWEEP_VARIANTS "/%s.yaml", crate->sweep->variants[k].slug);
        crate->failed |= !name;
        if (name)
            add_file(crate, crate->parts, name, "the pipeline of a variant, with all parameters");
        free(name);
    }
}

/* --- Runs --------------------------------------------------------------------------------------------------------- */

static const char *text_of(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* A file that went into a run, wherever it is: an entity once. */
static void add_input(struct crate *crate, const cJSON *input, cJSON *list)
{
    const char *path = text_of(input, "path"), *digest = text_of(input, "sha256"), *use = text_of(input, "use");
    char *id = path ? escape_path("file://", path) : NULL;
    crate->failed |= path && !id;
    if (!id || !digest) {
        free(id);
        return;
    }
    if (!find_entity(crate, id)) {
        cJSON *entity = add_entity(crate, id, "File");
        const char *name = strrchr(path, '/');
        add_text(crate, entity, "name", name ? name + 1 : path);
        add_text(crate, entity, "description", use ? use : "input");
        add_text(crate, entity, "encodingFormat", format_of(path));
        add_sums(crate, entity, digest, gd_json_number(input, (const char *const[]){"bytes", NULL}));
        append_reference(crate, crate->parts, id);
    }
    append_reference(crate, list, id);
    free(id);
}

/* The folder of a run, as a data set with its main files. */
static void add_folder(struct crate *crate, const struct gd_sweep_run *run, const char *variant, const char *id)
{
    static const struct {
        const char *name, *description;
    } files[] = {{"summary.json", "results, machine, versions and inputs of the run"},
                 {"pipeline.yaml", "the pipeline as executed, with all parameters"},
                 {"metrics.jsonl", "one JSON object per executed step"},
                 {"archive.extxyz", "all accepted evaluated structures"},
                 {"best.extxyz", "the best structure"},
                 {"minima.extxyz", "distinct relaxed minima"},
                 {"run.h5", "the complete state of the run"},
                 {"model.h5", "the trained model"}};
    cJSON *entity = add_entity(crate, id, "Dataset");
    char *name = gd_format("%s, seed %" PRIu64, variant, run->seed);
    crate->failed |= !name;
    add_text(crate, entity, "name", name ? name : "");
    cJSON *list = cJSON_AddArrayToObject(entity, "hasPart");
    for (size_t k = 0; k < sizeof files / sizeof *files && !crate->failed; k++) {
        char *file = gd_file_join(run->folder, files[k].name);
        crate->failed |= !file;
        if (file)
            add_file(crate, list, file, files[k].description);
        free(file);
    }
    append_reference(crate, crate->parts, id);
    free(name);
}

/* Gives the entity a list, of one reference that alone, of none nothing; takes the list over. */
static void add_list(struct crate *crate, cJSON *entity, const char *key, cJSON *list)
{
    const int count = cJSON_GetArraySize(list);
    cJSON *value = count == 1 ? cJSON_DetachItemFromArray(list, 0) : list;
    if (value != list || count == 0)
        cJSON_Delete(list);
    if (count > 0)
        crate->failed |= !cJSON_AddItemToObject(entity, key, value);
}

/* What the run was: started and ended when, by which command, from what. */
static void add_action(struct crate *crate, const struct gd_sweep_run *run, const struct gd_record *record,
                       const char *folder)
{
    static const struct {
        const char *key, *from;
    } texts[] = {{"startTime", "started"}, {"endTime", "written"}, {"description", "command"}};
    const cJSON *input;
    char *id = gd_format("#run-%s", run->tag), *escaped = id ? escape_path("#", id + 1) : NULL;
    crate->failed |= !escaped;
    if (escaped) {
        cJSON *entity = add_entity(crate, escaped, "CreateAction");
        add_text(crate, entity, "name", run->tag);
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            if (text_of(record->summary, texts[k].from))
                add_text(crate, entity, texts[k].key, text_of(record->summary, texts[k].from));
        add_reference(crate, entity, "instrument", "#godiff");
        add_reference(crate, entity, "result", folder);
        cJSON *list = cJSON_CreateArray();
        cJSON_ArrayForEach(input, cJSON_GetObjectItemCaseSensitive(record->summary, "inputs"))
        {
            add_input(crate, input, list);
        }
        add_list(crate, entity, "object", list);
    }
    free(id);
    free(escaped);
}

/* The record of a run of the sweep: groups are its variants, records their seeds. */
static const struct gd_record *find_record(const struct crate *crate, const struct gd_sweep_run *run)
{
    const struct gd_group *group = &crate->results->groups[run->variant];
    for (size_t k = 0; k < group->count; k++)
        if (group->records[k].seed == run->seed)
            return &group->records[k];
    return NULL;
}

static void add_runs(struct crate *crate)
{
    for (size_t k = 0; k < crate->sweep->run_count && !crate->failed; k++) {
        const struct gd_sweep_run *run = &crate->sweep->runs[k];
        const struct gd_record *record = find_record(crate, run);
        char *folder = escape_path("", run->folder), *id = folder ? gd_format("%s/", folder) : NULL;
        crate->failed |= !id;
        if (id && record && record->state == GD_RUN_FINISHED) {
            add_folder(crate, run, crate->sweep->variants[run->variant].name, id);
            add_action(crate, run, record, id);
        }
        free(folder);
        free(id);
    }
}

/* --- The crate ---------------------------------------------------------------------------------------------------- */

static void add_program(struct crate *crate)
{
    cJSON *entity = add_entity(crate, "#godiff", "SoftwareApplication");
    add_text(crate, entity, "name", "godiff");
    add_text(crate, entity, "softwareVersion", GODIFF_VERSION);
    add_text(crate, entity, "description", "pipelines of diffusion-based global structure optimisation");
}

/* The licence is the owner's to choose. */
static void add_licence(struct crate *crate)
{
    cJSON *entity = add_entity(crate, "#licence", "CreativeWork");
    add_text(crate, entity, "name", "no licence yet");
    add_text(crate, entity, "description", "The owner of this data has not chosen a licence yet.");
}

static void fill(struct crate *crate)
{
    char date[GD_DATE_SIZE];
    cJSON *metadata = add_entity(crate, GD_CRATE_NAME, "CreativeWork");
    add_reference(crate, metadata, "conformsTo", "https://w3id.org/ro/crate/1.1");
    add_reference(crate, metadata, "about", "./");
    cJSON *root = add_entity(crate, "./", "Dataset");
    char *name = gd_format("godiff sweep %s", crate->sweep->name);
    char *description = gd_format("%zu runs of a global structure optimisation: %zu variants with %zu seeds each",
                                  crate->sweep->run_count, crate->sweep->count, crate->sweep->seed_count);
    crate->failed |= !name || !description;
    add_text(crate, root, "name", name ? name : "");
    add_text(crate, root, "description", description ? description : "");
    add_text(crate, root, "datePublished", gd_date(date));
    add_reference(crate, root, "license", "#licence");
    crate->parts = cJSON_AddArrayToObject(root, "hasPart");
    crate->failed |= !crate->parts;
    add_licence(crate);
    add_program(crate);
    add_files(crate);
    add_runs(crate);
    free(name);
    free(description);
}

/* The context of RO-Crate 1.1, and the checksums that it does not know. */
static bool add_context(cJSON *json)
{
    cJSON *list = cJSON_AddArrayToObject(json, "@context"), *own = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, cJSON_CreateString("https://w3id.org/ro/crate/1.1/context")) &&
           cJSON_AddItemToArray(list, own) && cJSON_AddStringToObject(own, "sha256", "https://schema.org/sha256");
}

enum gd_status gd_crate_write(const char *directory, const struct gd_sweep *sweep, const struct gd_results *results,
                              struct gd_error *error)
{
    cJSON *json = cJSON_CreateObject();
    struct crate crate = {.directory = directory, .sweep = sweep, .results = results, .failed = !json};
    if (json && add_context(json))
        crate.graph = cJSON_AddArrayToObject(json, "@graph");
    if (crate.graph)
        fill(&crate);
    char *path = gd_file_join(directory, GD_CRATE_NAME);
    char *text = crate.graph && !crate.failed ? gd_json_write(json, true) : NULL;
    enum gd_status status =
        path && text ? gd_file_write(path, text, strlen(text), error) : gd_no_memory(error, GD_CRATE_NAME);
    cJSON_Delete(json);
    free(path);
    free(text);
    return status;
}
