#include "potentials/external/ipi_server.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/memory.h"

enum { MOST_CLIENTS = 1024 };

/* --- Clients ------------------------------------------------------------------------------------------------------ */

/* Takes clients that have connected; false when out of memory. */
static bool accept_clients(struct gd_ipi_server *server)
{
    for (int file; server->count < MOST_CLIENTS && (file = gd_socket_accept(&server->socket)) >= 0; server->count++) {
        if (!gd_grow(&server->clients, &server->capacity, server->count + 1, sizeof *server->clients)) {
            close(file);
            return false;
        }
        gd_ipi_greet(&server->clients[server->count], file, server->units);
    }
    return true;
}

/* Lets client k go; its structure goes back to the queue. */
static void drop_client(struct gd_ipi_server *server, size_t k, struct gd_queue *queue)
{
    struct gd_ipi_client *client = &server->clients[k];
    snprintf(server->problem, sizeof server->problem, "%s", client->problem);
    if (client->state == GD_IPI_BUSY && client->blamed)
        gd_queue_blame(queue, client->place, client->problem);
    else if (client->state == GD_IPI_BUSY)
        gd_queue_give_back(queue, client->place, false);
    gd_ipi_close(client);
    *client = server->clients[--server->count];
}

/* --- A batch ------------------------------------------------------------------------------------------------------ */

static bool is_busy(const struct gd_ipi_server *server)
{
    for (size_t k = 0; k < server->count; k++)
        if (server->clients[k].state == GD_IPI_BUSY)
            return true;
    return false;
}

/* Gives structures to clients that are ready, and asks those that are idle as long as more wait. */
static bool hand_out(struct gd_ipi_server *server, struct gd_queue *queue)
{
    bool fits = true;
    for (size_t k = 0, place; k < server->count && queue->waiting && fits; k++) {
        struct gd_ipi_client *client = &server->clients[k];
        if (client->state == GD_IPI_IDLE)
            fits = gd_ipi_ask(client);
        else if (client->state == GD_IPI_READY && gd_queue_take(queue, 1, &place) == 1)
            fits = gd_ipi_send(client, &queue->batch->structures[place], place, server->timeout);
    }
    return fits;
}

static void wait_for_clients(const struct gd_ipi_server *server, struct pollfd *polled)
{
    enum { MILLISECONDS = 100 };
    polled[0] = (struct pollfd){.fd = server->socket.file, .events = POLLIN};
    for (size_t k = 0; k < server->count; k++) {
        const struct gd_bytes *out = &server->clients[k].out;
        const short also = out->at < out->length ? POLLOUT : 0;
        polled[k + 1] = (struct pollfd){.fd = server->clients[k].file, .events = (short)(POLLIN | also)};
    }
    poll(polled, (nfds_t)server->count + 1, MILLISECONDS);
}

static bool step_clients(struct gd_ipi_server *server, struct gd_queue *queue)
{
    bool fits = accept_clients(server);
    for (size_t k = server->count; k-- > 0 && fits;) {
        fits = gd_ipi_step(&server->clients[k], queue);
        if (*server->clients[k].problem)
            drop_client(server, k, queue);
    }
    return fits;
}

/* GD_FAILED when there has been no client for too long. */
static enum gd_status check_company(struct gd_ipi_server *server, struct gd_error *error)
{
    if (server->count)
        server->lonely = gd_clock();
    if (gd_clock() - server->lonely <= server->wait)
        return GD_OK;
    return gd_fail(error, GD_FAILED, "%s: no client at %s for %g s%s%s: start one, then continue with --resume",
                   server->name, server->address, server->wait, *server->problem ? "; the last one: " : "",
                   server->problem);
}

static enum gd_status work(struct gd_ipi_server *server, struct gd_queue *queue, struct pollfd *polled,
                           struct gd_error *error)
{
    const struct gd_batch *batch = queue->batch;
    enum gd_status status = GD_OK;
    server->lonely = gd_clock();
    while (queue->left && !status) {
        const enum gd_halt halted = batch->halt ? batch->halt(batch->context) : GD_GO_ON;
        if (halted == GD_STOP || (halted == GD_FINISH && !is_busy(server)))
            return GD_INTERRUPTED;
        bool fits = halted != GD_GO_ON || hand_out(server, queue);
        if (fits) {
            wait_for_clients(server, polled);
            fits = step_clients(server, queue);
        }
        status = fits ? check_company(server, error) : gd_no_memory(error, "clients");
        if (!status && server->tend)
            status = server->tend(server->context, error);
    }
    return status;
}

/* Clients that are at work on what nobody waits for any more. */
static void drop_busy(struct gd_ipi_server *server, struct gd_queue *queue)
{
    for (size_t k = server->count; k-- > 0;)
        if (server->clients[k].state == GD_IPI_BUSY) {
            snprintf(server->clients[k].problem, sizeof server->clients[k].problem, "it was stopped");
            drop_client(server, k, queue);
        }
}

enum gd_status gd_ipi_server_open(struct gd_ipi_server *server, struct gd_error *error)
{
    return server->socket.file < 0 ? gd_socket_open(&server->socket, server->address, error) : GD_OK;
}

enum gd_status gd_ipi_server_evaluate(struct gd_ipi_server *server, const struct gd_batch *batch,
                                      struct gd_error *error)
{
    struct gd_queue queue;
    struct pollfd *polled = gd_array(MOST_CLIENTS + 1, sizeof *polled);
    enum gd_status status =
        polled ? gd_queue_open(&queue, batch, server->retries, error) : gd_no_memory(error, "clients");
    if (status) {
        free(polled);
        return status;
    }
    status = gd_ipi_server_open(server, error);
    if (!status)
        status = work(server, &queue, polled, error);
    if (status)
        drop_busy(server, &queue);
    gd_queue_clear(&queue);
    free(polled);
    return status;
}

/* --- The end ------------------------------------------------------------------------------------------------------ */

void gd_ipi_server_dismiss(struct gd_ipi_server *server)
{
    for (size_t k = 0; k < server->count; k++)
        gd_ipi_close(&server->clients[k]);
    server->count = 0;
}

void gd_ipi_server_close(struct gd_ipi_server *server)
{
    gd_ipi_server_dismiss(server);
    gd_socket_close(&server->socket);
    free(server->clients);
    server->clients = NULL;
    server->capacity = 0;
}
