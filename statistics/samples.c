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

/* Sums of differences by their signs are put together from those of eight at a time: [blocks][SIGNS], by the bits of
 * the signs. */
enum { EIGHT = 8, SIGNS = 1 << EIGHT };

static size_t block_count(size_t count)
{
    return (count + EIGHT - 1) / EIGHT;
}

/* Of eight differences, or of fewer at the end, which leave bits without effect. */
static void add_up(const double *differences, size_t count, double *sums)
{
    for (size_t signs = 0; signs < SIGNS; signs++) {
        sums[signs] = 0;
        for (size_t k = 0; k < count && k < EIGHT; k++)
            sums[signs] += signs >> k & 1 ? -differences[k] : differences[k];
    }
}

/* Of the first blocks; no more than a word has signs for. */
static double signed_sum(const double *sums, size_t blocks, uint32_t signs)
{
    double sum = 0;
    for (size_t block = 0; block < blocks && block < sizeof signs; block++)
        sum += sums[block * SIGNS + (signs >> block * EIGHT & (SIGNS - 1))];
    return sum;
}

/* Of all signs but the last one's, since the sums of signs and of their opposites are as far from 0. */
static double test_all(const double *sums, size_t count, double least)
{
    size_t far = 0;
    const uint32_t half = (uint32_t)1 << (count - 1);
    for (uint32_t signs = 0; signs < half; signs++)
        far += fabs(signed_sum(sums, block_count(count), signs)) >= least;
    return (double)far / half;
}

static double test_some(const double *sums, size_t count, double least)
{
    enum { DRAWS = 100000 };
    const uint32_t name = gd_stream_hash("sign flips");
    const size_t blocks = block_count(count);
    size_t far = 1; /* the signs that were observed */
    for (uint32_t draw = 0; draw < DRAWS; draw++) {
        struct gd_stream stream = gd_stream_make(0, name, 0, draw);
        double sum = 0;
        for (size_t block = 0; block < blocks; block += sizeof(uint32_t))
            sum += signed_sum(sums + block * SIGNS, blocks - block, gd_stream_bits(&stream));
        far += fabs(sum) >= least;
    }
    return (double)far / (DRAWS + 1);
}

enum gd_status gd_sign_flip_test(const double *differences, size_t count, double *p)
{
    enum { ALL = 20 };
    double scale = 0;
    for (size_t k = 0; k < count; k++)
        scale += fabs(differences[k]);
    *p = count > 0 && scale == 0 ? 1 : NAN; /* without a difference all sums are 0 */
    if (!isfinite(scale) || scale == 0)
        return GD_OK;
    double *sums = gd_array(block_count(count) * SIGNS, sizeof *sums);
    if (!sums)
        return GD_NO_MEMORY;
    for (size_t k = 0; k < count; k += EIGHT)
        add_up(differences + k, count - k, sums + k / EIGHT * SIGNS);
    const double least = fabs(gd_mean(differences, count)) * (double)count - 1e-12 * scale;
    *p = count <= ALL ? test_all(sums, count, least) : test_some(sums, count, least);
    free(sums);
    return GD_OK;
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
