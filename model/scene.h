/* The structures of a draw in the memory of a backend. Only their mobile atoms move: their template's edges are found
 * once, by the host, and those with a mobile atom by the backend, wherever the atoms are. */
#ifndef GD_MODEL_SCENE_H
#define GD_MODEL_SCENE_H

#include "atoms/cell.h"
#include "model/backend.h"
#include "model/graph.h"

/* Zero-initialise, but for `backend`; free with gd_scene_clear. */
struct gd_scene {
    struct gd_backend *backend; /* borrowed */
    struct gd_basis basis;
    struct gd_find_edges find; /* what the backend is asked; its arrays lie in `memory` */
    size_t kinds;
    int *species, *kind; /* as in struct gd_graph_arrays, in `memory` */
    char *image;         /* the beginning of `memory`, that does not change, on the host */
    size_t image_bytes;
    void *memory;
    size_t memory_bytes;
    double needed; /* rows that a structure wants, at the last search */
};

/* Takes up the structures of a set: their template, cell and species. */
enum gd_status gd_scene_begin(struct gd_scene *scene, const struct gd_set *set, double cutoff, struct gd_error *error);

/* Finds the edges for these positions on the backend. Whether there was room for all of them is known after `finish`:
 * if there was not, gd_scene_grow makes it. */
void gd_scene_find(struct gd_scene *scene, const double *positions);
bool gd_scene_suffices(const struct gd_scene *scene);
enum gd_status gd_scene_grow(struct gd_scene *scene, struct gd_error *error);

/* The scene as the graph of a batch: sizes into `graph` (of its arrays only `structure`), and the arrays that a forward
 * pass needs. */
enum gd_status gd_scene_graph(const struct gd_scene *scene, struct gd_graph *graph, struct gd_graph_arrays *arrays,
                              struct gd_error *error);

void gd_scene_clear(struct gd_scene *scene); /* keeps the backend */

#endif
