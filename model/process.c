/* What every noise process answers. */
#include "model/process.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/rows.h"

const struct gd_kind gd_kind_noise = {
    .name = "noise",
    .summary = "how noise is added to structures",
    .form = GD_WRAPPED,
    .callbacks = (const size_t[]){offsetof(struct gd_noise_class, check), offsetof(struct gd_noise_class, spread),
                                  offsetof(struct gd_noise_class, diffusion2), 0},
};

double gd_process_spread(const struct gd_process *process, double t)
{
    return process->type->spread(process->params, t);
}

double gd_process_diffusion2(const struct gd_process *process, double t)
{
    return process->type->diffusion2(process->params, t);
}

static bool fits(const struct gd_noise_class *type, struct gd_error *error)
{
    if (type->base.size <= GD_NOISE_PARAMS)
        return true;
    gd_fail(error, GD_BAD_INPUT, "the parameters of the noise %s take %zu bytes; at most %d are kept", type->base.name,
            type->base.size, GD_NOISE_PARAMS);
    return false;
}

enum gd_status gd_process_make(struct gd_process *process, const struct gd_noise_class *type, const void *params,
                               struct gd_error *error)
{
    *process = (struct gd_process){.type = type};
    if (!fits(type, error))
        return GD_BAD_INPUT;
    if (type->base.size)
        memcpy(process->params, params, type->base.size);
    return gd_status_require_message(type->check(process->params, error), error, type->base.name);
}

const struct gd_noise_class *gd_noise_named(const struct gd_registry *registry, const char *name,
                                            struct gd_error *error)
{
    const struct gd_component *found = registry ? gd_registry_component(registry, gd_kind_noise.name, name) : NULL;
    for (size_t k = 0; !registry && !found && gd_noises[k]; k++)
        if (strcmp(gd_noises[k]->base.name, name) == 0)
            found = &gd_noises[k]->base;
    const struct gd_noise_class *type = (const struct gd_noise_class *)found;
    if (!type)
        gd_fail(error, GD_BAD_INPUT, "unknown noise process '%s' (load its plugin, if any)", name);
    return type && fits(type, error) ? type : NULL;
}

bool gd_process_same(const struct gd_process *a, const struct gd_process *b)
{
    return a->type == b->type && !gd_rows_differ(a->type->base.params, a->params, b->params);
}

char *gd_process_text(const struct gd_process *process)
{
    struct gd_text text = {0};
    const struct gd_param *first = process->type->base.params;
    gd_text_print(&text, "%s", process->type->base.name);
    for (const struct gd_param *row = first; row && row->name; row++) {
        gd_text_print(&text, "%s%s ", row == first ? " (" : ", ", row->name);
        char *value = gd_row_text(row, process->params);
        gd_text_print(&text, "%s", value ? value : "");
        text.failed |= !value;
        free(value);
    }
    gd_text_print(&text, "%s", first && first->name ? ")" : "");
    return gd_text_take(&text);
}
