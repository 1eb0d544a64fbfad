/* Neighbour lists by cell lists: time and memory linear in the number of atoms; any cell, also smaller than the
 * cutoff (several images of the same atom). */
#ifndef GD_ATOMS_NEIGHBOURS_H
#define GD_ATOMS_NEIGHBOURS_H

#include "atoms/cell.h"

/* Ordered pairs (i, j, image) with |x_j + image - x_i| < cutoff, grouped by i, within i ordered by j, then image. */
struct gd_neighbours {
    size_t atoms, edges;
    size_t *first;                       /* [atoms + 1]: the pairs of i are first[i] .. first[i+1]-1 */
    int *neighbour;                      /* [edges] j */
    int (*image)[3];                     /* [edges] lattice translation of j */
    double (*vector)[3];                 /* [edges] x_j + image - x_i, Å */
    size_t edge_capacity, atom_capacity; /* memory is reused between searches */
    struct gd_neighbours_scratch *scratch;
};

/* All pairs. `neighbours` starts zeroed and may be reused. Not thread-safe for the same list. */
enum gd_status gd_neighbours_find(struct gd_neighbours *neighbours, const struct gd_basis *basis, size_t atoms,
                                  const double (*positions)[3], double cutoff, struct gd_error *error);

/* The pairs whose j is among atoms `from` .. `atoms`-1; in time linear in their number and that of the atoms. */
enum gd_status gd_neighbours_find_among(struct gd_neighbours *neighbours, const struct gd_basis *basis, size_t atoms,
                                        size_t from, const double (*positions)[3], double cutoff,
                                        struct gd_error *error);

/* True for one of the two ordered pairs, (i, j, image) and (j, i, -image), that edge k of atom i belongs to. */
static inline bool gd_neighbours_once(const struct gd_neighbours *neighbours, size_t i, size_t k)
{
    size_t j = (size_t)neighbours->neighbour[k];
    const int *image = neighbours->image[k];
    if (j != i)
        return j > i;
    return image[0] > 0 || (image[0] == 0 && (image[1] > 0 || (image[1] == 0 && image[2] > 0)));
}

void gd_neighbours_clear(struct gd_neighbours *neighbours); /* accepts NULL */

#endif
