/* Sets as stages see them: values, order, copies only when written, and their price. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "engine/run/context.h"
#include "engine/run/state.h"
#include "unit/lua/helpers.h"
#include "unit/suites.h"

/* An archive of `count` structures of three argon atoms, the first of them fixed: energy of structure k is (7 k) mod
 * count, positions of atom a (k, a, 0.5), forces (a, 0, -k). */
static struct gd_set *archive_of(struct gd_state *state, size_t count)
{
    struct gd_error error = {0};
    struct gd_structure box = {0};
    int mobile[] = {18, 18};
    struct gd_system *system = calloc(1, sizeof *system);
    struct gd_set *set = calloc(1, sizeof *set);
    ck_assert_int_eq(gd_structure_alloc(&box, 1, false, &error), GD_OK);
    box.species[0] = 36;
    for (int d = 0; d < 3; d++)
        box.cell.vectors[d][d] = 10;
    ck_assert_msg(gd_system_make(system, &box, mobile, 2, NULL, false, &error) == GD_OK, "%s", error.text);
    ck_assert_int_eq(gd_set_init(set, &system->structure, system->fixed, &error), GD_OK);
    for (size_t k = 0; k < count; k++) {
        double x = (double)k, positions[] = {x, 0, 0.5, x, 1, 0.5, x, 2, 0.5},
               forces[] = {0, 0, -x, 1, 0, -x, 2, 0, -x};
        ck_assert_int_eq(gd_set_push(set, positions, &error), GD_OK);
        memcpy(set->forces + 9 * k, forces, sizeof forces);
        set->energies[k] = (double)(7 * k % count);
        set->serials[k] = (int64_t)k + 1;
        set->path_weights[k] = k == 2 ? -1.5 : NAN;
    }
    ck_assert_int_eq(gd_state_put(state, "system", system, &error), GD_OK);
    ck_assert_int_eq(gd_state_put(state, "archive", set, &error), GD_OK);
    gd_structure_clear(&box);
    return set;
}

/* Runs the body of a stage that reads and writes the archive of `count` structures, and reads batch. */
static enum gd_status run_body(const char *body, size_t count, struct gd_error *error, struct gd_set **before,
                               struct gd_state *state)
{
    struct gd_tree tree;
    struct gd_problems problems = {0};
    static const struct gd_events silent = {0};
    char *text =
        gd_format("local gd = require 'godiff' return gd.pipeline {steps = {gd.stage {name = 'x', reads = "
                  "{'batch'}, writes = {'archive', 'buffer'}, run = function(state) local a = state.archive %s "
                  "end}}}",
                  body);
    enum gd_status status = gd_tree_parse_lua(&tree, registry, "s.lua", text, strlen(text), false, &problems);
    ck_assert_msg(!status, "%s", problems.count ? problems.items[0].text : "no problem reported");
    const struct gd_stage *stage = gd_node_get(tree.root, "steps")->children->children->stage;
    struct gd_context context = {.state = state, .error = error, .events = &silent, .step = "x", .stage = stage};
    *before = archive_of(state, count);
    *error = (struct gd_error){0};
    status = stage->run(&context, NULL);
    gd_tree_clear(&tree);
    free(text);
    return status;
}

/* Bodies that hold what they say with assert. */
static const char *const true_bodies[] = {
    "assert(#a == 5 and a[1].energy == 0 and a[2].energy == 2 and a[5].energy == 3)",
    "assert(a[0] == nil and a[6] == nil and a[-1] == nil)",
    "assert(a[3].log_path_weight == -1.5 and a[2].log_path_weight == nil)",
    "assert(#a[1] == 3 and #a[1].positions == 3 and a[1].fixed == 1 and a[3].serial == 3)",
    "assert(a[3].positions[2][1] == 2 and a[3].positions[2][2] == 1 and a[3].positions[2][3] == 0.5)",
    "assert(a[3].positions[4] == nil and a[3].positions[1][4] == nil and a[3].positions[1][0] == nil)",
    "local x, y, z = a[3].positions:at(2) assert(x == 2 and y == 1 and z == 0.5 and select('#', a[3].positions:at(4)) "
    "== "
    "0)",
    "local x, y, z = a[3].forces:at(3) assert(x == 2 and y == 0 and z == -2 and a[3].forces:at(0) == nil)",
    "assert(not pcall(a[3].positions.at, a[3]) and not pcall(a[3].positions.at, a))",
    "assert(a[3].forces[2][1] == 1 and a[3].forces[3][3] == -2)",
    "assert(a[3].numbers[1] == 36 and a[3].numbers[2] == 18 and a[3].numbers[4] == nil)",
    "local n = 0 for i, s in ipairs(a) do assert(s.serial == i) n = n + s.energy end assert(n == 10)",
    "local n = 0 for i, s in pairs(a) do assert(s.serial == i) n = n + s.energy end assert(n == 10)",
    "local n = 0 for i, s in pairs(state.buffer) do n = n + 1 end assert(n == 0)",
    "assert(state.best == nil and state.temperature == nil and state.evaluations == nil and state.batch == nil)",
    "a:keep(function(s) return s.energy % 2 == 0 end) assert(#a == 3 and a[2].serial == 2 and a[3].serial == 3 and #a "
    "== "
    "#state.archive)",
    "a:keep(function(s) return false end) assert(#a == 0 and a[1] == nil) a:push {positions = {{1, 2, 3}, {4, 5, 6}}} "
    "assert(#a == 1 and a[1].numbers[1] == 36)",
    "a:sort('energy') for k = 1, 5 do assert(a[k].energy == k - 1) end",
    "a:sort(function(s) return -s.energy end) for k = 1, 5 do assert(a[k].energy == 5 - k) end",
    "a:sort(function(s, t) return s.energy < t.energy end) for k = 1, 5 do assert(a[k].energy == k - 1) end",
    "a:sort(function(s, t) return true end) assert(#a == 5)",
    "a:sort(function(s) return 0 end) for k = 1, 5 do assert(a[k].serial == k) end",
    "a:push {positions = {{1, 2, 3}, {4, 5, 6}}} local s = a[6] assert(s.energy == nil and s.forces == nil and "
    "s.serial == "
    "nil and s.positions[2][1] == 1 and s.positions[1][1] == 0)",
    "a:push(a[2]) assert(a[6].energy == 2 and a[6].forces[3][1] == 2 and a[6].serial == 2)",
    "for k = 1, 500 do a:push(a[k]) end assert(#a == 505 and a[505].serial == 5)",
    "a:push {positions = a[2].positions} assert(a[6].positions[3][1] == 1 and a[6].energy == nil)",
    "local s = a[2] s.positions[2] = {7, 8, 9} assert(s.positions[2][3] == 9 and s.energy == nil and s.forces == nil "
    "and "
    "a[1].energy == 0)",
    "local p = a[2].positions[3] p[1] = -1 assert(a[2].positions[3][1] == -1 and a[2].positions[3][2] == 2)",
    "assert(not pcall(function() a[2].positions[1] = {0, 0, 0} end) and a[2].energy == 2)",
    "state.buffer = a a:keep(function() return false end) assert(#state.buffer == 5 and #a == 0)",
    "state.archive = a assert(#state.archive == 5)",
};

START_TEST(views_show_what_is_there)
{
    struct gd_state *state = gd_state_new(registry);
    struct gd_error error;
    struct gd_set *before;
    enum gd_status status = run_body(true_bodies[_i], 5, &error, &before, state);
    ck_assert_msg(!status, "%s: %s", true_bodies[_i], error.text);
    gd_state_free(state);
}
END_TEST

/* What only reads leaves the very set that was there; what writes and fails, too. */
START_TEST(copies_only_when_written)
{
    static const struct {
        const char *body;
        bool fails, copied;
    } cases[] = {
        {"for k = 1, #a do local x = a[k].energy + a[k].positions[1][1] end", false, false},
        {"a:keep(function(s) return true end)", false, false},
        {"a:keep(function(s) return false end)", false, true},
        {"a:sort('energy')", false, true},
        {"a:push(a[1])", false, true},
        {"a[1].positions[2] = {1, 2, 3}", false, true},
        {"a:push(a[1]) error('no')", true, false},
        {"a:keep(function(s) error('no') end)", true, false},
        {"a:sort(function(s) error('no') end)", true, false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct gd_state *state = gd_state_new(registry);
        struct gd_error error;
        struct gd_set *before;
        enum gd_status status = run_body(cases[k].body, 5, &error, &before, state);
        ck_assert_int_eq(status, cases[k].fails ? GD_FAILED : GD_OK);
        bool same = gd_state_get(state, "archive") == before;
        ck_assert_msg(same != cases[k].copied, "%s", cases[k].body);
        if (same)
            ck_assert_uint_eq(before->count, 5);
        gd_state_free(state);
    }
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *suite_sets(void)
{
    Suite *suite = suite_create("sets");
    TCase *tests = tcase_create("sets");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, views_show_what_is_there, 0, COUNT(true_bodies));
    tcase_add_test(tests, copies_only_when_written);
    tcase_set_timeout(tests, 120);
    suite_add_tcase(suite, tests);
    return suite;
}
