/* state.keep: plain data of scripts that is saved with the run, as text in a slot of its own. */
#include "lua/keep.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"

#define SLOT "keep"

/* The slot's value. */
struct kept {
    char *data;    /* NULL: nothing is kept */
    char *changed; /* a variable that changed during the run; NULL: none is known */
};

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
    if (kept->data && !gd_kept_text_valid(kept->data))
        return gd_fail(error, GD_BAD_INPUT, "data: not a table that a script can keep");
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

static const char current_table; /* its address: the key of the table in the registry of Lua */

void gd_keep_push(lua_State *lua)
{
    struct gd_call *call = &gd_script_of(lua)->call;
    const struct kept *kept = call->state ? gd_state_get_untracked(call->state, SLOT) : NULL;
    if (!call->state)
        luaL_error(lua, "state.keep: there is no run here");
    if (!call->keeps) {
        if (!gd_kept_text_push(lua, kept && kept->data ? kept->data : "{}"))
            luaL_error(lua, "state.keep: not a table that a script can keep");
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &current_table);
        call->keeps = true;
    }
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &current_table);
}

void gd_keep_replace(lua_State *lua, int index)
{
    struct gd_call *call = &gd_script_of(lua)->call;
    luaL_checktype(lua, index, LUA_TTABLE);
    if (!call->state)
        luaL_error(lua, "state.keep: there is no run here");
    lua_pushvalue(lua, index);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &current_table);
    call->keeps = true;
}

void gd_keep_write(lua_State *lua)
{
    struct gd_script *script = gd_script_of(lua);
    if (!script->call.keeps)
        return;
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &current_table);
    gd_kept_text_write(lua, &script->kept, lua_gettop(lua));
    lua_pop(lua, 1);
}

/* A copy of a text, which may be missing; false when there is no memory. */
static bool copy(char **to, const char *from)
{
    *to = from ? gd_string(from) : NULL;
    return !from || *to;
}

/* Puts data and the name of a variable into the slot; NULL: as it is. */
static enum gd_status put_kept(struct gd_state *state, const char *data, const char *changed, struct gd_error *error)
{
    const struct kept *now = gd_state_get_untracked(state, SLOT);
    struct kept *kept = gd_array(1, sizeof *kept);
    if (!kept || !copy(&kept->data, data || !now ? data : now->data) ||
        !copy(&kept->changed, changed || !now ? changed : now->changed)) {
        destroy(kept);
        return gd_no_memory(error, "state.keep");
    }
    return gd_state_put_untracked(state, SLOT, kept, error);
}

const char *gd_keep_changed(const struct gd_script *script)
{
    const struct kept *kept = script->call.state ? gd_state_get_untracked(script->call.state, SLOT) : NULL;
    return kept ? kept->changed : NULL;
}

enum gd_status gd_keep_commit(struct gd_script *script, enum gd_status status, struct gd_error *error)
{
    struct gd_state *state = script->call.state;
    const struct kept *now = state ? gd_state_get_untracked(state, SLOT) : NULL;
    const char *data = script->kept.data;
    bool same = !data || !strcmp(data, now && now->data ? now->data : "{}");
    if (!status && state && (!same || (*script->changed && !(now && now->changed))))
        status = put_kept(state, same ? NULL : data, *script->changed ? script->changed : NULL, error);
    free(script->kept.data);
    script->kept = (struct gd_text){0};
    return status;
}
