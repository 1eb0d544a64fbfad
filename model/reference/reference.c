#include "model/reference/reference.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "model/host.h"

static enum gd_status create(struct gd_backend **backend, int threads, struct gd_error *error)
{
    (void)threads;
    *backend = gd_array(1, sizeof **backend);
    if (!*backend)
        return gd_no_memory(error, "a backend");
    (*backend)->type = &gd_backend_reference;
    return GD_OK;
}

static void destroy(struct gd_backend *backend)
{
    free(backend);
}

const struct gd_backend_class gd_backend_reference = {
    .name = "reference",
    .batch = 32,
    .memory = "memory",
    .host = true,
    .find = gd_host_find,
    .create = create,
    .destroy = destroy,
    .alloc = gd_host_alloc,
    .release = gd_host_release,
    .upload = gd_host_upload,
    .download = gd_host_download,
    .zero = gd_host_zero,
    .finish = gd_host_finish,
    .ops = {.dense = gd_reference_dense,
            .dense_input = gd_reference_dense_input,
            .dense_weight = gd_reference_dense_weight,
            .perceptron = gd_reference_perceptron,
            .perceptron_backward = gd_reference_perceptron_backward,
            .gather = gd_reference_gather,
            .sum_rows = gd_reference_sum_rows,
            .copy_rows = gd_reference_copy_rows,
            .radial = gd_reference_radial,
            .windows = gd_reference_windows,
            .interpolate = gd_reference_interpolate,
            .interpolate_backward = gd_reference_interpolate_backward,
            .message = gd_reference_message,
            .message_sender = gd_reference_message_sender,
            .message_filter = gd_reference_message_filter,
            .message_fused = gd_reference_message_fused,
            .message_fused_backward = gd_reference_message_fused_backward,
            .norms = gd_reference_norms,
            .norms_backward = gd_reference_norms_backward,
            .mix = gd_reference_mix,
            .mix_backward = gd_reference_mix_backward,
            .gate = gd_reference_gate,
            .gate_backward = gd_reference_gate_backward,
            .loss = gd_reference_loss,
            .squares = gd_reference_squares,
            .adamw = gd_reference_adamw,
            .scale = gd_reference_scale,
            .move = gd_reference_move,
            .find_edges = gd_reference_find_edges},
};
