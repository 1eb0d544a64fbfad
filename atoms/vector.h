/* Three numbers in space. */
#ifndef GD_ATOMS_VECTOR_H
#define GD_ATOMS_VECTOR_H

#include <math.h>

static inline double gd_dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline double gd_length(const double a[3])
{
    return sqrt(gd_dot(a, a));
}

static inline void gd_cross(const double a[3], const double b[3], double product[3])
{
    product[0] = a[1] * b[2] - a[2] * b[1];
    product[1] = a[2] * b[0] - a[0] * b[2];
    product[2] = a[0] * b[1] - a[1] * b[0];
}

/* The unit vector with an azimuth, and a polar angle of this cosine. */
static inline void gd_set_direction(double unit[3], double azimuth, double cosine)
{
    const double sine = sqrt(1 - cosine * cosine);
    unit[0] = sine * cos(azimuth);
    unit[1] = sine * sin(azimuth);
    unit[2] = cosine;
}

/* to += factor · from */
static inline void gd_add_scaled(double to[3], double factor, const double from[3])
{
    for (int axis = 0; axis < 3; axis++)
        to[axis] += factor * from[axis];
}

#endif
