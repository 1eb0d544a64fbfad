/* Structures of a batch on which the potential fails: the run goes on without them, or stops. */
#ifndef GD_STAGES_FAILURES_H
#define GD_STAGES_FAILURES_H

#include "stages/ledger.h"

/* The results of structures that are worked on at one time. */
struct gd_failures {
    struct gd_ledger *ledger;
    const size_t *numbers; /* [count] of the structures, from 1 */
    size_t count, before;  /* structures; how many in a row have failed right before them */
    bool *done;            /* [count] there is a result */
    char **words;          /* [count] what the potential said where it has failed; NULL: it has not */
    bool stopped;          /* by structure `last`, after `row` failures in a row */
    size_t last, row;
    double last_time, longest; /* of the clock, of the last result; the longest time between two, or before the first */
    bool overflow;             /* out of memory */
};

/* Of `count` structures that follow those the ledger has. Free with gd_failures_clear, also after a failure. */
enum gd_status gd_failures_open(struct gd_failures *failures, struct gd_ledger *ledger, const size_t *numbers,
                                size_t count);
void gd_failures_clear(struct gd_failures *failures);

/* Structure k has its result, or has none for a reason. Once for each, one call at a time. */
void gd_failures_add(struct gd_failures *failures, size_t k, enum gd_status status, const char *why);

/* GD_FINISH when too many have failed. After an interrupt the work goes on to its end, or, where an evaluation is slow,
 * to the end of what has begun; after the second it stops. A time limit that the next evaluation would pass, as far as
 * one can know, is as an interrupt where evaluations are slow. */
enum gd_halt gd_failures_halt(const struct gd_failures *failures);

/* What the work on the structures, `first` and those after it of `set`, has ended with, `status`, for the stage:
 * GD_FAILED, after failed.extxyz was written, when failures have stopped it; GD_INTERRUPTED with a message. */
enum gd_status gd_failures_judge(const struct gd_failures *failures, enum gd_status status, struct gd_set *set,
                                 size_t first);

#endif
