/* One reader and one writer for all files: what they refuse, and what they leave alone. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/run/inputs.h"
#include "unit/engine/unreadable.h"
#include "unit/scratch.h"
#include "unit/suites.h"

static struct scratch scratch;
static struct gd_error error;
static char path[512], other[512];

static void setup(void)
{
    scratch = scratch_make();
    error = (struct gd_error){0};
    scratch_name(&scratch, "file", path);
    scratch_name(&scratch, "other", other);
}

static void teardown(void)
{
    scratch_remove(&scratch);
}

static void write_file(const char *name, const char *text)
{
    ck_assert_msg(gd_file_write(name, text, strlen(text), &error) == GD_OK, "%s", error.text);
}

static void check_content(const char *name, const char *expected)
{
    char *text;
    ck_assert_msg(gd_file_read(name, &text, NULL, &error) == GD_OK, "%s", error.text);
    ck_assert_str_eq(text, expected);
    free(text);
}

static void check_unread(const char *name, const char *reason)
{
    char *text = NULL;
    error = (struct gd_error){0};
    ck_assert_int_eq(gd_file_read(name, &text, NULL, &error), GD_BAD_INPUT);
    ck_assert_ptr_null(text);
    ck_assert_msg(strstr(error.text, name) && strstr(error.text, reason), "%s", error.text);
    error = (struct gd_error){0};
    ck_assert_int_eq(gd_file_check(name, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, name) && strstr(error.text, reason), "%s", error.text);
}

/* A FIFO would wait for ever, and /dev/zero has no end: neither is begun. */
START_TEST(only_regular_files_are_read)
{
    ck_assert_int_eq(mkfifo(path, 0666), 0);
    check_unread(path, "not a regular file");
    check_unread("/dev/zero", "not a regular file");
    check_unread("/dev/null", "not a regular file");
    check_unread(scratch.path, "Is a directory");
    check_unread(other, "No such file or directory");
    ck_assert_int_eq(symlink("/dev/zero", other), 0);
    check_unread(other, "not a regular file");
}
END_TEST

START_TEST(what_is_read_has_a_limit)
{
    char *text = NULL;
    size_t length;
    int file = open(path, O_WRONLY | O_CREAT, 0666);
    ck_assert_int_eq(ftruncate(file, 1 << 20), 0);
    ck_assert_int_eq(gd_file_load(path, 1 << 20, &text, &length, &error), GD_OK);
    ck_assert_uint_eq(length, 1 << 20);
    free(text);
    ck_assert_int_eq(ftruncate(file, (1 << 20) + 1), 0);
    ck_assert_int_eq(gd_file_load(path, 1 << 20, &text, &length, &error), GD_BAD_INPUT);
    ck_assert_str_eq(error.text, "larger than 1 MiB");
    close(file);
}
END_TEST

START_TEST(a_link_is_replaced_and_not_followed)
{
    struct stat facts;
    write_file(other, "mine");
    ck_assert_int_eq(symlink(other, path), 0);
    write_file(path, "new");
    check_content(other, "mine");
    check_content(path, "new");
    ck_assert_int_eq(lstat(path, &facts), 0);
    ck_assert(S_ISREG(facts.st_mode));
}
END_TEST

static mode_t mode_of(const char *name)
{
    struct stat facts;
    ck_assert_int_eq(stat(name, &facts), 0);
    return facts.st_mode & 07777;
}

START_TEST(modes_are_kept)
{
    static const mode_t modes[] = {0600, 0640, 0666, 0444, 0755};
    mode_t former = umask(022);
    write_file(path, "new");
    ck_assert_int_eq(mode_of(path), 0644);
    for (size_t k = 0; k < sizeof modes / sizeof *modes; k++) {
        ck_assert_int_eq(chmod(path, modes[k]), 0);
        write_file(path, "again");
        ck_assert_int_eq(mode_of(path), modes[k]);
    }
    umask(former);
}
END_TEST

/* Never more than the file it is to replace: not even before it has its name. */
START_TEST(temporary_files_are_new_and_no_more_open)
{
    char *temporary, *again;
    int descriptor, second;
    write_file(path, "secret");
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(gd_file_temporary(path, &temporary, &descriptor, &error), GD_OK);
    ck_assert_int_eq(gd_file_temporary(path, &again, &second, &error), GD_OK);
    ck_assert_str_ne(temporary, again);
    ck_assert_int_eq(mode_of(temporary), 0600);
    close(descriptor);
    close(second);
    gd_directory_remove_temporary(scratch.path);
    ck_assert(access(temporary, F_OK) != 0 && access(again, F_OK) != 0);
    check_content(path, "secret");
    free(temporary);
    free(again);
}
END_TEST

static void check_digest(const char *input, const char *content)
{
    char digest[GD_DIGEST_SIZE], expected[GD_DIGEST_SIZE];
    double bytes;
    gd_bytes_digest(content, strlen(content), expected);
    ck_assert_int_eq(gd_input_digest(input, digest, &bytes), GD_OK);
    ck_assert_str_eq(digest, expected);
    ck_assert(bytes == (double)strlen(content));
}

/* A run that goes on changes in its journal: as a folder, and as a file. */
START_TEST(the_checksum_of_a_run_is_of_its_journal_too)
{
    char state[512], journal[512];
    scratch_name(&scratch, "run.h5", state);
    scratch_name(&scratch, "run.h5.journal", journal);
    write_file(state, "whole");
    check_digest(state, "whole");
    check_digest(scratch.path, "whole");
    write_file(journal, ", and more");
    check_digest(state, "whole, and more");
    check_digest(scratch.path, "whole, and more");
}
END_TEST

static enum gd_status append(const char *line)
{
    int file = open(path, O_RDWR | O_APPEND | O_CREAT, 0666);
    ck_assert_int_ge(file, 0);
    enum gd_status status = gd_file_append(file, path, line, &error);
    close(file);
    return status;
}

/* As after a full disk, or a kill within a line: what comes next is a line of its own. */
START_TEST(lines_never_join)
{
    ck_assert_int_eq(append("first"), GD_OK);
    ck_assert_int_eq(append("second"), GD_OK);
    check_content(path, "first\nsecond\n");
    ck_assert_int_eq(truncate(path, 9), 0);
    ck_assert_int_eq(append("third"), GD_OK);
    check_content(path, "first\nsec\nthird\n");
}
END_TEST

/* It is not known whether the file ends within a line: nothing is written. */
START_TEST(an_end_that_cannot_be_read)
{
    write_file(path, "fir");
    unreadable_start(0, EIO);
    const enum gd_status status = append("second");
    unreadable_stop();
    ck_assert_int_eq(status, GD_FAILED);
    ck_assert_msg(strstr(error.text, strerror(EIO)), "%s", error.text);
    check_content(path, "fir");
    unreadable_start(0, EINTR);
    ck_assert_int_eq(append("second"), GD_OK);
    unreadable_stop();
    check_content(path, "fir\nsecond\n");
}
END_TEST

/* All names, or a failure. */
START_TEST(a_directory_that_cannot_be_read)
{
    const char *name = "";
    size_t names = 0;
    write_file(path, "");
    DIR *directory = opendir(scratch.path);
    for (; name; names += name != NULL)
        ck_assert_int_eq(gd_directory_next(directory, scratch.path, &name, &error), GD_OK);
    ck_assert_uint_eq(names, 3); /* ".", ".." and the file */
    rewinddir(directory);
    unreadable_start(0, EIO);
    const enum gd_status status = gd_directory_next(directory, scratch.path, &name, &error);
    unreadable_stop();
    closedir(directory);
    ck_assert_int_eq(status, GD_FAILED);
    ck_assert_msg(strstr(error.text, strerror(EIO)) && strstr(error.text, scratch.path), "%s", error.text);
}
END_TEST

START_TEST(a_line_that_does_not_fit_is_taken_back)
{
    struct rlimit former, small;
    ck_assert_int_eq(append("first"), GD_OK);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &former), 0);
    small = (struct rlimit){8, former.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    const enum gd_status status = append("second");
    setrlimit(RLIMIT_FSIZE, &former);
    signal(SIGXFSZ, SIG_DFL);
    ck_assert_int_eq(status, GD_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, path));
    check_content(path, "first\n");
}
END_TEST

START_TEST(the_longest_name_can_be_written)
{
    char name[256], whole[600];
    memset(name, 'n', 255);
    name[255] = '\0';
    snprintf(whole, sizeof whole, "%s/%s", scratch.path, name);
    write_file(whole, "once");
    write_file(whole, "twice");
    check_content(whole, "twice");
}
END_TEST

Suite *suite_files(void)
{
    Suite *suite = suite_create("files");
    TCase *reading = tcase_create("reading"), *writing = tcase_create("writing");
    tcase_add_checked_fixture(reading, setup, teardown);
    tcase_add_test(reading, only_regular_files_are_read);
    tcase_add_test(reading, what_is_read_has_a_limit);
    tcase_add_test(reading, the_checksum_of_a_run_is_of_its_journal_too);
    suite_add_tcase(suite, reading);
    tcase_add_checked_fixture(writing, setup, teardown);
    tcase_add_test(writing, a_link_is_replaced_and_not_followed);
    tcase_add_test(writing, modes_are_kept);
    tcase_add_test(writing, temporary_files_are_new_and_no_more_open);
    tcase_add_test(writing, the_longest_name_can_be_written);
    tcase_add_test(writing, lines_never_join);
    tcase_add_test(writing, an_end_that_cannot_be_read);
    tcase_add_test(writing, a_directory_that_cannot_be_read);
    tcase_add_test(writing, a_line_that_does_not_fit_is_taken_back);
    suite_add_tcase(suite, writing);
    return suite;
}
