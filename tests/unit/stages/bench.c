#include "unit/stages/bench.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stages/stages.h"

static void listen(void *self, const struct gd_event *event)
{
    struct bench *bench = self;
    if (event->kind == GD_EVENT_MESSAGE) {
        snprintf(bench->message, sizeof bench->message, "%s", event->text);
        bench->warnings += event->level == GD_WARNING;
    }
    if (event->kind != GD_EVENT_FIGURE || bench->figure_count == BENCH_FIGURES)
        return;
    snprintf(bench->figures[bench->figure_count].name, sizeof bench->figures[0].name, "%s", event->name);
    bench->figures[bench->figure_count++].value = event->value;
}

void bench_open(struct bench *bench)
{
    memset(bench, 0, sizeof *bench);
    bench->registry = gd_registry_new();
    ck_assert_ptr_nonnull(bench->registry);
    ck_assert_msg(gd_stages_register(bench->registry, &bench->error) == GD_OK, "%s", bench->error.text);
    bench->state = gd_state_new(bench->registry);
    ck_assert_ptr_nonnull(bench->state);
    bench->sink = (struct gd_sink){listen, bench};
    bench->events = (struct gd_events){&bench->sink, 1};
    bench->context = (struct gd_context){
        .state = bench->state,
        .error = &bench->error,
        .events = &bench->events,
        .step = "step",
        .seed = 1,
        .iterations = 1,
        .threads = 2,
        .device = "cpu",
        .precision = "float32",
    };
}

void bench_close(struct bench *bench)
{
    gd_state_free(bench->state);
    gd_registry_free(bench->registry);
}

double bench_figure(const struct bench *bench, const char *name)
{
    for (int k = bench->figure_count - 1; k >= 0; k--)
        if (strcmp(bench->figures[k].name, name) == 0)
            return bench->figures[k].value;
    ck_abort_msg("no figure \"%s\" was reported", name);
}

struct gd_system *bench_system(struct bench *bench, size_t mobile)
{
    struct gd_structure box = {0};
    ck_assert_int_eq(gd_structure_alloc(&box, 0, false, &bench->error), GD_OK);
    for (int d = 0; d < 3; d++) {
        box.cell.vectors[d][d] = 12.0;
        box.cell.periodic[d] = true;
    }
    int *species = calloc(mobile, sizeof *species);
    for (size_t k = 0; k < mobile; k++)
        species[k] = 78;
    struct gd_system *system = calloc(1, sizeof *system);
    ck_assert_msg(gd_system_make(system, &box, species, mobile, NULL, false, &bench->error) == GD_OK, "%s",
                  bench->error.text);
    ck_assert_int_eq(gd_state_put(bench->state, "system", system, &bench->error), GD_OK);
    gd_structure_clear(&box);
    free(species);
    return system;
}

struct gd_set *bench_set(const struct gd_system *system, size_t count, const double *positions)
{
    struct gd_set *set = calloc(1, sizeof *set);
    struct gd_error error = {0};
    ck_assert_int_eq(gd_set_init(set, &system->structure, system->fixed, &error), GD_OK);
    for (size_t k = 0; k < count; k++)
        ck_assert_int_eq(gd_set_push(set, positions + 3 * system->structure.count * k, &error), GD_OK);
    return set;
}

void *bench_params(struct bench *bench, const struct gd_stage *stage, const char *yaml, struct gd_arena *arena)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    void *self = gd_arena_alloc(arena, 1, stage->size);
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "test.yaml", yaml, strlen(yaml), &problems), GD_OK);
    enum gd_status status =
        gd_params_parse(stage->params, bench->registry, tree.root, tree.root->place, self, arena, &problems);
    ck_assert_msg(!status, "%s", problems.count ? problems.items[0].text : "");
    gd_problems_clear(&problems);
    gd_tree_clear(&tree);
    return self;
}

struct gd_choice bench_choice(struct bench *bench, const char *kind, const char *yaml, struct gd_arena *arena)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    struct gd_choice choice = {0};
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "test.yaml", yaml, strlen(yaml), &problems), GD_OK);
    enum gd_status status = gd_component_parse(kind, bench->registry, tree.root, &choice, arena, &problems);
    ck_assert_msg(!status, "%s", problems.count ? problems.items[0].text : "");
    gd_problems_clear(&problems);
    gd_tree_clear(&tree);
    choice.node = NULL; /* it was the tree's */
    return choice;
}
