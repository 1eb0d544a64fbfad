/* Runs of made-up stages: the order of steps, what is left behind, and that a run which was
 * interrupted, killed or stopped by a full disk goes on to the same bits. */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/run/check.h"
#include "engine/run/run.h"
#include "unit/engine/failing.h"
#include "unit/engine/helpers.h"
#include "unit/engine/results.h"
#include "unit/engine/toy.h"
#include "unit/scratch.h"
#include "unit/suites.h"

/* --- A slot and two stages -------------------------------------------------------------------------------------- */

/* What the stages are told to do wrong; reset by setup. */
static struct plan {
    int fail_step, fail_start, fail_save, fail_write; /* the k-th from now on fails; 0: none */
    int starts, runs, stops;
    bool flood;     /* the trace grows by 64 KiB in every step */
    size_t allowed; /* allocations that the run may do before they fail, and one; 0: any number */
    long leaked;    /* pieces that such a run left */
} plan;

static bool due(int *countdown)
{
    return *countdown > 0 && --*countdown == 0;
}

/* The trace is a text: one word for every step that has run. */
static enum gd_status save_trace(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    if (due(&plan.fail_save))
        return gd_fail(error, GD_FAILED, "the trace cannot be saved");
    return gd_h5_write_text(file, name, value, error);
}

static enum gd_status load_trace(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *known,
                                 struct gd_error *error)
{
    (void)known;
    char *text = NULL;
    enum gd_status status = gd_h5_exists(file, name) ? gd_h5_load_text(file, name, &text, error) : GD_OK;
    *value = text;
    return status;
}

static double trace_length(const void *value)
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
    if (due(&plan.fail_write))
        return gd_fail(error, GD_FAILED, "the trace cannot be written");
    return gd_file_write(path, value, strlen(value), error);
}

static const struct gd_slot slot_trace = {
    .name = "trace",
    .summary = "what has run",
    .save = save_trace,
    .load = load_trace,
    .check = accept_value,
    .destroy = free,
    .figure = "length",
    .read_figure = trace_length,
    .integer = true,
    .summarise = summarise_trace,
    .file = "trace.txt",
    .write = write_trace,
};

struct note {
    bool patient; /* first param of a stage: spoils the trace, then waits for the second interrupt */
};

static const struct gd_param note_rows[] = {
    {.name = "patient",
     .type = GD_BOOL,
     .offset = offsetof(struct note, patient),
     .initial = "false",
     .help = "Wait for an interrupt."},
    {0},
};

static enum gd_status note_start(struct gd_context *context, void *self)
{
    (void)self;
    plan.starts++;
    return due(&plan.fail_start) ? gd_fail(context->error, GD_FAILED, "no start") : GD_OK;
}

/* Appends "id.execution:iteration/iterations.random ". */
static enum gd_status note_run(struct gd_context *context, void *self)
{
    const struct note *note = self;
    const char *trace = gd_state_get(context->state, "trace");
    struct gd_stream stream = gd_context_stream(context, 5);
    double temperature = 1.0 / (1 + (double)context->execution);
    char *longer = gd_format("%s%s.%u:%d/%d.%04x%*s", trace ? trace : "", context->step, (unsigned)context->execution,
                             (int)context->iteration, (int)context->iterations, (unsigned)gd_stream_bits(&stream) >> 16,
                             plan.flood ? 65536 : 1, " ");
    if (!longer)
        return gd_no_memory(context->error, "the trace");
    enum gd_status status = gd_state_put(context->state, "trace", longer, context->error);
    if (!status)
        status = gd_state_put_real(context->state, "temperature", temperature, context->error);
    plan.runs++;
    gd_progress(context, 1, 2, "half of %s", context->step);
    gd_figure(context, "loss", 1);
    gd_figure(context, "loss", (double)context->execution + 0.25);
    gd_figure(context, "bad", NAN);
    gd_figure(context, "step", 3);
    if (due(&plan.fail_step))
        return gd_fail(context->error, GD_BAD_INPUT, "no luck");
    if (note->patient && gd_context_stop(context))
        return gd_interrupted(context);
    return status;
}

static void note_stop(void *self)
{
    (void)self;
    plan.stops++;
}

static const char *const note_writes[] = {"trace", "temperature", NULL};
static const struct gd_stage stage_note = {
    .name = "note",
    .summary = "appends a word to the trace",
    .params = note_rows,
    .size = sizeof(struct note),
    .writes = note_writes,
    .start = note_start,
    .run = note_run,
    .stop = note_stop,
};

/* Ends a loop when the trace has as many words. */
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

static const struct gd_kind kind_until = {"until", "ends a loop", GD_WRAPPED, NULL, NULL, NULL};
static const struct gd_until until_words = {
    .base = {"words", "the trace has so many words", words_rows, sizeof(struct words)}, .met = words_met};

/* --- One run ---------------------------------------------------------------------------------------------------- */

static struct scratch scratch;
static struct gd_error error;
static struct gd_registry *registry;

#define OK(call) ck_assert_msg((call) == GD_OK, "%s", error.text)

static void setup(void)
{
    scratch = scratch_make();
    error = (struct gd_error){0};
    plan = (struct plan){0};
    registry = gd_registry_new();
    OK(gd_registry_add_slot(registry, &gd_slot_iteration, &error));
    OK(gd_registry_add_slot(registry, &toy_temperature, &error));
    OK(gd_registry_add_slot(registry, &toy_evaluations, &error));
    OK(gd_registry_add_slot(registry, &slot_trace, &error));
    OK(gd_registry_add_stage(registry, &stage_note, &error));
    OK(gd_registry_add_kind(registry, &kind_until, &error));
    OK(gd_registry_add_component(registry, "until", &until_words.base, &error));
}

static void teardown(void)
{
    gd_registry_free(registry);
    scratch_remove(&scratch);
}

/* Two loops in each other, one of them with an early end: 1 + 2 * (1 + 3) + 2 + 1 steps. */
static const char nested[] = "godiff: 1\n"
                             "name: nested\n"
                             "seed: 7\n"
                             "steps:\n"
                             "  - note: {}\n"
                             "    id: a\n"
                             "  - loop:\n"
                             "      times: 2\n"
                             "      steps:\n"
                             "        - {note: {}, id: b}\n"
                             "        - loop: {times: 3, steps: [{note: {}, id: c}]}\n"
                             "  - loop:\n"
                             "      times: 100\n"
                             "      until: {words: {count: 11}}\n"
                             "      steps: [{note: {patient: true}, id: d}]\n"
                             "  - {note: {}, id: e}\n";
enum { NESTED_STEPS = 12 };

/* A run whose allocations, those of cJSON included, fail from some point on. */
static enum gd_status run_short_of_memory(struct gd_pipeline *pipeline, struct gd_state *state,
                                          const struct gd_run_options *options)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = malloc, .free_fn = free});
    failing_start(plan.allowed - 1);
    enum gd_status status = gd_run(pipeline, state, options, &error);
    for (const struct gd_slot *const *slots = gd_registry_slots(registry); *slots; slots++)
        gd_state_put(state, (*slots)->name, NULL, NULL);
    plan.leaked = failing_stop();
    cJSON_InitHooks(NULL);
    return status;
}

/* Runs a pipeline in the scratch folder's `directory`. Checks nothing, so that a child process can call it: Check
 * listens to one process at a time. */
static enum gd_status attempt(const char *text, const char *directory, struct gd_run_options options)
{
    struct gd_tree tree = {0};
    struct gd_pipeline pipeline = {0};
    struct gd_problems problems = {0};
    struct gd_state *state = gd_state_new(registry);
    char path[512];
    error = (struct gd_error){0};
    options.directory = scratch_name(&scratch, directory, path);
    options.version = "test";
    enum gd_status status = gd_tree_parse_yaml(&tree, "test.yaml", text, strlen(text), &problems);
    if (!status)
        status = gd_pipeline_build(&pipeline, registry, &tree, NULL, 0, &problems);
    if (!status)
        status = gd_pipeline_check(&pipeline, state, &problems);
    if (status)
        gd_fail(&error, status, "%s", problems.count ? problems.items[0].text : "no problem told");
    else if (plan.allowed)
        status = run_short_of_memory(&pipeline, state, &options);
    else
        status = gd_run(&pipeline, state, &options, &error);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&problems);
    return status;
}

static enum gd_status run_text(const char *text, const char *directory, struct gd_run_options options)
{
    enum gd_status status = attempt(text, directory, options);
    ck_assert_int_eq(status, error.status);
    return status;
}

static enum gd_status attempt_nested(const char *directory, bool resume)
{
    return attempt(nested, directory, (struct gd_run_options){.resume = resume, .threads = 1});
}

static enum gd_status run_nested(const char *directory, bool resume)
{
    return run_text(nested, directory, (struct gd_run_options){.resume = resume, .threads = 1});
}

/* The lines of metrics.jsonl, their seconds taken out, as a list to be deleted. */
static cJSON *metrics(const char *directory)
{
    char *text = results_content(&scratch, directory, "metrics.jsonl", NULL), *rest = NULL;
    cJSON *lines = cJSON_CreateArray();
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        cJSON *object = cJSON_Parse(line), *seconds = cJSON_DetachItemFromObject(object, "seconds");
        ck_assert(cJSON_IsNumber(seconds) && seconds->valuedouble >= 0);
        cJSON_Delete(seconds);
        cJSON_AddItemToArray(lines, object);
    }
    free(text);
    return lines;
}

static cJSON *summary(const char *directory)
{
    char *text = results_content(&scratch, directory, "summary.json", NULL);
    cJSON *object = cJSON_Parse(text);
    ck_assert_ptr_nonnull(object);
    free(text);
    return object;
}

static void check_status(const char *directory, const char *expected, const char *message)
{
    cJSON *object = summary(directory);
    const char *found = cJSON_GetStringValue(cJSON_GetObjectItem(object, "message"));
    ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(object, "status")), expected);
    ck_assert_msg(message ? found && strstr(found, message) : !found, "%s", found ? found : "no message");
    cJSON_Delete(object);
}

static void check_same_run(const char *one, const char *other)
{
    results_check_equal(&scratch, one, other, "run.h5");
    results_check_equal(&scratch, one, other, "trace.txt");
    results_check_equal(&scratch, one, other, "pipeline.yaml");
    cJSON *lines = metrics(one), *other_lines = metrics(other);
    ck_assert_int_eq(cJSON_GetArraySize(lines), NESTED_STEPS);
    ck_assert(cJSON_Compare(lines, other_lines, true));
    cJSON_Delete(lines);
    cJSON_Delete(other_lines);
    check_status(other, "finished", NULL);
}

/* Whether a temporary file is left. */
static bool leftover(const char *directory)
{
    char path[512];
    bool found = false;
    DIR *folder = opendir(scratch_name(&scratch, directory, path));
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        found |= strstr(entry->d_name, ".tmp") != NULL;
    if (folder)
        closedir(folder);
    return found;
}

static void check_no_leftovers(const char *directory)
{
    ck_assert_msg(!leftover(directory), "something is left in %s", directory);
}

/* How many steps run.h5 tells of; -1 when it cannot be read. */
static int64_t steps_saved(const char *directory)
{
    char path[512], whole[1024];
    int64_t done = -1;
    struct gd_h5 *file;
    snprintf(whole, sizeof whole, "%s/run.h5", scratch_name(&scratch, directory, path));
    if (!gd_h5_open(whole, &file, NULL) &&
        gd_h5_read_attribute(file, "parameters/run", "done", GD_H5_INT64, 0, &done, NULL))
        done = -1;
    gd_h5_close(file);
    return done;
}

static void check_saved(const char *directory, int64_t done)
{
    ck_assert_int_eq(steps_saved(directory), done);
}

/* --- What is run ------------------------------------------------------------------------------------------------ */

START_TEST(steps_run_in_order)
{
    static const char *const words[] = {"a.0:0/1", "b.0:0/2", "c.0:0/3", "c.1:1/3",   "c.2:2/3",   "b.1:1/2",
                                        "c.3:0/3", "c.4:1/3", "c.5:2/3", "d.0:0/100", "d.1:1/100", "e.0:0/1"};
    OK(run_nested("out", false));
    char *text = results_content(&scratch, "out", "trace.txt", NULL), *rest = NULL;
    char *word = strtok_r(text, " ", &rest);
    for (size_t k = 0; k < NESTED_STEPS; k++, word = strtok_r(NULL, " ", &rest)) {
        ck_assert_ptr_nonnull(word);
        ck_assert_msg(strncmp(word, words[k], strlen(words[k])) == 0, "%s instead of %s", word, words[k]);
    }
    ck_assert_ptr_null(word);
    free(text);
    ck_assert_int_eq(plan.runs, NESTED_STEPS);
    ck_assert_int_eq(plan.starts, 5);
    ck_assert_int_eq(plan.stops, 5);
    check_no_leftovers("out");
    check_saved("out", NESTED_STEPS);
}
END_TEST

START_TEST(streams_are_named_by_step_execution_and_sample)
{
    char word[64];
    OK(run_nested("out", false));
    char *text = results_content(&scratch, "out", "trace.txt", NULL);
    for (unsigned execution = 0; execution < 6; execution++) {
        struct gd_stream stream = gd_stream_make(7, gd_stream_hash("c"), execution, 5);
        snprintf(word, sizeof word, "c.%u:%u/3.%04x ", execution, execution % 3,
                 (unsigned)gd_stream_bits(&stream) >> 16);
        ck_assert_msg(strstr(text, word), "%s is not in %s", word, text);
    }
    free(text);
}
END_TEST

START_TEST(every_step_has_a_line_of_metrics)
{
    OK(run_nested("out", false));
    cJSON *lines = metrics("out"), *line = cJSON_GetArrayItem(lines, 3);
    ck_assert_int_eq(cJSON_GetArraySize(lines), NESTED_STEPS);
    cJSON *expected = cJSON_Parse("{\"step\": \"c\", \"iteration\": 1, \"temperature\": 0.5, \"evaluations\": null,"
                                  "\"length\": 0, \"loss\": 1.25, \"bad\": null}");
    char *text = results_content(&scratch, "out", "trace.txt", NULL), *end = strstr(text, "c.2:2/3");
    cJSON_SetNumberValue(cJSON_GetObjectItem(expected, "length"), (double)(end - text));
    ck_assert_msg(cJSON_Compare(line, expected, true), "%s", cJSON_PrintUnformatted(line));
    free(text);
    cJSON_Delete(expected);
    cJSON_Delete(lines);
}
END_TEST

START_TEST(summary_tells_of_the_whole_run)
{
    OK(run_nested("out", false));
    cJSON *object = summary("out"), *seconds = cJSON_DetachItemFromObject(object, "seconds");
    cJSON *expected =
        cJSON_Parse("{\"name\": \"nested\", \"seed\": 7, \"status\": \"finished\", \"temperature\": 1,"
                    "\"evaluations\": null, \"length\": 0, \"trace\": {\"found\": true},"
                    "\"device\": \"cpu\", \"precision\": \"float32\", \"threads\": 1, \"version\": \"test\"}");
    size_t length;
    free(results_content(&scratch, "out", "trace.txt", &length));
    cJSON_SetNumberValue(cJSON_GetObjectItem(expected, "length"), (double)length);
    ck_assert_msg(cJSON_Compare(object, expected, true), "%s", cJSON_PrintUnformatted(object));
    double sum;
    cJSON *by_step = cJSON_GetObjectItem(seconds, "by_step"), *one;
    ck_assert_int_eq(cJSON_GetArraySize(by_step), 5);
    sum = cJSON_GetObjectItem(seconds, "checkpoint")->valuedouble;
    ck_assert_double_gt(sum, 0);
    cJSON_ArrayForEach(one, by_step) sum += one->valuedouble;
    ck_assert_double_eq_tol(sum, cJSON_GetObjectItem(seconds, "total")->valuedouble, 1e-12);
    cJSON_Delete(seconds);
    cJSON_Delete(expected);
    cJSON_Delete(object);
}
END_TEST

START_TEST(pipeline_as_it_ran_can_run_again)
{
    OK(run_nested("out", false));
    char *text = results_content(&scratch, "out", "pipeline.yaml", NULL);
    OK(run_text(text, "again", (struct gd_run_options){.threads = 1}));
    free(text);
    check_same_run("out", "again");
}
END_TEST

START_TEST(threads_change_nothing)
{
    OK(run_nested("out", false));
    OK(run_text(nested, "two", (struct gd_run_options){.threads = 2}));
    OK(run_text(nested, "all", (struct gd_run_options){.threads = 0}));
    check_same_run("out", "two");
    check_same_run("out", "all");
    cJSON *object = summary("all");
    ck_assert_int_ge(cJSON_GetObjectItem(object, "threads")->valueint, 1);
    cJSON_Delete(object);
}
END_TEST

/* What a sink has heard. */
struct heard {
    int starts, ends, progress, figures, messages;
    double done, total;
    int interrupt_at, times; /* the start of this step (from 0) gives so many interrupts */
    volatile int interrupts;
    char last[256];
    int meddle_at; /* before this step (from 0), somebody else does something to the folder */
    void (*meddle)(void);
};

static void listen(void *self, const struct gd_event *event)
{
    struct heard *heard = self;
    switch (event->kind) {
    case GD_EVENT_STEP_START:
        ck_assert_double_eq(event->done, heard->starts);
        ck_assert_double_eq(event->total, 1 + 2 * (1 + 3) + 100 + 1);
        if (heard->meddle && heard->starts == heard->meddle_at)
            heard->meddle();
        if (heard->starts++ == heard->interrupt_at)
            heard->interrupts = heard->times;
        break;
    case GD_EVENT_PROGRESS:
        heard->progress++;
        ck_assert_double_eq(event->total, 2);
        ck_assert_ptr_nonnull(strstr(event->text, event->step));
        break;
    case GD_EVENT_FIGURE:
        heard->figures++;
        break;
    case GD_EVENT_MESSAGE:
        heard->messages++;
        snprintf(heard->last, sizeof heard->last, "%s", event->text);
        break;
    case GD_EVENT_STEP_END:
        ck_assert_int_eq(heard->starts, ++heard->ends);
        ck_assert_double_eq(event->done, heard->ends);
        ck_assert_double_ge(event->seconds, 0);
        break;
    }
}

static enum gd_status run_heard(const char *directory, bool resume, struct heard *heard)
{
    struct gd_sink sink = {listen, heard};
    return run_text(
        nested, directory,
        (struct gd_run_options){
            .resume = resume, .threads = 1, .sinks = &sink, .sink_count = 1, .interrupted = &heard->interrupts});
}

START_TEST(sinks_hear_of_every_step)
{
    struct heard heard = {.interrupt_at = -1};
    OK(run_heard("out", false, &heard));
    ck_assert_int_eq(heard.starts, NESTED_STEPS);
    ck_assert_int_eq(heard.ends, NESTED_STEPS);
    ck_assert_int_eq(heard.progress, NESTED_STEPS);
    ck_assert_int_eq(heard.figures, 4 * NESTED_STEPS);
    ck_assert_int_eq(heard.messages, 0);
}
END_TEST

/* --- Going on --------------------------------------------------------------------------------------------------- */

START_TEST(interrupted_after_any_step)
{
    OK(run_nested("whole", false));
    for (int k = 0; k < NESTED_STEPS - 1; k++) {
        char name[32];
        struct heard heard = {.interrupt_at = k, .times = 1};
        snprintf(name, sizeof name, "after-%d", k);
        ck_assert_int_eq(run_heard(name, false, &heard), GD_INTERRUPTED);
        ck_assert_int_eq(heard.ends, k + 1);
        check_status(name, "interrupted", NULL);
        check_saved(name, k + 1);
        ck_assert(results_there(&scratch, name, "trace.txt"));
        OK(run_nested(name, true));
        check_same_run("whole", name);
        check_no_leftovers(name);
    }
}
END_TEST

START_TEST(interrupted_before_every_step)
{
    OK(run_nested("whole", false));
    enum gd_status status = GD_INTERRUPTED;
    for (int k = 0; k <= NESTED_STEPS && status; k++) {
        struct heard heard = {.interrupt_at = -1, .interrupts = 1};
        ck_assert_int_eq(run_heard("steps", k > 0, &heard), GD_INTERRUPTED);
        ck_assert_int_eq(heard.starts, 0);
        check_status("steps", "interrupted", NULL);
        plan.fail_step = 2;
        status = run_nested("steps", true); /* one step, and one that fails */
        ck_assert_int_eq(status, k + 1 < NESTED_STEPS ? GD_FAILED : GD_OK);
        check_saved("steps", k + 1);
    }
    check_same_run("whole", "steps");
}
END_TEST

START_TEST(interrupt_in_the_last_step_finishes)
{
    struct heard heard = {.interrupt_at = NESTED_STEPS - 1, .times = 2};
    OK(run_heard("out", false, &heard));
    check_status("out", "finished", NULL);
}
END_TEST

/* A stage that stops at once has half-changed the state, of which nothing is seen. */
START_TEST(second_interrupt_saves_the_last_finished_step)
{
    enum { FIRST_PATIENT = 9 };
    struct heard heard = {.interrupt_at = FIRST_PATIENT, .times = 2};
    OK(run_nested("whole", false));
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    ck_assert_ptr_nonnull(strstr(error.text, "step d"));
    check_status("out", "interrupted", NULL);
    check_saved("out", FIRST_PATIENT);
    char *text = results_content(&scratch, "out", "trace.txt", NULL);
    ck_assert_ptr_null(strstr(text, "d.0"));
    free(text);
    OK(run_nested("out", true));
    check_same_run("whole", "out");
}
END_TEST

START_TEST(failing_step)
{
    OK(run_nested("whole", false));
    plan.fail_step = 5;
    plan.stops = 0;
    ck_assert_int_eq(run_nested("out", false), GD_FAILED);
    ck_assert_str_eq(error.text, "no luck");
    ck_assert_int_eq(plan.stops, 3);
    check_status("out", "failed", "no luck");
    check_saved("out", 4);
    char *text = results_content(&scratch, "out", "trace.txt", NULL);
    ck_assert_ptr_nonnull(strstr(text, "c.1"));
    ck_assert_ptr_null(strstr(text, "c.2"));
    free(text);
    check_no_leftovers("out");
    OK(run_nested("out", true));
    check_same_run("whole", "out");
}
END_TEST

START_TEST(failing_first_step)
{
    OK(run_nested("whole", false));
    plan.fail_step = 1;
    ck_assert_int_eq(run_nested("out", false), GD_FAILED);
    check_status("out", "failed", "no luck");
    ck_assert(!results_there(&scratch, "out", "run.h5"));
    ck_assert(!results_there(&scratch, "out", "trace.txt"));
    cJSON *object = summary("out");
    ck_assert(cJSON_IsNull(cJSON_GetObjectItem(object, "length")));
    cJSON_Delete(object);
    OK(run_nested("out", true));
    check_same_run("whole", "out");
}
END_TEST

START_TEST(failing_start_is_stopped)
{
    plan.fail_start = 2;
    ck_assert_int_eq(run_nested("out", false), GD_FAILED);
    ck_assert_str_eq(error.text, "no start");
    ck_assert_int_eq(plan.stops, 2);
    check_saved("out", 1);
}
END_TEST

START_TEST(failing_checkpoint)
{
    OK(run_nested("whole", false));
    plan.fail_save = 4;
    ck_assert_int_eq(run_nested("out", false), GD_FAILED);
    check_status("out", "failed", "cannot be saved");
    check_saved("out", 3);
    check_no_leftovers("out");
    OK(run_nested("out", true));
    check_same_run("whole", "out");
}
END_TEST

static void swap_for_a_directory(void)
{
    char path[512], aside[512];
    scratch_name(&scratch, "out/run.h5", path);
    ck_assert_int_eq(rename(path, scratch_name(&scratch, "out/aside", aside)), 0);
    ck_assert_int_eq(mkdir(path, 0777), 0);
}

/* run.h5 becomes a directory: replacing it fails whoever tries. */
START_TEST(unwritable_checkpoint)
{
    char path[512], aside[512];
    struct heard heard = {.interrupt_at = -1, .meddle_at = 3, .meddle = swap_for_a_directory};
    OK(run_nested("whole", false));
    ck_assert_int_eq(run_heard("out", false, &heard), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, "run.h5: Is a directory"));
    check_no_leftovers("out");
    ck_assert_int_eq(rmdir(scratch_name(&scratch, "out/run.h5", path)), 0);
    ck_assert_int_eq(rename(scratch_name(&scratch, "out/aside", aside), path), 0);
    check_saved("out", 3);
    OK(run_nested("out", true));
    check_same_run("whole", "out");
}
END_TEST

START_TEST(failing_output)
{
    OK(run_nested("whole", false));
    plan.fail_write = 1;
    ck_assert_int_eq(run_nested("out", false), GD_FAILED);
    check_status("out", "failed", "cannot be written");
    check_no_leftovers("out");
    OK(run_nested("out", true));
    check_same_run("whole", "out");
}
END_TEST

static const char brief[] = "godiff: 1\nname: brief\nsteps: [{loop: {times: 2, steps: [{note: {}}]}}]\n";

/* cJSON does not tell a line that it has no memory for from one that is wrong. */
static bool out_of_memory(enum gd_status status)
{
    return status == GD_NO_MEMORY || (status == GD_BAD_INPUT && strstr(error.text, "metrics.jsonl:1:"));
}

/* What a run left that has failed goes on to the same end as that of the run "whole". */
static void check_goes_on(const char *name, struct gd_run_options options)
{
    options.resume = results_there(&scratch, name, "pipeline.yaml");
    OK(run_text(brief, name, options));
    results_check_equal(&scratch, "whole", name, "run.h5");
    results_check_equal(&scratch, "whole", name, "trace.txt");
}

/* Every allocation of a run fails in turn; what was saved by then goes on to the same end, which is tried once for each
 * state of the folder: most failures in a row leave the same. `begun`: of a run that goes on after its first step. */
static void check_memory(bool begun)
{
    struct gd_run_options options = {.threads = 1, .kernels = "some"};
    enum gd_status status = GD_NO_MEMORY;
    char *before = gd_string("");
    OK(run_text(brief, "whole", options));
    plan = (struct plan){.fail_step = 2};
    ck_assert_int_eq(run_text(brief, "begun", options), GD_FAILED);
    for (size_t allowed = 0; status; allowed++) {
        char name[32];
        snprintf(name, sizeof name, "out-%zu", allowed);
        if (begun)
            results_copy(&scratch, "begun", name);
        plan = (struct plan){.allowed = allowed + 1};
        options.resume = begun;
        status = run_text(brief, name, options);
        ck_assert_msg(!status || out_of_memory(status), "%zu: %s", allowed, error.text);
        ck_assert_msg(plan.leaked == 0, "%zu: %ld pieces leak", allowed, plan.leaked);
        ck_assert_msg(!leftover(name), "%zu: something is left", allowed);
        plan = (struct plan){0};
        char *left = results_left(&scratch, name);
        if (strcmp(left, before) != 0)
            check_goes_on(name, options);
        free(before);
        before = left;
    }
    free(before);
}

START_TEST(short_of_memory_from_the_start)
{
    check_memory(false);
}
END_TEST

START_TEST(short_of_memory_going_on)
{
    check_memory(true);
}
END_TEST

/* A child does the run; its exit status is the run's, or -1 when a signal ended it. */
static int in_child(const char *directory, void (*prepare)(int), int argument, bool resume)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        prepare(argument);
        _exit((int)attempt_nested(directory, resume));
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_killed(const char *directory, bool finished)
{
    if (results_there(&scratch, directory, "run.h5"))
        ck_assert_int_ge(steps_saved(directory), 1);
    if (finished)
        check_same_run("whole", directory);
}

START_TEST(killed_at_any_moment)
{
    results_check_killed(&scratch, attempt_nested, check_killed);
}
END_TEST

/* No file may grow over the limit; write then fails as on a full disk. */
static void limit_files(int bytes)
{
    struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
}

START_TEST(files_too_large)
{
    static const int limits[] = {16, 300, 2000, 100000, 300000, 500000};
    bool resume = false;
    plan.flood = true;
    OK(run_nested("whole", false));
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
        int status = in_child("out", limit_files, limits[k], resume);
        ck_assert_int_eq(status, GD_FAILED);
        check_no_leftovers("out");
        resume = results_there(&scratch, "out", "pipeline.yaml");
        if (results_there(&scratch, "out", "run.h5"))
            ck_assert_int_ge(steps_saved("out"), 1);
    }
    ck_assert(resume);
    OK(run_nested("out", true));
    check_same_run("whole", "out");
}
END_TEST

/* --- The directory ---------------------------------------------------------------------------------------------- */

static void check_refused(enum gd_status status, enum gd_status expected, const char *text)
{
    ck_assert_int_eq(status, expected);
    ck_assert_msg(strstr(error.text, text), "\"%s\" lacks \"%s\"", error.text, text);
}

static void put_file(const char *directory, const char *name)
{
    char path[512], whole[1024];
    snprintf(whole, sizeof whole, "%s/%s", scratch_name(&scratch, directory, path), name);
    OK(gd_directory_make(path, &error));
    OK(gd_file_write(whole, "mine", 4, &error));
}

START_TEST(another_run_is_not_overwritten)
{
    OK(run_nested("out", false));
    OK(run_nested("copy", false));
    check_refused(run_nested("out", false), GD_BAD_INPUT,
                  "already contains the run nested (12 steps done): give --resume");
    check_same_run("copy", "out");
}
END_TEST

START_TEST(files_of_a_run_are_not_overwritten)
{
    static const char *const names[] = {"run.h5", "pipeline.yaml", "metrics.jsonl", "summary.json", "trace.txt"};
    const char *name = names[_i];
    size_t length;
    put_file("out", name);
    check_refused(run_nested("out", false), GD_BAD_INPUT, "--out");
    char *text = results_content(&scratch, "out", name, &length);
    ck_assert_str_eq(text, "mine");
    free(text);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        ck_assert_int_eq(results_there(&scratch, "out", names[k]), (int)k == _i);
    ck_assert(!results_there(&scratch, "out", ".lock"));
}
END_TEST

START_TEST(other_files_do_not_matter)
{
    put_file("out/deep/er", "notes.txt");
    OK(run_nested("out/deep/er", false));
}
END_TEST

START_TEST(nothing_to_resume)
{
    check_refused(run_nested("out", true), GD_BAD_INPUT, "no run to continue");
    ck_assert(!results_there(&scratch, "out", ""));
    put_file("out", "notes.txt");
    check_refused(run_nested("out", true), GD_BAD_INPUT, "no run to continue");
}
END_TEST

START_TEST(finished_run_is_left_alone)
{
    struct heard heard = {.interrupt_at = -1};
    struct stat before, after;
    char path[512];
    OK(run_nested("out", false));
    ck_assert_int_eq(stat(scratch_name(&scratch, "out", path), &before), 0);
    OK(run_heard("out", true, &heard));
    ck_assert_int_eq(heard.starts, 0);
    ck_assert_ptr_nonnull(strstr(heard.last, "already finished"));
    ck_assert_int_eq(stat(path, &after), 0);
    ck_assert_mem_eq(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
}
END_TEST

/* Interrupts the run in its first step, if there is one, and keeps the messages. */
struct told {
    volatile int interrupts;
    int messages;
    char last[256];
};

static void interrupt_and_listen(void *self, const struct gd_event *event)
{
    struct told *told = self;
    if (event->kind == GD_EVENT_STEP_START)
        told->interrupts = 1;
    if (event->kind != GD_EVENT_MESSAGE || !strstr(event->text, "has used"))
        return;
    told->messages++;
    snprintf(told->last, sizeof told->last, "%s", event->text);
}

/* Runs that go on with other kernels say so once; the list of them is kept. */
START_TEST(other_kernels_are_told)
{
    static const struct {
        const char *kernels, *all, *told;
    } runs[] = {
        {"one", "one", NULL},
        {"one", "one", NULL},
        {"none", "one; none", "has used one so far and continues with none"},
        {"none", "one; none", NULL},
        {"one", "one; none; one", "has used one; none so far and continues with one"},
    };
    struct told told = {0};
    struct gd_sink sink = {interrupt_and_listen, &told};
    struct gd_run_options options = {.threads = 1, .sinks = &sink, .sink_count = 1, .interrupted = &told.interrupts};
    for (size_t k = 0; k < sizeof runs / sizeof *runs; k++) {
        told = (struct told){0};
        options.resume = k > 0;
        options.kernels = runs[k].kernels;
        ck_assert_int_eq(run_text(nested, "out", options), GD_INTERRUPTED);
        cJSON *object = summary("out");
        ck_assert_str_eq(cJSON_GetObjectItem(object, "kernels")->valuestring, runs[k].all);
        cJSON_Delete(object);
        ck_assert_int_eq(told.messages, runs[k].told ? 1 : 0);
        ck_assert(!runs[k].told || strstr(told.last, runs[k].told));
    }

    /* Nothing goes on in a finished run. */
    OK(run_text(nested, "out", (struct gd_run_options){.resume = true, .threads = 1, .kernels = "one"}));
    told = (struct told){0};
    options.kernels = "two";
    OK(run_text(nested, "out", options));
    ck_assert_int_eq(told.messages, 0);
}
END_TEST

START_TEST(other_pipelines_do_not_go_on)
{
    char *changed = gd_string(nested);
    struct heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_ptr_nonnull(changed);
    *strstr(changed, "7") = '8';
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    check_refused(run_text(changed, "out", (struct gd_run_options){.resume = true}), GD_BAD_INPUT,
                  "out/pipeline.yaml is of another pipeline: its line 3 is \"seed: 7\", here it is \"seed: 8\"");
    char path[512];
    unlink(scratch_name(&scratch, "out/pipeline.yaml", path));
    check_refused(run_text(changed, "out", (struct gd_run_options){.resume = true}), GD_BAD_INPUT,
                  "out/run.h5 is of another pipeline: its line 3");
    check_saved("out", 3);
    free(changed);
    OK(run_nested("out", true));
    ck_assert(results_there(&scratch, "out", "pipeline.yaml"));
}
END_TEST

START_TEST(metrics_must_belong_to_the_run)
{
    char path[512];
    struct heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    scratch_name(&scratch, "out/metrics.jsonl", path);
    OK(gd_file_write(path, "{\"step\": \"a\", \"seconds\": 1}\n{\"step\"", 36, &error));
    check_refused(run_nested("out", true), GD_BAD_INPUT, "metrics.jsonl:2: not a line of this run");
    unlink(path);
    check_refused(run_nested("out", true), GD_BAD_INPUT, "metrics.jsonl");
}
END_TEST

static void remove_metrics(void)
{
    char path[512];
    ck_assert_int_eq(unlink(scratch_name(&scratch, "out/metrics.jsonl", path)), 0);
}

static void replace_metrics(void)
{
    remove_metrics();
    put_file("out", "metrics.jsonl");
}

START_TEST(metrics_that_go_are_put_back)
{
    void (*const meddlers[])(void) = {remove_metrics, replace_metrics};
    struct heard heard = {.interrupt_at = -1, .meddle_at = 4, .meddle = meddlers[_i]};
    OK(run_nested("whole", false));
    OK(run_heard("out", false, &heard));
    ck_assert_int_eq(heard.messages, 1);
    ck_assert_ptr_nonnull(strstr(heard.last, "metrics.jsonl was removed or replaced"));
    check_same_run("whole", "out");
}
END_TEST

START_TEST(missing_outputs_of_a_finished_run_are_restored)
{
    struct heard heard = {.interrupt_at = -1};
    char path[512];
    OK(run_nested("whole", false));
    OK(run_nested("out", false));
    ck_assert_int_eq(unlink(scratch_name(&scratch, "out/trace.txt", path)), 0);
    OK(run_heard("out", true, &heard));
    ck_assert_int_eq(heard.starts, 0);
    ck_assert_ptr_nonnull(strstr(heard.last, "already finished; restored from run.h5: trace.txt"));
    check_same_run("whole", "out");
}
END_TEST

/* Every file that a run writes, as a link to a file of somebody else's. */
static const char *const written[] = {"run.h5", "pipeline.yaml", "summary.json", "metrics.jsonl", "trace.txt"};

/* What was there goes aside, so that the run can go on from it by way of the link. */
START_TEST(planted_links_are_not_followed)
{
    struct heard heard = {.interrupt_at = 2, .times = 1};
    char name[64], path[512], mine[512], *text;
    size_t length;
    OK(run_nested("whole", false));
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    snprintf(name, sizeof name, "out/%s", written[_i]);
    text = results_content(&scratch, "out", written[_i], &length);
    OK(gd_file_write(scratch_name(&scratch, "mine", mine), text, length, &error));
    ck_assert_int_eq(unlink(scratch_name(&scratch, name, path)), 0);
    ck_assert_int_eq(symlink(mine, path), 0);
    OK(run_nested("out", true));
    char *after = results_content(&scratch, ".", "mine", &length);
    ck_assert_mem_eq(text, after, length);
    free(after);
    free(text);
    check_same_run("whole", "out");
}
END_TEST

START_TEST(a_planted_lock_is_refused)
{
    struct heard heard = {.interrupt_at = 2, .times = 1};
    char path[512], elsewhere[512];
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    ck_assert_int_eq(unlink(scratch_name(&scratch, "out/.lock", path)), 0);
    ck_assert_int_eq(symlink(scratch_name(&scratch, "elsewhere", elsewhere), path), 0);
    check_refused(run_nested("out", true), GD_BAD_INPUT, ".lock was not created by a run");
    ck_assert(access(elsewhere, F_OK) != 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0666), 0);
    check_refused(run_nested("out", true), GD_BAD_INPUT, ".lock was not created by a run");
}
END_TEST

START_TEST(what_a_killed_run_left_is_swept)
{
    struct heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    put_file("out", ".godiff-0123456789abcdef.tmp");
    put_file("out", ".godiff-notes");
    OK(run_nested("out", true));
    check_no_leftovers("out");
    ck_assert(results_there(&scratch, "out", ".godiff-notes"));
}
END_TEST

START_TEST(seconds_go_on_after_a_resume)
{
    char path[512];
    const char lines[] = "{\"step\": \"a\", \"seconds\": 1000}\n{\"step\": \"b\", \"seconds\": 100}\n";
    struct heard heard = {.interrupt_at = 1, .times = 1};
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    scratch_name(&scratch, "out/metrics.jsonl", path);
    OK(gd_file_write(path, lines, strlen(lines), &error));
    OK(run_nested("out", true));
    cJSON *object = summary("out"), *seconds = cJSON_GetObjectItem(object, "seconds");
    ck_assert_double_eq(cJSON_GetObjectItem(cJSON_GetObjectItem(seconds, "by_step"), "a")->valuedouble, 1000);
    ck_assert_double_ge(cJSON_GetObjectItem(seconds, "total")->valuedouble, 1100);
    cJSON_Delete(object);
}
END_TEST

START_TEST(damaged_checkpoints_are_refused)
{
    char path[512];
    struct heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    scratch_name(&scratch, "out/run.h5", path);
    ck_assert_int_eq(truncate(path, 1000), 0);
    check_refused(run_nested("out", true), GD_BAD_INPUT, "run.h5");
    check_refused(run_nested("out", false), GD_BAD_INPUT, "already contains a run");
}
END_TEST

START_TEST(one_process_at_a_time)
{
    char path[512];
    struct heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    int lock = open(scratch_name(&scratch, "out/.lock", path), O_RDONLY);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    check_refused(run_nested("out", true), GD_BAD_INPUT, "is used by another godiff");
    check_saved("out", 3);
    close(lock);
    OK(run_nested("out", true));
}
END_TEST

/* As the child of a killed run may do that was about to try a file. */
START_TEST(a_lock_that_is_let_go_soon)
{
    char path[512], byte;
    int told[2], status;
    struct heard heard = {.interrupt_at = 2, .times = 1};
    ck_assert_int_eq(run_heard("out", false, &heard), GD_INTERRUPTED);
    ck_assert_int_eq(pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
        const struct timespec soon = {.tv_nsec = 50000000};
        int lock = open(scratch_name(&scratch, "out/.lock", path), O_RDONLY);
        bool locked = flock(lock, LOCK_EX) == 0 && write(told[1], "x", 1) == 1;
        nanosleep(&soon, NULL);
        _exit(!locked);
    }
    ck_assert_int_eq(read(told[0], &byte, 1), 1);
    OK(run_nested("out", true));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    close(told[0]);
    close(told[1]);
}
END_TEST

START_TEST(no_place_for_a_directory)
{
    put_file("parent", "file");
    check_refused(run_nested("parent/file/out", false), GD_BAD_INPUT, "Not a directory");
    check_refused(run_nested("parent/file", false), GD_BAD_INPUT, "Not a directory");
}
END_TEST

/* --- A full disk: a tmpfs of 256 KiB in a mount namespace of the child's own ------------------------------------- */

enum { NO_MOUNT = 77 };

static int on_full_disk(void)
{
    char path[512];
    scratch_name(&scratch, "out", path);
    if (mkdir(path, 0777) != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("tmpfs", path, "tmpfs", 0, "size=256k") != 0)
        return NO_MOUNT;
    plan.flood = true;
    if (attempt_nested("out", false) != GD_FAILED || !strstr(error.text, "No space left on device"))
        return 1;
    if (steps_saved("out") != 2 || leftover("out"))
        return 2;
    if (attempt_nested("out", true) != GD_FAILED || steps_saved("out") != 2)
        return 3;
    if (mount("tmpfs", path, "tmpfs", MS_REMOUNT, "size=8m") != 0)
        return NO_MOUNT;
    if (attempt_nested("out", true) != GD_OK || steps_saved("out") != NESTED_STEPS)
        return 4;
    if (mount("tmpfs", path, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=8m") != 0)
        return NO_MOUNT;
    if (attempt_nested("out", true) != GD_OK)
        return 5;
    bool refused = attempt_nested("out/new", false) == GD_BAD_INPUT && strstr(error.text, "Read-only file system");
    return refused ? 0 : 6;
}

START_TEST(full_disk)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(on_full_disk());
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_MOUNT)
        fprintf(stderr, "full_disk: skipped, a tmpfs cannot be mounted here\n");
    else
        ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

Suite *suite_run(void)
{
    Suite *suite = suite_create("run");
    TCase *core = tcase_create("core"), *resume = tcase_create("resume"), *directory = tcase_create("directory");
    tcase_set_timeout(resume, 400);
    tcase_set_tags(resume, "slow");
    tcase_add_checked_fixture(core, setup, teardown);
    tcase_add_test(core, steps_run_in_order);
    tcase_add_test(core, streams_are_named_by_step_execution_and_sample);
    tcase_add_test(core, every_step_has_a_line_of_metrics);
    tcase_add_test(core, summary_tells_of_the_whole_run);
    tcase_add_test(core, pipeline_as_it_ran_can_run_again);
    tcase_add_test(core, threads_change_nothing);
    tcase_add_test(core, sinks_hear_of_every_step);
    tcase_add_checked_fixture(resume, setup, teardown);
    tcase_add_test(resume, interrupted_after_any_step);
    tcase_add_test(resume, interrupted_before_every_step);
    tcase_add_test(resume, interrupt_in_the_last_step_finishes);
    tcase_add_test(resume, second_interrupt_saves_the_last_finished_step);
    tcase_add_test(resume, failing_step);
    tcase_add_test(resume, failing_first_step);
    tcase_add_test(resume, failing_start_is_stopped);
    tcase_add_test(resume, failing_checkpoint);
    tcase_add_test(resume, unwritable_checkpoint);
    tcase_add_test(resume, failing_output);
    tcase_add_test(resume, short_of_memory_from_the_start);
    tcase_add_test(resume, short_of_memory_going_on);
    tcase_add_test(resume, a_lock_that_is_let_go_soon);
    tcase_add_test(resume, killed_at_any_moment);
    tcase_add_test(resume, files_too_large);
    tcase_add_test(resume, full_disk);
    tcase_add_checked_fixture(directory, setup, teardown);
    tcase_add_test(directory, another_run_is_not_overwritten);
    tcase_add_loop_test(directory, files_of_a_run_are_not_overwritten, 0, 5);
    tcase_add_test(directory, other_files_do_not_matter);
    tcase_add_test(directory, nothing_to_resume);
    tcase_add_test(directory, finished_run_is_left_alone);
    tcase_add_test(directory, other_kernels_are_told);
    tcase_add_test(directory, other_pipelines_do_not_go_on);
    tcase_add_test(directory, metrics_must_belong_to_the_run);
    tcase_add_test(directory, seconds_go_on_after_a_resume);
    tcase_add_loop_test(directory, metrics_that_go_are_put_back, 0, 2);
    tcase_add_test(directory, missing_outputs_of_a_finished_run_are_restored);
    tcase_add_loop_test(directory, planted_links_are_not_followed, 0, sizeof written / sizeof *written);
    tcase_add_test(directory, a_planted_lock_is_refused);
    tcase_add_test(directory, what_a_killed_run_left_is_swept);
    tcase_add_test(directory, damaged_checkpoints_are_refused);
    tcase_add_test(directory, one_process_at_a_time);
    tcase_add_test(directory, no_place_for_a_directory);
    suite_add_tcase(suite, core);
    suite_add_tcase(suite, resume);
    suite_add_tcase(suite, directory);
    return suite;
}
