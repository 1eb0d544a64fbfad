#include "sweep/inner.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/run/written.h"
#include "sweep/state.h"

static bool add_file(struct gd_inner *inner, const struct gd_pipeline *pipeline, const char *slug)
{
    if (!gd_grow(&inner->files, &inner->capacity, inner->count + 1, sizeof *inner->files))
        return false;
    struct gd_inner_file *file = &inner->files[inner->count++];
    *file = (struct gd_inner_file){gd_format("%s/%s/pipeline.yaml", slug, pipeline->path), gd_pipeline_yaml(pipeline)};
    return file->path && file->text;
}

/* The pipelines among the steps, each with those in it. */
static bool add_files(struct gd_inner *inner, const struct gd_step *steps, size_t count, const char *slug)
{
    bool fine = true;
    for (size_t k = 0; k < count && fine; k++) {
        if (steps[k].pipeline)
            fine = add_file(inner, steps[k].pipeline, slug);
        fine = fine && add_files(inner, steps[k].steps, steps[k].count, slug);
    }
    return fine;
}

/* Leads the steps that are pipelines to the folder `slug`. */
static bool lead_there(struct gd_tree *tree, struct gd_node *steps, const char *slug)
{
    bool fine = true;
    for (struct gd_node *step = steps ? steps->children : NULL; step && fine; step = step->next) {
        struct gd_node *map = step->children;
        const struct gd_node *file = strcmp(map->key, "pipeline") == 0 ? gd_node_get(map, "file") : NULL;
        char *path = file ? gd_format("%s/%s", slug, file->text) : NULL;
        if (path)
            fine = (gd_node_get(map, "file")->text = gd_arena_string(&tree->arena, path, strlen(path))) != NULL;
        fine = fine && !(file && !path) && lead_there(tree, gd_node_get(map, "steps"), slug);
        free(path);
    }
    return fine;
}

enum gd_status gd_inner_make(struct gd_inner *inner, const struct gd_pipeline *pipeline, const char *slug, char **text,
                             struct gd_error *error)
{
    struct gd_tree tree = {0};
    *text = NULL;
    if (gd_pipeline_tree(pipeline, &tree) && lead_there(&tree, gd_node_get(tree.root, "steps"), slug) &&
        add_files(inner, pipeline->steps, pipeline->count, slug))
        *text = gd_tree_write_yaml(tree.root);
    gd_tree_clear(&tree);
    return *text ? GD_OK : gd_no_memory(error, "a variant");
}

void gd_inner_clear(struct gd_inner *inner)
{
    for (size_t k = 0; k < inner->count; k++) {
        free(inner->files[k].path);
        free(inner->files[k].text);
    }
    free(inner->files);
    *inner = (struct gd_inner){0};
}

static enum gd_status compare(const char *path, const char *text, const struct gd_registry *registry,
                              struct gd_error *error)
{
    char *was = NULL;
    struct gd_error why = {0};
    enum gd_status status = gd_file_read(path, &was, NULL, error);
    if (status)
        return status;
    status = gd_written_compare_text(&(struct gd_written){.file = path, .text = was}, registry, text, &why);
    free(was);
    return status ? gd_fail(error, status, "the pipeline has changed since the sweep was begun; give another --out: %s",
                            why.text)
                  : GD_OK;
}

static enum gd_status write_file(const char *path, const char *text, struct gd_error *error)
{
    char *folder = gd_string(path), *end = folder ? strrchr(folder, '/') : NULL;
    if (end)
        *end = '\0';
    enum gd_status status = folder ? gd_directory_make(folder, error) : gd_no_memory(error, path);
    free(folder);
    return status ? status : gd_file_write(path, text, strlen(text), error);
}

enum gd_status gd_inner_keep(const struct gd_inner *inner, const char *directory, const struct gd_registry *registry,
                             struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < inner->count && !status; k++) {
        char *path = gd_format("%s/" GD_SWEEP_VARIANTS "/%s", directory, inner->files[k].path);
        if (!path)
            status = gd_no_memory(error, directory);
        else if (access(path, F_OK) == 0)
            status = compare(path, inner->files[k].text, registry, error);
        else
            status = write_file(path, inner->files[k].text, error);
        free(path);
    }
    return status;
}
