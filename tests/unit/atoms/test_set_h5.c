/* Sets of structures through H5MD files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atoms/set_h5.h"
#include "engine/base/h5.h"
#include "helpers.h"

static char path[] = "/tmp/godiff-set-XXXXXX";
static struct gd_h5 *file;

static void open_file(void)
{
    struct gd_error error = {0};
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    ck_assert_ok(gd_h5_create(path, &file, &error), error);
}

static void close_file(void)
{
    gd_h5_close(file);
    unlink(path);
}

/* Puts what was written on disk and opens that instead. */
static void reopen(void)
{
    struct gd_error error = {0};
    ck_assert_ok(gd_h5_save(file, path, &error), error);
    gd_h5_close(file);
    ck_assert_ok(gd_h5_open(path, &file, &error), error);
}

/* `paths`: every second structure has a path weight, as it has an energy. */
static void fill(struct gd_set *set, size_t atoms, size_t structures, bool paths)
{
    struct gd_error error = {0};
    struct gd_structure like;
    double positions[12];
    struct gd_stream stream = test_stream(1);
    ck_assert_ok(gd_structure_alloc(&like, atoms, false, &error), error);
    like.cell = test_cell(&stream, 4, 3);
    for (size_t i = 0; i < atoms; i++)
        like.species[i] = 1 + (int)i * 30;
    like.free_atoms = atoms / 4;
    ck_assert_ok(gd_set_init(set, &like, atoms / 2, &error), error);
    for (size_t k = 0; k < structures; k++) {
        for (int n = 0; n < 12; n++)
            positions[n] = test_uniform(&stream, -3, 3);
        ck_assert_ok(gd_set_push(set, positions, &error), error);
        if (k % 2)
            continue;
        set->energies[k] = test_uniform(&stream, -3, 3);
        set->serials[k] = (int64_t)k + 5000000000;
        if (paths)
            set->path_weights[k] = test_uniform(&stream, -3, 3);
        for (size_t n = 0; n < 3 * atoms; n++)
            set->forces[3 * atoms * k + n] = test_uniform(&stream, -3, 3);
    }
    gd_structure_clear(&like);
}

static void same(const struct gd_set *a, const struct gd_set *b)
{
    size_t numbers = 3 * a->atoms * a->count * sizeof(double);
    ck_assert_mem_eq(a->cell.vectors, b->cell.vectors, sizeof a->cell.vectors);
    ck_assert_mem_eq(a->cell.periodic, b->cell.periodic, sizeof a->cell.periodic);
    ck_assert_uint_eq(a->atoms, b->atoms);
    ck_assert_uint_eq(a->fixed, b->fixed);
    ck_assert_uint_eq(a->free_atoms, b->free_atoms);
    ck_assert_uint_eq(a->count, b->count);
    ck_assert_mem_eq(a->species, b->species, a->atoms * sizeof *a->species);
    if (numbers) {
        ck_assert_mem_eq(a->positions, b->positions, numbers);
        ck_assert_mem_eq(a->forces, b->forces, numbers);
    }
    if (a->count) {
        ck_assert_mem_eq(a->energies, b->energies, a->count * sizeof *a->energies);
        ck_assert_mem_eq(a->serials, b->serials, a->count * sizeof *a->serials);
        for (size_t k = 0; k < a->count; k++)
            ck_assert(a->path_weights[k] == b->path_weights[k] ||
                      (isnan(a->path_weights[k]) && isnan(b->path_weights[k])));
    }
}

/* Two sets in one file, with unknown energies and forces; also without structures and without atoms. */
START_TEST(test_round_trip)
{
    static const size_t sizes[][2] = {{4, 5}, {4, 0}, {0, 2}, {0, 0}, {1, 1}};
    struct gd_error error = {0};
    struct gd_set set, other;
    void *loaded;
    fill(&set, sizes[_i / 2][0], sizes[_i / 2][1], _i % 2);
    fill(&other, 2, 1, false);
    ck_assert_ok(gd_set_save(&set, file, "archive", &error), error);
    ck_assert_ok(gd_set_save(&other, file, "best", &error), error);
    reopen();
    ck_assert(gd_h5_exists(file, "observables/archive/log_path_weight") == (_i % 2 && set.count > 0));
    ck_assert(!gd_h5_exists(file, "particles/best/log_path_weight"));
    ck_assert_ok(gd_set_load(&loaded, file, "archive", NULL, &error), error);
    same(&set, loaded);
    double more[12] = {0};
    ck_assert_ok(gd_set_push(loaded, more, &error), error);
    gd_set_free(loaded);
    ck_assert_ok(gd_set_load(&loaded, file, "best", NULL, &error), error);
    same(&other, loaded);
    gd_set_free(loaded);
    ck_assert_ok(gd_set_load(&loaded, file, "batch", NULL, &error), error);
    ck_assert_ptr_null(loaded);
    gd_set_clear(&set);
    gd_set_clear(&other);
}
END_TEST

/* What H5MD 1.1 asks for. */
START_TEST(test_layout)
{
    struct gd_error error = {0};
    struct gd_set set;
    int32_t version[2], dimension;
    size_t shape[3];
    char *unit;
    fill(&set, 4, 5, true);
    ck_assert_ok(gd_set_save(&set, file, "archive", &error), error);
    ck_assert_ok(gd_set_save(&set, file, "batch", &error), error);
    gd_set_clear(&set);
    ck_assert_ok(gd_h5_read_attribute(file, "h5md", "version", GD_H5_INT32, 2, version, &error), error);
    ck_assert(version[0] == 1 && version[1] == 1);
    ck_assert(gd_h5_has_attribute(file, "h5md/author", "name"));
    ck_assert(gd_h5_has_attribute(file, "h5md/creator", "name"));
    ck_assert(gd_h5_has_attribute(file, "h5md/creator", "version"));
    ck_assert_ok(gd_h5_read_attribute(file, "particles/archive/box", "dimension", GD_H5_INT32, 0, &dimension, &error),
                 error);
    ck_assert_int_eq(dimension, 3);
    ck_assert_ok(gd_h5_read_shape(file, "particles/archive/position/value", 3, shape, &error), error);
    ck_assert(shape[0] == 5 && shape[1] == 4 && shape[2] == 3);
    ck_assert_ok(gd_h5_read_shape(file, "particles/archive/force/step", 1, shape, &error), error);
    ck_assert_uint_eq(shape[0], 5);
    ck_assert_ok(gd_h5_read_shape(file, "particles/archive/box/edges/value", 3, shape, &error), error);
    ck_assert(shape[0] == 5 && shape[1] == 3 && shape[2] == 3);
    ck_assert_ok(gd_h5_load_text_attribute(file, "observables/archive/energy/value", "unit", &unit, &error), error);
    ck_assert_str_eq(unit, "eV");
    free(unit);
    ck_assert(gd_h5_exists(file, "particles/batch/energy/value"));
    ck_assert(!gd_h5_exists(file, "observables/batch"));
}
END_TEST

/* Files that contradict themselves are refused. */
START_TEST(test_damaged)
{
    static const char *const missing[] = {
        "observables/archive/energy/value", "particles/archive/species",      "particles/archive/force",
        "observables/archive/energy",       "observables/archive/evaluation", "particles/archive/position/value",
    };
    struct gd_error error = {0};
    struct gd_set set;
    void *loaded;
    fill(&set, 4, 5, true);
    if (_i == 6 || _i == 9)
        set.species[2] = _i == 6 ? 119 : 0;
    if (_i == 7)
        set.fixed = 5;
    if (_i == 10)
        set.free_atoms = set.fixed + 1;
    ck_assert_ok(gd_set_save(&set, file, "archive", &error), error);
    if (_i < 6)
        gd_h5_remove(file, missing[_i]);
    if (_i == 8) {
        gd_h5_remove(file, "observables/archive/energy/value");
        ck_assert_ok(gd_h5_write_array(file, "observables/archive/energy/value", GD_H5_DOUBLE, 1, (const size_t[]){4},
                                       set.energies, &error),
                     error);
    }
    ck_assert_int_eq(gd_set_load(&loaded, file, "archive", NULL, &error), GD_BAD_INPUT);
    ck_assert(loaded == NULL && error.text[0]);
    gd_set_clear(&set); /* the file refers to it */
}
END_TEST

Suite *suite_set_h5(void)
{
    Suite *suite = suite_create("set_h5");
    TCase *tests = tcase_create("set_h5");
    tcase_add_checked_fixture(tests, open_file, close_file);
    tcase_add_loop_test(tests, test_round_trip, 0, 10);
    tcase_add_test(tests, test_layout);
    tcase_add_loop_test(tests, test_damaged, 0, 11);
    suite_add_tcase(suite, tests);
    return suite;
}
