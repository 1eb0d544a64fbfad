#include "potentials/spline.h"

#include <math.h>

void gd_spline_set_slopes(struct gd_spline_point *points, size_t count)
{
    struct gd_spline_point *last = &points[count - 1];
    points[0].slope = points[1].value - points[0].value;
    points[1].slope = (points[2].value - points[0].value) / 2;
    for (size_t k = 2; k + 2 < count; k++)
        points[k].slope =
            (points[k - 2].value - points[k + 2].value + 8 * (points[k + 1].value - points[k - 1].value)) / 12;
    last[-1].slope = (last[0].value - last[-2].value) / 2;
    last[0].slope = last[0].value - last[-1].value;
}

double gd_spline_end(const struct gd_spline *spline)
{
    return (double)(spline->count - 1) * spline->step;
}

double gd_spline_value(const struct gd_spline *spline, double x, double *slope)
{
    double at = x / spline->step, last = (double)(spline->count - 2);
    double k = at > 0 ? fmin(floor(at), last) : 0, p = fmin(at - k, 1);
    const struct gd_spline_point *from = &spline->points[(size_t)k], *to = from + 1;
    double rise = to->value - from->value;
    double square = 3 * rise - 2 * from->slope - to->slope, cube = from->slope + to->slope - 2 * rise;
    *slope = ((3 * cube * p + 2 * square) * p + from->slope) / spline->step;
    return ((cube * p + square) * p + from->slope) * p + from->value;
}
