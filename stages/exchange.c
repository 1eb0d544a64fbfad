/* Stage `exchange`: chains at neighbouring temperatures of a ladder exchange their structures (Swendsen and Wang, Phys.
 * Rev. Lett. 57, 2607 (1986); Geyer 1991). */
#include <math.h>
#include <stdlib.h>

#include "atoms/structure.h"
#include "engine/base/memory.h"
#include "stages/chains.h"
#include "stages/curve.h"

struct exchange {
    double from, to;
    int64_t every;
};

static const struct gd_param rows[] = {
    {.name = "from",
     .type = GD_FLOAT,
     .offset = offsetof(struct exchange, from),
     .initial = "0.05",
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "temperature of the first chain"},
    {.name = "to",
     .type = GD_FLOAT,
     .offset = offsetof(struct exchange, to),
     .initial = "0.5",
     .max = 1e6,
     .above_min = true,
     .unit = "eV",
     .help = "temperature of the last chain; the others rise by a constant factor"},
    {.name = "every",
     .type = GD_INT,
     .offset = offsetof(struct exchange, every),
     .initial = "1",
     .min = 1,
     .max = 1e9,
     .help = "exchanges are tried in the first of so many executions"},
    {0},
};

static void set_temperatures(const struct exchange *exchange, struct gd_chains *chains)
{
    for (size_t k = 0; k < chains->count; k++)
        chains->chains[k].temperature = gd_curve_geometric(
            exchange->from, exchange->to, chains->count > 1 ? (double)k / (double)(chains->count - 1) : 0);
}

/* Whether chains k and k+1 exchange: with probability min(1, exp((1/T_k - 1/T_{k+1})(E_k - E_{k+1}))). */
static bool draw(const struct gd_set *population, const struct gd_chains *chains, size_t k, struct gd_stream *stream)
{
    const double *energies = population->energies + k;
    const double inverse = 1 / chains->chains[k].temperature - 1 / chains->chains[k + 1].temperature;
    return isfinite(energies[0]) && isfinite(energies[1]) &&
           gd_stream_uniform(stream) < exp(inverse * (energies[0] - energies[1]));
}

/* Pairs that share no chain: those that begin with an even chain, and in every other round the rest. order [count] is
 * what the chains have afterwards. Returns how many exchange. */
static size_t draw_pairs(const struct gd_context *context, const struct gd_set *population,
                         const struct gd_chains *chains, size_t round, size_t *order, size_t *tried)
{
    size_t exchanged = 0;
    for (size_t k = round % 2; k + 1 < population->count; k += 2) {
        struct gd_stream stream = gd_context_stream(context, (uint32_t)k);
        ++*tried;
        if (draw(population, chains, k, &stream)) {
            order[k] = k + 1;
            order[k + 1] = k;
            exchanged++;
        }
    }
    return exchanged;
}

static enum gd_status exchange_all(struct gd_context *context, const struct gd_set *population,
                                   const struct gd_chains *chains, size_t round)
{
    size_t *order = gd_array(population->count, sizeof *order), tried = 0;
    if (!order)
        return gd_no_memory(context->error, "the exchange");
    for (size_t k = 0; k < population->count; k++)
        order[k] = k;
    const size_t exchanged = draw_pairs(context, population, chains, round, order, &tried);
    struct gd_set *after = gd_set_copy(population, order, population->count, context->error);
    free(order);
    gd_figure(context, "tried", (double)tried);
    gd_figure(context, "exchanged", (double)exchanged);
    return after ? gd_state_put(context->state, "population", after, context->error) : context->error->status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    const struct exchange *exchange = self;
    const struct gd_set *population = gd_state_get(context->state, "population");
    struct gd_chains *chains = gd_chains_of(context, population->count);
    if (!chains)
        return context->error->status;
    set_temperatures(exchange, chains);
    enum gd_status status = GD_OK;
    if (context->execution % exchange->every == 0)
        status = exchange_all(context, population, chains, (size_t)(context->execution / exchange->every));
    return status ? status : gd_state_put_real(context->state, "temperature", exchange->from, context->error);
}

const struct gd_stage gd_stage_exchange = {
    .name = "exchange",
    .summary = "Chains at neighbouring temperatures of a ladder exchange their structures.",
    .params = rows,
    .size = sizeof(struct exchange),
    .reads = (const char *const[]){"population", NULL},
    .writes = (const char *const[]){"population", "chains", "temperature", NULL},
    .run = run,
};
