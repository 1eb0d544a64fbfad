/* godiff score MODEL IN --time T: a model's score on any structures, for every atom. */
#include <math.h>
#include <stdlib.h>

#include "atoms/coincidence.h"
#include "atoms/elements.h"
#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "engine/base/memory.h"
#include "model/network.h"

struct values {
    const char *model, *in, *out;
    double time;
    int64_t threads;
    struct gd_device_request wish;
    struct gd_list plugins;
};

static const struct gd_option options[] = {
    {.name = "MODEL",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, model),
     .required = true,
     .help = "a model.h5"},
    GD_IN_OPTION(offsetof(struct values, in)),
    {.name = "--time",
     .value = "T",
     .kind = GD_OPTION_FLOAT,
     .offset = offsetof(struct values, time),
     .required = true,
     .min = 0,
     .max = 1,
     .above_min = true,
     .help = "diffusion time: above 0 (data), up to 1 (noise)"},
    {.name = "--out",
     .value = "OUT",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .help = "extended XYZ with a column score, 1/Å (default: standard output)"},
    GD_THREADS_OPTION(offsetof(struct values, threads)),
    GD_DEVICE_OPTIONS(offsetof(struct values, wish)),
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

/* A network overflows where its numbers have grown beyond what it was trained for. */
static enum gd_status check_finite(const struct gd_structure *structure, double time, const double (*score)[3],
                                   struct gd_error *error)
{
    for (size_t atom = 0; atom < structure->count; atom++)
        for (int axis = 0; axis < 3; axis++)
            if (!isfinite(score[atom][axis]))
                return gd_fail(error, GD_FAILED, "the score of atom %zu (%s) at time %g is not finite", atom + 1,
                               gd_element_symbol(structure->species[atom]), time);
    return GD_OK;
}

/* The score of one frame, [count][3]; *score is allocated. */
static enum gd_status score_frame(struct gd_network *network, const struct gd_model *model,
                                  const struct gd_structure *structure, double time, double (**score)[3],
                                  struct gd_error *error)
{
    const double spread = gd_process_spread(&model->process, time);
    const size_t fixed = 0;
    float(*output)[3] = gd_array(structure->count, sizeof *output);
    *score = gd_array(structure->count, sizeof **score);
    enum gd_status status = output && *score ? GD_OK : gd_no_memory(error, "scores");
    if (!status)
        status = gd_coincidence_check(structure, error);
    if (!status)
        status = gd_network_structures(network, structure, &fixed, 1, error);
    if (!status)
        status = gd_network_forward(network, &gd_head_score, &time, true, output[0], error);
    for (size_t atom = 0; atom < structure->count && !status; atom++)
        for (int axis = 0; axis < 3; axis++)
            (*score)[atom][axis] = gd_prediction_score(model->prediction, spread, (double)output[atom][axis]);
    free(output);
    return status ? status : check_finite(structure, time, (const double(*)[3]) * score, error);
}

/* The scores of all frames, each of which is allocated. */
static enum gd_status score_all(struct gd_network *network, const struct gd_model *model, const struct values *values,
                                const struct gd_frames *frames, double (**scores)[3], struct gd_error *error)
{
    for (size_t k = 0; k < frames->count; k++) {
        struct gd_error why = {0};
        enum gd_status status =
            score_frame(network, model, &frames->items[k].structure, values->time, &scores[k], &why);
        if (status)
            return gd_fail(error, status, "%s: structure %zu: %s", values->in, k + 1, why.text);
    }
    return GD_OK;
}

static enum gd_status write_all(const struct gd_frames *frames, double (*const *scores)[3], FILE *stream,
                                struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < frames->count && !status; k++)
        status = gd_extxyz_write(stream, &frames->items[k], (const double(*)[3])scores[k], error);
    return status;
}

/* Nothing is written before all is known. */
static enum gd_status score_and_write(struct gd_network *network, const struct gd_model *model,
                                      const struct values *values, const struct gd_frames *frames, FILE *stream,
                                      struct gd_error *error)
{
    double(**scores)[3] = gd_array(frames->count, sizeof *scores);
    enum gd_status status = scores ? GD_OK : gd_no_memory(error, "scores");
    if (!status)
        status = score_all(network, model, values, frames, scores, error);
    if (!status)
        status = write_all(frames, scores, stream, error);
    for (size_t k = 0; scores && k < frames->count; k++)
        free(scores[k]);
    free(scores);
    return status;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_device_choice device;
    struct gd_model *model = NULL;
    struct gd_network *network = NULL;
    struct gd_frames frames = {0};
    struct gd_output output = {0};
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    enum gd_status status = registry ? gd_device_decide(&values->wish, &device, error) : error->status;
    if (!status)
        status = gd_model_read(&model, values->model, registry, error);
    if (!status)
        status = gd_frames_read(values->in, &frames, error);
    if (!status)
        status = gd_network_new(&network, model, device.name, gd_threads_decide(values->threads), error);
    if (!status)
        status = gd_network_precision(network, device.precision, error);
    if (!status)
        status = gd_output_open(&output, values->out, error);
    if (!status)
        status = score_and_write(network, model, values, &frames, output.stream, error);
    status = gd_output_close(&output, status, error);
    gd_frames_clear(&frames);
    gd_network_free(network);
    gd_model_free(model);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_score = {
    .name = "score",
    .summary = "compute the score of a model for structures",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
