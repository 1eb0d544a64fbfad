/* The state of a run as a script sees it, from the beginning to the end of a call. Layer 5 of README.md. Private to
 * this folder. */
#ifndef GD_LUA_STATE_H
#define GD_LUA_STATE_H

#include "lua/script.h"

/* Between the two, a script's views of the state can be used. */
void gd_call_begin(struct gd_script *script, const struct gd_context *context, const struct gd_state *state,
                   const struct gd_stage *stage);
/* Gives the run what the script has written to sets, when `status` is GD_OK; returns `status`, or that of a failure. */
enum gd_status gd_call_end(struct gd_script *script, enum gd_status status, struct gd_error *error);

/* Registers the metatable. Once per state of Lua. */
void gd_state_open(lua_State *lua);

/* Pushes the view of the state of the run. */
void gd_state_push(lua_State *lua);

#endif
