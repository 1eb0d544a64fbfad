/* The pipeline as it runs, written from its parsed parameters: the tree they would be read from, and that as YAML. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/language/pipeline_priv.h"
#include "engine/language/plugin.h"

static const struct gd_place nowhere = {0};

/* What is written: all of a pipeline, or what comes before the step `end`. */
struct extent {
    const struct gd_pipeline *pipeline;
    const struct gd_step *end; /* NULL: all */
    bool ended;
};

static struct gd_node *add(struct gd_tree *tree, struct gd_node *parent, const char *key, enum gd_node_kind kind)
{
    struct gd_node *node = gd_node_new(tree, kind, nowhere);
    if (node)
        gd_node_append(parent, node, key, nowhere);
    return node;
}

static bool add_text(struct gd_tree *tree, struct gd_node *parent, const char *key, const char *text)
{
    struct gd_node *node = add(tree, parent, key, GD_NODE_SCALAR);
    if (node)
        node->text = text;
    return node != NULL;
}

static bool add_section(struct gd_tree *tree, const struct gd_pipeline *pipeline, struct gd_node *root,
                        const struct gd_step *section)
{
    const struct gd_stage *stage = section->stage;
    if (stage->self) {
        struct gd_node *value = gd_choice_write(tree, pipeline->registry, stage->self, section->self);
        if (value)
            gd_node_append(root, value, stage->name, nowhere);
        return value != NULL;
    }
    struct gd_node *map = add(tree, root, stage->name, GD_NODE_MAP);
    return map && gd_rows_write(tree, pipeline->registry, stage->params, section->self, map);
}

static bool add_slots(struct gd_tree *tree, struct gd_node *parent, const char *key, const char *const *slots)
{
    struct gd_node *list = add(tree, parent, key, GD_NODE_LIST);
    for (; list && *slots; slots++)
        if (!add_text(tree, list, NULL, *slots))
            return false;
    return list != NULL;
}

/* The pipeline of a step stands beside this one, in the folder of its results. */
static bool add_pipeline(struct gd_tree *tree, struct gd_node *map, const struct gd_step *step)
{
    char *text = gd_format("%s/pipeline.yaml", step->id);
    const char *file = text ? gd_arena_string(&tree->arena, text, strlen(text)) : NULL;
    free(text);
    return file && add_text(tree, map, "file", file) && add_slots(tree, map, "give", step->give) &&
           add_slots(tree, map, "take", step->take);
}

/* The rows of a stage or loop. */
static bool add_params(struct gd_tree *tree, const struct gd_pipeline *pipeline, struct gd_node *map,
                       const struct gd_step *step)
{
    const struct gd_stage *stage = step->stage;
    return gd_rows_write(tree, pipeline->registry, stage ? stage->params : gd_loop_rows,
                         stage ? step->self : (const void *)step, map);
}

static bool is_in(const struct gd_step *wanted, const struct gd_step *steps, size_t count)
{
    bool found = false;
    for (size_t k = 0; k < count && !found; k++)
        found = &steps[k] == wanted || is_in(wanted, steps[k].steps, steps[k].count);
    return found;
}

static bool add_steps(struct gd_tree *tree, struct extent *extent, struct gd_node *parent, const struct gd_step *steps,
                      size_t count)
{
    const struct gd_pipeline *pipeline = extent->pipeline;
    struct gd_node *list = add(tree, parent, "steps", GD_NODE_LIST);
    for (size_t k = 0; list && k < count; k++) {
        const struct gd_stage *stage = steps[k].stage;
        const struct gd_pipeline *inner = steps[k].pipeline;
        if (extent->ended || &steps[k] == extent->end) {
            extent->ended = true;
            break;
        }
        if (stage && stage->last)
            continue;
        const char *word = gd_step_word(&steps[k]);
        struct gd_node *step = add(tree, list, NULL, GD_NODE_MAP);
        struct gd_node *map = step ? add(tree, step, word, GD_NODE_MAP) : NULL;
        if (!map || !(inner ? add_pipeline(tree, map, &steps[k]) : add_params(tree, pipeline, map, &steps[k])))
            return false;
        map->stage = stage;
        if (!stage && !inner && !add_steps(tree, extent, map, steps[k].steps, steps[k].count))
            return false;
        if (!add_text(tree, step, "id", steps[k].id))
            return false;
        extent->ended |= inner && is_in(extent->end, inner->steps, inner->count);
    }
    return list != NULL;
}

/* All plugins, also those that the command line named: the pipeline as it ran needs them. */
static bool add_plugins(struct gd_tree *tree, const struct gd_pipeline *pipeline)
{
    size_t count;
    const struct gd_plugin_file *files = gd_registry_plugins(pipeline->registry, &count);
    struct gd_node *list = count ? add(tree, tree->root, "plugins", GD_NODE_LIST) : NULL;
    for (size_t k = 0; list && k < count; k++)
        if (!add_text(tree, list, NULL, files[k].path))
            return false;
    return list || !count;
}

/* The sections that run last. One that is switched off would run again if it were not written. */
static bool add_last(struct gd_tree *tree, const struct gd_pipeline *pipeline)
{
    const struct gd_stage *const *stages = gd_registry_stages(pipeline->registry);
    for (size_t k = 0; k < pipeline->count; k++)
        if (pipeline->steps[k].stage && pipeline->steps[k].stage->last &&
            !add_section(tree, pipeline, tree->root, &pipeline->steps[k]))
            return false;
    for (; *stages; stages++) {
        const struct gd_node *node = (*stages)->last ? gd_node_get(pipeline->tree.root, (*stages)->name) : NULL;
        if (node && gd_node_off(node) && !add_text(tree, tree->root, (*stages)->name, gd_off_words[0]))
            return false;
    }
    return true;
}

static bool add_root(struct gd_tree *tree, struct extent *extent)
{
    const struct gd_pipeline *pipeline = extent->pipeline;
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)pipeline->seed);
    const char *copy = gd_arena_string(&tree->arena, seed, strlen(seed));
    tree->root = gd_node_new(tree, GD_NODE_MAP, nowhere);
    if (!copy || !tree->root || !add_text(tree, tree->root, "godiff", "1") ||
        !add_text(tree, tree->root, "name", pipeline->name) || !add_text(tree, tree->root, "seed", copy) ||
        !add_plugins(tree, pipeline))
        return false;
    for (size_t k = 0; k < pipeline->section_count; k++)
        if (!add_section(tree, pipeline, tree->root, &pipeline->sections[k]))
            return false;
    return (extent->end || add_last(tree, pipeline)) &&
           add_steps(tree, extent, tree->root, pipeline->steps, pipeline->count);
}

/* Where the values were written; what is a default, with what it belongs to. */
static void locate(struct gd_node *node, const struct gd_node *source, struct gd_place otherwise)
{
    node->place = node->key_place = source ? source->place : otherwise;
    const struct gd_node *item = source && source->kind == GD_NODE_LIST ? source->children : NULL;
    for (struct gd_node *child = node->children; child; child = child->next) {
        locate(child, child->key ? gd_node_get(source, child->key) : item, node->place);
        item = item ? item->next : NULL;
    }
}

bool gd_pipeline_tree(const struct gd_pipeline *pipeline, struct gd_tree *tree)
{
    struct extent extent = {pipeline, NULL, false};
    const bool made = add_root(tree, &extent);
    if (made)
        locate(tree->root, pipeline->tree.root, nowhere);
    return made;
}

bool gd_pipeline_section_tree(const struct gd_pipeline *pipeline, const struct gd_step *section, struct gd_tree *tree)
{
    tree->root = gd_node_new(tree, GD_NODE_MAP, nowhere);
    const bool made = tree->root && add_section(tree, pipeline, tree->root, section);
    if (made)
        locate(tree->root, pipeline->tree.root, nowhere);
    return made;
}

char *gd_pipeline_yaml(const struct gd_pipeline *pipeline)
{
    return gd_pipeline_yaml_before(pipeline, NULL);
}

char *gd_pipeline_yaml_before(const struct gd_pipeline *pipeline, const struct gd_step *end)
{
    struct gd_tree tree = {0};
    struct extent extent = {pipeline, end, false};
    char *text = add_root(&tree, &extent) ? gd_tree_write_yaml(tree.root) : NULL;
    gd_tree_clear(&tree);
    return text;
}
