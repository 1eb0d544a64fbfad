/* Loop condition `ess`: stop when the structures are enough at the present temperature, by their effective sample size.
 * In a loop of sampling and evaluation it draws until then, as GO-Diff 1.1 (github.com/nronne/go-diff) does. */
#include "atoms/structure.h"
#include "engine/language/pipeline.h"
#include "engine/run/context.h"
#include "stages/boltzmann.h"
#include "stages/tally.h"

struct ess {
    double least;
    int64_t newest;
};

static const struct gd_param rows[] = {
    {.name = "least",
     .type = GD_FLOAT,
     .offset = offsetof(struct ess, least),
     .initial = "16",
     .min = 1,
     .max = 1e7,
     .help = "the effective sample size (Σw)²/Σw² to reach, with weights exp(-E/T)"},
    {.name = "newest",
     .type = GD_INT,
     .offset = offsetof(struct ess, newest),
     .initial = "0",
     .min = 0,
     .max = 1e7,
     .help = "structures of the archive, the last ones, that count; 0: all"},
    {0},
};

static bool met(const void *params, const struct gd_state *state)
{
    const struct ess *ess = params;
    const struct gd_set *archive = gd_state_get(state, "archive");
    if (!archive) /* nothing has been drawn */
        return false;
    size_t most = ess->newest ? (size_t)ess->newest : archive->count;
    size_t count = archive->count < most ? archive->count : most;
    return gd_boltzmann_effective_size(archive->energies + archive->count - count, count,
                                       gd_state_real(state, "temperature", 0)) >= ess->least;
}

/* The effective sample size is never more than the number of structures. */
static void check(struct gd_check *check, const void *params)
{
    const struct ess *ess = params;
    const double all = gd_tally_all(check);
    if (ess->newest > 0 && ess->least > (double)ess->newest)
        gd_check_problem(check, "until.ess.least",
                         "%g is above newest, %lld: so many structures never have that effective sample size",
                         ess->least, (long long)ess->newest);
    else if (ess->least > all)
        gd_check_warning(check, "until.ess.least",
                         "%g is above the number of structures that the run evaluates, at most %g: the condition is "
                         "never met",
                         ess->least, all);
}

const struct gd_until gd_until_ess = {
    .base = {.name = "ess",
             .summary = "The effective sample size of the archive at the present temperature is reached.",
             .params = rows,
             .size = sizeof(struct ess)},
    .met = met,
    .reads = (const char *const[]){"archive", "temperature", NULL},
    .check = check,
};
