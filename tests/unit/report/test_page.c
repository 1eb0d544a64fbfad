/* What a page leaves out, it says. */
#include <math.h>
#include <string.h>

#include "engine/base/files.h"
#include "report/page.h"
#include "report/parts.h"
#include "unit/scratch.h"
#include "unit/suites.h"

enum { MOST = 128 };

static size_t count(const char *text, const char *word)
{
    size_t found = 0;
    for (; (text = strstr(text, word)); text++)
        found++;
    return found;
}

static char *take(struct gd_text *text)
{
    char *page = gd_text_take(text);
    ck_assert_ptr_nonnull(page);
    return page;
}

static void put(const char *path, const char *text)
{
    ck_assert_int_eq(gd_file_write(path, text, strlen(text), NULL), GD_OK);
}

/* The page of runs, of which each has a host and a file of its own. */
static char *page_of_runs(size_t runs)
{
    static struct gd_record records[MOST];
    struct gd_archive none[MOST] = {0}, *list = none;
    const struct gd_archives archives = {.list = &list};
    const struct gd_surface surfaces[GD_SURFACES] = {0};
    struct gd_group group = {.name = "g", .records = records, .count = runs};
    struct gd_results results = {.measure = {.column = "evaluations"}, .groups = &group, .count = 1};
    const struct gd_page_facts facts = {.title = "t", .archives = &archives, .surfaces = surfaces};
    struct gd_comparison comparison;
    char summary[200], *page;
    for (size_t r = 0; r < runs; r++) {
        snprintf(summary, sizeof summary,
                 "{\"host\":\"host-%zu.\",\"threads\":%zu,\"inputs\":[{\"use\":\"u\",\"path\":\"/file-%zu.\"}]}", r,
                 r % 3, r);
        records[r] = (struct gd_record){.folder = "none", .state = GD_RUN_FINISHED, .reason = "", .hit = NAN};
        records[r].summary = cJSON_Parse(summary);
        records[r].lines = cJSON_CreateArray();
        ck_assert(records[r].summary && records[r].lines);
    }
    ck_assert_int_eq(gd_comparison_make(&results, &comparison, NULL), GD_OK);
    ck_assert_int_eq(gd_page_write(&results, &comparison, &facts, &page, NULL), GD_OK);
    gd_comparison_clear(&comparison);
    for (size_t r = 0; r < runs; r++) {
        cJSON_Delete(records[r].summary);
        cJSON_Delete(records[r].lines);
    }
    return page;
}

static const struct {
    size_t runs, hosts, files;
    const char *more_hosts, *more_files;
} few_and_many[] = {{16, 16, 16, NULL, NULL},
                    {17, 16, 17, " and 1 more</td>", NULL},
                    {100, 16, 100, " and 84 more</td>", NULL},
                    {103, 16, 100, " and 87 more</td>", "<tr><td>and 3 more</td></tr>"}};

START_TEST(hosts_and_files)
{
    char *page = page_of_runs(few_and_many[_i].runs);
    ck_assert_uint_eq(count(page, "host-"), few_and_many[_i].hosts);
    ck_assert_uint_eq(count(page, "<td>/file-"), few_and_many[_i].files);
    ck_assert_ptr_nonnull(strstr(page, "<td>threads</td><td>0, 1, 2</td>"));
    ck_assert((few_and_many[_i].more_hosts != NULL) == (strstr(page, " more</td>") != NULL));
    ck_assert((few_and_many[_i].more_files != NULL) == (strstr(page, "<tr><td>and ") != NULL));
    ck_assert(!few_and_many[_i].more_hosts || strstr(page, few_and_many[_i].more_hosts));
    ck_assert(!few_and_many[_i].more_files || strstr(page, few_and_many[_i].more_files));
    free(page);
}
END_TEST

/* Histograms and maps of the first variants, which is said only where there are some, and more variants. */
START_TEST(figures_of_the_first)
{
    enum { GROUPS = 8 };
    double energies[] = {-1, -2, -3, -4}, values[] = {1, 2, 3, 4};
    int64_t serials[] = {1, 2, 3, 4};
    struct gd_archive archive = {.count = 4, .energies = energies, .serials = serials}, *lists[GROUPS], none = {0};
    struct gd_archives archives = {.list = lists};
    struct gd_record record = {.lines =
                                   cJSON_Parse("[{\"taken\":2,\"evaluations\":2},{\"taken\":2,\"evaluations\":4}]")};
    struct gd_surface surfaces[GD_SURFACES] = {0};
    struct gd_group groups[GROUPS];
    for (size_t g = 0; g < GROUPS; g++) {
        groups[g] = (struct gd_group){.name = "g", .records = &record, .count = 1};
        lists[g] = &archive;
    }
    for (size_t g = 0; g < GD_SURFACES; g++)
        surfaces[g] = (struct gd_surface){.across = {1, 0},
                                          .up = {0, 1},
                                          .columns = 2,
                                          .rows = 2,
                                          .values = values,
                                          .mark_label = "",
                                          .note = "",
                                          .mark_note = ""};
    for (size_t groups_there = 4; groups_there <= GROUPS; groups_there += 2)
        for (int drawn = 0; drawn < 2; drawn++) {
            const struct gd_results results = {.groups = groups, .count = groups_there};
            struct gd_surface nothing[GD_SURFACES] = {0};
            struct gd_text text = {0};
            for (size_t g = 0; g < GROUPS; g++)
                lists[g] = drawn ? &archive : &none;
            gd_text_print(&text, "-");
            gd_add_surfaces(&text, &results, drawn ? surfaces : nothing);
            gd_add_histograms(&text, &results, &archives);
            char *page = take(&text), maps[64], histograms[64];
            snprintf(maps, sizeof maps, "the first 4 of %zu variants", groups_there);
            snprintf(histograms, sizeof histograms, "the first 6 of %zu variants", groups_there);
            ck_assert((drawn && groups_there > 4) == (strstr(page, maps) != NULL));
            ck_assert((drawn && groups_there > 6) == (strstr(page, histograms) != NULL));
            ck_assert_uint_eq(count(page, "<figure id=\"histogram-"),
                              drawn ? (groups_there < 6 ? groups_there : 6) : 0);
            free(page);
        }
    cJSON_Delete(record.lines);
}
END_TEST

/* Of seven structures the first three were there before the run, or its inner pipeline has passed them on: the columns
 * are of the others, two each, and the range is theirs. */
START_TEST(histograms_of_own_structures)
{
    double energies[] = {-9, -9, -9, -1, -3, -1, -3}, x, value, sums[3] = {0};
    int64_t serials[] = {1, 2, 3, 4, 5, 6, 7};
    struct gd_archive archive = {.count = 7, .energies = energies, .serials = serials}, *list = &archive;
    struct gd_archives archives = {.list = &list};
    struct gd_record record = {.lines = cJSON_Parse("[{\"evaluations\":null},{\"evaluations\":3},"
                                                    "{\"taken\":2,\"evaluations\":5},"
                                                    "{\"evaluations\":5},{\"taken\":2,\"evaluations\":7}]")};
    struct gd_group group = {.name = "g", .records = &record, .count = 1};
    const struct gd_results results = {.groups = &group, .count = 1};
    struct gd_text text = {0};
    gd_add_histograms(&text, &results, &archives);
    char *page = take(&text);
    for (const char *line = page; (line = strstr(line, "share of structures&quot;,")); line++)
        if (sscanf(line, "share of structures&quot;,%lf,%*f,%lf", &x, &value) == 2 && value > 0) {
            ck_assert(x == 1 || x == 2);
            ck_assert_double_eq_tol(value, 0.5, 1e-12);
            sums[(int)x] += value;
        }
    ck_assert_double_eq_tol(sums[1], 1, 1e-12);
    ck_assert_double_eq_tol(sums[2], 1, 1e-12);
    free(page);
    cJSON_Delete(record.lines);
}
END_TEST

/* A pipeline of so many lines, in a file. */
static const char *write_lines(const struct scratch *scratch, const char *name, size_t lines, const char *last,
                               char *path)
{
    struct gd_text text = {0};
    for (size_t k = 0; k + 1 < lines; k++)
        gd_text_print(&text, "- k: %zu\n", k);
    gd_text_print(&text, "%s\n", last);
    char *all = take(&text);
    put(scratch_name(scratch, name, path), all);
    free(all);
    return path;
}

static const struct {
    size_t lines;
    const char *last, *said;
} pipelines[] = {
    {5, "x", "no difference"}, {5, "y", "<span class=\"del\">"}, {4001, "y", "not compared: of 5 and 4001 lines"}};

START_TEST(long_pipelines)
{
    struct scratch scratch = scratch_make();
    char one[512], other[512];
    struct gd_group groups[] = {
        {.name = "a", .pipeline = write_lines(&scratch, "a", 5, "x", one)},
        {.name = "b", .pipeline = write_lines(&scratch, "b", pipelines[_i].lines, pipelines[_i].last, other)}};
    const struct gd_results results = {.groups = groups, .count = 2};
    struct gd_text text = {0};
    gd_add_pipelines(&text, &results);
    char *page = take(&text);
    ck_assert_msg(strstr(page, pipelines[_i].said) != NULL, "%.300s", page);
    free(page);
    scratch_remove(&scratch);
}
END_TEST

/* Structures behind one with another number of atoms are not counted, which is a problem. */
START_TEST(structures_of_several_sizes)
{
    static const char *const files[] = {
        "1\nenergy=-1\nPt 0 0 0\n1\nenergy=-2\nPt 0 0 0\n",
        "1\nenergy=-1\nPt 0 0 0\n2\nenergy=-2\nPt 0 0 0\nPt 3 0 0\n1\nenergy=-3\nPt 0 0 0\n"};
    static const size_t left[] = {2, 1};
    for (size_t c = 0; c < 2; c++) {
        struct scratch scratch = scratch_make();
        char path[512];
        struct gd_record record = {.folder = scratch.path};
        struct gd_group group = {.name = "g", .records = &record, .count = 1};
        struct gd_results results = {.groups = &group, .count = 1};
        struct gd_archives archives;
        put(scratch_name(&scratch, "archive.extxyz", path), files[c]);
        ck_assert_int_eq(gd_archives_read(&results, &archives, NULL), GD_OK);
        ck_assert_uint_eq(archives.list[0][0].count, left[c]);
        ck_assert_uint_eq(results.problems.count, c);
        ck_assert(c == 0 || strstr(results.problems.items[0].text, "structure 2 has another number of atoms"));
        gd_arena_clear(&archives.arena);
        gd_problems_clear(&results.problems);
        scratch_remove(&scratch);
    }
}
END_TEST

/* Every step has its time, however many there are. */
START_TEST(times_of_all_steps)
{
    enum { STEPS = 250 };
    struct gd_record record = {.summary = cJSON_Parse("{\"seconds\":{\"by_step\":{}}}")};
    struct gd_group group = {.name = "g", .records = &record, .count = 1};
    const struct gd_results results = {.groups = &group, .count = 1};
    cJSON *times = cJSON_GetObjectItem(cJSON_GetObjectItem(record.summary, "seconds"), "by_step");
    struct gd_text text = {0};
    for (size_t k = 0; k < STEPS; k++) {
        char name[16];
        snprintf(name, sizeof name, "step-%zu", k);
        cJSON_AddNumberToObject(times, name, 1);
    }
    gd_add_step_times(&text, &results);
    char *page = take(&text);
    ck_assert_uint_eq(count(page, "<td>step-"), STEPS);
    free(page);
    cJSON_Delete(record.summary);
}
END_TEST

Suite *suite_page(void)
{
    Suite *suite = suite_create("page");
    TCase *tests = tcase_create("page");
    tcase_add_loop_test(tests, hosts_and_files, 0, sizeof few_and_many / sizeof *few_and_many);
    tcase_add_test(tests, figures_of_the_first);
    tcase_add_test(tests, histograms_of_own_structures);
    tcase_add_loop_test(tests, long_pipelines, 0, sizeof pipelines / sizeof *pipelines);
    tcase_add_test(tests, structures_of_several_sizes);
    tcase_add_test(tests, times_of_all_steps);
    suite_add_tcase(suite, tests);
    return suite;
}
