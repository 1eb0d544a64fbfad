/* Move `swap`: mobile atoms of two different species exchange their places. */
#include <string.h>

#include "stages/move.h"

struct swap {
    int64_t pairs;
};

static const struct gd_param rows[] = {
    {.name = "pairs",
     .type = GD_INT,
     .offset = offsetof(struct swap, pairs),
     .initial = "1",
     .min = 1,
     .max = 1e6,
     .help = "how many pairs exchange their places, one after the other"},
    {0},
};

static size_t count_others(const struct gd_system *system, size_t atom)
{
    const int *species = system->structure.species;
    size_t count = 0;
    for (size_t i = system->fixed; i < system->structure.count; i++)
        count += species[i] != species[atom];
    return count;
}

/* The mobile atom with number `n` of those that are not of the species of `atom`. */
static size_t find_other(const struct gd_system *system, size_t atom, size_t n)
{
    const int *species = system->structure.species;
    size_t i = system->fixed;
    while (species[i] == species[atom] || n-- > 0)
        i++;
    return i;
}

/* Exchanges two atoms; of all pairs of different species those are as likely whose first atom is. */
static bool swap_one(struct gd_proposal *proposal)
{
    const struct gd_system *system = proposal->system;
    const size_t atom = system->fixed + gd_stream_below(proposal->stream, gd_system_mobile(system));
    const size_t others = count_others(system, atom);
    if (others == 0)
        return false;
    const size_t other = find_other(system, atom, gd_stream_below(proposal->stream, others));
    double kept[3];
    memcpy(kept, proposal->positions[atom], sizeof kept);
    memcpy(proposal->positions[atom], proposal->positions[other], sizeof kept);
    memcpy(proposal->positions[other], kept, sizeof kept);
    return true;
}

static enum gd_status move(const void *params, struct gd_proposal *proposal, struct gd_error *error)
{
    const struct swap *swap = params;
    (void)error;
    for (int64_t k = 0; k < swap->pairs; k++)
        proposal->moved = swap_one(proposal) || proposal->moved;
    return GD_OK;
}

static enum gd_status check(const void *params, const struct gd_system *system, struct gd_error *error)
{
    (void)params;
    return count_others(system, system->fixed) > 0
               ? GD_OK
               : gd_fail(error, GD_BAD_INPUT, "the mobile atoms are all of one species: none can be swapped");
}

const struct gd_move_class gd_move_swap = {
    .base = {.name = "swap",
             .summary = "mobile atoms of two different species exchange their places",
             .params = rows,
             .size = sizeof(struct swap)},
    .move = move,
    .check = check,
};
