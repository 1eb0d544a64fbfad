/* The parameters of the noise `ve`. */
#ifndef GD_MODEL_NOISE_VE_H
#define GD_MODEL_NOISE_VE_H

#include "model/process.h"

/* How σ grows from `min` at t = 0 to `max` at t = 1:
 *   linear       min + (max - min) t
 *   exponential  min (max / min)^t
 *   cosine       min + (max - min) (1 - cos πt) / 2 */
enum gd_schedule { GD_LINEAR, GD_EXPONENTIAL, GD_COSINE, GD_SCHEDULES };

struct gd_ve_params {
    int schedule;    /* enum gd_schedule */
    double min, max; /* Å, 0 < min < max */
};

extern const struct gd_noise_class gd_noise_ve;

#endif
