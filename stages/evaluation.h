/* Evaluating structures of a set into the ledger: what `evaluate` and `archive` share. */
#ifndef GD_STAGES_EVALUATION_H
#define GD_STAGES_EVALUATION_H

#include "stages/ledger.h"

/* Evaluates the structures of a set, at least one, and records them; those that were taken get their energies, forces
 * and serial numbers, the others none. known [batch->count]: those whose energies and forces are set, which are only
 * recorded; NULL: none. */
enum gd_status gd_evaluate_set(struct gd_context *context, struct gd_ledger_rules *rules, struct gd_set *batch,
                               const bool *known);

#endif
