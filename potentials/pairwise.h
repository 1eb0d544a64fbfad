/* Potentials that are a sum over pairs of atoms, of any species. The file of one has its parameters and the energy of a
 * pair; neighbours, cutoff, shift and forces are here. */
#ifndef GD_POTENTIALS_PAIRWISE_H
#define GD_POTENTIALS_PAIRWISE_H

#include "potentials/pairs.h"
#include "potentials/potential.h"

/* The first member of the parameters of every such potential; it is called `pairs`. */
struct gd_pairwise_params {
    double cutoff; /* Å; 0: none */
    bool shift;
};

/* Their rows, for parameters of type `params`. `cutoff_example`: a useful cutoff, as text. */
#define GD_PAIRWISE_ROWS(params, cutoff_example)                                                                       \
    GD_CUTOFF_ROW(offsetof(params, pairs.cutoff), cutoff_example),                                                     \
    {                                                                                                                  \
        .name = "shift", .type = GD_BOOL, .offset = offsetof(params, pairs.shift), .initial = "false",                 \
        .needs = "cutoff", .help = "Shift the energy of a pair so that it is zero at the cutoff.",                     \
    }

/* The energy u(r) of a pair (eV), from r² (Å²); *slope: u'(r) / r (eV/Å²). */
typedef double gd_pairwise_energy(const void *params, double squared, double *slope);

/* Defines gd_potential_NAME, a component called NAME, of parameters of type `params` with their `rows`. */
#define GD_PAIRWISE_POTENTIAL(name, summary, rows, params, energy)                                                     \
    extern const struct gd_potential_class gd_potential_##name;                                                        \
    static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)          \
    {                                                                                                                  \
        return gd_pairwise_create(&gd_potential_##name, values, energy, potential, error);                             \
    }                                                                                                                  \
    const struct gd_potential_class gd_potential_##name = {                                                            \
        .base = {#name, summary, rows, sizeof(params)},                                                                \
        .create = create,                                                                                              \
        .supports = gd_pairwise_supports,                                                                              \
        .evaluate = gd_pairwise_evaluate,                                                                              \
        .destroy = gd_pairwise_destroy,                                                                                \
    }

/* The callbacks of its class. create copies the parameters. supports: GD_BAD_INPUT for a periodic cell without a
 * cutoff. */
enum gd_status gd_pairwise_create(const struct gd_potential_class *type, const void *params, gd_pairwise_energy *energy,
                                  struct gd_potential **potential, struct gd_error *error);
enum gd_status gd_pairwise_supports(const struct gd_potential *potential, const struct gd_structure *structure,
                                    struct gd_error *error);
enum gd_status gd_pairwise_evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                                    double *energy, double (*forces)[3], struct gd_error *error);
void gd_pairwise_destroy(struct gd_potential *potential);

#endif
