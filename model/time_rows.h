/* The time beside the scalars of each atom, for heads whose output depends on it. */
#ifndef GD_MODEL_TIME_ROWS_H
#define GD_MODEL_TIME_ROWS_H

#include "model/head.h"
#include "model/layers.h"

#define GD_TIME_ROWS_WIDTH 2 /* sin πt, cos πt */

/* Zeroed before; free `times`. */
struct gd_time_rows {
    float *there; /* [n][GD_TIME_ROWS_WIDTH] on the backend */
    float *times; /* host: the same */
    size_t capacity;
};

void gd_time_rows_carve(struct gd_time_rows *rows, struct gd_layout *carver, size_t atoms);

/* The times [structures] of a batch to the backend, a row for each of `atoms` atoms. */
enum gd_status gd_time_rows_prepare(struct gd_time_rows *rows, const struct gd_graph_network *network, size_t atoms,
                                    const double *times, struct gd_error *error);

/* to[n][F + GD_TIME_ROWS_WIDTH] = (q, sin πt, cos πt) of the atoms of a head. */
void gd_time_rows_join(const struct gd_time_rows *rows, const struct gd_head *head, struct gd_backend *backend,
                       float *to);

#endif
