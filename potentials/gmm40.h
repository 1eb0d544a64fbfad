/* The means of the benchmark GMM-40. */
#ifndef GD_POTENTIALS_GMM40_H
#define GD_POTENTIALS_GMM40_H

#define GD_GMM40_MODES 40

/* The means of the 40 Gaussians in the plane, uniform in [-40, 40]² (Å): the first 80 single-precision uniforms that
 * PyTorch's generator gives with seed 0, row by row. */
void gd_gmm40_means(double means[GD_GMM40_MODES][2]);

/* Standard deviation of each in each direction, Å: softplus(1) = ln(1 + e). */
double gd_gmm40_deviation(void);

#endif
