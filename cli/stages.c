/* godiff stages [NAME]: all that can stand in a pipeline, from the rows that parsing uses. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

struct values {
    const char *name;
    struct gd_list plugins;
    bool json;
};

static const struct gd_option options[] = {
    {.name = "NAME",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, name),
     .help = "a section, step or component; without it: all of them"},
    {.name = "--json", .kind = GD_OPTION_FLAG, .offset = offsetof(struct values, json), .help = "as JSON"},
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

/* In the order of enum gd_type. */
static const char *const type_names[] = {
    [GD_INT] = "integer", [GD_FLOAT] = "number",  [GD_BOOL] = "true/false",     [GD_STRING] = "text",
    [GD_PATH] = "path",   [GD_CHOICE] = "choice", [GD_COMPONENT] = "component", [GD_GROUP] = "group",
};

static bool is_number(const struct gd_param *row)
{
    return (row->type == GD_INT || row->type == GD_FLOAT) && (row->min != 0 || row->max != 0);
}

/* As text ------------------------------------------------------------------------------------------------------- */

static void print_type(const struct gd_param *row)
{
    if (row->count > 1)
        printf("%d x ", row->count);
    if (row->type == GD_COMPONENT)
        printf("%s", row->kind);
    else if (row->type == GD_CHOICE)
        for (size_t k = 0; row->choices[k]; k++)
            printf("%s%s", k ? "|" : "", row->choices[k]);
    else
        printf("%s", type_names[row->type]);
    if (row->unit)
        printf(" in %s", row->unit);
    if (is_number(row))
        printf(", %s %.10g, at most %.10g", row->above_min ? "above" : "at least", row->min, row->max);
}

static void print_rows(const struct gd_param *rows, int indent)
{
    for (const struct gd_param *row = rows; row && row->name; row++) {
        printf("%*s%-12s ", indent, "", row->name);
        print_type(row);
        if (row->initial)
            printf("; default %s", row->initial);
        else if (row->type != GD_GROUP)
            printf(row->optional ? "; optional" : "; required");
        printf("\n%*s%s\n", indent + 13, "", row->help);
        if (row->type == GD_GROUP)
            print_rows(row->rows, indent + 4);
    }
}

static void print_slots(const char *label, const char *const *slots)
{
    if (!slots || !slots[0])
        return;
    printf("  %s", label);
    for (size_t k = 0; slots[k]; k++)
        printf(" %s", slots[k]);
    putchar('\n');
}

static void print_stage(const struct gd_stage *stage)
{
    printf("%s (%s)\n  %s\n", stage->name, stage->section ? "section" : "step", stage->summary);
    if (stage->self)
        printf("  is a %s\n", stage->self);
    print_slots("reads ", stage->reads);
    print_slots("writes", stage->writes);
    print_rows(stage->params, 4);
    putchar('\n');
}

static void print_component(const struct gd_kind *kind, const struct gd_component *component)
{
    printf("%s (%s)\n  %s\n", component->name, kind->name, component->summary);
    print_rows(component->params, 4);
    putchar('\n');
}

/* As JSON ------------------------------------------------------------------------------------------------------- */

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
    bool ok = add_text(object, "name", row->name) && add_text(object, "type", type_names[row->type]) &&
              add_text(object, "unit", row->unit) && add_text(object, "default", row->initial) &&
              add_text(object, "kind", row->kind) && add_text(object, "help", row->help) &&
              cJSON_AddBoolToObject(object, "required", !row->initial && !row->optional && row->type != GD_GROUP) &&
              cJSON_AddNumberToObject(object, "count", row->count > 1 ? row->count : 1);
    if (ok && is_number(row))
        ok = cJSON_AddNumberToObject(object, "min", row->min) && cJSON_AddNumberToObject(object, "max", row->max) &&
             cJSON_AddBoolToObject(object, "above_min", row->above_min);
    if (ok && row->type == GD_CHOICE)
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

static bool add_stage(cJSON *list, const struct gd_stage *stage)
{
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, object) && add_text(object, "name", stage->name) &&
           add_text(object, "place", stage->section ? "section" : "step") &&
           add_text(object, "summary", stage->summary) && add_text(object, "component", stage->self) &&
           add_names(object, "reads", stage->reads) && add_names(object, "writes", stage->writes) &&
           add_rows(object, stage->params);
}

static bool add_component(cJSON *list, const struct gd_kind *kind, const struct gd_component *component)
{
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(list, object) && add_text(object, "name", component->name) &&
           add_text(object, "kind", kind->name) && add_text(object, "summary", component->summary) &&
           add_rows(object, component->params);
}

/* All or one ---------------------------------------------------------------------------------------------------- */

/* What a name selects, printed as it is found or gathered in JSON. */
struct show {
    const char *name; /* NULL: everything */
    cJSON *stages, *components;
    size_t shown;
    bool failed;
};

static bool selected(struct show *show, const char *name)
{
    bool yes = !show->name || !strcmp(show->name, name);
    show->shown += yes;
    return yes;
}

static void show_stages(struct show *show, const struct gd_registry *registry)
{
    const struct gd_stage *const *stages = gd_registry_stages(registry);
    for (size_t k = 0; stages[k]; k++)
        if (!selected(show, stages[k]->name))
            continue;
        else if (show->stages)
            show->failed |= !add_stage(show->stages, stages[k]);
        else
            print_stage(stages[k]);
}

static void show_components(struct show *show, const struct gd_registry *registry)
{
    const struct gd_kind *const *kinds = gd_registry_kinds(registry);
    for (size_t k = 0; kinds[k]; k++) {
        const struct gd_component *const *components = gd_registry_components(registry, kinds[k]->name);
        for (size_t c = 0; components[c]; c++)
            if (!selected(show, components[c]->name))
                continue;
            else if (show->components)
                show->failed |= !add_component(show->components, kinds[k], components[c]);
            else
                print_component(kinds[k], components[c]);
    }
}

static enum gd_status print_json(struct show *show, const struct gd_registry *registry, struct gd_error *error)
{
    cJSON *document = cJSON_CreateObject();
    show->stages = cJSON_AddArrayToObject(document, "stages");
    show->components = cJSON_AddArrayToObject(document, "components");
    show->failed = !show->stages || !show->components;
    if (!show->failed) {
        show_stages(show, registry);
        show_components(show, registry);
    }
    char *text = show->failed ? NULL : cJSON_Print(document);
    cJSON_Delete(document);
    if (!text)
        return gd_no_memory(error, "the list of stages");
    if (show->shown)
        puts(text);
    cJSON_free(text);
    return GD_OK;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    if (!registry)
        return error->status;
    struct show show = {.name = values->name};
    enum gd_status status = GD_OK;
    if (values->json)
        status = print_json(&show, registry, error);
    else {
        show_stages(&show, registry);
        show_components(&show, registry);
    }
    if (!status && !show.shown)
        status = gd_fail(error, GD_BAD_INPUT, "there is no stage or component '%s'; godiff stages lists them all",
                         values->name);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_stages = {
    .name = "stages",
    .summary = "every stage and component, or one: purpose, parameters, slots",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
