/* Sections that run after the last step: they become steps behind those of the pipeline's list. */
#include <string.h>

#include "engine/language/pipeline_priv.h"

static bool takes(const struct gd_step *step, const char *slot)
{
    for (const char *const *taken = step->take; taken && *taken; taken++)
        if (!strcmp(*taken, slot))
            return true;
    return false;
}

/* Whether one of the steps writes a slot. */
static bool written(const struct gd_step *steps, size_t count, const char *slot)
{
    bool found = false;
    for (size_t k = 0; k < count && !found; k++)
        found = steps[k].stage      ? gd_stage_uses(steps[k].stage, steps[k].self, slot, GD_WRITES)
                : steps[k].pipeline ? takes(&steps[k], slot)
                                    : written(steps[k].steps, steps[k].count, slot);
    return found;
}

/* Whether all that a section reads is there after the last step. */
static bool readable(const struct gd_pipeline *pipeline, const struct gd_stage *stage)
{
    for (const char *const *slot = stage->reads; slot && *slot; slot++)
        if (!written(pipeline->sections, pipeline->section_count, *slot) &&
            !written(pipeline->steps, pipeline->count, *slot))
            return false;
    return true;
}

static enum gd_status check_id(struct gd_build *build, const struct gd_stage *stage)
{
    for (size_t k = 0; k < build->count; k++)
        if (!strcmp(build->targets[k].step->id, stage->name))
            return gd_problem_report(&build->scope, build->targets[k].step->place,
                                     "\"%s\" is the name of a section that runs last: choose another id", stage->name);
    return GD_OK;
}

enum gd_status gd_last_sections_parse(struct gd_build *build, const struct gd_node *root, bool complete)
{
    struct gd_pipeline *pipeline = build->pipeline;
    const struct gd_stage *const *stages = gd_registry_stages(pipeline->registry);
    size_t most = 0;
    for (size_t k = 0; stages[k]; k++)
        most += stages[k]->last;
    struct gd_step *steps = gd_arena_alloc(&pipeline->arena, pipeline->count + most, sizeof *steps);
    if (!steps)
        return GD_NO_MEMORY;
    if (pipeline->count)
        memcpy(steps, pipeline->steps, pipeline->count * sizeof *steps);
    enum gd_status status = GD_OK;
    size_t count = pipeline->count;
    for (size_t k = 0; stages[k] && status != GD_NO_MEMORY; k++) {
        const struct gd_node *node = stages[k]->last ? gd_node_get(root, stages[k]->name) : NULL;
        if (node && gd_node_off(node))
            continue;
        const bool present = node || (stages[k]->last && complete && !build->outer && readable(pipeline, stages[k]));
        if (!present)
            continue;
        gd_status_combine(&status, check_id(build, stages[k]));
        if (status != GD_NO_MEMORY)
            gd_status_combine(&status, gd_section_parse(build, stages[k], node, node ? node->key_place : root->place,
                                                        &steps[count++]));
    }
    pipeline->steps = steps;
    pipeline->count = count;
    return status;
}
