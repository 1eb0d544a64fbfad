/* Guidance `step`: Δx = scale (1 - t)^ζ r F after every step, where r F as a whole is no longer than `cap`. */
#include <string.h>

#include "atoms/lbfgs.h"
#include "model/guidance.h"

struct params {
    struct gd_fading fading;
    double rate;
};

static const struct gd_param rows[] = {
    GD_SCALE_ROW("1"),
    GD_EXPONENT_ROW,
    {.name = "rate",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, rate),
     .initial = "0.03",
     .min = 0,
     .max = 10,
     .unit = "Å²/eV",
     .help = "move r F of an atom by its force F"},
    GD_CAP_ROW,
    {0},
};

static int memory(const void *params)
{
    (void)params;
    return 0;
}

static void move(const void *params, const struct gd_guided *structure, double (*to)[3])
{
    const struct params *own = params;
    memcpy(to, structure->forces, structure->atoms * sizeof *to);
    gd_vectors_scale(to, structure->atoms, own->rate);
    gd_fading_limit(&own->fading, structure->time, to, structure->atoms);
}

const struct gd_guidance_class gd_guidance_step = {
    .base = {.name = "step", .summary = "moves along the forces", .params = rows, .size = sizeof(struct params)},
    .strength = gd_fading_strength,
    .memory = memory,
    .move = move,
};
