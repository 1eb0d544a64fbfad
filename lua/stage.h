/* Functions and stages of scripts as the engine calls them. Layer 6 of README.md. Private to this folder. */
#ifndef GD_LUA_STAGE_H
#define GD_LUA_STAGE_H

#include "lua/script.h"

/* --- Functions: function.c ---------------------------------------------------------------------------------------- */

/* A handle of the function on top of the stack, which it pops; in memory of the tree. */
struct gd_function *gd_function_new(lua_State *lua, struct gd_place place);

/* --- Stages: stage.c ---------------------------------------------------------------------------------------------- */

/* gd.stage{...}: the descriptor of the table at index 1, in memory of the tree. *bytes: of a step's parameters. */
const struct gd_stage *gd_stage_declare(lua_State *lua, size_t *bytes);

/* --- Their parameters: rows.c ------------------------------------------------------------------------------------- */

/* Gives the stage the rows of the table of `params` on top of the stack, sorted by name, behind those of the script's
 * host; pops the table. */
void gd_script_rows_read(lua_State *lua, struct gd_stage *stage);

/* Pushes the value of a parameter: a list where the row counts more than one. */
void gd_script_row_push(lua_State *lua, const struct gd_param *row, const char *value);

/* --- Fields of tables: fields.c ----------------------------------------------------------------------------------- */

/* All raise for a value of another type, naming its `owner` and the field; texts are copied to memory of the tree. */

/* Raises for keys of the table at an index that are not among NULL-ended `names`. */
void gd_fields_check(lua_State *lua, int index, const char *owner, const char *const *names);

/* Pushes a field of a type (LUA_T...) of the table at an index; false, with nothing pushed, when it is missing. */
bool gd_field_push(lua_State *lua, int index, const char *owner, const char *name, int type);

/* A text, or a NULL-ended list of texts; NULL when the field is missing. */
const char *gd_field_text(lua_State *lua, int index, const char *owner, const char *name);
const char *const *gd_field_list(lua_State *lua, int index, const char *owner, const char *name);

/* A number, `otherwise` when the field is missing; a truth value, false when it is missing. */
double gd_field_number(lua_State *lua, int index, const char *owner, const char *name, double otherwise);
bool gd_field_bool(lua_State *lua, int index, const char *owner, const char *name);

/* The text on top of the stack; pops it. */
const char *gd_field_pop_text(lua_State *lua);

#endif
