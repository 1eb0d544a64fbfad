/* Figures as SVG: where points come to be, and what is left out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/parts.h"
#include "report/plot.h"
#include "unit/suites.h"

static char *draw(struct gd_series *series, size_t count, struct gd_plot plot)
{
    struct gd_text page = {0};
    plot.id = "it";
    plot.title = "t";
    plot.x_label = "x";
    plot.y_label = "y";
    plot.series = series;
    plot.count = count;
    const bool drawn = gd_plot_add(&page, &plot);
    char *text = gd_text_take(&page);
    ck_assert_ptr_nonnull(text);
    ck_assert(drawn == (*text != '\0'));
    return text;
}

/* The number behind the k-th occurrence of a word. */
static double number_after(const char *text, const char *word, int k)
{
    const char *place = text;
    for (; k >= 0; k--) {
        place = strstr(place, word);
        ck_assert_ptr_nonnull(place);
        place += strlen(word);
    }
    return strtod(place, NULL);
}

/* On a linear axis distances keep their ratio; on a logarithmic one ratios become distances. */
START_TEST(axes)
{
    double x[] = {0, 1, 4}, y[] = {1, 10, 100};
    struct gd_series series = {.name = "s", .x = x, .y = y, .count = 3};
    char *text = draw(&series, 1, (struct gd_plot){.logarithmic = true});
    double cx[3], cy[3];
    for (int k = 0; k < 3; k++) {
        cx[k] = number_after(text, "cx=\"", k);
        cy[k] = number_after(text, "cy=\"", k);
    }
    ck_assert(fabs((cx[2] - cx[0]) / (cx[1] - cx[0]) - 4) < 0.02);
    ck_assert(fabs((cy[2] - cy[0]) / (cy[1] - cy[0]) - 2) < 0.02);
    ck_assert(cy[2] < cy[0]); /* up is up */
    for (int k = 0; k < 3; k++)
        ck_assert(cx[k] > 0 && cx[k] < 480 && cy[k] > 0 && cy[k] < 300);
    free(text);
}
END_TEST

START_TEST(what_is_not_finite_is_left_out)
{
    double x[] = {0, 1, 2, 3}, y[] = {NAN, 1, INFINITY, 2}, low[] = {0, 0.5, 0, NAN}, high[] = {1, 1.5, 1, 3};
    struct gd_series series = {.name = "s", .x = x, .y = y, .low = low, .high = high, .count = 4};
    char *text = draw(&series, 1, (struct gd_plot){0});
    ck_assert_ptr_null(strstr(text, "nan"));
    ck_assert_ptr_null(strstr(text, "inf"));
    size_t points = 0;
    for (const char *place = text; (place = strstr(place, "<circle")); place++)
        points++;
    ck_assert_uint_eq(points, 2);
    free(text);
    series.count = 1;
    text = draw(&series, 1, (struct gd_plot){0});
    ck_assert_str_eq(text, "");
    free(text);
    text = draw(NULL, 0, (struct gd_plot){0});
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

/* One point, equal points, numbers of any size: there is an axis with ticks, and no more of them than fit. */
static const double ranges[][2] = {{5, 5},        {0, 0},   {-3, -3},          {1e-300, 2e-300}, {1e300, 2e300},
                                   {-1e-9, 1e-9}, {0, 1e9}, {1e6, 1e6 + 1e-3}, {-7, 12},         {1, 1e30}};

START_TEST(ranges_of_all_sizes)
{
    double x[] = {ranges[_i][0], ranges[_i][1]}, y[] = {ranges[_i][0], ranges[_i][1]};
    struct gd_series series = {.name = "s", .x = x, .y = y, .count = 2};
    for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
        char *text = draw(&series, 1, (struct gd_plot){.logarithmic = logarithmic && y[0] > 0});
        size_t ticks = 0;
        for (const char *place = text; (place = strstr(place, "class=\"g\"")); place++)
            ticks++;
        ck_assert_uint_ge(ticks, 2);
        ck_assert_uint_le(ticks, 48);
        ck_assert_ptr_null(strstr(text, "nan"));
        ck_assert_ptr_null(strstr(text, "inf"));
        free(text);
    }
}
END_TEST

/* Labels on the y axis, at their places, however short a logarithmic range is. */
START_TEST(short_logarithmic_ranges)
{
    double x[] = {1, 2}, y[] = {2.4 * pow(1.3, _i), 2.5 * pow(1.3, _i)};
    struct gd_series series = {.name = "s", .x = x, .y = y, .count = 2};
    char *text = draw(&series, 1, (struct gd_plot){.logarithmic = true});
    double places[2][2];
    int count = 0;
    for (const char *at = text; (at = strstr(at, "text-anchor=\"end\">")); count++) {
        const double tick = strtod(strchr(at, '>') + 1, NULL);
        if (count < 2) {
            const char *before = at;
            while (strncmp(before, " y=\"", 4) != 0)
                before--;
            places[count][0] = log(tick);
            places[count][1] = strtod(before + 4, NULL) - 4;
        }
        at++;
    }
    ck_assert_int_ge(count, 2);
    const double high = number_after(text, "cy=\"", 1), low = number_after(text, "cy=\"", 0);
    const double slope = (high - low) / log(2.5 / 2.4), between = places[1][0] - places[0][0];
    ck_assert_double_eq_tol(places[1][1] - places[0][1], slope * between, 0.3);
    free(text);
}
END_TEST

/* No axis goes below 0 for what is never negative, whether it is 0 throughout or not. */
START_TEST(nothing_below_zero)
{
    double x[] = {1, 2}, y[] = {0, _i};
    struct gd_series series = {.name = "s", .x = x, .y = y, .count = 2};
    char *text = draw(&series, 1, (struct gd_plot){0});
    ck_assert_ptr_null(strstr(text, ">-"));
    ck_assert_double_lt(number_after(text, "cy=\"", 0), 300 - 40);
    free(text);
    y[0] = -1;
    text = draw(&series, 1, (struct gd_plot){0});
    ck_assert_ptr_nonnull(strstr(text, ">-1<"));
    free(text);
}
END_TEST

/* Labels of an axis differ, also where energies are far from 0 and near each other. */
static const double far_ranges[][2] = {
    {-34567.89, -34567.82}, {-34567.891, -34567.888}, {-120345.6, -120345.1}, {5.5, 7}, {1e5, 1e5 + 1e-3}};

START_TEST(labels_differ)
{
    double x[] = {1, 2}, *y = (double[]){far_ranges[_i][0], far_ranges[_i][1]};
    struct gd_series series = {.name = "s", .x = x, .y = y, .count = 2};
    char *text = draw(&series, 1, (struct gd_plot){0}), last[64] = "";
    int count = 0;
    for (const char *at = text; (at = strstr(at, "text-anchor=\"end\">")); count++) {
        char label[64] = "";
        const char *begin = at;
        while (strncmp(begin, "<text x=\"", 9) != 0)
            begin--;
        at = strchr(at, '>') + 1;
        strncat(label, at, strcspn(at, "<") < 60 ? strcspn(at, "<") : 60);
        ck_assert_str_ne(label, last);
        ck_assert_double_gt(strtod(begin + 9, NULL) - 7 * (double)strlen(label),
                            13); /* where the name of the axis is */
        strcpy(last, label);
    }
    ck_assert_int_ge(count, 2);
    free(text);
}
END_TEST

/* A curve of a single point, whatever is not known around it, can be seen without a pointer. */
START_TEST(single_points)
{
    double x[] = {1, 2, 3}, y[] = {NAN, 5, NAN};
    struct gd_series series = {.name = "s", .x = x, .y = y, .count = 3};
    char *text = draw(&series, 1, (struct gd_plot){0});
    ck_assert_ptr_nonnull(strstr(text, "class=\"p one c0\""));
    free(text);
    y[0] = 4;
    text = draw(&series, 1, (struct gd_plot){0});
    ck_assert_ptr_null(strstr(text, "p one"));
    free(text);

    /* Wherever it is in a long row. */
    enum { LONG = 240 };
    double places[LONG], values[LONG];
    for (size_t one = 0; one < LONG; one++) {
        for (size_t k = 0; k < LONG; k++) {
            places[k] = (double)k;
            values[k] = k == one ? 5 : NAN;
        }
        struct gd_series row = {.name = "s", .x = places, .y = values, .count = LONG};
        text = draw(&row, 1, (struct gd_plot){0});
        ck_assert_ptr_nonnull(strstr(text, "class=\"p one c0\""));
        free(text);
    }

    /* One without any is not in the legend. */
    double none[] = {NAN, NAN, NAN};
    struct gd_series both[] = {series, {.name = "unseen", .x = x, .y = none, .count = 3}};
    text = draw(both, 2, (struct gd_plot){0});
    ck_assert_ptr_null(strstr(text, "unseen</li>"));
    ck_assert_ptr_nonnull(strstr(text, "s</li>"));
    free(text);
}
END_TEST

/* Every curve looks different, of two rows of variants as many as two dozen. */
START_TEST(curves_look_different)
{
    enum { GROUPS = 24, CURVES = 2 * GROUPS };
    double x[] = {1, 2}, y[] = {1, 2};
    struct gd_series series[CURVES];
    char styles[CURVES][32];
    for (size_t k = 0; k < CURVES; k++)
        series[k] = (struct gd_series){.name = "s", .x = x, .y = y, .count = 2, .colour = k / 2, .dashed = k % 2 == 1};
    char *text = draw(series, CURVES, (struct gd_plot){0});
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, "<path class=\"l ")) && found < CURVES; at++)
        ck_assert_int_eq(sscanf(at, "<path class=\"%31[^\"]", styles[found++]), 1);
    ck_assert_uint_eq(found, CURVES);
    for (size_t k = 0; k < CURVES; k++)
        for (size_t i = 0; i < k; i++)
            ck_assert_str_ne(styles[i], styles[k]);
    free(text);
}
END_TEST

START_TEST(escapes)
{
    double x[] = {1, 2}, y[] = {1, 2};
    struct gd_series series = {.name = "</template><script>\"&'\x01", .x = x, .y = y, .count = 2};
    char *text = draw(&series, 1, (struct gd_plot){0});
    ck_assert_ptr_null(strstr(text, "<script"));
    ck_assert_ptr_null(strchr(text, '\x01'));
    ck_assert_ptr_nonnull(strstr(text, "&lt;/template&gt;&lt;script&gt;&quot;&amp;&#39;"));
    free(text);
}
END_TEST

START_TEST(quartiles)
{
    double values[] = {4, NAN, 1, 3, 2, 5, INFINITY}, low, median, high;
    gd_quartiles(values, 7, &low, &median, &high);
    ck_assert(low == 2 && median == 3 && high == 4);
    gd_quartiles(values, 0, &low, &median, &high);
    ck_assert(isnan(median));
}
END_TEST

Suite *suite_plot(void)
{
    Suite *suite = suite_create("plot");
    TCase *tests = tcase_create("plot");
    tcase_add_test(tests, axes);
    tcase_add_test(tests, what_is_not_finite_is_left_out);
    tcase_add_loop_test(tests, ranges_of_all_sizes, 0, sizeof ranges / sizeof *ranges);
    tcase_add_loop_test(tests, short_logarithmic_ranges, 0, 12);
    tcase_add_loop_test(tests, nothing_below_zero, 0, 2);
    tcase_add_loop_test(tests, labels_differ, 0, sizeof far_ranges / sizeof *far_ranges);
    tcase_add_test(tests, single_points);
    tcase_add_test(tests, curves_look_different);
    tcase_add_test(tests, escapes);
    tcase_add_test(tests, quartiles);
    suite_add_tcase(suite, tests);
    return suite;
}
