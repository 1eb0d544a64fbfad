/* Files are tried in a child process: what crashes HDF5 there is refused here, and what others write well is read. */
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/h5.h"
#include "unit/scratch.h"
#include "unit/suites.h"

static const char good[] = GD_TEST_DATA "/h5py.h5";

/* The heap index of a string attribute is wrong: HDF5 reads outside its memory. */
static const char crashing[] = GD_TEST_DATA "/../fuzz/corpus/model/wrong-heap-index.h5";

static struct gd_error error;

static void setup(void)
{
    error = (struct gd_error){0};
}

#define OK(call) ck_assert_msg((call) == GD_OK, "%s", error.text)

static void open_good(void)
{
    struct gd_h5 *file;
    OK(gd_h5_open(good, &file, &error));
    gd_h5_close(file);
}

/* What h5py writes: strings of any length, booleans as an enum, packed chunks, soft links (one leads nowhere). */
START_TEST(what_h5py_writes_is_read)
{
    struct gd_h5 *file;
    char *text, **texts;
    size_t count = 3, two = 2, shape[] = {10, 100};
    double values[2], packed[10][100];
    int64_t number;
    bool truth[2];
    OK(gd_h5_open(good, &file, &error));
    OK(gd_h5_load_text_attribute(file, "group", "text", &text, &error));
    ck_assert_str_eq(text, "Ångström");
    free(text);
    OK(gd_h5_load_strings_attribute(file, "group", "texts", &count, &texts, &error));
    ck_assert(!strcmp(texts[0], "periodic") && !strcmp(texts[1], "") && !strcmp(texts[2], "none"));
    gd_h5_free_strings(texts, count);
    OK(gd_h5_read_attribute(file, "group", "whole", GD_H5_INT64, 0, &number, &error));
    ck_assert_int_eq(number, 7);
    OK(gd_h5_read_attribute(file, "group", "reals", GD_H5_DOUBLE, 2, values, &error));
    ck_assert(values[0] == 0.5 && values[1] == -2);
    OK(gd_h5_load_text(file, "text", &text, &error));
    ck_assert_str_eq(text, "of any length");
    free(text);
    OK(gd_h5_load_strings(file, "soft", &count, &texts, &error));
    ck_assert(!strcmp(texts[0], "Pt") && !strcmp(texts[1], "Ag") && !strcmp(texts[2], "surface"));
    gd_h5_free_strings(texts, count);
    OK(gd_h5_read_array(file, "flags", GD_H5_BOOL, 1, &two, truth, &error));
    ck_assert(truth[0] && !truth[1]);
    OK(gd_h5_read_array(file, "packed", GD_H5_DOUBLE, 2, shape, packed, &error));
    ck_assert(packed[0][0] == 0 && packed[9][99] == 999);
    gd_h5_close(file);
}
END_TEST

static void check_no_children(void)
{
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}

START_TEST(what_crashes_hdf5_is_refused)
{
    struct gd_h5 *file;
    ck_assert_int_eq(gd_h5_open(crashing, &file, &error), GD_BAD_INPUT);
    ck_assert_ptr_null(file);
    ck_assert_msg(strstr(error.text, crashing) && strstr(error.text, "damaged"), "%s", error.text);
    check_no_children();
}
END_TEST

START_TEST(good_files_leave_no_child)
{
    open_good();
    check_no_children();
}
END_TEST

/* A string in a file of 27 kB claims to have 4 GiB, which HDF5 would allocate before it looks. The address sanitizer
 * ends a process that asks for so much, which is damage like any other. */
START_TEST(what_takes_absurd_memory_is_refused)
{
    struct gd_h5 *file;
    enum gd_status status = gd_h5_open(GD_TEST_DATA "/../fuzz/corpus/model/string-of-4-gib.h5", &file, &error);
    ck_assert_ptr_null(file);
    ck_assert_msg(status == GD_BAD_INPUT && strstr(error.text, "damaged"), "status %d: %s", status, error.text);
}
END_TEST

/* --- Files that reach outside ------------------------------------------------------------------------------------- */

static void link_outside(hid_t file, const char *other)
{
    H5Lcreate_external(other, "/text", file, "outside", H5P_DEFAULT, H5P_DEFAULT);
}

static void make_dataset(hid_t file, hid_t list)
{
    hid_t space = H5Screate_simple(1, &(hsize_t){4}, NULL);
    hid_t set = H5Dcreate2(file, "outside", H5T_STD_I8LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    ck_assert_int_ge(set, 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
}

static void store_outside(hid_t file, const char *other)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    ck_assert_int_ge(H5Pset_external(list, other, 0, 4), 0);
    make_dataset(file, list);
}

static void map_outside(hid_t file, const char *other)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &(hsize_t){4}, NULL);
    ck_assert_int_ge(H5Pset_virtual(list, space, other, "/packed", space), 0);
    make_dataset(file, list);
    H5Sclose(space);
}

/* As many as the other file has, which libhdf5 opens to find out. */
static void map_without_end(hid_t file, const char *other)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, &(hsize_t){4}, &(hsize_t){H5S_UNLIMITED});
    ck_assert_int_ge(H5Sselect_hyperslab(space, H5S_SELECT_SET, &(hsize_t){0}, NULL, &(hsize_t){H5S_UNLIMITED}, NULL),
                     0);
    ck_assert_int_ge(H5Pset_virtual(list, space, other, "/packed", space), 0);
    hid_t set = H5Dcreate2(file, "outside", H5T_STD_I8LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    ck_assert_int_ge(set, 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
}

static const struct {
    void (*make)(hid_t file, const char *other);
    const char *complaint;
} reaches[] = {
    {link_outside, "/outside: is an external link"},
    {store_outside, "/outside: has external storage"},
    {map_outside, "/outside: is a virtual dataset"},
    {map_without_end, "/outside: is a virtual dataset"},
};

/* The other file is one that there is, or a FIFO that nobody writes to: it must not even be opened. */
START_TEST(what_reaches_outside_is_refused)
{
    char path[512], fifo[512];
    struct gd_h5 *file;
    struct scratch scratch = scratch_make();
    scratch_name(&scratch, "a.h5", path);
    ck_assert_int_eq(mkfifo(scratch_name(&scratch, "fifo", fifo), 0600), 0);
    for (int k = 0; k < 2; k++) {
        error = (struct gd_error){0};
        hid_t made = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        reaches[_i].make(made, k ? fifo : good);
        ck_assert_int_ge(H5Fclose(made), 0);
        ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_BAD_INPUT);
        ck_assert_ptr_null(file);
        ck_assert_msg(strstr(error.text, path) && strstr(error.text, reaches[_i].complaint), "%s", error.text);
    }
    scratch_remove(&scratch);
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused)
{
    char path[512];
    struct gd_h5 *file;
    struct scratch scratch = scratch_make();
    ck_assert_int_eq(mkfifo(scratch_name(&scratch, "fifo", path), 0600), 0);
    ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, path) && strstr(error.text, "not a regular file"), "%s", error.text);
    scratch_remove(&scratch);
}
END_TEST

/* --- Files that others have at hand --------------------------------------------------------------------------------
 */

/* A writer that died: h5py's files of libver="latest" keep the mark. */
static void die_writing(const char *path)
{
    int state;
    pid_t writer = fork();
    if (writer == 0) {
        hid_t list = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_libver_bounds(list, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
        hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, list);
        H5Fclose(file);
        file = H5Fopen(path, H5F_ACC_RDWR, list);
        H5Fflush(file, H5F_SCOPE_GLOBAL);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(writer, &state, 0), writer);
}

START_TEST(files_that_are_open_elsewhere_are_called_that)
{
    char path[512];
    struct gd_h5 *file;
    struct scratch scratch = scratch_make();
    scratch_name(&scratch, "a.h5", path);
    die_writing(path);
    ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, path) && strstr(error.text, "is open for writing in another program"), "%s",
                  error.text);
    scratch_remove(&scratch);
}
END_TEST

/* What is half written under a lock need not be a file yet. */
START_TEST(files_that_are_locked_are_called_that)
{
    char path[512];
    struct gd_h5 *file;
    struct scratch scratch = scratch_make();
    int descriptor = open(scratch_name(&scratch, "a.h5", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(flock(descriptor, LOCK_EX | LOCK_NB), 0);
    ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, path) && strstr(error.text, "is locked by another program"), "%s", error.text);
    close(descriptor);
    error = (struct gd_error){0};
    ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "not an HDF5 file"), "%s", error.text);
    scratch_remove(&scratch);
}
END_TEST

/* One bit of what is stored, and a checksum that is missing. */
START_TEST(other_content_is_noticed)
{
    char path[512];
    struct gd_h5 *file;
    double one = 1;
    struct scratch scratch = scratch_make();
    scratch_name(&scratch, "a.h5", path);
    OK(gd_h5_create(path, &file, &error));
    OK(gd_h5_write_array(file, "a/one", GD_H5_DOUBLE, 0, NULL, &one, &error));
    OK(gd_h5_save(file, path, &error));
    gd_h5_close(file);
    one = nextafter(1, 2);
    hid_t made = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), set = H5Dopen2(made, "a/one", H5P_DEFAULT);
    ck_assert_int_ge(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &one), 0);
    H5Dclose(set);
    H5Fclose(made);
    ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, path) && strstr(error.text, "checksum"), "%s", error.text);
    made = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Adelete(made, GD_H5_DIGEST);
    H5Fclose(made);
    error = (struct gd_error){0};
    OK(gd_h5_open(path, &file, &error));
    gd_h5_close(file);
    scratch_remove(&scratch);
}
END_TEST

/* Two names of one group, a group in itself, and links in a circle. */
START_TEST(further_names_lead_to_the_same)
{
    char path[512];
    struct gd_h5 *file;
    double one = 1, value = 0;
    struct scratch scratch = scratch_make();
    scratch_name(&scratch, "a.h5", path);
    OK(gd_h5_create(path, &file, &error));
    OK(gd_h5_write_array(file, "a/one", GD_H5_DOUBLE, 0, NULL, &one, &error));
    OK(gd_h5_save(file, path, &error));
    gd_h5_close(file);
    hid_t made = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Adelete(made, GD_H5_DIGEST);
    H5Lcreate_hard(made, "a", made, "b", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(made, "a", made, "a/self", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_hard(made, "/", made, "a/top", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("circle", made, "circle", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("nowhere/else", made, "dangling", H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(H5Fclose(made), 0);
    OK(gd_h5_open(path, &file, &error));
    OK(gd_h5_read_array(file, "b/self/top/a/one", GD_H5_DOUBLE, 0, NULL, &value, &error));
    ck_assert(value == one);
    ck_assert(!gd_h5_exists(file, "circle") && !gd_h5_exists(file, "dangling"));
    gd_h5_close(file);
    scratch_remove(&scratch);
}
END_TEST

/* --- Children ----------------------------------------------------------------------------------------------------- */

/* Opens what anyone may read as a user who may start no process. */
static bool refused_without_processes(const char *path)
{
    struct gd_h5 *file;
    struct rlimit none = {0, 0};
    return (geteuid() != 0 || setuid(65534) == 0) && setrlimit(RLIMIT_NPROC, &none) == 0 &&
           gd_h5_open(path, &file, &error) == GD_FAILED && strstr(error.text, "cannot start the HDF5 process");
}

START_TEST(without_a_child_nothing_is_read)
{
    char path[] = "/tmp/godiff-child-XXXXXX";
    int state = -1, descriptor = mkstemp(path);
    ck_assert_int_eq(fchmod(descriptor, 0444), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(refused_without_processes(path) ? 0 : 1);
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert_int_eq(state, 0);
    close(descriptor);
    unlink(path);
}
END_TEST

static void *allocate(void *stop)
{
    while (!atomic_load((atomic_bool *)stop))
        free(malloc(1000));
    return NULL;
}

/* Other threads hold the allocator's locks at the moment of the fork. */
START_TEST(files_are_read_while_other_threads_work)
{
    atomic_bool stop = false;
    pthread_t threads[2];
    for (int k = 0; k < 2; k++)
        ck_assert_int_eq(pthread_create(&threads[k], NULL, allocate, &stop), 0);
    for (int k = 0; k < 20; k++) {
        open_good();
    }
    atomic_store(&stop, true);
    for (int k = 0; k < 2; k++)
        pthread_join(threads[k], NULL);
}
END_TEST

/* A child that continues only when a signal has come to the parent, which waits for it by then. */
static int gate[2];

static void open_gate(int signal)
{
    (void)signal;
    ck_assert_int_eq(write(gate[1], "", 1), 1);
}

static void arm(void)
{
    struct itimerval soon = {.it_value = {.tv_usec = 20000}};
    setitimer(ITIMER_REAL, &soon, NULL);
}

static void pass_gate(void)
{
    char byte;
    if (read(gate[0], &byte, 1) != 1)
        _exit(GD_FAILED);
}

START_TEST(signals_do_not_end_the_wait)
{
    struct sigaction action = {.sa_handler = open_gate};
    ck_assert_int_eq(pipe(gate), 0);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(pthread_atfork(NULL, arm, pass_gate), 0);
    open_good();
    check_no_children();
}
END_TEST

Suite *suite_h5_child(void)
{
    Suite *suite = suite_create("h5_child");
    TCase *tried = tcase_create("tried");
    tcase_add_checked_fixture(tried, setup, NULL);
    tcase_add_test(tried, what_h5py_writes_is_read);
    tcase_add_test(tried, what_crashes_hdf5_is_refused);
    tcase_add_test(tried, what_takes_absurd_memory_is_refused);
    tcase_add_test(tried, good_files_leave_no_child);
    tcase_add_loop_test(tried, what_reaches_outside_is_refused, 0, (int)(sizeof reaches / sizeof *reaches));
    tcase_add_test(tried, what_is_no_regular_file_is_refused);
    tcase_add_test(tried, files_that_are_open_elsewhere_are_called_that);
    tcase_add_test(tried, files_that_are_locked_are_called_that);
    tcase_add_test(tried, other_content_is_noticed);
    tcase_add_test(tried, further_names_lead_to_the_same);
    tcase_add_test(tried, without_a_child_nothing_is_read);
    tcase_add_test(tried, files_are_read_while_other_threads_work);
    tcase_add_test(tried, signals_do_not_end_the_wait);
    suite_add_tcase(suite, tried);
    return suite;
}
