/* Dense symmetric matrices. */
#ifndef GD_POTENTIALS_SYMMETRIC_H
#define GD_POTENTIALS_SYMMETRIC_H

#include <stddef.h>

/* Solves |A| x = b for a symmetric matrix A [n][n], n >= 1, where |A| has the eigenvectors of A and the absolute values
 * of its eigenvalues: by Householder's reduction to a tridiagonal matrix and QR steps with Wilkinson's shifts (Golub
 * and Van Loan, Matrix Computations, 4th ed., algorithms 8.3.1 and 8.3.2). In place: x [n] is b before. workspace: [2 n
 * + 4][n]. */
void gd_symmetric_solve(const double *matrix, size_t n, double *x, double *workspace);

#endif
