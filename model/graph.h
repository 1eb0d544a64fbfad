/* The atoms and edges of a batch of structures, in the order in which a backend works on them.
 *
 * Atoms are numbered by how many edges they are away from a mobile atom, then by structure, then along a space-filling
 * curve, so that neighbours lie near each other in memory. The atoms that matter to the mobile ones through n blocks
 * are the first within[n], and the mobile ones are the first. Filter rows are shared: the two directions of an edge
 * have one row, and so has an edge between template atoms in all structures on the same template. Template rows come
 * first and stay the same as long as the templates do. On a large template most edges lead nowhere: those that no
 * output of a mobile atom depends on are laid out only when the outputs of all atoms are asked for. */
#ifndef GD_MODEL_GRAPH_H
#define GD_MODEL_GRAPH_H

#include "model/model.h"
#include "model/pairs.h"

/* The arrays of a graph, in host memory or as a copy on a backend. See struct gd_edges. */
struct gd_graph_arrays {
    int *first, *sender, *receiver, *row, *row_first, *row_edge;
    float *unit;     /* [edges][3] */
    float *distance; /* [rows] Å */
    int *species;    /* [kinds] the atomic numbers that occur */
    int *kind;       /* [atoms] index into species */
};

/* A template that structures stand on, and its pairs. */
struct gd_template {
    struct gd_cell cell;
    size_t atoms;
    double (*positions)[3];
    int *sequence;           /* [atoms] its atoms along the curve */
    struct gd_pairs pairs;   /* of places in the sequence */
    size_t users, first_row; /* in the batch */
};

/* Zero-initialise; free with gd_graph_clear. Memory is reused between batches. */
struct gd_graph {
    size_t structures, atoms, mobile, edges, rows, template_rows, kinds;
    size_t all_edges;                  /* with those that are not laid out */
    size_t within[GD_BLOCKS_MOST + 1]; /* atoms at most this many edges away from a mobile one */
    size_t *order;                     /* [atoms] place among the atoms as they came */
    size_t *mobile_order;              /* [mobile] place among the mobile atoms as they came */
    int *structure;                    /* [atoms] the structure of an atom */
    struct gd_graph_arrays arrays;     /* in `image` */
    void *image;
    size_t image_bytes;

    /* Kept between batches. */
    struct gd_template *templates;
    size_t template_count, template_capacity;
    struct gd_pairs pairs; /* those with a mobile atom, structure after structure, of places in their sequences */
    int *sequence;         /* [atoms] of each structure, as it came: its template's sequence, and its mobile atoms along
                              the curve */
    double (*sorted)[3];   /* a structure's positions in its sequence */
    struct gd_graph_part *parts;
    int *level, *place;
    int reach;                           /* an edge is laid out when an end of it is at most so many edges away */
    int *used;                           /* of each structure, numbers of the pairs whose edges are laid out */
    int species[GD_SPECIES_MOST], *kind; /* as in the arrays */
    size_t part_capacity, order_capacity, mobile_capacity, structure_capacity, image_capacity, level_capacity;
    size_t place_capacity, sequence_capacity, sorted_capacity, used_capacity, kind_capacity;
};

/* The graph of a batch, for the outputs of mobile atoms after so many blocks; structures as in gd_network_structures.
 */
enum gd_status gd_graph_build(struct gd_graph *graph, double cutoff, int blocks, const struct gd_structure *structures,
                              const size_t *fixed, size_t count, struct gd_error *error);

/* Lays out all edges of the batch. */
enum gd_status gd_graph_complete(struct gd_graph *graph, struct gd_error *error);
void gd_graph_clear(struct gd_graph *graph);

/* GD_BAD_INPUT for atoms that the network does not know. */
enum gd_status gd_graph_check_species(const struct gd_structure *structure, struct gd_error *error);

/* Lists the species that occur, in order of atomic numbers, into species[GD_SPECIES_MOST]; kind[GD_SPECIES_MOST + 1],
 * zeros, gets each one's place in the list. Returns how many there are. */
size_t gd_graph_list_species(const struct gd_structure *structures, size_t count, int *species, int *kind);

/* The graph's arrays as they lie in a copy of its image at `base`. */
struct gd_graph_arrays gd_graph_arrays_at(const struct gd_graph *graph, void *base);

#endif
