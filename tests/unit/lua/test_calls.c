/* No function that a script can come by trusts its arguments: all of them, those in metatables that are locked and
 * those that are returned included, are called with every type in every place. What is wrong raises; nothing crashes,
 * which the build with sanitizers sees best. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "lua/environment.h"
#include "lua/state.h"
#include "lua/views.h"
#include "unit/lua/helpers.h"
#include "unit/suites.h"

#define MOST_FUNCTIONS 1000
#define RANDOM_CALLS   3000 /* of each function, with up to five arguments */

/* What is found, on the stack of the call that looks. */
enum { FOUND = 1, SEEN, VALUES }; /* lists and sets: functions, all that was gone through, arguments */

struct search {
    struct gd_script *script;
    struct gd_call *call; /* NULL: none, the script is being read */
    size_t functions, calls;
};

/* --- Going through all that can be reached ------------------------------------------------------------------------ */

static void walk(lua_State *lua, int index, int depth);

/* Walks the value on top of the stack, and pops it. */
static void walk_top(lua_State *lua, int depth)
{
    walk(lua, lua_gettop(lua), depth + 1);
    lua_pop(lua, 1);
}

static void walk_table(lua_State *lua, int index, int depth)
{
    for (lua_pushnil(lua); lua_next(lua, index);) {
        walk_top(lua, depth);
        walk(lua, lua_gettop(lua), depth + 1);
    }
}

static void walk_function(lua_State *lua, int index, int depth)
{
    if (lua_iscfunction(lua, index)) {
        lua_pushvalue(lua, index);
        lua_rawseti(lua, FOUND, (lua_Integer)lua_rawlen(lua, FOUND) + 1);
    }
    for (int k = 1; lua_getupvalue(lua, index, k); k++) {
        if (lua_iscfunction(lua, -1) && lua_iscfunction(lua, index))
            lua_pop(lua, 1);
        else
            walk_top(lua, depth);
    }
}

/* Without regard to __metatable, and upvalues included, which functions give away. Functions of the libraries that ours
 * guard, which are their upvalues, are out of reach. */
static void walk(lua_State *lua, int index, int depth)
{
    ck_assert_int_lt(depth, 100);
    luaL_checkstack(lua, 10, NULL);
    if (lua_isnil(lua, index))
        return;
    lua_pushvalue(lua, index);
    bool seen = lua_rawget(lua, SEEN) != LUA_TNIL;
    lua_pop(lua, 1);
    if (seen)
        return;
    if (lua_type(lua, index) != LUA_TNUMBER) {
        lua_pushvalue(lua, index);
        lua_pushboolean(lua, true);
        lua_rawset(lua, SEEN);
    }
    if (lua_getmetatable(lua, index))
        walk_top(lua, depth);
    if (lua_istable(lua, index))
        walk_table(lua, index, depth);
    else if (lua_isfunction(lua, index))
        walk_function(lua, index, depth);
    for (int k = 1; lua_type(lua, index) == LUA_TUSERDATA && lua_getiuservalue(lua, index, k) != LUA_TNONE; k++)
        walk_top(lua, depth);
}

/* --- Arguments ---------------------------------------------------------------------------------------------------- */

static void add(lua_State *lua)
{
    lua_rawseti(lua, VALUES, (lua_Integer)lua_rawlen(lua, VALUES) + 1);
}

static void add_chunk(lua_State *lua, const char *text)
{
    ck_assert_int_eq(luaL_loadstring(lua, text), LUA_OK);
    if (lua_pcall(lua, 0, 1, 0) != LUA_OK)
        lua_error(lua);
    add(lua);
}

/* All kinds of values; new ones, since functions may have changed the former. */
static void make_values(lua_State *lua, struct search *search)
{
    static const char *const chunks[] = {
        "return 0",
        "return 1",
        "return -1",
        "return 7",
        "return 0.5",
        "return 0/0",
        "return math.huge",
        "return math.maxinteger",
        "return math.mininteger",
        "return ''",
        "return 'at'",
        "return 'positions'",
        "return 'keep'",
        "return '%p%s%d%q'",
        "return '[^%'",
        "return 'archive'",
        "return false",
        "return true",
        "return {}",
        "return {3, 1, 2}",
        "return {positions = {{1, 2, 3}, {4, 5, 6}}}",
        "return {name = 'y', run = type}",
        "return setmetatable({}, {__index = function() return 1 end, __len = function() return 1 << 62 end})",
        "return function(...) return ... end",
        "return function() return true end",
        "return type",
        "local gd = require 'godiff' return gd.train {}",
        "local gd = require 'godiff' return gd.stage {name = 'z', run = type}",
    };
    lua_newtable(lua);
    lua_replace(lua, VALUES);
    for (size_t k = 0; k < sizeof chunks / sizeof *chunks; k++)
        if (search->script->reading || !strstr(chunks[k], "gd."))
            add_chunk(lua, chunks[k]);
    lua_pushlightuserdata(lua, search);
    add(lua);
    lua_newthread(lua);
    add(lua);
    lua_newuserdatauv(lua, 1, 0);
    add(lua);
    if (!search->call)
        return;
    gd_state_push(lua);
    add(lua);
    const struct gd_set *archive = search->call->sets[0].shared;
    gd_script_set_copy(lua, &search->call->sets[0], archive, NULL, archive->count); /* as it was */
    gd_view_push_set(lua, &search->call->sets[0]);
    add(lua);
    static const char *const parts[] = {"positions", "forces", "numbers"};
    gd_view_push_structure(lua, &search->call->sets[0], 0);
    int structure = lua_gettop(lua);
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        lua_getfield(lua, structure, parts[k]);
        lua_geti(lua, -1, 1);
        add(lua);
        add(lua);
    }
    add(lua);
}

/* Value k of them, or nil behind the last. */
static void push_value(lua_State *lua, size_t k)
{
    lua_rawgeti(lua, VALUES, (lua_Integer)k + 1);
}

/* --- Calls -------------------------------------------------------------------------------------------------------- */

/* Calls function k with the values `which` [count]. A limit that is met is set back. Functions that come out of it are
 * called in their turn. */
static void call(lua_State *lua, struct search *search, lua_Integer k, const size_t *which, int count)
{
    struct gd_script *script = search->script;
    int top = lua_gettop(lua);
    luaL_checkstack(lua, count + 10, NULL);
    lua_rawgeti(lua, FOUND, k);
    for (int j = 0; j < count; j++)
        push_value(lua, which[j]);
    int result = lua_pcall(lua, count, 3, 0);
    script->stopped = GD_OK;
    lua_sethook(lua, NULL, 0, 0);
    gd_registry_script_usage(registry)->instructions = 20000000 - 100000;
    for (int j = 0; result == LUA_OK && j < 3; j++)
        if (lua_iscfunction(lua, -1 - j) && lua_rawlen(lua, FOUND) < MOST_FUNCTIONS)
            walk(lua, lua_gettop(lua) - j, 0);
    lua_settop(lua, top);
    search->calls++;
}

/* No argument, one, two, and three of which the first two go through all values; the places behind by chance. */
static void call_with_everything(lua_State *lua, struct search *search, lua_Integer k)
{
    uint32_t chance = 1;
    make_values(lua, search);
    size_t values = (size_t)lua_rawlen(lua, VALUES) + 1; /* and nil */
    call(lua, search, k, NULL, 0);
    for (size_t a = 0; a < values; a++) {
        call(lua, search, k, &a, 1);
        for (size_t b = 0; b < values; b++)
            for (size_t c = 0; c < values; c += 1 + values / 3)
                call(lua, search, k, (size_t[]){a, b, c}, c ? 3 : 2);
    }
    for (int j = 0; j < RANDOM_CALLS; j++) {
        size_t which[5];
        for (int place = 0; place < 5; place++) {
            chance = chance * 1664525 + 1013904223;
            which[place] = (chance >> 8) % values;
        }
        call(lua, search, k, which, 3 + j % 3);
    }
}

static int call_all(lua_State *lua)
{
    struct search *search = lua_touserdata(lua, 1);
    lua_settop(lua, 0);
    for (int k = 0; k < 3; k++)
        lua_newtable(lua);
    make_values(lua, search);
    lua_pushglobaltable(lua);
    walk_top(lua, 0);
    for (size_t k = 0; k < lua_rawlen(lua, VALUES); k++) {
        push_value(lua, k);
        walk_top(lua, 0);
    }
    for (lua_Integer k = 1; k <= (lua_Integer)lua_rawlen(lua, FOUND); k++)
        call_with_everything(lua, search, k);
    search->functions = lua_rawlen(lua, FOUND);
    return 0;
}

/* --- The two times at which a script is called -------------------------------------------------------------------- */

static struct gd_script *new_script(struct gd_tree *tree)
{
    struct gd_script *script;
    *tree = (struct gd_tree){0};
    ck_assert_int_eq(gd_environment_new(&script, tree, registry, "s.lua", false), GD_OK);
    return script;
}

static void check_calls(struct gd_script *script, struct search *search, size_t least)
{
    ck_assert_msg(gd_script_call(script, call_all, search) == GD_OK, "%s", script->failure.text);
    ck_assert_uint_gt(search->functions, least);
    ck_assert_uint_gt(search->calls, search->functions * 1000);
}

START_TEST(while_it_is_read)
{
    struct gd_tree tree;
    struct gd_script *script = new_script(&tree);
    struct search search = {.script = script};
    check_calls(script, &search, 90);
    gd_tree_clear(&tree);
}
END_TEST

static struct gd_set *three_structures(const struct gd_system *system)
{
    struct gd_set *set = calloc(1, sizeof *set);
    double *positions = calloc(system->structure.count, 3 * sizeof *positions);
    ck_assert(set && positions);
    ck_assert_int_eq(gd_set_init(set, &system->structure, system->fixed, NULL), GD_OK);
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(gd_set_push(set, positions, NULL), GD_OK);
    for (size_t k = 0; k < 9 * set->atoms; k++)
        set->forces[k] = 0;
    free(positions);
    return set;
}

START_TEST(while_it_runs)
{
    static const char *const slots[] = {"archive", "buffer", "temperature", NULL};
    static const struct gd_stage stage = {.name = "x", .reads = slots, .writes = slots};
    struct gd_tree tree;
    struct gd_pipeline pipeline = {0};
    struct gd_state *state = gd_state_new(registry);
    struct gd_script *script = new_script(&tree);
    struct gd_error error = {0};
    open_pipeline(SCRIPT("", "gd.seed {}"), &pipeline, state);
    ck_assert_int_eq(gd_state_put(state, "archive", three_structures(gd_state_get(state, "system")), &error), GD_OK);
    const struct gd_context context = {.state = state,
                                       .error = &error,
                                       .events = &(struct gd_events){0},
                                       .step = "x",
                                       .stage = &stage,
                                       .iterations = 1,
                                       .threads = 1};
    struct search search = {.script = script, .call = &script->call};
    gd_script_end_reading(script);
    gd_call_begin(script, &context, state, &stage);
    script->call.draws = true;
    check_calls(script, &search, 110);
    gd_call_end(script, GD_FAILED, &error);
    gd_tree_clear(&tree);
    gd_pipeline_clear(&pipeline);
    gd_state_free(state);
}
END_TEST

Suite *suite_calls(void)
{
    Suite *suite = suite_create("calls");
    TCase *tests = tcase_create("calls");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, while_it_is_read);
    tcase_add_test(tests, while_it_runs);
    tcase_set_timeout(tests, 300);
    suite_add_tcase(suite, tests);
    return suite;
}
