/* Selections: which structures of a set are kept, by their energies. Components of kind "selection". */
#ifndef GD_STAGES_SELECTION_H
#define GD_STAGES_SELECTION_H

#include "atoms/system.h"
#include "engine/base/random.h"
#include "engine/language/registry.h"

/* Structures to choose from. */
struct gd_candidates {
    const struct gd_system *system;
    const struct gd_set *set; /* all with finite positions and energies */
    double temperature;       /* eV, of the slot; 0: it has no value */
    struct gd_stream *stream;
    int threads;
};

struct gd_selection_class {
    struct gd_component base;
    /* Chooses `keep` of more structures, or fewer where a parameter says so: *count of them, chosen [keep], all
     * different and in any order. GD_BAD_INPUT when it needs a temperature. */
    enum gd_status (*choose)(const void *params, const struct gd_candidates *candidates, size_t keep, size_t *chosen,
                             size_t *count, struct gd_error *error);
    /* Whether with these parameters it needs the slot `temperature`. NULL: it does not. */
    bool (*needs_temperature)(const void *params);
};

extern const struct gd_kind gd_kind_selection;
extern const struct gd_selection_class *const gd_selections[]; /* NULL-ended */

/* The places of the structures in the set, the lowest energy first: order [set->count]. */
void gd_selection_sort(const struct gd_set *set, size_t *order);

#endif
