#include "atoms/template_warning.h"

#include <math.h>
#include <stdio.h>

#include "atoms/elements.h"
#include "atoms/neighbours.h"

static const double overlap = 0.4, bonded = 1.2; /* of a sum of covalent radii */

/* Two atoms, and their distance in sums of their covalent radii. */
struct pair {
    size_t i, j;
    double distance, share;
};

/* The pair that is closest for its elements among those that are closer than `share` of their radii, in a cell with
 * this basis; across: only pairs across a face of the cell along this vector, or any (-1). False: there is none. */
static bool find_closest(const struct gd_system *system, const struct gd_basis *basis, double share, int across,
                         struct pair *closest)
{
    const struct gd_structure *structure = &system->structure;
    struct gd_neighbours list = {0};
    struct gd_error error = {0};
    double radius = 0;
    *closest = (struct pair){.share = share};
    for (size_t i = 0; i < system->fixed; i++)
        radius = fmax(radius, gd_element_radius(structure->species[i]));
    if (radius > 0 && gd_neighbours_find(&list, basis, system->fixed, (const double(*)[3])structure->positions,
                                         2 * share * radius, &error) == GD_OK)
        for (size_t i = 0; i < system->fixed; i++)
            for (size_t k = list.first[i]; k < list.first[i + 1]; k++) {
                const size_t j = (size_t)list.neighbour[k];
                const double *vector = list.vector[k], distance = hypot(hypot(vector[0], vector[1]), vector[2]);
                const double sum = gd_element_radius(structure->species[i]) + gd_element_radius(structure->species[j]);
                if ((across < 0 || list.image[k][across] != 0) && distance / sum < closest->share)
                    *closest = (struct pair){i, j, distance, distance / sum};
            }
    gd_neighbours_clear(&list);
    return closest->share < share;
}

static bool overlaps(const struct gd_system *system, char *text, size_t size)
{
    struct pair pair;
    if (!find_closest(system, &system->basis, overlap, -1, &pair))
        return false;
    snprintf(text, size,
             "atoms %zu (%s) and %zu (%s) are %.3g Å apart, less than %g of the sum of their covalent radii: are its "
             "lengths in Å, and its cell the right one?",
             pair.i + 1, gd_element_symbol(system->structure.species[pair.i]), pair.j + 1,
             gd_element_symbol(system->structure.species[pair.j]), pair.distance, overlap);
    return true;
}

/* Whether atoms would be bonded to their images if the cell were periodic along this vector too. */
static bool ends_at(const struct gd_system *system, int k, struct pair *pair)
{
    struct gd_cell cell = system->structure.cell;
    const double *vector = cell.vectors[k];
    struct gd_basis basis;
    struct gd_error error = {0};
    if (cell.periodic[k] || gd_system_bounds(system, k) || (vector[0] == 0 && vector[1] == 0 && vector[2] == 0))
        return false;
    cell.periodic[k] = true;
    return gd_basis_make(&basis, &cell, &error) == GD_OK && find_closest(system, &basis, bonded, k, pair);
}

static bool is_cut(const struct gd_system *system, char *text, size_t size)
{
    struct pair pair;
    for (int k = 0; k < 3; k++)
        if (ends_at(system, k, &pair)) {
            snprintf(
                text, size,
                "it is not periodic along cell vector %d, across which its atom %zu would be bonded to an image of "
                "atom %zu: is periodicity (pbc) missing in the file, or vacuum in the cell?",
                k + 1, pair.i + 1, pair.j + 1);
            return true;
        }
    return false;
}

bool gd_template_warning(const struct gd_system *system, char *text, size_t size)
{
    *text = '\0';
    return overlaps(system, text, size) || is_cut(system, text, size);
}
