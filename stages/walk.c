/* Stage `walk`: Markov chains with the distribution exp(-E/T), one of each structure of the batch. Steps of Metropolis,
 * Rosenbluth, Rosenbluth, Teller and Teller, J. Chem. Phys. 21, 1087 (1953), or of the Langevin equation, accepted as
 * theirs (P. J. Rossky, J. D. Doll and H. L. Friedman, J. Chem. Phys. 69, 4628 (1978); G. O. Roberts and R. L. Tweedie,
 * Bernoulli 2, 341 (1996)):
 *
 *     x' = x + σ z                      accepted with min(1, exp(-(E' - E)/T))
 *     x' = x + σ²/2 F/T + σ z           the same, times the ratio of the chances of the ways back and there
 *
 * of which σ²/2 F/T is at most σ long for each atom: without a limit, chains that begin at high energies overshoot and
 * never move (the truncated algorithm of Roberts and Tweedie).
 *
 * All mobile atoms move in each step. Beyond a wall and in other cells the energy is that of the mirror image, so that
 * the way back is that between the unfolded places. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "potentials/potential.h"
#include "stages/evaluation.h"

enum method { METROPOLIS, LANGEVIN };

static const char *const methods[] = {"metropolis", "langevin", NULL};

struct walk {
    struct gd_ledger_rules rules;
    int64_t steps;
    int method; /* enum method */
    double step, temperature;
};

static const struct gd_param rows[] = {
    {.name = "steps",
     .type = GD_INT,
     .offset = offsetof(struct walk, steps),
     .initial = "100",
     .example = "3",
     .min = 1,
     .max = 1e12,
     .help = "steps of each chain, an evaluation each"},
    {.name = "method",
     .type = GD_CHOICE,
     .offset = offsetof(struct walk, method),
     .choices = methods,
     .initial = "metropolis",
     .help = "metropolis: random displacements; langevin: displacements along the forces too"},
    {.name = "step",
     .type = GD_FLOAT,
     .offset = offsetof(struct walk, step),
     .initial = "0.1",
     .max = 1e3,
     .above_min = true,
     .unit = "Å",
     .help = "standard deviation of the random displacement of each coordinate"},
    {.name = "temperature",
     .type = GD_FLOAT,
     .offset = offsetof(struct walk, temperature),
     .initial = "0",
     .example = "0.1",
     .max = 1e6,
     .unit = "eV",
     .help = "0: that of the last `anneal`"},
    GD_LEDGER_ROWS(struct walk),
    {0},
};

/* The chains, and a proposal of each. */
struct work {
    struct gd_context *context;
    const struct walk *walk;
    double temperature;
    struct gd_ledger ledger;
    struct gd_failures failures; /* of the structures that are evaluated now */
    struct gd_set *chains, *proposals;
    struct gd_set trial;       /* the proposals that can be evaluated */
    size_t *numbers;           /* [chains] their chains, from 1 */
    double *unfolded;          /* [chains][mobile][3] proposals before they are brought back into cell and walls */
    double *lengths;           /* [chains] |z|² of their displacements */
    struct gd_stream *streams; /* [chains] */
    double proposed, accepted, clashes;
};

static size_t mobile_of(const struct work *work)
{
    return work->chains->atoms - work->chains->fixed;
}

/* Whether the chain has an energy; one that has none takes any proposal that has. */
static bool is_known(const struct work *work, size_t k)
{
    return work->chains->serials[k] > 0 && gd_ledger_valid(&work->ledger, work->chains, k);
}

/* The displacement along a force. */
static void drift(const struct work *work, const double force[3], double displacement[3])
{
    const double step = work->walk->step, along = step * step / (2 * work->temperature);
    const double length = along * gd_length(force), scale = length > step ? along * step / length : along;
    for (int axis = 0; axis < 3; axis++)
        displacement[axis] = work->walk->method == LANGEVIN ? scale * force[axis] : 0;
}

/* The first proposal of a chain without an energy is to stay. */
static void propose(struct work *work, size_t k, bool stay)
{
    const struct gd_set *chains = work->chains;
    const struct gd_system *system = work->ledger.system;
    double *unfolded = work->unfolded + 3 * mobile_of(work) * k;
    const bool known = is_known(work, k);
    gd_set_assign(work->proposals, k, chains, k);
    gd_set_mark_moved(work->proposals, k);
    work->lengths[k] = 0;
    for (size_t i = chains->fixed; i < chains->atoms && !stay; i++, unfolded += 3) {
        const size_t at = 3 * (chains->atoms * k + i);
        double *point = work->proposals->positions + at, along[3] = {0};
        if (known)
            drift(work, chains->forces + at, along);
        for (size_t axis = 0; axis < 3; axis++) {
            const double normal = gd_stream_normal(&work->streams[k]);
            work->lengths[k] += normal * normal;
            unfolded[axis] = point[axis] += along[axis] + work->walk->step * normal;
        }
        gd_system_confine(system, point, NULL);
    }
}

/* The logarithm of the ratio of the chances of the way back and of the way there. */
static double compare_ways(const struct work *work, size_t k, const double *forces)
{
    const struct gd_set *chains = work->chains;
    const double *unfolded = work->unfolded + 3 * mobile_of(work) * k;
    double back = 0;
    if (work->walk->method == METROPOLIS)
        return 0;
    for (size_t i = chains->fixed; i < chains->atoms; i++, unfolded += 3) {
        const double *from = chains->positions + 3 * (chains->atoms * k + i);
        double point[3], force[3], along[3];
        memcpy(point, unfolded, sizeof point);
        memcpy(force, forces + 3 * i, sizeof force);
        gd_system_confine(work->ledger.system, point, force);
        drift(work, force, along);
        for (int axis = 0; axis < 3; axis++) {
            const double way = (from[axis] - unfolded[axis] - along[axis]) / work->walk->step;
            back += way * way;
        }
    }
    return (work->lengths[k] - back) / 2;
}

/* Whether chain k takes structure j of the trial, which is valid. */
static bool accepts(struct work *work, size_t k, size_t j)
{
    if (!is_known(work, k))
        return true;
    const double rise = (work->trial.energies[j] - work->chains->energies[k]) / work->temperature;
    const double ways = compare_ways(work, k, work->trial.forces + 3 * work->trial.atoms * j);
    return log(gd_stream_uniform(&work->streams[k])) < ways - rise;
}

/* Chain k decides about structure j of the trial. */
static enum gd_status judge_one(struct work *work, size_t k, size_t j)
{
    const enum gd_status status = gd_ledger_pass(&work->ledger, &work->trial, j);
    work->ledger.last_good = work->trial.serials[j];
    if (!status && gd_ledger_valid(&work->ledger, &work->trial, j) && accepts(work, k, j)) {
        gd_set_assign(work->chains, k, &work->trial, j);
        work->accepted++;
    }
    return status;
}

/* The chains decide about the trial, one after another. */
static enum gd_status judge(struct work *work)
{
    enum gd_status status = gd_ledger_check_room(&work->ledger, work->trial.count);
    for (size_t j = 0; !status && j < work->trial.count; j++) {
        const char *words = work->failures.words[j];
        status = words ? gd_ledger_record_failed(&work->ledger, &work->trial, j, words)
                       : judge_one(work, work->numbers[j] - 1, j);
    }
    return status;
}

/* Proposals that cannot be evaluated are not accepted. */
static enum gd_status take_step(struct work *work, bool first)
{
    enum gd_status status = GD_OK;
    work->trial.count = 0;
    for (size_t k = 0; !status && k < work->chains->count; k++) {
        if (first && is_known(work, k))
            continue;
        propose(work, k, first);
        work->proposed++;
        if (gd_ledger_clashes(&work->ledger, work->proposals, k)) {
            work->clashes++;
            continue;
        }
        work->numbers[work->trial.count] = k + 1;
        status = gd_set_append(&work->trial, work->proposals, k, 1, work->context->error);
    }
    if (!status)
        status = gd_failures_open(&work->failures, &work->ledger, work->numbers, work->trial.count);
    if (!status)
        status = gd_evaluate_trial(work->context, &work->failures, &work->trial, NULL, false);
    if (!status)
        status = judge(work);
    gd_failures_clear(&work->failures);
    return status;
}

/* --- The stage ---------------------------------------------------------------------------------------------------- */

static enum gd_status begin(struct work *work, struct gd_ledger_rules *rules)
{
    const size_t count = work->chains->count;
    struct gd_structure like = gd_set_view(work->chains, 0);
    struct gd_error *error = work->context->error;
    work->numbers = gd_array(count, sizeof *work->numbers);
    work->unfolded = gd_array(count * mobile_of(work), 3 * sizeof *work->unfolded);
    work->lengths = gd_array(count, sizeof *work->lengths);
    work->streams = gd_array(count, sizeof *work->streams);
    if (!work->numbers || !work->unfolded || !work->lengths || !work->streams)
        return gd_no_memory(error, "the chains");
    for (size_t k = 0; k < count; k++)
        work->streams[k] = gd_context_stream(work->context, (uint32_t)k);
    enum gd_status status = gd_ledger_open(&work->ledger, work->context, rules, work->chains);
    if (!status && !(work->proposals = gd_set_copy(work->chains, NULL, count, error)))
        status = error->status;
    return status ? status : gd_set_init(&work->trial, &like, work->chains->fixed, error);
}

static enum gd_status step_all(struct work *work)
{
    const int64_t steps = work->walk->steps;
    enum gd_status status = take_step(work, true);
    work->proposed = work->accepted = work->clashes = 0;
    for (int64_t step = 0; !status && step < steps; step++) {
        if (gd_context_stop(work->context))
            status = gd_interrupted(work->context);
        else
            status = take_step(work, false);
        gd_progress(work->context, (double)(step + 1), (double)steps, NULL);
    }
    return status;
}

/* Where the chains end joins the archive. */
static enum gd_status keep_ends(struct work *work)
{
    double sum = 0, known = 0;
    enum gd_status status = GD_OK;
    for (size_t k = 0; !status && k < work->chains->count; k++)
        if (is_known(work, k)) {
            sum += work->chains->energies[k];
            known++;
            status = gd_ledger_keep(&work->ledger, work->chains, k);
        }
    gd_figure(work->context, "acceptance", work->accepted / work->proposed);
    gd_figure(work->context, "unevaluated", work->clashes);
    gd_figure(work->context, "mean", sum / known);
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    struct walk *walk = self;
    struct work work = {.context = context, .walk = walk, .chains = gd_state_get(context->state, "batch")};
    if (work.chains->count == 0)
        return GD_OK;
    gd_set_forget_paths(work.chains); /* also of those that stay, which their energies decide */
    work.temperature = walk->temperature > 0 ? walk->temperature : gd_state_real(context->state, "temperature", 0);
    enum gd_status status = begin(&work, &walk->rules);
    if (!status)
        status = step_all(&work);
    if (!status)
        status = keep_ends(&work);
    if (!status)
        status = gd_ledger_close(&work.ledger, work.chains);
    gd_set_clear(&work.trial);
    gd_set_free(work.proposals);
    free(work.numbers);
    free(work.unfolded);
    free(work.lengths);
    free(work.streams);
    return status;
}

/* With a temperature of its own it needs no other. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct walk *walk = self;
    return use != GD_READS || !(walk->temperature > 0) || strcmp(slot, "temperature") != 0;
}

static void check(struct gd_check *check, const void *self)
{
    const struct walk *walk = self;
    const struct gd_potential *potential = gd_state_get(check->state, "potential");
    gd_ledger_check(check, &walk->rules);
    if (walk->method == LANGEVIN && potential && gd_potential_lacks_forces(potential))
        gd_check_problem(check, "method",
                         "langevin needs forces, and the potential has energies alone: choose metropolis");
}

const struct gd_stage gd_stage_walk = {
    .name = "walk",
    .summary = "Markov chains with the distribution exp(-E/T), one of each structure of the batch.",
    .params = rows,
    .size = sizeof(struct walk),
    .reads = (const char *const[]){GD_LEDGER_READS, "batch", "temperature", NULL},
    .may_read = (const char *const[]){"target", NULL},
    .writes = (const char *const[]){"batch", GD_LEDGER_WRITES, NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
