/* Overrides (--set PATH=VALUE, and what an outer pipeline sets by `with`) written into the tree before its parameters
 * are read, so that they meet the same checks as what stands in the file. */
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline_priv.h"

/* An override on its way into the tree. */
struct override {
    struct gd_build *build;
    const char *path;
    struct gd_place place; /* "--set PATH=VALUE", or of the key in `with` */
};

static struct gd_tree *tree_of(const struct override *override)
{
    return &override->build->pipeline->tree;
}

/* Copies the value of a node, not its key or its neighbours. */
static void become(struct gd_node *node, const struct gd_node *value)
{
    struct gd_node old = *node;
    *node = *value;
    node->key = old.key;
    node->key_place = old.key_place;
    node->next = old.next;
}

/* Makes a map of what stands in the way of `key`: nothing, or a bare name, which the key names anew. */
static enum gd_status open_map(const struct override *override, struct gd_node *node, const char *key)
{
    struct gd_node empty = {.kind = GD_NODE_MAP, .place = override->place};
    if (node->kind == GD_NODE_MAP)
        return GD_OK;
    if (node->kind != GD_NODE_SCALAR)
        return gd_problem_report(&override->build->scope, override->place,
                                 "\"%s\" is inside %s, not a map: set it as a whole", gd_quote(key).text,
                                 gd_node_kind_name(node));
    become(node, &empty);
    return GD_OK;
}

/* A child for a key that the map lacks. */
static struct gd_node *add_child(const struct override *override, struct gd_node *map, const char *key)
{
    struct gd_node *child = gd_node_new(tree_of(override), GD_NODE_SCALAR, override->place);
    if (child)
        gd_node_append(map, child, key, override->place);
    return child;
}

/* Walks from `node` along a path of keys, making what is missing, and puts the value there. */
static enum gd_status put(const struct override *override, struct gd_node *node, const char *path,
                          const struct gd_node *value)
{
    while (*path) {
        size_t length = strcspn(path, ".");
        const char *key = gd_arena_string(&tree_of(override)->arena, path, length);
        if (!key)
            return GD_NO_MEMORY;
        enum gd_status status = open_map(override, node, key);
        if (status)
            return status;
        struct gd_node *child = gd_node_get(node, key);
        if (!child)
            child = add_child(override, node, key);
        if (!child)
            return GD_NO_MEMORY;
        node = child;
        path += length + (path[length] == '.');
    }
    become(node, value);
    return GD_OK;
}

/* Whether a path that starts at a step which is a pipeline continues inside it, rather than among the step's own keys.
 */
static bool leads_inside(const struct gd_override_target *target, const char *path)
{
    static const char *const own[] = {"file", "with", "give", "take", NULL};
    size_t length = strcspn(path, ".");
    if (strcmp(target->word, gd_pipeline_word) != 0 || !length)
        return false;
    for (size_t k = 0; own[k]; k++)
        if (strlen(own[k]) == length && !strncmp(own[k], path, length))
            return false;
    return true;
}

/* Adds the path to the step's `with`, after what is there, so that it wins. */
static enum gd_status put_with(const struct override *override, struct gd_node *node, const char *path,
                               const struct gd_node *value)
{
    static const char key[] = "with";
    enum gd_status status = open_map(override, node, key);
    if (status)
        return status;
    struct gd_node *with = gd_node_get(node, key), *child = NULL;
    if (!with)
        with = add_child(override, node, key);
    if (with)
        status = open_map(override, with, path);
    if (with && !status)
        child = add_child(override, with, path);
    if (!status && !child)
        return GD_NO_MEMORY;
    if (child)
        become(child, value);
    return status;
}

static const struct gd_override_target *find_step(const struct gd_build *build, const char *id)
{
    for (size_t k = 0; k < build->count; k++)
        if (!strcmp(build->targets[k].step->id, id))
            return &build->targets[k];
    return NULL;
}

/* What leads to the pipeline from where the override was written: "adatom." on the command line, nothing in the step
 * that the pipeline is. */
static char *lead_to(const struct override *override)
{
    const char *address = override->build->parameters.key;
    return address && override->place.line == 0 ? gd_format("%s.", address) : gd_string("");
}

/* The path of the override as it was written, in the arena; NULL when out of memory. */
static const char *written_path(const struct override *override)
{
    char *lead = lead_to(override), *whole = lead ? gd_format("%s%s", lead, override->path) : NULL;
    const char *path = whole ? gd_arena_string(&tree_of(override)->arena, whole, strlen(whole)) : NULL;
    free(lead);
    free(whole);
    return path;
}

/* Reports a first part that names nothing, with the nearest of what it could be. */
static enum gd_status unknown_head(const struct override *override, const char *head)
{
    struct gd_build *build = override->build;
    const char **more = gd_arena_alloc(build->scope.arena, build->count + 3, sizeof *more);
    if (!more)
        return GD_NO_MEMORY;
    for (size_t k = 0; k < build->count; k++)
        more[k] = build->targets[k].step->id;
    more[build->count] = "name";
    more[build->count + 1] = build->outer ? NULL : "seed";
    const char *const *names = gd_stage_names(build, true, more);
    return names ? gd_report_unknown(&build->scope, override->place, "step or section", head, names) : GD_NO_MEMORY;
}

/* Puts a value into a step; `rest` is the path from there on. */
static enum gd_status put_step(const struct override *override, const struct gd_override_target *target,
                               const char *rest, const struct gd_node *value)
{
    const struct gd_step *step = target->step;
    struct gd_build *build = override->build;
    bool pipeline = !strcmp(target->word, gd_pipeline_word);
    const char *path = written_path(override);
    const struct gd_choice_path at = {.place = override->place,
                                      .path = path,
                                      .rest = path ? path + strlen(path) - strlen(rest) : NULL,
                                      .rows = step->stage ? step->stage->params : gd_loop_rows,
                                      .node = target->node,
                                      .value = value};
    if (!path)
        return GD_NO_MEMORY;
    if (!step->stage && (!*rest || !strcmp(rest, "steps") || !strncmp(rest, "steps.", 6)))
        return gd_problem_report(&build->scope, override->place, "the steps of a loop cannot be overridden");
    if (leads_inside(target, rest))
        return put_with(override, target->node, rest, value);
    enum gd_status status = pipeline ? GD_OK : gd_override_choices(&build->scope, &at);
    return status ? status : put(override, target->node, rest, value);
}

static enum gd_status put_section(const struct override *override, const struct gd_stage *stage, const char *rest,
                                  const struct gd_node *value)
{
    struct gd_build *build = override->build;
    struct gd_node *root = build->pipeline->tree.root;
    const char *path = written_path(override);
    const struct gd_choice_path at = {.place = override->place,
                                      .path = path,
                                      .rest = path ? path + strlen(path) - strlen(rest) : NULL,
                                      .rows = stage->params,
                                      .kind = stage->self,
                                      .node = gd_node_get(root, stage->name),
                                      .value = value};
    enum gd_status status = path ? gd_override_choices(&build->scope, &at) : GD_NO_MEMORY;
    return status ? status : put(override, root, override->path, value);
}

/* Whether another override has this path. */
static bool has_path(const struct gd_build *build, char *path)
{
    bool found = path && gd_node_get(build->with, path);
    for (size_t k = 0; path && k < build->override_count && !found; k++)
        found = !strcmp(build->overrides[k].path, path);
    free(path);
    return found;
}

/* Whether another override has the same path from this step on, or from all steps of its stage. */
static bool addressed(const struct gd_build *build, const struct gd_override_target *target, const char *rest)
{
    const char *dot = *rest ? "." : "";
    return has_path(build, gd_format("%s%s%s", target->step->id, dot, rest)) ||
           has_path(build, gd_format("%s*%s%s", target->word, dot, rest));
}

/* A stage's name is the id of one of its steps: says which others it does not reach. */
static void warn_of_others(const struct override *override, const struct gd_override_target *first, const char *rest)
{
    enum { MOST = 4 }; /* that are named */
    struct gd_build *build = override->build;
    struct gd_text text = {0};
    size_t others = 0;
    for (size_t k = 0; k < build->count; k++) {
        const struct gd_override_target *target = &build->targets[k];
        if (target == first || strcmp(target->word, first->word) != 0 || addressed(build, target, rest))
            continue;
        if (++others <= MOST)
            gd_text_print(&text, "%s%s", others > 1 ? ", " : "", target->step->id);
    }
    if (others > MOST)
        gd_text_print(&text, " and %zu more", others - MOST);
    char *names = others ? gd_text_take(&text) : NULL, *lead = lead_to(override);
    if (names && lead)
        gd_warning_add(build->scope.problems, override->place,
                       "sets only the step %s, not %s: to set all, write %s%s*%s%s", first->word, names, lead,
                       first->word, *rest ? "." : "", rest);
    build->scope.problems->overflow |= (others && !names) || !lead;
    free(lead);
    free(names);
}

/* "evaluate*": every step of a stage, each with a value of its own. */
static enum gd_status put_all(const struct override *override, const char *word, const char *rest,
                              const struct gd_node *value)
{
    struct gd_build *build = override->build;
    enum gd_status status = GD_OK;
    size_t found = 0;
    for (size_t k = 0; k < build->count && status != GD_NO_MEMORY; k++) {
        if (strcmp(build->targets[k].word, word) != 0)
            continue;
        const struct gd_node *copy = gd_node_copy(tree_of(override), value);
        gd_status_combine(&status, copy ? put_step(override, &build->targets[k], rest, copy) : GD_NO_MEMORY);
        found++;
    }
    return found ? status : unknown_head(override, word);
}

/* Finds where the path starts, and continues from there. */
static enum gd_status apply_value(const struct override *override, const struct gd_node *value)
{
    struct gd_build *build = override->build;
    size_t length = strcspn(override->path, ".");
    const char *rest = override->path + length + (override->path[length] == '.');
    bool all = length > 1 && override->path[length - 1] == '*';
    const char *head = gd_arena_string(build->scope.arena, override->path, length - all);
    if (!head)
        return GD_NO_MEMORY;
    const struct gd_override_target *step = find_step(build, head);
    const struct gd_stage *stage = gd_registry_stage(build->pipeline->registry, head);
    if (all)
        return put_all(override, head, rest, value);
    if (!*rest && !strcmp(head, "seed") && build->outer) {
        const struct gd_scope scope = gd_scope_in(&build->parameters, head);
        return gd_problem_report(&scope, override->place, "an inner pipeline uses the seed of the whole run");
    }
    if (!*rest && (!strcmp(head, "name") || !strcmp(head, "seed")))
        return put(override, build->pipeline->tree.root, head, value);
    if (step && !strcmp(step->word, head) && strcmp(head, gd_pipeline_word) != 0) /* those are of different files */
        warn_of_others(override, step, rest);
    if (step)
        return put_step(override, step, rest, value);
    if (stage && stage->section)
        return put_section(override, stage, rest, value);
    return unknown_head(override, head);
}

static bool path_complete(const char *path)
{
    size_t length = strlen(path);
    return length > 0 && path[0] != '.' && path[length - 1] != '.' && !strstr(path, "..");
}

static enum gd_status apply(struct gd_build *build, const char *path, struct gd_place place,
                            const struct gd_node *value)
{
    struct override override = {build, path, place};
    return path_complete(path) ? apply_value(&override, value)
                               : gd_problem_report(&build->scope, place, "the path has an empty component");
}

static enum gd_status apply_text(struct gd_build *build, const struct gd_override *given)
{
    struct gd_tree *tree = &build->pipeline->tree, value = {0};
    char *text = gd_format("%s %s=%s", given->option ? given->option : "--set", gd_quote(given->path).text,
                           gd_quote(given->value).text);
    const char *origin = text ? gd_arena_string(&tree->arena, text, strlen(text)) : NULL;
    free(text);
    if (!origin)
        return GD_NO_MEMORY;
    value.arena = tree->arena;
    enum gd_status status = gd_tree_parse_value(&value, origin, given->value, build->scope.problems);
    tree->arena = value.arena;
    return status ? status : apply(build, given->path, (struct gd_place){.file = origin}, value.root);
}

enum gd_status gd_overrides_apply(struct gd_build *build)
{
    enum gd_status status = GD_OK;
    const struct gd_node *with = build->with ? build->with->children : NULL;
    for (; with && status != GD_NO_MEMORY; with = with->next)
        gd_status_combine(&status, apply(build, with->key, with->key_place, with));
    for (size_t k = 0; k < build->override_count && status != GD_NO_MEMORY; k++)
        gd_status_combine(&status, apply_text(build, &build->overrides[k]));
    return status;
}
