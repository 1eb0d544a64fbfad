/* Allocation, strings, arenas, errors and problems. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/error.h"
#include "engine/base/memory.h"
#include "unit/engine/helpers.h"
#include "unit/suites.h"

START_TEST(overflowing_counts_are_refused)
{
    struct gd_arena arena = {0};
    size_t capacity = 0;
    int *items = NULL;
    ck_assert_ptr_null(gd_array(SIZE_MAX / 2, 3));
    ck_assert_ptr_null(gd_array_aligned(SIZE_MAX, 8));
    ck_assert_ptr_null(gd_array_aligned(SIZE_MAX - 3, 1));
    ck_assert_ptr_null(gd_arena_alloc(&arena, SIZE_MAX / 4, 8));
    ck_assert_ptr_null(gd_arena_alloc(&arena, SIZE_MAX, 1));
    ck_assert_ptr_null(gd_arena_string(&arena, "", SIZE_MAX));
    ck_assert(!gd_grow(&items, &capacity, SIZE_MAX / 2, sizeof *items));
    ck_assert_ptr_null(items);
    ck_assert_uint_eq(capacity, 0);
    gd_arena_clear(&arena);
}
END_TEST

START_TEST(arrays_are_zeroed_and_aligned)
{
    void *empty = gd_array(0, 8);
    double *array = gd_array_aligned(13, sizeof *array);
    ck_assert_ptr_nonnull(empty);
    ck_assert_uint_eq((uintptr_t)array % 64, 0);
    for (int k = 0; k < 13; k++)
        ck_assert(array[k] == 0);
    free(array);
    free(empty);
}
END_TEST

START_TEST(growing_keeps_the_items)
{
    size_t capacity = 0, reallocations = 0;
    int *items = NULL;
    for (int k = 0; k < 10000; k++) {
        size_t before = capacity;
        ck_assert(gd_grow(&items, &capacity, (size_t)k + 1, sizeof *items));
        reallocations += capacity != before;
        items[k] = k;
    }
    for (int k = 0; k < 10000; k++)
        ck_assert_int_eq(items[k], k);
    ck_assert_uint_lt(reallocations, 30);
    free(items);
}
END_TEST

/* An array that grows by an item at a time is copied when it has doubled, not each time. */
START_TEST(arena_arrays_grow_by_doubling)
{
    enum { ITEMS = 10000 };
    struct gd_arena arena = {0};
    size_t *list = NULL, count = 0, copies = 0;
    for (size_t k = 0; k < ITEMS; k++) {
        size_t *more = gd_arena_append(&arena, list, &count, sizeof *more);
        ck_assert_ptr_nonnull(more);
        ck_assert_uint_eq(count, k + 1);
        ck_assert_uint_eq(more[k], 0);
        more[k] = k + 1;
        copies += more != list;
        list = more;
        ck_assert_ptr_nonnull(gd_arena_alloc(&arena, 1 + k % 7, 3)); /* others use the arena meanwhile */
    }
    for (size_t k = 0; k < ITEMS; k++)
        ck_assert_uint_eq(list[k], k + 1);
    ck_assert_uint_eq(copies, 15); /* of 1, 2, 4 ... 16384 */
    count = 0;
    ck_assert_ptr_null(gd_arena_append(&arena, NULL, &count, SIZE_MAX));
    ck_assert_uint_eq(count, 0);
    gd_arena_clear(&arena);
}
END_TEST

START_TEST(arena_pieces_are_apart_zeroed_and_aligned)
{
    enum { PIECES = 3000 };
    struct gd_arena arena = {0};
    unsigned char *pieces[PIECES];
    for (int k = 0; k < PIECES; k++) {
        size_t size = (size_t)k * 7 % 97 + (k % 500 == 0 ? 40000 : 0);
        pieces[k] = gd_arena_alloc(&arena, size, 1);
        ck_assert_ptr_nonnull(pieces[k]);
        ck_assert_uint_eq((uintptr_t)pieces[k] % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < size; j++)
            ck_assert_uint_eq(pieces[k][j], 0);
        memset(pieces[k], k % 255 + 1, size);
    }
    for (int k = 0; k < PIECES; k++)
        for (size_t j = 0; j < (size_t)k * 7 % 97; j++)
            ck_assert_int_eq(pieces[k][j], k % 255 + 1);
    gd_arena_clear(&arena);
    gd_arena_clear(&arena);
    gd_arena_clear(NULL);
}
END_TEST

START_TEST(text_grows)
{
    struct gd_text text = {0};
    char expected[5001] = "";
    for (int k = 0; k < 1000; k++) {
        gd_text_print(&text, "%04d,", k);
        snprintf(expected + 5 * k, 6, "%04d,", k);
    }
    char *all = gd_text_take(&text);
    ck_assert_str_eq(all, expected);
    free(all);
    all = gd_text_take(&text);
    ck_assert_str_eq(all, "");
    free(all);
}
END_TEST

START_TEST(first_failure_is_kept)
{
    struct gd_error error = {0};
    ck_assert_int_eq(gd_fail(&error, GD_FAILED, "first %d", 1), GD_FAILED);
    ck_assert_int_eq(gd_fail(&error, GD_BAD_INPUT, "second"), GD_BAD_INPUT);
    ck_assert_int_eq(error.status, GD_FAILED);
    ck_assert_str_eq(error.text, "first 1");
    ck_assert_int_eq(gd_no_memory(NULL, "x"), GD_NO_MEMORY);
    struct gd_error other = {0};
    ck_assert_int_eq(gd_no_memory(&other, "the atoms"), GD_NO_MEMORY);
    ck_assert_str_eq(other.text, "out of memory for the atoms");
}
END_TEST

START_TEST(blame_grows_from_within)
{
    struct gd_error error = {0};
    ck_assert_int_eq(gd_error_set_key(GD_OK, &error, "none"), GD_OK);
    ck_assert_str_eq(error.key, "");
    ck_assert_int_eq(gd_error_set_key(gd_fail(&error, GD_BAD_INPUT, "x"), &error, "file"), GD_BAD_INPUT);
    ck_assert_str_eq(error.key, "file");
    ck_assert_int_eq(gd_error_set_key(GD_BAD_INPUT, &error, "template"), GD_BAD_INPUT);
    ck_assert_str_eq(error.key, "template.file");
    ck_assert_int_eq(gd_error_set_key(GD_FAILED, NULL, "nobody"), GD_FAILED);
    gd_error_set_key(GD_BAD_INPUT, &error, "a-key-that-is-much-too-long-to-be-kept-with-another");
    ck_assert_str_eq(error.key, "");
}
END_TEST

START_TEST(problems_are_sorted_by_place)
{
    struct gd_problems problems = {0};
    gd_problems_sort(&problems);
    gd_problem_add(&problems, (struct gd_place){"b", 1, 1}, "last");
    gd_problem_add(&problems, (struct gd_place){"a", 10, 1}, "late");
    gd_problem_add(&problems, (struct gd_place){"a", 2, 5}, "second");
    gd_problem_add(&problems, (struct gd_place){"a", 2, 5}, "and then");
    gd_problem_add(&problems, (struct gd_place){"a", 2, 4}, "first");
    gd_problems_sort(&problems);
    expect_problems("order", &problems, "a:2:4: first\na:2:5: and then\na:2:5: second\na:10:1: late\nb:1:1: last\n");
}
END_TEST

START_TEST(long_messages_are_cut)
{
    struct gd_error error = {0};
    gd_fail(&error, GD_FAILED, "%2000d", 1);
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
}
END_TEST

START_TEST(problems_own_their_text)
{
    struct gd_problems problems = {0};
    char file[] = "a.yaml";
    ck_assert(!gd_problems_any(&problems));
    gd_problem_add(&problems, (struct gd_place){file, 3, 4}, "one %s", "problem");
    gd_problem_add(&problems, (struct gd_place){file, 3, 0}, "two");
    gd_problem_add(&problems, (struct gd_place){file, 0, 0}, "three");
    gd_problem_add(&problems, (struct gd_place){0}, "four");
    memset(file, 'x', sizeof file - 1);
    ck_assert(gd_problems_any(&problems));
    expect_problems("places", &problems, "a.yaml:3:4: one problem\na.yaml:3: two\na.yaml: three\n: four\n");
    ck_assert(!gd_problems_any(&problems));
    gd_problems_clear(NULL);
    problems.overflow = true;
    ck_assert(gd_problems_any(&problems));
}
END_TEST

Suite *suite_memory(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("memory");
    tcase_add_test(tcase, overflowing_counts_are_refused);
    tcase_add_test(tcase, arrays_are_zeroed_and_aligned);
    tcase_add_test(tcase, growing_keeps_the_items);
    tcase_add_test(tcase, arena_pieces_are_apart_zeroed_and_aligned);
    tcase_add_test(tcase, arena_arrays_grow_by_doubling);
    tcase_add_test(tcase, text_grows);
    tcase_add_test(tcase, first_failure_is_kept);
    tcase_add_test(tcase, blame_grows_from_within);
    tcase_add_test(tcase, problems_are_sorted_by_place);
    tcase_add_test(tcase, long_messages_are_cut);
    tcase_add_test(tcase, problems_own_their_text);
    suite_add_tcase(suite, tcase);
    return suite;
}
