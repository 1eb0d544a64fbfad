#include "stages/posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/coincidence.h"
#include "atoms/overlap.h"
#include "atoms/vector.h"
#include "engine/base/memory.h"

/* Where a chain is: x = fold(y + s noise). */
struct place {
    double *noise, *forces; /* [mobile][3] ε; F/T, turned over where the atom was reflected */
    double energy;          /* over T; infinite: not known, and forces are 0 */
};

struct chain {
    const struct gd_monte_carlo *estimate;
    const double *y;
    double spread, step; /* Å; of ε */
    size_t vectors;      /* 3 times the mobile atoms */
    struct place now, next;
    double (*positions)[3], (*forces)[3]; /* [atoms] room */
    double *move, *term;                  /* [vectors] z of the proposal; room */
};

/* Puts the atoms of a place where its noise says. turned: [mobile][3] where they would be without walls. */
static void put_atoms(struct chain *chain, const struct place *place, double *turned)
{
    const struct gd_system *system = chain->estimate->system;
    memcpy(chain->positions, chain->y, system->structure.count * sizeof *chain->positions);
    for (size_t c = 0; c < chain->vectors; c++) {
        double *position = &chain->positions[system->fixed + c / 3][c % 3];
        turned[c] = *position += chain->spread * place->noise[c];
    }
    for (size_t i = system->fixed; i < system->structure.count; i++)
        gd_system_confine(system, chain->positions[i], NULL);
}

/* Finds energy and forces of a place. */
static enum gd_status visit(struct chain *chain, struct place *place, int64_t *evaluations, struct gd_error *error)
{
    const struct gd_monte_carlo *estimate = chain->estimate;
    const struct gd_system *system = estimate->system;
    struct gd_structure structure = system->structure;
    struct gd_error why = {0};
    double energy = NAN;
    put_atoms(chain, place, place->forces);
    structure.positions = chain->positions;
    place->energy = INFINITY;
    if (!gd_clashes(&structure, &system->basis, system->fixed, fmax(estimate->clash, GD_ONE_PLACE))) {
        ++*evaluations;
        enum gd_status status = gd_potential_call(estimate->potential, &structure, &energy, chain->forces, &why);
        if (status == GD_NO_MEMORY)
            return gd_no_memory(error, "an estimate");
        if (!status && isfinite(energy))
            place->energy = energy / estimate->temperature;
    }
    for (size_t i = 0; i < gd_system_mobile(system); i++) {
        double *force = chain->forces[system->fixed + i], *turned = place->forces + 3 * i;
        gd_system_confine(system, turned, force);
        for (int axis = 0; axis < 3; axis++) {
            turned[axis] = isfinite(place->energy) ? force[axis] / estimate->temperature : 0;
            if (!isfinite(turned[axis]))
                place->energy = INFINITY, turned[axis] = 0;
        }
    }
    return GD_OK;
}

/* Where atom i of a place drifts to in a step: half the step's square along the slope of -E/T - ε²/2, at most the
 * step. */
static void drift(const struct chain *chain, const struct place *place, size_t i, double moved[3])
{
    const double half = chain->step * chain->step / 2;
    for (int axis = 0; axis < 3; axis++)
        moved[axis] = half * (chain->spread * place->forces[3 * i + (size_t)axis] - place->noise[3 * i + (size_t)axis]);
    const double length = gd_length(moved), scale = length > chain->step ? chain->step / length : 1;
    for (int axis = 0; axis < 3; axis++)
        moved[axis] *= scale;
}

/* Minus the logarithm of the density of the move between places, but for a constant. */
static double rarity(const struct chain *chain, const struct place *from, const struct place *to)
{
    double sum = 0, moved[3];
    for (size_t c = 0; c < chain->vectors; c++) {
        if (c % 3 == 0)
            drift(chain, from, c / 3, moved);
        const double rest = (to->noise[c] - from->noise[c] - moved[c % 3]) / chain->step;
        sum += rest * rest / 2;
    }
    return sum;
}

/* E/T + ε²/2 of a place. */
static double height(const struct chain *chain, const struct place *place)
{
    double sum = place->energy;
    for (size_t c = 0; c < chain->vectors; c++)
        sum += place->noise[c] * place->noise[c] / 2;
    return sum;
}

/* A step of the chain; *moved: whether it went anywhere. A place without an energy is left for any with one. */
static enum gd_status go(struct chain *chain, struct gd_stream *stream, bool *moved, int64_t *evaluations,
                         struct gd_error *error)
{
    double along[3];
    for (size_t c = 0; c < chain->vectors; c++) {
        if (c % 3 == 0)
            drift(chain, &chain->now, c / 3, along);
        chain->next.noise[c] = chain->now.noise[c] + along[c % 3] + chain->step * gd_stream_normal(stream);
    }
    enum gd_status status = visit(chain, &chain->next, evaluations, error);
    const double chance = gd_stream_uniform(stream);
    *moved = !status && isfinite(chain->next.energy);
    if (*moved && isfinite(chain->now.energy))
        *moved = log(chance) < height(chain, &chain->now) - height(chain, &chain->next) +
                                   rarity(chain, &chain->now, &chain->next) - rarity(chain, &chain->next, &chain->now);
    if (*moved) {
        const struct place left = chain->now;
        chain->now = chain->next;
        chain->next = left;
    }
    return status;
}

/* All steps; the score is the mean of the terms in the second half. */
static enum gd_status walk(struct chain *chain, struct gd_stream *stream, struct gd_monte_carlo_result *result,
                           struct gd_error *error)
{
    const int64_t samples = chain->estimate->samples;
    int64_t terms = 0, moves = 0;
    enum gd_status status = visit(chain, &chain->now, &result->evaluations, error);
    for (int64_t k = 0; k < samples && !status; k++) {
        bool moved;
        status = go(chain, stream, &moved, &result->evaluations, error);
        moves += moved;
        if (2 * k < samples - 1 || !isfinite(chain->now.energy))
            continue;
        terms++;
        memcpy(chain->term, chain->now.noise, chain->vectors * sizeof *chain->term);
        memcpy(chain->move, chain->now.forces, chain->vectors * sizeof *chain->move);
        gd_monte_carlo_term(chain->estimate, chain->spread, chain->move, chain->term);
        for (size_t c = 0; c < chain->vectors; c++)
            result->score[c] += chain->term[c];
    }
    for (size_t c = 0; c < chain->vectors && terms > 0; c++)
        result->score[c] /= (double)terms;
    result->effective = terms > 0 ? fmax(1, (double)moves) : 0;
    result->energy = NAN;
    return status;
}

enum gd_status gd_posterior_score(const struct gd_monte_carlo *estimate, double step, const double *y, double spread,
                                  const float *noise, struct gd_stream *stream, struct gd_monte_carlo_result *result,
                                  struct gd_error *error)
{
    const size_t atoms = estimate->system->structure.count, vectors = 3 * gd_system_mobile(estimate->system);
    double *room = gd_array(6 * vectors + 6 * atoms, sizeof *room);
    if (!room)
        return gd_no_memory(error, "an estimate");
    struct chain chain = {
        .estimate = estimate,
        .y = y,
        .spread = spread,
        .step = step / hypot(step, spread),
        .vectors = vectors,
        .now = {.noise = room, .forces = room + vectors},
        .next = {.noise = room + 2 * vectors, .forces = room + 3 * vectors},
        .move = room + 4 * vectors,
        .term = room + 5 * vectors,
        .positions = (void *)(room + 6 * vectors),
        .forces = (void *)(room + 6 * vectors + 3 * atoms),
    };
    for (size_t c = 0; c < vectors; c++) {
        chain.now.noise[c] = -(double)noise[c];
        result->score[c] = 0;
    }
    result->evaluations = 0;
    const enum gd_status status = walk(&chain, stream, result, error);
    free(room);
    return status;
}
