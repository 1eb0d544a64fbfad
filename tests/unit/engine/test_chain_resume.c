/* Pipelines in one another that are interrupted, killed or out of memory continue to the same bits. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "unit/engine/chain.h"
#include "unit/engine/results.h"
#include "unit/suites.h"

/* One run that is interrupted after every step; from each of these, a copy continues to the end. */
START_TEST(interrupted_after_any_step)
{
    OK(chain_run("whole", false));
    for (int k = 0; k < CHAIN_STEPS - 1; k++) {
        char name[32];
        snprintf(name, sizeof name, "after-%d", k);
        chain_run_part(chain_text, "steps", 0, k > 0);
        results_copy(&toy.scratch, "steps", name);
        OK(chain_run(name, true));
        chain_check_same("whole", name);
    }
}
END_TEST

START_TEST(interrupted_inside_leaves_what_there_is)
{
    chain_run_part(chain_text, "out", 2, false);
    char *text = results_content(&toy.scratch, "out", "p/summary.json", NULL),
         *trace = results_content(&toy.scratch, "out", "p/trace.txt", NULL);
    ck_assert_ptr_nonnull(strstr(text, "\"interrupted\""));
    ck_assert_ptr_nonnull(strstr(trace, "p/c.1:1/2"));
    ck_assert_ptr_null(strstr(trace, "p/d"));
    ck_assert(!results_there(&toy.scratch, "out", "q/summary.json"));
    free(text);
    free(trace);
}
END_TEST

static void check_killed(const char *directory, bool finished)
{
    if (finished)
        chain_check_same("whole", directory);
}

START_TEST(killed_at_any_moment)
{
    results_check_killed(&toy.scratch, chain_run, check_killed);
}
END_TEST

enum { STRIDE = 7 };

static const char brief[] = CHAIN_HEAD "- {note: {}}\n- {pipeline: {file: inner.yaml, give: [trace]}, id: p}\n";

/* What a run left that has failed continues to the same end as that of the run "whole". */
static void check_goes_on(const char *name)
{
    struct gd_run_options options = {.resume = results_there(&toy.scratch, name, "pipeline.yaml"), .threads = 1};
    OK(toy_attempt(brief, name, options));
    results_check_equal(&toy.scratch, "whole", name, "run.h5");
    results_check_equal(&toy.scratch, "whole", name, "p/trace.txt");
}

/* Allocations fail in turn, of a run from its start (begun 0) or of one that continues after so many steps: one in
 * STRIDE, or every one where GODIFF_EVERY_ALLOCATION is set (which takes minutes). What each failure leaves continues
 * to the same end, which is tried once for each state of the folder. */
static void check_memory(int begun)
{
    struct gd_run_options options = {.resume = begun > 0, .threads = 1};
    enum gd_status status = GD_NO_MEMORY;
    char *before = gd_string("");
    OK(toy_attempt(brief, "whole", (struct gd_run_options){.threads = 1}));
    if (begun)
        chain_run_part(brief, "begun", begun - 1, false);
    for (size_t k = 1; status; k += getenv("GODIFF_EVERY_ALLOCATION") ? 1 : STRIDE) {
        char name[32];
        snprintf(name, sizeof name, "out-%zu", k);
        if (begun)
            results_copy(&toy.scratch, "begun", name);
        toy.plan.allowed = k;
        status = toy_attempt(brief, name, options);
        toy.plan.allowed = 0;
        ck_assert_msg(!status || toy_ran_out_of_memory(status), "%zu: %s", k, toy.error.text);
        ck_assert_msg(toy.plan.leaked == 0, "%zu: %ld pieces leak", k, toy.plan.leaked);
        char *left = results_left(&toy.scratch, name);
        if (strcmp(left, before) != 0)
            check_goes_on(name);
        free(before);
        before = left;
    }
    free(before);
}

START_TEST(short_of_memory_from_the_start)
{
    check_memory(0);
}
END_TEST

START_TEST(short_of_memory_inside)
{
    check_memory(3);
}
END_TEST

START_TEST(other_inner_pipelines_do_not_go_on)
{
    chain_run_part(chain_text, "out", 4, false);
    chain_put_file("inner.yaml", "godiff: 1\nname: inner\nsteps: [{note: {}}]\n");
    toy_check_refused(chain_run("out", true),
                      "out/p/pipeline.yaml is of another pipeline: start is {} in its line 4, here it is left out");
    char path[512];
    ck_assert_int_eq(unlink(scratch_name(&toy.scratch, "out/p/pipeline.yaml", path)), 0);
    ck_assert_int_eq(unlink(scratch_name(&toy.scratch, "out/q/pipeline/pipeline.yaml", path)), 0);
    toy_check_refused(chain_run("out", true), "out/run.h5 is of another pipeline");
    chain_put_file("inner.yaml", NULL);
    OK(chain_run("out", true));
    ck_assert(results_there(&toy.scratch, "out", "p/pipeline.yaml"));
}
END_TEST

/* A run that was killed when it had written no more than its own pipeline. */
START_TEST(missing_copies_are_written)
{
    char path[512];
    OK(chain_run("whole", false));
    chain_run_part(chain_text, "out", 0, false);
    ck_assert_int_eq(unlink(scratch_name(&toy.scratch, "out/run.h5", path)), 0);
    ck_assert_int_eq(unlink(scratch_name(&toy.scratch, "out/summary.json", path)), 0);
    ck_assert_int_eq(unlink(scratch_name(&toy.scratch, "out/p/pipeline.yaml", path)), 0);
    ck_assert_int_eq(rmdir(scratch_name(&toy.scratch, "out/p", path)), 0);
    OK(chain_run("out", true));
    chain_check_same("whole", "out");
}
END_TEST

START_TEST(damaged_inner_states_are_refused)
{
    struct gd_h5 *file = NULL;
    char path[512];
    chain_run_part(chain_text, "out", 2, false);
    scratch_name(&toy.scratch, "out/run.h5", path);
    OK(gd_h5_open(path, &file, &toy.error));
    ck_assert(gd_h5_exists(file, "pipelines/p/trace"));
    gd_h5_remove(file, "pipelines/p");
    OK(gd_h5_save(file, path, &toy.error));
    gd_h5_close(file);
    toy_check_refused(chain_run("out", true), "run.h5: /pipelines/p: no such group");
}
END_TEST

Suite *suite_chain_resume(void)
{
    Suite *suite = suite_create("chain_resume");
    TCase *tcase = tcase_create("resume");
    tcase_set_timeout(tcase, 400);
    tcase_set_tags(tcase, "slow");
    tcase_add_checked_fixture(tcase, chain_setup, toy_teardown);
    tcase_add_test(tcase, interrupted_after_any_step);
    tcase_add_test(tcase, interrupted_inside_leaves_what_there_is);
    tcase_add_test(tcase, killed_at_any_moment);
    tcase_add_test(tcase, short_of_memory_from_the_start);
    tcase_add_test(tcase, short_of_memory_inside);
    tcase_add_test(tcase, other_inner_pipelines_do_not_go_on);
    tcase_add_test(tcase, missing_copies_are_written);
    tcase_add_test(tcase, damaged_inner_states_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
