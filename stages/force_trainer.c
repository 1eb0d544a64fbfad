#include "stages/force_trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

enum gd_status gd_force_trainer_make(struct gd_force_trainer *trainer, struct gd_context *context,
                                     const struct gd_training *training)
{
    const struct gd_force_training *forces = &training->forces;
    *trainer = (struct gd_force_trainer){.training = forces};
    if (forces->weight == 0 || !gd_model_has_head(gd_state_get(context->state, "model"), &gd_head_force))
        return GD_OK;
    trainer->archive = gd_state_get(context->state, "archive");
    if (!trainer->archive || trainer->archive->count == 0)
        return gd_fail(context->error, GD_FAILED, "%s: the force head learns from the archive, which is empty",
                       context->step);
    trainer->count = forces->batch ? (size_t)forces->batch : ((size_t)training->batch + 3) / 4;
    return GD_OK;
}

void gd_force_trainer_fill(const struct gd_force_trainer *trainer, struct gd_training_batch *batch,
                           struct gd_stream *stream)
{
    const struct gd_set *archive = trainer->archive;
    for (size_t k = batch->count - trainer->count; k < batch->count; k++) {
        size_t index = gd_stream_below(stream, archive->count), first = 3 * archive->atoms * index;
        gd_training_batch_copy(batch, k, archive->positions + first, archive->forces + first + 3 * archive->fixed,
                               trainer->training->cap);
    }
}

struct gd_goal gd_force_trainer_goal(const struct gd_force_trainer *trainer, const struct gd_training_batch *batch)
{
    size_t first = batch->count - trainer->count;
    return (struct gd_goal){.head = &gd_head_force,
                            .first = first,
                            .count = trainer->count,
                            .target = batch->target + 3 * batch->mobile * first,
                            .factor = trainer->training->weight,
                            .huber = trainer->training->huber};
}

/* How many structures at the end of the archive came from the batch: those that were drawn last, and not rejected. */
static size_t count_drawn(const struct gd_set *archive, const struct gd_set *batch)
{
    size_t found = 0, bytes = 3 * batch->atoms * sizeof *batch->positions;
    for (size_t k = batch->count; k > 0 && found < archive->count; k--) {
        size_t last = archive->count - found - 1;
        found += memcmp(batch->positions + 3 * batch->atoms * (k - 1), archive->positions + 3 * archive->atoms * last,
                        bytes) == 0;
    }
    return found;
}

/* The forces that the network predicts for the mobile atoms of the archive's last `count` structures:
 * [count][mobile][3]. */
static enum gd_status predict(struct gd_network *network, const struct gd_set *archive, size_t count, float *forces,
                              struct gd_error *error)
{
    struct gd_structure *views = gd_array(count, sizeof *views);
    double *times = gd_array(count, sizeof *times);
    enum gd_status status = views && times ? GD_OK : gd_no_memory(error, "a batch of structures");
    for (size_t k = 0; k < count && !status; k++) {
        views[k] = gd_set_view(archive, archive->count - count + k);
        times[k] = 0;
    }
    if (!status)
        status = gd_network_set_alike(network, views, archive->fixed, count, error);
    if (!status)
        status = gd_network_forward(network, &gd_head_force, times, false, forces, error);
    free(views);
    free(times);
    return status;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double find_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static double length(const double x[3])
{
    return sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
}

/* Emits what the predicted forces on the mobile atoms of the archive's last `count` structures are worth. Medians: a
 * few atoms that nearly touch would make up a mean. */
static enum gd_status compare(struct gd_context *context, const struct gd_set *archive, size_t count,
                              const float *predicted)
{
    size_t mobile = archive->atoms - archive->fixed, atoms = count * mobile;
    double *errors = gd_array(atoms, sizeof *errors), *lengths = gd_array(atoms, sizeof *lengths), cosines = 0;
    for (size_t j = 0; errors && lengths && j < atoms; j++) {
        size_t k = archive->count - count + j / mobile, i = archive->fixed + j % mobile;
        const double *exact = archive->forces + 3 * (k * archive->atoms + i);
        double guess[3], off[3], product = 0;
        for (int axis = 0; axis < 3; axis++) {
            guess[axis] = (double)predicted[3 * j + (size_t)axis];
            off[axis] = guess[axis] - exact[axis];
            product += guess[axis] * exact[axis];
        }
        errors[j] = length(off);
        lengths[j] = length(exact);
        cosines += product != 0 ? product / (length(guess) * lengths[j]) : 0;
    }
    enum gd_status status = errors && lengths ? GD_OK : gd_no_memory(context->error, "forces");
    if (!status) {
        gd_figure(context, "force_error", find_median(errors, atoms));
        gd_figure(context, "force_median", find_median(lengths, atoms));
        gd_figure(context, "force_cosine", cosines / (double)atoms);
    }
    free(errors);
    free(lengths);
    return status;
}

enum gd_status gd_force_trainer_report(const struct gd_force_trainer *trainer, struct gd_context *context,
                                       struct gd_network *network)
{
    const struct gd_set *archive = trainer->archive, *batch = archive ? gd_state_get(context->state, "batch") : NULL;
    size_t count = batch ? count_drawn(archive, batch) : 0;
    if (count == 0)
        return GD_OK;
    float *predicted = gd_array(count * (archive->atoms - archive->fixed), 3 * sizeof *predicted);
    enum gd_status status = predicted ? predict(network, archive, count, predicted, context->error)
                                      : gd_no_memory(context->error, "forces");
    if (!status)
        status = compare(context, archive, count, predicted);
    free(predicted);
    return status;
}
