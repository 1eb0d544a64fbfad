#include "unit/engine/toy.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/run/context.h"
#include "engine/run/state.h"
#include "unit/engine/helpers.h"

static const char *const modes[] = {"fast", "exact", "off", NULL};

struct file_shape {
    const char *file;
};

struct edge_shape {
    double edge;
    int64_t layers;
};

struct level_goal {
    double level, within;
};

struct match_goal {
    const char *match;
    double scale;
};

struct rounds_until {
    int64_t count;
};

struct counted {
    int64_t count;
};

struct power_curve {
    double exponent;
};

#define AT(type, member) .offset = offsetof(struct type, member)

static const struct gd_param spring_rows[] = {
    {.name = "stiffness",
     .type = GD_FLOAT,
     AT(toy_spring, stiffness),
     .initial = "1.5",
     .max = 100.0,
     .above_min = true,
     .unit = "eV",
     .help = "How stiff."},
    {.name = "centre",
     .type = GD_FLOAT,
     AT(toy_spring, centre),
     .count = 3,
     .initial = "[0, 0, 0.1]",
     .unit = "Å",
     .help = "Where it rests."},
    {0},
};
static const struct gd_param table_rows[] = {
    {.name = "file", .type = GD_PATH, AT(file_shape, file), .help = "Where the table is."},
    {0},
};
static const struct gd_param file_rows[] = {
    {.name = "file", .type = GD_PATH, AT(file_shape, file), .help = "Where the shape is."},
    {0},
};
static const struct gd_param edge_rows[] = {
    {.name = "edge",
     .type = GD_FLOAT,
     AT(edge_shape, edge),
     .min = 1.0,
     .max = INFINITY,
     .unit = "Å",
     .help = "Length of an edge."},
    {.name = "layers", .type = GD_INT, AT(edge_shape, layers), .optional = true, .help = "How many layers."},
    {0},
};
static const struct gd_param level_rows[] = {
    {.name = "level", .type = GD_FLOAT, AT(level_goal, level), .help = "The level."},
    {.name = "within", .type = GD_FLOAT, AT(level_goal, within), .initial = "0.1", .max = 10.0, .help = "How near."},
    {0},
};
static const struct gd_param match_rows[] = {
    {.name = "match", .type = GD_PATH, AT(match_goal, match), .help = "What to match."},
    {.name = "scale", .type = GD_FLOAT, AT(match_goal, scale), .initial = "1.1", .help = "Scale of it."},
    {0},
};
static const struct gd_param rounds_rows[] = {
    {.name = "count", .type = GD_INT, AT(rounds_until, count), .initial = "1e1", .max = 0x1p63, .help = "How many."},
    {0},
};
static const struct gd_param power_rows[] = {
    {.name = "exponent", .type = GD_FLOAT, AT(power_curve, exponent), .initial = "2", .help = "The power."},
    {0},
};

static const struct gd_component fields[] = {
    {"zero", "No force.", NULL, 0},
    {"spring", "A spring.", spring_rows, sizeof(struct toy_spring)},
    {"table", "From a table.", table_rows, sizeof(struct file_shape)},
};
static const struct gd_component shapes[] = {
    {"cube", "A cube.", edge_rows, sizeof(struct edge_shape)},
    {"file", "From a file.", file_rows, sizeof(struct file_shape)},
};
static const struct gd_component goals[] = {
    {"level", "A level.", level_rows, sizeof(struct level_goal)},
    {"match", "A match.", match_rows, sizeof(struct match_goal)},
};
static const struct gd_component curves[] = {
    {"flat", "Always one.", NULL, 0},
    {"power", "A power.", power_rows, sizeof(struct power_curve)},
};
static const struct gd_until rounds = {
    .base = {"rounds", "After some rounds.", rounds_rows, sizeof(struct rounds_until)}};

static const struct {
    struct gd_kind kind;
    const struct gd_component *components;
    size_t count;
} kinds[] = {
    {{"field", "Forces.", GD_WRAPPED, NULL, NULL, NULL, 0}, fields, 3},
    {{"shape", "Shapes.", GD_TAGGED, "build", NULL, NULL, 0}, shapes, 2},
    {{"goal", "Goals.", GD_LEADING, NULL, NULL, NULL, 0}, goals, 2},
    {{"curve", "Curves.", GD_WRAPPED, NULL, NULL, NULL, 0}, curves, 2},
    {{"until", "Ends of loops.", GD_WRAPPED, NULL, NULL, NULL, 0}, &rounds.base, 1},
};

static const struct gd_param window_rows[] = {
    {.name = "above",
     .type = GD_FLOAT,
     AT(toy_window, above),
     .count = 2,
     .min = -10.0,
     .max = 10.0,
     .unit = "Å",
     .help = "From where to where."},
    {.name = "hard", .type = GD_BOOL, AT(toy_window, hard), .initial = "false", .help = "Whether it is hard."},
    {0},
};
static const struct gd_param world_rows[] = {
    {.name = "shape", .type = GD_COMPONENT, AT(toy_world, shape), .kind = "shape", .help = "The shape."},
    {.name = "window", .type = GD_GROUP, AT(toy_world, window), .rows = window_rows, .help = "The window."},
    {.name = "add", .type = GD_STRING, AT(toy_world, add), .optional = true, .help = "What to add."},
    {.name = "size",
     .type = GD_INT,
     AT(toy_world, size),
     .count = 3,
     .initial = "[1, 1, 1]",
     .min = 1,
     .max = 100,
     .help = "How often."},
    {.name = "mode",
     .type = GD_CHOICE,
     AT(toy_world, mode),
     .initial = "exact",
     .choices = modes,
     .help = "How exactly."},
    {.name = "edge",
     .type = GD_COMPONENT,
     AT(toy_world, edge),
     .kind = "shape",
     .optional = true,
     .help = "Another shape."},
    {0},
};
static const struct gd_param count_rows[] = {
    {.name = "count", .type = GD_INT, AT(counted, count), .initial = "128", .min = 1, .max = 1e6, .help = "How many."},
    {0},
};
static const struct gd_param train_rows[] = {
    {.name = "steps",
     .type = GD_INT,
     AT(toy_train, steps),
     .initial = "8000",
     .min = 1,
     .max = 1e9,
     .help = "How many steps."},
    {.name = "batch",
     .type = GD_INT,
     AT(toy_train, batch),
     .initial = "16",
     .min = 1,
     .max = 1e6,
     .help = "How many at once."},
    {.name = "rate",
     .type = GD_FLOAT,
     AT(toy_train, rate),
     .initial = "1.0e-4",
     .max = 1.0,
     .above_min = true,
     .help = "How fast."},
    {.name = "log", .type = GD_PATH, AT(toy_train, log), .optional = true, .help = "Where to write."},
    {.name = "curve",
     .type = GD_COMPONENT,
     AT(toy_train, curve),
     .kind = "curve",
     .initial = "{power: {exponent: 0.3}}",
     .help = "How the rate falls."},
    {0},
};

/* Sections put a number into their slot; a world that is to add "trouble" fails. */
static enum gd_status put(struct gd_context *context, const char *slot)
{
    int *value = malloc(sizeof *value);
    if (!value)
        return gd_no_memory(context->error, slot);
    *value = 1;
    return gd_state_put(context->state, slot, value, context->error);
}

static enum gd_status run_world(struct gd_context *context, void *self)
{
    const struct toy_world *world = self;
    if (world->add && !strcmp(world->add, "trouble"))
        return gd_fail(context->error, GD_FAILED, "the world has trouble");
    return put(context, "world");
}

static void check_world(struct gd_check *check, const void *self)
{
    const struct toy_world *world = self;
    if (world->window.above[0] >= world->window.above[1])
        gd_check_problem(check, "window.above", "the window is empty");
}

static enum gd_status run_field(struct gd_context *context, void *self)
{
    (void)self;
    return put(context, "field");
}

static enum gd_status run_goal(struct gd_context *context, void *self)
{
    (void)self;
    return put(context, "goal");
}

static void check_train(struct gd_check *check, const void *self)
{
    const struct toy_train *train = self;
    if (!gd_state_get(check->state, "world"))
        gd_check_problem(check, NULL, "there is no world");
    if (train->batch > train->steps)
        gd_check_problem(check, "batch", "%lld is more than there are steps", (long long)train->batch);
}

static enum gd_status run_nothing(struct gd_context *context, void *self)
{
    (void)context, (void)self;
    return GD_OK;
}

static const struct gd_stage stages[] = {
    {.name = "world",
     .summary = "Where it happens.",
     .section = true,
     .required = true,
     .params = world_rows,
     .size = sizeof(struct toy_world),
     .writes = SLOTS("world"),
     .check = check_world,
     .run = run_world},
    {.name = "field",
     .summary = "The forces.",
     .section = true,
     .required = true,
     .self = "field",
     .size = sizeof(struct gd_choice),
     .reads = SLOTS("world"),
     .writes = SLOTS("field"),
     .run = run_field},
    {.name = "goal",
     .summary = "What to find.",
     .section = true,
     .self = "goal",
     .size = sizeof(struct gd_choice),
     .reads = SLOTS("field"),
     .writes = SLOTS("goal"),
     .run = run_goal},
    {.name = "seed",
     .summary = "Makes a batch.",
     .params = count_rows,
     .size = sizeof(struct counted),
     .reads = SLOTS("world"),
     .writes = SLOTS("batch"),
     .run = run_nothing},
    {.name = "evaluate",
     .summary = "Evaluates a batch.",
     .reads = SLOTS("batch", "field"),
     .writes = SLOTS("archive"),
     .run = run_nothing},
    {.name = "train",
     .summary = "Trains a model.",
     .params = train_rows,
     .size = sizeof(struct toy_train),
     .reads = SLOTS("world", "archive"),
     .writes = SLOTS("model"),
     .check = check_train,
     .run = run_nothing},
    {.name = "sample",
     .summary = "Samples a batch.",
     .params = count_rows,
     .size = sizeof(struct counted),
     .reads = SLOTS("model"),
     .writes = SLOTS("batch"),
     .run = run_nothing},
};

static const struct gd_slot slots[] = {
    {.name = "world", .summary = "The world.", .destroy = free},
    {.name = "field", .summary = "Forces.", .destroy = free},
    {.name = "goal", .summary = "The goal.", .destroy = free},
    {.name = "batch", .summary = "A batch.", .destroy = free},
    {.name = "archive", .summary = "All.", .destroy = free},
    {.name = "model", .summary = "A model.", .destroy = free},
};

static enum gd_status fill(struct gd_registry *registry)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < sizeof slots / sizeof *slots && !status; k++)
        status = gd_registry_add_slot(registry, &slots[k], NULL);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds && !status; k++) {
        status = gd_registry_add_kind(registry, &kinds[k].kind, NULL);
        for (size_t j = 0; j < kinds[k].count && !status; j++)
            status = gd_registry_add_component(registry, kinds[k].kind.name, &kinds[k].components[j], NULL);
    }
    for (size_t k = 0; k < sizeof stages / sizeof *stages && !status; k++)
        status = gd_registry_add_stage(registry, &stages[k], NULL);
    return status;
}

struct gd_registry *toy_registry(void)
{
    struct gd_registry *registry = gd_registry_new();
    if (registry && fill(registry) != GD_OK) {
        gd_registry_free(registry);
        return NULL;
    }
    return registry;
}

enum gd_status toy_build(struct gd_pipeline *pipeline, const struct gd_registry *registry, const char *file,
                         const char *text, const struct gd_override *overrides, size_t override_count,
                         struct gd_problems *problems)
{
    struct gd_tree tree = {0};
    *pipeline = (struct gd_pipeline){0};
    enum gd_status status = gd_tree_parse_yaml(&tree, file, text, strlen(text), problems);
    if (!status)
        status = gd_pipeline_build(pipeline, registry, &tree, overrides, override_count, problems);
    gd_tree_clear(&tree);
    return status;
}

struct gd_pipeline toy_pipeline(const struct gd_registry *registry, const char *text,
                                const struct gd_override *overrides, size_t count)
{
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    enum gd_status status = toy_build(&pipeline, registry, "/dir/f", text, overrides, count, &problems);
    if (!problems.count)
        gd_problems_clear(&problems);
    expect_problems(text, &problems, "");
    ck_assert_int_eq(status, GD_OK);
    return pipeline;
}

const char *const toy_text = "godiff: 1\n"
                             "name: toy\n"
                             "seed: 7\n"
                             "world:\n"
                             "  shape: {build: cube, edge: 2.5}\n"
                             "  window: {above: [1.0, 6.0]}\n"
                             "  add: Pt7\n"
                             "field: {spring: {stiffness: 0.1}}\n"
                             "goal: {match: a.xyz}\n"
                             "steps:\n"
                             "  - seed: {count: 4}\n"
                             "  - evaluate:\n"
                             "  - loop:\n"
                             "      times: 3\n"
                             "      until: rounds\n"
                             "      steps:\n"
                             "        - train: {steps: 500}\n"
                             "          id: warm-up\n"
                             "        - train: {rate: 1e-3}\n"
                             "        - sample: {}\n"
                             "        - evaluate: {}\n";

static enum gd_status check_temperature(const void *value, const struct gd_state *pipeline, struct gd_error *failure)
{
    (void)pipeline;
    return *(const double *)value > 0 ? GD_OK : gd_fail(failure, GD_BAD_INPUT, "not above 0");
}

const struct gd_slot toy_temperature = {
    .name = "temperature",
    .summary = "a real number above 0",
    .save = gd_real_save,
    .load = gd_real_load,
    .check = check_temperature,
    .destroy = free,
    .figure = "temperature",
    .read_figure = gd_real_figure,
};

const struct gd_slot toy_evaluations = {
    .name = "evaluations",
    .summary = "a count",
    .save = gd_integer_save,
    .load = gd_integer_load,
    .check = gd_integer_check,
    .destroy = free,
    .figure = "evaluations",
    .read_figure = gd_integer_figure,
    .integer = true,
};
