/* One Lua state: its memory, its limits, protected calls, and what is said when they fail. */
#include "lua/script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/files.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "lua/sandbox.h"

#define MEMORY_LIMIT      ((size_t)256 << 20)
#define READ_INSTRUCTIONS 20000000
#define READ_NANOSECONDS  INT64_C(5000000000)
#define MOST_BYTES        ((size_t)16 << 20)
#define MOST_TEXT         ((size_t)256 << 10) /* the parser takes quadratic time for some texts */

#define READ_INTERVAL 100 /* instructions between two looks at the limits */
#define RUN_INTERVAL  1000

#define CHUNK "script" /* what Lua calls the text in its messages */

/* --- Memory ------------------------------------------------------------------------------------------------------- */

static const char too_much[] = "the scripts need more than 256 MiB of memory; give --trust to allow it";

static bool fits(const struct gd_meter *meter, size_t bytes)
{
    return !meter->limited || (meter->all->bytes <= MEMORY_LIMIT && bytes <= MEMORY_LIMIT - meter->all->bytes);
}

static void count(struct gd_meter *meter, size_t given_back, size_t taken)
{
    meter->used += taken - given_back;
    meter->all->bytes += taken - given_back;
}

/* lua_Alloc: for a new block `old_size` tells its type, not a size. */
static void *allocate(void *self, void *block, size_t old_size, size_t size)
{
    struct gd_meter *meter = self;
    size_t held = block ? old_size : 0;
    if (!size) {
        free(block);
        count(meter, held, 0);
        return NULL;
    }
    if (size > held && !fits(meter, size - held))
        return NULL;
    void *piece = realloc(block, size);
    if (!piece && size > held) {
        meter->failed = true;
        return NULL;
    }
    count(meter, held, size);
    return piece ? piece : block; /* Lua relies on that blocks can shrink */
}

void gd_script_charge(lua_State *lua, size_t bytes)
{
    struct gd_script *script = gd_script_of(lua);
    if (!fits(&script->meter, bytes))
        gd_script_stop(lua, script->reading ? GD_BAD_INPUT : GD_FAILED, too_much);
    count(&script->meter, 0, bytes);
}

void gd_script_discharge(struct gd_script *script, size_t bytes)
{
    count(&script->meter, bytes, 0);
}

void *gd_script_room(lua_State *lua, size_t items, size_t size)
{
    if (items > SIZE_MAX / 2 / size)
        gd_script_no_memory(lua);
    gd_script_charge(lua, items * size);
    void *piece = gd_arena_alloc(&gd_script_of(lua)->tree->arena, items, size);
    if (!piece)
        gd_script_no_memory(lua);
    return piece;
}

const char *gd_script_keep(lua_State *lua, const char *text, size_t length)
{
    return memcpy(gd_script_room(lua, length + 1, 1), text, length);
}

/* --- Limits ------------------------------------------------------------------------------------------------------- */

static int64_t processor_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

struct gd_script *gd_script_of(lua_State *lua)
{
    return *(struct gd_script **)lua_getextraspace(lua);
}

static bool limited(const struct gd_script *script)
{
    return script->reading && !script->trusted;
}

void gd_script_poll(lua_State *lua)
{
    struct gd_script *script = gd_script_of(lua);
    if (script->stopped)
        gd_script_stop(lua, script->stopped, NULL);
    if (script->call.context && gd_context_stop(script->call.context))
        gd_script_stop(lua, GD_INTERRUPTED, "interrupted");
}

void gd_script_check_time(lua_State *lua)
{
    const struct gd_script *script = gd_script_of(lua);
    if (limited(script) && script->meter.all->nanoseconds + processor_time() - script->begun > READ_NANOSECONDS)
        gd_script_stop(lua, GD_BAD_INPUT,
                       "the scripts take more than 5 s to read; give --trust to read them all the same");
}

/* Called every so many instructions, and at every one once the call is to end. */
static void watch(lua_State *lua, lua_Debug *event)
{
    (void)event;
    gd_script_poll(lua);
    gd_script_spend(lua, READ_INTERVAL);
    gd_script_check_time(lua);
}

static void limit(struct gd_script *script)
{
    script->stopped = GD_OK;
    script->failure = (struct gd_failure){0};
    script->meter.failed = false;
    script->begun = limited(script) ? processor_time() : 0;
    lua_sethook(script->lua, watch, LUA_MASKCOUNT, limited(script) ? READ_INTERVAL : RUN_INTERVAL);
}

void gd_script_stop(lua_State *lua, enum gd_status status, const char *text)
{
    struct gd_script *script = gd_script_of(lua);
    if (!script->stopped) {
        script->stopped = status;
        script->failure.status = status;
        script->failure.line = gd_script_line(lua);
        gd_print(script->failure.text, sizeof script->failure.text, "%s", text);
    }
    lua_sethook(lua, watch, LUA_MASKCOUNT, 1);
    lua_pushlightuserdata(lua, script);
    for (;;)
        lua_error(lua); /* does not return */
}

void gd_script_spend(lua_State *lua, double instructions)
{
    struct gd_script *script = gd_script_of(lua);
    if (!limited(script))
        return;
    int64_t *spent = &script->meter.all->instructions;
    *spent += (int64_t)fmin(ceil(instructions), READ_INSTRUCTIONS + 1);
    if (*spent > READ_INSTRUCTIONS)
        gd_script_stop(lua, GD_BAD_INPUT,
                       "the scripts take more than 20 million instructions to read; give --trust to read them all the "
                       "same");
}

/* --- Errors ------------------------------------------------------------------------------------------------------- */

int gd_script_line(lua_State *lua)
{
    lua_Debug event;
    for (int level = 0; lua_getstack(lua, level, &event); level++)
        if (lua_getinfo(lua, "l", &event) && event.currentline > 0)
            return event.currentline;
    return 0;
}

void gd_script_raise(lua_State *lua, const struct gd_error *error)
{
    if (error->status == GD_NO_MEMORY || error->status == GD_INTERRUPTED)
        gd_script_stop(lua, error->status, error->text);
    for (;;)
        luaL_error(lua, "%s", error->text);
}

void gd_script_unknown(lua_State *lua, const char *what, const char *word, const char *const *names)
{
    const char *nearest = gd_nearest(word, names);
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

/* Takes "script:LINE: " off a message; the line, or 0. */
static int take_line(const char **text)
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

/* What a message of the parser alone does not tell: words of Lua that are keys of pipelines. */
static const char *hint(const char *text)
{
    return strstr(text, "near 'until'") ? " (as a key, a word of Lua is written [\"until\"])" : "";
}

/* Message handler: notes what went wrong, and where, while the stack is still there. */
static int note(lua_State *lua)
{
    struct gd_script *script = gd_script_of(lua);
    struct gd_failure *failure = &script->failure;
    if (script->stopped)
        return 1;
    *failure = (struct gd_failure){.status = GD_FAILED, .line = gd_script_line(lua)};
    if (lua_type(lua, 1) != LUA_TSTRING) {
        snprintf(failure->text, sizeof failure->text, "the error is not a text, but a %s", luaL_typename(lua, 1));
        return 1;
    }
    const char *text = lua_tostring(lua, 1);
    int line = take_line(&text);
    if (line)
        failure->line = line;
    gd_print(failure->text, sizeof failure->text, "%s%s", text, hint(text));
    for (char *c = failure->text; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' '; /* one line */
    return 1;
}

static struct gd_failure too_large(void)
{
    struct gd_failure failure = {.status = GD_FAILED};
    snprintf(failure.text, sizeof failure.text, "%s", too_much);
    return failure;
}

/* What a failed lua_pcall means. */
static enum gd_status judge(struct gd_script *script, int result)
{
    struct gd_failure *failure = &script->failure;
    if (result == LUA_OK)
        return GD_OK;
    if (script->stopped)
        return failure->status;
    if (result == LUA_ERRMEM && script->meter.failed)
        *failure = (struct gd_failure){GD_NO_MEMORY, 0, "out of memory"};
    else if (result == LUA_ERRMEM)
        *failure = too_large();
    else if (result == LUA_ERRERR && !failure->text[0])
        *failure = (struct gd_failure){GD_FAILED, 0, "an error while another one was handled"};
    if (failure->status == GD_FAILED && script->reading)
        failure->status = GD_BAD_INPUT;
    return failure->status;
}

enum gd_status gd_script_call(struct gd_script *script, lua_CFunction body, void *argument)
{
    lua_State *lua = script->lua;
    int top = lua_gettop(lua);
    limit(script);
    locale_t former = gd_plain_begin(); /* Lua, too, writes numbers as the locale has them */
    lua_pushcfunction(lua, note);
    lua_pushcfunction(lua, body);
    lua_pushlightuserdata(lua, argument);
    enum gd_status status = judge(script, lua_pcall(lua, 1, 0, top + 1));
    gd_plain_end(former);
    lua_settop(lua, top);
    if (limited(script))
        script->meter.all->nanoseconds += processor_time() - script->begun;
    return status;
}

enum gd_status gd_script_fail(const struct gd_script *script, struct gd_error *error)
{
    const struct gd_failure *failure = &script->failure;
    if (failure->line)
        return gd_fail(error, failure->status, "%s:%d: %s", script->file, failure->line, failure->text);
    return gd_fail(error, failure->status, "%s: %s", script->file, failure->text);
}

enum gd_status gd_script_complain(const struct gd_script *script, struct gd_problems *problems)
{
    const struct gd_failure *failure = &script->failure;
    if (failure->status != GD_BAD_INPUT)
        return failure->status;
    gd_problem_add(problems, (struct gd_place){.file = script->file, .line = failure->line}, "%s", failure->text);
    return problems->overflow ? GD_NO_MEMORY : GD_BAD_INPUT;
}

/* --- Life --------------------------------------------------------------------------------------------------------- */

enum gd_status gd_script_read(const char *file, char **text, size_t *length, struct gd_problems *problems)
{
    const struct gd_place place = {.file = file};
    struct gd_error why = {0};
    *text = NULL;
    *length = 0;
    enum gd_status status = gd_file_load(file, MOST_BYTES, text, length, &why);
    if (status == GD_BAD_INPUT)
        gd_problem_add(problems, place, "cannot be read: %s", why.text);
    else if (!status && strlen(*text) != *length)
        gd_problem_add(problems, place, "has zero bytes: it is no text");
    return !status && gd_problems_any(problems) ? GD_BAD_INPUT : status;
}

/* What the interpreter of Lua passes over in files as well: a byte-order mark, and then a first line that begins with
 * #. Its end stays, so that lines are counted as they are. */
static size_t preamble(const char *text)
{
    size_t mark = strncmp(text, "\xEF\xBB\xBF", 3) ? 0 : 3;
    return text[mark] == '#' ? mark + strcspn(text + mark, "\n") : mark;
}

void gd_script_load(lua_State *lua, const char *text, size_t length)
{
    size_t skipped = preamble(text);
    if (!gd_script_of(lua)->trusted && length > MOST_TEXT)
        luaL_error(lua, "the script is longer than 256 KiB; give --trust to read it all the same");
    if (luaL_loadbufferx(lua, text + skipped, length - skipped, "=" CHUNK, "t") != LUA_OK)
        lua_error(lua);
    lua_call(lua, 0, 1);
}

static void free_script(void *self)
{
    struct gd_script *script = self;
    if (script->lua)
        lua_close(script->lua);
    gd_script_discharge(script, script->meter.used);
    free(script);
}

static int open(lua_State *lua)
{
    gd_sandbox_open(lua);
    gd_state_open(lua);
    gd_views_open(lua);
    return 0;
}

enum gd_status gd_script_new(struct gd_script **made, struct gd_tree *tree, const struct gd_registry *registry,
                             const char *file, bool trusted)
{
    struct gd_script *script = calloc(1, sizeof *script);
    if (!script)
        return GD_NO_MEMORY;
    script->meter = (struct gd_meter){.all = gd_registry_allowance(registry), .limited = !trusted};
    if (!gd_tree_own(tree, script, free_script)) {
        free(script);
        return GD_NO_MEMORY;
    }
    script->file = gd_arena_string(&tree->arena, file, strlen(file));
    script->registry = registry;
    script->tree = tree;
    script->trusted = trusted;
    script->lua = script->file ? lua_newstate(allocate, &script->meter) : NULL;
    if (!script->lua)
        return GD_NO_MEMORY;
    *(struct gd_script **)lua_getextraspace(script->lua) = script;
    script->reading = true;
    *made = script;
    return gd_script_call(script, open, NULL);
}

void gd_script_finish(struct gd_script *script)
{
    script->reading = false;
    script->tree = NULL;
}
