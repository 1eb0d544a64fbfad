/* A model's tensors, made from its shape. */
#include "model/model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/memory.h"

enum gd_status gd_network_shape_check(const struct gd_network_shape *shape, struct gd_error *error)
{
    const struct {
        const char *name;
        int value, low, high;
    } sizes[] = {
        {"features", shape->features, 4, 1024},
        {"blocks", shape->blocks, 1, GD_BLOCKS_MOST},
        {"radial", shape->radial, 2, GD_RADIAL_MOST},
    };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        if (sizes[k].value < sizes[k].low || sizes[k].value > sizes[k].high)
            return gd_fail(error, GD_BAD_INPUT, "the network's %s are %d, not within %d to %d", sizes[k].name,
                           sizes[k].value, sizes[k].low, sizes[k].high);
    if (!(shape->cutoff >= 0.5 && shape->cutoff <= 50))
        return gd_fail(error, GD_BAD_INPUT, "the network's cutoff is %g Å, not within 0.5 to 50 Å", shape->cutoff);
    return GD_OK;
}

struct gd_gate_widths gd_gate_widths_at(const struct gd_network_shape *shape, int k)
{
    int scalars = shape->features + 2, vectors = shape->features;
    return k == GD_HEAD_BLOCKS ? (struct gd_gate_widths){1, 1} : (struct gd_gate_widths){scalars >> k, vectors >> k};
}

/* Lays out one tensor after another; tensors NULL: only counts them. */
struct layout {
    struct gd_tensor *tensors;
    size_t count, floats;
};

static void GD_PRINTF(5, 6) add(struct layout *layout, int rows, int columns, bool vector, const char *format, ...)
{
    if (layout->tensors) {
        struct gd_tensor *tensor = &layout->tensors[layout->count];
        *tensor = (struct gd_tensor){.offset = layout->floats, .rows = rows, .columns = columns, .vector = vector};
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(tensor->name, sizeof tensor->name, format, arguments);
        va_end(arguments);
    }
    layout->count++;
    layout->floats += (size_t)rows * (size_t)columns;
}

/* Dense(in -> hidden), silu, Dense(hidden -> out) */
static void add_net(struct layout *layout, const char *owner, int number, const char *name, int in, int hidden, int out)
{
    add(layout, hidden, in, false, "%s.%d.%s.0.weight", owner, number, name);
    add(layout, hidden, 1, true, "%s.%d.%s.0.bias", owner, number, name);
    add(layout, out, hidden, false, "%s.%d.%s.2.weight", owner, number, name);
    add(layout, out, 1, true, "%s.%d.%s.2.bias", owner, number, name);
}

static void lay_out(struct layout *layout, const struct gd_network_shape *shape)
{
    int features = shape->features, filters = 3 * features * shape->blocks;
    add(layout, GD_SPECIES_MOST + 1, features, false, "embedding.weight");
    add(layout, filters, shape->radial, false, "filter_net.weight");
    add(layout, filters, 1, true, "filter_net.bias");
    for (int l = 0; l < shape->blocks; l++)
        add_net(layout, "interactions", l, "interatomic_context_net", features, features, 3 * features);
    for (int l = 0; l < shape->blocks; l++) {
        add(layout, 2 * features, features, false, "mixing.%d.mu_channel_mix.weight", l);
        add_net(layout, "mixing", l, "intraatomic_context_net", 2 * features, features, 3 * features);
    }
    for (int k = 0; k < GD_HEAD_BLOCKS; k++) {
        struct gd_gate_widths in = gd_gate_widths_at(shape, k), out = gd_gate_widths_at(shape, k + 1);
        add(layout, 2 * out.vectors, in.vectors, false, "head.%d.mix_vectors.weight", k);
        add_net(layout, "head", k, "scalar_net", in.scalars + out.vectors, in.scalars, out.scalars + out.vectors);
    }
}

enum gd_status gd_model_blank(struct gd_model **model, const struct gd_network_shape *shape,
                              const struct gd_process *process, struct gd_error *error)
{
    *model = NULL;
    enum gd_status status = gd_network_shape_check(shape, error);
    if (status)
        return status;
    struct layout layout = {0};
    lay_out(&layout, shape);
    struct gd_model *made = gd_array(1, sizeof *made);
    if (made) {
        *made = (struct gd_model){.shape = *shape,
                                  .process = *process,
                                  .tensors = gd_array(layout.count, sizeof *made->tensors),
                                  .tensor_count = layout.count,
                                  .parameters = gd_array_aligned(layout.floats, sizeof *made->parameters),
                                  .parameter_count = layout.floats};
    }
    if (!made || !made->tensors || !made->parameters) {
        gd_model_free(made);
        return gd_no_memory(error, "a model");
    }
    layout = (struct layout){.tensors = made->tensors};
    lay_out(&layout, shape);
    *model = made;
    return GD_OK;
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
            values[i] = (float)(k == 0 ? gd_stream_normal(stream) : limit * (2 * gd_stream_uniform(stream) - 1));
    }
}

enum gd_status gd_model_new(struct gd_model **model, const struct gd_network_shape *shape,
                            const struct gd_process *process, struct gd_stream *stream, struct gd_error *error)
{
    enum gd_status status = gd_model_blank(model, shape, process, error);
    if (!status)
        draw(*model, stream);
    return status;
}

enum gd_status gd_model_copy(struct gd_model **copy, const struct gd_model *model, struct gd_error *error)
{
    enum gd_status status = gd_model_blank(copy, &model->shape, &model->process, error);
    if (!status)
        memcpy((*copy)->parameters, model->parameters, model->parameter_count * sizeof *model->parameters);
    return status;
}

void gd_model_free(void *model)
{
    struct gd_model *freed = model;
    if (!freed)
        return;
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

static enum gd_status same_process(const struct gd_process *a, const struct gd_process *b, struct gd_error *error)
{
    if (gd_process_same(a, b))
        return GD_OK;
    return gd_fail(error, GD_BAD_INPUT,
                   "was trained with noise %s, %s, from %g to %g; this pipeline has %s, %s, from %g to %g",
                   a->type->base.name, gd_schedule_names[a->schedule], a->min, a->max, b->type->base.name,
                   gd_schedule_names[b->schedule], b->min, b->max);
}

static enum gd_status same_shape(const struct gd_network_shape *a, const struct gd_network_shape *b,
                                 struct gd_error *error)
{
    if (a->features == b->features && a->blocks == b->blocks && a->radial == b->radial && a->cutoff == b->cutoff)
        return GD_OK;
    return gd_fail(error, GD_BAD_INPUT,
                   "has %d features, %d blocks, %d radial functions, cutoff %g Å; this pipeline's model has %d, %d, "
                   "%d, %g Å",
                   a->features, a->blocks, a->radial, a->cutoff, b->features, b->blocks, b->radial, b->cutoff);
}

enum gd_status gd_model_fits(const struct gd_model *model, const struct gd_process *noise,
                             const struct gd_model *present, struct gd_error *error)
{
    enum gd_status status = model && noise ? same_process(&model->process, noise, error) : GD_OK;
    return status || !model || !present ? status : same_shape(&model->shape, &present->shape, error);
}
