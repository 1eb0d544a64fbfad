/* Sets of structures in HDF5, as H5MD 1.1 (de Buyl, Colberg, Höfling, Comput. Phys. Commun. 185, 1546 (2014)). */
#ifndef GD_ATOMS_SET_H5_H
#define GD_ATOMS_SET_H5_H

#include <hdf5.h>

#include "atoms/structure.h"

/* /h5md (once per file), /particles/NAME/{box, species, position, force} and /observables/NAME/{energy, evaluation},
 * with steps, times and units. What H5MD has no word for: `evaluation` holds the serials, and the attribute `fixed` of
 * the box how many atoms do not move. */
enum gd_status gd_set_save(const void *set, hid_t file, const char *name, struct gd_error *error);

/* *set: a new struct gd_set, or NULL when the file has no particles of this name. Sizes and species are validated. */
enum gd_status gd_set_load(void **set, hid_t file, const char *name, struct gd_error *error);

#endif
