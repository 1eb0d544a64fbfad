/* Stage `reweight`: the buffer to train on, a weighted reservoir sample of the whole archive with weights exp(-E/T)
 * (arXiv:2510.13448, algorithm 1). */
#include <stdlib.h>

#include "atoms/structure.h"
#include "engine/memory.h"
#include "engine/stage.h"
#include "stages/boltzmann.h"
#include "stages/reservoir.h"

struct reweight {
    int64_t size;
};

static const struct gd_param rows[] = {
    {.name = "size",
     .type = GD_INT,
     .offset = offsetof(struct reweight, size),
     .initial = "64",
     .min = 1,
     .max = 1e7,
     .help = "structures in the buffer"},
    {0},
};

/* A new set of the chosen structures of the archive. */
static enum gd_status gather(const struct gd_set *archive, const size_t *chosen, size_t count, struct gd_set **buffer,
                             struct gd_error *error)
{
    struct gd_set *set = calloc(1, sizeof *set);
    if (!set)
        return gd_no_memory(error, "the buffer");
    struct gd_structure like = gd_set_view(archive, 0);
    enum gd_status status = gd_set_init(set, &like, archive->fixed, error);
    if (status == GD_OK)
        status = gd_set_reserve(set, count, error);
    for (size_t k = 0; status == GD_OK && k < count; k++)
        status = gd_set_append(set, archive, chosen[k], 1, error);
    if (status == GD_OK)
        *buffer = set;
    else
        gd_set_free(set);
    return status;
}

static void report(const struct gd_context *context, const struct gd_set *buffer, const double *weights)
{
    double lowest = buffer->energies[0], highest = buffer->energies[0];
    for (size_t k = 1; k < buffer->count; k++) {
        if (buffer->energies[k] < lowest)
            lowest = buffer->energies[k];
        if (buffer->energies[k] > highest)
            highest = buffer->energies[k];
    }
    gd_figure(context, "buffer", (double)buffer->count);
    gd_figure(context, "effective", gd_effective_sample_size(weights, buffer->count));
    gd_figure(context, "lowest", lowest);
    gd_figure(context, "highest", highest);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct reweight *reweight = self;
    const struct gd_set *archive = gd_state_get(context->state, "archive");
    double temperature = gd_state_real(context->state, "temperature", 0);
    if (archive->count == 0)
        return gd_fail(context->error, GD_FAILED, "%s: the archive is empty: no structure was taken so far",
                       context->step);
    size_t size = (size_t)reweight->size, count = 0;
    struct gd_set *buffer = NULL;
    struct gd_stream stream = gd_context_stream(context, 0);
    double *weights = gd_array(archive->count, sizeof *weights);
    size_t *chosen = gd_array(archive->count, sizeof *chosen);
    enum gd_status status = weights && chosen ? GD_OK : gd_no_memory(context->error, "the buffer");
    if (status == GD_OK) {
        gd_boltzmann_log_weights(archive->energies, archive->count, temperature, weights);
        status = gd_reservoir_sample(weights, archive->count, size, &stream, chosen, &count, context->error);
    }
    if (status == GD_OK)
        status = gather(archive, chosen, count, &buffer, context->error);
    if (status == GD_OK) {
        gd_boltzmann_weights(buffer->energies, buffer->count, temperature, weights);
        report(context, buffer, weights);
        status = gd_state_put(context->state, "buffer", buffer, context->error);
    }
    free(weights);
    free(chosen);
    return status;
}

const struct gd_stage gd_stage_reweight = {
    .name = "reweight",
    .summary = "Draws the buffer to train on from the archive, with weights exp(-E/T).",
    .params = rows,
    .size = sizeof(struct reweight),
    .reads = (const char *const[]){"archive", "temperature", NULL},
    .writes = (const char *const[]){"buffer", NULL},
    .run = run,
};
