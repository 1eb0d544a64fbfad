/* The benchmark GMM-40 of samplers: -ln p of a mixture of 40 equal Gaussians in the plane, L. I. Midgley et al.,
 * arXiv:2208.01893, with the constants of their program (lollcat/fab-torch, target_distributions/gmm.py). Energies are
 * in units of T. Each atom has this energy at its x and y; z does not count. */
#include "potentials/gmm40.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "potentials/potential.h"

#define HALF_WIDTH 40.0f /* of the square that the means are in */

struct gmm40 {
    struct gd_potential base;
    double means[GD_GMM40_MODES][2];
    double deviation;
};

/* Number k of the generator MT19937 (M. Matsumoto and T. Nishimura, ACM Trans. Model. Comput. Simul. 8, 3 (1998)), of
 * its first 227, from the state that seed 0 gives. */
static uint32_t twisted(const uint32_t *state, int k)
{
    enum { MIDDLE = 397 };
    const uint32_t joined = (state[k] & 0x80000000u) | (state[k + 1] & 0x7fffffffu);
    uint32_t y = state[k + MIDDLE] ^ (joined >> 1) ^ (joined & 1 ? 0x9908b0dfu : 0);
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

void gd_gmm40_means(double means[GD_GMM40_MODES][2])
{
    enum { STATE = 624 };
    uint32_t state[STATE] = {0};
    for (uint32_t k = 1; k < STATE; k++)
        state[k] = 1812433253u * (state[k - 1] ^ (state[k - 1] >> 30)) + k;
    for (int c = 0; c < 2 * GD_GMM40_MODES; c++) {
        const float uniform = (float)(twisted(state, c) & 0xffffff) / 16777216.0f;
        means[c / 2][c % 2] = (double)((uniform - 0.5f) * 2 * HALF_WIDTH);
    }
}

double gd_gmm40_deviation(void)
{
    return log1p(exp(1));
}

extern const struct gd_potential_class gd_potential_gmm40;

static enum gd_status create(const void *params, struct gd_potential **potential, struct gd_error *error)
{
    struct gmm40 *gmm40 = gd_array(1, sizeof *gmm40);
    (void)params;
    if (!gmm40)
        return gd_no_memory(error, "a potential");
    *gmm40 = (struct gmm40){.base = {&gd_potential_gmm40}, .deviation = gd_gmm40_deviation()};
    gd_gmm40_means(gmm40->means);
    *potential = &gmm40->base;
    return GD_OK;
}

/* -ln p at a point, and its negative gradient: the log-sum-exp is taken from the largest term. */
static double point_energy(const struct gmm40 *gmm40, const double point[3], double force[3])
{
    const double variance = gmm40->deviation * gmm40->deviation;
    double exponents[GD_GMM40_MODES], highest = -INFINITY, sum = 0;
    for (int k = 0; k < GD_GMM40_MODES; k++) {
        const double x = point[0] - gmm40->means[k][0], y = point[1] - gmm40->means[k][1];
        exponents[k] = -(x * x + y * y) / (2 * variance);
        highest = fmax(highest, exponents[k]);
    }
    force[0] = force[1] = force[2] = 0;
    for (int k = 0; k < GD_GMM40_MODES; k++) {
        const double weight = exp(exponents[k] - highest);
        sum += weight;
        for (int axis = 0; axis < 2; axis++)
            force[axis] += weight * (gmm40->means[k][axis] - point[axis]) / variance;
    }
    for (int axis = 0; axis < 2; axis++)
        force[axis] /= sum;
    return -highest - log(sum) + log(2 * GD_PI * variance * GD_GMM40_MODES);
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    *energy = 0;
    for (size_t i = 0; i < structure->count; i++)
        *energy += point_energy((const struct gmm40 *)potential, structure->positions[i], forces[i]);
    return gd_potential_supports_open(potential, structure, error);
}

static void destroy(struct gd_potential *potential)
{
    free(potential);
}

const struct gd_potential_class gd_potential_gmm40 = {
    .base = {"gmm40", "The benchmark GMM-40: 40 Gaussians in the plane, the same for each atom of any species.", NULL,
             0},
    .absolute = true,
    .create = create,
    .supports = gd_potential_supports_open,
    .evaluate = evaluate,
    .destroy = destroy,
};
