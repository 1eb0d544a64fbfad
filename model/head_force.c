/* Head `force`: the forces on the atoms in eV/Å. It is asked for at time 0, where the backbone sees the time. */
#include "model/vector_head.h"

const struct gd_head_class gd_head_force = {
    .name = "force",
    .summary = "forces on the atoms, eV/Å",
    .form = &gd_vector_head,
    .prefix = "force_head",
};
