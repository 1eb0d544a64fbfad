/* The socket that clients connect to. */
#ifndef GD_POTENTIALS_EXTERNAL_SOCKET_H
#define GD_POTENTIALS_EXTERNAL_SOCKET_H

#include "engine/base/error.h"

struct gd_socket {
    int file; /* -1: not open */
    bool tcp;
    char *path; /* of a UNIX socket, which is removed at the end */
};

/* Opens it, ready to be polled and accepted from without blocking. address: HOST:PORT, which is TCP; a path that begins
 * with "/", or a NAME, which stands for the path /tmp/ipi_NAME. GD_FAILED when it is in use, GD_BAD_INPUT when it is no
 * address. */
enum gd_status gd_socket_open(struct gd_socket *server, const char *address, struct gd_error *error);
void gd_socket_close(struct gd_socket *server);

/* GD_BAD_INPUT when it is no address; `accepts` of a parameter. */
enum gd_status gd_socket_check_address(const char *address, struct gd_error *error);

/* The next client, not blocking; -1: there is none. */
int gd_socket_accept(const struct gd_socket *server);

/* Makes acknowledgements go out at once: many small writes of the other side would each wait 40 ms for one. It does not
 * stay so, and is repeated around every read. */
void gd_socket_hurry(int file);

#endif
