/* The score of the noised Boltzmann distribution at one structure, by a Markov chain over what it may have been before
 * the noise. */
#ifndef GD_STAGES_POSTERIOR_H
#define GD_STAGES_POSTERIOR_H

#include "stages/monte_carlo.h"

/* Where y = x_0 + s ε_0 with x_0 from exp(-E/T), x_0 is a draw of the posterior
 *
 *     p(x | y) ∝ exp(-E(x)/T) N(x; y, s²),
 *
 * whose means of F/T and of (x - y)/s² are both the score at y (X. Huang et al., Reverse diffusion Monte Carlo,
 * arXiv:2307.02037). A Langevin chain with Metropolis' acceptance (G. Roberts and R. Tweedie, Bernoulli 2, 341 (1996))
 * of estimate->samples steps goes on from there, and the score is the mean of their terms in its second half. So it has
 * no bias where structures are distributed as exp(-E/T), however short the chain; and chains of others come closer.
 *
 * noise: [mobile][3] ε_0, reflected where the atom was (gd_noise_structure). step: Å, standard deviation of a move of a
 * coordinate at large noise; at noise s it is (1/step² + 1/s²)^-1/2. result->effective is the number of moves, of
 * result->energy nothing is known, NaN. States without an energy have no term. GD_NO_MEMORY alone. */
enum gd_status gd_posterior_score(const struct gd_monte_carlo *estimate, double step, const double *y, double spread,
                                  const float *noise, struct gd_stream *stream, struct gd_monte_carlo_result *result,
                                  struct gd_error *error);

#endif
