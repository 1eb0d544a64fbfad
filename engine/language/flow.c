/* Following the slots: every vertex reads from the last writers before it. A loop is gone through twice, for what flows
 * from the end of a pass to the start of the next. */
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/language/flow_priv.h"

struct walk {
    struct gd_flows *flows;
    const struct gd_pipeline *pipeline;
    size_t *writers; /* by slot: index of the last writer's vertex plus one; 0: none */
    bool again;
};

static bool add_vertex(struct gd_flows *flows, const struct gd_pipeline *pipeline, const struct gd_step *step)
{
    if (!gd_grow(&flows->vertices, &flows->capacity, flows->count + 1, sizeof *flows->vertices))
        return false;
    flows->vertices[flows->count++] = (struct gd_vertex){.pipeline = pipeline, .step = step};
    return true;
}

static bool add_steps(struct gd_flows *flows, const struct gd_pipeline *pipeline, const struct gd_step *steps,
                      size_t count)
{
    bool fine = true;
    for (size_t k = 0; k < count && fine; k++) {
        const struct gd_step *step = &steps[k];
        if (step->stage)
            fine = add_vertex(flows, pipeline, step);
        else if (step->pipeline)
            fine =
                add_vertex(flows, step->pipeline, NULL) && add_steps(flows, step->pipeline, step->steps, step->count);
        else
            fine = add_steps(flows, pipeline, step->steps, step->count);
    }
    return fine;
}

static bool add_flow(struct gd_vertex *vertex, struct gd_flow flow)
{
    for (size_t k = 0; k < vertex->count; k++)
        if (vertex->flows[k].from == flow.from && vertex->flows[k].slot == flow.slot)
            return true;
    if (!gd_grow(&vertex->flows, &vertex->capacity, vertex->count + 1, sizeof *vertex->flows))
        return false;
    vertex->flows[vertex->count++] = flow;
    return true;
}

/* Vertex `at` reads NULL-ended slots from the writers of the walk. */
static bool read_slots(const struct walk *walk, size_t at, const char *const *slots)
{
    for (; slots && *slots; slots++) {
        int slot = gd_registry_slot_index(walk->pipeline->registry, *slots);
        size_t writer = walk->writers[slot];
        if (writer && !add_flow(&walk->flows->vertices[at], (struct gd_flow){writer - 1, slot, walk->again}))
            return false;
    }
    return true;
}

/* `writer` is a vertex plus one. */
static void write_slots(const struct walk *walk, size_t writer, const char *const *slots)
{
    for (; slots && *slots; slots++)
        walk->writers[gd_registry_slot_index(walk->pipeline->registry, *slots)] = writer;
}

static bool walk_steps(const struct walk *walk, const struct gd_step *steps, size_t count, size_t *at);

/* Goes through a pipeline whose sections are vertex *at. */
static bool walk_pipeline(const struct walk *walk, size_t *at)
{
    for (size_t k = 0; k < walk->pipeline->section_count; k++)
        write_slots(walk, *at + 1, walk->pipeline->sections[k].stage->writes);
    ++*at;
    return walk_steps(walk, walk->pipeline->steps, walk->pipeline->count, at);
}

/* A pipeline inside has slots of its own: its sections stand for what it was given. */
static bool walk_inner(const struct walk *outer, const struct gd_step *step, size_t *at)
{
    const size_t sections = *at;
    struct walk walk = {.flows = outer->flows, .pipeline = step->pipeline};
    walk.writers = gd_array(gd_registry_slot_count(outer->pipeline->registry), sizeof *walk.writers);
    if (!walk.writers)
        return false;
    write_slots(&walk, sections + 1, step->give);
    bool fine = read_slots(outer, sections, step->give) && walk_pipeline(&walk, at);
    for (const char *const *slot = step->take; slot && *slot; slot++) {
        int index = gd_registry_slot_index(outer->pipeline->registry, *slot);
        if (walk.writers[index])
            outer->writers[index] = walk.writers[index];
    }
    free(walk.writers);
    return fine;
}

static bool walk_stage(const struct walk *walk, const struct gd_step *step, size_t *at)
{
    static const enum gd_use order[] = {GD_READS, GD_EITHER, GD_MAY_READ, GD_WRITES};
    bool fine = true;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (const char *const *slot = gd_stage_slots(step->stage, order[k]); slot && *slot && fine; slot++) {
            const char *const one[] = {*slot, NULL};
            if (!gd_stage_uses(step->stage, step->self, *slot, order[k]))
                continue;
            if (order[k] == GD_WRITES)
                write_slots(walk, *at + 1, one);
            else
                fine = read_slots(walk, *at, one);
        }
    ++*at;
    return fine;
}

static bool walk_loop(const struct walk *walk, const struct gd_step *loop, size_t *at)
{
    struct walk second = *walk;
    size_t start = *at;
    second.again = true;
    bool fine = walk_steps(walk, loop->steps, loop->count, at);
    return fine && (walk->again || loop->times < 2 || walk_steps(&second, loop->steps, loop->count, &start));
}

/* Goes through steps, the first of which is vertex *at, and leaves *at behind them. */
static bool walk_steps(const struct walk *walk, const struct gd_step *steps, size_t count, size_t *at)
{
    bool fine = true;
    for (size_t k = 0; k < count && fine; k++) {
        if (steps[k].pipeline) {
            fine = walk_inner(walk, &steps[k], at);
        } else if (steps[k].stage) {
            fine = walk_stage(walk, &steps[k], at);
        } else {
            fine = walk_loop(walk, &steps[k], at);
        }
    }
    return fine;
}

bool gd_flows_find(struct gd_flows *flows, const struct gd_pipeline *pipeline)
{
    size_t at = 0;
    struct walk walk = {.flows = flows, .pipeline = pipeline};
    walk.writers = gd_array(gd_registry_slot_count(pipeline->registry), sizeof *walk.writers);
    bool fine = walk.writers && add_vertex(flows, pipeline, NULL) &&
                add_steps(flows, pipeline, pipeline->steps, pipeline->count) && walk_pipeline(&walk, &at);
    free(walk.writers);
    return fine;
}

void gd_flows_clear(struct gd_flows *flows)
{
    for (size_t k = 0; k < flows->count; k++)
        free(flows->vertices[k].flows);
    free(flows->vertices);
    *flows = (struct gd_flows){0};
}
