/* Guidance `lbfgs`: Δx = scale (1 - t)^ζ p after every step, with p the L-BFGS direction of the forces along the
 * trajectory, as a whole no longer than `cap`. Unlike equation 7 of arXiv:2510.13448, α acts per step and not per unit
 * of time, so that it moves atoms at all (docs/guidance.md). */
#include <math.h>
#include <string.h>

#include "atoms/lbfgs.h"
#include "model/guidance.h"

struct params {
    double scale, exponent, cap;
    int64_t memory;
};

static const struct gd_param rows[] = {
    {.name = "scale",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, scale),
     .initial = "0.2",
     .min = 0,
     .max = 10,
     .help = "factor α of a move"},
    GD_EXPONENT_ROW(struct params),
    {.name = "memory",
     .type = GD_INT,
     .offset = offsetof(struct params, memory),
     .initial = "10",
     .min = 1,
     .max = 1000,
     .help = "pairs of displacements and forces that are remembered"},
    {.name = "cap",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, cap),
     .initial = "0.1",
     .min = 0,
     .max = 10,
     .above_min = true,
     .unit = "Å",
     .help = "longest move of an atom in a step, before the factor; the whole structure's move is scaled down to it"},
    {0},
};

static double strength(const void *params, double t)
{
    return pow(1 - t, ((const struct params *)params)->exponent);
}

static int memory(const void *params)
{
    return (int)((const struct params *)params)->memory;
}

static void move(const void *params, const struct gd_guided *structure, double (*to)[3])
{
    const struct params *own = params;
    double factor = own->scale * strength(params, structure->time);
    memcpy(to, structure->direction, structure->atoms * sizeof *to);
    gd_move_limit(to, structure->atoms, own->cap);
    gd_vectors_scale(to, structure->atoms, factor);
}

const struct gd_guidance_class gd_guidance_lbfgs = {
    .base = {.name = "lbfgs",
             .summary = "moves along the L-BFGS direction of the forces, one history per structure",
             .params = rows,
             .size = sizeof(struct params)},
    .strength = strength,
    .memory = memory,
    .move = move,
};
