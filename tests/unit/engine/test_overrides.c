/* Values that override those of a pipeline (--set): what they reach, and what is said about wrong ones. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/engine/helpers.h"
#include "unit/engine/toy.h"
#include "unit/suites.h"

static struct gd_registry *registry;

static void setup(void)
{
    registry = toy_registry();
    ck_assert_ptr_nonnull(registry);
}

static void teardown(void)
{
    gd_registry_free(registry);
}

START_TEST(overrides_reach_everything)
{
    static const struct gd_override overrides[] = {
        {"name", "other", NULL},
        {"seed", "3", NULL},
        {"seed.count", "64", NULL},
        {"warm-up.steps", "20", NULL},
        {"train.rate", "0.5", NULL},
        {"loop.times", "1e1", NULL},
        {"loop.until", "{rounds: {count: 4}}", NULL},
        {"loop.until.rounds.count", "5", NULL},
        {"world.window.above", "[1, 5]", NULL},
        {"world.shape.edge", "3", NULL},
        {"evaluate-2", "{}", NULL},
        {"field", "zero", NULL},
        {"field.zero", "{}", NULL},
        {"goal", "{level: 1}", NULL},
        {"goal.within", "0.2", NULL},
        {"train.curve.power.exponent", "7", NULL},
        {"train.log", "sub/x.log", NULL},
    };
    struct gd_pipeline pipeline = toy_pipeline(registry, toy_text, overrides, sizeof overrides / sizeof *overrides);
    const struct gd_step *loop = &pipeline.steps[2];
    const struct toy_train *warm = loop->steps[0].self, *train = loop->steps[1].self;
    const struct toy_world *world = pipeline.sections[0].self;
    ck_assert_str_eq(pipeline.name, "other");
    ck_assert_uint_eq(pipeline.seed, 3);
    ck_assert_int_eq(*(const int64_t *)pipeline.steps[0].self, 64);
    ck_assert_int_eq(warm->steps, 20);
    ck_assert_int_eq(train->steps, 8000);
    ck_assert(train->rate == 0.5);
    ck_assert(*(const double *)train->curve.params == 7);
    char log[2048];
    ck_assert_ptr_nonnull(getcwd(log, sizeof log / 2));
    strcat(log, "/sub/x.log");
    ck_assert_str_eq(train->log, log);
    ck_assert_int_eq(loop->times, 10);
    ck_assert_int_eq(*(const int64_t *)loop->until.params, 5);
    ck_assert(world->window.above[1] == 5);
    ck_assert(*(const double *)world->shape.params == 3);
    ck_assert_str_eq(((const struct gd_choice *)pipeline.sections[1].self)->component->name, "zero");
    const double *level = ((const struct gd_choice *)pipeline.sections[2].self)->params;
    ck_assert(level[0] == 1 && level[1] == 0.2);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* What is optional is off; what was off can be entered again. */
START_TEST(overrides_switch_off)
{
    static const char *const words[] = {"none", "off", "null", "~"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        const struct gd_override overrides[] = {{"loop.until", words[k], NULL},
                                                {"goal", "{level: 1}", NULL},
                                                {"goal", words[k], NULL},
                                                {"train.log", "null", NULL}};
        struct gd_pipeline pipeline = toy_pipeline(registry, toy_text, overrides, 4);
        ck_assert_ptr_null(pipeline.steps[2].until.component);
        for (size_t j = 0; j < pipeline.section_count; j++)
            ck_assert_str_ne(pipeline.sections[j].id, "goal");
        gd_pipeline_clear(&pipeline);
    }
    static const struct gd_override again[] = {{"loop.until", "none", NULL}, {"loop.until.rounds.count", "5", NULL}};
    struct gd_pipeline pipeline = toy_pipeline(registry, toy_text, again, 2);
    ck_assert_int_eq(*(const int64_t *)pipeline.steps[2].until.params, 5);
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(override_opens_a_bare_name)
{
    static const struct gd_override overrides[] = {
        {"field.spring.stiffness", "2", NULL}, {"evaluate", "{}", NULL}, {"goal.match", "b", NULL}};
    struct gd_pipeline pipeline = toy_pipeline(
        registry, "godiff: 1\nname: toy\n" TOY_WORLD "field: spring\nsteps: [{seed: }, {evaluate: }]\n", overrides, 3);
    const struct gd_choice *field = pipeline.sections[1].self;
    ck_assert(((const struct toy_spring *)field->params)->stiffness == 2);
    ck_assert_uint_eq(pipeline.section_count, 3);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* What a pipeline says to overrides that are accepted. */
static char *warnings_of(const char *text, const struct gd_override *overrides, size_t count)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    ck_assert_int_eq(toy_build(&pipeline, registry, "f", text, overrides, count, &problems), GD_OK);
    char *found = problems_text(&problems);
    gd_problems_clear(&problems);
    gd_pipeline_clear(&pipeline);
    return found;
}

static void expect_warnings(const char *text, const struct gd_override *overrides, size_t count, const char *expected)
{
    char *found = warnings_of(text, overrides, count);
    expect_text(overrides[0].path, found, expected);
    free(found);
}

START_TEST(override_of_one_step_names_the_others)
{
    static const struct gd_override one[] = {{"evaluate", "{}", NULL}},
                                    both[] = {{"evaluate", "{}", NULL}, {"evaluate-2", "{}", NULL}},
                                    second[] = {{"evaluate-2", "{}", NULL}},
                                    rest[] = {{"evaluate*", "{}", NULL}, {"evaluate", "{}", NULL}},
                                    all[] = {{"evaluate*", "{}", NULL}}, deep[] = {{"seed.count", "3", NULL}};
    expect_warnings(toy_text, one, 1,
                    "--set evaluate={}: warning: sets only the step evaluate, not evaluate-2: to set all, "
                    "write evaluate*\n");
    expect_warnings(toy_text, both, 2, "");
    expect_warnings(toy_text, second, 1, "");
    expect_warnings(toy_text, all, 1, "");
    expect_warnings(toy_text, rest, 2, "");
    expect_warnings(TOY_HEAD "- seed:\n- {seed: , id: a}\n- seed:\n- seed:\n- seed:\n- seed:\n", deep, 1,
                    "--set seed.count=3: warning: sets only the step seed, not a, seed-2, seed-3, seed-4 "
                    "and 1 more: to set all, write seed*.count\n");
}
END_TEST

/* Each of them gets a value of its own. */
START_TEST(override_of_all_steps)
{
    static const struct gd_override overrides[] = {{"train*.steps", "77", NULL},
                                                   {"train*.curve", "{power: {exponent: 3}}", NULL},
                                                   {"warm-up.curve.power.exponent", "4", NULL},
                                                   {"loop*.times", "5", NULL}};
    struct gd_pipeline pipeline = toy_pipeline(registry, toy_text, overrides, 4);
    const struct gd_step *loop = &pipeline.steps[2];
    const struct toy_train *warm = loop->steps[0].self, *train = loop->steps[1].self;
    ck_assert_int_eq(warm->steps, 77);
    ck_assert_int_eq(train->steps, 77);
    ck_assert(*(const double *)warm->curve.params == 4);
    ck_assert(*(const double *)train->curve.params == 3);
    ck_assert_int_eq(loop->times, 5);
    gd_pipeline_clear(&pipeline);
}
END_TEST

#define HEADS " (accepted: seed, evaluate, loop, warm-up, train, sample, evaluate-2, name, world, field, goal)\n"

/* {path, value, what is said about it} */
static const struct {
    const char *path, *value, *problems;
} bad_overrides[] = {
    {"train.steps", "x",
     "--set train.steps=x: train.steps: \"x\" is not an integer (expected an integer from 1 to 1000000000)\n"},
    {"train.steps", "0",
     "--set train.steps=0: train.steps: 0 is out of range (expected an integer from 1 to 1000000000)\n"},
    {"train.stpes", "5",
     "--set train.stpes=5: train: unknown key \"stpes\"; did you mean \"steps\"? (accepted: steps, batch, rate, log, "
     "curve)\n"},
    {"tarin.steps", "5", "--set tarin.steps=5: unknown step or section \"tarin\"; did you mean \"train\"?" HEADS},
    {"steps", "[]", "--set steps=[]: unknown step or section \"steps\"" HEADS},
    {"train.steps", "[1", "--set train.steps=[1: not valid YAML: did not find expected ',' or ']'\n"},
    {"train.steps", "", "--set train.steps=: empty value\n"},
    {"train.steps", "!!int 5", "--set train.steps=!!int 5: tags (!) are not supported\n"},
    {"", "5", "--set =5: the path has an empty component\n"},
    {".", "5", "--set .=5: the path has an empty component\n"},
    {"train.", "5", "--set train.=5: the path has an empty component\n"},
    {"train..steps", "5", "--set train..steps=5: the path has an empty component\n"},
    {"train.steps.x", "5", "--set train.steps.x=5: train.steps: is a map (expected an integer from 1 to 1000000000)\n"},
    {"world.window.above.x", "5",
     "--set world.window.above.x=5: \"x\" is inside a list, not a map: set it as a whole\n"},
    {"loop", "{}", "--set loop={}: the steps of a loop cannot be overridden\n"},
    {"loop.steps", "[]", "--set loop.steps=[]: the steps of a loop cannot be overridden\n"},
    {"loop.times", "0",
     "--set loop.times=0: loop.times: 0 is out of range (expected an integer from 1 to 1000000000)\n"},
    {"field.spring.stiffness", "-1",
     "--set field.spring.stiffness=-1: field.spring.stiffness: -1 is out of range (expected a number above 0 and up to "
     "100 eV)\n"},
    {"field.spring.centre", "[0, 0, x]",
     "--set field.spring.centre=[0, 0, x]: field.spring.centre: \"x\" is not a finite number (expected a number in "
     "Å)\n"},
    {"seed", "-3", "--set seed=-3: seed: -3 is out of range (expected an integer from 0 to 9223372036854775807)\n"},
    {"name", "a b",
     "--set name=a b: name: \"a b\" is not a valid folder name (expected up to 100 letters, digits, - _ and ., "
     "starting with "
     "a letter, a digit or _)\n"},
    /* another component than the pipeline has, in every form and wherever one is chosen */
    {"field.table.file", "a",
     "--set field.table.file=a: field is spring here, not table: to replace it, write field=table or field='{table: "
     "{file: a}}'\n"},
    {"field.zero", "{}",
     "--set field.zero={}: field is spring here, not zero: to replace it, write field=zero or field='{zero: {...}}'\n"},
    {"goal.level", "2", "--set goal.level=2: goal is match here, not level: to replace it, write goal='{level: 2}'\n"},
    {"world.shape.file", "a",
     "--set world.shape.file=a: world.shape is cube here, not file: to replace it, write world.shape='{file: a}'\n"},
    {"train.curve.flat.x", "[1]",
     "--set train.curve.flat.x=[1]: train.curve is power here, not flat: to replace it, write train.curve=flat or "
     "train.curve='{flat: {x: ...}}'\n"},
    /* a parameter of the component that the pipeline has chosen, without its name */
    {"field.stiffness", "2",
     "--set field.stiffness=2: \"stiffness\" is a parameter of spring: write field.spring.stiffness\n"},
    {"train.curve.exponent", "1",
     "--set train.curve.exponent=1: \"exponent\" is a parameter of power: write train.curve.power.exponent\n"},
    {"train*.curve.exponent", "1",
     "--set train*.curve.exponent=1: \"exponent\" is a parameter of power: write train*.curve.power.exponent\n"
     "--set train*.curve.exponent=1: \"exponent\" is a parameter of power: write train*.curve.power.exponent\n"},
    {"tarin*.steps", "5", "--set tarin*.steps=5: unknown step or section \"tarin\"; did you mean \"train\"?" HEADS},
    {"*.steps", "5", "--set *.steps=5: unknown step or section \"*\"" HEADS},
    {"train*.steps", "0",
     "--set train*.steps=0: warm-up.steps: 0 is out of range (expected an integer from 1 to 1000000000)\n"
     "--set train*.steps=0: train.steps: 0 is out of range (expected an integer from 1 to 1000000000)\n"},
    {"train.rate", "\x1b[31m", "--set train.rate=?[31m: not valid UTF-8 text: control characters are not allowed\n"},
};

START_TEST(wrong_overrides)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    struct gd_override override = {bad_overrides[_i].path, bad_overrides[_i].value, NULL};
    ck_assert_int_eq(toy_build(&pipeline, registry, "f", toy_text, &override, 1, &problems), GD_BAD_INPUT);
    expect_problems(override.path, &problems, bad_overrides[_i].problems);
    gd_pipeline_clear(&pipeline);
}
END_TEST

Suite *suite_overrides(void)
{
    Suite *suite = suite_create("overrides");
    TCase *tcase = tcase_create("overrides");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, overrides_reach_everything);
    tcase_add_test(tcase, overrides_switch_off);
    tcase_add_test(tcase, override_opens_a_bare_name);
    tcase_add_test(tcase, override_of_one_step_names_the_others);
    tcase_add_test(tcase, override_of_all_steps);
    tcase_add_loop_test(tcase, wrong_overrides, 0, (int)(sizeof bad_overrides / sizeof *bad_overrides));
    suite_add_tcase(suite, tcase);
    return suite;
}
