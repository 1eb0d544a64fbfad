/* The forces of a potential in place of a network's, for guidance. */
#ifndef GD_STAGES_EXACT_FORCES_H
#define GD_STAGES_EXACT_FORCES_H

#include "model/sampler.h"
#include "potentials/potential.h"

struct gd_exact_forces {
    const struct gd_potential *potential; /* borrowed, as is the next */
    struct gd_backend *backend;           /* in whose memory positions and forces are; NULL: the host's */
    int threads;
};

/* The source; `exact` must live as long. Forces that are not finite come as they are. */
struct gd_force_source gd_exact_forces(struct gd_exact_forces *exact);

#endif
