/* A model's tensors, as its network lists them. */
#include "model/model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "model/network_class.h"
#include "model/rows.h"

/* Adds a tensor, or only counts it. */
static void add(struct gd_tensor_list *list, struct gd_tensor tensor, const char *format, va_list arguments)
{
    tensor.offset = list->floats;
    if (list->tensors) {
        vsnprintf(tensor.name, sizeof tensor.name, format, arguments);
        list->tensors[list->count] = tensor;
    }
    list->count++;
    list->floats += (size_t)tensor.rows * (size_t)tensor.columns;
}

void gd_tensor_add(struct gd_tensor_list *list, int rows, int columns, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(list, (struct gd_tensor){.rows = rows, .columns = columns}, format, arguments);
    va_end(arguments);
}

void gd_tensor_add_bias(struct gd_tensor_list *list, int rows, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(list, (struct gd_tensor){.rows = rows, .columns = 1, .vector = true}, format, arguments);
    va_end(arguments);
}

void gd_tensor_add_embedding(struct gd_tensor_list *list, int rows, int columns, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(list, (struct gd_tensor){.rows = rows, .columns = columns, .embedding = true}, format, arguments);
    va_end(arguments);
}

enum gd_status gd_hyperparameters_check(const struct gd_network_class *type, const void *params, struct gd_error *error)
{
    for (const struct gd_param *row = type->base.params; row && row->name; row++) {
        double value = gd_row_number(row, params);
        bool any = (row->min == 0 && row->max == 0) || gd_row_named(row);
        const char *space = row->unit ? " " : "", *unit = row->unit ? row->unit : "";
        if (!isfinite(value) || (!any && !(value >= row->min && value <= row->max)))
            return gd_fail(error, GD_BAD_INPUT, "the network's %s is %.10g%s%s, not within %g to %g%s%s", row->name,
                           value, space, unit, row->min, row->max, space, unit);
    }
    return GD_OK;
}

enum gd_status gd_model_list_tensors(struct gd_model **model, const struct gd_network_class *type, const void *params,
                                     const struct gd_process *process, struct gd_error *error)
{
    *model = NULL;
    enum gd_status status = gd_hyperparameters_check(type, params, error);
    if (status)
        return status;
    struct gd_tensor_list list = {0};
    type->tensors(params, &list);
    struct gd_model *made = gd_array(1, sizeof *made);
    if (made) {
        *made = (struct gd_model){.type = type,
                                  .params = gd_array(1, type->base.size),
                                  .process = *process,
                                  .tensors = gd_array(list.count, sizeof *made->tensors),
                                  .tensor_count = list.count,
                                  .parameter_count = list.floats,
                                  .prediction = gd_predictions,
                                  .seen.known = true};
    }
    if (!made || !made->params || !made->tensors) {
        gd_model_free(made);
        return gd_no_memory(error, "a model");
    }
    if (type->base.size)
        memcpy(made->params, params, type->base.size);
    list = (struct gd_tensor_list){.tensors = made->tensors};
    type->tensors(params, &list);
    *model = made;
    return GD_OK;
}

enum gd_status gd_model_allocate(struct gd_model *model, struct gd_error *error)
{
    model->parameters = gd_array_aligned(model->parameter_count, sizeof *model->parameters);
    return model->parameters ? GD_OK : gd_no_memory(error, "a model");
}

enum gd_status gd_model_new_zero(struct gd_model **model, const struct gd_network_class *type, const void *params,
                                 const struct gd_process *process, struct gd_error *error)
{
    enum gd_status status = gd_model_list_tensors(model, type, params, process, error);
    if (!status && (status = gd_model_allocate(*model, error))) {
        gd_model_free(*model);
        *model = NULL;
    }
    return status;
}

/* PyTorch's defaults: Linear draws weight and bias from ±1/√in, Embedding from a standard normal. */
static void draw(struct gd_model *model, struct gd_stream *stream)
{
    double limit = 0;
    for (size_t k = 0; k < model->tensor_count; k++) {
        const struct gd_tensor *tensor = &model->tensors[k];
        size_t count = (size_t)tensor->rows * (size_t)tensor->columns;
        float *values = model->parameters + tensor->offset;
        if (!tensor->vector)
            limit = 1 / sqrt(tensor->columns); /* a bias follows its weight */
        for (size_t i = 0; i < count; i++)
            values[i] =
                (float)(tensor->embedding ? gd_stream_normal(stream) : limit * (2 * gd_stream_uniform(stream) - 1));
    }
}

enum gd_status gd_model_new(struct gd_model **model, const struct gd_network_class *type, const void *params,
                            const struct gd_process *process, struct gd_stream *stream, struct gd_error *error)
{
    enum gd_status status = gd_model_new_zero(model, type, params, process, error);
    if (!status)
        draw(*model, stream);
    return status;
}

enum gd_status gd_model_copy(struct gd_model **copy, const struct gd_model *model, struct gd_error *error)
{
    enum gd_status status = gd_model_new_zero(copy, model->type, model->params, &model->process, error);
    if (status)
        return status;
    (*copy)->prediction = model->prediction;
    (*copy)->seen = model->seen;
    memcpy((*copy)->parameters, model->parameters, model->parameter_count * sizeof *model->parameters);
    return GD_OK;
}

void gd_model_free(void *model)
{
    struct gd_model *freed = model;
    if (!freed)
        return;
    free(freed->params);
    free(freed->tensors);
    free(freed->parameters);
    free(freed);
}

const struct gd_tensor *gd_model_tensor(const struct gd_model *model, const char *name)
{
    for (size_t k = 0; k < model->tensor_count; k++)
        if (strcmp(model->tensors[k].name, name) == 0)
            return &model->tensors[k];
    return NULL;
}

/* Whether two models differ in their heads, and in nothing else of the network. */
static bool differ_in_heads(const struct gd_model *a, const struct gd_model *b)
{
    bool heads = false;
    if (a->type != b->type)
        return false;
    for (const struct gd_param *row = a->type->base.params; row && row->name; row++) {
        bool same = gd_row_number(row, a->params) == gd_row_number(row, b->params);
        if (!same && row->type != GD_SUBSET)
            return false;
        heads |= !same;
    }
    return heads;
}

enum gd_status gd_model_adapt_heads(struct gd_model **model, const struct gd_model *like, struct gd_error *error)
{
    struct gd_model *from = *model, *made;
    if (!differ_in_heads(from, like))
        return GD_OK;
    enum gd_status status = gd_model_copy(&made, like, error);
    if (status)
        return status;
    made->process = from->process;
    made->prediction = from->prediction;
    made->seen = from->seen;
    for (size_t k = 0; k < from->tensor_count; k++) {
        const struct gd_tensor *source = &from->tensors[k], *place = gd_model_tensor(made, source->name);
        size_t count = (size_t)source->rows * (size_t)source->columns;
        if (place)
            memcpy(made->parameters + place->offset, from->parameters + source->offset,
                   count * sizeof *made->parameters);
    }
    gd_model_free(from);
    *model = made;
    return GD_OK;
}

static enum gd_status same_process(const struct gd_process *a, const struct gd_process *b, struct gd_error *error)
{
    if (gd_process_same(a, b))
        return GD_OK;
    char *one = gd_process_text(a), *other = gd_process_text(b);
    enum gd_status status =
        one && other ? gd_fail(error, GD_BAD_INPUT, "was trained with noise %s; this pipeline has noise %s", one, other)
                     : gd_no_memory(error, "a message");
    free(one);
    free(other);
    return status;
}

static enum gd_status same_network(const struct gd_model *a, const struct gd_model *b, struct gd_error *error)
{
    if (a->type != b->type)
        return gd_fail(error, GD_BAD_INPUT, "is a network %s; this pipeline's model is a network %s",
                       a->type->base.name, b->type->base.name);
    const struct gd_param *row = gd_rows_differ(a->type->base.params, a->params, b->params);
    if (!row)
        return GD_OK;
    char *one = gd_row_text(row, a->params), *other = gd_row_text(row, b->params);
    enum gd_status status =
        one && other ? gd_fail(error, GD_BAD_INPUT, "has %s %s; this pipeline's model has %s", row->name, one, other)
                     : gd_no_memory(error, "a message");
    free(one);
    free(other);
    return status;
}

enum gd_status gd_model_fits(const struct gd_model *model, const struct gd_process *noise,
                             const struct gd_model *present, struct gd_error *error)
{
    enum gd_status status = model && noise ? same_process(&model->process, noise, error) : GD_OK;
    return status || !model || !present ? status : same_network(model, present, error);
}
