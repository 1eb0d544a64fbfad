/* Pipelines in one another: how they are read and checked, what they hand on, and that a chain which was interrupted or
 * killed goes on to the same bits. */
#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/run/check.h"
#include "engine/run/run.h"
#include "unit/engine/failing.h"
#include "unit/engine/helpers.h"
#include "unit/engine/results.h"
#include "unit/scratch.h"
#include "unit/suites.h"

/* --- Slots and stages ------------------------------------------------------------------------------------------- */

/* Worlds are numbers, and traces, which are texts, stay in worlds of one number. */
static enum gd_status trace_fits(const struct gd_state *from, const struct gd_state *to, struct gd_error *error)
{
    int64_t a = gd_state_integer(from, "world", 0), b = gd_state_integer(to, "world", 0);
    return a == b ? GD_OK : gd_fail(error, GD_BAD_INPUT, "is of world %d, not %d", (int)a, (int)b);
}

static enum gd_status save_text(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    return gd_h5_write_text(file, name, value, error);
}

static enum gd_status load_text(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *known,
                                struct gd_error *error)
{
    (void)known;
    char *text = NULL;
    enum gd_status status = gd_h5_exists(file, name) ? gd_h5_load_text(file, name, &text, error) : GD_OK;
    *value = text;
    return status;
}

static double text_length(const void *value)
{
    return (double)strlen(value);
}

static enum gd_status write_text(const void *value, const char *path, struct gd_error *error)
{
    return gd_file_write(path, value, strlen(value), error);
}

static const struct gd_slot slot_world = {.name = "world", .summary = "which world it is", .destroy = free};
static const struct gd_slot slot_spare = {.name = "spare",
                                          .summary = "nothing",
                                          .save = save_text,
                                          .load = load_text,
                                          .check = accept_value,
                                          .destroy = free};
static const struct gd_slot slot_trace = {
    .name = "trace",
    .summary = "what has run",
    .save = save_text,
    .load = load_text,
    .check = accept_value,
    .destroy = free,
    .fits = trace_fits,
    .taken_by_default = true,
    .figure = "length",
    .read_figure = text_length,
    .integer = true,
    .file = "trace.txt",
    .write = write_text,
};

/* Appends "step.execution:iteration/iterations.random " to the trace. */
static enum gd_status append(struct gd_context *context)
{
    const char *trace = gd_state_get(context->state, "trace");
    struct gd_stream stream = gd_context_stream(context, 5);
    char *longer =
        gd_format("%s%s.%u:%d/%d.%04x ", trace ? trace : "", context->step, (unsigned)context->execution,
                  (int)context->iteration, (int)context->iterations, (unsigned)gd_stream_bits(&stream) >> 16);
    return longer ? gd_state_put(context->state, "trace", longer, context->error)
                  : gd_no_memory(context->error, "the trace");
}

struct world {
    int64_t number;
};

static const struct gd_param world_rows[] = {
    {.name = "number", .type = GD_INT, .offset = offsetof(struct world, number), .initial = "1", .help = "Which one."},
    {0},
};

static enum gd_status run_world(struct gd_context *context, void *self)
{
    return gd_state_put_integer(context->state, "world", ((const struct world *)self)->number, context->error);
}

static enum gd_status run_note(struct gd_context *context, void *self)
{
    (void)self;
    return append(context);
}

static void check_note(struct gd_check *check, const void *self)
{
    (void)self;
    if (gd_state_integer(check->state, "world", 0) == 13)
        gd_check_problem(check, NULL, "not in world 13");
}

#define SLOTS(...)                                                                                                     \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }

static const struct gd_stage stages[] = {
    {.name = "world",
     .summary = "Where it happens.",
     .section = true,
     .params = world_rows,
     .size = sizeof(struct world),
     .writes = SLOTS("world"),
     .run = run_world},
    {.name = "start", .summary = "Begins the trace.", .section = true, .writes = SLOTS("trace"), .run = run_note},
    {.name = "note",
     .summary = "Appends to the trace.",
     .params = world_rows,
     .size = sizeof(struct world),
     .writes = SLOTS("trace"),
     .check = check_note,
     .run = run_note},
    {.name = "wish", .summary = "Reads what nobody writes.", .reads = SLOTS("spare"), .run = run_note},
};

/* --- The files ---------------------------------------------------------------------------------------------------- */

static struct scratch scratch;
static struct gd_error error;
static struct gd_registry *registry;

#define OK(call) ck_assert_msg((call) == GD_OK, "%s", error.text)

static const struct {
    const char *name, *text;
} files[] = {
    {"inner.yaml", "godiff: 1\n"
                   "name: inner\n"
                   "seed: 99\n"
                   "start: {}\n"
                   "steps:\n"
                   "  - loop: {times: 2, steps: [{note: {}, id: c}]}\n"
                   "  - {note: {number: 5}, id: d}\n"},
    {"deep.yaml", "godiff: 1\n"
                  "name: deep\n"
                  "steps:\n"
                  "  - pipeline: {file: inner.yaml}\n"
                  "  - loop: {times: 1, steps: [{note: {}, id: e}]}\n"},
    {"bad.yaml", "godiff: 1\nname: bad\nsteps: [{note: {numbr: 1}}, {nothing: {}}]\n"},
    {"list.yaml", "- note\n"},
    {"self.yaml", "godiff: 1\nname: self\nsteps: [{pipeline: {file: self.yaml}}]\n"},
    {"ping.yaml", "godiff: 1\nname: ping\nsteps: [{pipeline: {file: pong.yaml}}]\n"},
    {"pong.yaml", "godiff: 1\nname: pong\nsteps: [{pipeline: {file: ./ping.yaml}}]\n"},
    {"wish.yaml", "godiff: 1\nname: wish\nsteps: [{wish: {}}]\n"},
    {"world.yaml", "godiff: 1\nname: world\nworld: {number: 13}\nsteps: [{note: {}}]\n"},
    {"broken.yaml", "godiff: 1\nname: [1\n"},
};

static void put_file(const char *name, const char *text)
{
    char path[512];
    OK(gd_file_write(scratch_name(&scratch, name, path), text, strlen(text), &error));
}

static void setup(void)
{
    scratch = scratch_make();
    error = (struct gd_error){0};
    registry = gd_registry_new();
    OK(gd_registry_add_slot(registry, &gd_slot_iteration, &error));
    OK(gd_registry_add_slot(registry, &slot_world, &error));
    OK(gd_registry_add_slot(registry, &slot_trace, &error));
    OK(gd_registry_add_slot(registry, &slot_spare, &error));
    for (size_t k = 0; k < sizeof stages / sizeof *stages; k++)
        OK(gd_registry_add_stage(registry, &stages[k], &error));
    for (size_t k = 0; k < sizeof files / sizeof *files; k++)
        put_file(files[k].name, files[k].text);
}

static void teardown(void)
{
    gd_registry_free(registry);
    scratch_remove(&scratch);
}

/* Reads a pipeline that is called outer.yaml and lies in the scratch folder. */
static enum gd_status build(struct gd_pipeline *pipeline, const char *text, const struct gd_override *overrides,
                            size_t count, struct gd_problems *problems)
{
    char path[512];
    struct gd_tree tree = {0};
    *pipeline = (struct gd_pipeline){0};
    scratch_name(&scratch, "outer.yaml", path);
    enum gd_status status = gd_tree_parse_yaml(&tree, path, text, strlen(text), problems);
    if (!status)
        status = gd_pipeline_build(pipeline, registry, &tree, overrides, count, problems);
    gd_tree_clear(&tree);
    return status;
}

/* A copy without the name of the scratch folder, to be freed. */
static char *anywhere(const char *text)
{
    char *copy = gd_string(text), *found;
    size_t length = strlen(scratch.path) + 1;
    ck_assert_ptr_nonnull(copy);
    while ((found = strstr(copy, scratch.path)))
        memmove(found, found + length, strlen(found + length) + 1);
    return copy;
}

static void expect(const char *label, struct gd_problems *problems, const char *expected)
{
    char *all = problems_text(problems), *found = anywhere(all);
    expect_text(label, found, expected);
    free(found);
    free(all);
    gd_problems_clear(problems);
}

/* --- Reading and checking ----------------------------------------------------------------------------------------- */

/* The lines before the steps: 3 lines. */
#define HEAD "godiff: 1\nname: outer\nsteps:\n"

/* What may be taken, and what may be given. */
#define SLOT_NAMES " (accepted: trace, spare)\n"
#define WORDS      " (expected a map of file, with, give and take)\n"

/* {pipeline, what is said about it} */
static const struct {
    const char *text, *problems;
} bad[] = {
    {HEAD "- pipeline:\n", "outer.yaml:4:12: pipeline: is empty" WORDS},
    {HEAD "- pipeline: inner.yaml\n", "outer.yaml:4:13: pipeline: is a scalar" WORDS},
    {HEAD "- pipeline: {}\n", "outer.yaml:4:3: pipeline.file: is required (expected a path)\n"},
    {HEAD "- pipeline: {file: [1]}\n", "outer.yaml:4:20: pipeline.file: is a list (expected a path)\n"},
    {HEAD "- pipeline: {file: none.yaml}\n", "outer.yaml:4:20: pipeline.file: none.yaml: No such file or directory\n"},
    {HEAD "- pipeline: {fil: inner.yaml}\n",
     "outer.yaml:4:14: pipeline: unknown key \"fil\"; did you mean \"file\"? (accepted: file, with, give, take)\n"
     "outer.yaml:4:3: pipeline.file: is required (expected a path)\n"},
    {HEAD "- pipeline: {file: bad.yaml}\n",
     "bad.yaml:3:30: unknown step \"nothing\" (accepted: loop, pipeline, note, wish)\n"
     "bad.yaml:3:17: note: unknown key \"numbr\"; did you mean \"number\"? (accepted: number)\n"},
    {HEAD "- pipeline: {file: broken.yaml}\n",
     "broken.yaml:3:1: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence (line 2)\n"},
    {HEAD "- pipeline: {file: list.yaml}\n",
     "list.yaml:1:1: expected a map of godiff, name, sections and steps, got a list\n"},
    {HEAD "- pipeline: {file: self.yaml}\n", "self.yaml:3:27: pipeline.file: self.yaml includes itself\n"},
    {HEAD "- pipeline: {file: ping.yaml}\n", "pong.yaml:3:27: pipeline.file: ping.yaml includes itself\n"},
    {HEAD "- pipeline: {file: inner.yaml, take: [trase, world, trace, trace, [x]]}\n",
     "outer.yaml:4:39: pipeline.take: unknown slot \"trase\"; did you mean \"trace\"?" SLOT_NAMES
     "outer.yaml:4:46: pipeline.take: the slot \"world\" cannot be transferred: each pipeline creates its own\n"
     "outer.yaml:4:60: pipeline.take: \"trace\" appears twice\n"
     "outer.yaml:4:67: pipeline.take: is not a list of slots, such as [model]\n"},
    {HEAD "- pipeline: {file: inner.yaml, give: iteration}\n",
     "outer.yaml:4:38: pipeline.give: is not a list of slots, such as [model]\n"},
    {HEAD "- pipeline: {file: inner.yaml, give: [iteration]}\n",
     "outer.yaml:4:39: pipeline.give: the slot \"iteration\" cannot be transferred: each pipeline creates its own\n"},
    {HEAD "- pipeline: {file: inner.yaml, with: [1]}\n",
     "outer.yaml:4:38: pipeline.with: is a list (expected a map, such as {train.steps: 500})\n"},
    {HEAD "- pipeline: {file: inner.yaml, with: {d.number: x, e.number: 1, seed: 3, d..x: 1}}\n",
     "outer.yaml:4:52: unknown step or section \"e\" (accepted: loop, c, d, name, world, start)\n"
     "outer.yaml:4:65: seed: an inner pipeline uses the seed of the whole run\n"
     "outer.yaml:4:74: the path has an empty component\n"
     "outer.yaml:4:49: note.number: \"x\" is not an integer (expected an integer)\n"},
};

START_TEST(bad_chains)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    ck_assert_int_eq(build(&pipeline, bad[_i].text, NULL, 0, &problems), GD_BAD_INPUT);
    expect(bad[_i].text, &problems, bad[_i].problems);
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(chains_are_not_endless)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    struct gd_text text = {0};
    char name[32], inner[128];
    for (int k = 0; k < 10; k++) {
        snprintf(name, sizeof name, "d%d.yaml", k);
        snprintf(inner, sizeof inner, "godiff: 1\nname: d\nsteps: [{pipeline: {file: d%d.yaml}}]\n", k + 1);
        put_file(name, inner);
    }
    ck_assert_int_eq(build(&pipeline, HEAD "- pipeline: {file: d0.yaml}\n", NULL, 0, &problems), GD_BAD_INPUT);
    expect("deep", &problems, "d6.yaml:3:27: pipeline.file: pipelines nested deeper than 8 levels\n");
    gd_pipeline_clear(&pipeline);

    gd_text_print(&text, HEAD);
    for (int k = 0; k < 64; k++)
        gd_text_print(&text, "- pipeline: {file: inner.yaml}\n");
    char *wide = gd_text_take(&text);
    ck_assert_int_eq(build(&pipeline, wide, NULL, 0, &problems), GD_BAD_INPUT);
    expect("wide", &problems, "outer.yaml:67:20: pipeline.file: more than 64 pipelines in all\n");
    gd_pipeline_clear(&pipeline);
    free(wide);
}
END_TEST

static void check_names(const char *const *names, const char *only)
{
    ck_assert(only ? names[0] && !strcmp(names[0], only) && !names[1] : !names[0]);
}

static int64_t number_of(const struct gd_step *step)
{
    return ((const struct world *)step->self)->number;
}

START_TEST(chain_is_understood)
{
    static const char text[] = "godiff: 1\nname: outer\nseed: 7\nsteps:\n"
                               "- pipeline: {file: inner.yaml, with: {c: {number: 2}, c.number: 3, d.number: 4}}\n"
                               "- {pipeline: {file: deep.yaml, give: [spare, trace], take: []}, id: q}\n";
    static const struct gd_override overrides[] = {
        {"q.e.number", "8"}, {"q.pipeline.d.number", "9"}, {"pipeline.d.number", "6"}, {"pipeline.give", "[trace]"}};
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    ck_assert_int_eq(build(&pipeline, text, overrides, 4, &problems), GD_OK);
    expect(text, &problems, "");
    const struct gd_step *p = &pipeline.steps[0], *q = &pipeline.steps[1];
    ck_assert_str_eq(p->path, "pipeline");
    ck_assert_str_eq(p->pipeline->path, "pipeline");
    ck_assert_ptr_null(p->stage);
    check_names(p->give, "trace");
    check_names(p->take, "trace");
    ck_assert_str_eq(p->pipeline->name, "inner");
    ck_assert_uint_eq(p->pipeline->seed, 7);
    ck_assert_ptr_eq(p->steps, p->pipeline->steps);
    ck_assert_str_eq(p->pipeline->sections[0].path, "pipeline/start");
    const struct gd_step *c = p->steps[0].steps, *d = &p->steps[1];
    ck_assert_str_eq(c->id, "c");
    ck_assert_str_eq(c->path, "pipeline/c");
    ck_assert_int_eq(number_of(c), 3);
    ck_assert_int_eq(number_of(d), 6);
    ck_assert_ptr_nonnull(strstr(d->place.file, "/inner.yaml"));
    ck_assert_str_eq(q->give[0], "spare");
    ck_assert_str_eq(q->give[1], "trace");
    check_names(q->take, NULL);
    check_names(q->steps[0].take, "trace");
    ck_assert_str_eq(q->steps[0].steps[1].path, "q/pipeline/d");
    ck_assert_int_eq(number_of(&q->steps[0].steps[1]), 9);
    ck_assert_int_eq(number_of(&q->steps[0].steps[0].steps[0]), 1);
    ck_assert_int_eq(number_of(q->steps[1].steps), 8);
    ck_assert_uint_eq(pipeline.seed, 7);
    ck_assert_double_eq(gd_pipeline_executions(&pipeline), (3 + 1) + (3 + 1 + 1 + 1));
    gd_pipeline_clear(&pipeline);
}
END_TEST

START_TEST(written_chain_names_the_copies)
{
    static const char text[] = HEAD "- pipeline: {file: inner.yaml, with: {d.number: 4}}\n";
    static const char expected[] = "godiff: 1\n"
                                   "name: outer\n"
                                   "seed: 0\n"
                                   "steps:\n"
                                   "- pipeline: {file: pipeline/pipeline.yaml, give: [], take: [trace]}\n"
                                   "  id: pipeline\n";
    static const char inner[] = "godiff: 1\n"
                                "name: inner\n"
                                "seed: 0\n"
                                "start: {}\n"
                                "steps:\n"
                                "- loop:\n"
                                "    times: 2\n"
                                "    steps:\n"
                                "    - note: {number: 1}\n"
                                "      id: c\n"
                                "  id: loop\n"
                                "- note: {number: 4}\n"
                                "  id: d\n";
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    ck_assert_int_eq(build(&pipeline, text, NULL, 0, &problems), GD_OK);
    char *yaml = gd_pipeline_yaml(&pipeline);
    expect_text("outer", yaml, expected);
    free(yaml);
    yaml = gd_pipeline_yaml(pipeline.steps->pipeline);
    expect_text("inner", yaml, inner);
    free(yaml);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* {pipeline, what its check says} */
static const struct {
    const char *text, *problems;
} checks[] = {
    {HEAD "- pipeline: {file: inner.yaml}\n", ""},
    {HEAD "- pipeline: {file: deep.yaml, take: []}\n", ""},
    {HEAD "- {note: {}}\n- pipeline: {file: inner.yaml, give: [trace]}\n", ""},
    {HEAD "- pipeline: {file: inner.yaml, give: [spare, trace]}\n",
     "outer.yaml:4:3: pipeline: gives the slot \"spare\", which no earlier step writes (written by: no stage)\n"
     "outer.yaml:4:3: pipeline: gives the slot \"trace\", which no earlier step writes (written by: start, note)\n"},
    {HEAD "- pipeline: {file: inner.yaml, take: [spare]}\n- wish: {}\n",
     "outer.yaml:4:38: pipeline.take: no step in inner.yaml writes the slot \"spare\"\n"},
    {HEAD "- pipeline: {file: wish.yaml, take: []}\n",
     "wish.yaml:3:10: wish: reads the slot \"spare\", which no earlier step writes (written by: no stage)\n"},
    {HEAD "- pipeline: {file: world.yaml, take: []}\n", "world.yaml:4:10: note: not in world 13\n"},
    {HEAD "- pipeline: {file: world.yaml, with: {world.number: 3}, take: [trace]}\n",
     "outer.yaml:4:63: pipeline.take: trace is incompatible: is of world 3, not 0\n"},
    {HEAD "- pipeline: {file: world.yaml, with: {world.number: 3}}\n",
     "outer.yaml:4:3: pipeline.take: trace is incompatible: is of world 3, not 0\n"},
    {HEAD "- note: {}\n- pipeline: {file: world.yaml, with: {world.number: 3}, give: [trace], take: []}\n",
     "outer.yaml:5:63: pipeline.give: trace is incompatible: is of world 0, not 3\n"},
};

START_TEST(static_check_of_chains)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    struct gd_state *state = gd_state_new(registry);
    ck_assert_int_eq(build(&pipeline, checks[_i].text, NULL, 0, &problems), GD_OK);
    enum gd_status status = gd_pipeline_check(&pipeline, state, &problems);
    ck_assert_int_eq(status, *checks[_i].problems ? GD_BAD_INPUT : GD_OK);
    expect(checks[_i].text, &problems, checks[_i].problems);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* --- Values from state to state ----------------------------------------------------------------------------------- */

static void put_trace(struct gd_state *state, const char *text)
{
    OK(gd_state_put(state, "trace", gd_string(text), &error));
}

START_TEST(values_move_and_are_copied)
{
    struct gd_state *a = gd_state_new(registry), *b = gd_state_new(registry);
    put_trace(a, "one");
    put_trace(b, "two");
    const char *one = gd_state_get(a, "trace");
    OK(gd_state_move(b, a, "trace", &error));
    ck_assert_ptr_eq(gd_state_get(b, "trace"), one);
    ck_assert_ptr_null(gd_state_get(a, "trace"));
    OK(gd_state_copy(a, b, "trace", &error));
    ck_assert_str_eq(gd_state_get(a, "trace"), "one");
    ck_assert_ptr_ne(gd_state_get(a, "trace"), one);
    OK(gd_state_move(b, a, "spare", &error));
    OK(gd_state_copy(b, a, "spare", &error));
    ck_assert_ptr_null(gd_state_get(b, "spare"));
    OK(gd_state_put(b, "trace", NULL, &error));
    OK(gd_state_copy(a, b, "trace", &error));
    ck_assert_ptr_null(gd_state_get(a, "trace"));
    ck_assert_int_eq(gd_state_move(a, b, "nothing", &error), GD_FAILED);
    gd_state_free(a);
    gd_state_free(b);
}
END_TEST

/* --- Runs --------------------------------------------------------------------------------------------------------- */

/* a, twice (the inner pipeline, b), twice the deep one, z. */
static const char chain[] = "godiff: 1\n"
                            "name: chain\n"
                            "seed: 7\n"
                            "steps:\n"
                            "  - {note: {}, id: a}\n"
                            "  - loop:\n"
                            "      times: 2\n"
                            "      steps:\n"
                            "        - {pipeline: {file: inner.yaml, give: [trace]}, id: p}\n"
                            "        - {note: {}, id: b}\n"
                            "  - loop: {times: 2, steps: [{pipeline: {file: deep.yaml}, id: q}]}\n"
                            "  - {note: {}, id: z}\n";
static const char *const order[] = {"a",
                                    "p/c",
                                    "p/c",
                                    "p/d",
                                    "p",
                                    "b",
                                    "p/c",
                                    "p/c",
                                    "p/d",
                                    "p",
                                    "b",
                                    "q/pipeline/c",
                                    "q/pipeline/c",
                                    "q/pipeline/d",
                                    "q/pipeline",
                                    "q/e",
                                    "q",
                                    "q/pipeline/c",
                                    "q/pipeline/c",
                                    "q/pipeline/d",
                                    "q/pipeline",
                                    "q/e",
                                    "q",
                                    "z"};
enum { STEPS = sizeof order / sizeof *order };

static size_t allowed; /* allocations that a run may do before one fails, and one; 0: any number */
static long leaked;

/* Builds, checks and runs a pipeline of the scratch folder; checks nothing itself, for child processes. */
static enum gd_status attempt(const char *text, const char *directory, struct gd_run_options options)
{
    char path[512];
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    struct gd_state *state = gd_state_new(registry);
    error = (struct gd_error){0};
    options.directory = scratch_name(&scratch, directory, path);
    options.threads = options.threads ? options.threads : 1;
    enum gd_status status = build(&pipeline, text, NULL, 0, &problems);
    if (!status)
        status = gd_pipeline_check(&pipeline, state, &problems);
    if (status)
        gd_fail(&error, status, "%s", problems.count ? problems.items[0].text : "no problem told");
    if (!status && allowed) {
        cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = malloc, .free_fn = free});
        failing_start(allowed - 1);
    }
    if (!status)
        status = gd_run(&pipeline, state, &options, &error);
    for (const struct gd_slot *const *slots = gd_registry_slots(registry); allowed && *slots; slots++)
        gd_state_put(state, (*slots)->name, NULL, NULL);
    if (allowed)
        leaked = failing_stop();
    cJSON_InitHooks(NULL);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&problems);
    return status;
}

static enum gd_status run(const char *directory, bool resume)
{
    return attempt(chain, directory, (struct gd_run_options){.resume = resume});
}

/* One word of a trace, with the random number that its step must have drawn. */
static void add_word(struct gd_text *text, const char *step, unsigned execution, int iteration, int iterations)
{
    struct gd_stream stream = gd_stream_make(7, gd_stream_hash(step), execution, 5);
    gd_text_print(text, "%s.%u:%d/%d.%04x ", step, execution, iteration, iterations,
                  (unsigned)gd_stream_bits(&stream) >> 16);
}

static void expect_trace(const char *name, struct gd_text *expected)
{
    char *text = results_content(&scratch, "out", name, NULL), *wanted = gd_text_take(expected);
    ck_assert_str_eq(text, wanted);
    free(text);
    free(wanted);
}

START_TEST(values_are_handed_on)
{
    struct gd_text p = {0}, q = {0};
    OK(run("out", false));
    add_word(&p, "a", 0, 0, 1);
    for (unsigned k = 0; k < 2; k++) {
        add_word(&p, "p/c", 2 * k, 0, 2);
        add_word(&p, "p/c", 2 * k + 1, 1, 2);
        add_word(&p, "p/d", k, 0, 1);
        if (k == 0)
            add_word(&p, "b", 0, 0, 2);
    }
    expect_trace("p/trace.txt", &p);
    add_word(&q, "q/pipeline/start", 1, 0, 1); /* made anew for the second time */
    add_word(&q, "q/pipeline/c", 2, 0, 2);
    add_word(&q, "q/pipeline/c", 3, 1, 2);
    add_word(&q, "q/pipeline/d", 1, 0, 1);
    struct gd_text all = {0};
    gd_text_print(&all, "%s", q.data);
    expect_trace("q/pipeline/trace.txt", &q);
    add_word(&all, "q/e", 1, 0, 1);
    add_word(&all, "z", 0, 0, 1);
    expect_trace("trace.txt", &all);
}
END_TEST

START_TEST(every_step_has_a_line)
{
    OK(run("out", false));
    char *text = results_content(&scratch, "out", "metrics.jsonl", NULL), *rest = NULL;
    size_t k = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), k++) {
        cJSON *object = cJSON_Parse(line);
        ck_assert_uint_lt(k, STEPS);
        ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(object, "step")), order[k]);
        cJSON_Delete(object);
    }
    ck_assert_uint_eq(k, STEPS);
    free(text);
}
END_TEST

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    ck_assert_ptr_nonnull(item);
    return item->valuedouble;
}

/* Figures are of the pipeline's own state, and its seconds those of its own steps. */
START_TEST(every_pipeline_has_a_summary)
{
    static const char *const names[][2] = {{"inner", "p"}, {"deep", "q"}, {"inner", "q/pipeline"}};
    OK(run("out", false));
    for (size_t k = 0; k < 3; k++) {
        char name[64];
        size_t length;
        snprintf(name, sizeof name, "%s/summary.json", names[k][1]);
        char *text = results_content(&scratch, "out", name, NULL);
        cJSON *object = cJSON_Parse(text), *step;
        snprintf(name, sizeof name, "%s/trace.txt", names[k][1]);
        free(results_content(&scratch, "out", name, &length));
        ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(object, "name")), names[k][0]);
        ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(object, "status")), "finished");
        ck_assert_double_eq(number(object, "length"), (double)length);
        cJSON *by_step = cJSON_GetObjectItem(cJSON_GetObjectItem(object, "seconds"), "by_step");
        ck_assert_int_eq(cJSON_GetArraySize(by_step), k == 1 ? 4 : 2);
        cJSON_ArrayForEach(step, by_step) ck_assert_int_eq(strncmp(step->string, names[k][1], strlen(names[k][1])), 0);
        cJSON_Delete(object);
        free(text);
    }
}
END_TEST

static void check_same_run(const char *one, const char *other)
{
    static const char *const names[] = {
        "run.h5",      "trace.txt",       "pipeline.yaml",        "p/trace.txt",
        "q/trace.txt", "p/pipeline.yaml", "q/pipeline/trace.txt", "q/pipeline/pipeline.yaml"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        results_check_equal(&scratch, one, other, names[k]);
    char *text = results_content(&scratch, other, "metrics.jsonl", NULL);
    size_t lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    ck_assert_uint_eq(lines, STEPS);
    free(text);
}

START_TEST(chain_as_it_ran_can_run_again)
{
    char path[512], whole[1024];
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline = {0};
    struct gd_problems problems = {0};
    struct gd_state *state = gd_state_new(registry);
    OK(run("out", false));
    snprintf(whole, sizeof whole, "%s/pipeline.yaml", scratch_name(&scratch, "out", path));
    ck_assert_int_eq(gd_tree_read_yaml(&tree, whole, &problems), GD_OK);
    ck_assert_int_eq(gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems), GD_OK);
    ck_assert_int_eq(gd_pipeline_check(&pipeline, state, &problems), GD_OK);
    struct gd_run_options options = {.directory = scratch_name(&scratch, "again", path), .threads = 2};
    OK(gd_run(&pipeline, state, &options, &error));
    check_same_run("out", "again");
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
}
END_TEST

/* Interrupts at the start of a step, counted from 0. */
struct heard {
    int starts, at;
    volatile int interrupts;
};

static void listen(void *self, const struct gd_event *event)
{
    struct heard *heard = self;
    if (event->kind != GD_EVENT_STEP_START)
        return;
    ck_assert_ptr_nonnull(event->state);
    if (heard->starts++ == heard->at)
        heard->interrupts = 1;
}

/* A run, or one that goes on, that is interrupted in the step after `at` others. */
static void run_part_of(const char *text, const char *directory, int at, bool resume)
{
    struct heard heard = {.at = at};
    struct gd_sink sink = {listen, &heard};
    struct gd_run_options options = {
        .resume = resume, .sinks = &sink, .sink_count = 1, .interrupted = &heard.interrupts};
    ck_assert_int_eq(attempt(text, directory, options), GD_INTERRUPTED);
    ck_assert_int_eq(heard.starts, at + 1);
}

static void run_part(const char *text, const char *directory, int at)
{
    run_part_of(text, directory, at, false);
}

/* One run that is interrupted after every step; from each of these, a copy goes on to the end. */
START_TEST(interrupted_after_any_step)
{
    OK(run("whole", false));
    for (int k = 0; k < STEPS - 1; k++) {
        char name[32];
        snprintf(name, sizeof name, "after-%d", k);
        run_part_of(chain, "steps", 0, k > 0);
        results_copy(&scratch, "steps", name);
        OK(run(name, true));
        check_same_run("whole", name);
    }
}
END_TEST

START_TEST(interrupted_inside_leaves_what_there_is)
{
    run_part(chain, "out", 2);
    char *text = results_content(&scratch, "out", "p/summary.json", NULL),
         *trace = results_content(&scratch, "out", "p/trace.txt", NULL);
    ck_assert_ptr_nonnull(strstr(text, "\"interrupted\""));
    ck_assert_ptr_nonnull(strstr(trace, "p/c.1:1/2"));
    ck_assert_ptr_null(strstr(trace, "p/d"));
    ck_assert(!results_there(&scratch, "out", "q/summary.json"));
    free(text);
    free(trace);
}
END_TEST

static void check_killed(const char *directory, bool finished)
{
    if (finished)
        check_same_run("whole", directory);
}

START_TEST(killed_at_any_moment)
{
    results_check_killed(&scratch, run, check_killed);
}
END_TEST

/* cJSON does not tell a line that it has no memory for from one that is wrong. */
static bool out_of_memory(enum gd_status status)
{
    return status == GD_NO_MEMORY || (status == GD_BAD_INPUT && strstr(error.text, "metrics.jsonl:"));
}

enum { STRIDE = 7 };

static const char brief[] = HEAD "- {note: {}}\n- {pipeline: {file: inner.yaml, give: [trace]}, id: p}\n";

/* What a run left that has failed goes on to the same end as that of the run "whole". */
static void check_goes_on(const char *name)
{
    struct gd_run_options options = {.resume = results_there(&scratch, name, "pipeline.yaml")};
    OK(attempt(brief, name, options));
    results_check_equal(&scratch, "whole", name, "run.h5");
    results_check_equal(&scratch, "whole", name, "p/trace.txt");
}

/* Allocations fail in turn, of a run from its start (begun 0) or of one that goes on after so many steps: one in
 * STRIDE, or every one where GODIFF_EVERY_ALLOCATION is set (which takes minutes). What each failure leaves goes on to
 * the same end, which is tried once for each state of the folder. */
static void check_memory(int begun)
{
    struct gd_run_options options = {.resume = begun > 0};
    enum gd_status status = GD_NO_MEMORY;
    char *before = gd_string("");
    OK(attempt(brief, "whole", (struct gd_run_options){0}));
    if (begun)
        run_part(brief, "begun", begun - 1);
    for (size_t k = 1; status; k += getenv("GODIFF_EVERY_ALLOCATION") ? 1 : STRIDE) {
        char name[32];
        snprintf(name, sizeof name, "out-%zu", k);
        if (begun)
            results_copy(&scratch, "begun", name);
        allowed = k;
        status = attempt(brief, name, options);
        allowed = 0;
        ck_assert_msg(!status || out_of_memory(status), "%zu: %s", k, error.text);
        ck_assert_msg(leaked == 0, "%zu: %ld pieces leak", k, leaked);
        char *left = results_left(&scratch, name);
        if (strcmp(left, before) != 0)
            check_goes_on(name);
        free(before);
        before = left;
    }
    free(before);
}

START_TEST(short_of_memory_from_the_start)
{
    check_memory(0);
}
END_TEST

START_TEST(short_of_memory_inside)
{
    check_memory(3);
}
END_TEST

/* Every allocation on the way from text to pipeline and to its check. */
START_TEST(short_of_memory_reading)
{
    static const char text[] =
        HEAD "- {note: {}}\n- {pipeline: {file: deep.yaml, give: [trace], with: {e.number: 3}}, id: p}\n";
    static const struct gd_override override = {"p.pipeline.d.number", "2"};
    enum gd_status status = GD_NO_MEMORY;
    for (size_t k = 0; status == GD_NO_MEMORY; k++) {
        struct gd_pipeline pipeline = {0};
        struct gd_problems problems = {0};
        failing_start(k);
        struct gd_state *state = gd_state_new(registry);
        status = state ? build(&pipeline, text, &override, 1, &problems) : GD_NO_MEMORY;
        if (!status)
            status = gd_pipeline_check(&pipeline, state, &problems);
        gd_state_free(state);
        gd_pipeline_clear(&pipeline);
        size_t count = problems.count;
        gd_problems_clear(&problems);
        ck_assert_msg(failing_stop() == 0, "a leak after %zu allocations", k);
        ck_assert_uint_eq(count, 0);
    }
    ck_assert_int_eq(status, GD_OK);
}
END_TEST

/* --- The directory ------------------------------------------------------------------------------------------------ */

static void check_refused(enum gd_status status, const char *text)
{
    ck_assert_int_eq(status, GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, text), "\"%s\" lacks \"%s\"", error.text, text);
}

START_TEST(folders_are_not_overwritten)
{
    char path[512];
    OK(gd_directory_make(scratch_name(&scratch, "out/q", path), &error));
    check_refused(run("out", false), "out/q already exists");
    ck_assert(!results_there(&scratch, "out", "pipeline.yaml"));
}
END_TEST

START_TEST(other_inner_pipelines_do_not_go_on)
{
    run_part(chain, "out", 4);
    put_file("inner.yaml", "godiff: 1\nname: inner\nsteps: [{note: {}}]\n");
    check_refused(run("out", true), "out/p/pipeline.yaml is of another pipeline: its line 4 is \"start: {}\"");
    char path[512];
    ck_assert_int_eq(unlink(scratch_name(&scratch, "out/p/pipeline.yaml", path)), 0);
    ck_assert_int_eq(unlink(scratch_name(&scratch, "out/q/pipeline/pipeline.yaml", path)), 0);
    check_refused(run("out", true), "out/run.h5 is of another pipeline");
    put_file(files[0].name, files[0].text);
    OK(run("out", true));
    ck_assert(results_there(&scratch, "out", "p/pipeline.yaml"));
}
END_TEST

/* A run that was killed when it had written no more than its own pipeline. */
START_TEST(missing_copies_are_written)
{
    char path[512];
    OK(run("whole", false));
    run_part(chain, "out", 0);
    ck_assert_int_eq(unlink(scratch_name(&scratch, "out/run.h5", path)), 0);
    ck_assert_int_eq(unlink(scratch_name(&scratch, "out/p/pipeline.yaml", path)), 0);
    ck_assert_int_eq(rmdir(scratch_name(&scratch, "out/p", path)), 0);
    OK(run("out", true));
    check_same_run("whole", "out");
}
END_TEST

START_TEST(damaged_inner_states_are_refused)
{
    struct gd_h5 *file = NULL;
    char path[512];
    run_part(chain, "out", 2);
    scratch_name(&scratch, "out/run.h5", path);
    OK(gd_h5_open(path, &file, &error));
    ck_assert(gd_h5_exists(file, "pipelines/p/trace"));
    gd_h5_remove(file, "pipelines/p");
    OK(gd_h5_save(file, path, &error));
    gd_h5_close(file);
    check_refused(run("out", true), "run.h5: /pipelines/p: no such group");
}
END_TEST

Suite *suite_chain(void)
{
    Suite *suite = suite_create("chain");
    TCase *read = tcase_create("read"), *run_ = tcase_create("run"), *resume = tcase_create("resume");
    tcase_add_checked_fixture(read, setup, teardown);
    tcase_add_loop_test(read, bad_chains, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(read, chains_are_not_endless);
    tcase_add_test(read, chain_is_understood);
    tcase_add_test(read, written_chain_names_the_copies);
    tcase_add_loop_test(read, static_check_of_chains, 0, (int)(sizeof checks / sizeof *checks));
    tcase_add_test(read, short_of_memory_reading);
    tcase_add_checked_fixture(run_, setup, teardown);
    tcase_add_test(run_, values_move_and_are_copied);
    tcase_add_test(run_, values_are_handed_on);
    tcase_add_test(run_, every_step_has_a_line);
    tcase_add_test(run_, every_pipeline_has_a_summary);
    tcase_add_test(run_, chain_as_it_ran_can_run_again);
    tcase_add_test(run_, folders_are_not_overwritten);
    tcase_set_timeout(resume, 400);
    tcase_set_tags(resume, "slow");
    tcase_add_checked_fixture(resume, setup, teardown);
    tcase_add_test(resume, interrupted_after_any_step);
    tcase_add_test(resume, interrupted_inside_leaves_what_there_is);
    tcase_add_test(resume, killed_at_any_moment);
    tcase_add_test(resume, short_of_memory_from_the_start);
    tcase_add_test(resume, short_of_memory_inside);
    tcase_add_test(resume, other_inner_pipelines_do_not_go_on);
    tcase_add_test(resume, missing_copies_are_written);
    tcase_add_test(resume, damaged_inner_states_are_refused);
    suite_add_tcase(suite, read);
    suite_add_tcase(suite, run_);
    suite_add_tcase(suite, resume);
    return suite;
}
