#include "potentials/external/ipi_client.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "potentials/external/socket.h"

enum { WORD = 12, MOST_EXTRA = 1 << 26 };

static bool add_word(struct gd_bytes *out, const char *word)
{
    char padded[WORD + 1];
    snprintf(padded, sizeof padded, "%-12s", word);
    return gd_bytes_add(out, padded, WORD);
}

static void complain(struct gd_ipi_client *client, const char *problem)
{
    if (!*client->problem)
        snprintf(client->problem, sizeof client->problem, "%s", problem);
}

void gd_ipi_greet(struct gd_ipi_client *client, int file, struct gd_ipi_units units)
{
    *client = (struct gd_ipi_client){.file = file, .units = units};
}

bool gd_ipi_ask(struct gd_ipi_client *client)
{
    static const double patience = 60; /* s */
    client->state = GD_IPI_ASKED;
    client->deadline = gd_clock() + patience;
    return add_word(&client->out, "STATUS");
}

/* Lets a client that was asked answer before the connection is closed, which it takes for a failure. */
static void hear_out(const struct gd_ipi_client *client)
{
    struct pollfd polled = {.fd = client->file, .events = POLLIN};
    char bytes[WORD];
    if (poll(&polled, 1, 1000) == 1)
        (void)!recv(client->file, bytes, sizeof bytes, MSG_DONTWAIT);
}

void gd_ipi_close(struct gd_ipi_client *client)
{
    struct gd_bytes exit = {0};
    if (!*client->problem && client->state == GD_IPI_ASKED)
        hear_out(client);
    if (!*client->problem && client->state != GD_IPI_BUSY && add_word(&exit, "EXIT"))
        (void)!send(client->file, exit.data, exit.length, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(client->file);
    free(exit.data);
    free(client->out.data);
    free(client->in.data);
    *client = (struct gd_ipi_client){.file = -1};
}

/* --- Structures --------------------------------------------------------------------------------------------------- */

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Gram and Schmidt. */
bool gd_ipi_axes(double vectors[3][3], double axes[3][3])
{
    for (int k = 0; k < 3; k++) {
        memcpy(axes[k], vectors[k], sizeof axes[k]);
        for (int j = 0; j < k; j++) {
            const double along = dot(vectors[k], axes[j]);
            for (int axis = 0; axis < 3; axis++)
                axes[k][axis] -= along * axes[j][axis];
        }
        const double length = sqrt(dot(axes[k], axes[k])), full = sqrt(dot(vectors[k], vectors[k]));
        if (!(length > 1e-6 * full))
            return false;
        for (int axis = 0; axis < 3; axis++)
            axes[k][axis] /= length;
    }
    return true;
}

/* The inverse of a lower triangular matrix. */
static void invert(double m[3][3], double inverse[3][3])
{
    memset(inverse, 0, 9 * sizeof(double));
    for (int k = 0; k < 3; k++)
        inverse[k][k] = 1 / m[k][k];
    inverse[1][0] = -m[1][0] / (m[0][0] * m[1][1]);
    inverse[2][1] = -m[2][1] / (m[1][1] * m[2][2]);
    inverse[2][0] = (m[1][0] * m[2][1] - m[2][0] * m[1][1]) / (m[0][0] * m[1][1] * m[2][2]);
}

/* The cell as the columns of a matrix, and its inverse. */
static bool add_cell(struct gd_bytes *out, const struct gd_cell *cell, double axes[3][3], double bohr)
{
    double rows[3][3], inverse[3][3], columns[2][3][3];
    for (int k = 0; k < 3; k++)
        for (int axis = 0; axis < 3; axis++)
            rows[k][axis] = axis > k ? 0 : dot(cell->vectors[k], axes[axis]) / bohr;
    invert(rows, inverse);
    for (int k = 0; k < 3; k++)
        for (int axis = 0; axis < 3; axis++) {
            columns[0][axis][k] = rows[k][axis];
            columns[1][axis][k] = inverse[k][axis];
        }
    return gd_bytes_add(out, columns, sizeof columns);
}

bool gd_ipi_send(struct gd_ipi_client *client, const struct gd_structure *structure, size_t place, double timeout)
{
    struct gd_cell cell = structure->cell;
    const int32_t atoms = (int32_t)structure->count;
    gd_ipi_axes(cell.vectors, client->turn);
    client->out.at = client->out.length = 0;
    bool fits = add_word(&client->out, "POSDATA") && add_cell(&client->out, &cell, client->turn, client->units.bohr) &&
                gd_bytes_add(&client->out, &atoms, sizeof atoms);
    for (size_t i = 0; i < structure->count && fits; i++) {
        double turned[3];
        for (int axis = 0; axis < 3; axis++)
            turned[axis] = dot(structure->positions[i], client->turn[axis]) / client->units.bohr;
        fits = gd_bytes_add(&client->out, turned, sizeof turned);
    }
    client->place = place;
    client->state = GD_IPI_BUSY;
    client->deadline = gd_clock() + timeout;
    return fits && add_word(&client->out, "GETFORCE");
}

/* --- Answers ------------------------------------------------------------------------------------------------------ */

/* What an answer with forces has before and after them. */
enum { BEFORE = WORD + sizeof(double) + sizeof(int32_t), AFTER = 9 * sizeof(double) + sizeof(int32_t) };

static bool says(const struct gd_bytes *in, const char *word)
{
    char padded[WORD + 1];
    snprintf(padded, sizeof padded, "%-12s", word);
    return memcmp(in->data, padded, WORD) == 0;
}

static void drop_front(struct gd_bytes *in, size_t length)
{
    in->length -= length;
    memmove(in->data, in->data + length, in->length);
}

/* Takes up the answer to STATUS. */
static bool take_status(struct gd_ipi_client *client)
{
    static const int32_t replica[2] = {0, 1}; /* its number, and the bytes of what follows, which not every client lets
                                                 be none */
    bool fits = true;
    if (says(&client->in, "READY"))
        client->state = GD_IPI_READY;
    else if (says(&client->in, "NEEDINIT"))
        fits = add_word(&client->out, "INIT") && gd_bytes_add(&client->out, replica, sizeof replica) &&
               gd_bytes_add(&client->out, " ", 1) && gd_ipi_ask(client);
    else
        complain(client, "the client answered what the protocol does not have");
    drop_front(&client->in, WORD);
    return fits;
}

static void store(const struct gd_ipi_client *client, struct gd_structure *structure)
{
    const char *answer = client->in.data;
    double energy;
    memcpy(&energy, answer + WORD, sizeof energy);
    structure->energy = energy * client->units.hartree;
    for (size_t i = 0; i < structure->count; i++) {
        double force[3];
        memcpy(force, answer + BEFORE + i * sizeof force, sizeof force);
        for (int axis = 0; axis < 3; axis++)
            structure->forces[i][axis] = (client->units.hartree / client->units.bohr) *
                                         (force[0] * client->turn[0][axis] + force[1] * client->turn[1][axis] +
                                          force[2] * client->turn[2][axis]);
    }
}

/* Takes up energy and forces as soon as all is there. */
static bool take_forces(struct gd_ipi_client *client, struct gd_queue *queue)
{
    struct gd_structure *structure = &queue->batch->structures[client->place];
    const size_t before_extra = BEFORE + structure->count * 3 * sizeof(double) + AFTER;
    int32_t atoms, extra;
    if (!says(&client->in, "FORCEREADY")) {
        complain(client, "the client answered what the protocol does not have");
        return true;
    }
    if (client->in.length < BEFORE)
        return true;
    memcpy(&atoms, client->in.data + BEFORE - sizeof atoms, sizeof atoms);
    if (atoms < 0 || (size_t)atoms != structure->count) {
        snprintf(client->problem, sizeof client->problem,
                 "the client has %d atoms, the structure %zu: give it a template "
                 "with the atoms of this pipeline, in their order",
                 (int)atoms, structure->count);
        return true;
    }
    if (client->in.length < before_extra)
        return true;
    memcpy(&extra, client->in.data + before_extra - sizeof extra, sizeof extra);
    if (extra < 0 || extra > MOST_EXTRA)
        complain(client, "the client announced more text than it can have");
    if (*client->problem || client->in.length < before_extra + (size_t)extra)
        return true;
    store(client, structure);
    drop_front(&client->in, before_extra + (size_t)extra);
    client->state = GD_IPI_IDLE;
    gd_queue_finish(queue, client->place, NULL);
    return !queue->waiting || gd_ipi_ask(client);
}

/* --- Reading and writing ------------------------------------------------------------------------------------------ */

static void write_some(struct gd_ipi_client *client)
{
    struct gd_bytes *out = &client->out;
    while (out->at < out->length) {
        const ssize_t length = send(client->file, out->data + out->at, out->length - out->at, MSG_NOSIGNAL);
        if (length <= 0)
            return; /* a connection that has ended is seen when reading */
        out->at += (size_t)length;
    }
    out->at = out->length = 0;
}

static bool read_some(struct gd_ipi_client *client)
{
    char bytes[65536];
    ssize_t length = 1;
    while (length > 0) {
        gd_socket_hurry(client->file);
        length = recv(client->file, bytes, sizeof bytes, 0);
        if (length > 0 && !gd_bytes_add(&client->in, bytes, (size_t)length))
            return false;
    }
    const bool gone = length == 0 || (errno != EAGAIN && errno != EINTR);
    gd_socket_hurry(client->file);
    if (gone) {
        complain(client, "the client has gone");
        client->blamed = true;
    }
    return true;
}

bool gd_ipi_step(struct gd_ipi_client *client, struct gd_queue *queue)
{
    write_some(client);
    bool fits = read_some(client);
    for (size_t before = 0; fits && client->in.length >= WORD && client->in.length != before && client->in.length;) {
        before = client->in.length;
        if (client->state == GD_IPI_READY || client->state == GD_IPI_IDLE)
            complain(client, "the client spoke without being asked");
        else if (client->state == GD_IPI_ASKED)
            fits = take_status(client);
        else
            fits = take_forces(client, queue);
        if (*client->problem)
            return fits;
    }
    write_some(client);
    if ((client->state == GD_IPI_ASKED || client->state == GD_IPI_BUSY) && gd_clock() > client->deadline) {
        complain(client, "the client took too long");
        client->blamed = true;
    }
    return fits;
}
