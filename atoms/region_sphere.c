#include "atoms/region_priv.h"

struct params {
    double radius;
    struct gd_region_place place;
};

static const struct gd_param rows[] = {
    {
        .name = "radius",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, radius),
        .example = "5.0",
        .max = 1e5,
        .above_min = true,
        .unit = "Å",
        .help = "Its radius.",
    },
    GD_REGION_PLACE_ROWS(struct params),
    {0},
};

static enum gd_status add(const void *values, const struct gd_region_frame *frame, struct gd_region *region,
                          struct gd_error *error)
{
    const struct params *params = values;
    double centre[3];
    enum gd_status status = gd_region_centre(&params->place, frame, centre, error);
    struct gd_region_part *part = status ? NULL : gd_region_add(region, error);
    if (part)
        gd_region_add_ball(part, GD_ALL_AXES, centre, params->radius);
    return part ? GD_OK : GD_BAD_INPUT;
}

const struct gd_region_class gd_region_sphere = {
    .base = {"sphere", "A sphere.", rows, sizeof(struct params)},
    .add = add,
};
