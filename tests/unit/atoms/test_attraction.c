/* How strongly potentials hold two atoms together, and which fmax is too large for them. */
#include <math.h>
#include <string.h>

#include "helpers.h"
#include "potentials/attraction.h"

/* u'(r) of 4 ε ((σ/r)^12 - (σ/r)^6) is largest at r/σ = (26/7)^(1/6). Of D x (x - 2), x = exp(ρ (1 - r/r0)), it is
 * 2 D ρ/r0 x (1 - x), at x = 1/2. The wells are ε and D deep. */
static const struct {
    const char *yaml;
    double epsilon, sigma, depth, rho, distance;
} pairs[] = {
    {"lj", 1, 1, 0, 0, 0},
    {"{lj: {epsilon: 0.0104, sigma: 3.4}}", 0.0104, 3.4, 0, 0, 0},
    {"{morse: {depth: 0.7, rho: 14, distance: 2.5}}", 0, 0, 0.7, 14, 2.5},
};

static double exact(int k)
{
    if (pairs[k].depth > 0)
        return pairs[k].depth * pairs[k].rho / (2 * pairs[k].distance);
    const double s = pow(7 / 26.0, 1 / 6.0);
    return 24 * pairs[k].epsilon / pairs[k].sigma * (pow(s, 7) - 2 * pow(s, 13));
}

START_TEST(bonds)
{
    struct gd_potential *potential = test_potential(pairs[_i].yaml);
    const struct gd_bond bond = gd_potential_bond(potential, 18, 18);
    ck_assert_double_eq_tol(bond.force / exact(_i), 1, 0.02);
    ck_assert_double_eq_tol(bond.energy / (pairs[_i].epsilon + pairs[_i].depth), 1, 0.02);
    gd_potential_free(potential);
}
END_TEST

static double nearest; /* of the pairs that `watched` has seen */

/* 4 (r^-12 - r^-6). */
static enum gd_status watched(const struct gd_potential *potential, const struct gd_structure *structure,
                              double *energy, double (*forces)[3], struct gd_error *error)
{
    const double r = structure->positions[1][0], sixth = pow(r, -6), slope = 24 * (sixth - 2 * sixth * sixth) / r;
    (void)potential, (void)error;
    memset(forces, 0, 2 * sizeof *forces);
    forces[0][0] = slope;
    forces[1][0] = -slope;
    *energy = 4 * (sixth * sixth - sixth);
    nearest = fmin(nearest, r);
    return GD_OK;
}

/* A pair is not brought nearer than to where it repels as much as the well is deep, at r = ((1 + √2)/2)^(-1/6), or a
 * step of the distance: tables of an embedded-atom potential end not far within. */
START_TEST(pairs_are_not_pressed)
{
    static const struct gd_potential_class class = {
        .base = {.name = "watched"}, .supports = gd_potential_supports_open, .evaluate = watched};
    const struct gd_potential potential = {.type = &class};
    nearest = INFINITY;
    const struct gd_bond bond = gd_potential_bond(&potential, 18, 18);
    ck_assert_double_eq_tol(bond.energy, 1, 0.02);
    ck_assert_double_eq_tol(bond.force, exact(0), 0.05);
    ck_assert(nearest > 0.969 / 1.026 && nearest < 0.97);
}
END_TEST

/* Nothing is known of potentials without pairs in open space, or of elements that they do not have. */
START_TEST(what_is_not_known)
{
    static const char *const none[] = {"gmm40", "emt", "{ase: {calculator: emt}}"};
    for (size_t k = 0; k < sizeof none / sizeof *none; k++) {
        struct gd_potential *potential = test_potential(none[k]);
        const struct gd_bond bond = gd_potential_bond(potential, 18, 18);
        ck_assert(isnan(bond.force) && isnan(bond.energy));
        gd_potential_free(potential);
    }
}
END_TEST

/* Argon at the fmax of metals; metals at it; and a mobile atom on fixed ones, of which one alone is not enough. */
START_TEST(too_large)
{
    static const struct {
        const char *yaml;
        int species[2];
        size_t fixed;
        double fmax;
        bool doubted;
    } cases[] = {
        {"{lj: {epsilon: 0.0104, sigma: 3.4}}", {18, 18}, 0, 0.05, true},
        {"{lj: {epsilon: 0.0104, sigma: 3.4}}", {18, 18}, 1, 0.05, true},
        {"{lj: {epsilon: 0.0104, sigma: 3.4}}", {18, 18}, 2, 0.05, false}, /* nothing moves */
        {"{lj: {epsilon: 0.0104, sigma: 3.4}}", {18, 18}, 0, 0.001, false},
        {"lj", {18, 18}, 0, 0.05, false},
        {"lj", {18, 18}, 0, 1, true},
        {"emt", {29, 29}, 0, 0.05, false},
        {"emt", {29, 78}, 1, 0.05, false},
        {"emt", {18, 18}, 0, 0.05, false}, /* not known */
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_potential *potential = test_potential(cases[k].yaml);
        int species[2] = {cases[k].species[0], cases[k].species[1]};
        const struct gd_structure structure = {.count = 2, .species = species};
        char text[256] = "";
        const bool doubted =
            gd_potential_doubt_fmax(potential, &structure, cases[k].fixed, cases[k].fmax, text, sizeof text);
        ck_assert_msg(doubted == cases[k].doubted, "case %zu: %s", k, text);
        ck_assert(doubted == (strstr(text, "choose about ") != NULL));
        gd_potential_free(potential);
    }
}
END_TEST

Suite *suite_attraction(void)
{
    Suite *suite = suite_create("attraction");
    TCase *tests = tcase_create("attraction");
    tcase_add_loop_test(tests, bonds, 0, sizeof pairs / sizeof *pairs);
    tcase_add_test(tests, pairs_are_not_pressed);
    tcase_add_test(tests, what_is_not_known);
    tcase_add_test(tests, too_large);
    suite_add_tcase(suite, tests);
    return suite;
}
