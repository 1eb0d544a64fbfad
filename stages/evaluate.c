/* Stage `evaluate`: energies and forces of the batch; what is valid joins the archive (stages/ledger.h). */
#include "stages/evaluation.h"

struct evaluate {
    struct gd_ledger_rules rules;
};

static const struct gd_param rows[] = {
    GD_LEDGER_ROWS(struct evaluate),
    {0},
};

static enum gd_status run(struct gd_context *context, void *self)
{
    struct evaluate *evaluate = self;
    struct gd_set *batch = gd_state_get(context->state, "batch");
    return batch->count ? gd_evaluate_set(context, &evaluate->rules, batch, NULL) : GD_OK;
}

static void check(struct gd_check *check, const void *self)
{
    gd_ledger_check(check, &((const struct evaluate *)self)->rules);
}

const struct gd_stage gd_stage_evaluate = {
    .name = "evaluate",
    .summary = "Energies and forces of the batch; valid and accepted structures join the archive.",
    .params = rows,
    .size = sizeof(struct evaluate),
    .reads = (const char *const[]){GD_LEDGER_READS, "batch", NULL},
    .may_read = (const char *const[]){GD_LEDGER_MAY_READ, NULL},
    .writes = (const char *const[]){"batch", GD_LEDGER_WRITES, NULL},
    .check = check,
    .run = run,
};
