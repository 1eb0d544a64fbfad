/* One component of a kind from the tree, in the forms of struct gd_kind. */
#include <string.h>

#include "engine/base/numbers.h"
#include "engine/language/params_priv.h"
#include "engine/language/registry.h"

bool gd_component_leads(const struct gd_component *component)
{
    return component && component->params && component->params->name &&
           !strcmp(component->params->name, component->name);
}

const char *const *gd_component_names(const struct gd_scope *scope, const char *kind)
{
    const struct gd_component *const *components = gd_registry_components(scope->registry, kind);
    size_t count = 0;
    while (components && components[count])
        count++;
    const char **names = gd_arena_alloc(scope->arena, count + 1, sizeof *names);
    for (size_t k = 0; names && k < count; k++)
        names[k] = components[k]->name;
    return names;
}

/* "a potential: emt, lj" is expected where something else stands. */
static enum gd_status expected(const struct gd_scope *scope, const struct gd_kind *kind, struct gd_place place,
                               const char *what)
{
    const struct gd_param row = {.type = GD_COMPONENT, .kind = kind->name};
    return gd_mismatch(scope, &row, place, "%s", what);
}

static enum gd_status two_names(const struct gd_scope *scope, const struct gd_node *first, const struct gd_node *second)
{
    return gd_problem_report(scope, second->key_place, "two names, \"%s\" and \"%s\", where one is expected",
                             gd_quote(first->key).text, gd_quote(second->key).text);
}

/* The first component that has such a parameter, unless the key is the name of one; NULL: none. */
static const struct gd_component *find_owner(const struct gd_scope *scope, const struct gd_kind *kind, const char *key)
{
    const struct gd_component *const *components = gd_registry_components(scope->registry, kind->name);
    if (gd_registry_component(scope->registry, kind->name, key))
        return NULL;
    for (; components && *components; components++)
        for (const struct gd_param *row = (*components)->params; row && row->name; row++)
            if (!strcmp(row->name, key))
                return *components;
    return NULL;
}

/* {features: 32} in place of {painn: {features: 32}} */
static enum gd_status lacks_name(const struct gd_scope *scope, const struct gd_kind *kind, const struct gd_node *node,
                                 const struct gd_component *owner)
{
    const struct gd_param row = {.type = GD_COMPONENT, .kind = kind->name};
    return gd_mismatch(scope, &row, node->key_place, "\"%s\" is a parameter of %s: write {%s: {%s: ...}}", node->key,
                       owner->name, owner->name, node->key);
}

/* emt, or {emt: {...}} */
static enum gd_status find_wrapped(const struct gd_scope *scope, const struct gd_kind *kind, const struct gd_node *node,
                                   struct gd_written_params *written)
{
    if (node->kind == GD_NODE_SCALAR) {
        *written = (struct gd_written_params){.name = node->text, .place = node->place};
        return GD_OK;
    }
    const struct gd_node *first = node->children;
    if (!first)
        return expected(scope, kind, node->place, "names no component");
    const struct gd_component *owner = find_owner(scope, kind, first->key);
    if (owner)
        return lacks_name(scope, kind, first, owner);
    if (first->next)
        return two_names(scope, first, first->next);
    *written = (struct gd_written_params){first->key, first->key_place, first, NULL, NULL};
    return GD_OK;
}

/* The first component that a value of this type can follow as {NAME: value}. */
static const struct gd_component *find_leader(const struct gd_scope *scope, const struct gd_kind *kind,
                                              enum gd_type type)
{
    const struct gd_component *const *components = gd_registry_components(scope->registry, kind->name);
    for (; components && *components; components++)
        if (gd_component_leads(*components) && (*components)->params->type == type)
            return *components;
    return NULL;
}

/* A name, a file or a number where a map is expected: says how the map that was meant is written. */
static enum gd_status lacks_map(const struct gd_scope *scope, const struct gd_kind *kind, const struct gd_node *node)
{
    const struct gd_param row = {.type = GD_COMPONENT, .kind = kind->name};
    const struct gd_quote quote = gd_quote(node->text);
    const struct gd_component *component = gd_registry_component(scope->registry, kind->name, node->text);
    const char *tag = kind->form == GD_TAGGED ? kind->tag : NULL, *text = quote.text;
    double number;
    if (component && !gd_component_leads(component) && tag)
        return gd_mismatch(scope, &row, node->place, "is not a map: write {%s: %s, ...}", tag, text);
    if (component)
        text = "...";
    else
        component = find_leader(scope, kind, gd_parse_float(node->text, &number) ? GD_FLOAT : GD_PATH);
    if (!component)
        return expected(scope, kind, node->place, "is not a map");
    return gd_mismatch(scope, &row, node->place, "is not a map: write {%s%s%s%s%s: %s}", tag ? tag : "",
                       tag ? ": " : "", tag ? component->name : "", tag ? ", " : "", component->name, text);
}

/* {bonds: a.extxyz, scale: 1.1}: the one key that leads a component. */
static enum gd_status find_leading(const struct gd_scope *scope, const struct gd_kind *kind, const struct gd_node *node,
                                   struct gd_written_params *written)
{
    if (node->kind != GD_NODE_MAP)
        return lacks_map(scope, kind, node);
    const struct gd_node *found = NULL;
    for (const struct gd_node *child = node->children; child; child = child->next) {
        if (!gd_component_leads(gd_registry_component(scope->registry, kind->name, child->key)))
            continue;
        if (found)
            return two_names(scope, found, child);
        found = child;
    }
    if (!found && !node->children)
        return expected(scope, kind, node->place, "names no component");
    if (!found)
        found = node->children; /* to be reported as unknown */
    *written = (struct gd_written_params){found->key, found->key_place, node, NULL, NULL};
    return GD_OK;
}

/* {symbol: Pt} in place of {build: fcc111, symbol: Pt} */
static enum gd_status lacks_tag(const struct gd_scope *scope, const struct gd_kind *kind, const struct gd_node *node,
                                const struct gd_component *owner)
{
    const struct gd_param row = {.type = GD_COMPONENT, .kind = kind->name};
    return gd_mismatch(scope, &row, node->key_place, "names no %s: write {%s: %s, %s: ...}", kind->name, kind->tag,
                       owner->name, node->key);
}

/* {build: fcc111, symbol: Pt} */
static enum gd_status find_tagged(const struct gd_scope *scope, const struct gd_kind *kind, const struct gd_node *node,
                                  struct gd_written_params *written)
{
    const struct gd_node *tag = gd_node_get(node, kind->tag),
                         *child = node->kind == GD_NODE_MAP ? node->children : NULL;
    while (child && !gd_component_leads(gd_registry_component(scope->registry, kind->name, child->key)))
        child = child->next;
    if (!tag && !child && node->kind == GD_NODE_MAP && node->children) {
        const struct gd_component *owner = find_owner(scope, kind, node->children->key);
        if (owner)
            return lacks_tag(scope, kind, node->children, owner);
    }
    if (!tag)
        return find_leading(scope, kind, node, written);
    if (tag->kind != GD_NODE_SCALAR || gd_node_empty(tag))
        return expected(scope, kind, tag->place, "the value of the tag is not a name");
    *written = (struct gd_written_params){tag->text, tag->place, node, kind->tag, NULL};
    return GD_OK;
}

const char *gd_choice_name(const struct gd_registry *registry, const struct gd_kind *kind, const struct gd_node *node)
{
    const struct gd_node *child = node->children, *tag = kind->form == GD_TAGGED ? gd_node_get(node, kind->tag) : NULL;
    if (kind->form == GD_WRAPPED && node->kind == GD_NODE_SCALAR)
        return gd_node_empty(node) ? NULL : node->text;
    if (node->kind != GD_NODE_MAP)
        return NULL;
    if (kind->form == GD_WRAPPED)
        return node->count == 1 ? child->key : NULL;
    if (tag)
        return tag->kind == GD_NODE_SCALAR && !gd_node_empty(tag) ? tag->text : NULL;
    while (child && !gd_component_leads(gd_registry_component(registry, kind->name, child->key)))
        child = child->next;
    return child ? child->key : NULL;
}

enum gd_status gd_choice_find(const struct gd_scope *scope, const char *kind_name, const struct gd_node *node,
                              struct gd_choice *choice, struct gd_written_params *written)
{
    static enum gd_status (*const find[])(const struct gd_scope *, const struct gd_kind *, const struct gd_node *,
                                          struct gd_written_params *) = {
        [GD_WRAPPED] = find_wrapped, [GD_TAGGED] = find_tagged, [GD_LEADING] = find_leading};
    const struct gd_kind *kind = gd_registry_kind(scope->registry, kind_name);
    *choice = (struct gd_choice){.node = node, .function = node->function};
    if (!kind)
        return gd_problem_report(scope, node->place, "no component of kind \"%s\" is registered", kind_name);
    if (node->kind == GD_NODE_FUNCTION && kind->function)
        return GD_OK;
    if (node->kind == GD_NODE_FUNCTION || node->kind == GD_NODE_LIST)
        return expected(scope, kind, node->place,
                        node->kind == GD_NODE_LIST ? "is a list" : "is a function, not a name");
    if (gd_node_empty(node))
        return expected(scope, kind, node->place, "has no value");
    enum gd_status status = find[kind->form](scope, kind, node, written);
    if (status)
        return status;
    const struct gd_component *component = gd_registry_component(scope->registry, kind_name, written->name);
    if (!component) {
        const char *const *names = gd_component_names(scope, kind_name);
        return names ? gd_report_unknown(scope, written->place, kind_name, written->name, names) : GD_NO_MEMORY;
    }
    choice->component = component;
    written->key = kind->form == GD_WRAPPED ? component->name : NULL;
    choice->params = gd_arena_alloc(scope->arena, 1, component->size);
    return choice->params ? GD_OK : GD_NO_MEMORY;
}
