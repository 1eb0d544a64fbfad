/* Relaxation: structures moved along their forces into minima of the energy. */
#ifndef GD_POTENTIALS_RELAX_H
#define GD_POTENTIALS_RELAX_H

#include "atoms/system.h"
#include "potentials/potential.h"

/* The walls of a system's window: atoms are turned back at them, or stopped and held as long as a force presses them
 * on. */
enum gd_walls { GD_WALLS_STOP, GD_WALLS_REFLECT };

/* How structures are relaxed: parameters of a stage or command. */
struct gd_relaxation {
    struct gd_choice optimiser;
    double fmax;   /* eV/Å: longest force on an atom that moves at the end */
    int64_t steps; /* at most: moves, so that there are at most steps + 1 force calls */
    double cap;    /* Å: longest move of an atom in a step */
    int walls;     /* enum gd_walls */
};

extern const char *const gd_walls_names[]; /* NULL-ended */

/* The rows of a relaxation, the member `relaxation` of a struct of type `params`; text for their defaults. */
#define GD_RELAXATION_ROWS(params, default_fmax, default_steps)                                                        \
    {.name = "optimiser",                                                                                              \
     .type = GD_COMPONENT,                                                                                             \
     .offset = offsetof(params, relaxation.optimiser),                                                                 \
     .kind = "optimiser",                                                                                              \
     .initial = "lbfgs",                                                                                               \
     .help = "how the next move is found"},                                                                            \
        {.name = "fmax",                                                                                               \
         .type = GD_FLOAT,                                                                                             \
         .offset = offsetof(params, relaxation.fmax),                                                                  \
         .initial = default_fmax,                                                                                      \
         .min = 0,                                                                                                     \
         .max = 1e6,                                                                                                   \
         .unit = "eV/Å",                                                                                               \
         .help = "a structure is done when no force on a mobile atom is longer"},                                      \
        {.name = "steps",                                                                                              \
         .type = GD_INT,                                                                                               \
         .offset = offsetof(params, relaxation.steps),                                                                 \
         .initial = default_steps,                                                                                     \
         .example = "6",                                                                                               \
         .min = 0,                                                                                                     \
         .max = 1e9,                                                                                                   \
         .help = "most moves of a structure; there is one force call more"},                                           \
        {.name = "cap",                                                                                                \
         .type = GD_FLOAT,                                                                                             \
         .offset = offsetof(params, relaxation.cap),                                                                   \
         .initial = "0.2",                                                                                             \
         .min = 0,                                                                                                     \
         .max = 10,                                                                                                    \
         .above_min = true,                                                                                            \
         .unit = "Å",                                                                                                  \
         .help = "longest move of an atom in a step; the whole structure's move is scaled down to it"},                \
    {                                                                                                                  \
        .name = "walls", .type = GD_CHOICE, .offset = offsetof(params, relaxation.walls), .initial = "stop",           \
        .choices = gd_walls_names,                                                                                     \
        .help = "at the walls of the window, atoms stop, and a force through the wall is ignored, or they are "        \
                "reflected"                                                                                            \
    }

/* How a relaxation has ended: GD_RELAX_STEPS also when there was no next move. After the last two the structure is
 * where that was found, and its energy is NaN. */
enum gd_relaxed_end { GD_RELAXED, GD_RELAX_STEPS, GD_RELAX_NOT_FINITE, GD_RELAX_CLASH, GD_RELAX_ENDS };

extern const char *const gd_relaxed_end_names[]; /* "converged", "not converged", ...; NULL-ended */

struct gd_relaxed {
    enum gd_relaxed_end end;
    size_t calls; /* evaluations of energy and forces, those that gave numbers which are not finite included */
    double fmax;  /* eV/Å, at the last of them: over atoms that move, without forces through a wall */
};

/* What relaxes structures. */
struct gd_relaxer {
    const struct gd_relaxation *relaxation;
    const struct gd_potential *potential;
    const struct gd_system *system;    /* keeps moved atoms in its window and cell; NULL: nothing does */
    bool (*stop)(const void *context); /* asked at every step, from any thread: whether to stop at once; NULL: never */
    const void *context;
};

/* Relaxes a structure with room for its forces in place: positions, energy and forces are those of the last evaluation.
 * movable: [count] which atoms move. `path`: a set of the same atoms, to which every evaluated step is appended, or
 * NULL. GD_INTERRUPTED, without a message, when stopped; a failure of the potential, or of the cell, is one. */
enum gd_status gd_relax(const struct gd_relaxer *relaxer, struct gd_structure *structure, const bool *movable,
                        struct gd_set *path, struct gd_relaxed *relaxed, struct gd_error *error);

/* Relaxes structures [first, first+count) of a set in place, `threads` at a time, each by itself: the same bits for any
 * number of threads. movable: [count][set->atoms]; NULL: all atoms but the fixed ones. paths, relaxed: [count]; paths
 * may be NULL. A failure names the structure by numbers[k], or by its place in the set when that is NULL, from 1. */
enum gd_status gd_relax_set(const struct gd_relaxer *relaxer, struct gd_set *set, size_t first, size_t count,
                            const bool *movable, const size_t *numbers, struct gd_set *paths,
                            struct gd_relaxed *relaxed, int threads, struct gd_error *error);

#endif
