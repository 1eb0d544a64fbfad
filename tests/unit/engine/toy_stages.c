#include "unit/engine/toy_stages.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/h5.h"
#include "engine/run/context.h"
#include "unit/engine/helpers.h"
#include "unit/engine/toy.h"
#include "unit/engine/toy_run.h"

static bool due(int *countdown)
{
    return *countdown > 0 && --*countdown == 0;
}

static enum gd_status save_text(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    if (due(&toy.plan.fail_save))
        return gd_fail(error, GD_FAILED, "the %s cannot be saved", name);
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

static enum gd_status summarise_trace(const void *value, cJSON *summary)
{
    cJSON *trace = cJSON_AddObjectToObject(summary, "trace");
    return trace && cJSON_AddBoolToObject(trace, "found", *(const char *)value) ? GD_OK : GD_NO_MEMORY;
}

static enum gd_status write_trace(const void *value, const char *path, struct gd_error *error)
{
    if (due(&toy.plan.fail_write))
        return gd_fail(error, GD_FAILED, "the trace cannot be written");
    return gd_file_write(path, value, strlen(value), error);
}

static enum gd_status trace_fits(const struct gd_state *from, const struct gd_state *to, struct gd_error *error)
{
    int64_t a = gd_state_integer(from, "world", 0), b = gd_state_integer(to, "world", 0);
    return a == b ? GD_OK : gd_fail(error, GD_BAD_INPUT, "is of world %d, not %d", (int)a, (int)b);
}

static const struct gd_slot slot_world = {.name = "world", .summary = "which world it is", .destroy = free};
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
    .summarise = summarise_trace,
    .file = "trace.txt",
    .write = write_trace,
};
static const struct gd_slot slot_spare = {
    .name = "spare",
    .summary = "nothing",
    .save = save_text,
    .load = load_text,
    .check = accept_value,
    .destroy = free,
};

/* Appends "step.execution:iteration/iterations.random " to the trace. */
static enum gd_status append(struct gd_context *context)
{
    const char *trace = gd_state_get(context->state, "trace");
    struct gd_stream stream = gd_context_stream(context, 5);
    char *longer = gd_format("%s%s.%u:%d/%d.%04x%*s", trace ? trace : "", context->step, (unsigned)context->execution,
                             (int)context->iteration, (int)context->iterations, (unsigned)gd_stream_bits(&stream) >> 16,
                             toy.plan.flood ? 65536 : 1, " ");
    return longer ? gd_state_put(context->state, "trace", longer, context->error)
                  : gd_no_memory(context->error, "the trace");
}

static enum gd_status start_note(struct gd_context *context, void *self)
{
    (void)self;
    toy.plan.starts++;
    return due(&toy.plan.fail_start) ? gd_fail(context->error, GD_FAILED, "no start") : GD_OK;
}

static void report(struct gd_context *context)
{
    gd_progress(context, 1, 2, "half of %s", context->step);
    gd_figure(context, "loss", 1);
    gd_figure(context, "loss", (double)context->execution + 0.25);
    gd_figure(context, "bad", NAN);
    gd_figure(context, "step", 3);
}

static enum gd_status run_note(struct gd_context *context, void *self)
{
    double temperature = 1.0 / (1 + (double)context->execution);
    enum gd_status status = append(context);
    if (!status)
        status = gd_state_put_real(context->state, "temperature", temperature, context->error);
    toy.plan.runs++;
    report(context);
    if (due(&toy.plan.fail_step))
        return gd_fail(context->error, GD_BAD_INPUT, "no luck");
    if (((const struct toy_number *)self)->patient && gd_context_stop(context))
        return gd_interrupted(context);
    return status;
}

static void stop_note(void *self)
{
    (void)self;
    toy.plan.stops++;
}

static void check_note(struct gd_check *check, const void *self)
{
    (void)self;
    if (gd_state_integer(check->state, "world", 0) == 13)
        gd_check_problem(check, NULL, "not in world 13");
}

static enum gd_status run_world(struct gd_context *context, void *self)
{
    return gd_state_put_integer(context->state, "world", ((const struct toy_number *)self)->number, context->error);
}

static enum gd_status run_append(struct gd_context *context, void *self)
{
    (void)self;
    return append(context);
}

#define NUMBER_ROW                                                                                                     \
    {                                                                                                                  \
        .name = "number", .type = GD_INT, .offset = offsetof(struct toy_number, number), .initial = "1",               \
        .help = "Which one."                                                                                           \
    }

static const struct gd_param world_rows[] = {NUMBER_ROW, {0}};
static const struct gd_param note_rows[] = {
    NUMBER_ROW,
    {.name = "patient",
     .type = GD_BOOL,
     .offset = offsetof(struct toy_number, patient),
     .initial = "false",
     .help = "Wait for an interrupt."},
    {0},
};

static const struct gd_stage stages[] = {
    {.name = "world",
     .summary = "Where it happens.",
     .section = true,
     .params = world_rows,
     .size = sizeof(struct toy_number),
     .writes = SLOTS("world"),
     .run = run_world},
    {.name = "start", .summary = "Begins the trace.", .section = true, .writes = SLOTS("trace"), .run = run_append},
    {.name = "note",
     .summary = "Appends a word to the trace.",
     .params = note_rows,
     .size = sizeof(struct toy_number),
     .writes = SLOTS("trace", "temperature"),
     .check = check_note,
     .start = start_note,
     .run = run_note,
     .stop = stop_note},
    {.name = "visit", .summary = "Reads what a section writes.", .reads = SLOTS("world"), .run = run_append},
    {.name = "wish", .summary = "Reads what no stage writes.", .reads = SLOTS("spare"), .run = run_append},
};

struct words {
    int64_t count;
};

static const struct gd_param words_rows[] = {
    {.name = "count", .type = GD_INT, .offset = offsetof(struct words, count), .max = 1e6, .help = "How many words."},
    {0},
};

static bool words_met(const void *params, const struct gd_state *state)
{
    int64_t count = 0;
    for (const char *c = gd_state_get(state, "trace"); c && *c; c++)
        count += *c == ':';
    return count >= ((const struct words *)params)->count;
}

static const struct gd_kind kind_until = {
    "until", "ends a loop", GD_WRAPPED, NULL, NULL, NULL, offsetof(struct gd_until, reads)};
static const struct gd_until until_words = {
    .base = {"words", "the trace has so many words", words_rows, sizeof(struct words)}, .met = words_met};

enum gd_status toy_stages_add(struct gd_registry *registry, struct gd_error *error)
{
    const struct gd_slot *const slots[] = {&gd_slot_iteration, &toy_temperature, &toy_evaluations,
                                           &slot_world,        &slot_trace,      &slot_spare};
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < sizeof slots / sizeof *slots && !status; k++)
        status = gd_registry_add_slot(registry, slots[k], error);
    for (size_t k = 0; k < sizeof stages / sizeof *stages && !status; k++)
        status = gd_registry_add_stage(registry, &stages[k], error);
    if (!status)
        status = gd_registry_add_kind(registry, &kind_until, error);
    return status ? status : gd_registry_add_component(registry, "until", &until_words.base, error);
}
