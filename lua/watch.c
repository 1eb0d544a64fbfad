/* A watch on the variables of scripts, which are not in the checkpoint. */
#include <stdio.h>
#include <string.h>

#include "lua/keep.h"

static const char functions, baseline; /* their addresses: keys in the registry of Lua */

#define MOST_ENTRIES 4096 /* of a table that is hashed; of a larger one only the length counts */
#define FIRST_CALLS  64   /* each is followed by a comparison */
#define INTERVAL     1024 /* after them, the calls from one comparison to the next */

void gd_watch_add(lua_State *lua, int function)
{
    function = lua_absindex(lua, function);
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &functions) != LUA_TTABLE) {
        lua_pop(lua, 1);
        lua_newtable(lua);
        lua_pushvalue(lua, -1);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &functions);
    }
    lua_pushvalue(lua, function);
    lua_rawseti(lua, -2, (lua_Integer)lua_rawlen(lua, -2) + 1);
    lua_pop(lua, 1);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    a = (a ^ b) * UINT64_C(0x9E3779B97F4A7C15);
    return a ^ (a >> 29);
}

static uint64_t hash_text(lua_State *lua, int index)
{
    size_t length;
    const char *text = lua_tolstring(lua, index, &length);
    uint64_t hash = length;
    for (size_t k = 0; k < length && k < 1024; k++)
        hash = mix(hash, (unsigned char)text[k]);
    return hash;
}

/* Of plain data the value; of tables and functions the address. */
static uint64_t hash_value(lua_State *lua, int index)
{
    int type = lua_type(lua, index);
    double number = lua_tonumber(lua, index);
    uint64_t bits = 0;
    if (type == LUA_TSTRING)
        return hash_text(lua, index);
    if (lua_isinteger(lua, index))
        bits = (uint64_t)lua_tointeger(lua, index);
    else if (type == LUA_TNUMBER)
        memcpy(&bits, &number, sizeof bits);
    else if (type == LUA_TBOOLEAN)
        bits = (uint64_t)lua_toboolean(lua, index);
    else
        bits = (uint64_t)(uintptr_t)lua_topointer(lua, index);
    return mix((uint64_t)type + 1, bits);
}

static void hash_content(lua_State *lua, int index, int seen, int level, uint64_t *sum);

/* Sums, so that the order of the entries does not count. */
static void hash_table(lua_State *lua, int index, int seen, int level, uint64_t *sum)
{
    uint64_t self = hash_value(lua, index), content = 0;
    size_t count = 0;
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        if (++count > MOST_ENTRIES) {
            lua_pop(lua, 2);
            content = 0;
            break;
        }
        content += mix(hash_value(lua, -2), hash_value(lua, -1));
        hash_content(lua, lua_gettop(lua), seen, level + 1, sum);
    }
    *sum += mix(mix(self, lua_rawlen(lua, index)), content);
}

static void hash_function(lua_State *lua, int index, int seen, int level, uint64_t *sum)
{
    uint64_t self = hash_value(lua, index);
    for (int k = 1; lua_getupvalue(lua, index, k); k++) {
        *sum += mix(self + (uint64_t)k, hash_value(lua, -1));
        hash_content(lua, lua_gettop(lua), seen, level + 1, sum);
        lua_pop(lua, 1);
    }
}

/* Adds the content of a table or function, once. */
static void hash_content(lua_State *lua, int index, int seen, int level, uint64_t *sum)
{
    int type = lua_type(lua, index);
    if ((type != LUA_TTABLE && type != LUA_TFUNCTION) || level > 100)
        return;
    luaL_checkstack(lua, 10, NULL);
    lua_pushvalue(lua, index);
    bool known = lua_rawget(lua, seen) != LUA_TNIL;
    lua_pop(lua, 1);
    if (known)
        return;
    lua_pushvalue(lua, index);
    lua_pushboolean(lua, true);
    lua_rawset(lua, seen);
    if (type == LUA_TTABLE)
        hash_table(lua, index, seen, level, sum);
    else
        hash_function(lua, index, seen, level, sum);
}

static void skip_globals(lua_State *lua, int seen)
{
    lua_pushglobaltable(lua);
    lua_pushboolean(lua, true);
    lua_rawset(lua, seen);
}

/* Compares the value on top of the stack, of the variable `name`, with what it was at first, which the table at `known`
 * has under the key below it; pops both. */
static void compare(lua_State *lua, int known, const char *name)
{
    struct gd_script *script = gd_script_of(lua);
    uint64_t sum = hash_value(lua, -1);
    int value = lua_gettop(lua);
    lua_newtable(lua);
    skip_globals(lua, value + 1);
    hash_content(lua, value, value + 1, 0, &sum);
    lua_pushvalue(lua, value - 1);
    bool was = lua_rawget(lua, known) != LUA_TNIL;
    if (script->watching && (!was || (uint64_t)lua_tointeger(lua, -1) != sum) && !*script->changed)
        snprintf(script->changed, sizeof script->changed, "%s in %s", name, script->file);
    lua_pushvalue(lua, value - 1);
    lua_pushinteger(lua, (lua_Integer)sum);
    if (script->watching)
        lua_settop(lua, value);
    else
        lua_rawset(lua, known);
    lua_settop(lua, value - 2);
}

static void compare_globals(lua_State *lua, int known)
{
    lua_pushglobaltable(lua);
    int globals = lua_gettop(lua);
    for (lua_pushnil(lua); lua_next(lua, globals);) {
        lua_pushvalue(lua, -2);
        lua_insert(lua, -2);
        compare(lua, known, lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "_G");
    }
    lua_pop(lua, 1);
}

static void compare_upvalues(lua_State *lua, int known)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &functions);
    int list = lua_gettop(lua);
    for (lua_Integer k = 1; lua_istable(lua, list) && lua_rawgeti(lua, list, k) != LUA_TNIL; k++) {
        const char *name;
        int function = lua_gettop(lua);
        for (int n = 1; (name = lua_getupvalue(lua, function, n)); n++) {
            lua_pushinteger(lua, k * 256 + n);
            lua_insert(lua, -2);
            compare(lua, known, name);
        }
        lua_pop(lua, 1);
    }
    lua_settop(lua, list - 1);
}

static void compare_all(lua_State *lua)
{
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &baseline) != LUA_TTABLE) {
        lua_pop(lua, 1);
        lua_newtable(lua);
        lua_pushvalue(lua, -1);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &baseline);
    }
    compare_upvalues(lua, lua_gettop(lua));
    compare_globals(lua, lua_gettop(lua));
    lua_pop(lua, 1);
}

/* Warns of a variable that had changed before the run was interrupted. */
static void warn_after_resume(const struct gd_script *script)
{
    const char *changed = gd_keep_changed(script), *in = changed ? strstr(changed, " in ") : NULL;
    if (in && !strcmp(in + 4, script->file) && script->call.context)
        gd_message(
            script->call.context, GD_WARNING,
            "the variable %s had changed when the run was interrupted, and starts again: results may differ from "
            "those of a run that was not interrupted",
            changed);
}

void gd_watch_begin(lua_State *lua)
{
    struct gd_script *script = gd_script_of(lua);
    if (script->watching)
        return;
    warn_after_resume(script);
    compare_all(lua);
    script->watching = true;
}

void gd_watch_end(lua_State *lua, bool always)
{
    struct gd_script *script = gd_script_of(lua);
    if (*script->changed || !(always || script->calls <= FIRST_CALLS || script->calls % INTERVAL == 0))
        return;
    compare_all(lua);
    if (*script->changed && script->call.context)
        gd_message(
            script->call.context, GD_WARNING,
            "the variable %s changes from call to call, but is not saved with the run: a run that is interrupted and "
            "resumed may give other results; keep it in state.keep",
            script->changed);
}
