/* Guidance `lbfgs`: Δx = scale (1 - t)^ζ p after every step, with p the L-BFGS direction of the forces along the
 * trajectory, as a whole no longer than `cap`. Unlike equation 7 of arXiv:2510.13448, α acts per step and not per unit
 * of time, so that it moves atoms at all (docs/guidance.md). */
#include <string.h>

#include "model/guidance.h"

struct params {
    struct gd_fading fading;
    int64_t memory;
};

static const struct gd_param rows[] = {
    GD_SCALE_ROW("0.2"),
    GD_EXPONENT_ROW,
    {.name = "memory",
     .type = GD_INT,
     .offset = offsetof(struct params, memory),
     .initial = "10",
     .min = 1,
     .max = 1000,
     .help = "pairs of displacements and forces that are remembered"},
    GD_CAP_ROW,
    {0},
};

static int memory(const void *params)
{
    return (int)((const struct params *)params)->memory;
}

static void move(const void *params, const struct gd_guided *structure, double (*to)[3])
{
    const struct params *own = params;
    memcpy(to, structure->direction, structure->atoms * sizeof *to);
    gd_fading_limit(&own->fading, structure->time, to, structure->atoms);
}

const struct gd_guidance_class gd_guidance_lbfgs = {
    .base = {.name = "lbfgs",
             .summary = "moves along the L-BFGS direction of the forces, one history per structure",
             .params = rows,
             .size = sizeof(struct params)},
    .strength = gd_fading_strength,
    .memory = memory,
    .move = move,
};
