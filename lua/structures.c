/* Structures of a set, and their positions, forces and atomic numbers, as a script sees them. */
#include <math.h>
#include <string.h>

#include "lua/views.h"

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
        gd_view_push_part(lua, view, GD_VIEW_FORCES);
}

static void get_positions(lua_State *lua, const struct gd_view *view)
{
    gd_view_push_part(lua, view, GD_VIEW_POSITIONS);
}

static void get_numbers(lua_State *lua, const struct gd_view *view)
{
    gd_view_push_part(lua, view, GD_VIEW_NUMBERS);
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

static void get_path_weight(lua_State *lua, const struct gd_view *view)
{
    const double *weights = gd_view_set(view)->path_weights;
    if (weights && isfinite(weights[view->index]))
        lua_pushnumber(lua, weights[view->index]);
    else
        lua_pushnil(lua);
}

static const struct {
    const char *name;
    void (*push)(lua_State *lua, const struct gd_view *view);
} fields[] = {
    {"energy", get_energy},
    {"positions", get_positions},
    {"forces", get_forces},
    {"fixed", get_fixed},
    {"numbers", get_numbers},
    {"serial", get_serial},
    {"log_path_weight", get_path_weight},
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
    gd_script_raise_unknown(lua, "value of a structure", name, names);
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

static int numbers_get(lua_State *lua)
{
    const struct gd_view *view = gd_view_check(lua, 1, GD_VIEW_NUMBERS);
    size_t atom;
    if (gd_view_check_index(lua, gd_view_set(view)->atoms, &atom))
        lua_pushinteger(lua, gd_view_set(view)->species[atom]);
    else
        lua_pushnil(lua);
    return 1;
}

/* The three numbers of a view's atom. */
static size_t vector_offset(const struct gd_view *view)
{
    return 3 * (gd_view_set(view)->atoms * view->index + view->atom);
}

/* positions:at(i), forces:at(i): three numbers, without a view of their own */
static int vectors_at(lua_State *lua)
{
    bool is_force = gd_view_is(lua, 1, GD_VIEW_FORCES);
    struct gd_view view = *gd_view_check(lua, 1, is_force ? GD_VIEW_FORCES : GD_VIEW_POSITIONS);
    const struct gd_set *set = gd_view_set(&view);
    if (!gd_view_check_index(lua, set->atoms, &view.atom))
        return 0;
    const double *vector = (is_force ? set->forces : set->positions) + vector_offset(&view);
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
    else if (gd_view_check_index(lua, gd_view_set(&view)->atoms, &view.atom))
        gd_view_push_part(lua, &view, part);
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
    if (gd_view_check_index(lua, 3, &component))
        lua_pushnumber(lua, all[vector_offset(view) + component]);
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
static double *position_to_write(lua_State *lua, const struct gd_view *view)
{
    struct gd_set *set = gd_script_set_write(lua, view->set);
    if (view->atom < set->fixed)
        luaL_error(lua, "atom %d is of the template and does not move", (int)view->atom + 1);
    gd_set_mark_moved(set, view->index);
    return set->positions + vector_offset(view);
}

static int position_put(lua_State *lua)
{
    const struct gd_view *view = gd_view_check(lua, 1, GD_VIEW_POSITION);
    size_t component;
    if (!gd_view_check_index(lua, 3, &component))
        return luaL_error(lua, "a position has three numbers");
    double number = gd_view_check_number(lua, 3);
    position_to_write(lua, view)[component] = number;
    return 0;
}

static int positions_put(lua_State *lua)
{
    struct gd_view view = *gd_view_check(lua, 1, GD_VIEW_POSITIONS);
    double point[3];
    if (!gd_view_check_index(lua, gd_view_set(&view)->atoms, &view.atom))
        return luaL_error(lua, "there is no such atom");
    gd_view_check_point(lua, 3, point);
    gd_view_check(lua, 1, GD_VIEW_POSITIONS); /* reading the point may have called the script */
    memcpy(position_to_write(lua, &view), point, sizeof point);
    return 0;
}

/* --- Metatables --------------------------------------------------------------------------------------------------- */

static const luaL_Reg methods[GD_VIEWS][4] = {
    [GD_VIEW_STRUCTURE] = {{"__index", structure_get}, {"__len", count_atoms}},
    [GD_VIEW_POSITIONS] = {{"__index", positions_get}, {"__len", count_atoms}, {"__newindex", positions_put}},
    [GD_VIEW_FORCES] = {{"__index", forces_get}, {"__len", count_atoms}},
    [GD_VIEW_NUMBERS] = {{"__index", numbers_get}, {"__len", count_atoms}},
    [GD_VIEW_POSITION] = {{"__index", position_get}, {"__newindex", position_put}},
    [GD_VIEW_FORCE] = {{"__index", force_get}},
};

void gd_structures_open(lua_State *lua)
{
    for (enum gd_view_kind kind = GD_VIEW_STRUCTURE; kind < GD_VIEWS; kind++) {
        gd_view_open(lua, kind, methods[kind]);
        lua_pop(lua, 1);
    }
}
