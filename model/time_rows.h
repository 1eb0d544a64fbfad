/* The time, and a condition, beside the scalars of each atom, for heads whose output depends on them. */
#ifndef GD_MODEL_TIME_ROWS_H
#define GD_MODEL_TIME_ROWS_H

#include "model/head.h"
#include "model/layers.h"

#define GD_TIME_ROWS_WIDTH       2 /* sin πt, cos πt */
#define GD_TIME_ROWS_CONDITIONED 4 /* and sin πc, cos πc of the structure's condition, or 0, 0 where it has none */

/* Of what heads of a class are told; 0: nothing. */
static inline int gd_time_rows_width(const struct gd_head_class *type)
{
    return type->conditioned ? GD_TIME_ROWS_CONDITIONED : type->timed ? GD_TIME_ROWS_WIDTH : 0;
}

/* Zeroed before; free `times`. */
struct gd_time_rows {
    int width;    /* one of the above */
    float *there; /* [n][width] on the backend */
    float *times; /* host: the same */
    size_t capacity;
};

void gd_time_rows_carve(struct gd_time_rows *rows, struct gd_layout *carver, size_t atoms, int width);

/* The times [structures] of a batch, and the network's conditions, to the backend, a row for each of `atoms` atoms. */
enum gd_status gd_time_rows_prepare(struct gd_time_rows *rows, const struct gd_graph_network *network, size_t atoms,
                                    const double *times, struct gd_error *error);

/* to[n][F + width] = (q, sin πt, cos πt, ...) of the atoms of a head. */
void gd_time_rows_join(const struct gd_time_rows *rows, const struct gd_head *head, struct gd_backend *backend,
                       float *to);

#endif
