#include "model/stride.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "model/backend.h"
#include "model/nonfinite.h"

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

/* Says which coordinate it is that is not finite. */
static enum gd_status blame(const struct gd_stride *stride, double t, size_t coordinate, struct gd_error *error)
{
    const struct gd_sampling *sampling = stride->sampling;
    const struct gd_set *set = &stride->set;
    size_t each = 3 * (set->atoms - set->fixed);
    struct gd_nonfinite where = {.what = "score",
                                 .structure = sampling->first + coordinate / each,
                                 .atom = set->fixed + coordinate % each / 3,
                                 .time = t,
                                 .step = stride->step + 1};
    double *positions = gd_array(set->atoms, 3 * sizeof *positions);
    if (!positions)
        return gd_no_memory(error, "a structure");
    stride->backend->type->download(stride->backend, positions, set->positions + 3 * (coordinate / each) * set->atoms,
                                    3 * set->atoms * sizeof *positions);
    enum gd_status status = stride->backend->type->finish(stride->backend, error);
    if (!status)
        status = gd_nonfinite_fail(sampling->name, sampling->directory, sampling->system, positions, &where, error);
    free(positions);
    return status;
}

enum gd_status gd_stride_score(const struct gd_stride *stride, double t, float *score, struct gd_error *error)
{
    const struct gd_sampling *sampling = stride->sampling;
    const struct gd_set *set = &stride->set;
    struct gd_backend *backend = stride->backend;
    if (sampling->stop && sampling->stop(sampling->caller))
        return gd_fail(error, GD_INTERRUPTED, "interrupted in step %s", sampling->name);
    struct gd_error why = {0};
    enum gd_status status = sampling->score.evaluate(sampling->score.self, set, t, score, &why);
    if (status)
        return gd_fail(error, status, "%s: step %" PRId64 ", time %.6g: %s", sampling->name, stride->step + 1, t,
                       why.text);
    size_t count = 3 * set->count * (set->atoms - set->fixed);
    double first = (double)count;
    float factor = (float)pow(gd_process_spread(sampling->process, t), -sampling->sharpen);
    backend->type->ops.scale(
        backend, &(struct gd_scale){.count = count, .factor = factor, .x = score, .y = score, .first = &first});
    status = backend->type->finish(backend, error);
    return !status && first < (double)count ? blame(stride, t, (size_t)first, error) : status;
}

/* The score at noise s is (E[x₀] - x)/s², and a step's gain at most about s²: no score of structures within the cell
 * moves an atom farther than through the cell. What a network puts out where it knows nothing can, by any length. */
static double farthest_move(const struct gd_cell *cell)
{
    return gd_length(cell->vectors[0]) + gd_length(cell->vectors[1]) + gd_length(cell->vectors[2]);
}

void gd_stride_move(const struct gd_stride *stride, double gain, const float *score, double noise, float *turned)
{
    const struct gd_set *set = &stride->set;
    stride->backend->type->ops.move(
        stride->backend, &(struct gd_move){.system = stride->sampling->system,
                                           .structures = set->count,
                                           .gain = gain,
                                           .farthest = farthest_move(&stride->sampling->system->structure.cell),
                                           .noise = noise,
                                           .streams = stride->streams,
                                           .drawn = *stride->drawn,
                                           .score = score,
                                           .positions = set->positions,
                                           .turned = turned,
                                           .path_weights = noise > 0 ? stride->path_weights : NULL});
    if (noise > 0)
        *stride->drawn += 3 * (set->atoms - set->fixed);
    *stride->variance += noise * noise;
}
