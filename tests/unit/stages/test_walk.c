/* Every stage there is, in a run of its own: with each of its choices, the same bits for any number of threads and
 * after interruptions; and with every allocation failing once. What a stage reads is made by other stages before it,
 * which the slots say. */
#include <stdlib.h>
#include <string.h>

#include "atoms/extxyz.h"
#include "atoms/system.h"
#include "engine/language/pipeline.h"
#include "engine/run/check.h"
#include "engine/run/run.h"
#include "stages/stages.h"
#include "unit/engine/failing.h"
#include "unit/example.h"
#include "unit/scratch.h"
#include "unit/suites.h"

#define SLAB "{template: {build: fcc111, symbol: Pt, size: [2, 2, 1], vacuum: 5.0}, add: PtAu, window: {above: [1, 4]}}"
#define OPEN "{region: {box: {lengths: [6, 6, 6]}}, add: PtAu}" /* without a template */

/* Choices of rows that a slab has no place for, and how they are written, with what they need besides. */
static const struct {
    const char *row, *choice, *written;
} in_the_open[] = {
    {"start", "normal", "normal"},
    {"start", "harmonic", "harmonic"},
    {"start", "origin", "origin"},
    {"goal", "adjoint", "adjoint, weights: uniform"},
    {"goal", "adjoint_mix", "adjoint_mix, weights: uniform"},
};

static const char sections[] = "godiff: 1\nname: walk\n"
                               "potential: emt\nnoise: ve\n"
                               "target: {energy: 5.5, within: 0.1}\n";

/* Of a model whose score is from such a head. */
#define MODEL "model: {painn: {features: 8, blocks: 1, radial: 5, cutoff: 3.0, heads: [%s, force, energy]}}\n"

static struct gd_registry *registry;
static struct scratch scratch, files;

/* A file of two structures of the system, which examples of paths name, in the current folder. */
static void write_structures(void)
{
    char text[sizeof sections + sizeof SLAB + sizeof MODEL + 64];
    struct gd_problems problems = {0};
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline;
    struct gd_state *state = gd_state_new(registry);
    snprintf(text, sizeof text, "%ssystem: %s\n" MODEL "steps: []\n", sections, SLAB, "score");
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "walk", text, strlen(text), &problems), GD_OK);
    gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems);
    gd_pipeline_check(&pipeline, state, &problems);
    const struct gd_system *system = gd_state_get(state, "system");
    ck_assert_ptr_nonnull(system);
    struct gd_set *set = gd_set_new(&system->structure, system->fixed, NULL);
    struct gd_stream stream = gd_stream_make(0, 1, 0, 0);
    for (int k = 0; k < 2; k++) {
        for (size_t i = system->fixed; i < system->structure.count; i++)
            gd_system_draw(system, &stream, system->structure.positions[i]);
        ck_assert_int_eq(gd_set_push(set, *system->structure.positions, NULL), GD_OK);
    }
    ck_assert_int_eq(gd_extxyz_write_set("structures.extxyz", set, NULL), GD_OK);
    gd_set_free(set);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&problems);
}

static struct gd_registry *all_stages(void)
{
    struct gd_registry *made = gd_registry_new();
    if (gd_stages_register(made, NULL) != GD_OK)
        abort();
    return made;
}

static void setup(void)
{
    registry = all_stages();
    scratch = scratch_make();
    files = scratch_make();
    ck_assert_int_eq(chdir(files.path), 0);
    write_structures();
}

static void teardown(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    scratch_remove(&files);
    gd_registry_free(registry);
    scratch_remove(&scratch);
}

/* The stages that are tried: sections run in every pipeline, so only those that run last. NULL: there are fewer. */
static const struct gd_stage *tried_stage(const struct gd_registry *from, int index)
{
    for (const struct gd_stage *const *stage = gd_registry_stages(from); *stage; stage++)
        if ((!(*stage)->section || (*stage)->last) && !index--)
            return *stage;
    return NULL;
}

/* --- Pipelines ---------------------------------------------------------------------------------------------------- */

static bool section_writes(const char *slot)
{
    for (const struct gd_stage *const *stage = gd_registry_stages(registry); *stage; stage++)
        if ((*stage)->section && gd_stage_uses(*stage, NULL, slot, GD_WRITES))
            return true;
    return false;
}

/* The first step that writes a slot without reading it. */
static const struct gd_stage *writer_of(const char *slot)
{
    for (const struct gd_stage *const *stage = gd_registry_stages(registry); *stage; stage++)
        if (!(*stage)->section && gd_stage_uses(*stage, NULL, slot, GD_WRITES) &&
            !gd_stage_uses(*stage, NULL, slot, GD_READS) && !gd_stage_uses(*stage, NULL, slot, GD_EITHER))
            return *stage;
    ck_abort_msg("nothing writes the slot %s", slot);
}

static void add_makers(struct gd_text *text, const struct gd_stage *stage);

/* The step that writes a slot, with examples for its parameters, and those that it needs. */
static void add_maker(struct gd_text *text, const char *slot)
{
    if (section_writes(slot))
        return;
    const struct gd_stage *writer = writer_of(slot);
    add_makers(text, writer);
    gd_text_print(text, "- %s: ", writer->name);
    example_rows(text, writer->params, NULL, NULL);
    gd_text_print(text, "\n%s", strcmp(slot, "batch") == 0 ? "- evaluate: {}\n" : "");
}

/* Of the slots of which a stage reads either, the last: what it has recourse to. */
static void add_makers(struct gd_text *text, const struct gd_stage *stage)
{
    for (const char *const *slot = stage->reads; slot && *slot; slot++)
        add_maker(text, *slot);
    for (const char *const *slot = stage->either; slot && *slot; slot++)
        if (!slot[1])
            add_maker(text, *slot);
}

/* A pipeline in which the stage runs twice, or at the end when it is a section that runs last; the row `except` (or
 * NULL) has `value`. */
static char *pipeline_of(const struct gd_stage *stage, const struct gd_param *except, const char *value)
{
    struct gd_text text = {0};
    bool open = false;
    for (size_t k = 0; except && k < sizeof in_the_open / sizeof *in_the_open && !open; k++) {
        open = !strcmp(except->name, in_the_open[k].row) && !strcmp(value, in_the_open[k].choice);
        value = open ? in_the_open[k].written : value;
    }
    const bool told = value && strstr(value, "bins"); /* weights for models that are told energies */
    gd_text_print(&text, "%ssystem: %s\n" MODEL, sections, open ? OPEN : SLAB, told ? "conditioned_score" : "score");
    if (stage->last) {
        gd_text_print(&text, "%s: ", stage->name);
        example_rows(&text, stage->params, except, value);
        gd_text_print(&text, "\n");
    }
    gd_text_print(&text, "steps:\n");
    add_makers(&text, stage);
    if (value && strstr(value, "paths")) /* weights of draws that have some */
        gd_text_print(&text, "- sample: {count: 4, steps: 4, path_weights: true}\n- evaluate: {}\n");
    if (!stage->last) {
        gd_text_print(&text, "- loop: {times: 2, steps: [{%s: ", stage->name);
        example_rows(&text, stage->params, except, value);
        gd_text_print(&text, "}]}\n");
    }
    return gd_text_take(&text);
}

/* --- Runs --------------------------------------------------------------------------------------------------------- */

struct interrupter {
    int interrupts;
    bool active;
};

static void interrupt(void *self, const struct gd_event *event)
{
    struct interrupter *interrupter = self;
    if (interrupter->active && event->kind == GD_EVENT_STEP_START)
        interrupter->interrupts = 1;
}

/* Runs a pipeline in a folder, stopping after each step and resuming when `cut`. */
static void run_into(const char *text, const char *folder, int threads, bool cut)
{
    enum gd_status status = GD_INTERRUPTED;
    char directory[512];
    scratch_name(&scratch, folder, directory);
    for (int part = 0; status == GD_INTERRUPTED && part < 100; part++) {
        struct gd_problems problems = {0};
        struct gd_tree tree = {0};
        struct gd_pipeline pipeline;
        struct gd_error error = {0};
        struct gd_state *state = gd_state_new(registry);
        struct interrupter interrupter = {.active = cut};
        const struct gd_sink sink = {interrupt, &interrupter};
        ck_assert_int_eq(gd_tree_parse_yaml(&tree, "walk", text, strlen(text), &problems), GD_OK);
        if (gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems) == GD_OK)
            gd_pipeline_check(&pipeline, state, &problems);
        ck_assert_msg(!gd_problems_any(&problems), "%s%s", text, problems.count ? problems.items[0].text : "");
        gd_problems_clear(&problems);
        struct gd_run_options options = {.directory = directory,
                                         .resume = part > 0,
                                         .threads = threads,
                                         .version = "test",
                                         .sinks = &sink,
                                         .sink_count = 1,
                                         .interrupted = &interrupter.interrupts};
        status = gd_run(&pipeline, state, &options, &error);
        ck_assert_msg(!status || status == GD_INTERRUPTED, "%s%s", text, error.text);
        gd_state_free(state);
        gd_pipeline_clear(&pipeline);
    }
    ck_assert_int_eq(status, GD_OK);
}

static char *content(const char *folder, size_t *size)
{
    char directory[512], path[600];
    snprintf(path, sizeof path, "%s/run.h5", scratch_name(&scratch, folder, directory));
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    char *bytes = malloc(1 << 24);
    *size = fread(bytes, 1, 1 << 24, file);
    fclose(file);
    return bytes;
}

/* The whole state that two runs end with. */
static void check_same(const char *text, const char *one, const char *other)
{
    size_t sizes[2];
    char *bytes[2] = {content(one, &sizes[0]), content(other, &sizes[1])};
    ck_assert_msg(sizes[0] == sizes[1] && !memcmp(bytes[0], bytes[1], sizes[0]), "%s%s and %s differ", text, one,
                  other);
    free(bytes[0]);
    free(bytes[1]);
}

static void clear_runs(void)
{
    scratch_remove(&scratch);
    scratch = scratch_make();
}

static void try_pipeline(char *text)
{
    run_into(text, "one", 1, false);
    run_into(text, "three", 3, false);
    run_into(text, "cut", 2, true);
    check_same(text, "one", "three");
    check_same(text, "one", "cut");
    clear_runs();
    free(text);
}

/* The stage once with each name that a choice or component can have; as it is without, it has been tried. */
static void try_choices(const struct gd_stage *stage, const struct gd_param *row)
{
    const struct gd_component *const *component =
        row->type == GD_COMPONENT ? gd_registry_components(registry, row->kind) : NULL;
    for (; component && *component; component++) {
        struct gd_text text = {0};
        gd_text_print(&text, "{%s: ", (*component)->name);
        example_rows(&text, (*component)->params, NULL, NULL);
        gd_text_print(&text, "}");
        char *value = gd_text_take(&text);
        if (example_complete((*component)->params))
            try_pipeline(pipeline_of(stage, row, value));
        free(value);
    }
    const char *tried = row->example ? row->example : row->initial;
    for (size_t k = 0; row->type == GD_CHOICE && row->choices[k]; k++)
        if (!tried || strcmp(row->choices[k], tried) != 0)
            try_pipeline(pipeline_of(stage, row, row->choices[k]));
}

START_TEST(threads_and_interrupts_change_nothing)
{
    const struct gd_stage *stage = tried_stage(registry, _i);
    try_pipeline(pipeline_of(stage, NULL, NULL));
    for (const struct gd_param *row = stage->params; row && row->name; row++)
        try_choices(stage, row);
}
END_TEST

/* --- Memory ------------------------------------------------------------------------------------------------------- */

/* Runs the steps before the stage, then the stage with its allocation number `allowed` failing. True when it failed. */
static bool fail_once(const char *text, const struct gd_stage *tried, size_t allowed)
{
    struct gd_problems problems = {0};
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline;
    struct gd_error error = {0};
    struct gd_state *state = gd_state_new(registry);
    const struct gd_events silent = {0};
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "walk", text, strlen(text), &problems), GD_OK);
    ck_assert_int_eq(gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems), GD_OK);
    ck_assert_int_eq(gd_pipeline_check(&pipeline, state, &problems), GD_OK);
    gd_problems_clear(&problems);
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < pipeline.count && !status; k++) {
        const struct gd_step *step = &pipeline.steps[k], *leaf = step->stage ? step : step->steps;
        struct gd_context context = {.state = state,
                                     .error = &error,
                                     .events = &silent,
                                     .step = leaf->path,
                                     .stage = leaf->stage,
                                     .iterations = 1,
                                     .threads = 1,
                                     .device = "cpu",
                                     .precision = "float32",
                                     .directory = scratch.path};
        if (leaf->stage == tried)
            failing_start_once(allowed);
        if (leaf->stage->start)
            status = leaf->stage->start(&context, leaf->self);
        if (!status)
            status = leaf->stage->run(&context, leaf->self);
        failing_stop();
        if (leaf->stage->stop)
            leaf->stage->stop(leaf->self);
    }
    ck_assert_msg(!status || status == GD_NO_MEMORY, "%swith allocation %zu failing: %s", text, allowed, error.text);
    ck_assert_msg(!status || *error.text, "%swith allocation %zu failing: no message", text, allowed);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    return status;
}

/* Checks a pipeline of one step, with a value in the slot `given` (NULL: in none); `words` gets the first problem. */
static enum gd_status check_alone(const struct gd_stage *stage, const char *given, char words[1000])
{
    const char *const slots[] = {given, NULL};
    struct gd_text text = {0};
    struct gd_problems problems = {0};
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline;
    struct gd_state *state = gd_state_new(registry);
    gd_text_print(&text, "%ssystem: %s\n" MODEL "steps:\n- %s: ", sections, SLAB, "score", stage->name);
    example_rows(&text, stage->params, NULL, NULL);
    ck_assert_int_eq(gd_tree_parse_yaml(&tree, "walk", text.data, text.length, &problems), GD_OK);
    ck_assert_int_eq(gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems), GD_OK);
    pipeline.given = slots;
    const enum gd_status status = gd_pipeline_check(&pipeline, state, &problems);
    snprintf(words, 1000, "%s", problems.count ? problems.items[0].text : "");
    gd_problems_clear(&problems);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    free(text.data);
    return status;
}

/* Where a stage reads either of some slots, it does with any of them, and says all where there is none. */
START_TEST(either_slot_does)
{
    char words[1000];
    int tried = 0;
    for (const struct gd_stage *const *stage = gd_registry_stages(registry); *stage; stage++) {
        for (const char *const *slot = (*stage)->either; slot && *slot; slot++, tried++) {
            check_alone(*stage, *slot, words); /* it may miss another one, which it reads besides */
            ck_assert_msg(!strstr(words, "\" or \""), "%s with %s: %s", (*stage)->name, *slot, words);
            ck_assert_int_eq(check_alone(*stage, NULL, words), GD_BAD_INPUT);
        }
    }
    ck_assert_int_ge(tried, 4);
    ck_assert_int_eq(check_alone(gd_registry_stage(registry, "perturb"), NULL, words), GD_BAD_INPUT);
    ck_assert_msg(strstr(words, "perturb: reads the slot \"population\" or \"batch\", which no earlier step writes"),
                  "%s", words);
    ck_assert_msg(check_alone(gd_registry_stage(registry, "perturb"), "population", words) == GD_OK, "%s", words);
}
END_TEST

/* Where less memory is enough, a stage may continue. */
START_TEST(every_allocation_may_fail)
{
    enum { ENOUGH = 8 }; /* allocations in a row whose failure changes nothing: there are no more */
    const struct gd_stage *stage = tried_stage(registry, _i);
    char *text = pipeline_of(stage, NULL, NULL);
    for (size_t allowed = 0, fine = 0; fine < ENOUGH; allowed++)
        fine = fail_once(text, stage, allowed) ? 0 : fine + 1;
    free(text);
}
END_TEST

Suite *suite_walk(void)
{
    Suite *suite = suite_create("walk");
    TCase *tcase = tcase_create("walk");
    struct gd_registry *known = all_stages();
    int count = 0;
    while (tried_stage(known, count))
        count++;
    gd_registry_free(known);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 300);
    tcase_set_tags(tcase, "slow");
    tcase_add_loop_test(tcase, threads_and_interrupts_change_nothing, 0, count);
    tcase_add_loop_test(tcase, every_allocation_may_fail, 0, count);
    suite_add_tcase(suite, tcase);
    TCase *either = tcase_create("either");
    tcase_add_checked_fixture(either, setup, teardown);
    tcase_add_test(either, either_slot_does);
    suite_add_tcase(suite, either);
    return suite;
}
