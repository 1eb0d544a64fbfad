#include "model/reference/reference.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "model/host.h"

static enum gd_status create(struct gd_backend **backend, int threads, struct gd_error *error)
{
    (void)threads;
    *backend = gd_array(1, sizeof **backend);
    if (!*backend)
        return gd_no_memory(error, "a backend");
    (*backend)->type = &gd_backend_reference;
    return GD_OK;
}

static void destroy(struct gd_backend *backend)
{
    free(backend);
}

#define ROW(name) .name = gd_reference_##name,

const struct gd_backend_class gd_backend_reference = {
    .name = "reference",
    .batch = 32,
    .memory = "memory",
    .host = true,
    .find = gd_host_find,
    .create = create,
    .destroy = destroy,
    .alloc = gd_host_alloc,
    .release = gd_host_release,
    .upload = gd_host_upload,
    .download = gd_host_download,
    .zero = gd_host_zero,
    .finish = gd_host_finish,
    .ops = {GD_OPERATIONS(ROW)},
};
