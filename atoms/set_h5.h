/* Sets of structures in HDF5, as H5MD 1.1 (de Buyl, Colberg, Höfling, Comput. Phys. Commun. 185, 1546 (2014)). */
#ifndef GD_ATOMS_SET_H5_H
#define GD_ATOMS_SET_H5_H

#include "atoms/structure.h"

struct gd_h5;
struct gd_registry;

/* The set whose scalars are observables of the file. */
#define GD_TRAJECTORY "archive"

/* /h5md (once per file), /particles/NAME/{box, species, position, force} and, with steps, times and units,
 * /observables/archive/{energy, evaluation}; other sets have these two in /particles/NAME. What H5MD has no word for:
 * `evaluation` holds the serials, `log_path_weight` beside it the weights of paths where a structure has one, and the
 * attributes `fixed` and `cell` of the box how many atoms do not move, and the cell, also when there is no structure.
 * Readable by h5py, and by MDAnalysis with convert_units=False. The file refers to the set's arrays: the set has to
 * last, unchanged, as long as the file. */
enum gd_status gd_set_save(const void *set, struct gd_h5 *file, const char *name, struct gd_error *error);

/* *set: a new struct gd_set, or NULL when the file has no particles of this name. Sizes and species are validated. */
enum gd_status gd_set_load(void **set, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                           struct gd_error *error);

#endif
