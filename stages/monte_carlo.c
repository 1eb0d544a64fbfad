#include "stages/monte_carlo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/cell.h"
#include "atoms/coincidence.h"
#include "atoms/overlap.h"
#include "atoms/vector.h"
#include "engine/base/memory.h"

/* Sums of a softmax whose terms come one by one: all are relative to the largest exponent so far. */
struct sums {
    double highest, weights, squares;
    double *score; /* [mobile][3] */
};

static void add(struct sums *sums, double exponent, const double *score, size_t count)
{
    if (exponent > sums->highest) {
        const double factor = exp(sums->highest - exponent); /* 0 for the first */
        sums->weights *= factor;
        sums->squares *= factor * factor;
        for (size_t c = 0; c < count; c++)
            sums->score[c] *= factor;
        sums->highest = exponent;
    }
    const double weight = exp(exponent - sums->highest);
    sums->weights += weight;
    sums->squares += weight * weight;
    for (size_t c = 0; c < count; c++)
        sums->score[c] += weight * score[c];
}

/* Scratch of a pair. */
struct scratch {
    double (*positions)[3], (*forces)[3]; /* [atoms] a sample */
    double *noise, *turn;                 /* [mobile][3] its term of the score; room */
};

/* Draws a sample around y. noise: [mobile][3] ε; positions: of the sample. */
static void draw(const struct gd_monte_carlo *estimate, const double *y, double spread, struct gd_stream *stream,
                 struct scratch *scratch)
{
    const struct gd_system *system = estimate->system;
    memcpy(scratch->positions, y, system->structure.count * sizeof *scratch->positions);
    for (size_t i = system->fixed; i < system->structure.count; i++) {
        double *noise = scratch->noise + 3 * (i - system->fixed), *turn = scratch->turn + 3 * (i - system->fixed);
        for (int axis = 0; axis < 3; axis++) {
            noise[axis] = gd_stream_normal(stream);
            turn[axis] = scratch->positions[i][axis] += spread * noise[axis];
        }
        gd_system_confine(system, scratch->positions[i], NULL);
    }
}

void gd_monte_carlo_term(const struct gd_monte_carlo *estimate, double spread, double *forces, double *noise)
{
    const double variance = estimate->variance;
    const double share = isinf(variance) ? 1 : variance / (variance + spread * spread);
    const double noise_factor = isinf(variance) ? 0 : spread / (variance + spread * spread); /* (1 - c)/s */
    for (size_t i = 0; i < gd_system_mobile(estimate->system); i++, noise += 3, forces += 3) {
        for (int axis = 0; axis < 3; axis++)
            noise[axis] *= noise_factor;
        if (share == 0)
            continue;
        const double length = gd_length(forces);
        const double scale = estimate->limit > 0 && length > estimate->limit ? estimate->limit / length : 1;
        for (int axis = 0; axis < 3; axis++)
            noise[axis] += share * scale * forces[axis];
    }
}

/* An energy (eV) as it counts: E up to c = ceiling above the floor E_0, and beyond E_0 + c (1 + ln((E - E_0)/c)), which
 * goes on with the same slope. *slope: its derivative, by which forces are multiplied. */
static double soften(const struct gd_monte_carlo *estimate, double energy, double *slope)
{
    const double ceiling = estimate->ceiling, above = energy - estimate->floor;
    *slope = 1;
    if (ceiling == 0 || above <= ceiling)
        return energy;
    *slope = ceiling / above;
    return estimate->floor + ceiling * (1 + log(above / ceiling));
}

/* Turns the forces of a sample over T as its atoms were reflected, times a factor: into `turn`. Potentials without
 * forces: unused. */
static void turn_forces(const struct gd_monte_carlo *estimate, double factor, const struct scratch *scratch)
{
    for (size_t i = 0; i < gd_system_mobile(estimate->system); i++) {
        double *force = scratch->forces[estimate->system->fixed + i], *turn = scratch->turn + 3 * i;
        gd_system_confine(estimate->system, turn, force);
        for (int axis = 0; axis < 3; axis++)
            turn[axis] = factor * force[axis] / estimate->temperature;
    }
}

/* Evaluates a sample, and adds it where it has an energy. GD_NO_MEMORY alone fails. */
static enum gd_status add_sample(const struct gd_monte_carlo *estimate, double spread, struct scratch *scratch,
                                 struct sums *sums, int64_t *evaluations, struct gd_error *error)
{
    const struct gd_system *system = estimate->system;
    struct gd_structure structure = system->structure;
    struct gd_error why = {0};
    double energy = NAN;
    const double least = fmax(estimate->clash, GD_ONE_PLACE);
    structure.positions = scratch->positions;
    if (gd_clashes(&structure, &system->basis, system->fixed, least))
        return GD_OK;
    (*evaluations)++;
    enum gd_status status = gd_potential_call(estimate->potential, &structure, &energy, scratch->forces, &why);
    if (status == GD_NO_MEMORY)
        return gd_no_memory(error, "an estimate");
    if (status || !isfinite(energy))
        return GD_OK;
    double slope;
    energy = soften(estimate, energy, &slope);
    turn_forces(estimate, slope, scratch);
    gd_monte_carlo_term(estimate, spread, scratch->turn, scratch->noise);
    for (size_t c = 0; c < 3 * gd_system_mobile(system); c++)
        if (!isfinite(scratch->noise[c]))
            return GD_OK;
    add(sums, -energy / estimate->temperature, scratch->noise, 3 * gd_system_mobile(system));
    return GD_OK;
}

static enum gd_status add_samples(const struct gd_monte_carlo *estimate, const double *y, double spread,
                                  struct gd_stream *stream, struct scratch *scratch, struct sums *sums,
                                  int64_t *evaluations, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (int64_t sample = 0; !status && sample < estimate->samples; sample++) {
        draw(estimate, y, spread, stream, scratch);
        status = add_sample(estimate, spread, scratch, sums, evaluations, error);
    }
    return status;
}

/* The result of so many samples, whose score lies in the sums. */
static void set_result(const struct sums *sums, int64_t samples, size_t vectors, struct gd_monte_carlo_result *result)
{
    for (size_t c = 0; c < vectors && sums->weights > 0; c++)
        result->score[c] /= sums->weights;
    result->effective = sums->weights > 0 ? sums->weights * sums->weights / sums->squares : 0;
    result->energy = sums->weights > 0 ? -sums->highest - log(sums->weights / (double)samples) : INFINITY;
}

enum gd_status gd_monte_carlo_score(const struct gd_monte_carlo *estimate, const double *y, double spread,
                                    struct gd_stream *stream, struct gd_monte_carlo_result *result,
                                    struct gd_error *error)
{
    const size_t atoms = estimate->system->structure.count, vectors = 3 * gd_system_mobile(estimate->system);
    struct scratch scratch = {gd_array(atoms, sizeof *scratch.positions), gd_array(atoms, sizeof *scratch.forces),
                              gd_array(vectors, sizeof(double)), gd_array(vectors, sizeof(double))};
    struct sums sums = {-INFINITY, 0, 0, result->score};
    enum gd_status status = GD_OK;
    result->evaluations = 0;
    for (size_t c = 0; c < vectors; c++)
        result->score[c] = 0;
    if (scratch.positions && scratch.forces && scratch.noise && scratch.turn)
        status = add_samples(estimate, y, spread, stream, &scratch, &sums, &result->evaluations, error);
    else
        status = gd_no_memory(error, "an estimate");
    set_result(&sums, estimate->samples, vectors, result);
    free(scratch.positions);
    free(scratch.forces);
    free(scratch.noise);
    free(scratch.turn);
    return status;
}

/* --- From energies at less noise ---------------------------------------------------------------------------------- */

/* All samples around a structure. */
struct samples {
    double (*positions)[3]; /* [samples][atoms] */
    double *noise, *turn;   /* [samples][mobile][3] ε; room */
    double *energies;       /* [samples] */
};

/* Draws all samples around y and finds their energies. */
static enum gd_status find_samples(const struct gd_monte_carlo *estimate, const struct gd_noised_energies *known,
                                   const double *y, double spread, struct gd_stream *stream,
                                   const struct samples *samples, struct gd_error *error)
{
    const size_t atoms = estimate->system->structure.count, vectors = 3 * gd_system_mobile(estimate->system);
    for (size_t i = 0; i < (size_t)estimate->samples; i++)
        draw(estimate, y, spread, stream,
             &(struct scratch){.positions = samples->positions + atoms * i,
                               .noise = samples->noise + vectors * i,
                               .turn = samples->turn});
    return known->find(known->self, samples->positions[0], (size_t)estimate->samples, samples->energies, error);
}

/* Adds those that have an energy. */
static void add_samples_of(const struct gd_monte_carlo *estimate, double spread, const struct samples *samples,
                           struct sums *sums)
{
    const size_t vectors = 3 * gd_system_mobile(estimate->system);
    for (size_t i = 0; i < (size_t)estimate->samples; i++) {
        for (size_t c = 0; c < vectors; c++)
            samples->noise[vectors * i + c] /= spread;
        if (isfinite(samples->energies[i]))
            add(sums, -samples->energies[i], samples->noise + vectors * i, vectors);
    }
}

enum gd_status gd_monte_carlo_bootstrap(const struct gd_monte_carlo *estimate, const struct gd_noised_energies *known,
                                        const double *y, double spread, struct gd_stream *stream,
                                        struct gd_monte_carlo_result *result, struct gd_error *error)
{
    const size_t atoms = estimate->system->structure.count, vectors = 3 * gd_system_mobile(estimate->system);
    const size_t count = (size_t)estimate->samples;
    const struct samples samples = {gd_array(count, atoms * 3 * sizeof(double)),
                                    gd_array(count, vectors * sizeof(double)), gd_array(vectors, sizeof(double)),
                                    gd_array(count, sizeof(double))};
    struct sums sums = {-INFINITY, 0, 0, result->score};
    enum gd_status status = GD_OK;
    result->evaluations = 0;
    for (size_t c = 0; c < vectors; c++)
        result->score[c] = 0;
    if (samples.positions && samples.noise && samples.turn && samples.energies)
        status = find_samples(estimate, known, y, spread, stream, &samples, error);
    else
        status = gd_no_memory(error, "an estimate");
    if (!status)
        add_samples_of(estimate, spread, &samples, &sums);
    set_result(&sums, estimate->samples, vectors, result);
    free(samples.positions);
    free(samples.noise);
    free(samples.turn);
    free(samples.energies);
    return status;
}

void gd_monte_carlo_join(struct gd_monte_carlo_result *result, int64_t count, const struct gd_monte_carlo_result *other,
                         int64_t others, size_t vectors)
{
    result->evaluations += other->evaluations;
    if (!(other->effective > 0)) {
        result->energy += log((double)(count + others) / (double)count);
        return;
    }
    const double lowest = fmin(result->energy, other->energy);
    const double weight = result->effective > 0 ? (double)count * exp(lowest - result->energy) : 0;
    const double more = (double)others * exp(lowest - other->energy), all = weight + more;
    const double squares = (weight > 0 ? weight * weight / result->effective : 0) + more * more / other->effective;
    for (size_t c = 0; c < vectors; c++)
        result->score[c] = (weight * result->score[c] + more * other->score[c]) / all;
    result->energy = lowest - log(all / (double)(count + others));
    result->effective = all * all / squares;
}
