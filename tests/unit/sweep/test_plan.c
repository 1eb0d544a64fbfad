/* What command lines and sweep files come to. */
#include <string.h>

#include "sweep/plan.h"
#include "unit/scratch.h"
#include "unit/suites.h"

static const char pipeline[] = "godiff: 1\nname: none\nsteps: []\n";

struct fixture {
    struct scratch scratch;
    struct gd_sweep sweep;
    struct gd_problems problems;
    char file[512];
};

static void set_up(struct fixture *fixture, const char *text)
{
    *fixture = (struct fixture){.scratch = scratch_make()};
    FILE *stream = fopen(scratch_name(&fixture->scratch, "file.yaml", fixture->file), "w");
    fputs(text, stream);
    fclose(stream);
}

static void tear_down(struct fixture *fixture)
{
    gd_sweep_clear(&fixture->sweep);
    gd_problems_clear(&fixture->problems);
    scratch_remove(&fixture->scratch);
}

static enum gd_status plan(struct fixture *fixture, const char *const *vary, size_t count, const char *seeds)
{
    const struct gd_sweep_request request = {.file = fixture->file, .vary = vary, .vary_count = count, .seeds = seeds};
    gd_sweep_clear(&fixture->sweep);
    return gd_sweep_plan(&fixture->sweep, &request, &fixture->problems);
}

START_TEST(all_combinations)
{
    static const char *const vary[] = {"a.b=1,2", "c=[1,2],{x: 3, y: 4},\"p,q\""};
    struct fixture fixture;
    set_up(&fixture, pipeline);
    ck_assert_int_eq(plan(&fixture, vary, 2, "0..1,7"), GD_OK);
    const struct gd_sweep *sweep = &fixture.sweep;
    ck_assert_uint_eq(sweep->count, 6);
    ck_assert_str_eq(sweep->variants[0].name, "a.b=1,c=[1,2]");
    ck_assert_str_eq(sweep->variants[4].name, "a.b=2,c={x: 3, y: 4}");
    ck_assert_uint_eq(sweep->variants[5].set_count, 2);
    ck_assert_str_eq(sweep->variants[5].sets[1].path, "c");
    ck_assert_str_eq(sweep->variants[5].sets[1].value, "\"p,q\"");
    ck_assert_uint_eq(sweep->run_count, 18);
    ck_assert_uint_eq(sweep->runs[17].seed, 7);
    ck_assert_uint_eq(sweep->runs[6].seed, 1);
    ck_assert_uint_eq(sweep->runs[6].variant, 0);
    tear_down(&fixture);
}
END_TEST

/* Names that would meet in one folder when letters are left out, shortened, or lead out of it. */
START_TEST(folders_differ)
{
    static const char *const vary[] = {
        "p=a/b,a_b,a b,a:b,..,.,~,_a_b,"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx1,"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx2"};
    struct fixture fixture;
    set_up(&fixture, pipeline);
    ck_assert_int_eq(plan(&fixture, vary, 1, "0..11"), GD_OK);
    const struct gd_sweep *sweep = &fixture.sweep;
    for (size_t k = 0; k < sweep->run_count; k++) {
        ck_assert_ptr_null(strstr(sweep->runs[k].folder, "/.."));
        ck_assert_ptr_null(strchr(sweep->runs[k].tag, '/'));
        ck_assert_uint_lt(strlen(sweep->runs[k].tag), 128);
        for (size_t j = 0; j < k; j++) {
            ck_assert_str_ne(sweep->runs[k].folder, sweep->runs[j].folder);
            ck_assert_str_ne(sweep->runs[k].tag, sweep->runs[j].tag);
        }
    }
    tear_down(&fixture);
}
END_TEST

/* Names that a sweep file may give and no folder should have. */
START_TEST(folders_lead_nowhere_else)
{
    static const char *const names[] = {"..", ".", ".hidden", "-x", "/", "", "a/../b"};
    struct gd_sweep sweep = {0};
    struct gd_problems problems = {0};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        ck_assert_int_eq(gd_sweep_add_variant(&sweep, names[k], "/file", NULL, 0, (struct gd_place){0}, &problems),
                         GD_OK);
    for (size_t k = 0; k < sweep.count; k++) {
        ck_assert_ptr_null(strchr(sweep.variants[k].slug, '/'));
        ck_assert(sweep.variants[k].slug[0] == '_');
    }
    gd_sweep_clear(&sweep);
}
END_TEST

static const char sweep_file[] = "sweep:\n"
                                 "  base: base.yaml\n"
                                 "  variants:\n"
                                 "    plain:\n"
                                 "    two: {with: {train.steps: 5, system: {add: Pt2}, name: \"5\"}}\n"
                                 "    other: {file: other.yaml}\n"
                                 "  vary: {seed.count: [3, 4]}\n"
                                 "  seeds: [0..2, 9]\n";

START_TEST(sweep_files)
{
    static const char *const vary[] = {"z=1"};
    struct fixture fixture;
    char name[512];
    set_up(&fixture, sweep_file);
    fclose(fopen(scratch_name(&fixture.scratch, "base.yaml", name), "w"));
    fclose(fopen(scratch_name(&fixture.scratch, "other.yaml", name), "w"));
    ck_assert_int_eq(plan(&fixture, vary, 1, NULL), GD_OK);
    const struct gd_sweep *sweep = &fixture.sweep;
    ck_assert_str_eq(sweep->name, "file");
    ck_assert_uint_eq(sweep->count, 6);
    ck_assert_uint_eq(sweep->seed_count, 4);
    ck_assert_str_eq(sweep->variants[0].name, "plain,seed.count=3,z=1");
    ck_assert_str_eq(strrchr(sweep->variants[0].file, '/'), "/base.yaml");
    ck_assert_str_eq(strrchr(sweep->variants[4].file, '/'), "/other.yaml");
    const struct gd_variant *two = &sweep->variants[2];
    ck_assert_uint_eq(two->set_count, 5);
    ck_assert_str_eq(two->sets[0].value, "5");
    ck_assert_str_eq(two->sets[1].path, "system");
    ck_assert_ptr_nonnull(strstr(two->sets[1].value, "add: Pt2"));
    ck_assert_str_eq(two->sets[2].value, "\"5\"");
    ck_assert_str_eq(two->sets[3].path, "seed.count");
    ck_assert_int_eq(plan(&fixture, NULL, 0, "5"), GD_OK);
    ck_assert_uint_eq(fixture.sweep.seed_count, 1);
    tear_down(&fixture);
}
END_TEST

/* What is wrong, and what is said of it. */
static const struct {
    const char *file, *vary, *seeds, *said;
    int line;
} wrong[] = {
    {pipeline, "a", "0", "expected PATH=V1,V2", 0},
    {pipeline, "=1", "0", "expected PATH=V1,V2", 0},
    {pipeline, "a=", "0", "expected PATH=V1,V2", 0},
    {pipeline, "a=1,,2", "0", "value 2 is empty", 0},
    {pipeline, "a=1,2,", "0", "value 3 is empty", 0},
    {pipeline, "a=1,1", "0", "two variants", 0},
    {pipeline, "seed=1", "0", "seeds are varied by --seeds", 0},
    {pipeline, "a=1", NULL, "no seeds", 0},
    {pipeline, "a=1", "", "expected seeds", 0},
    {pipeline, "a=1", "3..1", "is empty", 0},
    {pipeline, "a=1", "-1..1", "expected seeds", 0},
    {pipeline, "a=1", "0..", "expected seeds", 0},
    {pipeline, "a=1", "0..1x", "expected seeds", 0},
    {pipeline, "a=1", "0,", "expected seeds", 0},
    {pipeline, "a=1", "1,0..2", "given twice", 0},
    {pipeline, "a=1", "0..999999999", "more than", 0},
    {pipeline, "a=1", "99999999999999999999", "expected seeds", 0},
    {"sweep: 5\n", "a=1", "0", "expected a map", 1},
    {"sweep:\n  seeds: 0\n", "a=1", "0", "neither `base` nor `variants`", 2},
    {"sweep:\n  base: none.yaml\n", "a=1", "0", "No such file", 2},
    {"sweep:\n  base: [1]\n", "a=1", "0", "expected the name of a pipeline file", 2},
    {"sweep:\n  bsae: a\n", "a=1", "0", "did you mean \"base\"", 2},
    {"sweep:\n  base: .\nsteps: []\n", "a=1", "0", "unknown key \"steps\"", 3},
    {"sweep:\n  variants:\n    a: {with: {b: 1}}\n", "a=1", "0", "no pipeline", 3},
    {"sweep:\n  base: .\n  variants:\n    a: 5\n", "a=1", "0", "expected a map with", 4},
    {"sweep:\n  base: .\n  vary: {b: 5}\n", "a=1", "0", "expected a list", 3},
    {"sweep:\n  base: .\n  seeds: 4..3\n", "a=1", NULL, "is empty", 3},
    {"sweep:\n  base: .\n  variants:\n    a: {with: {b: 1, seed: 5}}\n", "a=1", "0", "seeds are varied by --seeds", 4},
    {"sweep:\n  base: .\n  vary:\n    seed: [1, 2]\n", "a=1", "0", "seeds are varied by --seeds", 4},
    {"sweep: {base: .\n", "a=1", "0", "not valid YAML", 2},
};

START_TEST(wrong_input)
{
    struct fixture fixture;
    set_up(&fixture, wrong[_i].file);
    ck_assert_int_eq(plan(&fixture, &wrong[_i].vary, 1, wrong[_i].seeds), GD_BAD_INPUT);
    ck_assert_uint_gt(fixture.problems.count, 0);
    const struct gd_problem *problem = &fixture.problems.items[0];
    ck_assert_msg(strstr(problem->text, wrong[_i].said) != NULL, "%s", problem->text);
    ck_assert_int_eq(problem->place.line, wrong[_i].line);
    ck_assert_ptr_nonnull(problem->file);
    tear_down(&fixture);
}
END_TEST

/* Every variant has all seeds: one that --set gives would be lost beside them. */
START_TEST(no_seed_by_set)
{
    static const char *const set[] = {"train.steps=5", "seed=7"};
    struct fixture fixture;
    set_up(&fixture, pipeline);
    const struct gd_sweep_request request = {.file = fixture.file, .set = set, .set_count = 2, .seeds = "0..1"};
    ck_assert_int_eq(gd_sweep_plan(&fixture.sweep, &request, &fixture.problems), GD_BAD_INPUT);
    ck_assert_uint_eq(fixture.problems.count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.problems.items[0].text, "seeds are varied by --seeds"));
    ck_assert_str_eq(fixture.problems.items[0].file, "--set");
    tear_down(&fixture);
}
END_TEST

Suite *suite_sweep_plan(void)
{
    Suite *suite = suite_create("sweep_plan");
    TCase *tests = tcase_create("plan");
    tcase_add_test(tests, all_combinations);
    tcase_add_test(tests, folders_differ);
    tcase_add_test(tests, folders_lead_nowhere_else);
    tcase_add_test(tests, sweep_files);
    tcase_add_loop_test(tests, wrong_input, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, no_seed_by_set);
    suite_add_tcase(suite, tests);
    return suite;
}
