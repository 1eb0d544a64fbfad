/* Guidance `step`: Δx = scale (1 - t)^ζ r F after every step, where r F as a whole is no longer than `cap`. */
#include <math.h>
#include <string.h>

#include "atoms/lbfgs.h"
#include "model/guidance.h"

struct params {
    double scale, exponent, rate, cap;
};

static const struct gd_param rows[] = {
    {.name = "scale",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, scale),
     .initial = "1",
     .min = 0,
     .max = 10,
     .help = "factor α of a move"},
    GD_EXPONENT_ROW(struct params),
    {.name = "rate",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, rate),
     .initial = "0.03",
     .min = 0,
     .max = 10,
     .unit = "Å²/eV",
     .help = "move r F of an atom by its force F"},
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
    (void)params;
    return 0;
}

static void move(const void *params, const struct gd_guided *structure, double (*to)[3])
{
    const struct params *own = params;
    double factor = own->scale * strength(params, structure->time);
    memcpy(to, structure->forces, structure->atoms * sizeof *to);
    gd_vectors_scale(to, structure->atoms, own->rate);
    gd_move_limit(to, structure->atoms, own->cap);
    gd_vectors_scale(to, structure->atoms, factor);
}

const struct gd_guidance_class gd_guidance_step = {
    .base = {.name = "step", .summary = "moves along the forces", .params = rows, .size = sizeof(struct params)},
    .strength = strength,
    .memory = memory,
    .move = move,
};
