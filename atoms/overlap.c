#include "atoms/overlap.h"

#include "atoms/elements.h"

/* The distance of an atom from its nearest image, Å; +inf without any. */
static double find_image(const struct gd_structure *structure, const struct gd_basis *basis)
{
    double origin[1][3] = {{0}};
    const struct gd_structure one = {
        .cell = structure->cell, .count = 1, .species = structure->species, .positions = origin};
    return gd_closest_pair(&one, basis, 0, 0, NULL, NULL);
}

bool gd_overlaps(const struct gd_structure *structure, const struct gd_basis *basis, size_t fixed, double near)
{
    const double image = fixed < structure->count ? find_image(structure, basis) : 0;
    for (size_t i = fixed; i < structure->count; i++) {
        const double radius = gd_element_radius(structure->species[i]);
        if (image < near * 2 * radius)
            return true;
        for (size_t j = 0; j < i; j++) {
            double difference[3];
            for (int axis = 0; axis < 3; axis++)
                difference[axis] = structure->positions[j][axis] - structure->positions[i][axis];
            if (gd_minimum_image(basis, difference) < near * (radius + gd_element_radius(structure->species[j])))
                return true;
        }
    }
    return false;
}
