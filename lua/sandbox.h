/* What a script that is not trusted can reach, and how that keeps it within its limits. Layer 2 of README.md.
 * Private to this folder.
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

/* --- Guards: guards.c --------------------------------------------------------------------------------------------- */

/* Replaces the library on top of the stack (its name is `library`) by a table of those of its functions that a script
 * may call; each is charged its work before it runs. A library without guards stays as it is. */
void gd_guards_apply(lua_State *lua, const char *library);

/* --- The same results in every process: deterministic.c, keys.c --------------------------------------------------- */

/* Replaces those functions of the library on top of the stack (its name is `library`) whose results depend on
 * addresses, on the hashes of a process or on the time: pairs, next, tostring, string.format, table.sort. */
void gd_deterministic_replace(lua_State *lua, const char *library);

/* pairs and next of scripts: keys in an order that is the same in every process. */
int gd_keys_pairs(lua_State *lua);
int gd_keys_next(lua_State *lua);

/* Pushes a list of the keys of the table at an absolute index, in the order of pairs. */
void gd_keys_push(lua_State *lua, int table);

/* Pushes the value at an index as text, and returns it: as tostring does, but without addresses. */
const char *gd_text_push(lua_State *lua, int index);

#endif
