#include "atoms/cell.h"

#include <math.h>
#include <string.h>

#include "atoms/vector.h"

#define FLAT        1e-6 /* smallest volume of a cell whose vectors are scaled to unit length */
#define MULTIPLE    1e3  /* largest coefficient that reducing a cell may need */
#define IMPROVEMENT (1 - 1e-10)

bool gd_cell_same(const struct gd_cell *a, const struct gd_cell *b)
{
    return memcmp(a->vectors, b->vectors, sizeof a->vectors) == 0 &&
           memcmp(a->periodic, b->periodic, sizeof a->periodic) == 0;
}

static bool is_zero(const double vector[3])
{
    return vector[0] == 0 && vector[1] == 0 && vector[2] == 0;
}

static void scale_to_unit(double vector[3])
{
    double length = gd_length(vector);
    for (int axis = 0; axis < 3; axis++)
        vector[axis] /= length;
}

/* A unit vector orthogonal to `vector`. */
static void orthogonal(const double vector[3], double result[3])
{
    int least = 0;
    for (int axis = 1; axis < 3; axis++)
        if (fabs(vector[axis]) <= fabs(vector[least]))
            least = axis;
    double along[3] = {0};
    along[least] = 1;
    gd_cross(along, vector, result);
    scale_to_unit(result);
}

/* Replaces zero vectors by unit vectors orthogonal to all others, the last one so that the basis is right-handed. */
static void complete(double (*vectors)[3])
{
    int zeros = 0, given = 0;
    for (int i = 0; i < 3; i++)
        if (is_zero(vectors[i]))
            zeros++;
        else
            given = i;
    if (zeros == 3)
        vectors[0][0] = 1;
    if (zeros >= 2)
        orthogonal(vectors[given], vectors[(given + 1) % 3]);
    for (int i = 0; i < 3; i++)
        if (is_zero(vectors[i])) {
            gd_cross(vectors[(i + 1) % 3], vectors[(i + 2) % 3], vectors[i]);
            scale_to_unit(vectors[i]);
        }
}

/* The inverse of a matrix of rows; returns the determinant. */
static double invert(const double (*rows)[3], double (*inverse)[3])
{
    double normals[3][3];
    for (int i = 0; i < 3; i++)
        gd_cross(rows[(i + 1) % 3], rows[(i + 2) % 3], normals[i]);
    double determinant = gd_dot(rows[0], normals[0]);
    for (int i = 0; i < 3; i++)
        for (int axis = 0; axis < 3; axis++)
            inverse[axis][i] = normals[i][axis] / determinant;
    return determinant;
}

/* Takes `candidate` for `vector` when it is shorter. */
static bool shorten(double vector[3], const double candidate[3])
{
    if (!(gd_dot(candidate, candidate) < IMPROVEMENT * gd_dot(vector, vector)))
        return false;
    memcpy(vector, candidate, 3 * sizeof *vector);
    return true;
}

/* One round over all vectors: subtracts from each the multiple of another, or the sum or difference of both others,
 * that leaves it shortest. */
static bool reduce_once(double vectors[3][3], const bool periodic[3])
{
    bool changed = false;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            if (i == j || !periodic[i] || !periodic[j])
                continue;
            double candidate[3];
            memcpy(candidate, vectors[i], sizeof candidate);
            gd_add_scaled(candidate, -round(gd_dot(vectors[i], vectors[j]) / gd_dot(vectors[j], vectors[j])),
                          vectors[j]);
            changed |= shorten(vectors[i], candidate);
        }
    if (!periodic[0] || !periodic[1] || !periodic[2])
        return changed;
    for (int i = 0; i < 3; i++)
        for (int signs = 0; signs < 4; signs++) {
            double candidate[3];
            memcpy(candidate, vectors[i], sizeof candidate);
            gd_add_scaled(candidate, signs & 1 ? 1 : -1, vectors[(i + 1) % 3]);
            gd_add_scaled(candidate, signs & 2 ? 1 : -1, vectors[(i + 2) % 3]);
            changed |= shorten(vectors[i], candidate);
        }
    return changed;
}

/* Fills reduced, its inverse, heights and combination from vectors and inverse. */
static bool reduce(struct gd_basis *basis)
{
    for (int i = 0; i < 3; i++)
        for (int axis = 0; axis < 3; axis++)
            basis->reduced[i][axis] = basis->periodic[i] ? basis->vectors[i][axis] : 0;
    while (reduce_once(basis->reduced, basis->periodic))
        ;
    for (int i = 0; i < 3; i++) {
        if (!basis->periodic[i])
            continue;
        double multiple[3], exact[3] = {0};
        gd_to_fractional(basis, basis->reduced[i], multiple);
        for (int j = 0; j < 3; j++) {
            if (!(fabs(multiple[j]) < MULTIPLE))
                return false;
            basis->combination[i][j] = (int)lround(multiple[j]);
            gd_add_scaled(exact, basis->combination[i][j], basis->vectors[j]);
        }
        memcpy(basis->reduced[i], exact, sizeof exact);
    }
    complete(basis->reduced);
    invert(basis->reduced, basis->reduced_inverse);
    for (int i = 0; i < 3; i++) {
        double normal[3] = {basis->reduced_inverse[0][i], basis->reduced_inverse[1][i], basis->reduced_inverse[2][i]};
        basis->height[i] = 1 / gd_length(normal);
    }
    return true;
}

enum gd_status gd_basis_make(struct gd_basis *basis, const struct gd_cell *cell, struct gd_error *error)
{
    static const char *const names[3] = {"first", "second", "third"};
    *basis = (struct gd_basis){0};
    memcpy(basis->vectors, cell->vectors, sizeof basis->vectors);
    memcpy(basis->periodic, cell->periodic, sizeof basis->periodic);
    for (int i = 0; i < 3; i++) {
        if (!isfinite(gd_length(cell->vectors[i])))
            return gd_fail(error, GD_BAD_INPUT, "the cell's %s vector is not finite", names[i]);
        if (cell->periodic[i] && is_zero(cell->vectors[i]))
            return gd_fail(error, GD_BAD_INPUT, "the cell is periodic along its %s vector, which is zero", names[i]);
    }
    complete(basis->vectors);
    basis->volume = fabs(invert(basis->vectors, basis->inverse));
    double lengths = gd_length(basis->vectors[0]) * gd_length(basis->vectors[1]) * gd_length(basis->vectors[2]);
    if (!(basis->volume > FLAT * lengths) || !isfinite(1 / basis->volume))
        return gd_fail(error, GD_BAD_INPUT, "the cell has no volume: its vectors lie in one plane");
    if (!reduce(basis))
        return gd_fail(error, GD_BAD_INPUT,
                       "the cell is too skewed: a lattice vector is more than %g times a shorter one", MULTIPLE);
    return GD_OK;
}

/* row · matrix */
static void multiply(const double row[3], const double matrix[3][3], double product[3])
{
    for (int i = 0; i < 3; i++)
        product[i] = row[0] * matrix[0][i] + row[1] * matrix[1][i] + row[2] * matrix[2][i];
}

void gd_to_fractional(const struct gd_basis *basis, const double cartesian[3], double fractional[3])
{
    multiply(cartesian, basis->inverse, fractional);
}

void gd_to_cartesian(const struct gd_basis *basis, const double fractional[3], double cartesian[3])
{
    multiply(fractional, basis->vectors, cartesian);
}

void gd_wrap(const struct gd_basis *basis, double point[3])
{
    double fractional[3];
    gd_to_fractional(basis, point, fractional);
    for (int i = 0; i < 3; i++) {
        double cells = floor(fractional[i]);
        if (basis->periodic[i] && cells != 0 && fractional[i] - cells < 1)
            gd_add_scaled(point, -cells, basis->vectors[i]);
    }
}

/* Coordinates in the reduced basis to space, periodic directions only. */
static void to_lattice(const struct gd_basis *basis, const double at[3], double point[3])
{
    memset(point, 0, 3 * sizeof *point);
    for (int i = 0; i < 3; i++)
        if (basis->periodic[i])
            gd_add_scaled(point, at[i], basis->reduced[i]);
}

/* The translation that makes `point`, in the lattice's span and with coordinates `at`, shortest. Only images whose
 * coordinates times heights are at most the point's length can be shorter. */
static void search_images(const struct gd_basis *basis, const double at[3], const double point[3], double best[3])
{
    int low[3] = {0}, high[3] = {0};
    double length = gd_length(point), shortest = length * length;
    for (int i = 0; i < 3; i++)
        if (basis->periodic[i]) {
            low[i] = (int)ceil(-length / basis->height[i] - at[i]);
            high[i] = (int)floor(length / basis->height[i] - at[i]);
        }
    for (int a = low[0]; a <= high[0]; a++)
        for (int b = low[1]; b <= high[1]; b++)
            for (int c = low[2]; c <= high[2]; c++) {
                double translation[3], image[3];
                to_lattice(basis, (const double[]){a, b, c}, translation);
                for (int axis = 0; axis < 3; axis++)
                    image[axis] = point[axis] + translation[axis];
                if (gd_dot(image, image) < shortest) {
                    shortest = gd_dot(image, image);
                    memcpy(best, translation, sizeof translation);
                }
            }
}

double gd_minimum_image(const struct gd_basis *basis, double difference[3])
{
    double at[3], cells[3], point[3], translation[3], nearest = INFINITY;
    multiply(difference, basis->reduced_inverse, at);
    for (int i = 0; i < 3; i++) {
        cells[i] = -round(at[i]);
        at[i] += cells[i];
        if (basis->periodic[i])
            nearest = fmin(nearest, basis->height[i] / 2);
    }
    to_lattice(basis, cells, translation);
    gd_add_scaled(difference, 1, translation);
    to_lattice(basis, at, point);
    if (gd_length(point) > nearest) {
        double further[3] = {0};
        search_images(basis, at, point, further);
        gd_add_scaled(difference, 1, further);
    }
    return gd_length(difference);
}

/* Length of the shortest lattice vector; +inf without periodic directions. */
static double shortest_translation(const struct gd_basis *basis)
{
    double shortest = INFINITY;
    for (int i = 0; i < 3; i++)
        if (basis->periodic[i])
            shortest = fmin(shortest, gd_length(basis->reduced[i]));
    return shortest;
}

double gd_closest_pair(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed, double enough,
                       size_t *first, size_t *second)
{
    double closest = fixed < structure->count ? shortest_translation(basis) : INFINITY;
    size_t pair[2] = {fixed, fixed};
    for (size_t i = fixed; i < structure->count && !(closest < enough); i++)
        for (size_t j = 0; j < i && !(closest < enough); j++) {
            double difference[3];
            for (int axis = 0; axis < 3; axis++)
                difference[axis] = structure->positions[j][axis] - structure->positions[i][axis];
            double distance = gd_minimum_image(basis, difference);
            if (distance < closest) {
                closest = distance;
                pair[0] = j;
                pair[1] = i;
            }
        }
    if (first)
        *first = pair[0];
    if (second)
        *second = pair[1];
    return closest;
}
