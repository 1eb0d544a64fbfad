#include "model/time_rows.h"

#include <math.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"

#define WIDTH GD_TIME_ROWS_WIDTH

void gd_time_rows_carve(struct gd_time_rows *rows, struct gd_layout *carver, size_t atoms)
{
    rows->there = gd_layout_take(carver, atoms, WIDTH);
}

enum gd_status gd_time_rows_prepare(struct gd_time_rows *rows, const struct gd_graph_network *network, size_t atoms,
                                    const double *times, struct gd_error *error)
{
    if (!gd_grow(&rows->times, &rows->capacity, WIDTH * atoms, sizeof *rows->times))
        return gd_no_memory(error, "times");
    for (size_t i = 0; i < atoms; i++) {
        double t = times[network->graph.structure[i]];
        rows->times[WIDTH * i] = (float)sin(GD_PI * t);
        rows->times[WIDTH * i + 1] = (float)cos(GD_PI * t);
    }
    network->backend->type->upload(network->backend, rows->there, rows->times, WIDTH * atoms * sizeof *rows->times);
    return GD_OK;
}

void gd_time_rows_join(const struct gd_time_rows *rows, const struct gd_head *head, struct gd_backend *backend,
                       float *to)
{
    int features = head->features, width = features + WIDTH;
    backend->type->ops.copy_rows(backend, &(struct gd_copy_rows){.rows = head->atoms,
                                                                 .width = features,
                                                                 .from = head->q,
                                                                 .from_stride = features,
                                                                 .to = to,
                                                                 .to_stride = width});
    backend->type->ops.copy_rows(backend, &(struct gd_copy_rows){.rows = head->atoms,
                                                                 .width = WIDTH,
                                                                 .from = rows->there,
                                                                 .from_stride = WIDTH,
                                                                 .to = to + features,
                                                                 .to_stride = width});
}
