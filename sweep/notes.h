/* What one has to know to read a comparison right. */
#ifndef GD_SWEEP_NOTES_H
#define GD_SWEEP_NOTES_H

#include "sweep/comparison.h"

/* Sentences without their full stops, each ended by a newline: of variants that have accepted nothing, of relaxations
 * that have not converged, of energies of two kinds, and of few runs. New string, empty where there is nothing to say;
 * NULL when out of memory. */
char *gd_comparison_notes(const struct gd_comparison *comparison);

/* What costs, hits and restricted means are, in a sentence without its stop: a new string, NULL when memory is short.
 */
char *gd_comparison_costs(const struct gd_comparison *comparison);

#endif
