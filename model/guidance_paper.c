/* Guidance `paper`: Δx = α Δt (1 - t)^ζ p of equation 7 of arXiv:2510.13448, with the constants that were published:
 * α 0.2, ζ 3, memory 10, each atom's p no longer than 0.1 Å. With 500 steps it moves no atom farther than 0.005 Å in
 * all. */
#include <math.h>

#include "atoms/vector.h"
#include "model/guidance.h"

#define ALPHA    0.2
#define EXPONENT 3
#define MEMORY   10
#define CAP      0.1 /* Å */

static double strength(const void *params, double t)
{
    (void)params;
    return pow(1 - t, EXPONENT);
}

static int memory(const void *params)
{
    (void)params;
    return MEMORY;
}

static void move(const void *params, const struct gd_guided *structure, double (*to)[3])
{
    double factor = ALPHA * structure->pace * strength(params, structure->time);
    for (size_t i = 0; i < structure->atoms; i++) {
        double length = gd_length(structure->direction[i]), limit = length > CAP ? CAP / length : 1;
        for (int axis = 0; axis < 3; axis++)
            to[i][axis] = factor * limit * structure->direction[i][axis];
    }
}

const struct gd_guidance_class gd_guidance_paper = {
    .base = {.name = "paper", .summary = "the published corrector with its constants"},
    .strength = strength,
    .memory = memory,
    .move = move,
};
