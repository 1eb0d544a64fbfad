/* A server of the i-PI protocol, which shares a batch of structures among those who have connected. */
#ifndef GD_POTENTIALS_EXTERNAL_IPI_SERVER_H
#define GD_POTENTIALS_EXTERNAL_IPI_SERVER_H

#include "potentials/external/ipi_client.h"
#include "potentials/external/socket.h"

struct gd_ipi_server {
    const char *name, *address; /* borrowed; the name is that of the potential, for messages */
    double timeout;             /* s, of an evaluation */
    double wait;                /* s, without a client */
    int retries;
    struct gd_ipi_units units;
    /* Asked again and again while a batch is worked on, if not NULL: what ends the work, or GD_OK. */
    enum gd_status (*tend)(void *context, struct gd_error *error);
    void *context;
    /* The rest is the server's own: zeros, and socket.file -1. */
    struct gd_socket socket;
    struct gd_ipi_client *clients; /* [count] */
    size_t count, capacity;
    double lonely;     /* since when there is no client, of the clock */
    char problem[120]; /* why the last client was dropped */
};

/* As gd_potential_class.evaluate_many; opens the socket at the first call. One thread at a time. */
enum gd_status gd_ipi_server_evaluate(struct gd_ipi_server *server, const struct gd_batch *batch,
                                      struct gd_error *error);

/* Opens the socket, so that clients can connect; of no effect when it is open. */
enum gd_status gd_ipi_server_open(struct gd_ipi_server *server, struct gd_error *error);

/* Tells all clients to leave. */
void gd_ipi_server_dismiss(struct gd_ipi_server *server);

/* The same, and closes the socket. */
void gd_ipi_server_close(struct gd_ipi_server *server);

#endif
