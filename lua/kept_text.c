/* Plain data of scripts as text, which a checkpoint can hold: true, false, integers in decimal, other numbers as f and
 * the 16 hexadecimal digits of their bits, texts in quotes (\xHH for what is not printable), tables as {key=value;...}
 * with the keys in their order. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lua/keep.h"
#include "lua/sandbox.h"

#define MOST_LEVELS 32
#define MOST_TEXT   ((size_t)1 << 20)

/* --- From text ---------------------------------------------------------------------------------------------------- */

static bool parse_value(lua_State *lua, const char **text, int level);

static int hex_digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of \xHH; -1: not an escape. */
static int parse_escape(const char *c)
{
    if (c[1] != 'x' || hex_digit(c[2]) < 0 || hex_digit(c[3]) < 0)
        return -1;
    return hex_digit(c[2]) * 16 + hex_digit(c[3]);
}

static bool parse_text(lua_State *lua, const char **text)
{
    luaL_Buffer bytes;
    const char *c = *text + 1;
    if (lua)
        luaL_buffinit(lua, &bytes);
    for (; *c && *c != '"'; c++) {
        int byte = *c == '\\' ? parse_escape(c) : (unsigned char)*c;
        if (byte < 0)
            return false;
        if (lua)
            luaL_addchar(&bytes, (char)byte);
        c += *c == '\\' ? 3 : 0;
    }
    if (lua)
        luaL_pushresult(&bytes);
    *text = c + 1;
    return *c == '"';
}

static bool parse_float(lua_State *lua, const char **text)
{
    uint64_t bits = 0;
    const char *c = *text + 1;
    for (int k = 0; k < 16; k++, c++) {
        if (hex_digit(*c) < 0)
            return false;
        bits = bits << 4 | (uint64_t)hex_digit(*c);
    }
    double number;
    memcpy(&number, &bits, sizeof number);
    if (lua)
        lua_pushnumber(lua, number);
    *text = c;
    return true;
}

static bool parse_integer(lua_State *lua, const char **text)
{
    char *end;
    long long integer = strtoll(*text, &end, 10);
    bool found = end != *text;
    if (lua)
        lua_pushinteger(lua, integer);
    *text = end;
    return found;
}

static bool parse_table(lua_State *lua, const char **text, int level)
{
    ++*text;
    if (lua)
        lua_newtable(lua);
    while (**text != '}') {
        bool key = **text == '"' ? parse_text(lua, text) : parse_integer(lua, text);
        if (!key || *(*text)++ != '=' || !parse_value(lua, text, level + 1) || *(*text)++ != ';')
            return false;
        if (lua)
            lua_rawset(lua, -3);
    }
    ++*text;
    return true;
}

/* Pushes the value at *text and moves *text behind it. Without a state of Lua the text is only checked. */
static bool parse_value(lua_State *lua, const char **text, int level)
{
    bool truth = !strncmp(*text, "true", 4);
    if (level > MOST_LEVELS)
        return false;
    if (lua)
        luaL_checkstack(lua, 10, NULL);
    if (truth || !strncmp(*text, "false", 5)) {
        if (lua)
            lua_pushboolean(lua, truth);
        *text += truth ? 4 : 5;
        return true;
    }
    switch (**text) {
    case '"':
        return parse_text(lua, text);
    case 'f':
        return parse_float(lua, text);
    case '{':
        return parse_table(lua, text, level);
    default:
        return parse_integer(lua, text);
    }
}

bool gd_kept_text_valid(const char *text)
{
    return *text == '{' && parse_value(NULL, &text, 0) && !*text;
}

bool gd_kept_text_push(lua_State *lua, const char *text)
{
    return parse_value(lua, &text, 0);
}

/* --- To text ------------------------------------------------------------------------------------------------------ */

static void write_text(lua_State *lua, struct gd_text *text, int index)
{
    size_t length;
    const char *bytes = lua_tolstring(lua, index, &length);
    gd_text_add(text, "\"", 1);
    for (size_t k = 0; k < length; k++) {
        unsigned char byte = (unsigned char)bytes[k];
        if (byte < 0x20 || byte >= 0x7F || byte == '"' || byte == '\\')
            gd_text_print(text, "\\x%02x", byte);
        else
            gd_text_add(text, &bytes[k], 1);
        if (text->length > MOST_TEXT)
            break;
    }
    gd_text_add(text, "\"", 1);
}

static void write_number(lua_State *lua, struct gd_text *text, int index)
{
    double number = lua_tonumber(lua, index);
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    if (lua_isinteger(lua, index))
        gd_text_print(text, "%lld", (long long)lua_tointeger(lua, index));
    else
        gd_text_print(text, "f%016" PRIx64, bits);
}

static void write_value(lua_State *lua, struct gd_text *text, int index, int level);

static void write_table(lua_State *lua, struct gd_text *text, int table, int level)
{
    if (lua_getmetatable(lua, table))
        luaL_error(lua, "state.keep: a table with a metatable cannot be kept");
    gd_keys_push(lua, table);
    int keys = lua_gettop(lua);
    gd_text_add(text, "{", 1);
    for (lua_Integer k = 1; lua_rawgeti(lua, keys, k) != LUA_TNIL; k++) {
        if (lua_type(lua, -1) != LUA_TSTRING && !lua_isinteger(lua, -1))
            luaL_error(lua, "state.keep: a %s cannot be a key: strings and integers can", luaL_typename(lua, -1));
        write_value(lua, text, lua_gettop(lua), level + 1);
        gd_text_add(text, "=", 1);
        lua_rawget(lua, table);
        write_value(lua, text, lua_gettop(lua), level + 1);
        gd_text_add(text, ";", 1);
        lua_pop(lua, 1);
    }
    gd_text_add(text, "}", 1);
    lua_settop(lua, keys - 1);
}

static void write_value(lua_State *lua, struct gd_text *text, int index, int level)
{
    luaL_checkstack(lua, 10, NULL);
    if (level > MOST_LEVELS)
        luaL_error(lua, "state.keep: more than 32 nested tables");
    switch (lua_type(lua, index)) {
    case LUA_TBOOLEAN:
        gd_text_print(text, "%s", lua_toboolean(lua, index) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        write_number(lua, text, index);
        break;
    case LUA_TSTRING:
        write_text(lua, text, index);
        break;
    case LUA_TTABLE:
        write_table(lua, text, index, level);
        break;
    default:
        luaL_error(lua, "state.keep: a %s cannot be kept: booleans, numbers, strings and tables of these can",
                   luaL_typename(lua, index));
    }
    if (text->length > MOST_TEXT)
        luaL_error(lua, "state.keep: more than 1 MiB");
    if (text->failed)
        gd_script_raise_no_memory(lua);
}

void gd_kept_text_write(lua_State *lua, struct gd_text *text, int index)
{
    write_value(lua, text, index, 0);
}
