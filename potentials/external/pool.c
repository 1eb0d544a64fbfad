#include "potentials/external/pool.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "potentials/external/worker.h"

struct gd_worker_pool {
    struct gd_pool_settings settings;
    struct gd_arena arena; /* of the settings */
    struct gd_worker *workers;
    int ready; /* of them that are initialised */
    pthread_mutex_t mutex;
    pthread_cond_t back; /* a worker was given back */
};

/* --- The pool ----------------------------------------------------------------------------------------------------- */

static enum gd_status copy_arguments(struct gd_worker_pool *pool, const char *const *arguments, struct gd_error *error)
{
    size_t count = 0;
    while (arguments[count])
        count++;
    const char **copies = gd_arena_alloc(&pool->arena, count + 1, sizeof *copies);
    for (size_t k = 0; k < count && copies; k++) {
        copies[k] = gd_arena_string(&pool->arena, arguments[k], strlen(arguments[k]));
        if (!copies[k])
            copies = NULL;
    }
    pool->settings.arguments = copies;
    return copies ? GD_OK : gd_no_memory(error, "workers");
}

enum gd_status gd_pool_new(struct gd_worker_pool **pool, const struct gd_pool_settings *settings,
                           struct gd_error *error)
{
    struct gd_worker_pool *made = gd_array(1, sizeof *made);
    *pool = NULL;
    if (!made)
        return gd_no_memory(error, "workers");
    made->settings = *settings;
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->back, NULL);
    made->workers = gd_array((size_t)settings->workers, sizeof *made->workers);
    enum gd_status status =
        made->workers ? copy_arguments(made, settings->arguments, error) : gd_no_memory(error, "workers");
    for (; made->ready < settings->workers && !status; made->ready++)
        status = gd_worker_init(&made->workers[made->ready], &made->settings, made->ready, error);
    if (status)
        gd_pool_free(made);
    else
        *pool = made;
    return status;
}

void gd_pool_free(struct gd_worker_pool *pool)
{
    if (!pool)
        return;
    for (int k = 0; k < pool->ready; k++)
        gd_worker_clear(&pool->workers[k]);
    free(pool->workers);
    gd_arena_clear(&pool->arena);
    pthread_cond_destroy(&pool->back);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

const char *gd_pool_about(const struct gd_worker_pool *pool)
{
    int k = 0;
    while (k + 1 < pool->settings.workers && !*pool->workers[k].about)
        k++;
    return pool->workers[k].about;
}

/* --- A batch ------------------------------------------------------------------------------------------------------ */

/* A batch that is being worked on. */
struct session {
    struct gd_worker_pool *pool;
    struct gd_queue queue;
    struct gd_worker **workers; /* [count] lent to it */
    struct pollfd *polled;      /* [3 count] */
    size_t count;
};

/* Borrows the workers that are free, as many as there are structures, at least one. */
static void borrow(struct session *session)
{
    struct gd_worker_pool *pool = session->pool;
    pthread_mutex_lock(&pool->mutex);
    while (session->count == 0) {
        for (int k = 0; k < pool->settings.workers && session->count < session->queue.left; k++)
            if (!pool->workers[k].lent) {
                pool->workers[k].lent = true;
                session->workers[session->count++] = &pool->workers[k];
            }
        if (session->count == 0)
            pthread_cond_wait(&pool->back, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
}

static void give_back(struct session *session)
{
    struct gd_worker_pool *pool = session->pool;
    pthread_mutex_lock(&pool->mutex);
    for (size_t k = 0; k < session->count; k++)
        session->workers[k]->lent = false;
    pthread_cond_broadcast(&pool->back);
    pthread_mutex_unlock(&pool->mutex);
}

static bool is_busy(const struct session *session)
{
    for (size_t k = 0; k < session->count; k++)
        if (session->workers[k]->state == GD_WORKER_BUSY)
            return true;
    return false;
}

/* How many structures a worker gets next: so many that the others have as much to do and none waits at the end. One
 * that works one by one is given work for a moment, so that it is soon done when the user asks to stop. */
static size_t share_of(const struct session *session, const struct gd_worker *worker)
{
    static const double moment = 0.2; /* s */
    const size_t parts = worker->many ? session->count : 2 * session->count;
    const size_t share = (session->queue.waiting + parts - 1) / parts;
    if (worker->many)
        return share;
    const double most = worker->pace > 0 ? moment / worker->pace : 1;
    return most < 1 ? 1 : most < (double)share ? (size_t)most : share;
}

/* Starts workers that are missing, and gives those that are idle something to do. */
static enum gd_status hand_out(struct session *session, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < session->count && session->queue.waiting && !status; k++) {
        struct gd_worker *worker = session->workers[k];
        if (worker->state == GD_WORKER_ABSENT)
            status = gd_worker_start(worker, error);
        if (!status && worker->state == GD_WORKER_IDLE)
            status = gd_worker_send(worker, &session->queue, share_of(session, worker), error);
    }
    return status;
}

/* Waits until a worker has something to say or can be written to; false when nothing has happened for a while. */
static bool wait_for_workers(struct session *session)
{
    enum { MILLISECONDS = 100 };
    nfds_t polled = 0;
    for (size_t k = 0; k < session->count; k++) {
        const struct gd_worker *worker = session->workers[k];
        if (worker->state == GD_WORKER_ABSENT)
            continue;
        session->polled[polled++] = (struct pollfd){.fd = worker->process.output, .events = POLLIN};
        if (worker->process.messages >= 0)
            session->polled[polled++] = (struct pollfd){.fd = worker->process.messages, .events = POLLIN};
        if (worker->out.at < worker->out.length)
            session->polled[polled++] = (struct pollfd){.fd = worker->process.input, .events = POLLOUT};
    }
    return poll(session->polled, polled, MILLISECONDS) > 0;
}

static enum gd_halt halt(const struct session *session)
{
    const struct gd_batch *batch = session->queue.batch;
    return batch->halt ? batch->halt(batch->context) : GD_GO_ON;
}

static enum gd_status work(struct session *session, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    while (session->queue.left && !status) {
        const enum gd_halt halted = halt(session);
        if (halted == GD_STOP || (halted == GD_FINISH && !is_busy(session)))
            return GD_INTERRUPTED;
        if (halted == GD_GO_ON)
            status = hand_out(session, error);
        const bool quiet = !status && !wait_for_workers(session);
        for (size_t k = 0; k < session->count && !status; k++)
            status = gd_worker_step(session->workers[k], &session->queue, quiet, error);
    }
    return status;
}

enum gd_status gd_pool_evaluate(struct gd_worker_pool *pool, const struct gd_batch *batch, struct gd_error *error)
{
    const size_t most = (size_t)pool->settings.workers;
    if (batch->count == 0)
        return GD_OK;
    struct session session = {.pool = pool,
                              .workers = gd_array(most, sizeof *session.workers),
                              .polled = gd_array(3 * most, sizeof *session.polled)};
    enum gd_status status = session.workers && session.polled
                                ? gd_queue_open(&session.queue, batch, pool->settings.retries, error)
                                : gd_no_memory(error, "a batch");
    if (!status) {
        borrow(&session);
        status = work(&session, error);
        for (size_t k = 0; k < session.count && status; k++)
            if (session.workers[k]->state != GD_WORKER_IDLE)
                gd_worker_kill(session.workers[k]);
        give_back(&session);
    }
    gd_queue_clear(&session.queue);
    free(session.workers);
    free(session.polled);
    return status;
}
