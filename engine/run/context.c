/* What a stage may ask of the run it belongs to, whether it keeps to the slots that it declares, and what its check
 * reports. */
#include "engine/run/context.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/language/pipeline.h"

struct gd_stream gd_context_stream(const struct gd_context *context, uint32_t sample)
{
    return gd_stream_make(context->seed, gd_stream_hash(context->step), context->execution, sample);
}

bool gd_context_stop(const struct gd_context *context)
{
    return (context->interrupted && *context->interrupted > 1) ||
           (context->deadline > 0 && gd_clock() > context->deadline);
}

enum gd_status gd_interrupted(struct gd_context *context)
{
    return gd_fail(context->error, GD_INTERRUPTED, "interrupted in step %s", context->step);
}

/* --- Slots ----- */

static bool is_declared(const struct gd_stage *stage, const void *self, const char *slot, bool read)
{
    return gd_stage_uses(stage, self, slot, GD_WRITES) || (read && gd_stage_looks(stage, self, slot));
}

enum gd_status gd_stage_call(const struct gd_stage *stage,
                             enum gd_status (*callback)(struct gd_context *context, void *self),
                             struct gd_context *context, void *self)
{
    const struct gd_slot *const *slots = gd_registry_slots(gd_state_registry(context->state));
    gd_state_reset_accesses(context->state);
    enum gd_status status = callback(context, self);
    for (size_t k = 0; slots[k] && !status; k++) {
        int seen = gd_state_accesses(context->state, k);
        bool written = seen & GD_STATE_WRITTEN;
        if ((written && !is_declared(stage, self, slots[k]->name, false)) ||
            ((seen & GD_STATE_READ) && !is_declared(stage, self, slots[k]->name, true)))
            status = gd_fail(context->error, GD_FAILED, "the stage %s %s the slot \"%s\", which it does not declare",
                             stage->name, written ? "writes" : "reads", slots[k]->name);
    }
    return status;
}

/* --- Reports of a check ----- */

/* Adds a problem or a warning, by `add`. */
static void report(struct gd_check *check, const char *key, const char *format, va_list arguments,
                   void (*add)(struct gd_problems *, struct gd_place, const char *, ...))
{
    const struct gd_step *step = check->step;
    struct gd_place place = key ? gd_params_place(step->node, key, step->place) : step->place;
    char *text = gd_format_list(format, arguments), *address = gd_step_address(step->path);
    if (text && address)
        add(check->problems, place, "%s%s%s: %s", address, key ? "." : "", key ? key : "", text);
    else
        check->problems->overflow = true;
    free(address);
    free(text);
}

void gd_check_problem(struct gd_check *check, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(check, key, format, arguments, gd_problem_add);
    va_end(arguments);
}

void gd_check_warning(struct gd_check *check, const char *key, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(check, key, format, arguments, gd_warning_add);
    va_end(arguments);
}

void gd_check_unused(struct gd_check *check, const char *key, const char *format, ...)
{
    const struct gd_registry *registry = gd_state_registry(check->state);
    const struct gd_param *row = gd_param_find(check->step->stage->params, key);
    if (!check->step->node || !gd_node_get(check->step->node, key) ||
        (row && !gd_param_differs(registry, row, check->step->self)))
        return;
    va_list arguments;
    va_start(arguments, format);
    report(check, key, format, arguments, gd_warning_add);
    va_end(arguments);
}

bool gd_check_stepped(const struct gd_check *check, const char *slot)
{
    const int index = gd_registry_slot_index(gd_state_registry(check->state), slot);
    return index >= 0 && check->stepped[index];
}

void gd_check_failure(struct gd_check *check, const char *key, const struct gd_error *error)
{
    struct gd_error blamed = *error;
    if (key)
        gd_error_set_key(GD_BAD_INPUT, &blamed, key);
    if (error->status == GD_NO_MEMORY)
        check->problems->overflow = true;
    else
        gd_check_problem(check, *blamed.key ? blamed.key : NULL, "%s", error->text);
}
