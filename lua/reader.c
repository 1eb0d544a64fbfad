/* From the value that a script returns to the tree. */
#include "lua/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "lua/script.h"

#define MOST_LEVELS 64
#define MOST_KEYS   1000
#define MOST_VALUES 1000000
#define MOST_BYTES  ((size_t)16 << 20)

#define PROBLEM_BYTES 512 /* what a problem takes up, with its file and its text */

/* What is being read. */
struct reading {
    struct gd_script *script;
    struct gd_tree *tree;
    struct gd_problems *problems;
    const char *text;
    size_t length, values, bytes; /* bytes: of texts in the tree */
    bool functions;               /* something was found that YAML cannot say */
    bool bad;                     /* a problem was reported */
};

/* Where a value stands: the call that it was written in, the key that leads to it, and how deep it is. */
struct spot {
    int line;
    const char *key; /* NULL: none */
    int level;
};

static struct gd_node *convert(lua_State *lua, struct reading *reading, int index, struct spot spot);

static struct gd_place place_of(const struct reading *reading, int line)
{
    return (struct gd_place){.file = reading->script->file, .line = line};
}

/* Reports a problem and gives the node that stands for the value. */
static struct gd_node *complain(struct reading *reading, struct spot spot, const char *text)
{
    reading->bad = true;
    gd_script_charge(reading->script->lua, PROBLEM_BYTES + (spot.key ? strlen(spot.key) : 0));
    gd_problem_add(reading->problems, place_of(reading, spot.line), "%s%s%s", spot.key ? spot.key : "",
                   spot.key ? ": " : "", text);
    return NULL;
}

static struct gd_node *new_node(lua_State *lua, struct reading *reading, enum gd_node_kind kind, int line)
{
    gd_script_charge(lua, sizeof(struct gd_node));
    struct gd_node *node = gd_node_new(reading->tree, kind, place_of(reading, line));
    if (!node)
        gd_script_no_memory(lua);
    return node;
}

static const char *keep(lua_State *lua, struct reading *reading, const char *text, size_t length)
{
    reading->bytes += length;
    if (reading->bytes > MOST_BYTES)
        gd_script_stop(lua, GD_BAD_INPUT, "more than 16 MiB of text in a pipeline");
    return gd_script_keep(lua, text, length);
}

static struct gd_node *new_scalar(lua_State *lua, struct reading *reading, int line, const char *text, bool quoted)
{
    struct gd_node *node = new_node(lua, reading, GD_NODE_SCALAR, line);
    node->text = keep(lua, reading, text, strlen(text));
    node->quoted = quoted;
    return node;
}

/* --- Scalars ------------------------------------------------------------------------------------------------------ */

static struct gd_node *convert_text(lua_State *lua, struct reading *reading, int index, struct spot spot)
{
    size_t length;
    const char *text = lua_tolstring(lua, index, &length);
    if (length > MOST_BYTES)
        return complain(reading, spot, "more than 16 MiB of text");
    if (strlen(text) != length || !gd_utf8_valid(text))
        return complain(reading, spot, "the text is not UTF-8, or has zero bytes");
    return new_scalar(lua, reading, spot.line, text, true);
}

static struct gd_node *convert_number(lua_State *lua, struct reading *reading, int index, struct spot spot)
{
    char text[40];
    if (lua_isinteger(lua, index))
        snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(lua, index));
    else if (isfinite(lua_tonumber(lua, index)))
        gd_number_write(text, sizeof text, lua_tonumber(lua, index));
    else
        return complain(reading, spot, "the number is not finite");
    return new_scalar(lua, reading, spot.line, text, false);
}

static struct gd_node *convert_truth(lua_State *lua, struct reading *reading, int index, struct spot spot)
{
    return new_scalar(lua, reading, spot.line, lua_toboolean(lua, index) ? "true" : "false", false);
}

static struct gd_node *convert_function(lua_State *lua, struct reading *reading, int index, struct spot spot)
{
    lua_Debug about;
    const char *maker = gd_maker_at(lua, index);
    if (maker)
        return complain(reading, spot, lua_pushfstring(lua, "gd.%s lacks its braces: write gd.%s {}", maker, maker));
    lua_pushvalue(lua, index);
    lua_getinfo(lua, ">S", &about);
    if (about.linedefined > 0)
        spot.line = about.linedefined;
    struct gd_node *node = new_node(lua, reading, GD_NODE_FUNCTION, spot.line);
    lua_pushvalue(lua, index);
    node->text = "function";
    node->function = gd_function_keep(lua, node->place);
    reading->functions = true;
    return node;
}

/* --- Tables ------------------------------------------------------------------------------------------------------- */

/* How many items and keys a table has; false after a complaint about one that is neither list nor map. */
static bool measure(lua_State *lua, struct reading *reading, int index, struct spot spot, size_t *items, size_t *keys)
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
            complain(reading, spot, "a key is neither a text nor a place in a list");
            lua_pop(lua, 2);
            return false;
        }
    }
    if (*items != (size_t)last)
        complain(reading, spot, "a list has holes");
    else if (*keys > MOST_KEYS)
        complain(reading, spot, "more than 1000 keys");
    return *items == (size_t)last && *keys <= MOST_KEYS;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Appends the values under the keys of a table, but not under `skip`, in the order of their names: Lua's own order
 * differs from run to run. */
static void add_keys(lua_State *lua, struct reading *reading, int index, struct spot spot, size_t count,
                     const char *skip, struct gd_node *map)
{
    const char **keys = gd_script_room(lua, count, sizeof *keys);
    size_t k = 0;
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        size_t length;
        if (lua_type(lua, -2) != LUA_TSTRING)
            continue;
        const char *key = lua_tolstring(lua, -2, &length);
        if (strlen(key) != length || !gd_utf8_valid(key))
            complain(reading, spot, "a key is not UTF-8, or has zero bytes");
        keys[k++] = keep(lua, reading, key, strlen(key));
    }
    qsort(keys, k, sizeof *keys, by_name);
    for (size_t j = 0; j < k; j++) {
        if (skip && !strcmp(keys[j], skip))
            continue;
        lua_pushstring(lua, keys[j]);
        lua_rawget(lua, index);
        struct gd_node *child = convert(lua, reading, lua_gettop(lua), (struct spot){spot.line, keys[j], spot.level});
        lua_pop(lua, 1);
        if (child)
            gd_node_append(map, child, keys[j], place_of(reading, spot.line));
    }
}

static void add_items(lua_State *lua, struct reading *reading, int index, struct spot spot, size_t count,
                      struct gd_node *list)
{
    for (size_t k = 1; k <= count; k++) {
        lua_rawgeti(lua, index, (lua_Integer)k);
        struct gd_node *child = convert(lua, reading, lua_gettop(lua), spot);
        lua_pop(lua, 1);
        if (child)
            gd_node_append(list, child, NULL, place_of(reading, 0));
    }
}

static struct gd_node *convert_table(lua_State *lua, struct reading *reading, int index, struct spot spot)
{
    size_t items, keys;
    gd_script_check_time(lua);
    if (!measure(lua, reading, index, spot, &items, &keys))
        return NULL;
    if (items && keys)
        return complain(reading, spot, "a table is either a list or a map, but this one has both items and keys");
    struct gd_node *node = new_node(lua, reading, items ? GD_NODE_LIST : GD_NODE_MAP, spot.line);
    if (items)
        add_items(lua, reading, index, spot, items, node);
    else
        add_keys(lua, reading, index, spot, keys, NULL, node);
    return node;
}

/* --- What the module's functions have made ------------------------------------------------------------------------ */

/* The parameters of a step: its table without the id. The items of a loop are its steps. */
static struct gd_node *convert_parameters(lua_State *lua, struct reading *reading, int index, struct spot spot,
                                          bool loop)
{
    size_t items, keys;
    gd_script_check_time(lua);
    if (!measure(lua, reading, index, spot, &items, &keys))
        return NULL;
    if (items && !loop)
        return complain(reading, spot, "the parameters have no names: write name = value");
    struct gd_node *map = new_node(lua, reading, GD_NODE_MAP, spot.line);
    add_keys(lua, reading, index, spot, keys, "id", map);
    if (items && gd_node_get(map, "steps"))
        return complain(reading, spot, "a loop has either items or steps, but this one has both");
    if (items) {
        struct gd_node *steps = new_node(lua, reading, GD_NODE_LIST, spot.line);
        add_items(lua, reading, index, spot, items, steps);
        gd_node_append(map, steps, "steps", map->place);
    }
    return map;
}

/* {NAME: {parameters}, id: ID} */
static struct gd_node *convert_step(lua_State *lua, struct reading *reading, const struct gd_made *made, int index,
                                    struct spot spot)
{
    struct gd_node *step = new_node(lua, reading, GD_NODE_MAP, spot.line);
    struct gd_node *parameters = convert_parameters(lua, reading, index, spot, made->kind == GD_MADE_LOOP);
    if (!parameters)
        return NULL;
    gd_node_append(step, parameters, made->name, step->place);
    parameters->stage = made->stage;
    gd_script_charge(lua, made->weight);
    reading->functions |= made->stage != NULL;
    lua_pushliteral(lua, "id");
    lua_rawget(lua, index);
    struct gd_node *id = lua_isnil(lua, -1) ? NULL : convert(lua, reading, lua_gettop(lua), spot);
    lua_pop(lua, 1);
    if (id)
        gd_node_append(step, id, "id", step->place);
    return step;
}

/* {TAG: NAME, parameters...} */
static struct gd_node *convert_template(lua_State *lua, struct reading *reading, const struct gd_made *made, int index,
                                        struct spot spot)
{
    struct gd_node *map = convert_table(lua, reading, index, spot);
    if (!map)
        return NULL;
    if (map->kind != GD_NODE_MAP)
        return complain(reading, spot, "the parameters have no names: write name = value");
    if (gd_node_get(map, made->tag))
        return complain(reading, spot, "the name is given twice");
    gd_node_append(map, new_scalar(lua, reading, spot.line, made->name, false), made->tag, map->place);
    return map;
}

static struct gd_node *convert_made(lua_State *lua, struct reading *reading, int index, struct spot spot)
{
    const struct gd_made *made = gd_made_at(lua, index);
    if (!made)
        return complain(reading, spot, "a value of this type cannot stand in a pipeline");
    if (lua_getiuservalue(lua, index, 1) != LUA_TTABLE)
        return complain(reading, spot, "a value without its table");
    struct spot inner = {made->line, made->name, spot.level};
    struct gd_node *node = made->kind == GD_MADE_TEMPLATE ? convert_template(lua, reading, made, lua_gettop(lua), inner)
                                                          : convert_step(lua, reading, made, lua_gettop(lua), inner);
    lua_pop(lua, 1);
    return node;
}

/* By type of the value; all others have no place in a pipeline. */
static struct gd_node *(*const converters[LUA_NUMTYPES])(lua_State *, struct reading *, int, struct spot) = {
    [LUA_TSTRING] = convert_text,       [LUA_TNUMBER] = convert_number, [LUA_TBOOLEAN] = convert_truth,
    [LUA_TFUNCTION] = convert_function, [LUA_TTABLE] = convert_table,   [LUA_TUSERDATA] = convert_made,
};

/* The value at an absolute index as a node; NULL after a complaint. */
static struct gd_node *convert(lua_State *lua, struct reading *reading, int index, struct spot spot)
{
    int type = lua_type(lua, index);
    spot.level++;
    gd_script_spend(lua, 1);
    if (reading->bad)
        return NULL;
    if (spot.level > MOST_LEVELS)
        return complain(reading, spot, "more than 64 levels: does a table contain itself?");
    if (++reading->values > MOST_VALUES)
        return complain(reading, spot, "more than 1000000 values");
    luaL_checkstack(lua, 16, NULL);
    if (type < 0 || !converters[type])
        return complain(reading, spot, "a value of this type cannot stand in a pipeline");
    return converters[type](lua, reading, index, spot);
}

/* --- The file ----------------------------------------------------------------------------------------------------- */

/* The root: the table of gd.pipeline, and the version of the language that it implies. */
static void convert_root(lua_State *lua, struct reading *reading, const struct gd_made *made)
{
    struct spot spot = {.line = made->line};
    lua_getiuservalue(lua, -1, 1);
    struct gd_node *root = convert(lua, reading, lua_gettop(lua), spot);
    if (!root)
        return;
    if (root->kind != GD_NODE_MAP) {
        complain(reading, spot, "a pipeline is a table of name, sections and steps");
        return;
    }
    if (!gd_node_get(root, "godiff"))
        gd_node_append(root, new_scalar(lua, reading, spot.line, "1", false), "godiff", root->place);
    reading->tree->root = root;
    if (reading->functions)
        reading->tree->source = gd_script_keep(lua, reading->text, reading->length);
}

static int read_script(lua_State *lua)
{
    struct reading *reading = lua_touserdata(lua, 1);
    gd_script_load(lua, reading->text, reading->length);
    const struct gd_made *made = gd_made_at(lua, -1);
    if (made && made->kind == GD_MADE_PIPELINE)
        convert_root(lua, reading, made);
    else
        complain(reading, (struct spot){0},
                 "the script does not return a pipeline: end it with return gd.pipeline {...}");
    return 0;
}

enum gd_status gd_tree_parse_lua(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                 const char *text, size_t length, bool trusted, struct gd_problems *problems)
{
    struct gd_script *script = NULL;
    *tree = (struct gd_tree){0};
    enum gd_status status = gd_script_new(&script, tree, registry, file, trusted);
    struct reading reading = {.script = script, .tree = tree, .problems = problems, .text = text, .length = length};
    if (status == GD_OK)
        status = gd_script_call(script, read_script, &reading);
    if (status == GD_BAD_INPUT)
        status = gd_script_complain(script, problems);
    if (script) {
        tree->file = script->file;
        gd_script_finish(script);
    }
    if (problems->overflow)
        return GD_NO_MEMORY;
    return reading.bad ? GD_BAD_INPUT : status;
}

enum gd_status gd_tree_read_lua(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                bool trusted, struct gd_problems *problems)
{
    char *text;
    size_t length;
    *tree = (struct gd_tree){0};
    enum gd_status status = gd_script_read(file, &text, &length, problems);
    if (status == GD_OK)
        status = gd_tree_parse_lua(tree, registry, file, text, length, trusted, problems);
    free(text);
    return problems->overflow ? GD_NO_MEMORY : status;
}

static enum gd_status read_safely(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                  struct gd_problems *problems)
{
    return gd_tree_read_lua(tree, registry, file, false, problems);
}

static enum gd_status read_trusted(struct gd_tree *tree, const struct gd_registry *registry, const char *file,
                                   struct gd_problems *problems)
{
    return gd_tree_read_lua(tree, registry, file, true, problems);
}

enum gd_status gd_lua_register(struct gd_registry *registry, bool trusted, struct gd_error *error)
{
    static const struct gd_reader readers[] = {{".lua", read_safely}, {".lua", read_trusted}};
    enum gd_status status = gd_registry_add_reader(registry, &readers[trusted], error);
    if (status == GD_OK)
        status = gd_registry_add_slot(registry, &gd_slot_keep, error);
    if (status == GD_OK)
        status = gd_registry_add_stage(registry, trusted ? &gd_stage_script_trusted : &gd_stage_script, error);
    return status;
}
