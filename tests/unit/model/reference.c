#include "unit/model/reference.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static void ok(enum gd_status status, const struct gd_error *error)
{
    ck_assert_msg(!status, "%s", error->text);
}

static int rank_of(const struct gd_head_class *head)
{
    return head->form->of_structure ? 1 : 2;
}

static void check_close(const char *name, size_t count, const float *values, const double *expected, double most)
{
    double difference = relative_error(count, values, expected);
    ck_assert_msg(difference < most, "%s: %g", name, difference);
}

double *reference_numbers(const struct reference *reference, const char *group, const char *name, int rank,
                          size_t *count)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", group, name);
    return fixture_doubles(reference->file, path, rank, count);
}

void reference_set_parameters(const struct reference *reference)
{
    struct gd_model *model = reference->model;
    for (size_t k = 0; k < model->tensor_count; k++) {
        const struct gd_tensor *tensor = &model->tensors[k];
        size_t count;
        double *values = reference_numbers(reference, "parameters", tensor->name, tensor->vector ? 1 : 2, &count);
        ck_assert_uint_eq(count, (size_t)tensor->rows * (size_t)tensor->columns);
        for (size_t i = 0; i < count; i++)
            model->parameters[tensor->offset + i] = (float)values[i];
        free(values);
    }
}

void reference_check_outputs(const struct reference *reference, struct gd_network *network, bool every_atom)
{
    struct gd_error error = {0};
    for (size_t k = 0; k < reference->head_count; k++) {
        const struct gd_head_class *head = reference->heads[k];
        size_t count;
        double *expected = reference_numbers(reference, "outputs", head->name, rank_of(head), &count);
        float *output = calloc(count, sizeof *output);
        ok(gd_network_forward(network, head, reference->fixture->times, every_atom && !head->form->of_structure, output,
                              &error),
           &error);
        check_close(head->name, count, output, expected, 1e-5);
        free(output);
        free(expected);
    }
}

void reference_check_slopes(const struct reference *reference, struct gd_network *network)
{
    struct gd_error error = {0};
    for (size_t k = 0; k < reference->head_count; k++) {
        const struct gd_head_class *head = reference->heads[k];
        size_t count;
        if (!head->form->of_structure)
            continue;
        double *expected = reference_numbers(reference, "slopes", head->name, 2, &count);
        float *slope = calloc(count, sizeof *slope);
        ck_assert_uint_eq(count, 3 * reference->fixture->mobile);
        ok(gd_network_slope(network, head, reference->fixture->times, slope, &error), &error);
        check_close(head->name, count, slope, expected, 2e-5);
        free(slope);
        free(expected);
    }
}

void reference_check_gradient(const struct reference *reference, struct gd_network *network, const char *group)
{
    const struct gd_model *model = reference->model;
    struct gd_error error = {0};
    float *gradient = calloc(model->parameter_count, sizeof *gradient);
    ok(gd_network_gradient(network, gradient, &error), &error);
    for (size_t k = 0; k < model->tensor_count; k++) {
        const struct gd_tensor *tensor = &model->tensors[k];
        size_t count;
        double *expected = reference_numbers(reference, group, tensor->name, tensor->vector ? 1 : 2, &count);
        check_close(tensor->name, count, gradient + tensor->offset, expected, 1e-4);
        free(expected);
    }
    free(gradient);
}
