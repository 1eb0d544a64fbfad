/* Parameter rows: the one home of a parameter's name, type, unit, default, range, choices and help.
 *
 * A row says where its value goes in a zeroed struct (offset). Parsing, validation, `godiff stages`, the documentation
 * tables, pipeline.yaml with its defaults written out, and the JSON schema all come from the rows. */
#ifndef GD_ENGINE_PARAMS_H
#define GD_ENGINE_PARAMS_H

#include <stdint.h>

#include "engine/language/tree.h"

struct gd_registry;
struct gd_component;

enum gd_type {
    GD_INT,       /* int64_t; count > 1: int64_t[count] */
    GD_FLOAT,     /* double; count > 1: double[count] */
    GD_BOOL,      /* bool; count > 1: bool[count] */
    GD_STRING,    /* const char *, NULL when absent; lives in the arena given to gd_params_parse */
    GD_PATH,      /* const char *, relative to the folder of the file that names it; resolved */
    GD_CHOICE,    /* int: index into choices */
    GD_SUBSET,    /* uint64_t: bit k for choices[k]; a list of one or more of them */
    GD_MAP,       /* const char *: any map, as JSON; NULL when absent; arena memory as for GD_STRING */
    GD_COMPONENT, /* struct gd_choice: one component of the kind named by `kind` */
    GD_GROUP,     /* nested struct, described by `rows` */
    GD_PATHS,     /* const char *const *: a path or a list of one or more, as GD_PATH, NULL-ended; NULL when absent */
};

struct gd_param {
    const char *name;
    enum gd_type type;
    size_t offset;
    int count;                   /* fixed number of list items; 0 and 1 both mean one value */
    const char *initial;         /* the default as it would be written; NULL: none (see optional) */
    bool optional;               /* without a default: may be left out (zero, NULL or no component) */
    double min, max;             /* numbers: accepted range, both ends included; both 0: any finite number */
    bool above_min;              /* numbers: min itself is not accepted */
    const char *path_with;       /* GD_STRING: a text with this in it is a path, or begins with one; NULL: none is */
    const char *const *choices;  /* GD_CHOICE, GD_SUBSET (at most 64): names, NULL-ended */
    const char *kind;            /* GD_COMPONENT */
    const struct gd_param *rows; /* GD_GROUP: ended by a row without name */
    enum gd_status (*accepts)(const char *text, struct gd_error *error); /* text and paths: what more must hold */
    /* When the value has an effect; else one that is written gives a warning. "adapt": when the row of this name beside
     * it is not zero, off or left out; "from=growth": when it is this choice or component; "finish.steps": of a row in
     * a group; "a|b": any of them; "!by", "!curve=constant": none of them. NULL: always. */
    const char *needs;
    const char *unit;     /* "Å", "eV", ...; NULL: none */
    const char *help;     /* one sentence */
    bool resource;        /* how the work is done, not what comes of it: a run may go on with another value */
    const char *example;  /* a value for a quick trial, as it would be written; NULL: the default is one */
    const char *words_in; /* GD_STRING: its words may be names of files, in the folder that the GD_PATH row of this name
                             beside it gives, or in the current one without; NULL: they are none */
};

/* The value of a GD_COMPONENT row. component NULL: left out. */
struct gd_choice {
    const struct gd_component *component;
    void *params;               /* parsed by the component's own rows; arena memory */
    const struct gd_node *node; /* where it was written; NULL for a default */
    void *function;             /* a script's function instead of a name, or NULL */
};

/* Fills `values` (zeroed, as described by `rows`) from a map node, defaults included. `node` NULL: defaults only, and
 * `place` is where missing parameters are reported. Unknown keys (with the nearest name), wrong types and values out
 * of range each give one problem. What `values` points to lives in `arena`. */
enum gd_status gd_params_parse(const struct gd_param *rows, const struct gd_registry *registry,
                               const struct gd_node *node, struct gd_place place, void *values, struct gd_arena *arena,
                               struct gd_problems *problems);

/* One component of a kind from a node; see struct gd_kind for the forms it may be written in. */
enum gd_status gd_component_parse(const char *kind, const struct gd_registry *registry, const struct gd_node *node,
                                  struct gd_choice *choice, struct gd_arena *arena, struct gd_problems *problems);

/* Checks the rows themselves, as registration does: unique names, help, default of its type and inside the range.
 * `owner` names them in the message. */
enum gd_status gd_params_verify(const struct gd_param *rows, const char *owner, struct gd_error *error);

/* The row of a name; NULL: there is none, or rows is NULL. */
const struct gd_param *gd_param_find(const struct gd_param *rows, const char *name);

/* Whether the row can be left out and then has no value; a group, whether all of it can. */
bool gd_row_dispensable(const struct gd_param *row);

/* Whether the row of `values` has another value than its default. */
bool gd_param_differs(const struct gd_registry *registry, const struct gd_param *row, const void *values);

/* What `needs` of a row says: "with from: growth", "without by". A new string, NULL when out of memory. */
char *gd_needs_text(const char *needs);

/* The place of a key ("window.above") in a map, or of the deepest part of it that was written, or `otherwise`. */
struct gd_place gd_params_place(const struct gd_node *node, const char *path, struct gd_place otherwise);

/* `accepts` of a path to something that is to be read. */
enum gd_status gd_path_readable(const char *path, struct gd_error *error);

#endif
