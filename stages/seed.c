/* Stage `seed`: the first structures. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "stages/draw.h"
#include "stages/growth_rows.h"
#include "stages/import.h"

enum origin { FROM_MODEL, UNIFORM, GROWTH, FROM_FILE };

static const char *const origins[] = {"model", "uniform", "growth", "file", NULL};

struct seed {
    struct gd_draw draw;
    int from;
    struct gd_growth growth;
    const char *const *file;
};

static const struct gd_param growth_rows[] = {
    GD_GROWTH_ROWS(struct gd_growth),
    {.name = "tries",
     .type = GD_INT,
     .offset = offsetof(struct gd_growth, tries),
     .initial = "100",
     .min = 1,
     .max = 1e9,
     .help = "tries to place an atom before a structure begins anew"},
    {0},
};

static const struct gd_param rows[] = {
    GD_DRAW_ROWS("from=model"),
    {.name = "from",
     .type = GD_CHOICE,
     .offset = offsetof(struct seed, from),
     .choices = origins,
     .initial = "model",
     .help = "drawn from the current model, placed uniformly in the window, grown atom by atom, or read from files"},
    {.name = "growth",
     .type = GD_GROUP,
     .offset = offsetof(struct seed, growth),
     .rows = growth_rows,
     .needs = "from=growth",
     .help = "how structures grow"},
    {.name = "file",
     .type = GD_PATHS,
     .accepts = gd_path_readable,
     .offset = offsetof(struct seed, file),
     .optional = true,
     .needs = "from=file",
     .example = "structures.extxyz",
     .help = "files of structures, and runs, whose archives are read; the first `count` of all, their energies are not "
             "used"},
    {0},
};

/* Puts the first structures of the files into `batch`. */
static enum gd_status read_files(struct gd_context *context, const struct seed *seed)
{
    const struct gd_system *system = gd_state_get(context->state, "system");
    const struct gd_import import = {system, gd_state_registry(context->state), context};
    struct gd_set *batch = gd_set_new(&system->structure, system->fixed, context->error);
    enum gd_status status = batch ? GD_OK : context->error->status;
    for (const char *const *path = seed->file; *path && !status; path++) {
        char *pipeline;
        status = gd_import_structures(*path, &import, batch, &pipeline, context->error);
        free(pipeline);
    }
    if (status) {
        gd_set_free(batch);
        return status;
    }
    if (batch->count > (size_t)seed->draw.count)
        batch->count = (size_t)seed->draw.count;
    for (size_t k = 0; k < batch->count; k++)
        gd_set_mark_moved(batch, k);
    return gd_state_put(context->state, "batch", batch, context->error);
}

/* Whether structures come from random numbers alone. */
static bool is_random(const struct seed *seed)
{
    return seed->from == UNIFORM || seed->from == GROWTH;
}

/* How many structures of a set are, to the last bit, in another one of the same atoms. */
static size_t count_repeats(const struct gd_set *batch, const struct gd_set *archive)
{
    const size_t length = 3 * batch->atoms;
    size_t count = 0;
    for (size_t k = 0; k < batch->count; k++) {
        size_t j = 0;
        while (j < archive->count && memcmp(batch->positions + k * length, archive->positions + j * length,
                                            length * sizeof *batch->positions) != 0)
            j++;
        count += j < archive->count;
    }
    return count;
}

/* A run that begins with the archive of one of the same seed draws what that has drawn, from the first execution on. */
static void warn_of_repeats(const struct gd_context *context)
{
    const struct gd_set *archive = gd_state_get(context->state, "archive"),
                        *batch = gd_state_get(context->state, "batch");
    const size_t count = archive && batch ? count_repeats(batch, archive) : 0;
    if (count > 0)
        gd_message(context, GD_WARNING,
                   "%s: %zu of %zu structures are in the archive already, and would be evaluated again: the run that "
                   "the archive is from has drawn the same random numbers; with another --seed they are others",
                   context->step, count, batch->count);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct seed *seed = self;
    if (seed->from == FROM_FILE)
        return read_files(context, seed);
    if (seed->from == FROM_MODEL)
        return gd_draw_from_model(context, &seed->draw, NULL);
    enum gd_status status = seed->from == UNIFORM ? gd_draw_uniform(context, &seed->draw)
                                                  : gd_draw_growth(context, &seed->draw, &seed->growth);
    if (!status && context->execution == 0)
        warn_of_repeats(context);
    return status;
}

/* Only a seed from the model needs one. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct seed *seed = self;
    if (is_random(seed) && !strcmp(slot, "archive"))
        return true;
    const bool needed = use == GD_WRITES || seed->from == FROM_MODEL || !strcmp(slot, "system");
    return needed && gd_draw_uses(&seed->draw, slot);
}

/* Grows one structure, as a run will: what cannot grow is found before anything runs. */
static enum gd_status try_growth(const struct gd_growth *growth, const struct gd_system *system, struct gd_error *error)
{
    struct gd_stream stream = gd_stream_make(0, gd_stream_hash("check"), 0, 0);
    enum gd_status status = gd_growth_check(growth, system, error);
    double(*positions)[3] = status ? NULL : gd_array(system->structure.count, sizeof *positions);
    if (!status && !positions)
        status = gd_no_memory(error, "a structure that grows");
    for (size_t c = 0; !status && c < 3 * system->fixed; c++)
        positions[c / 3][c % 3] = system->structure.positions[c / 3][c % 3];
    if (!status)
        status = gd_growth_place(growth, system, &stream, positions, error);
    free(positions);
    return status;
}

static void check(struct gd_check *check, const void *self)
{
    const struct seed *seed = self;
    const struct gd_system *system = gd_state_get(check->state, "system");
    struct gd_error error = {0};
    if (seed->from == FROM_MODEL)
        gd_draw_check(check, &seed->draw);
    if (seed->from == GROWTH && system && try_growth(&seed->growth, system, &error) != GD_OK)
        gd_check_failure(check, "growth", &error);
    if (seed->from == FROM_FILE && !seed->file)
        gd_check_problem(check, "from", "with from: file the parameter file is needed");
    if (seed->from == FROM_FILE && seed->file && system && gd_import_check(seed->file, system, check->state, &error))
        gd_check_failure(check, "file", &error);
}

const struct gd_stage gd_stage_seed = {
    .name = "seed",
    .summary = "The first structures: drawn from the untrained model, placed uniformly, grown, or read from files.",
    .params = rows,
    .size = sizeof(struct seed),
    .reads = (const char *const[]){"system", "noise", "model", NULL},
    .may_read = GD_DRAW_MAY_READ,
    .writes = (const char *const[]){"batch", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
