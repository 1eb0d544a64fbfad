/* Boltzmann weights. Energies and temperatures in eV, temperature > 0. */
#ifndef GD_STAGES_BOLTZMANN_H
#define GD_STAGES_BOLTZMANN_H

#include "atoms/structure.h"

/* log_weights[k] = -(E_k - E_lowest)/T: 0 for the lowest energy. An energy that is not finite has -inf. */
void gd_boltzmann_log_weights(const double *energies, size_t count, double temperature, double *log_weights);

/* The weights exp(-E/T), of sum 1. An energy that is not finite has 0; without any finite energy all are 0. */
void gd_boltzmann_weights(const double *energies, size_t count, double temperature, double *weights);

/* log_weights[k] = -E_k/T + the logarithm of the path weight: model/path_weight.h. What of either is not finite gives
 * -inf. */
void gd_path_log_weights(const struct gd_set *set, double temperature, double *log_weights);

/* Turns the logarithms of weights, up to a constant, into weights of sum 1. -inf gives 0; all are 0 where all are. */
void gd_weights_from_logs(double *weights, size_t count);

/* Kish's effective sample size (Σw)²/Σw²: from 1 to the number of weights above 0; 0 when there are none. */
double gd_effective_sample_size(const double *weights, size_t count);

/* The effective sample size of structures by their weights exp(-E/T). */
double gd_boltzmann_effective_size(const double *energies, size_t count, double temperature);

#endif
