#include "atoms/region_priv.h"

const struct gd_param gd_window_rows[] = {
    {.name = "above",
     .type = GD_FLOAT,
     .count = 2,
     .offset = offsetof(struct gd_window, above),
     .optional = true,
     .min = -1000,
     .max = 1000,
     .unit = "Å",
     .example = "[1.0, 6.0]",
     .help = "lowest and highest z above the highest template atom"},
    {.name = "between",
     .type = GD_FLOAT,
     .count = 2,
     .offset = offsetof(struct gd_window, between),
     .optional = true,
     .min = -1000,
     .max = 1000,
     .unit = "Å",
     .help = "lowest and highest z"},
    {0},
};

static bool given(const double bounds[2])
{
    return bounds[0] != 0 || bounds[1] != 0;
}

const double *gd_window_bounds(const struct gd_window *window, bool *above)
{
    *above = given(window->above);
    return *above ? window->above : given(window->between) ? window->between : NULL;
}

bool gd_window_twice(const struct gd_window *window)
{
    return given(window->above) && given(window->between);
}

static enum gd_status add(const void *values, const struct gd_region_frame *frame, struct gd_region *region,
                          struct gd_error *error)
{
    bool above;
    const double *bounds = gd_window_bounds(values, &above);
    if (!bounds || gd_window_twice(values))
        return gd_fail(error, GD_BAD_INPUT, "give the window as above or as between%s", bounds ? ", not both" : "");
    if (!frame->has_template || (above && isnan(frame->top)))
        return gd_fail(error, GD_BAD_INPUT, "a window%s needs a template%s", above ? " above the template" : "",
                       above ? " with atoms" : "");
    const double origin = above ? frame->top : 0;
    return gd_region_add_window(region, origin + bounds[0], origin + bounds[1], error);
}

const struct gd_region_class gd_region_window = {
    .base = {"window", "What `window` of the section system is: between two heights.", gd_window_rows,
             sizeof(struct gd_window)},
    .add = add,
};
