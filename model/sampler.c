/* What all samplers share: where the reverse process starts, drawing many structures, and what happens when a number
 * stops being finite. */
#include "model/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"
#include "model/nonfinite.h"

const struct gd_kind gd_kind_sampler = {
    .name = "sampler",
    .summary = "how structures are drawn from a model",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_sampler_class, run), 0},
};

void gd_sample_start(const struct gd_system *system, struct gd_stream *stream, double *positions)
{
    const double *window = system->window;
    for (size_t i = system->fixed; i < system->structure.count; i++) {
        double *point = positions + 3 * i, fractional[3];
        for (int k = 0; k < 3; k++)
            fractional[k] = gd_system_bounds(system, k) ? 0 : gd_stream_uniform(stream);
        gd_to_cartesian(&system->basis, fractional, point);
        if (system->confined)
            point[2] = window[0] + (window[1] - window[0]) * gd_stream_uniform(stream);
    }
}

/* Appends `count` structures at their starts, and leaves their streams where the sampler goes on. */
static enum gd_status start_all(const struct gd_sampling *sampling, size_t count, struct gd_set *set,
                                struct gd_stream *streams, struct gd_error *error)
{
    const struct gd_structure *structure = &sampling->system->structure;
    double *positions = gd_array(structure->count, 3 * sizeof *positions);
    if (!positions)
        return gd_no_memory(error, "the start of a draw");
    memcpy(positions, structure->positions, structure->count * sizeof *structure->positions);
    enum gd_status status = gd_set_reserve(set, count, error);
    for (size_t k = 0; status == GD_OK && k < count; k++) {
        streams[k] = gd_context_stream(sampling->context, sampling->first + (uint32_t)k);
        gd_sample_start(sampling->system, &streams[k], positions);
        status = gd_set_push(set, positions, error);
    }
    free(positions);
    return status;
}

enum gd_status gd_sample(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler, const void *params,
                         size_t count, struct gd_set *set, struct gd_error *error)
{
    struct gd_stream *streams = gd_array(count, sizeof *streams);
    if (!streams)
        return gd_no_memory(error, "the random streams of a draw");
    enum gd_status status = start_all(sampling, count, set, streams, error);
    if (status == GD_OK)
        status = sampler->run(sampling, params, set, streams, error);
    free(streams);
    return status;
}

enum gd_status gd_sample_check(const struct gd_sampling *sampling, const struct gd_set *set, const float *score,
                               double gain, int64_t step, double t, struct gd_error *error)
{
    for (size_t k = 0; k < set->count; k++) {
        const double *positions = set->positions + 3 * k * set->atoms;
        for (size_t i = 3 * set->fixed; i < 3 * set->atoms; i++, score++) {
            if (isfinite(positions[i] + gain * (double)*score))
                continue;
            struct gd_nonfinite where = {.what = isfinite(*score) ? "position" : "score",
                                         .structure = sampling->first + k,
                                         .atom = i / 3,
                                         .time = t,
                                         .step = step + 1};
            return gd_nonfinite_fail(sampling->context, sampling->system, positions, &where, error);
        }
    }
    return GD_OK;
}
