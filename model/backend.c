/* The backends of this program. */
#include "model/backend.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

const char *const gd_device_names[] = {"auto", "cpu", "cuda", NULL};

const char *const gd_precision_names[] = {[GD_FLOAT32] = "float32", [GD_TF32] = "tf32", [GD_BF16] = "bf16", NULL};

const struct gd_backend_class *gd_backend_named(const char *name)
{
    size_t k = 0;
    while (gd_backends[k] && strcmp(gd_backends[k]->name, name) != 0)
        k++;
    return gd_backends[k];
}

static enum gd_status unknown(const char *name, struct gd_error *error)
{
    struct gd_text list = {0};
    for (size_t k = 0; gd_backends[k]; k++)
        gd_text_print(&list, "%s%s", k ? ", " : "", gd_backends[k]->name);
    char *names = gd_text_take(&list);
    enum gd_status status = names ? gd_fail(error, GD_BAD_INPUT, "this build has no device '%s', only: %s", name, names)
                                  : gd_no_memory(error, "a message");
    free(names);
    return status;
}

enum gd_status gd_device_find(const char *name, const struct gd_backend_class **type, char *device, size_t size,
                              struct gd_error *error)
{
    *type = gd_backend_named(name);
    return *type ? (*type)->find(device, size, error) : unknown(name, error);
}

enum gd_status gd_backend_new(struct gd_backend **backend, const char *name, int threads, struct gd_error *error)
{
    const struct gd_backend_class *class = gd_backend_named(name);
    *backend = NULL;
    return class ? class->create(backend, threads, error) : unknown(name, error);
}

void gd_backend_free(struct gd_backend *backend)
{
    if (backend)
        backend->type->destroy(backend);
}

enum gd_status gd_backend_precision(struct gd_backend *backend, const char *name, struct gd_error *error)
{
    const struct gd_backend_class *class = backend->type;
    int k = 0;
    while (gd_precision_names[k] && strcmp(gd_precision_names[k], name) != 0)
        k++;
    if (!gd_precision_names[k] || (k != GD_FLOAT32 && !class->precision))
        return gd_fail(error, GD_BAD_INPUT, "the device %s does not support matrix multiplication in %s", class->name,
                       name);
    if (class->precision)
        class->precision(backend, (enum gd_precision)k);
    return GD_OK;
}

enum gd_status gd_backend_alloc(struct gd_backend *backend, void *memory, size_t bytes, const char *what,
                                struct gd_error *error)
{
    void *made = backend->type->alloc(backend, bytes);
    memcpy(memory, &made, sizeof made);
    if (made)
        return GD_OK;
    enum gd_status status = backend->type->finish(backend, error);
    return status ? status : gd_fail(error, GD_NO_MEMORY, "out of %s for %s", backend->type->memory, what);
}

enum gd_status gd_backend_reserve(struct gd_backend *backend, void *memory, size_t *capacity, size_t bytes,
                                  const char *what, struct gd_error *error)
{
    if (bytes <= *capacity)
        return GD_OK;
    void *before;
    memcpy(&before, memory, sizeof before);
    backend->type->release(backend, before);
    *capacity = 0;
    enum gd_status status = gd_backend_alloc(backend, memory, bytes + bytes / 4, what, error);
    if (!status)
        *capacity = bytes + bytes / 4;
    return status;
}
