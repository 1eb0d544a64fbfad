/* L-BFGS against the BFGS update written out with matrices, and what else a history must do. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "atoms/lbfgs.h"
#include "engine/base/random.h"
#include "unit/suites.h"

enum { ATOMS = 2, NUMBERS = 3 * ATOMS, MEMORY = 4, STEPS = 9 };

static struct gd_basis basis;

static void setup(void)
{
    struct gd_error error = {0};
    const struct gd_cell cell = {.vectors = {{4, 0, 0}, {1, 5, 0}, {0, 0, 9}}, .periodic = {true, true, false}};
    ck_assert_int_eq(gd_basis_make(&basis, &cell, &error), GD_OK);
}

/* Random positions and forces whose products s·y differ in sign. */
struct walk {
    double position[STEPS][NUMBERS], force[STEPS][NUMBERS];
};

static struct walk walk_of(uint32_t sample)
{
    struct gd_stream stream = gd_stream_make(5, 1, 0, sample);
    struct walk walk;
    for (int step = 0; step < STEPS; step++)
        for (int c = 0; c < NUMBERS; c++) {
            double before = step ? walk.position[step - 1][c] : 2;
            walk.position[step][c] = before + 0.2 * gd_stream_normal(&stream);
            walk.force[step][c] = -1.5 * walk.position[step][c] + 0.3 * gd_stream_normal(&stream);
        }
    return walk;
}

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int c = 0; c < NUMBERS; c++)
        sum += a[c] * b[c];
    return sum;
}

/* H <- (I - s yᵀ/sy) H (I - y sᵀ/sy) + s sᵀ/sy */
static void update(double h[NUMBERS][NUMBERS], const double *s, const double *y)
{
    double left[NUMBERS][NUMBERS], product[NUMBERS][NUMBERS] = {0}, made[NUMBERS][NUMBERS] = {0}, sy = dot(s, y);
    for (int i = 0; i < NUMBERS; i++)
        for (int j = 0; j < NUMBERS; j++)
            left[i][j] = (i == j) - s[i] * y[j] / sy;
    for (int i = 0; i < NUMBERS; i++)
        for (int j = 0; j < NUMBERS; j++)
            for (int k = 0; k < NUMBERS; k++)
                product[i][j] += left[i][k] * h[k][j];
    for (int i = 0; i < NUMBERS; i++)
        for (int j = 0; j < NUMBERS; j++) {
            for (int k = 0; k < NUMBERS; k++)
                made[i][j] += product[i][k] * left[j][k];
            made[i][j] += s[i] * s[j] / sy;
        }
    memcpy(h, made, sizeof made);
}

/* H F after `step` steps, of the newest MEMORY pairs with s·y > 0. */
static void expect(const struct walk *walk, int step, double direction[NUMBERS])
{
    double s[STEPS][NUMBERS], y[STEPS][NUMBERS], h[NUMBERS][NUMBERS] = {0};
    int pairs = 0;
    for (int k = 1; k <= step; k++) {
        for (int c = 0; c < NUMBERS; c++) {
            s[pairs][c] = walk->position[k][c] - walk->position[k - 1][c];
            y[pairs][c] = walk->force[k - 1][c] - walk->force[k][c];
        }
        pairs += dot(s[pairs], y[pairs]) > 0;
    }
    ck_assert_int_gt(pairs, 0);
    for (int c = 0; c < NUMBERS; c++)
        h[c][c] = dot(s[pairs - 1], y[pairs - 1]) / dot(y[pairs - 1], y[pairs - 1]);
    for (int k = pairs > MEMORY ? pairs - MEMORY : 0; k < pairs; k++)
        update(h, s[k], y[k]);
    for (int c = 0; c < NUMBERS; c++)
        direction[c] = dot(h[c], walk->force[step]);
}

/* The direction of structure k after a whole walk, whose positions may be shifted by lattice vectors. */
static void direction_of(struct gd_lbfgs *lbfgs, size_t k, const struct walk *walk, bool shifted,
                         double direction[NUMBERS])
{
    for (int step = 0; step < STEPS; step++) {
        double position[NUMBERS], force[NUMBERS];
        memcpy(position, walk->position[step], sizeof position);
        memcpy(force, walk->force[step], sizeof force);
        position[0] += shifted && step % 2 ? 4 : 0;
        position[4] += shifted && step % 3 == 1 ? -5 : 0;
        position[3] += shifted && step % 3 == 1 ? -1 : 0;
        gd_lbfgs_find_direction(lbfgs, k, &basis, (const double(*)[3])position, (const double(*)[3])force,
                                (double(*)[3])direction);
    }
}

/* Two structures side by side, one of which crosses the cell's borders. */
START_TEST(directions_are_those_of_bfgs)
{
    struct gd_lbfgs *lbfgs = gd_lbfgs_new(2, ATOMS, MEMORY);
    for (uint32_t sample = 0; sample < 20; sample++) {
        struct walk walks[2] = {walk_of(2 * sample), walk_of(2 * sample + 1)};
        for (size_t k = 0; k < 2; k++) {
            double direction[NUMBERS], expected[NUMBERS];
            gd_lbfgs_reset(lbfgs, k);
            direction_of(lbfgs, k, &walks[k], k == 1, direction);
            expect(&walks[k], STEPS - 1, expected);
            for (int c = 0; c < NUMBERS; c++)
                ck_assert_double_eq_tol(direction[c], expected[c], 1e-9 * sqrt(dot(expected, expected)));
            ck_assert_double_gt(dot(direction, walks[k].force[STEPS - 1]), 0);
        }
    }
    gd_lbfgs_free(lbfgs);
}
END_TEST

/* The first direction: along the force, of a mean length of 0.1 Å at most. */
START_TEST(the_first_direction_is_short)
{
    struct gd_lbfgs *lbfgs = gd_lbfgs_new(1, ATOMS, MEMORY);
    const double position[ATOMS][3] = {{0}}, strong[ATOMS][3] = {{3, 0, 4}, {0, 1, 0}}, weak[ATOMS][3] = {{0.2, 0, 0}};
    double direction[ATOMS][3];
    gd_lbfgs_find_direction(lbfgs, 0, &basis, position, strong, direction);
    ck_assert_double_eq_tol(direction[0][2], 4 * 0.1 / 3, 1e-12);
    ck_assert_double_eq_tol(direction[1][1], 0.1 / 3, 1e-12);
    gd_lbfgs_reset(lbfgs, 0);
    gd_lbfgs_find_direction(lbfgs, 0, &basis, position, weak, direction);
    ck_assert_double_eq_tol(direction[0][0], 0.02, 1e-12);
    gd_lbfgs_free(lbfgs);
}
END_TEST

START_TEST(moves_are_limited_as_a_whole)
{
    double move[ATOMS][3] = {{0.3, 0, 0.4}, {0, 0.1, 0}};
    gd_move_limit(move, ATOMS, 0.6);
    ck_assert_double_eq(move[0][0], 0.3);
    gd_move_limit(move, ATOMS, 0.25);
    ck_assert_double_eq_tol(move[0][2], 0.2, 1e-12);
    ck_assert_double_eq_tol(move[1][1], 0.05, 1e-12);
    move[1][0] = NAN;
    ck_assert(!isfinite(gd_longest((const double(*)[3])move, ATOMS)));
}
END_TEST

/* F = -A (x - x0), with a matrix A of eigenvalues 1 to 9 and mixed axes. */
static void quadratic_force(const double *position, double force[NUMBERS])
{
    static const double mirror[NUMBERS] = {0.5, -0.3, 0.2, 0.4, -0.1, 0.6};
    double way[NUMBERS], norm = dot(mirror, mirror), product;
    for (int c = 0; c < NUMBERS; c++)
        way[c] = 0.1 * (c + 1) - position[c];
    product = 2 * dot(mirror, way) / norm;
    for (int c = 0; c < NUMBERS; c++)
        force[c] = (1 + 1.6 * c) * (way[c] - product * mirror[c]);
    product = 2 * dot(mirror, force) / norm;
    for (int c = 0; c < NUMBERS; c++)
        force[c] -= product * mirror[c];
}

/* With exact searches along its directions, which are then those of conjugate gradients, it solves a quadratic form of
 * n variables in n steps. */
START_TEST(a_quadratic_form_is_solved_in_n_steps)
{
    struct gd_lbfgs *lbfgs = gd_lbfgs_new(1, ATOMS, NUMBERS);
    double position[NUMBERS] = {0.9, -0.4, 0.6, 0.2, 1.1, -0.2}, force[NUMBERS], ahead[NUMBERS], direction[NUMBERS];
    for (int step = 0; step < NUMBERS; step++) {
        double trial[NUMBERS], slope;
        quadratic_force(position, force);
        ck_assert_double_gt(sqrt(dot(force, force)), 1e-6);
        gd_lbfgs_find_direction(lbfgs, 0, &basis, (const double(*)[3])position, (const double(*)[3])force,
                                (double(*)[3])direction);
        for (int c = 0; c < NUMBERS; c++)
            trial[c] = position[c] + direction[c];
        quadratic_force(trial, ahead);
        slope = dot(force, direction);
        for (int c = 0; c < NUMBERS; c++)
            position[c] += slope / (slope - dot(ahead, direction)) * direction[c];
    }
    quadratic_force(position, force);
    ck_assert_double_lt(sqrt(dot(force, force)), 1e-9);
    gd_lbfgs_free(lbfgs);
}
END_TEST

Suite *suite_lbfgs(void);

Suite *suite_lbfgs(void)
{
    Suite *suite = suite_create("lbfgs");
    TCase *tests = tcase_create("lbfgs");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, directions_are_those_of_bfgs);
    tcase_add_test(tests, the_first_direction_is_short);
    tcase_add_test(tests, a_quadratic_form_is_solved_in_n_steps);
    tcase_add_test(tests, moves_are_limited_as_a_whole);
    suite_add_tcase(suite, tests);
    return suite;
}
