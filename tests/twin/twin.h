/* The same operation on two backends, and the comparison of what they give. */
#ifndef GD_TESTS_TWIN_H
#define GD_TESTS_TWIN_H

#include "engine/base/random.h"
#include "model/backend.h"

#define TWIN_ARRAYS 32

/* Values that the inputs are filled with. */
enum twin_values { TWIN_NORMAL, TWIN_LARGE, TWIN_TINY, TWIN_ZERO, TWIN_VALUES };

/* One array in the memory of both backends, and one row of its contents per side once it is compared. */
struct twin_array {
    size_t bytes;
    bool integers, reals, result; /* int, double; else float */
    void *at[2];
};

struct twin {
    struct gd_backend *backend[2]; /* what is expected, and what is tested */
    size_t rows;
    int width;
    enum twin_values values;
    struct gd_stream stream;
    struct twin_array arrays[TWIN_ARRAYS];
    size_t array_count;
    double numbers[2]; /* what the operation returned to the host, if anything */
};

/* |tested - expected| <= absolute · (largest |expected| of the array) + relative · |expected| */
struct tolerance {
    double absolute, relative;
};

struct twin_op {
    const char *name;
    size_t offset; /* in struct gd_ops */
    void (*run)(struct twin *twin);
    struct tolerance tolerance;
};

extern const struct twin_op twin_ops[];
extern const size_t twin_op_count;

#endif
