/* Fig. 1(a) of arXiv:2510.13448: the energy over the surface, with the positions of the buffer. */
#include "report/surfaces.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/axis.h"
#include "report/parts.h"

static void add_surface(struct gd_text *page, const struct gd_surface *surface, const char *name, size_t place)
{
    char id[32];
    double low = INFINITY, high = -INFINITY;
    for (size_t k = 0; k < surface->columns * surface->rows; k++)
        if (isfinite(surface->values[k])) {
            low = fmin(low, surface->values[k]);
            high = fmax(high, surface->values[k]);
        }
    char *title = gd_format("Energy over the surface: %s", name);
    char *note = gd_format("%s %s", surface->note, surface->mark_note);
    snprintf(id, sizeof id, "surface-%zu", place + 1);
    page->failed |= !title || !note;
    const struct gd_map map = {
        .id = id,
        .title = title,
        .x_label = "x (Å)",
        .y_label = "y (Å)",
        .value_label = "energy (eV)",
        .note = note,
        .across = {surface->across[0] / (double)surface->columns, surface->across[1] / (double)surface->columns},
        .up = {surface->up[0] / (double)surface->rows, surface->up[1] / (double)surface->rows},
        .columns = surface->columns,
        .rows = surface->rows,
        .values = surface->values,
        .low = low,
        .high = high,
        .shade = -1,
        .equal = true,
        .marks = surface->marks,
        .mark_count = surface->mark_count,
        .mark_label = surface->mark_label};
    if (title && note)
        gd_map_add(page, &map);
    free(title);
    free(note);
}

void gd_add_surfaces(struct gd_text *page, const struct gd_results *results, const struct gd_surface *surfaces)
{
    const size_t before = page->length;
    for (size_t g = 0; g < results->count && g < GD_SURFACES; g++)
        if (surfaces[g].values)
            add_surface(page, &surfaces[g], results->groups[g].name, g);
    gd_add_shown(page, before, "Energy over the surface", GD_SURFACES, results->count);
}
