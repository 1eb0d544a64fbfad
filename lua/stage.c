/* Stages of scripts: gd.stage{...} becomes a descriptor like those of C, and the stage `script` takes one from a file.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "lua/reader.h"
#include "lua/script.h"

#define MOST_ROWS  64
#define MOST_SLOTS 32

struct script_stage {
    struct gd_stage base;
    struct gd_script *script;
    int reference; /* of its run function */
};

/* The text on top of the stack in memory of the tree; pops it. */
static const char *keep_text(lua_State *lua)
{
    const char *text = lua_tostring(lua, -1);
    const char *copy = gd_script_keep(lua, text, strlen(text));
    lua_pop(lua, 1);
    return copy;
}

/* Pushes field `name` of the table at `index`; false, with nothing pushed, when there is none. Raises for another type
 * than `type`. */
static bool field(lua_State *lua, int index, const char *owner, const char *name, int type)
{
    lua_pushstring(lua, name);
    lua_rawget(lua, index);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        return false;
    }
    if (lua_type(lua, -1) != type)
        luaL_error(lua, "%s: %s is a %s (expected a %s)", owner, name, luaL_typename(lua, -1), lua_typename(lua, type));
    return true;
}

static const char *text_field(lua_State *lua, int index, const char *owner, const char *name)
{
    return field(lua, index, owner, name, LUA_TSTRING) ? keep_text(lua) : NULL;
}

/* Raises for keys that are not among NULL-ended `names`. */
static void check_keys(lua_State *lua, int index, const char *owner, const char *const *names)
{
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            luaL_error(lua, "%s: what stands there without a name? write name = value", owner);
        const char *key = lua_tostring(lua, -2);
        size_t k = 0;
        while (names[k] && strcmp(names[k], key) != 0)
            k++;
        if (!names[k])
            gd_script_unknown(lua, owner, key, names);
    }
}

/* A list of texts, NULL-ended; NULL when the field is missing. */
static const char *const *list_field(lua_State *lua, int index, const char *owner, const char *name)
{
    lua_pushstring(lua, name);
    if (lua_rawget(lua, index) == LUA_TSTRING)
        luaL_error(lua, "%s: %s is a list of names: write %s = {\"%s\"}", owner, name, name, lua_tostring(lua, -1));
    lua_pop(lua, 1);
    if (!field(lua, index, owner, name, LUA_TTABLE))
        return NULL;
    int list = lua_gettop(lua);
    size_t count = lua_rawlen(lua, list);
    if (count > MOST_SLOTS)
        luaL_error(lua, "%s: %s has more than %d items", owner, name, MOST_SLOTS);
    const char **items = gd_script_room(lua, count + 1, sizeof *items);
    for (size_t k = 0; k < count; k++) {
        if (lua_rawgeti(lua, list, (lua_Integer)k + 1) != LUA_TSTRING)
            luaL_error(lua, "%s: %s is a list of names, but has a %s", owner, name, luaL_typename(lua, -1));
        items[k] = keep_text(lua);
    }
    lua_pop(lua, 1);
    return items;
}

/* --- Rows --------------------------------------------------------------------------------------------------------- */

/* The types of parameters by their names in scripts, the bytes of one value, and how it is given to the script. */
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

static void push_choice(lua_State *lua, const struct gd_param *row, const void *value)
{
    lua_pushstring(lua, row->choices[*(const int *)value]);
}

static const struct {
    const char *name;
    enum gd_type type;
    size_t size;
    void (*push)(lua_State *lua, const struct gd_param *row, const void *value);
} types[] = {
    {"int", GD_INT, sizeof(int64_t), push_int},   {"float", GD_FLOAT, sizeof(double), push_float},
    {"bool", GD_BOOL, sizeof(bool), push_bool},   {"string", GD_STRING, sizeof(char *), push_text},
    {"path", GD_PATH, sizeof(char *), push_text}, {"choice", GD_CHOICE, sizeof(int), push_choice},
};

enum { TYPES = sizeof types / sizeof *types };

static size_t type_of(lua_State *lua, const char *name)
{
    const char *names[TYPES + 1] = {NULL};
    for (size_t k = 0; k < TYPES; k++) {
        if (!strcmp(types[k].name, name))
            return k;
        names[k] = types[k].name;
    }
    gd_script_unknown(lua, "type", name, names);
}

/* Adds the value on top of the stack as YAML, and pops it: a default is parsed like what stands in a file. */
static void add_default(lua_State *lua, luaL_Buffer *text, const char *owner)
{
    char number[40];
    int type = lua_type(lua, -1);
    if (lua_isinteger(lua, -1))
        snprintf(number, sizeof number, "%lld", (long long)lua_tointeger(lua, -1));
    else if (type == LUA_TNUMBER)
        gd_number_write(number, sizeof number, lua_tonumber(lua, -1));
    else if (type == LUA_TBOOLEAN)
        snprintf(number, sizeof number, "%s", lua_toboolean(lua, -1) ? "true" : "false");
    else
        luaL_error(lua, "%s: default: a %s cannot be one", owner, lua_typename(lua, type));
    lua_pop(lua, 1);
    luaL_addstring(text, number);
}

/* A text default goes to YAML in single quotes, where a quote is written twice. */
static const char *quote(lua_State *lua)
{
    luaL_Buffer text;
    const char *plain = lua_tostring(lua, -1);
    luaL_buffinit(lua, &text);
    luaL_addchar(&text, '\'');
    for (; *plain; plain++) {
        if (*plain == '\'')
            luaL_addchar(&text, '\'');
        luaL_addchar(&text, *plain);
    }
    luaL_addchar(&text, '\'');
    luaL_pushresult(&text);
    lua_remove(lua, -2);
    return keep_text(lua);
}

static const char *default_field(lua_State *lua, int index, const char *owner)
{
    luaL_Buffer text;
    lua_pushliteral(lua, "default");
    int type = lua_rawget(lua, index);
    if (type == LUA_TNIL) {
        lua_pop(lua, 1);
        return NULL;
    }
    if (type == LUA_TSTRING)
        return quote(lua);
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
    return keep_text(lua);
}

static double number_field(lua_State *lua, int index, const char *owner, const char *name, double otherwise)
{
    double number = otherwise;
    if (field(lua, index, owner, name, LUA_TNUMBER)) {
        number = lua_tonumber(lua, -1);
        lua_pop(lua, 1);
    }
    return number;
}

static bool truth_field(lua_State *lua, int index, const char *owner, const char *name)
{
    bool truth = field(lua, index, owner, name, LUA_TBOOLEAN) && lua_toboolean(lua, -1);
    lua_settop(lua, lua_gettop(lua) - truth);
    return truth;
}

/* The row of the table on top of the stack, whose value goes to `offset`; pops it. */
static size_t declare_row(lua_State *lua, struct gd_param *row, size_t offset)
{
    static const char *const keys[] = {"type", "default", "min",   "max",      "above_min", "unit",
                                       "help", "choices", "count", "optional", NULL};
    const char *owner = row->name;
    int index = lua_gettop(lua);
    if (!lua_istable(lua, index))
        luaL_error(lua, "params: %s is a %s (expected {type = \"float\", default = 1, help = \"...\"})", owner,
                   luaL_typename(lua, index));
    check_keys(lua, index, owner, keys);
    const char *name = text_field(lua, index, owner, "type");
    if (!name)
        luaL_error(lua, "params: %s has no type", owner);
    size_t type = type_of(lua, name);
    double count = number_field(lua, index, owner, "count", 1);
    bool bounded = lua_getfield(lua, index, "min") != LUA_TNIL || lua_getfield(lua, index, "max") != LUA_TNIL;
    lua_settop(lua, index);
    if (!(count >= 1 && count <= 1000))
        luaL_error(lua, "params: %s: count is a number from 1 to 1000", owner);
    row->type = types[type].type;
    row->offset = offset;
    row->count = (int)count;
    row->initial = default_field(lua, index, owner);
    row->optional = !row->initial && truth_field(lua, index, owner, "optional");
    row->min = bounded ? number_field(lua, index, owner, "min", -INFINITY) : 0;
    row->max = bounded ? number_field(lua, index, owner, "max", INFINITY) : 0;
    row->above_min = truth_field(lua, index, owner, "above_min");
    row->choices = list_field(lua, index, owner, "choices");
    row->unit = text_field(lua, index, owner, "unit");
    row->help = text_field(lua, index, owner, "help");
    if (!row->help)
        row->help = "(the script says nothing about it)";
    lua_pop(lua, 1);
    return offset + (types[type].size * (size_t)row->count + 7) / 8 * 8;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct gd_param *)one)->name, ((const struct gd_param *)other)->name);
}

/* What the stage `script` itself has; the rows of its file come behind it. */
struct script_params {
    const char *file;
};

static const struct gd_param script_rows[] = {
    {.name = "file",
     .type = GD_PATH,
     .offset = offsetof(struct script_params, file),
     .help = "a Lua file that returns gd.stage {...}; the stage's own parameters stand beside"},
    {0},
};

/* The rows of the table on top of the stack, sorted by name; pops it. */
static void declare_rows(lua_State *lua, struct gd_stage *stage)
{
    size_t count = 0, k = 0, first = gd_script_of(lua)->for_stage ? 1 : 0;
    int index = lua_gettop(lua);
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            luaL_error(lua, "params: a map of names: params = {depth = {type = \"float\"}}");
        count++;
    }
    if (count > MOST_ROWS)
        luaL_error(lua, "params: more than %d", MOST_ROWS);
    struct gd_param *rows = gd_script_room(lua, first + count + 1, sizeof *rows);
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        rows[first + k++].name = keep_text(lua);
    }
    qsort(rows + first, count, sizeof *rows, by_name);
    if (first)
        rows[0] = script_rows[0];
    stage->size = first ? sizeof(struct script_params) : 0;
    for (k = first; k < first + count; k++) {
        lua_getfield(lua, index, rows[k].name);
        stage->size = declare_row(lua, &rows[k], stage->size);
    }
    stage->params = rows;
    lua_pop(lua, 1);
}

/* --- Running ------------------------------------------------------------------------------------------------------ */

/* A run of a stage: what body() is given. */
struct running {
    const struct script_stage *stage;
    const char *values;
};

static void push_value(lua_State *lua, const struct gd_param *row, const char *value)
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

/* run(state, params) */
static int body(lua_State *lua)
{
    const struct running *running = lua_touserdata(lua, 1);
    gd_watch_begin(lua);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, running->stage->reference);
    gd_state_push(lua);
    lua_newtable(lua);
    for (const struct gd_param *row = running->stage->base.params; row && row->name; row++) {
        push_value(lua, row, running->values + row->offset);
        lua_setfield(lua, -2, row->name);
    }
    lua_call(lua, 2, 0);
    gd_keep_write(lua);
    gd_watch_end(lua, true);
    return 0;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct script_stage *stage = (const struct script_stage *)context->stage;
    struct gd_script *script = stage->script;
    struct running running = {stage, self};
    gd_call_begin(script, context, context->state, &stage->base);
    script->call.stream = gd_context_stream(context, 0);
    script->call.draws = true;
    enum gd_status status = gd_script_call(script, body, &running);
    if (status != GD_OK)
        gd_script_fail(script, context->error);
    return gd_call_end(script, status, context->error);
}

/* --- Declaring ---------------------------------------------------------------------------------------------------- */

static const char stage_word[] = "script";

/* Each step has its values, and its own texts of those that were left out. */
static size_t weigh(const struct gd_stage *stage)
{
    size_t weight = stage->size;
    for (const struct gd_param *row = stage->params; row->name; row++)
        weight += row->initial ? strlen(row->initial) + 1 : 0;
    return weight;
}

const struct gd_stage *gd_stage_declare(lua_State *lua, size_t *weight)
{
    static const char *const keys[] = {"name", "summary", "reads", "writes", "params", "run", NULL};
    struct gd_script *script = gd_script_of(lua);
    struct gd_error error = {0};
    struct script_stage *stage = gd_script_room(lua, 1, sizeof *stage);
    check_keys(lua, 1, "gd.stage", keys);
    stage->script = script;
    stage->base.name = text_field(lua, 1, "gd.stage", "name");
    stage->base.summary = text_field(lua, 1, "gd.stage", "summary");
    stage->base.reads = list_field(lua, 1, "gd.stage", "reads");
    stage->base.writes = list_field(lua, 1, "gd.stage", "writes");
    stage->base.run = run;
    if (!stage->base.name)
        luaL_error(lua, "gd.stage: name is missing: name = \"forget\"");
    if (!stage->base.summary)
        stage->base.summary = "a stage of a script";
    if (!field(lua, 1, "gd.stage", "params", LUA_TTABLE))
        lua_newtable(lua);
    declare_rows(lua, &stage->base);
    if (!field(lua, 1, "gd.stage", "run", LUA_TFUNCTION))
        luaL_error(lua, "gd.stage: run is missing: run = function(state, params) ... end");
    gd_watch_add(lua, -1);
    stage->reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    if (gd_registry_verify_stage(script->registry, &stage->base, &error) != GD_OK)
        gd_script_raise(lua, &error);
    if (!script->for_stage && gd_registry_stage(script->registry, stage->base.name))
        luaL_error(lua, "gd.stage: the name %s is taken", stage->base.name);
    if (script->for_stage)
        stage->base.name = stage_word;
    *weight = weigh(&stage->base);
    return &stage->base;
}

/* --- The stage `script` ------------------------------------------------------------------------------------------- */

/* A file with a stage, being read. */
struct stage_file {
    const char *text;
    size_t length;
    const struct gd_stage *stage;
};

static int read_stage(lua_State *lua)
{
    struct stage_file *file = lua_touserdata(lua, 1);
    gd_script_load(lua, file->text, file->length);
    const struct gd_made *made = gd_made_at(lua, -1);
    if (!made || made->kind != GD_MADE_STAGE)
        return luaL_error(lua, "the script does not return a stage: end it with return gd.stage {...}");
    file->stage = made->stage;
    return 0;
}

static enum gd_status load_stage(struct gd_tree *tree, const struct gd_registry *registry, const char *path,
                                 bool trusted, const struct gd_stage **stage, struct gd_problems *problems)
{
    char *text = NULL;
    struct stage_file file = {0};
    struct gd_script *script = NULL;
    enum gd_status status = gd_script_read(path, &text, &file.length, problems);
    file.text = text;
    if (status == GD_OK)
        status = gd_script_new(&script, tree, registry, path, trusted);
    if (status == GD_OK) {
        script->for_stage = true;
        status = gd_script_call(script, read_stage, &file);
        if (status == GD_BAD_INPUT)
            status = gd_script_complain(script, problems);
        gd_script_finish(script);
    }
    free(text);
    if (status == GD_OK)
        *stage = file.stage;
    return status;
}

/* Reads the parameter `file` alone: the others are the file's to know. */
static enum gd_status resolve(struct gd_tree *tree, const struct gd_registry *registry, const struct gd_node *node,
                              bool trusted, const struct gd_stage **stage, struct gd_problems *problems)
{
    const struct gd_node *written = gd_node_get(node, script_rows[0].name);
    struct script_params params = {0};
    struct gd_node map = *node, only = written ? *written : (struct gd_node){0};
    if (node->kind != GD_NODE_MAP || !written)
        return GD_OK; /* the rows of this stage tell what is wrong */
    only.next = NULL;
    map.children = map.last = &only;
    map.count = 1;
    enum gd_status status = gd_params_parse(script_rows, registry, &map, node->place, &params, &tree->arena, problems);
    return status == GD_OK ? load_stage(tree, registry, params.file, trusted, stage, problems) : status;
}

static enum gd_status resolve_safely(struct gd_tree *tree, const struct gd_registry *registry,
                                     const struct gd_node *node, const struct gd_stage **stage,
                                     struct gd_problems *problems)
{
    return resolve(tree, registry, node, false, stage, problems);
}

static enum gd_status resolve_trusted(struct gd_tree *tree, const struct gd_registry *registry,
                                      const struct gd_node *node, const struct gd_stage **stage,
                                      struct gd_problems *problems)
{
    return resolve(tree, registry, node, true, stage, problems);
}

/* Never called: what has no file is not run. */
static enum gd_status run_nothing(struct gd_context *context, void *self)
{
    (void)self;
    return gd_fail(context->error, GD_FAILED, "%s: no script was read", context->step);
}

#define SCRIPT_STAGE(resolver)                                                                                         \
    {                                                                                                                  \
        .name = stage_word, .summary = "A stage written in Lua, from a file that returns gd.stage {...}.",             \
        .params = script_rows, .size = sizeof(struct script_params), .resolve = resolver, .run = run_nothing,          \
    }

const struct gd_stage gd_stage_script = SCRIPT_STAGE(resolve_safely);
const struct gd_stage gd_stage_script_trusted = SCRIPT_STAGE(resolve_trusted);
