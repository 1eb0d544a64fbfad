/* Bootstrapped goals of noised energies (R. OuYang et al., BNEM, arXiv:2409.09787): what the model has learned at less
 * noise stands in for the potential at more. The times from 0 to 1 are divided into pieces in which s(t)² or t grows
 * alike. The goal of a structure at a time of one piece is found from energies at a time of the piece before, in the
 * pieces where that pays; never in the first. */
#ifndef GD_STAGES_BOOTSTRAP_H
#define GD_STAGES_BOOTSTRAP_H

#include "engine/base/team.h"
#include "engine/run/context.h"
#include "model/network.h"
#include "stages/monte_carlo.h"

struct gd_bootstrap_params {
    int64_t samples, pieces, trials;
    int spacing;   /* of the pieces */
    double direct; /* Å */
};

extern const struct gd_param gd_bootstrap_rows[];

/* Zero-initialise; clear with gd_bootstrap_clear. */
struct gd_bootstrap {
    const struct gd_bootstrap_params *params;
    struct gd_context *context;
    const struct gd_system *system;
    const struct gd_process *process;
    struct gd_network *network;
    double *ends; /* [pieces + 1] times between which the pieces are */
    bool *pays;   /* [pieces] */
    double time;  /* of the energies that are asked for next */
};

/* With the model of the state, whose head for noised energies is asked; none pays yet. */
enum gd_status gd_bootstrap_make(struct gd_bootstrap *bootstrap, struct gd_context *context,
                                 const struct gd_bootstrap_params *params);
void gd_bootstrap_clear(struct gd_bootstrap *bootstrap);

/* Decides in which pieces it pays: with e the mean square of U - E_K over trials at times of the piece, and e' over
 * trials at times of the piece before, where e (K_b - 1)/K_b > e', K_b = params->samples. Structures are drawn from the
 * buffer, and E_K is by the kernel, whose evaluations are added to *evaluations. Without trials it pays in all. */
enum gd_status gd_bootstrap_decide(struct gd_bootstrap *bootstrap, const struct gd_monte_carlo *kernel,
                                   const struct gd_set *buffer, struct gd_team *team, int64_t *evaluations);

/* Whether the goal of a structure at time t is bootstrapped. */
bool gd_bootstrap_pays(const struct gd_bootstrap *bootstrap, double t);

/* The estimate at y of time t from K_b energies of the model; `sample` distinguishes random streams. */
enum gd_status gd_bootstrap_estimate(struct gd_bootstrap *bootstrap, const struct gd_monte_carlo *kernel,
                                     const double *y, double t, uint32_t sample, struct gd_monte_carlo_result *result);

#endif
