/* Section `system`: the template, the mobile atoms on it, and the window they stay in. */
#include <stdlib.h>

#include "atoms/build.h"
#include "atoms/system.h"
#include "atoms/window.h"
#include "engine/run/context.h"

struct window {
    double above[2], between[2];
};

struct system_section {
    struct gd_choice template_;
    const char *add;
    struct window window;
};

static const struct gd_param window_rows[] = {
    {.name = "above",
     .type = GD_FLOAT,
     .count = 2,
     .offset = offsetof(struct window, above),
     .optional = true,
     .min = -1000,
     .max = 1000,
     .unit = "Å",
     .help = "lowest and highest z above the highest template atom"},
    {.name = "between",
     .type = GD_FLOAT,
     .count = 2,
     .offset = offsetof(struct window, between),
     .optional = true,
     .min = -1000,
     .max = 1000,
     .unit = "Å",
     .help = "lowest and highest z"},
    {0},
};

static const struct gd_param rows[] = {
    {.name = "template",
     .type = GD_COMPONENT,
     .offset = offsetof(struct system_section, template_),
     .kind = "template",
     .help = "the fixed atoms and the cell"},
    {.name = "add",
     .type = GD_STRING,
     .offset = offsetof(struct system_section, add),
     .accepts = gd_formula_check,
     .help = "formula of the mobile atoms, such as Pt7"},
    {.name = "window",
     .type = GD_GROUP,
     .offset = offsetof(struct system_section, window),
     .rows = window_rows,
     .optional = true,
     .help = "allowed range of mobile atoms along z; default: the whole cell"},
    {0},
};

static bool given(const double bounds[2])
{
    return bounds[0] != 0 || bounds[1] != 0;
}

static enum gd_status make(const struct system_section *section, struct gd_system *system, struct gd_error *error)
{
    const struct gd_template_class *class = (const struct gd_template_class *)section->template_.component;
    const struct window *window = &section->window;
    const double *bounds = given(window->above) ? window->above : given(window->between) ? window->between : NULL;
    struct gd_structure template_ = {0};
    int *mobile = NULL;
    size_t mobile_count = 0;
    enum gd_status status = gd_error_set_key(
        gd_status_require_message(class->build(section->template_.params, &template_, error), error, class->base.name),
        error, "template");
    if (!status)
        status = gd_formula_parse(section->add, &mobile, &mobile_count, error);
    if (!status)
        status = gd_system_make(system, &template_, mobile, mobile_count, bounds, given(window->above), error);
    gd_structure_clear(&template_);
    free(mobile);
    return status;
}

/* Warns of what can be made, but is hardly meant so. What cannot be made is reported when the section is run. */
static void warn_about_window(struct gd_check *check, const struct system_section *section)
{
    const struct gd_template_class *class = (const struct gd_template_class *)section->template_.component;
    struct gd_system system = {0};
    struct gd_error error = {0};
    char text[512];
    if (make(section, &system, &error) == GD_OK) {
        if (class->check)
            class->check(section->template_.params, check, "template");
        if (gd_window_warning(&system, text, sizeof text))
            gd_check_warning(check, "window", "%s", text);
    }
    gd_system_clear(&system);
}

static void check(struct gd_check *check, const void *self)
{
    const struct system_section *section = self;
    const size_t before = check->problems->count;
    const double *above = section->window.above, *between = section->window.between;
    if (given(above) && given(between))
        gd_check_problem(check, "window", "give the window as above or as between, not both");
    if (given(above) && above[0] >= above[1])
        gd_check_problem(check, "window.above", "the window is empty: %g is not below %g", above[0], above[1]);
    if (given(between) && between[0] >= between[1])
        gd_check_problem(check, "window.between", "the window is empty: %g is not below %g", between[0], between[1]);
    if (check->problems->count == before)
        warn_about_window(check, section);
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
    .summary = "The template, the mobile atoms, and their window.",
    .section = true,
    .required = true,
    .params = rows,
    .size = sizeof(struct system_section),
    .writes = (const char *const[]){"system", NULL},
    .check = check,
    .run = run,
};
