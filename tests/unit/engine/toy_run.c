#include "unit/engine/toy_run.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "unit/engine/failing.h"
#include "unit/engine/toy.h"

struct toy toy;

void toy_setup(void)
{
    toy = (struct toy){.scratch = scratch_make(), .registry = gd_registry_new()};
    OK(toy_stages_add(toy.registry, &toy.error));
}

void toy_teardown(void)
{
    gd_registry_free(toy.registry);
    scratch_remove(&toy.scratch);
}

enum gd_status toy_build_outer(struct gd_pipeline *pipeline, const char *text, const struct gd_override *overrides,
                               size_t count, struct gd_problems *problems)
{
    char path[512];
    scratch_name(&toy.scratch, "outer.yaml", path);
    return toy_build(pipeline, toy.registry, path, text, overrides, count, problems);
}

/* A run whose allocations, those of cJSON included, fail from some point on. */
static enum gd_status run_short_of_memory(struct gd_pipeline *pipeline, struct gd_state *state,
                                          const struct gd_run_options *options)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = malloc, .free_fn = free});
    failing_start(toy.plan.allowed - 1);
    enum gd_status status = gd_run(pipeline, state, options, &toy.error);
    for (const struct gd_slot *const *slots = gd_registry_slots(toy.registry); *slots; slots++)
        gd_state_put(state, (*slots)->name, NULL, NULL);
    toy.plan.leaked = failing_stop();
    cJSON_InitHooks(NULL);
    return status;
}

enum gd_status toy_attempt(const char *text, const char *directory, struct gd_run_options options)
{
    char path[512];
    struct gd_pipeline pipeline;
    struct gd_problems problems = {0};
    struct gd_state *state = gd_state_new(toy.registry);
    toy.error = (struct gd_error){0};
    options.directory = scratch_name(&toy.scratch, directory, path);
    options.version = "test";
    enum gd_status status = toy_build_outer(&pipeline, text, NULL, 0, &problems);
    if (!status)
        status = gd_pipeline_check(&pipeline, state, &problems);
    if (status)
        gd_fail(&toy.error, status, "%s", problems.count ? problems.items[0].text : "no problem reported");
    else if (toy.plan.allowed)
        status = run_short_of_memory(&pipeline, state, &options);
    else
        status = gd_run(&pipeline, state, &options, &toy.error);
    gd_state_free(state);
    gd_pipeline_clear(&pipeline);
    gd_problems_clear(&problems);
    return status;
}

enum gd_status toy_run(const char *text, const char *directory, struct gd_run_options options)
{
    enum gd_status status = toy_attempt(text, directory, options);
    ck_assert_int_eq(status, toy.error.status);
    return status;
}

void toy_check_refused(enum gd_status status, const char *text)
{
    ck_assert_int_eq(status, GD_BAD_INPUT);
    ck_assert_msg(strstr(toy.error.text, text), "\"%s\" lacks \"%s\"", toy.error.text, text);
}

bool toy_ran_out_of_memory(enum gd_status status)
{
    return status == GD_NO_MEMORY || (status == GD_BAD_INPUT && strstr(toy.error.text, "metrics.jsonl:"));
}
