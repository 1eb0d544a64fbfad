/* What a script that is not trusted can reach, and how that keeps it within its limits. Private to this folder.
 *
 * Guarantees while a script is read: it gets no more than its memory; it ends after its instructions, or at the first
 * hundred of them after its time is over. One instruction can take as long as going through all its memory once (a
 * comparison of two long texts), and no longer, because every library function whose work does not end with its
 * instructions is bounded before it is called: string and table functions are charged the work that they will do;
 * patterns whose matching may cost more than 10^9 steps are refused; table functions take tables without metatables, so
 * that no length can be made up. What Lua runs where no limit reaches is not there: finalisers (__gc), message handlers
 * (xpcall), which run inside the error of a limit, and coroutines, which close their variables there.
 *
 * The limits are those of a job, which all its scripts share. Memory is also what a script makes outside Lua: nodes and
 * texts of the tree, descriptors of stages and the parameters of their steps, sets that it writes to, figures.
 *
 * While a pipeline runs there are no limits but that of memory, that of patterns, and one for the work of a single call
 * of a library function, so that a second interrupt is soon seen. */
#ifndef GD_LUA_SANDBOX_H
#define GD_LUA_SANDBOX_H

#include <lua.h>

/* Opens the libraries: the safe part of them, or all when the script is trusted. */
void gd_sandbox_open(lua_State *lua);

/* Scripts that ask for the metatable on top of the stack get false, and cannot set another. */
void gd_lock_metatable(lua_State *lua);

/* --- What is the same in every process: fixed.c ------------------------------------------------------------------ */

/* Puts our own functions in place of those of the library on top of the stack (its name is `library`) whose results
 * depend on addresses, on the hashes of a process or on the time: pairs, next, tostring, string.format, table.sort. */
void gd_fixed_replace(lua_State *lua, const char *library);

/* Pushes a list of the keys of the table at an absolute index, in the order of pairs. */
void gd_keys_push(lua_State *lua, int table);

/* Pushes the value at an index as text, and returns it: as tostring does, but without addresses. */
const char *gd_text_push(lua_State *lua, int index);

#endif
