#include "unit/lua/helpers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/run/check.h"
#include "engine/run/run.h"
#include "stages/stages.h"
#include "unit/scratch.h"

struct gd_registry *registry;
static struct scratch scratch;

static void open(bool trusted)
{
    struct gd_error error = {0};
    registry = gd_registry_new();
    ck_assert_ptr_nonnull(registry);
    ck_assert_msg(gd_stages_register(registry, &error) == GD_OK, "%s", error.text);
    ck_assert_msg(gd_lua_register(registry, trusted, &error) == GD_OK, "%s", error.text);
    scratch = scratch_make();
}

void setup(void)
{
    open(false);
}

void setup_trusted(void)
{
    open(true);
}

void teardown(void)
{
    gd_registry_free(registry);
    scratch_remove(&scratch);
}

char *problem_lines(const struct gd_problems *problems)
{
    struct gd_text text = {0};
    char place[512];
    gd_text_add(&text, "", 0);
    for (size_t k = 0; k < problems->count; k++)
        gd_text_print(&text, "%s: %s\n", gd_format_place(problems->items[k].place, place, sizeof place),
                      problems->items[k].text);
    char *lines = gd_text_take(&text);
    return lines ? lines : gd_string("");
}

/* Everything between a script and a pipeline that can run. */
static enum gd_status open_script(const char *text, struct gd_pipeline *pipeline, struct gd_state *state,
                                  struct gd_problems *problems)
{
    struct gd_tree tree = {0};
    struct gd_error error = {0};
    char path[512];
    scratch_name(&scratch, "s.lua", path);
    ck_assert_int_eq(gd_file_write(path, text, strlen(text), &error), GD_OK);
    enum gd_status status = gd_registry_read(registry, path, &tree, problems);
    if (!status)
        status = gd_pipeline_build(pipeline, registry, &tree, NULL, 0, problems);
    else
        gd_tree_clear(&tree);
    if (!status)
        status = gd_pipeline_check(pipeline, state, problems);
    return status;
}

void open_pipeline(const char *text, struct gd_pipeline *pipeline, struct gd_state *state)
{
    struct gd_problems problems = {0};
    enum gd_status status = open_script(text, pipeline, state, &problems);
    ck_assert_msg(!status, "%s", problems.count ? problems.items[0].text : "no problem reported");
    gd_problems_clear(&problems);
}

/* Takes the folder out of the messages. */
static void shorten(char *text)
{
    size_t length = strlen(scratch.path) + 1;
    for (char *at; (at = strstr(text, scratch.path));)
        memmove(at, at + length, strlen(at + length) + 1);
}

enum gd_status check_script(const char *text, char **problems)
{
    struct gd_pipeline pipeline = {0};
    struct gd_problems found = {0};
    struct gd_state *state = gd_state_new(registry);
    enum gd_status status = open_script(text, &pipeline, state, &found);
    *problems = problem_lines(&found);
    shorten(*problems);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&found);
    return status;
}

static enum gd_status run_with(const char *text, struct gd_run_options *options, const char *directory,
                               struct gd_error *error)
{
    struct gd_pipeline pipeline = {0};
    struct gd_state *state = gd_state_new(registry);
    char path[512];
    options->directory = scratch_name(&scratch, directory, path);
    options->threads = 1;
    options->version = "test";
    *error = (struct gd_error){0};
    open_pipeline(text, &pipeline, state);
    enum gd_status status = gd_run(&pipeline, state, options, error);
    shorten(error->text);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    return status;
}

enum gd_status run_script(const char *text, const char *directory, bool resume, struct gd_error *error)
{
    struct gd_run_options options = {.resume = resume};
    return run_with(text, &options, directory, error);
}

/* A sink; `self` is the count of interrupts. */
static void interrupt_at_x(void *self, const struct gd_event *event)
{
    if (event->kind == GD_EVENT_STEP_START && !strcmp(event->step, "x"))
        *(volatile int *)self = 2;
}

enum gd_status run_script_interrupted(const char *text, volatile int *interrupts, struct gd_error *error)
{
    const struct gd_sink sink = {interrupt_at_x, (void *)interrupts};
    struct gd_run_options options = {.sinks = &sink, .sink_count = 1, .interrupted = interrupts};
    return run_with(text, &options, "run", error);
}

char *result(const char *directory, const char *name)
{
    struct gd_error error = {0};
    char path[512], whole[1024], *text;
    snprintf(whole, sizeof whole, "%s/%s", scratch_name(&scratch, directory, path), name);
    ck_assert_msg(gd_file_read(whole, &text, NULL, &error) == GD_OK, "%s", error.text);
    return text;
}

void check_last_step(const char *text, const char *part)
{
    struct gd_error error;
    enum gd_status status = run_script(text, "run", false, &error);
    ck_assert_msg(!status, "%s", error.text);
    char *metrics = result("run", "metrics.jsonl"), *last = metrics;
    for (char *line = metrics; *line; line = strchr(line, '\n') + 1)
        if (strncmp(line, "{\"step\":\"minima\"", 16) != 0) /* which a run ends with */
            last = line;
    ck_assert_msg(strstr(last, part), "%s", last);
    free(metrics);
}
