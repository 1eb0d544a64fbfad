/* Pipelines: building, ids, overrides, the static check, and writing them back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/run/check.h"
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

/* The lines before the steps, of a pipeline that is otherwise fine: 5 lines. */
#define HEAD           "godiff: 1\nname: toy\nworld: {shape: {file: a}, window: {above: [1, 2]}}\nfield: zero\nsteps:\n"
#define STEPS          "steps: [{seed: {}}]\n"
#define WORLD          "world: {shape: {file: a}, window: {above: [1, 2]}}\n"
#define ROOT_KEYS      " (accepted: godiff, name, seed, plugins, steps, world, field, goal)\n"
#define STEP_NAMES     " (accepted: loop, pipeline, seed, evaluate, train, sample)\n"
#define EXPECTED_STEPS " (expected a list of steps)\n"
#define ONE_STAGE      " in one step (a step has one stage; indent its parameters)\n"

/* {pipeline, what is said about it} */
static const struct {
    const char *text, *problems;
} bad[] = {
    {"[1]", "f:1:1: expected a map of godiff, name, sections and steps, got a list\n"},
    {"{}", "f:1:1: steps: is required" EXPECTED_STEPS "f:1:1: godiff: is required (expected an integer equal to 1)\n"
           "f:1:1: name: is required (expected text)\n"
           "f:1:1: section \"world\" is required: Where it happens.\n"
           "f:1:1: section \"field\" is required: The forces.\n"},
    {"godiff: 2\nname: a/b\nseed: -1\nfield: zero\n" WORLD STEPS,
     "f:1:9: godiff: 2 is out of range (expected an integer equal to 1)\n"
     "f:3:7: seed: -1 is out of range (expected an integer from 0 to 9223372036854775807)\n"
     "f:2:7: name: \"a/b\" is not a valid folder name (expected up to 100 letters, digits, - _ and ., starting with a "
     "letter, "
     "a digit or _)\n"},
    {"godiff: 1\nname: ..\nfield: zero\n" WORLD STEPS, "f:2:7: name: \"..\" is not a valid folder name (expected up to "
                                                       "100 letters, digits, - _ and ., starting with a letter, "
                                                       "a digit or _)\n"},
    {"godiff: 1\nname: a\nseed: 9223372036854775808\nfield: zero\n" WORLD STEPS,
     "f:3:7: seed: \"9223372036854775808\" is not an integer (expected an integer from 0 to 9223372036854775807)\n"},
    {"godiff: 1\nname: a\nfeild: zero\n" WORLD STEPS, "f:3:1: unknown key \"feild\"; did you mean \"field\"?" ROOT_KEYS
                                                      "f:1:1: section \"field\" is required: The forces.\n"},
    {"godiff: 1\nname: a\nfield: zero\ntrain: {}\n" WORLD STEPS,
     "f:4:1: \"train\" is a step: write it in the list of steps\n"},
    {"godiff: 1\nname: a\nfield:\n" WORLD STEPS,
     "f:3:7: field: has no value (expected a field: zero, spring, table)\n"},
    {"godiff: 1\nname: a\nfield: zero\ngoal: {mach: x, scale: 2}\n" WORLD STEPS,
     "f:4:8: goal: unknown goal \"mach\"; did you mean \"match\"? (accepted: level, match)\n"},
    {"godiff: 1\nname: a\nfield: zero\ngoal: {match: x, level: 2}\n" WORLD STEPS,
     "f:4:18: goal: two names, \"match\" and \"level\", where one is expected\n"},
    {"godiff: 1\nname: a\nfield: zero\ngoal: {}\n" WORLD STEPS,
     "f:4:7: goal: names no component (expected a goal: level, match)\n"},
    {"godiff: 1\nname: a\nfield: zero\n" WORLD "steps: {train: {}}\n", "f:5:8: steps: is a map" EXPECTED_STEPS},
    {"godiff: 1\nname: a\nfield: zero\n" WORLD "steps: []\n", "f:5:8: steps: is empty" EXPECTED_STEPS},
    {"godiff: 1\nname: a\nfield: zero\n" WORLD "steps:\n", "f:5:7: steps: is empty" EXPECTED_STEPS},
    {HEAD "- evaluate\n", "f:6:3: \"evaluate\" lacks its colon: write \"evaluate: {}\"\n"},
    {HEAD "- nothing\n", "f:6:3: expected a step as a map, such as {evaluate: {}}, got a scalar\n"},
    {HEAD "- [train]\n", "f:6:3: expected a step as a map, such as {evaluate: {}}, got a list\n"},
    {HEAD "- {}\n", "f:6:3: this step names no stage\n"},
    {HEAD "- id: x\n", "f:6:3: this step names no stage\n"},
    {HEAD "- train:\n  steps: 5\n", "f:7:3: \"train\" and \"steps\"" ONE_STAGE},
    {HEAD "- trian: {}\n", "f:6:3: unknown step \"trian\"; did you mean \"train\"?" STEP_NAMES},
    {HEAD "- field: zero\n", "f:6:3: \"field\" is a section: write it at the top level, not as a step\n"},
    {HEAD "- train: {stpes: 5}\n- seed: {count: 0}\n",
     "f:6:11: train: unknown key \"stpes\"; did you mean \"steps\"? (accepted: steps, batch, rate, log, curve)\n"
     "f:7:17: seed.count: 0 is out of range (expected an integer from 1 to 1000000)\n"},
    {HEAD "- evaluate: {x: 1}\n", "f:6:14: evaluate: unknown key \"x\" (accepted: none)\n"},
    {HEAD "- evaluate: 5\n", "f:6:13: evaluate: is a scalar (expected a map)\n"},
    {HEAD "- {seed: {}, id: a.b}\n", "f:6:18: id: \"a.b\" is not a name (expected letters, digits, - and _)\n"},
    {HEAD "- {seed: {}, id: }\n", "f:6:18: id: \"\" is not a name (expected letters, digits, - and _)\n"},
    {HEAD "- {seed: {}, id: [a]}\n", "f:6:18: id: \"\" is not a name (expected letters, digits, - and _)\n"},
    {HEAD "- {seed: {}, id: a}\n- {train: {}, id: a}\n",
     "f:7:4: two steps have the id \"a\" (the other in line 6): change one\n"},
    {HEAD "- {seed: {}, id: train}\n- train: {}\n",
     "f:7:3: two steps have the id \"train\" (the other in line 6): change one\n"},
    {HEAD "- loop: {times: 2}\n", "f:6:3: loop: steps: is required" EXPECTED_STEPS},
    {HEAD "- loop: {steps: [{seed: {}}]}\n",
     "f:6:3: loop.times: is required (expected an integer from 1 to 1000000000)\n"},
    {HEAD "- loop: {times: 0, steps: [{seed: {}}]}\n",
     "f:6:17: loop.times: 0 is out of range (expected an integer from 1 to 1000000000)\n"},
    {HEAD "- loop: {times: 2, step: 3, steps: [{sed: {}}]}\n",
     "f:6:38: unknown step \"sed\"; did you mean \"seed\"?" STEP_NAMES
     "f:6:20: loop: unknown key \"step\"; did you mean \"steps\"? (accepted: times, until, steps)\n"},
    {HEAD "- loop: {times: 2, until: round, steps: [{seed: {}}]}\n",
     "f:6:27: loop.until: unknown until \"round\"; did you mean \"rounds\"? (accepted: rounds)\n"},
    {HEAD "- loop:\n", "f:6:8: loop: is empty (expected a map of times, until and steps)\n"},
    {HEAD "- loop: 5\n", "f:6:9: loop: is a scalar (expected a map of times, until and steps)\n"},
};

START_TEST(bad_pipelines)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    ck_assert_int_eq(toy_build(&pipeline, registry, "f", bad[_i].text, NULL, 0, &problems), GD_BAD_INPUT);
    expect_problems(bad[_i].text, &problems, bad[_i].problems);
    gd_pipeline_clear(&pipeline);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* Builds what must be fine, but for warnings. */
static struct gd_pipeline build(const char *text, const struct gd_override *overrides, size_t count)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    enum gd_status status = toy_build(&pipeline, registry, "/dir/f", text, overrides, count, &problems);
    if (!problems.count)
        gd_problems_clear(&problems);
    expect_problems(text, &problems, "");
    ck_assert_int_eq(status, GD_OK);
    return pipeline;
}

START_TEST(pipeline_is_understood)
{
    struct gd_pipeline pipeline = build(toy_text, NULL, 0);
    ck_assert_str_eq(pipeline.name, "toy");
    ck_assert_uint_eq(pipeline.seed, 7);
    ck_assert_uint_eq(pipeline.section_count, 3);
    ck_assert_str_eq(pipeline.sections[0].id, "world");
    ck_assert_str_eq(pipeline.sections[1].id, "field");
    const struct gd_choice *field = pipeline.sections[1].self;
    ck_assert_str_eq(field->component->name, "spring");
    ck_assert(((const struct toy_spring *)field->params)->stiffness == 0.1);
    ck_assert(((const struct toy_spring *)field->params)->centre[2] == 0.1);
    const struct gd_choice *goal = pipeline.sections[2].self;
    ck_assert_str_eq(*(const char *const *)goal->params, "/dir/a.xyz");

    ck_assert_uint_eq(pipeline.count, 3);
    const struct gd_step *loop = &pipeline.steps[2];
    ck_assert_ptr_null(loop->stage);
    ck_assert_int_eq(loop->times, 3);
    ck_assert_str_eq(loop->until.component->name, "rounds");
    ck_assert_uint_eq(loop->count, 4);
    static const char *const ids[] = {"warm-up", "train", "sample", "evaluate-2"};
    for (int k = 0; k < 4; k++)
        ck_assert_str_eq(loop->steps[k].id, ids[k]);
    ck_assert_int_eq(((const struct toy_train *)loop->steps[0].self)->steps, 500);
    ck_assert_int_eq(((const struct toy_train *)loop->steps[1].self)->steps, 8000);
    ck_assert_str_eq(pipeline.steps[1].id, "evaluate");
    ck_assert_ptr_null(pipeline.steps[1].node);
    ck_assert_int_eq(loop->steps[0].place.line, 17);
    ck_assert_int_eq(loop->steps[0].place.column, 11);
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(seeds_go_up_to_the_largest_integer)
{
    struct gd_override overrides[] = {{"seed", "9223372036854775807"}};
    struct gd_pipeline pipeline = build(toy_text, overrides, 1);
    ck_assert_uint_eq(pipeline.seed, INT64_MAX);
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(overrides_reach_everything)
{
    static const struct gd_override overrides[] = {
        {"name", "other"},
        {"seed", "3"},
        {"seed.count", "64"},
        {"warm-up.steps", "20"},
        {"train.rate", "0.5"},
        {"loop.times", "1e1"},
        {"loop.until", "{rounds: {count: 4}}"},
        {"loop.until.rounds.count", "5"},
        {"world.window.above", "[1, 5]"},
        {"world.shape.edge", "3"},
        {"evaluate-2", "{}"},
        {"field", "zero"},
        {"field.zero", "{}"},
        {"goal", "{level: 1}"},
        {"goal.within", "0.2"},
        {"train.curve.power.exponent", "7"},
        {"train.log", "sub/x.log"},
    };
    struct gd_pipeline pipeline = build(toy_text, overrides, sizeof overrides / sizeof *overrides);
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

START_TEST(override_opens_a_bare_name)
{
    static const struct gd_override overrides[] = {
        {"field.spring.stiffness", "2"}, {"evaluate", "{}"}, {"goal.match", "b"}};
    struct gd_pipeline pipeline =
        build("godiff: 1\nname: toy\n" WORLD "field: spring\nsteps: [{seed: }, {evaluate: }]\n", overrides, 3);
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
    static const struct gd_override one[] = {{"evaluate", "{}"}}, both[] = {{"evaluate", "{}"}, {"evaluate-2", "{}"}},
                                    second[] = {{"evaluate-2", "{}"}}, all[] = {{"evaluate*", "{}"}},
                                    deep[] = {{"seed.count", "3"}};
    expect_warnings(toy_text, one, 1,
                    "--set evaluate={}: warning: sets only the step evaluate, not evaluate-2: to set all, "
                    "write evaluate*\n");
    expect_warnings(toy_text, both, 2, "");
    expect_warnings(toy_text, second, 1, "");
    expect_warnings(toy_text, all, 1, "");
    expect_warnings(HEAD "- seed:\n- {seed: , id: a}\n- seed:\n- seed:\n- seed:\n- seed:\n", deep, 1,
                    "--set seed.count=3: warning: sets only the step seed, not a, seed-2, seed-3, seed-4 "
                    "and 1 more: to set all, write seed*.count\n");
}
END_TEST

/* Each of them gets a value of its own. */
START_TEST(override_of_all_steps)
{
    static const struct gd_override overrides[] = {{"train*.steps", "77"},
                                                   {"train*.curve", "{power: {exponent: 3}}"},
                                                   {"warm-up.curve.power.exponent", "4"},
                                                   {"loop*.times", "5"}};
    struct gd_pipeline pipeline = build(toy_text, overrides, 4);
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

#define HEADS " (accepted: seed, evaluate, loop, warm-up, train, sample, evaluate-2, name, seed, world, field, goal)\n"

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
    {"tarin*.steps", "5", "--set tarin*.steps=5: unknown step or section \"tarin\"; did you mean \"train\"?" HEADS},
    {"*.steps", "5", "--set *.steps=5: unknown step or section \"*\"" HEADS},
    {"train*.steps", "0",
     "--set train*.steps=0: train.steps: 0 is out of range (expected an integer from 1 to 1000000000)\n"
     "--set train*.steps=0: train.steps: 0 is out of range (expected an integer from 1 to 1000000000)\n"},
    {"train.rate", "\x1b[31m", "--set train.rate=?[31m: not valid UTF-8 text: control characters are not allowed\n"},
};

START_TEST(wrong_overrides)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    struct gd_override override = {bad_overrides[_i].path, bad_overrides[_i].value};
    ck_assert_int_eq(toy_build(&pipeline, registry, "f", toy_text, &override, 1, &problems), GD_BAD_INPUT);
    expect_problems(override.path, &problems, bad_overrides[_i].problems);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* {pipeline, what its check says} */
static const struct {
    const char *text, *problems;
} checks[] = {
    {HEAD "- seed:\n- evaluate:\n- train:\n- sample:\n- evaluate:\n", ""},
    {HEAD "- evaluate:\n",
     "f:6:3: evaluate: reads the slot \"batch\", which no earlier step writes (written by: seed, sample)\n"},
    {HEAD "- sample:\n- seed:\n- train:\n",
     "f:6:3: sample: reads the slot \"model\", which no earlier step writes (written by: train)\n"
     "f:8:3: train: reads the slot \"archive\", which no earlier step writes (written by: evaluate)\n"},
    {HEAD "- seed:\n- loop:\n    times: 2\n    steps:\n    - evaluate:\n    - train:\n    - sample:\n", ""},
    {HEAD "- loop:\n    times: 2\n    steps:\n    - evaluate:\n    - seed:\n",
     "f:9:7: evaluate: reads the slot \"batch\", which no earlier step writes (written by: seed, sample)\n"},
    {HEAD "- loop: {times: 1, steps: [{loop: {times: 1, steps: [{seed: }]}}]}\n- evaluate:\n", ""},
    {HEAD "- seed:\n- evaluate:\n- train: {steps: 5, batch: 6}\n",
     "f:8:28: train.batch: 6 is more than there are steps\n"},
    {HEAD "- seed:\n- evaluate:\n- train: {steps: 5}\n", "f:8:3: train.batch: 16 is more than there are steps\n"},
    /* a section that fails hides what depends on it */
    {"godiff: 1\nname: a\nworld: {shape: {file: a}, window: {above: [1, 2]}, add: trouble}\nfield: zero\ngoal: {level: "
     "1}\nsteps:\n- seed:\n- evaluate:\n- train: {steps: 1}\n",
     "f:3:1: world: the world has trouble\n"},
    {"godiff: 1\nname: a\nworld: {shape: {file: a}, window: {above: [2, 2]}, add: trouble}\nfield: zero\n"
     "steps:\n- seed:\n- evaluate:\n- sample:\n",
     "f:3:43: world.window.above: the window is empty\n"
     "f:8:3: sample: reads the slot \"model\", which no earlier step writes (written by: train)\n"},
};

START_TEST(static_check)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    ck_assert_int_eq(toy_build(&pipeline, registry, "f", checks[_i].text, NULL, 0, &problems), GD_OK);
    struct gd_state *state = gd_state_new(registry);
    enum gd_status status = gd_pipeline_check(&pipeline, state, &problems);
    ck_assert_int_eq(status, *checks[_i].problems ? GD_BAD_INPUT : GD_OK);
    if (!status)
        ck_assert_ptr_nonnull(gd_state_get(state, "field"));
    expect_problems(checks[_i].text, &problems, checks[_i].problems);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(written_pipeline_builds_again)
{
    static const char expected[] = "godiff: 1\n"
                                   "name: toy\n"
                                   "seed: 7\n"
                                   "world:\n"
                                   "  shape: {build: cube, edge: 2.5}\n"
                                   "  window: {above: [1, 6], hard: false}\n"
                                   "  add: Pt7\n"
                                   "  size: [1, 1, 1]\n"
                                   "  mode: exact\n"
                                   "field:\n"
                                   "  spring: {stiffness: 0.1, centre: [0, 0, 0.1]}\n"
                                   "goal: {match: /dir/a.xyz, scale: 1.1}\n"
                                   "steps:\n"
                                   "- seed: {count: 4}\n"
                                   "  id: seed\n"
                                   "- evaluate: {}\n"
                                   "  id: evaluate\n"
                                   "- loop:\n"
                                   "    times: 3\n"
                                   "    until:\n"
                                   "      rounds: {count: 10}\n"
                                   "    steps:\n"
                                   "    - train:\n"
                                   "        steps: 500\n"
                                   "        batch: 16\n"
                                   "        rate: 0.0001\n"
                                   "        curve:\n"
                                   "          power: {exponent: 0.3}\n"
                                   "      id: warm-up\n"
                                   "    - train:\n"
                                   "        steps: 8000\n"
                                   "        batch: 16\n"
                                   "        rate: 0.001\n"
                                   "        curve:\n"
                                   "          power: {exponent: 0.3}\n"
                                   "      id: train\n"
                                   "    - sample: {count: 128}\n"
                                   "      id: sample\n"
                                   "    - evaluate: {}\n"
                                   "      id: evaluate-2\n"
                                   "  id: loop\n";
    struct gd_pipeline pipeline = build(toy_text, NULL, 0);
    char *text = gd_pipeline_yaml(&pipeline);
    expect_text("first", text, expected);
    gd_pipeline_clear(&pipeline);
    pipeline = build(text, NULL, 0);
    free(text);
    text = gd_pipeline_yaml(&pipeline);
    expect_text("second", text, expected);
    free(text);
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(awkward_values_survive_writing)
{
    static const char *const adds[] = {
        "'null'", "''",
        "NO",     "\"a: b # c\"",
        "'- x'",  "\"\\t\\n \\x07\"",
        "5e-1",   "\"it's \\\"\"",
        "'{a}'",  "\xC3\x85ngstr\xC3\xB6m",
        "' a '",  "\"one two three four five six seven eight nine ten eleven twelve 13 14 15 16 17 18 19 20  21\""};
    static const char *const numbers[] = {"0.1",  "1e-300", "3.141592653589793", "-0", "0.30000000000000004",
                                          "1e22", "5e-324"};
    for (size_t k = 0; k < sizeof adds / sizeof *adds; k++) {
        struct gd_override overrides[] = {
            {"world.add", adds[k]}, {"field.spring.centre", "[0, 0, 0]"}, {"world.mode", "off"}};
        char centre[64];
        snprintf(centre, sizeof centre, "[0, 1, %s]", numbers[k % (sizeof numbers / sizeof *numbers)]);
        overrides[1].value = centre;
        struct gd_pipeline first = build(toy_text, overrides, 3);
        char *text = gd_pipeline_yaml(&first);
        ck_assert_ptr_nonnull(text);
        struct gd_pipeline second = build(text, NULL, 0);
        const struct toy_world *a = first.sections[0].self, *b = second.sections[0].self;
        const struct gd_choice *c = first.sections[1].self, *d = second.sections[1].self;
        ck_assert_str_eq(a->add, b->add);
        ck_assert_int_eq(b->mode, 2);
        ck_assert_mem_eq(c->params, d->params, sizeof(struct toy_spring));
        free(text);
        gd_pipeline_clear(&first);
        gd_pipeline_clear(&second);
    }
}
END_TEST

/* What the picture of toy_text shows, and what it must not. */
static const struct {
    const char *text;
    bool there;
} drawn[] = {
    {"digraph \"toy\" {\n", true},
    {"<td align=\"left\" valign=\"top\">world</td>", true},
    {"subgraph \"cluster loop\" {\nlabel=\"loop: at most 3 times, until rounds\";\n", true},
    {"\"warm-up\" [label=<<b>warm-up</b> (train)<br align=\"left\"/>", true},
    {"\"train\" [label=<<b>train</b><br align=\"left\"/>", true},
    {"<font point-size=\"10\" color=\"#888888\">uses field<br align=\"left\"/></font>", true},
    {"\" sections\" -> \"seed\" [weight=100, penwidth=2, label=\"\"];", true},
    {"\"seed\" -> \"evaluate\" [weight=100, penwidth=2, label=\"  batch\"];", true},
    {"\"evaluate\" -> \"warm-up\" [weight=100, penwidth=2, label=\"  archive\"];", true},
    {"\"evaluate\" -> \"train\" [weight=0, color=\"#555555\", label=\"  archive\"];", true},
    {"\"evaluate-2\" -> \"warm-up\" [style=dashed, constraint=false, ", true},
    {"\"evaluate-2\" -> \"train\" [style=dashed, constraint=false, ", true},
    {"\"train\" -> \"sample\" [weight=100, penwidth=2, label=\"  model\"];", true},
    {"\"sample\" -> \"evaluate\"", false},
    {"\" sections\" -> \"evaluate\"", false},
};

START_TEST(graph_shows_steps_loops_and_slots)
{
    struct gd_pipeline pipeline = build(toy_text, NULL, 0);
    char *text = gd_pipeline_dot(&pipeline);
    ck_assert_ptr_nonnull(text);
    ck_assert_msg((strstr(text, drawn[_i].text) != NULL) == drawn[_i].there, "%s\nin\n%s", drawn[_i].text, text);
    free(text);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* 68 and 80 letters of two bytes */
#define CUT                                                                                                            \
    "ääääääääääääääääääääääääääääääääää"                                             \
    "ääääääääääääääääääääääääääääääääää"
#define LONG CUT "ääääääääääää"

/* Labels are a kind of HTML, and lines end somewhere. */
START_TEST(graph_escapes_and_cuts_what_was_written)
{
    struct gd_pipeline pipeline = build("godiff: 1\nname: toy\nworld: {shape: {file: \"a<b>&\\\"c\"}, add: " LONG ", "
                                        "window: {above: [1, 2]}}\nfield: zero\nsteps: [{seed: {}}]\n",
                                        NULL, 0);
    char *text = gd_pipeline_dot(&pipeline);
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "shape file a&lt;b&gt;&amp;&quot;c<br"));
    ck_assert_ptr_nonnull(strstr(text, "add " CUT "…<br"));
    free(text);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* Loops in one another as deep as the tree allows: work must not double with every level. */
START_TEST(nested_loops_stay_cheap)
{
    struct gd_text text = {0};
    gd_text_print(&text, HEAD "- seed:\n- ");
    for (int k = 0; k < 20; k++)
        gd_text_print(&text, "{loop: {times: 2, steps: [");
    gd_text_print(&text, "{evaluate: }");
    for (int k = 0; k < 20; k++)
        gd_text_print(&text, "]}}");
    char *all = gd_text_take(&text);
    struct gd_pipeline pipeline = build(all, NULL, 0);
    char *dot = gd_pipeline_dot(&pipeline), *yaml = gd_pipeline_yaml(&pipeline);
    ck_assert_ptr_nonnull(strstr(dot, "\"cluster loop-20\""));
    ck_assert_ptr_nonnull(strstr(yaml, "id: loop-20"));
    free(dot);
    free(yaml);
    free(all);
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(steps_are_limited)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    struct gd_text text = {0};
    gd_text_print(&text, HEAD);
    for (int k = 0; k < 4097; k++)
        gd_text_print(&text, "- seed:\n");
    char *all = gd_text_take(&text);
    ck_assert_int_eq(toy_build(&pipeline, registry, "f", all, NULL, 0, &problems), GD_BAD_INPUT);
    expect_problems("steps", &problems, "f:4102:3: more than 4096 steps\n");
    free(all);
    gd_pipeline_clear(&pipeline);
}
END_TEST

Suite *suite_pipeline(void)
{
    Suite *suite = suite_create("pipeline");
    TCase *tcase = tcase_create("pipeline");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, bad_pipelines, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(tcase, pipeline_is_understood);
    tcase_add_test(tcase, seeds_go_up_to_the_largest_integer);
    tcase_add_test(tcase, overrides_reach_everything);
    tcase_add_test(tcase, override_opens_a_bare_name);
    tcase_add_test(tcase, override_of_one_step_names_the_others);
    tcase_add_test(tcase, override_of_all_steps);
    tcase_add_loop_test(tcase, wrong_overrides, 0, (int)(sizeof bad_overrides / sizeof *bad_overrides));
    tcase_add_loop_test(tcase, static_check, 0, (int)(sizeof checks / sizeof *checks));
    tcase_add_test(tcase, written_pipeline_builds_again);
    tcase_add_test(tcase, awkward_values_survive_writing);
    tcase_add_loop_test(tcase, graph_shows_steps_loops_and_slots, 0, sizeof drawn / sizeof *drawn);
    tcase_add_test(tcase, graph_escapes_and_cuts_what_was_written);
    tcase_add_test(tcase, nested_loops_stay_cheap);
    tcase_add_test(tcase, steps_are_limited);
    suite_add_tcase(suite, tcase);
    return suite;
}
