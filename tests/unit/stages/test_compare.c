/* The shipped pipelines against what other builds may have written of them: whether a run of the one may go on as the
 * other. What the parser makes of a text is the independent statement. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/language/compare.h"
#include "engine/language/pipeline.h"
#include "stages/stages.h"
#include "unit/suites.h"

#define PIPELINES GD_TEST_DATA "/../../pipelines"

static struct gd_registry *registry;
static struct gd_error error;
static char file[512]; /* of the pipeline at hand */
static struct gd_pipeline pipeline;
static struct gd_tree now, former; /* of the pipeline; what another build has written */
static char *text;
static bool holds_pipelines; /* among its steps, which only a run writes beside it: the text alone cannot be built */

/* Builds a pipeline of a text; false when it is none. */
static bool build(struct gd_pipeline *built, const char *written)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    bool fine = gd_tree_parse_yaml(&tree, file, written, strlen(written), &problems) == GD_OK;
    fine = gd_pipeline_build(built, registry, &tree, NULL, 0, &problems) == GD_OK && fine;
    gd_problems_clear(&problems);
    return fine;
}

static void open_pipeline(const char *name)
{
    struct gd_problems problems = {0};
    struct gd_tree tree = {0};
    snprintf(file, sizeof file, PIPELINES "/%s", name);
    ck_assert_int_eq(gd_tree_read_yaml(&tree, file, &problems), GD_OK);
    ck_assert_int_eq(gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems), GD_OK);
    gd_problems_clear(&problems);
    ck_assert(gd_pipeline_tree(&pipeline, &now));
    text = gd_tree_write_yaml(now.root);
    holds_pipelines = strstr(text, "- pipeline:") != NULL;
    ck_assert_int_eq(gd_tree_parse_yaml(&former, "former.yaml", text, strlen(text), &problems), GD_OK);
}

static void close_pipeline(void)
{
    free(text);
    gd_tree_clear(&former);
    gd_tree_clear(&now);
    gd_pipeline_clear(&pipeline);
}

static enum gd_status compare(void)
{
    const struct gd_compare_options comparison = {.registry = registry, .file = "former.yaml"};
    error = (struct gd_error){0};
    return gd_pipelines_compare(&comparison, former.root, now.root, &error);
}

/* Calls `visit` with all maps of parameters: what is in the sections, and in the steps under their words. */
static size_t visited;

static void visit_maps(struct gd_node *map, void (*visit)(struct gd_node *map))
{
    if (map->kind != GD_NODE_MAP)
        return;
    visit(map);
    visited++;
    for (struct gd_node *child = map->children; child; child = child->next)
        if (strcmp(child->key, "steps") != 0)
            visit_maps(child, visit);
}

static void visit_steps(struct gd_node *steps, void (*visit)(struct gd_node *map))
{
    for (struct gd_node *step = steps ? steps->children : NULL; step; step = step->next) {
        if (strcmp(step->children->key, "pipeline") != 0)
            visit_maps(step->children, visit);
        visit_steps(gd_node_get(step->children, "steps"), visit);
    }
}

static void visit_all(void (*visit)(struct gd_node *map))
{
    DIR *folder = opendir(PIPELINES);
    ck_assert_ptr_nonnull(folder);
    visited = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".yaml") != 0)
            continue;
        open_pipeline(entry->d_name);
        ck_assert_msg(compare() == GD_OK, "%s", error.text);
        for (struct gd_node *section = former.root->children; section; section = section->next)
            if (strcmp(section->key, "steps") != 0)
                visit_maps(section, visit);
        visit_steps(gd_node_get(former.root, "steps"), visit);
        close_pipeline();
    }
    closedir(folder);
    ck_assert_uint_gt(visited, 200);
}

/* Leaves out one key after another: no difference where the parser's default is what was written. */
static size_t same_count, other_count;

static void leave_out(struct gd_node *map)
{
    for (struct gd_node **link = &map->children; *link; link = &(*link)->next) {
        struct gd_node *left_out = *link;
        struct gd_pipeline other;
        if (strcmp(left_out->key, "steps") == 0 || holds_pipelines)
            continue;
        *link = left_out->next;
        map->count--;
        char *written = gd_tree_write_yaml(former.root);
        bool same = build(&other, written);
        char *made = same ? gd_pipeline_yaml(&other) : NULL;
        same = same && strcmp(made, text) == 0;
        ck_assert_msg(compare() == (same ? GD_OK : GD_BAD_INPUT), "%s without %s: %s", file, left_out->key, error.text);
        *(same ? &same_count : &other_count) += 1;
        *link = left_out;
        map->count++;
        gd_pipeline_clear(&other);
        free(made);
        free(written);
    }
}

START_TEST(what_is_left_out_has_its_default)
{
    same_count = other_count = 0;
    visit_all(leave_out);
    ck_assert_uint_gt(same_count, 500);
    ck_assert_uint_gt(other_count, 100);
}
END_TEST

/* Another value is refused, with both. */
static void change(struct gd_node *map)
{
    for (struct gd_node *child = map->children; child; child = child->next) {
        const char *value = child->text;
        if (child->kind != GD_NODE_SCALAR)
            continue;
        child->text = "7654321";
        ck_assert_msg(compare() == GD_BAD_INPUT, "%s: %s", file, child->key);
        ck_assert_msg(strstr(error.text, child->key) && strstr(error.text, "7654321") && strstr(error.text, value) &&
                          strstr(error.text, "former.yaml is of another pipeline") && strstr(error.text, file),
                      "%s, %s: %s", child->key, value, error.text);
        child->text = value;
    }
}

START_TEST(other_values_are_refused)
{
    visit_all(change);
}
END_TEST

/* So is a parameter that this build does not have, by its name; beside a component's, which leaves none, by the value
 * of both. */
static size_t named;

static void add_stranger(struct gd_node *map)
{
    struct gd_node *last = map->last, stranger = {.kind = GD_NODE_SCALAR, .text = "1"};
    gd_node_append(map, &stranger, "stranger", (struct gd_place){0});
    ck_assert_msg(compare() == GD_BAD_INPUT, "%s", file);
    ck_assert_msg(strstr(error.text, "no parameter") ? strstr(error.text, "stranger") : strstr(error.text, " is {"),
                  "%s", error.text);
    named += strstr(error.text, "stranger") != NULL;
    map->last = last;
    map->count--;
    *(last ? &last->next : &map->children) = NULL;
}

START_TEST(strangers_are_refused)
{
    named = 0;
    visit_all(add_stranger);
    ck_assert_uint_gt(named, 150);
}
END_TEST

/* A number is what it is, however it is written; other steps are other pipelines. */
START_TEST(numbers_and_steps)
{
    open_pipeline("pt-adatom.yaml");
    struct gd_node *vacuum = gd_node_get(gd_node_get(gd_node_get(former.root, "system"), "template"), "vacuum"),
                   *steps = gd_node_get(former.root, "steps"), *first = steps->children;
    const char *value = vacuum->text;
    char *longer = gd_format("%s%s", value, strchr(value, '.') ? "0" : ".00");
    vacuum->text = longer;
    ck_assert_msg(compare() == GD_OK, "%s", error.text);
    vacuum->text = value;
    free(longer);
    steps->children = first->next;
    ck_assert_int_eq(compare(), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "is the step evaluate, where here is seed ("), "%s", error.text);
    steps->children = first;
    struct gd_node *rest = first->next;
    first->next = NULL;
    ck_assert_int_eq(compare(), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "its steps have ended, where here is evaluate ("), "%s", error.text);
    first->next = rest;
    ck_assert_msg(compare() == GD_OK, "%s", error.text);
    close_pipeline();
}
END_TEST

/* What no registry knows, as a section of a plugin that is not loaded, is compared as it is written. */
START_TEST(what_neither_knows)
{
    const struct gd_place nowhere = {0};
    open_pipeline("pt-adatom.yaml");
    struct gd_node *mine = gd_node_new(&now, GD_NODE_SCALAR, nowhere),
                   *its = gd_node_new(&former, GD_NODE_SCALAR, nowhere);
    mine->text = its->text = "9.81";
    gd_node_append(former.root, its, "gravity", nowhere);
    ck_assert_int_eq(compare(), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "this version has no parameter gravity"), "%s", error.text);
    gd_node_append(now.root, mine, "gravity", nowhere);
    ck_assert_msg(compare() == GD_OK, "%s", error.text);
    mine->text = "1.62";
    ck_assert_int_eq(compare(), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "gravity is 9.81") && strstr(error.text, "here it is 1.62"), "%s", error.text);
    gd_node_get(former.root, "gravity")->key = "godiff"; /* it lacks it */
    ck_assert_int_eq(compare(), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "gravity is left out, here it is 1.62"), "%s", error.text);
    close_pipeline();
}
END_TEST

static void setup(void)
{
    registry = gd_registry_new();
    ck_assert_int_eq(gd_stages_register(registry, NULL), GD_OK);
    pipeline = (struct gd_pipeline){0};
    now = former = (struct gd_tree){0};
}

static void teardown(void)
{
    gd_registry_free(registry);
}

Suite *suite_compare(void);

Suite *suite_compare(void)
{
    Suite *suite = suite_create("compare");
    TCase *tcase = tcase_create("compare");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, what_is_left_out_has_its_default);
    tcase_add_test(tcase, other_values_are_refused);
    tcase_add_test(tcase, strangers_are_refused);
    tcase_add_test(tcase, numbers_and_steps);
    tcase_add_test(tcase, what_neither_knows);
    suite_add_tcase(suite, tcase);
    return suite;
}
