/* godiff schema: the pipeline language as a JSON Schema (draft 2020-12), for editors, from the rows that parsing uses.
 *
 * It describes what YAML can say of a single value; what takes more knowledge (slots, files, ranges that depend on one
 * another) is for `godiff check`. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/run/context.h"

struct values {
    struct gd_list plugins;
};

static const struct gd_option options[] = {GD_PLUGIN_OPTION(offsetof(struct values, plugins)), {0}};

/* What names accept: name_usable in engine/pipeline.c, read_id in engine/pipeline_steps.c. */
static const char name_pattern[] = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$";
static const char id_pattern[] = "^[A-Za-z0-9_-]+$";

/* Definitions of kinds have names that no others have. */
static const char kind_prefix[] = "kind.";

/* A schema in the making. After a failed allocation all that follows does nothing. */
struct schema {
    const struct gd_registry *registry;
    bool failed;
};

/* Additions ----------------------------------------------------------------------------------------------------- */

/* Adds `item`, which may be NULL for want of memory, and returns it, or NULL. */
static cJSON *add(struct schema *schema, cJSON *object, const char *key, cJSON *item)
{
    if (object && item && cJSON_AddItemToObject(object, key, item))
        return item;
    cJSON_Delete(item);
    schema->failed = true;
    return NULL;
}

static cJSON *append(struct schema *schema, cJSON *list, cJSON *item)
{
    if (list && item && cJSON_AddItemToArray(list, item))
        return item;
    cJSON_Delete(item);
    schema->failed = true;
    return NULL;
}

static cJSON *add_object(struct schema *schema, cJSON *object, const char *key)
{
    return add(schema, object, key, cJSON_CreateObject());
}

static cJSON *add_list(struct schema *schema, cJSON *object, const char *key)
{
    return add(schema, object, key, cJSON_CreateArray());
}

static void add_text(struct schema *schema, cJSON *object, const char *key, const char *text)
{
    add(schema, object, key, cJSON_CreateString(text));
}

static void add_number(struct schema *schema, cJSON *object, const char *key, double number)
{
    add(schema, object, key, cJSON_CreateNumber(number));
}

static void forbid_others(struct schema *schema, cJSON *object)
{
    add(schema, object, "additionalProperties", cJSON_CreateFalse());
}

/* A reference to what is defined once: steps, step, or the kind of components of this name. */
static void add_reference(struct schema *schema, cJSON *object, const char *prefix, const char *name)
{
    char text[128];
    snprintf(text, sizeof text, "#/$defs/%s%s", prefix, name);
    add_text(schema, object, "$ref", text);
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
            add(schema, json, child->key, item);
        else
            append(schema, json, item);
    }
    return json;
}

static void add_default(struct schema *schema, cJSON *object, const struct gd_param *row)
{
    const bool text = row->type == GD_STRING || row->type == GD_PATH || row->type == GD_CHOICE;
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    if (gd_tree_parse_value(&tree, "a default", row->initial, &problems) == GD_OK)
        add(schema, object, "default", to_json(schema, tree.root, text));
    else
        schema->failed = true; /* registration has read it before: only memory can be short */
    gd_problems_clear(&problems);
    gd_tree_clear(&tree);
}

/* NULL-ended strings as a list under `key`. */
static void add_words(struct schema *schema, cJSON *object, const char *key, const char *const *words)
{
    cJSON *list = add_list(schema, object, key);
    for (; *words; words++)
        append(schema, list, cJSON_CreateString(*words));
}

/* In quotes or not, text is text. */
static void describe_text(struct schema *schema, cJSON *object)
{
    static const char *const types[] = {"string", "number", "boolean", NULL};
    add_words(schema, object, "type", types);
}

static void describe_number(struct schema *schema, cJSON *object, const struct gd_param *row)
{
    add_text(schema, object, "type", row->type == GD_INT ? "integer" : "number");
    if (row->min == 0 && row->max == 0)
        return;
    add_number(schema, object, row->above_min ? "exclusiveMinimum" : "minimum", row->min);
    add_number(schema, object, "maximum", row->max);
}

/* Rows ---------------------------------------------------------------------------------------------------------- */

static bool any_required(const struct gd_param *rows);

static bool is_required(const struct gd_param *row)
{
    if (row->initial || row->optional)
        return false;
    return row->type != GD_GROUP || any_required(row->rows);
}

static bool any_required(const struct gd_param *rows)
{
    for (; rows && rows->name; rows++)
        if (is_required(rows))
            return true;
    return false;
}

static void describe_row(struct schema *schema, cJSON *object, const struct gd_param *row);

/* The parameters as properties of a map, besides those that are there. */
static void add_rows(struct schema *schema, cJSON *map, const struct gd_param *rows)
{
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(map, "properties");
    cJSON *required = cJSON_GetObjectItemCaseSensitive(map, "required");
    for (; rows && rows->name; rows++) {
        describe_row(schema, add_object(schema, properties, rows->name), rows);
        if (is_required(rows))
            append(schema, required, cJSON_CreateString(rows->name));
    }
}

/* A map without keys as yet. `empty`: nothing at all may stand in its place. */
static void describe_map(struct schema *schema, cJSON *object, bool empty)
{
    static const char *const types[] = {"object", "null", NULL};
    if (empty)
        add_words(schema, object, "type", types);
    else
        add_text(schema, object, "type", "object");
    add_object(schema, object, "properties");
    add_list(schema, object, "required");
    forbid_others(schema, object);
}

static void describe_rows(struct schema *schema, cJSON *object, const struct gd_param *rows)
{
    describe_map(schema, object, !any_required(rows));
    add_rows(schema, object, rows);
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
        add_text(schema, object, "type", "boolean");
        break;
    case GD_STRING:
        describe_text(schema, object);
        break;
    case GD_PATH:
        describe_text(schema, object), add_number(schema, object, "minLength", 1);
        break;
    case GD_CHOICE:
        add_words(schema, object, "enum", row->choices);
        break;
    case GD_COMPONENT:
        add_reference(schema, object, kind_prefix, row->kind);
        break;
    case GD_GROUP:
        describe_rows(schema, object, row->rows);
        break;
    }
}

static void describe_row(struct schema *schema, cJSON *object, const struct gd_param *row)
{
    char help[512];
    snprintf(help, sizeof help, row->unit ? "%s (%s)" : "%s", row->help, row->unit);
    add_text(schema, object, "description", help);
    if (row->count > 1) {
        add_text(schema, object, "type", "array");
        add_number(schema, object, "minItems", row->count);
        add_number(schema, object, "maxItems", row->count);
        describe_value(schema, add_object(schema, object, "items"), row);
    } else {
        describe_value(schema, object, row);
    }
    if (row->initial)
        add_default(schema, object, row);
}

/* Components: one definition per kind --------------------------------------------------------------------------- */

/* emt, or {emt: {...}} */
static void describe_wrapped(struct schema *schema, cJSON *forms, const struct gd_component *const *components)
{
    for (size_t k = 0; components[k]; k++) {
        if (any_required(components[k]->params))
            continue;
        cJSON *name = append(schema, forms, cJSON_CreateObject());
        add_text(schema, name, "const", components[k]->name);
        add_text(schema, name, "description", components[k]->summary);
    }
    cJSON *map = append(schema, forms, cJSON_CreateObject());
    describe_map(schema, map, false);
    add_number(schema, map, "minProperties", 1);
    add_number(schema, map, "maxProperties", 1);
    for (size_t k = 0; components[k]; k++) {
        cJSON *properties = cJSON_GetObjectItemCaseSensitive(map, "properties");
        cJSON *component = add_object(schema, properties, components[k]->name);
        add_text(schema, component, "description", components[k]->summary);
        describe_rows(schema, component, components[k]->params);
    }
}

/* The parameters of a component, beside a tag with its name unless `tag` is NULL. */
static void describe_flat(struct schema *schema, cJSON *forms, const struct gd_component *component, const char *tag)
{
    cJSON *map = append(schema, forms, cJSON_CreateObject());
    add_text(schema, map, "description", component->summary);
    describe_map(schema, map, false);
    if (tag) {
        cJSON *properties = cJSON_GetObjectItemCaseSensitive(map, "properties");
        add_text(schema, add_object(schema, properties, tag), "const", component->name);
        append(schema, cJSON_GetObjectItemCaseSensitive(map, "required"), cJSON_CreateString(tag));
    }
    add_rows(schema, map, component->params);
}

/* Whether the first row has the component's name, so that it can stand for the component. */
static bool leads(const struct gd_component *component)
{
    return component->params && component->params->name && !strcmp(component->params->name, component->name);
}

static void describe_kind(struct schema *schema, cJSON *definitions, const struct gd_kind *kind)
{
    const struct gd_component *const *components = gd_registry_components(schema->registry, kind->name);
    char name[128];
    snprintf(name, sizeof name, "%s%s", kind_prefix, kind->name);
    cJSON *object = add_object(schema, definitions, name);
    add_text(schema, object, "description", kind->summary);
    cJSON *forms = add_list(schema, object, "anyOf");
    if (kind->form == GD_WRAPPED)
        describe_wrapped(schema, forms, components);
    for (size_t k = 0; kind->form != GD_WRAPPED && components[k]; k++) {
        if (kind->form == GD_TAGGED)
            describe_flat(schema, forms, components[k], kind->tag);
        if (leads(components[k]))
            describe_flat(schema, forms, components[k], NULL);
    }
}

/* Steps and the whole ------------------------------------------------------------------------------------------- */

static void describe_stage(struct schema *schema, cJSON *properties, const struct gd_stage *stage)
{
    cJSON *object = add_object(schema, properties, stage->name);
    add_text(schema, object, "description", stage->summary);
    if (stage->self)
        add_reference(schema, object, kind_prefix, stage->self);
    else
        describe_rows(schema, object, stage->params);
    if (stage->resolve) /* its parameters are known only when it is */
        cJSON_DeleteItemFromObjectCaseSensitive(object, "additionalProperties");
}

static void describe_loop(struct schema *schema, cJSON *loop)
{
    add_text(schema, loop, "description", "Executes its steps several times.");
    describe_rows(schema, loop, gd_loop_rows);
    add_reference(schema, add_object(schema, cJSON_GetObjectItemCaseSensitive(loop, "properties"), "steps"), "",
                  "steps");
    append(schema, cJSON_GetObjectItemCaseSensitive(loop, "required"), cJSON_CreateString("steps"));
}

/* A list of the slots that can be handed on. */
static void describe_slots(struct schema *schema, cJSON *object, const char *help)
{
    const struct gd_slot *const *slots = gd_registry_slots(schema->registry);
    add_text(schema, object, "description", help);
    add_text(schema, object, "type", "array");
    add(schema, object, "uniqueItems", cJSON_CreateTrue());
    cJSON *names = add_list(schema, add_object(schema, object, "items"), "enum");
    for (; *slots; slots++)
        if (gd_slot_movable(*slots))
            append(schema, names, cJSON_CreateString((*slots)->name));
}

static void describe_pipeline(struct schema *schema, cJSON *pipeline)
{
    add_text(schema, pipeline, "description", "Runs another pipeline as one step.");
    describe_rows(schema, pipeline, gd_pipeline_rows);
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(pipeline, "properties");
    cJSON *with = add_object(schema, properties, "with");
    add_text(schema, with, "description", "Other values for its parameters, as by --set.");
    add_text(schema, with, "type", "object");
    describe_slots(schema, add_object(schema, properties, "give"), "Slots whose values it starts with.");
    describe_slots(schema, add_object(schema, properties, "take"), "Slots that take its values at its end.");
}

/* A step names one stage, or is a loop or a pipeline; `id` may stand beside it. */
static void describe_step(struct schema *schema, cJSON *object)
{
    const struct gd_stage *const *stages = gd_registry_stages(schema->registry);
    add_text(schema, object, "type", "object");
    cJSON *properties = add_object(schema, object, "properties");
    cJSON *id = add_object(schema, properties, "id");
    describe_text(schema, id);
    add_text(schema, id, "pattern", id_pattern);
    add_text(schema, id, "description", "Name of the step; left out: that of its stage.");
    for (size_t k = 0; stages[k]; k++)
        if (!stages[k]->section)
            describe_stage(schema, properties, stages[k]);
    describe_loop(schema, add_object(schema, properties, "loop"));
    describe_pipeline(schema, add_object(schema, properties, "pipeline"));
    forbid_others(schema, object);

    cJSON *one_of = add_list(schema, object, "oneOf");
    const cJSON *property;
    cJSON_ArrayForEach(property, properties)
    {
        if (property != id)
            append(schema, add_list(schema, append(schema, one_of, cJSON_CreateObject()), "required"),
                   cJSON_CreateString(property->string));
    }
}

static void describe_steps(struct schema *schema, cJSON *object)
{
    add_text(schema, object, "type", "array");
    add_number(schema, object, "minItems", 1);
    add_reference(schema, add_object(schema, object, "items"), "", "step");
}

static void describe_plugins(struct schema *schema, cJSON *object)
{
    static const char *const types[] = {"array", "null", NULL};
    add_text(schema, object, "description", "Shared objects to load first; needs --trust.");
    add_words(schema, object, "type", types);
    cJSON *items = add_object(schema, object, "items");
    describe_text(schema, items);
    add_number(schema, items, "minLength", 1);
}

static void describe_root(struct schema *schema, cJSON *root)
{
    const struct gd_stage *const *stages = gd_registry_stages(schema->registry);
    describe_map(schema, root, false);
    add_rows(schema, root, gd_root_rows);
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(root, "properties");
    cJSON *required = cJSON_GetObjectItemCaseSensitive(root, "required");
    add_text(schema, cJSON_GetObjectItemCaseSensitive(properties, "name"), "pattern", name_pattern);
    describe_plugins(schema, add_object(schema, properties, "plugins"));
    for (size_t k = 0; stages[k]; k++) {
        if (!stages[k]->section)
            continue;
        describe_stage(schema, properties, stages[k]);
        if (stages[k]->required)
            append(schema, required, cJSON_CreateString(stages[k]->name));
    }
    add_reference(schema, add_object(schema, properties, "steps"), "", "steps");
    append(schema, required, cJSON_CreateString("steps"));
}

/* The whole schema as text, to be freed with free(); NULL when out of memory. */
static char *write_schema(const struct gd_registry *registry)
{
    struct schema schema = {.registry = registry};
    cJSON *root = cJSON_CreateObject();
    add_text(&schema, root, "$schema", "https://json-schema.org/draft/2020-12/schema");
    add_text(&schema, root, "title", "godiff pipeline");
    describe_root(&schema, root);
    cJSON *definitions = add_object(&schema, root, "$defs");
    describe_steps(&schema, add_object(&schema, definitions, "steps"));
    describe_step(&schema, add_object(&schema, definitions, "step"));
    for (const struct gd_kind *const *kind = gd_registry_kinds(registry); *kind; kind++)
        describe_kind(&schema, definitions, *kind);
    char *text = schema.failed ? NULL : gd_json_write(root, true);
    cJSON_Delete(root);
    return text;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    char *text = registry ? write_schema(registry) : NULL;
    enum gd_status status = error->status;
    if (registry && !text)
        status = gd_no_memory(error, "the schema");
    if (text)
        puts(text);
    free(text);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_schema = {
    .name = "schema",
    .summary = "the pipeline language as a JSON Schema, for editors",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
