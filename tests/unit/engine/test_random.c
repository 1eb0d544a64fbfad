/* Random streams: Philox against Random123's published known answers, distributions against their exact functions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/random.h"
#include "unit/suites.h"

enum { DRAWS = 20000 };

/* Kolmogorov's bound on D sqrt(n): passed by chance in all but one of 10^6 tests. The seeds are fixed, so a test that
 * passes once passes always. */
#define KOLMOGOROV 2.69

static struct gd_stream stream(uint32_t sample)
{
    return gd_stream_make(20240607, gd_stream_hash("sample"), 3, sample);
}

/* The first block of a stream whose key and counter are set by hand. */
static void check_philox(uint64_t seed, const uint32_t counter[4], const uint32_t expected[4])
{
    struct gd_stream s = gd_stream_make(seed, counter[3], counter[2], counter[1]);
    s.counter[0] = counter[0];
    for (int k = 0; k < 4; k++)
        ck_assert_uint_eq(gd_stream_bits(&s), expected[k]);
}

START_TEST(philox_known_answers)
{
    uint32_t ones = 0xffffffff;
    check_philox(0, (uint32_t[]){0, 0, 0, 0}, (uint32_t[]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    check_philox(UINT64_MAX, (uint32_t[]){ones, ones, ones, ones},
                 (uint32_t[]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    check_philox(0x299f31d0a4093822, (uint32_t[]){0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                 (uint32_t[]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}
END_TEST

START_TEST(blocks_follow_each_other)
{
    struct gd_stream s = gd_stream_make(0, 0, 0, 0), second = s;
    second.counter[0] = 1;
    for (int k = 0; k < 4; k++)
        gd_stream_bits(&s);
    for (int k = 0; k < 4; k++)
        ck_assert_uint_eq(gd_stream_bits(&s), gd_stream_bits(&second));
}
END_TEST

/* From every place in a block, with and without a spare normal. */
START_TEST(normals_are_passed_over)
{
    for (int used = 0; used < 5; used++)
        for (int before = 0; before < 3; before++)
            for (uint64_t count = 0; count < 9; count++) {
                struct gd_stream walked = stream(5);
                for (int k = 0; k < used; k++)
                    gd_stream_bits(&walked);
                for (int k = 0; k < before; k++)
                    gd_stream_normal(&walked);
                struct gd_stream jumped = gd_stream_after_normals(&walked, count);
                for (uint64_t k = 0; k < count; k++)
                    gd_stream_normal(&walked);
                for (int k = 0; k < 5; k++)
                    ck_assert_double_eq(gd_stream_normal(&jumped), gd_stream_normal(&walked));
                ck_assert_uint_eq(gd_stream_bits(&jumped), gd_stream_bits(&walked));
            }
}
END_TEST

/* As random.h says; a stream from its first block on is that of another seed. */
START_TEST(a_stream_goes_on_after_its_blocks)
{
    const uint32_t ones = UINT32_MAX;
    struct gd_stream s = gd_stream_make(7, 1, 2, 3), keys = gd_stream_make(7, ones, ones, ones);
    s.counter[0] = keys.counter[0] = ones;
    const uint64_t low = gd_stream_bits(&keys), high = gd_stream_bits(&keys);
    struct gd_stream next = gd_stream_make(low | high << 32 | 1ull << 63, 1, 2, 3), first = gd_stream_make(7, 1, 2, 3);
    for (int k = 0; k < 4; k++)
        gd_stream_bits(&s);
    for (int k = 0; k < 9; k++) {
        const uint32_t bits = gd_stream_bits(&s);
        ck_assert_uint_eq(bits, gd_stream_bits(&next));
        ck_assert_uint_ne(bits, gd_stream_bits(&first));
    }
}
END_TEST

START_TEST(normals_are_passed_over_beyond_the_blocks)
{
    struct gd_stream walked = stream(5), parts = stream(5);
    walked.counter[0] = UINT32_MAX - 2;
    struct gd_stream jumped = gd_stream_after_normals(&walked, 13);
    for (int k = 0; k < 13; k++)
        gd_stream_normal(&walked);
    for (int k = 0; k < 5; k++)
        ck_assert_double_eq(gd_stream_normal(&jumped), gd_stream_normal(&walked));
    for (int k = 0; k < 4; k++)
        parts = gd_stream_after_normals(&parts, 3ull << 31);
    const struct gd_stream whole = stream(5);
    jumped = gd_stream_after_normals(&whole, 3ull << 33);
    ck_assert_uint_ne(jumped.key[0], whole.key[0]);
    for (int k = 0; k < 5; k++)
        ck_assert_double_eq(gd_stream_normal(&jumped), gd_stream_normal(&parts));
}
END_TEST

START_TEST(hash_is_fnv_1a)
{
    /* From the authors' list of test vectors. */
    ck_assert_uint_eq(gd_stream_hash(""), 0x811c9dc5);
    ck_assert_uint_eq(gd_stream_hash("a"), 0xe40c292c);
    ck_assert_uint_eq(gd_stream_hash("foobar"), 0xbf9cf968);
}
END_TEST

START_TEST(streams_differ_in_every_name)
{
    struct gd_stream streams[] = {
        gd_stream_make(1, 2, 3, 4), gd_stream_make(9, 2, 3, 4), gd_stream_make(1 + (1ull << 32), 2, 3, 4),
        gd_stream_make(1, 9, 3, 4), gd_stream_make(1, 2, 9, 4), gd_stream_make(1, 2, 3, 9)};
    uint32_t first[6];
    for (int k = 0; k < 6; k++) {
        first[k] = gd_stream_bits(&streams[k]);
        for (int j = 0; j < k; j++)
            ck_assert_uint_ne(first[j], first[k]);
    }
}
END_TEST

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The largest distance between the draws' distribution and `cdf`, times sqrt(n). */
static double kolmogorov(double *draws, int count, double (*cdf)(double))
{
    double most = 0;
    qsort(draws, (size_t)count, sizeof *draws, ascending);
    for (int k = 0; k < count; k++) {
        double expected = cdf(draws[k]);
        most = fmax(most, fmax(expected - (double)k / count, (double)(k + 1) / count - expected));
    }
    return most * sqrt(count);
}

static double uniform_cdf(double x)
{
    return x;
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

START_TEST(uniform)
{
    static double draws[DRAWS];
    struct gd_stream s = stream(0);
    for (int k = 0; k < DRAWS; k++)
        draws[k] = gd_stream_uniform(&s);
    ck_assert_double_lt(kolmogorov(draws, DRAWS, uniform_cdf), KOLMOGOROV);
}
END_TEST

START_TEST(uniform_never_reaches_its_ends)
{
    struct gd_stream zeros = {.used = 0}, ones = {.used = 0};
    memset(ones.block, 0xff, sizeof ones.block);
    ck_assert_double_eq(gd_stream_uniform(&zeros), 0x1p-53);
    ck_assert_double_eq(gd_stream_uniform(&ones), 1 - 0x1p-53);
}
END_TEST

START_TEST(normal)
{
    static double draws[DRAWS];
    double power[5] = {0};
    struct gd_stream s = stream(1);
    for (int k = 0; k < DRAWS; k++) {
        draws[k] = gd_stream_normal(&s);
        for (int n = 1; n < 5; n++)
            power[n] += pow(draws[k], n) / DRAWS;
    }
    /* Moments 0, 1, 0, 3, whose estimates vary by 1, 2, 15 and 96 over n; five standard deviations. */
    ck_assert_double_eq_tol(power[1], 0, 5 * sqrt(1.0 / DRAWS));
    ck_assert_double_eq_tol(power[2], 1, 5 * sqrt(2.0 / DRAWS));
    ck_assert_double_eq_tol(power[3], 0, 5 * sqrt(15.0 / DRAWS));
    ck_assert_double_eq_tol(power[4], 3, 5 * sqrt(96.0 / DRAWS));
    ck_assert_double_lt(kolmogorov(draws, DRAWS, normal_cdf), KOLMOGOROV);
}
END_TEST

START_TEST(neighbours_are_independent)
{
    struct gd_stream s = stream(2), t = stream(3);
    double along = 0, across = 0, former = gd_stream_normal(&s);
    gd_stream_normal(&t);
    for (int k = 0; k < DRAWS; k++) {
        double here = gd_stream_normal(&s), there = gd_stream_normal(&t);
        along += former * here / DRAWS;
        across += here * there / DRAWS;
        former = here;
    }
    ck_assert_double_eq_tol(along, 0, 5 / sqrt(DRAWS));
    ck_assert_double_eq_tol(across, 0, 5 / sqrt(DRAWS));
}
END_TEST

START_TEST(below_is_even)
{
    enum { BOUND = 7, EACH = 10000 };
    int seen[BOUND] = {0};
    struct gd_stream s = stream(60);
    for (int k = 0; k < BOUND * EACH; k++)
        seen[gd_stream_below(&s, BOUND)]++;
    for (int k = 0; k < BOUND; k++)
        ck_assert_int_lt(abs(seen[k] - EACH), 5 * (int)sqrt(EACH));
    ck_assert_uint_eq(gd_stream_below(&s, 1), 0);
}
END_TEST

/* With a bound of 3/4 of 2^64, taking the remainder alone would give the lowest third twice as often. */
START_TEST(below_is_even_for_large_bounds)
{
    size_t bound = SIZE_MAX / 4 * 3;
    int low = 0;
    struct gd_stream s = stream(61);
    for (int k = 0; k < DRAWS; k++)
        low += gd_stream_below(&s, bound) < bound / 3;
    ck_assert_int_lt(abs(low - DRAWS / 3), 5 * (int)sqrt(DRAWS * 2 / 9.0));
}
END_TEST

Suite *suite_random(void)
{
    Suite *suite = suite_create("random");
    TCase *bits = tcase_create("bits"), *values = tcase_create("distributions");
    tcase_add_test(bits, philox_known_answers);
    tcase_add_test(bits, blocks_follow_each_other);
    tcase_add_test(bits, normals_are_passed_over);
    tcase_add_test(bits, a_stream_goes_on_after_its_blocks);
    tcase_add_test(bits, normals_are_passed_over_beyond_the_blocks);
    tcase_add_test(bits, hash_is_fnv_1a);
    tcase_add_test(bits, streams_differ_in_every_name);
    tcase_add_test(values, uniform);
    tcase_add_test(values, uniform_never_reaches_its_ends);
    tcase_add_test(values, normal);
    tcase_add_test(values, neighbours_are_independent);
    tcase_add_test(values, below_is_even);
    tcase_add_test(values, below_is_even_for_large_bounds);
    suite_add_tcase(suite, bits);
    suite_add_tcase(suite, values);
    return suite;
}
