/* Stage `metrics`: how well structures represent a distribution, by comparison with a file of samples of it. The
 * measures are those of T. Akhound-Sadegh et al. (arXiv:2402.06121) and of G.-H. Liu et al. (arXiv:2506.22565). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/structure_file.h"
#include "atoms/system.h"
#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "engine/base/sort.h"
#include "engine/base/team.h"
#include "stages/boltzmann.h"
#include "stages/slots.h"
#include "stages/tally.h"
#include "stages/transport.h"

enum source { BATCH, BUFFER, ARCHIVE };

static const char *const sources[] = {"batch", "buffer", "archive", NULL};

struct metrics {
    const char *reference, *centres;
    int64_t newest, most;
    double reach;
    int of; /* enum source */
    bool flat, geometric;
};

static const struct gd_param rows[] = {
    {.name = "of",
     .type = GD_CHOICE,
     .offset = offsetof(struct metrics, of),
     .choices = sources,
     .initial = "batch",
     .help = "which structures; those without an energy are left out"},
    {.name = "newest",
     .type = GD_INT,
     .offset = offsetof(struct metrics, newest),
     .initial = "0",
     .max = 1e9,
     .help = "so many of the last of them; 0: all"},
    {.name = "reference",
     .type = GD_PATH,
     .offset = offsetof(struct metrics, reference),
     .optional = true,
     .accepts = gd_path_readable,
     .help = "file of structures of the same atoms, with energies, that have the distribution"},
    {.name = "flat",
     .type = GD_BOOL,
     .offset = offsetof(struct metrics, flat),
     .initial = "false",
     .needs = "reference",
     .help = "also the transport of the coordinates, without symmetries"},
    {.name = "geometric",
     .type = GD_BOOL,
     .offset = offsetof(struct metrics, geometric),
     .initial = "false",
     .needs = "reference",
     .help = "also that up to permutations, rotations and reflections"},
    {.name = "most",
     .type = GD_INT,
     .offset = offsetof(struct metrics, most),
     .initial = "1000",
     .min = 1,
     .max = 20000,
     .needs = "flat|geometric",
     .help = "structures of each side that these two take, evenly spread over all"},
    {.name = "centres",
     .type = GD_PATH,
     .offset = offsetof(struct metrics, centres),
     .optional = true,
     .accepts = gd_path_readable,
     .help = "file of structures of the same atoms, of which those are counted that a structure is near"},
    {.name = "reach",
     .type = GD_FLOAT,
     .offset = offsetof(struct metrics, reach),
     .initial = "1",
     .max = 1e3,
     .unit = "Å",
     .needs = "centres",
     .help = "largest distance, the root of the sum of squares over all atoms"},
    {0},
};

/* Structures of one side: the mobile atoms alone. */
struct sample {
    size_t count, atoms;
    double *positions; /* [count][atoms][3] */
    double *energies;  /* [count] sorted; those of a file may be NaN: not known */
    double *distances; /* sorted, of all pairs of all structures */
    size_t distance_count;
};

static void clear(struct sample *sample)
{
    free(sample->positions);
    free(sample->energies);
    free(sample->distances);
}

static enum gd_status reserve(struct sample *sample, size_t count, size_t atoms, struct gd_error *error)
{
    *sample = (struct sample){.count = count, .atoms = atoms, .distance_count = count * (atoms * (atoms - 1) / 2)};
    sample->positions = gd_array(count * atoms, 3 * sizeof *sample->positions);
    sample->energies = gd_array(count, sizeof *sample->energies);
    sample->distances = gd_array(sample->distance_count, sizeof *sample->distances);
    return sample->positions && sample->energies && sample->distances ? GD_OK : gd_no_memory(error, "samples");
}

static void centre(double *positions, size_t atoms)
{
    double mean[3] = {0};
    for (size_t i = 0; i < atoms; i++)
        gd_add_scaled(mean, 1 / (double)atoms, positions + 3 * i);
    for (size_t i = 0; i < atoms; i++)
        gd_add_scaled(positions + 3 * i, -1, mean);
}

/* Puts a structure into place k. */
static void put(struct sample *sample, const struct gd_system *system, size_t k, const double *positions, double energy)
{
    double *to = sample->positions + 3 * sample->atoms * k;
    double *distance = sample->distances + k * (sample->atoms * (sample->atoms - 1) / 2);
    memcpy(to, positions + 3 * system->fixed, 3 * sample->atoms * sizeof *to);
    sample->energies[k] = energy;
    for (size_t i = 0; i < sample->atoms; i++)
        for (size_t j = 0; j < i; j++) {
            double vector[3];
            for (size_t axis = 0; axis < 3; axis++)
                vector[axis] = to[3 * i + axis] - to[3 * j + axis];
            *distance++ = gd_minimum_image(&system->basis, vector);
        }
    if (gd_system_floats(system))
        centre(to, sample->atoms);
}

/* The first of the newest structures with an energy, and how many there are. */
static size_t first_of(const struct gd_set *set, size_t newest, size_t *known)
{
    size_t first = set->count;
    *known = 0;
    while (first > 0 && (!newest || *known < newest))
        *known += isfinite(set->energies[--first]) != 0;
    return first;
}

static enum gd_status take(struct sample *sample, const struct gd_system *system, const struct gd_set *set,
                           size_t newest, struct gd_error *error)
{
    size_t known, first = first_of(set, newest, &known);
    enum gd_status status = reserve(sample, known, gd_system_mobile(system), error);
    for (size_t k = first, at = 0; !status && k < set->count; k++)
        if (isfinite(set->energies[k]))
            put(sample, system, at++, set->positions + 3 * set->atoms * k, set->energies[k]);
    return status;
}

/* The structures of a file, which has to have the system's atoms. */
static enum gd_status load(struct sample *sample, const struct gd_system *system, const char *path,
                           struct gd_error *error)
{
    struct gd_frames frames = {0};
    const struct gd_structure *like = &system->structure;
    enum gd_status status = gd_frames_read(path, &frames, error);
    *sample = (struct sample){0};
    if (!status)
        status = reserve(sample, frames.count, gd_system_mobile(system), error);
    for (size_t k = 0; !status && k < frames.count; k++) {
        const struct gd_structure *frame = &frames.items[k].structure;
        if (frame->count != like->count || memcmp(frame->species, like->species, like->count * sizeof *like->species))
            status =
                gd_fail(error, GD_BAD_INPUT, "%s: structure %zu does not have the atoms of the system", path, k + 1);
        else
            put(sample, system, k, frame->positions[0], frame->energy);
    }
    gd_frames_clear(&frames);
    return status;
}

static enum gd_status require_energies(const struct sample *sample, const char *path, struct gd_error *error)
{
    for (size_t k = 0; k < sample->count; k++)
        if (!isfinite(sample->energies[k]))
            return gd_fail(error, GD_BAD_INPUT, "%s: structure %zu has no energy", path, k + 1);
    return GD_OK;
}

/* --- Transport of structures -------------------------------------------------------------------------------------- */

/* The costs between the structures of two samples, of which each takes `count`. */
struct matrix {
    const struct sample *sides[2];
    size_t count;
    bool geometric;
    double *costs; /* [count][count] Å² */
};

static const double *pick(const struct matrix *matrix, int side, size_t k)
{
    const struct sample *sample = matrix->sides[side];
    return sample->positions + 3 * sample->atoms * (k * sample->count / matrix->count);
}

static double flat_cost(const double *a, const double *b, size_t atoms)
{
    double sum = 0;
    for (size_t c = 0; c < 3 * atoms; c++)
        sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

/* After the permutation that makes the sum of distances smallest, and then the best rotation or reflection (W. Kabsch,
 * Acta Cryst. A 32, 922 (1976)): an upper bound of the smallest over both. distances: scratch, [atoms][atoms];
 * columns: scratch, [atoms]. */
static enum gd_status geometric_cost(const double *a, const double *b, size_t atoms, double *distances, size_t *columns,
                                     double *cost, struct gd_error *error)
{
    double product[3][3] = {{0}}, squares = 0;
    for (size_t i = 0; i < atoms; i++)
        for (size_t j = 0; j < atoms; j++)
            distances[i * atoms + j] = sqrt(flat_cost(a + 3 * i, b + 3 * j, 1));
    enum gd_status status = gd_assign(distances, atoms, columns, error);
    for (size_t i = 0; !status && i < atoms; i++) {
        const double *x = a + 3 * i, *y = b + 3 * columns[i];
        squares += gd_dot(x, x) + gd_dot(y, y);
        for (int c = 0; c < 9; c++)
            product[c / 3][c % 3] += x[c / 3] * y[c % 3];
    }
    *cost = fmax(squares - 2 * gd_nuclear_norm((const double(*)[3])product), 0);
    return status;
}

static enum gd_status fill_row(void *context, size_t row, struct gd_error *error)
{
    const struct matrix *matrix = context;
    const size_t atoms = matrix->sides[0]->atoms;
    double *distances = gd_array(atoms * atoms, sizeof *distances), *costs = matrix->costs + row * matrix->count;
    size_t *columns = gd_array(atoms, sizeof *columns);
    enum gd_status status = distances && columns ? GD_OK : gd_no_memory(error, "a transport");
    for (size_t k = 0; !status && k < matrix->count; k++) {
        const double *a = pick(matrix, 0, row), *b = pick(matrix, 1, k);
        if (matrix->geometric)
            status = geometric_cost(a, b, atoms, distances, columns, &costs[k], error);
        else
            costs[k] = flat_cost(a, b, atoms);
    }
    free(distances);
    free(columns);
    return status;
}

/* W2 of the structures, the root of the mean cost of the best assignment. */
static enum gd_status transport(struct gd_context *context, struct matrix *matrix, double *distance)
{
    const size_t n = matrix->count;
    struct gd_team *team = NULL;
    size_t *columns = gd_array(n, sizeof *columns), failed;
    double sum = 0;
    matrix->costs = gd_array(n * n, sizeof *matrix->costs);
    enum gd_status status = columns && matrix->costs ? GD_OK : gd_no_memory(context->error, "the costs of a transport");
    if (!status)
        status = gd_team_new(&team, context->threads, context->error);
    if (!status)
        status = gd_team_try(team, n, fill_row, matrix, &failed, context->error);
    if (!status)
        status = gd_assign(matrix->costs, n, columns, context->error);
    for (size_t k = 0; !status && k < n; k++)
        sum += matrix->costs[k * n + columns[k]] / (double)n;
    *distance = sqrt(sum);
    gd_team_free(team);
    free(columns);
    free(matrix->costs);
    return status;
}

/* --- What is reported --------------------------------------------------------------------------------------------- */

static double mean(const double *values, size_t count)
{
    double sum = 0;
    for (size_t k = 0; k < count; k++)
        sum += values[k] / (double)count;
    return sum;
}

static void report_energies(struct gd_context *context, const struct sample *sample)
{
    double squares = 0, average = mean(sample->energies, sample->count);
    for (size_t k = 0; k < sample->count; k++)
        squares += (sample->energies[k] - average) * (sample->energies[k] - average);
    gd_figure(context, "structures", (double)sample->count);
    gd_figure(context, "mean", average);
    gd_figure(context, "deviation", sqrt(squares / fmax((double)sample->count - 1, 1)));
    if (sample->distance_count)
        gd_figure(context, "distance", mean(sample->distances, sample->distance_count));
}

static enum gd_status compare_structures(struct gd_context *context, const struct metrics *metrics,
                                         const struct sample *sample, const struct sample *reference)
{
    enum gd_status status = GD_OK;
    const bool wanted[2] = {metrics->flat, metrics->geometric};
    static const char *const names[2] = {"flat_w2", "geometric_w2"};
    for (int k = 0; !status && k < 2; k++) {
        size_t count = sample->count < reference->count ? sample->count : reference->count;
        count = count < (size_t)metrics->most ? count : (size_t)metrics->most;
        struct matrix matrix = {{sample, reference}, count, k == 1, NULL};
        double distance = NAN;
        if (!wanted[k])
            continue;
        status = transport(context, &matrix, &distance);
        gd_figure(context, names[k], distance);
    }
    return status;
}

static enum gd_status compare(struct gd_context *context, const struct metrics *metrics, struct sample *sample)
{
    enum { BINS = 200 };
    struct sample reference = {0};
    double variation = NAN;
    enum gd_status status =
        load(&reference, gd_state_get(context->state, "system"), metrics->reference, context->error);
    if (!status)
        status = require_energies(&reference, metrics->reference, context->error);
    if (!status)
        status = compare_structures(context, metrics, sample, &reference);
    if (!status) {
        gd_sort(reference.energies, reference.count);
        gd_sort(reference.distances, reference.distance_count);
        gd_figure(context, "energy_w2",
                  sqrt(gd_transport_line(sample->energies, sample->count, reference.energies, reference.count)));
        if (sample->distance_count) {
            gd_figure(context, "distance_w2",
                      gd_transport_line(sample->distances, sample->distance_count, reference.distances,
                                        reference.distance_count));
            status = gd_total_variation(sample->distances, sample->distance_count, reference.distances,
                                        reference.distance_count, BINS, &variation, context->error);
            gd_figure(context, "distance_tv", variation);
        }
    }
    clear(&reference);
    return status;
}

/* How many of the centres have a structure within reach. */
static enum gd_status count_centres(struct gd_context *context, const struct metrics *metrics,
                                    const struct sample *sample)
{
    struct sample centres = {0};
    double hit = 0;
    enum gd_status status = load(&centres, gd_state_get(context->state, "system"), metrics->centres, context->error);
    for (size_t k = 0; !status && k < centres.count; k++) {
        double nearest = INFINITY;
        for (size_t j = 0; j < sample->count; j++)
            nearest = fmin(nearest, flat_cost(centres.positions + 3 * centres.atoms * k,
                                              sample->positions + 3 * sample->atoms * j, sample->atoms));
        hit += sqrt(nearest) <= metrics->reach;
    }
    if (!status) {
        gd_figure(context, "centres", (double)centres.count);
        gd_figure(context, "centres_hit", hit);
    }
    clear(&centres);
    return status;
}

/* How many structures of a set, from `first` on, were drawn on paths that were weighed. */
static size_t count_drawn(const struct gd_set *set, size_t first)
{
    size_t count = 0;
    for (size_t k = first; k < set->count; k++)
        count += isnan(set->path_weights[k]) == 0;
    return count;
}

/* Of draws whose paths were weighed: what share of them counts, and the mean energy with the weights. Draws that were
 * rejected have the weight 0: the batch has them, too; those of the whole archive are in `rejected`; of the newest of
 * the archive one does not know how many there were. */
static enum gd_status report_paths(struct gd_context *context, const struct metrics *metrics, const struct gd_set *set)
{
    const struct gd_rejects *rejected =
        metrics->of == ARCHIVE && !metrics->newest ? gd_state_get(context->state, "rejected") : NULL;
    size_t known, first = first_of(set, (size_t)metrics->newest, &known);
    const size_t count = set->count - first;
    const double drawn = (double)(count_drawn(set, first) + (rejected ? count_drawn(&rejected->set, 0) : 0));
    double *all = gd_array(set->count, sizeof *all), *weights = all + first, energy = 0;
    if (!all)
        return gd_no_memory(context->error, "the weights of paths");
    gd_path_log_weights(set, gd_state_real(context->state, "temperature", NAN), all);
    gd_weights_from_logs(weights, count);
    for (size_t k = 0; k < count; k++)
        energy += weights[k] > 0 ? weights[k] * set->energies[first + k] : 0;
    const double effective = gd_effective_sample_size(weights, count);
    if (effective > 0) {
        gd_figure(context, "path_draws", drawn);
        gd_figure(context, "path_ess", effective / drawn);
        gd_figure(context, "path_mean", energy);
    }
    free(all);
    return GD_OK;
}

/* What the structures of the sample are like. */
static enum gd_status report(struct gd_context *context, const struct metrics *metrics, const struct gd_set *set,
                             struct sample *sample)
{
    enum gd_status status = metrics->centres ? count_centres(context, metrics, sample) : GD_OK;
    if (status)
        return status;
    gd_sort(sample->energies, sample->count);
    gd_sort(sample->distances, sample->distance_count);
    report_energies(context, sample);
    if (metrics->of != BUFFER)
        status = report_paths(context, metrics, set);
    if (!status && metrics->reference)
        status = compare(context, metrics, sample);
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct metrics *metrics = self;
    const struct gd_set *set = gd_state_get(context->state, sources[metrics->of]);
    struct sample sample = {0};
    enum gd_status status =
        take(&sample, gd_state_get(context->state, "system"), set, (size_t)metrics->newest, context->error);
    if (!status && sample.count > 0)
        status = report(context, metrics, set, &sample);
    else if (!status) {
        gd_message(context, GD_WARNING,
                   "%s: no structure of the %s has an energy, and there is nothing to compare: choose another `of`, or "
                   "see why all were rejected",
                   context->step, sources[metrics->of]);
        gd_figure(context, "structures", 0);
    }
    clear(&sample);
    return status;
}

static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct metrics *metrics = self;
    (void)use;
    if (!strcmp(slot, "rejected"))
        return metrics->of == ARCHIVE && !metrics->newest;
    return !strcmp(slot, "system") || !strcmp(slot, "temperature") || !strcmp(slot, sources[metrics->of]);
}

/* Says that a file cannot be compared with, before there is anything to compare. */
static void check_file(struct gd_check *check, const struct gd_system *system, const char *key, const char *path,
                       bool energies)
{
    struct gd_error error = {0};
    struct sample sample = {0};
    if (!path)
        return;
    enum gd_status status = load(&sample, system, path, &error);
    if (!status && energies)
        status = require_energies(&sample, path, &error);
    if (status)
        gd_check_problem(check, key, "%s", error.text);
    clear(&sample);
}

/* Says that what is compared was drawn and never evaluated. A step with a problem of its own is none of the steps. */
static void check(struct gd_check *check, const void *self)
{
    const struct metrics *metrics = self;
    const struct gd_step *writer = gd_tally_writer(check, "batch");
    const char *stage = writer && writer->stage ? writer->stage->name : "";
    const struct gd_system *system = gd_state_get(check->state, "system");
    if (check->problems->count == 0 && metrics->of == BATCH && (!strcmp(stage, "sample") || !strcmp(stage, "seed")))
        gd_check_problem(check, "of", "the structures that %s makes have no energies yet: put evaluate between them",
                         writer->id);
    if (!system)
        return;
    check_file(check, system, "reference", metrics->reference, true);
    check_file(check, system, "centres", metrics->centres, false);
}

const struct gd_stage gd_stage_metrics = {
    .name = "metrics",
    .summary = "Compares structures with samples of a distribution.",
    .params = rows,
    .size = sizeof(struct metrics),
    .reads = (const char *const[]){"system", "batch", "buffer", "archive", NULL},
    .may_read = (const char *const[]){"temperature", "rejected", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
