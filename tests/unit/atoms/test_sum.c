/* Sums of potentials: what the terms are the sum is, and what a slow term has paid for is kept. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "potentials/attraction.h"
#include "potentials/kept.h"
#include "potentials/parts.h"
#include "unit/atoms/helpers.h"
#include "unit/scratch.h"

extern const struct gd_potential_class gd_potential_sum;

static int calls[2];

/* Energy: x of the second atom to the power 1 or 2; the first has none beyond 5. */
static enum gd_status evaluate_power(const struct gd_structure *structure, int power, double *energy,
                                     double (*forces)[3], struct gd_error *error)
{
    const double x = structure->positions[1][0];
    __atomic_add_fetch(&calls[power - 1], 1, __ATOMIC_RELAXED);
    if (x > 5 && power == 1)
        return gd_fail(error, GD_FAILED, "too far");
    *energy = pow(x, power);
    for (size_t c = 0; c < 3 * structure->count; c++)
        forces[c / 3][c % 3] = power * (x + (double)c);
    return GD_OK;
}

static enum gd_status linear(const struct gd_potential *potential, const struct gd_structure *structure, double *energy,
                             double (*forces)[3], struct gd_error *error)
{
    (void)potential;
    return evaluate_power(structure, 1, energy, forces, error);
}

static enum gd_status square(const struct gd_potential *potential, const struct gd_structure *structure, double *energy,
                             double (*forces)[3], struct gd_error *error)
{
    (void)potential;
    return evaluate_power(structure, 2, energy, forces, error);
}

static void forget(struct gd_potential *potential)
{
    free(potential);
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    (void)potential, (void)structure, (void)error;
    return GD_OK;
}

static bool about(const struct gd_potential *potential, char *text, size_t size)
{
    snprintf(text, size, "%s 1.0", potential->type->base.name);
    return true;
}

static const struct gd_kept_params *kept(const void *params)
{
    return params;
}

static const struct gd_potential_class class_slow, class_fast;

static enum gd_status create_slow(const void *params, struct gd_potential **potential, struct gd_error *error)
{
    (void)params, (void)error;
    *potential = calloc(1, sizeof **potential);
    (*potential)->type = &class_slow;
    return GD_OK;
}

static enum gd_status create_fast(const void *params, struct gd_potential **potential, struct gd_error *error)
{
    create_slow(params, potential, error);
    (*potential)->type = &class_fast;
    return GD_OK;
}

static const struct gd_potential_class class_slow = {.base = {.name = "slow"},
                                                     .slow = true,
                                                     .create = create_slow,
                                                     .supports = supports,
                                                     .evaluate = linear,
                                                     .kept = kept,
                                                     .about = about,
                                                     .destroy = forget};
static const struct gd_potential_class class_fast = {.base = {.name = "fast"},
                                                     .create = create_fast,
                                                     .supports = supports,
                                                     .evaluate = square,
                                                     .about = about,
                                                     .destroy = forget};

static struct gd_kept_params none;

static struct gd_choice choose(const struct gd_potential_class *class, void *params)
{
    return (struct gd_choice){.component = &class->base, .params = params};
}

/* The parameters of a sum are its terms. */
static struct gd_potential *sum_of(struct gd_choice first, struct gd_choice second)
{
    struct gd_choice terms[] = {first, second};
    const struct gd_choice choice = choose(&gd_potential_sum, terms);
    struct gd_potential *sum;
    struct gd_error error = {0};
    ck_assert_ok(gd_kept_make(&choice, &sum, &error), error);
    return sum;
}

/* With the slow term first, second, or in a sum that is a term. */
enum { FIRST, SECOND, NESTED, PLACES };

static struct gd_potential *make(int place, struct gd_kept_params *params)
{
    const struct gd_choice slow = choose(&class_slow, params), fast = choose(&class_fast, NULL);
    struct gd_choice terms[] = {fast, slow};
    return place == FIRST    ? sum_of(slow, fast)
           : place == SECOND ? sum_of(fast, slow)
                             : sum_of(choose(&gd_potential_sum, terms), fast);
}

enum { MOST = 6 };

struct ends {
    bool ended[MOST];
    int failures, successes, most; /* halts after so many */
};

static void done(void *context, size_t k, enum gd_status status, const char *why)
{
    struct ends *ends = context;
    ck_assert(!ends->ended[k]);
    ends->ended[k] = true;
    ends->failures += status != GD_OK;
    ends->successes += !status;
    ck_assert_str_eq(why, status ? "too far" : "");
}

static enum gd_halt halt(void *context)
{
    const struct ends *ends = context;
    return ends->successes < ends->most ? GD_GO_ON : GD_FINISH;
}

/* Evaluates pairs with these x until there are `most` results: of so many slow and fast terms. */
static struct ends evaluate_as(const struct gd_potential *potential, int slow, int fast, const double *x, size_t count,
                               int most)
{
    double positions[MOST][2][3] = {{{0}}}, forces[MOST][2][3];
    int species[2] = {78, 79};
    struct gd_structure structures[MOST];
    struct gd_error error = {0};
    struct ends ends = {.most = most};
    for (size_t k = 0; k < count; k++) {
        positions[k][1][0] = x[k];
        structures[k] =
            (struct gd_structure){.count = 2, .species = species, .positions = positions[k], .forces = forces[k]};
    }
    const struct gd_batch batch = {structures, count, done, halt, &ends};
    memset(calls, 0, sizeof calls);
    const enum gd_status status = gd_potential_evaluate_batch(potential, &batch, most < MOST ? 1 : 3, &error);
    ck_assert_msg(status == (most < MOST ? GD_INTERRUPTED : GD_OK), "%s", error.text);
    for (size_t k = 0; k < count; k++) {
        ck_assert(ends.ended[k] || most < MOST);
        if (!ends.ended[k] || x[k] > 5)
            continue;
        ck_assert_double_eq_tol(structures[k].energy, slow * x[k] + fast * x[k] * x[k], 1e-12);
        for (size_t c = 0; c < 6; c++)
            ck_assert_double_eq_tol(forces[k][c / 3][c % 3], (slow + 2 * fast) * (x[k] + (double)c), 1e-12);
    }
    return ends;
}

static struct ends evaluate(const struct gd_potential *sum, int place, const double *x, size_t count, int most)
{
    return evaluate_as(sum, 1, place == NESTED ? 2 : 1, x, count, most);
}

/* In the folder of a run, also what was paid for before an interrupt; and beside it nothing that costs nothing. */
START_TEST(a_slow_term_is_kept)
{
    const struct scratch scratch = scratch_make();
    const double x[] = {1, 2, 6, 3, 4, 2.5};
    struct gd_error error = {0};
    struct gd_potential *sum = make(_i, &none);
    ck_assert(sum->type->slow && sum->type->evaluate_many);
    ck_assert_ok(gd_potential_keep_in(sum, scratch.path, &error), error);
    ck_assert_int_eq(evaluate(sum, _i, x, 5, 2).successes, 2);
    ck_assert_int_eq(calls[0], 2);
    gd_potential_free(sum);
    sum = make(_i, &none);
    ck_assert_ok(gd_potential_keep_in(sum, scratch.path, &error), error);
    struct ends ends = evaluate(sum, _i, x, 5, MOST);
    ck_assert_int_eq(ends.successes, 4);
    ck_assert_int_eq(ends.failures, 1);
    ck_assert_int_eq(calls[0], 3); /* 6, 3 and 4 */
    evaluate(sum, _i, x, 6, MOST);
    ck_assert_int_eq(calls[0], 2); /* 2.5, and 6 once more */
    gd_potential_free(sum);
    scratch_remove(&scratch);
}
END_TEST

/* In the store that it names, also without a folder. */
START_TEST(a_term_has_its_store)
{
    const struct scratch scratch = scratch_make();
    char store[512], folder[512];
    scratch_name(&scratch, "a.store", store);
    scratch_name(&scratch, "evaluations.store", folder);
    struct gd_kept_params params = {.store = store}, other = {.store = store, .version = "2"};
    struct gd_error error = {0};
    for (int round = 0; round < 3; round++) {
        struct gd_potential *sum = make(_i, round < 2 ? &params : &other);
        ck_assert_ok(gd_potential_keep_in(sum, scratch.path, &error), error);
        evaluate(sum, _i, (const double[]){1, 2}, 2, MOST);
        ck_assert_int_eq(calls[0], round == 1 ? 0 : 2);
        gd_potential_free(sum);
    }
    ck_assert(access(store, F_OK) == 0 && access(folder, F_OK) != 0);
    scratch_remove(&scratch);
}
END_TEST

/* They share the file of the folder, also deeper in sums. */
START_TEST(slow_terms_share_a_folder)
{
    const struct scratch scratch = scratch_make();
    struct gd_kept_params other = {.version = "2"}, third = {.version = "3"};
    struct gd_error error = {0};
    for (int round = 0; round < 2; round++) {
        struct gd_choice inner[] = {choose(&class_slow, &none), choose(&class_slow, &other)};
        struct gd_potential *whole = sum_of(choose(&gd_potential_sum, inner), choose(&class_slow, &third));
        ck_assert_ok(gd_potential_keep_in(whole, scratch.path, &error), error);
        evaluate_as(whole, 3, 0, (const double[]){1, 2}, 2, MOST);
        ck_assert_int_eq(calls[0], round ? 0 : 6);
        gd_potential_free(whole);
    }
    scratch_remove(&scratch);
}
END_TEST

static struct gd_potential_class class_flagged;

static enum gd_status create_flagged(const void *params, struct gd_potential **potential, struct gd_error *error)
{
    create_slow(params, potential, error);
    (*potential)->type = &class_flagged;
    return GD_OK;
}

/* Each property of a term, whichever it is, and none that no term has. */
START_TEST(what_a_term_is)
{
    static const size_t flags[] = {
        offsetof(struct gd_potential_class, learned), offsetof(struct gd_potential_class, slow),
        offsetof(struct gd_potential_class, external), offsetof(struct gd_potential_class, absolute)};
    enum { FLAGS = sizeof flags / sizeof *flags };
    for (size_t set = 0; set <= FLAGS; set++) {
        class_flagged = class_fast;
        class_flagged.create = create_flagged;
        if (set < FLAGS)
            *(bool *)((char *)&class_flagged + flags[set]) = true;
        const struct gd_choice flagged = choose(&class_flagged, NULL), fast = choose(&class_fast, NULL);
        struct gd_potential *sum = _i == FIRST ? sum_of(flagged, fast) : sum_of(fast, flagged);
        struct gd_choice terms[] = {fast, flagged};
        const struct gd_choice choice = choose(&gd_potential_sum, terms);
        for (size_t k = 0; k < FLAGS; k++)
            ck_assert_int_eq(*(const bool *)((const char *)sum->type + flags[k]), k == set);
        ck_assert_int_eq(gd_potential_is_slow(&choice), class_flagged.slow);
        gd_potential_free(sum);
    }
}
END_TEST

/* Nobody tries out bonds of what is paid for. */
START_TEST(bonds_of_a_slow_term)
{
    struct gd_potential *sum = make(_i, &none);
    memset(calls, 0, sizeof calls);
    ck_assert(isnan(gd_potential_bond(sum, 78, 79).force));
    ck_assert_int_eq(calls[0], 0);
    gd_potential_free(sum);
}
END_TEST

START_TEST(what_both_terms_say)
{
    static const char *const said[] = {"slow 1.0; fast 1.0", "fast 1.0; slow 1.0", "fast 1.0; slow 1.0; fast 1.0"};
    char text[100];
    struct gd_potential *sum = make(_i, &none);
    ck_assert(gd_potential_about(sum, text, sizeof text));
    ck_assert_str_eq(text, said[_i]);
    gd_potential_free(sum);
}
END_TEST

Suite *suite_sum(void)
{
    Suite *suite = suite_create("sum");
    TCase *tests = tcase_create("sum");
    tcase_add_loop_test(tests, a_slow_term_is_kept, 0, PLACES);
    tcase_add_loop_test(tests, a_term_has_its_store, 0, PLACES);
    tcase_add_test(tests, slow_terms_share_a_folder);
    tcase_add_loop_test(tests, what_a_term_is, 0, 2);
    tcase_add_loop_test(tests, bonds_of_a_slow_term, 0, PLACES);
    tcase_add_loop_test(tests, what_both_terms_say, 0, PLACES);
    suite_add_tcase(suite, tests);
    return suite;
}
