#include "engine/run/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

enum gd_status gd_kernels_make(struct gd_kernel_names *kernels, const char *now, struct gd_error *error)
{
    *kernels = (struct gd_kernel_names){.now = now, .used = now ? gd_string(now) : NULL};
    return now && !kernels->used ? gd_no_memory(error, "the run") : GD_OK;
}

void gd_kernels_clear(struct gd_kernel_names *kernels)
{
    free(kernels->used);
    *kernels = (struct gd_kernel_names){0};
}

/* Whether `name` is the last in a list. */
static bool ends_with(const char *list, const char *name)
{
    size_t all = strlen(list), length = strlen(name);
    return all >= length && strcmp(list + all - length, name) == 0 &&
           (all == length || (all > length + 1 && strncmp(list + all - length - 2, "; ", 2) == 0));
}

static enum gd_status warn(const char *used, const char *now, const struct gd_events *events, struct gd_error *error)
{
    char *text = gd_format(
        "this run has used %s so far and continues with %s, whose results may differ in the last bits", used, now);
    if (!text)
        return gd_no_memory(error, "the run");
    gd_emit(events, &(struct gd_event){.kind = GD_EVENT_MESSAGE, .level = GD_WARNING, .text = text});
    free(text);
    return GD_OK;
}

enum gd_status gd_kernels_continue(struct gd_kernel_names *kernels, const char *used, bool finished,
                                   const struct gd_events *events, struct gd_error *error)
{
    if (!kernels->now)
        return GD_OK;
    bool same = finished || ends_with(used, kernels->now);
    char *all = same ? gd_string(used) : gd_format("%s; %s", used, kernels->now);
    if (!all)
        return gd_no_memory(error, "the run");
    free(kernels->used);
    kernels->used = all;
    return same ? GD_OK : warn(used, kernels->now, events, error);
}
