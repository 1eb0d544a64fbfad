/* Structures in the memory of a backend that differ in their mobile atoms alone, as those of a draw or of a buffer do.
 * Their template's edges are found once, by the host, and those with a mobile atom by the backend, wherever the atoms
 * are. */
#ifndef GD_MODEL_SAMPLE_BATCH_H
#define GD_MODEL_SAMPLE_BATCH_H

#include "atoms/cell.h"
#include "model/backend.h"
#include "model/graph.h"

/* Zero-initialise, but for `backend`; free with gd_sample_batch_clear. */
struct gd_sample_batch {
    struct gd_backend *backend; /* borrowed */
    struct gd_structure like;   /* what all structures are but for their mobile atoms; a copy */
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

/* Takes up `count` structures with the template (the first `fixed` atoms), cell and species of `like`. */
enum gd_status gd_sample_batch_start(struct gd_sample_batch *scene, const struct gd_structure *like, size_t fixed,
                                     size_t count, double cutoff, struct gd_error *error);

/* Whether the scene is of `count` structures like this one. */
bool gd_sample_batch_matches(const struct gd_sample_batch *scene, const struct gd_structure *structure, size_t fixed,
                             size_t count);

/* Finds the edges for these positions on the backend. Whether there was room for all of them is known after `finish`:
 * if there was not, gd_sample_batch_reserve makes it. */
void gd_sample_batch_find_edges(struct gd_sample_batch *scene, const double *positions);
bool gd_sample_batch_has_room(const struct gd_sample_batch *scene);
enum gd_status gd_sample_batch_reserve(struct gd_sample_batch *scene, struct gd_error *error);

/* The scene as the graph of a batch: sizes into `graph` (of its arrays only `order`, `mobile_order` and `structure`),
 * and the arrays of the backend. */
enum gd_status gd_sample_batch_graph(const struct gd_sample_batch *scene, struct gd_graph *graph,
                                     struct gd_graph_arrays *arrays, struct gd_error *error);

void gd_sample_batch_clear(struct gd_sample_batch *scene); /* keeps the backend */

#endif
