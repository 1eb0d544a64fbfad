/* Models in HDF5: a group with one float32 dataset per tensor, and what else makes a model in its attributes. Nothing
 * in the file is believed: attributes are checked before memory is taken by them, and every tensor's shape is compared
 * with the one that the attributes give it. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/h5.h"
#include "engine/memory.h"
#include "model/model.h"

#define GROUP "parameters" /* of a model file */

/* The attributes that are numbers; `integer` ones are stored as int64. */
struct attributes {
    int64_t features, blocks, radial;
    double cutoff;
};

static const struct {
    const char *name;
    enum gd_h5_type type;
    size_t offset;
} numbers[] = {
    {"features", GD_H5_INT64, offsetof(struct attributes, features)},
    {"blocks", GD_H5_INT64, offsetof(struct attributes, blocks)},
    {"radial", GD_H5_INT64, offsetof(struct attributes, radial)},
    {"cutoff", GD_H5_DOUBLE, offsetof(struct attributes, cutoff)},
};

#define NUMBERS (sizeof numbers / sizeof *numbers)

/* "GROUP/NAME" */
static enum gd_status join(char **path, const char *group, const char *name, struct gd_error *error)
{
    *path = gd_format("%s/%s", group, name);
    return *path ? GD_OK : gd_no_memory(error, "the name of a dataset");
}

/* The noise process: its name, its schedule, and two numbers under the names that it gives them. */
static enum gd_status write_process(const struct gd_process *process, struct gd_h5 *file, const char *group,
                                    struct gd_error *error)
{
    const char *const *names = process->type->names;
    enum gd_status status = gd_h5_write_attribute(file, group, names[0], GD_H5_DOUBLE, 0, &process->min, error);
    if (!status)
        status = gd_h5_write_attribute(file, group, names[1], GD_H5_DOUBLE, 0, &process->max, error);
    if (!status)
        status = gd_h5_write_text_attribute(file, group, "noise", process->type->base.name, error);
    if (!status)
        status = gd_h5_write_text_attribute(file, group, "schedule", gd_schedule_names[process->schedule], error);
    return status;
}

static enum gd_status write_attributes(const struct gd_model *model, struct gd_h5 *file, const char *group,
                                       struct gd_error *error)
{
    struct attributes values = {model->shape.features, model->shape.blocks, model->shape.radial, model->shape.cutoff};
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < NUMBERS && !status; k++)
        status = gd_h5_write_attribute(file, group, numbers[k].name, numbers[k].type, 0,
                                       (const char *)&values + numbers[k].offset, error);
    return status ? status : write_process(&model->process, file, group, error);
}

static enum gd_status write_tensor(const struct gd_model *model, const struct gd_tensor *tensor, struct gd_h5 *file,
                                   const char *group, struct gd_error *error)
{
    char *path;
    enum gd_status status = join(&path, group, tensor->name, error);
    const size_t shape[] = {(size_t)tensor->rows, (size_t)tensor->columns};
    if (!status)
        status = gd_h5_write_array(file, path, GD_H5_FLOAT, tensor->vector ? 1 : 2, shape,
                                   model->parameters + tensor->offset, error);
    free(path);
    return status;
}

enum gd_status gd_model_save(const void *model, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    const struct gd_model *saved = model;
    enum gd_status status = gd_h5_write_group(file, name, error);
    if (!status)
        status = write_attributes(saved, file, name, error);
    for (size_t k = 0; k < saved->tensor_count && !status; k++)
        status = write_tensor(saved, &saved->tensors[k], file, name, error);
    return status;
}

static enum gd_status read_range(struct gd_h5 *file, const char *group, const struct gd_noise_class *type,
                                 double range[2], struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (int k = 0; k < 2 && !status; k++)
        status = gd_h5_read_attribute(file, group, type->names[k], GD_H5_DOUBLE, 0, &range[k], error);
    return status;
}

static enum gd_status read_process(struct gd_h5 *file, const char *group, const struct gd_registry *registry,
                                   struct gd_process *process, struct gd_error *error)
{
    const struct gd_noise_class *type = NULL;
    char *noise = NULL, *schedule = NULL;
    enum gd_schedule index;
    double range[2];
    enum gd_status status = gd_h5_load_text_attribute(file, group, "noise", &noise, error);
    if (!status)
        status = gd_h5_load_text_attribute(file, group, "schedule", &schedule, error);
    if (!status && !(type = gd_noise_named(registry, noise, error)))
        status = GD_BAD_INPUT;
    if (!status)
        status = gd_schedule_named(&index, schedule, error);
    if (!status)
        status = read_range(file, group, type, range, error);
    if (!status)
        status = gd_process_set(process, type, index, range[0], range[1], error);
    free(noise);
    free(schedule);
    return status;
}

/* Fits an int; which sizes are accepted is for gd_network_shape_check to say. */
static enum gd_status check_integer(const char *name, int64_t value, struct gd_error *error)
{
    return value < INT_MIN || value > INT_MAX
               ? gd_fail(error, GD_BAD_INPUT, "attribute %s is %lld", name, (long long)value)
               : GD_OK;
}

/* The attributes are believed when two tensors have the sizes that they give: a file must hold what it takes memory by.
 */
static enum gd_status check_sizes(const struct gd_network_shape *shape, struct gd_h5 *file, const char *group,
                                  struct gd_error *error)
{
    const size_t features = (size_t)shape->features, filters = 3 * features * (size_t)shape->blocks;
    const struct {
        const char *name;
        size_t rows, columns;
    } tensors[] = {
        {"embedding.weight", GD_SPECIES_MOST + 1, features},
        {"filter_net.weight", filters, (size_t)shape->radial},
    };
    enum gd_status status = gd_network_shape_check(shape, error);
    for (size_t k = 0; k < sizeof tensors / sizeof *tensors && !status; k++) {
        char *path;
        size_t found[2];
        status = join(&path, group, tensors[k].name, error);
        if (!status)
            status = gd_h5_read_shape(file, path, 2, found, error);
        if (!status && (found[0] != tensors[k].rows || found[1] != tensors[k].columns))
            status = gd_fail(error, GD_BAD_INPUT, "%s: has %zu x %zu numbers, but the attributes ask for %zu x %zu",
                             path, found[0], found[1], tensors[k].rows, tensors[k].columns);
        free(path);
    }
    return status;
}

/* A blank model of the shape and process that the attributes give. */
static enum gd_status read_attributes(struct gd_model **model, struct gd_h5 *file, const char *group,
                                      const struct gd_registry *registry, struct gd_error *error)
{
    struct attributes values;
    struct gd_process process;
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < NUMBERS && !status; k++) {
        void *value = (char *)&values + numbers[k].offset;
        status = gd_h5_read_attribute(file, group, numbers[k].name, numbers[k].type, 0, value, error);
        if (!status && numbers[k].type == GD_H5_INT64)
            status = check_integer(numbers[k].name, *(int64_t *)value, error);
    }
    if (!status)
        status = read_process(file, group, registry, &process, error);
    if (status)
        return status;
    struct gd_network_shape shape = {(int)values.features, (int)values.blocks, (int)values.radial, values.cutoff};
    status = check_sizes(&shape, file, group, error);
    return status ? status : gd_model_blank(model, &shape, &process, error);
}

static enum gd_status read_tensor(struct gd_model *model, const struct gd_tensor *tensor, struct gd_h5 *file,
                                  const char *group, struct gd_error *error)
{
    char *path;
    enum gd_status status = join(&path, group, tensor->name, error);
    const size_t shape[] = {(size_t)tensor->rows, (size_t)tensor->columns};
    float *values = model->parameters + tensor->offset;
    if (!status)
        status = gd_h5_read_array(file, path, GD_H5_FLOAT, tensor->vector ? 1 : 2, shape, values, error);
    for (size_t i = 0; i < shape[0] * shape[1] && !status; i++)
        if (!isfinite(values[i]))
            status = gd_fail(error, GD_BAD_INPUT, "%s: number %zu is %g", path, i + 1, values[i]);
    free(path);
    return status;
}

enum gd_status gd_model_load(void **model, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                             struct gd_error *error)
{
    struct gd_model *read = NULL;
    *model = NULL;
    if (!gd_h5_exists(file, name))
        return GD_OK;
    enum gd_status status = read_attributes(&read, file, name, registry, error);
    for (size_t k = 0; !status && k < read->tensor_count; k++)
        status = read_tensor(read, &read->tensors[k], file, name, error);
    if (status)
        gd_model_free(read);
    else
        *model = read;
    return status;
}

enum gd_status gd_model_write(const void *model, const char *path, struct gd_error *error)
{
    struct gd_h5 *file;
    enum gd_status status = gd_h5_create(path, &file, error);
    if (!status)
        status = gd_model_save(model, file, GROUP, error);
    if (!status)
        status = gd_h5_save(file, path, error);
    gd_h5_close(file);
    return status;
}

/* Passes a failure on, led by the file's name unless it names it already. */
static enum gd_status fail_in(const char *path, const struct gd_error *why, struct gd_error *error)
{
    bool named = strncmp(why->text, path, strlen(path)) == 0;
    return gd_fail(error, why->status, "%s%s%s", named ? "" : path, named ? "" : ": ", why->text);
}

enum gd_status gd_model_read(struct gd_model **model, const char *path, const struct gd_registry *registry,
                             struct gd_error *error)
{
    struct gd_h5 *file;
    void *read = NULL;
    struct gd_error why = {0};
    enum gd_status status = gd_h5_open(path, &file, error);
    if (!status && gd_model_load(&read, file, GROUP, registry, &why) != GD_OK)
        status = fail_in(path, &why, error);
    if (!status && !read)
        status = gd_fail(error, GD_BAD_INPUT, "%s: no model in it: the group /" GROUP " is missing", path);
    gd_h5_close(file);
    *model = read;
    return status;
}
