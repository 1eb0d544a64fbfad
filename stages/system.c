/* Section `system`: the template, the mobile atoms on it, and the window or region they stay in. */
#include <math.h>
#include <stdlib.h>

#include "atoms/build.h"
#include "atoms/room.h"
#include "atoms/system.h"
#include "atoms/template_warning.h"
#include "atoms/window.h"
#include "engine/run/context.h"

struct system_section {
    struct gd_choice template_;
    const char *add;
    struct gd_window window;
    struct gd_choice region;
};

static const struct gd_param rows[] = {
    {.name = "template",
     .type = GD_COMPONENT,
     .offset = offsetof(struct system_section, template_),
     .kind = "template",
     .optional = true,
     .help = "the fixed atoms and the cell; without, a box around the region"},
    {.name = "add",
     .type = GD_STRING,
     .offset = offsetof(struct system_section, add),
     .accepts = gd_formula_check,
     .help = "formula of the mobile atoms, such as Pt7"},
    {.name = "window",
     .type = GD_GROUP,
     .offset = offsetof(struct system_section, window),
     .rows = gd_window_rows,
     .optional = true,
     .help = "allowed range of mobile atoms along z; default: the whole cell"},
    {.name = "region",
     .type = GD_COMPONENT,
     .offset = offsetof(struct system_section, region),
     .kind = "region",
     .optional = true,
     .help = "where mobile atoms may be, in place of a window"},
    {0},
};

/* The template's structure, as built. */
static enum gd_status build(const struct system_section *section, struct gd_structure *template_,
                            struct gd_error *error)
{
    const struct gd_template_class *class = (const struct gd_template_class *)section->template_.component;
    enum gd_status status =
        gd_status_require_message(class->build(section->template_.params, template_, error), error, class->base.name);
    return gd_error_set_key(status, error, "template");
}

/* Mobile atoms in a region, on a template or in a box around the region. */
static enum gd_status make_in_region(const struct system_section *section, struct gd_system *system,
                                     const struct gd_structure *template_, const int *mobile, size_t mobile_count,
                                     struct gd_error *error)
{
    struct gd_structure box = {.energy = NAN};
    struct gd_region region;
    double room[3] = {0};
    enum gd_status status =
        gd_error_set_key(gd_region_make(&region, &section->region, template_, room, error), error, "region");
    for (int k = 0; k < 3; k++)
        box.cell.vectors[k][k] = room[k];
    return status ? status
                  : gd_system_make_in(system, template_ ? template_ : &box, mobile, mobile_count, &region, error);
}

static enum gd_status make(const struct system_section *section, struct gd_system *system, struct gd_error *error)
{
    const bool has_template = section->template_.component != NULL;
    bool above;
    const double *bounds = gd_window_bounds(&section->window, &above);
    struct gd_structure template_ = {0};
    int *mobile = NULL;
    size_t mobile_count = 0;
    enum gd_status status = has_template ? build(section, &template_, error) : GD_OK;
    if (!status)
        status = gd_formula_parse(section->add, &mobile, &mobile_count, error);
    if (!status && section->region.component)
        status = make_in_region(section, system, has_template ? &template_ : NULL, mobile, mobile_count, error);
    else if (!status)
        status = gd_system_make(system, &template_, mobile, mobile_count, bounds, above, error);
    gd_structure_clear(&template_);
    free(mobile);
    return status;
}

/* Warns of what can be made, but is hardly meant so. What cannot be made is reported when the section is run. */
static void warn_about_place(struct gd_check *check, const struct system_section *section)
{
    const struct gd_template_class *class = (const struct gd_template_class *)section->template_.component;
    struct gd_system system = {0};
    struct gd_error error = {0};
    char text[512];
    if (make(section, &system, &error) == GD_OK) {
        if (class && class->check)
            class->check(section->template_.params, check, "template");
        if (gd_template_warning(&system, text, sizeof text))
            gd_check_warning(check, "template", "%s", text);
        if (gd_window_warning(&system, text, sizeof text) || gd_room_warning(&system, text, sizeof text))
            gd_check_warning(check, section->region.component ? "region" : "window", "%s", text);
    }
    gd_system_clear(&system);
}

static void check(struct gd_check *check, const void *self)
{
    const struct system_section *section = self;
    const size_t before = check->problems->count;
    static const char *const keys[2] = {"window.above", "window.between"};
    const double *const bounds[2] = {section->window.above, section->window.between};
    bool above;
    if (gd_window_twice(&section->window))
        gd_check_problem(check, "window", "give the window as above or as between, not both");
    for (int k = 0; k < 2; k++)
        if (bounds[k][0] > bounds[k][1] || (bounds[k][0] == bounds[k][1] && bounds[k][0] != 0))
            gd_check_problem(check, keys[k], "the window is empty: %g is not below %g", bounds[k][0], bounds[k][1]);
    if (section->region.component && gd_window_bounds(&section->window, &above))
        gd_check_problem(check, "region", "give a window or a region, not both: a region can be a window");
    if (!section->region.component && !section->template_.component)
        gd_check_problem(check, "template", "is required, unless a region is given");
    if (check->problems->count == before)
        warn_about_place(check, section);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    struct gd_system *system = calloc(1, sizeof *system);
    enum gd_status status = system ? make(self, system, context->error) : gd_no_memory(context->error, "the system");
    if (!status)
        return gd_state_put(context->state, "system", system, context->error);
    gd_system_free(system);
    return status;
}

const struct gd_stage gd_stage_system = {
    .name = "system",
    .summary = "The template, the mobile atoms, and their window or region.",
    .section = true,
    .required = true,
    .params = rows,
    .size = sizeof(struct system_section),
    .writes = (const char *const[]){"system", NULL},
    .check = check,
    .run = run,
};
