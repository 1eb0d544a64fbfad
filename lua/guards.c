/* Library functions whose work does not end with their instructions: what a call costs is known before it runs. */
#include <lualib.h>
#include <math.h>
#include <string.h>

#include "lua/sandbox.h"
#include "lua/script.h"

#define MOST_STEPS            1e9 /* of one matching of a pattern */
#define STEPS_PER_INSTRUCTION 10
#define MOST_COST             2e8 /* instructions of one call; seconds, in which no interrupt is seen */

/* --- Costs in instructions ---------------------------------------------------------------------------------------- */

#define MOST_DIGITS 48 /* bytes of a number as text */

static double length_at(lua_State *lua, int index)
{
    if (lua_type(lua, index) == LUA_TNUMBER)
        return MOST_DIGITS;
    return lua_type(lua, index) == LUA_TSTRING ? (double)lua_rawlen(lua, index) : 0;
}

/* All bytes that are given. */
static double cost_of_bytes(lua_State *lua)
{
    double bytes = 0;
    for (int k = lua_gettop(lua); k > 0; k--)
        bytes += length_at(lua, k);
    return bytes / 8;
}

/* string.rep(text, times, between) */
static double cost_of_repetition(lua_State *lua)
{
    return (length_at(lua, 1) + length_at(lua, 3) + 1) * fmax(lua_tonumber(lua, 2), 0) / 8;
}

/* The end of the single-character class that begins at `c`: a character, %x or [set]. */
static const char *class_end(const char *c, const char *end)
{
    if (*c == '%' && c + 1 < end)
        return c + 2;
    if (*c++ != '[')
        return c;
    if (c < end && *c == '^')
        c++;
    do {
        if (c < end && *c++ == '%' && c < end)
            c++;
    } while (c < end && *c != ']');
    return c < end ? c + 1 : end;
}

/* An upper bound of the steps of matching a pattern at every place of a text of `length` bytes.
 *
 * From one place, the q repeated classes (* + -) stop at rising places, which C(length + q, q) ways are there for; an
 * optional one (?) doubles them. Each way costs at most the length of the pattern, and that of the text where balanced
 * brackets (%b) or a captured text (%1) are compared. `anchored`: a ^ in front leaves one place. */
static double matching_steps(const char *pattern, size_t size, double length, bool anchored)
{
    const char *c = pattern, *end = pattern + size;
    double ways = 1, repeated = 0, width = 1;
    anchored = anchored && size && *c == '^';
    for (c += anchored; c < end;) {
        if (*c == '%' && c + 1 < end && (c[1] == 'b' || (c[1] >= '0' && c[1] <= '9')))
            width = length + 1;
        c = class_end(c, end);
        if (c < end && strchr("*+-", *c))
            repeated++, ways *= (length + repeated) / repeated;
        else if (c < end && *c == '?')
            ways *= 2;
        else
            continue;
        c++;
    }
    return (anchored ? 1 : length + 1) * ways * width * ((double)size + 1);
}

/* (text, pattern, ...) */
static double cost_of_steps(lua_State *lua, bool anchored)
{
    const char *pattern = lua_tostring(lua, 2);
    double length = length_at(lua, 1);
    double steps = pattern ? matching_steps(pattern, lua_rawlen(lua, 2), length, anchored) : 0;
    if (steps > MOST_STEPS)
        luaL_error(lua, "matching this pattern with a text of %d bytes may take too long; give --trust to allow it",
                   (int)fmin(length, 1e9));
    return steps / STEPS_PER_INSTRUCTION;
}

/* string.find, string.match */
static double cost_of_matching(lua_State *lua)
{
    return cost_of_steps(lua, true);
}

/* string.gmatch(text, pattern), where ^ is nothing special */
static double cost_of_iteration(lua_State *lua)
{
    return 2 * cost_of_steps(lua, false);
}

/* string.gsub(text, pattern, replacement) */
static double cost_of_substitution(lua_State *lua)
{
    return cost_of_steps(lua, true) + (length_at(lua, 1) + 1) * (length_at(lua, 3) + 1) / STEPS_PER_INSTRUCTION;
}

/* Tables whose lengths and items are their own. */
static double plain_length(lua_State *lua, int index)
{
    luaL_checktype(lua, index, LUA_TTABLE);
    if (lua_getmetatable(lua, index))
        luaL_error(lua, "a table with a metatable is not accepted here; give --trust to allow it");
    return (double)lua_rawlen(lua, index);
}

/* What is behind a place moves by one; without a place it is the end. */
static double cost_of_shift(lua_State *lua, bool placed)
{
    const double length = plain_length(lua, 1);
    return placed ? 1 + fmax(length + 1 - lua_tonumber(lua, 2), 0) : 1;
}

/* table.insert(list, value) or (list, place, value) */
static double cost_of_insertion(lua_State *lua)
{
    return cost_of_shift(lua, lua_gettop(lua) > 2);
}

/* table.remove(list, place) */
static double cost_of_removal(lua_State *lua)
{
    return cost_of_shift(lua, !lua_isnoneornil(lua, 2));
}

static double cost_of_sorting(lua_State *lua)
{
    double length = plain_length(lua, 1);
    return length * log2(length + 2);
}

/* A range of places: arguments `first` and the next. */
static double range(lua_State *lua, int first)
{
    return fmax(luaL_optnumber(lua, first + 1, 0) - luaL_optnumber(lua, first, 1) + 1, 0);
}

/* table.move(from, first, last, to, other) */
static double cost_of_move(lua_State *lua)
{
    if (!lua_isnoneornil(lua, 5))
        plain_length(lua, 5);
    return plain_length(lua, 1) + range(lua, 2);
}

static double cost_of_unpacking(lua_State *lua)
{
    return plain_length(lua, 1) + range(lua, 2);
}

static double cost_of_concat(lua_State *lua)
{
    double length = plain_length(lua, 1);
    return length * (length_at(lua, 2) / 8 + 1) + range(lua, 3);
}

/* A function as scripts call it: upvalue 1 is the library's, upvalue 2 the row of it. */
struct guard {
    const char *name;
    double (*cost)(lua_State *lua);
};

static int guarded(lua_State *lua)
{
    const struct guard *guard = lua_touserdata(lua, lua_upvalueindex(2));
    double cost = guard->cost(lua);
    gd_script_check_stop(lua);
    gd_script_spend(lua, cost);
    if (!(cost <= MOST_COST))
        return luaL_error(lua, "%s: this call would take too long; give --trust to allow it", guard->name);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

/* --- The guarded functions ---------------------------------------------------------------------------------------- */

static const struct guard string_functions[] = {
    {"byte", cost_of_bytes},       {"char", cost_of_bytes},
    {"find", cost_of_matching},    {"format", cost_of_bytes},
    {"gmatch", cost_of_iteration}, {"gsub", cost_of_substitution},
    {"len", cost_of_bytes},        {"lower", cost_of_bytes},
    {"match", cost_of_matching},   {"rep", cost_of_repetition},
    {"reverse", cost_of_bytes},    {"sub", cost_of_bytes},
    {"upper", cost_of_bytes},      {0},
};

static const struct guard table_functions[] = {
    {"concat", cost_of_concat},  {"insert", cost_of_insertion}, {"move", cost_of_move},        {"pack", cost_of_bytes},
    {"remove", cost_of_removal}, {"sort", cost_of_sorting},     {"unpack", cost_of_unpacking}, {0},
};

static const struct guard utf8_functions[] = {
    {"char", cost_of_bytes},
    {"charpattern", NULL},
    {"codepoint", cost_of_bytes},
    {"codes", cost_of_bytes},
    {"len", cost_of_bytes},
    {"offset", cost_of_bytes},
    {0},
};

/* Puts guarded functions of the library on top of the stack into a new table, which takes its place. */
static void guard_library(lua_State *lua, const struct guard *functions)
{
    lua_newtable(lua);
    for (const struct guard *guard = functions; guard->name; guard++) {
        lua_getfield(lua, -2, guard->name);
        if (guard->cost) {
            lua_pushlightuserdata(lua, (void *)guard);
            lua_pushcclosure(lua, guarded, 2);
        }
        lua_setfield(lua, -2, guard->name);
    }
    lua_remove(lua, -2);
}

static const struct {
    const char *name;
    const struct guard *functions; /* those that a script gets */
} libraries[] = {
    {LUA_STRLIBNAME, string_functions},
    {LUA_TABLIBNAME, table_functions},
    {LUA_UTF8LIBNAME, utf8_functions},
};

void gd_guards_apply(lua_State *lua, const char *library)
{
    for (size_t k = 0; k < sizeof libraries / sizeof *libraries; k++)
        if (!strcmp(libraries[k].name, library))
            guard_library(lua, libraries[k].functions);
}
