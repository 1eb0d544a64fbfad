/* What the files of parameter reading share. */
#ifndef GD_ENGINE_PARAMS_PRIV_H
#define GD_ENGINE_PARAMS_PRIV_H

#include "engine/language/params.h"

struct gd_kind;

/* Where the reading of parameters is: the keys that lead here, and what it works with. A scope lives on the stack. */
struct gd_scope {
    const struct gd_scope *up;
    const char *key; /* NULL: adds nothing to the path */
    const struct gd_registry *registry;
    struct gd_arena *arena;
    struct gd_problems *problems;
};

/* The scope of a key inside `scope`. */
struct gd_scope gd_scope_in(const struct gd_scope *scope, const char *key);

/* Each reports one problem, led by the path of the scope, and returns GD_BAD_INPUT, or GD_NO_MEMORY. */
enum gd_status gd_problem_report(const struct gd_scope *scope, struct gd_place place, const char *format, ...)
    GD_PRINTF(3, 4);
/* ... followed by what the row expects. */
enum gd_status gd_mismatch(const struct gd_scope *scope, const struct gd_param *row, struct gd_place place,
                           const char *format, ...) GD_PRINTF(4, 5);
/* unknown `what` "word"; did you mean "..."? (accepted: ...) */
enum gd_status gd_report_unknown(const struct gd_scope *scope, struct gd_place place, const char *what,
                                 const char *word, const char *const *names);

/* `text` fit for a message: cut to some 60 bytes, without control characters. */
struct gd_quote {
    char text[80];
};
struct gd_quote gd_quote(const char *text);

/* What a row accepts, such as "an integer from 1 to 10", added to `text`. */
void gd_params_expect(const struct gd_registry *registry, const struct gd_param *row, struct gd_text *text);

/* What is wrong with the `needs` of a row among `rows`; NULL: nothing. */
const char *gd_needs_fault(const struct gd_param *rows, const char *needs);

/* Warns of what `map` sets, against its default, although it has no effect on the values that were read from it. */
void gd_needs_check(const struct gd_scope *scope, const struct gd_param *rows, const struct gd_node *map,
                    const void *values);

/* The keys from the outermost to the scope's, joined by dots; a new string, NULL when out of memory. */
char *gd_scope_path(const struct gd_scope *scope);

/* The bytes of one value; 0 for a group, whose rows have sizes. */
size_t gd_type_size(enum gd_type type);

/* Whether a name can stand in a pipeline: lower-case letters, digits, _ and -, a letter first. NULL is not. */
bool gd_name_valid(const char *name);

/* The first byte after what the rows fill. */
size_t gd_params_extent(const struct gd_param *rows);

/* Keeps the graver of two, so that a walk can continue after bad input: no memory, bad input, fine. */
void gd_status_combine(enum gd_status *status, enum gd_status other);

/* gd_params_parse without a look at unknown keys. `map` NULL: defaults only. */
enum gd_status gd_rows_read(const struct gd_scope *scope, const struct gd_param *rows, const struct gd_node *map,
                            struct gd_place place, void *values);

/* gd_params_parse; the key `also` is known beside those of the rows, but not parsed here. NULL: none. */
enum gd_status gd_rows_parse(const struct gd_scope *scope, const struct gd_param *rows, const char *also,
                             const struct gd_node *node, struct gd_place place, void *values);

/* Reports the keys of a map that are not among the NULL-ended names. */
enum gd_status gd_keys_check(const struct gd_scope *scope, const struct gd_node *map, const char *const *names);

/* The value of a row that is left out: its default. */
enum gd_status gd_default_parse(const struct gd_scope *scope, const struct gd_param *row, void *value);

/* A path, relative to the folder of the file that names it; *path is resolved, in the arena. */
enum gd_status gd_path_parse(const struct gd_scope *scope, const struct gd_node *node, const char **path);

/* The path as a person would name it: without the current folder. */
const char *gd_path_shown(const char *path);

/* What was written: the component's name, and the map of its parameters. */
struct gd_written_params {
    const char *name;
    struct gd_place place;      /* of the name */
    const struct gd_node *node; /* of the parameters; NULL: none are written */
    const char *tag;            /* key of `node` that is not a parameter; NULL: none */
    const char *key;            /* that leads to them in messages; NULL: none */
};

/* Finds the component of a kind that a node names, with room for its parameters. choice->component NULL: a function. */
enum gd_status gd_choice_find(const struct gd_scope *scope, const char *kind, const struct gd_node *node,
                              struct gd_choice *choice, struct gd_written_params *written);

enum gd_status gd_choice_parse(const struct gd_scope *scope, const char *kind, const struct gd_node *node,
                               struct gd_choice *choice);

/* The name of the component that a node chooses, in the form of its kind; NULL when it names none, more than one, or
 * is a script's function. */
const char *gd_choice_name(const struct gd_registry *registry, const struct gd_kind *kind, const struct gd_node *node);

/* Whether the component's first row carries its own name, so that the row can stand for it. NULL does not. */
bool gd_component_leads(const struct gd_component *component);

/* The names of a kind's components, NULL-ended, in the arena of the scope; NULL when out of memory. */
const char *const *gd_component_names(const struct gd_scope *scope, const char *kind);

/* The values as nodes under `map`, defaults written out, ready to be parsed again; optional values that are zero are
 * left out. False when out of memory. */
bool gd_rows_write(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *rows,
                   const void *values, struct gd_node *map);
/* The same of the default of one row; GD_BAD_INPUT when it has none and is required. */
enum gd_status gd_default_write(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_param *row,
                                struct gd_node *map);
struct gd_node *gd_choice_write(struct gd_tree *tree, const struct gd_registry *registry, const char *kind,
                                const struct gd_choice *choice);

#endif
