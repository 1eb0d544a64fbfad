/* Runs that are interrupted continue to the same bits, and only from what is theirs. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "unit/engine/nested.h"
#include "unit/engine/results.h"
#include "unit/suites.h"

START_TEST(interrupted_after_any_step)
{
    OK(nested_run("whole", false));
    for (int k = 0; k < NESTED_STEPS - 1; k++) {
        char name[32];
        struct nested_heard heard = {.interrupt_at = k, .times = 1};
        snprintf(name, sizeof name, "after-%d", k);
        ck_assert_int_eq(nested_run_heard(name, false, &heard), GD_INTERRUPTED);
        ck_assert_int_eq(heard.ends, k + 1);
        nested_check_status(name, "interrupted", NULL);
        nested_check_saved(name, k + 1);
        ck_assert(results_there(&toy.scratch, name, "trace.txt"));
        OK(nested_run(name, true));
        nested_check_same("whole", name);
        nested_check_no_leftovers(name);
    }
}
END_TEST

START_TEST(interrupted_before_every_step)
{
    OK(nested_run("whole", false));
    enum gd_status status = GD_INTERRUPTED;
    for (int k = 0; k <= NESTED_STEPS && status; k++) {
        struct nested_heard heard = {.interrupt_at = -1, .interrupts = 1};
        ck_assert_int_eq(nested_run_heard("steps", k > 0, &heard), GD_INTERRUPTED);
        ck_assert_int_eq(heard.starts, 0);
        nested_check_status("steps", "interrupted", NULL);
        toy.plan.fail_step = 2;
        status = nested_run("steps", true); /* one step, and one that fails */
        ck_assert_int_eq(status, k + 1 < NESTED_STEPS ? GD_FAILED : GD_OK);
        nested_check_saved("steps", k + 1);
    }
    nested_check_same("whole", "steps");
}
END_TEST

START_TEST(interrupt_in_the_last_step_finishes)
{
    struct nested_heard heard = {.interrupt_at = NESTED_STEPS - 1, .times = 2};
    OK(nested_run_heard("out", false, &heard));
    nested_check_status("out", "finished", NULL);
}
END_TEST

/* A stage that stops at once has half-changed the state, of which nothing is seen. */
START_TEST(second_interrupt_saves_the_last_finished_step)
{
    enum { FIRST_PATIENT = 9 };
    struct nested_heard heard = {.interrupt_at = FIRST_PATIENT, .times = 2};
    OK(nested_run("whole", false));
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    ck_assert_ptr_nonnull(strstr(toy.error.text, "step d"));
    nested_check_status("out", "interrupted", NULL);
    nested_check_saved("out", FIRST_PATIENT);
    char *text = results_content(&toy.scratch, "out", "trace.txt", NULL);
    ck_assert_ptr_null(strstr(text, "d.0"));
    free(text);
    OK(nested_run("out", true));
    nested_check_same("whole", "out");
}
END_TEST

START_TEST(nothing_to_resume)
{
    toy_check_refused(nested_run("out", true), "no run to continue");
    ck_assert(!results_there(&toy.scratch, "out", ""));
    nested_put_file("out", "notes.txt");
    toy_check_refused(nested_run("out", true), "no run to continue");
}
END_TEST

START_TEST(finished_run_is_left_alone)
{
    struct nested_heard heard = {.interrupt_at = -1};
    struct stat before, after;
    char path[512];
    OK(nested_run("out", false));
    ck_assert_int_eq(stat(scratch_name(&toy.scratch, "out", path), &before), 0);
    OK(nested_run_heard("out", true, &heard));
    ck_assert_int_eq(heard.starts, 0);
    ck_assert_ptr_nonnull(strstr(heard.last, "already finished"));
    ck_assert_int_eq(stat(path, &after), 0);
    ck_assert_mem_eq(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
}
END_TEST

/* Interrupts the run in its first step, if there is one, and keeps the messages. */
struct reported {
    volatile int interrupts;
    int messages;
    char last[256];
};

static void interrupt_and_listen(void *self, const struct gd_event *event)
{
    struct reported *reported = self;
    if (event->kind == GD_EVENT_STEP_START)
        reported->interrupts = 1;
    if (event->kind != GD_EVENT_MESSAGE || !strstr(event->text, "has used"))
        return;
    reported->messages++;
    snprintf(reported->last, sizeof reported->last, "%s", event->text);
}

/* Runs that continue with other kernels say so once; the list of them is kept. */
START_TEST(other_kernels_are_reported)
{
    static const struct {
        const char *kernels, *all, *reported;
    } runs[] = {
        {"one", "one", NULL},
        {"one", "one", NULL},
        {"none", "one; none", "has used one so far and continues with none"},
        {"none", "one; none", NULL},
        {"one", "one; none; one", "has used one; none so far and continues with one"},
    };
    struct reported reported = {0};
    struct gd_sink sink = {interrupt_and_listen, &reported};
    struct gd_run_options options = {
        .threads = 1, .sinks = &sink, .sink_count = 1, .interrupted = &reported.interrupts};
    for (size_t k = 0; k < sizeof runs / sizeof *runs; k++) {
        reported = (struct reported){0};
        options.resume = k > 0;
        options.kernels = runs[k].kernels;
        ck_assert_int_eq(toy_run(nested_text, "out", options), GD_INTERRUPTED);
        cJSON *object = nested_summary("out");
        ck_assert_str_eq(cJSON_GetObjectItem(object, "kernels")->valuestring, runs[k].all);
        cJSON_Delete(object);
        ck_assert_int_eq(reported.messages, runs[k].reported ? 1 : 0);
        ck_assert(!runs[k].reported || strstr(reported.last, runs[k].reported));
    }

    /* Nothing continues in a finished run. */
    OK(toy_run(nested_text, "out", (struct gd_run_options){.resume = true, .threads = 1, .kernels = "one"}));
    reported = (struct reported){0};
    options.kernels = "two";
    OK(toy_run(nested_text, "out", options));
    ck_assert_int_eq(reported.messages, 0);
}
END_TEST

START_TEST(other_pipelines_do_not_go_on)
{
    char *changed = gd_string(nested_text);
    struct nested_heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_ptr_nonnull(changed);
    *strstr(changed, "7") = '8';
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    toy_check_refused(toy_run(changed, "out", (struct gd_run_options){.resume = true}),
                      "out/pipeline.yaml is of another pipeline: seed is 7 in its line 3, here it is 8 (");
    char path[512];
    unlink(scratch_name(&toy.scratch, "out/pipeline.yaml", path));
    toy_check_refused(toy_run(changed, "out", (struct gd_run_options){.resume = true}),
                      "out/run.h5 is of another pipeline: seed is 7 in its line 3");
    nested_check_saved("out", 3);
    free(changed);
    OK(nested_run("out", true));
    ck_assert(results_there(&toy.scratch, "out", "pipeline.yaml"));
}
END_TEST

START_TEST(metrics_must_belong_to_the_run)
{
    char path[512];
    struct nested_heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    scratch_name(&toy.scratch, "out/metrics.jsonl", path);
    OK(gd_file_write(path, "{\"step\": \"a\", \"seconds\": 1}\n{\"step\"", 36, &toy.error));
    toy_check_refused(nested_run("out", true),
                      "metrics.jsonl:2: damaged or missing: each of the 3 steps that are saved has a line here");
    unlink(path);
    toy_check_refused(nested_run("out", true), "metrics.jsonl");
}
END_TEST

START_TEST(seconds_go_on_after_a_resume)
{
    char path[512];
    const char lines[] = "{\"step\": \"a\", \"seconds\": 1000}\n{\"step\": \"b\", \"seconds\": 100}\n";
    struct nested_heard heard = {.interrupt_at = 1, .times = 1};
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    scratch_name(&toy.scratch, "out/metrics.jsonl", path);
    OK(gd_file_write(path, lines, strlen(lines), &toy.error));
    OK(nested_run("out", true));
    cJSON *object = nested_summary("out"), *seconds = cJSON_GetObjectItem(object, "seconds");
    ck_assert_double_eq(cJSON_GetObjectItem(cJSON_GetObjectItem(seconds, "by_step"), "a")->valuedouble, 1000);
    ck_assert_double_ge(cJSON_GetObjectItem(seconds, "total")->valuedouble, 1100);
    cJSON_Delete(object);
}
END_TEST

START_TEST(missing_outputs_of_a_finished_run_are_restored)
{
    struct nested_heard heard = {.interrupt_at = -1};
    char path[512];
    OK(nested_run("whole", false));
    OK(nested_run("out", false));
    ck_assert_int_eq(unlink(scratch_name(&toy.scratch, "out/trace.txt", path)), 0);
    OK(nested_run_heard("out", true, &heard));
    ck_assert_int_eq(heard.starts, 0);
    ck_assert_ptr_nonnull(strstr(heard.last, "already finished; restored from run.h5: trace.txt"));
    nested_check_same("whole", "out");
}
END_TEST

START_TEST(damaged_checkpoints_are_refused)
{
    char path[512];
    struct nested_heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    scratch_name(&toy.scratch, "out/run.h5", path);
    ck_assert_int_eq(truncate(path, 1000), 0);
    toy_check_refused(nested_run("out", true), "run.h5");
    toy_check_refused(nested_run("out", false), "already contains a run");
}
END_TEST

Suite *suite_run_resume(void)
{
    Suite *suite = suite_create("run_resume");
    TCase *interrupted = tcase_create("interrupted");
    TCase *resume = tcase_create("resume");
    tcase_set_timeout(interrupted, 400);
    tcase_set_tags(interrupted, "slow");
    tcase_add_checked_fixture(interrupted, toy_setup, toy_teardown);
    tcase_add_test(interrupted, interrupted_after_any_step);
    tcase_add_test(interrupted, interrupted_before_every_step);
    tcase_add_test(interrupted, interrupt_in_the_last_step_finishes);
    tcase_add_test(interrupted, second_interrupt_saves_the_last_finished_step);
    suite_add_tcase(suite, interrupted);
    tcase_add_checked_fixture(resume, toy_setup, toy_teardown);
    tcase_add_test(resume, nothing_to_resume);
    tcase_add_test(resume, finished_run_is_left_alone);
    tcase_add_test(resume, other_kernels_are_reported);
    tcase_add_test(resume, other_pipelines_do_not_go_on);
    tcase_add_test(resume, metrics_must_belong_to_the_run);
    tcase_add_test(resume, seconds_go_on_after_a_resume);
    tcase_add_test(resume, missing_outputs_of_a_finished_run_are_restored);
    tcase_add_test(resume, damaged_checkpoints_are_refused);
    suite_add_tcase(suite, resume);
    return suite;
}
