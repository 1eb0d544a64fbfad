#include "model/time_rows.h"

#include <math.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"

void gd_time_rows_carve(struct gd_time_rows *rows, struct gd_layout *carver, size_t atoms, int width)
{
    rows->width = width;
    rows->there = gd_layout_take(carver, atoms, width);
}

static void set_row(float *row, int width, double t, double condition)
{
    row[0] = (float)sin(GD_PI * t);
    row[1] = (float)cos(GD_PI * t);
    if (width < GD_TIME_ROWS_CONDITIONED)
        return;
    row[2] = isnan(condition) ? 0 : (float)sin(GD_PI * condition);
    row[3] = isnan(condition) ? 0 : (float)cos(GD_PI * condition);
}

enum gd_status gd_time_rows_prepare(struct gd_time_rows *rows, const struct gd_graph_network *network, size_t atoms,
                                    const double *times, struct gd_error *error)
{
    const size_t width = (size_t)rows->width;
    if (!gd_grow(&rows->times, &rows->capacity, width * atoms, sizeof *rows->times))
        return gd_no_memory(error, "times");
    for (size_t i = 0; i < atoms; i++) {
        const int k = network->graph.structure[i];
        set_row(rows->times + width * i, rows->width, times[k], network->conditions ? network->conditions[k] : NAN);
    }
    network->backend->type->upload(network->backend, rows->there, rows->times, width * atoms * sizeof *rows->times);
    return GD_OK;
}

void gd_time_rows_join(const struct gd_time_rows *rows, const struct gd_head *head, struct gd_backend *backend,
                       float *to)
{
    int features = head->features, width = features + rows->width;
    backend->type->ops.copy_rows(backend, &(struct gd_copy_rows){.rows = head->atoms,
                                                                 .width = features,
                                                                 .from = head->q,
                                                                 .from_stride = features,
                                                                 .to = to,
                                                                 .to_stride = width});
    backend->type->ops.copy_rows(backend, &(struct gd_copy_rows){.rows = head->atoms,
                                                                 .width = rows->width,
                                                                 .from = rows->there,
                                                                 .from_stride = rows->width,
                                                                 .to = to + features,
                                                                 .to_stride = width});
}
