/* Every allocation on the way from text to pipeline, to its check, and back to text is made to fail once. */
#include <stdlib.h>

#include "engine/run/check.h"
#include "unit/engine/failing.h"
#include "unit/engine/toy.h"
#include "unit/suites.h"

static enum gd_status write_all(const struct gd_pipeline *pipeline)
{
    char *yaml = gd_pipeline_yaml(pipeline), *dot = gd_pipeline_dot(pipeline);
    enum gd_status status = yaml && dot ? GD_OK : GD_NO_MEMORY;
    free(yaml);
    free(dot);
    return status;
}

/* All of it; the number of problems goes to `count`. */
static enum gd_status run_all(const char *text, const struct gd_override *overrides, size_t override_count,
                              size_t *count)
{
    struct gd_problems problems = {0};
    struct gd_pipeline pipeline = {0};
    struct gd_state *state = NULL;
    enum gd_status status = GD_NO_MEMORY;
    struct gd_registry *registry = toy_registry();
    if (registry)
        status = toy_build(&pipeline, registry, "f", text, overrides, override_count, &problems);
    if (!status) {
        state = gd_state_new(registry);
        status = state ? gd_pipeline_check(&pipeline, state, &problems) : GD_NO_MEMORY;
    }
    if (!status)
        status = write_all(&pipeline);
    *count = problems.count;
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    gd_registry_free(registry);
    gd_problems_clear(&problems);
    return status;
}

static const struct gd_override overrides[] = {{"train.rate", "0.5", NULL}, {"field.spring.stiffness", "3", NULL}};
static const struct gd_override wrong[] = {{"trian.rate", "0.5", NULL}, {"train.rate", "[1", NULL}};

static const struct task {
    const char *text;
    const struct gd_override *overrides;
    size_t override_count;
    enum gd_status status; /* with enough memory */
    size_t problems;
} tasks[] = {
    {NULL, overrides, 2, GD_OK, 0}, /* toy_text */
    {"godiff: 1\nname: x y\nfield: sprin\nworld: {shape: {build: cub}, size: [1], window: {above: [1, x]}}\nzoo: 1\n"
     "steps: [{train: {stpes: 1}}, {loop: {steps: [{id: a}]}}, trian, {train: , id: train}]\n",
     wrong, 2, GD_BAD_INPUT, 13},
    {"a: &x 1\nb: *x\na: 2\nc: !t 3\nd: [1\n", NULL, 0, GD_BAD_INPUT, 4},
    {"godiff: 1\nname: x\nfield: zero\nworld: {shape: {file: a}, window: {above: [2, 1]}}\nsteps: [{evaluate: }]\n",
     NULL, 0, GD_BAD_INPUT, 2},
};

/* Lets more and more allocations succeed before some fail, until the task is through. */
static void fail_each(const struct task *task, void (*start)(size_t allowed))
{
    const char *text = task->text ? task->text : toy_text;
    enum gd_status status = GD_NO_MEMORY;
    size_t allowed = 0, problems = 0;
    for (; status == GD_NO_MEMORY; allowed++) {
        start(allowed);
        status = run_all(text, task->overrides, task->override_count, &problems);
        ck_assert_msg(failing_stop() == 0, "a leak after %zu allocations", allowed);
        ck_assert_msg(status != GD_NO_MEMORY || problems <= task->problems, "%zu problems after %zu allocations",
                      problems, allowed);
    }
    ck_assert_int_eq(status, task->status);
    ck_assert_uint_eq(problems, task->problems);
    ck_assert_uint_gt(allowed, 20);
}

START_TEST(lasting_shortage_is_reported)
{
    fail_each(&tasks[_i], failing_start);
}
END_TEST

START_TEST(one_failure_is_reported)
{
    fail_each(&tasks[_i], failing_start_once);
}
END_TEST

/* A plugin that a pipeline names, from its text to the text that is written. */
static enum gd_status run_plugin(void)
{
    static const char text[] = "godiff: 1\nname: x\nplugins: [" GD_TEST_PLUGINS "/bare.so]\nfield: zero\n"
                               "world: {shape: {file: a}, window: {above: [1, 2]}}\nsteps: [{seed: }]\n";
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    struct gd_pipeline pipeline = {0};
    struct gd_registry *registry = toy_registry();
    enum gd_status status = registry ? gd_tree_parse_yaml(&tree, "f", text, sizeof text - 1, &problems) : GD_NO_MEMORY;
    if (!status)
        status = gd_pipeline_load_plugins(registry, &tree, true, &problems);
    if (!status)
        status = gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems);
    if (!status)
        status = write_all(&pipeline);
    gd_tree_clear(&tree);
    gd_pipeline_clear(&pipeline);
    gd_registry_free(registry);
    gd_problems_clear(&problems);
    return status;
}

START_TEST(failures_around_plugins_are_reported)
{
    void (*const start)(size_t) = _i ? failing_start_once : failing_start;
    enum gd_status status = GD_NO_MEMORY;
    size_t allowed = 0;
    ck_assert_int_eq(run_plugin(), GD_OK); /* what the loader keeps, it keeps from now on */
    for (; status == GD_NO_MEMORY; allowed++) {
        start(allowed);
        status = run_plugin();
        ck_assert_msg(failing_stop() == 0, "a leak after %zu allocations", allowed);
    }
    ck_assert_int_eq(status, GD_OK);
    ck_assert_uint_gt(allowed, 20);
}
END_TEST

Suite *suite_failing(void)
{
    Suite *suite = suite_create("failing");
    TCase *tcase = tcase_create("failing");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, lasting_shortage_is_reported, 0, (int)(sizeof tasks / sizeof *tasks));
    tcase_add_loop_test(tcase, one_failure_is_reported, 0, (int)(sizeof tasks / sizeof *tasks));
    tcase_add_loop_test(tcase, failures_around_plugins_are_reported, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
