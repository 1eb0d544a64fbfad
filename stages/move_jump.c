/* Move `jump`: one mobile atom goes to another place at the surface, next to another mobile atom or a template one. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "stages/growth_rows.h"
#include "stages/move.h"

struct jump {
    struct gd_growth growth; /* its tries are of the whole move */
};

static const struct gd_param rows[] = {
    GD_GROWTH_ROWS(struct gd_growth),
    {.name = "tries",
     .type = GD_INT,
     .offset = offsetof(struct gd_growth, tries),
     .initial = "1000",
     .min = 1,
     .max = 1e9,
     .help = "places that are tried before the atom stays where it is"},
    {0},
};

/* A mobile atom other than `atom`; `atom` itself if there is no other. */
static size_t draw_other(struct gd_proposal *proposal, size_t atom)
{
    const size_t first = proposal->system->fixed, mobile = gd_system_mobile(proposal->system);
    if (mobile == 1)
        return atom;
    const size_t other = first + gd_stream_below(proposal->stream, mobile - 1);
    return other < atom ? other : other + 1;
}

/* A lone atom is placed anywhere in the window, next to the template. */
static bool try_place(const struct jump *jump, struct gd_proposal *proposal, const bool *there, size_t atom)
{
    const struct gd_system *system = proposal->system;
    const size_t other = draw_other(proposal, atom);
    if (other != atom)
        return gd_growth_attach(&jump->growth, system, proposal->stream, proposal->positions, there, atom, other);
    gd_system_draw(system, proposal->stream, proposal->positions[atom]);
    return gd_growth_suits(&jump->growth, system, (const double(*)[3])proposal->positions, there, atom);
}

static enum gd_status move(const void *params, struct gd_proposal *proposal, struct gd_error *error)
{
    const struct jump *jump = params;
    const size_t count = proposal->system->structure.count;
    const size_t atom = proposal->system->fixed + gd_stream_below(proposal->stream, gd_system_mobile(proposal->system));
    double start[3];
    bool *there = gd_array(count, sizeof *there);
    if (!there)
        return gd_no_memory(error, "a jump");
    memset(there, true, count * sizeof *there);
    memcpy(start, proposal->positions[atom], sizeof start);
    for (int64_t k = 0; k < jump->growth.tries && !proposal->moved; k++)
        proposal->moved = try_place(jump, proposal, there, atom);
    if (!proposal->moved)
        memcpy(proposal->positions[atom], start, sizeof start);
    free(there);
    return GD_OK;
}

static enum gd_status check(const void *params, const struct gd_system *system, struct gd_error *error)
{
    const struct jump *jump = params;
    return gd_growth_check(&jump->growth, system, error);
}

const struct gd_move_class gd_move_jump = {
    .base = {.name = "jump",
             .summary = "one mobile atom goes to another place, next to an atom and without overlap",
             .params = rows,
             .size = sizeof(struct jump)},
    .move = move,
    .check = check,
};
