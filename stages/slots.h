/* The slots of a search: what its state consists of. */
#ifndef GD_STAGES_SLOTS_H
#define GD_STAGES_SLOTS_H

#include "atoms/structure.h"
#include "engine/run/state.h"

extern const struct gd_slot *const gd_slots[]; /* NULL-ended */

/* Why a structure was not taken; the value of the slot `rejected`. */
enum gd_reason { GD_CLASH, GD_NOT_FINITE, GD_BELOW_FLOOR, GD_NOT_ACCEPTED, GD_NO_ENERGY, GD_REASONS };

extern const char *const gd_reason_names[]; /* NULL-ended */

struct gd_rejects {
    struct gd_set set;
    int32_t *reasons; /* [set.count] enum gd_reason */
    size_t capacity;
    char **words; /* [failed] what the potential said of those with the reason GD_NO_ENERGY, in their order */
    size_t failed, words_capacity;
};

/* None yet, of the atoms of a set; NULL when out of memory. */
struct gd_rejects *gd_rejects_new(const struct gd_set *like, struct gd_error *error);

/* Appends structure `k` of `from` with its reason, which is not GD_NO_ENERGY. */
enum gd_status gd_rejects_append(struct gd_rejects *rejects, const struct gd_set *from, size_t k, enum gd_reason reason,
                                 struct gd_error *error);

/* Appends structure `k` of `from`, on which the potential has failed with these words. */
enum gd_status gd_rejects_append_failed(struct gd_rejects *rejects, const struct gd_set *from, size_t k,
                                        const char *words, struct gd_error *error);
void gd_rejects_free(void *rejects); /* accepts NULL */

#endif
