/* Section `noise`: how noise is added for training and removed to sample. */
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "engine/run/context.h"
#include "model/process.h"

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct gd_choice *choice = self;
    const struct gd_noise_class *class = (const struct gd_noise_class *)choice->component;
    struct gd_process *process = calloc(1, sizeof *process);
    if (!process)
        return gd_no_memory(context->error, "the noise process");
    enum gd_status status = gd_process_make(process, class, choice->params, context->error);
    if (status) {
        free(process);
        return gd_error_set_key(status, context->error, class->base.name);
    }
    return gd_state_put(context->state, "noise", process, context->error);
}

/* Warns of noise that is little against the height of the window: what it leaves of structures is seen in samples,
 * which start uniformly. */
static void check(struct gd_check *check, const void *self)
{
    const double least = 0.22, enough = 0.6; /* of the height: docs/settings.md */
    const struct gd_choice *choice = self;
    const struct gd_noise_class *class = (const struct gd_noise_class *)choice->component;
    const struct gd_system *system = gd_state_get(check->state, "system");
    struct gd_process process;
    struct gd_error error = {0};
    if (!system || !system->confined || strcmp(class->base.name, "ve") != 0 ||
        gd_process_make(&process, class, choice->params, &error) != GD_OK)
        return;
    const double height = system->window[1] - system->window[0], most = gd_process_spread(&process, 1);
    if (most < least * height)
        gd_check_warning(check, "ve.max",
                         "%.3g Å is little in a window of %.3g Å, of which samples start anywhere: %.2g Å "
                         "or more are better",
                         most, height, enough * height);
}

const struct gd_stage gd_stage_noise = {
    .name = "noise",
    .summary = "How noise is added to structures for training and removed to sample.",
    .section = true,
    .self = "noise",
    .size = sizeof(struct gd_choice),
    .writes = (const char *const[]){"noise", NULL},
    .check = check,
    .run = run,
};
