/* Criterion `diverse`: natural selection by energy and distance. The population has a size; a new structure takes the
 * place of the highest one, or of those that are the same as it is and higher: Vilhelmsen and Hammer, J. Chem. Phys.
 * 141, 044711 (2014). */
#include <stdlib.h>

#include "engine/base/memory.h"
#include "stages/criterion.h"
#include "stages/fingerprint.h"

struct diverse {
    int64_t size;
    struct gd_choice fingerprint;
};

static const struct gd_param rows[] = {
    {.name = "size",
     .type = GD_INT,
     .offset = offsetof(struct diverse, size),
     .initial = "20",
     .min = 1,
     .max = 1e7,
     .help = "most structures of the population"},
    {.name = "fingerprint",
     .type = GD_COMPONENT,
     .offset = offsetof(struct diverse, fingerprint),
     .kind = "fingerprint",
     .initial = "energy-distances",
     .help = "what tells structures apart, and how near they must be to count as the same"},
    {0},
};

/* The population as it grows: numbers of structures of the generation. */
struct members {
    const struct gd_generation *generation;
    struct gd_fingerprints prints;
    size_t *numbers; /* [generation->set->count] */
    size_t count;
    enum gd_outcome *outcomes;
};

static void drop(struct members *members, size_t place, enum gd_outcome why)
{
    members->outcomes[members->numbers[place]] = why;
    members->numbers[place] = members->numbers[--members->count];
}

static bool same(const struct members *members, size_t k, size_t place)
{
    return gd_fingerprint_same(&members->prints, k, &members->prints, members->numbers[place]);
}

/* Whether a member that is the same is not higher. */
static bool is_known(const struct members *members, size_t k)
{
    const double *energies = members->generation->set->energies;
    for (size_t place = 0; place < members->count; place++)
        if (energies[members->numbers[place]] <= energies[k] && same(members, k, place))
            return true;
    return false;
}

/* Drops the members that are the same as one that is lower than each of them. */
static void drop_known(struct members *members, size_t k)
{
    for (size_t place = members->count; place-- > 0;)
        if (same(members, k, place))
            drop(members, place, GD_CHAIN_SAME);
}

static size_t highest(const struct members *members)
{
    const double *energies = members->generation->set->energies;
    size_t place = 0;
    for (size_t other = 1; other < members->count; other++)
        if (energies[members->numbers[other]] > energies[members->numbers[place]])
            place = other;
    return place;
}

static void try_member(struct members *members, size_t k, size_t size)
{
    const double *energies = members->generation->set->energies;
    if (is_known(members, k)) {
        members->outcomes[k] = GD_CHAIN_SAME;
        return;
    }
    drop_known(members, k);
    if (members->count == size) {
        const size_t place = highest(members);
        if (energies[members->numbers[place]] <= energies[k]) {
            members->outcomes[k] = GD_CHAIN_REJECTED;
            return;
        }
        drop(members, place, GD_CHAIN_REJECTED);
    }
    members->outcomes[k] = GD_CHAIN_ACCEPTED;
    members->numbers[members->count++] = k;
}

static enum gd_status renew(const void *params, const struct gd_generation *generation, enum gd_outcome *outcomes,
                            struct gd_error *error)
{
    const struct diverse *diverse = params;
    struct members members = {.generation = generation, .outcomes = outcomes};
    members.numbers = gd_array(generation->set->count, sizeof *members.numbers);
    enum gd_status status = members.numbers ? GD_OK : gd_no_memory(error, "the population");
    if (!status)
        status = gd_fingerprints_make(&members.prints, &diverse->fingerprint, generation->system, generation->set,
                                      generation->threads, error);
    for (size_t k = 0; k < generation->set->count && !status; k++)
        try_member(&members, k, (size_t)diverse->size);
    gd_fingerprints_clear(&members.prints);
    free(members.numbers);
    return status;
}

const struct gd_criterion_class gd_criterion_diverse = {
    .base = {.name = "diverse",
             .summary = "the lowest structures of both, no two of them the same",
             .params = rows,
             .size = sizeof(struct diverse)},
    .renew = renew,
};
