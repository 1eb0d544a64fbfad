#include "model/graph_templates.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/space_filling.h"

#define TEMPLATES_KEPT 64

void gd_template_clear(struct gd_template *template)
{
    free(template->positions);
    free(template->sequence);
    gd_pairs_clear(&template->pairs);
}

void gd_template_sort(size_t count, const int *sequence, const double (*from)[3], double (*to)[3])
{
    for (size_t k = 0; k < count; k++)
        memcpy(to[k], from[sequence[k]], sizeof to[k]);
}

static enum gd_status template_fill(struct gd_template *template, const struct gd_structure *structure,
                                    const struct gd_basis *basis, double cutoff, struct gd_error *error)
{
    size_t atoms = template->atoms;
    const double(*positions)[3] = (const double(*)[3])structure->positions;
    template->positions = gd_array(atoms, sizeof *template->positions);
    template->sequence = gd_array(atoms, sizeof *template->sequence);
    if (!template->positions || !template->sequence)
        return gd_no_memory(error, "a template's edges");
    enum gd_status status = gd_curve_order(atoms, positions, template->sequence, error);
    if (status)
        return status;
    gd_template_sort(atoms, template->sequence, positions, template->positions);
    status = gd_pairs_find(&template->pairs, basis, atoms, 0, (const double(*)[3]) template->positions, cutoff, error);
    memcpy(template->positions, positions, atoms * sizeof *template->positions);
    return status;
}

/* Adds the template of a structure that no known one equals. */
static enum gd_status template_add(struct gd_graph *graph, const struct gd_structure *structure, size_t fixed,
                                   const struct gd_basis *basis, double cutoff, struct gd_error *error)
{
    struct gd_template template = {.cell = structure->cell, .atoms = fixed};
    enum gd_status status = template_fill(&template, structure, basis, cutoff, error);
    if (!status &&
        !gd_grow(&graph->templates, &graph->template_capacity, graph->template_count + 1, sizeof *graph->templates))
        status = gd_no_memory(error, "a template's edges");
    if (status)
        gd_template_clear(&template);
    else
        graph->templates[graph->template_count++] = template;
    return status;
}

enum gd_status gd_template_find(struct gd_graph *graph, const struct gd_structure *structure, size_t fixed,
                                const struct gd_basis *basis, double cutoff, size_t *index, struct gd_error *error)
{
    for (*index = 0; *index < graph->template_count; ++*index) {
        const struct gd_template *template = &graph->templates[*index];
        if (template->atoms == fixed && gd_cell_same(&template->cell, &structure->cell) &&
            memcmp(template->positions, structure->positions, fixed * sizeof *template->positions) == 0)
            break;
    }
    enum gd_status status = GD_OK;
    if (*index == graph->template_count)
        status = template_add(graph, structure, fixed, basis, cutoff, error);
    if (!status)
        graph->templates[*index].users++;
    return status;
}

void gd_templates_start(struct gd_graph *graph)
{
    if (graph->template_count > TEMPLATES_KEPT) {
        for (size_t k = 0; k < graph->template_count; k++)
            gd_template_clear(&graph->templates[k]);
        graph->template_count = 0;
    }
    for (size_t k = 0; k < graph->template_count; k++)
        graph->templates[k].users = 0;
}
