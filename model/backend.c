/* The backends of this build. */
#include "model/backend.h"

#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"

static const struct gd_backend_class *const classes[] = {&gd_backend_cpu, &gd_backend_reference, NULL};

static enum gd_status unknown(const char *name, struct gd_error *error)
{
    struct gd_text list = {0};
    for (size_t k = 0; classes[k]; k++)
        gd_text_print(&list, "%s%s", k ? ", " : "", classes[k]->name);
    char *names = gd_text_take(&list);
    enum gd_status status = names ? gd_fail(error, GD_BAD_INPUT, "this build has no device '%s', only: %s", name, names)
                                  : gd_no_memory(error, "a message");
    free(names);
    return status;
}

enum gd_status gd_backend_new(struct gd_backend **backend, const char *name, int threads, struct gd_error *error)
{
    *backend = NULL;
    for (size_t k = 0; classes[k]; k++)
        if (strcmp(classes[k]->name, name) == 0)
            return classes[k]->create(backend, threads, error);
    return unknown(name, error);
}

void gd_backend_free(struct gd_backend *backend)
{
    if (backend)
        backend->class->destroy(backend);
}
