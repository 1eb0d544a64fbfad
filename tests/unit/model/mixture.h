/* A target whose score is known in closed form at every time, for tests and measurements of samplers.
 *
 * Two mobile atoms over one template atom, in a small periodic cell and a narrow window: noise of 2 Å makes everything
 * uniform, so that samplers start exactly where they should. The slowest mode left is exp(-2π² σ²/SIDE²) = 1.5e-4 in
 * the plane and 1e-6 between the walls. The six coordinates follow a mixture of two normal distributions, wrapped in
 * the plane and reflected in z; one place of the first atom is so near the lower wall that the reflection matters. */
#ifndef GD_TESTS_MIXTURE_H
#define GD_TESTS_MIXTURE_H

#include "model/sampler.h"

#define MIXTURE_SIDE 3.0
enum { MIXTURE_PLACES = 2, MIXTURE_COORDINATES = 6 };

extern const double mixture_window[2];
extern const double mixture_shares[MIXTURE_PLACES];

struct mixture {
    const struct gd_process *process;
    double widths[MIXTURE_PLACES]; /* Å; standard deviations */
};

/* The cell, the window, one platinum atom fixed and `mobile` gold atoms. */
enum gd_status mixture_system(struct gd_system *system, size_t mobile, struct gd_error *error);

/* The evaluate of a gd_score with a struct mixture as its `self`. */
enum gd_status mixture_score(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error);

/* The chance that coordinate c of a place is below x, and that of the mixture. */
double mixture_below(const struct mixture *mixture, int place, int c, double x);
double mixture_cdf(const struct mixture *mixture, int c, double x);

/* An exact draw. positions: [3][3]. */
void mixture_draw(const struct mixture *mixture, const struct gd_system *system, struct gd_stream *stream,
                  double *positions);

/* Coordinate c (0 to 3 mobile - 1) of structure k. */
double mixture_coordinate(const struct gd_set *set, size_t k, size_t c);

#endif
