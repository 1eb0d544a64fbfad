/* The same operation on two backends, and the comparison of what they give. */
#ifndef GD_TESTS_AGREEMENT_H
#define GD_TESTS_AGREEMENT_H

#include "engine/base/random.h"
#include "model/backend.h"

#define PAIR_ARRAYS 32

/* Values that the inputs are filled with. */
enum pair_values { PAIR_NORMAL, PAIR_LARGE, PAIR_TINY, PAIR_ZERO, PAIR_VALUES };

/* One array in the memory of both backends, and one row of its contents per side once it is compared. */
struct pair_array {
    size_t bytes;
    bool integers, reals, result; /* int, double; else float */
    void *at[2];
};

struct pair {
    struct gd_backend *backend[2]; /* what is expected, and what is tested */
    size_t rows;
    int width;
    enum pair_values values;
    struct gd_stream stream;
    struct pair_array arrays[PAIR_ARRAYS];
    size_t array_count;
    double numbers[2]; /* what the operation returned to the host, if anything */
};

/* |tested - expected| <= absolute · (largest |expected| of the array) + relative · |expected| */
struct tolerance {
    double absolute, relative;
};

struct agreement_op {
    const char *name;
    size_t offset; /* in struct gd_ops */
    void (*run)(struct pair *pair);
    struct tolerance tolerance;
};

extern const struct agreement_op agreement_ops[];
extern const size_t agreement_op_count;

#endif
