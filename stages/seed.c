/* Stage `seed`: the first structures. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "stages/draw.h"
#include "stages/growth_rows.h"

enum origin { FROM_MODEL, UNIFORM, GROWTH };

static const char *const origins[] = {"model", "uniform", "growth", NULL};

struct seed {
    struct gd_draw draw;
    int from;
    struct gd_growth growth;
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
     .help = "drawn from the current model, placed uniformly in the window, or grown atom by atom"},
    {.name = "growth",
     .type = GD_GROUP,
     .offset = offsetof(struct seed, growth),
     .rows = growth_rows,
     .needs = "from=growth",
     .help = "how structures grow"},
    {0},
};

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct seed *seed = self;
    if (seed->from == UNIFORM)
        return gd_draw_uniform(context, &seed->draw);
    if (seed->from == GROWTH)
        return gd_draw_growth(context, &seed->draw, &seed->growth);
    return gd_draw_from_model(context, &seed->draw, NULL);
}

/* Only a seed from the model needs one. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct seed *seed = self;
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
    if (seed->from == GROWTH && system && try_growth(&seed->growth, system, &error) != GD_OK)
        gd_check_failure(check, "growth", &error);
}

const struct gd_stage gd_stage_seed = {
    .name = "seed",
    .summary = "Draws the first structures, from the untrained model, uniformly, or by growth.",
    .params = rows,
    .size = sizeof(struct seed),
    .reads = (const char *const[]){"system", "noise", "model", NULL},
    .may_read = GD_DRAW_MAY_READ,
    .writes = (const char *const[]){"batch", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
