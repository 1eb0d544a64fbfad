/* The pairs of atoms of a structure: those within a cutoff, images included, or all of a structure without periodic
 * directions. */
#ifndef GD_POTENTIALS_PAIRS_H
#define GD_POTENTIALS_PAIRS_H

#include "atoms/structure.h"
#include "engine/language/params.h"

/* The row of a cutoff at `place` in the parameters. `useful`: an example, as text. */
#define GD_CUTOFF_ROW(place, useful)                                                                                   \
    {                                                                                                                  \
        .name = "cutoff", .type = GD_FLOAT, .offset = place, .initial = "0.0", .example = useful, .max = 1e4,          \
        .unit = "Å", .help = "Pairs farther apart do not interact; 0: no cutoff, not allowed in periodic cells."       \
    }

/* What is done with a pair, `vector` (Å) from i to j; j may be i, and an image of it. */
typedef enum gd_status gd_pair_visit(void *context, size_t i, size_t j, const double vector[3]);

/* Visits each pair once, in an order that depends on the structure alone; `cutoff` in Å, 0: none. Stops at the first
 * visit that fails. GD_BAD_INPUT for a cell or atoms that gd_neighbours_find refuses. */
enum gd_status gd_pairs_visit(const struct gd_structure *structure, double cutoff, gd_pair_visit *visit, void *context,
                              struct gd_error *error);

/* GD_BAD_INPUT, blaming `cutoff`, when there is no cutoff but a periodic direction; `name` is the potential's. */
enum gd_status gd_pairs_check_cutoff(const char *name, const struct gd_structure *structure, double cutoff,
                                     struct gd_error *error);

#endif
