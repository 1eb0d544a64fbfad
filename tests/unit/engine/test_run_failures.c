/* Runs that fail, that are killed or that a full disk stops: what they leave is in order, and continues to the same
 * bits. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "unit/engine/nested.h"
#include "unit/engine/results.h"
#include "unit/suites.h"

/* --- Steps and files that fail ----------------------------------------------------------------------------------- */

START_TEST(failing_step)
{
    OK(nested_run("whole", false));
    toy.plan.fail_step = 5;
    toy.plan.stops = 0;
    ck_assert_int_eq(nested_run("out", false), GD_FAILED);
    ck_assert_str_eq(toy.error.text, "no luck");
    ck_assert_int_eq(toy.plan.stops, 3);
    nested_check_status("out", "failed", "no luck");
    nested_check_saved("out", 4);
    char *text = results_content(&toy.scratch, "out", "trace.txt", NULL);
    ck_assert_ptr_nonnull(strstr(text, "c.1"));
    ck_assert_ptr_null(strstr(text, "c.2"));
    free(text);
    nested_check_no_leftovers("out");
    OK(nested_run("out", true));
    nested_check_same("whole", "out");
}
END_TEST

/* The first checkpoint and the first that is kept in memory are always made. */
START_TEST(failing_step_between_checkpoints)
{
    OK(nested_run("whole", false));
    toy.plan.fail_step = 3;
    ck_assert_int_eq(
        toy_run(nested_text, "out", (struct gd_run_options){.resume = false, .threads = 1, .checkpoint = 1e9}),
        GD_FAILED);
    nested_check_status("out", "failed", "no luck");
    nested_check_saved("out", 2);
    nested_check_no_leftovers("out");
    OK(nested_run("out", true));
    nested_check_same("whole", "out");
}
END_TEST

START_TEST(failing_first_step)
{
    OK(nested_run("whole", false));
    toy.plan.fail_step = 1;
    ck_assert_int_eq(nested_run("out", false), GD_FAILED);
    nested_check_status("out", "failed", "no luck");
    ck_assert(!results_there(&toy.scratch, "out", "run.h5"));
    ck_assert(!results_there(&toy.scratch, "out", "trace.txt"));
    cJSON *object = nested_summary("out");
    ck_assert(cJSON_IsNull(cJSON_GetObjectItem(object, "length")));
    cJSON_Delete(object);
    OK(nested_run("out", true));
    nested_check_same("whole", "out");
}
END_TEST

START_TEST(failing_start_is_stopped)
{
    toy.plan.fail_start = 2;
    ck_assert_int_eq(nested_run("out", false), GD_FAILED);
    ck_assert_str_eq(toy.error.text, "no start");
    ck_assert_int_eq(toy.plan.stops, 2);
    nested_check_saved("out", 1);
}
END_TEST

START_TEST(failing_checkpoint)
{
    OK(nested_run("whole", false));
    toy.plan.fail_save = 4;
    ck_assert_int_eq(nested_run("out", false), GD_FAILED);
    nested_check_status("out", "failed", "cannot be saved");
    nested_check_saved("out", 3);
    nested_check_no_leftovers("out");
    OK(nested_run("out", true));
    nested_check_same("whole", "out");
}
END_TEST

static void swap_for_a_directory(void)
{
    char path[512], aside[512];
    scratch_name(&toy.scratch, "out/run.h5", path);
    ck_assert_int_eq(rename(path, scratch_name(&toy.scratch, "out/aside", aside)), 0);
    ck_assert_int_eq(mkdir(path, 0777), 0);
}

/* run.h5 becomes a directory: replacing it fails whoever tries. */
START_TEST(unwritable_checkpoint)
{
    char path[512], aside[512];
    struct nested_heard heard = {.interrupt_at = -1, .meddle_at = 3, .meddle = swap_for_a_directory};
    OK(nested_run("whole", false));
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(toy.error.text, "run.h5: Is a directory"));
    nested_check_no_leftovers("out");
    ck_assert_int_eq(rmdir(scratch_name(&toy.scratch, "out/run.h5", path)), 0);
    ck_assert_int_eq(rename(scratch_name(&toy.scratch, "out/aside", aside), path), 0);
    nested_check_saved("out", 3);
    OK(nested_run("out", true));
    nested_check_same("whole", "out");
}
END_TEST

START_TEST(failing_output)
{
    OK(nested_run("whole", false));
    toy.plan.fail_write = 1;
    ck_assert_int_eq(nested_run("out", false), GD_FAILED);
    nested_check_status("out", "failed", "cannot be written");
    nested_check_no_leftovers("out");
    OK(nested_run("out", true));
    nested_check_same("whole", "out");
}
END_TEST

/* --- No memory -------------------------------------------------------------------------------------------------- */

static const char brief[] = "godiff: 1\nname: brief\nsteps: [{loop: {times: 2, steps: [{note: {}}]}}]\n";

/* What a run left that has failed continues to the same end as that of the run "whole". */
static void check_goes_on(const char *name, struct gd_run_options options)
{
    options.resume = results_there(&toy.scratch, name, "pipeline.yaml");
    OK(toy_run(brief, name, options));
    results_check_equal(&toy.scratch, "whole", name, "run.h5");
    results_check_equal(&toy.scratch, "whole", name, "trace.txt");
}

/* Every allocation of a run fails in turn; what was saved by then continues to the same end, which is tried once for
 * each state of the folder: most failures in a row leave the same. `begun`: of a run that continues after its first
 * step. */
static void check_memory(bool begun)
{
    struct gd_run_options options = {.threads = 1, .kernels = "some"};
    enum gd_status status = GD_NO_MEMORY;
    char *before = gd_string("");
    OK(toy_run(brief, "whole", options));
    toy.plan = (struct toy_plan){.fail_step = 2};
    ck_assert_int_eq(toy_run(brief, "begun", options), GD_FAILED);
    for (size_t allowed = 0; status; allowed++) {
        char name[32];
        snprintf(name, sizeof name, "out-%zu", allowed);
        if (begun)
            results_copy(&toy.scratch, "begun", name);
        toy.plan = (struct toy_plan){.allowed = allowed + 1};
        options.resume = begun;
        status = toy_run(brief, name, options);
        ck_assert_msg(!status || toy_ran_out_of_memory(status), "%zu: %s", allowed, toy.error.text);
        ck_assert_msg(toy.plan.leaked == 0, "%zu: %ld pieces leak", allowed, toy.plan.leaked);
        ck_assert_msg(!nested_leftover(name), "%zu: something is left", allowed);
        toy.plan = (struct toy_plan){0};
        char *left = results_left(&toy.scratch, name);
        if (strcmp(left, before) != 0)
            check_goes_on(name, options);
        free(before);
        before = left;
    }
    free(before);
}

START_TEST(short_of_memory_from_the_start)
{
    check_memory(false);
}
END_TEST

START_TEST(short_of_memory_going_on)
{
    check_memory(true);
}
END_TEST

/* --- Runs that are killed, and file size limits ------------------------------------------------------------------ */

/* A child does the run; its exit status is the run's, or -1 when a signal ended it. */
static int in_child(const char *directory, void (*prepare)(int), int argument, bool resume)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        prepare(argument);
        _exit((int)nested_attempt(directory, resume));
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_killed(const char *directory, bool finished)
{
    if (results_there(&toy.scratch, directory, "run.h5"))
        ck_assert_int_ge(nested_steps_saved(directory), 1);
    if (finished)
        nested_check_same("whole", directory);
}

START_TEST(killed_at_any_moment)
{
    results_check_killed(&toy.scratch, nested_attempt, check_killed);
}
END_TEST

/* No file may grow over the limit; write then fails as on a full disk. */
static void limit_files(int bytes)
{
    struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
}

START_TEST(files_too_large)
{
    static const int limits[] = {16, 300, 2000, 100000, 300000, 500000};
    bool resume = false;
    toy.plan.flood = true;
    OK(nested_run("whole", false));
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
        int status = in_child("out", limit_files, limits[k], resume);
        ck_assert_int_eq(status, GD_FAILED);
        nested_check_no_leftovers("out");
        resume = results_there(&toy.scratch, "out", "pipeline.yaml");
        if (results_there(&toy.scratch, "out", "run.h5"))
            ck_assert_int_ge(nested_steps_saved("out"), 1);
    }
    ck_assert(resume);
    OK(nested_run("out", true));
    nested_check_same("whole", "out");
}
END_TEST

/* --- A full disk: a tmpfs of 256 KiB in a mount namespace of the child's own ------------------------------------- */

enum { NO_MOUNT = 77 };

static int on_full_disk(void)
{
    char path[512];
    scratch_name(&toy.scratch, "out", path);
    if (mkdir(path, 0777) != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("tmpfs", path, "tmpfs", 0, "size=256k") != 0)
        return NO_MOUNT;
    toy.plan.flood = true;
    if (nested_attempt("out", false) != GD_FAILED || !strstr(toy.error.text, "No space left on device"))
        return 1;
    const int64_t saved = nested_steps_saved("out");
    if (saved < 1 || saved == NESTED_STEPS || nested_leftover("out"))
        return 2;
    if (nested_attempt("out", true) != GD_FAILED || nested_steps_saved("out") < saved)
        return 3;
    if (mount("tmpfs", path, "tmpfs", MS_REMOUNT, "size=8m") != 0)
        return NO_MOUNT;
    if (nested_attempt("out", true) != GD_OK || nested_steps_saved("out") != NESTED_STEPS)
        return 4;
    if (mount("tmpfs", path, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=8m") != 0)
        return NO_MOUNT;
    if (nested_attempt("out", true) != GD_OK)
        return 5;
    bool refused = nested_attempt("out/new", false) == GD_BAD_INPUT && strstr(toy.error.text, "Read-only file system");
    return refused ? 0 : 6;
}

START_TEST(full_disk)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(on_full_disk());
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_MOUNT)
        fprintf(stderr, "full_disk: skipped, a tmpfs cannot be mounted here\n");
    else
        ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

Suite *suite_run_failures(void)
{
    Suite *suite = suite_create("run_failures");
    TCase *tcase = tcase_create("failures");
    tcase_set_timeout(tcase, 400);
    tcase_set_tags(tcase, "slow");
    tcase_add_checked_fixture(tcase, toy_setup, toy_teardown);
    tcase_add_test(tcase, failing_step);
    tcase_add_test(tcase, failing_step_between_checkpoints);
    tcase_add_test(tcase, failing_first_step);
    tcase_add_test(tcase, failing_start_is_stopped);
    tcase_add_test(tcase, failing_checkpoint);
    tcase_add_test(tcase, unwritable_checkpoint);
    tcase_add_test(tcase, failing_output);
    tcase_add_test(tcase, short_of_memory_from_the_start);
    tcase_add_test(tcase, short_of_memory_going_on);
    tcase_add_test(tcase, killed_at_any_moment);
    tcase_add_test(tcase, files_too_large);
    tcase_add_test(tcase, full_disk);
    suite_add_tcase(suite, tcase);
    return suite;
}
