/* Selection `tournament`: again and again the lowest of a few structures that are drawn at random among those left. */
#include <stdlib.h>

#include "engine/base/memory.h"
#include "stages/selection.h"

struct params {
    int64_t size;
};

static const struct gd_param rows[] = {
    {.name = "size",
     .type = GD_INT,
     .offset = offsetof(struct params, size),
     .initial = "3",
     .min = 1,
     .max = 1e6,
     .help = "structures in a tournament; 1: chosen at random"},
    {0},
};

/* The place in left [count] of the winner. */
static size_t hold(const struct gd_candidates *candidates, const size_t *left, size_t count, int64_t size)
{
    const double *energies = candidates->set->energies;
    size_t winner = gd_stream_below(candidates->stream, count);
    for (int64_t n = 1; n < size; n++) {
        const size_t other = gd_stream_below(candidates->stream, count);
        if (energies[left[other]] < energies[left[winner]])
            winner = other;
    }
    return winner;
}

static enum gd_status choose(const void *params, const struct gd_candidates *candidates, size_t keep, size_t *chosen,
                             size_t *count, struct gd_error *error)
{
    const struct params *given = params;
    size_t left = candidates->set->count, *places = gd_array(left, sizeof *places);
    if (!places)
        return gd_no_memory(error, "structures to choose from");
    for (size_t k = 0; k < left; k++)
        places[k] = k;
    for (*count = 0; *count < keep; ++*count) {
        const size_t winner = hold(candidates, places, left, given->size);
        chosen[*count] = places[winner];
        places[winner] = places[--left];
    }
    free(places);
    return GD_OK;
}

const struct gd_selection_class gd_selection_tournament = {
    .base = {.name = "tournament",
             .summary = "Each the lowest of a few that are drawn at random.",
             .params = rows,
             .size = sizeof(struct params)},
    .choose = choose,
};
