/* Parameters back into the tree, as they would be written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/text.h"
#include "engine/language/params_priv.h"
#include "engine/language/registry.h"

static const struct gd_place nowhere = {0};

static struct gd_node *text_node(struct gd_tree *tree, const char *text, bool quoted)
{
    struct gd_node *node = gd_node_new(tree, GD_NODE_SCALAR, nowhere);
    if (!node)
        return NULL;
    node->text = gd_arena_string(&tree->arena, text, strlen(text));
    node->quoted = quoted;
    return node->text ? node : NULL;
}

/* Whether some reader of YAML would take the plain text for something else than text. */
static bool needs_quotes(const char *text)
{
    static const char *const words[] = {"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", NULL};
    for (size_t k = 0; words[k]; k++)
        if (!strcasecmp(words[k], text))
            return true;
    return strchr("0123456789+-.", *text) != NULL;
}

static struct gd_node *write_int(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *row,
                                 const void *value)
{
    (void)registry, (void)row;
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)*(const int64_t *)value);
    return text_node(tree, text, false);
}

static struct gd_node *write_float(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *row,
                                   const void *value)
{
    (void)registry, (void)row;
    char text[40];
    return text_node(tree, gd_number_write(text, sizeof text, *(const double *)value), false);
}

static struct gd_node *write_bool(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *row,
                                  const void *value)
{
    (void)registry, (void)row;
    return text_node(tree, *(const bool *)value ? "true" : "false", false);
}

static struct gd_node *write_string(struct gd_tree *tree, const struct gd_registry *registry,
                                    const struct gd_param *row, const void *value)
{
    (void)registry, (void)row;
    const char *text = *(const char *const *)value;
    return text_node(tree, text, needs_quotes(text));
}

static struct gd_node *write_choice(struct gd_tree *tree, const struct gd_registry *registry,
                                    const struct gd_param *row, const void *value)
{
    (void)registry;
    const char *text = row->choices[*(const int *)value];
    return text_node(tree, text, needs_quotes(text));
}

static struct gd_node *write_subset(struct gd_tree *tree, const struct gd_registry *registry,
                                    const struct gd_param *row, const void *value)
{
    (void)registry;
    struct gd_node *list = gd_node_new(tree, GD_NODE_LIST, nowhere);
    for (int k = 0; list && row->choices[k]; k++) {
        if (!(*(const uint64_t *)value >> k & 1))
            continue;
        struct gd_node *item = text_node(tree, row->choices[k], needs_quotes(row->choices[k]));
        if (!item)
            return NULL;
        gd_node_append(list, item, NULL, nowhere);
    }
    return list;
}

/* A list also where there is one path. */
static struct gd_node *write_paths(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *row,
                                   const void *value)
{
    struct gd_node *list = gd_node_new(tree, GD_NODE_LIST, nowhere);
    for (const char *const *path = *(const char *const *const *)value; list && *path; path++) {
        struct gd_node *item = write_string(tree, registry, row, path);
        if (!item)
            return NULL;
        gd_node_append(list, item, NULL, nowhere);
    }
    return list;
}

/* JSON is YAML. */
static struct gd_node *write_map(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *row,
                                 const void *value)
{
    (void)registry, (void)row;
    struct gd_tree read = {.arena = tree->arena};
    struct gd_problems problems = {0};
    enum gd_status status = gd_tree_parse_value(&read, "a map", *(const char *const *)value, &problems);
    tree->arena = read.arena;
    gd_problems_clear(&problems);
    return status ? NULL : read.root;
}

static struct gd_node *write_component(struct gd_tree *tree, const struct gd_registry *registry,
                                       const struct gd_param *row, const void *value)
{
    return gd_choice_write(tree, registry, row->kind, value);
}

static struct gd_node *write_group(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *row,
                                   const void *value)
{
    struct gd_node *map = gd_node_new(tree, GD_NODE_MAP, nowhere);
    return map && gd_rows_write(tree, registry, row->rows, value, map) ? map : NULL;
}

/* By type: one value as a node; NULL when out of memory. */
static struct gd_node *(*const writers[])(struct gd_tree *, const struct gd_registry *, const struct gd_param *,
                                          const void *value) = {
    [GD_INT] = write_int,       [GD_FLOAT] = write_float, [GD_BOOL] = write_bool,
    [GD_STRING] = write_string, [GD_PATH] = write_string, [GD_CHOICE] = write_choice,
    [GD_SUBSET] = write_subset, [GD_MAP] = write_map,     [GD_COMPONENT] = write_component,
    [GD_GROUP] = write_group,   [GD_PATHS] = write_paths,
};

static struct gd_node *write_value(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *row,
                                   const void *value)
{
    if (row->count <= 1)
        return writers[row->type](tree, registry, row, value);
    struct gd_node *list = gd_node_new(tree, GD_NODE_LIST, nowhere);
    for (int k = 0; list && k < row->count; k++) {
        struct gd_node *item =
            writers[row->type](tree, registry, row, (const char *)value + (size_t)k * gd_type_size(row->type));
        if (!item)
            return NULL;
        gd_node_append(list, item, NULL, nowhere);
    }
    return list;
}

/* Whether the value of a row that may be left out was: all its bytes are zero. */
static bool absent(const struct gd_param *row, const char *value)
{
    if (row->type == GD_GROUP) {
        for (const struct gd_param *inner = row->rows; inner->name; inner++)
            if (!absent(inner, value + inner->offset))
                return false;
        return true;
    }
    size_t size = gd_type_size(row->type) * (size_t)(row->count > 1 ? row->count : 1);
    for (size_t k = 0; k < size; k++)
        if (value[k])
            return false;
    return true;
}

bool gd_rows_write(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *rows,
                   const void *values, struct gd_node *map)
{
    for (const struct gd_param *row = rows; row && row->name; row++) {
        const char *value = (const char *)values + row->offset;
        if (row->optional && absent(row, value))
            continue;
        struct gd_node *node = write_value(tree, registry, row, value);
        if (!node)
            return false;
        gd_node_append(map, node, row->name, nowhere);
    }
    return true;
}

/* YAML has no word for a function: this says where the copy of the script has it. */
static struct gd_node *write_function(struct gd_tree *tree, const struct gd_node *function)
{
    char text[64];
    snprintf(text, sizeof text, "<function in line %d of pipeline.lua>", function->place.line);
    return text_node(tree, text, true);
}

/* Under the leading row where the component has one, under the kind's tag, or wrapped in the name. */
struct gd_node *gd_choice_write(struct gd_tree *tree, const struct gd_registry *registry, const char *kind_name,
                                const struct gd_choice *choice)
{
    const struct gd_kind *kind = gd_registry_kind(registry, kind_name);
    const struct gd_component *component = choice->component;
    if (choice->function)
        return write_function(tree, choice->node);
    struct gd_node *map = gd_node_new(tree, GD_NODE_MAP, nowhere), *params = map;
    if (!map)
        return NULL;
    if (kind->form == GD_WRAPPED) {
        params = gd_node_new(tree, GD_NODE_MAP, nowhere);
        if (!params)
            return NULL;
        gd_node_append(map, params, component->name, nowhere);
    } else if (kind->form == GD_TAGGED && !gd_component_leads(component)) {
        struct gd_node *name = text_node(tree, component->name, false);
        if (!name)
            return NULL;
        gd_node_append(map, name, kind->tag, nowhere);
    }
    return gd_rows_write(tree, registry, component->params, choice->params, params) ? map : NULL;
}
