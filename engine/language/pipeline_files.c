#include "engine/language/pipeline_files.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/language/plugin.h"

struct walk {
    gd_file_visit *visit;
    void *context;
};

static bool visit_rows(const struct walk *walk, const char *use, const struct gd_param *rows, const void *values);

/* A path, or what is the path in a text: all of it up to and with the extension that makes it one. */
static bool visit_text(const struct walk *walk, const char *use, const struct gd_param *row, const char *text)
{
    if (!text)
        return true;
    const char *mark = row->type == GD_STRING ? strstr(text, row->path_with) : NULL,
               *colon = mark ? strchr(mark, ':') : NULL;
    if (row->type == GD_STRING && !mark)
        return true;
    char *path = colon ? gd_format("%.*s", (int)(colon - text), text) : gd_string(text);
    const bool going = path && walk->visit(walk->context, use, path);
    free(path);
    return going;
}

/* The strings of a map that are files, such as the weights of a calculator. */
static bool visit_json(const struct walk *walk, const char *use, const cJSON *json)
{
    const char *text = cJSON_GetStringValue(json);
    bool going =
        !text || !strchr(text, '/') || gd_file_check(text, NULL) != GD_OK || walk->visit(walk->context, use, text);
    for (const cJSON *child = json ? json->child : NULL; child && going; child = child->next)
        going = visit_json(walk, use, child);
    return going;
}

static bool visit_map(const struct walk *walk, const char *use, const char *text)
{
    cJSON *json = text ? cJSON_Parse(text) : NULL;
    const bool going = visit_json(walk, use, json);
    cJSON_Delete(json);
    return going;
}

bool gd_words_visit_files(const char *text, const char *folder, const char *use, gd_file_visit *visit, void *context)
{
    static const char ends[] = " \t\r\n\"'";
    bool going = true;
    for (const char *word = text + strspn(text, ends); *word && going; word += strspn(word, ends)) {
        const size_t length = strcspn(word, ends);
        char *path = folder && *word != '/' ? gd_format("%s/%.*s", folder, (int)length, word)
                                            : gd_format("%.*s", (int)length, word);
        going = path && (gd_file_check(path, NULL) != GD_OK || visit(context, use, path));
        free(path);
        word += length;
    }
    return going;
}

static bool visit_words(const struct walk *walk, const char *use, const char *text, const char *folder)
{
    return !text || gd_words_visit_files(text, folder, use, walk->visit, walk->context);
}

static bool visit_choice(const struct walk *walk, const char *use, const struct gd_choice *choice)
{
    return !choice->component || !choice->component->params ||
           visit_rows(walk, use, choice->component->params, choice->params);
}

static bool visit_paths(const struct walk *walk, const char *use, const char *const *path)
{
    bool going = true;
    for (; path && *path && going; path++)
        going = walk->visit(walk->context, use, *path);
    return going;
}

/* The path that the row `name` has; NULL: none. */
static const char *path_of(const struct gd_param *rows, const char *name, const void *values)
{
    const struct gd_param *row = gd_param_find(rows, name);
    return row ? *(const char *const *)((const char *)values + row->offset) : NULL;
}

static bool visit_row(const struct walk *walk, const char *use, const struct gd_param *rows, const struct gd_param *row,
                      const void *values)
{
    const void *value = (const char *)values + row->offset;
    if (row->resource)
        return true;
    if (row->words_in)
        return visit_words(walk, use, *(const char *const *)value, path_of(rows, row->words_in, values));
    if (row->type == GD_PATH || (row->type == GD_STRING && row->path_with))
        return visit_text(walk, use, row, *(const char *const *)value);
    if (row->type == GD_PATHS)
        return visit_paths(walk, use, *(const char *const *const *)value);
    if (row->type == GD_MAP)
        return visit_map(walk, use, *(const char *const *)value);
    if (row->type == GD_COMPONENT)
        return visit_choice(walk, use, value);
    return row->type != GD_GROUP || visit_rows(walk, use, row->rows, value);
}

static bool visit_rows(const struct walk *walk, const char *use, const struct gd_param *rows, const void *values)
{
    bool going = true;
    for (const struct gd_param *row = rows; row && row->name && values && going; row++) {
        char *name = gd_format("%s.%s", use, row->name);
        going = name && visit_row(walk, name, rows, row, values);
        free(name);
    }
    return going;
}

static bool visit_pipeline(const struct walk *walk, const struct gd_pipeline *pipeline);

static bool visit_steps(const struct walk *walk, const struct gd_step *steps, size_t count)
{
    bool going = true;
    for (size_t k = 0; k < count && going; k++) {
        const struct gd_step *step = &steps[k];
        if (step->stage && step->stage->self)
            going = visit_choice(walk, step->id, step->self);
        else if (step->stage)
            going = visit_rows(walk, step->id, step->stage->params, step->self);
        else if (step->pipeline)
            going = visit_pipeline(walk, step->pipeline);
        else
            going = visit_choice(walk, step->id, &step->until) && visit_steps(walk, step->steps, step->count);
    }
    return going;
}

static bool visit_pipeline(const struct walk *walk, const struct gd_pipeline *pipeline)
{
    return (!pipeline->tree.file || walk->visit(walk->context, "pipeline", pipeline->tree.file)) &&
           visit_steps(walk, pipeline->sections, pipeline->section_count) &&
           visit_steps(walk, pipeline->steps, pipeline->count);
}

bool gd_pipeline_visit_files(const struct gd_pipeline *pipeline, gd_file_visit *visit, void *context)
{
    const struct walk walk = {visit, context};
    size_t count;
    const struct gd_plugin_file *plugins = gd_registry_plugins(pipeline->registry, &count);
    bool going = visit_pipeline(&walk, pipeline);
    for (size_t k = 0; k < count && going; k++)
        going = visit(context, "plugin", plugins[k].path);
    return going;
}
