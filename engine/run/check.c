/* The static check: sections are run, slots are followed through the steps, and every stage checks itself. */
#include "engine/run/check.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/language/compare.h"
#include "engine/run/alternative.h"
#include "engine/run/context.h"
#include "engine/run/inputs.h"

struct check {
    const struct gd_pipeline *pipeline;
    struct gd_state *state;
    struct gd_problems *problems;
    bool *written; /* by slot: something before has written it */
    bool *lost;    /* by slot: what has a problem would have written it */
    bool *used;    /* by slot: something looks at it */
    bool *stepped; /* by slot: an earlier step, and not only a section, has written it */
};

/* The slots that a step's stage uses in a way with its parameters, NULL-ended; what is written in a broken step may be
 * anything. */
static bool uses(const struct gd_step *step, const char *slot, enum gd_use use)
{
    return gd_stage_uses(step->stage, step->broken ? NULL : step->self, slot, use);
}

/* Whether a flag is set for any of the slots that a step uses in a way. */
static bool any(const struct check *check, const struct gd_step *step, enum gd_use use, const bool *flags)
{
    const char *const *slots = gd_stage_slots(step->stage, use);
    for (; slots && *slots; slots++)
        if (uses(step, *slots, use) && flags[gd_registry_slot_index(check->pipeline->registry, *slots)])
            return true;
    return false;
}

static void mark(const struct check *check, const char *const *slots, bool *flags, bool value)
{
    for (; slots && *slots; slots++)
        flags[gd_registry_slot_index(check->pipeline->registry, *slots)] = value;
}

/* Whether a step can write a slot, and not only sections. */
static bool step_writes(const struct check *check, const char *slot)
{
    const struct gd_stage *const *stages = gd_registry_stages(check->pipeline->registry);
    for (; *stages; stages++)
        if (!(*stages)->section && gd_stage_uses(*stages, NULL, slot, GD_WRITES))
            return true;
    return false;
}

/* A step of which not even the stage is known may have written any slot that steps write, and looks at any. */
static void follow_unknown(const struct check *check)
{
    const struct gd_slot *const *slots = gd_registry_slots(check->pipeline->registry);
    for (size_t k = 0; slots[k]; k++) {
        check->written[k] |= step_writes(check, slots[k]->name);
        check->used[k] = true;
    }
}

/* A section that is missing, because of a problem, may be any. */
static void discard_sections(const struct check *check)
{
    const struct gd_stage *const *stages = gd_registry_stages(check->pipeline->registry);
    for (; *stages; stages++)
        if ((*stages)->section && !(*stages)->last)
            mark(check, (*stages)->writes, check->lost, true);
}

/* Sets the choices among the rows to combination number `number`; false when there are not so many. */
static bool set_choices(const struct gd_param *rows, void *values, size_t number)
{
    for (; rows && rows->name; rows++) {
        size_t count = 0;
        while (rows->type == GD_CHOICE && rows->choices[count])
            count++;
        if (!count)
            continue;
        *(int *)(void *)((char *)values + rows->offset) = (int)(number % count);
        number /= count;
    }
    return number == 0;
}

/* Whether a stage can be the first to write a slot: with some choices among its parameters it writes the slot and does
 * not read it, as far as that can be found. */
static bool can_begin(const struct check *check, const struct gd_stage *stage, const char *slot)
{
    struct gd_arena arena = {0};
    struct gd_problems problems = {0};
    if (!gd_stage_uses(stage, NULL, slot, GD_WRITES) || !gd_stage_uses(stage, NULL, slot, GD_READS))
        return gd_stage_uses(stage, NULL, slot, GD_WRITES);
    for (const struct gd_param *row = stage->params; row && row->name; row++)
        if (gd_row_dispensable(row)) /* with or without it, the stage may do something else */
            return true;
    void *values = gd_arena_alloc(&arena, 1, stage->size);
    bool begins = !values || gd_params_parse(stage->params, check->pipeline->registry, NULL, (struct gd_place){0},
                                             values, &arena, &problems) != GD_OK;
    for (size_t k = 0; !begins && set_choices(stage->params, values, k); k++)
        begins = gd_stage_uses(stage, values, slot, GD_WRITES) && !gd_stage_uses(stage, values, slot, GD_READS);
    gd_problems_clear(&problems);
    gd_arena_clear(&arena);
    return begins;
}

/* The stages that write a slot that is not there, a new string; NULL when out of memory. *sections: all of them are
 * sections. */
static char *list_writers(const struct check *check, const char *slot, bool *sections)
{
    struct gd_text text = {0};
    const struct gd_stage *const *stages = gd_registry_stages(check->pipeline->registry);
    *sections = true;
    for (; *stages; stages++)
        if (can_begin(check, *stages, slot)) {
            gd_text_print(&text, "%s%s", text.length ? ", " : "", (*stages)->name);
            *sections = *sections && (*stages)->section;
        }
    *sections = *sections && text.length;
    return gd_text_take(&text);
}

/* "; to do without it: from: uniform", where there is such a way; a new string, NULL when out of memory. */
static char *find_way(const struct check *check, const struct gd_step *step, const char *slot)
{
    const size_t count = gd_registry_slot_count(check->pipeline->registry);
    char *text = NULL, *way = NULL;
    bool *there = gd_array(count, sizeof *there);
    for (size_t k = 0; there && k < count; k++)
        there[k] = check->written[k] || check->lost[k];
    if (there && gd_alternative_find(step, check->pipeline->registry, slot, there, &text) == GD_OK)
        way = text ? gd_format("; to do without it: %s", text) : gd_string("");
    free(text);
    free(there);
    return way;
}

/* "reads the slot "batch", which no earlier step writes (written by: seed, sample)". That a section is missing is said
 * once, at the first step that reads what it writes. names: of the slot, or of those of which it is one. */
static void report_unwritten(const struct check *check, const struct gd_step *step, const char *verb, const char *slot,
                             const char *names)
{
    bool sections;
    char *writers = list_writers(check, slot, &sections), *way = find_way(check, step, slot);
    if (!writers || !way)
        check->problems->overflow = true;
    else if (sections) {
        gd_problem_add(check->problems, step->place, "section \"%s\" is missing: %s %s the slot \"%s\"%s", writers,
                       step->id, verb, names, way);
        check->lost[gd_registry_slot_index(check->pipeline->registry, slot)] = true;
    } else
        gd_problem_add(check->problems, step->place,
                       "%s: %s the slot \"%s\", which no earlier step writes (written by: %s)%s", step->id, verb, names,
                       *writers ? writers : "no stage", way);
    free(way);
    free(writers);
}

/* Follows a slot into a step. False when it is not there; `verb` says what the step does with it. */
static bool follow_slot(const struct check *check, const struct gd_step *step, const char *verb, const char *slot)
{
    int index = gd_registry_slot_index(check->pipeline->registry, slot);
    bool there = check->written[index] || check->lost[index];
    check->used[index] = true;
    if (!there)
        report_unwritten(check, step, verb, slot, slot);
    return there;
}

/* Follows the slots of which a stage reads either. False when none is there. */
static bool follow_either(const struct check *check, const struct gd_step *step)
{
    const char *const *slots = step->broken && step->stage->uses ? NULL : step->stage->either;
    const char *first = NULL;
    struct gd_text text = {0};
    bool there = false;
    for (; slots && *slots; slots++) {
        const int index = gd_registry_slot_index(check->pipeline->registry, *slots);
        if (!uses(step, *slots, GD_EITHER))
            continue;
        check->used[index] = true;
        there = there || check->written[index] || check->lost[index];
        gd_text_print(&text, "%s%s", first ? "\" or \"" : "", *slots);
        first = *slots;
    }
    char *names = gd_text_take(&text);
    if (!names)
        check->problems->overflow = true;
    else if (first && !there)
        report_unwritten(check, step, "reads", first, names);
    free(names);
    return there || !first;
}

/* Follows the slots through one stage. False when it reads what is not there. Which slots a broken step reads cannot be
 * said when that depends on its parameters. */
static bool follow(const struct check *check, const struct gd_step *step)
{
    bool complete = true;
    const char *const *slots = step->broken && step->stage->uses ? NULL : step->stage->reads;
    for (; slots && *slots; slots++)
        if (uses(step, *slots, GD_READS))
            complete = follow_slot(check, step, "reads", *slots) && complete;
    complete = follow_either(check, step) && complete;
    for (slots = step->stage->may_read; slots && *slots; slots++)
        check->used[gd_registry_slot_index(check->pipeline->registry, *slots)] |= uses(step, *slots, GD_MAY_READ);
    for (slots = step->stage->writes; slots && *slots; slots++)
        if (uses(step, *slots, GD_WRITES))
            check->written[gd_registry_slot_index(check->pipeline->registry, *slots)] = true;
    return complete;
}

/* Runs a stage's own check, when what it reads is not lost. False when it cannot, or found a problem. */
static bool check_stage(struct check *check, const struct gd_step *step)
{
    size_t before = check->problems->count;
    struct gd_check own = {check->state, step, check->problems, check->stepped, check->pipeline};
    if (step->broken || any(check, step, GD_READS, check->lost) || any(check, step, GD_EITHER, check->lost) ||
        any(check, step, GD_MAY_READ, check->lost))
        return false;
    if (step->stage->check)
        step->stage->check(&own, step->self);
    return check->problems->count == before && !check->problems->overflow;
}

static enum gd_status run_section(const struct gd_pipeline *pipeline, const struct gd_step *section,
                                  struct gd_state *state, uint32_t execution, struct gd_error *error)
{
    static const struct gd_events silent = {0};
    const struct gd_stage *stage = section->stage;
    struct gd_context context = {
        .state = state,
        .error = error,
        .events = &silent,
        .step = section->path,
        .stage = stage,
        .seed = pipeline->seed,
        .execution = execution,
        .iterations = 1,
        .threads = 1,
        .device = "cpu",
        .precision = "float32",
    };
    enum gd_status status = stage->start ? gd_stage_call(stage, stage->start, &context, section->self) : GD_OK;
    if (!status)
        status = gd_stage_call(stage, stage->run, &context, section->self);
    if (stage->stop)
        stage->stop(section->self);
    return gd_status_require_message(status, error, stage->name);
}

enum gd_status gd_sections_run(const struct gd_pipeline *pipeline, struct gd_state *state, uint32_t execution,
                               struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < pipeline->section_count && !status; k++)
        status = run_section(pipeline, &pipeline->sections[k], state, execution, error);
    return status;
}

/* Checks and runs a section. What it would have written is lost when it cannot run. */
static enum gd_status check_section(struct check *check, const struct gd_step *section)
{
    struct gd_error error = {0};
    struct gd_check own = {check->state, section, check->problems, check->stepped, check->pipeline};
    enum gd_status status = GD_OK;
    bool runs = follow(check, section) && check_stage(check, section);
    if (runs)
        status = run_section(check->pipeline, section, check->state, 0, &error);
    if (status == GD_NO_MEMORY)
        return status;
    if (status)
        gd_check_failure(&own, NULL, &error);
    mark(check, section->stage->writes, check->lost, !runs || status);
    return GD_OK;
}

/* --- Pipelines ---------------------------------------------------------------------------------------------------- */

static enum gd_status check_all(struct check *check, const char *const *given);

static enum gd_status start(struct check *check, const struct gd_pipeline *pipeline, struct gd_state *state,
                            struct gd_problems *problems)
{
    size_t slots = 0;
    while (gd_registry_slots(pipeline->registry)[slots])
        slots++;
    *check = (struct check){pipeline,
                            state,
                            problems,
                            gd_array(slots, sizeof(bool)),
                            gd_array(slots, sizeof(bool)),
                            gd_array(slots, sizeof(bool)),
                            gd_array(slots, sizeof(bool))};
    return check->written && check->lost && check->used && check->stepped && state ? GD_OK : GD_NO_MEMORY;
}

static void stop(struct check *check)
{
    free(check->written);
    free(check->lost);
    free(check->used);
    free(check->stepped);
}

enum gd_status gd_slot_check_fits(const char *name, const struct gd_state *from, const struct gd_state *to,
                                  struct gd_error *error)
{
    const struct gd_registry *registry = gd_state_registry(to);
    const struct gd_slot *slot = gd_registry_slots(registry)[gd_registry_slot_index(registry, name)];
    struct gd_error why = {0};
    enum gd_status status =
        slot->fits ? gd_status_require_message(slot->fits(from, to, &why), &why, slot->name) : GD_OK;
    return status ? gd_fail(error, status, "%s is incompatible: %s", name, why.text) : GD_OK;
}

/* The section of a pipeline with this name; NULL: it has none that can be compared. */
static const struct gd_step *find_section(const struct gd_pipeline *pipeline, const char *name)
{
    for (size_t k = 0; k < pipeline->section_count; k++)
        if (strcmp(pipeline->sections[k].stage->name, name) == 0)
            return pipeline->sections[k].broken ? NULL : &pipeline->sections[k];
    return NULL;
}

/* Files at two paths are the same when they have the same content. */
static enum gd_status compare_contents(const void *context, const char *former, const char *now, bool *same,
                                       struct gd_error *error)
{
    char digest[GD_DIGEST_SIZE], other[GD_DIGEST_SIZE];
    double bytes;
    (void)context;
    enum gd_status status = gd_input_digest(former, digest, &bytes);
    if (!status)
        status = gd_input_digest(now, other, &bytes);
    if (!status)
        *same = strcmp(digest, other) == 0;
    return status == GD_NO_MEMORY ? gd_no_memory(error, now) : GD_OK;
}

/* GD_BAD_INPUT with the first difference when the section that a slot depends on is another one in another pipeline. */
static enum gd_status check_depends(const struct gd_slot *slot, const struct gd_pipeline *from,
                                    const struct gd_pipeline *to, struct gd_error *error)
{
    const struct gd_step *former = slot->depends ? find_section(from, slot->depends) : NULL,
                         *now = slot->depends ? find_section(to, slot->depends) : NULL;
    struct gd_tree tree = {0}, other = {0};
    if (!former || !now)
        return GD_OK;
    char *lead = gd_format("%s is incompatible: it depends on the section %s, which is another one in %s", slot->name,
                           slot->depends, from->tree.file);
    const struct gd_compare_options comparison = {.registry = to->registry,
                                                  .file = from->tree.file,
                                                  .section = slot->depends,
                                                  .lead = lead,
                                                  .moved = compare_contents};
    enum gd_status status =
        lead && gd_pipeline_section_tree(from, former, &tree) && gd_pipeline_section_tree(to, now, &other)
            ? gd_pipelines_compare(&comparison, tree.root, other.root, error)
            : gd_no_memory(error, slot->name);
    gd_tree_clear(&tree);
    gd_tree_clear(&other);
    free(lead);
    return status;
}

/* Reports the values that do not fit where they go, or hardly; `key` says which way that is. */
static void check_fits(const struct gd_step *step, const char *key, const char *const *slots, const struct check *from,
                       const struct check *to)
{
    struct gd_check report = {to->state, step, to->problems, to->stepped, to->pipeline};
    for (; *slots; slots++) {
        const struct gd_registry *registry = from->pipeline->registry;
        const struct gd_slot *slot = gd_registry_slots(registry)[gd_registry_slot_index(registry, *slots)];
        struct gd_error error = {0};
        char text[600];
        if (check_depends(slot, from->pipeline, to->pipeline, &error) ||
            gd_slot_check_fits(*slots, from->state, to->state, &error))
            gd_check_failure(&report, key, &error);
        else if (slot->doubt && slot->doubt(from->state, to->state, text, sizeof text))
            gd_check_warning(&report, key, "%s", text);
    }
}

/* What the step takes must have been written in its pipeline. */
static void check_take(const struct check *outer, const struct gd_step *step, const struct check *inner)
{
    struct gd_check report = {outer->state, step, outer->problems, outer->stepped, outer->pipeline};
    for (const char *const *slot = step->take; *slot; slot++) {
        int index = gd_registry_slot_index(inner->pipeline->registry, *slot);
        if (!inner->written[index] && !inner->lost[index])
            gd_check_problem(&report, "take", "no step in %s writes the slot \"%s\"", inner->pipeline->tree.file,
                             *slot);
    }
}

/* A pipeline in a step, in a state of its own. */
static enum gd_status check_pipeline(struct check *outer, const struct gd_step *step)
{
    size_t before = outer->problems->count;
    struct gd_state *state = gd_state_new(outer->pipeline->registry);
    struct check inner;
    enum gd_status status = start(&inner, step->pipeline, state, outer->problems);
    for (const char *const *slot = step->give; slot && *slot; slot++)
        follow_slot(outer, step, "gives", *slot);
    if (!status) {
        mark(&inner, step->take, inner.used, true);
        status = check_all(&inner, step->give);
    }
    if (!status && !step->broken)
        check_take(outer, step, &inner);
    if (!status && !step->broken && outer->problems->count == before) {
        check_fits(step, "give", step->give, outer, &inner);
        check_fits(step, "take", step->take, &inner, outer);
    }
    mark(outer, step->take, outer->written, true);
    mark(outer, step->take, outer->stepped, true);
    stop(&inner);
    gd_state_free(state);
    return status;
}

/* A step of which not even the stage is known. */
static bool unknown(const struct gd_step *step)
{
    return step->broken && !step->self && !step->pipeline && !step->count;
}

/* What a loop's condition reads must be there after the first iteration; and its own check. */
static void check_until(struct check *check, const struct gd_step *loop)
{
    const struct gd_until *until = (const struct gd_until *)loop->until.component;
    struct gd_check own = {check->state, loop, check->problems, check->stepped, check->pipeline};
    for (const char *const *slot = until ? until->reads : NULL; slot && *slot; slot++)
        follow_slot(check, loop, "until reads", *slot);
    if (until && until->check && !loop->broken)
        until->check(&own, loop->until.params);
}

static void mark_written(const struct check *check, const struct gd_step *step, bool *flags)
{
    for (const char *const *slot = step->stage->writes; slot && *slot; slot++)
        if (uses(step, *slot, GD_WRITES))
            flags[gd_registry_slot_index(check->pipeline->registry, *slot)] = true;
}

static enum gd_status check_steps(struct check *check, const struct gd_step *steps, size_t count)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < count && !status; k++) {
        if (unknown(&steps[k])) {
            follow_unknown(check);
        } else if (steps[k].pipeline) {
            status = check_pipeline(check, &steps[k]);
        } else if (steps[k].stage) {
            follow(check, &steps[k]);
            mark(check, steps[k].stage->writes, check->used, true);
            check_stage(check, &steps[k]);
            mark_written(check, &steps[k], check->stepped);
        } else {
            status = check_steps(check, steps[k].steps, steps[k].count);
            check_until(check, &steps[k]);
        }
    }
    return status;
}

/* Warns of sections that were written although nothing looks at what they make. A script's functions may look at
 * anything. */
static void check_used(const struct check *check)
{
    const struct gd_pipeline *pipeline = check->pipeline;
    for (size_t k = 0; k < pipeline->section_count && pipeline->count > 0 && !pipeline->tree.source; k++) {
        const struct gd_step *section = &pipeline->sections[k];
        bool used = section->stage->required || section->broken;
        for (const char *const *slot = section->stage->writes; slot && *slot && !used; slot++)
            used = check->used[gd_registry_slot_index(pipeline->registry, *slot)];
        if (!used)
            gd_warning_add(check->problems, section->place, "%s: no step uses this section", section->stage->name);
    }
}

/* Sections, then steps. `given`: slots that have values before the first step. */
static enum gd_status check_all(struct check *check, const char *const *given)
{
    const struct gd_pipeline *pipeline = check->pipeline;
    enum gd_status status = GD_OK;
    if (pipeline->broken)
        discard_sections(check);
    for (size_t k = 0; k < pipeline->section_count && !status; k++)
        status = check_section(check, &pipeline->sections[k]);
    mark(check, given, check->written, true);
    mark(check, given, check->stepped, true);
    if (!status)
        status = check_steps(check, pipeline->steps, pipeline->count);
    if (!status)
        check_used(check);
    return status;
}

enum gd_status gd_pipeline_check(struct gd_pipeline *pipeline, struct gd_state *state, struct gd_problems *problems)
{
    struct check check;
    enum gd_status status = start(&check, pipeline, state, problems);
    if (!status)
        status = check_all(&check, pipeline->given);
    stop(&check);
    if (status == GD_NO_MEMORY || problems->overflow)
        return GD_NO_MEMORY;
    return problems->count ? GD_BAD_INPUT : GD_OK;
}
