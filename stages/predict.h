/* What a model predicts for whole sets of structures. */
#ifndef GD_STAGES_PREDICT_H
#define GD_STAGES_PREDICT_H

#include "atoms/structure.h"
#include "engine/run/context.h"
#include "model/model.h"

/* The energies that a model's head for energies predicts for the structures of a set, [set->count] in eV, of their
 * mobile atoms and without noise. Those of a structure do not depend on the others, nor on the number of threads.
 * GD_BAD_INPUT when the model has no such head, GD_FAILED when an energy is not finite; the message names the step. */
enum gd_status gd_predict_energies(struct gd_context *context, const struct gd_model *model, const struct gd_set *set,
                                   float *energies);

#endif
