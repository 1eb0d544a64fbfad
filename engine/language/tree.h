/* The pipeline tree: what a reader (YAML, Lua) makes of a file, with the place of everything in it. */
#ifndef GD_ENGINE_TREE_H
#define GD_ENGINE_TREE_H

#include "engine/base/error.h"
#include "engine/base/memory.h"

struct gd_stage;

enum gd_node_kind { GD_NODE_SCALAR, GD_NODE_LIST, GD_NODE_MAP, GD_NODE_FUNCTION };

/* One value. The children of a list or map are linked; those of a map have keys. */
struct gd_node {
    enum gd_node_kind kind;
    struct gd_place place;        /* of the value */
    const char *key;              /* in a map, else NULL */
    struct gd_place key_place;    /* of the key */
    const char *text;             /* scalar: as written, without quotes; function: what to call it in messages */
    bool quoted;                  /* scalar: written in quotes (a string whatever it looks like), */
    bool single;                  /* in single ones */
    void *function;               /* function: struct gd_function, owned by whoever made the tree */
    const struct gd_stage *stage; /* map of a step's parameters: a script's own stage, which no registry names */
    struct gd_node *children, *last, *next;
    size_t count; /* children */
};

/* A file's nodes and the memory they live in. */
struct gd_tree {
    struct gd_arena arena;
    const char *file; /* as the user named it */
    struct gd_node *root;
    const char *source;     /* the text of the script whose functions and stages the tree holds; NULL: it holds none */
    struct gd_owned *owned; /* what lives as long as the tree */
};

/* Reads YAML: one document of plain block and flow style, no anchors, aliases, tags, merge keys or repeated keys; at
 * most 64 levels, 1,000 keys in a map, 1,000,000 values and 16 MiB. Problems go to `problems`, each with its place.
 * GD_BAD_INPUT when there was one. */
enum gd_status gd_tree_read_yaml(struct gd_tree *tree, const char *file, struct gd_problems *problems);

/* The same from memory; `file` is the name used in messages. */
enum gd_status gd_tree_parse_yaml(struct gd_tree *tree, const char *file, const char *text, size_t length,
                                  struct gd_problems *problems);

/* The same for one value that stands in no file (--set, a default): `origin` is the whole place of its nodes, line 0.
 */
enum gd_status gd_tree_parse_value(struct gd_tree *tree, const char *origin, const char *text,
                                   struct gd_problems *problems);

/* A node and all below it as YAML, without regard to places; what was read from such a text gives that text again. New
 * string, free with free(); NULL when out of memory. */
char *gd_tree_write_yaml(const struct gd_node *root);

/* A node and all below it as JSON: plain words that are numbers, true, false or empty as such, all else as strings. New
 * string, free with free(); NULL when out of memory. */
char *gd_node_json(const struct gd_node *node);

/* Makes `thing` live as long as the tree: released by gd_tree_clear, last come first. False when out of memory; it then
 * stays the caller's. */
bool gd_tree_own(struct gd_tree *tree, void *thing, void (*release)(void *thing));

void gd_tree_clear(struct gd_tree *tree);

/* The child of a map with this key, or NULL. */
struct gd_node *gd_node_get(const struct gd_node *map, const char *key);

/* Makes a node in the tree's memory; NULL when out of memory. */
struct gd_node *gd_node_new(struct gd_tree *tree, enum gd_node_kind kind, struct gd_place place);

/* Appends a child (key NULL for lists). Keys are borrowed. */
void gd_node_append(struct gd_node *parent, struct gd_node *child, const char *key, struct gd_place key_place);

/* A copy of a node and all below it in the tree's memory, without key or neighbours; texts, functions and places are
 * shared. NULL when out of memory. */
struct gd_node *gd_node_copy(struct gd_tree *tree, const struct gd_node *node);

/* True for a scalar that says nothing: empty, ~ or null, without quotes. */
bool gd_node_empty(const struct gd_node *node);

/* The words that switch off what is optional: none and off; NULL-ended. */
extern const char *const gd_off_words[];

/* True for a scalar that is one of them, or says nothing. */
bool gd_node_off(const struct gd_node *node);

/* "a scalar", "a list", ... for messages. */
const char *gd_node_kind_name(const struct gd_node *node);

#endif
