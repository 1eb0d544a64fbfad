#include "statistics/samples.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/random.h"
#include "engine/base/sort.h"

double gd_quantile(const double *sorted, size_t count, double q)
{
    if (count == 0)
        return NAN;
    const double place = q * (double)(count - 1), whole = floor(place);
    const size_t k = (size_t)whole;
    return k + 1 < count ? sorted[k] + (place - whole) * (sorted[k + 1] - sorted[k]) : sorted[count - 1];
}

double gd_mean(const double *values, size_t count)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += values[k];
    return count > 0 ? sum / (double)count : NAN;
}

/* --- The permutation test ----------------------------------------------------------------------------------------- */

static double signed_sum(const double *differences, size_t count, uint32_t signs)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += differences[k] * (1 - 2 * (double)(signs >> k & 1)); /* no branch to be mispredicted */
    return sum;
}

/* Of all signs; the sums of signs and of their opposites are as far from 0. */
static double test_all(const double *differences, size_t count, double least)
{
    size_t far = 0;
    const uint32_t all = (uint32_t)1 << count;
    for (uint32_t signs = 0; signs < all; signs++)
        far += fabs(signed_sum(differences, count, signs)) >= least;
    return (double)far / all;
}

static double test_some(const double *differences, size_t count, double least)
{
    enum { DRAWS = 100000 };
    const uint32_t name = gd_stream_hash("sign flips");
    size_t far = 1; /* the signs that were observed */
    for (uint32_t draw = 0; draw < DRAWS; draw++) {
        struct gd_stream stream = gd_stream_make(0, name, 0, draw);
        double sum = 0;
        for (size_t k = 0; k < count; k += 32) {
            const size_t left = count - k < 32 ? count - k : 32;
            sum += signed_sum(differences + k, left, gd_stream_bits(&stream));
        }
        far += fabs(sum) >= least;
    }
    return (double)far / (DRAWS + 1);
}

double gd_sign_flip_test(const double *differences, size_t count)
{
    enum { ALL = 20 };
    double scale = 0;
    for (size_t k = 0; k < count; k++)
        scale += fabs(differences[k]);
    if (count == 0 || !isfinite(scale))
        return NAN;
    const double least = fabs(gd_mean(differences, count)) * (double)count - 1e-12 * scale;
    return count <= ALL ? test_all(differences, count, least) : test_some(differences, count, least);
}

/* --- Two samples -------------------------------------------------------------------------------------------------- */

double gd_superiority(const double *first, size_t first_count, const double *second, size_t second_count)
{
    double below = 0;
    for (size_t j = 0; j < first_count; j++)
        for (size_t k = 0; k < second_count; k++)
            below += first[j] < second[k] ? 1 : first[j] == second[k] ? 0.5 : 0;
    return below / ((double)first_count * (double)second_count);
}

/* The p that are numbers come first. */
static size_t collect(const double *p, size_t count, double *values, size_t *places)
{
    size_t tests = 0;
    for (size_t k = 0; k < count; k++)
        if (!isnan(p[k])) {
            values[k] = p[k];
            places[tests++] = k;
        }
    return tests;
}

enum gd_status gd_holm_correct(double *p, size_t count)
{
    double *values = gd_array(count, sizeof *values), least = 0;
    size_t *places = gd_array(count, sizeof *places);
    enum gd_status status = values && places ? GD_OK : GD_NO_MEMORY;
    const size_t tests = status ? 0 : collect(p, count, values, places);
    if (tests > 0)
        gd_sort_places(places, tests, values);
    for (size_t k = 0; k < tests; k++) {
        least = fmax(least, fmin(1, (double)(tests - k) * values[places[k]]));
        p[places[k]] = least;
    }
    free(values);
    free(places);
    return status;
}
