/* Section `model`: the untrained score network. */
#include "model/model.h"

#include <math.h>
#include <stdio.h>

#include "atoms/neighbours.h"
#include "atoms/overlap.h"
#include "atoms/system.h"
#include "engine/run/context.h"
#include "model/head.h"
#include "model/network_class.h"
#include "model/prior.h"

/* Neighbours times blocks beyond which even an untrained network's numbers leave float32, or all reason: every block
 * sums over the neighbours, and its products raise what has grown to a power. One block alone stays small with
 * thousands. Measured on slabs of platinum: scores beyond 1e5 /Å, or none, with two blocks from 550 neighbours on, with
 * three from 380, four from 180 to 240, six from 130. */
#define MOST_SUMMED 800

/* Without a score there is nothing that draws, and of two, one would never be asked. */
static enum gd_status check_heads(uint64_t heads, struct gd_error *error)
{
    const struct gd_head_class *score = gd_heads_score(heads);
    for (int k = 0; gd_heads[k]; k++)
        if (heads >> k & 1 && gd_heads[k]->score && gd_heads[k] != score)
            return gd_error_set_key(gd_fail(error, GD_BAD_INPUT, "\"%s\" and \"%s\" are both the score: choose one",
                                            score->name, gd_heads[k]->name),
                                    error, "heads");
    if (score)
        return GD_OK;
    return gd_error_set_key(
        gd_fail(error, GD_BAD_INPUT, "\"%s\" is missing: samples are drawn by it", gd_head_score.name), error, "heads");
}

/* How many neighbours the template's last atom has, as one of its surface. */
static enum gd_status count_neighbours(const struct gd_system *system, double cutoff, size_t *count,
                                       struct gd_error *error)
{
    struct gd_neighbours list = {0};
    *count = 0;
    if (system->fixed == 0 || cutoff == 0)
        return GD_OK;
    enum gd_status status = gd_neighbours_find_among(&list, &system->basis, system->fixed, system->fixed - 1,
                                                     (const double(*)[3])system->structure.positions, cutoff, error);
    if (!status)
        *count = list.edges;
    gd_neighbours_clear(&list);
    return status;
}

static enum gd_status check_sums(const struct gd_system *system, double cutoff, int blocks, struct gd_error *error)
{
    size_t count;
    enum gd_status status = count_neighbours(system, cutoff, &count, error);
    if (!status && blocks > 1 && count > MOST_SUMMED / (size_t)blocks)
        status = gd_fail(error, GD_BAD_INPUT,
                         "an atom has %zu neighbours within %g Å, too many for %d blocks (sums overflow); use a "
                         "smaller cutoff, with at most %d neighbours, or fewer blocks",
                         count, cutoff, blocks, MOST_SUMMED / blocks);
    return gd_error_set_key(status, error, "cutoff");
}

/* A structure and its image by a translation of the lattice are the same, but not to a network that sees where atoms
 * are: on a slab its score would be none of the system's. */
static enum gd_status check_cell(const struct gd_system *system, const struct gd_network_class *class, bool absolute,
                                 struct gd_error *error)
{
    const bool *periodic = system->structure.cell.periodic;
    if (!absolute || !(periodic[0] || periodic[1] || periodic[2]))
        return GD_OK;
    return gd_fail(error, GD_BAD_INPUT,
                   "%s sees absolute positions, and in a periodic cell those of one structure differ by translations: "
                   "use a network on distances (painn)",
                   class->base.name);
}

/* A prior is of the energy of noised structures, about the mean of their atoms. */
static enum gd_status check_prior(const struct gd_system *system, const struct gd_network_traits *traits,
                                  struct gd_error *error)
{
    const struct gd_head_class *score = gd_heads_score(traits->heads);
    struct gd_error why = {0};
    enum gd_status status = GD_OK;
    if (traits->prior > 0 && !score->prior)
        status = gd_fail(
            error, GD_BAD_INPUT,
            "a prior is part of the head \"%s\", which the network does not have: give it heads: [noised_energy], or "
            "leave the prior out",
            gd_head_noised_energy.name);
    else if (traits->prior > 0 && gd_prior_check(&system->structure, system->fixed, &why))
        status = gd_fail(error, GD_BAD_INPUT, "%s: leave the prior out", why.text);
    return gd_error_set_key(status, error, "prior");
}

/* A network that sees no neighbours cannot learn where atoms are. */
static void check(struct gd_check *check, const void *self)
{
    const struct gd_choice *choice = self;
    const struct gd_network_class *class = (const struct gd_network_class *)choice->component;
    const struct gd_system *system = gd_state_get(check->state, "system");
    if (!class || !system || class->traits(choice->params).absolute)
        return;
    int pair[2];
    const double cutoff = class->traits(choice->params).cutoff,
                 bond = gd_shortest_bond(&system->structure, system->fixed, false, pair);
    char key[80];
    snprintf(key, sizeof key, "%s.cutoff", class->base.name);
    if (cutoff < bond)
        gd_check_warning(check, key,
                         "%g Å is less than the shortest bond there can be, %.2f Å by covalent radii: the network sees "
                         "hardly any neighbours",
                         cutoff, bond);
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct gd_choice *choice = self;
    const struct gd_network_class *class = (const struct gd_network_class *)choice->component;
    const struct gd_process *process = gd_state_get(context->state, "noise");
    struct gd_stream stream = gd_context_stream(context, 0);
    struct gd_model *model = NULL;
    struct gd_network_traits traits = class->traits(choice->params);
    enum gd_status status =
        check_sums(gd_state_get(context->state, "system"), traits.cutoff, traits.rounds, context->error);
    if (!status)
        status = check_heads(traits.heads, context->error);
    if (!status)
        status = check_cell(gd_state_get(context->state, "system"), class, traits.absolute, context->error);
    if (!status)
        status = check_prior(gd_state_get(context->state, "system"), &traits, context->error);
    if (status)
        return gd_error_set_key(status, context->error, class->base.name);
    status = gd_model_new(&model, class, choice->params, process, &stream, context->error);
    return status ? status : gd_state_put(context->state, "model", model, context->error);
}

const struct gd_stage gd_stage_model = {
    .name = "model",
    .summary = "The score network, untrained.",
    .section = true,
    .self = "network",
    .size = sizeof(struct gd_choice),
    .reads = (const char *const[]){"system", "noise", NULL},
    .writes = (const char *const[]){"model", NULL},
    .check = check,
    .run = run,
};
