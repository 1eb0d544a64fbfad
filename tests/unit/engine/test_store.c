/* Stores of what was paid for: what is found again, also after a write that was cut off, and what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/store.h"
#include "unit/engine/unreadable.h"
#include "unit/scratch.h"
#include "unit/suites.h"

static struct scratch scratch;
static char path[512];
static struct gd_error error;

static void setup(void)
{
    scratch = scratch_make();
    scratch_name(&scratch, "a.store", path);
    error = (struct gd_error){0};
}

static void teardown(void)
{
    scratch_remove(&scratch);
}

static struct gd_store_key key_of(int number)
{
    return gd_store_key_of(&(struct gd_piece){&number, sizeof number}, 1);
}

static struct gd_store *open_store(void)
{
    struct gd_store *store;
    ck_assert_msg(gd_store_open(&store, path, GD_STORE_ALONE, &error) == GD_OK, "%s", error.text);
    return store;
}

/* Value `number` is as many bytes of that number. */
static enum gd_status add(struct gd_store *store, int number)
{
    unsigned char bytes[256];
    const struct gd_store_key key = key_of(number);
    memset(bytes, number, sizeof bytes);
    const struct gd_piece pieces[] = {{bytes, (size_t)number / 2}, {bytes, (size_t)(number + 1) / 2}};
    return gd_store_add(store, &key, pieces, 2, &error);
}

static bool has(struct gd_store *store, int number)
{
    const struct gd_store_key key = key_of(number);
    unsigned char *value;
    size_t length = 0;
    ck_assert_int_eq(gd_store_find(store, &key, (void **)&value, &length, &error), GD_OK);
    if (!value)
        return false;
    ck_assert_uint_eq(length, (size_t)number);
    for (size_t k = 0; k < length; k++)
        ck_assert_uint_eq(value[k], (unsigned)number);
    free(value);
    return true;
}

START_TEST(what_is_added_is_found)
{
    for (int round = 0; round < 3; round++) {
        struct gd_store *store = open_store();
        ck_assert_uint_eq(gd_store_count(store), (size_t)(80 * round));
        for (int number = 0; number < 80 * round; number++)
            ck_assert(has(store, number));
        for (int number = 80 * round; number < 80 * (round + 1); number++) {
            ck_assert(!has(store, number));
            ck_assert_int_eq(add(store, number), GD_OK);
            ck_assert(has(store, number));
        }
        struct stat before, after;
        stat(path, &before);
        ck_assert_int_eq(add(store, 5), GD_OK); /* it is there */
        stat(path, &after);
        ck_assert_int_eq(before.st_size, after.st_size);
        ck_assert_int_eq(gd_store_sync(store, &error), GD_OK);
        gd_store_close(store);
    }
}
END_TEST

/* More than the index has room for at first. */
START_TEST(many_are_found)
{
    struct gd_store *store = open_store();
    for (int number = 0; number < 5000; number++) {
        const struct gd_store_key key = key_of(number);
        ck_assert_int_eq(gd_store_add(store, &key, &(struct gd_piece){&number, sizeof number}, 1, &error), GD_OK);
    }
    gd_store_close(store);
    store = open_store();
    ck_assert_uint_eq(gd_store_count(store), 5000);
    for (int number = 0; number < 5000; number++) {
        const struct gd_store_key key = key_of(number);
        int *value;
        size_t length;
        ck_assert_int_eq(gd_store_find(store, &key, (void **)&value, &length, &error), GD_OK);
        ck_assert_int_eq(*value, number);
        free(value);
    }
    gd_store_close(store);
}
END_TEST

/* Cut off anywhere, it has what was whole before, and takes more. */
START_TEST(an_end_that_is_cut_off)
{
    struct gd_store *store = open_store();
    off_t ends[5] = {16};
    struct stat info;
    for (int number = 1; number < 5; number++) {
        ck_assert_int_eq(add(store, number), GD_OK);
        stat(path, &info);
        ends[number] = info.st_size;
    }
    gd_store_close(store);
    char *whole_file;
    ck_assert_int_eq(gd_file_read(path, &whole_file, NULL, &error), GD_OK);
    for (off_t size = ends[4]; size >= 0; size--) {
        ck_assert_int_eq(gd_file_write(path, whole_file, (size_t)size, &error), GD_OK);
        store = open_store();
        int whole = 4;
        while (whole > 0 && ends[whole] > size)
            whole--;
        ck_assert_uint_eq(gd_store_count(store), (size_t)whole);
        for (int number = 1; number < 5; number++)
            ck_assert_int_eq(has(store, number), number <= whole);
        ck_assert_int_eq(add(store, 0), GD_OK); /* it goes on from there */
        gd_store_close(store);
        stat(path, &info);
        ck_assert_int_eq(info.st_size, ends[whole] + 72); /* nothing is left of what was cut off */
        store = open_store();
        ck_assert_uint_eq(gd_store_count(store), (size_t)whole + 1);
        ck_assert(has(store, 0));
        gd_store_close(store);
    }
    free(whole_file);
}
END_TEST

/* A byte that is another spoils its record alone. */
START_TEST(a_record_that_is_spoiled)
{
    struct gd_store *store = open_store();
    for (int number = 10; number < 14; number++)
        ck_assert_int_eq(add(store, number), GD_OK);
    gd_store_close(store);
    struct stat info;
    stat(path, &info);
    int file = open(path, O_RDWR);
    ck_assert_int_eq(pwrite(file, "x", 1, info.st_size - 20), 1); /* in the value of 13 */
    close(file);
    store = open_store();
    ck_assert_uint_eq(gd_store_count(store), 3);
    ck_assert(has(store, 12) && !has(store, 13));
    ck_assert_int_eq(add(store, 13), GD_OK);
    gd_store_close(store);
    store = open_store();
    ck_assert(has(store, 13));
    gd_store_close(store);
}
END_TEST

/* So does a byte of its length or sum, and of one in the middle: all others are there, whatever byte it is. */
START_TEST(a_record_in_the_middle_that_is_spoiled)
{
    struct stat before, after;
    struct gd_store *store = open_store();
    for (int number = 10; number < 15; number++)
        ck_assert_int_eq(add(store, number), GD_OK);
    gd_store_close(store);
    stat(path, &before);
    const off_t begin = 16 + 72 + 10 + 72 + 11; /* of the record of 12 */
    for (off_t byte = 0; byte < 72 + 12; byte++) {
        char kept, spoiled;
        int file = open(path, O_RDWR);
        ck_assert_int_eq(pread(file, &kept, 1, begin + byte), 1);
        spoiled = (char)(kept ^ 0x11);
        ck_assert_int_eq(pwrite(file, &spoiled, 1, begin + byte), 1);
        store = open_store();
        ck_assert_uint_eq(gd_store_count(store), 4);
        ck_assert_uint_eq(gd_store_damaged(store), 1);
        for (int number = 10; number < 15; number++)
            ck_assert_int_eq(has(store, number), number != 12);
        gd_store_close(store);
        stat(path, &after);
        ck_assert_int_eq(before.st_size, after.st_size);
        ck_assert_int_eq(pwrite(file, &kept, 1, begin + byte), 1);
        close(file);
    }
    store = open_store();
    ck_assert_uint_eq(gd_store_count(store), 5);
    ck_assert_uint_eq(gd_store_damaged(store), 0);
    gd_store_close(store);
}
END_TEST

/* As a crash leaves it while it is made. */
START_TEST(a_cut_beginning_is_made_whole)
{
    const size_t whole = sizeof GD_STORE_MAGIC - 1;
    for (size_t length = 0; length < whole; length++) {
        char *text = NULL;
        size_t found;
        struct gd_store *store = NULL;
        ck_assert_int_eq(gd_file_write(path, GD_STORE_MAGIC, length, &error), GD_OK);
        ck_assert_int_eq(gd_store_open(&store, path, GD_STORE_READ, &error), GD_BAD_INPUT);
        error = (struct gd_error){0};
        gd_store_close(open_store());
        ck_assert_int_eq(gd_file_read(path, &text, &found, &error), GD_OK);
        ck_assert_uint_eq(found, whole);
        ck_assert_mem_eq(text, GD_STORE_MAGIC, whole);
        free(text);
    }
}
END_TEST

START_TEST(what_is_refused)
{
    struct gd_store *store = open_store(), *second = NULL;
    ck_assert_int_eq(gd_store_open(&second, path, GD_STORE_ALONE, &error), GD_FAILED);
    ck_assert_ptr_null(second);
    ck_assert_msg(strstr(error.text, "another process is using it"), "%s", error.text);
    gd_store_close(store);
    error = (struct gd_error){0};
    static const char other[] = "a file of another kind";
    for (size_t length = 1; length <= strlen(other); length++) {
        char *text = NULL;
        ck_assert_int_eq(gd_file_write(path, other, length, &error), GD_OK);
        ck_assert_int_eq(gd_store_open(&second, path, GD_STORE_ALONE, &error), GD_BAD_INPUT);
        ck_assert_msg(strstr(error.text, "is no store"), "%s", error.text);
        error = (struct gd_error){0};
        ck_assert_int_eq(gd_file_read(path, &text, NULL, &error), GD_OK);
        ck_assert_msg(strlen(text) == length && !strncmp(text, other, length), "the file has become \"%s\"", text);
        free(text);
    }
    scratch_name(&scratch, "none/a.store", path);
    ck_assert_int_eq(gd_store_open(&second, path, GD_STORE_ALONE, &error), GD_FAILED);
}
END_TEST

/* No room for a value: it is not there, those before it are, and later there is room again. */
START_TEST(a_disk_that_is_full)
{
    struct gd_store *store = open_store();
    struct rlimit limit, little;
    ck_assert_int_eq(add(store, 1), GD_OK);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    little = limit;
    little.rlim_cur = 180;
    setrlimit(RLIMIT_FSIZE, &little); /* for the file that Check takes notes in as well: nothing is asserted under it */
    const enum gd_status status = add(store, 200);
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_int_eq(status, GD_FAILED);
    ck_assert_msg(strstr(error.text, "a.store"), "%s", error.text);
    error = (struct gd_error){0};
    ck_assert(has(store, 1) && !has(store, 200));
    ck_assert_int_eq(add(store, 201), GD_OK);
    gd_store_close(store);
    store = open_store();
    ck_assert_uint_eq(gd_store_count(store), 2);
    ck_assert(has(store, 1) && has(store, 201));
    gd_store_close(store);
}
END_TEST

/* A store of 10, 11, 13 and 14, with a record between them that is spoiled. */
static void make_damaged(void)
{
    struct gd_store *store = open_store();
    for (int number = 10; number < 15; number++)
        ck_assert_int_eq(add(store, number), GD_OK);
    gd_store_close(store);
    int file = open(path, O_RDWR);
    ck_assert_int_eq(pwrite(file, "x", 1, 16 + 72 + 10 + 72 + 11), 1);
    close(file);
}

/* Whichever read fails, once or from then on: opening the store says so, and the file is as it was. */
START_TEST(a_read_that_fails)
{
    static void (*const starts[])(size_t, int) = {unreadable_start, unreadable_start_lasting};
    const enum gd_store_mode mode = (enum gd_store_mode)(_i / 2);
    struct gd_store *store;
    struct stat before, after;
    size_t reads = 0;
    make_damaged();
    stat(path, &before);
    for (bool failed = true; failed; reads++) {
        starts[_i % 2](reads, EIO);
        const enum gd_status status = gd_store_open(&store, path, mode, &error);
        failed = unreadable_stop() > 0;
        ck_assert_int_eq(status, failed ? GD_FAILED : GD_OK);
        ck_assert_int_eq(strstr(error.text, strerror(EIO)) != NULL, failed);
        error = (struct gd_error){0};
        stat(path, &after);
        ck_assert_int_eq(before.st_size, after.st_size);
        if (!failed) {
            ck_assert_uint_eq(gd_store_count(store), 4);
            gd_store_close(store);
        }
    }
    ck_assert_uint_gt(reads, 10);
}
END_TEST

/* An interrupted read is made again. */
START_TEST(a_read_that_is_interrupted)
{
    make_damaged();
    for (size_t reads = 0, failed = 1; failed; reads++) {
        unreadable_start(reads, EINTR);
        struct gd_store *store = open_store();
        failed = unreadable_stop();
        ck_assert_uint_eq(gd_store_count(store), 4);
        gd_store_close(store);
    }
}
END_TEST

static struct gd_store *share_store(void)
{
    struct gd_store *store;
    ck_assert_msg(gd_store_open(&store, path, GD_STORE_SHARED, &error) == GD_OK, "%s", error.text);
    return store;
}

/* What one adds the other finds, and both may add. */
START_TEST(two_that_share)
{
    struct gd_store *a = share_store(), *b = share_store();
    ck_assert_int_eq(add(a, 1), GD_OK);
    ck_assert(has(b, 1) && !has(b, 2));
    ck_assert_int_eq(add(b, 2), GD_OK);
    ck_assert_int_eq(add(a, 3), GD_OK);
    ck_assert_int_eq(add(b, 3), GD_OK);
    ck_assert(has(a, 2) && has(b, 3));
    gd_store_close(a);
    gd_store_close(b);
    a = open_store();
    ck_assert_uint_eq(gd_store_count(a), 3);
    gd_store_close(a);
}
END_TEST

/* What another has added and cannot be read now is neither missing nor dropped. */
START_TEST(what_is_shared_cannot_be_read)
{
    struct gd_store *a = share_store(), *b = share_store();
    const struct gd_store_key key = key_of(1);
    struct stat before, after;
    void *value;
    size_t length;
    ck_assert_int_eq(add(a, 1), GD_OK);
    stat(path, &before);
    for (size_t reads = 0; reads < 2; reads++) {
        unreadable_start_lasting(reads, EIO);
        const enum gd_status found = gd_store_find(b, &key, &value, &length, &error);
        unreadable_start_lasting(reads, EIO);
        const enum gd_status added = add(b, 2);
        unreadable_stop();
        ck_assert_int_eq(found, GD_FAILED);
        ck_assert_ptr_null(value);
        ck_assert_int_eq(added, GD_FAILED);
    }
    stat(path, &after);
    ck_assert_int_eq(before.st_size, after.st_size);
    ck_assert(has(b, 1) && !has(b, 2));
    ck_assert_int_eq(add(b, 2), GD_OK);
    ck_assert(has(a, 2));
    gd_store_close(a);
    gd_store_close(b);
}
END_TEST

enum { PROCESSES = 4, VALUES = 60 };

static int add_all(void)
{
    struct gd_store *store;
    bool right = gd_store_open(&store, path, GD_STORE_SHARED, &error) == GD_OK;
    for (int number = 1; number <= VALUES && right; number++)
        right = add(store, number) == GD_OK;
    return right ? 0 : 1;
}

/* Processes that add the same values at the same time: each value is there once. */
START_TEST(processes_that_share)
{
    pid_t children[PROCESSES];
    for (int k = 0; k < PROCESSES; k++)
        if ((children[k] = fork()) == 0)
            _exit(add_all());
    for (int k = 0; k < PROCESSES; k++) {
        int status = -1;
        ck_assert_int_eq(waitpid(children[k], &status, 0), children[k]);
        ck_assert_int_eq(status, 0);
    }
    struct stat info;
    struct gd_store *store = open_store();
    ck_assert_uint_eq(gd_store_count(store), VALUES);
    for (int number = 1; number <= VALUES; number++)
        ck_assert(has(store, number));
    gd_store_close(store);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_size, 16 + VALUES * (8 + 32 + 32) + VALUES * (VALUES + 1) / 2);
}
END_TEST

static enum gd_status note(void *context, const struct gd_store_key *key, const void *value, size_t length,
                           struct gd_error *failure)
{
    int *next = context;
    const struct gd_store_key expected = key_of(*next);
    (void)failure;
    ck_assert_mem_eq(key, &expected, sizeof expected);
    ck_assert_uint_eq(length, (size_t)*next);
    ck_assert_int_eq(*(const unsigned char *)value, *next);
    (*next)--;
    return GD_OK;
}

/* Values are read in their order, also while another has the store; nothing is written. */
START_TEST(all_are_read)
{
    struct gd_store *store = open_store(), *reader;
    int next = 9;
    for (int number = 9; number > 0; number--)
        ck_assert_int_eq(add(store, number), GD_OK);
    ck_assert_int_eq(gd_store_open(&reader, path, GD_STORE_READ, &error), GD_OK);
    ck_assert_int_eq(gd_store_each(reader, note, &next, &error), GD_OK);
    ck_assert_int_eq(next, 0);
    gd_store_close(reader);
    gd_store_close(store);
}
END_TEST

Suite *suite_store(void)
{
    Suite *suite = suite_create("store");
    TCase *tests = tcase_create("store");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_added_is_found);
    tcase_add_test(tests, many_are_found);
    tcase_add_test(tests, an_end_that_is_cut_off);
    tcase_add_test(tests, a_record_that_is_spoiled);
    tcase_add_test(tests, a_record_in_the_middle_that_is_spoiled);
    tcase_add_test(tests, a_cut_beginning_is_made_whole);
    tcase_add_test(tests, what_is_refused);
    tcase_add_test(tests, a_disk_that_is_full);
    tcase_add_loop_test(tests, a_read_that_fails, 0, 2 * (GD_STORE_READ + 1));
    tcase_add_test(tests, a_read_that_is_interrupted);
    tcase_add_test(tests, two_that_share);
    tcase_add_test(tests, what_is_shared_cannot_be_read);
    tcase_add_test(tests, processes_that_share);
    tcase_add_test(tests, all_are_read);
    suite_add_tcase(suite, tests);
    return suite;
}
