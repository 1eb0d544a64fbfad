/* Boltzmann weights. Energies and temperatures in eV, temperature > 0. */
#ifndef GD_STAGES_BOLTZMANN_H
#define GD_STAGES_BOLTZMANN_H

#include <stddef.h>

/* log_weights[k] = -(E_k - E_lowest)/T: 0 for the lowest energy. An energy that is not finite has -inf. */
void gd_boltzmann_log_weights(const double *energies, size_t count, double temperature, double *log_weights);

/* The weights exp(-E/T), of sum 1. An energy that is not finite has 0; without any finite energy all are 0. */
void gd_boltzmann_weights(const double *energies, size_t count, double temperature, double *weights);

/* Kish's effective sample size (Σw)²/Σw²: from 1 to the number of weights above 0; 0 when there are none. */
double gd_effective_sample_size(const double *weights, size_t count);

/* The effective sample size of structures by their weights exp(-E/T). */
double gd_boltzmann_effective_size(const double *energies, size_t count, double temperature);

#endif
