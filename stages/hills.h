/* Hills on collective variables: the value of the slot `hills`, the bias V of well-tempered metadynamics (A. Barducci,
 * G. Bussi and M. Parrinello, Phys. Rev. Lett. 100, 020603 (2008)),
 *
 *     V(s) = Σ_i h_i exp(-|s - s_i|²/(2 w_i²)),    h_i = h exp(-V(s_i)/((γ - 1) T)).
 *
 * Where structures are drawn from exp(-(E + V)/T), V approaches -(1 - 1/γ) F(s), with F the free energy. */
#ifndef GD_STAGES_HILLS_H
#define GD_STAGES_HILLS_H

#include "atoms/system.h"
#include "engine/run/state.h"

/* Collective variables. */
enum { GD_VARIABLE_X, GD_VARIABLE_Y, GD_VARIABLE_HEIGHT, GD_VARIABLE_COORDINATION, GD_VARIABLES };

extern const char *const gd_variable_names[]; /* NULL-ended */

/* Their values for a structure of the system. positions: [atoms][3].
 *
 * x, y: middle of the mobile atoms along the first and second cell vector, Å, that of a circle where the cell is
 * periodic; height: their mean z, Å; coordination: the mean over them of Σ 1/(1 + (r/r_0)^6) over all other atoms, with
 * r_0 1.3 times the sum of the covalent radii. */
void gd_variables_find(const struct gd_system *system, const double *positions, double values[GD_VARIABLES]);

/* Their periods; 0: none. */
void gd_variables_periods(const struct gd_system *system, double periods[GD_VARIABLES]);

struct gd_hill {
    double variables;            /* bit k: variable k */
    double height, width;        /* eV; Å, and 1 for the coordination */
    double centre[GD_VARIABLES]; /* of all variables */
};

struct gd_hills {
    size_t count, capacity;
    struct gd_hill *hills; /* [capacity] */
};

extern const struct gd_slot gd_slot_hills;

/* V in eV; 0 for NULL. */
double gd_hills_energy(const struct gd_hills *hills, const double values[GD_VARIABLES],
                       const double periods[GD_VARIABLES]);

/* Adds a hill. GD_NO_MEMORY. */
enum gd_status gd_hills_add(struct gd_hills *hills, const struct gd_hill *hill, struct gd_error *error);

#endif
