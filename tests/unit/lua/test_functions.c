/* Functions of a script where YAML has names: they are called with what they need, and their errors stop the run. */
#include <stdlib.h>
#include <string.h>

#include "unit/lua/helpers.h"
#include "unit/suites.h"

/* {pipeline, what the last line of metrics.jsonl has then} */
static const struct {
    const char *text, *part;
} fine[] = {
    {SCRIPT("", EIGHT "gd.loop {times = 3, gd.anneal {curve = function(k, n, state) return 1 + k + 10 * n end}}"),
     "\"temperature\":33"},
    {SCRIPT("", EIGHT "gd.loop {times = 9, ['until'] = function(state) return state.iteration == 2 end, "
                      "gd.anneal {from = 2, to = 2}}"),
     "\"step\":\"anneal\",\"iteration\":3"},
    {SCRIPT("", EIGHT "gd.anneal {}, gd.reweight {size = 8, weights = function(s, state) "
                      "return s.energy == state.best.energy and 1 or 0 end}"),
     "\"buffer\":1"},
    {SCRIPT("", EIGHT "gd.anneal {}, gd.reweight {size = 8, weights = function(s) return s.energy < math.huge and 1 "
                      "end}"),
     "\"effective\":8"},
    {SCRIPT("", "gd.seed {count = 8, from = 'uniform'}, gd.evaluate {clash = 0, accept = function(s, state) "
                "return s.serial <= 3 end}"),
     "\"taken\":3,\"clash\":0,\"not_finite\":0,\"below_floor\":0,\"not_accepted\":5"},
    {SCRIPT("target = function(s, state) return s.serial == 5 end,", EIGHT "gd.loop {times = 4, ['until'] = 'target', "
                                                                           "gd.anneal {}}"),
     "\"step\":\"anneal\",\"iteration\":1"},
};

START_TEST(functions_are_called)
{
    check_last_step(fine[_i].text, fine[_i].part);
}
END_TEST

START_TEST(a_target_is_reported)
{
    struct gd_error error;
    ck_assert_int_eq(run_script(fine[5].text, "run", false, &error), GD_OK);
    char *summary = result("run", "summary.json");
    ck_assert_msg(strstr(summary, "\"found\":") && strstr(summary, "\"evaluation\":\t5"), "%s", summary);
    free(summary);
}
END_TEST

/* {pipeline, message}: the second last step of each is fine, and its checkpoint stays */
static const struct {
    const char *text, *message;
} failing[] = {
    {SCRIPT("", EIGHT "gd.anneal {curve = function(k, n, state)\nerror('no') end}"), "s.lua:3: no"},
    {SCRIPT("", EIGHT "gd.anneal {curve = function() end}"),
     "s.lua:2: anneal: the function did not return a finite number"},
    {SCRIPT("", EIGHT "gd.anneal {curve = function() return -1 end}"),
     "s.lua:2: anneal: the function returned -1; a temperature is above 0"},
    {SCRIPT("", EIGHT "gd.loop {times = 2, ['until'] = function(state)\n\nreturn state.none end, gd.anneal {}}"),
     "s.lua:4: unknown value of the state \"none\" (known: archive, batch, buffer, population, best, found, "
     "evaluations, "
     "iteration, temperature, keep)"},
    {SCRIPT("", EIGHT "gd.loop {times = 2, ['until'] = function() return 1 end, gd.anneal {}}"),
     "s.lua:2: until: the function did not return true or false"},
    {SCRIPT("", EIGHT "gd.anneal {}, gd.reweight {weights = function(s) return s.enrgy end}"),
     "s.lua:2: unknown value of a structure \"enrgy\"; did you mean \"energy\"?"},
    {SCRIPT("", EIGHT "gd.anneal {}, gd.reweight {weights = function(s) return -1 end}"),
     "s.lua:2: reweight: the function returned -1; a weight is not below 0"},
    {SCRIPT("", EIGHT "gd.anneal {}, gd.reweight {weights = function(s) return 0 end}"),
     "reweight: every structure of the archive has weight 0"},
    {SCRIPT("", EIGHT "gd.evaluate {accept = function(s) return s.forces[1][1] + nil end}"),
     "s.lua:2: attempt to perform arithmetic on a nil value"},
    {SCRIPT("", EIGHT "gd.evaluate {accept = function(s) end}"),
     "s.lua:2: accept: the function did not return true or false"},
    {SCRIPT("", EIGHT "gd.evaluate {accept = function(s) s.positions[1] = {1, 2, 3} end}"),
     "s.lua:2: this set can only be read: a stage names the sets that it writes in `writes`"},
    {SCRIPT("", EIGHT "gd.anneal {curve = function(k, n, state) state.temperature = 5 return 1 end}"),
     "s.lua:2: the state can only be read here"},
    {SCRIPT("target = function(s) return 1 end,", "gd.seed {count = 2, from = 'uniform'}, gd.evaluate {clash = 0}"),
     "s.lua:1: target: the function did not return true or false"},
    {SCRIPT("", EIGHT "gd.anneal {curve = function() return temperature end}"),
     "s.lua:2: unknown name temperature: strings need quotes, and variables a value before they are read"},
    {SCRIPT("target = function(s) error {} end,", "gd.seed {count = 2, from = 'uniform'}, gd.evaluate {clash = 0}"),
     "s.lua:1: the error is not a string, but a table"},
    {SCRIPT("", EIGHT "gd.anneal {curve = function() return gd.train {} end}"),
     "s.lua:2: train: a pipeline is made while its script is read, not while it runs"},
    {SCRIPT("", EIGHT "gd.anneal {curve = function() local t = {} while true do t[#t + 1] = {} end end}"),
     "s.lua: the scripts need more than 256 MiB of memory; give --trust to allow it"},
    {SCRIPT("", EIGHT "gd.anneal {curve = function() return ('a'):rep(1e5):find('.-b') end}"),
     "s.lua:2: matching this pattern with a text of 100000 bytes may take too long; give --trust to allow it"},
};

START_TEST(errors_stop_the_run)
{
    struct gd_error error;
    ck_assert_int_eq(run_script(failing[_i].text, "run", false, &error), GD_FAILED);
    ck_assert_str_eq(error.text, failing[_i].message);
    char *metrics = result("run", "metrics.jsonl"), *summary = result("run", "summary.json");
    ck_assert_msg(strncmp(metrics, "{\"step\":\"seed\"", 14) == 0, "%s", metrics);
    ck_assert_ptr_nonnull(strstr(summary, "\"failed\""));
    free(metrics);
    free(summary);
    free(result("run", "run.h5"));
}
END_TEST

/* What a function draws depends on the step and the structure alone, not on what else is drawn. */
START_TEST(random_numbers_repeat)
{
    static const char text[] = SCRIPT("", EIGHT "gd.anneal {}, gd.reweight {size = 4, weights = function(s) return "
                                                "gd.random() end}");
    struct gd_error error;
    ck_assert_int_eq(run_script(text, "one", false, &error), GD_OK);
    ck_assert_int_eq(run_script(text, "two", false, &error), GD_OK);
    static const char *const files[] = {"archive.extxyz", "pipeline.yaml", "pipeline.lua"};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        char *one = result("one", files[k]), *two = result("two", files[k]);
        ck_assert_str_eq(one, two);
        free(one);
        free(two);
    }
}
END_TEST

START_TEST(resumed_with_the_same_script_only)
{
    struct gd_error error;
    ck_assert_int_eq(run_script(fine[0].text, "run", false, &error), GD_OK);
    ck_assert_int_eq(run_script(fine[0].text, "run", true, &error), GD_OK);
    char *changed = strdup(fine[0].text);
    *strstr(changed, "10 * n") = '2';
    ck_assert_int_eq(run_script(changed, "run", true, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "only be continued with the script that it was started with"));
    free(changed);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *suite_functions(void)
{
    Suite *suite = suite_create("functions");
    TCase *tests = tcase_create("functions");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, functions_are_called, 0, COUNT(fine));
    tcase_add_loop_test(tests, errors_stop_the_run, 0, COUNT(failing));
    tcase_add_test(tests, a_target_is_reported);
    tcase_add_test(tests, random_numbers_repeat);
    tcase_add_test(tests, resumed_with_the_same_script_only);
    tcase_set_timeout(tests, 120);
    suite_add_tcase(suite, tests);
    return suite;
}
