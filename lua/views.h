/* Sets of structures as a script has them, and views: handles of a set, a structure of it, an atom of that. Layer
 * 3 of README.md. Private to this folder.
 *
 * A view is a small userdata that is looked up anew at every use: one of an earlier call, or of a structure that has
 * changed its place, raises an error. */
#ifndef GD_LUA_VIEWS_H
#define GD_LUA_VIEWS_H

#include "lua/script.h"

/* --- Sets of a script: script_set.c ------------------------------------------------------------------------------- */

/* The set as it is now, or NULL. */
const struct gd_set *gd_script_set_read(const struct gd_script_set *set);

/* The set to write to: the script's own copy. Raises when it can only be read. */
struct gd_set *gd_script_set_write(lua_State *lua, struct gd_script_set *set);

/* Raises when the set can only be read. */
void gd_script_set_check_writable(lua_State *lua, const struct gd_script_set *set);

/* Makes the set the script's own: an empty one for structures of the system. */
void gd_script_set_clear(lua_State *lua, struct gd_script_set *set);

/* Makes the set the script's own: a copy of the structures `chosen` [count] of another set (or this one), in their
 * order; chosen NULL: of all, `count` of them. */
void gd_script_set_copy(lua_State *lua, struct gd_script_set *set, const struct gd_set *from, const size_t *chosen,
                        size_t count);

/* Charges the script for `count` structures of so many atoms in the set that it is to own. */
void gd_script_set_charge(lua_State *lua, struct gd_script_set *set, size_t atoms, size_t count);

/* --- Views: views.c ----------------------------------------------------------------------------------------------- */

struct gd_view {
    enum gd_view_kind kind;
    struct gd_script_set *set; /* of the script's call */
    uint64_t call, order;
    size_t index, atom;
};

/* Pushes the metatable of views of a kind: `methods`, and assignments refused unless these have __newindex. */
void gd_view_open(lua_State *lua, enum gd_view_kind kind, const luaL_Reg *methods);

/* Push views: of a set, of a structure of it, of a part of a structure. */
void gd_view_push_set(lua_State *lua, struct gd_script_set *set);
void gd_view_push_structure(lua_State *lua, struct gd_script_set *set, size_t index);
void gd_view_push_part(lua_State *lua, const struct gd_view *view, enum gd_view_kind kind);

/* Whether the value at an index is a view of a kind. */
bool gd_view_is(lua_State *lua, int index, enum gd_view_kind kind);

/* The view at an index of the stack; raises when it is none, or what it names is gone. */
const struct gd_view *gd_view_check(lua_State *lua, int index, enum gd_view_kind kind);

/* The set of a view, to be assigned to another; raises for other values. */
const struct gd_set *gd_view_check_set(lua_State *lua, int index);

/* The set that a view is of. */
static inline const struct gd_set *gd_view_set(const struct gd_view *view)
{
    return gd_script_set_read(view->set);
}

/* An index, from 0, of a list of `count` from the argument 2, which counts from 1; false outside the list. */
bool gd_view_check_index(lua_State *lua, size_t count, size_t *index);

/* Read a finite number, and {x, y, z} or a position of a structure. */
double gd_view_check_number(lua_State *lua, int index);
void gd_view_check_point(lua_State *lua, int index, double point[3]);

/* --- Their methods: structures.c, sets.c -------------------------------------------------------------------------- */

/* Register the metatables. Once per state. */
void gd_structures_open(lua_State *lua);
void gd_sets_open(lua_State *lua);

#endif
