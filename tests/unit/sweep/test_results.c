/* The statistics of folders of runs, against numbers that lifelines and statsmodels give for the same data. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "sweep/table.h"
#include "unit/scratch.h"
#include "unit/suites.h"

/* The first hit, or the end of a run without one: negative. */
static const double first[] = {120, 340, 340, 560, -610, 800, 900, 1200, -1200, 1500, -2560, -2560},
                    second[] = {200, 700, 1300, -1500, 1800, 2100, -2560, -2560, -2560, -2560, -2560, -2560};

static void put(const char *folder, const char *name, const char *text)
{
    char *path = gd_file_join(folder, name);
    ck_assert_int_eq(gd_file_write(path, text, strlen(text), NULL), GD_OK);
    free(path);
}

/* What a relaxation has led to: its lowest energy, and how many structures have reached a minimum. */
struct relaxed {
    double energy;
    int converged;
};

/* A run that has hit, or not, after `t` evaluations, in steps of 10; each takes half a second. */
static void write_run(const char *folder, size_t seed, double t, double end, double best, struct relaxed relaxed)
{
    char text[512];
    struct gd_text lines = {0};
    ck_assert_int_eq(gd_directory_make(folder, NULL), GD_OK);
    char hit[32] = "null";
    if (t > 0)
        snprintf(hit, sizeof hit, "%.0f", t);
    snprintf(text, sizeof text,
             "{\"seed\":%zu,\"status\":\"finished\",\"evaluations\":%g,\"best_energy\":%g,"
             "\"target\":{\"evaluation\":%s,\"lowest\":-11.5},\"relaxation\":{\"best_energy\":%g,\"converged\":%d},"
             "\"seconds\":{"
             "\"total\":%g}}",
             seed, end, best, hit, relaxed.energy, relaxed.converged, end / 20);
    put(folder, "summary.json", text);
    for (double at = 10; at <= end; at += 10)
        gd_text_print(&lines, "{\"step\":\"evaluate\",\"evaluations\":%g,\"best_energy\":%g,\"seconds\":0.5}\n", at,
                      at >= 500 ? best : 1.0);
    char *all = gd_text_take(&lines);
    put(folder, "metrics.jsonl", all);
    free(all);
}

static void write_group(const struct scratch *scratch, const char *name, const double *times, double best)
{
    for (size_t k = 0; k < 12; k++) {
        char folder[600], base[512];
        snprintf(folder, sizeof folder, "%s/%zu", scratch_name(scratch, name, base), k + 10);
        write_run(folder, k, times[k], times[k] < 0 ? -times[k] : 2560, best - (double)k,
                  (struct relaxed){best - (double)k - 1, 2});
    }
}

/* The group `one`, and another one. */
static void load_both(const struct scratch *scratch, const char *other, struct gd_measure measure,
                      struct gd_results *results, struct gd_comparison *comparison)
{
    char one[512], two[512];
    struct gd_error error = {0};
    *results = (struct gd_results){.measure = measure};
    ck_assert_int_eq(gd_results_add(results, scratch_name(scratch, "one", one), "", &error), GD_OK);
    ck_assert_int_eq(gd_results_add(results, scratch_name(scratch, other, two), "", &error), GD_OK);
    ck_assert_uint_eq(results->problems.count, 0);
    ck_assert_int_eq(gd_comparison_make(results, comparison, &error), GD_OK);
}

static void load(const struct scratch *scratch, struct gd_measure measure, struct gd_results *results,
                 struct gd_comparison *comparison)
{
    load_both(scratch, "two", measure, results, comparison);
}

static void near(double value, double expected, double tolerance)
{
    ck_assert_msg(fabs(value - expected) <= tolerance, "%.12g, expected %.12g", value, expected);
}

START_TEST(known_statistics)
{
    struct scratch scratch = scratch_make();
    struct gd_results results;
    struct gd_comparison comparison;
    write_group(&scratch, "one", first, 0);
    write_group(&scratch, "two", second, -0.25);
    load(&scratch, (struct gd_measure){.column = "evaluations"}, &results, &comparison);
    const struct gd_row *row = &comparison.rows[0];
    ck_assert(row->runs == 12 && row->finished == 12 && row->hits == 8 && row->failed == 0);
    near(row->rate_low, 0.390622, 1e-6);
    near(row->rate_high, 0.861880, 1e-6);
    near(row->mean, (120 + 340 + 340 + 560 + 800 + 900 + 1200 + 1500) / 8.0, 1e-9);
    ck_assert(comparison.horizon == 2560);
    near(row->restricted, 1230.1587, 5e-5);
    near(row->restricted_error, 265.4453, 5e-5);
    ck_assert(row->median == 900);
    ck_assert(row->best == -11 && row->best_median == -5.5);
    ck_assert(row->relaxed == -12 && row->relaxed_median == -6.5 && row->relaxed_mean == -6.5);
    near(row->seconds, row->cost / 20, 1e-9);
    const struct gd_contrast *contrast = &comparison.contrasts[0];
    near(contrast->log_rank_z, -1.869210, 1e-6); /* the second hits later */
    near(contrast->log_rank_p, 0.061594, 1e-6);
    near(contrast->log_rank_holm, contrast->log_rank_p, 0);
    ck_assert(contrast->pairs == 12);
    near(contrast->lower, 0.25, 1e-12); /* lower in all 12 pairs */
    near(contrast->lower_p, 2 / 4096.0, 1e-12);
    near(contrast->saved, row->restricted - comparison.rows[1].restricted, 1e-9);
    /* Below the target: of each group the last, and only relaxed. */
    struct gd_error error = {0};
    ck_assert_int_eq(gd_results_check(&results, &error), GD_OK);
    ck_assert_ptr_nonnull(results.passed);
    ck_assert_ptr_nonnull(strstr(results.passed, "of 2 of 24 runs"));
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    scratch_remove(&scratch);
}
END_TEST

/* In seconds a hit at evaluation t is at the end of its step, t/10 rounded up, half a second each. */
START_TEST(other_costs)
{
    struct scratch scratch = scratch_make();
    struct gd_results results;
    struct gd_comparison comparison;
    write_group(&scratch, "one", first, 0);
    write_group(&scratch, "two", second, -0.25);
    load(&scratch, (struct gd_measure){.column = "seconds"}, &results, &comparison);
    near(comparison.rows[0].median, 45, 1e-9);
    near(comparison.horizon, 128, 1e-9);
    near(comparison.contrasts[0].log_rank_z, -1.869210, 1e-6);
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    load(&scratch, (struct gd_measure){.column = "evaluations", .by_energy = true, .energy = -6}, &results,
         &comparison);
    ck_assert(comparison.rows[0].hits == 6);
    ck_assert_uint_eq(comparison.at_count, 0);
    near(comparison.rows[0].mean, 500, 0);
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    scratch_remove(&scratch);
}
END_TEST

/* A figure is what metrics.jsonl calls it, letter by letter. */
START_TEST(names_of_figures)
{
    static const struct {
        const char *column;
        enum gd_status status;
        double cost;
    } cases[] = {{"calls", GD_OK, 3}, {"Calls", GD_OK, 70}, {"CALLS", GD_BAD_INPUT, 0}, {"Seconds", GD_BAD_INPUT, 0}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct scratch scratch = scratch_make();
        struct gd_results results = {.measure = {.column = cases[c].column}};
        struct gd_error error = {0};
        char folder[512];
        write_run(scratch_name(&scratch, "run", folder), 1, 10, 10, -1, (struct relaxed){-1, 1});
        put(folder, "metrics.jsonl",
            "{\"calls\":1,\"Calls\":30,\"seconds\":1}\n{\"calls\":2,\"Calls\":40,\"seconds\":1}\n");
        ck_assert_int_eq(gd_results_add(&results, folder, "", &error), GD_OK);
        ck_assert_int_eq(gd_results_check(&results, &error), cases[c].status);
        near(results.groups[0].records[0].end, cases[c].cost, 0);
        ck_assert_msg(!cases[c].status || strstr(error.text, "they have calls, Calls, seconds"), "%s", error.text);
        gd_results_clear(&results);
        scratch_remove(&scratch);
    }
}
END_TEST

/* Of a pipeline with an inner one, or one within that: the energies and evaluations that count are those of its own
 * steps, and so is the hit at its evaluation 3; what has been spent by then was spent by all. */
START_TEST(steps_of_inner_pipelines)
{
    static const char apart[] =
        "{\"step\":\"in/evaluate\",\"evaluations\":10,\"best_energy\":-9,\"calls\":100,\"waits\":5}\n"
        "{\"step\":\"in\",\"evaluations\":null,\"best_energy\":null,\"calls\":7}\n"
        "{\"step\":\"evaluate\",\"evaluations\":4,\"best_energy\":2,\"calls\":20}\n"
        "{\"step\":\"on/in/evaluate\",\"evaluations\":50,\"best_energy\":-8,\"calls\":300}\n"
        "{\"step\":\"evaluate-2\",\"evaluations\":8,\"best_energy\":1,\"calls\":40}\n",
                      passed_on[] = "{\"step\":\"in/evaluate\",\"evaluations\":10,\"best_energy\":-9,\"calls\":100}\n"
                                    "{\"step\":\"in\",\"evaluations\":10,\"best_energy\":-9,\"calls\":7}\n"
                                    "{\"step\":\"evaluate\",\"evaluations\":14,\"best_energy\":-9,\"calls\":20}\n";
    static const struct {
        const char *lines;
        struct gd_measure measure;
        double hit, end, at, best; /* the best energy at a cost */
    } cases[] = {
        {apart, {.column = "evaluations"}, 3, 8, 3, NAN},
        {apart, {.column = "evaluations", .by_energy = true, .energy = 1.5}, 8, 8, 4, 2},
        {apart, {.column = "evaluations", .by_energy = true, .energy = 0}, NAN, 8, 50, 1},
        {apart, {.column = "calls"}, 100 + 7 + 20, 467, 126, NAN},
        {apart, {.column = "calls", .by_energy = true, .energy = 1.5}, 467, 467, 466, 2},
        {apart, {.column = "waits"}, 5, 5, 5, 1},
        {passed_on, {.column = "evaluations", .by_energy = true, .energy = -9}, 10, 14, 9, NAN},
        {passed_on, {.column = "calls", .by_energy = true, .energy = -9}, 107, 127, 107, -9},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct scratch scratch = scratch_make();
        struct gd_results results = {.measure = cases[c].measure};
        struct gd_error error = {0};
        char folder[512], text[100];
        ck_assert_int_eq(gd_directory_make(scratch_name(&scratch, "run", folder), NULL), GD_OK);
        snprintf(text, sizeof text, "{\"status\":\"finished\",\"evaluations\":%d,\"target\":{\"evaluation\":3}}",
                 cases[c].lines == apart ? 8 : 14);
        put(folder, "summary.json", text);
        put(folder, "metrics.jsonl", cases[c].lines);
        ck_assert_int_eq(gd_results_add(&results, folder, "", &error), GD_OK);
        ck_assert_int_eq(gd_results_check(&results, &error), GD_OK);
        const struct gd_record *record = &results.groups[0].records[0];
        const double best = gd_record_best_at(record, cases[c].at);
        ck_assert_msg(isnan(cases[c].hit) ? isnan(record->hit) : record->hit == cases[c].hit, "case %zu: hit %g", c,
                      record->hit);
        ck_assert_msg(record->end == cases[c].end, "case %zu: end %g", c, record->end);
        ck_assert_msg(isnan(cases[c].best) ? isnan(best) : best == cases[c].best, "case %zu: best %g", c, best);
        gd_results_clear(&results);
        scratch_remove(&scratch);
    }
}
END_TEST

/* From evaluation 500 on a run k has its best energy -k, before 1 eV. */
START_TEST(best_energies_at_costs)
{
    static const double at[] = {5, 10, 499, 500, 1e9};
    static const double expected[] = {NAN, 1, 1, -5.5, -5.5};
    struct scratch scratch = scratch_make();
    struct gd_results results;
    struct gd_comparison comparison;
    write_group(&scratch, "one", first, 0);
    write_group(&scratch, "two", second, -0.25);
    load(&scratch, (struct gd_measure){.column = "evaluations", .at = at, .at_count = 5}, &results, &comparison);
    ck_assert(isnan(comparison.best_at[0]));
    for (size_t k = 1; k < 5; k++)
        near(comparison.best_at[k], expected[k], 1e-12);
    near(comparison.best_at[9], -5.75, 1e-12);
    char *csv = gd_table_write(&comparison, GD_TABLE_CSV), *text = gd_table_write(&comparison, GD_TABLE_TEXT);
    ck_assert_ptr_nonnull(strstr(csv, ",best_energy_at_5,best_energy_at_10,best_energy_at_499,best_energy_at_500,"));
    ck_assert_ptr_nonnull(strstr(csv, ",,1,1,-5.5,-5.5\n"));
    ck_assert_ptr_nonnull(strstr(text, "best at 500 (eV)"));
    free(csv);
    free(text);
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    scratch_remove(&scratch);
}
END_TEST

START_TEST(unfinished_runs_do_not_count)
{
    struct scratch scratch = scratch_make();
    struct gd_results results;
    struct gd_comparison comparison;
    char folder[512];
    write_group(&scratch, "one", first, 0);
    write_group(&scratch, "two", second, -0.25);
    put(scratch_name(&scratch, "two/10", folder), "summary.json", "{\"status\":\"failed\",\"message\":\"a, b\"}");
    put(scratch_name(&scratch, "two/11", folder), "summary.json", "{\"status\":\"interrupted\"}");
    load(&scratch, (struct gd_measure){.column = "evaluations"}, &results, &comparison);
    const struct gd_row *row = &comparison.rows[1];
    ck_assert(row->runs == 12 && row->finished == 10 && row->failed == 1);
    ck_assert(comparison.contrasts[0].pairs == 10);
    char *text = gd_table_write_runs(&results);
    ck_assert_ptr_nonnull(strstr(text, "\"a, b\"\n"));
    ck_assert_ptr_nonnull(strstr(text, ",failed,"));
    free(text);
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    scratch_remove(&scratch);
}
END_TEST

/* Hits are a share of the runs with a target: CSV and JSON say how many these are. */
START_TEST(searches_are_a_number)
{
    struct scratch scratch = scratch_make();
    struct gd_results results;
    struct gd_comparison comparison;
    char folder[512];
    write_group(&scratch, "one", first, 0);
    write_group(&scratch, "two", second, -0.25);
    put(scratch_name(&scratch, "one/10", folder), "summary.json", "{\"seed\":0,\"status\":\"finished\"}");
    load(&scratch, (struct gd_measure){.column = "evaluations"}, &results, &comparison);
    char *csv = gd_table_write(&comparison, GD_TABLE_CSV), *json = gd_table_write(&comparison, GD_TABLE_JSON);
    ck_assert_msg(strstr(csv, ",finished,failed,searches,hits,") != NULL, "%s", csv);
    ck_assert_msg(strstr(csv, "one,12,12,0,11,7,") != NULL, "%s", csv);
    ck_assert_msg(strstr(json, "\"searches\":\t11") != NULL, "%s", json);
    near(comparison.rows[0].rate, 7 / 11.0, 1e-12);
    free(csv);
    free(json);
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    scratch_remove(&scratch);
}
END_TEST

/* Where nothing is sought, nothing is known of how long that takes: no number of a search is in CSV. */
START_TEST(nothing_sought)
{
    static const char *const searches[] = {"hits",       "rate",        "first_hit_mean", "first_hit_median", "cost99",
                                           "cost99_low", "cost99_high", "restarts99",     "restart_length",   NULL};
    struct scratch scratch = scratch_make();
    struct gd_results results = {.measure = {.column = "evaluations"}};
    struct gd_comparison comparison;
    char folder[512];
    ck_assert_int_eq(gd_directory_make(scratch_name(&scratch, "run", folder), NULL), GD_OK);
    put(folder, "summary.json", "{\"status\":\"finished\",\"evaluations\":7,\"best_energy\":-1}");
    ck_assert_int_eq(gd_results_add(&results, folder, "x", NULL), GD_OK);
    ck_assert_int_eq(gd_comparison_make(&results, &comparison, NULL), GD_OK);
    char *csv = gd_table_write(&comparison, GD_TABLE_CSV), *head = csv, *row = strchr(csv, '\n') + 1;
    size_t found = 0;
    for (size_t length; *head != '\n'; head += length + (head[length] == ','), row += strcspn(row, ",\n") + 1) {
        length = strcspn(head, ",\n");
        for (size_t k = 0; searches[k]; k++)
            if (strlen(searches[k]) == length && !strncmp(searches[k], head, length)) {
                ck_assert_msg(*row == ',', "%s: %s", searches[k], row);
                found++;
            }
    }
    ck_assert_uint_eq(found, sizeof searches / sizeof *searches - 1);
    free(csv);
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    scratch_remove(&scratch);
}
END_TEST

/* A run that is in a folder twice, or another one of its seed, is no further pair. */
START_TEST(seeds_pair_once)
{
    struct scratch scratch = scratch_make();
    struct gd_results results;
    struct gd_comparison comparison;
    char folder[512];
    write_group(&scratch, "one", first, 0);
    write_group(&scratch, "two", second, -0.25);
    for (size_t k = 0; k < 3; k++) {
        char name[32];
        snprintf(name, sizeof name, "two/9%zu", k);
        write_run(scratch_name(&scratch, name, folder), 5, 100, 2560, -500, (struct relaxed){-501, 1});
    }
    load(&scratch, (struct gd_measure){.column = "evaluations"}, &results, &comparison);
    ck_assert(comparison.rows[1].runs == 15);
    ck_assert(comparison.contrasts[0].pairs == 12);
    near(comparison.contrasts[0].lower, 0.25, 1e-12);
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    scratch_remove(&scratch);
}
END_TEST

/* Tables of a potential that were edited between two runs; the pipeline itself may be another file. */
START_TEST(files_that_were_edited)
{
    static const struct {
        const char *use, *digest, *section; /* section: of which the runs are not; NULL: none */
    } cases[] = {{"potential.eam.file", "1b", "potential"},
                 {"potential.eam.file", "1a", NULL},
                 {"system.template.file", "1b", "system"},
                 {"pipeline", "1b", NULL},
                 {"system.template.file", "", "same files of the section system is not known"},
                 {"pipeline", "", NULL},
                 {"seed.file", "1b", NULL},
                 {"potentials.file", "1b", NULL}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct scratch scratch = scratch_make();
        struct gd_results results = {.measure = {.column = "evaluations"}};
        struct gd_error error = {0};
        char base[512], name[32], text[200];
        for (int k = 0; k < 3; k++) {
            snprintf(name, sizeof name, "runs/%d", k);
            ck_assert_int_eq(gd_directory_make(scratch_name(&scratch, name, base), NULL), GD_OK);
            snprintf(text, sizeof text,
                     "{\"seed\":%d,\"status\":\"finished\",\"inputs\":[{\"use\":\"%s\",\"sha256\":\"%s\"}]}", k,
                     cases[c].use, k < 2 ? "1a" : cases[c].digest);
            put(base, "summary.json", text);
        }
        ck_assert_int_eq(gd_results_add(&results, scratch_name(&scratch, "runs", base), "", &error), GD_OK);
        ck_assert_int_eq(gd_results_check(&results, &error), GD_OK);
        ck_assert((results.mixed != NULL) == (cases[c].section != NULL));
        ck_assert(!cases[c].section || strstr(results.mixed, cases[c].section) != NULL);
        gd_results_clear(&results);
        scratch_remove(&scratch);
    }
}
END_TEST

/* Relaxations at the end that differ, by pipelines of three runs; one that is left out is no other one. */
START_TEST(relaxations_of_one_kind)
{
    static const struct {
        const char *pipelines[3];
        bool mixed;
    } cases[] = {
        {{"minima: {count: 2}\n", "minima:\n  count: 2\n", "minima: {count: 2}\n"}, false},
        {{"minima: {count: 2}\n", "minima: {count: 1}\n", "minima: {count: 2}\n"}, true},
        {{"minima: {count: 2}\n", "minima: {count: 0}\n", "x: 1\n"}, false},
        {{"minima: {count: 0}\n", "minima: {count: 2}\n", "minima: {count: 1}\n"}, true},
        {{"minima: {count: 2, print: {discount: 0}}\n", "minima: {count: 2, print: {discount: 1}}\n", "x: 1\n"}, true},
        {{"minima: {count: 0, steps: 1}\n", "minima: none\n", "minima: {count: 2, steps: 2}\n"}, false},
        {{"target: {energy: 1}\n", "x: 1\n", "x: 1\n"}, true},
        {{"target: {energy: 1}\n", "[\n", "target: {energy: 1}\n"}, false},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct scratch scratch = scratch_make();
        struct gd_results results = {.measure = {.column = "evaluations"}};
        struct gd_error error = {0};
        char base[512], name[32];
        for (int k = 0; k < 3; k++) {
            snprintf(name, sizeof name, "runs/%d", k);
            ck_assert_int_eq(gd_directory_make(scratch_name(&scratch, name, base), NULL), GD_OK);
            put(base, "pipeline.yaml", cases[c].pipelines[k]);
        }
        ck_assert_int_eq(gd_results_add(&results, scratch_name(&scratch, "runs", base), "", &error), GD_OK);
        ck_assert_int_eq(gd_results_check(&results, &error), GD_OK);
        ck_assert_msg((results.mixed != NULL) == cases[c].mixed, "case %zu: %s", c, results.mixed ? results.mixed : "");
        gd_results_clear(&results);
        scratch_remove(&scratch);
    }
}
END_TEST

/* A run is there once, whatever it is called: folders of two runs, given under these names. */
START_TEST(runs_that_are_there_twice)
{
    static const struct {
        const char *names[2], *said; /* NULL: nothing */
    } cases[] = {
        {{"runs", "others"}, NULL},          {{"runs", "runs"}, "2 of 4 runs"},   {{"runs", "runs/"}, "2 of 4 runs"},
        {{"runs", "linked"}, "2 of 4 runs"}, {{"runs", "runs/1"}, "1 of 3 runs"}, {{"runs/0", "runs/1"}, NULL},
    };
    struct scratch scratch = scratch_make();
    char base[512], link[512];
    for (int k = 0; k < 4; k++) {
        char name[32];
        snprintf(name, sizeof name, "%s/%d", k < 2 ? "runs" : "others", k % 2);
        ck_assert_int_eq(gd_directory_make(scratch_name(&scratch, name, base), NULL), GD_OK);
        put(base, "summary.json", "{\"status\":\"finished\"}");
    }
    ck_assert_int_eq(symlink(scratch_name(&scratch, "runs", base), scratch_name(&scratch, "linked", link)), 0);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct gd_results results = {.measure = {.column = "evaluations"}};
        for (int k = 0; k < 2; k++)
            ck_assert_int_eq(gd_results_add(&results, scratch_name(&scratch, cases[c].names[k], base), "x", NULL),
                             GD_OK);
        ck_assert_int_eq(gd_results_check(&results, NULL), GD_OK);
        ck_assert_msg((results.repeated != NULL) == (cases[c].said != NULL), "case %zu", c);
        ck_assert(!cases[c].said || strstr(results.repeated, cases[c].said) == results.repeated);
        gd_results_clear(&results);
    }
    scratch_remove(&scratch);
}
END_TEST

/* Runs of which none is finished: nothing is known, and nothing fails. */
START_TEST(nothing_finished)
{
    struct scratch scratch = scratch_make();
    struct gd_results results = {.measure = {.column = "evaluations"}};
    struct gd_comparison comparison;
    struct gd_error error = {0};
    char folder[512];
    ck_assert_int_eq(gd_directory_make(scratch_name(&scratch, "run", folder), &error), GD_OK);
    put(folder, "pipeline.yaml", "x: 1\n");
    ck_assert_int_eq(gd_results_add(&results, folder, "", &error), GD_OK);
    ck_assert_int_eq(gd_comparison_make(&results, &comparison, &error), GD_OK);
    for (int format = 0; gd_table_formats[format]; format++) {
        char *text = gd_table_write(&comparison, (enum gd_table_format)format);
        ck_assert_ptr_nonnull(text);
        ck_assert_ptr_null(strstr(text, "nan"));
        free(text);
    }
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    ck_assert_int_eq(gd_results_add(&results, "/nowhere", "", &error), GD_BAD_INPUT);
    gd_results_clear(&results);
    scratch_remove(&scratch);
}
END_TEST

/* That the table says which energies it has compared, in every format. */
static void check_energies(const struct gd_comparison *comparison, bool relaxed)
{
    static const char *const around[][2] = {
        {"  ", "  "}, {",", "\n"}, {"\"energies\":\t\"", "\""}, {"| ", " |"}, {"& ", " &"}};
    const char *word = relaxed ? "relaxed" : "search";
    ck_assert(comparison->contrasts[0].relaxed == relaxed);
    for (int format = 0; gd_table_formats[format]; format++) {
        char *text = gd_table_write(comparison, (enum gd_table_format)format), expected[64];
        snprintf(expected, sizeof expected, "%s%s%s", around[format][0], word, around[format][1]);
        ck_assert_msg(strstr(text, expected) != NULL, "no %s in %s", expected, text);
        ck_assert((format != GD_TABLE_CSV && !relaxed) == (strstr(text, "Not all runs have relaxed energies") != NULL));
        free(text);
    }
}

/* Of two searches the one is lower as it ends, and the other when all is relaxed. Where the relaxation of one run is
 * missing or has reached no minimum, the energies of the searches are compared, of all runs. */
START_TEST(energies_of_one_kind)
{
    static const struct {
        struct relaxed last; /* of the last run of the second group */
        bool relaxed;
        double lower;
    } cases[] = {{{-13.5, 2}, true, -0.5}, {{-13.5, 0}, false, 0.25}, {{NAN, 0}, false, 0.25}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct scratch scratch = scratch_make();
        struct gd_results results;
        struct gd_comparison comparison;
        char folder[512];
        for (size_t k = 0; k < 12; k++) {
            const double best = -(double)k;
            char name[32];
            snprintf(name, sizeof name, "one/%zu", k);
            write_run(scratch_name(&scratch, name, folder), k, 100, 2560, best, (struct relaxed){best - 3, 1});
            snprintf(name, sizeof name, "two/%zu", k);
            write_run(scratch_name(&scratch, name, folder), k, 100, 2560, best - 0.25,
                      k < 11 ? (struct relaxed){best - 2.5, 1} : cases[c].last);
        }
        if (isnan(cases[c].last.energy))
            put(folder, "summary.json", "{\"seed\":11,\"status\":\"finished\",\"best_energy\":-11.25}");
        load(&scratch, (struct gd_measure){.column = "evaluations"}, &results, &comparison);
        near(comparison.contrasts[0].lower, cases[c].lower, 1e-12);
        near(comparison.contrasts[0].lower_p, 2 / 4096.0, 1e-12);
        ck_assert(comparison.rows[0].relaxed_median == -8.5);
        ck_assert(isfinite(comparison.rows[1].relaxed_median) == cases[c].relaxed);
        check_energies(&comparison, cases[c].relaxed);
        gd_comparison_clear(&comparison);
        gd_results_clear(&results);
        scratch_remove(&scratch);
    }
}
END_TEST

/* A summary of a finished run of which some relaxations have converged, and not always the lowest. */
static void put_relaxed(const struct scratch *scratch, const char *name, const char *accepted, const char *relaxation)
{
    char folder[512], text[512];
    ck_assert_int_eq(gd_directory_make(scratch_name(scratch, name, folder), NULL), GD_OK);
    snprintf(text, sizeof text,
             "{\"seed\":%c,\"status\":\"finished\",%s,\"target\":{},\"relaxation\":{\"best_energy\":-2,%s}}",
             name[strlen(name) - 1], accepted, relaxation);
    put(folder, "summary.json", text);
}

/* What misleads is said in every format for reading, as a line, a paragraph or a string of its own, with the signs that
 * a name needs there; and is in the numbers of CSV. */
START_TEST(notes_in_every_format)
{
    static const struct {
        const char *few, *name;
    } written[] = {[GD_TABLE_TEXT] = {"\nFewer than 10 runs say little.\n", "two_b"},
                   [GD_TABLE_JSON] = {"\"Fewer than 10 runs say little\"", "two_b"},
                   [GD_TABLE_MARKDOWN] = {"\n\nFewer than 10 runs say little.\n", "two\\_b"},
                   [GD_TABLE_LATEX] = {"\n\nFewer than 10 runs say little.\n", "two\\_b"}};
    static const char good[] = "\"accepted\":1,\"rejected\":3,\"best_energy\":-1",
                      none[] = "\"accepted\":0,\"rejected\":4,\"best_energy\":null",
                      all[] = "\"relaxed\":4,\"converged\":4,\"lowest_minimum\":-2",
                      half[] = "\"relaxed\":4,\"converged\":2,\"lowest_minimum\":-2",
                      few[] = "\"relaxed\":4,\"converged\":1,\"lowest_minimum\":-2",
                      high[] = "\"relaxed\":4,\"converged\":3,\"lowest_minimum\":-1",
                      missed[] = "\"relaxed\":4,\"converged\":0,\"lowest_minimum\":null",
                      older[] = "\"relaxed\":4,\"converged\":2";
    static const struct {
        const char *accepted, *relaxation[2], *note; /* of two runs of the second group; NULL: none */
    } cases[] = {
        {good, {all, all}, NULL},
        {good, {half, older}, NULL},
        {good, {all, few}, NULL},
        {good, {half, few}, "3 of 8 relaxations at the end have converged: relaxed"},
        {good,
         {all, high},
         "7 of 8 relaxations at the end have converged, and not that of the lowest structure in 1 of 2 runs: "
         "relaxed"},
        {good,
         {missed, missed},
         "0 of 8 relaxations at the end have converged, and not that of the lowest structure in 2 of 2 runs: "
         "relaxed"},
        {none, {all, all}, "all structures were rejected in 1 of 2 runs, which count as searches without a hit"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct scratch scratch = scratch_make();
        struct gd_results results;
        struct gd_comparison comparison;
        put_relaxed(&scratch, "one/1", good, all);
        put_relaxed(&scratch, "one/2", good, all);
        put_relaxed(&scratch, "two_b/1", cases[c].accepted, cases[c].relaxation[0]);
        put_relaxed(&scratch, "two_b/2", good, cases[c].relaxation[1]);
        load_both(&scratch, "two_b", (struct gd_measure){.column = "evaluations"}, &results, &comparison);
        for (int format = 0; gd_table_formats[format]; format++) {
            char *text = gd_table_write(&comparison, (enum gd_table_format)format), note[256] = "";
            const bool notes = format != GD_TABLE_CSV;
            if (notes && cases[c].note)
                snprintf(note, sizeof note, "%s: %s", written[format].name, cases[c].note);
            ck_assert_msg(strstr(text, note) != NULL, "case %zu: %s", c, text);
            ck_assert((cases[c].note && notes) == (strstr(text, "relaxations at") || strstr(text, "all structures")));
            ck_assert_msg(notes ? strstr(text, written[format].few) != NULL : !strstr(text, "Fewer than"), "%s", text);
            free(text);
        }
        gd_comparison_clear(&comparison);
        gd_results_clear(&results);
        scratch_remove(&scratch);
    }
}
END_TEST

/* Names that mean something in a format. */
START_TEST(escaped_names)
{
    static const struct {
        enum gd_table_format format;
        const char *name, *written;
    } cases[] = {
        {GD_TABLE_CSV, "a,\"b\"", "\"a,\"\"b\"\"\",1,"},
        {GD_TABLE_MARKDOWN, "a|b_c", "| a\\|b\\_c |"},
        {GD_TABLE_LATEX, "a_b&c%", "a\\_b\\&c\\% &"},
        {GD_TABLE_LATEX, "~/a\\b^2>1", "\\textasciitilde{}/a\\textbackslash{}b\\textasciicircum{}2$>$1 &"},
        {GD_TABLE_JSON, "a\"b", "\"a\\\"b\""},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_record record = {
            .folder = "x", .state = GD_RUN_FINISHED, .reason = "", .hit = 5, .end = 10, .sought = true};
        struct gd_group group = {.name = cases[k].name, .records = &record, .count = 1};
        struct gd_results results = {.measure = {.column = "evaluations"}, .groups = &group, .count = 1};
        struct gd_comparison comparison;
        ck_assert_int_eq(gd_comparison_make(&results, &comparison, NULL), GD_OK);
        char *text = gd_table_write(&comparison, cases[k].format);
        ck_assert_msg(strstr(text, cases[k].written) != NULL, "%s", text);
        free(text);
        gd_comparison_clear(&comparison);
    }
}
END_TEST

/* Energies that differ by less than is printed are equal, without a sign; of others, LaTeX has a minus and no hyphen.
 */
START_TEST(signs_of_differences)
{
    static const struct {
        double lower;
        const char *text, *latex;
    } cases[] = {{-1e-6, " 0.0000 ", "& 0.0000 &"},
                 {1e-6, " 0.0000 ", "& 0.0000 &"},
                 {-0.25, " -0.2500 ", "& $-$0.2500 &"},
                 {0.25, " 0.2500 ", "& 0.2500 &"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_record records[2] = {
            {.folder = "x", .state = GD_RUN_FINISHED, .reason = "", .hit = NAN, .end = 10, .best = -3, .relaxed = NAN},
            {.folder = "y", .state = GD_RUN_FINISHED, .reason = "", .hit = NAN, .end = 10, .relaxed = NAN}};
        records[1].best = records[0].best - cases[k].lower;
        struct gd_group groups[2] = {{.name = "a", .records = &records[0], .count = 1},
                                     {.name = "b-2", .records = &records[1], .count = 1}};
        struct gd_results results = {.measure = {.column = "evaluations"}, .groups = groups, .count = 2};
        struct gd_comparison comparison;
        ck_assert_int_eq(gd_comparison_make(&results, &comparison, NULL), GD_OK);
        char *text = gd_table_write(&comparison, GD_TABLE_TEXT), *latex = gd_table_write(&comparison, GD_TABLE_LATEX);
        ck_assert_msg(strstr(text, cases[k].text) && !strstr(text, "-0.0000"), "%s", text);
        ck_assert_msg(strstr(latex, cases[k].latex) && strstr(latex, "b-2 $-$ a &"), "%s", latex);
        free(text);
        free(latex);
        gd_comparison_clear(&comparison);
    }
}
END_TEST

Suite *suite_sweep_results(void)
{
    Suite *suite = suite_create("sweep_results");
    TCase *tests = tcase_create("results");
    tcase_add_test(tests, known_statistics);
    tcase_add_test(tests, other_costs);
    tcase_add_test(tests, names_of_figures);
    tcase_add_test(tests, steps_of_inner_pipelines);
    tcase_add_test(tests, best_energies_at_costs);
    tcase_add_test(tests, unfinished_runs_do_not_count);
    tcase_add_test(tests, energies_of_one_kind);
    tcase_add_test(tests, notes_in_every_format);
    tcase_add_test(tests, searches_are_a_number);
    tcase_add_test(tests, nothing_sought);
    tcase_add_test(tests, seeds_pair_once);
    tcase_add_test(tests, files_that_were_edited);
    tcase_add_test(tests, relaxations_of_one_kind);
    tcase_add_test(tests, runs_that_are_there_twice);
    tcase_add_test(tests, nothing_finished);
    tcase_add_test(tests, escaped_names);
    tcase_add_test(tests, signs_of_differences);
    suite_add_tcase(suite, tests);
    return suite;
}
