/* Balls of one, two and three dimensions, of which regions are made: an interval along an axis, a disc across one, a
 * sphere. Compiled for the host and for the kernels of cuda/. */
#ifndef GD_ATOMS_BALL_H
#define GD_ATOMS_BALL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __CUDACC__
#define GD_BALL_FUNCTION static inline __host__ __device__
#else
#define GD_BALL_FUNCTION static inline
#endif

#define GD_REGION_PARTS 8 /* at most */

/* The points whose distance from the centre, along the axes of the ball alone, is at most the radius. */
struct gd_ball {
    int axes;                 /* bits 0 to 2: x, y, z */
    double centre[3], radius; /* Å */
};

/* The points that are in all of its balls, no two of which share an axis. */
struct gd_region_part {
    int count;
    struct gd_ball balls[3];
};

/* Distance of a point from the centre, and the unit vector outward; the latter is 0 at the centre. */
GD_BALL_FUNCTION double gd_ball_outward(const struct gd_ball *ball, const double point[3], double outward[3])
{
    double squared = 0;
    for (int axis = 0; axis < 3; axis++) {
        outward[axis] = ball->axes >> axis & 1 ? point[axis] - ball->centre[axis] : 0;
        squared += outward[axis] * outward[axis];
    }
    const double distance = sqrt(squared);
    for (int axis = 0; axis < 3 && distance > 0; axis++)
        outward[axis] /= distance;
    return distance;
}

/* Puts a point at `along` (Å) from the centre in the direction `outward`. */
GD_BALL_FUNCTION void gd_ball_place(const struct gd_ball *ball, const double outward[3], double along, double point[3])
{
    for (int axis = 0; axis < 3; axis++)
        if (ball->axes >> axis & 1)
            point[axis] = ball->centre[axis] + along * outward[axis];
}

/* Reflects a point at the wall, along the line through the centre, until it is inside; after an odd number of
 * reflections `vector`, unless NULL, is reflected at the plane that touches the wall. */
GD_BALL_FUNCTION void gd_ball_reflect(const struct gd_ball *ball, double point[3], double *vector)
{
    double outward[3];
    const double radius = ball->radius, distance = gd_ball_outward(ball, point, outward);
    if (!(distance > radius))
        return;
    double along = fmod(distance + radius, 4 * radius);
    const bool turned = along > 2 * radius;
    if (turned)
        along = 4 * radius - along;
    gd_ball_place(ball, outward, fmin(fmax(along - radius, -radius), radius), point);
    if (!turned || !vector)
        return;
    const double normal = vector[0] * outward[0] + vector[1] * outward[1] + vector[2] * outward[2];
    for (int axis = 0; axis < 3; axis++)
        vector[axis] -= 2 * normal * outward[axis];
}

GD_BALL_FUNCTION bool gd_part_contains(const struct gd_region_part *part, const double point[3])
{
    double unused[3];
    for (int k = 0; k < part->count; k++)
        if (gd_ball_outward(&part->balls[k], point, unused) > part->balls[k].radius)
            return false;
    return true;
}

GD_BALL_FUNCTION void gd_part_reflect(const struct gd_region_part *part, double point[3], double *vector)
{
    for (int k = 0; k < part->count; k++)
        gd_ball_reflect(&part->balls[k], point, vector);
}

/* Reflects a point that is in none of the parts at the walls of the one that moves it least; of several that move it as
 * far but for rounding, the first. There are such ties: an even number of reflections moves a point by 4 n radii. */
GD_BALL_FUNCTION void gd_parts_reflect(const struct gd_region_part *parts, int count, double point[3], double *vector)
{
    double least = INFINITY;
    int nearest = 0;
    for (int k = 0; k < count; k++) {
        double moved[3] = {point[0], point[1], point[2]}, squared = 0;
        if (gd_part_contains(&parts[k], point))
            return;
        gd_part_reflect(&parts[k], moved, NULL);
        for (int axis = 0; axis < 3; axis++)
            squared += (moved[axis] - point[axis]) * (moved[axis] - point[axis]);
        if (squared < (1 - 1e-9) * least) {
            least = squared;
            nearest = k;
        }
    }
    if (count > 0)
        gd_part_reflect(&parts[nearest], point, vector);
}

#endif
