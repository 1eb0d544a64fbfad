/* Slabs of an fcc crystal with any surface, cut as by ase.build.surface of the Atomic Simulation Environment (Larsen et
 * al., J. Phys.: Condens. Matter 29, 273002 (2017)): two short lattice vectors in the plane and one that leads to the
 * next plane, by Bézout's identity. */
#include <math.h>
#include <stdlib.h>

#include "atoms/build_priv.h"
#include "atoms/vector.h"

#define TOLERANCE 1e-10 /* of fractional coordinates that count as whole */

struct params {
    const char *symbol;
    int64_t indices[3], layers;
    double a, vacuum;
};

static const struct gd_param rows[] = {
    GD_CRYSTAL_ROWS(struct params, "fcc"),
    {
        .name = "indices",
        .type = GD_INT,
        .offset = offsetof(struct params, indices),
        .count = 3,
        .min = -100,
        .max = 100,
        .help = "Miller indices h, k, l of the surface, in the cubic cell.",
    },
    {
        .name = "layers",
        .type = GD_INT,
        .offset = offsetof(struct params, layers),
        .min = 1,
        .max = 10000,
        .help = "Equivalent layers, of four atoms per cell each.",
    },
    GD_VACUUM_ROW(struct params, "Empty space below and above the slab."),
    {0},
};

/* The quotient rounded down; b is not 0. */
static int64_t divide(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Returns the greatest common divisor, up to sign, as a·x + b·y. */
static int64_t bezout(int64_t a, int64_t b, int64_t *x, int64_t *y)
{
    int64_t back[2];
    *x = b == 0;
    *y = b != 0;
    if (b == 0 || a % b == 0)
        return a * *x + b * *y;
    int64_t quotient = divide(a, b), divisor = bezout(b, a - quotient * b, &back[0], &back[1]);
    *x = back[1];
    *y = back[0] - back[1] * quotient;
    return divisor;
}

/* Three lattice vectors of determinant ±1, the first two in the plane, for indices of which two are not zero. */
static void span_general(int64_t h, int64_t k, int64_t l, int64_t basis[3][3])
{
    int64_t p, q, a, b;
    int64_t divisor = llabs(bezout(k, l, &p, &q));
    /* All (p + i l, q - i k) will do as well: take the one that makes the first two vectors most orthogonal. */
    int64_t along = q * h * k - p * h * l, square = -h * (k * k + l * l);
    if (square) {
        int64_t i = -(int64_t)rint((double)along / (double)square);
        p += i * l;
        q -= i * k;
    }
    bezout(p * k + q * l, h, &a, &b);
    const int64_t vectors[3][3] = {{p * k + q * l, -p * h, -q * h}, {0, l / divisor, -k / divisor}, {b, a * p, a * q}};
    for (int n = 0; n < 9; n++)
        basis[n / 3][n % 3] = vectors[n / 3][n % 3];
}

static void span(const int64_t indices[3], int64_t basis[3][3])
{
    for (int axis = 0; axis < 3; axis++)
        if (indices[axis] && !indices[(axis + 1) % 3] && !indices[(axis + 2) % 3]) {
            for (int n = 0; n < 3; n++)
                basis[n][(axis + 1 + n) % 3] = 1;
            return;
        }
    span_general(indices[0], indices[1], indices[2], basis);
}

/* Coordinates of a point in a basis. */
static void resolve(const double (*basis)[3], const double point[3], double at[3])
{
    double normal[3];
    for (int i = 0; i < 3; i++) {
        gd_cross(basis[(i + 1) % 3], basis[(i + 2) % 3], normal);
        at[i] = gd_dot(point, normal) / gd_dot(basis[i], normal);
    }
}

/* The part of a coordinate in [0, 1), where almost 1 counts as 0. */
static double fraction(double at)
{
    double rest = at - floor(at + TOLERANCE);
    return fabs(rest) < TOLERANCE ? 0 : rest;
}

/* The slab's frame, along rows: x along the first edge, z normal to both, towards the third. */
static void orient(const double (*edges)[3], double frame[3][3])
{
    double normal[3];
    gd_cross(edges[0], edges[1], normal);
    gd_add_scaled(frame[0], 1 / gd_length(edges[0]), edges[0]);
    gd_add_scaled(frame[2], 1 / gd_length(normal), normal);
    gd_cross(frame[2], frame[0], frame[1]);
    if (gd_dot(frame[2], edges[2]) < 0)
        for (int axis = 0; axis < 3; axis++)
            frame[2][axis] = -frame[2][axis];
}

static void turn(const double (*frame)[3], const double point[3], double turned[3])
{
    for (int axis = 0; axis < 3; axis++)
        turned[axis] = gd_dot(point, frame[axis]);
}

/* Places the four atoms of each layer, moved into the cell in the plane. `edges` span one layer. */
static void place(const double (*edges)[3], const double (*frame)[3], double lattice, struct gd_structure *structure)
{
    static const double sites[4][3] = {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
    const double(*cell)[3] = (const double(*)[3])structure->cell.vectors;
    for (size_t i = 0; i < structure->count; i++) {
        double site[3] = {0}, at[3], point[3] = {0}, turned[3];
        gd_add_scaled(site, lattice, sites[i % 4]);
        resolve(edges, site, at);
        for (int k = 0; k < 3; k++)
            gd_add_scaled(point, fraction(at[k]) + (k == 2 ? (double)(i / 4) : 0), edges[k]);
        turn(frame, point, turned);
        double second = turned[1] / cell[1][1], first = (turned[0] - second * cell[1][0]) / cell[0][0];
        structure->positions[i][2] = turned[2];
        gd_add_scaled(structure->positions[i], fraction(first), cell[0]);
        gd_add_scaled(structure->positions[i], fraction(second), cell[1]);
    }
}

/* Divides the indices by their greatest common divisor. */
static enum gd_status reduce(const int64_t indices[3], int64_t reduced[3], struct gd_error *error)
{
    int64_t x, y, divisor = llabs(bezout(bezout(indices[0], indices[1], &x, &y), indices[2], &x, &y));
    if (!divisor)
        return gd_error_set_key(gd_fail(error, GD_BAD_INPUT, "the indices of a surface cannot all be zero"), error,
                                "indices");
    for (int k = 0; k < 3; k++)
        reduced[k] = indices[k] / divisor;
    return GD_OK;
}

enum gd_status gd_build_surface(int number, const int64_t indices[3], int64_t layers, double lattice, double vacuum,
                                struct gd_structure *structure, struct gd_error *error)
{
    int64_t reduced[3], basis[3][3] = {{0}};
    double edges[3][3], frame[3][3] = {{0}};
    enum gd_status status = reduce(indices, reduced, error);
    if (!status)
        status = gd_error_set_key(gd_build_alloc(structure, number, 4 * (double)layers, error), error, "layers");
    if (status)
        return status;
    span(reduced, basis);
    for (int n = 0; n < 9; n++)
        edges[n / 3][n % 3] = lattice * (double)basis[n / 3][n % 3];
    orient((const double(*)[3])edges, frame);
    for (int k = 0; k < 2; k++) {
        turn((const double(*)[3])frame, edges[k], structure->cell.vectors[k]);
        structure->cell.vectors[k][2] = 0;
        structure->cell.periodic[k] = true;
    }
    structure->cell.vectors[0][1] = 0;
    place((const double(*)[3])edges, (const double(*)[3])frame, lattice, structure);
    gd_build_pad(structure, 2, vacuum);
    return GD_OK;
}

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct params *params = values;
    double lattice = params->a;
    int number;
    enum gd_status status = gd_build_element(params->symbol, GD_FCC, &number, &lattice, NULL, error);
    if (status)
        return status;
    return gd_build_surface(number, params->indices, params->layers, lattice, params->vacuum, structure, error);
}

const struct gd_template_class gd_template_surface = {
    .base = {"surface", "A slab of an fcc metal with any surface, such as the stepped (1 2 2).", rows,
             sizeof(struct params)},
    .build = build,
};
