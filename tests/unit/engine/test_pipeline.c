/* Pipelines: building, ids, the static check, and writing them back. */
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

#define STEPS          "steps: [{seed: {}}]\n"
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
    {"godiff: 2\nname: a/b\nseed: -1\nfield: zero\n" TOY_WORLD STEPS,
     "f:1:9: godiff: 2 is out of range (expected an integer equal to 1)\n"
     "f:3:7: seed: -1 is out of range (expected an integer from 0 to 9223372036854775807)\n"
     "f:2:7: name: \"a/b\" is not a valid folder name (expected up to 100 letters, digits, - _ and ., starting with a "
     "letter, "
     "a digit or _)\n"},
    {"godiff: 1\nname: ..\nfield: zero\n" TOY_WORLD STEPS,
     "f:2:7: name: \"..\" is not a valid folder name (expected up to "
     "100 letters, digits, - _ and ., starting with a letter, "
     "a digit or _)\n"},
    {"godiff: 1\nname: a\nseed: 9223372036854775808\nfield: zero\n" TOY_WORLD STEPS,
     "f:3:7: seed: \"9223372036854775808\" is not an integer (expected an integer from 0 to 9223372036854775807)\n"},
    {"godiff: 1\nname: a\nfeild: zero\n" TOY_WORLD STEPS,
     "f:3:1: unknown key \"feild\"; did you mean \"field\"?" ROOT_KEYS
     "f:1:1: section \"field\" is required: The forces.\n"},
    {"godiff: 1\nname: a\nfield: zero\ntrain: {}\n" TOY_WORLD STEPS,
     "f:4:1: \"train\" is a step: write it in the list of steps\n"},
    {"godiff: 1\nname: a\nfield:\n" TOY_WORLD STEPS,
     "f:3:7: field: has no value (expected a field: zero, spring, table)\n"},
    {"godiff: 1\nname: a\nfield: zero\ngoal: {mach: x, scale: 2}\n" TOY_WORLD STEPS,
     "f:4:8: goal: unknown goal \"mach\"; did you mean \"match\"? (accepted: level, match)\n"},
    {"godiff: 1\nname: a\nfield: zero\ngoal: {match: x, level: 2}\n" TOY_WORLD STEPS,
     "f:4:18: goal: two names, \"match\" and \"level\", where one is expected\n"},
    {"godiff: 1\nname: a\nfield: zero\ngoal: {}\n" TOY_WORLD STEPS,
     "f:4:7: goal: names no component (expected a goal: level, match)\n"},
    {"godiff: 1\nname: a\nfield: zero\n" TOY_WORLD "steps: {train: {}}\n", "f:5:8: steps: is a map" EXPECTED_STEPS},
    {"godiff: 1\nname: a\nfield: zero\n" TOY_WORLD "steps: []\n", "f:5:8: steps: is empty" EXPECTED_STEPS},
    {"godiff: 1\nname: a\nfield: zero\n" TOY_WORLD "steps:\n", "f:5:7: steps: is empty" EXPECTED_STEPS},
    {TOY_HEAD "- evaluate\n", "f:6:3: \"evaluate\" lacks its colon: write \"evaluate: {}\"\n"},
    {TOY_HEAD "- nothing\n", "f:6:3: expected a step as a map, such as {evaluate: {}}, got a scalar\n"},
    {TOY_HEAD "- [train]\n", "f:6:3: expected a step as a map, such as {evaluate: {}}, got a list\n"},
    {TOY_HEAD "- {}\n", "f:6:3: this step names no stage\n"},
    {TOY_HEAD "- id: x\n", "f:6:3: this step names no stage\n"},
    {TOY_HEAD "- train:\n  steps: 5\n", "f:7:3: \"train\" and \"steps\"" ONE_STAGE},
    {TOY_HEAD "- trian: {}\n", "f:6:3: unknown step \"trian\"; did you mean \"train\"?" STEP_NAMES},
    {TOY_HEAD "- field: zero\n", "f:6:3: \"field\" is a section: write it at the top level, not as a step\n"},
    {TOY_HEAD "- train: {stpes: 5}\n- seed: {count: 0}\n",
     "f:6:11: train: unknown key \"stpes\"; did you mean \"steps\"? (accepted: steps, batch, rate, log, curve)\n"
     "f:7:17: seed.count: 0 is out of range (expected an integer from 1 to 1000000)\n"},
    {TOY_HEAD "- evaluate: {x: 1}\n", "f:6:14: evaluate: unknown key \"x\" (accepted: none)\n"},
    {TOY_HEAD "- evaluate: 5\n", "f:6:13: evaluate: is a scalar (expected a map)\n"},
    {TOY_HEAD "- {seed: {}, id: a.b}\n", "f:6:18: id: \"a.b\" is not a name (expected letters, digits, - and _)\n"},
    {TOY_HEAD "- {seed: {}, id: }\n", "f:6:18: id: \"\" is not a name (expected letters, digits, - and _)\n"},
    {TOY_HEAD "- {seed: {}, id: [a]}\n", "f:6:18: id: \"\" is not a name (expected letters, digits, - and _)\n"},
    {TOY_HEAD "- {seed: {}, id: a}\n- {train: {}, id: a}\n",
     "f:7:4: two steps have the id \"a\" (the other in line 6): change one\n"},
    {TOY_HEAD "- {seed: {}, id: train}\n- train: {}\n",
     "f:7:3: two steps have the id \"train\" (the other in line 6): change one\n"},
    {TOY_HEAD "- loop: {times: 2}\n", "f:6:3: loop: steps: is required" EXPECTED_STEPS},
    {TOY_HEAD "- loop: {steps: [{seed: {}}]}\n",
     "f:6:3: loop.times: is required (expected an integer from 1 to 1000000000)\n"},
    {TOY_HEAD "- loop: {times: 0, steps: [{seed: {}}]}\n",
     "f:6:17: loop.times: 0 is out of range (expected an integer from 1 to 1000000000)\n"},
    {TOY_HEAD "- loop: {times: 2, step: 3, steps: [{sed: {}}]}\n",
     "f:6:38: unknown step \"sed\"; did you mean \"seed\"?" STEP_NAMES
     "f:6:20: loop: unknown key \"step\"; did you mean \"steps\"? (accepted: times, until, steps)\n"},
    {TOY_HEAD "- loop: {times: 2, until: round, steps: [{seed: {}}]}\n",
     "f:6:27: loop.until: unknown until \"round\"; did you mean \"rounds\"? (accepted: rounds)\n"},
    {TOY_HEAD "- loop:\n", "f:6:8: loop: is empty (expected a map of times, until and steps)\n"},
    {TOY_HEAD "- loop: 5\n", "f:6:9: loop: is a scalar (expected a map of times, until and steps)\n"},
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

START_TEST(pipeline_is_understood)
{
    struct gd_pipeline pipeline = toy_pipeline(registry, toy_text, NULL, 0);
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
    struct gd_override overrides[] = {{"seed", "9223372036854775807", NULL}};
    struct gd_pipeline pipeline = toy_pipeline(registry, toy_text, overrides, 1);
    ck_assert_uint_eq(pipeline.seed, INT64_MAX);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* {pipeline, what its check says} */
static const struct {
    const char *text, *problems;
} checks[] = {
    {TOY_HEAD "- seed:\n- evaluate:\n- train:\n- sample:\n- evaluate:\n", ""},
    {TOY_HEAD "- evaluate:\n",
     "f:6:3: evaluate: reads the slot \"batch\", which no earlier step writes (written by: seed, sample)\n"},
    {TOY_HEAD "- sample:\n- seed:\n- train:\n",
     "f:6:3: sample: reads the slot \"model\", which no earlier step writes (written by: train)\n"
     "f:8:3: train: reads the slot \"archive\", which no earlier step writes (written by: evaluate)\n"},
    {TOY_HEAD "- seed:\n- loop:\n    times: 2\n    steps:\n    - evaluate:\n    - train:\n    - sample:\n", ""},
    {TOY_HEAD "- loop:\n    times: 2\n    steps:\n    - evaluate:\n    - seed:\n",
     "f:9:7: evaluate: reads the slot \"batch\", which no earlier step writes (written by: seed, sample)\n"},
    {TOY_HEAD "- loop: {times: 1, steps: [{loop: {times: 1, steps: [{seed: }]}}]}\n- evaluate:\n", ""},
    {TOY_HEAD "- seed:\n- evaluate:\n- train: {steps: 5, batch: 6}\n",
     "f:8:28: train.batch: 6 is more than there are steps\n"},
    {TOY_HEAD "- seed:\n- evaluate:\n- train: {steps: 5}\n", "f:8:3: train.batch: 16 is more than there are steps\n"},
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
    struct gd_pipeline pipeline = toy_pipeline(registry, toy_text, NULL, 0);
    char *text = gd_pipeline_yaml(&pipeline);
    expect_text("first", text, expected);
    gd_pipeline_clear(&pipeline);
    pipeline = toy_pipeline(registry, text, NULL, 0);
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
            {"world.add", adds[k], NULL}, {"field.spring.centre", "[0, 0, 0]", NULL}, {"world.mode", "off", NULL}};
        char centre[64];
        snprintf(centre, sizeof centre, "[0, 1, %s]", numbers[k % (sizeof numbers / sizeof *numbers)]);
        overrides[1].value = centre;
        struct gd_pipeline first = toy_pipeline(registry, toy_text, overrides, 3);
        char *text = gd_pipeline_yaml(&first);
        ck_assert_ptr_nonnull(text);
        struct gd_pipeline second = toy_pipeline(registry, text, NULL, 0);
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
    struct gd_pipeline pipeline = toy_pipeline(registry, toy_text, NULL, 0);
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
    struct gd_pipeline pipeline =
        toy_pipeline(registry,
                     "godiff: 1\nname: toy\nworld: {shape: {file: \"a<b>&\\\"c\"}, add: " LONG ", "
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
    gd_text_print(&text, TOY_HEAD "- seed:\n- ");
    for (int k = 0; k < 20; k++)
        gd_text_print(&text, "{loop: {times: 2, steps: [");
    gd_text_print(&text, "{evaluate: }");
    for (int k = 0; k < 20; k++)
        gd_text_print(&text, "]}}");
    char *all = gd_text_take(&text);
    struct gd_pipeline pipeline = toy_pipeline(registry, all, NULL, 0);
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
    gd_text_print(&text, TOY_HEAD);
    for (int k = 0; k < 4097; k++)
        gd_text_print(&text, "- seed:\n");
    char *all = gd_text_take(&text);
    ck_assert_int_eq(toy_build(&pipeline, registry, "f", all, NULL, 0, &problems), GD_BAD_INPUT);
    expect_problems("steps", &problems, "f:4102:3: more than 4096 steps\n");
    free(all);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* --- Sections that run last --------------------------------------------------------------------------------------- */

struct finish {
    int64_t count;
};

static const struct gd_param finish_rows[] = {
    {.name = "count", .type = GD_INT, .offset = offsetof(struct finish, count), .initial = "3", .max = 9, .help = "c"},
    {0}};

static enum gd_status run_finish(struct gd_context *context, void *self)
{
    (void)context, (void)self;
    return GD_OK;
}

static const char *const finish_reads[] = {"archive", NULL};
static const struct gd_stage finish = {.name = "finish",
                                       .summary = "Ends a run.",
                                       .section = true,
                                       .last = true,
                                       .params = finish_rows,
                                       .size = sizeof(struct finish),
                                       .reads = finish_reads,
                                       .run = run_finish};

#define ARCHIVED "steps: [{seed: {}}, {loop: {times: 2, steps: [{evaluate: {}}]}}]\n"

/* {lines after those of the sections, override of finish.count or NULL, count in the last step or -1: there is none,
 * problems} */
static const struct {
    const char *text, *count;
    int expected;
    const char *problems;
} lasts[] = {
    {ARCHIVED, NULL, 3, ""},
    {ARCHIVED, "5", 5, ""},
    {"finish: {count: 4}\n" ARCHIVED, NULL, 4, ""},
    {"finish:\n" ARCHIVED, "0", 0, ""},
    {STEPS, NULL, -1, ""},
    {"finish: {}\n" STEPS, NULL, 3,
     "f:5:1: finish: reads the slot \"archive\", which no earlier step writes (written by: evaluate)\n"},
    {ARCHIVED, "10", 0, "--set finish.count=10: finish.count: 10 is out of range (expected an integer from 0 to 9)\n"},
    {"finish: {cuont: 4}\n" ARCHIVED, NULL, 0,
     "f:5:10: finish: unknown key \"cuont\"; did you mean \"count\"? (accepted: count)\n"},
    {"steps: [{seed: {}}, {evaluate: {}, id: finish}]\n", NULL, 3,
     "f:5:22: \"finish\" is the name of a section that runs last: choose another id\n"},
    {"steps: [{seed: {}}, {finish: {}}]\n", NULL, -1,
     "f:5:22: \"finish\" is a section: write it at the top level, not as a step\n"},
};

START_TEST(a_last_section_is_the_last_step)
{
    ck_assert_int_eq(gd_registry_add_stage(registry, &finish, NULL), GD_OK);
    char *text = gd_format("godiff: 1\nname: toy\n" TOY_WORLD "field: zero\n%s", lasts[_i].text);
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    const struct gd_override override = {"finish.count", lasts[_i].count, NULL};
    const bool built =
        toy_build(&pipeline, registry, "f", text, &override, lasts[_i].count != NULL, &problems) == GD_OK;
    struct gd_state *state = gd_state_new(registry);
    if (built)
        gd_pipeline_check(&pipeline, state, &problems);
    const struct gd_step *last = &pipeline.steps[pipeline.count - 1];
    if (built) {
        ck_assert_int_eq(last->stage == &finish, lasts[_i].expected >= 0);
        ck_assert(last->stage != &finish || ((struct finish *)last->self)->count == lasts[_i].expected);
        ck_assert_uint_eq(pipeline.section_count, 2);
    }
    expect_problems(text, &problems, lasts[_i].problems);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    free(text);
}
END_TEST

/* It is written back as the section that it is. */
START_TEST(a_last_section_is_written_as_a_section)
{
    ck_assert_int_eq(gd_registry_add_stage(registry, &finish, NULL), GD_OK);
    struct gd_pipeline pipeline = toy_pipeline(registry, toy_text, NULL, 0);
    char *text = gd_pipeline_yaml(&pipeline);
    ck_assert_ptr_nonnull(strstr(text, "finish: {count: 3}\nsteps:\n"));
    struct gd_pipeline again = toy_pipeline(registry, text, NULL, 0);
    char *other = gd_pipeline_yaml(&again);
    ck_assert_str_eq(text, other);
    ck_assert_double_eq(gd_pipeline_executions(&pipeline), 15);
    free(text);
    free(other);
    gd_pipeline_clear(&pipeline);
    gd_pipeline_clear(&again);
}
END_TEST

START_TEST(only_a_section_with_rows_runs_last)
{
    struct gd_stage wrong = finish;
    struct gd_error error = {0};
    wrong.section = _i == 0 ? false : true;
    wrong.required = _i == 1;
    ck_assert_int_eq(gd_registry_add_stage(registry, &wrong, &error), GD_BAD_INPUT);
    ck_assert_str_eq(error.text, "stage \"finish\": only a section with rows, not required, can run last");
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
    tcase_add_loop_test(tcase, static_check, 0, (int)(sizeof checks / sizeof *checks));
    tcase_add_test(tcase, written_pipeline_builds_again);
    tcase_add_test(tcase, awkward_values_survive_writing);
    tcase_add_loop_test(tcase, graph_shows_steps_loops_and_slots, 0, sizeof drawn / sizeof *drawn);
    tcase_add_test(tcase, graph_escapes_and_cuts_what_was_written);
    tcase_add_test(tcase, nested_loops_stay_cheap);
    tcase_add_test(tcase, steps_are_limited);
    tcase_add_loop_test(tcase, a_last_section_is_the_last_step, 0, (int)(sizeof lasts / sizeof *lasts));
    tcase_add_test(tcase, a_last_section_is_written_as_a_section);
    tcase_add_loop_test(tcase, only_a_section_with_rows_runs_last, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
