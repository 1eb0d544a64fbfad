/* Models and their files: layout, initial values, round trips, and one clear message for each way to be broken. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/h5.h"
#include "model/noise_ve.h"
#include "model/noise_vp.h"
#include "unit/model/painn_fixture.h"
#include "unit/scratch.h"
#include "unit/suites.h"

static struct gd_error error;
static struct scratch scratch;
static char path[512];

static void setup(void)
{
    error = (struct gd_error){0};
    scratch = scratch_make();
    scratch_name(&scratch, "model.h5", path);
}

static void teardown(void)
{
    scratch_remove(&scratch);
}

START_TEST(default_size)
{
    struct gd_model *model = random_model(64, 4, 30, 6, 1);
    ck_assert_uint_eq(model->parameter_count, 231581);
    size_t end = 0;
    for (size_t k = 0; k < model->tensor_count; k++) {
        ck_assert_uint_eq(model->tensors[k].offset, end);
        end += (size_t)model->tensors[k].rows * (size_t)model->tensors[k].columns;
    }
    ck_assert_uint_eq(end, model->parameter_count);
    const struct gd_tensor *tensor = gd_model_tensor(model, "mixing.3.intraatomic_context_net.0.weight");
    ck_assert_int_eq(tensor->rows, 64);
    ck_assert_int_eq(tensor->columns, 128);
    ck_assert_ptr_null(gd_model_tensor(model, "mixing.4.mu_channel_mix.weight"));
    gd_model_free(model);
}
END_TEST

/* Moments of PyTorch's defaults: uniform of ±1/√in has variance 1/(3 in), the embedding variance 1. */
START_TEST(initial_values)
{
    struct gd_model *model = random_model(64, 4, 30, 6, 5);
    const struct {
        const char *name;
        int in;
        double variance;
    } cases[] = {
        {"embedding.weight", 0, 1},
        {"filter_net.weight", 30, 1.0 / 90},
        {"filter_net.bias", 30, 1.0 / 90},
        {"interactions.1.interatomic_context_net.2.weight", 64, 1.0 / 192},
        {"mixing.0.intraatomic_context_net.0.weight", 128, 1.0 / 384},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const struct gd_tensor *tensor = gd_model_tensor(model, cases[c].name);
        double count = (double)tensor->rows * tensor->columns, mean = 0, square = 0;
        for (size_t k = 0; k < (size_t)count; k++) {
            double value = (double)model->parameters[tensor->offset + k];
            mean += value / count;
            square += value * value / count;
            if (cases[c].in && fabs(value) > 1 / sqrt(cases[c].in))
                ck_abort_msg("%s: %g is too large", cases[c].name, value);
        }
        ck_assert_double_eq_tol(mean, 0, 5 * sqrt(cases[c].variance / count));
        ck_assert_double_eq_tol(square / cases[c].variance, 1, 5 * sqrt(2 / count));
    }
    gd_model_free(model);
}
END_TEST

START_TEST(round_trip)
{
    struct gd_model *model = random_model(12, 3, 9, 4.5, 2), *read = NULL, *copy = NULL;
    ck_assert_int_eq(
        gd_process_make(&model->process, &gd_noise_ve, &(struct gd_ve_params){GD_COSINE, 0.02, 0.7}, &error), GD_OK);
    ck_assert_msg(gd_model_write(model, path, &error) == GD_OK, "%s", error.text);
    ck_assert_msg(gd_model_read(&read, path, NULL, &error) == GD_OK, "%s", error.text);
    ck_assert_int_eq(gd_model_copy(&copy, read, &error), GD_OK);
    const struct gd_painn_params *params = copy->params;
    ck_assert_ptr_eq(copy->type, &gd_network_painn);
    ck_assert_int_eq(params->features, 12);
    ck_assert_int_eq(params->blocks, 3);
    ck_assert_int_eq(params->radial, 9);
    ck_assert_double_eq(params->cutoff, 4.5);
    const struct gd_ve_params *noise = (const void *)copy->process.params;
    ck_assert_ptr_eq(copy->process.type, &gd_noise_ve);
    ck_assert_int_eq(noise->schedule, GD_COSINE);
    ck_assert_double_eq(noise->min, 0.02);
    ck_assert_double_eq(noise->max, 0.7);
    ck_assert_uint_eq(copy->parameter_count, model->parameter_count);
    ck_assert_mem_eq(copy->parameters, model->parameters, model->parameter_count * sizeof(float));
    gd_model_free(model);
    gd_model_free(read);
    gd_model_free(copy);
}
END_TEST

START_TEST(round_trip_vp)
{
    struct gd_model *model = random_model(12, 3, 9, 4.5, 2), *read = NULL;
    ck_assert_int_eq(gd_process_make(&model->process, &gd_noise_vp, &(struct gd_vp_params){0, 0.2, 7}, &error), GD_OK);
    ck_assert_msg(gd_model_write(model, path, &error) == GD_OK, "%s", error.text);
    ck_assert_msg(gd_model_read(&read, path, NULL, &error) == GD_OK, "%s", error.text);
    ck_assert(gd_process_same(&read->process, &model->process));
    struct gd_h5 *file;
    double beta[2] = {0};
    ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_OK);
    ck_assert_int_eq(gd_h5_read_attribute(file, "parameters", "beta_min", GD_H5_DOUBLE, 0, &beta[0], &error), GD_OK);
    ck_assert_int_eq(gd_h5_read_attribute(file, "parameters", "beta_max", GD_H5_DOUBLE, 0, &beta[1], &error), GD_OK);
    ck_assert(!gd_h5_has_attribute(file, "parameters", "sigma_min"));
    ck_assert(beta[0] == 0.2 && beta[1] == 7);
    gd_h5_close(file);
    gd_model_free(model);
    gd_model_free(read);
}
END_TEST

/* A file that does not say what its output is is one of this program's. */
START_TEST(output_of_older_files)
{
    struct gd_model *model = random_model(12, 3, 9, 4.5, 2), *read = NULL;
    struct gd_h5 *file;
    model->prediction = gd_prediction_named("score", &error);
    ck_assert_int_eq(gd_model_write(model, path, &error), GD_OK);
    ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_OK);
    ck_assert(gd_h5_has_attribute(file, "parameters", "output"));
    gd_h5_remove_attribute(file, "parameters", "output");
    ck_assert_int_eq(gd_h5_save(file, path, &error), GD_OK);
    gd_h5_close(file);
    ck_assert_int_eq(gd_model_read(&read, path, NULL, &error), GD_OK);
    ck_assert_str_eq(read->prediction->name, "-noise");
    gd_model_free(model);
    gd_model_free(read);
}
END_TEST

/* A backbone that sees the time comes back as one; a file that does not say where the time enters is of a program that
 * knows the heads alone. */
START_TEST(time_of_older_files)
{
    struct gd_model *model = random_model(8, 2, 5, 4, 3), *timed = NULL, *read = NULL;
    struct gd_painn_params params = *(const struct gd_painn_params *)model->params;
    struct gd_stream stream = gd_stream_make(4, 0, 0, 0);
    struct gd_h5 *file;
    params.time = GD_TIME_IN_BACKBONE;
    ck_assert_int_eq(gd_model_new(&timed, &gd_network_painn, &params, &model->process, &stream, &error), GD_OK);
    ck_assert_uint_eq(timed->parameter_count, model->parameter_count + (8 + 1) * 8 + (8 + 1) * 8);
    ck_assert_int_eq(gd_model_write(timed, path, &error), GD_OK);
    ck_assert_int_eq(gd_model_read(&read, path, NULL, &error), GD_OK);
    ck_assert_int_eq(((const struct gd_painn_params *)read->params)->time, GD_TIME_IN_BACKBONE);
    ck_assert_mem_eq(read->parameters, timed->parameters, timed->parameter_count * sizeof(float));
    ck_assert_int_eq(gd_model_fits(read, NULL, model, &error), GD_BAD_INPUT);
    ck_assert_str_eq(error.text, "has time backbone; this pipeline's model has heads");
    gd_model_free(read);
    ck_assert_int_eq(gd_model_write(model, path, &error), GD_OK);
    ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_OK);
    ck_assert(gd_h5_has_attribute(file, "parameters", "time"));
    gd_h5_remove_attribute(file, "parameters", "time");
    ck_assert_int_eq(gd_h5_save(file, path, &error), GD_OK);
    gd_h5_close(file);
    ck_assert_int_eq(gd_model_read(&read, path, NULL, &error), GD_OK);
    ck_assert_int_eq(((const struct gd_painn_params *)read->params)->time, GD_TIME_IN_HEADS);
    ck_assert_mem_eq(read->parameters, model->parameters, model->parameter_count * sizeof(float));
    gd_model_free(model);
    gd_model_free(timed);
    gd_model_free(read);
}
END_TEST

/* A prior comes back; without one nothing is written of it, as in files of programs that do not know it. */
START_TEST(prior_of_a_file)
{
    struct gd_model *model = random_model(8, 2, 5, 4, 3), *held = NULL, *read = NULL;
    struct gd_painn_params params = *(const struct gd_painn_params *)model->params;
    struct gd_stream stream = gd_stream_make(4, 0, 0, 0);
    struct gd_h5 *file;
    params.prior = 1.5;
    ck_assert_int_eq(gd_model_new(&held, &gd_network_painn, &params, &model->process, &stream, &error), GD_OK);
    ck_assert_int_eq(gd_model_write(held, path, &error), GD_OK);
    ck_assert_int_eq(gd_model_read(&read, path, NULL, &error), GD_OK);
    ck_assert_double_eq(((const struct gd_painn_params *)read->params)->prior, 1.5);
    ck_assert_int_eq(gd_model_fits(read, NULL, model, &error), GD_BAD_INPUT);
    ck_assert_str_eq(error.text, "has prior 1.5; this pipeline's model has 0");
    gd_model_free(read);
    ck_assert_int_eq(gd_model_write(model, path, &error), GD_OK);
    ck_assert_int_eq(gd_h5_open(path, &file, &error), GD_OK);
    ck_assert(!gd_h5_has_attribute(file, "parameters", "prior"));
    gd_h5_close(file);
    ck_assert_int_eq(gd_model_read(&read, path, NULL, &error), GD_OK);
    ck_assert_double_eq(((const struct gd_painn_params *)read->params)->prior, 0);
    ck_assert_int_eq(gd_model_fits(read, NULL, model, &error), GD_OK);
    gd_model_free(model);
    gd_model_free(held);
    gd_model_free(read);
}
END_TEST

/* With ε = 0.3 and s = 0.4 Å the score is -0.75 /Å, whatever is predicted. */
START_TEST(predictions_mean_the_same_score)
{
    const struct {
        const char *name;
        double output;
    } cases[] = {{"-noise", -0.3}, {"noise", 0.3}, {"score", -0.75}};
    const struct gd_prediction *prediction = &gd_predictions[_i];
    size_t k = 0;
    while (strcmp(cases[k].name, prediction->name) != 0)
        ck_assert_uint_lt(++k, sizeof cases / sizeof *cases);
    ck_assert_double_eq_tol(gd_prediction_score(prediction, 0.4, cases[k].output), -0.75, 1e-15);
    ck_assert_double_eq_tol(gd_prediction_scale(prediction, 0.4) * cases[k].output, -0.3, 1e-15);
}
END_TEST

/* The slot's save and load, and a file without the group. */
START_TEST(within_a_file)
{
    struct gd_model *model = random_model(8, 1, 5, 4, 3);
    void *read = NULL;
    struct gd_h5 *file;
    ck_assert_int_eq(gd_h5_create(path, &file, &error), GD_OK);
    ck_assert_int_eq(gd_model_save(model, file, "model", &error), GD_OK);
    ck_assert_int_eq(gd_model_load(&read, file, "other", NULL, &error), GD_OK);
    ck_assert_ptr_null(read);
    ck_assert_msg(gd_model_load(&read, file, "model", NULL, &error) == GD_OK, "%s", error.text);
    ck_assert_mem_eq(((struct gd_model *)read)->parameters, model->parameters, model->parameter_count * sizeof(float));
    gd_h5_close(file);
    gd_model_free(read);
    gd_model_free(model);
}
END_TEST

/* Ways to break a file that holds a model of 8 features, 2 blocks, 5 radial functions. */
static struct gd_h5 *broken;

static void replace(const char *name, enum gd_h5_type type, int rank, const size_t *shape, const void *values)
{
    gd_h5_remove(broken, name);
    ck_assert_int_eq(gd_h5_write_array(broken, name, type, rank, shape, values, NULL), GD_OK);
}

static void set_attribute(const char *name, enum gd_h5_type type, double number)
{
    int64_t whole = type == GD_H5_INT64 ? (int64_t)number : 0;
    gd_h5_remove_attribute(broken, "parameters", name);
    ck_assert_int_eq(gd_h5_write_attribute(broken, "parameters", name, type, 0,
                                           type == GD_H5_INT64 ? (void *)&whole : (void *)&number, NULL),
                     GD_OK);
}

static void set_text(const char *name, const char *text)
{
    gd_h5_remove_attribute(broken, "parameters", name);
    ck_assert_int_eq(gd_h5_write_text_attribute(broken, "parameters", name, text, NULL), GD_OK);
}

static void without_group(void)
{
    gd_h5_remove(broken, "parameters");
}

static void dataset_for_group(void)
{
    double number = 1;
    replace("parameters", GD_H5_DOUBLE, 0, NULL, &number);
}

static void without_tensor(void)
{
    gd_h5_remove(broken, "parameters/head.2.mix_vectors.weight");
}

static void group_for_tensor(void)
{
    without_tensor();
    ck_assert_int_eq(gd_h5_write_group(broken, "parameters/head.2.mix_vectors.weight", NULL), GD_OK);
}

static void transposed(void)
{
    float values[40] = {0};
    replace("parameters/filter_net.weight", GD_H5_FLOAT, 2, (const size_t[]){5, 8}, values);
}

static void flat(void)
{
    float values[16] = {0};
    replace("parameters/head.0.mix_vectors.weight", GD_H5_FLOAT, 1, (const size_t[]){16}, values);
}

static void texts(void)
{
    gd_h5_remove(broken, "parameters/filter_net.bias");
    ck_assert_int_eq(gd_h5_write_strings(broken, "parameters/filter_net.bias", 1, (const char *const[]){"a"}, NULL),
                     GD_OK);
}

static void with_value(float value)
{
    float values[48] = {0};
    values[30] = value;
    replace("parameters/filter_net.bias", GD_H5_FLOAT, 1, (const size_t[]){48}, values);
}

static void not_a_number(void)
{
    with_value(NAN);
}

static void infinite(void)
{
    with_value(-INFINITY);
}

static void too_large_for_float(void)
{
    double values[48] = {1e300};
    replace("parameters/filter_net.bias", GD_H5_DOUBLE, 1, (const size_t[]){48}, values);
}

static void without_features(void)
{
    gd_h5_remove_attribute(broken, "parameters", "features");
}

static void without_noise(void)
{
    gd_h5_remove_attribute(broken, "parameters", "noise");
}

static void features_as_text(void)
{
    set_text("features", "64");
}

static void fractional_blocks(void)
{
    set_attribute("blocks", GD_H5_DOUBLE, 2.5);
}

static void noise_as_number(void)
{
    set_attribute("noise", GD_H5_DOUBLE, 1);
}

static void other_features(void)
{
    set_attribute("features", GD_H5_INT64, 16);
}

/* The largest model that there can be, of 1.5 GiB, where there is half a GiB. */
static void more_than_there_is_memory(void)
{
    unsigned long pages = 0;
    FILE *stream = fopen("/proc/self/statm", "r");
    ck_assert(stream && fscanf(stream, "%lu", &pages) == 1);
    fclose(stream);
    set_attribute("features", GD_H5_INT64, 1024);
    set_attribute("blocks", GD_H5_INT64, 32);
    const rlim_t most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (512 << 20);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){most, most}), 0);
}

static void no_features(void)
{
    set_attribute("features", GD_H5_INT64, 0);
}

static void negative_features(void)
{
    set_attribute("features", GD_H5_INT64, -8);
}

static void many_features(void)
{
    set_attribute("features", GD_H5_INT64, 1e6);
}

static void absurd_features(void)
{
    set_attribute("features", GD_H5_INT64, 5e9);
}

static void other_blocks(void)
{
    set_attribute("blocks", GD_H5_INT64, 3);
}

static void many_blocks(void)
{
    set_attribute("blocks", GD_H5_INT64, 33);
}

static void no_radial(void)
{
    set_attribute("radial", GD_H5_INT64, 1);
}

static void no_cutoff(void)
{
    set_attribute("cutoff", GD_H5_DOUBLE, 0);
}

static void cutoff_not_a_number(void)
{
    set_attribute("cutoff", GD_H5_DOUBLE, NAN);
}

static void negative_prior(void)
{
    set_attribute("prior", GD_H5_DOUBLE, -1);
}

static void prior_not_a_number(void)
{
    set_attribute("prior", GD_H5_DOUBLE, NAN);
}

static void prior_as_text(void)
{
    set_text("prior", "wide");
}

static void no_noise(void)
{
    set_attribute("sigma_max", GD_H5_DOUBLE, 0.001);
}

static void unknown_noise(void)
{
    set_text("noise", "laplace");
}

static void noise_without_its_numbers(void)
{
    set_text("noise", "vp");
}

static void unknown_schedule(void)
{
    set_text("schedule", "cubic");
}

static void unknown_output(void)
{
    set_text("output", "velocity");
}

static void unknown_time(void)
{
    set_text("time", "sometimes");
}

static void time_without_its_tensors(void)
{
    set_text("time", "backbone");
}

static void output_as_number(void)
{
    set_attribute("output", GD_H5_DOUBLE, 1);
}

/* A schedule, but none of this noise. */
static void schedule_of_another_noise(void)
{
    set_text("noise", "vp");
    set_attribute("beta_min", GD_H5_DOUBLE, 0.1);
    set_attribute("beta_max", GD_H5_DOUBLE, 8);
    set_text("schedule", "cosine");
}

static const struct {
    void (*spoil)(void);
    const char *object, *complaint; /* both in the message */
} breaks[] = {
    {without_group, "parameters", "missing"},
    {dataset_for_group, "parameters", "features"},
    {without_tensor, "head.2.mix_vectors.weight", "missing"},
    {group_for_tensor, "head.2.mix_vectors.weight", "missing"},
    {transposed, "filter_net.weight", "numbers, but the attributes require 48 x 5"},
    {flat, "head.0.mix_vectors.weight", "1 dimensions instead of 2"},
    {texts, "filter_net.bias", "numbers"},
    {not_a_number, "filter_net.bias", "number 31 is"},
    {infinite, "filter_net.bias", "number 31 is -inf"},
    {too_large_for_float, "filter_net.bias", "number 1 is inf"},
    {without_features, "features", "missing"},
    {without_noise, "noise", "missing"},
    {features_as_text, "features", "integers"},
    {fractional_blocks, "blocks", "integers"},
    {noise_as_number, "noise", "text"},
    {other_features, "embedding.weight", "100 x 8 numbers, but the attributes require 100 x 16"},
    {more_than_there_is_memory, "embedding.weight", "attributes require 100 x 1024"},
    {no_features, "features", "0, not within 4 to 1024"},
    {negative_features, "features", "-8, not within"},
    {many_features, "features", "1000000, not within"},
    {absurd_features, "features", "5000000000"},
    {other_blocks, "filter_net.weight", "48 x 5 numbers, but the attributes require 72 x 5"},
    {many_blocks, "blocks", "33, not within 1 to 32"},
    {no_radial, "radial", "1, not within 2 to 512"},
    {no_cutoff, "cutoff", "0 Å, not within"},
    {cutoff_not_a_number, "cutoff", "nan Å, not within"},
    {negative_prior, "prior", "-1 Å, not within 0 to 1000 Å"},
    {prior_not_a_number, "prior", "nan Å, not within"},
    {prior_as_text, "prior", "numbers"},
    {no_noise, "noise", "0.001"},
    {unknown_noise, "noise", "laplace"},
    {noise_without_its_numbers, "beta_min", "parameters"},
    {unknown_schedule, "schedule", "cubic"},
    {schedule_of_another_noise, "schedule", "cosine"},
    {unknown_output, "velocity", "(known: -noise, noise, score)"},
    {output_as_number, "output", "text"},
    {unknown_time, "time", "sometimes"},
    {time_without_its_tensors, "time.0.weight", "missing"},
};

START_TEST(broken_files)
{
    struct gd_model *model = random_model(8, 2, 5, 4, 3), *read = NULL;
    ck_assert_int_eq(gd_model_write(model, path, &error), GD_OK);
    ck_assert_int_eq(gd_h5_open(path, &broken, &error), GD_OK);
    breaks[_i].spoil();
    ck_assert_int_eq(gd_h5_save(broken, path, &error), GD_OK);
    gd_h5_close(broken);
    ck_assert_int_eq(gd_model_read(&read, path, NULL, &error), GD_BAD_INPUT);
    ck_assert_ptr_null(read);
    ck_assert_msg(strncmp(error.text, path, strlen(path)) == 0, "no file name: %s", error.text);
    ck_assert_msg(strstr(error.text, breaks[_i].object), "no %s: %s", breaks[_i].object, error.text);
    ck_assert_msg(strstr(error.text, breaks[_i].complaint), "no '%s': %s", breaks[_i].complaint, error.text);
    ck_assert_ptr_null(strchr(error.text, '\n'));
    gd_model_free(model);
}
END_TEST

/* A file cut anywhere is refused, whatever HDF5 makes of it. */
START_TEST(truncated_files)
{
    struct gd_model *model = random_model(8, 2, 5, 4, 3), *read = NULL;
    ck_assert_int_eq(gd_model_write(model, path, &error), GD_OK);
    FILE *file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fclose(file);
    for (long length = size - 1; length >= 0; length -= length > 300 ? size / 37 : 17) {
        ck_assert_int_eq(truncate(path, length), 0);
        error = (struct gd_error){0};
        ck_assert_int_eq(gd_model_read(&read, path, NULL, &error), GD_BAD_INPUT);
        ck_assert_ptr_null(read);
        ck_assert_msg(strstr(error.text, path), "%s", error.text);
    }
    gd_model_free(model);
}
END_TEST

START_TEST(files_that_cannot_be)
{
    struct gd_model *model = random_model(4, 1, 2, 3, 3), *read = NULL;
    char nowhere[512];
    ck_assert_int_eq(gd_model_read(&read, path, NULL, &error), GD_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.text, path));
    error = (struct gd_error){0};
    scratch_name(&scratch, "no/such/folder.h5", nowhere);
    ck_assert_int_eq(gd_model_write(model, nowhere, &error), GD_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, nowhere));
    gd_model_free(model);
}
END_TEST

static int count_predictions(void)
{
    int count = 0;
    while (gd_predictions[count].name)
        count++;
    return count;
}

Suite *suite_model(void);

Suite *suite_model(void)
{
    Suite *suite = suite_create("model");
    TCase *models = tcase_create("models");
    tcase_add_checked_fixture(models, setup, teardown);
    tcase_add_test(models, default_size);
    tcase_add_test(models, initial_values);
    tcase_add_test(models, round_trip);
    tcase_add_test(models, round_trip_vp);
    tcase_add_test(models, output_of_older_files);
    tcase_add_test(models, time_of_older_files);
    tcase_add_test(models, prior_of_a_file);
    tcase_add_loop_test(models, predictions_mean_the_same_score, 0, count_predictions());
    tcase_add_test(models, within_a_file);
    tcase_add_loop_test(models, broken_files, 0, (int)(sizeof breaks / sizeof *breaks));
    tcase_add_test(models, truncated_files);
    tcase_add_test(models, files_that_cannot_be);
    suite_add_tcase(suite, models);
    return suite;
}
