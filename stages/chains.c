#include "stages/chains.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "stages/records.h"

enum { NUMBERS = sizeof(struct gd_chain) / sizeof(double) };

#define PATH "parameters/chains"

static void chains_free(void *value)
{
    struct gd_chains *chains = value;
    if (chains)
        free(chains->chains);
    free(chains);
}

static struct gd_chains *chains_new(size_t count, struct gd_error *error)
{
    struct gd_chains *chains = gd_array(1, sizeof *chains);
    struct gd_chain *items = gd_array(count, sizeof *items);
    if (!chains || !items) {
        gd_no_memory(error, "the chains");
        free(chains);
        free(items);
        return NULL;
    }
    for (size_t k = 0; k < count; k++)
        items[k] = (struct gd_chain){.step = 1, .kinetic = 1, .threshold = 1};
    *chains = (struct gd_chains){count, items};
    return chains;
}

struct gd_chains *gd_chains_of(struct gd_context *context, size_t count)
{
    struct gd_chains *chains = gd_state_get(context->state, "chains");
    if (chains && chains->count == count)
        return chains;
    chains = chains_new(count, context->error);
    return chains && gd_state_put(context->state, "chains", chains, context->error) == GD_OK ? chains : NULL;
}

static enum gd_status chains_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    const struct gd_chains *chains = value;
    (void)name;
    return gd_records_save(file, PATH, NUMBERS, chains->chains, chains->count, error);
}

static enum gd_status chains_load(void **value, struct gd_h5 *file, const char *name,
                                  const struct gd_registry *registry, struct gd_error *error)
{
    void *numbers;
    size_t count;
    (void)name, (void)registry;
    *value = NULL;
    enum gd_status status = gd_records_load(file, PATH, NUMBERS, &numbers, &count, error);
    if (status || !numbers)
        return status;
    struct gd_chains *chains = gd_array(1, sizeof *chains);
    if (!chains) {
        free(numbers);
        return gd_no_memory(error, "the chains");
    }
    *chains = (struct gd_chains){count, numbers};
    *value = chains;
    return GD_OK;
}

static enum gd_status chains_check(const void *value, const struct gd_state *pipeline, struct gd_error *error)
{
    const struct gd_chains *chains = value;
    (void)pipeline;
    for (size_t k = 0; k < chains->count; k++) {
        const struct gd_chain *chain = &chains->chains[k];
        const double factors[] = {chain->step, chain->kinetic, chain->threshold};
        for (int f = 0; f < 3; f++)
            if (!(isfinite(factors[f]) && factors[f] > 0))
                return gd_fail(error, GD_BAD_INPUT, "chain %zu: %g is not a factor above 0", k + 1, factors[f]);
        if (!(isfinite(chain->temperature) && chain->temperature >= 0))
            return gd_fail(error, GD_BAD_INPUT, "chain %zu: %g eV is not a temperature", k + 1, chain->temperature);
        if (!(chain->outcome >= GD_NO_OUTCOME && chain->outcome <= GD_CHAIN_SAME))
            return gd_fail(error, GD_BAD_INPUT, "chain %zu: %g is not an outcome", k + 1, chain->outcome);
    }
    return GD_OK;
}

const struct gd_slot gd_slot_chains = {
    .name = "chains",
    .summary = "step sizes, temperatures and last outcomes of the chains",
    .save = chains_save,
    .load = chains_load,
    .check = chains_check,
    .destroy = chains_free,
};
