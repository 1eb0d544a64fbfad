#include "bench/workload.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/base/sort.h"
#include "model/noise_ve.h"
#include "model/noising.h"

#define LATTICE 3.92 /* Å, of platinum */

enum { PLATINUM = 78, SEED = 1, SAMPLES_MIN = 7, SAMPLES_MAX = 100000 };

const struct gd_painn_params gd_workload_shape = {
    .features = 64, .blocks = 4, .radial = 30, .cutoff = 6.0, .heads = GD_SCORE_ONLY};

static enum gd_status make_system(struct gd_workload *workload, const int64_t size[3], size_t mobile,
                                  struct gd_error *error)
{
    static const double window[2] = {1.0, 6.0};
    struct gd_structure slab = {0};
    int *species = gd_array(mobile, sizeof *species);
    enum gd_status status =
        species ? gd_build_fcc111(PLATINUM, size, LATTICE, 8.0, &slab, error) : gd_no_memory(error, "mobile atoms");
    for (size_t i = 0; i < mobile && !status; i++)
        species[i] = PLATINUM;
    if (!status)
        status = gd_system_make(&workload->system, &slab, species, mobile, window, true, error);
    gd_structure_clear(&slab);
    free(species);
    return status;
}

static enum gd_status allocate(struct gd_workload *workload, size_t mobile, struct gd_error *error)
{
    workload->structures = gd_array(workload->count, sizeof *workload->structures);
    workload->fixed = gd_array(workload->count, sizeof *workload->fixed);
    workload->times = gd_array(workload->count, sizeof *workload->times);
    workload->weights = gd_array(workload->count, sizeof *workload->weights);
    workload->target = gd_array(workload->count * mobile, 3 * sizeof *workload->target);
    workload->output = gd_array(workload->count * mobile, 3 * sizeof *workload->output);
    return workload->structures && workload->fixed && workload->times && workload->weights && workload->target &&
                   workload->output
               ? GD_OK
               : gd_no_memory(error, "a workload");
}

static enum gd_status add_structure(struct gd_workload *workload, size_t mobile, size_t k, struct gd_error *error)
{
    const struct gd_structure *like = &workload->system.structure;
    struct gd_stream stream = gd_stream_make(SEED, 0, 0, (uint32_t)k);
    enum gd_status status = gd_set_push(&workload->set, &like->positions[0][0], error);
    if (status)
        return status;
    double *positions = workload->set.positions + 3 * like->count * k;
    if (workload->system.fixed > 0)
        gd_sample_start(&workload->system, &stream, positions);
    workload->times[k] = gd_stream_uniform(&stream);
    workload->weights[k] = 1;
    workload->fixed[k] = workload->system.fixed;
    gd_noise_structure(&workload->system, &workload->process, workload->times[k], &stream, positions,
                       workload->target + 3 * mobile * k);
    return GD_OK;
}

/* All but the system, of which `mobile` atoms move. */
static enum gd_status fill(struct gd_workload *workload, size_t mobile, size_t count, struct gd_error *error)
{
    struct gd_stream stream = gd_stream_make(SEED, 1, 0, 0);
    workload->count = count;
    enum gd_status status =
        gd_process_make(&workload->process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1.0}, error);
    if (!status)
        status = allocate(workload, mobile, error);
    if (!status)
        status = gd_set_init(&workload->set, &workload->system.structure, workload->system.fixed, error);
    for (size_t k = 0; k < count && !status; k++)
        status = add_structure(workload, mobile, k, error);
    for (size_t k = 0; k < count && !status; k++)
        workload->structures[k] = gd_set_view(&workload->set, k);
    if (!status)
        status =
            gd_model_new(&workload->model, &gd_network_painn, &gd_workload_shape, &workload->process, &stream, error);
    return status;
}

enum gd_status gd_workload_make(struct gd_workload *workload, const int64_t size[3], size_t mobile, size_t count,
                                struct gd_error *error)
{
    *workload = (struct gd_workload){0};
    enum gd_status status = make_system(workload, size, mobile, error);
    return status ? status : fill(workload, mobile, count, error);
}

static int by_distance(const void *a, const void *b)
{
    const double *p = a, *q = b;
    double x = p[0] * p[0] + p[1] * p[1] + p[2] * p[2], y = q[0] * q[0] + q[1] * q[1] + q[2] * q[2];
    return (x > y) - (x < y);
}

enum gd_status gd_workload_make_cluster(struct gd_workload *workload, size_t atoms, struct gd_error *error)
{
    struct gd_structure *structure = &workload->system.structure;
    int half = (int)ceil(cbrt((double)atoms)); /* the crystal is twice as wide as the cluster */
    size_t side = 2 * (size_t)half + 1, places = 0;
    *workload = (struct gd_workload){0};
    double(*crystal)[3] = gd_array(side * side * side / 2 + 1, sizeof *crystal);
    enum gd_status status =
        crystal ? gd_structure_alloc(structure, atoms, false, error) : gd_no_memory(error, "a crystal");
    for (int i = -half; i <= half && !status; i++)
        for (int j = -half; j <= half; j++)
            for (int k = -half; k <= half; k++)
                if ((i + j + k) % 2 == 0) {
                    crystal[places][0] = 0.5 * LATTICE * i;
                    crystal[places][1] = 0.5 * LATTICE * j;
                    crystal[places++][2] = 0.5 * LATTICE * k;
                }
    if (!status) {
        qsort(crystal, places, sizeof *crystal, by_distance);
        memcpy(structure->positions, crystal, atoms * sizeof *crystal);
        for (size_t i = 0; i < atoms; i++)
            structure->species[i] = PLATINUM;
        status = gd_basis_make(&workload->system.basis, &structure->cell, error);
    }
    free(crystal);
    return status ? status : fill(workload, atoms, 1, error);
}

void gd_workload_clear(struct gd_workload *workload)
{
    gd_model_free(workload->model);
    gd_set_clear(&workload->set);
    gd_system_clear(&workload->system);
    free(workload->structures);
    free(workload->fixed);
    free(workload->times);
    free(workload->weights);
    free(workload->target);
    free(workload->output);
    *workload = (struct gd_workload){0};
}

static enum gd_status find_edges(const struct gd_workload *workload, struct gd_network *network, struct gd_error *error)
{
    return gd_network_set_alike(network, workload->structures, workload->system.fixed, workload->count, error);
}

enum gd_status gd_workload_step(struct gd_workload *workload, struct gd_network *network, struct gd_error *error)
{
    const struct gd_adamw adamw = {
        .rate = 1e-4, .decay = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip = 10};
    double loss, norm;
    enum gd_status status = find_edges(workload, network, error);
    if (!status)
        status = gd_network_loss(network, workload->times, workload->weights, workload->target, true, &loss, error);
    return status ? status : gd_network_step(network, &adamw, &norm, error);
}

enum gd_status gd_workload_forward(struct gd_workload *workload, struct gd_network *network, struct gd_error *error)
{
    enum gd_status status = find_edges(workload, network, error);
    return status ? status
                  : gd_network_forward(network, &gd_head_score, workload->times, false, workload->output, error);
}

enum gd_status gd_measure(enum gd_status (*work)(void *, struct gd_error *), void *context, double seconds,
                          double *median, struct gd_error *error)
{
    double *samples = gd_array(SAMPLES_MAX, sizeof *samples);
    enum gd_status status = samples ? work(context, error) : gd_no_memory(error, "samples");
    const double started = gd_clock();
    size_t count = 0;
    while (!status && count < SAMPLES_MAX && (count < SAMPLES_MIN || gd_clock() - started < seconds)) {
        const double before = gd_clock();
        status = work(context, error);
        samples[count++] = 1000 * (gd_clock() - before);
    }
    if (!status)
        *median = gd_median(samples, count);
    free(samples);
    return status;
}
