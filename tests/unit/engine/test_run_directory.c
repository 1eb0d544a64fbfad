/* The directory of a run: other files are not overwritten, nothing is written through links, one process at a time.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "unit/engine/nested.h"
#include "unit/engine/results.h"
#include "unit/suites.h"

START_TEST(another_run_is_not_overwritten)
{
    OK(nested_run("out", false));
    OK(nested_run("copy", false));
    toy_check_refused(nested_run("out", false), "already contains the run nested (12 steps done): give --resume");
    nested_check_same("copy", "out");
}
END_TEST

START_TEST(files_of_a_run_are_not_overwritten)
{
    static const char *const names[] = {"run.h5", "pipeline.yaml", "metrics.jsonl", "summary.json", "trace.txt"};
    const char *name = names[_i];
    size_t length;
    nested_put_file("out", name);
    toy_check_refused(nested_run("out", false), "--out");
    char *text = results_content(&toy.scratch, "out", name, &length);
    ck_assert_str_eq(text, "mine");
    free(text);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        ck_assert_int_eq(results_there(&toy.scratch, "out", names[k]), (int)k == _i);
    ck_assert(!results_there(&toy.scratch, "out", ".lock"));
}
END_TEST

START_TEST(other_files_do_not_matter)
{
    nested_put_file("out/deep/er", "notes.txt");
    OK(nested_run("out/deep/er", false));
}
END_TEST

static void remove_metrics(void)
{
    char path[512];
    ck_assert_int_eq(unlink(scratch_name(&toy.scratch, "out/metrics.jsonl", path)), 0);
}

static void replace_metrics(void)
{
    remove_metrics();
    nested_put_file("out", "metrics.jsonl");
}

START_TEST(metrics_that_go_are_put_back)
{
    void (*const meddlers[])(void) = {remove_metrics, replace_metrics};
    struct nested_heard heard = {.interrupt_at = -1, .meddle_at = 4, .meddle = meddlers[_i]};
    OK(nested_run("whole", false));
    OK(nested_run_heard("out", false, &heard));
    ck_assert_int_eq(heard.messages, 1);
    ck_assert_ptr_nonnull(strstr(heard.last, "metrics.jsonl was removed or replaced"));
    nested_check_same("whole", "out");
}
END_TEST

/* Every file that a run writes, as a link to another file. */
static const char *const written[] = {"run.h5", "pipeline.yaml", "summary.json", "metrics.jsonl", "trace.txt"};

/* What was there goes aside, so that the run can continue from it by way of the link. */
START_TEST(planted_links_are_not_followed)
{
    struct nested_heard heard = {.interrupt_at = 2, .times = 1};
    char name[64], path[512], mine[512], *text;
    size_t length;
    OK(nested_run("whole", false));
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    snprintf(name, sizeof name, "out/%s", written[_i]);
    text = results_content(&toy.scratch, "out", written[_i], &length);
    OK(gd_file_write(scratch_name(&toy.scratch, "mine", mine), text, length, &toy.error));
    ck_assert_int_eq(unlink(scratch_name(&toy.scratch, name, path)), 0);
    ck_assert_int_eq(symlink(mine, path), 0);
    OK(nested_run("out", true));
    char *after = results_content(&toy.scratch, ".", "mine", &length);
    ck_assert_mem_eq(text, after, length);
    free(after);
    free(text);
    nested_check_same("whole", "out");
}
END_TEST

START_TEST(a_planted_lock_is_refused)
{
    struct nested_heard heard = {.interrupt_at = 2, .times = 1};
    char path[512], elsewhere[512];
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    ck_assert_int_eq(unlink(scratch_name(&toy.scratch, "out/.lock", path)), 0);
    ck_assert_int_eq(symlink(scratch_name(&toy.scratch, "elsewhere", elsewhere), path), 0);
    toy_check_refused(nested_run("out", true), ".lock was not created by a run");
    ck_assert(access(elsewhere, F_OK) != 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0666), 0);
    toy_check_refused(nested_run("out", true), ".lock was not created by a run");
}
END_TEST

START_TEST(what_a_killed_run_left_is_swept)
{
    struct nested_heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    nested_put_file("out", ".godiff-0123456789abcdef.tmp");
    nested_put_file("out", ".godiff-notes");
    OK(nested_run("out", true));
    nested_check_no_leftovers("out");
    ck_assert(results_there(&toy.scratch, "out", ".godiff-notes"));
}
END_TEST

START_TEST(one_process_at_a_time)
{
    char path[512];
    struct nested_heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    int lock = open(scratch_name(&toy.scratch, "out/.lock", path), O_RDONLY);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    toy_check_refused(nested_run("out", true), "is used by another godiff");
    nested_check_saved("out", 3);
    close(lock);
    OK(nested_run("out", true));
}
END_TEST

/* As the child of a killed run may do that was about to try a file. */
START_TEST(a_lock_that_is_let_go_soon)
{
    char path[512], byte;
    int ready[2], status;
    struct nested_heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(nested_run_heard("out", false, &heard), GD_INTERRUPTED);
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        const struct timespec soon = {.tv_nsec = 50000000};
        int lock = open(scratch_name(&toy.scratch, "out/.lock", path), O_RDONLY);
        bool locked = flock(lock, LOCK_EX) == 0 && write(ready[1], "x", 1) == 1;
        nanosleep(&soon, NULL);
        _exit(!locked);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    OK(nested_run("out", true));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    close(ready[0]);
    close(ready[1]);
}
END_TEST

START_TEST(no_place_for_a_directory)
{
    nested_put_file("parent", "file");
    toy_check_refused(nested_run("parent/file/out", false), "Not a directory");
    toy_check_refused(nested_run("parent/file", false), "Not a directory");
}
END_TEST

Suite *suite_run_directory(void)
{
    Suite *suite = suite_create("run_directory");
    TCase *tcase = tcase_create("directory");
    tcase_add_checked_fixture(tcase, toy_setup, toy_teardown);
    tcase_add_test(tcase, another_run_is_not_overwritten);
    tcase_add_loop_test(tcase, files_of_a_run_are_not_overwritten, 0, 5);
    tcase_add_test(tcase, other_files_do_not_matter);
    tcase_add_loop_test(tcase, metrics_that_go_are_put_back, 0, 2);
    tcase_add_loop_test(tcase, planted_links_are_not_followed, 0, sizeof written / sizeof *written);
    tcase_add_test(tcase, a_planted_lock_is_refused);
    tcase_add_test(tcase, what_a_killed_run_left_is_swept);
    tcase_add_test(tcase, one_process_at_a_time);
    tcase_add_test(tcase, a_lock_that_is_let_go_soon);
    tcase_add_test(tcase, no_place_for_a_directory);
    suite_add_tcase(suite, tcase);
    return suite;
}
