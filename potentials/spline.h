/* Functions tabulated at equal steps from 0: the local cubic spline of LAMMPS, whose slope at a point comes from two
 * values on either side, cubic Hermite between. */
#ifndef GD_POTENTIALS_SPLINE_H
#define GD_POTENTIALS_SPLINE_H

#include <stddef.h>

#define GD_SPLINE_FEWEST 5 /* points that a table needs */

/* A point's value, and its slope times the step. */
struct gd_spline_point {
    double value, slope;
};

/* A view of points that someone else keeps. */
struct gd_spline {
    const struct gd_spline_point *points; /* [count] */
    size_t count;
    double step;
};

/* Fills the slopes of points [count] from their values. */
void gd_spline_set_slopes(struct gd_spline_point *points, size_t count);

double gd_spline_end(const struct gd_spline *spline); /* the argument of the last point */

/* The value at x, and *slope, its derivative: beyond the last point those of that point, below 0 by the first cubic. */
double gd_spline_value(const struct gd_spline *spline, double x, double *slope);

#endif
