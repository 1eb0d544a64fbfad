/* Optimiser `fire`: the fast inertial relaxation engine of Bitzek, Koskinen, Gähler, Moseler and Gumbsch, Phys. Rev.
 * Lett. 97, 170201 (2006), with the integrator and constants of the Atomic Simulation Environment: masses are 1, and
 * the whole move, as one vector, is no longer than the cap. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "potentials/optimiser.h"

#define MIXING      0.1  /* α at the start */
#define MIXING_FALL 0.99 /* of α, and */
#define TIME_RISE   1.1  /* of the time step, while the way is downhill */
#define TIME_FALL   0.5
#define DOWNHILL    5 /* steps downhill before the time step rises */

struct params {
    double step, longest;
};

struct fire {
    struct gd_optimiser base;
    size_t numbers; /* of velocities */
    double cap, longest;
    double time, mixing;
    int downhill; /* steps since the last that was uphill */
    bool begun;
    double *velocity; /* [numbers] */
};

extern const struct gd_optimiser_class gd_optimiser_fire;

static const struct gd_param rows[] = {
    {.name = "step",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, step),
     .initial = "0.1",
     .min = 0,
     .max = 100,
     .above_min = true,
     .help = "first time step, in units with masses of 1: Å (eV)^(-1/2)"},
    {.name = "longest",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, longest),
     .initial = "1.0",
     .min = 0,
     .max = 100,
     .above_min = true,
     .help = "longest time step"},
    {0},
};

static enum gd_status create(const void *params, const struct gd_basis *basis, size_t atoms, double cap,
                             struct gd_optimiser **optimiser, struct gd_error *error)
{
    const struct params *given = params;
    struct fire *made = gd_array(1, sizeof *made);
    double *velocity = gd_array(atoms, 3 * sizeof *velocity);
    (void)basis;
    if (!made || !velocity) {
        free(made);
        free(velocity);
        return gd_no_memory(error, "an optimiser");
    }
    *made = (struct fire){.base = {&gd_optimiser_fire},
                          .numbers = 3 * atoms,
                          .cap = cap,
                          .longest = given->longest,
                          .time = given->step,
                          .mixing = MIXING,
                          .velocity = velocity};
    *optimiser = &made->base;
    return GD_OK;
}

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0;
    for (size_t c = 0; c < count; c++)
        sum += a[c] * b[c];
    return sum;
}

/* Turns the velocity toward the force; the time step rises after some steps. */
static void steer(struct fire *self, const double *force)
{
    const size_t n = self->numbers;
    const double ratio = sqrt(dot(self->velocity, self->velocity, n)) / sqrt(dot(force, force, n));
    for (size_t c = 0; c < n; c++)
        self->velocity[c] = (1 - self->mixing) * self->velocity[c] + self->mixing * ratio * force[c];
    if (self->downhill > DOWNHILL) {
        self->time = fmin(self->time * TIME_RISE, self->longest);
        self->mixing *= MIXING_FALL;
    }
    self->downhill++;
}

static void halt(struct fire *self)
{
    memset(self->velocity, 0, self->numbers * sizeof *self->velocity);
    self->time *= TIME_FALL;
    self->mixing = MIXING;
    self->downhill = 0;
}

static void find_move(struct gd_optimiser *optimiser, const double (*positions)[3], const double (*forces)[3],
                      double (*move)[3])
{
    struct fire *self = (struct fire *)optimiser;
    const size_t n = self->numbers;
    const double *force = forces[0];
    (void)positions;
    if (self->begun && dot(force, self->velocity, n) > 0)
        steer(self, force);
    else if (self->begun)
        halt(self);
    self->begun = true;
    for (size_t c = 0; c < n; c++)
        self->velocity[c] += self->time * force[c];
    const double length = self->time * sqrt(dot(self->velocity, self->velocity, n));
    const double scale = length > self->cap ? self->cap / length : 1;
    for (size_t c = 0; c < n; c++)
        move[c / 3][c % 3] = scale * self->time * self->velocity[c];
}

static void destroy(struct gd_optimiser *optimiser)
{
    free(((struct fire *)optimiser)->velocity);
    free(optimiser);
}

const struct gd_optimiser_class gd_optimiser_fire = {
    .base = {"fire", "FIRE, inertia that is lost uphill, with ASE's constants", rows, sizeof(struct params)},
    .create = create,
    .find_move = find_move,
    .destroy = destroy,
};
