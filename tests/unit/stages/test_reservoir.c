/* The weighted reservoir against exact chances of successive sampling without replacement, and at the ends of what
 * doubles hold. */
#include <math.h>
#include <string.h>

#include "stages/reservoir.h"
#include "stages/systematic.h"
#include "unit/statistics.h"
#include "unit/suites.h"

static struct gd_error error;

static size_t sample(const double *log_weights, size_t count, size_t size, struct gd_stream *stream, size_t *chosen)
{
    size_t chosen_count = SIZE_MAX;
    ck_assert_int_eq(gd_reservoir_sample(log_weights, count, size, stream, chosen, &chosen_count, &error), GD_OK);
    return chosen_count;
}

/* Chance that i and j are the two taken, one after the other in proportion to what is left. */
static double pair_chance(const double *weights, size_t count, size_t i, size_t j)
{
    double total = 0;
    for (size_t k = 0; k < count; k++)
        total += weights[k];
    double one = weights[i] / total * weights[j] / (total - weights[i]);
    double other = weights[j] / total * weights[i] / (total - weights[j]);
    return one + other;
}

START_TEST(pairs_come_with_their_chances)
{
    enum { ITEMS = 5, PAIRS = ITEMS * (ITEMS - 1) / 2, DRAWS = 200000 };
    const double weights[ITEMS] = {0.5, 1, 2, 3.5, 8};
    double log_weights[ITEMS], observed[PAIRS] = {0}, expected[PAIRS];
    size_t bins[ITEMS][ITEMS], bin = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        log_weights[i] = log(weights[i]) - 700; /* a common factor must not matter */
        for (size_t j = i + 1; j < ITEMS; j++) {
            expected[bin] = DRAWS * pair_chance(weights, ITEMS, i, j);
            bins[i][j] = bin++;
        }
    }
    struct gd_stream stream = gd_stream_make(1, 2, 3, 4);
    for (int k = 0; k < DRAWS; k++) {
        size_t chosen[2];
        ck_assert_uint_eq(sample(log_weights, ITEMS, 2, &stream, chosen), 2);
        ck_assert_uint_lt(chosen[0], chosen[1]);
        observed[bins[chosen[0]][chosen[1]]]++;
    }
    ck_assert_double_lt(stat_chi_square_excess(observed, expected, PAIRS), 0);
}
END_TEST

START_TEST(extreme_weights_keep_their_order)
{
    /* exp(-E/T) of energies up to 10^5 eV at 0.02 eV: all but the first underflow as weights. */
    const double log_weights[] = {-5e6, 0, -1e6, -3e6, -2e6, 1e6};
    struct gd_stream stream = gd_stream_make(1, 2, 3, 4);
    size_t chosen[6];
    ck_assert_uint_eq(sample(log_weights, 6, 4, &stream, chosen), 4);
    const size_t expected[] = {1, 2, 4, 5};
    ck_assert_mem_eq(chosen, expected, sizeof expected);
}
END_TEST

START_TEST(weight_zero_is_never_chosen)
{
    const double log_weights[] = {-INFINITY, -1e300, -INFINITY, 0};
    struct gd_stream stream = gd_stream_make(1, 2, 3, 4);
    size_t chosen[4];
    ck_assert_uint_eq(sample(log_weights, 4, 4, &stream, chosen), 2);
    ck_assert(chosen[0] == 1 && chosen[1] == 3);
}
END_TEST

START_TEST(all_are_chosen_where_there_is_room)
{
    const double log_weights[] = {0, -1, -2};
    struct gd_stream stream = gd_stream_make(1, 2, 3, 4);
    size_t chosen[3];
    ck_assert_uint_eq(sample(log_weights, 3, 64, &stream, chosen), 3);
    ck_assert(chosen[0] == 0 && chosen[1] == 1 && chosen[2] == 2);
}
END_TEST

START_TEST(nothing_from_nothing)
{
    struct gd_stream stream = gd_stream_make(1, 2, 3, 4);
    ck_assert_uint_eq(sample(NULL, 0, 5, &stream, NULL), 0);
    ck_assert_uint_eq(sample((double[]){1, 2}, 2, 0, &stream, NULL), 0);
}
END_TEST

/* Each item has a number of its own: appending items changes neither the keys nor the choice among the former ones. */
START_TEST(items_keep_their_keys)
{
    const double log_weights[] = {0, -1, 0.5, -0.3, 0.2, -INFINITY, 0.1, -900, -900, -900};
    size_t few[3], more[3];
    struct gd_stream one = gd_stream_make(8, 2, 3, 4), other = one;
    sample(log_weights, 7, 3, &one, few);
    sample(log_weights, 10, 3, &other, more);
    ck_assert_mem_eq(few, more, sizeof few);
}
END_TEST

/* Every item is chosen as often as its share says, rounded up or down, and in the mean exactly so: within five
 * standard deviations of what a choice between the two would give. */
START_TEST(marks_fall_on_shares)
{
    enum { COUNT = 5, ROUNDS = 4000 };
    static const size_t sizes[] = {1, 3, 4, 17};
    const double weights[COUNT] = {0.5, 0, 2, 0.3, 1.2}, whole = 4;
    const size_t size = sizes[_i];
    double log_weights[COUNT], means[COUNT] = {0};
    for (int k = 0; k < COUNT; k++)
        log_weights[k] = log(weights[k]) + 800; /* a common factor must not matter */
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct gd_stream stream = gd_stream_make(7, 0, 0, round);
        size_t chosen[17], counts[COUNT] = {0};
        ck_assert_uint_eq(gd_systematic_sample(log_weights, COUNT, size, &stream, chosen), size);
        for (size_t k = 0; k < size; k++) {
            ck_assert(k == 0 || chosen[k] >= chosen[k - 1]);
            counts[chosen[k]]++;
        }
        for (int k = 0; k < COUNT; k++) {
            ck_assert_double_lt(fabs((double)counts[k] - (double)size * weights[k] / whole), 1);
            means[k] += (double)counts[k] / ROUNDS;
        }
    }
    for (int k = 0; k < COUNT; k++) {
        const double share = (double)size * weights[k] / whole, part = share - floor(share);
        ck_assert_double_eq_tol(means[k], share, 5 * sqrt(part * (1 - part) / ROUNDS) + 1e-12);
    }
}
END_TEST

START_TEST(nothing_has_no_shares)
{
    struct gd_stream stream = gd_stream_make(7, 0, 0, 0);
    size_t chosen[3];
    ck_assert_uint_eq(gd_systematic_sample((const double[]){-INFINITY, -INFINITY}, 2, 3, &stream, chosen), 0);
    ck_assert_uint_eq(gd_systematic_sample((const double[]){-INFINITY, -1e300}, 2, 3, &stream, chosen), 3);
    ck_assert(chosen[0] == 1 && chosen[1] == 1 && chosen[2] == 1);
}
END_TEST

Suite *suite_reservoir(void)
{
    Suite *suite = suite_create("reservoir");
    TCase *reservoir = tcase_create("reservoir");
    tcase_add_loop_test(reservoir, marks_fall_on_shares, 0, 4);
    tcase_add_test(reservoir, nothing_has_no_shares);
    tcase_add_test(reservoir, pairs_come_with_their_chances);
    tcase_add_test(reservoir, extreme_weights_keep_their_order);
    tcase_add_test(reservoir, weight_zero_is_never_chosen);
    tcase_add_test(reservoir, all_are_chosen_where_there_is_room);
    tcase_add_test(reservoir, nothing_from_nothing);
    tcase_add_test(reservoir, items_keep_their_keys);
    suite_add_tcase(suite, reservoir);
    return suite;
}
