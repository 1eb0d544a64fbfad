/* Files with tables of the embedded-atom method, as LAMMPS reads them. */
#ifndef GD_POTENTIALS_EAM_FILE_H
#define GD_POTENTIALS_EAM_FILE_H

#include "engine/base/error.h"
#include "potentials/spline.h"

/* alloy: setfl, one density for each element; fs: setfl of Finnis and Sinclair, one for each ordered pair of elements;
 * funcfl: one element, with a charge in place of the pair energy. */
enum gd_eam_format { GD_EAM_ALLOY, GD_EAM_FS, GD_EAM_FUNCFL };

#define GD_EAM_MOST_KINDS 32

struct gd_eam {
    size_t kinds;
    int number[GD_EAM_MOST_KINDS];  /* [kinds] atomic numbers */
    double cutoff;                  /* Å: that of the file, or the end of its tables where that is less */
    struct gd_spline *embedding;    /* [kinds] F(ρ), eV */
    struct gd_spline *density;      /* [kinds × kinds]: at a·kinds + b what an atom a puts at an atom b, of r in Å */
    struct gd_spline *pair;         /* [kinds × kinds] r φ(r), eV Å */
    struct gd_spline_point *points; /* all of them */
};

/* Parses `text`, of which it makes a copy; `name` is for messages. GD_BAD_INPUT with file, line, column and what was
 * expected. *eam is empty after a failure; free with gd_eam_clear. */
enum gd_status gd_eam_parse(struct gd_eam *eam, enum gd_eam_format format, const char *name, const char *text,
                            size_t length, struct gd_error *error);
enum gd_status gd_eam_read(struct gd_eam *eam, enum gd_eam_format format, const char *path, struct gd_error *error);
void gd_eam_clear(struct gd_eam *eam);

#endif
