/* Parameter rows as JSON Schema. */
#include <stdio.h>
#include <string.h>

#include "engine/base/numbers.h"
#include "engine/language/params_priv.h"
#include "engine/language/schema_priv.h"

const char gd_schema_kind[] = "kind.";

cJSON *gd_schema_add(struct schema *schema, cJSON *object, const char *key, cJSON *item)
{
    if (object && item && cJSON_AddItemToObject(object, key, item))
        return item;
    cJSON_Delete(item);
    schema->failed = true;
    return NULL;
}

cJSON *gd_schema_append(struct schema *schema, cJSON *list, cJSON *item)
{
    if (list && item && cJSON_AddItemToArray(list, item))
        return item;
    cJSON_Delete(item);
    schema->failed = true;
    return NULL;
}

cJSON *gd_schema_object(struct schema *schema, cJSON *object, const char *key)
{
    return gd_schema_add(schema, object, key, cJSON_CreateObject());
}

cJSON *gd_schema_list(struct schema *schema, cJSON *object, const char *key)
{
    return gd_schema_add(schema, object, key, cJSON_CreateArray());
}

void gd_schema_text(struct schema *schema, cJSON *object, const char *key, const char *text)
{
    gd_schema_add(schema, object, key, cJSON_CreateString(text));
}

void gd_schema_number(struct schema *schema, cJSON *object, const char *key, double number)
{
    gd_schema_add(schema, object, key, cJSON_CreateNumber(number));
}

void gd_schema_forbid_others(struct schema *schema, cJSON *object)
{
    gd_schema_add(schema, object, "additionalProperties", cJSON_CreateFalse());
}

void gd_schema_reference(struct schema *schema, cJSON *object, const char *prefix, const char *name)
{
    char text[128];
    snprintf(text, sizeof text, "#/$defs/%s%s", prefix, name);
    gd_schema_text(schema, object, "$ref", text);
}

/* Values -------------------------------------------------------------------------------------------------------- */

/* A value as the reader of YAML sees it. `text`: of a parameter that is text whatever it looks like. */
static cJSON *to_json(struct schema *schema, const struct gd_node *node, bool text)
{
    double number;
    if (node->kind == GD_NODE_SCALAR && !text && !node->quoted) {
        if (gd_parse_float(node->text, &number))
            return cJSON_CreateNumber(number);
        if (!strcmp(node->text, "true") || !strcmp(node->text, "false"))
            return cJSON_CreateBool(node->text[0] == 't');
    }
    if (node->kind == GD_NODE_SCALAR)
        return cJSON_CreateString(node->text);
    cJSON *json = node->kind == GD_NODE_MAP ? cJSON_CreateObject() : cJSON_CreateArray();
    for (const struct gd_node *child = node->children; child; child = child->next) {
        cJSON *item = to_json(schema, child, text);
        if (child->key)
            gd_schema_add(schema, json, child->key, item);
        else
            gd_schema_append(schema, json, item);
    }
    return json;
}

static void add_default(struct schema *schema, cJSON *object, const struct gd_param *row)
{
    const bool text = row->type == GD_STRING || row->type == GD_PATH || row->type == GD_CHOICE ||
                      row->type == GD_SUBSET || row->type == GD_PATHS;
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    if (gd_tree_parse_value(&tree, "a default", row->initial, &problems) == GD_OK)
        gd_schema_add(schema, object, "default", to_json(schema, tree.root, text));
    else
        schema->failed = true; /* registration has read it before: only memory can be short */
    gd_problems_clear(&problems);
    gd_tree_clear(&tree);
}

void gd_schema_words(struct schema *schema, cJSON *object, const char *key, const char *const *words)
{
    cJSON *list = gd_schema_list(schema, object, key);
    for (; *words; words++)
        gd_schema_append(schema, list, cJSON_CreateString(*words));
}

void gd_schema_describe_text(struct schema *schema, cJSON *object)
{
    static const char *const types[] = {"string", "number", "boolean", NULL};
    gd_schema_words(schema, object, "type", types);
}

static void describe_number(struct schema *schema, cJSON *object, const struct gd_param *row)
{
    gd_schema_text(schema, object, "type", row->type == GD_INT ? "integer" : "number");
    if (row->min == 0 && row->max == 0)
        return;
    gd_schema_number(schema, object, row->above_min ? "exclusiveMinimum" : "minimum", row->min);
    gd_schema_number(schema, object, "maximum", row->max);
}

/* Rows ---------------------------------------------------------------------------------------------------------- */

static bool is_required(const struct gd_param *row)
{
    if (row->initial || row->optional)
        return false;
    return row->type != GD_GROUP || gd_rows_required(row->rows);
}

bool gd_rows_required(const struct gd_param *rows)
{
    for (; rows && rows->name; rows++)
        if (is_required(rows))
            return true;
    return false;
}

static void describe_row(struct schema *schema, cJSON *object, const struct gd_param *row);

void gd_schema_add_rows(struct schema *schema, cJSON *map, const struct gd_param *rows)
{
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(map, "properties");
    cJSON *required = cJSON_GetObjectItemCaseSensitive(map, "required");
    for (; rows && rows->name; rows++) {
        describe_row(schema, gd_schema_object(schema, properties, rows->name), rows);
        if (is_required(rows))
            gd_schema_append(schema, required, cJSON_CreateString(rows->name));
    }
}

void gd_schema_describe_map(struct schema *schema, cJSON *object, bool empty)
{
    static const char *const types[] = {"object", "null", NULL};
    if (empty)
        gd_schema_words(schema, object, "type", types);
    else
        gd_schema_text(schema, object, "type", "object");
    gd_schema_object(schema, object, "properties");
    gd_schema_list(schema, object, "required");
    gd_schema_forbid_others(schema, object);
}

void gd_schema_describe_rows(struct schema *schema, cJSON *object, const struct gd_param *rows)
{
    gd_schema_describe_map(schema, object, !gd_rows_required(rows));
    gd_schema_add_rows(schema, object, rows);
}

static void describe_path(struct schema *schema, cJSON *object)
{
    gd_schema_describe_text(schema, object);
    gd_schema_number(schema, object, "minLength", 1);
}

/* One, or a list. */
static void describe_paths(struct schema *schema, cJSON *object)
{
    cJSON *forms = gd_schema_list(schema, object, "anyOf");
    describe_path(schema, gd_schema_append(schema, forms, cJSON_CreateObject()));
    cJSON *list = gd_schema_append(schema, forms, cJSON_CreateObject());
    gd_schema_text(schema, list, "type", "array");
    gd_schema_number(schema, list, "minItems", 1);
    describe_path(schema, gd_schema_object(schema, list, "items"));
}

/* One value of a row, its default and its help apart. */
static void describe_value(struct schema *schema, cJSON *object, const struct gd_param *row)
{
    switch (row->type) {
    case GD_INT:
    case GD_FLOAT:
        describe_number(schema, object, row);
        break;
    case GD_BOOL:
        gd_schema_text(schema, object, "type", "boolean");
        break;
    case GD_STRING:
        gd_schema_describe_text(schema, object);
        break;
    case GD_PATH:
        describe_path(schema, object);
        break;
    case GD_CHOICE:
        gd_schema_words(schema, object, "enum", row->choices);
        break;
    case GD_SUBSET:
        gd_schema_text(schema, object, "type", "array");
        gd_schema_number(schema, object, "minItems", 1);
        gd_schema_add(schema, object, "uniqueItems", cJSON_CreateTrue());
        gd_schema_words(schema, gd_schema_object(schema, object, "items"), "enum", row->choices);
        break;
    case GD_MAP:
        gd_schema_text(schema, object, "type", "object");
        break;
    case GD_COMPONENT:
        gd_schema_reference(schema, object, gd_schema_kind, row->kind);
        break;
    case GD_PATHS:
        describe_paths(schema, object);
        break;
    case GD_GROUP:
        gd_schema_describe_rows(schema, object, row->rows);
        break;
    }
}

cJSON *gd_schema_optional(struct schema *schema, cJSON *object, bool words)
{
    cJSON *forms = gd_schema_list(schema, object, "anyOf");
    cJSON *value = gd_schema_append(schema, forms, cJSON_CreateObject());
    cJSON *off = gd_schema_list(schema, gd_schema_append(schema, forms, cJSON_CreateObject()), "enum");
    for (size_t k = 0; words && gd_off_words[k]; k++)
        gd_schema_append(schema, off, cJSON_CreateString(gd_off_words[k]));
    gd_schema_append(schema, off, cJSON_CreateNull());
    return value;
}

static void describe_row(struct schema *schema, cJSON *object, const struct gd_param *row)
{
    char help[512];
    snprintf(help, sizeof help, row->unit ? "%s (%s)" : "%s", row->help, row->unit);
    gd_schema_text(schema, object, "description", help);
    if (gd_row_dispensable(row))
        object =
            gd_schema_optional(schema, object, row->type != GD_STRING && row->type != GD_PATH && row->type != GD_PATHS);
    if (row->count > 1) {
        gd_schema_text(schema, object, "type", "array");
        gd_schema_number(schema, object, "minItems", row->count);
        gd_schema_number(schema, object, "maxItems", row->count);
        describe_value(schema, gd_schema_object(schema, object, "items"), row);
    } else {
        describe_value(schema, object, row);
    }
    if (row->initial)
        add_default(schema, object, row);
}
