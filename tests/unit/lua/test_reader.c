/* What a script returns, as a tree: the same as that of YAML, or problems at their lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/lua/helpers.h"
#include "unit/suites.h"

/* The tree of a script as YAML, to be freed. */
static char *written(const char *text)
{
    struct gd_tree tree;
    struct gd_problems problems = {0};
    enum gd_status status = gd_tree_parse_lua(&tree, registry, "s.lua", text, strlen(text), false, &problems);
    ck_assert_msg(!status, "%s", problems.count ? problems.items[0].text : "no problem reported");
    char *yaml = gd_tree_write_yaml(tree.root);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
    return yaml;
}

/* {what a script returns, the same in YAML, keys in their order} */
static const struct {
    const char *lua, *yaml;
} trees[] = {
    {"gd.pipeline {}", "{godiff: 1}\n"},
    {"gd.pipeline {godiff = 1, name = 'a b'}", "{godiff: 1, name: \"a b\"}\n"},
    {"gd.pipeline {name = '12', seed = 12}", "{name: \"12\", seed: 12, godiff: 1}\n"},
    {"gd.pipeline {a = 1.5, b = 1e300, c = -3, d = 0.1, e = 2.0, f = math.maxinteger}",
     "{a: 1.5, b: 1e+300, c: -3, d: 0.1, e: 2, f: 9223372036854775807, godiff: 1}\n"},
    {"gd.pipeline {a = true, b = false, c = {}, d = {1, {2}}}",
     "a: true\nb: false\nc: {}\nd:\n- 1\n- [2]\ngodiff: 1\n"},
    {"gd.pipeline {['until'] = {['a-b'] = 1}}", "until: {a-b: 1}\ngodiff: 1\n"},
    {"gd.pipeline {t = gd.fcc111 {size = {1, 2, 3}}}", "t: {size: [1, 2, 3], build: fcc111}\ngodiff: 1\n"},
    {"gd.pipeline {steps = {gd.seed {count = 3}, gd.evaluate {}, gd.train()}}",
     "steps:\n- seed: {count: 3}\n- evaluate: {}\n- train: {}\ngodiff: 1\n"},
    {"gd.pipeline {steps = {gd.seed {id = 'first', count = 3}}}",
     "steps:\n- seed: {count: 3}\n  id: \"first\"\ngodiff: 1\n"},
    {"gd.pipeline {steps = {gd.loop {times = 2, gd.evaluate {}, gd.train {}}}}",
     "steps:\n- loop:\n    times: 2\n    steps:\n    - evaluate: {}\n    - train: {}\ngodiff: 1\n"},
    {"gd.pipeline {steps = {gd.loop {times = 2, steps = {gd.evaluate {}}}}}",
     "steps:\n- loop:\n    steps:\n    - evaluate: {}\n    times: 2\ngodiff: 1\n"},
    {"gd.pipeline {steps = {gd.pipeline {file = 'x.yaml', with = {a = 1}}}}",
     "steps:\n- pipeline:\n    file: \"x.yaml\"\n    with: {a: 1}\ngodiff: 1\n"},
    {"gd.pipeline {steps = {gd.step('of-a-plugin', {a = 1})}}", "steps:\n- of-a-plugin: {a: 1}\ngodiff: 1\n"},
    {"(function() local t = {gd.evaluate {}} for k = 1, 2 do t[#t + 1] = gd.train {steps = k} end "
     "return gd.pipeline {steps = t} end)()",
     "steps:\n- evaluate: {}\n- train: {steps: 1}\n- train: {steps: 2}\ngodiff: 1\n"},
    {"(function() local t = {1} return gd.pipeline {a = t, b = t} end)()", "{a: [1], b: [1], godiff: 1}\n"},
    {"gd.pipeline {a = setmetatable({}, {__index = {b = 1}, __pairs = error, __len = error})}", "a: {}\ngodiff: 1\n"},
};

START_TEST(becomes_a_tree)
{
    char text[1024];
    snprintf(text, sizeof text, "local gd = require 'godiff'\nreturn %s", trees[_i].lua);
    char *yaml = written(text);
    ck_assert_str_eq(yaml, trees[_i].yaml);
    free(yaml);
}
END_TEST

/* {script, its problems}; the module is `gd`, in line 1 */
static const struct {
    const char *text, *problems;
} bad[] = {
    {"", "s.lua: the script does not return a pipeline: end it with return gd.pipeline {...}\n"},
    {"return 5", "s.lua: the script does not return a pipeline: end it with return gd.pipeline {...}\n"},
    {"return gd.train {}", "s.lua: the script does not return a pipeline: end it with return gd.pipeline {...}\n"},
    {"x = = 1", "s.lua:1: unexpected symbol near '='\n"},
    {"\n\nerror('no')", "s.lua:3: no\n"},
    {"\nerror {}", "s.lua:2: the error is not a string, but a table\n"},
    {"\nlocal t = nil\nreturn t.x", "s.lua:3: attempt to index a nil value (local 't')\n"},
    {"return gd.trian {}", "s.lua:1: unknown gd.trian; did you mean gd.train?\n"},
    {"return gd.xyzzyxyzzy {}",
     "s.lua:1: unknown gd.xyzzyxyzzy; `godiff stages` lists what there is (a stage of a plugin that this file names is "
     "written gd.step(\"xyzzyxyzzy\", {...}))\n"},
    {"return gd.train(5)", "s.lua:1: gd.train: expected one table, such as gd.train {}, got a number\n"},
    {"\nreturn gd.pipeline {steps = {1, nil, 3}}", "s.lua:2: steps: a list has holes\n"},
    {"\nreturn gd.pipeline {a = {1, b = 2}}",
     "s.lua:2: a: a table is either a list or a map, but this one has both items and keys\n"},
    {"return gd.pipeline {a = {[1.5] = 2}}", "s.lua:1: a: a key is neither a string nor a list index\n"},
    {"return gd.pipeline {a = {[{}] = 2}}", "s.lua:1: a: a key is neither a string nor a list index\n"},
    {"return gd.pipeline {a = 0/0}", "s.lua:1: a: the number is not finite\n"},
    {"return gd.pipeline {a = math.huge}", "s.lua:1: a: the number is not finite\n"},
    {"return gd.pipeline {a = 'x\\0y'}", "s.lua:1: a: the text is not UTF-8, or has zero bytes\n"},
    {"return gd.pipeline {a = '\\xff'}", "s.lua:1: a: the text is not UTF-8, or has zero bytes\n"},
    {"return gd.pipeline {['a\\0'] = 1}", "s.lua:1: a key is not UTF-8, or has zero bytes\n"},

    {"local t = {} t.t = t return gd.pipeline(t)", "s.lua:1: t: more than 64 levels: does a table contain itself?\n"},
    {"local t = {} for k = 1, 63 do t = {t} end return gd.pipeline {a = t}",
     "s.lua:1: a: more than 64 levels: does a table contain itself?\n"},
    {"local t = {} for k = 1, 1001 do t['k' .. k] = k end return gd.pipeline(t)", "s.lua:1: more than 1000 keys\n"},
    {"local t = {1} for k = 1, 40 do t = {t, t} end return gd.pipeline {a = t}",
     "s.lua:1: a: more than 1000000 values\n"},
    {"return gd.pipeline {1, 2}", "s.lua:1: a pipeline is a table of name, sections and steps\n"},
    {"return gd.pipeline {steps = {\ngd.train {5}}}",
     "s.lua:2: train: the parameters have no names: write name = value\n"},
    {"return gd.pipeline {t = gd.fcc111 {\n5}}", "s.lua:1: fcc111: the parameters have no names: write name = value\n"},
    {"return gd.pipeline {t = gd.fcc111 {build = 'x'}}", "s.lua:1: fcc111: the name is given twice\n"},
    {"return gd.pipeline {steps = {gd.loop {times = 1, steps = {}, gd.train {}}}}",
     "s.lua:1: loop: a loop has either items or steps, but this one has both\n"},
    {"require 'x'",
     "s.lua:1: require \"x\": a script that is not trusted has only \"godiff\"; give --trust to allow it "
     "others\n"},
    {"math.randomseed(1)", "s.lua:1: math.randomseed: random numbers follow from the seed of the pipeline\n"},
    {"return gd.pipeline {}\nand 5 +", "s.lua:2: unexpected symbol near <eof>\n"},
    {"gd.stage {name = 'x'}", "s.lua:1: gd.stage: run is missing: run = function(state, params) ... end\n"},
    {"gd.stage {run = print}", "s.lua:1: print is only for scripts that are trusted (--trust)\n"},
    {"gd.stage {run = function() end}", "s.lua:1: gd.stage: name is missing: name = \"forget\"\n"},
    {"gd.stage {name = '', run = error}",
     "s.lua:1: stage \"\": a name must consist of lower-case letters, digits, _ and -\n"},
    {"gd.stage {name = 'x', run = error, reads = 'archive'}",
     "s.lua:1: gd.stage: reads is a list of names: write reads = {\"archive\"}\n"},
    {"return gd.pipeline {steps = {gd.train}}", "s.lua:1: steps: gd.train lacks its braces: write gd.train {}\n"},
    {"return gd.pipeline {potential = gd.emt {}}",
     "s.lua:1: unknown gd.emt; the potential emt is written as a table: {emt = {}}\n"},
    {"return gd.pipeline {potential = emt}",
     "s.lua:1: unknown name emt: strings need quotes, and variables a value before they are read\n"},
    {"\nreturn gd.loop {until = 'target'}",
     "s.lua:2: unexpected symbol near 'until' (as a key, a word of Lua is written [\"until\"])\n"},
    {"gd.stage {name = 'train', run = error}", "s.lua:1: gd.stage: the name train is taken\n"},
    {"gd.stage {name = 'x', run = error, reads = {'arcive'}}", "s.lua:1: stage \"x\": no such slot \"arcive\"\n"},
    {"gd.stage {name = 'x', run = error, raeds = {}}",
     "s.lua:1: unknown gd.stage \"raeds\"; did you mean \"reads\"?\n"},
    {"gd.stage {name = 'x', run = 5}", "s.lua:1: gd.stage: run is a number (expected a function)\n"},
    {"gd.stage {name = 'x', run = error, params = {a = {}}}", "s.lua:1: params: a has no type\n"},
    {"gd.stage {name = 'x', run = error, params = {a = 5}}",
     "s.lua:1: params: a is a number (expected {type = \"float\", default = 1, help = \"...\"})\n"},
    {"gd.stage {name = 'x', run = error, params = {a = {type = 'real'}}}",
     "s.lua:1: unknown type \"real\" (known: int, float, bool, string, path, choice, names, paths)\n"},
    {"gd.stage {name = 'x', run = error, params = {a = {type = 'int', default = 7, max = 5}}}",
     "s.lua:1: x.a: default: 7 is out of range (expected an integer of at most 5)\n"},
    {"gd.stage {name = 'x', run = error, params = {a = {type = 'choice'}}}", "s.lua:1: x.a: no choices\n"},
    {"gd.stage {name = 'x', run = error, params = {a = {type = 'int', count = 1e9}}}",
     "s.lua:1: params: a: count is a whole number from 1 to 1000\n"},
    {"gd.stage {name = 'x', run = error, params = {a = {type = 'int', default = {1, 2}, count = 2.7}}}",
     "s.lua:1: params: a: count is a whole number from 1 to 1000\n"},
};

START_TEST(bad_scripts)
{
    char text[1024];
    struct gd_tree tree;
    struct gd_problems problems = {0};
    snprintf(text, sizeof text, "local gd = require 'godiff' %s", bad[_i].text);
    enum gd_status status = gd_tree_parse_lua(&tree, registry, "s.lua", text, strlen(text), false, &problems);
    char *lines = problem_lines(&problems);
    ck_assert_str_eq(lines, bad[_i].problems);
    ck_assert_int_eq(status, GD_BAD_INPUT);
    free(lines);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
}
END_TEST

/* The pipeline and 63 tables in it: one less than bad_scripts refuses. */
START_TEST(tables_are_nested_64_deep)
{
    char *yaml = written("local t = {} for k = 1, 62 do t = {t} end return require('godiff').pipeline {a = t}");
    size_t lists = 0;
    for (const char *c = yaml; *c; c++)
        lists += *c == '-' || *c == '[' || *c == '{';
    ck_assert_uint_eq(lists, 63);
    free(yaml);
}
END_TEST

/* {text, "": accepted, or its problems}: what Lua's own interpreter passes over at the beginning, and where lines are
 * then */
static const struct {
    const char *text, *problems;
} beginnings[] = {
    {"\xEF\xBB\xBFreturn require('godiff').pipeline {}", ""},
    {"#!/usr/bin/env -S godiff run\nreturn require('godiff').pipeline {}", ""},
    {"# a remark\r\nreturn require('godiff').pipeline {}", ""},
    {"\xEF\xBB\xBF#!x\nreturn require('godiff').pipeline {}", ""},
    {"\xEF\xBB\xBF#!x\nerror('here')", "s.lua:2: here\n"},
    {"#", "s.lua: the script does not return a pipeline: end it with return gd.pipeline {...}\n"},
    {"\xEF\xBB\xBF", "s.lua: the script does not return a pipeline: end it with return gd.pipeline {...}\n"},
    {"#!x\n#!y", "s.lua:2: unexpected symbol near '#'\n"},
    {"\xEF\xBB\xBF\xEF\xBB\xBFreturn 1", "s.lua:1: unexpected symbol near '<\\239>'\n"},
    {"\xEF\xBB", "s.lua:1: unexpected symbol near '<\\239>'\n"},
};

START_TEST(scripts_begin)
{
    struct gd_tree tree;
    struct gd_problems problems = {0};
    const char *text = beginnings[_i].text;
    gd_tree_parse_lua(&tree, registry, "s.lua", text, strlen(text), false, &problems);
    char *lines = problem_lines(&problems);
    ck_assert_str_eq(lines, beginnings[_i].problems);
    free(lines);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
}
END_TEST

/* {script, problems of the whole check} */
static const struct {
    const char *text, *problems;
} wrong[] = {
    {SCRIPT("", EIGHT "\ngd.anneal {\n frmo = 5}"),
     "s.lua:3: anneal: unknown key \"frmo\"; did you mean \"from\"? (accepted: curve, from, to)\n"},
    {SCRIPT("", EIGHT "\n\ngd.train {steps = 'many'}"),
     "s.lua:4: train.steps: \"many\" is a string, because it is quoted (expected an integer from 1 to 1000000000)\n"},
    {SCRIPT("", "gd.seed {}, gd.anneal {curve = math.sin}, gd.evaluate {},\ngd.train {}"),
     "s.lua:3: train: reads the slot \"buffer\", which no earlier step writes (written by: reweight)\n"},
    {SCRIPT("", "gd.seed {steps = function() end}"),
     "s.lua:2: seed.steps: is a function (expected an integer from 2 to "
     "10000000)\n"},
    {SCRIPT("", "gd.seed {},\ngd.stage {name = 'x', reads = {'archive'}, run = function() end}"),
     "s.lua:3: x: reads the slot \"archive\", which no earlier step writes (written by: evaluate, "
     "relax, walk, archive)\n"},
    {SCRIPT("", "gd.seed {},\ngd.stage {name = 'x', params = {a = {type = 'int', default = 1, min = 0, max = 9}},\n"
                "run = function() end} {a = 10}"),
     "s.lua:3: x.a: 10 is out of range (expected an integer from 0 to 9)\n"},
    {SCRIPT("", "gd.seed {}, gd.stage {name = 'x', params = {a = {type = 'int'}}, run = function() end}"),
     "s.lua:2: x.a: is required (expected an integer)\n"},
};

START_TEST(problems_have_lines)
{
    char *problems;
    ck_assert_int_eq(check_script(wrong[_i].text, &problems), GD_BAD_INPUT);
    ck_assert_str_eq(problems, wrong[_i].problems);
    free(problems);
}
END_TEST

START_TEST(a_file_that_is_none)
{
    struct gd_tree tree;
    struct gd_problems problems = {0};
    ck_assert_int_eq(gd_tree_read_lua(&tree, registry, "/nonexistent/x.lua", false, &problems), GD_BAD_INPUT);
    char *lines = problem_lines(&problems);
    ck_assert_str_eq(lines, "/nonexistent/x.lua: cannot be read: No such file or directory\n");
    free(lines);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *suite_reader(void)
{
    Suite *suite = suite_create("reader");
    TCase *tests = tcase_create("reader");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, becomes_a_tree, 0, COUNT(trees));
    tcase_add_loop_test(tests, bad_scripts, 0, COUNT(bad));
    tcase_add_test(tests, tables_are_nested_64_deep);
    tcase_add_loop_test(tests, problems_have_lines, 0, COUNT(wrong));
    tcase_add_loop_test(tests, scripts_begin, 0, COUNT(beginnings));
    tcase_add_test(tests, a_file_that_is_none);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return suite;
}
