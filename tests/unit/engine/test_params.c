/* Parameter rows: numbers, names, values from the tree, and the rows' own verification. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/numbers.h"
#include "engine/language/params_priv.h"
#include "engine/language/registry.h"
#include "unit/engine/helpers.h"
#include "unit/engine/toy.h"
#include "unit/suites.h"

START_TEST(floats_are_strict)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"1", 1},       {"-1.5", -1.5}, {"+2.", 2},    {".5", 0.5},       {"1e4", 1e4},
                {"1E-3", 1e-3}, {"0", 0},       {"1e-400", 0}, {"1.0e+20", 1e20}, {"00012", 12}};
    static const char *const wrong[] = {"",    " 1", "1 ", "1x", "0x10",  "inf", "nan",   "-inf",  "NaN", "1e",
                                        "1e+", ".",  "-",  "e5", "1.2.3", "1,5", "1e999", "1_000", "--1", "12:30"};
    double value = NAN;
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        ck_assert_msg(gd_parse_float(good[k].text, &value), "%s", good[k].text);
        ck_assert_msg(value == good[k].value, "%s", good[k].text);
    }
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        ck_assert_msg(!gd_parse_float(wrong[k], &value), "%s", wrong[k]);
}
END_TEST

START_TEST(integers_are_strict)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"-7", -7},
                {"+8", 8},
                {"1e4", 10000},
                {"8000.0", 8000},
                {"1.5e1", 15},
                {"0010", 10},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN},
                {"9007199254740992.0", INT64_C(9007199254740992)}};
    static const char *const wrong[] = {"",    "8k", "1.5", "1e-1", "9223372036854775808", "1e19", "1e16", "0x10",
                                        "nan", " 1", "1 ",  "1e999"};
    int64_t value = -1;
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        ck_assert_msg(gd_parse_int(good[k].text, &value), "%s", good[k].text);
        ck_assert_msg(value == good[k].value, "%s", good[k].text);
    }
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        ck_assert_msg(!gd_parse_int(wrong[k], &value), "%s", wrong[k]);
}
END_TEST

START_TEST(nearest_names)
{
    static const char *const names[] = {"steps", "batch", "rate", "emt", "lj", "exponential", NULL};
    static const char *const pairs[][2] = {{"stpes", "steps"},
                                           {"step", "steps"},
                                           {"STEPS", "steps"},
                                           {"bacth", "batch"},
                                           {"etm", "emt"},
                                           {"ratte", "rate"},
                                           {"l", "lj"},
                                           {"exponentail", "exponential"},
                                           {"expnential", "exponential"}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        const char *found = gd_find_nearest(pairs[k][0], names);
        ck_assert_msg(found && !strcmp(found, pairs[k][1]), "%s: %s", pairs[k][0], found ? found : "none");
    }
    ck_assert_ptr_null(gd_find_nearest("temperature", names));
    ck_assert_ptr_null(gd_find_nearest("xy", names));
    ck_assert_ptr_null(gd_find_nearest("eon", names)); /* of three letters one may differ */
    ck_assert_ptr_null(gd_find_nearest("bat", names));
    ck_assert_ptr_null(gd_find_nearest("", names));
    char word[200] = "";
    memset(word, 's', sizeof word - 1);
    ck_assert_ptr_null(gd_find_nearest(word, names));
}
END_TEST

/* {parameters of train or world, what is said}; rows of the toy registry */
struct wrong {
    const char *stage, *text, *problems;
};

#define CURVE " (accepted: flat, power)\n"
#define SHAPE " (expected a shape: cube, file)\n"
#define STEPS " (expected an integer from 1 to 1000000000)\n"

static const struct wrong wrong[] = {
    {"train", "{steps: 8k}", "f:1:9: steps: \"8k\" is not an integer: write the number alone" STEPS},
    {"train", "{steps: k8}", "f:1:9: steps: \"k8\" is not an integer" STEPS},
    {"train", "{rate: '0.5 %'}",
     "f:1:8: rate: \"0.5 %\" is not a finite number: write the number alone (expected a number above 0 and up to 1)\n"},
    {"train", "{steps: 0}", "f:1:9: steps: 0 is out of range" STEPS},
    {"train", "{steps: 1000000001}", "f:1:9: steps: 1000000001 is out of range" STEPS},
    {"train", "{steps: 1.5}", "f:1:9: steps: \"1.5\" is not an integer" STEPS},
    {"train", "{steps: '5'}", "f:1:9: steps: \"5\" is a string, because it is quoted" STEPS},
    {"train", "{steps: [1]}", "f:1:9: steps: is a list" STEPS},
    {"train", "{steps: {a: 1}}", "f:1:9: steps: is a map" STEPS},
    {"train", "{steps: }", "f:1:9: steps: has no value" STEPS},
    {"train", "{steps: ~}", "f:1:9: steps: has no value" STEPS},
    {"train", "{stpes: 5}",
     "f:1:2: unknown key \"stpes\"; did you mean \"steps\"? (accepted: steps, batch, rate, log, curve)\n"},
    {"train", "{weight: 5}", "f:1:2: unknown key \"weight\" (accepted: steps, batch, rate, log, curve)\n"},
    {"train", "{rate: 0}", "f:1:8: rate: 0 is out of range (expected a number above 0 and up to 1)\n"},
    {"train", "{rate: nan}", "f:1:8: rate: \"nan\" is not a finite number (expected a number above 0 and up to 1)\n"},
    {"train", "{rate: .inf}", "f:1:8: rate: \".inf\" is not a finite number (expected a number above 0 and up to 1)\n"},
    {"train", "{log: ''}", "f:1:7: log: is empty (expected a path)\n"},
    {"train", "{curve: flt}", "f:1:9: curve: unknown curve \"flt\"; did you mean \"flat\"?" CURVE},
    {"train", "{curve: {powr: {}}}", "f:1:10: curve: unknown curve \"powr\"; did you mean \"power\"?" CURVE},
    {"train", "{curve: {flat: {}, power: {}}}",
     "f:1:20: curve: two names, \"flat\" and \"power\", where one is expected\n"},
    {"train", "{curve: {exponent: 3}}",
     "f:1:10: curve: \"exponent\" is a parameter of power: write {power: {exponent: ...}} (expected a curve: "
     "flat, power)\n"},
    {"train", "{curve: {exponent: 3, power: {}}}",
     "f:1:10: curve: \"exponent\" is a parameter of power: write {power: {exponent: ...}} (expected a curve: "
     "flat, power)\n"},
    {"train", "{curve: {}}", "f:1:9: curve: names no component (expected a curve: flat, power)\n"},
    {"train", "{curve: }", "f:1:9: curve: has no value (expected a curve: flat, power)\n"},
    {"train", "{curve: [flat]}", "f:1:9: curve: is a list (expected a curve: flat, power)\n"},
    {"train", "{curve: {flat: {x: 1}}}", "f:1:17: curve.flat: unknown key \"x\" (accepted: none)\n"},
    {"train", "{curve: {power: 3}}", "f:1:17: curve.power: is a scalar (expected a map of exponent)\n"},
    {"train", "{curve: {power: {exponent: x}}}",
     "f:1:28: curve.power.exponent: \"x\" is not a finite number (expected a number)\n"},
    {"train", "[1, 2]", "f:1:1: is a list (expected a map of steps, batch, rate, log, curve)\n"},
    {"train", "{steps: a, batch: b, rat: c}",
     "f:1:22: unknown key \"rat\"; did you mean \"rate\"? (accepted: steps, batch, rate, log, curve)\n"
     "f:1:9: steps: \"a\" is not an integer" STEPS
     "f:1:19: batch: \"b\" is not an integer (expected an integer from 1 to 1000000)\n"},
    {"train", "{steps: \"a\\nb\\e\"}", "f:1:9: steps: \"a?b?\" is a string, because it is quoted" STEPS},
    {"train", "{steps: 12345678901234567890123456789012345678901234567890123456789012345678901234567890}",
     "f:1:9: steps: \"123456789012345678901234567890123456789012345678901234567890...\" is not an integer" STEPS},
    {"world", "{}",
     "g:5:6: shape: is required" SHAPE
     "g:5:6: window.above: is required (expected a list of 2, each a number from -10 to 10 Å)\n"},
    {"world", "{shape: {file: a}, window: {above: [1, 2], hard: yes}}",
     "f:1:50: window.hard: \"yes\" is not true or false (expected true or false)\n"},
    {"world", "{shape: {file: a}, window: {above: [1, 2], hard: 'true'}}",
     "f:1:50: window.hard: \"true\" is a string, because it is quoted (expected true or false)\n"},
    {"world", "{shape: {file: a}, window: {above: [1]}}",
     "f:1:36: window.above: has 1 item (expected a list of 2, each a number from -10 to 10 Å)\n"},
    {"world", "{shape: {file: a}, window: {above: 1}}",
     "f:1:36: window.above: is a scalar (expected a list of 2, each a number from -10 to 10 Å)\n"},
    {"world", "{shape: {file: a}, window: {above: [x, 11]}}",
     "f:1:37: window.above: \"x\" is not a finite number (expected a number from -10 to 10 Å)\n"
     "f:1:40: window.above: 11 is out of range (expected a number from -10 to 10 Å)\n"},
    {"world", "{shape: {file: a}, window: {}}",
     "f:1:20: window.above: is required (expected a list of 2, each a number from -10 to 10 Å)\n"},
    {"world", "{shape: {file: a}, window: 3}", "f:1:28: window: is a scalar (expected a map of above, hard)\n"},
    {"world", "{shape: {file: a}, window: {above: [1, 2]}, mode: fats}",
     "f:1:51: mode: unknown choice \"fats\"; did you mean \"fast\"? (accepted: fast, exact, off)\n"},
    {"world", "{shape: {build: cub}, window: {above: [1, 2]}}",
     "f:1:17: shape: unknown shape \"cub\"; did you mean \"cube\"? (accepted: cube, file)\n"},
    {"world", "{shape: {build: cube, edge: 0.5}, window: {above: [1, 2]}}",
     "f:1:29: shape.edge: 0.5 is out of range (expected a number of at least 1 Å)\n"},
    {"world", "{shape: {build: cube}, window: {above: [1, 2]}}",
     "f:1:17: shape.edge: is required (expected a number of at least 1 Å)\n"},
    {"world", "{shape: {build: [cube]}, window: {above: [1, 2]}}",
     "f:1:17: shape: the value of the tag is not a name" SHAPE},
    {"world", "{shape: cube, window: {above: [1, 2]}}", "f:1:9: shape: is not a map: write {build: cube, ...}" SHAPE},
    {"world", "{shape: file, window: {above: [1, 2]}}",
     "f:1:9: shape: is not a map: write {build: file, file: ...}" SHAPE},
    {"world", "{shape: slab.xyz, window: {above: [1, 2]}}",
     "f:1:9: shape: is not a map: write {build: file, file: slab.xyz}" SHAPE},
    {"world", "{shape: 7, window: {above: [1, 2]}}", "f:1:9: shape: is not a map" SHAPE},
    {"world", "{shape: {build: cube, edge: 5.0 Å}, window: {above: [1, '2Å']}}",
     "f:1:29: shape.edge: \"5.0 Å\" is not a finite number: write the number alone; it is in Å (expected a number of "
     "at "
     "least 1 Å)\n"
     "f:1:57: window.above: \"2Å\" is not a finite number: write the number alone; it is in Å (expected a number from "
     "-10 to 10 Å)\n"},
    {"world", "{shape: {edge: 1}, window: {above: [1, 2]}}",
     "f:1:10: shape: names no shape: write {build: cube, edge: ...}" SHAPE},
    {"world", "{shape: {build: cube, edge: 1, size: 2}, window: {above: [1, 2]}}",
     "f:1:32: shape: unknown key \"size\" (accepted: edge, layers, build)\n"},
};

/* Parses parameters of a stage in the toy registry; `values` is of its size. */
static enum gd_status parse(const struct gd_registry *registry, const char *stage, const char *file, const char *text,
                            void *values, struct gd_tree *tree, struct gd_arena *arena, struct gd_problems *problems)
{
    static const struct gd_place place = {"g", 5, 6};
    ck_assert_int_eq(gd_tree_parse_yaml(tree, file, text, strlen(text), problems), GD_OK);
    return gd_params_parse(gd_registry_stage(registry, stage)->params, registry, tree->root, place, values, arena,
                           problems);
}

START_TEST(wrong_parameters)
{
    struct gd_registry *registry = toy_registry();
    struct gd_tree tree = {0};
    struct gd_arena arena = {0};
    struct gd_problems problems = {0};
    union {
        struct toy_train train;
        struct toy_world world;
    } values = {0};
    ck_assert_int_eq(parse(registry, wrong[_i].stage, "f", wrong[_i].text, &values, &tree, &arena, &problems),
                     GD_BAD_INPUT);
    expect_problems(wrong[_i].text, &problems, wrong[_i].problems);
    gd_arena_clear(&arena);
    gd_tree_clear(&tree);
    gd_registry_free(registry);
}
END_TEST

START_TEST(right_parameters)
{
    static const char text[] = "{shape: {build: cube, edge: 2.5}, window: {above: [-1.5, 1e1], hard: true}, add: NO, "
                               "size: [1, 2, 3e1], mode: 'off', edge: {file: sub/a}}";
    struct gd_registry *registry = toy_registry();
    struct gd_tree tree = {0};
    struct gd_arena arena = {0};
    struct gd_problems problems = {0};
    struct toy_world world = {0};
    ck_assert_int_eq(parse(registry, "world", "/dir/f", text, &world, &tree, &arena, &problems), GD_OK);
    ck_assert_str_eq(world.shape.component->name, "cube");
    ck_assert(*(const double *)world.shape.params == 2.5);
    ck_assert_ptr_eq(world.shape.node, gd_node_get(tree.root, "shape"));
    ck_assert(world.window.above[0] == -1.5 && world.window.above[1] == 10 && world.window.hard);
    ck_assert_str_eq(world.add, "NO");
    ck_assert(world.size[0] == 1 && world.size[1] == 2 && world.size[2] == 30);
    ck_assert_int_eq(world.mode, 2);
    ck_assert_str_eq(*(const char *const *)world.edge.params, "/dir/sub/a");
    gd_arena_clear(&arena);
    gd_tree_clear(&tree);
    gd_registry_free(registry);
}
END_TEST

START_TEST(defaults_come_from_the_rows)
{
    struct gd_registry *registry = toy_registry();
    struct gd_arena arena = {0};
    struct gd_problems problems = {0};
    struct toy_train train = {0};
    ck_assert_int_eq(gd_params_parse(gd_registry_stage(registry, "train")->params, registry, NULL, (struct gd_place){0},
                                     &train, &arena, &problems),
                     GD_OK);
    ck_assert_int_eq(train.steps, 8000);
    ck_assert_int_eq(train.batch, 16);
    ck_assert(train.rate == 1e-4);
    ck_assert_ptr_null(train.log);
    ck_assert_str_eq(train.curve.component->name, "power");
    ck_assert(*(const double *)train.curve.params == 0.3);
    ck_assert_ptr_null(train.curve.node);
    gd_arena_clear(&arena);
    gd_registry_free(registry);
}
END_TEST

START_TEST(paths_start_at_their_file)
{
    static const char *const cases[][3] = {
        {"f", "a", "%s/a"}, {"sub/f", "a", "%s/sub/a"}, {"/x/f", "a/b", "/x/a/b"},
        {"/f", "a", "/a"},  {"sub/f", "/a", "/a"},      {"/\xE2\x82\xAC/f", "\xC3\x85", "/\xE2\x82\xAC/\xC3\x85"}};
    struct gd_registry *registry = toy_registry();
    char current[1024], text[64], expected[1200];
    ck_assert_ptr_nonnull(getcwd(current, sizeof current));
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_tree tree = {0};
        struct gd_arena arena = {0};
        struct gd_problems problems = {0};
        struct toy_train train = {0};
        snprintf(text, sizeof text, "{log: %s}", cases[k][1]);
        ck_assert_int_eq(parse(registry, "train", cases[k][0], text, &train, &tree, &arena, &problems), GD_OK);
        if (*cases[k][2] == '/')
            snprintf(expected, sizeof expected, "%s", cases[k][2]);
        else
            snprintf(expected, sizeof expected, "%s%s", current, cases[k][2] + 2);
        ck_assert_str_eq(train.log, expected);
        gd_arena_clear(&arena);
        gd_tree_clear(&tree);
    }
    gd_registry_free(registry);
}
END_TEST

START_TEST(folders_that_cannot_be_written_down)
{
    static const char *const files[] = {"/\xE9/f", "/a\xC3/f", "/\x80/f", "/\xF8/f", "/\xE2\x82/f", "/\xC0\xAF/f"};
    struct gd_registry *registry = toy_registry();
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        struct gd_tree tree = {0};
        struct gd_arena arena = {0};
        struct gd_problems problems = {0};
        struct toy_train train = {0};
        char expected[128];
        ck_assert_int_eq(parse(registry, "train", files[k], "{log: a}", &train, &tree, &arena, &problems),
                         GD_BAD_INPUT);
        snprintf(expected, sizeof expected, "%s:1:7: log: is in a folder whose name is not UTF-8 (expected a path)\n",
                 files[k]);
        expect_problems(files[k], &problems, expected);
        gd_arena_clear(&arena);
        gd_tree_clear(&tree);
    }
    gd_registry_free(registry);
}
END_TEST

START_TEST(functions_are_kept_but_not_accepted)
{
    struct gd_registry *registry = toy_registry();
    struct gd_arena arena = {0};
    struct gd_problems problems = {0};
    struct gd_choice choice = {0};
    struct gd_node node = {.kind = GD_NODE_FUNCTION, .place = {"p.lua", 2, 3}, .text = "curve", .function = &arena};
    ck_assert_int_eq(gd_component_parse("curve", registry, &node, &choice, &arena, &problems), GD_BAD_INPUT);
    expect_problems("function", &problems,
                    "p.lua:2:3: curve: is a function, not a name (expected a curve: flat, power)\n");
    ck_assert_ptr_eq(choice.function, &arena);
    ck_assert_ptr_eq(choice.node, &node);
    ck_assert_ptr_null(choice.component);
    node = (struct gd_node){.kind = GD_NODE_SCALAR, .place = {"f", 2, 3}, .text = "x"};
    ck_assert_int_eq(gd_component_parse("colour", registry, &node, &choice, &arena, &problems), GD_BAD_INPUT);
    expect_problems("kind", &problems, "f:2:3: colour: no component of kind \"colour\" is registered\n");
    gd_arena_clear(&arena);
    gd_registry_free(registry);
}
END_TEST

START_TEST(places_of_keys)
{
    static const char text[] = "window:\n  above: [1, 2]\nadd: Pt\n";
    static const struct gd_place otherwise = {"o", 9, 9};
    static const struct {
        const char *path;
        int line, column;
    } cases[] = {{"window.above", 2, 10}, {"window.hard", 2, 3}, {"add", 3, 6},   {"size", 9, 9},
                 {"win", 9, 9},           {"windows", 9, 9},     {"add.x", 3, 6}, {"", 9, 9}};
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "f", text, sizeof text - 1, &problems), GD_OK);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_place place = gd_params_place(tree.root, cases[k].path, otherwise);
        ck_assert_msg(place.line == cases[k].line && place.column == cases[k].column, "%s: %d:%d", cases[k].path,
                      place.line, place.column);
    }
    ck_assert_int_eq(gd_params_place(NULL, "window", otherwise).line, 9);
    gd_tree_clear(&tree);
}
END_TEST

START_TEST(subsets_are_bits)
{
    static const char *const choices[] = {"one", "two", "three", NULL};
    static const struct gd_param rows[] = {{.name = "x", .type = GD_SUBSET, .choices = choices, .help = "An x."}, {0}};
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    struct gd_arena arena = {0};
    uint64_t set = 0;
    ck_assert_int_eq(gd_tree_parse_value(&tree, "f", "{x: [three, one]}", &problems), GD_OK);
    ck_assert_int_eq(gd_params_parse(rows, NULL, tree.root, tree.root->place, &set, &arena, &problems), GD_OK);
    ck_assert_uint_eq(set, 5);
    gd_arena_clear(&arena);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
}
END_TEST

/* One path, or a list of them. */
START_TEST(paths_are_lists)
{
    static const struct gd_param rows[] = {{.name = "x", .type = GD_PATHS, .optional = true, .help = "An x."}, {0}};
    static const struct {
        const char *yaml, *first, *second, *problem;
    } cases[] = {
        {"{x: a}", "/folder/a", NULL, NULL},
        {"{x: [/a, b/c]}", "/a", "/folder/b/c", NULL},
        {"{x: null}", NULL, NULL, NULL},
        {"{}", NULL, NULL, NULL},
        {"{x: []}", NULL, NULL, "x: is an empty list (expected a path or a list of paths)"},
        {"{x: {a: b}}", NULL, NULL, "x: is a map (expected a path or a list of paths)"},
        {"{x: [a, [b]]}", NULL, NULL, "x: is a list (expected a path or a list of paths)"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_tree tree = {0};
        struct gd_problems problems = {0};
        const char *const *paths = NULL;
        ck_assert_int_eq(gd_tree_parse_yaml(&tree, "/folder/f.yaml", cases[k].yaml, strlen(cases[k].yaml), &problems),
                         GD_OK);
        enum gd_status status =
            gd_params_parse(rows, NULL, tree.root, tree.root->place, &paths, &tree.arena, &problems);
        ck_assert_int_eq(status, cases[k].problem ? GD_BAD_INPUT : GD_OK);
        if (cases[k].problem)
            ck_assert_str_eq(problems.items[0].text, cases[k].problem);
        else if (cases[k].first) {
            ck_assert_str_eq(paths[0], cases[k].first);
            ck_assert_pstr_eq(paths[1], cases[k].second);
        } else
            ck_assert_ptr_null(paths);
        gd_tree_clear(&tree);
        gd_problems_clear(&problems);
    }
}
END_TEST

/* A map of whatever keys as JSON, which is written back; a text may be a path, or begin with one. */
START_TEST(maps_are_json)
{
    struct values {
        const char *map, *text;
    };
    static const struct gd_param rows[] = {
        {.name = "map", .type = GD_MAP, .offset = offsetof(struct values, map), .optional = true, .help = "A map."},
        {.name = "text",
         .type = GD_STRING,
         .offset = offsetof(struct values, text),
         .initial = "emt",
         .path_with = ".py:",
         .help = "A text."},
        {0}};
    static const struct {
        const char *yaml, *json, *text;
    } cases[] = {
        {"{}", NULL, "emt"},
        {"{map: {}, text: 'ase.lj:LJ'}", "{}", "ase.lj:LJ"},
        {"{map: {a: 1.5, b: [x, '2', null], c: {d: true}}, text: calc.py:make}",
         "{\"a\":1.5,\"b\":[\"x\",\"2\",null],\"c\":{\"d\":true}}", "/folder/calc.py:make"},
        {"{map: 5}", "map: is a scalar (expected a map)", NULL},
        {"{map: [a]}", "map: is a list (expected a map)", NULL},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_tree tree = {0};
        struct gd_problems problems = {0};
        struct values values = {0};
        ck_assert_int_eq(gd_tree_parse_yaml(&tree, "/folder/f.yaml", cases[k].yaml, strlen(cases[k].yaml), &problems),
                         GD_OK);
        if (gd_params_parse(rows, NULL, tree.root, tree.root->place, &values, &tree.arena, &problems) == GD_OK) {
            ck_assert_str_eq(values.map ? values.map : "none", cases[k].json ? cases[k].json : "none");
            ck_assert_str_eq(values.text, cases[k].text);
            struct gd_node *written = gd_node_new(&tree, GD_NODE_MAP, tree.root->place);
            ck_assert(gd_rows_write(&tree, NULL, rows, &values, written));
            char *json = values.map ? gd_node_json(gd_node_get(written, "map")) : NULL;
            ck_assert_str_eq(json ? json : "none", cases[k].json ? cases[k].json : "none");
            free(json);
        } else {
            ck_assert_str_eq(problems.items[0].text, cases[k].json);
        }
        gd_problems_clear(&problems);
        gd_tree_clear(&tree);
    }
}
END_TEST

#define ROW(...)                                                                                                       \
    (const struct gd_param[])                                                                                          \
    {                                                                                                                  \
        {__VA_ARGS__}, {0},                                                                                            \
    }
#define INT(...) ROW(.name = "x", .help = "An x.", .type = GD_INT, __VA_ARGS__)

START_TEST(rows_are_verified)
{
    static const char *const choices[] = {"one", "two", NULL};
    const struct {
        const struct gd_param *rows;
        const char *text;
    } cases[] = {
        {ROW(.name = "X", .help = "An x."), "o.X: its name must consist of lower-case letters, digits, _ and -"},
        {ROW(.name = "x", .help = ""), "o.x: no help text"},
        {ROW(.name = "x"), "o.x: no help text"},
        {INT(.min = 2, .max = 1), "o.x: its range is empty"},
        {INT(.max = NAN), "o.x: its range is empty"},
        {INT(.min = 1, .max = 1, .above_min = true), "o.x: its range is empty"},
        {INT(.count = -1), "o.x: only numbers and booleans can be lists"},
        {INT(.initial = "1", .optional = true), "o.x: a row with a default cannot be optional"},
        {INT(.accepts = gd_path_readable), "o.x: only strings and paths can have `accepts`"},
        {INT(.example = "x"), "o.x: example: \"x\" is not an integer (expected an integer)"},
        {INT(.initial = "1", .example = "5", .max = 4),
         "o.x: example: 5 is out of range (expected an integer from 0 to 4)"},
        {INT(.initial = "x"), "o.x: default: \"x\" is not an integer (expected an integer)"},
        {INT(.initial = "5", .max = 4), "o.x: default: 5 is out of range (expected an integer from 0 to 4)"},
        {INT(.initial = "[1]", .count = 2), "o.x: default: has 1 item (expected a list of 2, each an integer)"},
        {INT(.initial = "[1"), "o.x: default: not valid YAML: did not find expected ',' or ']'"},
        {ROW(.name = "x", .type = GD_STRING, .help = "An x.", .count = 2),
         "o.x: only numbers and booleans can be lists"},
        {ROW(.name = "x", .type = GD_STRING, .help = "An x.", .max = 2), "o.x: only numbers have a range"},
        {ROW(.name = "x", .type = GD_CHOICE, .help = "An x."), "o.x: no choices"},
        {ROW(.name = "x", .type = GD_SUBSET, .help = "An x."), "o.x: no choices"},
        {ROW(.name = "x", .type = GD_SUBSET, .help = "An x.", .choices = choices, .initial = "[two, three]"),
         "o.x: default: unknown choice \"three\" (accepted: one, two)"},
        {ROW(.name = "x", .type = GD_SUBSET, .help = "An x.", .choices = choices, .initial = "[one, one]"),
         "o.x: default: names \"one\" twice (expected a list of some of one, two)"},
        {ROW(.name = "x", .type = GD_SUBSET, .help = "An x.", .choices = choices, .initial = "[]"),
         "o.x: default: is an empty list (expected a list of some of one, two)"},
        {ROW(.name = "x", .type = GD_SUBSET, .help = "An x.", .choices = choices, .initial = "one"),
         "o.x: default: is a scalar (expected a list of some of one, two)"},
        {ROW(.name = "x", .type = GD_CHOICE, .help = "An x.", .choices = choices, .initial = "three"),
         "o.x: default: unknown choice \"three\" (accepted: one, two)"},
        {ROW(.name = "x", .type = GD_COMPONENT, .help = "An x."), "o.x: no kind"},
        {ROW(.name = "x", .type = GD_GROUP, .help = "An x."), "o.x: a group has rows and no default"},
        {ROW(.name = "x", .type = GD_GROUP, .help = "An x.", .rows = ROW(.name = "x")), "x.x: no help text"},
        {ROW(.name = "x", .type = (enum gd_type)99, .help = "An x."), "o.x: its type is unknown"},
        {(const struct gd_param[]){{.name = "x", .help = "An x."}, {.name = "x", .help = "An x.", .offset = 8}, {0}},
         "o.x: two rows of this name"},
        {(const struct gd_param[]){{.name = "x", .help = "An x.", .offset = 4}, {.name = "y", .help = "A y."}, {0}},
         "o.y: overlaps x"},
        {ROW(.name = "x", .type = GD_STRING, .help = "An x.", .words_in = "y"),
         "o.x: `words_in` is the name of a path, for a string"},
        {ROW(.name = "x", .type = GD_STRING, .help = "An x.", .words_in = "x"),
         "o.x: `words_in` is the name of a path, for a string"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_error error = {0};
        ck_assert_int_eq(gd_params_verify(cases[k].rows, "o", &error), GD_BAD_INPUT);
        ck_assert_str_eq(error.text, cases[k].text);
    }
    ck_assert_int_eq(gd_params_verify(INT(.initial = "1e3", .min = 1, .max = 1000), "o", NULL), GD_OK);
    ck_assert_int_eq(gd_params_verify(NULL, "o", NULL), GD_OK);
}
END_TEST

Suite *suite_params(void)
{
    Suite *suite = suite_create("params");
    TCase *tcase = tcase_create("params");
    tcase_add_test(tcase, floats_are_strict);
    tcase_add_test(tcase, integers_are_strict);
    tcase_add_test(tcase, nearest_names);
    tcase_add_loop_test(tcase, wrong_parameters, 0, (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(tcase, right_parameters);
    tcase_add_test(tcase, defaults_come_from_the_rows);
    tcase_add_test(tcase, paths_start_at_their_file);
    tcase_add_test(tcase, folders_that_cannot_be_written_down);
    tcase_add_test(tcase, functions_are_kept_but_not_accepted);
    tcase_add_test(tcase, places_of_keys);
    tcase_add_test(tcase, subsets_are_bits);
    tcase_add_test(tcase, paths_are_lists);
    tcase_add_test(tcase, maps_are_json);
    tcase_add_test(tcase, rows_are_verified);
    suite_add_tcase(suite, tcase);
    return suite;
}
