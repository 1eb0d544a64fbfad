/* Eigenvalues of symmetric matrices. */
#ifndef GD_STAGES_EIGENVALUES_H
#define GD_STAGES_EIGENVALUES_H

#include <stddef.h>

/* The eigenvalues of a symmetric matrix [count][count], rising, within about 1e-14 of its norm. The matrix is
 * overwritten; room: [3 * count]. Householder's reduction to a tridiagonal matrix, then bisection by Sturm sequences:
 * Barth, Martin and Wilkinson, Numer. Math. 9, 386 (1967). */
void gd_eigenvalues(size_t count, double *matrix, double *values, double *room);

#endif
