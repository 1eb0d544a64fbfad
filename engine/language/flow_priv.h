/* Which step reads what from whom: the slots that flow through a pipeline and those in it. */
#ifndef GD_ENGINE_FLOW_PRIV_H
#define GD_ENGINE_FLOW_PRIV_H

#include "engine/language/pipeline.h"

/* A slot that is read, and who wrote it last. */
struct gd_flow {
    size_t from; /* vertex */
    int slot;    /* index in the registry */
    bool again;  /* written in the pass before of a loop */
};

/* A step that is a stage, or the sections of a pipeline, which come before its steps. */
struct gd_vertex {
    const struct gd_pipeline *pipeline; /* that it belongs to */
    const struct gd_step *step;         /* NULL: the sections */
    struct gd_flow *flows;              /* into it */
    size_t count, capacity;
};

/* All vertices in the order in which they are executed first. Zero-initialise. */
struct gd_flows {
    struct gd_vertex *vertices;
    size_t count, capacity;
};

/* False when out of memory. Free with gd_flows_clear in any case. */
bool gd_flows_find(struct gd_flows *flows, const struct gd_pipeline *pipeline);
void gd_flows_clear(struct gd_flows *flows);

#endif
