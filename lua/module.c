/* The module godiff: a function for every stage and builder, figures, messages and random numbers. What they return
 * are userdata that the reader makes nodes of. */
#include "lua/module.h"

#include <string.h>

#include "engine/base/numbers.h"
#include "lua/sandbox.h"
#include "lua/stage.h"

#define MADE "godiff value"

#define MOST_NAME    100   /* bytes of the name of a figure */
#define MOST_FIGURES 1000  /* of one step */
#define MOST_MESSAGE 65536 /* bytes */

const struct gd_module_value *gd_module_value_at(lua_State *lua, int index)
{
    return luaL_testudata(lua, index, MADE);
}

/* Pushes a new one for the table at `index`. */
static struct gd_module_value *push_made(lua_State *lua, enum gd_module_value_kind kind, int index)
{
    index = lua_absindex(lua, index);
    struct gd_module_value *made = lua_newuserdatauv(lua, sizeof *made, 1);
    *made = (struct gd_module_value){.kind = kind, .line = gd_script_line(lua)};
    luaL_setmetatable(lua, MADE);
    lua_pushvalue(lua, index);
    lua_setiuservalue(lua, -2, 1);
    return made;
}

/* Raises when the script is no longer being read. */
static void check_reading(lua_State *lua, const char *what)
{
    if (!gd_script_of(lua)->reading)
        luaL_error(lua, "%s: a pipeline is made while its script is read, not while it runs", what);
}

/* gd.NAME{...}: upvalues are the kind, the name and the tag. */
static int make(lua_State *lua)
{
    enum gd_module_value_kind kind = (enum gd_module_value_kind)lua_tointeger(lua, lua_upvalueindex(1));
    const char *name = lua_tostring(lua, lua_upvalueindex(2)), *tag = lua_tostring(lua, lua_upvalueindex(3));
    check_reading(lua, name);
    if (lua_isnoneornil(lua, 1)) {
        lua_settop(lua, 0);
        lua_newtable(lua);
    }
    if (lua_type(lua, 1) != LUA_TTABLE || lua_gettop(lua) > 1)
        return luaL_error(lua, "gd.%s: expected one table, such as gd.%s {}, got a %s", name, name,
                          luaL_typename(lua, 1));
    struct gd_module_value *made = push_made(lua, kind, 1);
    made->name = gd_script_copy(lua, name, strlen(name));
    made->tag = tag ? gd_script_copy(lua, tag, strlen(tag)) : NULL;
    return 1;
}

const char *gd_module_function_name(lua_State *lua, int index)
{
    const char *name = lua_tocfunction(lua, index) == make ? lua_getupvalue(lua, index, 2) : NULL;
    if (!name)
        return NULL;
    name = lua_tostring(lua, -1); /* the function holds it */
    lua_pop(lua, 1);
    return name;
}

/* gd.step(name, {...}): a stage whose name the module does not have, because a plugin of the pipeline brings it. */
static int make_step(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    check_reading(lua, "step");
    luaL_checktype(lua, 2, LUA_TTABLE);
    push_made(lua, GD_MADE_STEP, 2)->name = gd_script_copy(lua, name, strlen(name));
    return 1;
}

/* gd.stage{...} */
static int make_stage(lua_State *lua)
{
    check_reading(lua, "stage");
    luaL_checktype(lua, 1, LUA_TTABLE);
    size_t bytes;
    const struct gd_stage *stage = gd_stage_declare(lua, &bytes);
    lua_newtable(lua);
    struct gd_module_value *made = push_made(lua, GD_MADE_STAGE, -1);
    made->name = stage->name;
    made->stage = stage;
    made->bytes = bytes;
    return 1;
}

/* forget{depth = 3}: the stage as a step with these parameters. */
static int call_made(lua_State *lua)
{
    const struct gd_module_value *stage = luaL_checkudata(lua, 1, MADE);
    if (stage->kind != GD_MADE_STAGE)
        return luaL_error(lua, "gd.%s{...} is not a function", stage->name);
    luaL_checktype(lua, 2, LUA_TTABLE);
    struct gd_module_value *made = push_made(lua, GD_MADE_STAGE, 2);
    made->name = stage->name;
    made->stage = stage->stage;
    made->bytes = stage->bytes;
    return 1;
}

/* --- While it runs ------------------------------------------------------------------------------------------------ */

/* The stream of the call; while a script is read, one that is always the same. */
static struct gd_stream *stream(lua_State *lua)
{
    struct gd_script *script = gd_script_of(lua);
    if (!script->call.draws && !script->reading)
        luaL_error(lua, "there are no random numbers here");
    return &script->call.stream;
}

/* gd.random(), gd.random(n), gd.random(m, n), as math.random */
static int draw_number(lua_State *lua)
{
    struct gd_stream *numbers = stream(lua);
    if (lua_gettop(lua) == 0) {
        lua_pushnumber(lua, gd_stream_uniform(numbers));
        return 1;
    }
    lua_Integer low = lua_gettop(lua) > 1 ? luaL_checkinteger(lua, 1) : 1;
    lua_Integer high = luaL_checkinteger(lua, lua_gettop(lua) > 1 ? 2 : 1);
    size_t width = (size_t)high - (size_t)low;
    luaL_argcheck(lua, low <= high && width < SIZE_MAX, lua_gettop(lua), "the interval is empty");
    lua_pushinteger(lua, (lua_Integer)((size_t)low + gd_stream_below(numbers, width + 1)));
    return 1;
}

/* gd.normal(): mean 0, variance 1 */
static int draw_normal(lua_State *lua)
{
    lua_pushnumber(lua, gd_stream_normal(stream(lua)));
    return 1;
}

static const struct gd_context *context(lua_State *lua, const char *what)
{
    const struct gd_context *now = gd_script_of(lua)->call.context;
    if (!now)
        luaL_error(lua, "gd.%s: nothing runs here", what);
    return now;
}

/* Counts the names, at index 1, of the figures of a step, which a table in the registry has. */
static void count_figure(lua_State *lua, const struct gd_context *now)
{
    static const char names;
    struct gd_script *script = gd_script_of(lua);
    uint32_t step = gd_stream_hash(now->step ? now->step : "");
    bool other = step != script->figures.step || now->execution != script->figures.execution;
    if (other || lua_rawgetp(lua, LUA_REGISTRYINDEX, &names) != LUA_TTABLE) {
        lua_newtable(lua);
        lua_pushvalue(lua, -1);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &names);
        script->figures.step = step;
        script->figures.execution = now->execution;
        script->figures.count = 0;
    }
    lua_pushvalue(lua, 1);
    if (lua_rawget(lua, -2) == LUA_TNIL && ++script->figures.count > MOST_FIGURES)
        luaL_error(lua, "gd.figure: more than 1000 figures of one step");
    lua_pushvalue(lua, 1);
    lua_pushboolean(lua, true);
    lua_rawset(lua, -4);
}

/* gd.figure(name, value): a number for the line of the step in metrics.jsonl */
static int report_figure(lua_State *lua)
{
    size_t length;
    const struct gd_context *now = context(lua, "figure");
    const char *name = luaL_checklstring(lua, 1, &length);
    double value = luaL_checknumber(lua, 2);
    luaL_argcheck(lua, length <= MOST_NAME, 1, "a name has at most 100 bytes");
    count_figure(lua, now);
    gd_figure(now, name, value);
    return 0;
}

/* gd.message(value, ...): a line for the log */
static int log_message(lua_State *lua)
{
    luaL_Buffer line;
    int count = lua_gettop(lua);
    const struct gd_context *now = context(lua, "message");
    luaL_buffinit(lua, &line);
    for (int k = 1; k <= count; k++) {
        luaL_addstring(&line, k > 1 ? " " : "");
        gd_text_push(lua, k);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    if (lua_rawlen(lua, -1) > MOST_MESSAGE)
        return luaL_error(lua, "gd.message: a line has at most 65536 bytes");
    gd_message(now, GD_INFO, "%s", lua_tostring(lua, -1));
    return 0;
}

static const luaL_Reg functions[] = {
    {"figure", report_figure},
    {"message", log_message},
    {"normal", draw_normal},
    {"random", draw_number},
    {"stage", make_stage},
    {"step", make_step},
    {0},
};

/* --- The table ---------------------------------------------------------------------------------------------------- */

/* Sets field `name` of the table on top of the stack. */
static void add(lua_State *lua, enum gd_module_value_kind kind, const char *name, const char *tag)
{
    lua_pushinteger(lua, kind);
    lua_pushstring(lua, name);
    lua_pushstring(lua, tag);
    lua_pushcclosure(lua, make, 3);
    lua_setfield(lua, -2, name);
}

static void add_builders(lua_State *lua, const struct gd_registry *registry)
{
    for (const struct gd_kind *const *kind = gd_registry_kinds(registry); *kind; kind++) {
        const struct gd_component *const *component = gd_registry_components(registry, (*kind)->name);
        for (; (*kind)->form == GD_TAGGED && *component; component++)
            add(lua, GD_MADE_TEMPLATE, (*component)->name, (*kind)->tag);
    }
}

static void add_steps(lua_State *lua, const struct gd_registry *registry)
{
    for (const struct gd_stage *const *stage = gd_registry_stages(registry); *stage; stage++)
        if (!(*stage)->section)
            add(lua, GD_MADE_STEP, (*stage)->name, NULL);
    add(lua, GD_MADE_LOOP, "loop", NULL);
    add(lua, GD_MADE_PIPELINE, "pipeline", NULL);
}

/* Raises when the word is the name of a component: these are written as tables. */
static void refuse_component(lua_State *lua, const char *word)
{
    const struct gd_registry *registry = gd_script_of(lua)->registry;
    for (const struct gd_kind *const *kind = gd_registry_kinds(registry); *kind; kind++)
        if (gd_registry_component(registry, (*kind)->name, word))
            luaL_error(lua, "unknown gd.%s; the %s %s is written as a table: {%s = {}}", word, (*kind)->name, word,
                       word);
}

/* __index of the module: called for names that it does not have. */
static int unknown_name(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    const char *word = luaL_checkstring(lua, 2);
    refuse_component(lua, word);
    size_t count = 0;
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1))
        count++;
    const char **names = lua_newuserdatauv(lua, (count + 1) * sizeof *names, 0);
    size_t k = 0;
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1))
        if (k < count && lua_type(lua, -2) == LUA_TSTRING)
            names[k++] = lua_tostring(lua, -2); /* the module holds the text */
    names[k] = NULL;
    const char *nearest = gd_find_nearest(word, names);
    if (nearest)
        return luaL_error(lua, "unknown gd.%s; did you mean gd.%s?", word, nearest);
    return luaL_error(lua,
                      "unknown gd.%s; `godiff stages` lists what there is (a stage of a plugin that this file names is "
                      "written gd.step(\"%s\", {...}))",
                      word, word);
}

void gd_module_push(lua_State *lua)
{
    struct gd_script *script = gd_script_of(lua);
    script->call.stream = gd_stream_make(0, gd_stream_hash("reading"), 0, 0);
    luaL_newmetatable(lua, MADE);
    gd_metatable_lock(lua);
    lua_pushcfunction(lua, call_made);
    lua_setfield(lua, -2, "__call");
    lua_pop(lua, 1);

    luaL_newlib(lua, functions);
    add_builders(lua, script->registry);
    add_steps(lua, script->registry);
    lua_newtable(lua);
    lua_pushcfunction(lua, unknown_name);
    lua_setfield(lua, -2, "__index");
    gd_metatable_lock(lua);
    lua_setmetatable(lua, -2);
}
