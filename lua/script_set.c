/* The sets of structures of a script: the run's until the script writes to one, then a copy of its own. */
#include "atoms/system.h"
#include "lua/views.h"

const struct gd_set *gd_script_set_read(const struct gd_script_set *set)
{
    return set->own ? set->own : set->shared;
}

void gd_script_set_charge(lua_State *lua, struct gd_script_set *set, size_t atoms, size_t count)
{
    size_t each = atoms * 6 * sizeof(double) + sizeof(double) + sizeof(int64_t);
    size_t bytes = count > SIZE_MAX / 2 / each ? SIZE_MAX / 2 : count * each;
    if (bytes > set->charged) {
        gd_script_charge(lua, bytes - set->charged);
        set->charged = bytes;
    }
}

/* The set becomes the owner of `own`, whose structures are at other places than before. Raises when it is NULL. */
static void replace_own(lua_State *lua, struct gd_script_set *set, struct gd_set *own, const struct gd_error *error)
{
    if (!own)
        gd_script_raise(lua, error);
    gd_set_free(set->own);
    set->own = own;
    set->order++;
}

void gd_script_set_clear(lua_State *lua, struct gd_script_set *set)
{
    const struct gd_system *system = gd_state_get_untracked(gd_script_of(lua)->call.state, "system");
    struct gd_error error = {0};
    if (!system)
        luaL_error(lua, "there is no system to hold structures of");
    replace_own(lua, set, gd_set_new(&system->structure, system->fixed, &error), &error);
}

void gd_script_set_copy(lua_State *lua, struct gd_script_set *set, const struct gd_set *from, const size_t *chosen,
                        size_t count)
{
    struct gd_error error = {0};
    gd_script_set_charge(lua, set, from->atoms, count);
    replace_own(lua, set, gd_set_copy(from, chosen, count, &error), &error);
}

void gd_script_set_check_writable(lua_State *lua, const struct gd_script_set *set)
{
    if (!set->writable)
        luaL_error(lua, "this set can only be read: a stage names the sets that it writes in `writes`");
}

struct gd_set *gd_script_set_write(lua_State *lua, struct gd_script_set *set)
{
    uint64_t order = set->order;
    gd_script_set_check_writable(lua, set);
    if (!set->own && set->shared)
        gd_script_set_copy(lua, set, set->shared, NULL, set->shared->count);
    else if (!set->own)
        gd_script_set_clear(lua, set);
    set->order = order; /* a copy leaves all in its place */
    return set->own;
}
