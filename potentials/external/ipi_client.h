/* One client of the i-PI protocol: what it is doing, and the messages on the way to it and from it.
 *
 * The protocol: Kapil et al., Comput. Phys. Commun. 236, 214 (2019); lengths in bohr, energies in hartree, numbers as
 * they are in memory. A message begins with 12 bytes: a word and blanks. */
#ifndef GD_POTENTIALS_EXTERNAL_IPI_CLIENT_H
#define GD_POTENTIALS_EXTERNAL_IPI_CLIENT_H

#include "potentials/external/frame.h"
#include "potentials/external/queue.h"

/* The units of the protocol as a client has them: programs differ in the eighth digit. */
struct gd_ipi_units {
    double hartree; /* eV */
    double bohr;    /* Å */
};

/* Waiting for nothing, asked for its state, ready for a structure, at work on one. */
enum gd_ipi_state { GD_IPI_IDLE, GD_IPI_ASKED, GD_IPI_READY, GD_IPI_BUSY };

struct gd_ipi_client {
    int file;
    struct gd_ipi_units units;
    enum gd_ipi_state state;
    struct gd_bytes out, in;
    size_t place;      /* the structure that it has */
    double turn[3][3]; /* rows: the axes that the structure was turned to */
    double deadline;   /* of the clock */
    char problem[120]; /* why it is to be dropped; "": it is not */
    bool blamed;       /* its structure may be the reason */
};

/* A client that has connected. */
void gd_ipi_greet(struct gd_ipi_client *client, int file, struct gd_ipi_units units);

/* Asks one that is idle for its state. False when out of memory. */
bool gd_ipi_ask(struct gd_ipi_client *client);

/* Sends a structure to one that is ready. False when out of memory. */
bool gd_ipi_send(struct gd_ipi_client *client, const struct gd_structure *structure, size_t place, double timeout);

/* Writes and reads what can be without waiting; a result goes into its structure and to the queue. Sets `problem` when
 * the client has gone, is late, or says what it should not. False when out of memory. */
bool gd_ipi_step(struct gd_ipi_client *client, struct gd_queue *queue);

/* Tells it to leave, and closes the connection. */
void gd_ipi_close(struct gd_ipi_client *client);

/* Axes in which the first cell vector is along x and the second in the plane of x and y, as LAMMPS needs it: rows of an
 * orthogonal matrix. False for a cell without a volume. */
bool gd_ipi_axes(double vectors[3][3], double axes[3][3]);

#endif
