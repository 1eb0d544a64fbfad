#include "model/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

enum gd_status gd_host_find(char *device, size_t size, struct gd_error *error)
{
    (void)error;
    snprintf(device, size, "the processor");
    return GD_OK;
}

void *gd_host_alloc(struct gd_backend *backend, size_t bytes)
{
    (void)backend;
    return gd_array_aligned(bytes, 1);
}

void gd_host_release(struct gd_backend *backend, void *memory)
{
    (void)backend;
    free(memory);
}

void gd_host_upload(struct gd_backend *backend, void *to, const void *host, size_t bytes)
{
    (void)backend;
    if (bytes)
        memcpy(to, host, bytes);
}

void gd_host_download(struct gd_backend *backend, void *host, const void *from, size_t bytes)
{
    gd_host_upload(backend, host, from, bytes);
}

void gd_host_zero(struct gd_backend *backend, void *memory, size_t bytes)
{
    (void)backend;
    if (bytes)
        memset(memory, 0, bytes);
}

enum gd_status gd_host_finish(struct gd_backend *backend, struct gd_error *error)
{
    (void)backend;
    (void)error;
    return GD_OK;
}
