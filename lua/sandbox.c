#include "lua/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#include "lua/script.h"

static const struct {
    const char *name;
    lua_CFunction open;
} libraries[] = {
    {LUA_STRLIBNAME, luaopen_string},
    {LUA_TABLIBNAME, luaopen_table},
    {LUA_UTF8LIBNAME, luaopen_utf8},
    {LUA_MATHLIBNAME, luaopen_math},
};

/* Globals of the base library that reach files, bytecode, the collector or the standard output, or run where no limit
 * reaches. */
static const char *const withheld[] = {"collectgarbage", "dofile", "load", "loadfile", "print", "warn", "xpcall", NULL};

/* Lua calls a finaliser where no hook is called. A value gets one only with its metatable, so it is
 * enough to check here. */
static int set_metatable(lua_State *lua)
{
    if (lua_type(lua, 2) == LUA_TTABLE) {
        lua_pushliteral(lua, "__gc");
        lua_rawget(lua, 2);
        if (!lua_isnil(lua, -1))
            return luaL_error(lua, "finalisers (__gc) are only for scripts that are trusted (--trust)");
        lua_pop(lua, 1);
        lua_pushliteral(lua, "__mode");
        lua_rawget(lua, 2);
        if (!lua_isnil(lua, -1))
            return luaL_error(lua, "weak tables (__mode) are only for scripts that are trusted (--trust)");
        lua_pop(lua, 1);
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

/* The metatable of texts, which all scripts reach, leads to the guarded functions and cannot be accessed. */
static void guard_strings(lua_State *lua)
{
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_getglobal(lua, LUA_STRLIBNAME);
    lua_setfield(lua, -2, "__index");
    gd_metatable_lock(lua);
    lua_pop(lua, 2);
}

/* __index of the globals: an undefined name is most often a mistake. */
static int unknown_global(lua_State *lua)
{
    static const char *const locked[] = {LUA_OSLIBNAME, LUA_IOLIBNAME, LUA_DBLIBNAME, LUA_COLIBNAME, LUA_LOADLIBNAME};
    const char *word = gd_text_push(lua, 2);
    bool known = false;
    for (size_t k = 0; k < sizeof locked / sizeof *locked; k++)
        known |= !strcmp(locked[k], word);
    for (const char *const *name = withheld; *name; name++)
        known |= !strcmp(*name, word);
    if (known)
        return luaL_error(lua, "%s is only for scripts that are trusted (--trust)", word);
    if (!strcmp(word, "gd"))
        return luaL_error(lua, "unknown gd: begin the script with local gd = require \"godiff\"");
    return luaL_error(lua, "unknown name %s: strings need quotes, and variables a value before they are read", word);
}

static void open_safe(lua_State *lua)
{
    luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
    gd_deterministic_replace(lua, LUA_GNAME);
    for (const char *const *name = withheld; *name; name++) {
        lua_pushnil(lua);
        lua_setfield(lua, -2, *name);
    }
    lua_getfield(lua, -1, "setmetatable");
    lua_pushcclosure(lua, set_metatable, 1);
    lua_setfield(lua, -2, "setmetatable");
    lua_pop(lua, 1);
    for (size_t k = 0; k < sizeof libraries / sizeof *libraries; k++) {
        luaL_requiref(lua, libraries[k].name, libraries[k].open, 0);
        gd_deterministic_replace(lua, libraries[k].name);
        gd_guards_apply(lua, libraries[k].name);
        lua_setglobal(lua, libraries[k].name);
    }
    guard_strings(lua);
    lua_pushglobaltable(lua);
    lua_newtable(lua);
    lua_pushcfunction(lua, unknown_global);
    lua_setfield(lua, -2, "__index");
    gd_metatable_lock(lua);
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
}

static void open_all(lua_State *lua)
{
    static const char *const names[] = {LUA_GNAME, LUA_STRLIBNAME, LUA_TABLIBNAME};
    luaL_openlibs(lua);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        lua_getglobal(lua, names[k]);
        gd_deterministic_replace(lua, names[k]);
        lua_pop(lua, 1);
    }
}

void gd_sandbox_open(lua_State *lua)
{
    if (gd_script_of(lua)->trusted)
        open_all(lua);
    else
        open_safe(lua);
}
