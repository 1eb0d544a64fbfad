/* The key `plugins` of a pipeline: shared objects that it needs. They are native code, so a file alone never loads one:
 * whoever runs it says that it is trusted, or names the plugins. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline_priv.h"
#include "engine/language/plugin.h"

/* One path of the list. */
struct item {
    const struct gd_node *node;
    const char *path; /* resolved; arena memory */
};

struct items {
    struct item *items;
    size_t count;
};

static enum gd_status read_items(const struct gd_scope *scope, const struct gd_node *list, struct items *items)
{
    enum gd_status status = GD_OK;
    *items = (struct items){0};
    if (!list || gd_node_empty(list))
        return GD_OK;
    if (list->kind != GD_NODE_LIST)
        return gd_problem_report(scope, list->place, "is %s (expected a list of paths, such as [mine.so])",
                                 gd_node_kind_name(list));
    items->items = gd_arena_alloc(scope->arena, list->count, sizeof *items->items);
    if (!items->items)
        return GD_NO_MEMORY;
    for (const struct gd_node *node = list->children; node && status != GD_NO_MEMORY; node = node->next) {
        struct item *item = &items->items[items->count++];
        item->node = node;
        gd_status_combine(&status, gd_path_parse(scope, node, &item->path));
    }
    return status;
}

static bool loaded(const struct gd_registry *registry, const char *path)
{
    size_t count;
    const struct gd_plugin_file *files = gd_registry_plugins(registry, &count);
    char absolute[PATH_MAX];
    bool found = false, exists = realpath(path, absolute) != NULL;
    for (size_t k = 0; exists && k < count && !found; k++)
        found = !strcmp(files[k].path, absolute);
    return found;
}

/* One problem that names all that are not loaded, and says how to allow them. */
static enum gd_status refuse(const struct gd_scope *scope, const struct items *items)
{
    struct gd_text names = {0};
    const struct gd_node *first = NULL;
    for (size_t k = 0; k < items->count; k++) {
        if (loaded(scope->registry, items->items[k].path))
            continue;
        first = first ? first : items->items[k].node;
        gd_text_print(&names, "%s\"%s\"", names.length ? ", " : "", gd_quote(items->items[k].node->text).text);
    }
    if (!first)
        return GD_OK;
    char *text = gd_text_take(&names);
    if (!text)
        return GD_NO_MEMORY;
    enum gd_status status =
        gd_problem_report(scope, first->place,
                          "%s: native code, not loaded without permission (--trust, or --plugin with its path)", text);
    free(text);
    return status;
}

enum gd_status gd_plugins_check(struct gd_build *build, const struct gd_node *root)
{
    const struct gd_scope scope = gd_scope_in(&build->scope, "plugins");
    struct items items;
    enum gd_status status = read_items(&scope, gd_node_get(root, "plugins"), &items);
    return status ? status : refuse(&scope, &items);
}

/* --- Loading ------------------------------------------------------------------------------------------------------ */

/* A pipeline and all that are in it, being gone through. */
struct loading {
    struct gd_registry *registry;
    struct gd_arena *arena;
    struct gd_problems *problems;
    int depth, pipelines;
};

static enum gd_status load_items(const struct gd_scope *scope, struct gd_registry *registry, const struct items *items)
{
    for (size_t k = 0; k < items->count; k++) {
        struct gd_error error = {0};
        enum gd_status status = gd_registry_load(registry, items->items[k].path, &error);
        if (status)
            return status == GD_NO_MEMORY ? status
                                          : gd_problem_report(scope, items->items[k].node->place, "%s", error.text);
    }
    return GD_OK;
}

static enum gd_status load_all(struct loading *loading, const struct gd_node *root);

/* The plugins of the pipeline that a step runs. What is wrong with its file is reported when the pipeline is built. */
static enum gd_status load_inner(struct loading *loading, const struct gd_node *file)
{
    struct gd_problems later = {0};
    struct gd_tree tree = {0};
    const struct gd_scope scope = {.registry = loading->registry, .arena = loading->arena, .problems = &later};
    const char *path;
    if (loading->depth == GD_MAX_DEPTH || loading->pipelines == GD_MAX_PIPELINES)
        return GD_OK;
    loading->depth++;
    loading->pipelines++;
    enum gd_status status = gd_path_parse(&scope, file, &path);
    if (!status)
        status = gd_registry_read(loading->registry, path, &tree, &later);
    if (!status)
        status = load_all(loading, tree.root);
    else if (status == GD_BAD_INPUT)
        status = GD_OK;
    loading->depth--;
    gd_tree_clear(&tree);
    gd_problems_clear(&later);
    return status;
}

/* Steps are maps of one key and an id: loops have steps in them, and pipelines a file. */
static enum gd_status load_steps(struct loading *loading, const struct gd_node *steps)
{
    enum gd_status status = GD_OK;
    const struct gd_node *step = steps ? steps->children : NULL;
    for (; step && !status; step = step->next) {
        const struct gd_node *loop = gd_node_get(step, "loop"), *inner = gd_node_get(step, gd_pipeline_word);
        const struct gd_node *file = inner ? gd_node_get(inner, "file") : NULL;
        if (loop)
            status = load_steps(loading, gd_node_get(loop, "steps"));
        else if (file)
            status = load_inner(loading, file);
    }
    return status;
}

static enum gd_status load_all(struct loading *loading, const struct gd_node *root)
{
    const struct gd_scope scope = {
        .key = "plugins", .registry = loading->registry, .arena = loading->arena, .problems = loading->problems};
    struct items items;
    enum gd_status status = read_items(&scope, gd_node_get(root, "plugins"), &items);
    if (!status)
        status = load_items(&scope, loading->registry, &items);
    return status ? status : load_steps(loading, gd_node_get(root, "steps"));
}

enum gd_status gd_pipeline_load_plugins(struct gd_registry *registry, const struct gd_tree *tree, bool trusted,
                                        struct gd_problems *problems)
{
    struct gd_arena arena = {0};
    const struct gd_scope scope = {.key = "plugins", .registry = registry, .arena = &arena, .problems = problems};
    struct loading loading = {.registry = registry, .arena = &arena, .problems = problems};
    struct items items;
    enum gd_status status =
        trusted ? load_all(&loading, tree->root) : read_items(&scope, gd_node_get(tree->root, "plugins"), &items);
    if (!status && !trusted)
        status = refuse(&scope, &items);
    gd_arena_clear(&arena);
    return problems->overflow ? GD_NO_MEMORY : status;
}
