/* Stage `seed`: the first structures. */
#include <string.h>

#include "stages/draw.h"

enum origin { FROM_MODEL, UNIFORM };

static const char *const origins[] = {"model", "uniform", NULL};

struct seed {
    struct gd_draw draw;
    int from;
};

static const struct gd_param rows[] = {
    GD_DRAW_ROWS,
    {.name = "from",
     .type = GD_CHOICE,
     .offset = offsetof(struct seed, from),
     .choices = origins,
     .initial = "model",
     .help = "drawn from the current model, or placed uniformly in the window"},
    {0},
};

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct seed *seed = self;
    return seed->from == UNIFORM ? gd_draw_uniform(context, &seed->draw)
                                 : gd_draw_from_model(context, &seed->draw, NULL);
}

/* A uniform seed needs no model. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct seed *seed = self;
    const bool needed = use == GD_WRITES || seed->from == FROM_MODEL || !strcmp(slot, "system");
    return needed && gd_draw_uses(&seed->draw, slot);
}

const struct gd_stage gd_stage_seed = {
    .name = "seed",
    .summary = "Draws the first structures, from the untrained model or uniformly.",
    .params = rows,
    .size = sizeof(struct seed),
    .reads = (const char *const[]){"system", "noise", "model", NULL},
    .may_read = GD_DRAW_MAY_READ,
    .writes = (const char *const[]){"batch", NULL},
    .uses = uses,
    .run = run,
};
