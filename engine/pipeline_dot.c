/* The pipeline as Graphviz DOT. Full edges carry the slots of one pass; dashed ones those that a loop's next pass reads
 * from the one before. */
#include <stdlib.h>
#include <string.h>

#include "engine/pipeline_priv.h"

/* What a step reads: a slot, and who wrote it last. */
struct edge {
    size_t from;
    int slot;
    bool again; /* written in the pass before */
};

/* A section, or a step that is no loop. */
struct vertex {
    const struct gd_step *step;
    struct edge *edges;
    size_t count, capacity;
};

struct graph {
    const struct gd_pipeline *pipeline;
    struct vertex *vertices; /* sections first, then steps in order */
    size_t count, capacity;
    size_t *writer; /* by slot: index of the last writer plus one; 0: none */
    struct gd_text text;
};

static bool add_vertices(struct graph *graph, const struct gd_step *steps, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        if (!steps[k].stage) {
            if (!add_vertices(graph, steps[k].steps, steps[k].count))
                return false;
            continue;
        }
        if (!gd_grow(&graph->vertices, &graph->capacity, graph->count + 1, sizeof *graph->vertices))
            return false;
        graph->vertices[graph->count++] = (struct vertex){.step = &steps[k]};
    }
    return true;
}

static bool add_edge(struct vertex *vertex, struct edge edge)
{
    for (size_t k = 0; k < vertex->count; k++)
        if (vertex->edges[k].from == edge.from && vertex->edges[k].slot == edge.slot)
            return true;
    if (!gd_grow(&vertex->edges, &vertex->capacity, vertex->count + 1, sizeof *vertex->edges))
        return false;
    vertex->edges[vertex->count++] = edge;
    return true;
}

/* Lets vertex `at` read and write. */
static bool visit(struct graph *graph, size_t at, bool again)
{
    struct vertex *vertex = &graph->vertices[at];
    const struct gd_registry *registry = graph->pipeline->registry;
    const char *const *slot;
    for (slot = vertex->step->stage->reads; slot && *slot; slot++) {
        int index = gd_registry_slot_index(registry, *slot);
        if (graph->writer[index] && !add_edge(vertex, (struct edge){graph->writer[index] - 1, index, again}))
            return false;
    }
    for (slot = vertex->step->stage->writes; slot && *slot; slot++)
        graph->writer[gd_registry_slot_index(registry, *slot)] = at + 1;
    return true;
}

/* Visits steps in order, from vertex *at on. A loop is gone through again for what flows from its end to its start;
 * `again`: this is such a pass, and needs no further ones. */
static bool walk(struct graph *graph, const struct gd_step *steps, size_t count, size_t *at, bool again)
{
    bool fine = true;
    for (size_t k = 0; k < count && fine; k++) {
        const struct gd_step *step = &steps[k];
        size_t start = *at;
        if (step->stage) {
            fine = visit(graph, (*at)++, again);
            continue;
        }
        fine = walk(graph, step->steps, step->count, at, again);
        if (fine && !again && step->times > 1)
            fine = walk(graph, step->steps, step->count, &start, true);
    }
    return fine;
}

static void print_vertex(struct graph *graph, const struct gd_step *step, int depth)
{
    const char *stage = step->stage->name;
    bool section = step->stage->section;
    gd_text_print(&graph->text, "%*s\"%s %s\" [label=\"%s", 2 * depth, "", section ? "section" : "step", step->id,
                  step->id);
    if (strcmp(step->id, stage) != 0)
        gd_text_print(&graph->text, "\\n(%s)", stage);
    gd_text_print(&graph->text, "\"%s];\n", section ? ", style=\"rounded,filled\", fillcolor=\"#eeeeee\"" : "");
}

static void print_steps(struct graph *graph, const struct gd_step *steps, size_t count, int depth)
{
    for (size_t k = 0; k < count; k++) {
        const struct gd_step *step = &steps[k];
        const struct gd_choice *until = &step->until;
        if (step->stage) {
            print_vertex(graph, step, depth);
            continue;
        }
        gd_text_print(&graph->text, "%*ssubgraph \"cluster %s\" {\n%*slabel=\"%s: %s%lld times", 2 * depth, "",
                      step->id, 2 * depth + 2, "", step->id, until->component || until->function ? "at most " : "",
                      (long long)step->times);
        if (until->component || until->function)
            gd_text_print(&graph->text, ", until %s", until->function ? "a function" : until->component->name);
        gd_text_print(&graph->text, "\";\n");
        print_steps(graph, step->steps, step->count, depth + 1);
        gd_text_print(&graph->text, "%*s}\n", 2 * depth, "");
    }
}

static void print_name(struct graph *graph, const struct vertex *vertex)
{
    gd_text_print(&graph->text, "\"%s %s\"", vertex->step->stage->section ? "section" : "step", vertex->step->id);
}

/* One line per writer, with all slots that flow from it. */
static void print_edges(struct graph *graph, const struct vertex *vertex)
{
    const struct gd_slot *const *slots = gd_registry_slots(graph->pipeline->registry);
    for (size_t k = 0; k < vertex->count; k++) {
        const struct edge *edge = &vertex->edges[k];
        size_t j = 0;
        while (vertex->edges[j].from != edge->from || vertex->edges[j].again != edge->again)
            j++;
        if (j < k)
            continue; /* printed with an earlier one */
        gd_text_print(&graph->text, "  ");
        print_name(graph, &graph->vertices[edge->from]);
        gd_text_print(&graph->text, " -> ");
        print_name(graph, vertex);
        gd_text_print(&graph->text, " [label=\"%s", slots[edge->slot]->name);
        for (j = k + 1; j < vertex->count; j++)
            if (vertex->edges[j].from == edge->from && vertex->edges[j].again == edge->again)
                gd_text_print(&graph->text, ", %s", slots[vertex->edges[j].slot]->name);
        gd_text_print(&graph->text, "\"%s];\n", edge->again ? ", style=dashed, constraint=false" : "");
    }
}

static void print_graph(struct graph *graph)
{
    const struct gd_pipeline *pipeline = graph->pipeline;
    gd_text_print(&graph->text, "digraph \"%s\" {\n  node [shape=box];\n", pipeline->name);
    for (size_t k = 0; k < pipeline->section_count; k++)
        print_vertex(graph, &pipeline->sections[k], 1);
    print_steps(graph, pipeline->steps, pipeline->count, 1);
    for (size_t k = pipeline->section_count; k + 1 < graph->count; k++) {
        gd_text_print(&graph->text, "  ");
        print_name(graph, &graph->vertices[k]);
        gd_text_print(&graph->text, " -> ");
        print_name(graph, &graph->vertices[k + 1]);
        gd_text_print(&graph->text, " [weight=10, color=gray, penwidth=3];\n");
    }
    for (size_t k = 0; k < graph->count; k++)
        print_edges(graph, &graph->vertices[k]);
    gd_text_print(&graph->text, "}\n");
}

char *gd_pipeline_dot(const struct gd_pipeline *pipeline)
{
    struct graph graph = {.pipeline = pipeline};
    size_t slots = 0, at = 0;
    while (gd_registry_slots(pipeline->registry)[slots])
        slots++;
    graph.writer = gd_array(slots, sizeof *graph.writer);
    bool fine = graph.writer && add_vertices(&graph, pipeline->sections, pipeline->section_count) &&
                add_vertices(&graph, pipeline->steps, pipeline->count) &&
                walk(&graph, pipeline->sections, pipeline->section_count, &at, false) &&
                walk(&graph, pipeline->steps, pipeline->count, &at, false);
    if (fine)
        print_graph(&graph);
    else
        graph.text.failed = true;
    for (size_t k = 0; k < graph.count; k++)
        free(graph.vertices[k].edges);
    free(graph.vertices);
    free(graph.writer);
    return gd_text_take(&graph.text);
}
