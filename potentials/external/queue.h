/* The structures of a batch on their way through those who evaluate them: workers, or clients. */
#ifndef GD_POTENTIALS_EXTERNAL_QUEUE_H
#define GD_POTENTIALS_EXTERNAL_QUEUE_H

#include "potentials/potential.h"

struct gd_queue {
    const struct gd_batch *batch;
    int retries;           /* how often a structure is tried again after who had it was lost */
    struct gd_turn *turns; /* [batch->count] */
    size_t first;          /* none before this one waits */
    size_t waiting, left;  /* how many wait, and how many have not ended */
};

/* Free with gd_queue_clear. */
enum gd_status gd_queue_open(struct gd_queue *queue, const struct gd_batch *batch, int retries, struct gd_error *error);
void gd_queue_clear(struct gd_queue *queue);

/* Takes up to `most` structures that wait; one that may have been the reason of a loss is taken alone. Returns how
 * many; places: [most]. */
size_t gd_queue_take(struct gd_queue *queue, size_t most, size_t *places);

/* What was taken ends: with its energy and forces, or with none, for the reason `why`. */
void gd_queue_finish(struct gd_queue *queue, size_t k, const char *why);

/* Who had it was lost: it waits again. suspect: it may have been the reason. */
void gd_queue_give_back(struct gd_queue *queue, size_t k, bool suspect);

/* Who had it was lost because of it, `why`: it waits again, or has ended when it was tried often enough. */
void gd_queue_blame(struct gd_queue *queue, size_t k, const char *why);

#endif
