/* Optimisers: where atoms go next to come closer to a minimum of the energy. Components of kind "optimiser". */
#ifndef GD_POTENTIALS_OPTIMISER_H
#define GD_POTENTIALS_OPTIMISER_H

#include "atoms/cell.h"
#include "engine/language/registry.h"

struct gd_optimiser;

struct gd_optimiser_class {
    struct gd_component base;
    /* One for the relaxation of one structure with `atoms` >= 1 atoms that move in a cell; it copies what it keeps. No
     * atom is to go farther than `cap` Å in one move. */
    enum gd_status (*create)(const void *params, const struct gd_basis *basis, size_t atoms, double cap,
                             struct gd_optimiser **optimiser, struct gd_error *error);
    /* The next move (Å) from `positions` (Å), where the forces are `forces` (eV/Å): all [atoms][3]. The positions are
     * those of the last call, moved; atoms may have been stopped or turned back by walls, or wrapped into the cell. A
     * move that is not finite ends the relaxation, unconverged. */
    void (*find_move)(struct gd_optimiser *optimiser, const double (*positions)[3], const double (*forces)[3],
                      double (*move)[3]);
    void (*destroy)(struct gd_optimiser *optimiser);
};

/* The beginning of every optimiser. */
struct gd_optimiser {
    const struct gd_optimiser_class *type;
};

extern const struct gd_kind gd_kind_optimiser;
extern const struct gd_optimiser_class *const gd_optimisers[]; /* NULL-ended */

#endif
