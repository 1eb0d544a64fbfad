/* Models in HDF5: a group with one float32 dataset per tensor, and what else makes a model in its attributes. Nothing
 * in the file is trusted: attributes are checked before memory is taken by them, and every tensor's shape is compared
 * with the one that the attributes give it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "model/network_class.h"
#include "model/rows.h"
#include "model/seen.h"

#define GROUP "parameters" /* of a model file */

/* "GROUP/NAME" */
static enum gd_status join(char **path, const char *group, const char *name, struct gd_error *error)
{
    *path = gd_format("%s/%s", group, name);
    return *path ? GD_OK : gd_no_memory(error, "the name of a dataset");
}

static const struct gd_param *stored_rows(const struct gd_noise_class *type)
{
    return type->stored ? type->stored : type->base.params;
}

/* The noise process: its name, and its parameters. */
static enum gd_status write_process(const struct gd_process *process, struct gd_h5 *file, const char *group,
                                    struct gd_error *error)
{
    const struct gd_param *rows = stored_rows(process->type);
    enum gd_status status = gd_rows_save(rows, GD_ROWS_NUMBERS, process->params, file, group, error);
    if (!status)
        status = gd_h5_write_text_attribute(file, group, "noise", process->type->base.name, error);
    return status ? status : gd_rows_save(rows, GD_ROWS_NAMES, process->params, file, group, error);
}

/* With which elements it was trained, when that is known. Readers of earlier versions leave these attributes out. */
static const char all_elements[] = "trained_elements", mobile_elements[] = "trained_mobile_elements";

static enum gd_status write_elements(const bool elements[GD_SPECIES_MOST + 1], struct gd_h5 *file, const char *group,
                                     const char *name, struct gd_error *error)
{
    char *text = gd_seen_write(elements);
    enum gd_status status =
        text ? gd_h5_write_text_attribute(file, group, name, text, error) : gd_no_memory(error, name);
    free(text);
    return status;
}

static enum gd_status write_seen(const struct gd_seen *seen, struct gd_h5 *file, const char *group,
                                 struct gd_error *error)
{
    if (!seen->known)
        return GD_OK;
    enum gd_status status = write_elements(seen->all, file, group, all_elements, error);
    return status ? status : write_elements(seen->mobile, file, group, mobile_elements, error);
}

static enum gd_status read_elements(bool elements[GD_SPECIES_MOST + 1], struct gd_h5 *file, const char *group,
                                    const char *name, struct gd_error *error)
{
    char *text = NULL;
    struct gd_error why = {0};
    enum gd_status status = gd_h5_load_text_attribute(file, group, name, &text, error);
    if (!status && (status = gd_seen_read(text, elements, &why)) != GD_OK)
        gd_fail(error, status, "%s: attribute %s: %s", group, name, why.text);
    free(text);
    return status;
}

static enum gd_status read_seen(struct gd_seen *seen, struct gd_h5 *file, const char *group, struct gd_error *error)
{
    *seen = (struct gd_seen){.known = gd_h5_has_attribute(file, group, all_elements)};
    if (!seen->known)
        return GD_OK;
    enum gd_status status = read_elements(seen->all, file, group, all_elements, error);
    return status ? status : read_elements(seen->mobile, file, group, mobile_elements, error);
}

static enum gd_status write_attributes(const struct gd_model *model, struct gd_h5 *file, const char *group,
                                       struct gd_error *error)
{
    const struct gd_param *rows = model->type->base.params;
    enum gd_status status = gd_h5_write_text_attribute(file, group, "network", model->type->base.name, error);
    if (!status)
        status = gd_rows_save(rows, GD_ROWS_NUMBERS, model->params, file, group, error);
    if (!status)
        status = gd_rows_save(rows, GD_ROWS_NAMES, model->params, file, group, error);
    if (!status)
        status = gd_h5_write_text_attribute(file, group, "output", model->prediction->name, error);
    if (!status)
        status = write_seen(&model->seen, file, group, error);
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

static enum gd_status read_process(struct gd_h5 *file, const char *group, const struct gd_registry *registry,
                                   struct gd_process *process, struct gd_error *error)
{
    const struct gd_noise_class *type = NULL;
    struct gd_process read = {0};
    char *noise = NULL;
    enum gd_status status = gd_h5_load_text_attribute(file, group, "noise", &noise, error);
    if (!status && !(type = gd_noise_named(registry, noise, error)))
        status = GD_BAD_INPUT;
    if (!status)
        status = gd_rows_load(stored_rows(type), read.params, file, group, error);
    if (!status)
        status = gd_process_make(process, type, read.params, error);
    free(noise);
    return status;
}

/* The attributes are accepted when the tensors have the sizes that they give: a file must hold what it takes memory by.
 */
static enum gd_status check_sizes(const struct gd_model *model, struct gd_h5 *file, const char *group,
                                  struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < model->tensor_count && !status; k++) {
        const struct gd_tensor *tensor = &model->tensors[k];
        size_t found[2] = {0, 1}, rows = (size_t)tensor->rows, columns = (size_t)tensor->columns;
        char *path;
        status = join(&path, group, tensor->name, error);
        if (!status)
            status = gd_h5_read_shape(file, path, tensor->vector ? 1 : 2, found, error);
        if (!status && (found[0] != rows || found[1] != columns))
            status = gd_fail(error, GD_BAD_INPUT, "%s: has %zu x %zu numbers, but the attributes require %zu x %zu",
                             path, found[0], found[1], rows, columns);
        free(path);
    }
    return status;
}

/* The network that the file names. Files of other programs need not: theirs is the first. */
static enum gd_status read_type(const struct gd_network_class **type, struct gd_h5 *file, const char *group,
                                const struct gd_registry *registry, struct gd_error *error)
{
    char *name = NULL;
    *type = gd_networks[0];
    if (!gd_h5_has_attribute(file, group, "network"))
        return GD_OK;
    enum gd_status status = gd_h5_load_text_attribute(file, group, "network", &name, error);
    if (!status && !(*type = gd_network_named(registry, name, error)))
        status = GD_BAD_INPUT;
    free(name);
    return status;
}

/* What the network's output is, as the file says. Files without the attribute are of earlier versions of this program:
 * theirs is the first. */
static enum gd_status read_prediction(const struct gd_prediction **prediction, struct gd_h5 *file, const char *group,
                                      struct gd_error *error)
{
    char *name = NULL;
    *prediction = gd_predictions;
    if (!gd_h5_has_attribute(file, group, "output"))
        return GD_OK;
    enum gd_status status = gd_h5_load_text_attribute(file, group, "output", &name, error);
    if (!status && !(*prediction = gd_prediction_named(name, error)))
        status = error->status;
    free(name);
    return status;
}

/* A blank model of the network and process that the attributes give. */
static enum gd_status read_attributes(struct gd_model **model, struct gd_h5 *file, const char *group,
                                      const struct gd_registry *registry, struct gd_error *error)
{
    const struct gd_network_class *type;
    struct gd_process process;
    enum gd_status status = read_type(&type, file, group, registry, error);
    if (status)
        return status;
    void *params = gd_array(1, type->base.size);
    if (!params)
        return gd_no_memory(error, "a model");
    status = gd_rows_load(type->base.params, params, file, group, error);
    if (!status)
        status = read_process(file, group, registry, &process, error);
    if (!status)
        status = gd_model_list_tensors(model, type, params, &process, error);
    if (!status)
        status = read_prediction(&(*model)->prediction, file, group, error);
    if (!status)
        status = read_seen(&(*model)->seen, file, group, error);
    if (!status)
        status = check_sizes(*model, file, group, error);
    if (!status)
        status = gd_model_allocate(*model, error);
    free(params);
    return status;
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
        status = gd_fail(error, GD_BAD_INPUT, "%s: contains no model: the group /" GROUP " is missing", path);
    gd_h5_close(file);
    *model = read;
    return status;
}
