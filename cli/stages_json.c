/* godiff stages --json */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/stages.h"
#include "engine/base/text.h"

/* Appends a string unless it is NULL. */
static bool add_text(cJSON *object, const char *key, const char *text)
{
    return !text || cJSON_AddStringToObject(object, key, text);
}

static bool add_names(cJSON *object, const char *key, const char *const *names)
{
    cJSON *list = cJSON_AddArrayToObject(object, key);
    for (size_t k = 0; list && names && names[k]; k++)
        if (!cJSON_AddItemToArray(list, cJSON_CreateString(names[k])))
            return false;
    return list;
}

static bool add_rows(cJSON *object, const struct gd_param *rows);

static bool add_row(cJSON *list, const struct gd_param *row)
{
    cJSON *object = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(list, object))
        return false;
    char *help = gd_row_help(row);
    bool ok = help && add_text(object, "name", row->name) && add_text(object, "type", gd_type_names[row->type]) &&
              add_text(object, "unit", row->unit) && add_text(object, "default", row->initial) &&
              add_text(object, "kind", row->kind) && add_text(object, "help", help) &&
              cJSON_AddBoolToObject(object, "required", !row->initial && !row->optional && row->type != GD_GROUP) &&
              cJSON_AddNumberToObject(object, "count", row->count > 1 ? row->count : 1);
    free(help);
    if (ok && gd_row_ranged(row))
        ok = cJSON_AddNumberToObject(object, "min", row->min) && cJSON_AddNumberToObject(object, "max", row->max) &&
             cJSON_AddBoolToObject(object, "above_min", row->above_min);
    if (ok && (row->type == GD_CHOICE || row->type == GD_SUBSET))
        ok = add_names(object, "choices", row->choices);
    if (ok && row->type == GD_GROUP)
        ok = add_rows(object, row->rows);
    return ok;
}

static bool add_rows(cJSON *object, const struct gd_param *rows)
{
    cJSON *list = cJSON_AddArrayToObject(object, "parameters");
    bool ok = list;
    for (const struct gd_param *row = rows; ok && row && row->name; row++)
        ok = add_row(list, row);
    return ok;
}

static bool add_stage(void *out, const struct gd_stage *stage)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(out, "stages");
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, object) && add_text(object, "name", stage->name) &&
           add_text(object, "place", stage->section ? "section" : "step") &&
           add_text(object, "summary", stage->summary) && add_text(object, "component", stage->self) &&
           add_names(object, "reads", stage->reads) && add_names(object, "either", stage->either) &&
           add_names(object, "may_read", stage->may_read) && add_names(object, "writes", stage->writes) &&
           add_rows(object, stage->params);
}

static bool add_component(void *out, const struct gd_kind *kind, const struct gd_component *component)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(out, "components");
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, object) && add_text(object, "name", component->name) &&
           add_text(object, "kind", kind->name) && add_text(object, "summary", component->summary) &&
           add_rows(object, component->params);
}

static bool begin(void **out)
{
    *out = cJSON_CreateObject();
    return cJSON_AddArrayToObject(*out, "stages") && cJSON_AddArrayToObject(*out, "components");
}

static bool end(void *out, bool print)
{
    char *text = print ? gd_json_write(out, true) : NULL;
    cJSON_Delete(out);
    if (text)
        puts(text);
    free(text);
    return text || !print;
}

const struct gd_stage_printer gd_print_stages_json = {begin, add_stage, add_component, end};
