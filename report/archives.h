/* The evaluated structures of runs, as far as the page shows them. */
#ifndef GD_REPORT_ARCHIVES_H
#define GD_REPORT_ARCHIVES_H

#include <stdint.h>

#include "atoms/structure.h"
#include "sweep/results.h"

/* What archive.extxyz of a run has, in its order. */
struct gd_archive {
    size_t count;
    double *energies;    /* [count] eV */
    int64_t *serials;    /* [count] number of the evaluation */
    size_t mobile;       /* atoms of each that move; 0: more than GD_ARCHIVE_MOBILE */
    double (*places)[3]; /* [count][mobile] Å; NULL: not kept */
    struct gd_cell cell;
    size_t fixed; /* atoms of each that do not move */
};

/* Places are kept of structures with at most so many mobile atoms. */
enum { GD_ARCHIVE_MOBILE = 8 };

/* Those of all runs: list[g][r] is that of record r of group g, empty where there is none. */
struct gd_archives {
    struct gd_arena arena;
    struct gd_archive **list; /* [groups][records] */
};

/* Reads them. Files that cannot be read are added to the problems of `results`; those above 256 MiB are left out, and
 * some are missing, each with a problem that says so. Free with gd_arena_clear(&archives->arena) in any case. */
enum gd_status gd_archives_read(struct gd_results *results, struct gd_archives *archives, struct gd_error *error);

#endif
