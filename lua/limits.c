/* Limits of memory, instructions and time, and how a call that exceeds one is ended. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/text.h"
#include "lua/script.h"

#define MEMORY_LIMIT      ((size_t)256 << 20)
#define READ_INSTRUCTIONS 20000000
#define READ_NANOSECONDS  INT64_C(5000000000)

#define READ_INTERVAL 100 /* instructions between two checks of the limits */
#define RUN_INTERVAL  1000

/* --- Memory ------------------------------------------------------------------------------------------------------- */

const char gd_script_too_large[] = "the scripts need more than 256 MiB of memory; give --trust to allow it";

static bool fits(const struct gd_memory_count *meter, size_t bytes)
{
    return !meter->limited || (meter->all->bytes <= MEMORY_LIMIT && bytes <= MEMORY_LIMIT - meter->all->bytes);
}

static void count(struct gd_memory_count *meter, size_t given_back, size_t taken)
{
    meter->used += taken - given_back;
    meter->all->bytes += taken - given_back;
}

/* lua_Alloc: for a new block `old_size` is its type, not a size. */
void *gd_memory_count_allocate(void *self, void *block, size_t old_size, size_t size)
{
    struct gd_memory_count *meter = self;
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
        gd_script_stop(lua, script->reading ? GD_BAD_INPUT : GD_FAILED, gd_script_too_large);
    count(&script->meter, 0, bytes);
}

void gd_script_discharge(struct gd_script *script, size_t bytes)
{
    count(&script->meter, bytes, 0);
}

void *gd_script_alloc(lua_State *lua, size_t items, size_t size)
{
    if (items > SIZE_MAX / 2 / size)
        gd_script_raise_no_memory(lua);
    gd_script_charge(lua, items * size);
    void *piece = gd_arena_alloc(&gd_script_of(lua)->tree->arena, items, size);
    if (!piece)
        gd_script_raise_no_memory(lua);
    return piece;
}

const char *gd_script_copy(lua_State *lua, const char *text, size_t length)
{
    return memcpy(gd_script_alloc(lua, length + 1, 1), text, length);
}

/* --- Limits ------------------------------------------------------------------------------------------------------- */

static int64_t processor_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static bool limited(const struct gd_script *script)
{
    return script->reading && !script->trusted;
}

void gd_script_check_stop(lua_State *lua)
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
        gd_script_stop(lua, GD_BAD_INPUT, "the scripts take more than 5 s to read; give --trust to read them anyway");
}

int gd_script_line(lua_State *lua)
{
    lua_Debug event;
    for (int level = 0; lua_getstack(lua, level, &event); level++)
        if (lua_getinfo(lua, "l", &event) && event.currentline > 0)
            return event.currentline;
    return 0;
}

/* Called every so many instructions, and at every one once the call is to end. */
static void check_limits(lua_State *lua, lua_Debug *event)
{
    (void)event;
    gd_script_check_stop(lua);
    gd_script_spend(lua, READ_INTERVAL);
    gd_script_check_time(lua);
}

void gd_limits_begin(struct gd_script *script)
{
    script->stopped = GD_OK;
    script->failure = (struct gd_failure){0};
    script->meter.failed = false;
    script->begun = limited(script) ? processor_time() : 0;
    lua_sethook(script->lua, check_limits, LUA_MASKCOUNT, limited(script) ? READ_INTERVAL : RUN_INTERVAL);
}

void gd_limits_end(struct gd_script *script)
{
    if (limited(script))
        script->meter.all->nanoseconds += processor_time() - script->begun;
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
    lua_sethook(lua, check_limits, LUA_MASKCOUNT, 1);
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
