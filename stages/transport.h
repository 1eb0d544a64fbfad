/* How far apart two samples are: optimal transport, and differences of histograms. */
#ifndef GD_STAGES_TRANSPORT_H
#define GD_STAGES_TRANSPORT_H

#include <stddef.h>

#include "engine/base/error.h"

/* The mean squared distance by which numbers a [n] are carried to b [m], both sorted and not empty, each set with equal
 * weights: W2² on the line. */
double gd_transport_line(const double *a, size_t n, const double *b, size_t m);

/* Columns of a square matrix of costs [n][n] for its rows, each once, with the lowest sum: columns [n]. The algorithm
 * of shortest augmenting paths, of order n³ (R. Jonker and A. Volgenant, Computing 38, 325 (1987)). GD_NO_MEMORY. */
enum gd_status gd_assign(const double *costs, size_t n, size_t *columns, struct gd_error *error);

/* Half the sum of |p - q| over the shares of a and b in `bins` equal bins from the lowest to the highest of b, which
 * are sorted; what of a is outside does not count. 1 when all of a is. GD_NO_MEMORY. */
enum gd_status gd_total_variation(const double *a, size_t n, const double *b, size_t m, size_t bins, double *variation,
                                  struct gd_error *error);

/* The sum of the singular values of a 3 x 3 matrix. */
double gd_nuclear_norm(const double matrix[3][3]);

#endif
