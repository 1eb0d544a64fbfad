/* What all samplers share: where the reverse process starts, the walk through its steps, and what follows them. */
#include "model/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/backend.h"
#include "model/guide.h"
#include "model/path_weight.h"

const struct gd_kind gd_kind_sampler = {
    .name = "sampler",
    .summary = "how structures are drawn from a model",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_sampler_class, step), offsetof(struct gd_sampler_class, calls), 0},
};

void gd_sample_start(const struct gd_system *system, struct gd_stream *stream, double *positions)
{
    for (size_t i = system->fixed; i < system->structure.count; i++)
        gd_system_draw(system, stream, positions + 3 * i);
}

/* Normal numbers, which without a mean have a mean of 0 over the atoms, times `spread`, around the middle of the cell,
 * and brought back into walls. */
static void scatter(const struct gd_system *system, struct gd_stream *stream, double spread, bool centred,
                    double *positions)
{
    const double(*vectors)[3] = system->structure.cell.vectors;
    const double atoms = (double)gd_system_mobile(system);
    double mean[3] = {0};
    for (size_t c = 3 * system->fixed; c < 3 * system->structure.count; c++) {
        positions[c] = gd_stream_normal(stream);
        mean[c % 3] += positions[c] / atoms;
    }
    for (size_t c = 3 * system->fixed; c < 3 * system->structure.count; c++) {
        const size_t axis = c % 3;
        const double middle = (vectors[0][axis] + vectors[1][axis] + vectors[2][axis]) / 2;
        positions[c] = middle + spread * (positions[c] - (centred ? mean[axis] : 0));
    }
    for (size_t i = system->fixed; i < system->structure.count; i++)
        gd_system_confine(system, positions + 3 * i, NULL);
}

static void begin(const struct gd_sampling *sampling, struct gd_stream *stream, double *positions)
{
    const struct gd_system *system = sampling->system;
    if (sampling->start == GD_START_UNIFORM)
        gd_sample_start(system, stream, positions);
    else if (sampling->start == GD_START_NORMAL)
        scatter(system, stream, gd_process_spread(sampling->process, 1), false, positions);
    else if (sampling->start == GD_START_ORIGIN)
        scatter(system, stream, gd_origin_spread(system), false, positions);
    else
        scatter(system, stream, sampling->start_scale / sqrt((double)gd_system_mobile(system)), true, positions);
}

/* Of structure k of the set. */
static struct gd_stream stream_of(const struct gd_sampling *sampling, uint32_t k)
{
    struct gd_stream stream = sampling->stream;
    stream.counter[1] += sampling->first + k;
    return stream;
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
    for (size_t k = 0; !status && k < count; k++) {
        streams[k] = stream_of(sampling, (uint32_t)k);
        begin(sampling, &streams[k], positions);
        status = gd_set_push(set, positions, error);
    }
    free(positions);
    return status;
}

static enum gd_status step_all(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler,
                               struct gd_guide_work *guide, struct gd_stride *stride, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (stride->step = 0; !status && stride->step < sampling->steps; stride->step++) {
        status = sampler->step(stride, error);
        if (!status)
            status = gd_guide_step(guide, stride, error);
        if (sampling->progress)
            sampling->progress(sampling->caller, stride->step + 1);
    }
    return status;
}

/* The mean-shift steps, at times that fall from the end to 0. Steps go on counting. */
static enum gd_status shift_all(const struct gd_sampling *sampling, struct gd_stride *stride, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (int64_t k = 0; !status && k < sampling->shifts; k++, stride->step++) {
        double t = sampling->end * (1 - (double)k / (double)sampling->shifts);
        double spread = gd_process_spread(sampling->process, t);
        status = gd_stride_score(stride, t, stride->scores[0], error);
        if (!status)
            gd_stride_move(stride, spread * spread, stride->scores[0], 0, NULL);
        if (sampling->progress)
            sampling->progress(sampling->caller, stride->step + 1);
    }
    return status;
}

/* The whole draw: the sampler's steps, guided; the mean-shift steps; and the relaxation. */
static enum gd_status walk(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler,
                           struct gd_stride *stride, struct gd_error *error)
{
    struct gd_guide_work *guide;
    enum gd_status status = gd_guide_work_new(&guide, stride, error);
    if (!status)
        status = step_all(sampling, sampler, guide, stride, error);
    if (!status)
        status = shift_all(sampling, stride, error);
    if (!status)
        status = gd_guide_finish(guide, stride, error);
    gd_guide_work_free(guide);
    return status;
}

static size_t position_bytes(const struct gd_set *set)
{
    return set->count * set->atoms * 3 * sizeof *set->positions;
}

/* A copy of `host`, in memory of the backend; host NULL: only room. */
static enum gd_status put(struct gd_backend *backend, void *memory, const void *host, size_t bytes,
                          struct gd_error *error)
{
    enum gd_status status = gd_backend_alloc(backend, memory, bytes, "a draw", error);
    void *at;
    memcpy(&at, memory, sizeof at);
    if (!status && host)
        backend->type->upload(backend, at, host, bytes);
    return status;
}

/* What the stride holds in the backend's memory. */
static enum gd_status open_stride(struct gd_stride *stride, struct gd_set *set, const struct gd_stream *streams,
                                  struct gd_error *error)
{
    const struct gd_score *score = &stride->sampling->score;
    size_t score_bytes = set->count * (set->atoms - set->fixed) * 3 * sizeof(float);
    stride->set = *set;
    stride->set.positions = NULL;
    enum gd_status status = put(stride->backend, &stride->set.positions, set->positions, position_bytes(set), error);
    if (!status)
        status = put(stride->backend, &stride->streams, streams, set->count * sizeof *streams, error);
    for (int k = 0; k < 2 && !status; k++)
        status = put(stride->backend, &stride->scores[k], NULL, score_bytes, error);
    if (!status && stride->sampling->weighed)
        status = gd_path_weights_begin(stride, set, error);
    return !status && score->begin ? score->begin(score->self, set, error) : status;
}

/* Fetches the positions, also after a failure, and the weights of the paths. */
static enum gd_status close_stride(struct gd_stride *stride, struct gd_set *set, enum gd_status status,
                                   struct gd_error *error)
{
    struct gd_backend *backend = stride->backend;
    if (stride->set.positions)
        backend->type->download(backend, set->positions, stride->set.positions, position_bytes(set));
    enum gd_status finished = backend->type->finish(backend, error);
    if (!status && !finished && stride->path_weights)
        finished = gd_path_weights_end(stride, set, error);
    void *const memory[] = {stride->set.positions, stride->streams, stride->scores[0], stride->scores[1],
                            stride->path_weights};
    for (size_t k = 0; k < sizeof memory / sizeof *memory; k++)
        backend->type->release(backend, memory[k]);
    return status ? status : finished;
}

enum gd_status gd_sample(const struct gd_sampling *sampling, const struct gd_sampler_class *sampler, const void *params,
                         size_t count, struct gd_set *set, struct gd_error *error)
{
    size_t drawn = 0;
    double variance = 0;
    struct gd_backend *host = NULL;
    struct gd_stride stride = {.sampling = sampling,
                               .params = params,
                               .backend = sampling->score.backend,
                               .drawn = &drawn,
                               .variance = &variance};
    struct gd_stream *streams = gd_array(count, sizeof *streams);
    enum gd_status status = streams ? GD_OK : gd_no_memory(error, "a draw");
    if (!status && !stride.backend) {
        status = gd_backend_new(&host, "reference", 1, error);
        stride.backend = host;
    }
    if (!status)
        status = start_all(sampling, count, set, streams, error);
    if (!status) {
        status = open_stride(&stride, set, streams, error);
        if (!status)
            status = walk(sampling, sampler, &stride, error);
        status = close_stride(&stride, set, status, error);
    }
    gd_backend_free(host);
    free(streams);
    return status;
}
