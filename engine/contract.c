/* What a stage declares of the slots, and whether it keeps to that. */
#include <string.h>

#include "engine/registry.h"
#include "engine/stage.h"

const char *const *gd_stage_slots(const struct gd_stage *stage, enum gd_use use)
{
    const char *const *const lists[] = {
        [GD_READS] = stage->reads, [GD_MAY_READ] = stage->may_read, [GD_WRITES] = stage->writes};
    return lists[use];
}

bool gd_stage_uses(const struct gd_stage *stage, const void *self, const char *slot, enum gd_use use)
{
    const char *const *name = gd_stage_slots(stage, use);
    while (name && *name && strcmp(*name, slot) != 0)
        name++;
    return name && *name && (!self || !stage->uses || stage->uses(self, slot, use));
}

static bool may_touch(const struct gd_stage *stage, const void *self, const char *slot, bool read)
{
    return gd_stage_uses(stage, self, slot, GD_WRITES) ||
           (read && (gd_stage_uses(stage, self, slot, GD_READS) || gd_stage_uses(stage, self, slot, GD_MAY_READ)));
}

enum gd_status gd_stage_call(const struct gd_stage *stage,
                             enum gd_status (*callback)(struct gd_context *context, void *self),
                             struct gd_context *context, void *self)
{
    const struct gd_slot *const *slots = gd_registry_slots(gd_state_registry(context->state));
    gd_state_watch(context->state);
    enum gd_status status = callback(context, self);
    for (size_t k = 0; slots[k] && status == GD_OK; k++) {
        int seen = gd_state_seen(context->state, k);
        bool written = seen & GD_STATE_WRITTEN;
        if ((written && !may_touch(stage, self, slots[k]->name, false)) ||
            ((seen & GD_STATE_READ) && !may_touch(stage, self, slots[k]->name, true)))
            status = gd_fail(context->error, GD_FAILED, "the stage %s %s the slot \"%s\", which it does not declare",
                             stage->name, written ? "writes" : "reads", slots[k]->name);
    }
    return status;
}
