/* When checkpoints are due. */
#include <check.h>

#include "engine/run/pace.h"
#include "unit/suites.h"

START_TEST(after_every_step)
{
    struct gd_pace pace;
    gd_pace_begin(&pace, 0, 100);
    for (double now = 101; now < 105; now += 1) {
        ck_assert(gd_pace_is_due(&pace, now));
        gd_pace_count(&pace, now, now + 0.5);
    }
    ck_assert(gd_pace_is_due(&pace, 104.5));
}
END_TEST

START_TEST(not_before_the_interval)
{
    struct gd_pace pace;
    gd_pace_begin(&pace, 60, 100);
    ck_assert(gd_pace_is_due(&pace, 101)); /* the first: a run is to be there */
    gd_pace_count(&pace, 101, 103);
    ck_assert(!gd_pace_is_due(&pace, 162));
    ck_assert(gd_pace_is_due(&pace, 163));
}
END_TEST

/* Steps of any length: checkpoints take no more than 2 % beside the first, and follow steps that are long enough. */
START_TEST(in_a_part_of_the_time)
{
    static const double steps[] = {0.001, 0.1, 1, 60};
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        const double cost = 0.5;
        double now = 100, saved = 0, count = 0;
        struct gd_pace pace;
        gd_pace_begin(&pace, -1, now);
        while (now < 1e4) {
            now += steps[k];
            if (!gd_pace_is_due(&pace, now))
                continue;
            gd_pace_count(&pace, now, now + cost);
            now += cost;
            saved += cost;
            count++;
        }
        ck_assert_double_le(saved - cost, 0.02 * (now - 100));
        if (steps[k] < 60)
            ck_assert_double_ge(saved + 2 * cost, 0.02 * (now - 100));
        else
            ck_assert_double_ge(count, (now - 100) / (steps[k] + cost) - 1);
    }
}
END_TEST

Suite *suite_pace(void)
{
    Suite *suite = suite_create("pace");
    TCase *tcase = tcase_create("pace");
    tcase_add_test(tcase, after_every_step);
    tcase_add_test(tcase, not_before_the_interval);
    tcase_add_test(tcase, in_a_part_of_the_time);
    suite_add_tcase(suite, tcase);
    return suite;
}
