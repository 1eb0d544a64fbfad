/* Views: how scripts name a set, a structure of it, an atom of that. Private to this folder.
 *
 * A view is a small userdata that is looked up anew at every use: one of an earlier call, or of a structure that has
 * changed its place, raises an error. */
#ifndef GD_LUA_VIEWS_H
#define GD_LUA_VIEWS_H

#include "lua/script.h"

struct gd_view {
    enum gd_view_kind kind;
    struct gd_script_set *set; /* of the script's call */
    uint64_t call, order;
    size_t index, atom;
};

/* The view at an index of the stack; raises when it is none, or what it names is gone. */
const struct gd_view *gd_view_check(lua_State *lua, int index, enum gd_view_kind kind);

/* The set that a view is of. */
static inline const struct gd_set *gd_view_set(const struct gd_view *view)
{
    return gd_script_set_now(view->set);
}

/* Whether the value at an index is a view of a kind. */
bool gd_view_is(lua_State *lua, int index, enum gd_view_kind kind);

/* A place in a list of `count` from the argument 2, from 0; false when there is none. */
bool gd_view_place(lua_State *lua, size_t count, size_t *index);

/* Reads {x, y, z}, or a position of a structure. */
void gd_view_point(lua_State *lua, int index, double point[3]);

/* Charges the script for `count` structures of so many atoms in the set that it is to own. */
void gd_view_charge(lua_State *lua, struct gd_script_set *set, size_t atoms, size_t count);

/* A new empty set. Nothing may be raised before it has its owner. */
struct gd_set *gd_view_fresh(lua_State *lua, const struct gd_structure *like, size_t fixed);

/* The atoms of a set, which may be empty. */
struct gd_structure gd_view_atoms(const struct gd_set *set);

/* Raises when the set can only be read. */
void gd_view_check_writable(lua_State *lua, const struct gd_script_set *set);

/* The set to write to: the script's own copy. Raises when it can only be read. */
struct gd_set *gd_view_own(lua_State *lua, struct gd_script_set *set);

/* The functions of sets: sets.c. Pushes __index. */
void gd_set_push_methods(lua_State *lua);
int gd_set_length(lua_State *lua);
int gd_set_pairs(lua_State *lua);

#endif
