/* Targets: what counts as a hit. Components of kind "target"; the value of the slot `target`. */
#ifndef GD_STAGES_TARGET_H
#define GD_STAGES_TARGET_H

#include "atoms/system.h"
#include "engine/language/registry.h"
#include "engine/run/context.h"
#include "engine/run/function.h"

struct gd_target_class;

/* The beginning of every target. */
struct gd_target {
    const struct gd_target_class *type; /* NULL: a script's function */
    struct gd_function *function;
};

struct gd_target_class {
    struct gd_component base;
    /* A new target, freed with free(): one block of memory. The caller sets its type. */
    enum gd_status (*create)(const void *params, const struct gd_system *system, struct gd_target **target,
                             struct gd_error *error);
    /* True when an evaluated structure of the system is a hit. From one thread. */
    bool (*hit)(struct gd_target *target, const struct gd_system *system, const struct gd_structure *structure);
    /* The energy below which no structure is a hit, eV. NULL: there is none. */
    double (*lowest)(const struct gd_target *target);
    /* Warns of what is doubtful in parameters that are in order. May be NULL. */
    void (*check)(const void *params, struct gd_check *check);
};

enum { GD_TARGET_TEXT = 256 }; /* room for a warning */

extern const struct gd_target_class *const gd_targets[]; /* NULL-ended */

/* Whether structure `k` of the set, evaluated, is a hit. */
enum gd_status gd_target_hit(const struct gd_context *context, struct gd_target *target, const struct gd_set *set,
                             size_t k, bool *hit);

/* Whether the first structure of `best`, which may be NULL or empty, is too low in energy to be a hit of the target,
 * which may be NULL; text [size]: the warning for it. */
bool gd_target_is_passed(const struct gd_target *target, const struct gd_set *best, char *text, size_t size);

#endif
