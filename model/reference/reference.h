/* The plain statement of every operation: loops in the order of the formulas in model/backend.h, sums in double. */
#ifndef GD_MODEL_REFERENCE_H
#define GD_MODEL_REFERENCE_H

#include "model/backend.h"

void gd_reference_dense(struct gd_backend *backend, const struct gd_dense *a);
void gd_reference_dense_input(struct gd_backend *backend, const struct gd_dense_input *a);
void gd_reference_dense_weight(struct gd_backend *backend, const struct gd_dense_weight *a);
void gd_reference_perceptron(struct gd_backend *backend, const struct gd_perceptron *a);
void gd_reference_perceptron_backward(struct gd_backend *backend, const struct gd_perceptron_backward *a);
void gd_reference_gather(struct gd_backend *backend, const struct gd_gather *a);
void gd_reference_sum_rows(struct gd_backend *backend, const struct gd_sum_rows *a);
void gd_reference_copy_rows(struct gd_backend *backend, const struct gd_copy_rows *a);
void gd_reference_radial(struct gd_backend *backend, const struct gd_radial *a);
void gd_reference_windows(struct gd_backend *backend, const struct gd_windows *a);
void gd_reference_interpolate(struct gd_backend *backend, const struct gd_interpolate *a);
void gd_reference_interpolate_backward(struct gd_backend *backend, const struct gd_interpolate_backward *a);
void gd_reference_message(struct gd_backend *backend, const struct gd_message *a);
void gd_reference_message_sender(struct gd_backend *backend, const struct gd_message_sender *a);
void gd_reference_message_filter(struct gd_backend *backend, const struct gd_message_filter *a);
void gd_reference_message_fused(struct gd_backend *backend, const struct gd_message_fused *a);
void gd_reference_message_fused_backward(struct gd_backend *backend, const struct gd_message_fused_backward *a);
void gd_reference_norms(struct gd_backend *backend, const struct gd_norms *a);
void gd_reference_norms_backward(struct gd_backend *backend, const struct gd_norms_backward *a);
void gd_reference_mix(struct gd_backend *backend, const struct gd_mix *a);
void gd_reference_mix_backward(struct gd_backend *backend, const struct gd_mix_backward *a);
void gd_reference_gate(struct gd_backend *backend, const struct gd_gate *a);
void gd_reference_gate_backward(struct gd_backend *backend, const struct gd_gate_backward *a);
void gd_reference_loss(struct gd_backend *backend, const struct gd_loss *a);
void gd_reference_squares(struct gd_backend *backend, const struct gd_squares *a);
void gd_reference_adamw(struct gd_backend *backend, const struct gd_adamw_step *a);
void gd_reference_scale(struct gd_backend *backend, const struct gd_scale *a);
void gd_reference_move(struct gd_backend *backend, const struct gd_move *a);
void gd_reference_find_edges(struct gd_backend *backend, const struct gd_find_edges *a);

double gd_reference_silu(double x);
double gd_reference_silu_slope(double x);

extern const struct gd_backend_class gd_backend_reference;

#endif
