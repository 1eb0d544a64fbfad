/* Figures of runs: which lines of metrics.jsonl they are of, and medians over runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/parts.h"
#include "unit/suites.h"

enum { LINES = 8 };

/* Runs of one group, from the lines of their metrics.jsonl; what they have cost is the number "evaluations". */
struct runs {
    struct gd_record records[3];
    double costs[3][LINES];
    struct gd_group group;
    struct gd_results results;
};

static void make_runs(struct runs *runs, size_t count, const char *const *texts)
{
    *runs = (struct runs){.group = {.name = "g", .records = runs->records, .count = count},
                          .results = {.groups = &runs->group, .count = 1, .measure.column = "evaluations"}};
    for (size_t r = 0; r < count; r++) {
        struct gd_record *record = &runs->records[r];
        const cJSON *line;
        size_t k = 0;
        record->lines = cJSON_Parse(texts[r]);
        record->cost = runs->costs[r];
        ck_assert(cJSON_IsArray(record->lines));
        cJSON_ArrayForEach(line, record->lines)
        {
            const double cost = gd_json_number(line, (const char *const[]){"evaluations", NULL});
            ck_assert(k < LINES);
            record->cost[k++] = record->end = isfinite(cost) ? cost : 0;
        }
    }
}

static void clear_runs(struct runs *runs)
{
    for (size_t r = 0; r < runs->group.count; r++)
        cJSON_Delete(runs->records[r].lines);
}

/* The data of a figure, as CSV, one line per point behind the head; "" without the figure. */
static char *data_of(const char *page, const char *id)
{
    char mark[64] = "<figure id=\"";
    const char *figure = strstr(page, strcat(strcat(mark, id), "\""));
    const char *data = figure ? strstr(figure, "low,high\n") + 9 : page + strlen(page);
    const char *end = strstr(data, "</template>");
    char *copy = strdup(data);
    ck_assert_ptr_nonnull(copy);
    copy[end ? end - data : 0] = '\0';
    return copy;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

/* Figures of steps of another stage do not come between those of reweight, though they have the same name. */
START_TEST(lines_of_one_stage)
{
    static const char *const text[] = {
        "[{\"step\":\"reweight\",\"buffer\":8,\"effective\":5,\"lowest\":1,\"highest\":2},"
        "{\"step\":\"estimate\",\"calls\":100,\"effective\":77},"
        "{\"step\":\"metrics\",\"structures\":9,\"mean\":-3,\"path_ess\":0.25,\"path_mean\":-4},"
        "{\"step\":\"reweight\",\"buffer\":8,\"effective\":6,\"lowest\":1,\"highest\":2},"
        "{\"step\":\"metrics\",\"structures\":9,\"mean\":-5}]"};
    static const struct {
        const char *figure;
        size_t points;
    } expected[] = {{"effective", 2}, {"buffer", 4}, {"metrics", 3}, {"path-weights", 1}, {"loss", 0}};
    struct runs runs;
    struct gd_text page = {0};
    make_runs(&runs, 1, text);
    gd_add_traces(&page, &runs.results);
    char *drawn = gd_text_take(&page);
    ck_assert_ptr_nonnull(drawn);
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        char *data = data_of(drawn, expected[k].figure);
        ck_assert_msg(count_lines(data) == expected[k].points, "%s: %s", expected[k].figure, data);
        ck_assert_ptr_null(strstr(data, "77"));
        free(data);
    }
    free(drawn);
    clear_runs(&runs);
}
END_TEST

/* A run whose first energy comes late, above those of the others, does not lift the median: no best energy rises. One
 * that has none at all does not count. */
START_TEST(best_energies_never_rise)
{
    static const char *const texts[] = {
        "[{\"evaluations\":1,\"best_energy\":5},{\"evaluations\":100,\"best_energy\":4}]",
        "[{\"evaluations\":50,\"best_energy\":9},{\"evaluations\":60,\"best_energy\":8}]", "[{\"evaluations\":20}]"};
    struct runs runs;
    struct gd_text page = {0};
    make_runs(&runs, 3, texts);
    gd_add_best_energy(&page, &runs.results);
    char *drawn = gd_text_take(&page), *data;
    ck_assert_ptr_nonnull(drawn);
    data = data_of(drawn, "best-energy");
    double last = INFINITY, x, y;
    size_t count = 0;
    for (const char *line = data; line && *line; line = strchr(line, '\n') + 1) {
        if (sscanf(line, "&quot;g&quot;,%lf,%lf", &x, &y) != 2)
            continue; /* not known yet */
        ck_assert_double_le(y, last);
        ck_assert_double_ge(x, 50);
        last = y;
        count++;
    }
    ck_assert_uint_ge(count, 100);
    ck_assert_double_eq_tol(last, 6, 1e-12); /* of 4 and 8 */
    free(data);
    free(drawn);
    clear_runs(&runs);
}
END_TEST

/* Clashes are a share of all structures, also where none was taken, for another reason or for that; nothing is the
 * share of none. */
START_TEST(shares_of_rejections)
{
    static const char *const text[] = {"[{\"taken\":6,\"clash\":1,\"not_finite\":1},"
                                       "{\"taken\":0,\"clash\":0,\"below_floor\":64},"
                                       "{\"taken\":0,\"clash\":0},"
                                       "{\"taken\":0,\"clash\":3,\"below_floor\":9},"
                                       "{\"taken\":4,\"clash\":0}]"};
    static const double expected[2][4] = {{0.25, 1, 1, 0}, {0.125, 0, 0.25, 0}}; /* rejected, clashes */
    struct runs runs;
    struct gd_text page = {0};
    make_runs(&runs, 1, text);
    gd_add_traces(&page, &runs.results);
    char *drawn = gd_text_take(&page), *data = data_of(drawn, "rejected");
    const char *line = data;
    ck_assert_uint_eq(count_lines(data), 8);
    for (size_t c = 0; c < 2; c++)
        for (size_t k = 0; k < 4; k++, line = strchr(line, '\n') + 1) {
            double place, share;
            ck_assert_int_eq(sscanf(line, "&quot;g, %*[a-z]&quot;,%lf,%lf", &place, &share), 2);
            ck_assert(place == (double)(k + 1));
            ck_assert_double_eq_tol(share, expected[c][k], 1e-12);
        }
    free(data);
    free(drawn);
    clear_runs(&runs);
}
END_TEST

Suite *suite_traces(void)
{
    Suite *suite = suite_create("traces");
    TCase *tests = tcase_create("traces");
    tcase_add_test(tests, lines_of_one_stage);
    tcase_add_test(tests, shares_of_rejections);
    tcase_add_test(tests, best_energies_never_rise);
    suite_add_tcase(suite, tests);
    return suite;
}
