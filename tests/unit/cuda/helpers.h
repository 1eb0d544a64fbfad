/* A network's training steps and samples on the device "cuda", and what they give. */
#ifndef GD_TESTS_CUDA_HELPERS_H
#define GD_TESTS_CUDA_HELPERS_H

#include "model/network.h"
#include "unit/model/painn_fixture.h"

/* What a network gives: outputs before and after some training, and the loss and gradient's norm of each step. */
#define PASS_STEPS 1

struct pass {
    double loss[PASS_STEPS], norm[PASS_STEPS];
    float *output, *gradient, *parameters; /* [3 mobile], [parameter_count] twice */
    size_t outputs, count;
};

struct pass pass_for(const struct painn_fixture *fixture);
void pass_clear(struct pass *pass);
bool pass_equal(const struct pass *one, const struct pass *other); /* to the last bit */

/* Step number k of a pass; number PASS_STEPS fetches outputs and parameters. */
enum gd_status pass_step(struct pass *pass, struct gd_network *network, const struct painn_fixture *fixture, int k,
                         struct gd_error *error);

/* A whole pass on a network of its own. */
enum gd_status pass_run(struct pass *pass, const struct painn_fixture *fixture, const char *device,
                        struct gd_error *error);

#endif
