/* Potential `ipi`: other programs connect as clients of the i-PI protocol and share the work. */
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "potentials/external/ipi_client.h"
#include "potentials/external/socket.h"

extern const struct gd_potential_class gd_potential_ipi;

struct params {
    const char *address;
    double timeout, wait;
    int64_t retries;
};

static const struct gd_param rows[] = {
    {.name = "address",
     .type = GD_STRING,
     .offset = offsetof(struct params, address),
     .accepts = gd_socket_check_address,
     .help = "Where clients connect: NAME for the UNIX socket /tmp/ipi_NAME, a path that begins with /, or HOST:PORT, "
             "such as localhost:31415.",
     .example = "godiff"},
    {.name = "wait",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, wait),
     .initial = "3600",
     .max = 1e9,
     .above_min = true,
     .unit = "s",
     .help = "How long a run waits when there is no client."},
    {.name = "timeout",
     .type = GD_FLOAT,
     .offset = offsetof(struct params, timeout),
     .initial = "3600",
     .max = 1e9,
     .above_min = true,
     .unit = "s",
     .help = "Longest time of an evaluation; a client that takes longer is dropped."},
    {.name = "retries",
     .type = GD_INT,
     .offset = offsetof(struct params, retries),
     .initial = "1",
     .max = 1000,
     .help = "How often an evaluation is tried again when its client has gone or took too long."},
    {0},
};

enum { MOST_CLIENTS = 1024 };

struct served {
    struct gd_potential base;
    char *address;
    double timeout, wait;
    int retries;
    pthread_mutex_t mutex; /* of all below */
    struct gd_socket server;
    struct gd_ipi_client *clients; /* [count] */
    size_t count, capacity;
    double lonely;     /* since when there is no client, of the clock */
    char problem[120]; /* why the last client was dropped */
};

static struct served *served_of(const struct gd_potential *potential)
{
    return (struct served *)(uintptr_t)potential;
}

/* --- Clients ------------------------------------------------------------------------------------------------------ */

/* Takes clients that have connected; false when out of memory. */
static bool accept_clients(struct served *served)
{
    for (int file; served->count < MOST_CLIENTS && (file = gd_socket_accept(&served->server)) >= 0; served->count++) {
        if (!gd_grow(&served->clients, &served->capacity, served->count + 1, sizeof *served->clients)) {
            close(file);
            return false;
        }
        gd_ipi_greet(&served->clients[served->count], file);
    }
    return true;
}

/* Lets client k go; its structure goes back to the queue. */
static void drop_client(struct served *served, size_t k, struct gd_queue *queue)
{
    struct gd_ipi_client *client = &served->clients[k];
    snprintf(served->problem, sizeof served->problem, "%s", client->problem);
    if (client->state == GD_IPI_BUSY && client->blamed)
        gd_queue_blame(queue, client->place, client->problem);
    else if (client->state == GD_IPI_BUSY)
        gd_queue_give_back(queue, client->place, false);
    gd_ipi_close(client);
    *client = served->clients[--served->count];
}

/* --- A batch ------------------------------------------------------------------------------------------------------ */

static bool is_busy(const struct served *served)
{
    for (size_t k = 0; k < served->count; k++)
        if (served->clients[k].state == GD_IPI_BUSY)
            return true;
    return false;
}

/* Gives structures to clients that are ready, and asks those that are idle as long as more wait. */
static bool hand_out(struct served *served, struct gd_queue *queue)
{
    bool fits = true;
    for (size_t k = 0, place; k < served->count && queue->waiting && fits; k++) {
        struct gd_ipi_client *client = &served->clients[k];
        if (client->state == GD_IPI_IDLE)
            fits = gd_ipi_ask(client);
        else if (client->state == GD_IPI_READY && gd_queue_take(queue, 1, &place) == 1)
            fits = gd_ipi_send(client, &queue->batch->structures[place], place, served->timeout);
    }
    return fits;
}

static void wait_for_clients(const struct served *served, struct pollfd *polled)
{
    enum { MILLISECONDS = 100 };
    polled[0] = (struct pollfd){.fd = served->server.file, .events = POLLIN};
    for (size_t k = 0; k < served->count; k++) {
        const struct gd_bytes *out = &served->clients[k].out;
        const short also = out->at < out->length ? POLLOUT : 0;
        polled[k + 1] = (struct pollfd){.fd = served->clients[k].file, .events = (short)(POLLIN | also)};
    }
    poll(polled, (nfds_t)served->count + 1, MILLISECONDS);
}

static bool step_clients(struct served *served, struct gd_queue *queue)
{
    bool fits = accept_clients(served);
    for (size_t k = served->count; k-- > 0 && fits;) {
        fits = gd_ipi_step(&served->clients[k], queue);
        if (*served->clients[k].problem)
            drop_client(served, k, queue);
    }
    return fits;
}

/* GD_FAILED when there has been no client for too long. */
static enum gd_status check_company(struct served *served, struct gd_error *error)
{
    if (served->count)
        served->lonely = gd_clock();
    if (gd_clock() - served->lonely <= served->wait)
        return GD_OK;
    return gd_fail(error, GD_FAILED, "ipi: no client at %s for %g s%s%s: start one, then continue with --resume",
                   served->address, served->wait, *served->problem ? "; the last one: " : "", served->problem);
}

static enum gd_status work(struct served *served, struct gd_queue *queue, struct pollfd *polled, struct gd_error *error)
{
    const struct gd_batch *batch = queue->batch;
    enum gd_status status = GD_OK;
    served->lonely = gd_clock();
    while (queue->left && !status) {
        const enum gd_halt halted = batch->halt ? batch->halt(batch->context) : GD_GO_ON;
        if (halted == GD_STOP || (halted == GD_FINISH && !is_busy(served)))
            return GD_INTERRUPTED;
        bool fits = halted != GD_GO_ON || hand_out(served, queue);
        if (fits) {
            wait_for_clients(served, polled);
            fits = step_clients(served, queue);
        }
        status = fits ? check_company(served, error) : gd_no_memory(error, "clients");
    }
    return status;
}

/* Clients that are at work on what nobody waits for any more. */
static void drop_busy(struct served *served, struct gd_queue *queue)
{
    for (size_t k = served->count; k-- > 0;)
        if (served->clients[k].state == GD_IPI_BUSY) {
            snprintf(served->clients[k].problem, sizeof served->clients[k].problem, "it was stopped");
            drop_client(served, k, queue);
        }
}

static enum gd_status evaluate_locked(struct served *served, const struct gd_batch *batch, struct gd_error *error)
{
    struct gd_queue queue;
    struct pollfd *polled = gd_array(MOST_CLIENTS + 1, sizeof *polled);
    enum gd_status status =
        polled ? gd_queue_open(&queue, batch, served->retries, error) : gd_no_memory(error, "clients");
    if (status) {
        free(polled);
        return status;
    }
    if (served->server.file < 0)
        status = gd_socket_open(&served->server, served->address, error);
    if (!status)
        status = work(served, &queue, polled, error);
    if (status)
        drop_busy(served, &queue);
    gd_queue_clear(&queue);
    free(polled);
    return status;
}

static enum gd_status evaluate_many(const struct gd_potential *potential, const struct gd_batch *batch, int threads,
                                    struct gd_error *error)
{
    struct served *served = served_of(potential);
    (void)threads;
    pthread_mutex_lock(&served->mutex);
    enum gd_status status = evaluate_locked(served, batch, error);
    pthread_mutex_unlock(&served->mutex);
    return status;
}

/* --- The potential ------------------------------------------------------------------------------------------------ */

static void destroy(struct gd_potential *potential)
{
    struct served *served = served_of(potential);
    for (size_t k = 0; k < served->count; k++)
        gd_ipi_close(&served->clients[k]);
    gd_socket_close(&served->server);
    pthread_mutex_destroy(&served->mutex);
    free(served->clients);
    free(served->address);
    free(served);
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct served *made = gd_array(1, sizeof *made);
    char *address = gd_string(params->address);
    if (!made || !address) {
        free(made);
        free(address);
        return gd_no_memory(error, "a potential");
    }
    made->base.type = &gd_potential_ipi;
    made->address = address;
    made->timeout = params->timeout;
    made->wait = params->wait;
    made->retries = (int)params->retries;
    made->server.file = -1;
    pthread_mutex_init(&made->mutex, NULL);
    *potential = &made->base;
    return GD_OK;
}

/* The protocol has a cell always; what atoms it is for the client knows. */
static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    struct gd_cell cell = structure->cell;
    double axes[3][3];
    (void)potential;
    return gd_ipi_axes(cell.vectors, axes) ? GD_OK
                                           : gd_fail(error, GD_BAD_INPUT, "a client needs a cell with three vectors");
}

const struct gd_potential_class gd_potential_ipi = {
    .base = {"ipi", "Other programs, which connect as clients of the i-PI protocol and share the work.", rows,
             sizeof(struct params)},
    .slow = true,
    .external = true,
    .create = create,
    .supports = supports,
    .evaluate = gd_potential_evaluate_alone,
    .evaluate_many = evaluate_many,
    .destroy = destroy,
};
