/* Drawing structures from the model: what `seed` and `sample` share. */
#ifndef GD_STAGES_DRAW_H
#define GD_STAGES_DRAW_H

#include "atoms/growth.h"
#include "engine/run/context.h"
#include "model/guidance.h"
#include "model/network.h"

struct gd_draw {
    int64_t count, steps, shifts, chunk;
    struct gd_choice sampler;
    double end, sharpen, start_scale;
    int start; /* enum gd_start */
    bool table;
    bool path_weights; /* the paths are weighed */
};

extern const char *const gd_start_names[]; /* NULL-ended */

/* Says that a value of a parameter needs a system without a template in a cell that is not periodic, where it is not.
 */
void gd_open_check(struct gd_check *check, const char *key, const char *value);

/* A start around the middle of the cell needs an open system, and one at a point the SDE: else a problem at `start`.
 * Paths are weighed of some samplers, starts and walls: else a problem at `path_weights`. */
void gd_draw_check(struct gd_check *check, const struct gd_draw *draw);

/* The rows of a struct that begins with a struct gd_draw; `when`: what all but the first need, or NULL. */
#define GD_DRAW_ROWS(when)                                                                                             \
    {.name = "count",                                                                                                  \
     .type = GD_INT,                                                                                                   \
     .offset = offsetof(struct gd_draw, count),                                                                        \
     .initial = "128",                                                                                                 \
     .example = "4",                                                                                                   \
     .min = 1,                                                                                                         \
     .max = 1e7,                                                                                                       \
     .help = "structures to draw"},                                                                                    \
        {.name = "steps",                                                                                              \
         .type = GD_INT,                                                                                               \
         .offset = offsetof(struct gd_draw, steps),                                                                    \
         .initial = "500",                                                                                             \
         .example = "20",                                                                                              \
         .min = 2,                                                                                                     \
         .max = 1e7,                                                                                                   \
         .needs = when,                                                                                                \
         .help = "steps of the reverse process"},                                                                      \
        {.name = "start",                                                                                              \
         .type = GD_CHOICE,                                                                                            \
         .offset = offsetof(struct gd_draw, start),                                                                    \
         .choices = gd_start_names,                                                                                    \
         .initial = "uniform",                                                                                         \
         .needs = when,                                                                                                \
         .help =                                                                                                       \
             "where the reverse process begins: uniform in the cell, or around its middle: normal with the spread "    \
             "of the noise, harmonic, as of atoms that are all bonded to each other, or all atoms at its origin"},     \
        {.name = "start_scale",                                                                                        \
         .type = GD_FLOAT,                                                                                             \
         .offset = offsetof(struct gd_draw, start_scale),                                                              \
         .initial = "2",                                                                                               \
         .max = 1e3,                                                                                                   \
         .above_min = true,                                                                                            \
         .unit = "Å",                                                                                                  \
         .needs = "start=harmonic",                                                                                    \
         .help = "standard deviation of each coordinate of N atoms, times the root of N"},                             \
        {.name = "sampler",                                                                                            \
         .type = GD_COMPONENT,                                                                                         \
         .offset = offsetof(struct gd_draw, sampler),                                                                  \
         .kind = "sampler",                                                                                            \
         .initial = "euler-maruyama",                                                                                  \
         .needs = when,                                                                                                \
         .help = "how the reverse process is integrated"},                                                             \
        {.name = "end",                                                                                                \
         .type = GD_FLOAT,                                                                                             \
         .offset = offsetof(struct gd_draw, end),                                                                      \
         .initial = "0.005",                                                                                           \
         .min = 0,                                                                                                     \
         .max = 0.5,                                                                                                   \
         .above_min = true,                                                                                            \
         .needs = when,                                                                                                \
         .help = "time at which the reverse process ends"},                                                            \
        {.name = "sharpen",                                                                                            \
         .type = GD_FLOAT,                                                                                             \
         .offset = offsetof(struct gd_draw, sharpen),                                                                  \
         .initial = "0",                                                                                               \
         .min = 0,                                                                                                     \
         .max = 4,                                                                                                     \
         .needs = when,                                                                                                \
         .help = "exponent γ: the score is multiplied by s(t)^-γ; 0 is the exact score"},                              \
        {.name = "shifts",                                                                                             \
         .type = GD_INT,                                                                                               \
         .offset = offsetof(struct gd_draw, shifts),                                                                   \
         .initial = "0",                                                                                               \
         .min = 0,                                                                                                     \
         .max = 1e6,                                                                                                   \
         .needs = when,                                                                                                \
         .help = "mean-shift steps after the sampler, without noise, from the time `end` to 0; 0: none"},              \
        {.name = "table",                                                                                              \
         .type = GD_BOOL,                                                                                              \
         .offset = offsetof(struct gd_draw, table),                                                                    \
         .initial = "true",                                                                                            \
         .needs = when,                                                                                                \
         .help = "the network's filters come from a table, within 1e-6; else they are computed for every pair"},       \
    {                                                                                                                  \
        .name = "chunk", .type = GD_INT, .offset = offsetof(struct gd_draw, chunk), .initial = "0", .min = 0,          \
        .max = 1e7, .needs = when,                                                                                     \
        .help = "structures drawn at a time; 0: chosen for the device; limits memory, does not change results"         \
    }

/* What guides a draw, along forces and by a condition: the parameters. */
enum gd_draw_forces { GD_FORCES_MODEL, GD_FORCES_POTENTIAL };
struct gd_draw_guide {
    struct gd_choice guidance;
    struct gd_finish finish;
    double limit, extrapolation;
    int forces;                    /* enum gd_draw_forces */
    struct gd_condition condition; /* of models that are told one */
};

/* Whether forces are asked for. */
bool gd_draw_guided(const struct gd_draw_guide *guide);

/* Draws from the slots `model` and `noise` and puts the structures into `batch`. guide NULL: without guidance. */
enum gd_status gd_draw_from_model(struct gd_context *context, const struct gd_draw *draw,
                                  const struct gd_draw_guide *guide);

/* Puts structures with uniformly placed mobile atoms into `batch`. */
enum gd_status gd_draw_uniform(struct gd_context *context, const struct gd_draw *draw);

/* Puts structures that grow atom by atom into `batch`. */
enum gd_status gd_draw_growth(struct gd_context *context, const struct gd_draw *draw, const struct gd_growth *growth);

/* What a sampler of a plugin may look at, to be guided by it; the others read none of it. */
#define GD_DRAW_MAY_READ ((const char *const[]){"potential", "temperature", "archive", "buffer", "best", NULL})

/* Whether drawing uses a slot of those above, and of any others. */
bool gd_draw_uses(const struct gd_draw *draw, const char *slot);

#endif
