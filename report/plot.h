/* Figures: curves with bands, as SVG that takes its colours from the page's style. */
#ifndef GD_REPORT_PLOT_H
#define GD_REPORT_PLOT_H

#include <stdbool.h>

#include "engine/base/memory.h"

/* A curve. Points that are not finite are left out. */
struct gd_series {
    const char *name;
    double *x, *y;      /* [count] */
    double *low, *high; /* [count] band; NULL: none */
    size_t count;
    size_t colour; /* a place in the palette of the page; those after its end have other patterns of lines */
    bool steps;    /* y holds from its x to the next one */
    bool dashed;
};

struct gd_plot {
    const char *id; /* unique in the page; the name of saved files */
    const char *title, *x_label, *y_label;
    const struct gd_series *series;
    size_t count;
    double y_low, y_high; /* of the axis; both 0: from the data */
    bool logarithmic;     /* y */
    bool whole;           /* x counts something: no ticks between whole numbers */
};

/* Adds <figure> with the SVG, its legend, and its data as CSV for the script; nothing when no point is finite. Returns
 * whether there was one. */
bool gd_plot_add(struct gd_text *page, const struct gd_plot *plot);

#endif
