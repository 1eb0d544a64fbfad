/* Moves: how a proposal comes of a structure. Components of kind "move". */
#ifndef GD_STAGES_MOVE_H
#define GD_STAGES_MOVE_H

#include "atoms/system.h"
#include "engine/run/context.h"
#include "potentials/potential.h"

/* A structure to be moved. Where a move leaves atoms outside of the window, the caller brings them back. */
struct gd_proposal {
    const struct gd_system *system;
    const struct gd_potential *potential; /* NULL unless the move needs it */
    struct gd_stream *stream;             /* of this structure alone */
    double step;                          /* factor for lengths */
    double kinetic;                       /* factor for kinetic energies */
    double (*positions)[3];               /* [atoms] Å; the first system->fixed stay as they are */
    int64_t evaluations;                  /* calls of the potential, counted by the move */
    bool moved;                           /* set by the move: it found something to change */
};

struct gd_move_class {
    struct gd_component base;
    /* Whether it needs the potential with these parameters. NULL: it does not. */
    bool (*evaluates)(const void *params);
    /* Changes the positions of mobile atoms, from one thread. Another structure may be moved by another thread. */
    enum gd_status (*move)(const void *params, struct gd_proposal *proposal, struct gd_error *error);
    /* Whether the parameters suit the system; GD_BAD_INPUT blames one of them. May be NULL. */
    enum gd_status (*check)(const void *params, const struct gd_system *system, struct gd_error *error);
};

extern const struct gd_move_class *const gd_moves[]; /* NULL-ended */

/* Whether the chosen move, or one of which it consists, needs the potential. */
bool gd_move_evaluates(const struct gd_choice *move);

/* The chosen move itself. */
enum gd_status gd_move_run(const struct gd_choice *move, struct gd_proposal *proposal, struct gd_error *error);
enum gd_status gd_move_check(const struct gd_choice *move, const struct gd_system *system, struct gd_error *error);

#endif
