/* The parameters of the noise `vp`. */
#ifndef GD_MODEL_NOISE_VP_H
#define GD_MODEL_NOISE_VP_H

#include "model/process.h"

struct gd_vp_params {
    int schedule;              /* of β: 0, linear, is the only one */
    double beta_min, beta_max; /* β at t = 0 and 1, 0 < beta_min < beta_max */
};

extern const struct gd_noise_class gd_noise_vp;

#endif
