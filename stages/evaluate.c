/* Stage `evaluate`: energies and forces of the batch; what is valid joins the archive (stages/ledger.h). */
#include <stdlib.h>

#include "engine/base/memory.h"
#include "potentials/potential.h"
#include "stages/ledger.h"

struct evaluate {
    struct gd_ledger_rules rules;
};

static const struct gd_param rows[] = {
    GD_LEDGER_ROWS(struct evaluate),
    {0},
};

/* Records what was evaluated, and gives the structures of the batch that were taken their energies, forces and serial
 * numbers. numbers: as from gd_ledger_drop_clashes. */
static enum gd_status record(struct gd_ledger *ledger, struct gd_set *trial, const size_t *numbers,
                             struct gd_set *batch)
{
    bool taken;
    enum gd_status status = gd_ledger_check_room(ledger, trial->count);
    for (size_t k = 0; k < batch->count; k++)
        gd_set_mark_moved(batch, k);
    for (size_t k = 0; !status && k < trial->count; k++) {
        status = gd_ledger_record(ledger, trial, k, &taken);
        if (!status && taken)
            gd_set_assign(batch, numbers[k] - 1, trial, k);
    }
    return status;
}

static enum gd_status run(struct gd_context *context, void *self)
{
    struct evaluate *evaluate = self;
    struct gd_set *batch = gd_state_get(context->state, "batch");
    const struct gd_potential *potential = gd_state_get(context->state, "potential");
    struct gd_ledger ledger;
    struct gd_set trial = {0};
    if (batch->count == 0)
        return GD_OK;
    struct gd_structure like = gd_set_view(batch, 0);
    size_t *numbers = gd_array(batch->count, sizeof *numbers);
    enum gd_status status =
        numbers ? gd_ledger_open(&ledger, context, &evaluate->rules, batch) : gd_no_memory(context->error, "the batch");
    if (!status)
        status = gd_set_init(&trial, &like, batch->fixed, context->error);
    if (!status)
        status = gd_ledger_drop_clashes(&ledger, batch, &trial, numbers);
    if (!status)
        status =
            gd_potential_evaluate_set(potential, &trial, 0, trial.count, numbers, context->threads, context->error);
    if (!status)
        status = record(&ledger, &trial, numbers, batch);
    if (!status)
        status = gd_ledger_close(&ledger, batch);
    gd_set_clear(&trial);
    free(numbers);
    return status;
}

const struct gd_stage gd_stage_evaluate = {
    .name = "evaluate",
    .summary = "Energies and forces of the batch; valid and accepted structures join the archive.",
    .params = rows,
    .size = sizeof(struct evaluate),
    .reads = (const char *const[]){GD_LEDGER_READS, "batch", NULL},
    .may_read = (const char *const[]){GD_LEDGER_MAY_READ, NULL},
    .writes = (const char *const[]){"batch", GD_LEDGER_WRITES, NULL},
    .run = run,
};
