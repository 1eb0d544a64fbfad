/* The lowest structures of all runs: which are shown, in which order. */
#include <math.h>
#include <string.h>

#include "engine/base/files.h"
#include "report/parts.h"
#include "unit/scratch.h"
#include "unit/suites.h"

enum { RUNS = 3, MOST = 8 };

/* A file of single atoms with these energies, up to the first 0; none without any. */
static void write_energies(const char *folder, const char *name, const double *energies)
{
    struct gd_text text = {0};
    ck_assert_int_eq(gd_directory_make(folder, NULL), GD_OK);
    for (size_t k = 0; k < MOST && energies[k] != 0; k++)
        gd_text_print(&text, "1\nenergy=%.9g\nPt 0 0 0\n", energies[k]);
    if (text.length == 0)
        return;
    char *path = gd_file_join(folder, name), *all = gd_text_take(&text);
    ck_assert_int_eq(gd_file_write(path, all, strlen(all), NULL), GD_OK);
    free(all);
    free(path);
}

/* The energies that the page shows, to a list that ends with 0. */
static void read_shown(const char *page, double *shown)
{
    static const char mark[] = "<figcaption>";
    size_t count = 0;
    for (; (page = strstr(page, mark)); page += sizeof mark - 1) {
        ck_assert_uint_lt(count, MOST);
        shown[count++] = strtod(page + sizeof mark - 1, NULL);
    }
    memset(shown + count, 0, (MOST - count) * sizeof *shown);
}

/* What is shown of three runs, in an order that is not that of their folders: `first` comes first. */
static void show(const struct scratch *scratch, size_t first, double *shown)
{
    struct gd_record records[RUNS];
    char folders[RUNS][512], name[16];
    for (size_t r = 0; r < RUNS; r++) {
        snprintf(name, sizeof name, "%zu", (first + r) % RUNS);
        records[r] = (struct gd_record){.folder = scratch_name(scratch, name, folders[r])};
    }
    struct gd_group group = {.name = "g", .records = records, .count = RUNS};
    struct gd_results results = {.groups = &group, .count = 1};
    struct gd_text text = {0};
    gd_add_structures(&text, &results);
    char *page = gd_text_take(&text);
    ck_assert_ptr_nonnull(page);
    ck_assert_uint_eq(results.problems.count, 0);
    read_shown(page, shown);
    free(page);
}

/* Minima of three runs, and what is shown of them, whichever run is read first. */
static const struct {
    double minima[RUNS][MOST], shown[MOST];
} distinct[] = {
    {{{-10}, {-10.005}, {-9}}, {-10.005, -9}},                      /* the lower of two that are alike */
    {{{-1, -2}, {-1.98}, {-2.5}}, {-2.5, -2, -1.98, -1}},           /* those that are not */
    {{{-10.008}, {-10}, {-10.016}}, {-10.016, -10}},                /* the one in the middle hides no other one */
    {{{-5, -4, -3}, {-8, -7, -6}, {-1}}, {-8, -7, -6, -5, -4, -3}}, /* the lowest six */
    {{{-5, -4, -3}, {-5.001, -4, -2}, {-4.004, -1}}, {-5.001, -4.004, -3, -2, -1}},
};

START_TEST(lowest_whatever_comes_first)
{
    struct scratch scratch = scratch_make();
    char folder[512], name[16];
    for (size_t r = 0; r < RUNS; r++) {
        snprintf(name, sizeof name, "%zu", r);
        write_energies(scratch_name(&scratch, name, folder), "minima.extxyz", distinct[_i].minima[r]);
    }
    for (size_t first = 0; first < RUNS; first++) {
        double shown[MOST];
        show(&scratch, first, shown);
        for (size_t k = 0; k < MOST; k++)
            ck_assert_double_eq_tol(shown[k], distinct[_i].shown[k], 1e-9);
    }
    scratch_remove(&scratch);
}
END_TEST

/* Of a run its minima, and the best of what was relaxed where that is lower; of one that relaxed nothing its best. */
START_TEST(files_of_a_run)
{
    static const double minima[MOST] = {-5, -4}, higher[MOST] = {-4.5}, lower[MOST] = {-6}, best[MOST] = {-3},
                        expected[MOST] = {-6, -5, -4, -3};
    struct scratch scratch = scratch_make();
    char folder[512];
    double shown[MOST];
    write_energies(scratch_name(&scratch, "0", folder), "minima.extxyz", minima);
    write_energies(folder, "best-relaxed.extxyz", higher);
    write_energies(folder, "best.extxyz", best);
    write_energies(scratch_name(&scratch, "1", folder), "best-relaxed.extxyz", lower);
    write_energies(folder, "best.extxyz", higher);
    write_energies(scratch_name(&scratch, "2", folder), "best.extxyz", best);
    show(&scratch, 0, shown);
    for (size_t k = 0; k < MOST; k++)
        ck_assert_double_eq_tol(shown[k], expected[k], 1e-9);
    scratch_remove(&scratch);
}
END_TEST

Suite *suite_structures(void)
{
    Suite *suite = suite_create("structures");
    TCase *tests = tcase_create("structures");
    tcase_add_loop_test(tests, lowest_whatever_comes_first, 0, sizeof distinct / sizeof *distinct);
    tcase_add_test(tests, files_of_a_run);
    suite_add_tcase(suite, tests);
    return suite;
}
