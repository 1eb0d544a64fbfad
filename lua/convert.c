/* From the values of a script to nodes of the tree. */
#include "lua/convert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "lua/stage.h"

#define MOST_LEVELS 64
#define MOST_KEYS   1000
#define MOST_VALUES 1000000
#define MOST_BYTES  ((size_t)16 << 20)

#define PROBLEM_BYTES 512 /* what a problem takes up, with its file and its text */

/* Where a value is: the line of the call that it was written in, the key that leads to it, and how deep it is. */
struct location {
    int line;
    const char *key; /* NULL: none */
    int level;
};

static struct gd_node *convert(lua_State *lua, struct gd_conversion *conversion, int index, struct location location);

static struct gd_place place_of(const struct gd_conversion *conversion, int line)
{
    return (struct gd_place){.file = conversion->script->file, .line = line};
}

/* Reports a problem; returns NULL, in place of a node. */
static struct gd_node *report(struct gd_conversion *conversion, struct location location, const char *text)
{
    conversion->bad = true;
    gd_script_charge(conversion->script->lua, PROBLEM_BYTES + (location.key ? strlen(location.key) : 0));
    gd_problem_add(conversion->problems, place_of(conversion, location.line), "%s%s%s",
                   location.key ? location.key : "", location.key ? ": " : "", text);
    return NULL;
}

static struct gd_node *new_node(lua_State *lua, struct gd_conversion *conversion, enum gd_node_kind kind, int line)
{
    gd_script_charge(lua, sizeof(struct gd_node));
    struct gd_node *node = gd_node_new(conversion->tree, kind, place_of(conversion, line));
    if (!node)
        gd_script_raise_no_memory(lua);
    return node;
}

static const char *copy_text(lua_State *lua, struct gd_conversion *conversion, const char *text, size_t length)
{
    conversion->bytes += length;
    if (conversion->bytes > MOST_BYTES)
        gd_script_stop(lua, GD_BAD_INPUT, "more than 16 MiB of text in a pipeline");
    return gd_script_copy(lua, text, length);
}

static struct gd_node *new_scalar(lua_State *lua, struct gd_conversion *conversion, int line, const char *text,
                                  bool quoted)
{
    struct gd_node *node = new_node(lua, conversion, GD_NODE_SCALAR, line);
    node->text = copy_text(lua, conversion, text, strlen(text));
    node->quoted = quoted;
    return node;
}

/* --- Scalars ------------------------------------------------------------------------------------------------------ */

static struct gd_node *convert_text(lua_State *lua, struct gd_conversion *conversion, int index,
                                    struct location location)
{
    size_t length;
    const char *text = lua_tolstring(lua, index, &length);
    if (length > MOST_BYTES)
        return report(conversion, location, "more than 16 MiB of text");
    if (strlen(text) != length || !gd_utf8_valid(text))
        return report(conversion, location, "the text is not UTF-8, or has zero bytes");
    return new_scalar(lua, conversion, location.line, text, true);
}

static struct gd_node *convert_number(lua_State *lua, struct gd_conversion *conversion, int index,
                                      struct location location)
{
    char text[40];
    if (lua_isinteger(lua, index))
        snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(lua, index));
    else if (isfinite(lua_tonumber(lua, index)))
        gd_number_write(text, sizeof text, lua_tonumber(lua, index));
    else
        return report(conversion, location, "the number is not finite");
    return new_scalar(lua, conversion, location.line, text, false);
}

static struct gd_node *convert_bool(lua_State *lua, struct gd_conversion *conversion, int index,
                                    struct location location)
{
    return new_scalar(lua, conversion, location.line, lua_toboolean(lua, index) ? "true" : "false", false);
}

static struct gd_node *convert_function(lua_State *lua, struct gd_conversion *conversion, int index,
                                        struct location location)
{
    lua_Debug about;
    const char *maker = gd_module_function_name(lua, index);
    if (maker)
        return report(conversion, location,
                      lua_pushfstring(lua, "gd.%s lacks its braces: write gd.%s {}", maker, maker));
    lua_pushvalue(lua, index);
    lua_getinfo(lua, ">S", &about);
    if (about.linedefined > 0)
        location.line = about.linedefined;
    struct gd_node *node = new_node(lua, conversion, GD_NODE_FUNCTION, location.line);
    lua_pushvalue(lua, index);
    node->text = "function";
    node->function = gd_function_new(lua, node->place);
    conversion->functions = true;
    return node;
}

/* --- Tables ------------------------------------------------------------------------------------------------------- */

/* How many items and keys a table has; false after a problem with one that is neither list nor map. */
static bool count_entries(lua_State *lua, struct gd_conversion *conversion, int index, struct location location,
                          size_t *items, size_t *keys)
{
    lua_Integer last = 0;
    *items = *keys = 0;
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        if (lua_isinteger(lua, -2) && lua_tointeger(lua, -2) > 0) {
            ++*items;
            if (lua_tointeger(lua, -2) > last)
                last = lua_tointeger(lua, -2);
        } else if (lua_type(lua, -2) == LUA_TSTRING) {
            ++*keys;
        } else {
            report(conversion, location, "a key is neither a string nor a list index");
            lua_pop(lua, 2);
            return false;
        }
    }
    if (*items != (size_t)last)
        report(conversion, location, "a list has holes");
    else if (*keys > MOST_KEYS)
        report(conversion, location, "more than 1000 keys");
    return *items == (size_t)last && *keys <= MOST_KEYS;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Appends the values under the keys of a table, but not under `skip`, in the order of their names: Lua's own order
 * differs from run to run. */
static void append_keys(lua_State *lua, struct gd_conversion *conversion, int index, struct location location,
                        size_t count, const char *skip, struct gd_node *map)
{
    const char **keys = gd_script_alloc(lua, count, sizeof *keys);
    size_t k = 0;
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        size_t length;
        if (lua_type(lua, -2) != LUA_TSTRING)
            continue;
        const char *key = lua_tolstring(lua, -2, &length);
        if (strlen(key) != length || !gd_utf8_valid(key))
            report(conversion, location, "a key is not UTF-8, or has zero bytes");
        keys[k++] = copy_text(lua, conversion, key, strlen(key));
    }
    qsort(keys, k, sizeof *keys, by_name);
    for (size_t j = 0; j < k; j++) {
        if (skip && !strcmp(keys[j], skip))
            continue;
        lua_pushstring(lua, keys[j]);
        lua_rawget(lua, index);
        struct gd_node *child =
            convert(lua, conversion, lua_gettop(lua), (struct location){location.line, keys[j], location.level});
        lua_pop(lua, 1);
        if (child)
            gd_node_append(map, child, keys[j], place_of(conversion, location.line));
    }
}

static void append_items(lua_State *lua, struct gd_conversion *conversion, int index, struct location location,
                         size_t count, struct gd_node *list)
{
    for (size_t k = 1; k <= count; k++) {
        lua_rawgeti(lua, index, (lua_Integer)k);
        struct gd_node *child = convert(lua, conversion, lua_gettop(lua), location);
        lua_pop(lua, 1);
        if (child)
            gd_node_append(list, child, NULL, place_of(conversion, 0));
    }
}

static struct gd_node *convert_table(lua_State *lua, struct gd_conversion *conversion, int index,
                                     struct location location)
{
    size_t items, keys;
    gd_script_check_time(lua);
    if (!count_entries(lua, conversion, index, location, &items, &keys))
        return NULL;
    if (items && keys)
        return report(conversion, location, "a table is either a list or a map, but this one has both items and keys");
    struct gd_node *node = new_node(lua, conversion, items ? GD_NODE_LIST : GD_NODE_MAP, location.line);
    if (items)
        append_items(lua, conversion, index, location, items, node);
    else
        append_keys(lua, conversion, index, location, keys, NULL, node);
    return node;
}

/* --- What the module's functions have made ------------------------------------------------------------------------ */

/* The parameters of a step: its table without the id. The items of a loop are its steps. */
static struct gd_node *convert_parameters(lua_State *lua, struct gd_conversion *conversion, int index,
                                          struct location location, bool loop)
{
    size_t items, keys;
    gd_script_check_time(lua);
    if (!count_entries(lua, conversion, index, location, &items, &keys))
        return NULL;
    if (items && !loop)
        return report(conversion, location, "the parameters have no names: write name = value");
    struct gd_node *map = new_node(lua, conversion, GD_NODE_MAP, location.line);
    append_keys(lua, conversion, index, location, keys, "id", map);
    if (items && gd_node_get(map, "steps"))
        return report(conversion, location, "a loop has either items or steps, but this one has both");
    if (items) {
        struct gd_node *steps = new_node(lua, conversion, GD_NODE_LIST, location.line);
        append_items(lua, conversion, index, location, items, steps);
        gd_node_append(map, steps, "steps", map->place);
    }
    return map;
}

/* {NAME: {parameters}, id: ID} */
static struct gd_node *convert_step(lua_State *lua, struct gd_conversion *conversion,
                                    const struct gd_module_value *made, int index, struct location location)
{
    struct gd_node *step = new_node(lua, conversion, GD_NODE_MAP, location.line);
    struct gd_node *parameters = convert_parameters(lua, conversion, index, location, made->kind == GD_MADE_LOOP);
    if (!parameters)
        return NULL;
    gd_node_append(step, parameters, made->name, step->place);
    parameters->stage = made->stage;
    gd_script_charge(lua, made->bytes);
    conversion->functions |= made->stage != NULL;
    lua_pushliteral(lua, "id");
    lua_rawget(lua, index);
    struct gd_node *id = lua_isnil(lua, -1) ? NULL : convert(lua, conversion, lua_gettop(lua), location);
    lua_pop(lua, 1);
    if (id)
        gd_node_append(step, id, "id", step->place);
    return step;
}

/* {TAG: NAME, parameters...} */
static struct gd_node *convert_template(lua_State *lua, struct gd_conversion *conversion,
                                        const struct gd_module_value *made, int index, struct location location)
{
    struct gd_node *map = convert_table(lua, conversion, index, location);
    if (!map)
        return NULL;
    if (map->kind != GD_NODE_MAP)
        return report(conversion, location, "the parameters have no names: write name = value");
    if (gd_node_get(map, made->tag))
        return report(conversion, location, "the name is given twice");
    gd_node_append(map, new_scalar(lua, conversion, location.line, made->name, false), made->tag, map->place);
    return map;
}

static struct gd_node *convert_made(lua_State *lua, struct gd_conversion *conversion, int index,
                                    struct location location)
{
    const struct gd_module_value *made = gd_module_value_at(lua, index);
    if (!made)
        return report(conversion, location, "a value of this type cannot stand in a pipeline");
    if (lua_getiuservalue(lua, index, 1) != LUA_TTABLE)
        return report(conversion, location, "a value without its table");
    struct location inner = {made->line, made->name, location.level};
    struct gd_node *node = made->kind == GD_MADE_TEMPLATE
                               ? convert_template(lua, conversion, made, lua_gettop(lua), inner)
                               : convert_step(lua, conversion, made, lua_gettop(lua), inner);
    lua_pop(lua, 1);
    return node;
}

/* By type of the value; all others have no place in a pipeline. */
static struct gd_node *(*const converters[LUA_NUMTYPES])(lua_State *, struct gd_conversion *, int, struct location) = {
    [LUA_TSTRING] = convert_text,       [LUA_TNUMBER] = convert_number, [LUA_TBOOLEAN] = convert_bool,
    [LUA_TFUNCTION] = convert_function, [LUA_TTABLE] = convert_table,   [LUA_TUSERDATA] = convert_made,
};

/* The value at an absolute index as a node; NULL after a problem. */
static struct gd_node *convert(lua_State *lua, struct gd_conversion *conversion, int index, struct location location)
{
    int type = lua_type(lua, index);
    location.level++;
    gd_script_spend(lua, 1);
    if (conversion->bad)
        return NULL;
    if (location.level > MOST_LEVELS)
        return report(conversion, location, "more than 64 levels: does a table contain itself?");
    if (++conversion->values > MOST_VALUES)
        return report(conversion, location, "more than 1000000 values");
    luaL_checkstack(lua, 16, NULL);
    if (type < 0 || !converters[type])
        return report(conversion, location, "a value of this type cannot stand in a pipeline");
    return converters[type](lua, conversion, index, location);
}

/* --- The root ----------------------------------------------------------------------------------------------------- */

struct gd_node *gd_convert_pipeline(lua_State *lua, struct gd_conversion *conversion)
{
    const struct gd_module_value *made = gd_module_value_at(lua, -1);
    if (!made || made->kind != GD_MADE_PIPELINE)
        return report(conversion, (struct location){0},
                      "the script does not return a pipeline: end it with return gd.pipeline {...}");
    struct location location = {.line = made->line};
    lua_getiuservalue(lua, -1, 1);
    struct gd_node *root = convert(lua, conversion, lua_gettop(lua), location);
    if (!root)
        return NULL;
    if (root->kind != GD_NODE_MAP)
        return report(conversion, location, "a pipeline is a table of name, sections and steps");
    if (!gd_node_get(root, "godiff"))
        gd_node_append(root, new_scalar(lua, conversion, location.line, "1", false), "godiff", root->place);
    return root;
}
