/* Filters from a table: a filter is a function of one number, the distance, so it is worked out at points a small step
 * apart, once for each set of parameters, and interpolated. The gradient goes back through the table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/painn/painn.h"

#define FINENESS 24 /* points to the width w of a radial function, at least: |d⁴/dr⁴| <= 3/w⁴ then costs 2e-7 */

/* A power of two, so that places in the table are exact. */
static double step_for(const struct gd_painn_shape *shape)
{
    return exp2(floor(log2(shape->cutoff / (shape->radial - 1) / FINENESS)));
}

static size_t filter_floats(const struct gd_painn *painn)
{
    return (size_t)painn->table.points * 3 * (size_t)painn->shape.features;
}

/* Lays out the table in `memory`; NULL: only counts the floats. */
static size_t carve(struct gd_painn *painn, float *memory)
{
    struct gd_painn_table *table = &painn->table;
    size_t points = (size_t)table->points, filters = filter_floats(painn) * (size_t)painn->shape.blocks;
    const struct {
        float **array;
        size_t count;
    } pieces[] = {{&table->distance, points},
                  {&table->envelope, points},
                  {&table->basis, points * (size_t)painn->shape.radial},
                  {&table->filter, filters},
                  {&table->dfilter, filter_floats(painn)}};
    size_t used = 0;
    for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
        *pieces[k].array = memory ? memory + used : NULL;
        used += (pieces[k].count + 15) / 16 * 16;
    }
    return used;
}

enum gd_status gd_painn_tabulate(struct gd_graph_network *network, struct gd_error *error)
{
    struct gd_painn *painn = (struct gd_painn *)network;
    struct gd_painn_table *table = &painn->table;
    struct gd_backend *backend = painn->base.backend;
    if (table->points)
        return GD_OK;
    table->step = (float)step_for(&painn->shape);
    table->points = (int)ceil(painn->shape.cutoff / (double)table->step) + 3;
    table->memory_bytes = carve(painn, NULL) * sizeof(float);
    enum gd_status status =
        gd_backend_alloc(backend, &table->memory, table->memory_bytes, "a table of the filters", error);
    float *distance = gd_array((size_t)table->points, sizeof *distance);
    if (!status && !distance)
        status = gd_no_memory(error, "a table of the filters");
    if (status) {
        free(distance);
        gd_painn_table_clear(painn);
        return status;
    }
    carve(painn, table->memory);
    for (int p = 0; p < table->points; p++)
        distance[p] = (float)(p - 1) * table->step;
    backend->type->upload(backend, table->distance, distance, (size_t)table->points * sizeof *distance);
    backend->type->ops.radial(backend, &(struct gd_radial){.rows = (size_t)table->points,
                                                           .radial = painn->shape.radial,
                                                           .cutoff = (float)painn->shape.cutoff,
                                                           .distance = table->distance,
                                                           .basis = table->basis,
                                                           .envelope = table->envelope});
    free(distance);
    return GD_OK;
}

void gd_painn_table_clear(struct gd_painn *painn)
{
    painn->base.backend->type->release(painn->base.backend, painn->table.memory);
    painn->base.backend->type->release(painn->base.backend, painn->table.cells);
    free(painn->table.host_cells);
    painn->table = (struct gd_painn_table){0};
}

void gd_painn_table_fill(struct gd_painn *painn)
{
    struct gd_painn_table *table = &painn->table;
    for (int l = 0; l < painn->shape.blocks && table->points && !table->filled; l++) {
        const struct gd_layer *layer = &painn->block[l].filter;
        painn->base.backend->type->ops.dense(painn->base.backend,
                                             &(struct gd_dense){.rows = (size_t)table->points,
                                                                .in = layer->in,
                                                                .out = layer->out,
                                                                .x = table->basis,
                                                                .weight = painn->base.parameters + layer->weight,
                                                                .bias = painn->base.parameters + layer->bias,
                                                                .scale = table->envelope,
                                                                .y = gd_painn_table_filter(painn, l),
                                                                .packed = painn->base.packed});
    }
    table->filled = true;
}

static int cell_of(const struct gd_painn_table *table, float distance)
{
    int whole = (int)(distance / table->step), last = table->points - 4;
    return whole < last ? whole : last;
}

/* Lists the rows cell by cell into first[cells + 1] and row[rows]. */
static void list_cells(const struct gd_painn *painn, int *first, int *row)
{
    const struct gd_painn_table *table = &painn->table;
    const float *distance = painn->base.graph.arrays.distance;
    int cells = table->points - 3, rows = (int)painn->base.graph.rows;
    memset(first, 0, ((size_t)cells + 1) * sizeof *first);
    for (int r = 0; r < rows; r++)
        first[cell_of(table, distance[r]) + 1]++;
    for (int c = 0; c < cells; c++)
        first[c + 1] += first[c];
    for (int r = 0; r < rows; r++)
        row[first[cell_of(table, distance[r])]++] = r;
    memmove(first + 1, first, (size_t)cells * sizeof *first); /* each has become the next one's beginning */
    first[0] = 0;
}

enum gd_status gd_painn_table_cells(struct gd_painn *painn, struct gd_error *error)
{
    struct gd_painn_table *table = &painn->table;
    size_t firsts = (size_t)table->points - 2, count = firsts + painn->base.graph.rows, bytes = count * sizeof(int);
    if (!gd_grow(&table->host_cells, &table->host_capacity, count, sizeof *table->host_cells))
        return gd_no_memory(error, "a table's cells");
    enum gd_status status =
        gd_backend_reserve(painn->base.backend, &table->cells, &table->cell_bytes, bytes, "a table's cells", error);
    if (status)
        return status;
    list_cells(painn, table->host_cells, table->host_cells + firsts);
    painn->base.backend->type->upload(painn->base.backend, table->cells, table->host_cells, bytes);
    table->cell_first = table->cells;
    table->cell_row = table->cell_first + firsts;
    return GD_OK;
}
