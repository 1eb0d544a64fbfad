/* state.keep: plain data of scripts that is saved with the run, as text in a slot of its own. And a watch on what
 * scripts keep elsewhere, in variables of theirs, which no checkpoint has.
 *
 * The text: true, false, integers in decimal, other numbers as f and the 16 hexadecimal digits of their bits, texts in
 * quotes (\xHH for what is not printable), tables as {key=value;...} with the keys in their order. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "lua/sandbox.h"
#include "lua/script.h"

#define MOST_LEVELS 32
#define MOST_TEXT   ((size_t)1 << 20)

#define SLOT "keep"

/* The slot's value. */
struct kept {
    char *data;    /* NULL: nothing is kept */
    char *changed; /* a variable that changed during the run; NULL: none is known */
};

/* --- From text ---------------------------------------------------------------------------------------------------- */

static bool parse_value(lua_State *lua, const char **text, int level);

static int digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xHH: -1 where it is none. */
static int parse_escape(const char *c)
{
    if (c[1] != 'x' || digit(c[2]) < 0 || digit(c[3]) < 0)
        return -1;
    return digit(c[2]) * 16 + digit(c[3]);
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
        if (digit(*c) < 0)
            return false;
        bits = bits << 4 | (uint64_t)digit(*c);
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

/* Pushes what the text says, and goes behind it; with no state it is only checked. */
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

static bool is_kept(const char *text)
{
    return *text == '{' && parse_value(NULL, &text, 0) && !*text;
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
            luaL_error(lua, "state.keep: a %s cannot be a key: texts and whole numbers can", luaL_typename(lua, -1));
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
        luaL_error(lua, "state.keep: more than 32 tables in one another");
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
        luaL_error(lua, "state.keep: a %s cannot be kept: true, false, numbers, texts and tables of these can",
                   luaL_typename(lua, index));
    }
    if (text->length > MOST_TEXT)
        luaL_error(lua, "state.keep: more than 1 MiB");
    if (text->failed)
        gd_script_no_memory(lua);
}

/* --- The slot ----------------------------------------------------------------------------------------------------- */

static void destroy(void *value)
{
    struct kept *kept = value;
    if (!kept)
        return;
    free(kept->data);
    free(kept->changed);
    free(kept);
}

static enum gd_status save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    const struct kept *kept = value;
    (void)name;
    enum gd_status status = GD_OK;
    if (kept->data)
        status = gd_h5_write_text(file, "parameters/keep/data", kept->data, error);
    if (!status && kept->changed)
        status = gd_h5_write_text(file, "parameters/keep/changed", kept->changed, error);
    return status;
}

static enum gd_status load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                           struct gd_error *error)
{
    (void)name;
    (void)registry;
    *value = NULL;
    if (!gd_h5_exists(file, "parameters/keep"))
        return GD_OK;
    struct kept *kept = gd_array(1, sizeof *kept);
    enum gd_status status = kept ? GD_OK : gd_no_memory(error, SLOT);
    if (!status && gd_h5_exists(file, "parameters/keep/data"))
        status = gd_h5_load_text(file, "parameters/keep/data", &kept->data, error);
    if (!status && gd_h5_exists(file, "parameters/keep/changed"))
        status = gd_h5_load_text(file, "parameters/keep/changed", &kept->changed, error);
    if (status)
        destroy(kept);
    else
        *value = kept;
    return status;
}

static enum gd_status check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const struct kept *kept = value;
    (void)pipeline;
    if (kept->data && !is_kept(kept->data))
        return gd_fail(error, GD_BAD_INPUT, "data: not what a script keeps");
    return GD_OK;
}

const struct gd_slot gd_slot_keep = {
    .name = SLOT,
    .summary = "what functions and stages of scripts keep from call to call",
    .save = save,
    .load = load,
    .check = check,
    .destroy = destroy,
};

/* --- During a call ------------------------------------------------------------------------------------------------ */

static const char table_of_call; /* its address: the key in the registry of Lua */

void gd_keep_push(lua_State *lua)
{
    struct gd_call *call = &gd_script_of(lua)->call;
    const struct kept *kept = call->state ? gd_state_peek(call->state, SLOT) : NULL;
    if (!call->state)
        luaL_error(lua, "state.keep: no run keeps anything here");
    if (!call->keeps) {
        const char *text = kept && kept->data ? kept->data : "{}";
        if (!parse_value(lua, &text, 0))
            luaL_error(lua, "state.keep: not what a script keeps");
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &table_of_call);
        call->keeps = true;
    }
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &table_of_call);
}

void gd_keep_replace(lua_State *lua, int index)
{
    struct gd_call *call = &gd_script_of(lua)->call;
    luaL_checktype(lua, index, LUA_TTABLE);
    if (!call->state)
        luaL_error(lua, "state.keep: no run keeps anything here");
    lua_pushvalue(lua, index);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &table_of_call);
    call->keeps = true;
}

void gd_keep_write(lua_State *lua)
{
    struct gd_script *script = gd_script_of(lua);
    if (!script->call.keeps)
        return;
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &table_of_call);
    write_value(lua, &script->kept, lua_gettop(lua), 0);
    lua_pop(lua, 1);
}

/* A copy of a text, which may be missing; false when there is no memory. */
static bool copy(char **to, const char *from)
{
    *to = from ? gd_string(from) : NULL;
    return !from || *to;
}

/* Puts data and the name of a variable into the slot; NULL: as it is. */
static enum gd_status put(struct gd_state *state, const char *data, const char *changed, struct gd_error *error)
{
    const struct kept *now = gd_state_peek(state, SLOT);
    struct kept *kept = gd_array(1, sizeof *kept);
    if (!kept || !copy(&kept->data, data || !now ? data : now->data) ||
        !copy(&kept->changed, changed || !now ? changed : now->changed)) {
        destroy(kept);
        return gd_no_memory(error, "state.keep");
    }
    return gd_state_poke(state, SLOT, kept, error);
}

enum gd_status gd_keep_commit(struct gd_script *script, enum gd_status status, struct gd_error *error)
{
    struct gd_state *state = script->call.state;
    const struct kept *now = state ? gd_state_peek(state, SLOT) : NULL;
    const char *data = script->kept.data;
    bool same = !data || !strcmp(data, now && now->data ? now->data : "{}");
    if (status == GD_OK && state && (!same || (*script->changed && !(now && now->changed))))
        status = put(state, same ? NULL : data, *script->changed ? script->changed : NULL, error);
    free(script->kept.data);
    script->kept = (struct gd_text){0};
    return status;
}

/* --- What is kept elsewhere --------------------------------------------------------------------------------------- */

static const char functions, baseline; /* their addresses: keys in the registry of Lua */

#define MOST_ENTRIES 4096 /* of a table that is looked through; of a larger one only the length counts */
#define ALWAYS       64   /* calls after which all is looked at */
#define SELDOM       1024 /* after them, every so many */

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

/* The value of what is plain; which one it is, of tables and functions. */
static uint64_t identify(lua_State *lua, int index)
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

static void look(lua_State *lua, int index, int seen, int level, uint64_t *sum);

/* Sums, so that the order of the entries does not count. */
static void look_into_table(lua_State *lua, int index, int seen, int level, uint64_t *sum)
{
    uint64_t self = identify(lua, index), content = 0;
    size_t count = 0;
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        if (++count > MOST_ENTRIES) {
            lua_pop(lua, 2);
            content = 0;
            break;
        }
        content += mix(identify(lua, -2), identify(lua, -1));
        look(lua, lua_gettop(lua), seen, level + 1, sum);
    }
    *sum += mix(mix(self, lua_rawlen(lua, index)), content);
}

static void look_into_function(lua_State *lua, int index, int seen, int level, uint64_t *sum)
{
    uint64_t self = identify(lua, index);
    for (int k = 1; lua_getupvalue(lua, index, k); k++) {
        *sum += mix(self + (uint64_t)k, identify(lua, -1));
        look(lua, lua_gettop(lua), seen, level + 1, sum);
        lua_pop(lua, 1);
    }
}

/* Adds what a table or function holds, once. */
static void look(lua_State *lua, int index, int seen, int level, uint64_t *sum)
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
        look_into_table(lua, index, seen, level, sum);
    else
        look_into_function(lua, index, seen, level, sum);
}

static void mark_globals(lua_State *lua, int seen)
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
    uint64_t sum = identify(lua, -1);
    int value = lua_gettop(lua);
    lua_newtable(lua);
    mark_globals(lua, value + 1);
    look(lua, value, value + 1, 0, &sum);
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

static void look_at_all(lua_State *lua)
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

/* What the script had changed before the run was cut off. */
static void warn_of_resuming(const struct gd_script *script)
{
    const struct kept *kept = script->call.state ? gd_state_peek(script->call.state, SLOT) : NULL;
    const char *in = kept && kept->changed ? strstr(kept->changed, " in ") : NULL;
    if (in && !strcmp(in + 4, script->file) && script->call.context)
        gd_message(script->call.context, GD_WARNING,
                   "the variable %s had changed when the run was interrupted, and begins anew: results may differ from "
                   "those of a run that was not interrupted",
                   kept->changed);
}

void gd_watch_begin(lua_State *lua)
{
    struct gd_script *script = gd_script_of(lua);
    if (script->watching)
        return;
    warn_of_resuming(script);
    look_at_all(lua);
    script->watching = true;
}

void gd_watch_end(lua_State *lua, bool always)
{
    struct gd_script *script = gd_script_of(lua);
    if (*script->changed || !(always || script->calls <= ALWAYS || script->calls % SELDOM == 0))
        return;
    look_at_all(lua);
    if (*script->changed && script->call.context)
        gd_message(
            script->call.context, GD_WARNING,
            "the variable %s changes from call to call, but is not saved with the run: a run that is interrupted and "
            "resumed may give other results; keep it in state.keep",
            script->changed);
}
