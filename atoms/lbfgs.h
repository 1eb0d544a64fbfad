/* Limited-memory BFGS (Nocedal, Math. Comput. 35, 773 (1980)) for the moves of atoms along forces: one history for each
 * of many structures. Displacements in a history are minimum images, so that it survives wrapping. */
#ifndef GD_ATOMS_LBFGS_H
#define GD_ATOMS_LBFGS_H

#include "atoms/cell.h"

struct gd_lbfgs;

/* Histories of `structures` structures of `atoms` atoms each, of the last `memory` >= 1 pairs; NULL when out of memory.
 * Free with gd_lbfgs_free. */
struct gd_lbfgs *gd_lbfgs_new(size_t structures, size_t atoms, int memory);
void gd_lbfgs_free(struct gd_lbfgs *lbfgs); /* accepts NULL */

/* Structure k is at `positions` (Å), where the forces are `forces` (eV/Å), all [atoms][3]: the direction of its next
 * move, in Å. The pair of its last displacement s and the change of the gradient y is kept where s·y > 0: so the
 * direction is downhill. Without a pair it is min(0.1, 0.1/mean |F|) F (numbers in Å and Å²/eV); with pairs the first
 * guess of the inverse Hessian is s·y / y·y. */
void gd_lbfgs_find_direction(struct gd_lbfgs *lbfgs, size_t k, const struct gd_basis *basis,
                             const double (*positions)[3], const double (*forces)[3], double (*direction)[3]);

/* Forgets what structure k has done. */
void gd_lbfgs_reset(struct gd_lbfgs *lbfgs, size_t k);

/* Multiplies vectors [count][3] by a factor. */
void gd_vectors_scale(double (*vectors)[3], size_t count, double factor);

/* Scales a move [atoms][3] by one factor so that no atom goes farther than `cap` Å. */
void gd_move_limit(double (*move)[3], size_t atoms, double cap);

/* The length of the longest of vectors [count][3]; not finite when one is not. */
double gd_longest(const double (*vectors)[3], size_t count);

#endif
