/* Sets of structures as a script sees them, without copies until it writes.
 *
 * A view is a small userdata that names a set, a structure of it, an atom of that. It is looked up anew at every use:
 * one of an earlier call, or of a structure that has changed its place, raises an error. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "lua/script.h"

enum view_kind { SET, STRUCTURE, POSITIONS, FORCES, NUMBERS, POSITION, FORCE, VIEWS };

static const char *const metatables[] = {"godiff set",     "godiff structure", "godiff positions", "godiff forces",
                                         "godiff numbers", "godiff position",  "godiff force"};

struct view {
    enum view_kind kind;
    struct gd_script_set *set; /* of the script's call */
    uint64_t call, order;
    size_t index, atom;
};

/* --- Looking up -----------------------------------------------------------------------------------------------------
 */

const struct gd_set *gd_script_set_now(const struct gd_script_set *set)
{
    return set->own ? set->own : set->shared;
}

/* The view at an index of the stack, if what it names is still there. */
static const struct view *check_view(lua_State *lua, int index, enum view_kind kind)
{
    const struct view *view = luaL_checkudata(lua, index, metatables[kind]);
    if (view->call != gd_script_of(lua)->call.number)
        luaL_error(lua, "these structures are those of an earlier call: they cannot be kept");
    if (kind != SET && view->order != view->set->order)
        luaL_error(lua, "the set was sorted or cut since: take the structure from it anew");
    return view;
}

static const struct gd_set *set_of(const struct view *view)
{
    return gd_script_set_now(view->set);
}

static struct view *push_view(lua_State *lua, struct view like)
{
    struct view *view = lua_newuserdatauv(lua, sizeof *view, 0);
    *view = like;
    luaL_setmetatable(lua, metatables[like.kind]);
    return view;
}

void gd_set_push_view(lua_State *lua, struct gd_script_set *set)
{
    push_view(lua, (struct view){.kind = SET, .set = set, .call = gd_script_of(lua)->call.number});
}

void gd_structure_push_view(lua_State *lua, struct gd_script_set *set, size_t index)
{
    push_view(lua, (struct view){STRUCTURE, set, gd_script_of(lua)->call.number, set->order, index, 0});
}

const struct gd_set *gd_set_check_view(lua_State *lua, int index)
{
    return set_of(check_view(lua, index, SET));
}

/* --- Writing --------------------------------------------------------------------------------------------------------
 */

/* A new empty set. Nothing may be raised before it has its owner. */
static struct gd_set *fresh(lua_State *lua, const struct gd_structure *like, size_t fixed)
{
    struct gd_error error = {0};
    struct gd_set *made = calloc(1, sizeof *made);
    if (!made)
        gd_script_no_memory(lua);
    if (gd_set_init(made, like, fixed, &error) != GD_OK) {
        free(made);
        gd_script_raise(lua, &error);
    }
    return made;
}

/* The atoms of a set, which may be empty. */
static struct gd_structure atoms_of(const struct gd_set *set)
{
    return (struct gd_structure){.cell = set->cell, .count = set->atoms, .species = set->species};
}

void gd_script_set_own(lua_State *lua, struct gd_script_set *set, const struct gd_set *from)
{
    const struct gd_system *system = gd_state_get(gd_script_of(lua)->call.state, "system");
    struct gd_structure like = from ? atoms_of(from) : (struct gd_structure){0};
    struct gd_error error = {0};
    if (from && from == set->own)
        return;
    if (!from && !system)
        luaL_error(lua, "there is no system to hold structures of");
    struct gd_set *made = fresh(lua, from ? &like : &system->structure, from ? from->fixed : system->fixed);
    if (from && gd_set_append(made, from, 0, from->count, &error) != GD_OK) {
        gd_set_free(made);
        gd_script_raise(lua, &error);
    }
    gd_set_free(set->own);
    set->own = made;
    set->order++;
}

/* The set to write to: the script's own copy. */
static struct gd_set *own(lua_State *lua, struct gd_script_set *set)
{
    uint64_t order = set->order;
    if (!set->writable)
        luaL_error(lua, "this set can only be read: a stage names the sets that it writes in `writes`");
    if (!set->own)
        gd_script_set_own(lua, set, set->shared);
    set->order = order; /* a copy leaves all in its place */
    return set->own;
}

/* Puts the structures `chosen` [count] of the set in their order. */
static void select_structures(lua_State *lua, struct gd_script_set *set, const size_t *chosen, size_t count)
{
    const struct gd_set *now = gd_script_set_now(set);
    struct gd_structure like = atoms_of(now);
    struct gd_error error = {0};
    struct gd_set *made = fresh(lua, &like, now->fixed);
    enum gd_status status = gd_set_reserve(made, count, &error);
    for (size_t k = 0; k < count && status == GD_OK; k++)
        status = gd_set_append(made, now, chosen[k], 1, &error);
    if (status != GD_OK) {
        gd_set_free(made);
        gd_script_raise(lua, &error);
    }
    gd_set_free(set->own);
    set->own = made;
    set->order++;
}

/* What was known of a structure is not, once an atom has moved. */
static void forget(struct gd_set *set, size_t k)
{
    set->energies[k] = NAN;
    set->serials[k] = 0;
    for (size_t c = 3 * set->atoms * k; c < 3 * set->atoms * (k + 1); c++)
        set->forces[c] = NAN;
}

static double check_finite(lua_State *lua, int index)
{
    int is_number;
    double number = lua_tonumberx(lua, index, &is_number);
    if (!is_number || !isfinite(number))
        luaL_error(lua, "a position is a finite number");
    return number;
}

/* --- Structures ------------------------------------------------------------------------------------------------------
 */

static void push_part(lua_State *lua, const struct view *view, enum view_kind kind)
{
    struct view part = *view;
    part.kind = kind;
    push_view(lua, part);
}

static void get_energy(lua_State *lua, const struct view *view)
{
    double energy = set_of(view)->energies[view->index];
    if (isnan(energy))
        lua_pushnil(lua);
    else
        lua_pushnumber(lua, energy);
}

static void get_forces(lua_State *lua, const struct view *view)
{
    const struct gd_set *set = set_of(view);
    if (!set->forces || !set->atoms || isnan(set->forces[3 * set->atoms * view->index]))
        lua_pushnil(lua);
    else
        push_part(lua, view, FORCES);
}

static void get_positions(lua_State *lua, const struct view *view)
{
    push_part(lua, view, POSITIONS);
}

static void get_numbers(lua_State *lua, const struct view *view)
{
    push_part(lua, view, NUMBERS);
}

static void get_fixed(lua_State *lua, const struct view *view)
{
    lua_pushinteger(lua, (lua_Integer)set_of(view)->fixed);
}

static void get_serial(lua_State *lua, const struct view *view)
{
    const int64_t *serials = set_of(view)->serials;
    if (serials && serials[view->index])
        lua_pushinteger(lua, serials[view->index]);
    else
        lua_pushnil(lua);
}

static const struct {
    const char *name;
    void (*push)(lua_State *lua, const struct view *view);
} fields[] = {
    {"energy", get_energy}, {"positions", get_positions}, {"forces", get_forces},
    {"fixed", get_fixed},   {"numbers", get_numbers},     {"serial", get_serial},
};

enum { FIELDS = sizeof fields / sizeof *fields };

static int structure_get(lua_State *lua)
{
    const struct view *view = check_view(lua, 1, STRUCTURE);
    const char *name = luaL_checkstring(lua, 2);
    const char *names[FIELDS + 1] = {NULL};
    for (size_t k = 0; k < FIELDS; k++) {
        if (!strcmp(fields[k].name, name)) {
            fields[k].push(lua, view);
            return 1;
        }
        names[k] = fields[k].name;
    }
    gd_script_unknown(lua, "value of a structure", name, names);
}

/* #structure, #structure.positions, ...: the atoms */
static int count_atoms(lua_State *lua)
{
    for (int kind = STRUCTURE; kind <= NUMBERS; kind++)
        if (luaL_testudata(lua, 1, metatables[kind]))
            lua_pushinteger(lua, (lua_Integer)set_of(check_view(lua, 1, (enum view_kind)kind))->atoms);
    return 1;
}

/* A place in a list of `count`, from 0; false when there is none. */
static bool check_index(lua_State *lua, size_t count, size_t *index)
{
    lua_Integer place = luaL_checkinteger(lua, 2);
    *index = (size_t)(place - 1);
    return place > 0 && (size_t)place <= count;
}

static int numbers_get(lua_State *lua)
{
    const struct view *view = check_view(lua, 1, NUMBERS);
    size_t atom;
    if (check_index(lua, set_of(view)->atoms, &atom))
        lua_pushinteger(lua, set_of(view)->species[atom]);
    else
        lua_pushnil(lua);
    return 1;
}

/* positions[i], forces[i] */
static int vectors_get(lua_State *lua, enum view_kind kind, enum view_kind part)
{
    struct view view = *check_view(lua, 1, kind);
    bool there = check_index(lua, set_of(&view)->atoms, &view.atom);
    if (there)
        push_part(lua, &view, part);
    else
        lua_pushnil(lua);
    return 1;
}

static int positions_get(lua_State *lua)
{
    return vectors_get(lua, POSITIONS, POSITION);
}

static int forces_get(lua_State *lua)
{
    return vectors_get(lua, FORCES, FORCE);
}

/* The three numbers of a view's atom. */
static size_t offset_of(const struct view *view)
{
    return 3 * (set_of(view)->atoms * view->index + view->atom);
}

static int component_get(lua_State *lua, const double *all, const struct view *view)
{
    size_t component;
    if (check_index(lua, 3, &component))
        lua_pushnumber(lua, all[offset_of(view) + component]);
    else
        lua_pushnil(lua);
    return 1;
}

static int position_get(lua_State *lua)
{
    const struct view *view = check_view(lua, 1, POSITION);
    return component_get(lua, set_of(view)->positions, view);
}

static int force_get(lua_State *lua)
{
    const struct view *view = check_view(lua, 1, FORCE);
    return component_get(lua, set_of(view)->forces, view);
}

/* The place to write an atom's position to; its structure is then no longer evaluated. */
static double *moved(lua_State *lua, const struct view *view)
{
    struct gd_set *set = own(lua, view->set);
    if (view->atom < set->fixed)
        luaL_error(lua, "atom %d is of the template and does not move", (int)view->atom + 1);
    forget(set, view->index);
    return set->positions + offset_of(view);
}

static int position_put(lua_State *lua)
{
    const struct view *view = check_view(lua, 1, POSITION);
    size_t component;
    if (!check_index(lua, 3, &component))
        return luaL_error(lua, "a position has three numbers");
    double number = check_finite(lua, 3);
    moved(lua, view)[component] = number;
    return 0;
}

/* Reads {x, y, z}, or a position of a structure. */
static void check_point(lua_State *lua, int index, double point[3])
{
    if (!lua_istable(lua, index) && !luaL_testudata(lua, index, metatables[POSITION]))
        luaL_error(lua, "a position is a list of three numbers");
    for (int d = 0; d < 3; d++) {
        lua_geti(lua, index, d + 1);
        point[d] = check_finite(lua, -1);
        lua_pop(lua, 1);
    }
}

static int positions_put(lua_State *lua)
{
    struct view view = *check_view(lua, 1, POSITIONS);
    double point[3];
    if (!check_index(lua, set_of(&view)->atoms, &view.atom))
        return luaL_error(lua, "there is no such atom");
    check_point(lua, 3, point);
    check_view(lua, 1, POSITIONS); /* reading the point may have called the script */
    memcpy(moved(lua, &view), point, sizeof point);
    return 0;
}

/* --- Sets ------------------------------------------------------------------------------------------------------------
 */

static int set_length(lua_State *lua)
{
    lua_pushinteger(lua, (lua_Integer)set_of(check_view(lua, 1, SET))->count);
    return 1;
}

/* An array that lives on the stack of Lua. */
static void *scratch(lua_State *lua, size_t count, size_t size)
{
    if (count > SIZE_MAX / 2 / size)
        gd_script_no_memory(lua);
    return lua_newuserdatauv(lua, count * size + 1, 0);
}

/* Calls the function at index 2 for a structure; its one result is then on top of the stack. */
static void ask(lua_State *lua, struct gd_script_set *set, size_t index, size_t count)
{
    lua_pushvalue(lua, 2);
    gd_structure_push_view(lua, set, index);
    lua_call(lua, 1, 1);
    if (gd_script_set_now(set)->count != count)
        luaL_error(lua, "the set was changed while it was gone through");
}

/* set:keep(function(structure) return true or false end) */
static int set_keep(lua_State *lua)
{
    struct gd_script_set *set = check_view(lua, 1, SET)->set;
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    size_t count = own(lua, set)->count, kept = 0;
    uint64_t order = set->order;
    size_t *chosen = scratch(lua, count, sizeof *chosen);
    for (size_t k = 0; k < count; k++) {
        ask(lua, set, k, count);
        if (set->order != order)
            return luaL_error(lua, "the set was changed while it was gone through");
        if (!lua_isboolean(lua, -1))
            return luaL_error(lua, "keep: the function did not return true or false, but a %s", luaL_typename(lua, -1));
        if (lua_toboolean(lua, -1))
            chosen[kept++] = k;
        lua_pop(lua, 1);
    }
    if (kept < count)
        select_structures(lua, set, chosen, kept);
    return 0;
}

/* What an order is made by: keys, or, NULL, the function at index 2. */
struct sorting {
    struct gd_script_set *set;
    size_t count;
    uint64_t order;
    const double *keys; /* [count]; unknown ones last */
};

/* Whether structure `a` comes before `b`. */
static bool before(lua_State *lua, const struct sorting *sorting, size_t a, size_t b)
{
    if (sorting->keys)
        return sorting->keys[a] < sorting->keys[b] || (isnan(sorting->keys[b]) && !isnan(sorting->keys[a]));
    lua_pushvalue(lua, 2);
    gd_structure_push_view(lua, sorting->set, a);
    gd_structure_push_view(lua, sorting->set, b);
    lua_call(lua, 2, 1);
    if (sorting->set->order != sorting->order || gd_script_set_now(sorting->set)->count != sorting->count)
        luaL_error(lua, "the set was changed while it was gone through");
    bool answer = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return answer;
}

/* Merge sort, from the bottom up: stable, and in bounds whatever the function answers. `other` has room for as much. */
static void sort(lua_State *lua, const struct sorting *sorting, size_t *places, size_t *other)
{
    size_t count = sorting->count;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = low + width < count ? low + width : count;
            size_t high = middle + width < count ? middle + width : count;
            for (size_t to = low, one = low, two = middle; to < high; to++) {
                bool second = two < high && (one == middle || before(lua, sorting, places[two], places[one]));
                other[to] = places[second ? two++ : one++];
            }
        }
        memcpy(places, other, count * sizeof *places);
    }
}

/* The keys by a name of a structure's value, or by a function of one structure. */
static const double *make_keys(lua_State *lua, const struct sorting *sorting)
{
    double *keys = scratch(lua, sorting->count, sizeof *keys);
    bool named = lua_type(lua, 2) == LUA_TSTRING;
    if (named && strcmp(lua_tostring(lua, 2), "energy") != 0)
        luaL_error(lua, "sort: expected \"energy\" or a function, got \"%s\"", lua_tostring(lua, 2));
    for (size_t k = 0; k < sorting->count; k++) {
        if (named) {
            keys[k] = gd_script_set_now(sorting->set)->energies[k];
            continue;
        }
        ask(lua, sorting->set, k, sorting->count);
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

/* set:sort("energy"), set:sort(function(s) return key end), set:sort(function(a, b) return a before b end) */
static int set_sort(lua_State *lua)
{
    struct gd_script_set *set = check_view(lua, 1, SET)->set;
    if (lua_type(lua, 2) != LUA_TSTRING)
        luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    size_t count = own(lua, set)->count;
    struct sorting sorting = {set, count, set->order, NULL};
    size_t *places = scratch(lua, count, sizeof *places), *other = scratch(lua, count, sizeof *other);
    for (size_t k = 0; k < count; k++)
        places[k] = k;
    if (lua_type(lua, 2) == LUA_TSTRING || arity(lua) == 1)
        sorting.keys = make_keys(lua, &sorting);
    sort(lua, &sorting, places, other);
    if (set->order != sorting.order)
        return luaL_error(lua, "the set was changed while it was gone through");
    select_structures(lua, set, places, count);
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
        check_point(lua, lua_gettop(lua), point);
        lua_pop(lua, 1);
        if (first + k >= fixed)
            memcpy(positions + 3 * (first + k), point, sizeof point);
    }
}

/* set:push{positions = {{x, y, z}, ...}}: a structure that is not evaluated */
static void push_positions(lua_State *lua, struct gd_script_set *set)
{
    const struct gd_system *system = gd_state_get(gd_script_of(lua)->call.state, "system");
    struct gd_error error = {0};
    if (!system)
        luaL_error(lua, "push: there is no system to tell the atoms");
    double *positions = scratch(lua, 3 * system->structure.count, sizeof *positions);
    memcpy(positions, system->structure.positions, 3 * system->structure.count * sizeof *positions);
    lua_getfield(lua, 2, "positions");
    check_positions(lua, lua_gettop(lua), system, positions);
    struct gd_set *to = own(lua, set);
    if (to->atoms != system->structure.count)
        luaL_error(lua, "push: the set has structures of other atoms");
    if (gd_set_push(to, positions, &error) != GD_OK)
        gd_script_raise(lua, &error);
}

/* set:push(structure): with what is known of it */
static void push_structure(lua_State *lua, struct gd_script_set *set)
{
    const struct view *view = check_view(lua, 2, STRUCTURE);
    struct gd_set *to = own(lua, set);
    struct gd_error error = {0};
    if (set_of(view) == to)
        if (gd_set_reserve(to, to->count + 1, &error) != GD_OK) /* what is copied stays where it is meanwhile */
            gd_script_raise(lua, &error);
    if (gd_set_append(to, set_of(view), view->index, 1, &error) != GD_OK)
        gd_script_raise(lua, &error);
}

static int set_push(lua_State *lua)
{
    struct gd_script_set *set = check_view(lua, 1, SET)->set;
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
    const struct view *view = check_view(lua, 1, SET);
    size_t index;
    if (lua_type(lua, 2) == LUA_TSTRING) {
        lua_pushvalue(lua, 2);
        lua_rawget(lua, lua_upvalueindex(1));
        if (lua_isnil(lua, -1))
            return luaL_error(lua, "a set has no %s; it has keep, push and sort, a length and structures",
                              lua_tostring(lua, 2));
    } else if (check_index(lua, set_of(view)->count, &index)) {
        gd_structure_push_view(lua, view->set, index);
    } else {
        lua_pushnil(lua);
    }
    return 1;
}

/* What is not to be written to is said so. */
static int refuse(lua_State *lua)
{
    return luaL_error(lua, "only positions of mobile atoms can be written: s.positions[i] = {x, y, z}");
}

static const luaL_Reg set_methods[] = {{"keep", set_keep}, {"push", set_push}, {"sort", set_sort}, {0}};

/* By kind of view. */
static const luaL_Reg metamethods[VIEWS][4] = {
    [SET] = {{"__len", set_length}, {"__newindex", refuse}},
    [STRUCTURE] = {{"__index", structure_get}, {"__len", count_atoms}, {"__newindex", refuse}},
    [POSITIONS] = {{"__index", positions_get}, {"__len", count_atoms}, {"__newindex", positions_put}},
    [FORCES] = {{"__index", forces_get}, {"__len", count_atoms}, {"__newindex", refuse}},
    [NUMBERS] = {{"__index", numbers_get}, {"__len", count_atoms}, {"__newindex", refuse}},
    [POSITION] = {{"__index", position_get}, {"__newindex", position_put}},
    [FORCE] = {{"__index", force_get}, {"__newindex", refuse}},
};

void gd_sets_open(lua_State *lua)
{
    for (int kind = 0; kind < VIEWS; kind++) {
        luaL_newmetatable(lua, metatables[kind]);
        luaL_setfuncs(lua, metamethods[kind], 0);
        lua_pushboolean(lua, false);
        lua_setfield(lua, -2, "__metatable");
        if (kind == SET) {
            luaL_newlib(lua, set_methods);
            lua_pushcclosure(lua, set_get, 1);
            lua_setfield(lua, -2, "__index");
        }
        lua_pop(lua, 1);
    }
}
