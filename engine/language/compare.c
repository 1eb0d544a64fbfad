#include "engine/language/compare.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/language/params_priv.h"
#include "engine/language/pipeline.h"

struct walk {
    const struct gd_compare_options *with;
    struct gd_tree defaults;
    struct gd_error *error;
    bool in_section;
    bool changed; /* what was found last to differ is a file, and not its path */
};

void gd_paths_clear(struct gd_paths *paths)
{
    for (size_t k = 0; k < paths->count; k++)
        free(paths->list[k]);
    free(paths->list);
    *paths = (struct gd_paths){0};
}

/* Whether one of the paths leads to the other, or is it. */
static bool related(const char *path, const char *other)
{
    const size_t length = strlen(path), other_length = strlen(other),
                 common = length < other_length ? length : other_length;
    const char *longer = length < other_length ? other : path;
    return strncmp(path, other, common) == 0 && (longer[common] == '\0' || longer[common] == '.');
}

static bool counts(const struct gd_paths *among, const char *path)
{
    bool found = !among;
    for (size_t k = 0; among && k < among->count && !found; k++)
        found = related(among->list[k], path);
    return found;
}

/* --- Messages ----------------------------------------------------------------------------------------------------- */

/* Adds a value as a person would write it; of a long one, its beginning and end. */
static void add_value(struct gd_text *text, const struct gd_node *node)
{
    char value[200], *json = node && node->kind != GD_NODE_SCALAR ? gd_node_json(node) : NULL;
    if (!node)
        gd_text_print(text, "left out");
    else
        gd_text_print(text, "%s", gd_print(value, sizeof value, "%s", json ? json : node->text));
    free(json);
}

static void add_place(struct gd_text *text, const struct gd_node *node)
{
    char place[160];
    if (node && node->place.file && *node->place.file)
        gd_text_print(text, " (%s)", gd_format_place(node->place, place, sizeof place));
}

static enum gd_status refuse(const struct walk *walk, struct gd_text *text)
{
    const struct gd_compare_options *with = walk->with;
    if (with->rule)
        gd_text_print(text, "; %s", with->rule);
    char *what = gd_text_take(text);
    enum gd_status status = what ? gd_fail(walk->error, GD_BAD_INPUT, "%s%s: %s", with->lead ? "" : with->file,
                                           with->lead ? with->lead : " is of another pipeline", what)
                                 : gd_no_memory(walk->error, with->file);
    free(what);
    return status;
}

/* "train.steps is 100 in its line 31, here it is 200 (my.yaml:12:9)". `written`: the former one has it, and not by
 * default. */
static enum gd_status differs(const struct walk *walk, const struct gd_scope *scope, const struct gd_node *former,
                              bool written, const struct gd_node *now)
{
    const struct gd_compare_options *with = walk->with;
    struct gd_text text = {0};
    char *path = gd_scope_path(scope);
    if (path && !counts(with->among, path)) {
        free(path);
        return GD_OK;
    }
    if (path && with->found &&
        gd_grow(&with->found->list, &with->found->capacity, with->found->count + 1, sizeof path)) {
        with->found->list[with->found->count++] = path;
        return GD_OK;
    }
    text.failed = !path || with->found;
    if (walk->changed) {
        gd_text_print(&text, "%s: the file ", path ? path : "");
        add_value(&text, former);
        gd_text_print(&text, " is not what it was");
        free(path);
        return refuse(walk, &text);
    }
    gd_text_print(&text, "%s is ", path ? path : "");
    add_value(&text, former);
    if (written)
        gd_text_print(&text, " in its line %d", former->place.line);
    else if (former)
        gd_text_print(&text, " by default");
    gd_text_print(&text, ", here it is ");
    add_value(&text, now);
    add_place(&text, now);
    free(path);
    return refuse(walk, &text);
}

static enum gd_status unknown(const struct walk *walk, const struct gd_scope *scope, const struct gd_node *node)
{
    struct gd_text text = {0};
    const struct gd_scope inner = gd_scope_in(scope, node->key);
    char *path = gd_scope_path(&inner);
    text.failed = !path;
    gd_text_print(&text, "this version has no parameter %s, which is in its line %d", path ? path : "",
                  node->place.line);
    free(path);
    return refuse(walk, &text);
}

/* --- Values ------------------------------------------------------------------------------------------------------- */

/* The length of the path that a text is or begins with, as in calc.py:make. */
static size_t path_length(const struct gd_param *row, const char *text)
{
    const char *mark = row && row->path_with ? strstr(text, row->path_with) : NULL,
               *colon = mark ? strchr(mark, ':') : NULL;
    return colon ? (size_t)(colon - text) : strlen(text);
}

/* Whether two texts are paths of one file: others, or the same with what it was. */
static enum gd_status same_file(struct walk *walk, const struct gd_param *row, const char *former, const char *now,
                                bool *same)
{
    const bool stayed = *same, is_file = row && (row->type == GD_PATH || row->type == GD_PATHS ||
                                                 (row->path_with && walk->with->scripts));
    const size_t length = path_length(row, former), now_length = path_length(row, now);
    if (!walk->with->moved || *former != '/' || *now != '/' || strcmp(former + length, now + now_length) != 0 ||
        (stayed && !(is_file && walk->in_section)))
        return GD_OK;
    char *from = gd_format("%.*s", (int)length, former), *to = gd_format("%.*s", (int)now_length, now);
    enum gd_status status = from && to ? walk->with->moved(walk->with->context, from, to, same, walk->error)
                                       : gd_no_memory(walk->error, walk->with->file);
    free(from);
    free(to);
    walk->changed = stayed && !*same;
    return status;
}

static enum gd_status same_text(struct walk *walk, const struct gd_param *row, const char *former, const char *now,
                                bool *same)
{
    double number, other;
    *same = strcmp(former, now) == 0 || (row && row->type == GD_FLOAT && gd_parse_float(former, &number) &&
                                         gd_parse_float(now, &other) && number == other);
    return same_file(walk, row, former, now, same);
}

/* Whether two nodes are the same, with all below them. `row`: of the value, or of each of a list; NULL: none. */
static enum gd_status same_node(struct walk *walk, const struct gd_param *row, const struct gd_node *former,
                                const struct gd_node *now, bool *same)
{
    enum gd_status status = GD_OK;
    *same = former == now || (former && now && former->kind == now->kind && former->count == now->count);
    if (!*same || !former)
        return GD_OK;
    if (former->kind == GD_NODE_SCALAR)
        return same_text(walk, row, former->text, now->text, same);
    const struct gd_node *child = former->children, *other = now->children;
    for (; child && *same && !status; child = child->next, other = other->next)
        if ((*same = !child->key || strcmp(child->key, other->key) == 0))
            status = same_node(walk, row, child, other, same);
    return status;
}

/* --- Parameters --------------------------------------------------------------------------------------------------- */

static enum gd_status compare_row(struct walk *walk, const struct gd_scope *scope, const struct gd_param *row,
                                  const struct gd_node *former, const struct gd_node *now);

/* The parameters in two maps; NULL: all have their defaults. The key `also` is known beside those of the rows. */
static enum gd_status compare_rows(struct walk *walk, const struct gd_scope *scope, const struct gd_param *rows,
                                   const char *also, const struct gd_node *former, const struct gd_node *now)
{
    enum gd_status status = GD_OK;
    const bool map = former && former->kind == GD_NODE_MAP;
    for (const struct gd_node *child = map ? former->children : NULL; child && !status; child = child->next)
        if (!gd_param_find(rows, child->key) && !(also && strcmp(also, child->key) == 0))
            status = unknown(walk, scope, child);
    for (const struct gd_param *row = rows; row && row->name && !status; row++) {
        const struct gd_scope inner = gd_scope_in(scope, row->name);
        if (!row->resource)
            status = compare_row(walk, &inner, row, gd_node_get(former, row->name), gd_node_get(now, row->name));
    }
    return status;
}

/* The component that both nodes name; NULL: they name two, or none. *map, *now_map: its parameters. */
static const struct gd_component *find_component(const struct walk *walk, const struct gd_kind *kind,
                                                 const struct gd_node **map, const struct gd_node **now_map)
{
    const struct gd_registry *registry = walk->with->registry;
    const char *name = kind && *map ? gd_choice_name(registry, kind, *map) : NULL,
               *now_name = kind && *now_map ? gd_choice_name(registry, kind, *now_map) : NULL;
    if (!name || !now_name || strcmp(name, now_name) != 0)
        return NULL;
    if (kind->form == GD_WRAPPED) {
        *map = (*map)->children;
        *now_map = (*now_map)->children;
    }
    return gd_registry_component(registry, kind->name, name);
}

/* A value that is a component. `written` as in `differs`. */
static enum gd_status compare_choice(struct walk *walk, const struct gd_scope *scope, const char *kind_name,
                                     const struct gd_node *former, bool written, const struct gd_node *now)
{
    const struct gd_kind *kind = gd_registry_kind(walk->with->registry, kind_name);
    const struct gd_node *map = former, *now_map = now;
    const struct gd_component *component = find_component(walk, kind, &map, &now_map);
    bool same;
    if (component) {
        const struct gd_scope inner = gd_scope_in(scope, kind->form == GD_WRAPPED ? component->name : NULL);
        return compare_rows(walk, &inner, component->params, kind->tag, map, now_map);
    }
    enum gd_status status = same_node(walk, NULL, former, now, &same);
    return status || same ? status : differs(walk, scope, former, written, now);
}

static enum gd_status compare_row(struct walk *walk, const struct gd_scope *scope, const struct gd_param *row,
                                  const struct gd_node *former, const struct gd_node *now)
{
    const bool written = former != NULL;
    bool same;
    walk->changed = false;
    if (!written) {
        struct gd_node *map = gd_node_new(&walk->defaults, GD_NODE_MAP, (struct gd_place){0});
        if (!map || gd_default_write(&walk->defaults, walk->with->registry, row, map) == GD_NO_MEMORY)
            return gd_no_memory(walk->error, walk->with->file);
        former = map->children;
    }
    if (row->type == GD_GROUP && former && now)
        return compare_rows(walk, scope, row->rows, NULL, former, now);
    if (row->type == GD_COMPONENT && row->count <= 1)
        return compare_choice(walk, scope, row->kind, former, written, now);
    enum gd_status status = same_node(walk, row, former, now, &same);
    return status || same ? status : differs(walk, scope, former, written, now);
}

/* --- Sections and steps ------------------------------------------------------------------------------------------- */

/* A section that is switched off is none. */
static const struct gd_node *get_section(const struct gd_node *root, const char *name)
{
    const struct gd_node *node = gd_node_get(root, name);
    return node && gd_node_off(node) ? NULL : node;
}

static enum gd_status compare_section(struct walk *walk, const struct gd_scope *scope, const struct gd_stage *stage,
                                      const struct gd_node *former, const struct gd_node *now)
{
    const struct gd_scope inner = gd_scope_in(scope, stage->name);
    if (!former && !now)
        return GD_OK;
    if (!former || !now)
        return differs(walk, &inner, former, former != NULL, now);
    walk->in_section = true;
    enum gd_status status = stage->self ? compare_choice(walk, &inner, stage->self, former, true, now)
                                        : compare_rows(walk, &inner, stage->params, NULL, former, now);
    walk->in_section = false;
    return status;
}

static enum gd_status compare_sections(struct walk *walk, const struct gd_scope *scope, const struct gd_node *former,
                                       const struct gd_node *now)
{
    enum gd_status status = GD_OK;
    for (const struct gd_stage *const *stage = gd_registry_stages(walk->with->registry); *stage && !status; stage++)
        if ((*stage)->section && (!walk->with->section || strcmp(walk->with->section, (*stage)->name) == 0))
            status = compare_section(walk, scope, *stage, get_section(former, (*stage)->name),
                                     get_section(now, (*stage)->name));
    return status;
}

/* What a step is called; NULL: it is none. */
static const char *name_of(const struct gd_node *step)
{
    const struct gd_node *id = gd_node_get(step, "id");
    return id && id->kind == GD_NODE_SCALAR ? id->text : NULL;
}

static bool same_step(const struct gd_node *former, const struct gd_node *now)
{
    const char *name = name_of(former), *now_name = name_of(now);
    return name && now_name && strcmp(name, now_name) == 0 && strcmp(former->children->key, now->children->key) == 0;
}

/* What tells a step from another: its word, or where that is the same its id. */
static const char *what_of(const struct gd_node *step, const struct gd_node *other)
{
    const char *word = step->kind == GD_NODE_MAP && step->children ? step->children->key : "?", *name = name_of(step);
    const bool alike = name && name_of(other) && strcmp(word, other->children->key) == 0;
    return alike ? name : word;
}

/* NULL: it has fewer steps. */
static enum gd_status other_step(const struct walk *walk, const struct gd_node *former, const struct gd_node *now)
{
    struct gd_text text = {0};
    if (former)
        gd_text_print(&text, "in its line %d is the step %s", former->place.line, gd_quote(what_of(former, now)).text);
    else
        gd_text_print(&text, "its steps have ended");
    gd_text_print(&text, ", where here is %s", now ? gd_quote(what_of(now, former)).text : "none");
    add_place(&text, now);
    return refuse(walk, &text);
}

static enum gd_status compare_steps(struct walk *walk, const struct gd_scope *scope, const struct gd_node *former,
                                    const struct gd_node *now);

/* What a pipeline that is a step gives and takes. Its file is that of the step's name, wherever the pipelines are
 * written down; what is in it is compared by itself. */
static enum gd_status compare_passing(struct walk *walk, const struct gd_scope *scope, const struct gd_node *former,
                                      const struct gd_node *now)
{
    static const char *const keys[] = {"give", "take"};
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < sizeof keys / sizeof *keys && !status; k++) {
        const struct gd_scope inner = gd_scope_in(scope, keys[k]);
        const struct gd_node *was = gd_node_get(former, keys[k]), *is = gd_node_get(now, keys[k]);
        bool same;
        status = same_node(walk, NULL, was, is, &same);
        if (!status && !same)
            status = differs(walk, &inner, was, was != NULL, is);
    }
    return status;
}

/* The parameters of a step in `scope`, {WORD: {...}, id: ID}. */
static enum gd_status compare_step(struct walk *walk, const struct gd_scope *scope, const struct gd_node *former,
                                   const struct gd_node *now)
{
    const struct gd_scope inner = gd_scope_in(scope, name_of(now));
    former = former->children;
    now = now->children;
    const struct gd_stage *stage = now->stage ? now->stage : gd_registry_stage(walk->with->registry, now->key);
    const struct gd_node *steps = gd_node_get(now, "steps");
    if (stage)
        return compare_rows(walk, &inner, stage->params, NULL, former, now);
    if (steps) {
        enum gd_status status = compare_rows(walk, &inner, gd_loop_rows, steps->key, former, now);
        return status ? status : compare_steps(walk, scope, gd_node_get(former, steps->key), steps);
    }
    return compare_passing(walk, &inner, former, now);
}

static enum gd_status compare_steps(struct walk *walk, const struct gd_scope *scope, const struct gd_node *former,
                                    const struct gd_node *now)
{
    const struct gd_node *step = former ? former->children : NULL, *now_step = now ? now->children : NULL;
    enum gd_status status = GD_OK;
    while ((step || now_step) && !status) {
        status = step && now_step && same_step(step, now_step) ? compare_step(walk, scope, step, now_step)
                                                               : other_step(walk, step, now_step);
        step = step ? step->next : NULL;
        now_step = now_step ? now_step->next : NULL;
    }
    return status;
}

/* --- Pipelines ---------------------------------------------------------------------------------------------------- */

static bool is_root_key(const struct gd_registry *registry, const char *key)
{
    const struct gd_stage *stage = gd_registry_stage(registry, key);
    return (stage && stage->section) || gd_param_find(gd_root_rows, key) || strcmp(key, "plugins") == 0 ||
           strcmp(key, "steps") == 0;
}

/* A key that this build does not have, as of a plugin that is not loaded; both may have it. */
static enum gd_status compare_stranger(struct walk *walk, const struct gd_scope *scope, const struct gd_node *former,
                                       const struct gd_node *now)
{
    const struct gd_scope inner = gd_scope_in(scope, former->key);
    bool same;
    if (!now)
        return unknown(walk, scope, former);
    enum gd_status status = same_node(walk, NULL, former, now, &same);
    return status || same ? status : differs(walk, &inner, former, true, now);
}

/* The keys of a pipeline that are neither sections nor steps. */
static enum gd_status compare_root(struct walk *walk, const struct gd_scope *scope, const struct gd_node *former,
                                   const struct gd_node *now)
{
    const struct gd_scope plugins = gd_scope_in(scope, "plugins");
    const struct gd_node *files = gd_node_get(former, plugins.key), *now_files = gd_node_get(now, plugins.key);
    enum gd_status status = GD_OK;
    bool same;
    for (const struct gd_node *child = former->children; child && !status; child = child->next)
        if (!is_root_key(walk->with->registry, child->key))
            status = compare_stranger(walk, scope, child, gd_node_get(now, child->key));
    for (const struct gd_param *row = gd_root_rows; row->name && !status; row++) {
        const struct gd_scope inner = gd_scope_in(scope, row->name);
        if (!(walk->with->without_seed && strcmp(row->name, "seed") == 0))
            status = compare_row(walk, &inner, row, gd_node_get(former, row->name), gd_node_get(now, row->name));
    }
    if (!status)
        status = same_node(walk, NULL, files, now_files, &same);
    if (!status && !same)
        status = differs(walk, &plugins, files, files != NULL, now_files);
    for (const struct gd_node *child = now->children; child && !status; child = child->next)
        if (!is_root_key(walk->with->registry, child->key) && !gd_node_get(former, child->key))
            status = differs(walk, &(struct gd_scope){.up = scope, .key = child->key}, NULL, false, child);
    return status;
}

static enum gd_status compare_all(struct walk *walk, const struct gd_node *former, const struct gd_node *now)
{
    const struct gd_compare_options *with = walk->with;
    const struct gd_scope scope = {.registry = with->registry};
    if (!former || former->kind != GD_NODE_MAP)
        return differs(walk, &(struct gd_scope){.key = "it"}, former, former != NULL, now);
    enum gd_status status = with->section ? GD_OK : compare_root(walk, &scope, former, now);
    if (!status)
        status = compare_sections(walk, &scope, former, now);
    return status || with->section || with->without_steps
               ? status
               : compare_steps(walk, &scope, gd_node_get(former, "steps"), gd_node_get(now, "steps"));
}

enum gd_status gd_pipelines_compare(const struct gd_compare_options *comparison, const struct gd_node *former,
                                    const struct gd_node *now, struct gd_error *error)
{
    struct walk walk = {.with = comparison, .error = error};
    enum gd_status status = compare_all(&walk, former, now);
    gd_tree_clear(&walk.defaults);
    return status;
}
