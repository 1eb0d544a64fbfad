/* Structures from elsewhere as structures of a system. */
#ifndef GD_ATOMS_ARRANGE_H
#define GD_ATOMS_ARRANGE_H

#include "atoms/system.h"

/* Appends a structure to a set of structures of the system, with its energy and forces where it has them. Its atoms may
 * be in any order: those within 0.01 Å of template atoms of their element are the template and get its exact positions;
 * those of which each is alone within 1 Å of a free template atom of its element are the free ones, and stay where they
 * are; the others, in their order, are the mobile ones. Where free atoms are not found like this, as they have moved
 * farther, the atoms may be in the order of the system instead. Cells agree within 0.001 Å in the periodic directions.
 *
 * GD_BAD_INPUT when it is no structure of the system: another cell, a template atom or mobile atoms that are missing,
 * two atoms that may both be a free one of the template, atoms too many, or a mobile atom out of the window or region.
 */
enum gd_status gd_system_arrange(const struct gd_system *system, const struct gd_structure *structure,
                                 struct gd_set *set, struct gd_error *error);

#endif
