/* Functions of a script as the engine calls them. */
#include "lua/keep.h"
#include "lua/stage.h"
#include "lua/state.h"
#include "lua/views.h"

/* A function in the registry of its state. */
struct script_function {
    struct gd_function base;
    struct gd_script *script;
    int reference;
};

/* One call: its arguments, and where the result goes. */
struct invocation {
    const struct script_function *function;
    const struct gd_value *arguments;
    size_t count;
    struct gd_value *result;
};

static void push_value(lua_State *lua, struct gd_script *script, const struct gd_value *value)
{
    switch (value->kind) {
    case GD_VALUE_NUMBER:
        lua_pushnumber(lua, value->number);
        break;
    case GD_VALUE_BOOL:
        lua_pushboolean(lua, value->truth);
        break;
    case GD_VALUE_STATE:
        gd_state_push(lua);
        break;
    case GD_VALUE_ITEM:
        script->call.item = (struct gd_script_set){.shared = value->object};
        gd_view_push_structure(lua, &script->call.item, value->index);
        break;
    case GD_VALUE_NIL:
        lua_pushnil(lua);
        break;
    }
}

static struct gd_value value_at(lua_State *lua, int index)
{
    int type = lua_type(lua, index);
    if (type == LUA_TNUMBER)
        return gd_value_number(lua_tonumber(lua, index));
    if (type == LUA_TBOOLEAN)
        return (struct gd_value){.kind = GD_VALUE_BOOL, .truth = lua_toboolean(lua, index)};
    return (struct gd_value){.kind = GD_VALUE_NIL};
}

static int call_function(lua_State *lua)
{
    const struct invocation *invocation = lua_touserdata(lua, 1);
    gd_watch_begin(lua);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, invocation->function->reference);
    for (size_t k = 0; k < invocation->count; k++)
        push_value(lua, invocation->function->script, &invocation->arguments[k]);
    lua_call(lua, (int)invocation->count, 1);
    *invocation->result = value_at(lua, -1);
    gd_keep_write(lua);
    gd_watch_end(lua, false);
    return 0;
}

/* The random numbers of a call belong to the step's execution and to the item that it is about, whatever else is
 * called; they are apart from those that the stage itself draws. */
static void open_stream(struct gd_call *call, const struct script_function *function, size_t item)
{
    uint32_t sample = UINT32_C(0x80000000) | ((uint32_t)item * 64 + (uint32_t)function->reference % 64);
    call->draws = call->context != NULL;
    if (call->draws)
        call->stream = gd_context_stream(call->context, sample);
}

static enum gd_status call(struct gd_function *self, const struct gd_value *arguments, size_t count,
                           struct gd_value *result, struct gd_error *error)
{
    const struct script_function *function = (const struct script_function *)self;
    struct gd_script *script = function->script;
    struct invocation invocation = {function, arguments, count, result};
    const struct gd_value *state = NULL;
    size_t item = 0;
    for (size_t k = 0; k < count; k++) {
        if (arguments[k].kind == GD_VALUE_STATE)
            state = &arguments[k];
        else if (arguments[k].kind == GD_VALUE_ITEM)
            item = arguments[k].index;
    }
    gd_call_begin(script, state ? state->context : NULL, state ? state->state : NULL, NULL);
    open_stream(&script->call, function, item);
    enum gd_status status = gd_script_call(script, call_function, &invocation);
    if (status)
        gd_script_fail(script, error);
    return gd_call_end(script, status, error);
}

struct gd_function *gd_function_new(lua_State *lua, struct gd_place place)
{
    struct gd_script *script = gd_script_of(lua);
    gd_watch_add(lua, -1);
    struct script_function *function = gd_script_alloc(lua, 1, sizeof *function);
    *function = (struct script_function){{call, place}, script, luaL_ref(lua, LUA_REGISTRYINDEX)};
    return &function->base;
}
