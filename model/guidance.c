/* What all guidances share. */
#include "model/guidance.h"

#include <math.h>

#include "atoms/lbfgs.h"

const struct gd_kind gd_kind_guidance = {
    .name = "guidance",
    .summary = "moves along forces between the steps of a sampler",
    .form = GD_WRAPPED,
    .callbacks =
        (const size_t[]){offsetof(struct gd_guidance_class, strength), offsetof(struct gd_guidance_class, memory),
                         offsetof(struct gd_guidance_class, move), 0},
};

bool gd_guidance_acts(const struct gd_guidance_class *type, const void *params)
{
    return type->strength(params, 0) >= GD_GUIDANCE_MIN;
}

double gd_fading_strength(const void *fading, double t)
{
    return pow(1 - t, ((const struct gd_fading *)fading)->exponent);
}

void gd_fading_limit(const struct gd_fading *fading, double t, double (*move)[3], size_t atoms)
{
    gd_move_limit(move, atoms, fading->cap);
    gd_vectors_scale(move, atoms, fading->scale * gd_fading_strength(fading, t));
}
