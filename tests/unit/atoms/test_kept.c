/* Potentials whose results are kept: what is evaluated, and what is known already. */
#include <stdlib.h>
#include <string.h>

#include "potentials/kept.h"
#include "unit/atoms/helpers.h"
#include "unit/scratch.h"

static int calls;
static const char *identity;

/* Energy: x of the second atom; none beyond 5. */
static enum gd_status counting(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    const double x = structure->positions[1][0];
    (void)potential;
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    if (x > 5)
        return gd_fail(error, GD_FAILED, "too far");
    *energy = x;
    for (size_t c = 0; c < 3 * structure->count; c++)
        forces[c / 3][c % 3] = x / 3 + (double)c;
    return GD_OK;
}

static const char *identify(const struct gd_potential *potential)
{
    (void)potential;
    return identity;
}

static void forget(struct gd_potential *potential)
{
    free(potential);
}

static const struct gd_potential_class class_counting = {
    .base = {.name = "counting"}, .slow = true, .evaluate = counting, .identify = identify, .destroy = forget};

static struct gd_potential *make(const struct scratch *scratch)
{
    struct gd_potential *kept, *inner = calloc(1, sizeof *inner);
    struct gd_error error = {0};
    inner->type = &class_counting;
    ck_assert_ok(gd_kept_new(&kept, inner, "", NULL, &error), error);
    ck_assert_ok(gd_potential_keep_in(kept, scratch->path, &error), error);
    return kept;
}

enum { MOST = 6 };

static int failures;

static void done(void *context, size_t k, enum gd_status status, const char *why)
{
    bool *ended = context;
    ck_assert(!ended[k]);
    ended[k] = true;
    failures += status != GD_OK;
    ck_assert_str_eq(why, status ? "too far" : "");
}

/* Evaluates pairs with these x; how many calls that takes. */
static int evaluate(const struct gd_potential *potential, struct gd_cell cell, const double *x, size_t count)
{
    double positions[MOST][2][3] = {{{0}}}, forces[MOST][2][3];
    int species[2] = {78, 79};
    bool ended[MOST] = {false};
    struct gd_structure structures[MOST];
    struct gd_error error = {0};
    for (size_t k = 0; k < count; k++) {
        positions[k][1][0] = x[k];
        structures[k] = (struct gd_structure){cell, 2, species, positions[k], forces[k], -1, 0, 0};
    }
    const struct gd_batch batch = {structures, count, done, NULL, ended};
    calls = failures = 0;
    ck_assert_ok(gd_potential_evaluate_batch(potential, &batch, 3, &error), error);
    for (size_t k = 0; k < count; k++) {
        ck_assert(ended[k]);
        if (x[k] > 5)
            continue;
        ck_assert_double_eq(structures[k].energy, x[k]);
        for (size_t c = 0; c < 6; c++)
            ck_assert_double_eq(forces[k][c / 3][c % 3], x[k] / 3 + (double)c);
    }
    return calls;
}

START_TEST(test_no_evaluation_is_made_twice)
{
    const struct scratch scratch = scratch_make();
    const struct gd_cell free_ = {0};
    struct gd_cell periodic = {{{9, 0, 0}, {0, 9, 0}, {0, 0, 9}}, {true, true, false}};
    identity = "first";
    struct gd_potential *kept = make(&scratch);
    ck_assert_int_eq(evaluate(kept, free_, (const double[]){1, 2, 3}, 3), 3);
    ck_assert_int_eq(evaluate(kept, free_, (const double[]){4, 3, 2, 1}, 4), 1);
    ck_assert_int_eq(evaluate(kept, periodic, (const double[]){1, 2}, 2), 2);
    periodic.periodic[2] = true;
    ck_assert_int_eq(evaluate(kept, periodic, (const double[]){1, 2}, 2), 2);
    gd_potential_free(kept);
    kept = make(&scratch);
    ck_assert_int_eq(evaluate(kept, free_, (const double[]){4, 3, 2.5, 1}, 4), 1);
    gd_potential_free(kept);
    identity = "second";
    kept = make(&scratch);
    ck_assert_int_eq(evaluate(kept, free_, (const double[]){4, 3, 2.5, 1}, 4), 4);
    gd_potential_free(kept);
    scratch_remove(&scratch);
}
END_TEST

/* What has failed may be tried again. */
START_TEST(test_failures_are_not_kept)
{
    const struct scratch scratch = scratch_make();
    struct gd_potential *kept = make(&scratch);
    for (int k = 0; k < 2; k++) {
        ck_assert_int_eq(evaluate(kept, (struct gd_cell){0}, (const double[]){6, 3, 7}, 3), k ? 2 : 3);
        ck_assert_int_eq(failures, 2);
    }
    gd_potential_free(kept);
    scratch_remove(&scratch);
}
END_TEST

Suite *suite_kept(void)
{
    Suite *suite = suite_create("kept");
    TCase *tests = tcase_create("kept");
    tcase_add_test(tests, test_no_evaluation_is_made_twice);
    tcase_add_test(tests, test_failures_are_not_kept);
    suite_add_tcase(suite, tests);
    return suite;
}
