/* Section `potential`: the energy function that is searched. */
#include <stdlib.h>

#include "potentials/kept.h"

#include "atoms/system.h"
#include "engine/base/memory.h"
#include "engine/run/context.h"

/* The results of a slow potential are kept in the run's folder. */
static enum gd_status keep_results(const struct gd_choice *choice, struct gd_potential **potential,
                                   struct gd_error *error)
{
    struct gd_potential *inner = *potential;
    char *written = choice->node ? gd_node_json(choice->node) : gd_string("");
    *potential = NULL;
    enum gd_status status =
        written ? gd_kept_new(potential, inner, written, error) : gd_no_memory(error, "a potential");
    if (!written)
        gd_potential_free(inner);
    free(written);
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct gd_choice *choice = self;
    const struct gd_potential_class *class = (const struct gd_potential_class *)choice->component;
    const struct gd_system *system = gd_state_get(context->state, "system");
    struct gd_potential *potential = NULL;
    enum gd_status status = gd_potential_make(choice, &potential, context->error);
    if (!status && class->slow)
        status = keep_results(choice, &potential, context->error);
    if (!status)
        status = gd_potential_supports(potential, &system->structure, context->error);
    if (status) {
        gd_potential_free(potential);
        return gd_error_set_key(status, context->error, class->base.name);
    }
    return gd_state_put(context->state, "potential", potential, context->error);
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
    .run = run,
};
