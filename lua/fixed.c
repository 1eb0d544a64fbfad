/* Functions of Lua's libraries whose results are the same in every process.
 *
 * Lua's own depend on more than the script: pairs and next follow hashes, which are seeded anew in every process, and
 * addresses; tostring and string.format print addresses; table.sort takes its pivots from the clock, which shows where
 * equal items come to stand. */
#include <lualib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lua/sandbox.h"
#include "lua/script.h"

/* --- Text --------------------------------------------------------------------------------------------------------- */

/* What a value without a text of its own is called. */
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

/* string.format, to which what %s is to print is given as text. */
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
            return luaL_error(lua, "format: there is no %%p: addresses are others in every run");
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

/* --- The order of keys -------------------------------------------------------------------------------------------- */

/* Integers come first, in their order, then other numbers, texts by their bytes, false and true. Whatever else is a key
 * comes last; of these there is one at most, because they have no order but that of their addresses. */
enum rank { NOTHING, INTEGER, NUMBER, TEXT, TRUTH, OBJECT };

struct key {
    enum rank rank;
    lua_Integer integer; /* TRUTH: 0 or 1 */
    lua_Number number;
    const char *text; /* the table's */
    size_t length;
};

static struct key key_at(lua_State *lua, int index)
{
    struct key key = {.rank = OBJECT};
    int type = lua_type(lua, index);
    if (type == LUA_TNIL || type == LUA_TNONE)
        key.rank = NOTHING;
    else if (lua_isinteger(lua, index))
        key.rank = INTEGER, key.integer = lua_tointeger(lua, index);
    else if (type == LUA_TNUMBER)
        key.rank = NUMBER, key.number = lua_tonumber(lua, index);
    else if (type == LUA_TSTRING)
        key.rank = TEXT, key.text = lua_tolstring(lua, index, &key.length);
    else if (type == LUA_TBOOLEAN)
        key.rank = TRUTH, key.integer = lua_toboolean(lua, index);
    return key;
}

static int compare_texts(const struct key *a, const struct key *b)
{
    int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static int compare(const void *one, const void *other)
{
    const struct key *a = one, *b = other;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->rank == TEXT)
        return compare_texts(a, b);
    if (a->rank == NUMBER)
        return (a->number > b->number) - (a->number < b->number);
    return (a->integer > b->integer) - (a->integer < b->integer);
}

/* `object`: where on the stack that key is. */
static void push_key(lua_State *lua, const struct key *key, int object)
{
    switch (key->rank) {
    case NOTHING:
        lua_pushnil(lua);
        break;
    case INTEGER:
        lua_pushinteger(lua, key->integer);
        break;
    case NUMBER:
        lua_pushnumber(lua, key->number);
        break;
    case TEXT:
        lua_pushlstring(lua, key->text, key->length);
        break;
    case TRUTH:
        lua_pushboolean(lua, key->integer != 0);
        break;
    case OBJECT:
        lua_pushvalue(lua, object);
        break;
    }
}

/* Raises for the second of them. `had`: whether one was there before. */
static void check_objects(lua_State *lua, bool had)
{
    if (had)
        luaL_error(lua, "the keys of this table have no order that is the same in every run: more than one of them is "
                        "neither a number nor a text nor true or false; go through a list of them");
}

/* --- pairs -------------------------------------------------------------------------------------------------------- */

/* How many keys a table has; *list: they are 1, 2, 3 and so on. */
static size_t count_keys(lua_State *lua, int table, bool *list)
{
    size_t count = 0, length = lua_rawlen(lua, table);
    bool objects = false;
    *list = true;
    for (lua_pushnil(lua); lua_next(lua, table); lua_pop(lua, 1)) {
        struct key key = key_at(lua, -2);
        count++;
        *list = *list && key.rank == INTEGER && key.integer > 0 && (size_t)key.integer <= length;
        if (key.rank == OBJECT) {
            check_objects(lua, objects);
            objects = true;
        }
    }
    *list = *list && count == length;
    return count;
}

/* Pushes a list of the keys of a table in their order, and below it two values of no use. */
static void push_keys(lua_State *lua, int table, size_t count)
{
    lua_pushnil(lua);
    int object = lua_gettop(lua);
    struct key *keys = lua_newuserdatauv(lua, (count + 1) * sizeof *keys, 0);
    size_t k = 0;
    for (lua_pushnil(lua); lua_next(lua, table); lua_pop(lua, 1)) {
        keys[k] = key_at(lua, -2);
        if (keys[k++].rank == OBJECT)
            lua_copy(lua, -2, object);
    }
    gd_script_spend(lua, (double)count * log2((double)count + 2));
    qsort(keys, count, sizeof *keys, compare);
    lua_createtable(lua, count > 1u << 20 ? 1 << 20 : (int)count, 0);
    for (k = 0; k < count; k++) {
        push_key(lua, &keys[k], object);
        lua_rawseti(lua, -2, (lua_Integer)k + 1);
    }
}

void gd_keys_push(lua_State *lua, int table)
{
    bool list;
    luaL_checkstack(lua, 10, NULL);
    push_keys(lua, table, count_keys(lua, table, &list));
    lua_replace(lua, -3);
    lua_pop(lua, 1);
}

/* What pairs returns: upvalues are the table, its keys (nil: a list), how many, and how many were given. Keys that have
 * gone since are passed over. */
static int next_pair(lua_State *lua)
{
    lua_Integer count = lua_tointeger(lua, lua_upvalueindex(3)), k = lua_tointeger(lua, lua_upvalueindex(4));
    bool list = lua_isnil(lua, lua_upvalueindex(2)), found = false;
    while (k < count && !found) {
        lua_settop(lua, 0);
        lua_pushinteger(lua, ++k);
        if (!list)
            lua_rawgeti(lua, lua_upvalueindex(2), k);
        lua_pushvalue(lua, -1);
        found = lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL;
    }
    lua_pushinteger(lua, k);
    lua_replace(lua, lua_upvalueindex(4));
    if (!found)
        lua_pushnil(lua);
    return found ? 2 : 1;
}

static int pairs(lua_State *lua)
{
    luaL_checkany(lua, 1);
    gd_script_poll(lua);
    lua_settop(lua, 1);
    if (luaL_getmetafield(lua, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(lua, 1);
        lua_call(lua, 1, 3);
        return 3;
    }
    luaL_checktype(lua, 1, LUA_TTABLE);
    bool list;
    size_t count = count_keys(lua, 1, &list);
    gd_script_spend(lua, (double)count);
    lua_pushvalue(lua, 1);
    if (list)
        lua_pushnil(lua);
    else
        push_keys(lua, 1, count);
    lua_insert(lua, 2);
    lua_settop(lua, 3);
    lua_insert(lua, 2);
    lua_pushinteger(lua, (lua_Integer)count);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_pair, 4);
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}

/* next(table, key): the first of the keys that come after this one. */
static int next(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    gd_script_poll(lua);
    lua_settop(lua, 2);
    struct key after = key_at(lua, 2), first = {.rank = NOTHING};
    size_t count = 0;
    bool objects = false;
    if (after.rank == INTEGER && after.integer < LUA_MAXINTEGER) {
        lua_pushinteger(lua, after.integer + 1);
        if (lua_rawgeti(lua, 1, after.integer + 1) != LUA_TNIL)
            return 2;
    }
    lua_settop(lua, 2);
    lua_pushnil(lua); /* 3: the key that is no number, text or truth */
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1)) {
        struct key key = key_at(lua, -2);
        count++;
        if (key.rank == OBJECT) {
            check_objects(lua, objects);
            objects = true;
            lua_copy(lua, -2, 3);
        }
        if (compare(&key, &after) > 0 && (first.rank == NOTHING || compare(&key, &first) < 0))
            first = key;
    }
    gd_script_spend(lua, 8 * (double)count);
    push_key(lua, &first, 3);
    if (first.rank == NOTHING)
        return 1;
    lua_pushvalue(lua, -1);
    lua_rawget(lua, 1);
    return 2;
}

/* --- table.sort --------------------------------------------------------------------------------------------------- */

/* Where things stand on the stack: the table, the function or nil, and two lists. */
enum { TABLE = 1, FUNCTION, FROM, TO };

/* Whether item `a` of the list FROM comes before item `b`. */
static bool before(lua_State *lua, lua_Integer a, lua_Integer b)
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
        bool second = two < high && (one == middle || before(lua, two + 1, one + 1));
        lua_rawgeti(lua, FROM, second ? ++two : ++one);
        lua_rawseti(lua, TO, to + 1);
    }
}

/* table.sort(table, before): a merge sort, so that equal items stay in their order. */
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
            gd_script_poll(lua);
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

/* --- What takes whose place --------------------------------------------------------------------------------------- */

static const struct {
    const char *library, *name;
    lua_CFunction function; /* upvalue 1: the library's own */
} fixed[] = {
    {LUA_GNAME, "next", next},          {LUA_GNAME, "pairs", pairs},    {LUA_GNAME, "tostring", to_text},
    {LUA_STRLIBNAME, "format", format}, {LUA_TABLIBNAME, "sort", sort},
};

void gd_fixed_replace(lua_State *lua, const char *library)
{
    for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++) {
        if (strcmp(fixed[k].library, library) != 0)
            continue;
        lua_getfield(lua, -1, fixed[k].name);
        lua_pushcclosure(lua, fixed[k].function, 1);
        lua_setfield(lua, -2, fixed[k].name);
    }
}
