/* Evaluating structures of a set into the ledger: what `evaluate`, `archive` and `walk` share. */
#ifndef GD_STAGES_EVALUATION_H
#define GD_STAGES_EVALUATION_H

#include "stages/failures.h"

/* Evaluates the structures of a set, at least one, and records them; those that were taken get their energies, forces
 * and serial numbers, the others none. known [batch->count]: those whose energies and forces are set, which are only
 * recorded; NULL: none. */
enum gd_status gd_evaluate_set(struct gd_context *context, struct gd_ledger_rules *rules, struct gd_set *batch,
                               const bool *known);

/* Evaluates the structures of a trial, for which the failures are open: energies and forces are set, what fails is
 * among the failures. known [trial->count]: those that have theirs already; NULL: none. `reports`: shows the progress.
 * Nothing is recorded. GD_INTERRUPTED, and what gd_failures_judge says. */
enum gd_status gd_evaluate_trial(struct gd_context *context, struct gd_failures *failures, struct gd_set *trial,
                                 const bool *known, bool reports);

#endif
