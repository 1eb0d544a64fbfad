/* The sweep file: `sweep: {base: FILE, variants: {NAME: {with: {PATH: VALUE}}, NAME: {file: FILE}}, vary: {PATH:
 * [VALUE, ...]}, seeds: 0..7}`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/numbers.h"
#include "sweep/plan_priv.h"

struct reader {
    struct gd_draft *draft;
    struct gd_problems *problems;
    const char *base; /* absolute; NULL: none */
};

static enum gd_status refuse(const struct reader *reader, const struct gd_node *node, const char *expected)
{
    gd_problem_add(reader->problems, node->place, "%s%sexpected %s, got %s", node->key ? node->key : "",
                   node->key ? ": " : "", expected, gd_node_kind_name(node));
    return GD_BAD_INPUT;
}

/* Every key of the map is one of these. */
static enum gd_status check_keys(const struct reader *reader, const struct gd_node *map, const char *const *keys)
{
    enum gd_status status = GD_OK;
    for (const struct gd_node *child = map->children; child; child = child->next) {
        size_t k = 0;
        while (keys[k] && strcmp(keys[k], child->key) != 0)
            k++;
        if (keys[k])
            continue;
        const char *near = gd_find_nearest(child->key, keys);
        gd_problem_add(reader->problems, child->key_place, "unknown key \"%s\"%s%s%s", child->key,
                       near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        status = GD_BAD_INPUT;
    }
    return status;
}

/* The value of a node as --set takes it. */
static enum gd_status value_text(const struct reader *reader, const struct gd_node *node, const char **text)
{
    struct gd_arena *arena = &reader->draft->sweep->arena;
    if (node->kind == GD_NODE_SCALAR && !node->quoted) {
        *text = gd_arena_string(arena, node->text, strlen(node->text));
        return *text ? GD_OK : GD_NO_MEMORY;
    }
    char *yaml = gd_tree_write_yaml(node);
    if (!yaml)
        return GD_NO_MEMORY;
    size_t length = strlen(yaml);
    while (length > 0 && yaml[length - 1] == '\n')
        length--;
    *text = gd_arena_string(arena, yaml, length);
    free(yaml);
    return *text ? GD_OK : GD_NO_MEMORY;
}

/* A file named in the sweep file, relative to its folder. */
static enum gd_status find_file(const struct reader *reader, const struct gd_node *node, const char **file)
{
    struct gd_sweep *sweep = reader->draft->sweep;
    if (node->kind != GD_NODE_SCALAR || gd_node_empty(node))
        return refuse(reader, node, "the name of a pipeline file");
    const int folder = (int)(strrchr(sweep->file, '/') - sweep->file);
    char *path = node->text[0] == '/' ? gd_string(node->text) : gd_format("%.*s/%s", folder, sweep->file, node->text);
    errno = 0;
    *file = path ? gd_absolute_path(&sweep->arena, path) : NULL;
    if (path && !*file && errno)
        gd_problem_add(reader->problems, node->place, "%s: %s", path, strerror(errno));
    enum gd_status status = *file ? GD_OK : path && errno ? GD_BAD_INPUT : GD_NO_MEMORY;
    free(path);
    return status;
}

/* PATH: VALUE, ... */
static enum gd_status read_with(const struct reader *reader, const struct gd_node *map,
                                struct gd_draft_variant *variant)
{
    enum gd_status status = GD_OK;
    if (map->kind != GD_NODE_MAP)
        return refuse(reader, map, "a map of PATH: VALUE");
    variant->sets = gd_arena_alloc(&reader->draft->sweep->arena, map->count + 1, sizeof *variant->sets);
    if (!variant->sets)
        return GD_NO_MEMORY;
    for (const struct gd_node *child = map->children; child && !status; child = child->next) {
        struct gd_override *set = &variant->sets[variant->set_count++];
        set->path = gd_arena_string(&reader->draft->sweep->arena, child->key, strlen(child->key));
        status = set->path ? gd_path_check(set->path, child->key_place, reader->problems) : GD_NO_MEMORY;
        if (!status)
            status = value_text(reader, child, &set->value);
    }
    return status;
}

static enum gd_status read_variant(const struct reader *reader, const struct gd_node *node,
                                   struct gd_draft_variant *variant)
{
    static const char *const keys[] = {"with", "file", NULL};
    struct gd_arena *arena = &reader->draft->sweep->arena;
    *variant = (struct gd_draft_variant){.file = reader->base, .place = node->key_place};
    variant->name = gd_arena_string(arena, node->key, strlen(node->key));
    if (!variant->name)
        return GD_NO_MEMORY;
    if (node->kind != GD_NODE_MAP && !gd_node_empty(node))
        return refuse(reader, node, "a map with `with` or `file`");
    const struct gd_node *with = gd_node_get(node, "with"), *file = gd_node_get(node, "file");
    enum gd_status status = check_keys(reader, node, keys);
    if (!status && file)
        status = find_file(reader, file, &variant->file);
    if (!status && with)
        status = read_with(reader, with, variant);
    if (!status && !variant->file) {
        gd_problem_add(reader->problems, node->key_place, "%s: no pipeline: give it a `file`, or the sweep a `base`",
                       node->key);
        status = GD_BAD_INPUT;
    }
    return status;
}

static enum gd_status read_variants(const struct reader *reader, const struct gd_node *map)
{
    struct gd_draft *draft = reader->draft;
    enum gd_status status = GD_OK;
    if (map->kind != GD_NODE_MAP || map->count == 0)
        return refuse(reader, map, "a map of variants");
    draft->variants = gd_arena_alloc(&draft->sweep->arena, map->count, sizeof *draft->variants);
    if (!draft->variants)
        return GD_NO_MEMORY;
    for (const struct gd_node *child = map->children; child && status != GD_NO_MEMORY; child = child->next) {
        enum gd_status one = read_variant(reader, child, &draft->variants[draft->variant_count++]);
        status = one ? one : status;
    }
    return status;
}

static enum gd_status read_axis(const struct reader *reader, const struct gd_node *list, struct gd_sweep_axis *axis)
{
    struct gd_arena *arena = &reader->draft->sweep->arena;
    enum gd_status status = GD_OK;
    if (list->kind != GD_NODE_LIST || list->count == 0)
        return refuse(reader, list, "a list of values");
    *axis =
        (struct gd_sweep_axis){.path = gd_arena_string(arena, list->key, strlen(list->key)), .place = list->key_place};
    axis->values = gd_arena_alloc(arena, list->count, sizeof *axis->values);
    if (!axis->path || !axis->values)
        return GD_NO_MEMORY;
    for (const struct gd_node *child = list->children; child && !status; child = child->next)
        status = value_text(reader, child, &axis->values[axis->count++]);
    return status ? status : gd_path_check(axis->path, list->key_place, reader->problems);
}

/* The axes of the file come before those of the command line. */
static enum gd_status read_vary(const struct reader *reader, const struct gd_node *map)
{
    struct gd_draft *draft = reader->draft;
    enum gd_status status = GD_OK;
    if (map->kind != GD_NODE_MAP)
        return refuse(reader, map, "a map of PATH: [VALUE, ...]");
    struct gd_sweep_axis *all = gd_arena_alloc(&draft->sweep->arena, map->count + draft->axis_count + 1, sizeof *all);
    if (!all)
        return GD_NO_MEMORY;
    size_t count = 0;
    for (const struct gd_node *child = map->children; child && status != GD_NO_MEMORY; child = child->next) {
        enum gd_status one = read_axis(reader, child, &all[count++]);
        status = one ? one : status;
    }
    if (draft->axis_count > 0)
        memcpy(all + count, draft->axes, draft->axis_count * sizeof *all);
    draft->axes = all;
    draft->axis_count += count;
    return status;
}

static enum gd_status read_seeds(const struct reader *reader, const struct gd_node *node)
{
    struct gd_text text = {0};
    if (node->kind == GD_NODE_SCALAR)
        gd_text_print(&text, "%s", node->text);
    for (const struct gd_node *child = node->children; child; child = child->next)
        gd_text_print(&text, "%s%s", child == node->children ? "" : ",",
                      child->kind == GD_NODE_SCALAR ? child->text : "?");
    if (node->kind == GD_NODE_MAP)
        return free(text.data), refuse(reader, node, "seeds such as 0..7 or [1, 3, 5]");
    char *joined = gd_text_take(&text);
    reader->draft->seeds = joined ? gd_arena_string(&reader->draft->sweep->arena, joined, strlen(joined)) : NULL;
    reader->draft->seeds_place = node->place;
    free(joined);
    return reader->draft->seeds ? GD_OK : GD_NO_MEMORY;
}

static enum gd_status add_base(const struct reader *reader, const struct gd_node *map)
{
    struct gd_draft *draft = reader->draft;
    if (!reader->base) {
        gd_problem_add(reader->problems, map->place, "the sweep has neither `base` nor `variants`");
        return GD_BAD_INPUT;
    }
    draft->variants = gd_arena_alloc(&draft->sweep->arena, 1, sizeof *draft->variants);
    if (!draft->variants)
        return GD_NO_MEMORY;
    draft->variants[0] = (struct gd_draft_variant){.file = reader->base, .place = map->place};
    draft->variant_count = 1;
    return GD_OK;
}

static enum gd_status read_sweep(struct reader *reader, const struct gd_node *map)
{
    static const char *const keys[] = {"base", "variants", "vary", "seeds", NULL};
    if (map->kind != GD_NODE_MAP)
        return refuse(reader, map, "a map with base, variants, vary and seeds");
    const struct gd_node *base = gd_node_get(map, "base"), *variants = gd_node_get(map, "variants"),
                         *vary = gd_node_get(map, "vary"), *seeds = gd_node_get(map, "seeds");
    enum gd_status status = check_keys(reader, map, keys), of_seeds = seeds ? read_seeds(reader, seeds) : GD_OK;
    if (!status && base)
        status = find_file(reader, base, &reader->base);
    if (!status)
        status = variants ? read_variants(reader, variants) : add_base(reader, map);
    if (!status && vary)
        status = read_vary(reader, vary);
    return status ? status : of_seeds;
}

enum gd_status gd_sweep_file_read(struct gd_draft *draft, bool *found, struct gd_problems *problems)
{
    static const char *const keys[] = {"sweep", "godiff", NULL};
    struct reader reader = {.draft = draft, .problems = problems};
    enum gd_status status = gd_tree_read_yaml(&draft->tree, draft->file, problems);
    const struct gd_node *root = draft->tree.root;
    const struct gd_node *sweep = !status && root->kind == GD_NODE_MAP ? gd_node_get(root, "sweep") : NULL;
    *found = sweep != NULL;
    if (!sweep)
        return status;
    status = check_keys(&reader, root, keys);
    return status ? status : read_sweep(&reader, sweep);
}
