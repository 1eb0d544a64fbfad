/* Views: how they are made, looked up and checked. */
#include "lua/views.h"

#include <math.h>

#include "lua/sandbox.h"

static const char *const metatables[] = {"godiff set",     "godiff structure", "godiff positions", "godiff forces",
                                         "godiff numbers", "godiff position",  "godiff force"};

/* --- Looking up --------------------------------------------------------------------------------------------------- */

/* Metatables are known by their addresses: to look one up by its name at every use takes several times as long. The
 * size is compared as well: scripts can give other values any metatable. */
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
        luaL_error(lua, "the set was sorted or cut since: get the structure from it again");
    return view;
}

static void push_view(lua_State *lua, struct gd_view like)
{
    struct gd_view *view = lua_newuserdatauv(lua, sizeof *view, 0);
    *view = like;
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &metatables[like.kind]);
    lua_setmetatable(lua, -2);
}

void gd_view_push_set(lua_State *lua, struct gd_script_set *set)
{
    push_view(lua, (struct gd_view){.kind = GD_VIEW_SET, .set = set, .call = gd_script_of(lua)->call.number});
}

void gd_view_push_structure(lua_State *lua, struct gd_script_set *set, size_t index)
{
    push_view(lua, (struct gd_view){GD_VIEW_STRUCTURE, set, gd_script_of(lua)->call.number, set->order, index, 0});
}

void gd_view_push_part(lua_State *lua, const struct gd_view *view, enum gd_view_kind kind)
{
    struct gd_view part = *view;
    part.kind = kind;
    push_view(lua, part);
}

const struct gd_set *gd_view_check_set(lua_State *lua, int index)
{
    return gd_view_set(gd_view_check(lua, index, GD_VIEW_SET));
}

/* --- Arguments ---------------------------------------------------------------------------------------------------- */

double gd_view_check_number(lua_State *lua, int index)
{
    int is_number;
    double number = lua_tonumberx(lua, index, &is_number);
    if (!is_number || !isfinite(number))
        luaL_error(lua, "a position is a finite number");
    return number;
}

void gd_view_check_point(lua_State *lua, int index, double point[3])
{
    if (!lua_istable(lua, index) && !gd_view_is(lua, index, GD_VIEW_POSITION))
        luaL_error(lua, "a position is a list of three numbers");
    for (int d = 0; d < 3; d++) {
        lua_geti(lua, index, d + 1);
        point[d] = gd_view_check_number(lua, -1);
        lua_pop(lua, 1);
    }
}

bool gd_view_check_index(lua_State *lua, size_t count, size_t *index)
{
    int whole;
    lua_Integer place = lua_tointegerx(lua, 2, &whole);
    if (!whole)
        luaL_error(lua, "an index is an integer from 1 on, not %s", gd_text_push(lua, 2));
    *index = (size_t)place - 1;
    return place > 0 && (size_t)place <= count;
}

/* --- Metatables --------------------------------------------------------------------------------------------------- */

static int refuse_assignment(lua_State *lua)
{
    return luaL_error(lua, "only positions of mobile atoms can be written: s.positions[i] = {x, y, z}");
}

void gd_view_open(lua_State *lua, enum gd_view_kind kind, const luaL_Reg *methods)
{
    luaL_newmetatable(lua, metatables[kind]);
    gd_script_of(lua)->views[kind] = lua_topointer(lua, -1);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &metatables[kind]);
    lua_pushcfunction(lua, refuse_assignment);
    lua_setfield(lua, -2, "__newindex");
    luaL_setfuncs(lua, methods, 0);
    gd_metatable_lock(lua);
}
