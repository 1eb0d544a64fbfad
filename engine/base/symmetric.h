/* Dense symmetric matrices: Householder's reduction to a tridiagonal matrix and QR steps with Wilkinson's shifts (Golub
 * and Van Loan, Matrix Computations, 4th ed., algorithms 8.3.1 and 8.3.2). */
#ifndef GD_ENGINE_SYMMETRIC_H
#define GD_ENGINE_SYMMETRIC_H

#include <stddef.h>

/* Solves |A| x = b for a symmetric matrix A [n][n], n >= 1, where |A| has the eigenvectors of A and the absolute values
 * of its eigenvalues. In place: x [n] is b before. workspace: [2 n + 4][n]. */
void gd_symmetric_solve(const double *matrix, size_t n, double *x, double *workspace);

/* The eigenvalues [n] of a symmetric matrix [n][n], rising, within about 1e-14 of its norm. The matrix is overwritten.
 * workspace: [3][n]. */
void gd_symmetric_eigenvalues(double *matrix, size_t n, double *values, double *workspace);

#endif
