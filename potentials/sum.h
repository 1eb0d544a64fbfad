/* The terms of a sum of potentials. */
#ifndef GD_POTENTIALS_SUM_H
#define GD_POTENTIALS_SUM_H

#include "potentials/potential.h"

enum { GD_SUM_TERMS = 2 };

/* [GD_SUM_TERMS]; NULL when the potential is no sum. */
struct gd_potential *const *gd_sum_terms(const struct gd_potential *potential);

/* Their names as parameters of a sum. */
extern const char *const gd_sum_keys[GD_SUM_TERMS];

#endif
