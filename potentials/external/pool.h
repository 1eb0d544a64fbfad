/* A pool of worker processes that evaluate structures. They live as long as the pool, and are started again when they
 * die. */
#ifndef GD_POTENTIALS_EXTERNAL_POOL_H
#define GD_POTENTIALS_EXTERNAL_POOL_H

#include "potentials/potential.h"

struct gd_pool_settings {
    const char *name;             /* of the potential, for messages */
    const char *const *arguments; /* of a worker's command, NULL-ended */
    int workers, threads;         /* processes, and threads of each */
    size_t batch;                 /* most structures that a worker gets at once */
    double timeout;               /* s, of an evaluation */
    int retries;                  /* of an evaluation whose worker died or took too long */
    bool forces;                  /* whether they are asked for */
};

struct gd_worker_pool;

/* No worker is started before there is something to evaluate. The settings are copied. */
enum gd_status gd_pool_new(struct gd_worker_pool **pool, const struct gd_pool_settings *settings,
                           struct gd_error *error);
void gd_pool_free(struct gd_worker_pool *pool); /* accepts NULL */

/* What the workers have said of themselves; "" before one has begun. */
const char *gd_pool_about(const struct gd_worker_pool *pool);

/* As evaluate_many of a potential. From several threads at a time: each gets those workers that are free, at least one.
 * Without forces they are NaN. */
enum gd_status gd_pool_evaluate(struct gd_worker_pool *pool, const struct gd_batch *batch, struct gd_error *error);

#endif
