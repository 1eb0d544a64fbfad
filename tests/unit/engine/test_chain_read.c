/* Pipelines in one another: how they are read and checked. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "unit/engine/chain.h"
#include "unit/engine/failing.h"
#include "unit/engine/helpers.h"
#include "unit/suites.h"

/* A copy without the name of the scratch folder, to be freed. */
static char *anywhere(const char *text)
{
    char *copy = gd_string(text), *found;
    size_t length = strlen(toy.scratch.path) + 1;
    ck_assert_ptr_nonnull(copy);
    while ((found = strstr(copy, toy.scratch.path)))
        memmove(found, found + length, strlen(found + length) + 1);
    return copy;
}

static void expect(const char *label, struct gd_problems *problems, const char *expected)
{
    char *all = problems_text(problems), *found = anywhere(all);
    expect_text(label, found, expected);
    free(found);
    free(all);
    gd_problems_clear(problems);
}

/* What may be taken, and what may be given. */
#define SLOT_NAMES " (accepted: temperature, evaluations, trace, spare)\n"
#define WORDS      " (expected a map of file, with, give and take)\n"

/* {pipeline, what is said about it} */
static const struct {
    const char *text, *problems;
} bad[] = {
    {CHAIN_HEAD "- pipeline:\n", "outer.yaml:4:12: pipeline: is empty" WORDS},
    {CHAIN_HEAD "- pipeline: inner.yaml\n", "outer.yaml:4:13: pipeline: is a scalar" WORDS},
    {CHAIN_HEAD "- pipeline: {}\n", "outer.yaml:4:3: pipeline.file: is required (expected a path)\n"},
    {CHAIN_HEAD "- pipeline: {file: [1]}\n", "outer.yaml:4:20: pipeline.file: is a list (expected a path)\n"},
    {CHAIN_HEAD "- pipeline: {file: none.yaml}\n",
     "outer.yaml:4:20: pipeline.file: none.yaml: No such file or directory\n"},
    {CHAIN_HEAD "- pipeline: {fil: inner.yaml}\n",
     "outer.yaml:4:14: pipeline: unknown key \"fil\"; did you mean \"file\"? (accepted: file, with, give, take)\n"
     "outer.yaml:4:3: pipeline.file: is required (expected a path)\n"},
    {CHAIN_HEAD "- pipeline: {file: bad.yaml}\n",
     "bad.yaml:3:30: unknown step \"nothing\" (accepted: loop, pipeline, note, visit, wish)\n"
     "bad.yaml:3:17: pipeline.note: unknown key \"numbr\"; did you mean \"number\"? (accepted: number, patient)\n"},
    {CHAIN_HEAD "- pipeline: {file: broken.yaml}\n",
     "broken.yaml:3:1: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence (line 2)\n"},
    {CHAIN_HEAD "- pipeline: {file: list.yaml}\n",
     "list.yaml:1:1: expected a map of godiff, name, sections and steps, got a list\n"},
    {CHAIN_HEAD "- pipeline: {file: self.yaml}\n",
     "self.yaml:3:27: pipeline.pipeline.file: self.yaml includes itself\n"},
    {CHAIN_HEAD "- pipeline: {file: ping.yaml}\n  id: a\n",
     "pong.yaml:3:27: a.pipeline.pipeline.file: ping.yaml includes itself\n"},
    {CHAIN_HEAD "- pipeline: {file: inner.yaml, take: [trase, world, trace, trace, [x]]}\n",
     "outer.yaml:4:39: pipeline.take: unknown slot \"trase\"; did you mean \"trace\"?" SLOT_NAMES
     "outer.yaml:4:46: pipeline.take: the slot \"world\" cannot be transferred: each pipeline creates its own\n"
     "outer.yaml:4:60: pipeline.take: \"trace\" appears twice\n"
     "outer.yaml:4:67: pipeline.take: is not a list of slots, such as [model]\n"},
    {CHAIN_HEAD "- pipeline: {file: inner.yaml, give: iteration}\n",
     "outer.yaml:4:38: pipeline.give: is not a list of slots, such as [model]\n"},
    {CHAIN_HEAD "- pipeline: {file: inner.yaml, give: [iteration]}\n",
     "outer.yaml:4:39: pipeline.give: the slot \"iteration\" cannot be transferred: each pipeline creates its own\n"},
    {CHAIN_HEAD "- pipeline: {file: inner.yaml, with: [1]}\n",
     "outer.yaml:4:38: pipeline.with: is a list (expected a map, such as {train.steps: 500})\n"},
    {CHAIN_HEAD "- pipeline: {file: inner.yaml, with: {d.number: x, e.number: 1, seed: 3, d..x: 1}}\n",
     "outer.yaml:4:52: unknown step or section \"e\" (accepted: loop, c, d, name, world, start)\n"
     "outer.yaml:4:65: pipeline.seed: an inner pipeline uses the seed of the whole run\n"
     "outer.yaml:4:74: the path has an empty component\n"
     "outer.yaml:4:49: pipeline.d.number: \"x\" is not an integer (expected an integer)\n"},
};

START_TEST(bad_chains)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    ck_assert_int_eq(toy_build_outer(&pipeline, bad[_i].text, NULL, 0, &problems), GD_BAD_INPUT);
    expect(bad[_i].text, &problems, bad[_i].problems);
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(chains_are_not_endless)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    struct gd_text text = {0};
    char name[32], inner[128];
    for (int k = 0; k < 10; k++) {
        snprintf(name, sizeof name, "d%d.yaml", k);
        snprintf(inner, sizeof inner, "godiff: 1\nname: d\nsteps: [{pipeline: {file: d%d.yaml}}]\n", k + 1);
        chain_put_file(name, inner);
    }
    ck_assert_int_eq(toy_build_outer(&pipeline, CHAIN_HEAD "- pipeline: {file: d0.yaml}\n", NULL, 0, &problems),
                     GD_BAD_INPUT);
    expect("deep", &problems,
           "d6.yaml:3:27: pipeline.pipeline.pipeline.pipeline.pipeline.pipeline.pipeli....pipeline.file: pipelines "
           "nested deeper than 8 levels\n");
    gd_pipeline_clear(&pipeline);

    gd_text_print(&text, CHAIN_HEAD);
    for (int k = 0; k < 64; k++)
        gd_text_print(&text, "- pipeline: {file: inner.yaml}\n");
    char *wide = gd_text_take(&text);
    ck_assert_int_eq(toy_build_outer(&pipeline, wide, NULL, 0, &problems), GD_BAD_INPUT);
    expect("wide", &problems, "outer.yaml:67:20: pipeline-64.file: more than 64 pipelines in all\n");
    gd_pipeline_clear(&pipeline);
    free(wide);
}
END_TEST

static void check_names(const char *const *names, const char *only)
{
    ck_assert(only ? names[0] && !strcmp(names[0], only) && !names[1] : !names[0]);
}

static int64_t number_of(const struct gd_step *step)
{
    return ((const struct toy_number *)step->self)->number;
}

START_TEST(chain_is_understood)
{
    static const char text[] = "godiff: 1\nname: outer\nseed: 7\nsteps:\n"
                               "- pipeline: {file: inner.yaml, with: {c: {number: 2}, c.number: 3, d.number: 4}}\n"
                               "- {pipeline: {file: deep.yaml, give: [spare, trace], take: []}, id: q}\n";
    static const struct gd_override overrides[] = {{"q.e.number", "8", NULL},
                                                   {"q.pipeline.d.number", "9", NULL},
                                                   {"pipeline.d.number", "6", NULL},
                                                   {"pipeline.give", "[trace]", NULL}};
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    ck_assert_int_eq(toy_build_outer(&pipeline, text, overrides, 4, &problems), GD_OK);
    expect(text, &problems, "");
    const struct gd_step *p = &pipeline.steps[0], *q = &pipeline.steps[1];
    ck_assert_str_eq(p->path, "pipeline");
    ck_assert_str_eq(p->pipeline->path, "pipeline");
    ck_assert_ptr_null(p->stage);
    check_names(p->give, "trace");
    check_names(p->take, "trace");
    ck_assert_str_eq(p->pipeline->name, "inner");
    ck_assert_uint_eq(p->pipeline->seed, 7);
    ck_assert_ptr_eq(p->steps, p->pipeline->steps);
    ck_assert_str_eq(p->pipeline->sections[0].path, "pipeline/start");
    const struct gd_step *c = p->steps[0].steps, *d = &p->steps[1];
    ck_assert_str_eq(c->id, "c");
    ck_assert_str_eq(c->path, "pipeline/c");
    ck_assert_int_eq(number_of(c), 3);
    ck_assert_int_eq(number_of(d), 6);
    ck_assert_ptr_nonnull(strstr(d->place.file, "/inner.yaml"));
    ck_assert_str_eq(q->give[0], "spare");
    ck_assert_str_eq(q->give[1], "trace");
    check_names(q->take, NULL);
    check_names(q->steps[0].take, "trace");
    ck_assert_str_eq(q->steps[0].steps[1].path, "q/pipeline/d");
    ck_assert_int_eq(number_of(&q->steps[0].steps[1]), 9);
    ck_assert_int_eq(number_of(&q->steps[0].steps[0].steps[0]), 1);
    ck_assert_int_eq(number_of(q->steps[1].steps), 8);
    ck_assert_uint_eq(pipeline.seed, 7);
    ck_assert_double_eq(gd_pipeline_executions(&pipeline), (3 + 1) + (3 + 1 + 1 + 1));
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(written_chain_names_the_copies)
{
    static const char text[] = CHAIN_HEAD "- pipeline: {file: inner.yaml, with: {d.number: 4}}\n";
    static const char expected[] = "godiff: 1\n"
                                   "name: outer\n"
                                   "seed: 0\n"
                                   "steps:\n"
                                   "- pipeline: {file: pipeline/pipeline.yaml, give: [], take: [trace]}\n"
                                   "  id: pipeline\n";
    static const char inner[] = "godiff: 1\n"
                                "name: inner\n"
                                "seed: 0\n"
                                "start: {}\n"
                                "steps:\n"
                                "- loop:\n"
                                "    times: 2\n"
                                "    steps:\n"
                                "    - note: {number: 1, patient: false}\n"
                                "      id: c\n"
                                "  id: loop\n"
                                "- note: {number: 4, patient: false}\n"
                                "  id: d\n";
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    ck_assert_int_eq(toy_build_outer(&pipeline, text, NULL, 0, &problems), GD_OK);
    char *yaml = gd_pipeline_yaml(&pipeline);
    expect_text("outer", yaml, expected);
    free(yaml);
    yaml = gd_pipeline_yaml(pipeline.steps->pipeline);
    expect_text("inner", yaml, inner);
    free(yaml);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* {pipeline, what its check says} */
static const struct {
    const char *text, *problems;
} checks[] = {
    {CHAIN_HEAD "- pipeline: {file: inner.yaml}\n", ""},
    {CHAIN_HEAD "- pipeline: {file: deep.yaml, take: []}\n", ""},
    {CHAIN_HEAD "- {note: {}}\n- pipeline: {file: inner.yaml, give: [trace]}\n", ""},
    {CHAIN_HEAD "- pipeline: {file: inner.yaml, give: [spare, trace]}\n",
     "outer.yaml:4:3: pipeline: gives the slot \"spare\", which no earlier step writes (written by: no stage)\n"
     "outer.yaml:4:3: pipeline: gives the slot \"trace\", which no earlier step writes (written by: start, note)\n"},
    {CHAIN_HEAD "- pipeline: {file: inner.yaml, take: [spare]}\n- wish: {}\n",
     "outer.yaml:4:38: pipeline.take: no step in inner.yaml writes the slot \"spare\"\n"},
    {CHAIN_HEAD "- pipeline: {file: wish.yaml, take: []}\n",
     "wish.yaml:3:10: wish: reads the slot \"spare\", which no earlier step writes (written by: no stage)\n"},
    {CHAIN_HEAD "- visit: {}\n- visit: {}\n- wish: {}\n",
     "outer.yaml:4:3: section \"world\" is missing: visit reads the slot \"world\"\n"
     "outer.yaml:6:3: wish: reads the slot \"spare\", which no earlier step writes (written by: no stage)\n"},
    {CHAIN_HEAD "- pipeline: {file: world.yaml, take: []}\n", "world.yaml:4:10: pipeline.note: not in world 13\n"},
    {CHAIN_HEAD "- pipeline: {file: world.yaml, take: []}\n  id: a\n", "world.yaml:4:10: a.note: not in world 13\n"},
    {CHAIN_HEAD "- pipeline: {file: inner.yaml, take: [spare]}\n- pipeline: {file: inner.yaml, take: [spare]}\n",
     "outer.yaml:4:38: pipeline.take: no step in inner.yaml writes the slot \"spare\"\n"
     "outer.yaml:5:38: pipeline-2.take: no step in inner.yaml writes the slot \"spare\"\n"},
    {CHAIN_HEAD "- pipeline: {file: world.yaml, with: {world.number: 3}, take: [trace]}\n",
     "outer.yaml:4:63: pipeline.take: trace is incompatible: is of world 3, not 0\n"},
    {CHAIN_HEAD "- pipeline: {file: world.yaml, with: {world.number: 3}}\n",
     "outer.yaml:4:3: pipeline.take: trace is incompatible: is of world 3, not 0\n"},
    {CHAIN_HEAD "- note: {}\n- pipeline: {file: world.yaml, with: {world.number: 3}, give: [trace], take: []}\n",
     "outer.yaml:5:63: pipeline.give: trace is incompatible: is of world 0, not 3\n"},
};

START_TEST(static_check_of_chains)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    struct gd_state *state = gd_state_new(toy.registry);
    ck_assert_int_eq(toy_build_outer(&pipeline, checks[_i].text, NULL, 0, &problems), GD_OK);
    enum gd_status status = gd_pipeline_check(&pipeline, state, &problems);
    ck_assert_int_eq(status, *checks[_i].problems ? GD_BAD_INPUT : GD_OK);
    expect(checks[_i].text, &problems, checks[_i].problems);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* Every allocation on the way from text to pipeline and to its check. */
START_TEST(short_of_memory_reading)
{
    static const char text[] =
        CHAIN_HEAD "- {note: {}}\n- {pipeline: {file: deep.yaml, give: [trace], with: {e.number: 3}}, id: p}\n";
    static const struct gd_override override = {"p.pipeline.d.number", "2", NULL};
    enum gd_status status = GD_NO_MEMORY;
    for (size_t k = 0; status == GD_NO_MEMORY; k++) {
        struct gd_pipeline pipeline = {0};
        struct gd_problems problems = {0};
        failing_start(k);
        struct gd_state *state = gd_state_new(toy.registry);
        status = state ? toy_build_outer(&pipeline, text, &override, 1, &problems) : GD_NO_MEMORY;
        if (!status)
            status = gd_pipeline_check(&pipeline, state, &problems);
        gd_state_free(state);
        gd_pipeline_clear(&pipeline);
        size_t count = problems.count;
        gd_problems_clear(&problems);
        ck_assert_msg(failing_stop() == 0, "a leak after %zu allocations", k);
        ck_assert_uint_eq(count, 0);
    }
    ck_assert_int_eq(status, GD_OK);
}
END_TEST

Suite *suite_chain_read(void)
{
    Suite *suite = suite_create("chain_read");
    TCase *tcase = tcase_create("read");
    tcase_add_checked_fixture(tcase, chain_setup, toy_teardown);
    tcase_add_loop_test(tcase, bad_chains, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(tcase, chains_are_not_endless);
    tcase_add_test(tcase, chain_is_understood);
    tcase_add_test(tcase, written_chain_names_the_copies);
    tcase_add_loop_test(tcase, static_check_of_chains, 0, (int)(sizeof checks / sizeof *checks));
    tcase_add_test(tcase, short_of_memory_reading);
    suite_add_tcase(suite, tcase);
    return suite;
}
