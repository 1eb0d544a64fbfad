#include "atoms/region_priv.h"

struct params {
    double lengths[3];
    struct gd_region_place place;
};

static const struct gd_param rows[] = {
    {
        .name = "lengths",
        .type = GD_FLOAT,
        .offset = offsetof(struct params, lengths),
        .count = 3,
        .example = "[8.0, 8.0, 6.0]",
        .max = 1e5,
        .above_min = true,
        .unit = "Å",
        .help = "Its edges along x, y and z.",
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
    for (int axis = 0; part && axis < 3; axis++)
        gd_region_add_ball(part, 1 << axis, centre, params->lengths[axis] / 2);
    return part ? GD_OK : GD_BAD_INPUT;
}

const struct gd_region_class gd_region_box = {
    .base = {"box", "A box with edges along x, y and z.", rows, sizeof(struct params)},
    .add = add,
};
