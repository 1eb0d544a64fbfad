/* Every allocation of reading a script and of a call of it fails once, alone and with all that follow: the status says
 * so, and nothing is lost. */
#include <stdlib.h>
#include <string.h>

#include "engine/run/check.h"
#include "engine/run/context.h"
#include "unit/engine/failing.h"
#include "unit/lua/helpers.h"
#include "unit/suites.h"

static const char script[] =
    "local gd = require 'godiff'\n"
    "local forget = gd.stage {name = 'forget', reads = {'archive'}, writes = {'buffer'}, params = {depth = {type = "
    "'float', default = 5}, how = {type = 'choice', choices = {'a', 'b'}, default = 'a'}}, run = function(state, "
    "params)\n"
    "  for k = 1, 3 do state.buffer:push {positions = {{k, 2, params.depth}, {4, 5, 6}}} end\n"
    "  state.buffer:sort(function(s) return -s.positions[1][1] end)\n"
    "  state.buffer:keep(function(s) return s.positions[1][1] > 1 end)\n"
    "  state.buffer[1].positions[1] = {9, 9, 9}\n"
    "end}\n"
    "return gd.pipeline {name = 't', potential = {lj = {cutoff = 3}}, noise = 've', model = {painn = {features = 8, "
    "blocks = 1, radial = 4}}, system = {template = gd.box {lengths = {9, 9, 9}}, "
    "add = 'Ar2'}, target = function(s) return s.energy < 0 end, steps = {gd.seed {from = 'uniform'}, gd.evaluate {}, "
    "gd.loop {times = 2, forget {depth = 3}, gd.anneal {curve = function(k, n) return k + 1 end}}}}\n";

/* Reads and builds the script, and calls its stage and its curve. */
static enum gd_status everything(struct gd_state *state)
{
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline = {0};
    struct gd_problems problems = {0};
    struct gd_error error = {0};
    static const struct gd_events silent = {0};
    enum gd_status status = gd_tree_parse_lua(&tree, registry, "s.lua", script, sizeof script - 1, false, &problems);
    if (!status)
        status = gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems);
    else
        gd_tree_clear(&tree);
    if (!status)
        status = gd_pipeline_check(&pipeline, state, &problems);
    for (size_t k = 0; k < 2 && !status; k++) {
        const struct gd_step *step = &pipeline.steps[2].steps[k];
        struct gd_context context = {.state = state,
                                     .error = &error,
                                     .events = &silent,
                                     .step = step->id,
                                     .stage = step->stage,
                                     .iterations = 2};
        status = step->stage->run(&context, step->self);
    }
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&problems);
    return status;
}

/* One attempt, with what the state got given back. */
static enum gd_status attempt(void (*start)(size_t allowed), size_t allowed)
{
    struct gd_state *state = gd_state_new(registry);
    gd_registry_script_usage(registry)->nanoseconds = 0; /* scripts of a registry share a limit */
    start(allowed);
    enum gd_status status = everything(state);
    for (const struct gd_slot *const *slots = gd_registry_slots(registry); *slots; slots++)
        gd_state_put(state, (*slots)->name, NULL, NULL);
    ck_assert_msg(failing_stop() == 0, "allocation %zu: something is lost", allowed);
    gd_state_free(state);
    ck_assert_msg(!status || status == GD_NO_MEMORY, "allocation %zu: status %d", allowed, (int)status);
    return status;
}

START_TEST(every_allocation_fails_once)
{
    size_t count = 0, refused = 0;
    while (attempt(failing_start, count) != GD_OK)
        count++;
    ck_assert_uint_gt(count, 100);
    for (size_t allowed = 0; allowed < count; allowed++)
        refused += attempt(failing_start_once, allowed) != GD_OK;
    ck_assert_uint_gt(refused, 10); /* Lua itself collects garbage and tries again */
}
END_TEST

Suite *suite_failing(void)
{
    Suite *suite = suite_create("failing");
    TCase *tests = tcase_create("failing");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_allocation_fails_once);
    tcase_set_timeout(tests, 300);
    suite_add_tcase(suite, tests);
    return suite;
}
