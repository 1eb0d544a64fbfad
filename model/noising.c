#include "model/noising.h"

void gd_noise_structure(const struct gd_system *system, const struct gd_process *process, double t,
                        struct gd_stream *stream, double *positions, float *target)
{
    gd_noise_structure_with(system, process, t, stream, positions, target, NULL);
}

/* Reflects a vector as the atom that has gone to a point is reflected on its way back. */
static void reflect_along(const struct gd_system *system, const double point[3], double *vector)
{
    double copy[3] = {point[0], point[1], point[2]};
    gd_system_confine(system, copy, vector);
}

void gd_noise_structure_with(const struct gd_system *system, const struct gd_process *process, double t,
                             struct gd_stream *stream, double *positions, float *target, double *vectors)
{
    double spread = gd_process_spread(process, t);
    for (size_t i = system->fixed; i < system->structure.count; i++, target += 3) {
        double *point = positions + 3 * i, noise[3];
        for (int axis = 0; axis < 3; axis++) {
            noise[axis] = gd_stream_normal(stream);
            point[axis] += spread * noise[axis];
        }
        if (vectors)
            reflect_along(system, point, vectors + 3 * (i - system->fixed));
        gd_system_confine(system, point, noise);
        for (int axis = 0; axis < 3; axis++)
            target[axis] = (float)noise[axis];
    }
}
