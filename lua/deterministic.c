/* Functions of Lua's libraries whose results are the same in every process.
 *
 * Lua's own depend on more than the script: pairs and next follow hashes, which are seeded anew in every process, and
 * addresses; tostring and string.format print addresses; table.sort takes its pivots from the clock, which decides the
 * order of equal items. */
#include <lualib.h>
#include <string.h>

#include "lua/sandbox.h"
#include "lua/script.h"

/* --- Text --------------------------------------------------------------------------------------------------------- */

/* The name of a value that has no text: that of its metatable, or its type. */
static void push_name(lua_State *lua, int index)
{
    int type = luaL_getmetafield(lua, index, "__name");
    if (type == LUA_TSTRING)
        return;
    lua_settop(lua, lua_gettop(lua) - (type != LUA_TNIL));
    lua_pushstring(lua, luaL_typename(lua, index));
}

const char *gd_text_push(lua_State *lua, int index)
{
    int type = lua_type(lua, index);
    luaL_checkstack(lua, 8, NULL);
    if (type == LUA_TNONE)
        lua_pushliteral(lua, "no value");
    else if (luaL_getmetafield(lua, index, "__tostring") != LUA_TNIL)
        lua_pop(lua, 1), luaL_tolstring(lua, index, NULL);
    else if (type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING)
        luaL_tolstring(lua, index, NULL);
    else
        push_name(lua, index);
    return lua_tostring(lua, -1);
}

static int to_text(lua_State *lua)
{
    luaL_checkany(lua, 1);
    gd_text_push(lua, 1);
    return 1;
}

/* string.format, with the arguments of %s converted to text before. */
static int format(lua_State *lua)
{
    size_t size;
    const char *c = luaL_checklstring(lua, 1, &size), *end = c + size;
    int count = lua_gettop(lua), argument = 1;
    while ((c = memchr(c, '%', (size_t)(end - c)))) {
        c += 1 + strspn(c + 1, "-+#0 .123456789");
        if (*c == '%') {
            c++;
            continue;
        }
        argument++;
        if (*c == 'p')
            return luaL_error(lua, "format: %%p is not supported: addresses differ from run to run");
        if (*c == 's' && argument <= count) {
            gd_text_push(lua, argument);
            lua_replace(lua, argument);
        }
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, count, 1);
    return 1;
}

/* --- table.sort --------------------------------------------------------------------------------------------------- */

/* Indices of the stack: the table, the function or nil, and two lists. */
enum { TABLE = 1, FUNCTION, FROM, TO };

/* Whether item `a` of the list FROM comes comes_before item `b`. */
static bool comes_before(lua_State *lua, lua_Integer a, lua_Integer b)
{
    bool ordered = !lua_isnil(lua, FUNCTION);
    if (ordered)
        lua_pushvalue(lua, FUNCTION);
    lua_rawgeti(lua, FROM, a);
    lua_rawgeti(lua, FROM, b);
    if (ordered)
        lua_call(lua, 2, 1);
    bool answer = ordered ? lua_toboolean(lua, -1) : lua_compare(lua, -2, -1, LUA_OPLT);
    lua_pop(lua, ordered ? 1 : 2);
    return answer;
}

/* Puts items low+1..middle and middle+1..high of FROM in order into TO. */
static void merge(lua_State *lua, lua_Integer low, lua_Integer middle, lua_Integer high)
{
    for (lua_Integer to = low, one = low, two = middle; to < high; to++) {
        bool second = two < high && (one == middle || comes_before(lua, two + 1, one + 1));
        lua_rawgeti(lua, FROM, second ? ++two : ++one);
        lua_rawseti(lua, TO, to + 1);
    }
}

/* table.sort(table, comes_before): a merge sort, so that equal items stay in their order. */
static int sort(lua_State *lua)
{
    luaL_checktype(lua, TABLE, LUA_TTABLE);
    lua_Integer count = luaL_len(lua, TABLE);
    luaL_argcheck(lua, count < INT32_MAX, TABLE, "array too big");
    if (!lua_isnoneornil(lua, FUNCTION))
        luaL_checktype(lua, FUNCTION, LUA_TFUNCTION);
    lua_settop(lua, FUNCTION);
    lua_newtable(lua);
    lua_newtable(lua);
    for (lua_Integer k = 1; k <= count; k++) {
        lua_geti(lua, TABLE, k);
        lua_rawseti(lua, FROM, k);
    }
    for (lua_Integer width = 1; width < count; width *= 2) {
        for (lua_Integer low = 0; low < count; low += 2 * width) {
            gd_script_check_stop(lua);
            merge(lua, low, low + width < count ? low + width : count,
                  low + 2 * width < count ? low + 2 * width : count);
        }
        lua_pushvalue(lua, FROM);
        lua_copy(lua, TO, FROM);
        lua_replace(lua, TO);
    }
    for (lua_Integer k = 1; k <= count; k++) {
        lua_rawgeti(lua, FROM, k);
        lua_seti(lua, TABLE, k);
    }
    return 0;
}

/* --- The replacements --------------------------------------------------------------------------------------------- */

static const struct {
    const char *library, *name;
    lua_CFunction function; /* upvalue 1: the library's own */
} fixed[] = {
    {LUA_GNAME, "next", gd_keys_next},  {LUA_GNAME, "pairs", gd_keys_pairs}, {LUA_GNAME, "tostring", to_text},
    {LUA_STRLIBNAME, "format", format}, {LUA_TABLIBNAME, "sort", sort},
};

void gd_deterministic_replace(lua_State *lua, const char *library)
{
    for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++) {
        if (strcmp(fixed[k].library, library) != 0)
            continue;
        lua_getfield(lua, -1, fixed[k].name);
        lua_pushcclosure(lua, fixed[k].function, 1);
        lua_setfield(lua, -2, fixed[k].name);
    }
}
