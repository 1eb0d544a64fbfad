/* What scripts keep from call to call: state.keep, which is saved with the run, and a watch on their variables, which
 * are not. Layer 4 of README.md. Private to this folder. */
#ifndef GD_LUA_KEEP_H
#define GD_LUA_KEEP_H

#include "lua/script.h"

/* --- Plain data as text: kept_text.c ------------------------------------------------------------------------------ */

/* Whether the text is that of a table. */
bool gd_kept_text_valid(const char *text);

/* Pushes the value of the text; false when it cannot be parsed. */
bool gd_kept_text_push(lua_State *lua, const char *text);

/* Appends the value at an absolute index; raises for one that is not plain data, and for more than 1 MiB. */
void gd_kept_text_write(lua_State *lua, struct gd_text *text, int index);

/* --- state.keep: keep.c ------------------------------------------------------------------------------------------- */

extern const struct gd_slot gd_slot_keep;

/* Pushes the table of state.keep; puts the table at an index in its place. Raise where there is no run. */
void gd_keep_push(lua_State *lua);
void gd_keep_replace(lua_State *lua, int index);

/* At the end of a call that has used state.keep: writes it as text; raises for values that cannot be kept. */
void gd_keep_write(lua_State *lua);

/* Gives the run what was written, when `status` is GD_OK; returns `status`, or that of a failure. */
enum gd_status gd_keep_commit(struct gd_script *script, enum gd_status status, struct gd_error *error);

/* The variable of a script that had changed before the run was interrupted, "NAME in FILE"; NULL: none is known. */
const char *gd_keep_changed(const struct gd_script *script);

/* --- The watch: watch.c ------------------------------------------------------------------------------------------- */

/* Adds a function to those whose variables are watched. */
void gd_watch_add(lua_State *lua, int function);

/* Before and after the run calls a function of the script: hash the watched variables and the globals, and warn once
 * when one has changed. Where calls are many (`always` false), not all are followed by a comparison. */
void gd_watch_begin(lua_State *lua);
void gd_watch_end(lua_State *lua, bool always);

#endif
