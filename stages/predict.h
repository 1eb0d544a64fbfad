/* What a model predicts for whole sets of structures. */
#ifndef GD_STAGES_PREDICT_H
#define GD_STAGES_PREDICT_H

#include "atoms/structure.h"
#include "engine/run/context.h"
#include "model/network.h"

/* What a head predicts for structures first .. first+count-1 of a set, without noise and in one pass: output as of
 * gd_network_forward. GD_BAD_INPUT when the network has no such head. */
enum gd_status gd_predict(struct gd_network *network, const struct gd_head_class *head, const struct gd_set *set,
                          size_t first, size_t count, float *output, struct gd_error *error);

/* The energies that a model's head for energies predicts for the structures of a set, [set->count] in eV, of their
 * mobile atoms and without noise. Those of a structure do not depend on the others, nor on the number of threads.
 * GD_BAD_INPUT when the model has no such head, GD_FAILED when an energy is not finite; the message names the step. */
enum gd_status gd_predict_energies(struct gd_context *context, const struct gd_model *model, const struct gd_set *set,
                                   float *energies);

#endif
