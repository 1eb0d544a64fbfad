/* Regions: what is inside, reflection at their walls, points drawn, and what cannot be one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "atoms/vector.h"
#include "helpers.h"

/* In a cell whose middle is (10, 10, 10), on a template whose top is at z = 4. */
static const struct gd_cell cube = {{{20, 0, 0}, {0, 20, 0}, {0, 0, 20}}, {true, true, true}};

static struct gd_structure template_of(double (*position)[3], int *species)
{
    position[0][0] = position[0][1] = 1;
    position[0][2] = 4;
    *species = 78;
    return (struct gd_structure){.cell = cube, .count = 1, .species = species, .positions = position};
}

static enum gd_status try_system(const char *yaml, struct gd_system *system, struct gd_error *error)
{
    const int mobile[2] = {29, 29};
    double position[1][3];
    int species;
    const struct gd_structure template_ = template_of(position, &species);
    struct gd_region region;
    enum gd_status status = test_region(yaml, &template_, &region, NULL, error);
    return status ? status : gd_system_make_in(system, &template_, mobile, 2, &region, error);
}

static struct gd_system system_of(const char *yaml)
{
    struct gd_system system;
    struct gd_error error = {0};
    ck_assert_ok(try_system(yaml, &system, &error), error);
    return system;
}

#define BLOB                                                                                                           \
    "{union: {first: {sphere: {radius: 3, centre: [0, 0, 2], from: surface}}, second: {box: {lengths: [12, 2, 4]}}}}"

static const char *const shapes[] = {
    "{sphere: {radius: 4}}",
    "{sphere: {radius: 2.5, centre: [1, 2, 3], from: origin}}",
    "{box: {lengths: [3, 5, 7], centre: [0, 1, 3], from: surface}}",
    "{cylinder: {radius: 3, length: 8}}",
    "{cylinder: {radius: 2, length: 9, axis: x, centre: [0, 3, 0]}}",
    BLOB,
    "{union: {first: " BLOB ", second: {cylinder: {radius: 1, length: 19, axis: y}}}}",
    "{union: {first: {window: {above: [1, 3]}}, second: {window: {between: [-3, 2]}}}}",
    "{union: {first: {sphere: {radius: 2.5}}, second: {cylinder: {radius: 1, length: 10, axis: x}}}}",
    "{window: {above: [1, 3]}}",
};

enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Whatever comes back from outside is inside, and what is inside stays as it is; a vector keeps its length. */
START_TEST(nothing_leaves)
{
    struct gd_system system = system_of(shapes[_i]);
    struct gd_stream stream = test_stream(5);
    for (int k = 0; k < 5000; k++) {
        double point[3], again[3], vector[3], length;
        for (int axis = 0; axis < 3; axis++) {
            point[axis] = 10 + (k % 3 ? 15 : 200) * gd_stream_normal(&stream);
            vector[axis] = gd_stream_normal(&stream);
        }
        length = gd_length(vector);
        gd_system_confine(&system, point, vector);
        ck_assert_double_eq_tol(gd_length(vector), length, 1e-12);
        ck_assert(gd_system_contains(&system, point));
        memcpy(again, point, sizeof again);
        gd_system_confine(&system, again, NULL);
        for (int axis = 0; axis < 3; axis++)
            ck_assert_double_eq_tol(again[axis], point[axis], 1e-12);
        gd_system_draw(&system, &stream, point);
        memcpy(again, point, sizeof again);
        memcpy(vector, point, sizeof vector);
        gd_system_confine(&system, again, vector);
        ck_assert_mem_eq(again, point, sizeof again);
        ck_assert_mem_eq(vector, point, sizeof vector);
    }
    gd_system_clear(&system);
}
END_TEST

/* Nor does it depend on the last bits where a point comes back to, which differ between processors. */
START_TEST(rounding_does_not_matter)
{
    struct gd_system system = system_of(shapes[_i]);
    struct gd_stream stream = test_stream(6);
    for (int k = 0; k < 20000; k++) {
        double points[2][3], vectors[2][3] = {{1, 2, 3}, {1, 2, 3}};
        for (int axis = 0; axis < 3; axis++) {
            points[0][axis] = 10 + 40 * gd_stream_normal(&stream);
            points[1][axis] = points[0][axis] * (1 + 1e-15 * gd_stream_normal(&stream));
        }
        for (int side = 0; side < 2; side++)
            gd_system_confine(&system, points[side], vectors[side]);
        for (int axis = 0; axis < 3; axis++) {
            ck_assert_double_eq_tol(points[0][axis], points[1][axis], 1e-9);
            ck_assert_double_eq_tol(vectors[0][axis], vectors[1][axis], 1e-9);
        }
    }
    gd_system_clear(&system);
}
END_TEST

/* Points outside, where they come back to, and what becomes of the vector (1, 2, 3). */
static const struct {
    const char *yaml;
    double point[3], back[3], vector[3];
} reflections[] = {
    {"{sphere: {radius: 4}}", {15, 10, 10}, {13, 10, 10}, {-1, 2, 3}},
    {"{sphere: {radius: 4}}", {10, 10, 5}, {10, 10, 7}, {1, 2, -3}},
    {"{sphere: {radius: 4}}", {23, 10, 10}, {7, 10, 10}, {1, 2, 3}}, /* across, and from the other side again */
    /* v - 2 (v·n) n with n = (0.6, 0.8, 0), v·n = 2.2 */
    {"{sphere: {radius: 5}}", {13.6, 14.8, 10}, {12.4, 13.2, 10}, {1 - 2 * 2.2 * 0.6, 2 - 2 * 2.2 * 0.8, 3}},
    {"{box: {lengths: [2, 4, 6]}}", {11.5, 12.5, 10}, {10.5, 11.5, 10}, {-1, -2, 3}},
    {"{box: {lengths: [2, 4, 6]}}", {13, 10, 13.5}, {9, 10, 12.5}, {1, 2, -3}},
    {"{cylinder: {radius: 4, length: 4}}", {10, 15, 12.5}, {10, 13, 11.5}, {1, -2, -3}},
    {"{cylinder: {radius: 4, length: 4, axis: x}}", {12.5, 15, 10}, {11.5, 13, 10}, {-1, -2, 3}},
    {"{union: {first: {sphere: {radius: 2}}, second: {sphere: {radius: 2, centre: [4, 0, 0]}}}}",
     {17, 10, 10},
     {15, 10, 10},
     {-1, 2, 3}},
    {"{union: {first: {window: {above: [1, 3]}}, second: {window: {between: [-3, 2]}}}}",
     {10, 10, 3},
     {10, 10, 1},
     {1, 2, -3}},
};

START_TEST(walls_reflect)
{
    struct gd_system system = system_of(reflections[_i].yaml);
    double point[3], vector[3] = {1, 2, 3};
    memcpy(point, reflections[_i].point, sizeof point);
    gd_system_confine(&system, point, vector);
    for (int axis = 0; axis < 3; axis++) {
        ck_assert_double_eq_tol(point[axis], reflections[_i].back[axis], 1e-12);
        ck_assert_double_eq_tol(vector[axis], reflections[_i].vector[axis], 1e-12);
    }
    gd_system_clear(&system);
}
END_TEST

/* Reflected at a wall and again at the same wall a point is where it was: distances from the wall are the same. */
START_TEST(reflection_is_an_involution)
{
    struct gd_stream stream = test_stream(9);
    for (int axes = 1; axes < 8; axes++)
        for (int k = 0; k < 200; k++) {
            struct gd_ball ball = {axes, {1, 2, 3}, 2};
            double point[3], start[3], vector[3] = {1, 2, 3}, outward[3], after[3];
            const double beyond = test_uniform(&stream, 1e-6, 1.9);
            for (int axis = 0; axis < 3; axis++)
                point[axis] = ball.centre[axis] + gd_stream_normal(&stream);
            gd_ball_outward(&ball, point, outward);
            gd_ball_place(&ball, outward, ball.radius + beyond, point);
            memcpy(start, point, sizeof start);
            gd_ball_reflect(&ball, point, vector);
            ck_assert_double_eq_tol(gd_ball_outward(&ball, point, after), ball.radius - beyond, 1e-12);
            gd_ball_place(&ball, after, 2 * ball.radius - (ball.radius - beyond), point);
            gd_ball_reflect(&ball, (double[]){start[0], start[1], start[2]}, vector);
            for (int axis = 0; axis < 3; axis++) {
                ck_assert_double_eq_tol(point[axis], start[axis], 1e-9);
                ck_assert_double_eq_tol(vector[axis], axis + 1, 1e-12);
            }
        }
}
END_TEST

/* Means of the coordinates' squares, from the middle of the shape, of points drawn: R²/5 along each axis of a sphere,
 * R²/4 of a disc, L²/12 of an interval. */
START_TEST(points_are_uniform)
{
    static const struct {
        const char *yaml;
        double middle[3], squares[3];
    } drawn[] = {
        {"{sphere: {radius: 4}}", {10, 10, 10}, {3.2, 3.2, 3.2}},
        {"{box: {lengths: [2, 3, 6], centre: [1, 0, 2], from: surface}}", {11, 10, 6}, {1 / 3.0, 0.75, 3}},
        {"{cylinder: {radius: 4, length: 6, axis: y}}", {10, 10, 10}, {4, 3, 4}},
    };
    enum { COUNT = 40000 };
    struct gd_system system = system_of(drawn[_i].yaml);
    struct gd_stream stream = test_stream(21);
    double mean[3] = {0}, squares[3] = {0};
    for (int k = 0; k < COUNT; k++) {
        double point[3];
        gd_system_draw(&system, &stream, point);
        for (int axis = 0; axis < 3; axis++) {
            const double off = point[axis] - drawn[_i].middle[axis];
            mean[axis] += off / COUNT;
            squares[axis] += off * off / COUNT;
        }
    }
    for (int axis = 0; axis < 3; axis++) { /* five standard errors; the variance of x² is below 2 (mean of x²)² */
        const double square = drawn[_i].squares[axis];
        ck_assert_double_eq_tol(mean[axis], 0, 5 * sqrt(square / COUNT));
        ck_assert_double_eq_tol(squares[axis], square, 5 * sqrt(2.0 / COUNT) * square);
    }
    gd_system_clear(&system);
}
END_TEST

/* Two boxes that overlap: points in one alone, in both, in the other alone are as many as their volumes say; likewise
 * for windows, which need a cell. */
START_TEST(a_union_is_uniform)
{
    static const struct {
        const char *yaml;
        double first_end, second_start, shares[3]; /* along x, or z */
        int axis;
    } unions[] = {
        {"{union: {first: {box: {lengths: [4, 2, 2]}}, second: {box: {lengths: [6, 2, 2], centre: [4, 0, 0]}}}}",
         12,
         11,
         {3 / 9.0, 1 / 9.0, 5 / 9.0},
         0},
        {"{union: {first: {window: {between: [0, 5]}}, second: {window: {above: [-1, 2]}}}}",
         5,
         3,
         {3 / 6.0, 2 / 6.0, 1 / 6.0},
         2},
    };
    enum { COUNT = 30000 };
    struct gd_system system = system_of(unions[_i].yaml);
    struct gd_stream stream = test_stream(22);
    double counts[3] = {0}, squares = 0;
    for (int k = 0; k < COUNT; k++) {
        double point[3];
        gd_system_draw(&system, &stream, point);
        const double at = point[unions[_i].axis];
        counts[at > unions[_i].first_end ? 2 : at >= unions[_i].second_start]++;
    }
    for (int k = 0; k < 3; k++) {
        const double expected = COUNT * unions[_i].shares[k];
        squares += (counts[k] - expected) * (counts[k] - expected) / expected;
    }
    ck_assert_msg(squares < 13.8, "χ² = %g of two degrees of freedom", squares); /* 0.1 % */
    gd_system_clear(&system);
}
END_TEST

/* A sphere, a cylinder and a box apart from each other: points are as many as their volumes say. */
START_TEST(shapes_of_a_union_have_their_volumes)
{
    enum { COUNT = 30000 };
    const double pi = acos(-1), volumes[3] = {4 * pi / 3 * 8, pi * 4 * 3, 40}; /* Å³ */
    struct gd_system system =
        system_of("{union: {first: {sphere: {radius: 2, centre: [-6, 0, 0]}}, second: {union: {first: {cylinder: "
                  "{radius: 2, length: 3}}, second: {box: {lengths: [4, 5, 2], centre: [6, 0, 0]}}}}}}");
    struct gd_stream stream = test_stream(23);
    double counts[3] = {0}, squares = 0;
    for (int k = 0; k < COUNT; k++) {
        double point[3];
        gd_system_draw(&system, &stream, point);
        counts[point[0] < 7 ? 0 : point[0] < 13 ? 1 : 2]++;
    }
    for (int k = 0; k < 3; k++) {
        const double expected = COUNT * volumes[k] / (volumes[0] + volumes[1] + volumes[2]);
        squares += (counts[k] - expected) * (counts[k] - expected) / expected;
    }
    ck_assert_msg(squares < 13.8, "χ² = %g of two degrees of freedom", squares); /* 0.1 % */
    gd_system_clear(&system);
}
END_TEST

/* At a wall, and beyond it. */
START_TEST(walls_stop_and_hold)
{
    struct gd_system system = system_of("{sphere: {radius: 5}}"), both = system_of(shapes[5]);
    double point[3] = {16, 18, 10}, force[3] = {2, 1, 3};
    gd_system_stop(&system, point); /* on the line to the centre */
    ck_assert_double_eq_tol(point[0], 13, 1e-12);
    ck_assert_double_eq_tol(point[1], 14, 1e-12);
    gd_system_hold(&system, point, force); /* 2·0.6 + 1·0.8 = 2 outward */
    ck_assert_double_eq_tol(force[0], 2 - 2 * 0.6, 1e-12);
    ck_assert_double_eq_tol(force[1], 1 - 2 * 0.8, 1e-12);
    ck_assert_double_eq(force[2], 3);
    double inward[3] = {-2, -1, 3}, inside[3] = {12, 10, 10}, out[3] = {5, 0, 0};
    gd_system_hold(&system, point, inward);
    ck_assert(inward[0] == -2 && inward[1] == -1);
    gd_system_hold(&system, inside, out);
    ck_assert(out[0] == 5);
    double joint[3] = {10, 10, 8}, down[3] = {0, 0, -1}; /* the lower wall of the box, within the sphere */
    gd_system_hold(&both, joint, down);
    ck_assert(down[2] == -1);
    gd_system_clear(&system);
    gd_system_clear(&both);
}
END_TEST

/* The same bits as a window of the section. */
START_TEST(a_window_is_a_window)
{
    const int mobile[2] = {29, 29};
    double position[1][3];
    int species;
    const struct gd_structure template_ = template_of(position, &species);
    struct gd_system window, region = system_of("{window: {above: [1.1, 6.3]}}");
    struct gd_error error = {0};
    ck_assert_ok(gd_system_make(&window, &template_, mobile, 2, (double[]){1.1, 6.3}, true, &error), error);
    ck_assert(region.confined && region.region.count == 0);
    ck_assert_mem_eq(region.window, window.window, sizeof window.window);
    gd_system_clear(&window);
    gd_system_clear(&region);
}
END_TEST

/* A box with room around what reaches farthest, whose middle is the region's origin. */
START_TEST(without_a_template)
{
    struct gd_region region;
    struct gd_error error = {0};
    double room[3];
    ck_assert_ok(test_region("{sphere: {radius: 4, centre: [1, 0, -2]}}", NULL, &region, room, &error), error);
    ck_assert(room[0] == 20 && room[1] == 18 && room[2] == 22);
    const struct gd_ball *ball = region.parts[0].balls;
    ck_assert(ball->centre[0] == 11 && ball->centre[1] == 9 && ball->centre[2] == 9 && ball->radius == 4);
}
END_TEST

START_TEST(what_is_no_region)
{
    static const struct {
        const char *yaml, *message;
        bool template_;
    } wrong[] = {
        {"{window: {above: [1, 2]}}", "a window above the template needs a template with atoms", false},
        {"{window: {between: [1, 2]}}", "a window needs a template", false},
        {"{window: {}}", "give the window as above or as between", true},
        {"{window: {above: [1, 2], between: [1, 2]}}", "give the window as above or as between, not both", true},
        {"{window: {between: [3, 2]}}", "the window from 3 to 2 Å is empty", true},
        {"{sphere: {radius: 2, from: origin}}", "from: origin needs a template", false},
        {"{box: {lengths: [1, 1, 1], from: surface}}", "from: surface needs a template with atoms", false},
        {"{union: {first: {sphere: {radius: 2}}, second: {window: {above: [1, 2]}}}}",
         "a region of windows, which bound z alone, and of shapes that bound all directions", true},
        {"{union: {first: {union: {first: " BLOB ", second: " BLOB "}}, second: {union: {first: " BLOB
         ", second: {union: {first: " BLOB ", second: {sphere: {radius: 1}}}}}}}}",
         "a region of more than 8 parts", true},
    };
    double position[1][3];
    int species;
    const struct gd_structure template_ = template_of(position, &species);
    struct gd_region region;
    struct gd_error error = {0};
    double room[3];
    ck_assert_int_eq(test_region(wrong[_i].yaml, wrong[_i].template_ ? &template_ : NULL, &region, room, &error),
                     GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, wrong[_i].message) != NULL, "'%s'", error.text);
}
END_TEST

Suite *suite_region(void)
{
    Suite *suite = suite_create("region");
    TCase *tests = tcase_create("region");
    tcase_add_loop_test(tests, nothing_leaves, 0, SHAPES);
    tcase_add_loop_test(tests, rounding_does_not_matter, 0, SHAPES);
    tcase_add_loop_test(tests, walls_reflect, 0, sizeof reflections / sizeof *reflections);
    tcase_add_test(tests, reflection_is_an_involution);
    tcase_add_loop_test(tests, points_are_uniform, 0, 3);
    tcase_add_loop_test(tests, a_union_is_uniform, 0, 2);
    tcase_add_test(tests, shapes_of_a_union_have_their_volumes);
    tcase_add_test(tests, walls_stop_and_hold);
    tcase_add_test(tests, a_window_is_a_window);
    tcase_add_test(tests, without_a_template);
    tcase_add_loop_test(tests, what_is_no_region, 0, 9);
    suite_add_tcase(suite, tests);
    return suite;
}
