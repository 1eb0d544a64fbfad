#include "unit/model/painn_fixture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "model/noise_ve.h"

double *fixture_doubles(struct gd_h5 *file, const char *path, int rank, size_t *count)
{
    struct gd_error error = {0};
    size_t shape[3] = {GD_H5_ANY, GD_H5_ANY, GD_H5_ANY};
    void *values = NULL;
    ck_assert_msg(gd_h5_load_array(file, path, GD_H5_DOUBLE, rank, shape, &values, &error) == GD_OK, "%s", error.text);
    *count = 1;
    for (int k = 0; k < rank; k++)
        *count *= shape[k];
    return values;
}

double fixture_number(struct gd_h5 *file, const char *path, const char *name)
{
    struct gd_error error = {0};
    double value;
    ck_assert_msg(gd_h5_read_attribute(file, path, name, GD_H5_DOUBLE, 0, &value, &error) == GD_OK, "%s", error.text);
    return value;
}

/* Returns how many atoms come before the mobile ones. */
static size_t read_structure(struct gd_h5 *file, size_t number, struct gd_structure *structure)
{
    struct gd_error error = {0};
    char path[64];
    void *positions = NULL, *species = NULL, *mobile = NULL;
    size_t shape[2] = {GD_H5_ANY, 3}, fixed = 0;
    snprintf(path, sizeof path, "structures/%zu/positions", number);
    ck_assert_int_eq(gd_h5_load_array(file, path, GD_H5_DOUBLE, 2, shape, &positions, &error), GD_OK);
    snprintf(path, sizeof path, "structures/%zu/numbers", number);
    ck_assert_int_eq(gd_h5_load_array(file, path, GD_H5_INT32, 1, shape, &species, &error), GD_OK);
    snprintf(path, sizeof path, "structures/%zu/mobile", number);
    ck_assert_int_eq(gd_h5_load_array(file, path, GD_H5_BOOL, 1, shape, &mobile, &error), GD_OK);
    *structure = (struct gd_structure){.count = shape[0], .positions = positions, .species = species, .energy = NAN};
    snprintf(path, sizeof path, "structures/%zu/cell", number);
    ck_assert_int_eq(
        gd_h5_read_array(file, path, GD_H5_DOUBLE, 2, (const size_t[]){3, 3}, structure->cell.vectors, &error), GD_OK);
    snprintf(path, sizeof path, "structures/%zu/pbc", number);
    ck_assert_int_eq(gd_h5_read_array(file, path, GD_H5_BOOL, 1, (const size_t[]){3}, structure->cell.periodic, &error),
                     GD_OK);
    while (fixed < shape[0] && !((const bool *)mobile)[fixed])
        fixed++;
    free(mobile);
    return fixed;
}

static void read_structures(struct gd_h5 *file, struct painn_fixture *fixture)
{
    char path[64];
    for (size_t k = 0; k < FIXTURE_MOST; k++) {
        snprintf(path, sizeof path, "structures/%zu", k);
        if (!gd_h5_exists(file, path))
            break;
        fixture->fixed[k] = read_structure(file, k, &fixture->structures[k]);
        fixture->times[k] = fixture_number(file, path, "time");
        fixture->weights[k] = fixture_number(file, path, "weight");
        fixture->edges[k] = (size_t)fixture_number(file, path, "edges");
        fixture->atoms += fixture->structures[k].count;
        fixture->mobile += fixture->structures[k].count - fixture->fixed[k];
        fixture->count++;
    }
}

/* The target of the mobile atoms alone. */
static void read_target(struct gd_h5 *file, struct painn_fixture *fixture)
{
    size_t count, from = 0, to = 0;
    double *all = fixture_doubles(file, "batch/target", 2, &count);
    ck_assert_uint_eq(count, 3 * fixture->atoms);
    fixture->target = calloc(3 * fixture->mobile, sizeof *fixture->target);
    for (size_t k = 0; k < fixture->count; k++)
        for (size_t i = 0; i < 3 * fixture->structures[k].count; i++, from++)
            if (i >= 3 * fixture->fixed[k])
                fixture->target[to++] = (float)all[from];
    free(all);
}

static void read_model(struct gd_h5 *file, struct painn_fixture *fixture)
{
    struct gd_error error = {0};
    struct gd_process process;
    struct gd_painn_params shape = {(int)fixture_number(file, ".", "features"),
                                    (int)fixture_number(file, ".", "blocks"),
                                    (int)fixture_number(file, ".", "radial"),
                                    fixture_number(file, ".", "cutoff"),
                                    GD_SCORE_ONLY,
                                    GD_TIME_IN_HEADS,
                                    0};
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, &error),
                     GD_OK);
    ck_assert_int_eq(gd_model_new_zero(&fixture->model, &gd_network_painn, &shape, &process, &error), GD_OK);
    fixture->gradient = calloc(fixture->model->parameter_count, sizeof *fixture->gradient);
    for (size_t k = 0; k < fixture->model->tensor_count; k++) {
        const struct gd_tensor *tensor = &fixture->model->tensors[k];
        char path[96];
        size_t count;
        snprintf(path, sizeof path, "parameters/%s", tensor->name);
        double *values = fixture_doubles(file, path, tensor->vector ? 1 : 2, &count);
        ck_assert_uint_eq(count, (size_t)tensor->rows * (size_t)tensor->columns);
        for (size_t i = 0; i < count; i++)
            fixture->model->parameters[tensor->offset + i] = (float)values[i];
        free(values);
        snprintf(path, sizeof path, "gradients/%s", tensor->name);
        values = fixture_doubles(file, path, tensor->vector ? 1 : 2, &count);
        memcpy(fixture->gradient + tensor->offset, values, count * sizeof *values);
        free(values);
    }
}

struct painn_fixture painn_fixture_read(const char *name)
{
    struct gd_error error = {0};
    struct painn_fixture fixture = {0};
    char path[512];
    struct gd_h5 *file;
    size_t count;
    snprintf(path, sizeof path, "%s/%s", GD_TEST_DATA, name);
    ck_assert_msg(gd_h5_open(path, &file, &error) == GD_OK, "%s", error.text);
    read_structures(file, &fixture);
    read_target(file, &fixture);
    read_model(file, &fixture);
    fixture.scalars = fixture_doubles(file, "batch/scalars", 2, &count);
    fixture.vectors = fixture_doubles(file, "batch/vectors", 3, &count);
    fixture.output = fixture_doubles(file, "batch/output", 2, &count);
    ck_assert_int_eq(gd_h5_read_array(file, "batch/loss", GD_H5_DOUBLE, 0, NULL, &fixture.loss, &error), GD_OK);
    gd_h5_close(file);
    return fixture;
}

void painn_fixture_clear(struct painn_fixture *fixture)
{
    for (size_t k = 0; k < fixture->count; k++)
        gd_structure_clear(&fixture->structures[k]);
    gd_model_free(fixture->model);
    free(fixture->scalars);
    free(fixture->vectors);
    free(fixture->output);
    free(fixture->target);
    free(fixture->gradient);
}

double relative_error(size_t count, const float *values, const double *expected)
{
    double difference = 0, norm = 0;
    for (size_t k = 0; k < count; k++) {
        difference += (values[k] - expected[k]) * (values[k] - expected[k]);
        norm += expected[k] * expected[k];
    }
    return norm > 0 ? sqrt(difference / norm) : sqrt(difference);
}

struct gd_model *random_model(int features, int blocks, int radial, double cutoff, uint64_t seed)
{
    struct gd_error error = {0};
    struct gd_process process;
    struct gd_model *model = NULL;
    struct gd_stream stream = gd_stream_make(seed, 0, 0, 0);
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, &error),
                     GD_OK);
    ck_assert_msg(
        gd_model_new(&model, &gd_network_painn,
                     &(struct gd_painn_params){features, blocks, radial, cutoff, GD_SCORE_ONLY, GD_TIME_IN_HEADS, 0},
                     &process, &stream, &error) == GD_OK,
        "%s", error.text);
    return model;
}
