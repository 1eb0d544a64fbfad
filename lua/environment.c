#include "lua/environment.h"

#include <lualib.h>
#include <string.h>

#include "lua/module.h"
#include "lua/sandbox.h"
#include "lua/state.h"
#include "lua/views.h"

/* require "godiff" */
static int require(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    if (strcmp(name, "godiff") != 0)
        return luaL_error(lua,
                          "require \"%s\": a script that is not trusted has only \"godiff\"; give --trust to allow "
                          "it others",
                          name);
    lua_pushvalue(lua, lua_upvalueindex(1));
    return 1;
}

/* Random numbers come from the run, so that it can be repeated. */
static int seed_random(lua_State *lua)
{
    return luaL_error(lua, "math.randomseed: random numbers follow from the seed of the pipeline");
}

/* math.random becomes that of the module on top of the stack. */
static void replace_random(lua_State *lua)
{
    lua_getglobal(lua, LUA_MATHLIBNAME);
    lua_getfield(lua, -2, "random");
    lua_setfield(lua, -2, "random");
    lua_pushcfunction(lua, seed_random);
    lua_setfield(lua, -2, "randomseed");
    lua_pop(lua, 1);
}

/* Makes the module on top of the stack the result of require "godiff"; pops it. */
static void provide_module(lua_State *lua)
{
    if (gd_script_of(lua)->trusted) {
        luaL_getsubtable(lua, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
        lua_insert(lua, -2);
        lua_setfield(lua, -2, "godiff");
        lua_pop(lua, 1);
    } else {
        lua_pushcclosure(lua, require, 1);
        lua_setglobal(lua, "require");
    }
}

static int open_environment(lua_State *lua)
{
    gd_sandbox_open(lua);
    gd_module_push(lua);
    replace_random(lua);
    provide_module(lua);
    gd_state_open(lua);
    gd_structures_open(lua);
    gd_sets_open(lua);
    return 0;
}

enum gd_status gd_environment_new(struct gd_script **script, struct gd_tree *tree, const struct gd_registry *registry,
                                  const char *file, bool trusted)
{
    enum gd_status status = gd_script_new(script, tree, registry, file, trusted);
    return status ? status : gd_script_call(*script, open_environment, NULL);
}
