/* The energy of one atom over the surface that runs search on, and where their buffers have been. */
#ifndef GD_CLI_SURFACES_H
#define GD_CLI_SURFACES_H

#include "engine/base/error.h"
#include "report/archives.h"
#include "report/surfaces.h"

/* Those of the first groups of the results, surfaces [GD_SURFACES]; empty for runs without a periodic template or with
 * more than GD_ARCHIVE_MOBILE mobile atoms. The energies are those of the pipeline's potential, `threads` at a time;
 * where that takes long or cannot be made, of the structures that the runs have evaluated. Free with gd_surfaces_clear
 * in any case. */
enum gd_status gd_surfaces_make(const struct gd_results *results, const struct gd_archives *archives, int threads,
                                struct gd_surface surfaces[GD_SURFACES], struct gd_error *error);
void gd_surfaces_clear(struct gd_surface surfaces[GD_SURFACES]);

#endif
