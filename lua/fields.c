/* Fields of tables that scripts give to functions of the module. */
#include <string.h>

#include "lua/stage.h"

#define MOST_ITEMS 32

const char *gd_field_pop_text(lua_State *lua)
{
    const char *text = lua_tostring(lua, -1);
    const char *copy = gd_script_copy(lua, text, strlen(text));
    lua_pop(lua, 1);
    return copy;
}

bool gd_field_push(lua_State *lua, int index, const char *owner, const char *name, int type)
{
    lua_pushstring(lua, name);
    lua_rawget(lua, index);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        return false;
    }
    if (lua_type(lua, -1) != type)
        luaL_error(lua, "%s: %s is a %s (expected a %s)", owner, name, luaL_typename(lua, -1), lua_typename(lua, type));
    return true;
}

const char *gd_field_text(lua_State *lua, int index, const char *owner, const char *name)
{
    return gd_field_push(lua, index, owner, name, LUA_TSTRING) ? gd_field_pop_text(lua) : NULL;
}

void gd_fields_check(lua_State *lua, int index, const char *owner, const char *const *names)
{
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            luaL_error(lua, "%s: a value has no name: write name = value", owner);
        const char *key = lua_tostring(lua, -2);
        size_t k = 0;
        while (names[k] && strcmp(names[k], key) != 0)
            k++;
        if (!names[k])
            gd_script_raise_unknown(lua, owner, key, names);
    }
}

const char *const *gd_field_list(lua_State *lua, int index, const char *owner, const char *name)
{
    lua_pushstring(lua, name);
    if (lua_rawget(lua, index) == LUA_TSTRING)
        luaL_error(lua, "%s: %s is a list of names: write %s = {\"%s\"}", owner, name, name, lua_tostring(lua, -1));
    lua_pop(lua, 1);
    if (!gd_field_push(lua, index, owner, name, LUA_TTABLE))
        return NULL;
    int list = lua_gettop(lua);
    size_t count = lua_rawlen(lua, list);
    if (count > MOST_ITEMS)
        luaL_error(lua, "%s: %s has more than %d items", owner, name, MOST_ITEMS);
    const char **items = gd_script_alloc(lua, count + 1, sizeof *items);
    for (size_t k = 0; k < count; k++) {
        if (lua_rawgeti(lua, list, (lua_Integer)k + 1) != LUA_TSTRING)
            luaL_error(lua, "%s: %s is a list of names, but has a %s", owner, name, luaL_typename(lua, -1));
        items[k] = gd_field_pop_text(lua);
    }
    lua_pop(lua, 1);
    return items;
}

double gd_field_number(lua_State *lua, int index, const char *owner, const char *name, double otherwise)
{
    double number = otherwise;
    if (gd_field_push(lua, index, owner, name, LUA_TNUMBER)) {
        number = lua_tonumber(lua, -1);
        lua_pop(lua, 1);
    }
    return number;
}

bool gd_field_bool(lua_State *lua, int index, const char *owner, const char *name)
{
    if (!gd_field_push(lua, index, owner, name, LUA_TBOOLEAN))
        return false;
    bool truth = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return truth;
}
