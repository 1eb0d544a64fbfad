/* What training the force and energy heads costs: an optimisation step of the score alone on a batch of 16, and one of
 * all heads on the same with a quarter more structures, about which forces and energies are learned.
 *
 *   bench_heads [THREADS] [ROUNDS] [cpu|cuda]       (default: 1 60 cpu)
 *
 * The two alternate, so that both meet the same machine. Prints the medians in milliseconds, and their ratio. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/workload.h"
#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/base/sort.h"

enum { BATCH = 16, ARCHIVE = BATCH / 4, MOBILE = 7, WARM_UP = 3 };

static const int64_t slab[3] = {6, 6, 2};
static const float energies[ARCHIVE] = {1, 2, 3, 4};

/* A network, and what it is to learn from the first `count` structures of the workload. */
struct subject {
    struct gd_network *network;
    size_t count, goal_count;
    struct gd_goal goals[GD_HEADS_MOST];
};

static enum gd_status make_network(const struct gd_workload *workload, bool heads, const char *device, int threads,
                                   struct gd_network **network, struct gd_error *error)
{
    struct gd_painn_params shape = gd_workload_shape;
    struct gd_stream stream = gd_stream_make(1, 1, 0, 0);
    struct gd_model *model = NULL;
    for (int k = 0; heads && gd_heads[k]; k++)
        shape.heads |= UINT64_C(1) << k;
    enum gd_status status = gd_model_new(&model, &gd_network_painn, &shape, &workload->process, &stream, error);
    if (!status)
        status = gd_network_new(network, model, device, threads, error);
    gd_model_free(model);
    return status;
}

static struct subject subject_of(const struct gd_workload *workload, bool heads)
{
    const float *forces = workload->target + 3 * MOBILE * BATCH;
    return (struct subject){
        .count = heads ? BATCH + ARCHIVE : BATCH,
        .goal_count = heads ? 3 : 1,
        .goals = {
            {.head = &gd_head_score, .count = BATCH, .target = workload->target, .factor = 1},
            {.head = &gd_head_force, .first = BATCH, .count = ARCHIVE, .target = forces, .factor = 10, .huber = 1},
            {.head = &gd_head_energy, .first = BATCH, .count = ARCHIVE, .target = energies, .factor = 10, .huber = 1}}};
}

static enum gd_status step(const struct gd_workload *workload, struct subject *subject, double *milliseconds,
                           struct gd_error *error)
{
    const struct gd_adamw adamw = {
        .rate = 1e-4, .decay = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip = 10};
    const double before = gd_clock();
    double norm;
    enum gd_status status =
        gd_network_set_alike(subject->network, workload->structures, workload->system.fixed, subject->count, error);
    if (!status)
        status = gd_network_goals(subject->network, workload->times, subject->goals, subject->goal_count, true, error);
    if (!status)
        status = gd_network_step(subject->network, &adamw, &norm, error);
    *milliseconds = 1000 * (gd_clock() - before);
    return status;
}

/* samples[2][rounds] */
static enum gd_status measure(const struct gd_workload *workload, struct subject subjects[2], size_t rounds,
                              double *samples, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < rounds + WARM_UP && !status; k++)
        for (size_t which = 0; which < 2 && !status; which++) {
            double time = 0;
            status = step(workload, &subjects[which], &time, error);
            if (k >= WARM_UP)
                samples[which * rounds + k - WARM_UP] = time;
        }
    return status;
}

int main(int count, char **arguments)
{
    const int threads = count > 1 ? atoi(arguments[1]) : 1;
    const size_t rounds = count > 2 ? (size_t)atoi(arguments[2]) : 60;
    const char *device = count > 3 ? arguments[3] : "cpu";
    struct gd_error error = {0};
    struct gd_workload workload;
    enum gd_status status = gd_workload_make(&workload, slab, MOBILE, BATCH + ARCHIVE, &error);
    struct subject subjects[] = {subject_of(&workload, false), subject_of(&workload, true)};
    double *samples = gd_array(2 * rounds, sizeof *samples);
    if (!samples)
        status = gd_no_memory(&error, "samples");
    for (int which = 0; which < 2 && !status; which++)
        status = make_network(&workload, which == 1, device, threads, &subjects[which].network, &error);
    if (!status)
        status = measure(&workload, subjects, rounds, samples, &error);
    if (!status) {
        double alone = gd_median(samples, rounds), all = gd_median(samples + rounds, rounds);
        printf("%d threads: score %.2f ms, with forces and energies %.2f ms, ratio %.3f\n", threads, alone, all,
               all / alone);
    } else
        fprintf(stderr, "bench_heads: %s\n", error.text);
    for (int which = 0; which < 2; which++)
        gd_network_free(subjects[which].network);
    free(samples);
    gd_workload_clear(&workload);
    return status ? 1 : 0;
}
