/* Move `mix`: one of two moves, chosen at random. More than two are mixed by a mixture of mixtures. */
#include "stages/move.h"

struct mix {
    struct gd_choice first, second;
    double share;
};

static const struct gd_param rows[] = {
    {.name = "first",
     .type = GD_COMPONENT,
     .offset = offsetof(struct mix, first),
     .kind = "move",
     .initial = "rattle",
     .help = "one move"},
    {.name = "second",
     .type = GD_COMPONENT,
     .offset = offsetof(struct mix, second),
     .kind = "move",
     .initial = "jump",
     .help = "the other move"},
    {.name = "share",
     .type = GD_FLOAT,
     .offset = offsetof(struct mix, share),
     .initial = "0.2",
     .max = 1,
     .help = "chance of the second move"},
    {0},
};

static enum gd_status move(const void *params, struct gd_proposal *proposal, struct gd_error *error)
{
    const struct mix *mix = params;
    return gd_move_run(gd_stream_uniform(proposal->stream) < mix->share ? &mix->second : &mix->first, proposal, error);
}

static enum gd_status check(const void *params, const struct gd_system *system, struct gd_error *error)
{
    const struct mix *mix = params;
    enum gd_status status = gd_error_set_key(gd_move_check(&mix->first, system, error), error, "first");
    return status ? status : gd_error_set_key(gd_move_check(&mix->second, system, error), error, "second");
}

static bool evaluates(const void *params)
{
    const struct mix *mix = params;
    return gd_move_evaluates(&mix->first) || gd_move_evaluates(&mix->second);
}

const struct gd_move_class gd_move_mix = {
    .base = {.name = "mix",
             .summary = "one of two moves, chosen at random",
             .params = rows,
             .size = sizeof(struct mix)},
    .evaluates = evaluates,
    .move = move,
    .check = check,
};
