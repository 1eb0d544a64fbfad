/* The pipeline as Graphviz DOT, to be read by people: the steps from top to bottom, loops and pipelines as frames, and
 * the slots that flow from step to step along the arrows, dashed where they go round a loop. What the sections make
 * is used nearly everywhere: it is named below each step rather than drawn. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/language/flow_priv.h"
#include "engine/language/pipeline_priv.h"

enum { LINE = 72, LINES = 6 };

struct drawing {
    const struct gd_pipeline *pipeline;
    struct gd_flows flows;
    struct gd_text text;
};

/* Text ---------------------------------------------------------------------------------------------------------- */

static const char *escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

/* Text inside a label, cut after LINE characters. */
static void print_cut(struct gd_text *text, const char *bytes)
{
    char piece[GD_PIECE];
    for (size_t characters = 0; *bytes; characters++) {
        if (characters == LINE) {
            gd_text_print(text, "…");
            return;
        }
        const char *escaped = escape(*bytes);
        bytes += gd_text_show(bytes, piece);
        gd_text_print(text, "%s", escaped ? escaped : piece);
    }
}

/* A value as it was written: fcc111, [1, 2], {emt}, {scale 1.1}. */
static void print_value(struct gd_text *text, const struct gd_node *node)
{
    const bool list = node->kind == GD_NODE_LIST;
    if (node->kind == GD_NODE_SCALAR && !gd_node_empty(node))
        gd_text_print(text, "%s", node->text);
    if (node->kind == GD_NODE_FUNCTION)
        gd_text_print(text, "a function");
    for (const struct gd_node *child = node->children; child; child = child->next) {
        gd_text_print(text, "%s", child != node->children ? ", " : list ? "[" : "");
        if (child->key)
            gd_text_print(text, "%s%s", child->key, child->count || child->kind == GD_NODE_SCALAR ? " " : "");
        print_value(text, child);
    }
    if (list)
        gd_text_print(text, node->children ? "]" : "[]");
}

/* One line of a label, left-aligned. */
static void print_line(struct drawing *drawing, const char *key, const struct gd_node *value)
{
    struct gd_text line = {0};
    gd_text_print(&line, "%s%s", key, *key ? " " : "");
    print_value(&line, value);
    char *text = gd_text_take(&line);
    if (text)
        print_cut(&drawing->text, text);
    else
        drawing->text.failed = true;
    free(text);
    gd_text_print(&drawing->text, "<br align=\"left\"/>");
}

/* Vertices ------------------------------------------------------------------------------------------------------ */

static void print_name(struct drawing *drawing, size_t at)
{
    const struct gd_vertex *vertex = &drawing->flows.vertices[at];
    if (vertex->step)
        gd_text_print(&drawing->text, "\"%s\"", vertex->step->path);
    else
        gd_text_print(&drawing->text, "\"%s sections\"", vertex->pipeline->path); /* no id has a blank in it */
}

/* The slots that a step has from the sections of its pipeline. */
static void print_uses(struct drawing *drawing, const struct gd_vertex *vertex)
{
    const struct gd_slot *const *slots = gd_registry_slots(drawing->pipeline->registry);
    size_t uses = 0;
    for (size_t k = 0; k < vertex->count; k++) {
        const struct gd_vertex *from = &drawing->flows.vertices[vertex->flows[k].from];
        if (!from->step && from->pipeline == vertex->pipeline)
            gd_text_print(&drawing->text, "%s%s", uses++ ? ", " : "<font point-size=\"10\" color=\"#888888\">uses ",
                          slots[vertex->flows[k].slot]->name);
    }
    if (uses)
        gd_text_print(&drawing->text, "<br align=\"left\"/></font>");
}

/* The first lines, and the last; an empty font is an error to Graphviz. */
static void print_parameters(struct drawing *drawing, const struct gd_node *child)
{
    if (!child)
        return;
    gd_text_print(&drawing->text, "<font point-size=\"10\">");
    for (int line = 0; child; child = child->next)
        if (++line <= LINES || !child->next)
            print_line(drawing, child->key, child);
        else if (line == LINES + 1)
            gd_text_print(&drawing->text, "…<br align=\"left\"/>");
    gd_text_print(&drawing->text, "</font>");
}

static void print_step(struct drawing *drawing, size_t at)
{
    const struct gd_vertex *vertex = &drawing->flows.vertices[at];
    const struct gd_step *step = vertex->step;
    print_name(drawing, at);
    gd_text_print(&drawing->text, " [label=<<b>%s</b>", step->id);
    if (strcmp(step->id, step->stage->name) != 0)
        gd_text_print(&drawing->text, " (%s)", step->stage->name);
    gd_text_print(&drawing->text, "<br align=\"left\"/>");
    print_parameters(drawing, step->node && step->node->kind == GD_NODE_MAP ? step->node->children : NULL);
    print_uses(drawing, vertex);
    gd_text_print(&drawing->text, ">];\n");
}

/* The sections as one table. */
static void print_sections(struct drawing *drawing, size_t at)
{
    const struct gd_pipeline *pipeline = drawing->flows.vertices[at].pipeline;
    print_name(drawing, at);
    gd_text_print(
        &drawing->text,
        " [shape=plain, fontsize=11, label=<<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\" "
        "bgcolor=\"#f2f2f2\"><tr><td colspan=\"2\"><b>%s</b></td></tr>",
        pipeline->name);
    for (size_t k = 0; k < pipeline->section_count; k++) {
        const struct gd_step *section = &pipeline->sections[k];
        gd_text_print(&drawing->text, "<tr><td align=\"left\" valign=\"top\">%s</td><td align=\"left\">", section->id);
        const struct gd_node *child = section->node ? section->node->children : NULL;
        if (section->node && !child)
            print_line(drawing, "", section->node);
        for (; child; child = child->next)
            print_line(drawing, child->key, child);
        gd_text_print(&drawing->text, "</td></tr>");
    }
    gd_text_print(&drawing->text, "</table>>];\n");
}

/* Frames -------------------------------------------------------------------------------------------------------- */

static void print_loop_label(struct drawing *drawing, const struct gd_step *loop)
{
    const struct gd_choice *until = &loop->until;
    const char *condition = until->function ? "a function" : until->component ? until->component->name : NULL;
    gd_text_print(&drawing->text, "%s: %s%lld times%s%s", loop->id, condition ? "at most " : "", (long long)loop->times,
                  condition ? ", until " : "", condition ? condition : "");
}

static void print_steps(struct drawing *drawing, const struct gd_step *steps, size_t count, size_t *at)
{
    for (size_t k = 0; k < count; k++) {
        const struct gd_step *step = &steps[k];
        if (step->stage) {
            print_step(drawing, (*at)++);
            continue;
        }
        gd_text_print(&drawing->text, "subgraph \"cluster %s\" {\nlabel=\"", step->path);
        if (step->pipeline)
            gd_text_print(&drawing->text, "%s: a pipeline\";\nstyle=\"rounded,filled\";\nfillcolor=\"#fbfbf4\";\n",
                          step->id);
        else
            print_loop_label(drawing, step), gd_text_print(&drawing->text, "\";\n");
        if (step->pipeline)
            print_sections(drawing, (*at)++);
        print_steps(drawing, step->steps, step->count, at);
        gd_text_print(&drawing->text, "}\n");
    }
}

/* Arrows -------------------------------------------------------------------------------------------------------- */

/* Whether flow `k` of a vertex is drawn: those from the sections of its own pipeline are named below the step. */
static bool drawn(const struct drawing *drawing, size_t at, size_t k)
{
    const struct gd_vertex *vertex = &drawing->flows.vertices[at];
    const struct gd_vertex *from = &drawing->flows.vertices[vertex->flows[k].from];
    return from->step || from->pipeline != vertex->pipeline;
}

/* All slots that flow to `at` from one vertex, in one pass, as the text of a label; returns how many. */
static size_t print_slots(struct drawing *drawing, size_t at, size_t from, bool again)
{
    const struct gd_slot *const *slots = gd_registry_slots(drawing->pipeline->registry);
    const struct gd_vertex *vertex = &drawing->flows.vertices[at];
    size_t found = 0;
    for (size_t k = 0; k < vertex->count; k++)
        if (vertex->flows[k].from == from && vertex->flows[k].again == again && drawn(drawing, at, k))
            gd_text_print(&drawing->text, "%s%s", found++ ? ",\\n  " : "  ", slots[vertex->flows[k].slot]->name);
    return found;
}

/* From one vertex to the next in order: the thick line that is followed from top to bottom. */
static void print_order(struct drawing *drawing, size_t at)
{
    print_name(drawing, at - 1);
    gd_text_print(&drawing->text, " -> ");
    print_name(drawing, at);
    gd_text_print(&drawing->text, " [weight=100, penwidth=2, label=\"");
    print_slots(drawing, at, at - 1, false);
    gd_text_print(&drawing->text, "\"];\n");
}

/* One arrow for each vertex that something flows from, but the one before. */
static void print_flows(struct drawing *drawing, size_t at)
{
    const struct gd_vertex *vertex = &drawing->flows.vertices[at];
    for (size_t k = 0; k < vertex->count; k++) {
        const struct gd_flow *flow = &vertex->flows[k];
        size_t j = 0;
        while (vertex->flows[j].from != flow->from || vertex->flows[j].again != flow->again)
            j++;
        if (j < k || !drawn(drawing, at, k) || (!flow->again && flow->from + 1 == at))
            continue; /* drawn with an earlier one, or not at all, or along the order */
        print_name(drawing, flow->from);
        gd_text_print(&drawing->text, " -> ");
        print_name(drawing, at);
        gd_text_print(&drawing->text, " [%s, label=\"",
                      flow->again ? "style=dashed, constraint=false, color=\"#2a6099\", fontcolor=\"#2a6099\""
                                  : "weight=0, color=\"#555555\"");
        print_slots(drawing, at, flow->from, flow->again);
        gd_text_print(&drawing->text, "\"];\n");
    }
}

static void draw(struct drawing *drawing)
{
    const struct gd_pipeline *pipeline = drawing->pipeline;
    size_t at = 1;
    gd_text_print(&drawing->text,
                  "digraph \"%s\" {\n"
                  "fontname=\"Helvetica\";\nlabeljust=l;\nnodesep=0.6;\nranksep=0.35;\nstyle=rounded;\n"
                  "node [fontname=\"Helvetica\", shape=box, style=\"rounded,filled\", fillcolor=white];\n"
                  "edge [fontname=\"Helvetica\", fontsize=10, arrowsize=0.7];\n",
                  pipeline->name);
    print_sections(drawing, 0);
    print_steps(drawing, pipeline->steps, pipeline->count, &at);
    for (at = 1; at < drawing->flows.count; at++)
        print_order(drawing, at);
    for (at = 1; at < drawing->flows.count; at++)
        print_flows(drawing, at);
    gd_text_print(&drawing->text, "}\n");
}

char *gd_pipeline_dot(const struct gd_pipeline *pipeline)
{
    struct drawing drawing = {.pipeline = pipeline};
    if (gd_flows_find(&drawing.flows, pipeline))
        draw(&drawing);
    else
        drawing.text.failed = true;
    gd_flows_clear(&drawing.flows);
    return gd_text_take(&drawing.text);
}
