/* Slots that hold one number, saved as scalars in /parameters; the iteration is one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/run/state.h"

static enum gd_status save(const void *value, struct gd_h5 *file, const char *name, enum gd_h5_type type,
                           struct gd_error *error)
{
    char *path = gd_format("parameters/%s", name);
    if (!path)
        return gd_no_memory(error, name);
    enum gd_status status = gd_h5_write_array(file, path, type, 0, NULL, value, error);
    free(path);
    return status;
}

static enum gd_status load(void **value, struct gd_h5 *file, const char *name, enum gd_h5_type type,
                           struct gd_error *error)
{
    *value = NULL;
    char *path = gd_format("parameters/%s", name);
    if (!path)
        return gd_no_memory(error, name);
    enum gd_status status = GD_OK;
    if (gd_h5_exists(file, path))
        status = gd_h5_load_array(file, path, type, 0, NULL, value, error);
    free(path);
    return status;
}

enum gd_status gd_real_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    return save(value, file, name, GD_H5_DOUBLE, error);
}

enum gd_status gd_real_load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                            struct gd_error *error)
{
    (void)registry;
    return load(value, file, name, GD_H5_DOUBLE, error);
}

enum gd_status gd_integer_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    return save(value, file, name, GD_H5_INT64, error);
}

enum gd_status gd_integer_load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                               struct gd_error *error)
{
    (void)registry;
    return load(value, file, name, GD_H5_INT64, error);
}

enum gd_status gd_integer_check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    static const int64_t most = (int64_t)1 << 53;
    const int64_t number = *(const int64_t *)value;
    (void)pipeline;
    return number >= 0 && number <= most
               ? GD_OK
               : gd_fail(error, GD_BAD_INPUT, "%lld is not in the range 0 to %lld", (long long)number, (long long)most);
}

double gd_real_figure(const void *value)
{
    return *(const double *)value;
}

double gd_integer_figure(const void *value)
{
    return (double)*(const int64_t *)value;
}

/* Without a figure: every line of metrics.jsonl has the iteration anyway. */
const struct gd_slot gd_slot_iteration = {
    .name = "iteration",
    .summary = "the iteration of the innermost loop, from 0; written by the engine",
    .save = gd_integer_save,
    .load = gd_integer_load,
    .check = gd_integer_check,
    .destroy = free,
    .local = true,
};

double gd_state_real(const struct gd_state *state, const char *slot, double otherwise)
{
    const double *value = gd_state_get(state, slot);
    return value ? *value : otherwise;
}

int64_t gd_state_integer(const struct gd_state *state, const char *slot, int64_t otherwise)
{
    const int64_t *value = gd_state_get(state, slot);
    return value ? *value : otherwise;
}

static enum gd_status put_copy(struct gd_state *state, const char *slot, const void *value, size_t size,
                               struct gd_error *error)
{
    void *copy = gd_array(1, size);
    if (!copy)
        return gd_no_memory(error, slot);
    memcpy(copy, value, size);
    enum gd_status status = gd_state_put(state, slot, copy, error);
    if (status) /* there is no such slot, which could destroy it */
        free(copy);
    return status;
}

enum gd_status gd_state_put_real(struct gd_state *state, const char *slot, double value, struct gd_error *error)
{
    return put_copy(state, slot, &value, sizeof value, error);
}

enum gd_status gd_state_put_integer(struct gd_state *state, const char *slot, int64_t value, struct gd_error *error)
{
    return put_copy(state, slot, &value, sizeof value, error);
}
