#include "engine/base/symmetric.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/base/sort.h"

enum { STEPS = 30 }; /* QR steps for an eigenvalue; two are enough as a rule */

/* A = Q T Qᵀ with a tridiagonal T, and T = Zᵀ D Z. */
struct factors {
    size_t n;
    double *a;                 /* [n][n]: A; in row k behind the diagonal stays vector k of the reflections of Q */
    double *z;                 /* [n][n] rows are eigenvectors of T; NULL: not needed */
    double *diagonal, *beside; /* [n] of T, then D and zeros */
    double *factor;            /* [n] β of the reflections 1 - β v vᵀ */
    double *spare;             /* [n] */
};

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += a[k] * b[k];
    return sum;
}

/* Makes row k zero behind the entry beside the diagonal, by a reflection from both sides. */
static void reflect(const struct factors *f, size_t k)
{
    const size_t n = f->n, m = n - k - 1;
    double *v = f->a + k * n + k + 1, *w = f->spare;
    const double length = sqrt(dot(v, v, m)), entry = v[0] > 0 ? -length : length;
    f->beside[k] = entry;
    f->factor[k] = length > 0 ? 1 / (length * (length + fabs(v[0]))) : 0;
    v[0] -= entry;
    for (size_t i = 0; i < m; i++)
        w[i] = f->factor[k] * dot(f->a + (k + 1 + i) * n + k + 1, v, m);
    const double half = f->factor[k] * dot(w, v, m) / 2;
    for (size_t i = 0; i < m; i++)
        w[i] -= half * v[i];
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++)
            f->a[(k + 1 + i) * n + k + 1 + j] -= v[i] * w[j] + w[i] * v[j];
}

static void tridiagonalise(const struct factors *f)
{
    for (size_t k = 0; k + 1 < f->n; k++)
        reflect(f, k);
    for (size_t k = 0; k < f->n; k++)
        f->diagonal[k] = f->a[k * f->n + k];
}

/* x = x - β v (v·x) for reflection k */
static void apply(const struct factors *f, size_t k, double *x)
{
    const size_t m = f->n - k - 1;
    const double *v = f->a + k * f->n + k + 1, part = f->factor[k] * dot(v, x + k + 1, m);
    for (size_t i = 0; i < m; i++)
        x[k + 1 + i] -= part * v[i];
}

/* Eigenvectors k and k+1, as T. */
static void rotate(const struct factors *f, size_t k, double c, double s)
{
    double *one = f->z + k * f->n, *other = one + f->n;
    for (size_t i = 0; i < f->n; i++) {
        const double value = one[i];
        one[i] = c * value + s * other[i];
        other[i] = c * other[i] - s * value;
    }
}

/* One step on rows low .. high of T, which become more diagonal, from the end on. */
static void step(const struct factors *f, size_t low, size_t high)
{
    double *d = f->diagonal, *e = f->beside;
    const double half = (d[high - 1] - d[high]) / 2, last = e[high - 1];
    double x = d[low] - (d[high] - last * last / (half + copysign(hypot(half, last), half))), z = e[low];
    for (size_t k = low; k < high; k++) {
        const double r = hypot(x, z), c = r > 0 ? x / r : 1, s = r > 0 ? z / r : 0;
        const double a = d[k], b = d[k + 1], o = e[k];
        if (k > low)
            e[k - 1] = r;
        d[k] = c * c * a + 2 * c * s * o + s * s * b;
        d[k + 1] = s * s * a - 2 * c * s * o + c * c * b;
        e[k] = x = c * s * (b - a) + (c * c - s * s) * o;
        if (k + 1 < high) {
            z = s * e[k + 1];
            e[k + 1] *= c;
        }
        if (f->z)
            rotate(f, k, c, s);
    }
}

/* Whether entry k beside the diagonal is as good as zero. */
static int is_negligible(const struct factors *f, size_t k)
{
    return !(fabs(f->beside[k]) > DBL_EPSILON * (fabs(f->diagonal[k]) + fabs(f->diagonal[k + 1])));
}

static void set_identity(const struct factors *f)
{
    memset(f->z, 0, f->n * f->n * sizeof *f->z);
    for (size_t k = 0; k < f->n; k++)
        f->z[k * f->n + k] = 1;
}

static void diagonalise(const struct factors *f)
{
    size_t high = f->n - 1, steps = 0;
    while (high > 0 && steps++ < STEPS * f->n) {
        size_t low = high;
        while (low > 0 && !is_negligible(f, low - 1))
            low--;
        if (low == high)
            high--;
        else
            step(f, low, high);
    }
}

/* x = Σ z (z·x) / |d| */
static void divide(const struct factors *f, double *x)
{
    memset(f->spare, 0, f->n * sizeof *f->spare);
    for (size_t k = 0; k < f->n; k++) {
        const double *z = f->z + k * f->n, part = dot(z, x, f->n) / fabs(f->diagonal[k]);
        for (size_t i = 0; i < f->n; i++)
            f->spare[i] += part * z[i];
    }
    memcpy(x, f->spare, f->n * sizeof *x);
}

void gd_symmetric_solve(const double *matrix, size_t n, double *x, double *workspace)
{
    double *rest = workspace + 2 * n * n;
    const struct factors f = {n, workspace, workspace + n * n, rest, rest + n, rest + 2 * n, rest + 3 * n};
    memcpy(f.a, matrix, n * n * sizeof *f.a);
    tridiagonalise(&f);
    set_identity(&f);
    diagonalise(&f);
    for (size_t k = 0; k + 1 < n; k++)
        apply(&f, k, x);
    divide(&f, x);
    for (size_t k = n - 1; k-- > 0;)
        apply(&f, k, x);
}

void gd_symmetric_eigenvalues(double *matrix, size_t n, double *values, double *workspace)
{
    const struct factors f = {n, matrix, NULL, values, workspace, workspace + n, workspace + 2 * n};
    if (n == 0)
        return;
    tridiagonalise(&f);
    diagonalise(&f);
    gd_sort(values, n);
}
