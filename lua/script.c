/* One Lua state: its files, protected calls, and the messages of those that fail. */
#include "lua/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"

#define MOST_BYTES ((size_t)16 << 20)
#define MOST_TEXT  ((size_t)256 << 10) /* the parser takes quadratic time for some texts */

#define CHUNK "script" /* what Lua calls the text in its messages */

/* --- Errors ------------------------------------------------------------------------------------------------------- */

void gd_script_raise(lua_State *lua, const struct gd_error *error)
{
    if (error->status == GD_NO_MEMORY || error->status == GD_INTERRUPTED)
        gd_script_stop(lua, error->status, error->text);
    for (;;)
        luaL_error(lua, "%s", error->text);
}

void gd_script_raise_unknown(lua_State *lua, const char *what, const char *word, const char *const *names)
{
    const char *nearest = gd_find_nearest(word, names);
    if (nearest)
        luaL_error(lua, "unknown %s \"%s\"; did you mean \"%s\"?", what, word, nearest);
    luaL_Buffer known;
    luaL_buffinit(lua, &known);
    for (int k = 0; names[k]; k++) {
        luaL_addstring(&known, k ? ", " : "");
        luaL_addstring(&known, names[k]);
    }
    luaL_pushresult(&known);
    for (;;)
        luaL_error(lua, "unknown %s \"%s\" (known: %s)", what, word, lua_tostring(lua, -1));
}

/* Removes "script:LINE: " from the front of a message; the line, or 0. */
static int split_line(const char **text)
{
    static const char chunk[] = CHUNK ":";
    if (strncmp(*text, chunk, sizeof chunk - 1) != 0)
        return 0;
    char *end;
    long line = strtol(*text + sizeof chunk - 1, &end, 10);
    if (line <= 0 || line > 1000000000 || *end != ':')
        return 0;
    *text = end + 1 + (end[1] == ' ');
    return (int)line;
}

/* Advice that the message of the parser lacks: some keys of pipelines are words of Lua. */
static const char *find_hint(const char *text)
{
    return strstr(text, "near 'until'") ? " (as a key, a word of Lua is written [\"until\"])" : "";
}

/* Message handler: records the error and its line while the stack is still there. */
static int record_error(lua_State *lua)
{
    struct gd_script *script = gd_script_of(lua);
    struct gd_failure *failure = &script->failure;
    if (script->stopped)
        return 1;
    *failure = (struct gd_failure){.status = GD_FAILED, .line = gd_script_line(lua)};
    if (lua_type(lua, 1) != LUA_TSTRING) {
        snprintf(failure->text, sizeof failure->text, "the error is not a string, but a %s", luaL_typename(lua, 1));
        return 1;
    }
    const char *text = lua_tostring(lua, 1);
    int line = split_line(&text);
    if (line)
        failure->line = line;
    gd_print(failure->text, sizeof failure->text, "%s%s", text, find_hint(text));
    for (char *c = failure->text; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' '; /* one line */
    return 1;
}

/* The status of a result of lua_pcall; completes the failure. */
static enum gd_status classify(struct gd_script *script, int result)
{
    struct gd_failure *failure = &script->failure;
    if (result == LUA_OK)
        return GD_OK;
    if (script->stopped)
        return failure->status;
    if (result == LUA_ERRMEM && script->meter.failed)
        *failure = (struct gd_failure){GD_NO_MEMORY, 0, "out of memory"};
    else if (result == LUA_ERRMEM) {
        *failure = (struct gd_failure){.status = GD_FAILED};
        snprintf(failure->text, sizeof failure->text, "%s", gd_script_too_large);
    } else if (result == LUA_ERRERR && !failure->text[0])
        *failure = (struct gd_failure){GD_FAILED, 0, "an error in the handling of another one"};
    if (failure->status == GD_FAILED && script->reading)
        failure->status = GD_BAD_INPUT;
    return failure->status;
}

enum gd_status gd_script_call(struct gd_script *script, lua_CFunction body, void *argument)
{
    lua_State *lua = script->lua;
    int top = lua_gettop(lua);
    gd_limits_begin(script);
    locale_t former = gd_c_locale_begin(); /* Lua, too, writes numbers as the locale has them */
    lua_pushcfunction(lua, record_error);
    lua_pushcfunction(lua, body);
    lua_pushlightuserdata(lua, argument);
    enum gd_status status = classify(script, lua_pcall(lua, 1, 0, top + 1));
    gd_c_locale_end(former);
    lua_settop(lua, top);
    gd_limits_end(script);
    return status;
}

enum gd_status gd_script_fail(const struct gd_script *script, struct gd_error *error)
{
    const struct gd_failure *failure = &script->failure;
    if (failure->line)
        return gd_fail(error, failure->status, "%s:%d: %s", script->file, failure->line, failure->text);
    return gd_fail(error, failure->status, "%s: %s", script->file, failure->text);
}

enum gd_status gd_script_report(const struct gd_script *script, struct gd_problems *problems)
{
    const struct gd_failure *failure = &script->failure;
    if (failure->status != GD_BAD_INPUT)
        return failure->status;
    gd_problem_add(problems, (struct gd_place){.file = script->file, .line = failure->line}, "%s", failure->text);
    return problems->overflow ? GD_NO_MEMORY : GD_BAD_INPUT;
}

/* --- Life --------------------------------------------------------------------------------------------------------- */

enum gd_status gd_script_load_file(const char *file, char **text, size_t *length, struct gd_problems *problems)
{
    const struct gd_place place = {.file = file};
    struct gd_error why = {0};
    *text = NULL;
    *length = 0;
    enum gd_status status = gd_file_load(file, MOST_BYTES, text, length, &why);
    if (status == GD_BAD_INPUT)
        gd_problem_add(problems, place, "cannot be read: %s", why.text);
    else if (!status && strlen(*text) != *length)
        gd_problem_add(problems, place, "has zero bytes: it is not a text file");
    return !status && gd_problems_any(problems) ? GD_BAD_INPUT : status;
}

/* The length of what the interpreter of Lua skips as well: a byte-order mark, and then a first line that begins with
 * #. Its end stays, so that lines are counted as they are. */
static size_t preamble_length(const char *text)
{
    size_t mark = strncmp(text, "\xEF\xBB\xBF", 3) ? 0 : 3;
    return text[mark] == '#' ? mark + strcspn(text + mark, "\n") : mark;
}

void gd_script_run_chunk(lua_State *lua, const char *text, size_t length)
{
    size_t skipped = preamble_length(text);
    if (!gd_script_of(lua)->trusted && length > MOST_TEXT)
        luaL_error(lua, "the script is longer than 256 KiB; give --trust to read it anyway");
    if (luaL_loadbufferx(lua, text + skipped, length - skipped, "=" CHUNK, "t") != LUA_OK)
        lua_error(lua);
    lua_call(lua, 0, 1);
}

void gd_metatable_lock(lua_State *lua)
{
    lua_pushboolean(lua, false);
    lua_setfield(lua, -2, "__metatable");
}

static void free_script(void *self)
{
    struct gd_script *script = self;
    if (script->lua)
        lua_close(script->lua);
    gd_script_discharge(script, script->meter.used);
    free(script);
}

enum gd_status gd_script_new(struct gd_script **made, struct gd_tree *tree, const struct gd_registry *registry,
                             const char *file, bool trusted)
{
    struct gd_script *script = calloc(1, sizeof *script);
    if (!script)
        return GD_NO_MEMORY;
    script->meter = (struct gd_memory_count){.all = gd_registry_script_usage(registry), .limited = !trusted};
    if (!gd_tree_own(tree, script, free_script)) {
        free(script);
        return GD_NO_MEMORY;
    }
    script->file = gd_arena_string(&tree->arena, file, strlen(file));
    script->registry = registry;
    script->tree = tree;
    script->trusted = trusted;
    script->lua = script->file ? lua_newstate(gd_memory_count_allocate, &script->meter) : NULL;
    if (!script->lua)
        return GD_NO_MEMORY;
    *(struct gd_script **)lua_getextraspace(script->lua) = script;
    script->reading = true;
    *made = script;
    return GD_OK;
}

void gd_script_end_reading(struct gd_script *script)
{
    script->reading = false;
    script->tree = NULL;
}
