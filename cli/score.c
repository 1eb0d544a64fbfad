/* godiff score MODEL IN: what a model's heads say of any structures, for every atom. */
#include <math.h>
#include <stdlib.h>

#include "atoms/coincidence.h"
#include "atoms/elements.h"
#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "cli/run_structures.h"
#include "engine/base/memory.h"
#include "model/network.h"
#include "model/seen.h"

/* Outputs that are written; bits of a set. */
enum { SCORE = 1, FORCES = 2, ENERGIES = 4, WHATEVER_THERE_IS = 8 };

static const char *const whats[] = {"score", "forces", "both", "energies", "all", NULL};
static const unsigned sets[] = {SCORE, FORCES, SCORE | FORCES, ENERGIES, WHATEVER_THERE_IS};

static const struct output {
    unsigned bit;
    const struct gd_head_class *head;
} outputs[] = {{SCORE, &gd_head_score}, {FORCES, &gd_head_force}, {ENERGIES, &gd_head_energy}};

#define OUTPUTS (sizeof outputs / sizeof *outputs)

/* The head of the model that an output is from: the score is from any that gives one. */
static const struct gd_head_class *head_of(const struct output *output, const struct gd_model *model)
{
    const struct gd_head_class *own = output->bit == SCORE ? gd_model_score_head(model) : NULL;
    return own ? own : output->head;
}

struct values {
    const char *model, *in, *out;
    int what;
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
    {.name = "--what",
     .kind = GD_OPTION_CHOICE,
     .offset = offsetof(struct values, what),
     .choices = whats,
     .help = "both: score and forces; all: what the model has (default: score)"},
    {.name = "--time",
     .value = "T",
     .kind = GD_OPTION_FLOAT,
     .offset = offsetof(struct values, time),
     .min = 0,
     .max = 1,
     .above_min = true,
     .help = "diffusion time of the score, which needs it: above 0 (data), up to 1 (noise)"},
    {.name = "--out",
     .value = "OUT",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .help = "extended XYZ with columns score (1/Å), forces, and the energy (default: standard output)"},
    GD_THREADS_OPTION(offsetof(struct values, threads)),
    GD_DEVICE_OPTIONS(offsetof(struct values, wish)),
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

/* --- What is wanted ----------------------------------------------------------------------------------------------- */

static enum gd_status report_missing(const char *path, const struct gd_model *model, const struct gd_head_class *head,
                                     struct gd_error *error)
{
    struct gd_text present = {0};
    for (int k = 0; gd_heads[k]; k++)
        if (gd_model_has_head(model, gd_heads[k]))
            gd_text_print(&present, "%s%s", present.length ? ", " : "", gd_heads[k]->name);
    char *names = gd_text_take(&present);
    enum gd_status status =
        names ? gd_fail(error, GD_BAD_INPUT, "%s: the model has no head \"%s\", but %s", path, head->name, names)
              : gd_no_memory(error, "a message");
    free(names);
    return status;
}

/* The set of outputs, all of which the model has. */
static enum gd_status decide(const struct values *values, const struct gd_model *model, unsigned *wanted,
                             struct gd_error *error)
{
    const unsigned asked = sets[values->what];
    *wanted = 0;
    for (size_t k = 0; k < OUTPUTS; k++) {
        bool has = gd_model_has_head(model, head_of(&outputs[k], model));
        if (asked & outputs[k].bit && !has)
            return report_missing(values->model, model, outputs[k].head, error);
        if (has && asked & (outputs[k].bit | WHATEVER_THERE_IS))
            *wanted |= outputs[k].bit;
    }
    return *wanted & SCORE && values->time == 0
               ? gd_fail(error, GD_BAD_INPUT, "the score needs --time; see: godiff score --help")
               : GD_OK;
}

/* --- One frame ---------------------------------------------------------------------------------------------------- */

/* A network at work on one frame after the other. */
struct work {
    struct gd_network *network;
    const struct gd_model *model;
    unsigned wanted;
    double time;
};

/* A network overflows where its numbers have grown beyond what it was trained for. `when`: the end of the message. */
static enum gd_status check_finite(const struct gd_structure *structure, const char *what, const char *when,
                                   const double (*vectors)[3], struct gd_error *error)
{
    for (size_t atom = 0; atom < structure->count; atom++)
        for (int axis = 0; axis < 3; axis++)
            if (!isfinite(vectors[atom][axis]))
                return gd_fail(error, GD_FAILED, "the %s atom %zu (%s)%s is not finite", what, atom + 1,
                               gd_element_symbol(structure->species[atom]), when);
    return GD_OK;
}

/* The output of a head for every atom, or minus the gradient of an energy, [count][3]; no atom is fixed. The time of a
 * head that depends on none is any. */
static enum gd_status find_vectors(const struct work *work, const struct gd_structure *structure,
                                   const struct gd_head_class *head, double time, double (*vectors)[3],
                                   struct gd_error *error)
{
    float(*output)[3] = gd_array(structure->count, sizeof *output);
    enum gd_status status = output ? GD_OK : gd_no_memory(error, "vectors of atoms");
    if (!status)
        status = head->score == GD_SCORE_SLOPE ? gd_network_slope(work->network, head, &time, output[0], error)
                                               : gd_network_forward(work->network, head, &time, true, output[0], error);
    for (size_t c = 0; c < 3 * structure->count && !status; c++)
        vectors[c / 3][c % 3] = (double)output[c / 3][c % 3];
    free(output);
    return status;
}

static enum gd_status find_score(const struct work *work, const struct gd_structure *structure, double (**score)[3],
                                 struct gd_error *error)
{
    const struct gd_head_class *head = gd_model_score_head(work->model);
    const double spread = gd_process_spread(&work->model->process, work->time);
    char when[32];
    snprintf(when, sizeof when, " at time %g", work->time);
    *score = gd_array(structure->count, sizeof **score);
    enum gd_status status = *score ? GD_OK : gd_no_memory(error, "scores");
    if (!status)
        status = find_vectors(work, structure, head, work->time, *score, error);
    for (size_t c = 0; c < 3 * structure->count && !status && head->score == GD_SCORE_OUTPUT; c++)
        (*score)[c / 3][c % 3] = gd_prediction_score(work->model->prediction, spread, (*score)[c / 3][c % 3]);
    return status ? status : check_finite(structure, "score of", when, (const double(*)[3]) * score, error);
}

static enum gd_status find_forces(const struct work *work, struct gd_structure *structure, struct gd_error *error)
{
    if (!structure->forces)
        structure->forces = gd_array(structure->count, sizeof *structure->forces);
    enum gd_status status = structure->forces ? GD_OK : gd_no_memory(error, "forces");
    if (!status)
        status = find_vectors(work, structure, &gd_head_force, 0, structure->forces, error);
    return status ? status : check_finite(structure, "force on", "", (const double(*)[3])structure->forces, error);
}

/* How many of the first atoms may not move. */
static enum gd_status count_fixed(const struct gd_frame *frame, size_t *fixed, struct gd_error *error)
{
    bool *movable = gd_array(frame->structure.count, sizeof *movable);
    enum gd_status status = movable ? gd_frame_movable(frame, movable, NULL, error) : gd_no_memory(error, "atoms");
    for (*fixed = 0; !status && *fixed < frame->structure.count && !movable[*fixed];)
        ++*fixed;
    free(movable);
    return status;
}

/* The energy head's sum over the atoms after the fixed ones. */
static enum gd_status find_energy(const struct work *work, struct gd_frame *frame, struct gd_error *error)
{
    const double no_noise = 0;
    float energy = 0;
    size_t fixed;
    enum gd_status status = count_fixed(frame, &fixed, error);
    if (!status)
        status = gd_network_structures(work->network, &frame->structure, &fixed, 1, error);
    if (!status)
        status = gd_network_forward(work->network, &gd_head_energy, &no_noise, false, &energy, error);
    frame->structure.energy = (double)energy;
    return status || isfinite(energy) ? status : gd_fail(error, GD_FAILED, "the energy is not finite");
}

/* What a file may say of energy and forces: beside those of the model it would be stale. */
static void drop_results(struct gd_frame *frame)
{
    static const char *const stale[] = {"energy", "free_energy", "energies", "force",
                                        "forces", "stress",      "virial",   NULL};
    gd_frame_drop(frame, stale);
    frame->structure.energy = NAN;
    free(frame->structure.forces);
    frame->structure.forces = NULL;
}

/* *score is allocated where it is wanted; forces and energy go to the frame. */
static enum gd_status score_frame(const struct work *work, struct gd_frame *frame, double (**score)[3],
                                  struct gd_error *error)
{
    struct gd_structure *structure = &frame->structure;
    const size_t fixed = 0;
    enum gd_status status = gd_coincidence_check(structure, error);
    if (work->wanted & (FORCES | ENERGIES))
        drop_results(frame);
    if (!status)
        status = gd_network_structures(work->network, structure, &fixed, 1, error);
    if (!status && work->wanted & SCORE)
        status = find_score(work, structure, score, error);
    if (!status && work->wanted & FORCES)
        status = find_forces(work, structure, error);
    if (!status && work->wanted & ENERGIES)
        status = find_energy(work, frame, error);
    return status;
}

/* --- All frames --------------------------------------------------------------------------------------------------- */

static enum gd_status score_all(const struct work *work, const char *path, struct gd_frames *frames,
                                double (**scores)[3], struct gd_error *error)
{
    for (size_t k = 0; k < frames->count; k++) {
        struct gd_error why = {0};
        enum gd_status status = score_frame(work, &frames->items[k], &scores[k], &why);
        if (status)
            return gd_fail(error, status, "%s: structure %zu: %s", path, k + 1, why.text);
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
static enum gd_status score_and_write(const struct work *work, const char *path, struct gd_frames *frames, FILE *stream,
                                      struct gd_error *error)
{
    double(**scores)[3] = gd_array(frames->count, sizeof *scores);
    enum gd_status status = scores ? GD_OK : gd_no_memory(error, "scores");
    if (!status)
        status = score_all(work, path, frames, scores, error);
    if (!status)
        status = write_all(frames, scores, stream, error);
    for (size_t k = 0; scores && k < frames->count; k++)
        free(scores[k]);
    free(scores);
    return status;
}

/* What a model was trained with counts as it does for a run: a frame that does not say which atoms are mobile may be of
 * template atoms alone. One with constraints that no run has is said elsewhere. */
static bool is_doubtful(const struct gd_model *model, const struct gd_frame *frame, char *doubt, size_t size)
{
    struct gd_error ignored = {0};
    size_t fixed = frame->structure.count;
    if (gd_frame_has_mask(frame) && count_fixed(frame, &fixed, &ignored))
        fixed = frame->structure.count;
    return gd_seen_doubt(&model->seen, &frame->structure, fixed, doubt, size);
}

/* One warning for all frames. */
static void warn_of_elements(const char *path, const struct gd_model *model, const struct gd_frames *frames)
{
    struct gd_text text = {0};
    char doubt[400];
    for (size_t k = 0; k < frames->count; k++) {
        if (!is_doubtful(model, &frames->items[k], doubt, sizeof doubt))
            continue;
        gd_text_print(&text,
                      "the model in %s %s: what it says of such structures, as of number %zu, is "
                      "arbitrary",
                      path, doubt, k + 1);
        break;
    }
    char *words = text.length > 0 ? gd_text_take(&text) : NULL;
    if (words)
        gd_print_message("warning", words);
    free(words);
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_device_choice device;
    struct gd_model *model = NULL;
    struct work work = {.time = values->time};
    struct gd_frames frames = {0};
    struct gd_output output = {0};
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    enum gd_status status = registry ? gd_device_decide(&values->wish, &device, error) : error->status;
    if (!status)
        status = gd_model_read(&model, values->model, registry, error);
    if (!status)
        status = decide(values, model, &work.wanted, error);
    if (!status)
        status = gd_input_read(values->in, registry, &frames, error);
    if (!status)
        status = gd_network_new(&work.network, model, device.name, gd_threads_decide(values->threads), error);
    if (!status)
        status = gd_network_precision(work.network, device.precision, error);
    if (!status)
        status = gd_output_open_xyz(&output, values->out, error);
    work.model = model;
    if (!status)
        warn_of_elements(values->model, model, &frames);
    if (!status)
        status = score_and_write(&work, values->in, &frames, output.stream, error);
    status = gd_output_close(&output, status, error);
    gd_frames_clear(&frames);
    gd_network_free(work.network);
    gd_model_free(model);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_score = {
    .name = "score",
    .summary = "compute the score, forces and energy of a model for structures",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
