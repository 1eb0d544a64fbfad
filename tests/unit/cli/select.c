/* Conditions of --select. */
#include "cli/select.h"

#include <check.h>
#include <math.h>
#include <string.h>

Suite *suite_select(void);

static const struct gd_field fields[] = {
    {"energy", -3.5, NULL, false},
    {"iteration", 6, NULL, false},
    {"unknown", NAN, NULL, false},
    {"step", NAN, "evaluate-2", true},
    {"reason", NAN, "not finite", true},
    {"none", NAN, "", true},
    {0},
};

static const struct {
    const char *text;
    bool met;
} good[] = {
    {"energy < -3", true},
    {"energy<-3 and iteration>5", true},
    {"energy < -3 and iteration > 6", false},
    {"energy > 0 or iteration >= 6", true},
    {"energy > 0 or iteration > 6", false},
    {"energy <= -3.5", true},
    {"energy >= -3.5", true},
    {"energy = -3.5", true},
    {"energy == -35e-1", true},
    {"energy != -3.5", false},
    {"not energy < -3", false},
    {"not not energy < -3", true},
    {"not (energy < -3 and iteration < 6)", true},
    {"energy > 0 and energy > 0 or iteration = 6", true}, /* and binds more strongly */
    {"iteration = 6 or energy > 0 and energy > 0", true},
    {"(iteration = 6 or energy > 0) and energy > 0", false},
    {"unknown < 0", false},
    {"unknown >= 0", false},
    {"unknown != 0", false}, /* not known: no comparison holds */
    {"step = evaluate-2", true},
    {"step != evaluate-2", false},
    {"step = 'evaluate-2'", true},
    {"reason = \"not finite\"", true},
    {"reason = not", false},
    {"none = evaluate", false},
    {"none != evaluate", false},
    {"  energy  <  0  ", true},
};

START_TEST(conditions)
{
    struct gd_error error = {0};
    bool met = !good[_i].met;
    ck_assert_msg(gd_select(good[_i].text, fields, &met, &error) == GD_OK, "%s: %s", good[_i].text, error.text);
    ck_assert_msg(met == good[_i].met, "%s", good[_i].text);
}
END_TEST

static const char *const bad[][2] = {
    {"", "character 1: expected a property (one of energy, iteration, unknown, step, reason, none), got the end"},
    {"energy", "character 7: expected one of < <= > >= = !=, got the end"},
    {"enrgy < 3", "character 1: expected a property such as energy, got 'enrgy'"},
    {"colour < 3",
     "character 1: expected a property (one of energy, iteration, unknown, step, reason, none), got 'colour'"},
    {"energy < low", "character 10: expected a number, got 'low'"},
    {"energy < 3 and",
     "character 15: expected a property (one of energy, iteration, unknown, step, reason, none), got the end"},
    {"(energy < 3", "character 12: expected ')', got the end"},
    {"energy < 3)", "character 11: expected 'and', 'or' or the end, got ')'"},
    {"energy < 3 iteration > 2", "character 12: expected 'and', 'or' or the end, got 'iteration > 2'"},
    {"step < evaluate", "expected = or != before text"},
    {"step = 'evaluate", "expected text in quotes"},
    {"step =", "expected a word, got the end"},
    {"energy < nan", "expected a number"},
};

START_TEST(what_is_no_condition)
{
    struct gd_error error = {0};
    bool met;
    ck_assert_int_eq(gd_select(bad[_i][0], fields, &met, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, bad[_i][1]), "%s: %s", bad[_i][0], error.text);
}
END_TEST

/* However deep, it ends. */
START_TEST(levels_have_an_end)
{
    struct gd_error error = {0};
    char text[100001];
    bool met;
    memset(text, '(', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ck_assert_int_eq(gd_select(text, fields, &met, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "fewer levels"));
}
END_TEST

Suite *suite_select(void)
{
    Suite *suite = suite_create("select");
    TCase *tcase = tcase_create("select");
    tcase_add_loop_test(tcase, conditions, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tcase, what_is_no_condition, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tcase, levels_have_an_end);
    suite_add_tcase(suite, tcase);
    return suite;
}
