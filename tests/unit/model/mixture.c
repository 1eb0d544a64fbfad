#include "unit/model/mixture.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"

const double mixture_window[2] = {5, 6.2};
const double mixture_shares[MIXTURE_PLACES] = {0.35, 0.65};
static const double centres[MIXTURE_PLACES][MIXTURE_COORDINATES] = {{0.2, 2.0, 5.1, 1.5, 1.5, 5.9},
                                                                    {1.8, 0.4, 5.7, 1.5, 2.8, 5.5}};

enum gd_status mixture_system(struct gd_system *system, size_t mobile, struct gd_error *error)
{
    double positions[1][3] = {{0.5, 1, 2}};
    struct gd_structure one = {
        .cell = {{{MIXTURE_SIDE, 0, 0}, {0, MIXTURE_SIDE, 0}, {0, 0, 9}}, {true, true, true}},
        .count = 1,
        .species = (int[]){78},
        .positions = positions,
    };
    int *species = gd_array(mobile, sizeof *species);
    if (!species)
        return gd_no_memory(error, "species");
    for (size_t i = 0; i < mobile; i++)
        species[i] = 79;
    enum gd_status status = gd_system_make(system, &one, species, mobile, mixture_window, false, error);
    free(species);
    return status;
}

double mixture_coordinate(const struct gd_set *set, size_t k, size_t c)
{
    return set->positions[3 * (k * set->atoms + set->fixed) + c];
}

/* Images of a coordinate's centre: at centre + k period, and mirrored ones with `mirrored`. */
static double image(double centre, bool mirrored, bool in_z, int k)
{
    double period = in_z ? 2 * (mixture_window[1] - mixture_window[0]) : MIXTURE_SIDE;
    return (mirrored ? 2 * mixture_window[0] - centre : centre) + k * period;
}

/* The log of the density of one coordinate (but for a constant), and its derivative by x: sums over the images within
 * reach, relative to the nearest one, so that they hold far out in the tails. */
static double image_sums(double x, double centre, double sigma, bool in_z, double *slope)
{
    int reach = (int)ceil(6 * sigma / (2 * (mixture_window[1] - mixture_window[0]))) + 1;
    double nearest = INFINITY, density = 0, sum = 0;
    for (int mirrored = 0; mirrored <= in_z; mirrored++)
        for (int k = -reach; k <= reach; k++)
            nearest = fmin(nearest, fabs(x - image(centre, mirrored, in_z, k)));
    for (int mirrored = 0; mirrored <= in_z; mirrored++)
        for (int k = -reach; k <= reach; k++) {
            double d = x - image(centre, mirrored, in_z, k);
            double p = exp(0.5 * (nearest - d) * (nearest + d) / (sigma * sigma));
            density += p;
            sum -= p * d / (sigma * sigma);
        }
    *slope = sum / density;
    return log(density) - log(sigma) - 0.5 * nearest * nearest / (sigma * sigma);
}

static void score_of(const struct mixture *mixture, const double *x, double spread, float *score)
{
    double chances[MIXTURE_PLACES], slopes[MIXTURE_PLACES][MIXTURE_COORDINATES], most = -INFINITY, total = 0;
    for (int place = 0; place < MIXTURE_PLACES; place++) {
        double width = mixture->widths[place], sigma = sqrt(width * width + spread * spread);
        chances[place] = log(mixture_shares[place]);
        for (int c = 0; c < MIXTURE_COORDINATES; c++)
            chances[place] += image_sums(x[c], centres[place][c], sigma, c % 3 == 2, &slopes[place][c]);
        most = fmax(most, chances[place]);
    }
    for (int place = 0; place < MIXTURE_PLACES; place++)
        total += chances[place] = exp(chances[place] - most);
    for (int c = 0; c < MIXTURE_COORDINATES; c++) {
        double sum = 0;
        for (int place = 0; place < MIXTURE_PLACES; place++)
            sum += chances[place] * slopes[place][c];
        score[c] = (float)(sum / total);
    }
}

enum gd_status mixture_score(void *self, const struct gd_set *set, double t, float *score, struct gd_error *error)
{
    const struct mixture *mixture = self;
    double spread = gd_process_spread(mixture->process, t);
    (void)error;
    for (size_t k = 0; k < set->count; k++)
        score_of(mixture, set->positions + 3 * (k * set->atoms + set->fixed), spread, score + MIXTURE_COORDINATES * k);
    return GD_OK;
}

double mixture_below(const struct mixture *mixture, int place, int c, double x)
{
    bool in_z = c % 3 == 2;
    double sum = 0, low = in_z ? mixture_window[0] : 0, scale = 1 / (sqrt(2) * mixture->widths[place]);
    for (int mirrored = 0; mirrored <= in_z; mirrored++)
        for (int k = -3; k <= 3; k++) {
            double centre = image(centres[place][c], mirrored, in_z, k);
            sum += 0.5 * (erfc((centre - x) * scale) - erfc((centre - low) * scale));
        }
    return sum;
}

double mixture_cdf(const struct mixture *mixture, int c, double x)
{
    double sum = 0;
    for (int place = 0; place < MIXTURE_PLACES; place++)
        sum += mixture_shares[place] * mixture_below(mixture, place, c, x);
    return sum;
}

void mixture_draw(const struct mixture *mixture, const struct gd_system *system, struct gd_stream *stream,
                  double *positions)
{
    int place = gd_stream_uniform(stream) < mixture_shares[0] ? 0 : 1;
    for (int c = 0; c < MIXTURE_COORDINATES; c++)
        positions[3 + c] = centres[place][c] + mixture->widths[place] * gd_stream_normal(stream);
    gd_system_confine(system, positions + 3, NULL);
    gd_system_confine(system, positions + 6, NULL);
}
