/* Move `rattle`: some or all mobile atoms are displaced at random. */

#include "stages/move.h"

enum distribution { UNIFORM, GAUSSIAN };

static const char *const distributions[] = {"uniform", "gaussian", NULL};

struct rattle {
    double amplitude;
    int distribution;
    int64_t atoms;
};

static const struct gd_param rows[] = {
    {.name = "amplitude",
     .type = GD_FLOAT,
     .offset = offsetof(struct rattle, amplitude),
     .initial = "0.4",
     .max = 1000,
     .above_min = true,
     .unit = "Å",
     .help = "largest displacement along each axis, or its standard deviation"},
    {.name = "distribution",
     .type = GD_CHOICE,
     .offset = offsetof(struct rattle, distribution),
     .choices = distributions,
     .initial = "uniform",
     .help = "of the displacement along each axis"},
    {.name = "atoms",
     .type = GD_INT,
     .offset = offsetof(struct rattle, atoms),
     .initial = "0",
     .min = 0,
     .max = 1e7,
     .help = "how many atoms are displaced, chosen at random; 0: all"},
    {0},
};

/* Displaces each atom with the chance with which `wanted` of those that are left contain it, so that exactly `wanted`
 * are displaced and all choices are equally likely (Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S). */
static enum gd_status move(const void *params, struct gd_proposal *proposal, struct gd_error *error)
{
    const struct rattle *rattle = params;
    const double amplitude = rattle->amplitude * proposal->step;
    const size_t mobile = gd_system_mobile(proposal->system);
    size_t wanted = rattle->atoms > 0 && (uint64_t)rattle->atoms < mobile ? (size_t)rattle->atoms : mobile;
    (void)error;
    for (size_t k = 0; k < mobile; k++) {
        if (wanted < mobile - k && gd_stream_below(proposal->stream, mobile - k) >= wanted)
            continue;
        wanted--;
        for (int axis = 0; axis < 3; axis++)
            proposal->positions[proposal->system->fixed + k][axis] +=
                amplitude * (rattle->distribution == UNIFORM ? 2 * gd_stream_uniform(proposal->stream) - 1
                                                             : gd_stream_normal(proposal->stream));
    }
    proposal->moved = true;
    return GD_OK;
}

const struct gd_move_class gd_move_rattle = {
    .base = {.name = "rattle",
             .summary = "displaces some or all mobile atoms at random",
             .params = rows,
             .size = sizeof(struct rattle)},
    .move = move,
};
