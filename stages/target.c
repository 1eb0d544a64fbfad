/* Section `target`: what counts as a hit. */
#include "stages/target.h"

#include <stdio.h>
#include <stdlib.h>

enum gd_status gd_target_hit(const struct gd_context *context, struct gd_target *target, const struct gd_set *set,
                             size_t k, bool *hit)
{
    const struct gd_value arguments[] = {{.kind = GD_VALUE_ITEM, .object = set, .index = k}, gd_value_state(context)};
    if (target->function)
        return gd_function_bool(target->function, arguments, 2, "target", hit, context->error);
    struct gd_structure structure = gd_set_view(set, k);
    *hit = target->type->hit(target, gd_state_get(context->state, "system"), &structure);
    return GD_OK;
}

bool gd_target_is_passed(const struct gd_target *target, const struct gd_set *best, char *text, size_t size)
{
    const bool limited = target && !target->function && target->type->lowest;
    if (!limited || !best || best->count == 0 || !(best->energies[0] < target->type->lowest(target)))
        return false;
    snprintf(
        text, size,
        "the best energy, %.6f eV, is below the target's window, which ends at %.6f eV: lower is no hit; either the "
        "target is not the lowest minimum, or the potential is wrong there",
        best->energies[0], target->type->lowest(target));
    return true;
}

static enum gd_status create(const struct gd_choice *choice, const struct gd_system *system, struct gd_target **target,
                             struct gd_error *error)
{
    const struct gd_target_class *class = (const struct gd_target_class *)choice->component;
    enum gd_status status = GD_OK;
    if (class)
        status = class->create(choice->params, system, target, error);
    else if (!(*target = calloc(1, sizeof **target)))
        status = gd_no_memory(error, "the target");
    if (!status) {
        (*target)->type = class;
        (*target)->function = choice->function;
    }
    return status;
}

static void check(struct gd_check *check, const void *self)
{
    const struct gd_choice *choice = self;
    const struct gd_target_class *class = (const struct gd_target_class *)choice->component;
    if (class && class->check)
        class->check(choice->params, check);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    struct gd_target *target = NULL;
    enum gd_status status = create(self, gd_state_get(context->state, "system"), &target, context->error);
    if (!status)
        status = gd_state_put(context->state, "target", target, context->error);
    if (!status)
        status = gd_state_put_integer(context->state, "found", 0, context->error);
    return status;
}

const struct gd_stage gd_stage_target = {
    .name = "target",
    .summary = "What counts as a hit.",
    .section = true,
    .self = "target",
    .size = sizeof(struct gd_choice),
    .reads = (const char *const[]){"system", NULL},
    .writes = (const char *const[]){"target", "found", NULL},
    .check = check,
    .run = run,
};
