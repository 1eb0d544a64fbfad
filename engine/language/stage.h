/* A stage: one constant descriptor with its parameters, the slots it reads and writes, and its callbacks. */
#ifndef GD_ENGINE_STAGE_H
#define GD_ENGINE_STAGE_H

#include "engine/language/params.h"

struct gd_check;
struct gd_context;

/* How a stage uses a slot: the lists of struct gd_stage. */
enum gd_use { GD_READS, GD_EITHER, GD_MAY_READ, GD_WRITES };

struct gd_stage {
    const char *name, *summary;
    bool section;                  /* a top-level section of the pipeline (system, potential, ...) rather than a step */
    bool required;                 /* section: every pipeline has it */
    bool last;                     /* section: it runs after the last step, not before the first; the outermost pipeline
                                      has it, with its defaults, where all that it reads is written */
    const char *self;              /* section: the value itself is a component of this kind, parsed into a gd_choice */
    const struct gd_param *params; /* NULL: none */
    size_t size;                   /* of the instance; the rows fill its beginning, the rest starts as zeros */

    /* The slots that it touches, NULL-ended; NULL: none. A run fails after a stage that has touched others. */
    const char *const *reads;    /* must have values before it */
    const char *const *either;   /* one of them at least must have a value before it; the others may be looked at */
    const char *const *may_read; /* looked at when they have values */
    const char *const *writes;   /* may be written, and looked at */

    /* Every callback but run may be NULL. */
    /* Whether with these parameters it uses one of its slots in this way. NULL: it uses all. */
    bool (*uses)(const void *self, const char *slot, enum gd_use use);
    /* For a stage whose rows and slots depend on how it is written (`node`: its parameters, overrides applied): sets
     * *stage to the descriptor that takes its place, of the same name, which lives as long as the tree. */
    enum gd_status (*resolve)(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_node *node,
                              const struct gd_stage **stage, struct gd_problems *problems);
    void (*check)(struct gd_check *check, const void *self); /* more than the rows can say; reports, never fails */
    enum gd_status (*start)(struct gd_context *context, void *self); /* once, before the step's first run */
    enum gd_status (*run)(struct gd_context *context, void *self);
    void (*stop)(void *self); /* once, also after a failed start */
};

/* The stage's list of slots for a use, NULL-ended; NULL: none. */
const char *const *gd_stage_slots(const struct gd_stage *stage, enum gd_use use);

/* Whether a slot is in that list, and used with the parameters `self`; NULL: with some parameters. */
bool gd_stage_uses(const struct gd_stage *stage, const void *self, const char *slot, enum gd_use use);

/* Whether with the parameters `self` (NULL: with some) it looks at the value of a slot before it: it must, or may. */
bool gd_stage_looks(const struct gd_stage *stage, const void *self, const char *slot);

#endif
