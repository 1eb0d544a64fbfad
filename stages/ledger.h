/* The ledger: what becomes of structures that a stage evaluates. It counts evaluations, puts each structure into the
 * archive or among the rejected ones, keeps the best, and judges the target.
 *
 * Valid is relative, never a matter of the potential's zero: no clash under the minimum image, finite positions (what
 * fails in these is not evaluated and does not count), finite energy and forces, above the floor if one is set. What is
 * valid and accepted joins the archive. All else goes to `rejected`, with its reason. */
#ifndef GD_STAGES_LEDGER_H
#define GD_STAGES_LEDGER_H

#include "atoms/system.h"
#include "engine/run/context.h"
#include "stages/acceptance.h"
#include "stages/slots.h"
#include "stages/target.h"

/* What becomes of structures on which the potential fails. */
enum gd_on_failure { GD_FAILURE_REJECT, GD_FAILURE_STOP };

extern const char *const gd_on_failure_names[]; /* NULL-ended */

/* What decides which structures join the archive: part of the parameters of a stage that evaluates. */
struct gd_ledger_rules {
    double clash, near, floor; /* Å, sums of covalent radii, eV */
    struct gd_choice accept;
    int on_failure;          /* enum gd_on_failure */
    int64_t failures;        /* structures in a row */
    bool warned[GD_REASONS]; /* that this is why most of a batch was rejected */
    bool doubted;            /* the potential's warning was passed on */
    bool listed;             /* failed.extxyz is that of this run, and not of what it did before it was resumed */
};

/* The rows of these rules, the member `rules` of a struct of type `params`. */
#define GD_LEDGER_ROWS(params)                                                                                         \
    {.name = "clash",                                                                                                  \
     .type = GD_FLOAT,                                                                                                 \
     .offset = offsetof(params, rules.clash),                                                                          \
     .initial = "1.0",                                                                                                 \
     .min = 0,                                                                                                         \
     .max = 100,                                                                                                       \
     .unit = "Å",                                                                                                      \
     .help = "structures with two atoms closer than this are not evaluated; hydrogen has shorter bonds, and limits: "  \
             "0.7 times the sum of the covalent radii"},                                                               \
        {.name = "near",                                                                                               \
         .type = GD_FLOAT,                                                                                             \
         .offset = offsetof(params, rules.near),                                                                       \
         .initial = "0",                                                                                               \
         .min = 0,                                                                                                     \
         .max = 10,                                                                                                    \
         .help = "nor are those with two atoms closer than this, in sums of their covalent radii; 0: no such limit"},  \
        {.name = "floor",                                                                                              \
         .type = GD_FLOAT,                                                                                             \
         .offset = offsetof(params, rules.floor),                                                                      \
         .initial = "-1e300",                                                                                          \
         .unit = "eV",                                                                                                 \
         .help = "structures below this energy are unphysical and rejected"},                                          \
        {.name = "on_failure",                                                                                         \
         .type = GD_CHOICE,                                                                                            \
         .offset = offsetof(params, rules.on_failure),                                                                 \
         .initial = "reject",                                                                                          \
         .choices = gd_on_failure_names,                                                                               \
         .help = "when the potential fails on a structure, that structure is rejected, or the run stops"},             \
        {.name = "failures",                                                                                           \
         .type = GD_INT,                                                                                               \
         .offset = offsetof(params, rules.failures),                                                                   \
         .initial = "10",                                                                                              \
         .min = 1,                                                                                                     \
         .max = 1e9,                                                                                                   \
         .help = "the run stops when the potential fails on so many structures in a row"},                             \
    {                                                                                                                  \
        .name = "accept", .type = GD_COMPONENT, .offset = offsetof(params, rules.accept), .kind = "acceptance",        \
        .initial = "valid", .help = "which valid structures are accepted"                                              \
    }

/* The slots that a stage with a ledger declares: GD_LEDGER_READS beside `batch`, and so on. */
#define GD_LEDGER_READS    "system", "potential"
#define GD_LEDGER_MAY_READ "target", "temperature" /* the latter for acceptance */
#define GD_LEDGER_WRITES   "archive", "evaluations", "best", "rejected", "found"

/* The slots that evaluations are added to, and what has been added since gd_ledger_open. */
struct gd_ledger {
    struct gd_context *context;
    struct gd_ledger_rules *rules;
    const struct gd_system *system;
    struct gd_set *archive, *best;
    struct gd_rejects *rejected;
    struct gd_target *target; /* or NULL */
    int64_t evaluations, found;
    int64_t last_good; /* of structures that join neither archive nor rejected ones: the number of the last with an
                          energy */
    bool passed;       /* the best structure was too low for the target before */
    size_t counts[GD_REASONS], taken;
};

/* What is hardly meant so in the rules. */
void gd_ledger_check(struct gd_check *check, const struct gd_ledger_rules *rules);

/* Makes the slots that are empty, for structures such as those of `like`. */
enum gd_status gd_ledger_open(struct gd_ledger *ledger, struct gd_context *context, struct gd_ledger_rules *rules,
                              const struct gd_set *like);

/* Opens the ledger for a batch, at least one structure: those that can be evaluated become `trial`, which must be
 * zeroed and is to be cleared in any case, and their places in the batch, from 1, numbers [batch->count]. Those with
 * clashes, or positions that are not finite, are rejected; two atoms at one place are a clash always. */
enum gd_status gd_ledger_take_up(struct gd_ledger *ledger, struct gd_context *context, struct gd_ledger_rules *rules,
                                 const struct gd_set *batch, struct gd_set *trial, size_t *numbers);

/* Whether a structure with these positions cannot be evaluated: two atoms clash, or a position is not finite. */
bool gd_ledger_clashes(const struct gd_ledger *ledger, const struct gd_set *set, size_t k);

/* Structure k of `from` goes to the rejected ones. */
enum gd_status gd_ledger_reject(struct gd_ledger *ledger, const struct gd_set *from, size_t k, enum gd_reason reason);

/* GD_FAILED when the counter has no room for `count` more evaluations. */
enum gd_status gd_ledger_check_room(const struct gd_ledger *ledger, size_t count);

/* Counts structure k of `set`, whose energy and forces are set, as the next evaluation, which gives it its serial
 * number, and puts it where it belongs; *taken: whether that is the archive. */
enum gd_status gd_ledger_record(struct gd_ledger *ledger, struct gd_set *set, size_t k, bool *taken);

/* Counts structure k of `set`, on which the potential has failed with these words, and rejects it. */
enum gd_status gd_ledger_record_failed(struct gd_ledger *ledger, struct gd_set *set, size_t k, const char *words);

/* How many structures in a row the potential has failed on at last, by the archive, the rejected ones and last_good. */
size_t gd_ledger_failed_last(const struct gd_ledger *ledger);

/* Counts it, and judges the target where it is valid, but leaves it out of archive and rejected ones: a step on the way
 * to a structure that is recorded. */
enum gd_status gd_ledger_pass(struct gd_ledger *ledger, struct gd_set *set, size_t k);

/* Whether structure k of `set`, whose energy and forces are set, has what a valid one has. */
bool gd_ledger_valid(const struct gd_ledger *ledger, const struct gd_set *set, size_t k);

/* Structure k of `set`, valid and counted before, which keeps its number, joins the archive, if it is accepted. */
enum gd_status gd_ledger_keep(struct gd_ledger *ledger, const struct gd_set *set, size_t k);

/* Adds calls of the potential, 0 or more, whose structures nobody keeps, to the slot `evaluations`, without a ledger;
 * GD_FAILED when the counter has no room. */
enum gd_status gd_count_calls(struct gd_context *context, int64_t calls);

/* Counts evaluations that nothing is kept of. */
void gd_ledger_skip(struct gd_ledger *ledger, size_t count);

/* Writes the counts into their slots; figures `taken` and one per reason; `lowest` and `median` of the energies of the
 * batch's structures that have a serial number; failed.extxyz when some have failed; a warning when most of the batch
 * was rejected, once per main reason; the potential's own, once; one when the best structure is now too low for the
 * target. */
enum gd_status gd_ledger_close(struct gd_ledger *ledger, const struct gd_set *batch);

#endif
