/* A batch of structures, a network's parameters, and what an independent implementation makes of them in double
 * precision: forward pass, loss and gradients. */
#ifndef GD_TESTS_PAINN_FIXTURE_H
#define GD_TESTS_PAINN_FIXTURE_H

#include "engine/base/h5.h"
#include "model/network.h"
#include "model/painn/painn.h"

#define FIXTURE_MOST 8

struct painn_fixture {
    struct gd_model *model;
    size_t count, atoms, mobile, edges[FIXTURE_MOST];
    struct gd_structure structures[FIXTURE_MOST];
    size_t fixed[FIXTURE_MOST];
    double times[FIXTURE_MOST], weights[FIXTURE_MOST];
    double *scalars, *vectors, *output; /* [atoms][F], [atoms][3][F], [atoms][3] */
    float *target;                      /* [mobile][3] */
    double loss, *gradient;             /* [parameter_count] */
};

/* The fixture in a file of tests/data; fails the test when it cannot be read. */
struct painn_fixture painn_fixture_read(const char *name);
void painn_fixture_clear(struct painn_fixture *fixture);

/* The doubles of a dataset of this rank, allocated, and their number; an attribute. */
double *fixture_doubles(struct gd_h5 *file, const char *path, int rank, size_t *count);
double fixture_number(struct gd_h5 *file, const char *path, const char *name);

/* Norm of the difference over the norm of `expected`. */
double relative_error(size_t count, const float *values, const double *expected);

/* A small model of its own with random parameters: features, blocks, radial, cutoff. */
struct gd_model *random_model(int features, int blocks, int radial, double cutoff, uint64_t seed);

#endif
