/* Pipelines in one another: what they pass on, and what they leave. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "unit/engine/chain.h"
#include "unit/engine/results.h"
#include "unit/suites.h"

static void put_trace(struct gd_state *state, const char *text)
{
    OK(gd_state_put(state, "trace", gd_string(text), &toy.error));
}

START_TEST(values_move_and_are_copied)
{
    struct gd_state *a = gd_state_new(toy.registry), *b = gd_state_new(toy.registry);
    put_trace(a, "one");
    put_trace(b, "two");
    const char *one = gd_state_get(a, "trace");
    OK(gd_state_move(b, a, "trace", &toy.error));
    ck_assert_ptr_eq(gd_state_get(b, "trace"), one);
    ck_assert_ptr_null(gd_state_get(a, "trace"));
    OK(gd_state_copy(a, b, "trace", &toy.error));
    ck_assert_str_eq(gd_state_get(a, "trace"), "one");
    ck_assert_ptr_ne(gd_state_get(a, "trace"), one);
    OK(gd_state_move(b, a, "spare", &toy.error));
    OK(gd_state_copy(b, a, "spare", &toy.error));
    ck_assert_ptr_null(gd_state_get(b, "spare"));
    OK(gd_state_put(b, "trace", NULL, &toy.error));
    OK(gd_state_copy(a, b, "trace", &toy.error));
    ck_assert_ptr_null(gd_state_get(a, "trace"));
    ck_assert_int_eq(gd_state_move(a, b, "nothing", &toy.error), GD_FAILED);
    gd_state_free(a);
    gd_state_free(b);
}
END_TEST

/* One word of a trace, with the random number that its step must have drawn. */
static void add_word(struct gd_text *text, const char *step, unsigned execution, int iteration, int iterations)
{
    struct gd_stream stream = gd_stream_make(7, gd_stream_hash(step), execution, 5);
    gd_text_print(text, "%s.%u:%d/%d.%04x ", step, execution, iteration, iterations,
                  (unsigned)gd_stream_bits(&stream) >> 16);
}

static void expect_trace(const char *name, struct gd_text *expected)
{
    char *text = results_content(&toy.scratch, "out", name, NULL), *wanted = gd_text_take(expected);
    ck_assert_str_eq(text, wanted);
    free(text);
    free(wanted);
}

START_TEST(values_are_handed_on)
{
    struct gd_text p = {0}, q = {0};
    OK(chain_run("out", false));
    add_word(&p, "a", 0, 0, 1);
    for (unsigned k = 0; k < 2; k++) {
        add_word(&p, "p/c", 2 * k, 0, 2);
        add_word(&p, "p/c", 2 * k + 1, 1, 2);
        add_word(&p, "p/d", k, 0, 1);
        if (k == 0)
            add_word(&p, "b", 0, 0, 2);
    }
    expect_trace("p/trace.txt", &p);
    add_word(&q, "q/pipeline/start", 1, 0, 1); /* made anew for the second time */
    add_word(&q, "q/pipeline/c", 2, 0, 2);
    add_word(&q, "q/pipeline/c", 3, 1, 2);
    add_word(&q, "q/pipeline/d", 1, 0, 1);
    struct gd_text all = {0};
    gd_text_print(&all, "%s", q.data);
    expect_trace("q/pipeline/trace.txt", &q);
    add_word(&all, "q/e", 1, 0, 1);
    add_word(&all, "z", 0, 0, 1);
    expect_trace("trace.txt", &all);
}
END_TEST

START_TEST(every_step_has_a_line)
{
    OK(chain_run("out", false));
    char *text = results_content(&toy.scratch, "out", "metrics.jsonl", NULL), *rest = NULL;
    size_t k = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), k++) {
        cJSON *object = cJSON_Parse(line);
        ck_assert_uint_lt(k, CHAIN_STEPS);
        ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(object, "step")), chain_order[k]);
        cJSON_Delete(object);
    }
    ck_assert_uint_eq(k, CHAIN_STEPS);
    free(text);
}
END_TEST

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    ck_assert_ptr_nonnull(item);
    return item->valuedouble;
}

/* Figures are of the pipeline's own state, and its seconds those of its own steps. */
START_TEST(every_pipeline_has_a_summary)
{
    static const char *const names[][2] = {{"inner", "p"}, {"deep", "q"}, {"inner", "q/pipeline"}};
    OK(chain_run("out", false));
    for (size_t k = 0; k < 3; k++) {
        char name[64];
        size_t length;
        snprintf(name, sizeof name, "%s/summary.json", names[k][1]);
        char *text = results_content(&toy.scratch, "out", name, NULL);
        cJSON *object = cJSON_Parse(text), *step;
        snprintf(name, sizeof name, "%s/trace.txt", names[k][1]);
        free(results_content(&toy.scratch, "out", name, &length));
        ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(object, "name")), names[k][0]);
        ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(object, "status")), "finished");
        ck_assert_double_eq(number(object, "length"), (double)length);
        cJSON *by_step = cJSON_GetObjectItem(cJSON_GetObjectItem(object, "seconds"), "by_step");
        ck_assert_int_eq(cJSON_GetArraySize(by_step), k == 1 ? 4 : 2);
        cJSON_ArrayForEach(step, by_step) ck_assert_int_eq(strncmp(step->string, names[k][1], strlen(names[k][1])), 0);
        cJSON_Delete(object);
        free(text);
    }
}
END_TEST

START_TEST(chain_as_it_ran_can_run_again)
{
    char path[512], whole[1024];
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline = {0};
    struct gd_problems problems = {0};
    struct gd_state *state = gd_state_new(toy.registry);
    OK(chain_run("out", false));
    snprintf(whole, sizeof whole, "%s/pipeline.yaml", scratch_name(&toy.scratch, "out", path));
    ck_assert_int_eq(gd_tree_read_yaml(&tree, whole, &problems), GD_OK);
    ck_assert_int_eq(gd_pipeline_build(&pipeline, toy.registry, &tree, NULL, 0, &problems), GD_OK);
    ck_assert_int_eq(gd_pipeline_check(&pipeline, state, &problems), GD_OK);
    struct gd_run_options options = {
        .directory = scratch_name(&toy.scratch, "again", path), .threads = 2, .version = "test"};
    OK(gd_run(&pipeline, state, &options, &toy.error));
    chain_check_same("out", "again");
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(folders_are_not_overwritten)
{
    char path[512];
    OK(gd_directory_make(scratch_name(&toy.scratch, "out/q", path), &toy.error));
    toy_check_refused(chain_run("out", false), "out/q already exists");
    ck_assert(!results_there(&toy.scratch, "out", "pipeline.yaml"));
}
END_TEST

Suite *suite_chain(void)
{
    Suite *suite = suite_create("chain");
    TCase *tcase = tcase_create("chain");
    tcase_add_checked_fixture(tcase, chain_setup, toy_teardown);
    tcase_add_test(tcase, values_move_and_are_copied);
    tcase_add_test(tcase, values_are_handed_on);
    tcase_add_test(tcase, every_step_has_a_line);
    tcase_add_test(tcase, every_pipeline_has_a_summary);
    tcase_add_test(tcase, chain_as_it_ran_can_run_again);
    tcase_add_test(tcase, folders_are_not_overwritten);
    suite_add_tcase(suite, tcase);
    return suite;
}
