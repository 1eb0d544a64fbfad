#include "potentials/external/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/memory.h"

enum { WAITING = 64 };

static bool is_tcp(const char *address)
{
    return *address != '/' && strchr(address, ':');
}

enum gd_status gd_socket_check_address(const char *address, struct gd_error *error)
{
    const struct sockaddr_un local;
    const char *port = strrchr(address, ':');
    if (is_tcp(address))
        return port > address && port[1] && strspn(port + 1, "0123456789") == strlen(port + 1) && atoi(port + 1) < 65536
                   ? GD_OK
                   : gd_fail(error, GD_BAD_INPUT, "'%s' is no HOST:PORT with a number up to 65535", address);
    const size_t prefix = *address == '/' ? 0 : strlen("/tmp/ipi_");
    if (!*address || (*address != '/' && strchr(address, '/')))
        return gd_fail(error, GD_BAD_INPUT,
                       "expected NAME, for /tmp/ipi_NAME, a path that begins with /, or HOST:PORT");
    return prefix + strlen(address) < sizeof local.sun_path
               ? GD_OK
               : gd_fail(error, GD_BAD_INPUT, "the path of a socket has at most %zu bytes", sizeof local.sun_path - 1);
}

static enum gd_status fail(struct gd_socket *server, const char *address, struct gd_error *error)
{
    const int reason = errno;
    gd_socket_close(server);
    return gd_fail(error, GD_FAILED, "%s: %s", address, strerror(reason));
}

/* --- UNIX sockets ------------------------------------------------------------------------------------------------- */

/* Whether somebody listens there. */
static bool is_in_use(const struct sockaddr_un *local)
{
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool used = file >= 0 && connect(file, (const struct sockaddr *)local, sizeof *local) == 0;
    if (file >= 0)
        close(file);
    return used;
}

/* Removes a socket that a program has left behind. */
static void remove_left_behind(const struct sockaddr_un *local)
{
    struct stat info;
    if (lstat(local->sun_path, &info) == 0 && S_ISSOCK(info.st_mode))
        unlink(local->sun_path);
}

static enum gd_status open_unix(struct gd_socket *server, const char *address, struct gd_error *error)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    char *path = gd_format("%s%s", *address == '/' ? "" : "/tmp/ipi_", address);
    if (!path)
        return gd_no_memory(error, address);
    memcpy(local.sun_path, path, strlen(path));
    if (is_in_use(&local)) {
        gd_fail(error, GD_FAILED, "%s: another program waits for clients there", path);
        free(path);
        return GD_FAILED;
    }
    remove_left_behind(&local);
    server->file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool bound = server->file >= 0 && bind(server->file, (struct sockaddr *)&local, sizeof local) == 0;
    if (bound)
        server->path = path;
    else
        free(path);
    return bound && chmod(local.sun_path, 0600) == 0 && listen(server->file, WAITING) == 0
               ? GD_OK
               : fail(server, local.sun_path, error);
}

/* --- TCP ---------------------------------------------------------------------------------------------------------- */

static enum gd_status bind_tcp(struct gd_socket *server, const struct addrinfo *to, const char *address,
                               struct gd_error *error)
{
    const int yes = 1;
    server->file = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->file < 0 || setsockopt(server->file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) ||
        bind(server->file, to->ai_addr, to->ai_addrlen) || listen(server->file, WAITING))
        return fail(server, address, error);
    return GD_OK;
}

static enum gd_status open_tcp(struct gd_socket *server, const char *address, struct gd_error *error)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *to = NULL;
    const char *port = strrchr(address, ':');
    char *host = gd_format("%.*s", (int)(port - address), address);
    if (!host)
        return gd_no_memory(error, address);
    const int failure = getaddrinfo(host, port + 1, &hints, &to);
    enum gd_status status = failure ? gd_fail(error, GD_FAILED, "%s: %s", host, gai_strerror(failure))
                                    : bind_tcp(server, to, address, error);
    if (to)
        freeaddrinfo(to);
    free(host);
    return status;
}

enum gd_status gd_socket_open(struct gd_socket *server, const char *address, struct gd_error *error)
{
    *server = (struct gd_socket){.file = -1, .tcp = is_tcp(address)};
    return server->tcp ? open_tcp(server, address, error) : open_unix(server, address, error);
}

void gd_socket_close(struct gd_socket *server)
{
    if (server->file >= 0)
        close(server->file);
    if (server->path)
        unlink(server->path);
    free(server->path);
    server->path = NULL;
    server->file = -1;
}

int gd_socket_accept(const struct gd_socket *server)
{
    const int yes = 1, file = accept4(server->file, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (file >= 0 && server->tcp)
        setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return file;
}

void gd_socket_hurry(int file)
{
    const int yes = 1;
    setsockopt(file, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes); /* of no effect on a UNIX socket */
}
