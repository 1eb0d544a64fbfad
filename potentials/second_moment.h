/* Potentials in the second-moment approximation of tight binding: Σ over pairs of V(r) - Σ over atoms of √(Σ over their
 * neighbours of b(r)). M. W. Finnis and J. E. Sinclair, Philos. Mag. A 50, 45 (1984). The file of one has V and b. */
#ifndef GD_POTENTIALS_SECOND_MOMENT_H
#define GD_POTENTIALS_SECOND_MOMENT_H

#include "potentials/pairs.h"
#include "potentials/potential.h"

/* A member of the parameters of every such potential; it is called `range`. */
struct gd_second_moment_range {
    double cutoff, smooth; /* Å; cutoff 0: none */
};

/* Their rows, for parameters of type `params`. The examples are useful values, as text. */
#define GD_SECOND_MOMENT_ROWS(params, cutoff_example, smooth_example)                                                  \
    GD_CUTOFF_ROW(offsetof(params, range.cutoff), cutoff_example),                                                     \
    {                                                                                                                  \
        .name = "smooth", .type = GD_FLOAT, .offset = offsetof(params, range.smooth), .initial = "0.0",                \
        .example = smooth_example, .max = 1e4, .unit = "Å", .needs = "cutoff",                                         \
        .help = "Over so much below the cutoff both sums fade to zero, with two continuous derivatives; 0: they end "  \
                "abruptly.",                                                                                           \
    }

/* V and b of a pair, without the cutoff, and their derivatives by r. */
struct gd_second_moment_pair {
    double repulsion, repulsion_slope; /* V: eV, eV/Å */
    double squared, squared_slope;     /* b: eV², eV²/Å */
};

struct gd_second_moment;

/* Fills *bond for atoms of atomic numbers a and b at distance r. */
typedef void gd_second_moment_bond(const struct gd_second_moment *potential, int a, int b, double r,
                                   struct gd_second_moment_pair *bond);

/* The first member of every such potential. */
struct gd_second_moment {
    struct gd_potential base;
    gd_second_moment_bond *bond;
    struct gd_second_moment_range range;
};

/* GD_BAD_INPUT, blaming `smooth`, when it is longer than the cutoff. */
enum gd_status gd_second_moment_check_range(const struct gd_second_moment_range *range, struct gd_error *error);

/* Of its class. supports: GD_BAD_INPUT for a periodic cell without a cutoff. */
enum gd_status gd_second_moment_supports(const struct gd_potential *potential, const struct gd_structure *structure,
                                         struct gd_error *error);
enum gd_status gd_second_moment_evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                                         double *energy, double (*forces)[3], struct gd_error *error);

#endif
