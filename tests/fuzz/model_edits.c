/* The reader of models, on files that HDF5 itself can read: the input is a list of edits of a good model in memory.
 *
 * What HDF5 makes of damaged bytes is fuzz_model's; it costs a child process for every input, and nearly all that it
 * tries ends inside HDF5. Here is none, so what is tried is what this program makes of wrong types, shapes, names and
 * values. What is refused says why; what is accepted is in order, and is written and read again as the same. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "fuzz/fuzz.h"
#include "model/noise_ve.h"
#include "model/painn/painn.h"

#define GROUP      "parameters"
#define MOST_EDITS 16

static void demand(bool holds)
{
    if (!holds)
        abort();
}

/* --- The input, byte by byte; 0 after its end --------------------------------------------------------------------- */

struct input {
    const uint8_t *bytes;
    size_t left;
};

static void take(struct input *input, void *to, size_t count)
{
    size_t there = count < input->left ? count : input->left;
    memset(to, 0, count);
    memcpy(to, input->bytes, there);
    input->bytes += there;
    input->left -= there;
}

static unsigned choose(struct input *input, unsigned count)
{
    uint8_t byte;
    take(input, &byte, 1);
    return byte % count;
}

/* --- Edits -------------------------------------------------------------------------------------------------------- */

/* What is edited: an attribute of the group, or a dataset in it. */
struct target {
    struct gd_h5 *group;
    const char *name;
    bool attribute;
};

static struct target choose_target(struct input *input, struct gd_h5 *group, const struct gd_model *model)
{
    static const char *const attributes[] = {"features",  "blocks", "radial",   "cutoff", "sigma_min",
                                             "sigma_max", "noise",  "schedule", "output"};
    const unsigned count = sizeof attributes / sizeof *attributes;
    const unsigned k = choose(input, count + (unsigned)model->tensor_count);
    return k < count ? (struct target){group, attributes[k], true}
                     : (struct target){group, model->tensors[k - count].name, false};
}

static void erase(const struct target *target)
{
    if (target->attribute)
        gd_h5_remove_attribute(target->group, ".", target->name);
    else
        gd_h5_remove(target->group, target->name);
}

/* Takes the place of the target: another type, shape and content; more dimensions than any model has are among them. */
static void replace(struct input *input, const struct target *target)
{
    static const size_t widths[] = {sizeof(double), sizeof(float), sizeof(int32_t), sizeof(int64_t), sizeof(bool)};
    const enum gd_h5_type type = (enum gd_h5_type)choose(input, sizeof widths / sizeof *widths);
    size_t shape[GD_H5_RANK], bytes = widths[type];
    const int rank = (int)choose(input, target->attribute ? 2 : GD_H5_RANK + 1);
    for (int k = 0; k < rank; k++) {
        shape[k] = choose(input, rank > 4 ? 2 : 128);
        bytes *= shape[k];
    }
    if (bytes > 1 << 20)
        return;
    unsigned char *values = calloc(bytes + 1, 1);
    take(input, values, bytes < input->left ? bytes : input->left);
    for (size_t k = 0; type == GD_H5_BOOL && k < bytes; k++)
        values[k] &= 1;
    erase(target);
    if (target->attribute)
        gd_h5_write_attribute(target->group, ".", target->name, type, rank ? shape[0] : 0, values, NULL);
    else
        gd_h5_write_array(target->group, target->name, type, rank, shape, values, NULL);
    free(values);
}

/* A number in an attribute: any double, or a small integer. */
static void set_number(struct input *input, const struct target *target)
{
    const bool whole = choose(input, 2);
    int64_t integer = (int64_t)choose(input, 80);
    double real;
    take(input, &real, sizeof real);
    if (!target->attribute)
        return;
    erase(target);
    gd_h5_write_attribute(target->group, ".", target->name, whole ? GD_H5_INT64 : GD_H5_DOUBLE, 0,
                          whole ? (void *)&integer : (void *)&real, NULL);
}

static void set_text(struct input *input, const struct target *target)
{
    char text[16] = "";
    take(input, text, choose(input, sizeof text));
    erase(target);
    if (target->attribute)
        gd_h5_write_text_attribute(target->group, ".", target->name, text, NULL);
    else
        gd_h5_write_text(target->group, target->name, text, NULL);
}

/* A group under the name. */
static void divert(struct input *input, const struct target *target)
{
    (void)input;
    erase(target);
    gd_h5_write_group(target->group, target->name, NULL);
}

static void remove_it(struct input *input, const struct target *target)
{
    (void)input;
    erase(target);
}

static void edit(struct input *input, struct gd_h5 *group, const struct gd_model *model)
{
    static void (*const edits[])(struct input *, const struct target *) = {replace, set_number, set_text, divert,
                                                                           remove_it};
    for (int k = 0; k < MOST_EDITS && input->left > 0; k++) {
        const struct target target = choose_target(input, group, model);
        edits[choose(input, sizeof edits / sizeof *edits)](input, &target);
    }
}

/* --- What is demanded --------------------------------------------------------------------------------------------- */

static struct gd_h5 *save(const struct gd_model *model, const char *name)
{
    struct gd_h5 *file;
    demand(gd_h5_create(name, &file, NULL) == GD_OK && gd_model_save(model, file, GROUP, NULL) == GD_OK);
    return file;
}

static void check_accepted(const struct gd_model *model)
{
    void *again = NULL;
    demand(gd_hyperparameters_check(model->type, model->params, NULL) == GD_OK);
    for (size_t k = 0; k < model->parameter_count; k++)
        demand(isfinite(model->parameters[k]));
    struct gd_h5 *file = save(model, "again.h5");
    demand(gd_model_load(&again, file, GROUP, NULL, NULL) == GD_OK && again);
    const struct gd_model *read = again;
    demand(read->parameter_count == model->parameter_count && gd_process_same(&read->process, &model->process) &&
           !memcmp(read->parameters, model->parameters, model->parameter_count * sizeof *model->parameters));
    gd_model_free(again);
    gd_h5_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct gd_painn_params shape = {4, 1, 2, 3, GD_SCORE_ONLY, GD_TIME_IN_HEADS, 0};
    struct input input = {data, size};
    struct gd_process process;
    struct gd_model *good = NULL;
    struct gd_error error = {0};
    void *model = NULL;
    struct gd_h5 *group;
    demand(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, NULL) == GD_OK &&
           gd_model_new_zero(&good, &gd_network_painn, &shape, &process, NULL) == GD_OK);
    struct gd_h5 *file = save(good, "good.h5");
    demand(gd_h5_open_group(file, GROUP, &group, NULL) == GD_OK);
    edit(&input, group, good);
    if (gd_model_load(&model, file, GROUP, NULL, &error) == GD_OK)
        check_accepted(model);
    else
        demand(!model && error.status == GD_BAD_INPUT && *error.text);
    gd_model_free(model);
    gd_model_free(good);
    gd_h5_close(file);
    return 0;
}
