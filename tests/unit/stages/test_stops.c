/* What ends training, on losses and agreements that are made up. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stages/stop.h"
#include "unit/stages/bench.h"
#include "unit/suites.h"

static struct bench bench;
static struct gd_arena arena;

static void setup(void)
{
    arena = (struct gd_arena){0};
    bench_open(&bench);
}

static void teardown(void)
{
    bench_close(&bench);
    gd_arena_clear(&arena);
}

/* The step after which training is done, of `count` steps with these numbers; 0: none. A number is the validation loss
 * or the agreement, whichever the stop looks at. */
static int64_t end_of(const char *name, const char *params, const double *numbers, int64_t count)
{
    const struct gd_stop_class *stop =
        (const struct gd_stop_class *)gd_registry_component(bench.registry, "stop", name);
    const struct gd_stage parameters = {.params = stop->base.params, .size = stop->base.size};
    const void *given = bench_params(&bench, &parameters, params, &arena);
    void *memory = calloc(1, stop->memory);
    int64_t end = 0;
    for (int64_t step = 1; step <= count && !end; step++) {
        struct gd_stop_point at = {.step = step,
                                   .validation = stop->validation ? numbers[step - 1] : NAN,
                                   .agreement = stop->agreement ? numbers[step - 1] : NAN};
        end = stop->done(given, memory, &at) ? step : 0;
    }
    free(memory);
    return end;
}

/* Epochs of two steps. */
START_TEST(validation_waits_for_a_lower_loss)
{
    const double losses[] = {NAN, 3, NAN, 2, NAN, 2.5, NAN, 2, NAN, 1.9, NAN, 5, NAN, 1.9, NAN, 4};
    ck_assert_int_eq(end_of("validation", "{patience: 1}", losses, 16), 6);
    ck_assert_int_eq(end_of("validation", "{patience: 2}", losses, 16), 8);  /* as low is not lower */
    ck_assert_int_eq(end_of("validation", "{patience: 3}", losses, 16), 16); /* after 1.9, which begins anew */
    ck_assert_int_eq(end_of("validation", "{patience: 4}", losses, 16), 0);
    ck_assert_int_eq(end_of("validation", "{patience: 1}", losses, 1), 0);
}
END_TEST

START_TEST(momentum_waits_for_a_drop)
{
    const double agreements[] = {NAN, 0.9, 0.5, 0.8, 0.3, 0.5, 0.39, 0.41, 0.1, 0.1};
    ck_assert_int_eq(end_of("momentum", "{begin: 3, patience: 1, average: 0}", agreements, 10), 5); /* 0.3 < 0.8/2 */
    ck_assert_int_eq(end_of("momentum", "{begin: 3, patience: 3, average: 0}", agreements, 10), 7);
    ck_assert_int_eq(end_of("momentum", "{begin: 3, patience: 4, average: 0}", agreements, 10), 9); /* 0.41 is enough */
    ck_assert_int_eq(end_of("momentum", "{begin: 1, patience: 1, average: 0}", agreements, 10), 5); /* of 0.9 */
    ck_assert_int_eq(end_of("momentum", "{begin: 1, patience: 1, average: 0, drop: 0.6}", agreements, 10), 3);
    ck_assert_int_eq(end_of("momentum", "{begin: 1, patience: 1, average: 0, drop: 0.1}", agreements, 10), 0);
    ck_assert_int_eq(end_of("momentum", "{begin: 11, patience: 1, average: 0}", agreements, 10), 0);
}
END_TEST

/* With an average of ½ the numbers are 0.8, 0.4, 0.6, 0.3, 0.15. */
START_TEST(momentum_averages)
{
    const double agreements[] = {0.8, 0, 0.8, 0, 0};
    ck_assert_int_eq(end_of("momentum", "{begin: 1, patience: 1, average: 0.5, drop: 0.49}", agreements, 5), 4);
    ck_assert_int_eq(end_of("momentum", "{begin: 1, patience: 1, average: 0.5, drop: 0.2}", agreements, 5), 5);
    ck_assert_int_eq(end_of("momentum", "{begin: 1, patience: 1, average: 0.5, drop: 0.18}", agreements, 5), 0);
}
END_TEST

Suite *suite_stops(void);

Suite *suite_stops(void)
{
    Suite *suite = suite_create("stops");
    TCase *tests = tcase_create("stops");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, validation_waits_for_a_lower_loss);
    tcase_add_test(tests, momentum_waits_for_a_drop);
    tcase_add_test(tests, momentum_averages);
    suite_add_tcase(suite, tests);
    return suite;
}
