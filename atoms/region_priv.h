/* What the shapes share. */
#ifndef GD_ATOMS_REGION_PRIV_H
#define GD_ATOMS_REGION_PRIV_H

#include "atoms/region.h"

/* Where the centre of a shape is. A member of its parameters called `place`. */
struct gd_region_place {
    double centre[3];
    int from;
};

extern const char *const gd_region_origins[];

/* Their rows, for parameters of type `params`. */
#define GD_REGION_PLACE_ROWS(params)                                                                                   \
    {                                                                                                                  \
        .name = "centre",                                                                                              \
        .type = GD_FLOAT,                                                                                              \
        .offset = offsetof(params, place.centre),                                                                      \
        .count = 3,                                                                                                    \
        .initial = "[0.0, 0.0, 0.0]",                                                                                  \
        .min = -1e5,                                                                                                   \
        .max = 1e5,                                                                                                    \
        .unit = "Å",                                                                                                   \
        .help = "Its centre, seen from `from`.",                                                                       \
    },                                                                                                                 \
    {                                                                                                                  \
        .name = "from", .type = GD_CHOICE, .offset = offsetof(params, place.from), .initial = "middle",                \
        .choices = gd_region_origins,                                                                                  \
        .help = "middle: the middle of the cell; surface: that, at the height of the highest template atom; origin: "  \
                "the origin of the coordinates.",                                                                      \
    }

/* The centre in the coordinates of the cell. GD_BAD_INPUT, blaming `from`, without a template that it needs. */
enum gd_status gd_region_centre(const struct gd_region_place *place, const struct gd_region_frame *frame,
                                double centre[3], struct gd_error *error);

/* A new part without balls; NULL, with an error, when there are too many. */
struct gd_region_part *gd_region_add(struct gd_region *region, struct gd_error *error);

void gd_region_add_ball(struct gd_region_part *part, int axes, const double centre[3], double radius);

/* An interval along z. GD_BAD_INPUT when it is empty. */
enum gd_status gd_region_add_window(struct gd_region *region, double low, double high, struct gd_error *error);

#endif
