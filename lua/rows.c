/* Parameters of stages of scripts: the tables of `params` become rows as those of C, and values go back to Lua. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "lua/stage.h"

#define MOST_ROWS 64

/* --- Types -------------------------------------------------------------------------------------------------------- */

static void push_int(lua_State *lua, const struct gd_param *row, const void *value)
{
    (void)row;
    lua_pushinteger(lua, *(const int64_t *)value);
}

static void push_float(lua_State *lua, const struct gd_param *row, const void *value)
{
    (void)row;
    lua_pushnumber(lua, *(const double *)value);
}

static void push_bool(lua_State *lua, const struct gd_param *row, const void *value)
{
    (void)row;
    lua_pushboolean(lua, *(const bool *)value);
}

static void push_text(lua_State *lua, const struct gd_param *row, const void *value)
{
    (void)row;
    lua_pushstring(lua, *(const char *const *)value); /* nil when it was left out */
}

static void push_paths(lua_State *lua, const struct gd_param *row, const void *value)
{
    const char *const *paths = *(const char *const *const *)value;
    (void)row;
    if (!paths) {
        lua_pushnil(lua);
        return;
    }
    lua_newtable(lua);
    for (lua_Integer k = 0; paths[k]; k++) {
        lua_pushstring(lua, paths[k]);
        lua_rawseti(lua, -2, k + 1);
    }
}

static void push_choice(lua_State *lua, const struct gd_param *row, const void *value)
{
    lua_pushstring(lua, row->choices[*(const int *)value]);
}

static void push_subset(lua_State *lua, const struct gd_param *row, const void *value)
{
    lua_Integer count = 0;
    lua_newtable(lua);
    for (int k = 0; row->choices[k]; k++)
        if (*(const uint64_t *)value >> k & 1) {
            lua_pushstring(lua, row->choices[k]);
            lua_rawseti(lua, -2, ++count);
        }
}

/* By their names in scripts; size: bytes of one value. */
static const struct {
    const char *name;
    enum gd_type type;
    size_t size;
    void (*push)(lua_State *lua, const struct gd_param *row, const void *value);
} types[] = {
    {"int", GD_INT, sizeof(int64_t), push_int},          {"float", GD_FLOAT, sizeof(double), push_float},
    {"bool", GD_BOOL, sizeof(bool), push_bool},          {"string", GD_STRING, sizeof(char *), push_text},
    {"path", GD_PATH, sizeof(char *), push_text},        {"choice", GD_CHOICE, sizeof(int), push_choice},
    {"names", GD_SUBSET, sizeof(uint64_t), push_subset}, {"paths", GD_PATHS, sizeof(char **), push_paths},
};

enum { TYPES = sizeof types / sizeof *types };

static size_t find_type(lua_State *lua, const char *name)
{
    const char *names[TYPES + 1] = {NULL};
    for (size_t k = 0; k < TYPES; k++) {
        if (!strcmp(types[k].name, name))
            return k;
        names[k] = types[k].name;
    }
    gd_script_raise_unknown(lua, "type", name, names);
}

/* --- Rows --------------------------------------------------------------------------------------------------------- */

/* A text goes to YAML in single quotes, where a quote is written twice. */
static void add_quoted(luaL_Buffer *text, const char *plain)
{
    luaL_addchar(text, '\'');
    for (; *plain; plain++) {
        if (*plain == '\'')
            luaL_addchar(text, '\'');
        luaL_addchar(text, *plain);
    }
    luaL_addchar(text, '\'');
}

/* Adds the value on top of the stack as YAML, and pops it, which is kept elsewhere on the stack: a default is parsed
 * like a value in a file. */
static void add_default(lua_State *lua, luaL_Buffer *text, const char *owner)
{
    char number[40];
    int type = lua_type(lua, -1);
    if (type == LUA_TSTRING) {
        const char *plain = lua_tostring(lua, -1);
        lua_pop(lua, 1);
        add_quoted(text, plain);
        return;
    }
    if (lua_isinteger(lua, -1))
        snprintf(number, sizeof number, "%lld", (long long)lua_tointeger(lua, -1));
    else if (type == LUA_TNUMBER)
        gd_number_write(number, sizeof number, lua_tonumber(lua, -1));
    else if (type == LUA_TBOOLEAN)
        snprintf(number, sizeof number, "%s", lua_toboolean(lua, -1) ? "true" : "false");
    else
        luaL_error(lua, "%s: a default cannot be a %s", owner, lua_typename(lua, type));
    lua_pop(lua, 1);
    luaL_addstring(text, number);
}

static const char *read_default(lua_State *lua, int index, const char *owner)
{
    luaL_Buffer text;
    lua_pushliteral(lua, "default");
    int type = lua_rawget(lua, index);
    if (type == LUA_TNIL) {
        lua_pop(lua, 1);
        return NULL;
    }
    int value = lua_gettop(lua);
    lua_Integer count = type == LUA_TTABLE ? (lua_Integer)lua_rawlen(lua, value) : 0;
    luaL_buffinit(lua, &text);
    if (type != LUA_TTABLE) {
        lua_pushvalue(lua, value);
        add_default(lua, &text, owner);
    }
    for (lua_Integer k = 1; k <= count; k++) {
        luaL_addstring(&text, k == 1 ? "[" : ", ");
        lua_rawgeti(lua, value, k);
        add_default(lua, &text, owner);
    }
    luaL_addstring(&text, count ? "]" : "");
    luaL_pushresult(&text);
    lua_remove(lua, value);
    return gd_field_pop_text(lua);
}

/* The row of the table on top of the stack, whose value goes to `offset`; pops it. */
static size_t read_row(lua_State *lua, struct gd_param *row, size_t offset)
{
    static const char *const keys[] = {"type", "default", "min",   "max",      "above_min", "unit",
                                       "help", "choices", "count", "optional", NULL};
    const char *owner = row->name;
    int index = lua_gettop(lua);
    if (!lua_istable(lua, index))
        luaL_error(lua, "params: %s is a %s (expected {type = \"float\", default = 1, help = \"...\"})", owner,
                   luaL_typename(lua, index));
    gd_fields_check(lua, index, owner, keys);
    const char *name = gd_field_text(lua, index, owner, "type");
    if (!name)
        luaL_error(lua, "params: %s has no type", owner);
    size_t type = find_type(lua, name);
    double count = gd_field_number(lua, index, owner, "count", 1);
    bool bounded = lua_getfield(lua, index, "min") != LUA_TNIL || lua_getfield(lua, index, "max") != LUA_TNIL;
    lua_settop(lua, index);
    if (!(count >= 1 && count <= 1000 && count == floor(count)))
        luaL_error(lua, "params: %s: count is a whole number from 1 to 1000", owner);
    row->type = types[type].type;
    row->offset = offset;
    row->count = (int)count;
    row->initial = read_default(lua, index, owner);
    row->optional = !row->initial && gd_field_bool(lua, index, owner, "optional");
    row->min = bounded ? gd_field_number(lua, index, owner, "min", -INFINITY) : 0;
    row->max = bounded ? gd_field_number(lua, index, owner, "max", INFINITY) : 0;
    row->above_min = gd_field_bool(lua, index, owner, "above_min");
    row->choices = gd_field_list(lua, index, owner, "choices");
    row->unit = gd_field_text(lua, index, owner, "unit");
    row->help = gd_field_text(lua, index, owner, "help");
    if (!row->help)
        row->help = "(not documented by the script)";
    lua_pop(lua, 1);
    return offset + (types[type].size * (size_t)row->count + 7) / 8 * 8;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct gd_param *)one)->name, ((const struct gd_param *)other)->name);
}

void gd_script_rows_read(lua_State *lua, struct gd_stage *stage)
{
    const struct gd_stage *host = gd_script_of(lua)->host;
    size_t count = 0, k = 0, first = 0;
    int index = lua_gettop(lua);
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            luaL_error(lua, "params: a map of names: params = {depth = {type = \"float\"}}");
        count++;
    }
    if (count > MOST_ROWS)
        luaL_error(lua, "params: more than %d", MOST_ROWS);
    while (host && host->params[first].name)
        first++;
    struct gd_param *rows = gd_script_alloc(lua, first + count + 1, sizeof *rows);
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        rows[first + k++].name = gd_field_pop_text(lua);
    }
    qsort(rows + first, count, sizeof *rows, by_name);
    if (host)
        memcpy(rows, host->params, first * sizeof *rows);
    stage->size = host ? host->size : 0;
    for (k = first; k < first + count; k++) {
        lua_getfield(lua, index, rows[k].name);
        stage->size = read_row(lua, &rows[k], stage->size);
    }
    stage->params = rows;
    lua_pop(lua, 1);
}

void gd_script_row_push(lua_State *lua, const struct gd_param *row, const char *value)
{
    size_t type = 0;
    while (types[type].type != row->type)
        type++;
    if (row->count > 1)
        lua_createtable(lua, row->count, 0);
    else
        types[type].push(lua, row, value);
    for (int k = 0; row->count > 1 && k < row->count; k++) {
        types[type].push(lua, row, value + (size_t)k * types[type].size);
        lua_rawseti(lua, -2, k + 1);
    }
}
