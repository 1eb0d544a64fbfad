/* What can be named in a pipeline: stages, components of a kind (potentials, curves, samplers, ...) and slots. */
#ifndef GD_ENGINE_REGISTRY_H
#define GD_ENGINE_REGISTRY_H

#include "engine/language/params.h"

struct gd_stage;
struct gd_slot;

/* One implementation of a kind. Embed it as the first member of the kind's own descriptor. */
struct gd_component {
    const char *name, *summary;
    const struct gd_param *params; /* NULL: none */
    size_t size;                   /* of the struct the rows fill */
};

/* How a kind's components are written:
 *   GD_WRAPPED   {emt: {}} or just emt                      name, then parameters
 *   GD_TAGGED    {build: fcc111, symbol: Pt}                `tag` holds the name, parameters beside it
 *   GD_LEADING   {bonds: a.extxyz, scale: 1.1}              the component whose name is a key; that key is also its
 *                                                           first row
 * A GD_TAGGED kind also accepts the GD_LEADING form ({file: slab.extxyz}). */
enum gd_form { GD_WRAPPED, GD_TAGGED, GD_LEADING };

struct gd_kind {
    const char *name, *summary;
    enum gd_form form;
    const char *tag;      /* GD_TAGGED */
    const char *function; /* the arguments of a script's function that may stand for a component, such as "k, n, state";
                             NULL: none may */
    const size_t *callbacks; /* offsets of the functions that a component's descriptor must have, 0-ended; NULL: none */
    size_t slots;            /* offset of its NULL-ended list of names of slots (const char *const *); 0: none */
};

struct gd_registry;

/* What the scripts of one job have used, all together: their reader counts in it, and holds it to its limits. */
struct gd_script_usage {
    size_t bytes;         /* held now */
    int64_t instructions; /* while they were read */
    int64_t nanoseconds;  /* of processor time while they were read */
};

/* How files whose names end in `extension` (".lua") become trees. */
struct gd_reader {
    const char *extension;
    enum gd_status (*read)(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                           struct gd_problems *problems);
};

struct gd_registry *gd_registry_new(void); /* NULL when out of memory */
void gd_registry_free(struct gd_registry *registry);

/* Registration verifies the descriptor (rows, unique name) and keeps a pointer to it. */
enum gd_status gd_registry_add_kind(struct gd_registry *, const struct gd_kind *, struct gd_error *);
enum gd_status gd_registry_add_component(struct gd_registry *, const char *kind, const struct gd_component *,
                                         struct gd_error *);
enum gd_status gd_registry_add_stage(struct gd_registry *, const struct gd_stage *, struct gd_error *);
enum gd_status gd_registry_add_slot(struct gd_registry *, const struct gd_slot *, struct gd_error *);

enum gd_status gd_registry_add_reader(struct gd_registry *, const struct gd_reader *, struct gd_error *);

/* Verifies a stage that is not to be registered, as registration would, but for its name, which may be taken. */
enum gd_status gd_registry_verify_stage(const struct gd_registry *, const struct gd_stage *, struct gd_error *);

/* Reads a pipeline by the reader of its extension; YAML when there is none. Free the tree with gd_tree_clear in any
 * case. GD_BAD_INPUT when there was a problem. */
enum gd_status gd_registry_read(const struct gd_registry *, const char *file, struct gd_tree *tree,
                                struct gd_problems *problems);

const struct gd_kind *gd_registry_kind(const struct gd_registry *, const char *name);
const struct gd_component *gd_registry_component(const struct gd_registry *, const char *kind, const char *name);
const struct gd_stage *gd_registry_stage(const struct gd_registry *, const char *name);

/* NULL-ended lists in the order of registration, owned by the registry. */
const struct gd_stage *const *gd_registry_stages(const struct gd_registry *);
const struct gd_slot *const *gd_registry_slots(const struct gd_registry *);
size_t gd_registry_slot_count(const struct gd_registry *);
const struct gd_kind *const *gd_registry_kinds(const struct gd_registry *);
const struct gd_component *const *gd_registry_components(const struct gd_registry *, const char *kind);

/* That of the job, owned by the registry. */
struct gd_script_usage *gd_registry_script_usage(const struct gd_registry *);

/* Index of a slot in gd_registry_slots, or -1. */
int gd_registry_slot_index(const struct gd_registry *, const char *name);

#endif
