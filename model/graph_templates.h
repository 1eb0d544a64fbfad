/* The templates of a graph: kept from batch to batch, so that their pairs are found once. */
#ifndef GD_MODEL_GRAPH_TEMPLATES_H
#define GD_MODEL_GRAPH_TEMPLATES_H

#include "model/graph.h"

/* Starts a batch: no template has users, and too many from before are forgotten. */
void gd_templates_start(struct gd_graph *graph);

/* The template of a structure, the first `fixed` of its atoms, known from before or new; counts its user. *index: among
 * graph->templates. */
enum gd_status gd_template_find(struct gd_graph *graph, const struct gd_structure *structure, size_t fixed,
                                const struct gd_basis *basis, double cutoff, size_t *index, struct gd_error *error);
void gd_template_clear(struct gd_template *template);

/* to[k] = from[sequence[k]], k < count */
void gd_template_sort(size_t count, const int *sequence, const double (*from)[3], double (*to)[3]);

#endif
