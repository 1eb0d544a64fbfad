/* A script: one Lua state, what it may use, and what it can reach of the run that calls it. Layer 1 of README.md.
 * Private to this folder.
 *
 * Lua reports errors by longjmp. So all Lua runs in protected calls (gd_script_call), and C code that runs inside one
 * holds nothing that a jump would lose: memory is the tree's, a userdata's, or the script's own, freed after the call.
 */
#ifndef GD_LUA_SCRIPT_H
#define GD_LUA_SCRIPT_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

#include "atoms/structure.h"
#include "engine/base/memory.h"
#include "engine/base/random.h"
#include "engine/language/registry.h"
#include "engine/run/context.h"
#include "engine/run/function.h"

/* --- A script ----------------------------------------------------------------------------------------------------- */

/* The memory of a script: its own, what it has put into the tree, and the sets that it owns. */
struct gd_memory_count {
    struct gd_script_usage *all; /* of the job */
    size_t used;                 /* bytes of `all` that are this script's */
    bool limited;
    bool failed; /* the machine had no more */
};

/* Why a protected call failed. */
struct gd_failure {
    enum gd_status status;
    int line; /* of the script; 0: not known */
    char text[512];
};

/* A set of structures as a script sees it: that of the run until the script writes to it, then a copy. */
struct gd_script_set {
    const struct gd_set *shared; /* the run's; NULL: nothing there */
    struct gd_set *own;          /* the script's, once it has written; freed or given to the run after the call */
    size_t charged;              /* bytes of the meter for `own` */
    uint64_t order;              /* rises when structures change their places */
    bool writable;
};

enum { GD_SCRIPT_SETS = 5 };

/* Kinds of views: views.h. */
enum gd_view_kind {
    GD_VIEW_SET,
    GD_VIEW_STRUCTURE,
    GD_VIEW_POSITIONS,
    GD_VIEW_FORCES,
    GD_VIEW_NUMBERS,
    GD_VIEW_POSITION,
    GD_VIEW_FORCE,
    GD_VIEWS
};

/* The call of a function of the script by the run. */
struct gd_call {
    uint64_t number; /* distinguishes the views of this call from those of others; 0: no call */
    struct gd_state *state;
    const struct gd_context *context; /* NULL: none is known */
    const struct gd_stage *stage;     /* whose slots may be used; NULL: all, but only to read */
    struct gd_script_set sets[GD_SCRIPT_SETS];
    struct gd_script_set item; /* of the structure that is an argument */
    struct gd_stream stream;
    bool draws; /* stream is one */
    bool keeps; /* state.keep was asked for */
};

struct gd_script {
    lua_State *lua;
    const char *file; /* as messages name it; lives as long as the tree */
    const struct gd_registry *registry;
    struct gd_tree *tree; /* while it is read: where descriptors and functions are put */
    bool trusted;
    const struct gd_stage *host; /* read for this stage: the descriptor gets its name and begins with its rows */
    struct gd_memory_count meter;
    bool reading;           /* the limits of reading hold */
    int64_t begun;          /* when the call of now began, in ns of this thread's processor time */
    enum gd_status stopped; /* a limit or an interrupt ends the call: no pcall of the script can continue */
    struct gd_failure failure;
    uint64_t calls;
    struct gd_call call;
    struct gd_text kept; /* of state.keep, at the end of a call */
    bool watching;       /* the first values of its variables are hashed */
    char changed[256];   /* the first of them that changed since, and the file; "": none */
    struct {
        uint32_t step, execution; /* step: the hash of its path */
        int count;
    } figures;                   /* of the step that the last one was for */
    const void *views[GD_VIEWS]; /* the metatables */
};

/* A script without libraries or anything else in its globals, owned by the tree; environment.h opens those. */
enum gd_status gd_script_new(struct gd_script **script, struct gd_tree *tree, const struct gd_registry *registry,
                             const char *file, bool trusted);

/* Reading is over: the limits of reading no longer hold, and nothing more comes into the tree. */
void gd_script_end_reading(struct gd_script *script);

/* The content of a file, which has no zero bytes, free with free(); NULL after a problem. */
enum gd_status gd_script_load_file(const char *file, char **text, size_t *length, struct gd_problems *problems);

/* The script that a state belongs to. */
static inline struct gd_script *gd_script_of(lua_State *lua)
{
    return *(struct gd_script **)lua_getextraspace(lua);
}

/* Calls body(lua), with `argument` as its only argument, a light userdata. GD_OK, or the status of `failure`. The
 * stack is afterwards as before. */
enum gd_status gd_script_call(struct gd_script *script, lua_CFunction body, void *argument);

/* Runs a chunk of text, which ends with a zero byte: pushes the one value that it returns. Inside a protected call. */
void gd_script_run_chunk(lua_State *lua, const char *text, size_t length);

/* Raises the error of a function of the engine. */
_Noreturn void gd_script_raise(lua_State *lua, const struct gd_error *error);
#define gd_script_raise_no_memory(lua) gd_script_stop(lua, GD_NO_MEMORY, "out of memory")

/* Raises: unknown WHAT "word"; did you mean "..."? */
_Noreturn void gd_script_raise_unknown(lua_State *lua, const char *what, const char *word, const char *const *names);

/* The failure as an error of the run, or as a problem of the file. */
enum gd_status gd_script_fail(const struct gd_script *script, struct gd_error *error);
enum gd_status gd_script_report(const struct gd_script *script, struct gd_problems *problems);

/* Scripts that ask for the metatable on top of the stack get false, and cannot set another. */
void gd_metatable_lock(lua_State *lua);

/* --- Limits: limits.c --------------------------------------------------------------------------------------------- */

extern const char gd_script_too_large[]; /* the message of too much memory */

/* lua_Alloc with a struct gd_memory_count. */
void *gd_memory_count_allocate(void *meter, void *block, size_t old_size, size_t size);

/* Around a protected call: its time is counted between the two. */
void gd_limits_begin(struct gd_script *script);
void gd_limits_end(struct gd_script *script);

/* The line of the script that is being executed; 0: not known. */
int gd_script_line(lua_State *lua);

/* Ends the protected call at once, and so that the script cannot continue after it. */
_Noreturn void gd_script_stop(lua_State *lua, enum gd_status status, const char *text);

/* Ends the call after a limit or a second interrupt. For functions that take long. */
void gd_script_check_stop(lua_State *lua);

/* Counts bytes that the script takes up outside Lua, and those that it has given back. Ends the call when the scripts
 * of the job hold more than they may. */
void gd_script_charge(lua_State *lua, size_t bytes);
void gd_script_discharge(struct gd_script *script, size_t bytes);

/* Zeroed memory, and a copy of a text, in memory of the tree; both are charged. */
void *gd_script_alloc(lua_State *lua, size_t count, size_t size);
const char *gd_script_copy(lua_State *lua, const char *text, size_t length);

/* Ends the call when the time of reading is over. For work that no instructions are spent on. */
void gd_script_check_time(lua_State *lua);

/* Spends instructions of those that are left while the script is read; ends the call when there are none. */
void gd_script_spend(lua_State *lua, double instructions);

#endif
