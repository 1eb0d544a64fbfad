/* Pipelines in one another while they run: each works on a state of its own, made when its steps begin and gone when
 * they have ended. What it passes on are values of slots; what else it leaves are files.
 *
 * In run.h5 the state of the pipeline in step `a` is in the group pipelines/a, of one in its step `b` in
 * pipelines/a/pipelines/b. */
#include "engine/run/chain.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/run/check.h"

/* Whether the values of these slots have a place in `to`; `word` is for the message. */
static enum gd_status check_fits(const struct gd_step *step, const char *const *slots, const struct gd_state *from,
                                 const struct gd_state *to, const char *word, struct gd_error *error)
{
    struct gd_error why = {0};
    enum gd_status status = GD_OK;
    for (; *slots && !status; slots++)
        status = gd_slot_check_fits(*slots, from, to, &why);
    return status ? gd_fail(error, status, "%s: %s: %s", step->path, word, why.text) : GD_OK;
}

/* A new state for the pipeline of a step, its sections run. */
static enum gd_status make_state(const struct gd_counts *counts, const struct gd_step *step, struct gd_state **state,
                                 struct gd_error *error)
{
    *state = gd_state_new(step->pipeline->registry);
    if (!*state)
        return gd_no_memory(error, step->path);
    uint32_t execution = (uint32_t)gd_counts_leaf(counts, step->path)->executions;
    return gd_sections_run(step->pipeline, *state, execution, error);
}

enum gd_status gd_chain_enter(struct gd_cursor *cursor, const struct gd_counts *counts, struct gd_error *error)
{
    const struct gd_step *step = gd_cursor_step(cursor);
    const struct gd_state *outer = gd_cursor_base(cursor)->state;
    struct gd_state *state = NULL;
    enum gd_status status = make_state(counts, step, &state, error);
    if (!status)
        status = check_fits(step, step->give, outer, state, "give", error);
    for (const char *const *slot = step->give; *slot && !status; slot++)
        status = gd_state_copy(state, outer, *slot, error);
    if (status)
        gd_state_free(state);
    else
        gd_cursor_enter(cursor, state);
    return status;
}

/* The state of the pipeline that the cursor is to leave. */
static struct gd_state *inner_state(const struct gd_cursor *cursor)
{
    return cursor->frames[cursor->depth - 1].state;
}

enum gd_status gd_chain_check(const struct gd_cursor *cursor, struct gd_error *error)
{
    const struct gd_step *step = gd_cursor_step(cursor);
    return check_fits(step, step->take, inner_state(cursor), gd_cursor_base(cursor)->state, "take", error);
}

enum gd_status gd_chain_take(const struct gd_cursor *cursor, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (const char *const *slot = gd_cursor_step(cursor)->take; *slot && !status; slot++)
        status = gd_state_move(gd_cursor_base(cursor)->state, inner_state(cursor), *slot, error);
    return status;
}

/* "a/b" gives "pipelines/a/pipelines/b". */
char *gd_chain_group(const char *path)
{
    struct gd_text text = {0};
    while (*path) {
        size_t length = strcspn(path, "/");
        gd_text_print(&text, "%spipelines/%.*s", text.length ? "/" : "", (int)length, path);
        path += length + (path[length] == '/');
    }
    return gd_text_take(&text);
}

static enum gd_status save_inner(struct gd_h5 *file, const struct gd_cursor_frame *frame, struct gd_error *error)
{
    struct gd_h5 *group = NULL;
    char *path = gd_chain_group(frame->step->path);
    enum gd_status status = path ? gd_h5_write_group(file, path, error) : gd_no_memory(error, "a path");
    if (!status)
        status = gd_h5_open_group(file, path, &group, error);
    if (!status)
        status = gd_state_save(frame->state, group, error);
    free(path);
    return status;
}

static enum gd_status load_inner(struct gd_h5 *file, struct gd_cursor_frame *frame, const struct gd_counts *counts,
                                 struct gd_error *error)
{
    struct gd_h5 *group = NULL;
    char *path = gd_chain_group(frame->step->path);
    enum gd_status status = path ? GD_OK : gd_no_memory(error, "a path");
    if (!status)
        status = gd_h5_open_group(file, path, &group, error);
    if (!status)
        status = make_state(counts, frame->step, &frame->state, error);
    if (!status)
        status = gd_state_load(frame->state, group, error);
    free(path);
    return status;
}

enum gd_status gd_chain_save(const struct gd_cursor *cursor, struct gd_h5 *file, struct gd_error *error)
{
    enum gd_status status = gd_state_save(cursor->frames[0].state, file, error);
    for (size_t k = 1; k < cursor->depth && !status; k++)
        if (cursor->frames[k].step->pipeline)
            status = save_inner(file, &cursor->frames[k], error);
    return status;
}

enum gd_status gd_chain_load(struct gd_cursor *cursor, const struct gd_counts *counts, struct gd_h5 *file,
                             struct gd_error *error)
{
    enum gd_status status = gd_state_load(cursor->frames[0].state, file, error);
    for (size_t k = 1; k < cursor->depth && !status; k++)
        if (cursor->frames[k].step->pipeline)
            status = load_inner(file, &cursor->frames[k], counts, error);
    return status;
}
