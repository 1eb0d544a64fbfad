/* The schema describes what YAML can say of a single value; what takes more knowledge (slots, files, ranges that depend
 * on one another) is for the check. */
#include "engine/language/schema.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/language/pipeline.h"
#include "engine/language/schema_priv.h"

/* What names accept: name_usable in pipeline.c, read_id in pipeline_steps.c. */
static const char name_pattern[] = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$";
static const char id_pattern[] = "^[A-Za-z0-9_-]+$";

/* Components: one definition per kind --------------------------------------------------------------------------- */

/* emt, or {emt: {...}} */
static void describe_wrapped(struct schema *schema, cJSON *forms, const struct gd_component *const *components)
{
    for (size_t k = 0; components[k]; k++) {
        if (gd_rows_required(components[k]->params))
            continue;
        cJSON *name = gd_schema_append(schema, forms, cJSON_CreateObject());
        gd_schema_text(schema, name, "const", components[k]->name);
        gd_schema_text(schema, name, "description", components[k]->summary);
    }
    cJSON *map = gd_schema_append(schema, forms, cJSON_CreateObject());
    gd_schema_describe_map(schema, map, false);
    gd_schema_number(schema, map, "minProperties", 1);
    gd_schema_number(schema, map, "maxProperties", 1);
    for (size_t k = 0; components[k]; k++) {
        cJSON *properties = cJSON_GetObjectItemCaseSensitive(map, "properties");
        cJSON *component = gd_schema_object(schema, properties, components[k]->name);
        gd_schema_text(schema, component, "description", components[k]->summary);
        gd_schema_describe_rows(schema, component, components[k]->params);
    }
}

/* The parameters of a component, beside a tag with its name unless `tag` is NULL. */
static void describe_flat(struct schema *schema, cJSON *forms, const struct gd_component *component, const char *tag)
{
    cJSON *map = gd_schema_append(schema, forms, cJSON_CreateObject());
    gd_schema_text(schema, map, "description", component->summary);
    gd_schema_describe_map(schema, map, false);
    if (tag) {
        cJSON *properties = cJSON_GetObjectItemCaseSensitive(map, "properties");
        gd_schema_text(schema, gd_schema_object(schema, properties, tag), "const", component->name);
        gd_schema_append(schema, cJSON_GetObjectItemCaseSensitive(map, "required"), cJSON_CreateString(tag));
    }
    gd_schema_add_rows(schema, map, component->params);
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
    snprintf(name, sizeof name, "%s%s", gd_schema_kind, kind->name);
    cJSON *object = gd_schema_object(schema, definitions, name);
    gd_schema_text(schema, object, "description", kind->summary);
    cJSON *forms = gd_schema_list(schema, object, "anyOf");
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
    cJSON *object = gd_schema_object(schema, properties, stage->name);
    gd_schema_text(schema, object, "description", stage->summary);
    if (stage->section && !stage->required)
        object = gd_schema_optional(schema, object, true);
    if (stage->self)
        gd_schema_reference(schema, object, gd_schema_kind, stage->self);
    else
        gd_schema_describe_rows(schema, object, stage->params);
    if (stage->resolve) /* its parameters are known only when it is */
        cJSON_DeleteItemFromObjectCaseSensitive(object, "additionalProperties");
}

static void describe_loop(struct schema *schema, cJSON *loop)
{
    gd_schema_text(schema, loop, "description", "Executes its steps repeatedly.");
    gd_schema_describe_rows(schema, loop, gd_loop_rows);
    gd_schema_reference(schema, gd_schema_object(schema, cJSON_GetObjectItemCaseSensitive(loop, "properties"), "steps"),
                        "", "steps");
    gd_schema_append(schema, cJSON_GetObjectItemCaseSensitive(loop, "required"), cJSON_CreateString("steps"));
}

/* A list of the slots that can be passed on. */
static void describe_slots(struct schema *schema, cJSON *object, const char *help)
{
    const struct gd_slot *const *slots = gd_registry_slots(schema->registry);
    gd_schema_text(schema, object, "description", help);
    gd_schema_text(schema, object, "type", "array");
    gd_schema_add(schema, object, "uniqueItems", cJSON_CreateTrue());
    cJSON *names = gd_schema_list(schema, gd_schema_object(schema, object, "items"), "enum");
    for (; *slots; slots++)
        if (gd_slot_movable(*slots))
            gd_schema_append(schema, names, cJSON_CreateString((*slots)->name));
}

static void describe_pipeline(struct schema *schema, cJSON *pipeline)
{
    gd_schema_text(schema, pipeline, "description", "Runs another pipeline as one step.");
    gd_schema_describe_rows(schema, pipeline, gd_pipeline_rows);
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(pipeline, "properties");
    cJSON *with = gd_schema_object(schema, properties, "with");
    gd_schema_text(schema, with, "description", "Overrides of its parameters, as with --set.");
    gd_schema_text(schema, with, "type", "object");
    describe_slots(schema, gd_schema_object(schema, properties, "give"), "Slots that it starts with.");
    describe_slots(schema, gd_schema_object(schema, properties, "take"),
                   "Slots that the outer pipeline takes at its end.");
}

/* A step names one stage, or is a loop or a pipeline; `id` may stand beside it. */
static void describe_step(struct schema *schema, cJSON *object)
{
    const struct gd_stage *const *stages = gd_registry_stages(schema->registry);
    gd_schema_text(schema, object, "type", "object");
    cJSON *properties = gd_schema_object(schema, object, "properties");
    cJSON *id = gd_schema_object(schema, properties, "id");
    gd_schema_describe_text(schema, id);
    gd_schema_text(schema, id, "pattern", id_pattern);
    gd_schema_text(schema, id, "description", "Id of the step; default: the name of its stage.");
    for (size_t k = 0; stages[k]; k++)
        if (!stages[k]->section)
            describe_stage(schema, properties, stages[k]);
    describe_loop(schema, gd_schema_object(schema, properties, "loop"));
    describe_pipeline(schema, gd_schema_object(schema, properties, "pipeline"));
    gd_schema_forbid_others(schema, object);

    cJSON *one_of = gd_schema_list(schema, object, "oneOf");
    const cJSON *property;
    cJSON_ArrayForEach(property, properties)
    {
        if (property != id)
            gd_schema_append(schema,
                             gd_schema_list(schema, gd_schema_append(schema, one_of, cJSON_CreateObject()), "required"),
                             cJSON_CreateString(property->string));
    }
}

static void describe_steps(struct schema *schema, cJSON *object)
{
    gd_schema_text(schema, object, "type", "array");
    gd_schema_number(schema, object, "minItems", 1);
    gd_schema_reference(schema, gd_schema_object(schema, object, "items"), "", "step");
}

static void describe_plugins(struct schema *schema, cJSON *object)
{
    static const char *const types[] = {"array", "null", NULL};
    gd_schema_text(schema, object, "description", "Shared objects to load first; needs --trust.");
    gd_schema_words(schema, object, "type", types);
    cJSON *items = gd_schema_object(schema, object, "items");
    gd_schema_describe_text(schema, items);
    gd_schema_number(schema, items, "minLength", 1);
}

static void describe_root(struct schema *schema, cJSON *root)
{
    const struct gd_stage *const *stages = gd_registry_stages(schema->registry);
    gd_schema_describe_map(schema, root, false);
    gd_schema_add_rows(schema, root, gd_root_rows);
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(root, "properties");
    cJSON *required = cJSON_GetObjectItemCaseSensitive(root, "required");
    gd_schema_text(schema, cJSON_GetObjectItemCaseSensitive(properties, "name"), "pattern", name_pattern);
    describe_plugins(schema, gd_schema_object(schema, properties, "plugins"));
    for (size_t k = 0; stages[k]; k++) {
        if (!stages[k]->section)
            continue;
        describe_stage(schema, properties, stages[k]);
        if (stages[k]->required)
            gd_schema_append(schema, required, cJSON_CreateString(stages[k]->name));
    }
    gd_schema_reference(schema, gd_schema_object(schema, properties, "steps"), "", "steps");
    gd_schema_append(schema, required, cJSON_CreateString("steps"));
}

char *gd_pipeline_schema(const struct gd_registry *registry)
{
    struct schema schema = {.registry = registry};
    cJSON *root = cJSON_CreateObject();
    gd_schema_text(&schema, root, "$schema", "https://json-schema.org/draft/2020-12/schema");
    gd_schema_text(&schema, root, "title", "godiff pipeline");
    describe_root(&schema, root);
    cJSON *definitions = gd_schema_object(&schema, root, "$defs");
    describe_steps(&schema, gd_schema_object(&schema, definitions, "steps"));
    describe_step(&schema, gd_schema_object(&schema, definitions, "step"));
    for (const struct gd_kind *const *kind = gd_registry_kinds(registry); *kind; kind++)
        describe_kind(&schema, definitions, *kind);
    char *text = schema.failed ? NULL : gd_json_write(root, true);
    cJSON_Delete(root);
    return text;
}
