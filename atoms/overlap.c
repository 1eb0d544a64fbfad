#include "atoms/overlap.h"

#include <math.h>

#include "atoms/elements.h"

/* The bonds of hydrogen to itself, C, N, O and F are 0.74 (H2) to 1.09 Å long, and the sums of its covalent radius and
 * theirs 0.62 to 1.07 Å. All others are longer: N2 has 1.10 Å, and 1.42 Å by its radii. */
static const double short_bond = 1.1, share = 0.7; /* Å; of a sum of radii */

/* The distance of an atom from its nearest image, Å; +inf without any. */
static double find_image(const struct gd_structure *structure, const struct gd_basis *basis)
{
    double origin[1][3] = {{0}};
    const struct gd_structure one = {
        .cell = structure->cell, .count = 1, .species = structure->species, .positions = origin};
    return gd_closest_pair(&one, basis, 0, 0, NULL, NULL);
}

/* Whether two atoms are closer than the limit that follows from the sum of their radii (NaN: not known) and `number`.
 */
static bool any_closer(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed,
                       double (*limit)(double sum, double number), double number)
{
    const double image = fixed < structure->count ? find_image(structure, basis) : 0;
    for (size_t i = fixed; i < structure->count; i++) {
        const double radius = gd_element_radius(structure->species[i]);
        if (image < limit(2 * radius, number))
            return true;
        for (size_t j = 0; j < i; j++) {
            double difference[3];
            for (int axis = 0; axis < 3; axis++)
                difference[axis] = structure->positions[j][axis] - structure->positions[i][axis];
            if (gd_minimum_image(basis, difference) < limit(radius + gd_element_radius(structure->species[j]), number))
                return true;
        }
    }
    return false;
}

static double limit_in_radii(double sum, double near)
{
    return near * sum;
}

static double limit_in_angstrom(double sum, double least)
{
    return sum < short_bond ? fmin(least, share * sum) : least;
}

bool gd_overlaps(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed, double near)
{
    return any_closer(structure, basis, fixed, limit_in_radii, near);
}

bool gd_clashes(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed, double least)
{
    return any_closer(structure, basis, fixed, limit_in_angstrom, least);
}

static bool is_noble(int number)
{
    return number == 2 || number == 10 || number == 18 || number == 36 || number == 54 || number == 86;
}

double gd_shortest_bond(const struct gd_structure *structure, size_t fixed, bool limited, int pair[2])
{
    const int *species = structure->species;
    double shortest = NAN;
    for (size_t i = fixed; i < structure->count; i++)
        for (size_t j = 0; j < i; j++) {
            const double sum = gd_element_radius(species[i]) + gd_element_radius(species[j]);
            if (!(sum >= shortest) && !isnan(sum) &&
                !(limited && (sum < short_bond || is_noble(species[i]) || is_noble(species[j])))) {
                shortest = sum;
                pair[0] = species[j];
                pair[1] = species[i];
            }
        }
    return shortest;
}

bool gd_bonded(const struct gd_basis *basis, const int *species, const double *positions, size_t i, size_t j,
               double scale)
{
    const double *a = positions + 3 * i, *b = positions + 3 * j;
    double difference[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
    return gd_minimum_image(basis, difference) <
           scale * (gd_element_radius(species[i]) + gd_element_radius(species[j]));
}
