/* Hostile scripts end within their limits, with one message; what is out of reach is out of reach. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/lua/helpers.h"
#include "unit/suites.h"

#define INSTRUCTIONS "20 million instructions"
#define MEMORY       "more than 256 MiB"
#define PATTERN      "may take too long"

/* {script, part of its message} */
static const struct {
    const char *text, *part;
} hostile[] = {
    /* time */
    {"while true do end", INSTRUCTIONS},
    {"local function f() return f() end f()", INSTRUCTIONS},
    {"::again:: goto again", INSTRUCTIONS},
    {"for k = 1, 10 do ::next:: goto next end", INSTRUCTIONS},
    {"for k = 1, math.huge do end", INSTRUCTIONS},
    {"local t = setmetatable({}, {}) getmetatable(t).__index = t local x = t.x", "possible loop"},
    {"local m = {} m.__concat = function(a, b) return a .. b end local t = setmetatable({}, m) t = t .. t",
     "C stack overflow"},
    {"tostring(setmetatable({}, {__tostring = function() while true do end end}))", INSTRUCTIONS},
    {"string.gsub('x', 'x', function() while true do end end)", INSTRUCTIONS},
    {"table.sort({3, 2, 1}, function() while true do end end)", INSTRUCTIONS},
    {"local x = gd[('x'):rep(1e8)]", INSTRUCTIONS},
    {"while true do pcall(function() while true do end end) end", INSTRUCTIONS},
    {"while true do pcall(error) end", INSTRUCTIONS},
    {"setmetatable({}, {__close = 1}) do local x <close> = setmetatable({}, {__close = function() while true do end "
     "end}) error('x') end",
     INSTRUCTIONS},
    {"local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) local x = t[1]", "C stack overflow"},
    {"error(setmetatable({}, {__tostring = function() while true do end end}))", "not a string, but a table"},
    {"local t = {} for k = 1, 1e6 do t[k] = k end while true do table.sort(t) end", INSTRUCTIONS},
    {"local t = {} for k = 1, 1e6 do t[k] = function() while true do end end end table.sort(t, pcall)", INSTRUCTIONS},
    {"local t = {} while true do table.move(t, 1, 1e15, 2) end", INSTRUCTIONS},
    {"table.concat(setmetatable({}, {__index = type}), '', 1, 1e15)", "metatable"},
    {"table.sort(setmetatable({}, {__len = function() return 2^31 - 2 end}), rawequal)", "metatable"},
    {"table.insert(setmetatable({}, {__len = function() return 2^40 end}), 1, 1)", "metatable"},
    {"local t = {} for k = 1, 1e5 do table.insert(t, 1, k) end", INSTRUCTIONS},
    {"local t = {} for k = 1, 1e5 do t[k] = k end while #t > 0 do table.remove(t, 1) end", INSTRUCTIONS},
    {"table.unpack({}, 1, 1e8)", INSTRUCTIONS},
    {"local s = ('x'):rep(1e7) while true do local t = s .. 'y' end", "more than 5 s"},
    {"local s = ('x'):rep(1e7) while true do s:upper() end", INSTRUCTIONS},
    {"local s = ('x'):rep(1e7) while true do utf8.len(s) end", INSTRUCTIONS},
    {"string.rep('', 1e18)", INSTRUCTIONS},
    {"string.rep('', 1e18, '')", INSTRUCTIONS},
    /* memory */
    {"local t = {} while true do t[#t + 1] = {} end", MEMORY},
    {"local s = 'x' while true do s = s .. s end", MEMORY},
    {"string.rep('x', 1 << 40)", INSTRUCTIONS},
    {"string.rep('x', 1e8):rep(1e8)", ""},
    {"string.format('%s', ('x'):rep(1e8)):rep(10)", INSTRUCTIONS},
    {"('x'):rep(1e7):gsub('x', ('y'):rep(100))", INSTRUCTIONS},
    {"local t = {} for k = 1, 1e7 do t[k] = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' end table.concat(t)", MEMORY},
    {"local function f(n) return {f(n + 1)} end f(1)", "stack overflow"},
    {"local function f(...) return f(1, ...) end f()", "more than 5 s"},
    {"local s = ('x'):rep(60e6) for k = 1, 40 do gd.step(s, {}) end", MEMORY},
    {"local s = ('x'):rep(60e6) for k = 1, 40 do pcall(gd.step, s, {}) end", MEMORY},
    {"local s = ('x'):rep(60e6) for k = 1, 40 do gd.stage {name = 'x', summary = s, run = error} end", MEMORY},
    {"local s = ('x'):rep(15e6) for k = 1, 40 do gd.stage {name = 'x', run = error, params = {a = {type = 'string', "
     "default = s}}} end",
     MEMORY},
    {"local s = gd.stage {name = 'x', run = error, params = {a = {type = 'string', default = ('x'):rep(1e6)}}} local t "
     "= {} for k = 1, 1000 do t[k] = s end return gd.pipeline {steps = t}",
     MEMORY},
    {"local s = gd.stage {name = 'x', run = error, params = {a = {type = 'float', count = 1000, optional = true}}} "
     "local t = {} for k = 1, 1e5 do t[k] = s end return gd.pipeline {steps = t}",
     MEMORY},
    {"local s, t = ('x'):rep(1e6), {} for k = 1, 1e4 do t[k] = s end return gd.pipeline {a = t}", "more than 16 MiB"},
    {"local s, t = ('x'):rep(1e6), {} for k = 1, 1e4 do t[k] = {[s] = 1} end return gd.pipeline {a = t}",
     "more than 16 MiB"},
    {"return gd.pipeline {a = ('x'):rep(17 << 20)}", "more than 16 MiB"},
    {"local t = {} for k = 1, 900 do local u = {} for j = 1, 1000 do u[j] = 1 end t[k] = u end return gd.pipeline {a = "
     "t, b = t, c = t}",
     "more than 1000000 values"},
    {"local e, t = {}, {} for k = 1, 2e6 do e[k] = k end for k = 1, 2e6 do e[k] = nil end for k = 1, 9e5 do t[k] = e "
     "end return gd.pipeline {a = t}",
     "more than 5 s"},
    {"local e = {} for k = 1, 2e6 do e[k] = k end for k = 1, 2e6 do e[k] = nil end while true do pcall(next, e) end",
     "more than 5 s"},
    /* patterns */
    {"string.find(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(40))", PATTERN},
    {"string.match(('a'):rep(1000), ('a*'):rep(10) .. 'b')", PATTERN},
    {"string.gsub(('a'):rep(1000), ('.-'):rep(10) .. 'b', '')", PATTERN},
    {"for x in string.gmatch(('a'):rep(10000), '^.*.*b') do end", PATTERN},
    {"('a'):rep(30000):find('.-b')", PATTERN},
    {"string.find(1e15, ('[^x]*'):rep(20) .. 'x')", PATTERN},
    {"string.find(('('):rep(100000), '%b()')", PATTERN},
    {"while true do ('a'):rep(100):find('.-.-b') end", INSTRUCTIONS},
    {"string.find('a', ('('):rep(100))", "too many captures"},
    {"string.find(('x'):rep(300000), ('.'):rep(300000))", ""},
    /* out of reach */
    {"os.execute('true')", "os is only for scripts that are trusted"},
    {"io.open('/etc/passwd')", "io is only for scripts that are trusted"},
    {"debug.getregistry()", "debug is only for scripts that are trusted"},
    {"package.loadlib('x', 'y')", "package is only for scripts that are trusted"},
    {"xpcall(error, function() while true do end end)", "xpcall is only for scripts that are trusted"},
    {"coroutine.wrap(function() while true do end end)()", "coroutine is only for scripts that are trusted"},
    {"load('return 1')", "load is only for scripts that are trusted"},
    {"loadfile('x')", "loadfile is only for scripts that are trusted"},
    {"dofile('x')", "dofile is only for scripts that are trusted"},
    {"print('x')", "print is only for scripts that are trusted"},
    {"collectgarbage('stop')", "collectgarbage is only for scripts that are trusted"},
    {"_ENV.os.execute('true')", "os is only for scripts that are trusted"},
    {"rawget(_G, 'os').execute('true')", "attempt to index a nil value"},
    {"setmetatable(_G, nil) os.execute('true')", "protected metatable"},
    {"getmetatable(_G).__index = nil", "attempt to index a boolean"},
    {"getmetatable(gd).__index = nil", "attempt to index a boolean"},
    {"setmetatable(gd, {})", "protected metatable"},
    {"string.format('%p', {})", "%p is not supported"},
    {"string.format('%-5.3d \\0 %%%20p', 1, {})", "%p is not supported"},
    {"error('at ' .. tostring({}))", "at table"},
    {"setmetatable({}, {__mode = 'k'})", "weak tables"},
    {"for k in pairs({[{}] = 1, [{}] = 2}) do end", "no order of keys that is the same in every run"},
    {"next({[print or type] = 1, [{}] = 2})", "print is only for scripts that are trusted"},
    {"next({[type] = 1, [{}] = 2})", "no order of keys that is the same in every run"},
    {"local t = {} for k = 1, 1e6 do t[k .. 'x'] = k end while true do pairs(t) end", INSTRUCTIONS},
    {"local t = {} for k = 1, 1e5 do t[k .. 'x'] = k end for k in next, t do end", INSTRUCTIONS},
    {"table.sort({1, 'x'})", "attempt to compare"},
    {"string.dump(function() end)", "field 'dump'"},
    {"(''):dump()", "method 'dump'"},
    {"string.pack('i', 1)", "field 'pack'"},
    {"require 'os'", "only \"godiff\""},
    {"setmetatable({}, {__gc = function() while true do end end})", "finalisers"},
    {"local m = setmetatable({}, {__gc = 1}) ", "finalisers"},
    {"getmetatable('').__index = nil", "attempt to index a boolean"},
    {"getmetatable(gd.train {}).__call = nil", "attempt to index a boolean"},
    {"setmetatable(gd.train {}, {})", "table expected, got godiff value"},
    {"\x1bLua", "unexpected symbol"},
    {"gd.pipeline = nil return gd.pipeline {}", "unknown gd.pipeline"},
    {"gd.figure('x', 1)", "nothing runs here"},
    {"return gd.pipeline {plugins = {'/tmp/evil.so'}, steps = {}}", ""},
};

START_TEST(hostile_scripts)
{
    char text[1024];
    struct gd_tree tree;
    struct gd_problems problems = {0};
    snprintf(text, sizeof text, "local gd = require 'godiff'; %s", hostile[_i].text);
    enum gd_status status = gd_tree_parse_lua(&tree, registry, "s.lua", text, strlen(text), false, &problems);
    if (strstr(text, "plugins")) {
        ck_assert_int_eq(status, GD_OK); /* the engine refuses to load them */
        ck_assert_int_eq(gd_pipeline_load_plugins(registry, &tree, false, &problems), GD_BAD_INPUT);
    } else {
        ck_assert_int_eq(status, GD_BAD_INPUT);
    }
    ck_assert_uint_eq(problems.count, 1);
    ck_assert_msg(strstr(problems.items[0].text, hostile[_i].part), "%s: %s", text, problems.items[0].text);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
}
END_TEST

/* A text of many megabytes that is quick to read, and one that takes the parser quadratic time. */
START_TEST(long_scripts)
{
    struct gd_text text = {0};
    gd_text_print(&text, "local a return a");
    while (text.length < 300000)
        gd_text_print(&text, " and a");
    struct gd_tree tree;
    struct gd_problems problems = {0};
    ck_assert(!text.failed);
    ck_assert_int_eq(gd_tree_parse_lua(&tree, registry, "s.lua", text.data, text.length, false, &problems),
                     GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(problems.items[0].text, "longer than 256 KiB"));
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
    free(text.data);
}
END_TEST

/* The problem of a script that is read beside others of the same job; NULL when there is none. */
static const char *beside(struct gd_tree *tree, const char *text, struct gd_problems *problems)
{
    *problems = (struct gd_problems){0};
    enum gd_status status = gd_tree_parse_lua(tree, registry, "s.lua", text, strlen(text), false, problems);
    ck_assert_int_eq(!status, problems->count == 0);
    return problems->count ? problems->items[0].text : NULL;
}

/* All scripts of a job share its limits; what one of them held is free again when its tree is gone. */
START_TEST(limits_are_those_of_a_job)
{
    static const char large[] = "local s = 'x' for k = 1, 26 do s = s .. s end return require('godiff').pipeline {a = "
                                "function() return s end}";
    static const char busy[] = "for k = 1, 3e6 do end return require('godiff').pipeline {}";
    struct gd_tree trees[9];
    struct gd_problems problems[9];
    size_t k = 0;
    while (k < 9 && !beside(&trees[k], large, &problems[k]))
        k++;
    ck_assert_uint_ge(k, 2);
    ck_assert_uint_le(k, 4); /* 256 MiB hold no more */
    ck_assert_ptr_nonnull(strstr(problems[k].items[0].text, MEMORY));
    gd_problems_clear(&problems[k]);
    gd_tree_clear(&trees[k]);
    gd_tree_clear(&trees[0]);
    ck_assert_ptr_null(beside(&trees[0], large, &problems[0]));
    while (k < 9 && !beside(&trees[k], busy, &problems[k]))
        k++;
    ck_assert_uint_lt(k, 9);
    ck_assert_ptr_nonnull(strstr(problems[k].items[0].text, INSTRUCTIONS));
    gd_problems_clear(&problems[k]);
    for (size_t j = 0; j <= k; j++)
        gd_tree_clear(&trees[j]);
}
END_TEST

/* {script, what it returns as YAML}: what the sandbox must not get in the way of */
static const struct {
    const char *text, *yaml;
} harmless[] = {
    {"('  a b '):match('^%s*(.-)%s*$')", "a: \"a b\"\n"},
    {"('k=v'):gsub('(%w+)=(%w+)', '%2=%1')", "a: \"v=k\"\n"},
    {"(function() local t = {} for w in ('one two'):gmatch('%a+') do t[#t + 1] = w end return t end)()",
     "a: [\"one\", \"two\"]\n"},
    {"('%d:%s'):format(5, 'x')", "a: \"5:x\"\n"},
    {"(function() local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return t end)()",
     "a: [3, 2, 1]\n"},
    {"table.concat({1, 2, 3}, '-')", "a: \"1-2-3\"\n"},
    {"{table.unpack({1, 2, 3}, 2)}", "a: [2, 3]\n"},
    {"{pcall(error, 'x')}", "a: [false, \"x\"]\n"},
    {"utf8.char(228)", "a: \"\xC3\xA4\"\n"},
    {"(function() local t = {} for k, v in pairs {z = 1, a = 2, [3] = 3, [-1] = 4, [2.5] = 5, [true] = 6, [1] = 7, "
     "[false] = 8, B = 9, [1e300] = 10, ['a\\0b'] = 11, [{}] = 12} do t[#t + 1] = v end return t end)()",
     "a: [4, 7, 3, 5, 10, 9, 2, 11, 1, 8, 6, 12]\n"},
    {"(function() local t, u = {}, {z = 1, a = 2, [3] = 3, [-1] = 4, [2.5] = 5, [true] = 6, [1] = 7, [2] = 13, "
     "[false] = 8, B = 9, [1e300] = 10, [type] = 12} for k, v in next, u do t[#t + 1] = v end return t end)()",
     "a: [4, 7, 13, 3, 5, 10, 9, 2, 1, 8, 6, 12]\n"},
    {"(function() local t, u = {}, {1, 2, 3, a = 4, b = 5, c = 6} for k in pairs(u) do t[#t + 1] = k u[k] = nil "
     "u[2] = nil u.b = nil end return t end)()",
     "a: [1, 3, \"a\", \"c\"]\n"},
    {"(function() local t = {} for k, v in pairs(setmetatable({}, {__pairs = function() return next, {5} end})) do "
     "t[k] = v end return t end)()",
     "a: [5]\n"},
    {"{next({})}", "a: {}\n"},
    {"{tostring({}), tostring(type), tostring(gd.train {}), tostring(1.0), tostring(nil), ('%s|%5s|%s'):format({}, "
     "'x', "
     "setmetatable({}, {__tostring = function() return 'own' end})), tostring(setmetatable({}, {__name = 'n'}))}",
     "a: [\"table\", \"function\", \"godiff value\", \"1.0\", \"nil\", \"table|    x|own\", \"n\"]\n"},
    {"(function() local t = {} for k = 1, 1000 do t[k] = k * 7919 % 1000 end table.sort(t, function(a, b) return a // "
     "100 > b // 100 end) return {t[1], t[2], t[100], t[101], t[1000]} end)()",
     "a: [919, 947, 972, 838, 0]\n"},
    {"#setmetatable({}, {__len = function() return 7 end})", "a: 7\n"},
    {"math.type(math.random(5, 5))", "a: \"integer\"\n"},
    {"require('godiff') == gd", "a: true\n"},
    {"(function() local t = {} for k = 1, 20000 do table.insert(t, k) end for k = 1, 20000 do table.insert(t, #t + 1, "
     "k) end for k = 1, 20000 do table.remove(t) end for k = 1, 19999 do table.remove(t, #t) end return t end)()",
     "a: [1]\n"},
    {"(function() local n = 0 for k = 1, 1e6 do n = n + k end return n end)()", "a: 500000500000\n"},
};

START_TEST(harmless_scripts)
{
    char text[1024];
    struct gd_tree tree;
    struct gd_problems problems = {0};
    snprintf(text, sizeof text, "local gd = require 'godiff' local a = %s return gd.pipeline {a = a}",
             harmless[_i].text);
    enum gd_status status = gd_tree_parse_lua(&tree, registry, "s.lua", text, strlen(text), false, &problems);
    ck_assert_msg(!status, "%s", problems.count ? problems.items[0].text : "no problem reported");
    char *yaml = gd_tree_write_yaml(gd_node_get(tree.root, "a") ? tree.root : NULL);
    struct gd_node *a = gd_node_get(tree.root, "a");
    free(yaml);
    tree.root->children = tree.root->last = a;
    a->next = NULL;
    yaml = gd_tree_write_yaml(tree.root);
    char *plain = *yaml == '{' ? gd_format("%.*s\n", (int)strlen(yaml) - 3, yaml + 1) : gd_string(yaml);
    ck_assert_str_eq(plain, harmless[_i].yaml);
    free(plain);
    free(yaml);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
}
END_TEST

/* {what only a script that is trusted can do} */
static const char *const free_to_do[] = {
    "assert(os.time() > 0)",
    "assert(load('return 1')() == 1)",
    "assert(string.pack('i', 1))",
    "assert(coroutine.wrap(function() coroutine.yield(5) end)() == 5)",
    "xpcall(error, function() end)",
    "assert(package.loaded.godiff == gd)",
    "setmetatable({}, {__gc = function() end})",
    "('a'):rep(30000):find('.-b')",
    "local s = ('x'):rep(300 << 20)",
};

START_TEST(trusted_scripts)
{
    char text[512];
    struct gd_tree tree;
    struct gd_problems problems = {0};
    snprintf(text, sizeof text, "local gd = require 'godiff'; %s return gd.pipeline {}", free_to_do[_i]);
    enum gd_status status = gd_tree_parse_lua(&tree, registry, "s.lua", text, strlen(text), true, &problems);
    ck_assert_msg(!status, "%s", problems.count ? problems.items[0].text : "no problem reported");
    gd_tree_clear(&tree);
    ck_assert_int_eq(gd_tree_parse_lua(&tree, registry, "s.lua", text, strlen(text), false, &problems), GD_BAD_INPUT);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *suite_sandbox(void)
{
    Suite *suite = suite_create("sandbox");
    TCase *tests = tcase_create("sandbox");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, hostile_scripts, 0, COUNT(hostile));
    tcase_add_loop_test(tests, harmless_scripts, 0, COUNT(harmless));
    tcase_add_loop_test(tests, trusted_scripts, 0, COUNT(free_to_do));
    tcase_add_test(tests, long_scripts);
    tcase_add_test(tests, limits_are_those_of_a_job);
    tcase_set_timeout(tests, 300);
    tcase_set_tags(tests, "slow");
    suite_add_tcase(suite, tests);
    return suite;
}
