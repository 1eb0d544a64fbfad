#include "model/path_weight.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "model/backend.h"

/* The variance of a coordinate where the reverse process starts, Å²; of a point: where noise alone would end. */
static double start_variance(const struct gd_process *process, int start, double scale, size_t atoms)
{
    if (start == GD_START_HARMONIC)
        return scale * scale / (double)atoms;
    return pow(gd_process_spread(process, 1), 2);
}

/* Between two walls less than a standard deviation apart the density is uniform to 3e-9, from the middle on: all that
 * is left of it are cosines with the factor exp(-2π²) and less. */
static bool is_thin(const struct gd_system *system, double variance)
{
    return system->window[1] - system->window[0] < sqrt(variance);
}

const char *gd_path_weight_unknown(const struct gd_system *system, const struct gd_process *process, int start,
                                   double start_scale, bool absolute)
{
    const bool *periodic = system->structure.cell.periodic;
    if (system->region.count > 0)
        return "are known in a window or without walls, and not in other regions";
    if (start == GD_START_UNIFORM) {
        for (int k = 0; k < 3; k++)
            if (!periodic[k] && !gd_system_bounds(system, k))
                return "from start: uniform need walls or a periodic cell in all directions: choose another start";
        return NULL;
    }
    const double variance = start_variance(process, start, start_scale, gd_system_mobile(system));
    if (system->confined && !is_thin(system, variance))
        return "in a window need start: uniform";
    if (start == GD_START_HARMONIC && (absolute || !gd_system_floats(system)))
        return "from start: harmonic, where the mean of the atoms is fixed, need several atoms and a network that does "
               "not see absolute positions: choose another start";
    return NULL;
}

double gd_origin_spread(const struct gd_system *system)
{
    return gd_system_mobile(system) > 1 ? 1e-3 : 0;
}

/* How many coordinates of a structure have a normal distribution where paths start: those of the centre of the atoms
 * only where that counts, and none across a thin window. */
static double count_normal(const struct gd_system *system, bool own)
{
    return (double)((gd_system_mobile(system) - own) * (system->confined ? 2 : 3));
}

/* The sum of squares of the distances from the middle of the cell, or from their own. */
static double squares(const struct gd_system *system, bool own, const double *positions)
{
    const double(*vectors)[3] = system->structure.cell.vectors;
    const size_t first = 3 * system->fixed, end = 3 * system->structure.count;
    double point[3] = {0}, sum = 0;
    for (size_t axis = 0; axis < 3 && !own; axis++)
        point[axis] = (vectors[0][axis] + vectors[1][axis] + vectors[2][axis]) / 2;
    for (size_t c = first; c < end && own; c++)
        point[c % 3] += 3 * positions[c] / (double)(end - first);
    for (size_t c = first; c < end; c++)
        if (c % 3 < 2 || !system->confined)
            sum += pow(positions[c] - point[c % 3], 2);
    return sum;
}

/* -log p(X_1) of where a structure starts, or, of paths from one point, of where noise alone would end. The density is
 * normalised, so that draws from other starts, and with other noise, can be weighed together. */
static double end_of(const struct gd_stride *stride, const double *positions)
{
    const struct gd_sampling *sampling = stride->sampling;
    const struct gd_system *system = sampling->system;
    const size_t mobile = gd_system_mobile(system);
    double variance = *stride->variance + pow(gd_origin_spread(system), 2);
    if (sampling->start != GD_START_ORIGIN)
        variance = start_variance(sampling->process, sampling->start, sampling->start_scale, mobile);
    const bool own = gd_system_floats(system) && !sampling->absolute;
    return squares(system, own, positions) / (2 * variance) + count_normal(system, own) * log(2 * M_PI * variance) / 2;
}

static void weigh_ends(const struct gd_stride *stride, struct gd_set *set)
{
    for (size_t k = 0; k < set->count; k++)
        set->path_weights[k] += end_of(stride, set->positions + 3 * set->atoms * k);
}

enum gd_status gd_path_weights_begin(struct gd_stride *stride, struct gd_set *set, struct gd_error *error)
{
    const int start = stride->sampling->start;
    const size_t atoms = set->count * (set->atoms - set->fixed);
    double *none = gd_array(atoms, sizeof *none);
    if (!none)
        return gd_no_memory(error, "the weights of paths");
    for (size_t k = 0; k < set->count; k++)
        set->path_weights[k] = 0;
    if (start == GD_START_NORMAL || start == GD_START_HARMONIC)
        weigh_ends(stride, set);
    struct gd_backend *backend = stride->backend;
    enum gd_status status =
        gd_backend_alloc(backend, &stride->path_weights, atoms * sizeof *none, "the weights of paths", error);
    if (!status)
        backend->type->upload(backend, stride->path_weights, none, atoms * sizeof *none);
    if (!status)
        status = backend->type->finish(backend, error);
    free(none);
    return status;
}

enum gd_status gd_path_weights_end(const struct gd_stride *stride, struct gd_set *set, struct gd_error *error)
{
    const size_t mobile = set->atoms - set->fixed, atoms = set->count * mobile;
    double *steps = gd_array(atoms, sizeof *steps);
    if (!steps)
        return gd_no_memory(error, "the weights of paths");
    struct gd_backend *backend = stride->backend;
    backend->type->download(backend, steps, stride->path_weights, atoms * sizeof *steps);
    enum gd_status status = backend->type->finish(backend, error);
    for (size_t k = 0; k < atoms && !status; k++)
        set->path_weights[k / mobile] += steps[k];
    if (!status && stride->sampling->start == GD_START_ORIGIN)
        weigh_ends(stride, set);
    free(steps);
    return status;
}
