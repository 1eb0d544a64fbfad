/* Dense layers, rows of matrices, and the radial basis. */
#include <math.h>
#include <string.h>

#include "engine/base/numbers.h"
#include "model/reference/reference.h"

double gd_reference_silu(double x)
{
    return x / (1 + exp(-x));
}

double gd_reference_silu_slope(double x)
{
    double s = 1 / (1 + exp(-x));
    return s + x * s * (1 - s);
}

void gd_reference_dense(struct gd_backend *backend, const struct gd_dense *a)
{
    (void)backend;
    size_t in = (size_t)a->in, out = (size_t)a->out;
    for (size_t r = 0; r < a->rows; r++)
        for (size_t o = 0; o < out; o++) {
            double sum = a->bias ? (double)a->bias[o] * (a->scale ? (double)a->scale[r] : 1) : 0;
            for (size_t i = 0; i < in; i++)
                sum += (double)a->x[r * in + i] * (double)a->weight[o * in + i];
            a->y[r * out + o] = (float)sum;
        }
}

/* The gradient of a dense layer's input, times silu'(before[rows][in]) unless NULL. */
static void input_gradient(const struct gd_dense_input *a, const float *before)
{
    size_t in = (size_t)a->in, out = (size_t)a->out;
    for (size_t r = 0; r < a->rows; r++)
        for (size_t i = 0; i < in; i++) {
            double sum = 0;
            for (size_t o = 0; o < out; o++)
                sum += (double)a->dy[r * out + o] * (double)a->weight[o * in + i];
            if (before)
                sum *= gd_reference_silu_slope((double)before[r * in + i]);
            if (a->add)
                sum += (double)a->dx[r * in + i];
            a->dx[r * in + i] = (float)sum;
        }
}

void gd_reference_dense_input(struct gd_backend *backend, const struct gd_dense_input *a)
{
    (void)backend;
    input_gradient(a, NULL);
}

void gd_reference_dense_weight(struct gd_backend *backend, const struct gd_dense_weight *a)
{
    (void)backend;
    size_t in = (size_t)a->in, out = (size_t)a->out;
    for (size_t o = 0; o < out; o++) {
        for (size_t i = 0; i < in; i++) {
            double sum = 0;
            for (size_t r = 0; r < a->rows; r++)
                sum += (double)a->dy[r * out + o] * (double)a->x[r * in + i];
            a->dweight[o * in + i] = (float)sum;
        }
        double sum = 0;
        for (size_t r = 0; r < a->rows; r++)
            sum += (double)a->dy[r * out + o] * (a->scale ? (double)a->scale[r] : 1);
        if (a->dbias)
            a->dbias[o] = (float)sum;
    }
}

void gd_reference_perceptron(struct gd_backend *backend, const struct gd_perceptron *a)
{
    gd_reference_dense(backend, &(struct gd_dense){.rows = a->rows,
                                                   .in = a->in,
                                                   .out = a->middle,
                                                   .x = a->x,
                                                   .weight = a->inner_weight,
                                                   .bias = a->inner_bias,
                                                   .y = a->before});
    for (size_t k = 0; k < a->rows * (size_t)a->middle; k++)
        a->hidden[k] = (float)gd_reference_silu((double)a->before[k]);
    gd_reference_dense(backend, &(struct gd_dense){.rows = a->rows,
                                                   .in = a->middle,
                                                   .out = a->out,
                                                   .x = a->hidden,
                                                   .weight = a->outer_weight,
                                                   .bias = a->outer_bias,
                                                   .y = a->y});
}

void gd_reference_perceptron_backward(struct gd_backend *backend, const struct gd_perceptron_backward *a)
{
    const struct gd_dense_weight outer = {.rows = a->rows,
                                          .in = a->middle,
                                          .out = a->out,
                                          .x = a->hidden,
                                          .dy = a->dy,
                                          .dweight = a->douter_weight,
                                          .dbias = a->douter_bias};
    const struct gd_dense_weight inner = {.rows = a->rows,
                                          .in = a->in,
                                          .out = a->middle,
                                          .x = a->x,
                                          .dy = a->dhidden,
                                          .dweight = a->dinner_weight,
                                          .dbias = a->dinner_bias};
    if (a->douter_weight)
        gd_reference_dense_weight(backend, &outer);
    input_gradient(
        &(struct gd_dense_input){
            .rows = a->rows, .in = a->middle, .out = a->out, .dy = a->dy, .weight = a->outer_weight, .dx = a->dhidden},
        a->before);
    if (a->douter_weight)
        gd_reference_dense_weight(backend, &inner);
    input_gradient(&(struct gd_dense_input){.rows = a->rows,
                                            .in = a->in,
                                            .out = a->middle,
                                            .dy = a->dhidden,
                                            .weight = a->inner_weight,
                                            .add = a->add,
                                            .dx = a->dx},
                   NULL);
}

void gd_reference_gather(struct gd_backend *backend, const struct gd_gather *a)
{
    (void)backend;
    size_t width = (size_t)a->width;
    for (size_t r = 0; r < a->rows; r++)
        memcpy(a->to + r * width, a->from + (size_t)a->index[r] * width, width * sizeof *a->to);
}

void gd_reference_sum_rows(struct gd_backend *backend, const struct gd_sum_rows *a)
{
    (void)backend;
    size_t width = (size_t)a->width;
    for (size_t g = 0; g < a->groups; g++)
        for (size_t k = 0; k < width; k++) {
            double sum = 0;
            for (size_t r = 0; r < a->rows; r++)
                if ((size_t)a->index[r] == g)
                    sum += (double)a->from[r * width + k];
            a->to[g * width + k] = (float)sum;
        }
}

void gd_reference_copy_rows(struct gd_backend *backend, const struct gd_copy_rows *a)
{
    (void)backend;
    for (size_t r = 0; r < a->rows; r++)
        for (size_t k = 0; k < (size_t)a->width; k++) {
            float *to = &a->to[r * (size_t)a->to_stride + k];
            *to = (a->add ? *to : 0) + a->from[r * (size_t)a->from_stride + k];
        }
}

void gd_reference_radial(struct gd_backend *backend, const struct gd_radial *a)
{
    (void)backend;
    size_t radial = (size_t)a->radial;
    double cutoff = (double)a->cutoff, width = cutoff / (a->radial - 1);
    for (size_t r = 0; r < a->rows; r++) {
        double distance = (double)a->distance[r], envelope = 0.5 * (cos(GD_PI * distance / cutoff) + 1);
        a->envelope[r] = (float)envelope;
        for (size_t k = 0; k < radial; k++) {
            double from_centre = (distance - (double)k * width) / width;
            a->basis[r * radial + k] = (float)(envelope * exp(-0.5 * from_centre * from_centre));
        }
    }
}

void gd_reference_waves(struct gd_backend *backend, const struct gd_waves *a)
{
    (void)backend;
    size_t count = (size_t)a->count;
    for (size_t r = 0; r < a->rows; r++)
        for (size_t axis = 0; axis < 3; axis++)
            for (size_t k = 0; k < count; k++) {
                double turns = a->positions[3 * (size_t)a->place[r] + axis] * a->turns[k];
                double angle = 2 * GD_PI * (turns - floor(turns));
                float *y = a->y + (3 * r + axis) * 2 * count + k;
                y[0] = (float)sin(angle);
                y[count] = (float)cos(angle);
            }
}

void gd_reference_waves_backward(struct gd_backend *backend, const struct gd_waves_backward *a)
{
    (void)backend;
    size_t count = (size_t)a->count;
    for (size_t r = 0; r < 3 * a->rows; r++) {
        const float *y = a->y + r * 2 * count, *dy = a->dy + r * 2 * count;
        double sum = 0;
        for (size_t k = 0; k < count; k++)
            sum +=
                2 * GD_PI * a->turns[k] * ((double)y[count + k] * (double)dy[k] - (double)y[k] * (double)dy[count + k]);
        a->dposition[r] = (float)sum;
    }
}

void gd_reference_spring(struct gd_backend *backend, const struct gd_spring *a)
{
    (void)backend;
    for (size_t s = 0; s < a->structures; s++) {
        const size_t begin = (size_t)a->first[s], end = (size_t)a->first[s + 1];
        double mean[3] = {0}, squares = 0;
        for (size_t i = begin; i < end; i++)
            for (size_t axis = 0; axis < 3; axis++)
                mean[axis] += a->positions[3 * (size_t)a->place[i] + axis] / (double)(end - begin);
        for (size_t i = begin; i < end; i++)
            for (size_t axis = 0; axis < 3; axis++) {
                const double off = a->positions[3 * (size_t)a->place[i] + axis] - mean[axis];
                squares += off * off;
                if (a->dposition)
                    a->dposition[3 * i + axis] += (float)((double)a->factor[s] * (double)a->stiffness[s] * off);
            }
        if (a->energy)
            a->energy[s] += (float)((double)a->stiffness[s] / 2 * squares);
    }
}

void gd_reference_radial_backward(struct gd_backend *backend, const struct gd_radial_backward *a)
{
    (void)backend;
    double width = (double)a->cutoff / (a->radial - 1);
    for (size_t r = 0; r < a->rows; r++) {
        double distance = (double)a->distance[r], angle = GD_PI * distance / (double)a->cutoff;
        double envelope = 0.5 * (cos(angle) + 1), slope = -0.5 * GD_PI / (double)a->cutoff * sin(angle);
        double sum = (double)a->denvelope[r] * slope;
        for (int k = 0; k < a->radial; k++) {
            double from_centre = (distance - k * width) / width;
            sum += (double)a->dbasis[r * (size_t)a->radial + (size_t)k] * exp(-0.5 * from_centre * from_centre) *
                   (slope - envelope * from_centre / width);
        }
        a->ddistance[r] = (float)sum;
    }
}
