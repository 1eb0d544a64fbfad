/* Energies are passed on between pipelines where their potentials are written alike, whichever potential it is. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/language/pipeline.h"
#include "engine/run/check.h"
#include "potentials/potential.h"
#include "stages/stages.h"
#include "unit/eam_tables.h"
#include "unit/example.h"
#include "unit/scratch.h"
#include "unit/suites.h"

#define HEAD "godiff: 1\nname: passing\nsystem: {add: %s, region: {sphere: {radius: 3}}}\npotential: %s\n"

static struct gd_registry *registry;
static struct scratch scratch;
static char tables[512], inner[512], outer[512];

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* Checks a file that holds a pipeline; `words` gets its first problem. */
static enum gd_status check_file(const char *path, char words[1000])
{
    struct gd_problems problems = {0};
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline;
    struct gd_state *state = gd_state_new(registry);
    ck_assert_int_eq(gd_tree_read_yaml(&tree, path, &problems), GD_OK);
    enum gd_status status = gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems);
    if (!status)
        status = gd_pipeline_check(&pipeline, state, &problems);
    snprintf(words, 1000, "%s", problems.count ? problems.items[0].text : "");
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&problems);
    return status;
}

/* A pipeline with this potential, and another that takes its archive and has the potential `own`. */
static void write_both(const char *elements, const char *potential, const char *own)
{
    char *text = gd_format(HEAD "steps: [{seed: {count: 2, from: uniform}}, {evaluate: {}}]\n", elements, potential),
         *outside = gd_format(HEAD "steps: [{pipeline: {file: inner.yaml, take: [archive, best]}}]\n", elements, own);
    write_file(inner, text);
    write_file(outer, outside);
    free(text);
    free(outside);
}

/* Whether the potential can be made here, of atoms that it knows; its archive can then be taken. */
static bool try_potential(const char *potential)
{
    static const char *const elements[] = {"Pt2", "Cu2", "Ag2", "H1", NULL};
    char words[1000];
    for (const char *const *element = elements; *element; element++) {
        write_both(*element, potential, potential);
        if (check_file(inner, words) == GD_OK) {
            ck_assert_msg(check_file(outer, words) == GD_OK, "%s: %s", potential, words);
            return true;
        }
    }
    printf("%s: not tried here: %s\n", potential, words);
    return false;
}

/* "{NAME: {...}}", with the tables where a file is wanted. */
static char *write_example(const struct gd_component *component)
{
    const struct gd_param *row = component->params;
    struct gd_text text = {0};
    while (row && row->name && row->type != GD_PATH)
        row++;
    gd_text_print(&text, "{%s: ", component->name);
    example_rows(&text, component->params, row && row->name && !row->optional ? row : NULL, tables);
    gd_text_print(&text, "}");
    return gd_text_take(&text);
}

START_TEST(every_potential_is_the_same_as_itself)
{
    const struct gd_component *const *component = gd_registry_components(registry, "potential");
    int tried = 0, external = 0;
    for (; *component; component++) {
        char *alone = write_example(*component), *term = gd_format("{sum: {first: %s, second: trap}}", alone);
        if (try_potential(alone)) {
            tried++;
            external += ((const struct gd_potential_class *)*component)->external;
            try_potential(term);
        }
        free(term);
        free(alone);
    }
    ck_assert_int_ge(tried, 8);
    ck_assert_int_ge(external, 1);
}
END_TEST

/* What differs is named; what an evaluation does not depend on may differ. */
START_TEST(what_differs_is_named)
{
    static const struct {
        const char *potential, *own, *words;
    } cases[] = {
        {"{lj: {sigma: 2}}", "{lj: {sigma: 2.5}}", "potential.lj.sigma is 2 in its line 4, here it is 2.5"},
        {"{lj: {sigma: 2}}", "{morse: {}}", "potential is {\"lj\":"},
        {"{lj: {}}", "lj", NULL},
        {"{lj: {sigma: 2}}", "{lj: {sigma: 2.00}}", NULL},
        {"{sum: {first: {lj: {sigma: 2}}}}", "{sum: {first: {lj: {sigma: 3}}}}", "potential.sum.first.lj.sigma is 2"},
        {"{ipi: {address: a}}", "{ipi: {address: a, wait: 7}}", NULL},
        {"{ipi: {address: a, version: one}}", "{ipi: {address: a}}", "potential.ipi.version is one"},
    };
    char words[1000];
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        write_both("Pt2", cases[k].potential, cases[k].own);
        const enum gd_status status = check_file(outer, words);
        ck_assert_msg(status == (cases[k].words ? GD_BAD_INPUT : GD_OK), "%s: %s", cases[k].own, words);
        ck_assert_msg(!cases[k].words ||
                          (strstr(words, "pipeline.take: archive is incompatible") && strstr(words, cases[k].words)),
                      "%s: %s", cases[k].own, words);
    }
}
END_TEST

/* A file counts by what is in it. */
START_TEST(files_are_compared_by_content)
{
    struct gd_text text = {0};
    char words[1000], copy[512], *potential, *own;
    eam_setfl(&text, EAM_KINDS, true);
    write_file(scratch_name(&scratch, "copy.eam.fs", copy), text.data);
    potential = gd_format("{eam: {file: %s}}", tables);
    own = gd_format("{eam: {file: %s}}", copy);
    write_both("Cu2", potential, own);
    ck_assert_msg(check_file(outer, words) == GD_OK, "%s", words);
    *text.data = text.data[0] == 'x' ? 'y' : 'x'; /* in its first line, which is a comment */
    write_file(copy, text.data);
    ck_assert_int_eq(check_file(outer, words), GD_BAD_INPUT);
    ck_assert_msg(strstr(words, "potential.eam.file is "), "%s", words);
    free(text.data);
    free(potential);
    free(own);
}
END_TEST

static void setup(void)
{
    struct gd_text text = {0};
    registry = gd_registry_new();
    ck_assert_int_eq(gd_stages_register(registry, NULL), GD_OK);
    scratch = scratch_make();
    scratch_name(&scratch, "inner.yaml", inner);
    scratch_name(&scratch, "outer.yaml", outer);
    eam_setfl(&text, EAM_KINDS, true);
    write_file(scratch_name(&scratch, "tables.eam.fs", tables), text.data);
    free(text.data);
}

static void teardown(void)
{
    scratch_remove(&scratch);
    gd_registry_free(registry);
}

Suite *suite_passing(void);

Suite *suite_passing(void)
{
    Suite *suite = suite_create("passing");
    TCase *tcase = tcase_create("passing");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, every_potential_is_the_same_as_itself);
    tcase_add_test(tcase, what_differs_is_named);
    tcase_add_test(tcase, files_are_compared_by_content);
    suite_add_tcase(suite, tcase);
    return suite;
}
