/* Stages of scripts: what they declare holds, what they write is the run's, and what fails leaves nothing behind. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "unit/lua/helpers.h"
#include "unit/suites.h"

/* A pipeline of eight evaluated structures and a stage, in line 3 on. */
#define STAGE(fields, body)                                                                                            \
    SCRIPT("", EIGHT "\ngd.stage {name = 'x', " fields ", run = function(state, params)\n" body " end}")

/* A number in 31 tables: with state.keep itself, as many as can be kept. */
#define NESTED_32 "local t = 7 for k = 1, 31 do t = {t} end "

#define ARCHIVE "reads = {'archive'}, writes = {'archive'}"

/* {pipeline, what the last line of metrics.jsonl has then} */
static const struct {
    const char *text, *part;
} fine[] = {
    {STAGE(ARCHIVE, "gd.figure('a', #state.archive)"), "\"a\":8"},
    {STAGE(ARCHIVE, "state.archive:keep(function(s) return s.serial > 5 end) gd.figure('a', #state.archive)"),
     "\"a\":3"},
    {STAGE("reads = {'archive'}, writes = {'temperature'}", "state.temperature = 2.5"), "\"temperature\":2.5"},
    {STAGE("reads = {'archive'}, writes = {'buffer'}", "state.buffer = state.archive state.buffer:keep(function(s) "
                                                       "return s.serial == 1 end) gd.figure('a', #state.archive * 10 + "
                                                       "#state.buffer)"),
     "\"a\":81"},
    {STAGE("writes = {'buffer'}",
           "gd.figure('a', #state.buffer) for k = 1, 3 do state.buffer:push {positions = {{1, 2, "
           "k}, {4, 5, 6}}} end gd.figure('b', state.buffer[3].positions[1][3])"),
     "\"a\":0,\"b\":3"},
    {STAGE(
         "params = {depth = {type = 'float', default = 1.5, unit = 'eV'}, on = {type = 'bool', default = true}, "
         "n = {type = 'int', default = {1, 2, 3}, count = 3}, how = {type = 'choice', choices = {'a', 'b'}, default "
         "= 'b'}, text = {type = 'string', default = \"it's\"}, none = {type = 'string', optional = true}}",
         "assert(params.depth == 1.5 and params.on == true and params.n[3] == 3 and params.how == 'b' and params.text "
         "== \"it's\" and params.none == nil) gd.figure('a', 1)"),
     "\"a\":1"},
    {STAGE("params = {few = {type = 'names', choices = {'a', 'b', 'c'}, default = {'c', 'a'}}, from = {type = 'paths', "
           "default = {'it\\'s', 'x, [y'}}, one = {type = 'paths', default = 'c'}}",

           "assert(table.concat(params.few, ' ') == 'a c') for k, name in ipairs {'it\\'s', 'x, [y'} do "
           "assert(params.from[k]:sub(-#name) == name) end assert(#params.from == 2 and #params.one == 1) "
           "gd.figure('a', 1)"),
     "\"a\":1"},
    {SCRIPT("",
            EIGHT "gd.loop {times = 2, gd.stage {name = 'x', run = function(state) if state.keep.t then local d, t = "
                  "0, state.keep.t while type(t) == 'table' do d, t = d + 1, t[1] end gd.figure('a', d * 100 + t) "
                  "else " NESTED_32 "state.keep.t = t end end}}"),
     "\"a\":3107"},
};

START_TEST(stages_work)
{
    check_last_step(fine[_i].text, fine[_i].part);
}
END_TEST

#define TOO_MUCH "s.lua:4: the scripts need more than 256 MiB of memory; give --trust to allow it"
#define TOO_LONG ": this call would take too long; give --trust to allow it"

/* {pipeline, message} */
static const struct {
    const char *text, *message;
} failing[] = {
    {STAGE(ARCHIVE, "\nerror('no')"), "s.lua:5: no"},
    {STAGE(ARCHIVE, "return state.batch"),
     "s.lua:4: the stage x does not declare that it reads batch: add reads = {\"batch\"}"},
    {STAGE("reads = {'archive'}", "state.archive:keep(function() return true end)"),
     "s.lua:4: this set can only be read: a stage names the sets that it writes in `writes`"},
    {STAGE("reads = {'archive'}", "state.archive = state.archive"),
     "s.lua:4: the stage x does not declare that it writes archive: add writes = {\"archive\"}"},
    {STAGE(ARCHIVE, "state.temperature = 1"),
     "s.lua:4: the stage x does not declare that it writes temperature: add writes = {\"temperature\"}"},
    {STAGE("writes = {'temperature'}", "state.temperature = -1"), "s.lua:4: a temperature is a finite number above 0"},
    {STAGE(ARCHIVE, "state.evaluations = 1"), "s.lua:4: evaluations cannot be written"},
    {STAGE(ARCHIVE, "state.archive:keep(function(s)\nerror('keep') end)"), "s.lua:5: keep"},
    {STAGE(ARCHIVE, "state.archive:keep(function(s) end)"),
     "s.lua:4: keep: the function did not return true or false, but a nil"},
    {STAGE(ARCHIVE, "state.archive:sort(function(a, b)\nerror('sort') end)"), "s.lua:5: sort"},
    {STAGE(ARCHIVE, "state.archive:sort(function(a) return a end)"),
     "s.lua:4: sort: the function of one structure did not return a number, but a userdata"},
    {STAGE(ARCHIVE, "state.archive:sort('name')"), "s.lua:4: sort: expected \"energy\" or a function, got \"name\""},
    {STAGE(ARCHIVE, "state.archive:cut()"),
     "s.lua:4: a set has no cut; it has keep, push and sort, a length and structures"},
    {STAGE(ARCHIVE, "state.archive:push {positions = {{1, 2}}}"),
     "s.lua:4: positions: expected those of 2 atoms, or of the 2 mobile ones, got 1"},
    {STAGE(ARCHIVE, "state.archive:push {positions = {{1, 2}, {1, 2, 3}}}"), "s.lua:4: a position is a finite number"},
    {STAGE(ARCHIVE, "state.archive[1].positions[1] = {0/0, 1, 2}"), "s.lua:4: a position is a finite number"},
    {STAGE(ARCHIVE, "state.archive[1].energy = 1"),
     "s.lua:4: only positions of mobile atoms can be written: s.positions[i] = {x, y, z}"},
    {STAGE(ARCHIVE, "state.archive[1].positions[3] = {1, 2, 3}"), "s.lua:4: there is no such atom"},
    {STAGE(ARCHIVE, "state.archive:sort()"), "s.lua:4: sort: expected \"energy\" or a function, got no value"},
    {STAGE(ARCHIVE, "state.archive.keep(function() return true end)"),
     "s.lua:4: keep is called with a colon: set:keep(...)"},
    {STAGE(ARCHIVE, "state.archive:push {pos = 1}"),
     "s.lua:4: push: expected a structure, or {positions = {{x, y, z}, ...}}"},
    {STAGE(ARCHIVE, "state.archive = {}"),
     "s.lua:4: archive can only be assigned another set of the state, such as state.archive, not a table"},
    {STAGE(ARCHIVE, "return state.archive[1].positions[1].x"), "s.lua:4: an index is an integer from 1 on, not x"},
    {STAGE(ARCHIVE, "return state.archive[1.5]"), "s.lua:4: an index is an integer from 1 on, not 1.5"},
    {STAGE(ARCHIVE, "return state.archive[1].positions.at(1)"),
     "s.lua:4: bad argument #1 to 'at' (godiff positions expected, got number)"},
    {STAGE(ARCHIVE, "local s = state.archive[1] state.archive:sort('energy') return s.energy"),
     "s.lua:4: the set was sorted or cut since: get the structure from it again"},
    {STAGE(ARCHIVE, "local a = state.archive a:keep(function(s) a:sort('energy') return true end)"),
     "s.lua:4: the set was changed during the iteration"},
    {STAGE(ARCHIVE, "local a = state.archive a:keep(function(s) a:push(s) return true end)"),
     "s.lua:4: the set was changed during the iteration"},
    {STAGE(ARCHIVE, "local a = state.archive a:sort(function(s, t) a:push(s) return true end)"),
     "s.lua:4: the set was changed during the iteration"},
    {STAGE(ARCHIVE, "for k = 1, 1e9 do state.archive:push(state.archive[1]) end"), TOO_MUCH},
    {STAGE(ARCHIVE,
           "for k = 1, 1e9 do pcall(state.archive.push, state.archive, {positions = state.archive[1].positions}) "
           "end"),
     TOO_MUCH},
    {STAGE(ARCHIVE, "for k = 1, 1e9 do gd.figure('f' .. k, k) end"),
     "s.lua:4: gd.figure: more than 1000 figures of one step"},
    {STAGE(ARCHIVE, "gd.figure(('x'):rep(101), 1)"),
     "s.lua:4: bad argument #1 to 'figure' (a name has at most 100 bytes)"},
    {STAGE(ARCHIVE, "gd.message(('x'):rep(65537))"), "s.lua:4: gd.message: a line has at most 65536 bytes"},
    {STAGE(ARCHIVE, "return (''):rep(math.maxinteger)"), "s.lua:4: rep" TOO_LONG},
    {STAGE(ARCHIVE, "return table.move({}, 1, math.maxinteger, 2)"), "s.lua:4: move" TOO_LONG},
    {STAGE(ARCHIVE, "return table.unpack({}, math.mininteger, math.maxinteger)"), "s.lua:4: unpack" TOO_LONG},
    {STAGE(ARCHIVE, "return table.concat({}, '', math.mininteger)"), "s.lua:4: concat" TOO_LONG},
    {STAGE(ARCHIVE, "state.keep.x = type"),
     "s.lua: state.keep: a function cannot be kept: booleans, numbers, strings and tables of these can"},
    {STAGE(ARCHIVE, "state.keep.x = state.archive"),
     "s.lua: state.keep: a userdata cannot be kept: booleans, numbers, strings and tables of these can"},
    {STAGE(ARCHIVE, "state.keep[true] = 1"), "s.lua: state.keep: a boolean cannot be a key: strings and integers can"},
    {STAGE(ARCHIVE, "state.keep.x = setmetatable({}, {})"),
     "s.lua: state.keep: a table with a metatable cannot be kept"},
    {STAGE(ARCHIVE, "state.keep.x = state.keep"), "s.lua: state.keep: more than 32 nested tables"},
    {STAGE(ARCHIVE, NESTED_32 "state.keep.t = {t}"), "s.lua: state.keep: more than 32 nested tables"},
    {STAGE(ARCHIVE, "state.keep.x = ('x'):rep(1 << 21)"), "s.lua: state.keep: more than 1 MiB"},
    {STAGE(ARCHIVE, "local t = {} for k = 1, 30 do t = {t, t} end state.keep = t"),
     "s.lua: state.keep: more than 1 MiB"},
    {STAGE(ARCHIVE, "state.keep = 5"), "s.lua:4: bad argument #3 to 'newindex' (table expected, got number)"},
    {STAGE(ARCHIVE, "pcall(string.rep, 'x', 1 << 40) error('after')"), "s.lua:4: after"},
    {SCRIPT("", EIGHT "\n(function() local kept return gd.loop {times = 2, gd.stage {name = 'x', reads = {'archive'}, "
                      "run = function(state) if kept then return kept[1].energy end kept = state.archive end}} end)()"),
     "s.lua:3: these structures are those of an earlier call: they cannot be kept"},
    {SCRIPT("", EIGHT "\n(function() local kept return gd.loop {times = 2, gd.stage {name = 'x', reads = {'archive'}, "
                      "run = function(state) if kept then return kept.best end kept = state end}} end)()"),
     "s.lua:3: this state is that of an earlier call: it cannot be kept"},
    {SCRIPT("", EIGHT "\n(function() local kept return gd.loop {times = 2, gd.stage {name = 'x', reads = {'archive'}, "
                      "run = function(state) if kept then return kept[1][2] end kept = state.archive[1].positions "
                      "end}} end)()"),
     "s.lua:3: these structures are those of an earlier call: they cannot be kept"},
};

START_TEST(errors_stop_the_run)
{
    struct gd_error error;
    ck_assert_int_eq(run_script(failing[_i].text, "run", false, &error), GD_FAILED);
    ck_assert_str_eq(error.text, failing[_i].message);
    char *summary = result("run", "summary.json"), *archive = result("run", "archive.extxyz");
    ck_assert_ptr_nonnull(strstr(summary, "\"failed\""));
    size_t structures = 0;
    for (const char *c = archive; (c = strstr(c, "Lattice")); c++)
        structures++;
    ck_assert_uint_eq(structures, 8); /* as the last finished step left it */
    free(summary);
    free(archive);
    free(result("run", "run.h5"));
}
END_TEST

/* A stage that draws continues after an interruption as if there had been none: it fails in the second pass first. */
START_TEST(draws_are_those_of_the_step)
{
    static const char once[] =
        SCRIPT("", EIGHT "gd.loop {times = 3, gd.stage {name = 'x', writes = {'temperature'}, run "
                         "= function(state) state.temperature = gd.random() + math.random(5) + "
                         "gd.normal() ^ 2 end}}");
    struct gd_error error;
    ck_assert_msg(run_script(once, "one", false, &error) == GD_OK, "%s", error.text);
    ck_assert_msg(run_script(once, "two", false, &error) == GD_OK, "%s", error.text);
    char *one = result("one", "metrics.jsonl"), *two = result("two", "metrics.jsonl"), *rest_one, *rest_two;
    char *a = strtok_r(one, "\n", &rest_one), *b = strtok_r(two, "\n", &rest_two);
    double seen = 0;
    for (; a && b; a = strtok_r(NULL, "\n", &rest_one), b = strtok_r(NULL, "\n", &rest_two)) {
        double x = atof(strstr(a, "\"temperature\":") + 14), y = atof(strstr(b, "\"temperature\":") + 14);
        ck_assert(x == y);
        ck_assert(x == 0 || x != seen || strstr(a, "minima")); /* another number in every pass */
        seen = x;
    }
    ck_assert(!a && !b && seen > 0);
    free(one);
    free(two);
}
END_TEST

static volatile int interrupts;

/* The second interrupt ends an endless function through the hook. */
START_TEST(interrupts_end_functions)
{
    struct gd_error error;
    ck_assert_int_eq(run_script_interrupted(STAGE(ARCHIVE, "while true do pcall(error) end"), &interrupts, &error),
                     GD_INTERRUPTED);
    ck_assert_str_eq(error.text, "s.lua:4: interrupted");
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *suite_stages(void)
{
    Suite *suite = suite_create("stages");
    TCase *tests = tcase_create("stages");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, stages_work, 0, COUNT(fine));
    tcase_add_loop_test(tests, errors_stop_the_run, 0, COUNT(failing));
    tcase_add_test(tests, draws_are_those_of_the_step);
    tcase_add_test(tests, interrupts_end_functions);
    tcase_set_timeout(tests, 120);
    suite_add_tcase(suite, tests);
    return suite;
}
