/* The pipelines of a run: the outermost in the run's directory, and every other in a folder there, named by its step.
 * Each is written down as it runs, so that all of them can run again. */
#include "engine/run/parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

/* A place for the file of every slot; false when out of memory. */
static bool add_outputs(struct gd_part *part)
{
    const struct gd_slot *const *slots = gd_registry_slots(part->pipeline->registry);
    const size_t count = gd_registry_slot_count(part->pipeline->registry);
    part->outputs = gd_array(count, sizeof *part->outputs);
    bool complete = part->outputs != NULL;
    for (size_t k = 0; k < count && complete; k++)
        if (slots[k]->file)
            complete = (part->outputs[k].path = gd_file_join(part->directory, slots[k]->file)) != NULL;
    return complete;
}

static void free_outputs(struct gd_part *part)
{
    const struct gd_slot *const *slots = gd_registry_slots(part->pipeline->registry);
    for (size_t k = 0; slots[k] && part->outputs; k++)
        free(part->outputs[k].path);
    free(part->outputs);
}

static enum gd_status add_part(struct gd_parts *parts, const struct gd_pipeline *pipeline, const char *directory,
                               struct gd_error *error)
{
    if (!gd_grow(&parts->list, &parts->capacity, parts->count + 1, sizeof *parts->list))
        return gd_no_memory(error, "the pipelines");
    struct gd_part *part = &parts->list[parts->count++];
    *part = (struct gd_part){.pipeline = pipeline};
    if (gd_pipeline_tree(pipeline, &part->tree))
        part->text = gd_tree_write_yaml(part->tree.root);
    part->directory = *pipeline->path ? gd_file_join(directory, pipeline->path) : gd_string(directory);
    if (part->directory) {
        part->pipeline_path = gd_file_join(part->directory, "pipeline.yaml");
        part->script_path = gd_file_join(part->directory, "pipeline.lua");
        part->summary_path = gd_file_join(part->directory, "summary.json");
    }
    bool complete = part->text && part->pipeline_path && part->script_path && part->summary_path && add_outputs(part);
    return complete ? GD_OK : gd_no_memory(error, "the pipelines");
}

/* The pipelines among the steps, each with those inside it. */
static enum gd_status add_steps(struct gd_parts *parts, const struct gd_step *steps, size_t count,
                                const char *directory, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < count && !status; k++) {
        if (steps[k].pipeline)
            status = add_part(parts, steps[k].pipeline, directory, error);
        if (!status)
            status = add_steps(parts, steps[k].steps, steps[k].count, directory, error);
    }
    return status;
}

enum gd_status gd_parts_make(struct gd_parts *parts, const struct gd_pipeline *pipeline, const char *directory,
                             struct gd_error *error)
{
    struct gd_text text = {0};
    *parts = (struct gd_parts){0};
    enum gd_status status = add_part(parts, pipeline, directory, error);
    if (!status)
        status = add_steps(parts, pipeline->steps, pipeline->count, directory, error);
    for (size_t k = 0; k < parts->count && !status; k++)
        gd_text_print(&text, "%s%s", k ? "---\n" : "", parts->list[k].text);
    parts->text = gd_text_take(&text);
    return status || parts->text ? status : gd_no_memory(error, "the pipelines");
}

void gd_parts_clear(struct gd_parts *parts)
{
    for (size_t k = 0; k < parts->count; k++) {
        struct gd_part *part = &parts->list[k];
        free_outputs(part);
        free(part->summary_path);
        free(part->script_path);
        free(part->pipeline_path);
        free(part->directory);
        free(part->text);
        gd_tree_clear(&part->tree);
    }
    free(parts->list);
    free(parts->text);
    *parts = (struct gd_parts){0};
}

struct gd_part *gd_parts_find(const struct gd_parts *parts, const struct gd_pipeline *pipeline)
{
    struct gd_part *part = parts->list;
    while (part->pipeline != pipeline)
        part++;
    return part;
}

bool gd_part_has(const struct gd_part *part, const char *name)
{
    return gd_directory_has(part->directory, name);
}

enum gd_status gd_parts_compare_texts(const struct gd_parts *parts, const struct gd_written *written,
                                      struct gd_error *error)
{
    struct gd_written one = *written;
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < parts->count && !status; k++) {
        const struct gd_part *part = &parts->list[k];
        if (!one.text)
            return gd_fail(error, GD_BAD_INPUT, "%s is of another pipeline: it lacks the pipeline of the step %s",
                           written->file, part->pipeline->path);
        status = gd_written_compare(&one, GD_WRITTEN_ALL, part->pipeline->registry, part->tree.root, error);
        one.text = gd_written_next(one.text);
    }
    return status || !one.text
               ? status
               : gd_fail(error, GD_BAD_INPUT, "%s is of another pipeline: it has more in it than this", written->file);
}

/* A pipeline with functions can only be continued with the script that it was started with. The script is there unless
 * nothing was done yet. */
static enum gd_status compare_script(const struct gd_part *part, bool begun, struct gd_error *error)
{
    const char *source = part->pipeline->tree.source;
    char *found = NULL;
    if (!source || (!begun && access(part->script_path, F_OK) != 0))
        return GD_OK;
    enum gd_status status = gd_file_read(part->script_path, &found, NULL, error);
    if (!status && strcmp(found, source) != 0)
        status = gd_fail(error, GD_BAD_INPUT,
                         "%s differs from the script %s; a run can only be continued with the script that it was "
                         "started with",
                         part->script_path, part->pipeline->tree.file);
    free(found);
    return status;
}

/* `directory`: of the run, which knows the files that went in. */
static enum gd_status compare_part(const struct gd_part *part, const struct gd_part *former, bool begun,
                                   const char *directory, struct gd_error *error)
{
    char *found = NULL;
    struct gd_error overlooked = {0};
    if (access(part->pipeline_path, F_OK) != 0)
        return GD_OK;
    enum gd_status status = gd_file_read(part->pipeline_path, &found, NULL, error);
    const struct gd_registry *registry = part->pipeline->registry;
    const struct gd_written written = {
        .file = part->pipeline_path, .text = found, .directory = directory, .contents = true};
    if (!status && !*found)
        status = gd_fail(error, GD_BAD_INPUT, "%s is empty: remove it, and it is written again", part->pipeline_path);
    if (!status &&
        !(former && gd_written_compare(&written, GD_WRITTEN_ALL, registry, former->tree.root, &overlooked) == GD_OK))
        status = gd_written_compare(&written, GD_WRITTEN_ALL, registry, part->tree.root, error);
    free(found);
    return status ? status : compare_script(part, begun, error);
}

/* Folders inside of the run's are made by it; a link there would lead what it writes to somewhere else. */
static enum gd_status refuse_links(const struct gd_part *part, size_t base, struct gd_error *error)
{
    char *path = gd_string(part->directory);
    enum gd_status status = path ? GD_OK : gd_no_memory(error, part->directory);
    for (char *end = path ? path + base : NULL; !status && *end;) {
        end += 1 + strcspn(end + 1, "/");
        char kept = *end;
        struct stat facts;
        *end = '\0';
        if (lstat(path, &facts) == 0 && !S_ISDIR(facts.st_mode))
            status = gd_fail(error, GD_BAD_INPUT, "%s is not a folder: a run writes only to its own folder", path);
        *end = kept;
    }
    free(path);
    return status;
}

enum gd_status gd_parts_compare(const struct gd_parts *parts, const struct gd_parts *former, bool begun,
                                struct gd_error *error)
{
    enum gd_status status = GD_OK;
    size_t base = strlen(parts->list->directory);
    for (size_t k = 1; k < parts->count && !status; k++)
        status = refuse_links(&parts->list[k], base, error);
    for (size_t k = 0; k < parts->count && !status; k++)
        status = compare_part(&parts->list[k], former && k < former->count ? &former->list[k] : NULL, begun,
                              parts->list->directory, error);
    return status;
}

/* Writes a file that is missing, or has another text. */
static enum gd_status write_current(const char *path, const char *text, struct gd_error *error)
{
    char *found = NULL;
    enum gd_status status = access(path, F_OK) == 0 ? gd_file_read(path, &found, NULL, error) : GD_OK;
    if (!status && !(found && strcmp(found, text) == 0))
        status = gd_file_write(path, text, strlen(text), error);
    free(found);
    return status;
}

static enum gd_status write_missing(const char *path, const char *text, struct gd_error *error)
{
    return access(path, F_OK) == 0 ? GD_OK : gd_file_write(path, text, strlen(text), error);
}

/* Adds the name of a file in the part's folder that is missing. */
static void note_missing(const struct gd_part *part, const char *name, struct gd_text *restored)
{
    const char *path = part->pipeline->path;
    if (restored && !gd_part_has(part, name))
        gd_text_print(restored, "%s%s%s%s", restored->length ? ", " : "", path, *path ? "/" : "", name);
}

/* The pipeline comes first, since it is what makes the folder that of a run: one that was ended in between can be
 * resumed. */
static enum gd_status write_part(const struct gd_part *part, struct gd_text *restored, struct gd_error *error)
{
    const char *source = part->pipeline->tree.source;
    note_missing(part, "pipeline.yaml", restored);
    if (source)
        note_missing(part, "pipeline.lua", restored);
    enum gd_status status = gd_directory_make(part->directory, error);
    if (!status)
        status = write_current(part->pipeline_path, part->text, error);
    return status || !source ? status : write_missing(part->script_path, source, error);
}

enum gd_status gd_parts_write(const struct gd_parts *parts, struct gd_text *restored, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < parts->count && !status; k++)
        status = write_part(&parts->list[k], restored, error);
    return status;
}
