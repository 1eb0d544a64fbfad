/* Structures of a set, their atoms, and the sets behind them. */
#include "lua/views.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "lua/sandbox.h"

static const char *const metatables[] = {"godiff set",     "godiff structure", "godiff positions", "godiff forces",
                                         "godiff numbers", "godiff position",  "godiff force"};

/* --- Looking up --------------------------------------------------------------------------------------------------- */

const struct gd_set *gd_script_set_now(const struct gd_script_set *set)
{
    return set->own ? set->own : set->shared;
}

/* Metatables are known by their addresses: to look one up by its name at every use takes several times as long. What
 * a view is not has another size, whatever metatable it was given. */
bool gd_view_is(lua_State *lua, int index, enum gd_view_kind kind)
{
    if (lua_rawlen(lua, index) != sizeof(struct gd_view) || !lua_getmetatable(lua, index))
        return false;
    bool same = lua_topointer(lua, -1) == gd_script_of(lua)->views[kind];
    lua_pop(lua, 1);
    return same && lua_type(lua, index) == LUA_TUSERDATA;
}

const struct gd_view *gd_view_check(lua_State *lua, int index, enum gd_view_kind kind)
{
    const struct gd_view *view =
        gd_view_is(lua, index, kind) ? lua_touserdata(lua, index) : luaL_checkudata(lua, index, metatables[kind]);
    if (view->call != gd_script_of(lua)->call.number)
        luaL_error(lua, "these structures are those of an earlier call: they cannot be kept");
    if (kind != GD_VIEW_SET && view->order != view->set->order)
        luaL_error(lua, "the set was sorted or cut since: take the structure from it anew");
    return view;
}

static struct gd_view *push_view(lua_State *lua, struct gd_view like)
{
    struct gd_view *view = lua_newuserdatauv(lua, sizeof *view, 0);
    *view = like;
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &metatables[like.kind]);
    lua_setmetatable(lua, -2);
    return view;
}

void gd_set_push_view(lua_State *lua, struct gd_script_set *set)
{
    push_view(lua, (struct gd_view){.kind = GD_VIEW_SET, .set = set, .call = gd_script_of(lua)->call.number});
}

void gd_structure_push_view(lua_State *lua, struct gd_script_set *set, size_t index)
{
    push_view(lua, (struct gd_view){GD_VIEW_STRUCTURE, set, gd_script_of(lua)->call.number, set->order, index, 0});
}

const struct gd_set *gd_set_check_view(lua_State *lua, int index)
{
    return gd_view_set(gd_view_check(lua, index, GD_VIEW_SET));
}

/* --- Writing ------------------------------------------------------------------------------------------------------ */

void gd_view_charge(lua_State *lua, struct gd_script_set *set, size_t atoms, size_t count)
{
    size_t each = atoms * 6 * sizeof(double) + sizeof(double) + sizeof(int64_t);
    size_t bytes = count > SIZE_MAX / 2 / each ? SIZE_MAX / 2 : count * each;
    if (bytes > set->charged) {
        gd_script_charge(lua, bytes - set->charged);
        set->charged = bytes;
    }
}

struct gd_set *gd_view_fresh(lua_State *lua, const struct gd_structure *like, size_t fixed)
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

struct gd_structure gd_view_atoms(const struct gd_set *set)
{
    return (struct gd_structure){.cell = set->cell, .count = set->atoms, .species = set->species};
}

void gd_script_set_own(lua_State *lua, struct gd_script_set *set, const struct gd_set *from)
{
    const struct gd_system *system = gd_state_peek(gd_script_of(lua)->call.state, "system");
    struct gd_structure like = from ? gd_view_atoms(from) : (struct gd_structure){0};
    struct gd_error error = {0};
    if (from && from == set->own)
        return;
    if (!from && !system)
        luaL_error(lua, "there is no system to hold structures of");
    if (from)
        gd_view_charge(lua, set, from->atoms, from->count);
    struct gd_set *made = gd_view_fresh(lua, from ? &like : &system->structure, from ? from->fixed : system->fixed);
    if (from && gd_set_append(made, from, 0, from->count, &error) != GD_OK) {
        gd_set_free(made);
        gd_script_raise(lua, &error);
    }
    gd_set_free(set->own);
    set->own = made;
    set->order++;
}

void gd_view_check_writable(lua_State *lua, const struct gd_script_set *set)
{
    if (!set->writable)
        luaL_error(lua, "this set can only be read: a stage names the sets that it writes in `writes`");
}

struct gd_set *gd_view_own(lua_State *lua, struct gd_script_set *set)
{
    uint64_t order = set->order;
    gd_view_check_writable(lua, set);
    if (!set->own)
        gd_script_set_own(lua, set, set->shared);
    set->order = order; /* a copy leaves all in its place */
    return set->own;
}

static double check_finite(lua_State *lua, int index)
{
    int is_number;
    double number = lua_tonumberx(lua, index, &is_number);
    if (!is_number || !isfinite(number))
        luaL_error(lua, "a position is a finite number");
    return number;
}

/* --- Structures --------------------------------------------------------------------------------------------------- */

static void push_part(lua_State *lua, const struct gd_view *view, enum gd_view_kind kind)
{
    struct gd_view part = *view;
    part.kind = kind;
    push_view(lua, part);
}

static void get_energy(lua_State *lua, const struct gd_view *view)
{
    double energy = gd_view_set(view)->energies[view->index];
    if (isnan(energy))
        lua_pushnil(lua);
    else
        lua_pushnumber(lua, energy);
}

static void get_forces(lua_State *lua, const struct gd_view *view)
{
    const struct gd_set *set = gd_view_set(view);
    if (!set->forces || !set->atoms || isnan(set->forces[3 * set->atoms * view->index]))
        lua_pushnil(lua);
    else
        push_part(lua, view, GD_VIEW_FORCES);
}

static void get_positions(lua_State *lua, const struct gd_view *view)
{
    push_part(lua, view, GD_VIEW_POSITIONS);
}

static void get_numbers(lua_State *lua, const struct gd_view *view)
{
    push_part(lua, view, GD_VIEW_NUMBERS);
}

static void get_fixed(lua_State *lua, const struct gd_view *view)
{
    lua_pushinteger(lua, (lua_Integer)gd_view_set(view)->fixed);
}

static void get_serial(lua_State *lua, const struct gd_view *view)
{
    const int64_t *serials = gd_view_set(view)->serials;
    if (serials && serials[view->index])
        lua_pushinteger(lua, serials[view->index]);
    else
        lua_pushnil(lua);
}

static const struct {
    const char *name;
    void (*push)(lua_State *lua, const struct gd_view *view);
} fields[] = {
    {"energy", get_energy}, {"positions", get_positions}, {"forces", get_forces},
    {"fixed", get_fixed},   {"numbers", get_numbers},     {"serial", get_serial},
};

enum { FIELDS = sizeof fields / sizeof *fields };

static int structure_get(lua_State *lua)
{
    const struct gd_view *view = gd_view_check(lua, 1, GD_VIEW_STRUCTURE);
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
    enum gd_view_kind kind = GD_VIEW_STRUCTURE;
    while (kind < GD_VIEW_NUMBERS && !gd_view_is(lua, 1, kind))
        kind++;
    lua_pushinteger(lua, (lua_Integer)gd_view_set(gd_view_check(lua, 1, kind))->atoms);
    return 1;
}

bool gd_view_place(lua_State *lua, size_t count, size_t *index)
{
    int whole;
    lua_Integer place = lua_tointegerx(lua, 2, &whole);
    if (!whole)
        luaL_error(lua, "what stands in [ ] is a number from 1 on, not %s", gd_text_push(lua, 2));
    *index = (size_t)place - 1;
    return place > 0 && (size_t)place <= count;
}

static int numbers_get(lua_State *lua)
{
    const struct gd_view *view = gd_view_check(lua, 1, GD_VIEW_NUMBERS);
    size_t atom;
    if (gd_view_place(lua, gd_view_set(view)->atoms, &atom))
        lua_pushinteger(lua, gd_view_set(view)->species[atom]);
    else
        lua_pushnil(lua);
    return 1;
}

/* The three numbers of a view's atom. */
static size_t offset_of(const struct gd_view *view)
{
    return 3 * (gd_view_set(view)->atoms * view->index + view->atom);
}

/* positions:at(i), forces:at(i): three numbers, without a view of their own */
static int vectors_at(lua_State *lua)
{
    bool is_force = gd_view_is(lua, 1, GD_VIEW_FORCES);
    struct gd_view view = *gd_view_check(lua, 1, is_force ? GD_VIEW_FORCES : GD_VIEW_POSITIONS);
    const struct gd_set *set = gd_view_set(&view);
    if (!gd_view_place(lua, set->atoms, &view.atom))
        return 0;
    const double *vector = (is_force ? set->forces : set->positions) + offset_of(&view);
    for (int d = 0; d < 3; d++)
        lua_pushnumber(lua, vector[d]);
    return 3;
}

/* positions[i], positions.at, forces[i], forces.at */
static int vectors_get(lua_State *lua, enum gd_view_kind kind, enum gd_view_kind part)
{
    struct gd_view view = *gd_view_check(lua, 1, kind);
    if (lua_type(lua, 2) == LUA_TSTRING && !strcmp(lua_tostring(lua, 2), "at"))
        lua_pushcfunction(lua, vectors_at);
    else if (gd_view_place(lua, gd_view_set(&view)->atoms, &view.atom))
        push_part(lua, &view, part);
    else
        lua_pushnil(lua);
    return 1;
}

static int positions_get(lua_State *lua)
{
    return vectors_get(lua, GD_VIEW_POSITIONS, GD_VIEW_POSITION);
}

static int forces_get(lua_State *lua)
{
    return vectors_get(lua, GD_VIEW_FORCES, GD_VIEW_FORCE);
}

static int component_get(lua_State *lua, const double *all, const struct gd_view *view)
{
    size_t component;
    if (gd_view_place(lua, 3, &component))
        lua_pushnumber(lua, all[offset_of(view) + component]);
    else
        lua_pushnil(lua);
    return 1;
}

static int position_get(lua_State *lua)
{
    const struct gd_view *view = gd_view_check(lua, 1, GD_VIEW_POSITION);
    return component_get(lua, gd_view_set(view)->positions, view);
}

static int force_get(lua_State *lua)
{
    const struct gd_view *view = gd_view_check(lua, 1, GD_VIEW_FORCE);
    return component_get(lua, gd_view_set(view)->forces, view);
}

/* The place to write an atom's position to; its structure is then no longer evaluated. */
static double *moved(lua_State *lua, const struct gd_view *view)
{
    struct gd_set *set = gd_view_own(lua, view->set);
    if (view->atom < set->fixed)
        luaL_error(lua, "atom %d is of the template and does not move", (int)view->atom + 1);
    gd_set_moved(set, view->index);
    return set->positions + offset_of(view);
}

static int position_put(lua_State *lua)
{
    const struct gd_view *view = gd_view_check(lua, 1, GD_VIEW_POSITION);
    size_t component;
    if (!gd_view_place(lua, 3, &component))
        return luaL_error(lua, "a position has three numbers");
    double number = check_finite(lua, 3);
    moved(lua, view)[component] = number;
    return 0;
}

void gd_view_point(lua_State *lua, int index, double point[3])
{
    if (!lua_istable(lua, index) && !gd_view_is(lua, index, GD_VIEW_POSITION))
        luaL_error(lua, "a position is a list of three numbers");
    for (int d = 0; d < 3; d++) {
        lua_geti(lua, index, d + 1);
        point[d] = check_finite(lua, -1);
        lua_pop(lua, 1);
    }
}

static int positions_put(lua_State *lua)
{
    struct gd_view view = *gd_view_check(lua, 1, GD_VIEW_POSITIONS);
    double point[3];
    if (!gd_view_place(lua, gd_view_set(&view)->atoms, &view.atom))
        return luaL_error(lua, "there is no such atom");
    gd_view_point(lua, 3, point);
    gd_view_check(lua, 1, GD_VIEW_POSITIONS); /* reading the point may have called the script */
    memcpy(moved(lua, &view), point, sizeof point);
    return 0;
}

/* --- Metatables --------------------------------------------------------------------------------------------------- */

/* What is not to be written to is said so. */
static int refuse(lua_State *lua)
{
    return luaL_error(lua, "only positions of mobile atoms can be written: s.positions[i] = {x, y, z}");
}

/* By kind of view. */
static const luaL_Reg metamethods[GD_VIEWS][4] = {
    [GD_VIEW_SET] = {{"__len", gd_set_length}, {"__newindex", refuse}, {"__pairs", gd_set_pairs}},
    [GD_VIEW_STRUCTURE] = {{"__index", structure_get}, {"__len", count_atoms}, {"__newindex", refuse}},
    [GD_VIEW_POSITIONS] = {{"__index", positions_get}, {"__len", count_atoms}, {"__newindex", positions_put}},
    [GD_VIEW_FORCES] = {{"__index", forces_get}, {"__len", count_atoms}, {"__newindex", refuse}},
    [GD_VIEW_NUMBERS] = {{"__index", numbers_get}, {"__len", count_atoms}, {"__newindex", refuse}},
    [GD_VIEW_POSITION] = {{"__index", position_get}, {"__newindex", position_put}},
    [GD_VIEW_FORCE] = {{"__index", force_get}, {"__newindex", refuse}},
};

void gd_views_open(lua_State *lua)
{
    for (int kind = 0; kind < GD_VIEWS; kind++) {
        luaL_newmetatable(lua, metatables[kind]);
        gd_script_of(lua)->views[kind] = lua_topointer(lua, -1);
        lua_pushvalue(lua, -1);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &metatables[kind]);
        luaL_setfuncs(lua, metamethods[kind], 0);
        gd_lock_metatable(lua);
        if (kind == GD_VIEW_SET) {
            gd_set_push_methods(lua);
            lua_setfield(lua, -2, "__index");
        }
        lua_pop(lua, 1);
    }
}
