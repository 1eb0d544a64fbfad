/* Scripts that are not trusted: read, made pipelines of, and their stages and conditions run on a small state.
 *
 * An input that begins with @ is a list of actions, each of which calls, indexes, assigns or compares values that the
 * script has come by: all functions that it can reach and what they have returned, called with everything. Any other
 * input is a script. What a script may spend is cut to less than a second. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "atoms/system.h"
#include "engine/base/memory.h"
#include "engine/language/pipeline.h"
#include "engine/run/check.h"
#include "engine/run/context.h"
#include "engine/run/events.h"
#include "engine/run/function.h"
#include "fuzz/fuzz.h"
#include "lua/reader.h"
#include "stages/stages.h"

#define INSTRUCTIONS 300000 /* that reading may take */
#define MOST_ACTIONS 300
#define MOMENT       200000 /* microseconds of a function that runs */

static struct gd_registry *registry;
static struct gd_pipeline base; /* whose sections make the state */
static volatile int interrupts;

/* --- The script of a list of actions ------------------------------------------------------------------------------ */

/* P: values, F: functions, both as they were come by; a(action, which ones). */
static const char prelude[] =
    "local gd = require 'godiff'\n"
    "local P, F, last, seen = {}, {}, 0, {}\n"
    "local function put(...)\n"
    "  for k = 1, math.min(select('#', ...), 8) do local v = select(k, ...)\n"
    "    last = last % 61 + 1 P[last] = v\n"
    "    if type(v) == 'function' and not seen[v] then seen[v] = true F[#F + 1] = v end end end\n"
    "local function walk(t) if seen[t] then return end seen[t] = true\n"
    "  for _, v in pairs(t) do if type(v) == 'table' then walk(v) elseif type(v) == 'function' and not seen[v] then\n"
    "    seen[v] = true F[#F + 1] = v end end end\n"
    "walk(_G) walk(gd)\n"
    "local words = {'at', 'keep', 'push', 'sort', 'positions', 'forces', 'numbers', 'energy', 'archive', 'batch', "
    "'best',\n"
    "  '__index', '__gc', '__mode', '__metatable', '__pairs', '__len', '__call', '__close', '__name', 'name', "
    "'params', 'run', 'temperature', 'steps'}\n"
    "local literals = {true, false, 0, 1, -1, 3, 0.5, 0/0, 1/0, math.maxinteger, math.mininteger, '', 'x', "
    "'%p%s%99d',\n"
    "  '(.-)%1%b()', ('a'):rep(70), '1e309', 2^53, '\\255\\0', 'energy'}\n"
    "local function g(k) return P[k % 61 + 1] end\n"
    "local A = {\n"
    "  function(f, a, b, c) return F[f % #F + 1](g(a), g(b), g(c)) end,\n"
    "  function(f, a, b, c) return F[f % #F + 1](g(a), g(b), g(c), g(a + b), g(b + c)) end,\n"
    "  function(f, a, b) return F[f % #F + 1](g(a)) end,\n"
    "  function(a, b) return g(a)[g(b)] end,\n"
    "  function(a, b) return g(a)[words[b % #words + 1]] end,\n"
    "  function(a, b, c) g(a)[g(b)] = g(c) end,\n"
    "  function(a, b, c) g(a)[words[b % #words + 1]] = g(c) end,\n"
    "  function(a, b, c, d) return g(a)(g(b), g(c), g(d)) end,\n"
    "  function(a, b, c, d) local o = g(a) return o[words[b % #words + 1]](o, g(c), g(d)) end,\n"
    "  function(a) return literals[a % #literals + 1], words[a % #words + 1] end,\n"
    "  function(a, b) return #g(a), g(a) == g(b) end,\n"
    "  function(a, b) return g(a) .. g(b) end,\n"
    "  function(a, b) return g(a) < g(b), g(a) + g(b) end,\n"
    "  function(a, b) local t = {} for k, v in pairs(g(a)) do t[#t + 1] = v if #t > b then break end end return t, {t} "
    "end,\n"
    "  function(a, b, c) return {g(a), g(b), x = g(c)} end,\n"
    "  function(a, b, c, d) return function(x) return g(a), g(b) end, function(x, y) return x == g(c) end end,\n"
    "}\n"
    "local function a(k, ...) put(select(2, pcall(A[k % #A + 1], ...))) end\n"
    "local function all()\n";

static const char ending[] =
    "end\n"
    "put(gd, _G, gd.train {}, type, function(s) return true end, {1, 2, 3}, 1, 'energy') all()\n"
    "local function run(state) P, last = {}, 0\n"
    "  for _, w in ipairs {'archive', 'batch', 'buffer', 'best'} do local s = state[w] put(s) end\n"
    "  local s = state.archive[1] put(state, s, s.positions, s.positions[1], s.forces, s.numbers, state.archive.push)\n"
    "  put(function(s) return true end, 1, 'energy', {positions = {{1, 2, 3}}}, {1, 2, 3}, s.forces and s.forces[1]) "
    "all() all() end\n"
    "return gd.pipeline {name = 'f', potential = 'emt', noise = 've', model = {painn = {}}, a = P,\n"
    "  system = {template = gd.fcc111 {symbol = 'Pt', size = {1, 1, 1}, vacuum = 5.0}, add = 'Pt2', window = {above = "
    "{1, 4}}},\n"
    "  steps = {gd.loop {times = 2, ['until'] = run, gd.stage {name = 'x', reads = {'archive', 'batch', 'best'},\n"
    "    writes = {'archive', 'buffer', 'temperature'}, run = run}}}}\n";

static char *write_script(const uint8_t *data, size_t size)
{
    struct gd_text text = {0};
    gd_text_print(&text, "%s", prelude);
    for (size_t k = 0; k + 5 <= size && k < 5 * MOST_ACTIONS; k += 5)
        gd_text_print(&text, "a(%d,%d,%d,%d,%d)\n", data[k], data[k + 1], data[k + 2], data[k + 3], data[k + 4]);
    gd_text_print(&text, "%s", ending);
    if (strchr("aA", size % 2 ? 'a' : 'b')) /* half of them can be built: a key that no pipeline has is gone */
        for (char *c = strstr(text.data, "a = P,"); c && c < strstr(text.data, "\n  system"); c++)
            *c = ' ';
    return gd_text_take(&text);
}

/* --- The state ---------------------------------------------------------------------------------------------------- */

static struct gd_set *make_set(const struct gd_system *system, size_t count)
{
    struct gd_set *set = calloc(1, sizeof *set);
    double *positions = calloc(system->structure.count, 3 * sizeof *positions);
    if (!set || !positions || gd_set_init(set, &system->structure, system->fixed, NULL) != GD_OK)
        abort();
    for (size_t k = 0; k < count; k++)
        if (gd_set_push(set, positions, NULL) != GD_OK)
            abort();
    for (size_t k = 0; k < count; k++)
        set->energies[k] = -(double)k;
    free(positions);
    return set;
}

static struct gd_state *make_state(void)
{
    static const char *const names[] = {"archive", "batch", "best"};
    struct gd_state *state = gd_state_new(registry);
    if (!state || gd_sections_run(&base, state, 0, NULL) != GD_OK)
        abort();
    const struct gd_system *system = gd_state_get(state, "system");
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (gd_state_put(state, names[k], make_set(system, 3 - k), NULL) != GD_OK)
            abort();
    return state;
}

static void on_timer(int number)
{
    (void)number;
    interrupts = 2;
}

/* What is the same for all inputs. */
static void begin(void)
{
    static const char text[] =
        "{godiff: 1, name: f, potential: emt, noise: ve, model: {painn: {}}, system: {template: {build: fcc111, "
        "symbol: "
        "Pt, size: [1, 1, 1], vacuum: 5.0}, add: Pt2, window: {above: [1, 4]}}, steps: [{seed: {}}]}";
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    registry = gd_registry_new();
    if (!registry || gd_stages_register(registry, NULL) != GD_OK || gd_lua_register(registry, false, NULL) != GD_OK)
        abort();
    if (gd_tree_parse_yaml(&tree, "fuzz.yaml", text, strlen(text), &problems) != GD_OK ||
        gd_pipeline_build(&base, registry, &tree, NULL, 0, &problems) != GD_OK)
        abort();
    signal(SIGVTALRM, on_timer);
}

/* Whatever a script does fails with a message, or does not fail. */
static void run_steps(const struct gd_step *steps, size_t count, struct gd_state *state)
{
    for (size_t k = 0; k < count; k++) {
        const struct gd_step *step = &steps[k];
        struct gd_error error = {0};
        struct gd_context context = {.state = state,
                                     .error = &error,
                                     .events = &(struct gd_events){0},
                                     .step = step->path,
                                     .stage = step->stage,
                                     .iterations = 1,
                                     .threads = 1,
                                     .device = "cpu",
                                     .precision = "float32",
                                     .interrupted = &interrupts};
        struct gd_value value = gd_value_state(&context);
        bool truth;
        enum gd_status status = GD_OK;
        run_steps(step->steps, step->count, state);
        if (step->until.function)
            status = gd_function_bool(step->until.function, &value, 1, "until", &truth, &error);
        else if (step->stage && !gd_registry_stage(registry, step->stage->name))
            status = step->stage->run(&context, step->self);
        if ((status != GD_OK) != (error.text[0] != '\0'))
            abort();
    }
}

static void run(const struct gd_pipeline *pipeline)
{
    struct gd_state *state = make_state();
    const struct itimerval moment = {.it_value = {.tv_usec = MOMENT}}, none = {0};
    interrupts = 0;
    setitimer(ITIMER_VIRTUAL, &moment, NULL);
    run_steps(pipeline->steps, pipeline->count, state);
    setitimer(ITIMER_VIRTUAL, &none, NULL);
    gd_state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!registry)
        begin();
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline = {0};
    struct gd_problems problems = {0};
    struct gd_script_usage *allowance = gd_registry_script_usage(registry);
    bool actions = size && *data == '@';
    char *script = actions ? write_script(data + 1, size - 1) : gd_format("%.*s", (int)size, (const char *)data);
    *allowance = (struct gd_script_usage){.instructions = 20000000 - INSTRUCTIONS, .nanoseconds = 4000000000};
    enum gd_status status =
        script ? gd_tree_parse_lua(&tree, registry, "fuzz.lua", script, strlen(script), false, &problems)
               : GD_NO_MEMORY;
    if ((status != GD_OK) != gd_problems_any(&problems))
        abort();
    if (!status)
        status = gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems);
    if (!status)
        run(&pipeline);
    gd_tree_clear(&tree);
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&problems);
    if (allowance->bytes) /* all that was charged is given back */
        abort();
    free(script);
    return 0;
}
