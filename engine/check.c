/* The static check: sections are run, slots are followed through the steps, and every stage checks itself. */
#include <stdlib.h>
#include <string.h>

#include "engine/pipeline_priv.h"

struct check {
    const struct gd_pipeline *pipeline;
    struct gd_state *state;
    struct gd_problems *problems;
    bool *written; /* by slot: something before has written it */
    bool *lost;    /* by slot: a section that failed would have written it */
};

void gd_check_problem(struct gd_check *check, const char *key, const char *format, ...)
{
    const struct gd_step *step = check->step;
    const char *word = step->stage ? step->stage->name : "loop";
    struct gd_place place = key ? gd_params_place(step->node, key, step->place) : step->place;
    va_list arguments;
    va_start(arguments, format);
    char *text = gd_format_list(format, arguments);
    va_end(arguments);
    if (text)
        gd_problem(check->problems, place, "%s%s%s: %s", word, key ? "." : "", key ? key : "", text);
    else
        check->problems->overflow = true;
    free(text);
}

/* Whether a flag is set for any of the NULL-ended slots. */
static bool any(const struct check *check, const char *const *slots, const bool *flags)
{
    for (; slots && *slots; slots++)
        if (flags[gd_registry_slot_index(check->pipeline->registry, *slots)])
            return true;
    return false;
}

static void mark(const struct check *check, const char *const *slots, bool *flags)
{
    for (; slots && *slots; slots++)
        flags[gd_registry_slot_index(check->pipeline->registry, *slots)] = true;
}

static bool writes(const struct gd_stage *stage, const char *slot)
{
    for (const char *const *name = stage->writes; name && *name; name++)
        if (!strcmp(*name, slot))
            return true;
    return false;
}

/* "reads the slot "batch", which nothing before it writes (written by seed, sample)" */
static void report_unwritten(const struct check *check, const struct gd_step *step, const char *slot)
{
    struct gd_text text = {0};
    const struct gd_stage *const *stages = gd_registry_stages(check->pipeline->registry);
    for (; *stages; stages++)
        if (writes(*stages, slot))
            gd_text_print(&text, "%s%s", text.length ? ", " : "", (*stages)->name);
    char *writers = gd_text_take(&text);
    if (writers)
        gd_problem(check->problems, step->place,
                   "%s: reads the slot \"%s\", which nothing before it writes (written by: %s)", step->stage->name,
                   slot, *writers ? writers : "no stage");
    else
        check->problems->overflow = true;
    free(writers);
}

/* Follows the slots through one stage. False when it reads what is not there. */
static bool follow(struct check *check, const struct gd_step *step)
{
    bool complete = true;
    for (const char *const *slot = step->stage->reads; slot && *slot; slot++) {
        int index = gd_registry_slot_index(check->pipeline->registry, *slot);
        if (check->written[index] || check->lost[index])
            continue;
        report_unwritten(check, step, *slot);
        complete = false;
    }
    mark(check, step->stage->writes, check->written);
    return complete;
}

/* Runs a stage's own check, when what it reads is not lost. False when it found a problem. */
static bool check_stage(struct check *check, const struct gd_step *step)
{
    size_t before = check->problems->count;
    struct gd_check own = {check->state, step, check->problems};
    if (step->stage->check && !any(check, step->stage->reads, check->lost))
        step->stage->check(&own, step->self);
    return check->problems->count == before && !check->problems->overflow;
}

static enum gd_status run_stage(const struct check *check, const struct gd_step *step, struct gd_error *error)
{
    static const struct gd_events silent = {0};
    const struct gd_stage *stage = step->stage;
    struct gd_context context = {
        .state = check->state,
        .error = error,
        .events = &silent,
        .step = step->id,
        .stage = stage,
        .seed = check->pipeline->seed,
        .iterations = 1,
        .threads = 1,
        .device = "cpu",
    };
    enum gd_status status = stage->start ? stage->start(&context, step->self) : GD_OK;
    if (status == GD_OK)
        status = stage->run(&context, step->self);
    if (stage->stop)
        stage->stop(step->self);
    return status;
}

/* Checks and runs a section. What it would have written is lost when it cannot run. */
static enum gd_status check_section(struct check *check, const struct gd_step *section)
{
    struct gd_error error = {0};
    enum gd_status status = GD_OK;
    bool runs =
        follow(check, section) && !any(check, section->stage->reads, check->lost) && check_stage(check, section);
    if (runs)
        status = run_stage(check, section, &error);
    if (status == GD_NO_MEMORY)
        return status;
    if (status != GD_OK)
        gd_problem(check->problems, section->place, "%s: %s", section->id, error.status ? error.text : "failed");
    if (!runs || status != GD_OK)
        mark(check, section->stage->writes, check->lost);
    return GD_OK;
}

static void check_steps(struct check *check, const struct gd_step *steps, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        if (steps[k].stage) {
            follow(check, &steps[k]);
            check_stage(check, &steps[k]);
        } else {
            check_steps(check, steps[k].steps, steps[k].count);
        }
    }
}

enum gd_status gd_pipeline_check(struct gd_pipeline *pipeline, struct gd_state *state, struct gd_problems *problems)
{
    size_t before = problems->count, slots = 0;
    while (gd_registry_slots(pipeline->registry)[slots])
        slots++;
    struct check check = {pipeline, state, problems, gd_array(slots, sizeof(bool)), gd_array(slots, sizeof(bool))};
    enum gd_status status = check.written && check.lost ? GD_OK : GD_NO_MEMORY;
    for (size_t k = 0; k < pipeline->section_count && status == GD_OK; k++)
        status = check_section(&check, &pipeline->sections[k]);
    if (status == GD_OK)
        check_steps(&check, pipeline->steps, pipeline->count);
    free(check.written);
    free(check.lost);
    if (status == GD_NO_MEMORY || problems->overflow)
        return GD_NO_MEMORY;
    return problems->count > before ? GD_BAD_INPUT : GD_OK;
}
