/* What backends whose memory is the host's have in common. */
#ifndef GD_MODEL_HOST_H
#define GD_MODEL_HOST_H

#include "model/backend.h"

enum gd_status gd_host_find(char *device, size_t size, struct gd_error *error);
void *gd_host_alloc(struct gd_backend *backend, size_t bytes);
void gd_host_release(struct gd_backend *backend, void *memory);
void gd_host_upload(struct gd_backend *backend, void *to, const void *host, size_t bytes);
void gd_host_download(struct gd_backend *backend, void *host, const void *from, size_t bytes);
void gd_host_zero(struct gd_backend *backend, void *memory, size_t bytes);
enum gd_status gd_host_finish(struct gd_backend *backend, struct gd_error *error);

#endif
