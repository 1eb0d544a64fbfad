/* Region `union`: what is in one of two regions, or in both. More than two are joined by a union of unions. */
#include "atoms/region_priv.h"

struct params {
    struct gd_choice first, second;
};

static const struct gd_param rows[] = {
    {
        .name = "first",
        .type = GD_COMPONENT,
        .offset = offsetof(struct params, first),
        .kind = "region",
        .example = "{sphere: {radius: 4}}",
        .help = "One region.",
    },
    {
        .name = "second",
        .type = GD_COMPONENT,
        .offset = offsetof(struct params, second),
        .kind = "region",
        .example = "{cylinder: {radius: 3, length: 12}}",
        .help = "The other region.",
    },
    {0},
};

static enum gd_status add_one(const struct gd_choice *choice, const char *key, const struct gd_region_frame *frame,
                              struct gd_region *region, struct gd_error *error)
{
    const struct gd_region_class *class = (const struct gd_region_class *)choice->component;
    enum gd_status status = class->add(choice->params, frame, region, error);
    return gd_error_set_key(gd_error_set_key(status, error, class->base.name), error, key);
}

static enum gd_status add(const void *values, const struct gd_region_frame *frame, struct gd_region *region,
                          struct gd_error *error)
{
    const struct params *params = values;
    enum gd_status status = add_one(&params->first, "first", frame, region, error);
    return status ? status : add_one(&params->second, "second", frame, region, error);
}

const struct gd_region_class gd_region_union = {
    .base = {"union", "What is in one of two regions, or in both.", rows, sizeof(struct params)},
    .add = add,
};
