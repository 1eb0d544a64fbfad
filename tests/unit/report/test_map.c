/* Maps: which cells and marks are drawn, and where. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/map.h"
#include "unit/suites.h"

static char *draw(struct gd_map map)
{
    struct gd_text page = {0};
    map.id = "it";
    map.title = "t";
    map.x_label = map.y_label = map.value_label = map.mark_label = "v";
    const bool drawn = gd_map_add(&page, &map);
    char *text = gd_text_take(&page);
    ck_assert_ptr_nonnull(text);
    ck_assert(drawn == (*text != '\0'));
    return text;
}

static size_t count(const char *text, const char *word)
{
    size_t found = 0;
    for (; (text = strstr(text, word)); text++)
        found++;
    return found;
}

/* What is not known is left out, and of shares those that are 0. */
START_TEST(cells)
{
    const double values[] = {1, NAN, 0, 3, INFINITY, 2};
    struct gd_map map = {
        .across = {1, 0}, .up = {0, 1}, .columns = 3, .rows = 2, .values = values, .high = 3, .shade = -1};
    char *text = draw(map);
    ck_assert_uint_eq(count(text, "<path fill="), 4);
    ck_assert_ptr_null(strstr(text, "nan"));
    free(text);
    map.shade = 0;
    text = draw(map);
    ck_assert_uint_eq(count(text, "d=\"M") - 1, 3); /* and the axes */
    free(text);
    map.columns = map.rows = 1;
    map.values = values + 1;
    text = draw(map);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

static double number_after(const char *text, const char *word, int k)
{
    for (; k >= 0; k--) {
        text = strstr(text, word);
        ck_assert_ptr_nonnull(text);
        text += strlen(word);
    }
    return strtod(text, NULL);
}

/* With one scale of x and y, marks are apart as they are; up is up. */
START_TEST(one_scale)
{
    const double value = 1;
    const struct gd_mark marks[] = {{0, 0, 1}, {4, 0, 10}, {0, 3, 100}};
    char *text = draw((struct gd_map){.across = {8, 0},
                                      .up = {0, 5},
                                      .columns = 1,
                                      .rows = 1,
                                      .values = &value,
                                      .high = 2,
                                      .shade = -1,
                                      .equal = true,
                                      .marks = marks,
                                      .mark_count = 3});
    const double across = number_after(text, "cx=\"", 1) - number_after(text, "cx=\"", 0),
                 up = number_after(text, "cy=\"", 0) - number_after(text, "cy=\"", 2);
    ck_assert(across > 0 && fabs(across / up - 4.0 / 3) < 0.01);
    ck_assert_uint_eq(count(text, "\nv"), 0);
    ck_assert_uint_eq(count(text, "&quot;v&quot;,"), 4);
    free(text);
}
END_TEST

/* The ends of the two scales, which stand beside each other, differ and do not meet: a letter is 7 units wide and more.
 */
static const double scale_ranges[][2] = {{5.51, 7.03}, {-34567.89, -34567.12}, {0, 1}, {-1e-9, 1e12}};

START_TEST(scales)
{
    const double *range = scale_ranges[_i], value = range[0];
    const struct gd_mark marks[] = {{0, 0, range[0]}, {1, 1, range[1]}};
    char *text = draw((struct gd_map){.across = {1, 0},
                                      .up = {0, 1},
                                      .columns = 1,
                                      .rows = 1,
                                      .values = &value,
                                      .low = range[0],
                                      .high = range[1],
                                      .shade = -1,
                                      .marks = marks,
                                      .mark_count = 2});
    char ends[4][32]; /* high and low of either; other labels have an anchor */
    double x[4], y;
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, "<text x=")) && found < 4; at++)
        found += sscanf(at, "<text x=\"%lf\" y=\"%lf\">%31[^<]", &x[found], &y, ends[found]) == 3;
    ck_assert_uint_eq(found, 4);
    for (size_t k = 0; k < 2; k++) {
        ck_assert_double_ge(x[k + 2] - x[k], 7 * (double)strlen(ends[k]));
        ck_assert_double_le(x[k + 2] + 7 * (double)strlen(ends[k + 2]), 480);
    }
    ck_assert_str_ne(ends[0], ends[1]);
    free(text);
}
END_TEST

Suite *suite_map(void)
{
    Suite *suite = suite_create("map");
    TCase *tests = tcase_create("map");
    tcase_add_test(tests, cells);
    tcase_add_test(tests, one_scale);
    tcase_add_loop_test(tests, scales, 0, sizeof scale_ranges / sizeof *scale_ranges);
    suite_add_tcase(suite, tests);
    return suite;
}
