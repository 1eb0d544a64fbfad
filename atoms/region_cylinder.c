#include "atoms/region_priv.h"

static const char *const axes[] = {"x", "y", "z", NULL};

struct params {
    double radius, length;
    int axis;
    struct gd_region_place place;
};

static const struct gd_param rows[] = {
    {
        .name = "radius",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, radius),
        .example = "4.0",
        .max = 1e5,
        .above_min = true,
        .unit = "Å",
        .help = "Its radius.",
    },
    {
        .name = "length",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, length),
        .example = "8.0",
        .max = 1e5,
        .above_min = true,
        .unit = "Å",
        .help = "Its length.",
    },
    {
        .name = "axis",
        .type = GD_CHOICE,
        .offset = offsetof(struct params, axis),
        .initial = "z",
        .choices = axes,
        .help = "What it is parallel to.",
    },
    GD_REGION_PLACE_ROWS(struct params),
    {0},
};

static enum gd_status add(const void *values, const struct gd_region_frame *frame, struct gd_region *region,
                          struct gd_error *error)
{
    const struct params *params = values;
    const int along = 1 << params->axis;
    double centre[3];
    enum gd_status status = gd_region_centre(&params->place, frame, centre, error);
    struct gd_region_part *part = status ? NULL : gd_region_add(region, error);
    if (!part)
        return GD_BAD_INPUT;
    gd_region_add_ball(part, GD_ALL_AXES & ~along, centre, params->radius);
    gd_region_add_ball(part, along, centre, params->length / 2);
    return GD_OK;
}

const struct gd_region_class gd_region_cylinder = {
    .base = {"cylinder", "A cylinder along x, y or z.", rows, sizeof(struct params)},
    .add = add,
};
