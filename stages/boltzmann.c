#include "stages/boltzmann.h"

#include <math.h>

static double lowest_finite(const double *energies, size_t count)
{
    double lowest = INFINITY;
    for (size_t k = 0; k < count; k++)
        if (isfinite(energies[k]) && energies[k] < lowest)
            lowest = energies[k];
    return lowest;
}

void gd_boltzmann_log_weights(const double *energies, size_t count, double temperature, double *log_weights)
{
    double lowest = lowest_finite(energies, count);
    for (size_t k = 0; k < count; k++)
        log_weights[k] = isfinite(energies[k]) ? (lowest - energies[k]) / temperature : -INFINITY;
}

void gd_path_log_weights(const struct gd_set *set, double temperature, double *log_weights)
{
    for (size_t k = 0; k < set->count; k++) {
        const double log_weight = set->path_weights[k] - set->energies[k] / temperature;
        log_weights[k] = isfinite(log_weight) ? log_weight : -INFINITY;
    }
}

void gd_weights_from_logs(double *weights, size_t count)
{
    double highest = -INFINITY, sum = 0;
    for (size_t k = 0; k < count; k++)
        highest = fmax(highest, weights[k]);
    for (size_t k = 0; k < count; k++) {
        weights[k] = isinf(highest) ? 0 : exp(weights[k] - highest);
        sum += weights[k];
    }
    for (size_t k = 0; k < count && sum > 0; k++)
        weights[k] /= sum;
}

void gd_boltzmann_weights(const double *energies, size_t count, double temperature, double *weights)
{
    gd_boltzmann_log_weights(energies, count, temperature, weights);
    gd_weights_from_logs(weights, count);
}

double gd_effective_sample_size(const double *weights, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t k = 0; k < count; k++) {
        sum += weights[k];
        squares += weights[k] * weights[k];
    }
    return squares > 0 ? sum * sum / squares : 0;
}

double gd_boltzmann_effective_size(const double *energies, size_t count, double temperature)
{
    double lowest = lowest_finite(energies, count), sum = 0, squares = 0;
    for (size_t k = 0; k < count; k++) {
        double weight = isfinite(energies[k]) ? exp((lowest - energies[k]) / temperature) : 0;
        sum += weight;
        squares += weight * weight;
    }
    return squares > 0 ? sum * sum / squares : 0;
}
