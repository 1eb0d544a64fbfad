/* An override may set what belongs to the component that a pipeline has chosen. Another component in its place would be
 * another potential, curve or model than the file names, so that has to be said by setting the choice as a whole. */
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline_priv.h"

/* How far a path has been followed: at the parameters of `rows`, or, when `kind` is set, at the choice of a component.
 */
struct site {
    const struct gd_scope *scope;
    struct gd_place place; /* of the override */
    const struct gd_param *rows;
    const struct gd_kind *kind;
    const struct gd_param *row;  /* of the choice; NULL: a section's own */
    const struct gd_node *node;  /* what stands there; NULL: nothing does */
    const struct gd_node *value; /* of the override */
    const char *path, *rest;     /* of the override; what of it is still to be followed */
};

static bool spells(const char *name, const char *path)
{
    size_t length = strcspn(path, ".");
    return name && strlen(name) == length && !strncmp(name, path, length);
}

static const char *after(const char *path)
{
    size_t length = strcspn(path, ".");
    return path + length + (path[length] == '.');
}

/* The child of a map that the path names first, or NULL. */
static const struct gd_node *child_at(const struct gd_node *node, const char *path)
{
    const struct gd_node *child = node && node->kind == GD_NODE_MAP ? node->children : NULL;
    while (child && !spells(child->key, path))
        child = child->next;
    return child;
}

static const struct gd_param *row_at(const struct gd_param *rows, const char *path)
{
    for (; rows && rows->name; rows++)
        if (spells(rows->name, path))
            return rows;
    return NULL;
}

static const struct gd_component *component_at(const struct site *site, const char *path)
{
    const struct gd_component *const *components = gd_registry_components(site->scope->registry, site->kind->name);
    while (components && *components && !spells((*components)->name, path))
        components++;
    return components ? *components : NULL;
}

/* The component that is chosen now, written or by default; NULL: none, or a function. */
static enum gd_status find_chosen(const struct site *site, const struct gd_component **chosen)
{
    const struct gd_scope *scope = site->scope;
    struct gd_choice choice = {0};
    enum gd_status status = GD_OK;
    const char *name = site->node ? gd_choice_name(scope->registry, site->kind, site->node) : NULL;
    if (name)
        choice.component = gd_registry_component(scope->registry, site->kind->name, name);
    else if (!site->node && site->row && site->row->initial)
        status = gd_default_parse(scope, site->row, &choice);
    *chosen = choice.component;
    return status;
}

/* "potential is emt here, not lj: to replace it, write potential=lj or potential='{lj: {cutoff: 8}}'" */
static enum gd_status refuse(const struct site *site, const struct gd_component *chosen,
                             const struct gd_component *other)
{
    const struct gd_node *value = site->value;
    const char *rest = after(site->rest), *shown = value->kind == GD_NODE_SCALAR ? value->text : "...";
    bool wrapped = site->kind->form == GD_WRAPPED, one = *rest && !strchr(rest, '.');
    struct gd_text inner = {0};
    char *where = gd_format("%.*s", (int)(site->rest - site->path - 1), site->path);
    if (wrapped)
        gd_text_print(&inner, "{%s%s%s}", one ? rest : "...", one ? ": " : "", one ? gd_quote(shown).text : "");
    else
        gd_text_print(&inner, "%s", *rest ? "..." : gd_quote(shown).text);
    char *text = gd_text_take(&inner);
    enum gd_status status = GD_NO_MEMORY;
    if (where && text && wrapped)
        status = gd_problem_report(site->scope, site->place,
                                   "%s is %s here, not %s: to replace it, write %s=%s or %s='{%s: %s}'", where,
                                   chosen->name, other->name, where, other->name, where, other->name, text);
    else if (where && text)
        status =
            gd_problem_report(site->scope, site->place, "%s is %s here, not %s: to replace it, write %s='{%s: %s}'",
                              where, chosen->name, other->name, where, other->name, text);
    free(where);
    free(text);
    return status;
}

/* "\"features\" is a parameter of painn: write model.painn.features" */
static enum gd_status name_component(const struct site *site, const struct gd_component *chosen)
{
    return gd_problem_report(site->scope, site->place, "\"%.*s\" is a parameter of %s: write %.*s%s.%s",
                             (int)strcspn(site->rest, "."), site->rest, chosen->name, (int)(site->rest - site->path),
                             site->path, chosen->name, gd_quote(site->rest).text);
}

/* Goes on into the parameters of the chosen component. In the wrapped form its name is a part of the path. */
static void enter(struct site *site, const struct gd_component *chosen)
{
    if (site->kind->form == GD_WRAPPED) {
        site->node = child_at(site->node, site->rest);
        site->rest = after(site->rest);
    }
    site->rows = chosen->params;
    site->kind = NULL;
}

/* One step at a choice; *done: the rest of the path chooses nothing. */
static enum gd_status pass_choice(struct site *site, bool *done)
{
    const struct gd_component *chosen, *named = component_at(site, site->rest);
    bool wrapped = site->kind->form == GD_WRAPPED;
    enum gd_status status = find_chosen(site, &chosen);
    *done = status || !chosen || (site->kind->form == GD_TAGGED && spells(site->kind->tag, site->rest));
    if (*done)
        return status;
    bool own = wrapped ? named == chosen : row_at(chosen->params, site->rest) != NULL;
    if (!own && named && (wrapped || gd_component_leads(named)))
        return refuse(site, chosen, named);
    if (!own && wrapped && row_at(chosen->params, site->rest))
        return name_component(site, chosen);
    *done = !own;
    if (own)
        enter(site, chosen);
    return GD_OK;
}

/* One step among parameters. */
static void pass_row(struct site *site, bool *done)
{
    const struct gd_param *row = row_at(site->rows, site->rest);
    *done = !row || (row->type != GD_GROUP && row->type != GD_COMPONENT);
    if (*done)
        return;
    site->node = child_at(site->node, site->rest);
    site->rest = after(site->rest);
    site->rows = row->rows;
    site->row = row;
    site->kind = row->type == GD_COMPONENT ? gd_registry_kind(site->scope->registry, row->kind) : NULL;
    *done = row->type == GD_COMPONENT && !site->kind;
}

enum gd_status gd_override_choices(const struct gd_scope *scope, const struct gd_choice_path *at)
{
    struct site site = {.scope = scope,
                        .place = at->place,
                        .rows = at->rows,
                        .kind = at->kind ? gd_registry_kind(scope->registry, at->kind) : NULL,
                        .node = at->node,
                        .value = at->value,
                        .path = at->path,
                        .rest = at->rest};
    enum gd_status status = GD_OK;
    bool done = false;
    while (*site.rest && !done && !status) {
        if (site.kind)
            status = pass_choice(&site, &done);
        else
            pass_row(&site, &done);
    }
    return status;
}
