/* What to say and keep when a number is not finite. */
#ifndef GD_MODEL_NONFINITE_H
#define GD_MODEL_NONFINITE_H

#include "atoms/system.h"

/* Where it was first seen. Structures and atoms count from 0, in the message from 1, as
 * steps do. */
struct gd_nonfinite {
    const char *what; /* "score", "position", "network output" */
    size_t structure; /* number within the draw or batch */
    size_t atom;      /* within the structure */
    double time;
    int64_t step;
};

/* Writes the structure (positions [atoms][3]) to nonfinite.extxyz in the directory (NULL: nowhere), and fails with
 * GD_FAILED and a message that names `step`, the step's id, and all of `where`, whether the file could be written or
 * not. */
enum gd_status gd_nonfinite_fail(const char *step, const char *directory, const struct gd_system *system,
                                 const double *positions, const struct gd_nonfinite *where, struct gd_error *error);

#endif
