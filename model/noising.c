#include "model/noising.h"

void gd_noise_structure(const struct gd_system *system, const struct gd_process *process, double t,
                        struct gd_stream *stream, double *positions, float *target)
{
    double spread = gd_process_spread(process, t);
    for (size_t i = system->fixed; i < system->structure.count; i++, target += 3) {
        double *point = positions + 3 * i, noise[3];
        for (int axis = 0; axis < 3; axis++) {
            noise[axis] = gd_stream_normal(stream);
            point[axis] += spread * noise[axis];
        }
        gd_system_confine(system, point, noise);
        for (int axis = 0; axis < 3; axis++)
            target[axis] = (float)noise[axis];
    }
}
