/* What all samplers share: where the reverse process starts, the walk through its steps, and the two things that a step
 * is made of: asking for the score, and moving the atoms. */
#include "model/sampler.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"
#include "model/nonfinite.h"

const struct gd_kind gd_kind_sampler = {
    .name = "sampler",
    .summary = "how structures are drawn from a model",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_sampler_class, step), offsetof(struct gd_sampler_class, calls), 0},
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

static enum gd_status step_all(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler,
                               struct gd_stride *stride, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (stride->step = 0; status == GD_OK && stride->step < sampling->steps; stride->step++) {
        status = sampler->step(stride, error);
        gd_progress(sampling->context, sampling->done + (double)stride->set->count * (double)(stride->step + 1),
                    sampling->total, "step %" PRId64 " of %" PRId64, stride->step + 1, sampling->steps);
    }
    return status;
}

enum gd_status gd_sample(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler, const void *params,
                         size_t count, struct gd_set *set, struct gd_error *error)
{
    size_t coordinates = 3 * gd_system_mobile(sampling->system);
    struct gd_stride stride = {
        .sampling = sampling,
        .params = params,
        .set = set,
        .streams = gd_array(count, sizeof *stride.streams),
        .scores = {gd_array(count, coordinates * sizeof(float)), gd_array(count, coordinates * sizeof(float))}};
    enum gd_status status =
        stride.streams && stride.scores[0] && stride.scores[1] ? GD_OK : gd_no_memory(error, "a draw");
    if (status == GD_OK)
        status = start_all(sampling, count, set, stride.streams, error);
    if (status == GD_OK)
        status = step_all(sampling, sampler, &stride, error);
    free(stride.streams);
    free(stride.scores[0]);
    free(stride.scores[1]);
    return status;
}

double gd_stride_time(const struct gd_stride *stride, double rho, int64_t ahead)
{
    int64_t k = stride->step + ahead, last = stride->sampling->steps - 1;
    double pace = (1 - pow(stride->sampling->end, 1 / rho)) / (double)last;
    return k <= last ? pow(1 - (double)k * pace, rho) : 0;
}

double gd_stride_spread(const struct gd_stride *stride, double rho, int64_t ahead)
{
    return gd_process_spread(stride->sampling->process, gd_stride_time(stride, rho, ahead));
}

/* Fails at the first coordinate whose score is not finite. */
static enum gd_status check_finite(const struct gd_stride *stride, double t, const float *score, struct gd_error *error)
{
    const struct gd_sampling *sampling = stride->sampling;
    const struct gd_set *set = stride->set;
    size_t each = 3 * (set->atoms - set->fixed);
    for (size_t c = 0; c < set->count * each; c++) {
        if (isfinite(score[c]))
            continue;
        struct gd_nonfinite where = {.what = "score",
                                     .structure = sampling->first + c / each,
                                     .atom = set->fixed + c % each / 3,
                                     .time = t,
                                     .step = stride->step + 1};
        const double *positions = set->positions + 3 * (c / each) * set->atoms;
        return gd_nonfinite_fail(sampling->context, sampling->system, positions, &where, error);
    }
    return GD_OK;
}

enum gd_status gd_stride_score(const struct gd_stride *stride, double t, float *score, struct gd_error *error)
{
    const struct gd_sampling *sampling = stride->sampling;
    const struct gd_set *set = stride->set;
    if (gd_context_stop(sampling->context))
        return gd_interrupted(sampling->context);
    enum gd_status status = sampling->score.evaluate(sampling->score.self, set, t, score, error);
    if (status != GD_OK)
        return status;
    float factor = (float)pow(gd_process_spread(sampling->process, t), -sampling->sharpen);
    for (size_t c = 0; c < set->count * 3 * (set->atoms - set->fixed); c++)
        score[c] *= factor;
    return check_finite(stride, t, score, error);
}

void gd_stride_move(const struct gd_stride *stride, double gain, const float *score, double noise, float *turned)
{
    const struct gd_set *set = stride->set;
    for (size_t k = 0; k < set->count; k++) {
        double *point = set->positions + 3 * (k * set->atoms + set->fixed);
        for (size_t i = set->fixed; i < set->atoms; i++, point += 3) {
            for (int axis = 0; axis < 3; axis++, score++)
                point[axis] += gain * (double)*score + (noise > 0 ? noise * gd_stream_normal(&stride->streams[k]) : 0);
            int sign = gd_system_confine(stride->sampling->system, point);
            if (turned) {
                turned[2] *= (float)sign;
                turned += 3;
            }
        }
    }
}
