#include "stages/eigenvalues.h"

#include <float.h>
#include <math.h>

/* The vector v of the reflection 1 - 2 v vᵀ/(v·v) that leaves of column k below the diagonal its first number alone,
 * which is returned. v: [count], zeros up to k. */
static double reflection(size_t count, const double *matrix, size_t k, double *v)
{
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        v[i] = i > k ? matrix[i * count + k] : 0;
    for (size_t i = k + 1; i < count; i++)
        squares += v[i] * v[i];
    const double left = -copysign(sqrt(squares), v[k + 1]);
    v[k + 1] -= left;
    return left;
}

/* matrix becomes H matrix H, of which only rows and columns after k are needed further. p: room, [count]. */
static void reflect(size_t count, double *matrix, size_t k, const double *v, double *p)
{
    double squares = 0, product = 0;
    for (size_t i = k + 1; i < count; i++)
        squares += v[i] * v[i];
    if (squares == 0)
        return;
    for (size_t i = k + 1; i < count; i++) {
        p[i] = 0;
        for (size_t j = k + 1; j < count; j++)
            p[i] += 2 / squares * matrix[i * count + j] * v[j];
        product += p[i] * v[i];
    }
    for (size_t i = k + 1; i < count; i++)
        p[i] -= product / squares * v[i];
    for (size_t i = k + 1; i < count; i++)
        for (size_t j = k + 1; j < count; j++)
            matrix[i * count + j] -= v[i] * p[j] + p[i] * v[j];
}

/* How many eigenvalues of the tridiagonal matrix are below x. */
static size_t count_below(size_t count, const double *diagonal, const double *beside, double x)
{
    size_t below = 0;
    double pivot = 1;
    for (size_t i = 0; i < count; i++) {
        double former = i ? beside[i - 1] * beside[i - 1] / pivot : 0;
        pivot = diagonal[i] - x - former;
        if (fabs(pivot) < DBL_MIN)
            pivot = -DBL_MIN;
        below += pivot < 0;
    }
    return below;
}

/* Eigenvalue number k, which lies between low and high. */
static double bisect(size_t count, const double *diagonal, const double *beside, size_t k, double low, double high)
{
    for (double middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2)
        if (count_below(count, diagonal, beside, middle) > k)
            high = middle;
        else
            low = middle;
    return (low + high) / 2;
}

void gd_eigenvalues(size_t count, double *matrix, double *values, double *room)
{
    double *diagonal = room, *beside = room + count, *v = values, *p = room + 2 * count;
    double bound = 0;
    for (size_t k = 0; k < count; k++) {
        if (k + 1 < count)
            beside[k] = reflection(count, matrix, k, v);
        diagonal[k] = matrix[k * count + k];
        if (k + 1 < count)
            reflect(count, matrix, k, v, p);
    }
    for (size_t k = 0; k < count; k++) /* Gershgorin's circles */
        bound = fmax(bound, fabs(diagonal[k]) + (k ? fabs(beside[k - 1]) : 0) + (k + 1 < count ? fabs(beside[k]) : 0));
    for (size_t k = 0; k < count; k++)
        values[k] = bisect(count, diagonal, beside, k, -1.01 * bound - DBL_MIN, 1.01 * bound + DBL_MIN);
}
