/* One worker process: what it is doing, and the frames on the way to it and from it. */
#ifndef GD_POTENTIALS_EXTERNAL_WORKER_H
#define GD_POTENTIALS_EXTERNAL_WORKER_H

#include "engine/base/process.h"
#include "potentials/external/frame.h"
#include "potentials/external/pool.h"
#include "potentials/external/queue.h"

enum gd_worker_state { GD_WORKER_ABSENT, GD_WORKER_STARTING, GD_WORKER_IDLE, GD_WORKER_BUSY };

struct gd_worker {
    const struct gd_pool_settings *settings;
    int number;
    bool lent; /* to a thread that evaluates */
    enum gd_worker_state state;
    bool many;       /* it takes the structures of a request all at once */
    char about[200]; /* what it has said of itself */
    struct gd_subprocess process;
    struct gd_bytes out, in;
    double sent, pace; /* when it got its request, and the seconds of an evaluation in its last one; 0: not known */
    double deadline;   /* of the clock: when it is late */
    size_t *places, *atoms;   /* [settings->batch] the structures of its request, and their sizes */
    bool *answered;           /* [settings->batch] */
    size_t count, unanswered; /* of the request */
};

enum gd_status gd_worker_init(struct gd_worker *worker, const struct gd_pool_settings *settings, int number,
                              struct gd_error *error);
void gd_worker_clear(struct gd_worker *worker);

enum gd_status gd_worker_start(struct gd_worker *worker, struct gd_error *error);

/* Gives structures of the queue to one that is idle, up to `most`. */
enum gd_status gd_worker_send(struct gd_worker *worker, struct gd_queue *queue, size_t most, struct gd_error *error);

/* Writes and reads what can be without waiting, and passes results on. One that dies, is late or breaks the protocol is
 * stopped, and what it had goes back to the queue. GD_FAILED when it did not get ready for work. */
enum gd_status gd_worker_step(struct gd_worker *worker, struct gd_queue *queue, bool check_alive,
                              struct gd_error *error);

/* Stops it at once. */
void gd_worker_kill(struct gd_worker *worker);

#endif
