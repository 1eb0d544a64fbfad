/* Head `energy`: the energy in eV of the atoms with an output (the mobile ones, unless every atom has one). It
 * is asked for at time 0, where the backbone sees the time. It knows nothing of what a template adds: that is a
 * constant of the runs that it learns from. */
#include "model/scalar_head.h"

const struct gd_head_class gd_head_energy = {
    .name = "energy",
    .summary = "energy of the structure, eV",
    .form = &gd_scalar_head,
    .prefix = "energy_head",
    .narrow = true,
};
