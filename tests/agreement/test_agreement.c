/* Every operation of the backend table: the CPU backend with each of its kernels and the CUDA backend against the
 * reference, and the CPU backend with several threads against itself, bit for bit. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agreement/agreement.h"
#include "model/cpu/kernels.h"
#include "unit/suites.h"

/* The blocks of the CPU backend are 16, 32 and 64 rows, and change at 512. */
static const size_t rows[] = {0, 1, 7, 15, 16, 17, 31, 33, 63, 64, 65, 511, 513, 1027};
static const int widths[] = {4, 7, 33, 64};

#define SMALL 100 /* up to as many rows all kinds of values are tried, above only the plain ones */

static double number_at(const struct pair_array *array, const char *contents, size_t k)
{
    return array->reals ? ((const double *)(const void *)contents)[k]
                        : (double)((const float *)(const void *)contents)[k];
}

static void compare_numbers(const struct pair *pair, const struct agreement_op *op, const struct tolerance *tolerance,
                            const struct pair_array *array, char *const contents[2])
{
    size_t count = array->bytes / (array->reals ? sizeof(double) : sizeof(float));
    double largest = 0;
    for (size_t k = 0; k < count; k++)
        largest = fmax(largest, fabs(number_at(array, contents[0], k)));
    for (size_t k = 0; k < count; k++) {
        double expected = number_at(array, contents[0], k), tested = number_at(array, contents[1], k);
        double allowed = tolerance->absolute * largest + tolerance->relative * fabs(expected);
        if (!(fabs(tested - expected) <= allowed))
            ck_abort_msg("%s, %zu rows of %d, values %d: number %zu is %.9g instead of %.9g", op->name, pair->rows,
                         pair->width, (int)pair->values, k, tested, expected);
    }
}

static void compare(const struct pair *pair, const struct agreement_op *op, const struct tolerance *tolerance)
{
    for (size_t a = 0; a < pair->array_count; a++) {
        const struct pair_array *array = &pair->arrays[a];
        char *contents[2];
        for (int side = 0; side < 2; side++) {
            contents[side] = calloc(array->bytes + 1, 1);
            pair->backend[side]->type->download(pair->backend[side], contents[side], array->at[side], array->bytes);
        }
        if (array->result && array->integers)
            ck_assert_msg(memcmp(contents[0], contents[1], array->bytes) == 0, "%s, %zu rows of %d: array %zu differs",
                          op->name, pair->rows, pair->width, a);
        else if (array->result)
            compare_numbers(pair, op, tolerance, array, contents);
        free(contents[0]);
        free(contents[1]);
    }
    double allowed = tolerance->relative * fabs(pair->numbers[0]);
    bool same = pair->numbers[1] == pair->numbers[0]; /* also where both are infinite */
    ck_assert_msg(same || fabs(pair->numbers[1] - pair->numbers[0]) <= allowed,
                  "%s, %zu rows of %d: %.17g instead of %.17g", op->name, pair->rows, pair->width, pair->numbers[1],
                  pair->numbers[0]);
}

/* One operation on two backends at all sizes from `least` rows on. */
static void compare_backends(struct gd_backend *expected, struct gd_backend *tested, const struct agreement_op *op,
                             const struct tolerance *tolerance, size_t least)
{
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
            for (int values = 0; values < PAIR_VALUES; values++) {
                if (rows[r] < least || (rows[r] > SMALL && values != PAIR_NORMAL))
                    continue;
                struct pair pair = {.backend = {expected, tested},
                                    .rows = rows[r],
                                    .width = widths[w],
                                    .values = (enum pair_values)values,
                                    .stream = gd_stream_make(7, (uint32_t)r, (uint32_t)w, (uint32_t)values)};
                op->run(&pair);
                for (int side = 0; side < 2; side++)
                    ck_assert_int_eq(pair.backend[side]->type->finish(pair.backend[side], NULL), GD_OK);
                compare(&pair, op, tolerance);
                for (size_t a = 0; a < pair.array_count; a++)
                    for (int side = 0; side < 2; side++)
                        pair.backend[side]->type->release(pair.backend[side], pair.arrays[a].at[side]);
            }
}

START_TEST(kernels_agree_with_the_reference)
{
    const struct gd_kernels *kernels[4];
    struct gd_backend *reference, *cpu;
    ck_assert_int_eq(gd_backend_new(&reference, "reference", 1, NULL), GD_OK);
    for (size_t k = 0; k < gd_kernels_list(kernels); k++) {
        ck_assert_int_eq(gd_cpu_new(&cpu, kernels[k], 1, NULL), GD_OK);
        compare_backends(reference, cpu, &agreement_ops[_i], &agreement_ops[_i].tolerance, 0);
        gd_backend_free(cpu);
    }
    gd_backend_free(reference);
}
END_TEST

/* Whatever "cuda" is in this program: a GPU, or the host in its place. */
START_TEST(cuda_agrees_with_the_reference)
{
    struct gd_backend *reference, *cuda;
    ck_assert_int_eq(gd_backend_new(&reference, "reference", 1, NULL), GD_OK);
    ck_assert_int_eq(gd_backend_new(&cuda, "cuda", 1, NULL), GD_OK);
    compare_backends(reference, cuda, &agreement_ops[_i], &agreement_ops[_i].tolerance, 0);
    gd_backend_free(cuda);
    gd_backend_free(reference);
}
END_TEST

START_TEST(threads_do_not_matter)
{
    const struct tolerance none = {0, 0};
    const struct gd_kernels *kernels[4];
    struct gd_backend *one, *three;
    for (size_t k = 0; k < gd_kernels_list(kernels); k++) {
        ck_assert_int_eq(gd_cpu_new(&one, kernels[k], 1, NULL), GD_OK);
        ck_assert_int_eq(gd_cpu_new(&three, kernels[k], 3, NULL), GD_OK);
        compare_backends(one, three, &agreement_ops[_i], &none, SMALL);
        gd_backend_free(one);
        gd_backend_free(three);
    }
}
END_TEST

START_TEST(every_operation_has_a_row)
{
    for (size_t offset = 0; offset < sizeof(struct gd_ops); offset += sizeof(void (*)(void))) {
        size_t found = 0;
        for (size_t k = 0; k < agreement_op_count; k++)
            found += agreement_ops[k].offset == offset;
        ck_assert_msg(found == 1, "operation %zu of struct gd_ops has %zu rows", offset / sizeof(void (*)(void)),
                      found);
    }
}
END_TEST

/* Numbers that are not finite come out as such: nothing hides them. */
START_TEST(not_finite_stays_not_finite)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    const struct gd_kernels *kernels[4];
    for (size_t k = 0; k < gd_kernels_list(kernels); k++)
        for (size_t n = 0; n < 3; n++) {
            float x[19] = {0}, y[19], slope[19];
            for (size_t i = 0; i < 19; i++)
                x[i] = slope[i] = bad[n];
            kernels[k]->silu(19, x, y);
            kernels[k]->silu_slope(19, x, slope);
            for (size_t i = 0; i < 19; i++) {
                ck_assert(bad[n] == -INFINITY || !isfinite(y[i])); /* silu(-∞) is 0 */
                ck_assert(!isfinite(slope[i]));
            }
        }
}
END_TEST

Suite *suite_precision(void);

static Suite *suite_agreement(void)
{
    Suite *suite = suite_create("agreement");
    TCase *operations = tcase_create("operations");
    tcase_set_timeout(operations, 300);
    tcase_add_loop_test(operations, kernels_agree_with_the_reference, 0, (int)agreement_op_count);
    tcase_add_loop_test(operations, cuda_agrees_with_the_reference, 0, (int)agreement_op_count);
    tcase_add_loop_test(operations, threads_do_not_matter, 0, (int)agreement_op_count);
    tcase_add_test(operations, every_operation_has_a_row);
    tcase_add_test(operations, not_finite_stays_not_finite);
    suite_add_tcase(suite, operations);
    return suite;
}

Suite *(*const gd_suites[])(void) = {suite_agreement, suite_precision, NULL};
