/* Potentials of the embedded-atom form, Σ over pairs of φ(r) + Σ over atoms of F(ρ): ρ, the density of an atom, is the
 * sum of what it receives from its neighbours. The file of one has φ, the densities and F; the sums and the forces are
 * here. */
#ifndef GD_POTENTIALS_EMBEDDED_H
#define GD_POTENTIALS_EMBEDDED_H

#include "potentials/potential.h"

/* What two atoms, i and j, do to each other at distance r. */
struct gd_embedded_pair {
    double slope;                /* of φ by r, eV/Å */
    double density_i, density_j; /* that i and j receive */
    double slope_i, slope_j;     /* their derivatives by r */
};

struct gd_embedded_functions {
    /* Returns φ(r), in eV, for atoms of atomic numbers a (i) and b (j), and fills *pair. */
    double (*pair)(const struct gd_potential *potential, int a, int b, double r, struct gd_embedded_pair *pair);
    /* Returns F of an atom's density, in eV, and replaces the density by the derivative of F. */
    double (*embed)(const struct gd_potential *potential, int number, double *density);
};

/* Energy and forces as of struct gd_potential_class, with pairs up to a cutoff (Å; 0: none). The species are known. */
enum gd_status gd_embedded_evaluate(const struct gd_potential *potential, const struct gd_embedded_functions *functions,
                                    double cutoff, const struct gd_structure *structure, double *energy,
                                    double (*forces)[3], struct gd_error *error);

#endif
