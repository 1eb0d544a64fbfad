/* The parameters of growth that stages and moves share. */
#ifndef GD_STAGES_GROWTH_ROWS_H
#define GD_STAGES_GROWTH_ROWS_H

#include "atoms/growth.h"
#include "engine/language/params.h"

#define GD_GROWTH_ROWS(params)                                                                                         \
    {.name = "near",                                                                                                   \
     .type = GD_FLOAT,                                                                                                 \
     .offset = offsetof(params, near),                                                                                 \
     .initial = "0.75",                                                                                                \
     .max = 10,                                                                                                        \
     .above_min = true,                                                                                                \
     .help = "smallest distance of two atoms, in sums of their radii"},                                                \
        {.name = "far",                                                                                                \
         .type = GD_FLOAT,                                                                                             \
         .offset = offsetof(params, far),                                                                              \
         .initial = "1.25",                                                                                            \
         .max = 10,                                                                                                    \
         .above_min = true,                                                                                            \
         .help = "every atom has a neighbour within this distance, in sums of their radii"},                           \
        {.name = "radius",                                                                                             \
         .type = GD_FLOAT,                                                                                             \
         .offset = offsetof(params, radius),                                                                           \
         .initial = "0",                                                                                               \
         .max = 100,                                                                                                   \
         .unit = "Å",                                                                                                  \
         .help = "radius of every atom; 0: the covalent radii of the elements"},                                       \
    {                                                                                                                  \
        .name = "direction", .type = GD_CHOICE, .offset = offsetof(params, direction),                                 \
        .choices = gd_growth_directions, .initial = "unbiased",                                                        \
        .help = "in which an atom is placed: with a uniform polar angle, which prefers ±z, or uniform on the sphere"  \
    }

#endif
