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

/* How a relaxation has ended: GD_RELAX_STEPS also when there was no next move, GD_RELAX_FAILED when the potential
 * failed. After the last three the structure is where that was found, and its energy is NaN. */
enum gd_relaxed_end { GD_RELAXED, GD_RELAX_STEPS, GD_RELAX_NOT_FINITE, GD_RELAX_CLASH, GD_RELAX_FAILED, GD_RELAX_ENDS };

extern const char *const gd_relaxed_end_names[]; /* "converged", "not converged", ...; NULL-ended */

struct gd_relaxed {
    enum gd_relaxed_end end;
    size_t calls; /* evaluations of energy and forces, also those that gave numbers which are not finite, or failed */
    double fmax;  /* eV/Å, at the last of them: over atoms that move, without forces through a wall */
};

/* What relaxes structures. */
struct gd_relaxer {
    const struct gd_relaxation *relaxation;
    const struct gd_potential *potential;
    const struct gd_system *system;      /* keeps moved atoms in its window and cell; NULL: nothing does */
    enum gd_halt (*halt)(void *context); /* asked at every step, from any thread; NULL: nothing halts it */
    /* Structure k has been relaxed: GD_OK, however that ended, or the potential has failed on it, for a reason that
     * concerns it alone: `why`. One call at a time, from any thread. NULL: such a failure is one of the whole. */
    void (*done)(void *context, size_t k, enum gd_status status, const char *why);
    void *context;
};

/* What is relaxed. */
struct gd_relax_work {
    struct gd_structure *structures; /* [count] with room for their forces; positions, energy and forces become those
                                        of the last evaluation */
    size_t count;
    const bool *const *movable; /* [count][structure's atoms] which atoms move */
    struct gd_set *paths;       /* [count] of the same atoms, to which every evaluated step is appended; or NULL */
    struct gd_relaxed *relaxed; /* [count] */
};

/* Relaxes structures in place, each by itself: the same bits for any number of threads, and together with any others.
 * They are `threads` at a time or, where the potential takes many structures at once, all at a time. GD_INTERRUPTED,
 * without a message, when halted; a failure of the potential that nobody is told of, or of a cell, is one, and *failed
 * the first structure that has failed. */
enum gd_status gd_relax_many(const struct gd_relaxer *relaxer, const struct gd_relax_work *work, int threads,
                             size_t *failed, struct gd_error *error);

/* gd_relax_many of structures [first, first+count) of a set. movable: [count][set->atoms]; NULL: all atoms but the
 * fixed ones, of which the free ones move too. A failure names the structure by numbers[k], or by its place in the set
 * when that is NULL, from 1. */
enum gd_status gd_relax_set(const struct gd_relaxer *relaxer, struct gd_set *set, size_t first, size_t count,
                            const bool *movable, const size_t *numbers, struct gd_set *paths,
                            struct gd_relaxed *relaxed, int threads, struct gd_error *error);

#endif
