/* The runs of a sweep as child processes, so many at a time; and those of other processes and machines beside them. */
#ifndef GD_SWEEP_POOL_H
#define GD_SWEEP_POOL_H

#include <sys/types.h>

#include "sweep/claim.h"
#include "sweep/state.h"

/* A run that is being worked on. */
struct gd_task {
    size_t run; /* its place in the sweep */
    pid_t process;
    bool lost; /* others took the claim over */
    struct gd_claim claim;
    double started;      /* seconds of gd_clock */
    char *metrics;       /* the path of its metrics.jsonl */
    long offset;         /* of what was read of that */
    size_t steps, first; /* steps done; of them those that were saved when this process began */
    double best;         /* energy, eV; NaN: not known */
};

/* What is known of a run. */
enum gd_row_state { GD_ROW_WAITING, GD_ROW_RUNNING, GD_ROW_ELSEWHERE, GD_ROW_DONE, GD_ROW_FAILED, GD_ROW_STOPPED };

struct gd_pool {
    const char *directory;
    const struct gd_sweep *sweep;
    enum gd_row_state *rows; /* [runs] */
    double *seconds;         /* [runs] that it took here; 0: not known */
    struct gd_task *tasks;   /* [jobs], the first `running` of them in use */
    size_t jobs, running;
    bool stopping;
};

struct gd_pool_view {
    void (*begun)(void *self, const struct gd_pool *pool, const struct gd_task *task);
    /* `reason`: of a failure, else NULL. */
    void (*ended)(void *self, const struct gd_pool *pool, const struct gd_task *task, const char *reason);
    void (*waited)(void *self, const struct gd_pool *pool); /* several times a second */
    void *self;
};

struct gd_pool_options {
    const char *const *arguments; /* NULL-ended: what every run gets besides its own */
    size_t jobs;
    int threads;    /* of each run */
    bool shared;    /* runs of a seed take over what they have in common: those of variants that are `alike` */
    bool retry;     /* begin failed runs anew */
    bool leave;     /* end when all that is left is worked on elsewhere */
    bool fail_fast; /* stop at the first failure */
    /* Whether a variant's pipeline is still the one that the sweep was begun with: GD_BAD_INPUT with the difference.
     * Asked before each run. */
    enum gd_status (*check)(void *self, size_t variant, struct gd_error *why);
    void *self;
};

/* Works on all runs of the sweep that are not finished. On SIGINT or SIGTERM its children finish their step and save;
 * on the second they stop at once. GD_INTERRUPTED when runs are left over, GD_FAILED when some have failed (`error`
 * says how many, the view has said which). */
enum gd_status gd_pool_run(const char *directory, const struct gd_sweep *sweep, const struct gd_pool_options *options,
                           const struct gd_pool_view *view, struct gd_error *error);

/* How many rows are in this state. */
size_t gd_pool_count(const struct gd_pool *pool, enum gd_row_state state);

/* The share of a task's steps that is done. 0 when their number is not known. */
double gd_pool_fraction(const struct gd_pool *pool, const struct gd_task *task);

/* Seconds until all is done, by what runs of the same variant, or else of all, have taken; NaN: not known. */
double gd_pool_left(const struct gd_pool *pool);

#endif
