/* What an independent implementation makes of a network with several heads, in double precision, in a file of
 * tests/data: its parameters, outputs, slopes and gradients. Checks fail the test. */
#ifndef GD_TESTS_REFERENCE_H
#define GD_TESTS_REFERENCE_H

#include "unit/model/painn_fixture.h"

struct reference {
    const struct painn_fixture *fixture; /* the structures and times */
    const struct gd_head_class *const *heads;
    size_t head_count;
    struct gd_h5 *file;
    struct gd_model *model;
};

/* The numbers at GROUP/NAME, allocated; *count of them. */
double *reference_numbers(const struct reference *reference, const char *group, const char *name, int rank,
                          size_t *count);

/* The model gets the parameters in the file. */
void reference_set_parameters(const struct reference *reference);

/* Of every head: its output, of every atom or of the mobile ones; minus its derivatives where it is of structures. */
void reference_check_outputs(const struct reference *reference, struct gd_network *network, bool every_atom);
void reference_check_slopes(const struct reference *reference, struct gd_network *network);

/* The gradient of the network's last loss, in a group of the file. */
void reference_check_gradient(const struct reference *reference, struct gd_network *network, const char *group);

#endif
