/* Runs of the toy stages: the order of steps, and what is left behind. */
#include <stdlib.h>
#include <string.h>

#include "unit/engine/nested.h"
#include "unit/engine/results.h"
#include "unit/suites.h"

START_TEST(steps_run_in_order)
{
    static const char *const words[] = {"a.0:0/1", "b.0:0/2", "c.0:0/3", "c.1:1/3",   "c.2:2/3",   "b.1:1/2",
                                        "c.3:0/3", "c.4:1/3", "c.5:2/3", "d.0:0/100", "d.1:1/100", "e.0:0/1"};
    OK(nested_run("out", false));
    char *text = results_content(&toy.scratch, "out", "trace.txt", NULL), *rest = NULL;
    char *word = strtok_r(text, " ", &rest);
    for (size_t k = 0; k < NESTED_STEPS; k++, word = strtok_r(NULL, " ", &rest)) {
        ck_assert_ptr_nonnull(word);
        ck_assert_msg(strncmp(word, words[k], strlen(words[k])) == 0, "%s instead of %s", word, words[k]);
    }
    ck_assert_ptr_null(word);
    free(text);
    ck_assert_int_eq(toy.plan.runs, NESTED_STEPS);
    ck_assert_int_eq(toy.plan.starts, 5);
    ck_assert_int_eq(toy.plan.stops, 5);
    nested_check_no_leftovers("out");
    nested_check_saved("out", NESTED_STEPS);
}
END_TEST

START_TEST(streams_are_named_by_step_execution_and_sample)
{
    char word[64];
    OK(nested_run("out", false));
    char *text = results_content(&toy.scratch, "out", "trace.txt", NULL);
    for (unsigned execution = 0; execution < 6; execution++) {
        struct gd_stream stream = gd_stream_make(7, gd_stream_hash("c"), execution, 5);
        snprintf(word, sizeof word, "c.%u:%u/3.%04x ", execution, execution % 3,
                 (unsigned)gd_stream_bits(&stream) >> 16);
        ck_assert_msg(strstr(text, word), "%s is not in %s", word, text);
    }
    free(text);
}
END_TEST

START_TEST(every_step_has_a_line_of_metrics)
{
    OK(nested_run("out", false));
    cJSON *lines = nested_metrics("out"), *line = cJSON_GetArrayItem(lines, 3);
    ck_assert_int_eq(cJSON_GetArraySize(lines), NESTED_STEPS);
    cJSON *expected = cJSON_Parse("{\"step\": \"c\", \"iteration\": 2, \"temperature\": 0.5, \"evaluations\": null,"
                                  "\"length\": 0, \"loss\": 1.25, \"bad\": null}");
    char *text = results_content(&toy.scratch, "out", "trace.txt", NULL), *end = strstr(text, "c.2:2/3");
    cJSON_SetNumberValue(cJSON_GetObjectItem(expected, "length"), (double)(end - text));
    ck_assert_msg(cJSON_Compare(line, expected, true), "%s", cJSON_PrintUnformatted(line));
    free(text);
    cJSON_Delete(expected);
    cJSON_Delete(lines);
}
END_TEST

START_TEST(summary_tells_of_the_whole_run)
{
    OK(nested_run("out", false));
    cJSON *object = nested_summary("out"), *seconds = cJSON_DetachItemFromObject(object, "seconds");
    cJSON *expected =
        cJSON_Parse("{\"name\": \"nested\", \"seed\": 7, \"status\": \"finished\", \"steps\": 12, \"temperature\": 1,"
                    "\"evaluations\": null, \"length\": 0, \"trace\": {\"found\": true},"
                    "\"device\": \"cpu\", \"precision\": \"float32\", \"threads\": 1, \"version\": \"test\"}");
    size_t length;
    free(results_content(&toy.scratch, "out", "trace.txt", &length));
    cJSON_SetNumberValue(cJSON_GetObjectItem(expected, "length"), (double)length);
    ck_assert_msg(cJSON_Compare(object, expected, true), "%s", cJSON_PrintUnformatted(object));
    double sum;
    cJSON *by_step = cJSON_GetObjectItem(seconds, "by_step"), *one;
    ck_assert_int_eq(cJSON_GetArraySize(by_step), 5);
    sum = cJSON_GetObjectItem(seconds, "checkpoint")->valuedouble;
    ck_assert_double_gt(sum, 0);
    cJSON_ArrayForEach(one, by_step) sum += one->valuedouble;
    ck_assert_double_eq_tol(sum, cJSON_GetObjectItem(seconds, "total")->valuedouble, 1e-12);
    cJSON_Delete(seconds);
    cJSON_Delete(expected);
    cJSON_Delete(object);
}
END_TEST

START_TEST(pipeline_as_it_ran_can_run_again)
{
    OK(nested_run("out", false));
    char *text = results_content(&toy.scratch, "out", "pipeline.yaml", NULL);
    OK(toy_run(text, "again", (struct gd_run_options){.threads = 1}));
    free(text);
    nested_check_same("out", "again");
}
END_TEST

START_TEST(threads_change_nothing)
{
    OK(nested_run("out", false));
    OK(toy_run(nested_text, "two", (struct gd_run_options){.threads = 2}));
    OK(toy_run(nested_text, "all", (struct gd_run_options){.threads = 0}));
    nested_check_same("out", "two");
    nested_check_same("out", "all");
    cJSON *object = nested_summary("all");
    ck_assert_int_ge(cJSON_GetObjectItem(object, "threads")->valueint, 1);
    cJSON_Delete(object);
}
END_TEST

START_TEST(sinks_hear_of_every_step)
{
    struct nested_heard heard = {.interrupt_at = -1};
    OK(nested_run_heard("out", false, &heard));
    ck_assert_int_eq(heard.starts, NESTED_STEPS);
    ck_assert_int_eq(heard.ends, NESTED_STEPS);
    ck_assert_int_eq(heard.progress, NESTED_STEPS);
    ck_assert_int_eq(heard.figures, 4 * NESTED_STEPS);
    ck_assert_int_eq(heard.messages, 0);
}
END_TEST

Suite *suite_run(void)
{
    Suite *suite = suite_create("run");
    TCase *tcase = tcase_create("run");
    tcase_add_checked_fixture(tcase, toy_setup, toy_teardown);
    tcase_add_test(tcase, steps_run_in_order);
    tcase_add_test(tcase, streams_are_named_by_step_execution_and_sample);
    tcase_add_test(tcase, every_step_has_a_line_of_metrics);
    tcase_add_test(tcase, summary_tells_of_the_whole_run);
    tcase_add_test(tcase, pipeline_as_it_ran_can_run_again);
    tcase_add_test(tcase, threads_change_nothing);
    tcase_add_test(tcase, sinks_hear_of_every_step);
    suite_add_tcase(suite, tcase);
    return suite;
}
