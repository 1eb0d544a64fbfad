/* The energy of one atom over a surface, and where the atoms of the runs have been. */
#ifndef GD_REPORT_SURFACES_H
#define GD_REPORT_SURFACES_H

#include <stddef.h>

#include "report/map.h"

/* Groups of a page that have one: the first. */
enum { GD_SURFACES = 4 };

/* Of one group of runs. Zeroed: there is none. Coordinates in Å, energies in eV. */
struct gd_surface {
    double across[2], up[2]; /* edges of the cell in the plane; its corner is the origin */
    size_t columns, rows;
    double *values; /* [rows][columns] the least energy over all heights at the middle of each part of the cell */
    struct gd_mark *marks;
    size_t mark_count;
    const char *mark_label;
    char *note, *mark_note; /* what the energies and the marks are */
};

#endif
