/* A potential whose results are kept on disk as they come, so that no evaluation is made twice: not by a run that was
 * killed and is continued, nor for a structure that comes again. */
#ifndef GD_POTENTIALS_KEPT_H
#define GD_POTENTIALS_KEPT_H

#include "potentials/potential.h"

/* What gives the results of `inner`, which it owns, also when this fails. identity: what they depend on beside the
 * structure, as text, where the potential does not say so itself (gd_potential_class.identify); copied. */
enum gd_status gd_kept_new(struct gd_potential **kept, struct gd_potential *inner, const char *identity,
                           struct gd_error *error);

#endif
