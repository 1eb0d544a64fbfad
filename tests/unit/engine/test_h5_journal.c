/* Files that are saved again and again: what was saved last comes back, whatever has changed, wherever the journal was
 * cut; and growing by rows costs the rows. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/base/h5_journal.h"
#include "engine/base/memory.h"
#include "engine/base/random.h"
#include "unit/engine/unreadable.h"
#include "unit/scratch.h"
#include "unit/suites.h"

#define OK(call) ck_assert_msg((call) == GD_OK, "%s", error.text)

enum { MOST_ROWS = 400, WIDTH = 30 };

static struct scratch scratch;
static char path[512], journal_path[520], aside[512];
static struct gd_error error;
static struct gd_h5_journal journal;
static double rows[MOST_ROWS][WIDTH];

static void setup(void)
{
    struct gd_stream stream = gd_stream_make(1, 2, 3, 4);
    scratch = scratch_make();
    scratch_name(&scratch, "a.h5", path);
    scratch_name(&scratch, "aside", aside);
    snprintf(journal_path, sizeof journal_path, "%s.journal", path);
    error = (struct gd_error){0};
    for (int k = 0; k < MOST_ROWS; k++)
        for (int i = 0; i < WIDTH; i++) /* the first third of all rows is one */
            rows[k][i] = i < WIDTH / 3 ? i : gd_stream_uniform(&stream);
    OK(gd_h5_journal_make(&journal, path, &error));
}

static void teardown(void)
{
    gd_h5_journal_clear(&journal);
    scratch_remove(&scratch);
}

/* What a file holds at a moment: rows, and things that change, come and go. */
static struct gd_h5 *make_file(int moment, size_t count)
{
    struct gd_h5 *file;
    char text[32];
    const size_t shape[] = {count, WIDTH};
    const double number = moment / 3;
    const bool flags[] = {moment % 2, true};
    OK(gd_h5_create(path, &file, &error));
    OK(gd_h5_lend_array(file, "particles/rows", GD_H5_DOUBLE, 2, shape, rows, &error));
    OK(gd_h5_write_array(file, "particles/flags", GD_H5_BOOL, 1, &(size_t){2}, flags, &error));
    snprintf(text, sizeof text, "at %d", moment);
    OK(gd_h5_write_text_attribute(file, "particles", "text", text, &error));
    OK(gd_h5_write_array(file, "number", GD_H5_DOUBLE, 0, NULL, &number, &error));
    if (moment % 3 == 1)
        OK(gd_h5_write_strings(file, "sometimes/names", 2, (const char *const[]){"a", text}, &error));
    return file;
}

static void save(int moment, size_t count, bool whole)
{
    struct gd_h5 *file = make_file(moment, count);
    OK(gd_h5_journal_save(&journal, file, whole, &error));
    gd_h5_close(file);
}

/* The file is what it was at this moment: saved anew, it has the same bytes. How its journal ends. */
static enum gd_journal_end read_saved(const char *where, int moment, size_t count)
{
    struct gd_h5 *file, *wanted = make_file(moment, count);
    char *bytes[2];
    size_t length[2];
    enum gd_journal_end found;
    OK(gd_h5_journal_open(where, &file, &found, &error));
    OK(gd_h5_save(file, aside, &error));
    OK(gd_file_read(aside, &bytes[0], &length[0], &error));
    OK(gd_h5_save(wanted, aside, &error));
    OK(gd_file_read(aside, &bytes[1], &length[1], &error));
    ck_assert_uint_eq(length[0], length[1]);
    ck_assert_mem_eq(bytes[0], bytes[1], length[0]);
    for (int k = 0; k < 2; k++)
        free(bytes[k]);
    gd_h5_close(file);
    gd_h5_close(wanted);
    return found;
}

static void check_saved(const char *where, int moment, size_t count)
{
    ck_assert_int_eq(read_saved(where, moment, count), GD_JOURNAL_WHOLE);
}

static off_t size_of(const char *name)
{
    struct stat facts;
    return stat(name, &facts) == 0 ? facts.st_size : -1;
}

START_TEST(what_was_saved_last_comes_back)
{
    for (int moment = 0; moment < 12; moment++) {
        const size_t count = (size_t)(moment < 8 ? 3 + 2 * moment : 20 - moment);
        save(moment, count, moment == 6);
        check_saved(path, moment, count);
        ck_assert_int_eq(size_of(journal_path) >= 0, moment != 0 && moment != 6);
    }
}
END_TEST

/* A row of which a third is that of row 0 costs the other two thirds, and a checkpoint a bit. */
START_TEST(growing_costs_the_rows)
{
    enum { ADDED = 10, OTHERS = 2048 };
    save(0, MOST_ROWS - ADDED, false);
    save(0, MOST_ROWS - ADDED, false);
    const off_t before = size_of(journal_path);
    save(0, MOST_ROWS, false);
    const off_t added = size_of(journal_path) - before, needed = ADDED * WIDTH * 2 / 3 * (off_t)sizeof(double);
    ck_assert_int_ge(added, needed);
    ck_assert_int_le(added, needed + OTHERS);
    check_saved(path, 0, MOST_ROWS);
}
END_TEST

/* An early row changes while others are added, also by two signs alone. */
/* A set that grows: the rows that were there are known to be kept, also beside a dataset of few rows that never
 * changes, and no more than that when one changes. */
START_TEST(kept_rows_are_found)
{
    static const double atoms[2] = {78, 79};
    struct gd_h5_trace trace = {0};
    for (size_t k = 0; k < 4; k++) {
        const size_t count[] = {5, 7, 7, 9};
        const double other[2] = {78, k == 3 ? 28 : 79};
        struct gd_h5 *file;
        OK(gd_h5_create(path, &file, &error));
        OK(gd_h5_lend_array(file, "particles/set/rows", GD_H5_DOUBLE, 2, (const size_t[]){count[k], WIDTH}, rows,
                            &error));
        OK(gd_h5_write_array(file, "particles/set/atoms", GD_H5_DOUBLE, 1, (const size_t[]){2}, atoms, &error));
        OK(gd_h5_write_array(file, "particles/other/rows", GD_H5_DOUBLE, 1, (const size_t[]){2}, other, &error));
        OK(gd_h5_compare(&trace, file, &error));
        gd_h5_close(file);
        const struct gd_h5_kept kept = gd_h5_find_kept(&trace, "", "set");
        ck_assert_int_eq(kept.all, k == 2);
        if (k != 2)
            ck_assert_uint_eq(kept.rows, k == 0 ? 0 : count[k - 1]);
        ck_assert_int_eq(gd_h5_find_kept(&trace, "", "other").all, k == 1 || k == 2);
    }
    gd_h5_forget(&trace);
}
END_TEST

START_TEST(rows_that_change_are_saved)
{
    save(0, 10, false);
    rows[2][20] = -rows[2][20];
    rows[2][21] = -rows[2][21];
    save(1, 20, false);
    check_saved(path, 1, 20);
    rows[0][0] = 7; /* what all rows have in common */
    save(2, 30, false);
    check_saved(path, 2, 30);
}
END_TEST

/* What all rows have in common is written once: here the first third, of rows that are all new. */
START_TEST(rows_that_are_all_new_cost_what_differs)
{
    const size_t count = 300, size = count * sizeof rows[0];
    save(0, count, false);
    for (size_t k = 0; k < count; k++)
        for (int i = 0; i < WIDTH; i++)
            rows[k][i] += 1;
    save(1, count, false);
    ck_assert_uint_le((size_t)size_of(journal_path), size * 2 / 3 + 3000);
    ck_assert_uint_ge((size_t)size_of(journal_path), size * 2 / 3);
    check_saved(path, 1, count);
    memset(rows, 0, sizeof rows);
    for (size_t few = 2; few > 0; few--) {
        save(1, few, false);
        check_saved(path, 1, few);
    }
}
END_TEST

/* Cut after any number of bytes, or with a byte that is wrong, the journal ends at its last whole record, and says why.
 */
START_TEST(a_damaged_tail_is_left_out)
{
    enum { HEAD = 16 + GD_DIGEST_SIZE + 7 }; /* bytes before the first record */
    off_t ends[4];
    char *bytes;
    size_t length;
    for (int moment = 0; moment < 4; moment++) {
        save(moment, (size_t)(2 + moment), false);
        ends[moment] = size_of(journal_path);
    }
    OK(gd_file_read(journal_path, &bytes, &length, &error));
    for (size_t cut = 0; cut <= length; cut += cut + 40 < length ? 37 : 1) {
        int moment = 0;
        while (moment < 3 && ends[moment + 1] <= (off_t)cut)
            moment++;
        OK(gd_file_write(journal_path, bytes, cut, &error));
        ck_assert_int_eq(read_saved(path, moment, (size_t)(2 + moment)),
                         cut > 0 && ends[moment] != (off_t)cut ? GD_JOURNAL_CUT : GD_JOURNAL_WHOLE);
        if (cut == length)
            break;
        const char kept = bytes[cut];
        bytes[cut] ^= 16;
        OK(gd_file_write(journal_path, bytes, length, &error));
        const enum gd_journal_end end = read_saved(path, moment, (size_t)(2 + moment));
        const size_t begin = moment > 0 ? (size_t)ends[moment] : HEAD;
        if (cut >= begin && cut < begin + sizeof(uint64_t)) /* a record that may seem to be longer than the file */
            ck_assert_int_ne(end, GD_JOURNAL_WHOLE);
        else
            ck_assert_int_eq(end, GD_JOURNAL_DAMAGED);
        bytes[cut] = kept;
    }
    free(bytes);
}
END_TEST

/* Something else in place of the journal, whatever its length. */
START_TEST(what_is_no_journal_is_damage)
{
    char garbage[400];
    memset(garbage, 'x', sizeof garbage);
    save(0, 2, false);
    for (size_t length = 1; length <= sizeof garbage; length++) {
        OK(gd_file_write(journal_path, garbage, length, &error));
        ck_assert_int_eq(read_saved(path, 0, 2), GD_JOURNAL_DAMAGED);
    }
}
END_TEST

/* Whichever read fails: opening says so, and gives no older state; one that is interrupted is made again. */
START_TEST(a_read_that_fails)
{
    struct gd_h5 *file;
    size_t reads = 0;
    for (int moment = 0; moment < 4; moment++)
        save(moment, (size_t)(2 + moment), false);
    for (bool failed = true; failed; reads++) {
        unreadable_start(reads, EIO);
        const enum gd_status status = gd_h5_journal_open(path, &file, NULL, &error);
        failed = unreadable_stop() > 0;
        ck_assert_int_eq(status, failed ? GD_FAILED : GD_OK);
        ck_assert_int_eq(strstr(error.text, "a.h5.journal: ") && strstr(error.text, strerror(EIO)), failed);
        ck_assert_int_eq(file == NULL, failed);
        gd_h5_close(file);
        error = (struct gd_error){0};
        unreadable_start(reads, EINTR);
        check_saved(path, 3, 5);
        unreadable_stop();
    }
    ck_assert_uint_eq(reads, 1 + 3 * 2 + 1); /* the head, and each record in two */
}
END_TEST

/* Killed after a whole file was written and before the journal is gone: it continues another file. */
START_TEST(a_journal_of_another_file_is_out_of_date)
{
    char *bytes;
    size_t length;
    save(0, 2, false);
    save(1, 3, false);
    OK(gd_file_read(journal_path, &bytes, &length, &error));
    save(2, 4, true);
    ck_assert_int_lt(size_of(journal_path), 0);
    OK(gd_file_write(journal_path, bytes, length, &error));
    check_saved(path, 2, 4);
    save(3, 5, false);
    check_saved(path, 3, 5);
    free(bytes);
}
END_TEST

START_TEST(removed_files_are_made_again)
{
    save(0, 2, false);
    save(1, 3, false);
    ck_assert_int_eq(unlink(journal_path), 0);
    save(2, 4, false);
    check_saved(path, 2, 4);
    ck_assert_int_eq(unlink(path), 0);
    save(3, 5, false);
    check_saved(path, 3, 5);
}
END_TEST

/* The file is replaced before the journal is three times as large, so that all that was written is a few times the
 * last file. */
START_TEST(a_large_journal_becomes_a_file)
{
    off_t written = 0, last = 0, most = 0;
    ino_t number = 0;
    for (int moment = 0; moment < 300; moment++) {
        struct stat facts;
        for (int k = 0; k < MOST_ROWS; k++) /* no two of them are alike */
            for (int i = 0; i < WIDTH; i++)
                rows[k][i] = MOST_ROWS * moment + k;
        save(moment, MOST_ROWS, false);
        ck_assert_int_eq(stat(path, &facts), 0);
        written += facts.st_ino != number ? facts.st_size : 0;
        number = facts.st_ino;
        const off_t length = size_of(journal_path);
        written += length > last ? length - last : length > 0 ? length : 0;
        last = length > 0 ? length : 0;
        most = last > most ? last : most;
    }
    ck_assert_int_ge(most, 1 << 20);
    ck_assert_int_le(most, (1 << 20) + 2 * size_of(path));
    ck_assert_int_le(written, 300 * size_of(path) * 3 / 2);
    check_saved(path, 299, MOST_ROWS);
}
END_TEST

/* A disk that is full takes nothing of a record: what was saved before comes back, and saving can go on. */
START_TEST(a_full_disk_keeps_what_was_saved)
{
    save(0, 2, false);
    save(1, 3, false);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        const rlim_t limit = (rlim_t)size_of(journal_path) + 100;
        struct gd_h5 *file = make_file(2, 100);
        /* Nothing is asserted from here on: the limit holds for the file that Check takes notes in as well. */
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
        _exit(gd_h5_journal_save(&journal, file, false, &error) == GD_FAILED ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    check_saved(path, 1, 3);
    save(2, 4, false);
    check_saved(path, 2, 4);
}
END_TEST

/* A link in the journal's place is replaced, and what it leads to is as it was; one that is read is refused. */
START_TEST(links_are_not_followed)
{
    char *text;
    struct gd_h5 *file;
    save(0, 2, false);
    OK(gd_file_write(aside, "precious", 8, &error));
    ck_assert_int_eq(symlink(aside, journal_path), 0);
    ck_assert_int_eq(gd_h5_journal_open(path, &file, NULL, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, "a.h5.journal"));
    error = (struct gd_error){0};
    save(1, 3, false);
    OK(gd_file_read(aside, &text, NULL, &error));
    ck_assert_str_eq(text, "precious");
    free(text);
    check_saved(path, 1, 3);
}
END_TEST

Suite *suite_h5_journal(void)
{
    Suite *suite = suite_create("h5_journal");
    TCase *tcase = tcase_create("journal");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_was_saved_last_comes_back);
    tcase_add_test(tcase, growing_costs_the_rows);
    tcase_add_test(tcase, kept_rows_are_found);
    tcase_add_test(tcase, rows_that_change_are_saved);
    tcase_add_test(tcase, rows_that_are_all_new_cost_what_differs);
    tcase_add_test(tcase, a_damaged_tail_is_left_out);
    tcase_add_test(tcase, what_is_no_journal_is_damage);
    tcase_add_test(tcase, a_read_that_fails);
    tcase_add_test(tcase, a_journal_of_another_file_is_out_of_date);
    tcase_add_test(tcase, removed_files_are_made_again);
    tcase_add_test(tcase, a_large_journal_becomes_a_file);
    tcase_add_test(tcase, a_full_disk_keeps_what_was_saved);
    tcase_add_test(tcase, links_are_not_followed);
    suite_add_tcase(suite, tcase);
    return suite;
}
