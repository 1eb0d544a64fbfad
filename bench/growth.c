/* Time and memory of the network against the number of atoms: one structure at a time, slabs with mobile atoms on them
 * and clusters of mobile atoms only.
 *
 *   bench_growth [table] [cuda] [THREADS...]       (without THREADS: 1 2)
 *
 * Prints a table, one line per structure and number of threads: atoms, edges, milliseconds of an optimisation step and
 * of a forward pass, nanoseconds per edge of both, and the bytes per atom that the network holds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/workload.h"

static const int64_t slab_sides[] = {7, 16, 32, 50, 70, 98}; /* of two layers */
static const size_t cluster_atoms[] = {100, 500, 2000, 5000, 10000, 20000};

enum {
    SLABS = sizeof slab_sides / sizeof *slab_sides,
    CLUSTERS = sizeof cluster_atoms / sizeof *cluster_atoms,
    COVERAGE = 16 /* template atoms for each mobile one */
};

struct subject {
    const char *device;
    bool table;
    struct gd_workload workload;
    struct gd_network *network;
};

static enum gd_status optimisation_step(void *context, struct gd_error *error)
{
    struct subject *subject = context;
    return gd_workload_step(&subject->workload, subject->network, error);
}

static enum gd_status forward(void *context, struct gd_error *error)
{
    struct subject *subject = context;
    return gd_workload_forward(&subject->workload, subject->network, error);
}

static enum gd_status measure(const char *kind, struct subject *subject, int threads, struct gd_error *error)
{
    struct gd_workload *work = &subject->workload;
    double step = 0, pass = 0;
    enum gd_status status = gd_network_new(&subject->network, work->model, subject->device, threads, error);
    if (!status && subject->table)
        status = gd_network_tabulate(subject->network, error);
    if (!status)
        status = gd_measure(forward, subject, 1.0, &pass, error);
    if (!status)
        status = gd_measure(optimisation_step, subject, 2.0, &step, error);
    if (!status) {
        double edges = (double)gd_network_edges(subject->network), atoms = (double)work->system.structure.count;
        printf("%-8s %6.0f %8.0f %d %9.2f %9.2f %7.1f %7.1f %8.0f\n", kind, atoms, edges, threads, step, pass,
               1e6 * step / edges, 1e6 * pass / edges, (double)gd_network_bytes(subject->network) / atoms);
        fflush(stdout);
    }
    gd_network_free(subject->network);
    return status;
}

static enum gd_status slab(size_t k, const char *device, bool table, int threads, struct gd_error *error)
{
    const int64_t size[3] = {slab_sides[k], slab_sides[k], 2};
    struct subject subject = {.device = device, .table = table};
    size_t atoms = (size_t)(size[0] * size[1] * size[2]);
    enum gd_status status = gd_workload_make(&subject.workload, size, atoms / COVERAGE, 1, error);
    if (!status)
        status = measure("slab", &subject, threads, error);
    gd_workload_clear(&subject.workload);
    return status;
}

static enum gd_status cluster(size_t k, const char *device, bool table, int threads, struct gd_error *error)
{
    struct subject subject = {.device = device, .table = table};
    enum gd_status status = gd_workload_make_cluster(&subject.workload, cluster_atoms[k], error);
    if (!status)
        status = measure("cluster", &subject, threads, error);
    gd_workload_clear(&subject.workload);
    return status;
}

int main(int count, char **arguments)
{
    const char *const both[] = {"1", "2"};
    bool table = count > 1 && strcmp(arguments[1], "table") == 0;
    bool cuda = count > 1 + table && strcmp(arguments[1 + table], "cuda") == 0;
    const char *device = cuda ? "cuda" : "cpu";
    const int words = table + cuda;
    size_t given = (size_t)(count - 1 - words), settings = given ? given : 2;
    const char *const *threads = given ? (const char *const *)arguments + 1 + words : both;
    struct gd_error error = {0};
    enum gd_status status = GD_OK;
    printf("%-8s %6s %8s %s %9s %9s %7s %7s %8s\n", "kind", "atoms", "edges", "T", "step ms", "pass ms", "step/e",
           "pass/e", "B/atom");
    for (size_t k = 0; k < SLABS && !status; k++)
        for (size_t t = 0; t < settings && !status; t++)
            status = slab(k, device, table, atoi(threads[t]), &error);
    for (size_t k = 0; k < CLUSTERS && !status; k++)
        for (size_t t = 0; t < settings && !status; t++)
            status = cluster(k, device, table, atoi(threads[t]), &error);
    if (status)
        fprintf(stderr, "bench_growth: %s\n", error.text);
    return status != GD_OK;
}
