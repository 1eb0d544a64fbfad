/* The keys of a table in an order that is the same in every process: pairs and next. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lua/sandbox.h"
#include "lua/script.h"

/* --- Their order -------------------------------------------------------------------------------------------------- */

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
        luaL_error(lua, "this table has no order of keys that is the same in every run: more than one key is "
                        "neither a number nor a string nor a boolean; iterate over a list of them");
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

/* The iterator of pairs. Upvalues: the table, its keys (nil: a list), their number, and that of those already returned.
 * Keys that have been removed since are skipped. */
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

int gd_keys_pairs(lua_State *lua)
{
    luaL_checkany(lua, 1);
    gd_script_check_stop(lua);
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
int gd_keys_next(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    gd_script_check_stop(lua);
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
