/* The order of atoms along a space-filling curve. */
#include <math.h>
#include <stdlib.h>

#include "engine/base/random.h"
#include "model/space_filling.h"
#include "unit/suites.h"

static void order_of(size_t count, const double (*positions)[3], int *order)
{
    struct gd_error error = {0};
    ck_assert_msg(gd_curve_order(count, positions, order, &error) == GD_OK, "%s", error.text);
}

/* The corners of a cube, x first, then y, then z; twice as far away the next cube. */
START_TEST(octants_come_one_by_one)
{
    double corners[64][3];
    int order[64];
    for (int k = 0; k < 64; k++) /* backwards */
        for (int axis = 0; axis < 3; axis++)
            corners[63 - k][axis] = (k >> axis & 1) + 2 * (k >> (3 + axis) & 1) - 7.5;
    order_of(64, (const double(*)[3])corners, order);
    for (int k = 0; k < 64; k++)
        ck_assert_int_eq(order[k], 63 - k);
}
END_TEST

START_TEST(equal_places_stay_in_order)
{
    const double same[3][3] = {{1, 2, 3}, {1, 2, 3}, {1, 2, 3}}, far[3][3] = {{1e9, 0, 0}, {0, -1e9, 0}, {1e9, 0, 0}};
    int order[3] = {-1, -1, -1};
    order_of(0, same, order);
    ck_assert_int_eq(order[0], -1);
    order_of(3, same, order);
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(order[k], k);
    order_of(3, far, order);
    ck_assert_int_eq(order[0], 1);
    ck_assert_int_eq(order[1], 0);
    ck_assert_int_eq(order[2], 2);
}
END_TEST

/* Of 4,096 random points each comes once, and the next one is near: a random order would be off by 0.66 on average. */
START_TEST(neighbours_are_near)
{
    enum { COUNT = 4096 };
    struct gd_stream stream = gd_stream_make(3, 0, 0, 0);
    double(*points)[3] = calloc(COUNT, sizeof *points), sum = 0;
    int *order = calloc(COUNT, sizeof *order), *seen = calloc(COUNT, sizeof *seen);
    for (size_t k = 0; k < 3 * COUNT; k++)
        points[k / 3][k % 3] = gd_stream_uniform(&stream);
    order_of(COUNT, (const double(*)[3])points, order);
    for (size_t k = 0; k < COUNT; k++)
        seen[order[k]]++;
    for (size_t k = 0; k < COUNT; k++)
        ck_assert_int_eq(seen[k], 1);
    for (size_t k = 1; k < COUNT; k++) {
        const double *p = points[order[k - 1]], *q = points[order[k]];
        sum += sqrt((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) + (p[2] - q[2]) * (p[2] - q[2]));
    }
    ck_assert_double_lt(sum / COUNT, 0.1);
    free(points);
    free(order);
    free(seen);
}
END_TEST

Suite *suite_curve(void);

Suite *suite_curve(void)
{
    Suite *suite = suite_create("curve");
    TCase *order = tcase_create("order");
    tcase_add_test(order, octants_come_one_by_one);
    tcase_add_test(order, equal_places_stay_in_order);
    tcase_add_test(order, neighbours_are_near);
    suite_add_tcase(suite, order);
    return suite;
}
