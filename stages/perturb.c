/* Stage `perturb`: a proposal of every structure of the population, or of the batch where there is none. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/team.h"
#include "stages/chains.h"
#include "stages/ledger.h"
#include "stages/move.h"

enum source { POPULATION, BATCH };

static const char *const sources[] = {"population", "batch", NULL};

struct perturb {
    struct gd_choice move;
    double adapt, gain, share;
    int of; /* enum source */
};

static const struct gd_param rows[] = {
    {.name = "move",
     .type = GD_COMPONENT,
     .offset = offsetof(struct perturb, move),
     .kind = "move",
     .initial = "rattle",
     .help = "how a structure is changed"},
    {.name = "adapt",
     .type = GD_FLOAT,
     .offset = offsetof(struct perturb, adapt),
     .initial = "0",
     .max = 0.99,
     .help = "share of accepted proposals to which the step of each chain is adapted; 0: the step stays"},
    {.name = "gain",
     .type = GD_FLOAT,
     .offset = offsetof(struct perturb, gain),
     .initial = "1.1",
     .min = 1,
     .max = 10,
     .needs = "adapt",
     .help = "how fast it is adapted: factor between the steps after an accepted and after a rejected proposal"},
    {.name = "of",
     .type = GD_CHOICE,
     .offset = offsetof(struct perturb, of),
     .choices = sources,
     .initial = "population",
     .help = "what is changed; the batch too where there is no population"},
    {.name = "share",
     .type = GD_FLOAT,
     .offset = offsetof(struct perturb, share),
     .initial = "1",
     .min = 0,
     .max = 1,
     .help = "chance of each structure to be changed; the others stay as they are"},
    {0},
};

/* The step of a chain grows after an accepted proposal and shrinks after a rejected one, such that it stays on average
 * when the share of accepted ones is as wanted. */
static void adapt(const struct perturb *perturb, struct gd_chain *chain)
{
    enum { MOST = 100 };
    const double accepted = chain->outcome != GD_CHAIN_REJECTED;
    if (perturb->adapt > 0 && chain->outcome != GD_NO_OUTCOME)
        chain->step = fmin(fmax(chain->step * pow(perturb->gain, accepted - perturb->adapt), 1. / MOST), MOST);
    chain->outcome = GD_NO_OUTCOME;
}

/* The structures on their way, one block of work each. */
struct work {
    const struct perturb *perturb;
    const struct gd_context *context;
    const struct gd_system *system;
    const struct gd_potential *potential;
    const struct gd_chain *chains;
    struct gd_set *batch;
    int64_t *evaluations; /* [batch->count] */
    bool *moved;          /* [batch->count] */
};

static bool is_finite(const struct gd_system *system, double (*positions)[3])
{
    return gd_all_finite(positions[0], 3 * system->structure.count);
}

static void confine(const struct gd_system *system, double (*positions)[3])
{
    for (size_t i = system->fixed; i < system->structure.count; i++)
        gd_system_confine(system, positions[i], NULL);
}

/* What is not finite stays as it is, and so does a share. */
static enum gd_status perturb_one(void *context, size_t k, struct gd_error *error)
{
    const struct work *work = context;
    struct gd_stream stream = gd_context_stream(work->context, (uint32_t)k);
    struct gd_structure structure = gd_set_view(work->batch, k);
    struct gd_proposal proposal = {.system = work->system,
                                   .potential = work->potential,
                                   .stream = &stream,
                                   .step = work->chains[k].step,
                                   .kinetic = work->chains[k].kinetic,
                                   .positions = structure.positions};
    if (work->perturb->share < 1 && gd_stream_uniform(&stream) > work->perturb->share)
        return GD_OK;
    gd_set_mark_moved(work->batch, k);
    if (!is_finite(work->system, structure.positions))
        return GD_OK;
    enum gd_status status = gd_move_run(&work->perturb->move, &proposal, error);
    if (!status)
        confine(work->system, structure.positions);
    work->evaluations[k] = proposal.evaluations;
    work->moved[k] = proposal.moved;
    return status;
}

static enum gd_status perturb_all(struct gd_context *context, struct work *work)
{
    struct gd_team *team = NULL;
    struct gd_error why = {0};
    size_t failed = 0;
    work->evaluations = gd_array(work->batch->count, sizeof *work->evaluations);
    work->moved = gd_array(work->batch->count, sizeof *work->moved);
    enum gd_status status = work->evaluations && work->moved ? GD_OK : gd_no_memory(context->error, "the proposals");
    if (!status)
        status = gd_team_new(&team, context->threads, context->error);
    if (!status && (status = gd_team_try(team, work->batch->count, perturb_one, work, &failed, &why)))
        gd_fail(context->error, status, "structure %zu: %s", failed + 1, why.text);
    gd_team_free(team);
    return status;
}

/* Adds the calls of the potential to the evaluations. */
static enum gd_status count_calls(struct gd_context *context, const struct work *work)
{
    int64_t calls = 0;
    for (size_t k = 0; k < work->batch->count; k++)
        calls += work->evaluations[k];
    gd_figure(context, "calls", (double)calls);
    return gd_count_calls(context, calls);
}

static enum gd_status report(struct gd_context *context, const struct work *work)
{
    double moved = 0, steps = 0;
    const double count = (double)work->batch->count;
    for (size_t k = 0; k < work->batch->count; k++) {
        moved += work->moved[k];
        steps += log(work->chains[k].step) / count;
    }
    gd_figure(context, "proposals", count);
    gd_figure(context, "unmoved", count - moved);
    if (work->perturb->adapt > 0)
        gd_figure(context, "step", exp(steps));
    return work->potential ? count_calls(context, work) : GD_OK;
}

/* The structures that proposals come of: those of the chains, if there are any and they are asked for. */
static const struct gd_set *find_parents(const struct gd_state *state, int of)
{
    const struct gd_set *population = of == POPULATION ? gd_state_get(state, "population") : NULL;
    return population && population->count > 0 ? population : gd_state_get(state, "batch");
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct perturb *perturb = self;
    const struct gd_set *parents = find_parents(context->state, perturb->of);
    struct work work = {.perturb = perturb, .context = context, .system = gd_state_get(context->state, "system")};
    if (gd_move_evaluates(&perturb->move))
        work.potential = gd_state_get(context->state, "potential");
    if (!parents)
        return gd_fail(context->error, GD_FAILED, "%s: the population is empty, and there is no batch", context->step);
    struct gd_chains *chains = gd_chains_of(context, parents->count);
    if (!chains || !(work.batch = gd_set_copy(parents, NULL, parents->count, context->error)))
        return context->error->status;
    for (size_t k = 0; k < chains->count; k++)
        adapt(perturb, &chains->chains[k]);
    work.chains = chains->chains;
    enum gd_status status = perturb_all(context, &work);
    if (!status)
        status = report(context, &work);
    free(work.evaluations);
    free(work.moved);
    if (!status)
        return gd_state_put(context->state, "batch", work.batch, context->error);
    gd_set_free(work.batch);
    return status;
}

/* Only some moves evaluate. */
static bool uses(const void *self, const char *slot, enum gd_use use)
{
    const struct perturb *perturb = self;
    if (use == GD_EITHER)
        return perturb->of == POPULATION;
    if (use == GD_READS && strcmp(slot, "batch") == 0)
        return perturb->of == BATCH;
    return gd_move_evaluates(&perturb->move) || (strcmp(slot, "potential") != 0 && strcmp(slot, "evaluations") != 0);
}

static void check(struct gd_check *check, const void *self)
{
    const struct perturb *perturb = self;
    const struct gd_system *system = gd_state_get(check->state, "system");
    struct gd_error error = {0};
    if (system && gd_move_check(&perturb->move, system, &error) != GD_OK)
        gd_check_failure(check, "move", &error);
}

const struct gd_stage gd_stage_perturb = {
    .name = "perturb",
    .summary = "Proposes a changed structure for every structure of the population, or of the batch.",
    .params = rows,
    .size = sizeof(struct perturb),
    .reads = (const char *const[]){"system", "batch", "potential", NULL},
    .either = (const char *const[]){"population", "batch", NULL},
    .writes = (const char *const[]){"batch", "chains", "evaluations", NULL},
    .uses = uses,
    .check = check,
    .run = run,
};
