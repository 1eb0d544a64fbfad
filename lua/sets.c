/* Sets of structures as a script sees them: length, places, keep, push and sort, without copies until it writes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "lua/views.h"

/* The set that a method is called on. */
static struct gd_script_set *check_self(lua_State *lua, const char *method)
{
    if (!gd_view_is(lua, 1, GD_VIEW_SET))
        luaL_error(lua, "%s is called with a colon: set:%s(...)", method, method);
    return gd_view_check(lua, 1, GD_VIEW_SET)->set;
}

static int set_length(lua_State *lua)
{
    lua_pushinteger(lua, (lua_Integer)gd_view_set(gd_view_check(lua, 1, GD_VIEW_SET))->count);
    return 1;
}

/* An array on the stack of Lua. */
static void *new_array(lua_State *lua, size_t count, size_t size)
{
    if (count > SIZE_MAX / 2 / size)
        gd_script_raise_no_memory(lua);
    return lua_newuserdatauv(lua, count * size + 1, 0);
}

/* (set, place): the next place and its structure, or nil */
static int next_structure(lua_State *lua)
{
    const struct gd_view *view = gd_view_check(lua, 1, GD_VIEW_SET);
    lua_Integer last = luaL_checkinteger(lua, 2);
    if (last < 0 || (size_t)last >= gd_view_set(view)->count) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushinteger(lua, last + 1);
    gd_view_push_structure(lua, view->set, (size_t)last);
    return 2;
}

static int set_pairs(lua_State *lua)
{
    gd_view_check(lua, 1, GD_VIEW_SET);
    lua_pushcfunction(lua, next_structure);
    lua_pushvalue(lua, 1);
    lua_pushinteger(lua, 0);
    return 3;
}

/* Calls the function at index 2 for a structure; its one result is then on top of the stack. */
static void call_function(lua_State *lua, struct gd_script_set *set, size_t index, size_t count)
{
    lua_pushvalue(lua, 2);
    gd_view_push_structure(lua, set, index);
    lua_call(lua, 1, 1);
    if (gd_script_set_read(set)->count != count)
        luaL_error(lua, "the set was changed during the iteration");
}

/* set:keep(function(structure) return true or false end) */
static int set_keep(lua_State *lua)
{
    struct gd_script_set *set = check_self(lua, "keep");
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    gd_script_set_check_writable(lua, set);
    size_t count = gd_script_set_read(set)->count, kept = 0;
    uint64_t order = set->order;
    size_t *chosen = new_array(lua, count, sizeof *chosen);
    for (size_t k = 0; k < count; k++) {
        call_function(lua, set, k, count);
        if (set->order != order)
            return luaL_error(lua, "the set was changed during the iteration");
        if (!lua_isboolean(lua, -1))
            return luaL_error(lua, "keep: the function did not return true or false, but a %s", luaL_typename(lua, -1));
        if (lua_toboolean(lua, -1))
            chosen[kept++] = k;
        lua_pop(lua, 1);
    }
    if (kept < count)
        gd_script_set_copy(lua, set, gd_script_set_read(set), chosen, kept);
    return 0;
}

/* A sort: by keys, or, NULL, by the function at index 2. */
struct sorting {
    struct gd_script_set *set;
    size_t count;
    uint64_t order;
    const double *keys; /* [count]; unknown ones last */
};

/* Whether structure `a` comes comes_before `b`. */
static bool comes_before(lua_State *lua, const struct sorting *sorting, size_t a, size_t b)
{
    if (sorting->keys)
        return sorting->keys[a] < sorting->keys[b] || (isnan(sorting->keys[b]) && !isnan(sorting->keys[a]));
    lua_pushvalue(lua, 2);
    gd_view_push_structure(lua, sorting->set, a);
    gd_view_push_structure(lua, sorting->set, b);
    lua_call(lua, 2, 1);
    if (sorting->set->order != sorting->order || gd_script_set_read(sorting->set)->count != sorting->count)
        luaL_error(lua, "the set was changed during the iteration");
    bool answer = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return answer;
}

/* Merge sort, from the bottom up: stable, and within bounds whatever the function returns. `other` has room for as
 * much. */
static void sort(lua_State *lua, const struct sorting *sorting, size_t *places, size_t *other)
{
    size_t count = sorting->count;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = low + width < count ? low + width : count;
            size_t high = middle + width < count ? middle + width : count;
            for (size_t to = low, one = low, two = middle; to < high; to++) {
                bool second = two < high && (one == middle || comes_before(lua, sorting, places[two], places[one]));
                other[to] = places[second ? two++ : one++];
            }
        }
        memcpy(places, other, count * sizeof *places);
    }
}

/* The keys by a name of a structure's value, or by a function of one structure. */
static const double *make_keys(lua_State *lua, const struct sorting *sorting)
{
    double *keys = new_array(lua, sorting->count, sizeof *keys);
    bool named = lua_type(lua, 2) == LUA_TSTRING;
    if (named && strcmp(lua_tostring(lua, 2), "energy") != 0)
        luaL_error(lua, "sort: expected \"energy\" or a function, got \"%s\"", lua_tostring(lua, 2));
    for (size_t k = 0; k < sorting->count; k++) {
        if (named) {
            keys[k] = gd_script_set_read(sorting->set)->energies[k];
            continue;
        }
        call_function(lua, sorting->set, k, sorting->count);
        if (lua_type(lua, -1) != LUA_TNUMBER)
            luaL_error(lua, "sort: the function of one structure did not return a number, but a %s",
                       luaL_typename(lua, -1));
        keys[k] = lua_tonumber(lua, -1);
        lua_pop(lua, 1);
    }
    return keys;
}

/* How many arguments the function at index 2 has. */
static int arity(lua_State *lua)
{
    lua_Debug about;
    lua_pushvalue(lua, 2);
    lua_getinfo(lua, ">u", &about);
    return about.nparams;
}

/* set:sort("energy"), set:sort(function(s) return key end), set:sort(function(a, b) return a comes_before b end) */
static int set_sort(lua_State *lua)
{
    struct gd_script_set *set = check_self(lua, "sort");
    if (lua_type(lua, 2) != LUA_TSTRING && lua_type(lua, 2) != LUA_TFUNCTION)
        return luaL_error(lua, "sort: expected \"energy\" or a function, got %s", luaL_typename(lua, 2));
    lua_settop(lua, 2);
    gd_script_set_check_writable(lua, set);
    size_t count = gd_script_set_read(set)->count;
    struct sorting sorting = {set, count, set->order, NULL};
    size_t *places = new_array(lua, count, sizeof *places), *other = new_array(lua, count, sizeof *other);
    for (size_t k = 0; k < count; k++)
        places[k] = k;
    if (lua_type(lua, 2) == LUA_TSTRING || arity(lua) == 1)
        sorting.keys = make_keys(lua, &sorting);
    sort(lua, &sorting, places, other);
    if (set->order != sorting.order)
        return luaL_error(lua, "the set was changed during the iteration");
    gd_script_set_copy(lua, set, gd_script_set_read(set), places, count);
    return 0;
}

/* Positions of all atoms, or of the mobile ones, into [atoms][3] that has those of the template. */
static void check_positions(lua_State *lua, int index, const struct gd_system *system, double *positions)
{
    size_t atoms = system->structure.count, fixed = system->fixed;
    size_t given = (size_t)luaL_len(lua, index), first = given == atoms ? 0 : fixed;
    if (given != atoms && given != atoms - fixed)
        luaL_error(lua, "positions: expected those of %d atoms, or of the %d mobile ones, got %d", (int)atoms,
                   (int)(atoms - fixed), (int)given);
    for (size_t k = 0; k < given; k++) {
        double point[3];
        lua_geti(lua, index, (lua_Integer)k + 1);
        gd_view_check_point(lua, lua_gettop(lua), point);
        lua_pop(lua, 1);
        if (first + k >= fixed)
            memcpy(positions + 3 * (first + k), point, sizeof point);
    }
}

/* set:push{positions = {{x, y, z}, ...}}: a structure that is not evaluated */
static void push_positions(lua_State *lua, struct gd_script_set *set)
{
    const struct gd_system *system = gd_state_get_untracked(gd_script_of(lua)->call.state, "system");
    struct gd_error error = {0};
    if (!system)
        luaL_error(lua, "push: without a system, the atoms are unknown");
    double *positions = new_array(lua, 3 * system->structure.count, sizeof *positions);
    memcpy(positions, system->structure.positions, 3 * system->structure.count * sizeof *positions);
    if (lua_getfield(lua, 2, "positions") != LUA_TTABLE && !gd_view_is(lua, -1, GD_VIEW_POSITIONS))
        luaL_error(lua, "push: expected a structure, or {positions = {{x, y, z}, ...}}");
    check_positions(lua, lua_gettop(lua), system, positions);
    struct gd_set *to = gd_script_set_write(lua, set);
    if (to->atoms != system->structure.count)
        luaL_error(lua, "push: the set has structures of other atoms");
    gd_script_set_charge(lua, set, to->atoms, to->count + 1);
    if (gd_set_push(to, positions, &error) != GD_OK)
        gd_script_raise(lua, &error);
}

/* set:push(structure): with its energy and forces, if known */
static void push_structure(lua_State *lua, struct gd_script_set *set)
{
    const struct gd_view *view = gd_view_check(lua, 2, GD_VIEW_STRUCTURE);
    struct gd_set *to = gd_script_set_write(lua, set);
    struct gd_error error = {0};
    gd_script_set_charge(lua, set, to->atoms, to->count + 1);
    if (gd_view_set(view) == to)
        if (gd_set_reserve(to, to->count + 1, &error) != GD_OK) /* what is copied stays where it is meanwhile */
            gd_script_raise(lua, &error);
    if (gd_set_append(to, gd_view_set(view), view->index, 1, &error) != GD_OK)
        gd_script_raise(lua, &error);
}

static int set_push(lua_State *lua)
{
    struct gd_script_set *set = check_self(lua, "push");
    lua_settop(lua, 2);
    if (lua_istable(lua, 2))
        push_positions(lua, set);
    else
        push_structure(lua, set);
    return 0;
}

/* set[i], set.keep, set.push, set.sort: upvalue 1 has the methods */
static int set_get(lua_State *lua)
{
    const struct gd_view *view = gd_view_check(lua, 1, GD_VIEW_SET);
    size_t index;
    if (lua_type(lua, 2) == LUA_TSTRING) {
        lua_pushvalue(lua, 2);
        lua_rawget(lua, lua_upvalueindex(1));
        if (lua_isnil(lua, -1))
            return luaL_error(lua, "a set has no %s; it has keep, push and sort, a length and structures",
                              lua_tostring(lua, 2));
    } else if (gd_view_check_index(lua, gd_view_set(view)->count, &index)) {
        gd_view_push_structure(lua, view->set, index);
    } else {
        lua_pushnil(lua);
    }
    return 1;
}

static const luaL_Reg set_methods[] = {{"keep", set_keep}, {"push", set_push}, {"sort", set_sort}, {0}};

void gd_sets_open(lua_State *lua)
{
    static const luaL_Reg metamethods[] = {{"__len", set_length}, {"__pairs", set_pairs}, {0}};
    gd_view_open(lua, GD_VIEW_SET, metamethods);
    luaL_newlib(lua, set_methods);
    lua_pushcclosure(lua, set_get, 1);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
}
