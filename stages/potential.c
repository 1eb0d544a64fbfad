/* Section `potential`: the energy function that is searched. */
#include "potentials/kept.h"

#include <stdio.h>

#include "atoms/system.h"
#include "engine/run/context.h"
#include "potentials/parts.h"

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct gd_choice *choice = self;
    const struct gd_potential_class *class = (const struct gd_potential_class *)choice->component;
    const struct gd_system *system = gd_state_get(context->state, "system");
    struct gd_potential *potential = NULL;
    enum gd_status status = gd_kept_make(choice, &potential, context->error);
    if (!status)
        status = gd_potential_supports(potential, &system->structure, context->error);
    if (status) {
        gd_potential_free(potential);
        return gd_error_set_key(status, context->error, class->base.name);
    }
    return gd_state_put(context->state, "potential", potential, context->error);
}

/* What seems wrong about the parameters, and those of potentials that it is made of, as a warning: another machine may
 * have what this one lacks. `path` is that of the choice, with a '.' if there is any. */
static void doubt(struct gd_check *check, const struct gd_choice *choice, const char *path)
{
    const struct gd_potential_class *class = (const struct gd_potential_class *)choice->component;
    char text[400], inner[200];
    const char *key;
    if (!class)
        return;
    if (class->doubt && class->doubt(choice->params, gd_state_get(check->state, "system"), &key, text, sizeof text)) {
        snprintf(inner, sizeof inner, "%s%s.%s", path, class->base.name, key);
        gd_check_warning(check, inner, "%s", text);
    }
    for (const struct gd_choice *part = NULL; (part = gd_potential_part(choice, part, &key));) {
        snprintf(inner, sizeof inner, "%s%s.%s.", path, class->base.name, key);
        doubt(check, part, inner);
    }
}

static void check(struct gd_check *check, const void *self)
{
    doubt(check, self, "");
}

const struct gd_stage gd_stage_potential = {
    .name = "potential",
    .summary = "The energy function that is searched.",
    .section = true,
    .required = true,
    .self = "potential",
    .size = sizeof(struct gd_choice),
    .reads = (const char *const[]){"system", NULL},
    .writes = (const char *const[]){"potential", NULL},
    .check = check,
    .run = run,
};
