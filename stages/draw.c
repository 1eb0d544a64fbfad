#include "stages/draw.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/system.h"
#include "engine/base/memory.h"
#include "model/path_weight.h"
#include "model/sampler.h"
#include "stages/exact_forces.h"
#include "stages/nearest.h"

const char *const gd_start_names[] = {"uniform", "normal", "harmonic", "origin", NULL};

void gd_open_check(struct gd_check *check, const char *key, const char *value)
{
    const struct gd_system *system = gd_state_get(check->state, "system");
    const bool *periodic = system ? system->structure.cell.periodic : NULL;
    if (system && (system->fixed > 0 || periodic[0] || periodic[1] || periodic[2]))
        gd_check_problem(check, key,
                         "%s begins around the middle of the cell, which has no meaning with a template or in a "
                         "periodic cell: choose %s",
                         value, strcmp(key, "start") == 0 ? "uniform" : "force");
}

static void check_path_weights(struct gd_check *check, const struct gd_draw *draw)
{
    const struct gd_sampler_class *sampler = (const struct gd_sampler_class *)draw->sampler.component;
    const struct gd_system *system = gd_state_get(check->state, "system");
    const struct gd_process *process = gd_state_get(check->state, "noise");
    const struct gd_model *model = gd_state_get(check->state, "model");
    const bool absolute = model && model->type->traits(model->params).absolute;
    const char *unknown =
        system && process ? gd_path_weight_unknown(system, process, draw->start, draw->start_scale, absolute) : NULL;
    if (sampler && !sampler->weighs)
        gd_check_problem(check, "path_weights", "paths of %s have no weight: choose the sampler %s", sampler->base.name,
                         gd_sampler_euler_maruyama.base.name);
    if (draw->shifts > 0)
        gd_check_problem(check, "path_weights", "paths that end in shifts have no weight: choose shifts: 0");
    if (unknown)
        gd_check_problem(check, "path_weights", "weights of paths %s", unknown);
}

void gd_draw_check(struct gd_check *check, const struct gd_draw *draw)
{
    const struct gd_component *sampler = draw->sampler.component;
    if (draw->path_weights)
        check_path_weights(check, draw);
    if (draw->start == GD_START_UNIFORM)
        return;
    gd_open_check(check, "start", gd_start_names[draw->start]);
    if (draw->start == GD_START_ORIGIN && sampler != &gd_sampler_euler_maruyama.base)
        gd_check_problem(check, "sampler",
                         "from one point structures part by noise alone, with a control in place of a score: choose "
                         "euler-maruyama");
}

/* An empty set for structures of the system, or NULL. */
static struct gd_set *set_for(const struct gd_system *system, struct gd_error *error)
{
    return gd_set_new(&system->structure, system->fixed, error);
}

/* Draws structures first .. first+count-1 and appends them to the batch. */
static enum gd_status draw_chunk(const struct gd_sampling *sampling, const struct gd_draw *draw, size_t count,
                                 struct gd_set *batch, struct gd_error *error)
{
    const struct gd_sampler_class *sampler = (const struct gd_sampler_class *)draw->sampler.component;
    struct gd_set *chunk = set_for(sampling->system, error);
    if (!chunk)
        return error->status;
    enum gd_status status = gd_sample(sampling, sampler, draw->sampler.params, count, chunk, error);
    if (!status)
        status = gd_set_append(batch, chunk, 0, count, error);
    gd_set_free(chunk);
    return status;
}

/* A chunk on its way. */
struct chunk {
    struct gd_context *context;
    const struct gd_draw *draw;
    int64_t first, count;
};

static bool stop(void *caller)
{
    return gd_context_stop(((const struct chunk *)caller)->context);
}

/* In steps of a structure, of all chunks. */
static void report(void *caller, int64_t done)
{
    const struct chunk *chunk = caller;
    int64_t all = chunk->draw->steps + chunk->draw->shifts;
    double count = (double)chunk->draw->count, steps = (double)all;
    gd_progress(chunk->context, (double)chunk->first * steps + (double)chunk->count * (double)done, count * steps,
                "step %" PRId64 " of %" PRId64, done, all);
}

/* Where the memory does not suffice for a chunk, half as many structures are drawn side by side: that changes none of
 * them. The first time it says so. */
static enum gd_status draw_chunks(struct gd_context *context, const struct gd_draw *draw, struct gd_network *network,
                                  const struct gd_guide *guide, struct gd_set *batch)
{
    struct chunk chunk = {.context = context, .draw = draw};
    const struct gd_model *model = gd_state_get(context->state, "model");
    struct gd_sampling sampling = {
        .name = context->step,
        .stream = gd_context_stream(context, 0),
        .system = gd_state_get(context->state, "system"),
        .process = gd_state_get(context->state, "noise"),
        .score = gd_network_score(network),
        .guide = guide,
        .steps = draw->steps,
        .end = draw->end,
        .sharpen = draw->sharpen,
        .shifts = draw->shifts,
        .start = draw->start,
        .start_scale = draw->start_scale,
        .weighed = draw->path_weights,
        .absolute = model->type->traits(model->params).absolute,
        .stop = stop,
        .progress = report,
        .caller = &chunk,
        .directory = context->directory,
        .state = context->state,
    };
    int64_t most = draw->chunk ? draw->chunk : (int64_t)gd_network_batch(network);
    bool said = false;
    for (int64_t first = 0; first < draw->count;) {
        int64_t count = draw->count - first < most ? draw->count - first : most;
        struct gd_error failure = {0};
        const struct gd_guidance_counts before = guide ? *guide->counts : (struct gd_guidance_counts){0};
        sampling.first = (uint32_t)first;
        chunk.first = first;
        chunk.count = count;
        enum gd_status status = draw_chunk(&sampling, draw, (size_t)count, batch, &failure);
        if (status == GD_NO_MEMORY && count > 1) {
            most = count / 2;
            if (guide)
                *guide->counts = before; /* the chunk is drawn again */
            if (!said)
                gd_message(context, GD_WARNING,
                           "%s: out of memory: from now on fewer than %lld structures are drawn at a time",
                           failure.text, (long long)count);
            said = true;
        } else if (status)
            return gd_fail(context->error, status, "%s", failure.text);
        else
            first += count;
    }
    return GD_OK;
}

bool gd_draw_guided(const struct gd_draw_guide *guide)
{
    const struct gd_guidance_class *class = (const struct gd_guidance_class *)guide->guidance.component;
    return guide->finish.steps > 0 || gd_guidance_acts(class, guide->guidance.params);
}

/* Says what guidance did to `count` structures. */
static void report_guidance(struct gd_context *context, const struct gd_draw_guide *guide,
                            const struct gd_guidance_counts *counts, int64_t count)
{
    gd_figure(context, "guidance_calls", (double)counts->calls / (double)count);
    gd_figure(context, "held", (double)counts->held);
    if (guide->extrapolation > 0)
        gd_figure(context, "extrapolated", (double)counts->strayed);
    if (guide->finish.steps > 0) {
        gd_figure(context, "relaxed", (double)counts->finished);
        gd_figure(context, "put_back", (double)counts->put_back);
    }
    if (guide->forces == GD_FORCES_POTENTIAL)
        gd_figure(context, "oracle_evaluations", (double)counts->calls);
}

/* The draws along the forces that the parameters name. */
static enum gd_status draw_guided(struct gd_context *context, const struct gd_draw *draw,
                                  const struct gd_draw_guide *params, struct gd_network *network, struct gd_set *batch,
                                  int64_t *model_calls)
{
    bool model = params->forces == GD_FORCES_MODEL;
    struct gd_guidance_counts counts = {0};
    struct gd_exact_forces exact = {.potential = model ? NULL : gd_state_get(context->state, "potential"),
                                    .backend = gd_network_score(network).backend,
                                    .threads = context->threads};
    struct gd_nearest nearest = {0};
    enum gd_status status = params->extrapolation > 0
                                ? gd_nearest_make(&nearest, gd_state_get(context->state, "system"),
                                                  gd_state_get(context->state, "archive"), context->error)
                                : GD_OK;
    const struct gd_guide guide = {.type = (const struct gd_guidance_class *)params->guidance.component,
                                   .params = params->guidance.params,
                                   .forces = model ? gd_network_forces(network) : gd_exact_forces(&exact),
                                   .limit = params->limit,
                                   .known = {params->extrapolation, gd_nearest_distance, &nearest},
                                   .finish = params->finish,
                                   .counts = &counts};
    if (!status)
        status = draw_chunks(context, draw, network, &guide, batch);
    gd_nearest_clear(&nearest);
    if (!status)
        report_guidance(context, params, &counts, draw->count);
    *model_calls = model ? counts.calls : 0;
    return status;
}

enum gd_status gd_draw_from_model(struct gd_context *context, const struct gd_draw *draw,
                                  const struct gd_draw_guide *guide)
{
    struct gd_network *network = NULL;
    int64_t model_calls = 0;
    struct gd_set *batch = set_for(gd_state_get(context->state, "system"), context->error);
    enum gd_status status = batch ? GD_OK : context->error->status;
    if (!status)
        status = gd_network_new(&network, gd_state_get(context->state, "model"), context->device, context->threads,
                                context->error);
    if (!status)
        status = gd_network_precision(network, context->precision, context->error);
    if (!status && draw->table)
        status = gd_network_tabulate(network, context->error);
    else if (!status)
        gd_network_fuse(network); /* so that neither way a structure's bits depend on how many there are */
    if (!status && guide)
        gd_network_ask_for(network, &guide->condition);
    if (!status && guide && gd_draw_guided(guide))
        status = draw_guided(context, draw, guide, network, batch, &model_calls);
    else if (!status)
        status = draw_chunks(context, draw, network, NULL, batch);
    if (!status) {
        const struct gd_sampler_class *sampler = (const struct gd_sampler_class *)draw->sampler.component;
        int64_t calls = sampler->calls(draw->sampler.params, draw->steps) + draw->shifts;
        gd_figure(context, "calls", (double)calls);
        gd_figure(context, "network_calls", (double)(calls * draw->count + model_calls));
        status = gd_state_put(context->state, "batch", batch, context->error);
        batch = NULL;
    }
    gd_network_free(network);
    gd_set_free(batch);
    return status;
}

/* Puts structures into `batch` whose mobile atoms lie where `place` puts them. */
static enum gd_status draw_placed(struct gd_context *context, const struct gd_draw *draw,
                                  enum gd_status (*place)(const void *how, const struct gd_system *system,
                                                          struct gd_stream *stream, double (*positions)[3],
                                                          struct gd_error *error),
                                  const void *how)
{
    const struct gd_system *system = gd_state_get(context->state, "system");
    struct gd_set *batch = set_for(system, context->error);
    enum gd_status status = batch ? GD_OK : context->error->status;
    double(*positions)[3] = gd_array(system->structure.count, sizeof *positions);
    if (!status && !positions)
        status = gd_no_memory(context->error, "the batch");
    for (uint32_t k = 0; !status && k < draw->count; k++) {
        struct gd_stream stream = gd_context_stream(context, k);
        memcpy(positions, system->structure.positions, system->structure.count * sizeof *positions);
        struct gd_error why = {0};
        status = place(how, system, &stream, positions, &why);
        if (status)
            gd_fail(context->error, status, "%s: %s", context->step, why.text);
        else
            status = gd_set_push(batch, positions[0], context->error);
    }
    free(positions);
    if (!status)
        return gd_state_put(context->state, "batch", batch, context->error);
    gd_set_free(batch);
    return status;
}

static enum gd_status place_uniformly(const void *how, const struct gd_system *system, struct gd_stream *stream,
                                      double (*positions)[3], struct gd_error *error)
{
    (void)how, (void)error;
    gd_sample_start(system, stream, positions[0]);
    return GD_OK;
}

enum gd_status gd_draw_uniform(struct gd_context *context, const struct gd_draw *draw)
{
    return draw_placed(context, draw, place_uniformly, NULL);
}

static enum gd_status grow(const void *how, const struct gd_system *system, struct gd_stream *stream,
                           double (*positions)[3], struct gd_error *error)
{
    return gd_growth_place(how, system, stream, positions, error);
}

enum gd_status gd_draw_growth(struct gd_context *context, const struct gd_draw *draw, const struct gd_growth *growth)
{
    return draw_placed(context, draw, grow, growth);
}

bool gd_draw_uses(const struct gd_draw *draw, const char *slot)
{
    const char *const *guide = GD_DRAW_MAY_READ;
    const struct gd_sampler_class *const *own = gd_samplers;
    while (*guide && strcmp(*guide, slot) != 0)
        guide++;
    while (*own && &(*own)->base != draw->sampler.component)
        own++;
    return !*guide || !*own;
}
