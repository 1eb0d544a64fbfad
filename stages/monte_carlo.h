/* The score of the noised Boltzmann distribution at one structure, by Monte Carlo from the potential
 * (stages/estimate.c). */
#ifndef GD_STAGES_MONTE_CARLO_H
#define GD_STAGES_MONTE_CARLO_H

#include "atoms/system.h"
#include "engine/base/random.h"
#include "potentials/potential.h"

struct gd_monte_carlo {
    const struct gd_system *system;
    const struct gd_potential *potential;
    double temperature; /* eV */
    double clash;       /* Å: structures with closer atoms have no weight, and are not evaluated */
    double variance; /* S², Å²: the score is a mean of c F/T + (1 - c) ε/s, c = S²/(S² + s²); 0: energies suffice,
                        infinite: of forces alone */
    double limit;    /* 1/Å: a longer F/T of an atom counts as if it were so long; 0: no limit */
    int64_t samples;       /* K */
    double floor, ceiling; /* eV: an energy farther than `ceiling` above `floor` is softened; 0: none is */
};

struct gd_monte_carlo_result {
    double *score;       /* [mobile][3] 1/Å, by the caller; 0 when there is no weight */
    double energy;       /* E_K = -log (1/K) Σ exp(-E/T), in units of T; infinite when there is no weight */
    double effective;    /* effective number of samples; 0: none has an energy */
    int64_t evaluations; /* calls of the potential */
};

/* The term of the score that a sample has, in place of its noise ε; forces: [mobile][3] F/T, as the atoms lie before
 * walls reflect them, shortened here; noise: [mobile][3]. */
void gd_monte_carlo_term(const struct gd_monte_carlo *estimate, double spread, double *forces, double *noise);

/* The estimate at positions y [atoms][3], where the noise has a spread (Å). Samples whose energy is not known have no
 * weight. GD_NO_MEMORY alone. */
enum gd_status gd_monte_carlo_score(const struct gd_monte_carlo *estimate, const double *y, double spread,
                                    struct gd_stream *stream, struct gd_monte_carlo_result *result,
                                    struct gd_error *error);

/* Energies of the noised distribution at one time, in units of T, where the caller knows them. */
struct gd_noised_energies {
    enum gd_status (*find)(void *self, const double *positions, size_t count, double *energies,
                           struct gd_error *error); /* positions: [count][atoms][3]; energies: [count] */
    void *self;
};

/* The same estimate from the energies E_u at a time u of less noise (R. OuYang et al., BNEM, arXiv:2409.09787), where
 * spread² = s(t)² - s(u)²:  E_K = -log (1/K) Σ exp(-E_u(x_i)),  x_i = y + spread ε_i,  with the score Σ w_i ε_i/spread,
 * w = softmax(-E_u(x_i)). Energies that are not finite have no weight. The potential is not called. GD_NO_MEMORY, and
 * what `find` fails with. */
enum gd_status gd_monte_carlo_bootstrap(const struct gd_monte_carlo *estimate, const struct gd_noised_energies *known,
                                        const double *y, double spread, struct gd_stream *stream,
                                        struct gd_monte_carlo_result *result, struct gd_error *error);

/* Estimates of the same structure from `count` and from `others` samples become one from all, in `result`; vectors: the
 * length of a score. Evaluations are added up. */
void gd_monte_carlo_join(struct gd_monte_carlo_result *result, int64_t count, const struct gd_monte_carlo_result *other,
                         int64_t others, size_t vectors);

#endif
