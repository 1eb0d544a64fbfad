/* Acceptance rules: which valid structures join the archive. Components of kind "acceptance". */
#ifndef GD_STAGES_ACCEPTANCE_H
#define GD_STAGES_ACCEPTANCE_H

#include "atoms/structure.h"
#include "engine/language/registry.h"
#include "engine/run/state.h"

struct gd_acceptance_class {
    struct gd_component base;
    /* Whether structure `k` of the set, evaluated and valid, is taken. */
    bool (*accepts)(const void *params, const struct gd_set *set, size_t k, const struct gd_state *state);
};

extern const struct gd_acceptance_class *const gd_acceptances[]; /* NULL-ended */

#endif
