/* The nodes of the pipeline tree. */
#include "engine/language/tree.h"

#include <string.h>

/* Something owned, in memory of the arena. */
struct gd_owned {
    void *thing;
    void (*release)(void *thing);
    struct gd_owned *next;
};

bool gd_tree_own(struct gd_tree *tree, void *thing, void (*release)(void *thing))
{
    struct gd_owned *owned = gd_arena_alloc(&tree->arena, 1, sizeof *owned);
    if (!owned)
        return false;
    *owned = (struct gd_owned){thing, release, tree->owned};
    tree->owned = owned;
    return true;
}

void gd_tree_clear(struct gd_tree *tree)
{
    if (!tree)
        return;
    for (struct gd_owned *owned = tree->owned; owned; owned = owned->next)
        owned->release(owned->thing);
    gd_arena_clear(&tree->arena);
    *tree = (struct gd_tree){0};
}

struct gd_node *gd_node_get(const struct gd_node *map, const char *key)
{
    if (!map || map->kind != GD_NODE_MAP)
        return NULL;
    for (struct gd_node *child = map->children; child; child = child->next)
        if (!strcmp(child->key, key))
            return child;
    return NULL;
}

struct gd_node *gd_node_new(struct gd_tree *tree, enum gd_node_kind kind, struct gd_place place)
{
    struct gd_node *node = gd_arena_alloc(&tree->arena, 1, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->place = place;
    if (kind == GD_NODE_SCALAR)
        node->text = "";
    return node;
}

void gd_node_append(struct gd_node *parent, struct gd_node *child, const char *key, struct gd_place key_place)
{
    child->key = key;
    child->key_place = key_place;
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->children = child;
    parent->last = child;
    parent->count++;
}

struct gd_node *gd_node_copy(struct gd_tree *tree, const struct gd_node *node)
{
    struct gd_node *copy = gd_node_new(tree, node->kind, node->place);
    if (!copy)
        return NULL;
    *copy = *node;
    copy->key = NULL;
    copy->children = copy->last = copy->next = NULL;
    copy->count = 0;
    for (const struct gd_node *child = node->children; child; child = child->next) {
        struct gd_node *below = gd_node_copy(tree, child);
        if (!below)
            return NULL;
        gd_node_append(copy, below, child->key, child->key_place);
    }
    return copy;
}

bool gd_node_empty(const struct gd_node *node)
{
    return node->kind == GD_NODE_SCALAR && !node->quoted &&
           (!*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null"));
}

const char *const gd_off_words[] = {"none", "off", NULL};

bool gd_node_off(const struct gd_node *node)
{
    size_t k = 0;
    if (node->kind != GD_NODE_SCALAR || gd_node_empty(node))
        return node->kind == GD_NODE_SCALAR;
    while (gd_off_words[k] && strcmp(gd_off_words[k], node->text) != 0)
        k++;
    return gd_off_words[k] != NULL;
}

const char *gd_node_kind_name(const struct gd_node *node)
{
    static const char *const names[] = {"a scalar", "a list", "a map", "a function"};
    return names[node->kind];
}
