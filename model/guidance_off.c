/* Guidance `off`: none. */
#include <string.h>

#include "model/guidance.h"

static double strength(const void *params, double t)
{
    (void)params, (void)t;
    return 0;
}

static int memory(const void *params)
{
    (void)params;
    return 0;
}

static void move(const void *params, const struct gd_guided *structure, double (*to)[3])
{
    (void)params;
    memset(to, 0, structure->atoms * sizeof *to);
}

const struct gd_guidance_class gd_guidance_off = {
    .base = {.name = "off", .summary = "the steps of the sampler alone"},
    .strength = strength,
    .memory = memory,
    .move = move,
};
