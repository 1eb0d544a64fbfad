/* Stages of scripts: gd.stage{...} becomes a descriptor like those of C. */
#include "lua/stage.h"

#include <string.h>

#include "lua/keep.h"
#include "lua/state.h"

struct script_stage {
    struct gd_stage base;
    struct gd_script *script;
    int reference; /* of its run function */
};

/* --- Running ------------------------------------------------------------------------------------------------------ */

/* One execution of a stage, and the values of its parameters. */
struct execution {
    const struct script_stage *stage;
    const char *values;
};

/* run(state, params) */
static int call_run(lua_State *lua)
{
    const struct execution *execution = lua_touserdata(lua, 1);
    gd_watch_begin(lua);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, execution->stage->reference);
    gd_state_push(lua);
    lua_newtable(lua);
    for (const struct gd_param *row = execution->stage->base.params; row && row->name; row++) {
        gd_script_row_push(lua, row, execution->values + row->offset);
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
    struct execution execution = {stage, self};
    gd_call_begin(script, context, context->state, &stage->base);
    script->call.stream = gd_context_stream(context, 0);
    script->call.draws = true;
    enum gd_status status = gd_script_call(script, call_run, &execution);
    if (status)
        gd_script_fail(script, context->error);
    return gd_call_end(script, status, context->error);
}

/* --- Declaring ---------------------------------------------------------------------------------------------------- */

/* Bytes that each step takes up: its values, and its own texts of those that were left out. */
static size_t step_bytes(const struct gd_stage *stage)
{
    size_t bytes = stage->size;
    for (const struct gd_param *row = stage->params; row->name; row++)
        bytes += row->initial ? strlen(row->initial) + 1 : 0;
    return bytes;
}

const struct gd_stage *gd_stage_declare(lua_State *lua, size_t *bytes)
{
    static const char *const keys[] = {"name", "summary", "reads", "writes", "params", "run", NULL};
    struct gd_script *script = gd_script_of(lua);
    struct gd_error error = {0};
    struct script_stage *stage = gd_script_alloc(lua, 1, sizeof *stage);
    gd_fields_check(lua, 1, "gd.stage", keys);
    stage->script = script;
    stage->base.name = gd_field_text(lua, 1, "gd.stage", "name");
    stage->base.summary = gd_field_text(lua, 1, "gd.stage", "summary");
    stage->base.reads = gd_field_list(lua, 1, "gd.stage", "reads");
    stage->base.writes = gd_field_list(lua, 1, "gd.stage", "writes");
    stage->base.run = run;
    if (!stage->base.name)
        luaL_error(lua, "gd.stage: name is missing: name = \"forget\"");
    if (!stage->base.summary)
        stage->base.summary = "a stage of a script";
    if (!gd_field_push(lua, 1, "gd.stage", "params", LUA_TTABLE))
        lua_newtable(lua);
    gd_script_rows_read(lua, &stage->base);
    if (!gd_field_push(lua, 1, "gd.stage", "run", LUA_TFUNCTION))
        luaL_error(lua, "gd.stage: run is missing: run = function(state, params) ... end");
    gd_watch_add(lua, -1);
    stage->reference = luaL_ref(lua, LUA_REGISTRYINDEX);
    if (gd_registry_verify_stage(script->registry, &stage->base, &error) != GD_OK)
        gd_script_raise(lua, &error);
    if (!script->host && gd_registry_stage(script->registry, stage->base.name))
        luaL_error(lua, "gd.stage: the name %s is taken", stage->base.name);
    if (script->host)
        stage->base.name = script->host->name;
    *bytes = step_bytes(&stage->base);
    return &stage->base;
}
