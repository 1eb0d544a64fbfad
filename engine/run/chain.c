/* Pipelines in one another while they run: each works on a state of its own, made when its steps begin and gone when
 * they have ended. What it hands on are values of slots; what else it leaves are files.
 *
 * In run.h5 the state of the pipeline in step `a` is in the group pipelines/a, of one in its step `b` in
 * pipelines/a/pipelines/b. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/run/check.h"
#include "engine/run/run_priv.h"

/* Whether the values of these slots have a place in `to`; `word` is for the message. */
static enum gd_status check_fits(const struct gd_run *run, const char *const *slots, const struct gd_state *from,
                                 const struct gd_state *to, const char *word)
{
    const struct gd_registry *registry = run->pipeline->registry;
    enum gd_status status = GD_OK;
    for (; *slots && !status; slots++) {
        const struct gd_slot *slot = gd_registry_slots(registry)[gd_registry_slot_index(registry, *slots)];
        struct gd_error error = {0};
        status = slot->fits ? gd_outcome(slot->fits(from, to, &error), &error, slot->name) : GD_OK;
        if (status)
            gd_fail(run->error, status, "%s: %s: %s does not fit: %s", gd_cursor_step(&run->cursor)->path, word, *slots,
                    error.text);
    }
    return status;
}

/* A new state for the pipeline of a step, its sections run. */
static enum gd_status make_state(struct gd_run *run, const struct gd_step *step, struct gd_state **state)
{
    *state = gd_state_new(run->pipeline->registry);
    if (!*state)
        return gd_no_memory(run->error, step->path);
    uint32_t execution = (uint32_t)gd_run_leaf(run, step->path)->executions;
    return gd_sections_run(step->pipeline, *state, execution, run->error);
}

enum gd_status gd_chain_enter(struct gd_run *run)
{
    const struct gd_step *step = gd_cursor_step(&run->cursor);
    const struct gd_state *outer = gd_cursor_base(&run->cursor)->state;
    struct gd_state *state = NULL;
    enum gd_status status = make_state(run, step, &state);
    if (!status)
        status = check_fits(run, step->give, outer, state, "give");
    for (const char *const *slot = step->give; *slot && !status; slot++)
        status = gd_state_copy(state, outer, *slot, run->error);
    if (status)
        gd_state_free(state);
    else
        gd_cursor_enter(&run->cursor, state);
    return status;
}

enum gd_status gd_chain_finish(struct gd_run *run)
{
    const struct gd_step *step = gd_cursor_step(&run->cursor);
    struct gd_part *part = gd_run_part(run, step->pipeline);
    struct gd_state *inner = run->cursor.frames[run->cursor.depth - 1].state;
    struct gd_state *outer = gd_cursor_base(&run->cursor)->state;
    enum gd_status status = check_fits(run, step->take, inner, outer, "take");
    if (!status)
        status = gd_outputs_write(run, part, inner);
    if (!status)
        status = gd_summary_write(run, part, GD_OK, inner);
    for (const char *const *slot = step->take; *slot && !status; slot++)
        status = gd_state_move(outer, inner, *slot, run->error);
    return status;
}

/* The group of the pipeline at this path: "a/b" gives "pipelines/a/pipelines/b". New string. */
static char *group_path(const char *path)
{
    struct gd_text text = {0};
    while (*path) {
        size_t length = strcspn(path, "/");
        gd_text_print(&text, "%spipelines/%.*s", text.length ? "/" : "", (int)length, path);
        path += length + (path[length] == '/');
    }
    return gd_text_take(&text);
}

static enum gd_status save_inner(const struct gd_run *run, struct gd_h5 *file, const struct gd_frame *frame)
{
    struct gd_h5 *group = NULL;
    char *path = group_path(frame->step->path);
    enum gd_status status = path ? gd_h5_write_group(file, path, run->error) : gd_no_memory(run->error, "a path");
    if (!status)
        status = gd_h5_open_group(file, path, &group, run->error);
    if (!status)
        status = gd_state_save(frame->state, group, run->error);
    free(path);
    return status;
}

static enum gd_status load_inner(struct gd_run *run, struct gd_h5 *file, struct gd_frame *frame)
{
    struct gd_h5 *group = NULL;
    char *path = group_path(frame->step->path);
    enum gd_status status = path ? GD_OK : gd_no_memory(run->error, "a path");
    if (!status)
        status = gd_h5_open_group(file, path, &group, run->error);
    if (!status)
        status = make_state(run, frame->step, &frame->state);
    if (!status)
        status = gd_state_load(frame->state, group, run->error);
    free(path);
    return status;
}

enum gd_status gd_chain_save(const struct gd_run *run, struct gd_h5 *file)
{
    enum gd_status status = gd_state_save(run->state, file, run->error);
    for (size_t k = 1; k < run->cursor.depth && !status; k++)
        if (run->cursor.frames[k].step->pipeline)
            status = save_inner(run, file, &run->cursor.frames[k]);
    return status;
}

enum gd_status gd_chain_load(struct gd_run *run, struct gd_h5 *file)
{
    enum gd_status status = gd_state_load(run->state, file, run->error);
    for (size_t k = 1; k < run->cursor.depth && !status; k++)
        if (run->cursor.frames[k].step->pipeline)
            status = load_inner(run, file, &run->cursor.frames[k]);
    return status;
}
