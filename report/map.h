/* Figures: a grid of coloured cells, with marks on it. */
#ifndef GD_REPORT_MAP_H
#define GD_REPORT_MAP_H

#include "engine/base/memory.h"

/* A place, and the value that colours it. */
struct gd_mark {
    double x, y, value;
};

/* Cell (column, row) has its first corner at origin + column · across + row · up, and edges across and up. */
struct gd_map {
    const char *id; /* unique in the page; the name of saved files */
    const char *title, *x_label, *y_label, *value_label;
    const char *note; /* below the figure; NULL: none */
    double origin[2], across[2], up[2];
    size_t columns, rows;
    const double *values; /* [rows][columns]; those that are not finite are left out */
    double low, high;     /* of the colours */
    int shade;  /* >= 0: a place in the palette of the page, the more opaque the higher; -1: a scale of blue */
    bool equal; /* x and y have one scale */
    bool whole; /* x counts something */
    const struct gd_mark *marks; /* [mark_count], the last on top */
    size_t mark_count;
    const char *mark_label; /* of their values */
};

/* Adds <figure> with the SVG, its scales of colours, and its data as CSV for the script; nothing when no value is
 * finite. Returns whether there was one. */
bool gd_map_add(struct gd_text *page, const struct gd_map *map);

#endif
