/* The state of the run as a script sees it. */
#include "lua/state.h"

#include <math.h>
#include <string.h>

#include "lua/keep.h"
#include "lua/views.h"

#define STATE "godiff state"

/* --- Calls -------------------------------------------------------------------------------------------------------- */

enum slot_kind { REAL, INTEGER, SET, BEST, KEEP };

/* The slots that a script sees. The sets come first, as in gd_call.sets. Any script may read the numbers; sets must be
 * declared. */
static const struct {
    const char *name;
    enum slot_kind kind;
} slots[] = {
    {"archive", SET},   {"batch", SET},           {"buffer", SET},        {"population", SET},   {"best", BEST},
    {"found", INTEGER}, {"evaluations", INTEGER}, {"iteration", INTEGER}, {"temperature", REAL}, {"keep", KEEP},
};

enum { SLOTS = sizeof slots / sizeof *slots };

static bool contains(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (!strcmp(*names, name))
            return true;
    return false;
}

void gd_call_begin(struct gd_script *script, const struct gd_context *context, const struct gd_state *state,
                   const struct gd_stage *stage)
{
    struct gd_call *call = &script->call;
    *call = (struct gd_call){.number = ++script->calls, .context = context, .stage = stage};
    call->state = (struct gd_state *)state; /* written to only for a stage, which has it to write */
    for (size_t k = 0; k < GD_SCRIPT_SETS; k++) {
        call->sets[k].shared = state ? gd_state_get_untracked(state, slots[k].name) : NULL;
        call->sets[k].writable = stage && slots[k].kind == SET && contains(stage->writes, slots[k].name);
    }
}

enum gd_status gd_call_end(struct gd_script *script, enum gd_status status, struct gd_error *error)
{
    struct gd_call *call = &script->call;
    for (size_t k = 0; k < GD_SCRIPT_SETS; k++) {
        struct gd_script_set *set = &call->sets[k];
        if (!status && set->own) {
            status = gd_state_put(call->state, slots[k].name, set->own, error);
            set->own = NULL;
        }
        gd_set_free(set->own);
        gd_script_discharge(script, set->charged);
    }
    status = gd_keep_commit(script, status, error);
    *call = (struct gd_call){0};
    return status;
}

/* --- The view ----------------------------------------------------------------------------------------------------- */

/* Of which call a view is. */
struct view {
    uint64_t call;
};

static struct gd_call *check_state(lua_State *lua)
{
    const struct view *view = luaL_checkudata(lua, 1, STATE);
    struct gd_call *call = &gd_script_of(lua)->call;
    if (view->call != call->number)
        luaL_error(lua, "this state is that of an earlier call: it cannot be kept");
    return call;
}

/* The index in `slots`; raises for other names. */
static size_t check_slot(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 2);
    const char *names[SLOTS + 1] = {NULL};
    for (size_t k = 0; k < SLOTS; k++) {
        if (!strcmp(slots[k].name, name))
            return k;
        names[k] = slots[k].name;
    }
    gd_script_raise_unknown(lua, "value of the state", name, names);
}

/* Raises when a stage uses what it has not declared. */
static void check_declared(lua_State *lua, const struct gd_call *call, size_t slot, bool writes)
{
    const struct gd_stage *stage = call->stage;
    const char *name = slots[slot].name;
    if (stage && (contains(stage->writes, name) || (!writes && contains(stage->reads, name))))
        return;
    if (stage)
        luaL_error(lua, "the stage %s does not declare that it %s %s: add %s = {\"%s\"}", stage->name,
                   writes ? "writes" : "reads", name, writes ? "writes" : "reads", name);
    if (writes)
        luaL_error(lua, "the state can only be read here");
}

static void push_set(lua_State *lua, struct gd_call *call, size_t slot)
{
    struct gd_script_set *set = &call->sets[slot];
    check_declared(lua, call, slot, false);
    if (set->writable && !gd_script_set_read(set))
        gd_script_set_clear(lua, set);
    if (gd_script_set_read(set))
        gd_view_push_set(lua, set);
    else
        lua_pushnil(lua);
}

static void push_best(lua_State *lua, struct gd_call *call, size_t slot)
{
    const struct gd_set *best = call->sets[slot].shared;
    if (best && best->count)
        gd_view_push_structure(lua, &call->sets[slot], 0);
    else
        lua_pushnil(lua);
}

/* Pushes nil where the slot has no value. */
static void push_number(lua_State *lua, const struct gd_call *call, size_t slot)
{
    const char *name = slots[slot].name;
    const void *value = call->state ? gd_state_get_untracked(call->state, name) : NULL;
    if (!value)
        lua_pushnil(lua);
    else if (slots[slot].kind == REAL)
        lua_pushnumber(lua, *(const double *)value);
    else
        lua_pushinteger(lua, *(const int64_t *)value);
}

static int state_get(lua_State *lua)
{
    struct gd_call *call = check_state(lua);
    size_t slot = check_slot(lua);
    if (slots[slot].kind == SET)
        push_set(lua, call, slot);
    else if (slots[slot].kind == BEST)
        push_best(lua, call, slot);
    else if (slots[slot].kind == KEEP)
        gd_keep_push(lua);
    else
        push_number(lua, call, slot);
    return 1;
}

static void put_temperature(lua_State *lua, struct gd_call *call)
{
    struct gd_error error = {0};
    double temperature = luaL_checknumber(lua, 3);
    if (!isfinite(temperature) || !(temperature > 0))
        luaL_error(lua, "a temperature is a finite number above 0");
    if (gd_state_put_real(call->state, "temperature", temperature, &error) != GD_OK)
        gd_script_raise(lua, &error);
}

/* state.archive = state.buffer: a copy. */
static void assign_set(lua_State *lua, struct gd_script_set *set, const char *name)
{
    if (!gd_view_is(lua, 3, GD_VIEW_SET))
        luaL_error(lua, "%s can only be assigned another set of the state, such as state.archive, not a %s", name,
                   luaL_typename(lua, 3));
    const struct gd_set *from = gd_view_check_set(lua, 3);
    if (from != set->own)
        gd_script_set_copy(lua, set, from, NULL, from->count);
}

static int state_put(lua_State *lua)
{
    struct gd_call *call = check_state(lua);
    size_t slot = check_slot(lua);
    if (slots[slot].kind == KEEP) {
        gd_keep_replace(lua, 3);
        return 0;
    }
    if (slots[slot].kind != SET && slots[slot].kind != REAL)
        return luaL_error(lua, "%s cannot be written", slots[slot].name);
    check_declared(lua, call, slot, true);
    if (slots[slot].kind == REAL)
        put_temperature(lua, call);
    else
        assign_set(lua, &call->sets[slot], slots[slot].name);
    return 0;
}

void gd_state_push(lua_State *lua)
{
    struct view *view = lua_newuserdatauv(lua, sizeof *view, 0);
    view->call = gd_script_of(lua)->call.number;
    luaL_setmetatable(lua, STATE);
}

void gd_state_open(lua_State *lua)
{
    static const luaL_Reg methods[] = {{"__index", state_get}, {"__newindex", state_put}, {0}};
    luaL_newmetatable(lua, STATE);
    luaL_setfuncs(lua, methods, 0);
    gd_metatable_lock(lua);
    lua_pop(lua, 1);
}
