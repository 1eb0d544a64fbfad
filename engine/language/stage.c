/* What a stage declares of the slots. */
#include "engine/language/stage.h"

#include <string.h>

const char *const *gd_stage_slots(const struct gd_stage *stage, enum gd_use use)
{
    const char *const *const lists[] = {
        [GD_READS] = stage->reads,
        [GD_EITHER] = stage->either,
        [GD_MAY_READ] = stage->may_read,
        [GD_WRITES] = stage->writes,
    };
    return lists[use];
}

bool gd_stage_uses(const struct gd_stage *stage, const void *self, const char *slot, enum gd_use use)
{
    const char *const *name = gd_stage_slots(stage, use);
    while (name && *name && strcmp(*name, slot) != 0)
        name++;
    return name && *name && (!self || !stage->uses || stage->uses(self, slot, use));
}

bool gd_stage_looks(const struct gd_stage *stage, const void *self, const char *slot)
{
    return gd_stage_uses(stage, self, slot, GD_READS) || gd_stage_uses(stage, self, slot, GD_EITHER) ||
           gd_stage_uses(stage, self, slot, GD_MAY_READ);
}
