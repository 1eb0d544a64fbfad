/* What is said of a run in its log. */
#include "cli/progress.h"

#include <check.h>
#include <string.h>

#include "engine/base/files.h"
#include "unit/scratch.h"

Suite *suite_progress(void);

START_TEST(a_line_goes_to_the_log)
{
    const struct scratch scratch = scratch_make();
    const struct gd_job job = {0};
    char path[512], *text = NULL;
    size_t length = 0;
    struct gd_error error = {0};
    struct gd_progress_view *log = gd_progress_log(&job, scratch_name(&scratch, "log.txt", path), NULL);
    ck_assert_ptr_nonnull(log);
    gd_progress_say(log, "error", "no room");
    gd_progress_free(log);
    ck_assert_int_eq(gd_file_read(path, &text, &length, &error), GD_OK);
    ck_assert_str_eq(text, "error: no room\n");
    free(text);
    scratch_remove(&scratch);
}
END_TEST

/* There is none when memory is short: why a run failed is still said elsewhere. */
START_TEST(without_a_log_nothing_is_said)
{
    gd_progress_say(NULL, "error", "out of memory for the run");
    gd_progress_free(NULL);
}
END_TEST

Suite *suite_progress(void)
{
    Suite *suite = suite_create("progress");
    TCase *tcase = tcase_create("progress");
    tcase_add_test(tcase, a_line_goes_to_the_log);
    tcase_add_test(tcase, without_a_log_nothing_is_said);
    suite_add_tcase(suite, tcase);
    return suite;
}
