/* Potentials: energy and forces of a structure behind one small interface. Components of kind "potential". */
#ifndef GD_POTENTIALS_POTENTIAL_H
#define GD_POTENTIALS_POTENTIAL_H

#include "atoms/structure.h"
#include "engine/language/registry.h"

struct gd_potential;
struct gd_system;
struct gd_kept_params;

/* What work on structures asks while it goes on: to begin no more of them and wait for those that are being worked on,
 * or to stop at once. */
enum gd_halt { GD_GO_ON, GD_FINISH, GD_STOP };

/* Structures to be evaluated together, each of which has a result of its own. */
struct gd_batch {
    struct gd_structure *structures; /* [count] energy and forces are written into them */
    size_t count;
    /* Structure k has its energy and forces (GD_OK), or has none for a reason that concerns it alone: `why`. One call
     * at a time, from any thread, in any order; each structure once. */
    void (*done)(void *context, size_t k, enum gd_status status, const char *why);
    enum gd_halt (*halt)(void *context); /* asked now and then, never while `done` is called; NULL: nothing halts it */
    void *context;
};

struct gd_potential_class {
    struct gd_component base;
    /* Forces are predicted, not derived from the energy: neither are they its gradient, nor need they add up to 0, and
     * all is rounded to float32. */
    bool learned;
    /* An evaluation takes so long, or costs so much, that a run keeps each result on disk as it comes, and that an
     * interrupt does not wait for the rest of a batch. */
    bool slow;
    /* It needs another program or library: `create` gives GD_FAILED where that is missing. */
    bool external;
    /* The energy depends on where the atoms are in space, not on their places relative to each other alone: moving or
     * turning all of them changes it. */
    bool absolute;
    /* A new potential with the parsed parameters; it copies what it keeps. */
    enum gd_status (*create)(const void *params, struct gd_potential **potential, struct gd_error *error);
    /* GD_OK when it can evaluate structures with these atoms in this cell, wherever the atoms are; else GD_BAD_INPUT,
     * for a species naming the first that it does not know, and those that it knows. */
    enum gd_status (*supports)(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error);
    /* Energy (eV) and forces (eV/Å, [count][3]) of a structure whose atoms are at different places. Thread-safe. An
     * overflow shows as a non-finite number, not an error. */
    enum gd_status (*evaluate)(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error);
    /* May be NULL. The same for many structures at once, which then come here rather than one by one. GD_OK when
     * batch->done was called for every one; GD_INTERRUPTED, without a message, when halted before; GD_FAILED when no
     * structure can be evaluated any more. It may use so many threads of this process. */
    enum gd_status (*evaluate_many)(const struct gd_potential *potential, const struct gd_batch *batch, int threads,
                                    struct gd_error *error);
    void (*destroy)(struct gd_potential *potential);
    /* Whether it gives energies alone; all forces are NaN then. NULL: it gives forces. */
    bool (*lacks_forces)(const struct gd_potential *potential);
    /* What the results depend on beside the structure, as text that lives as long as the potential. NULL: on how the
     * potential is written in the pipeline. */
    const char *(*identify)(const struct gd_potential *potential);
    /* Where its parameters have what a user says about kept results (kept.h). NULL: nowhere. */
    const struct gd_kept_params *(*kept)(const void *params);
    /* Results are kept in this folder from here on, if they are not kept already; alone: no other potential keeps its
     * results there. NULL: they are not. */
    enum gd_status (*keep_in)(struct gd_potential *potential, const char *directory, bool alone,
                              struct gd_error *error);
    /* Whether something about the evaluations so far is doubtful, and what, in words. May be NULL. */
    bool (*warning)(const struct gd_potential *potential, char *text, size_t size);
    /* What has evaluated structures so far, such as the name and version of another program. May be NULL. */
    bool (*about)(const struct gd_potential *potential, char *text, size_t size);
    /* What seems wrong about the value of one of its parameters, *key, as far as can be seen on this machine without
     * evaluating anything; `system` is what is searched, NULL where that is not known. May be NULL. */
    bool (*doubt)(const void *params, const struct gd_system *system, const char **key, char *text, size_t size);
};

/* The beginning of every potential. */
struct gd_potential {
    const struct gd_potential_class *type;
};

extern const struct gd_kind gd_kind_potential;
extern const struct gd_potential_class *const gd_potentials[]; /* NULL-ended */

/* What the rest of the program calls, for every potential: the callback, and an error where it has given none; no
 * warning where there is no callback. */
enum gd_status gd_potential_make(const struct gd_choice *choice, struct gd_potential **potential,
                                 struct gd_error *error);
enum gd_status gd_potential_supports(const struct gd_potential *potential, const struct gd_structure *structure,
                                     struct gd_error *error);

/* `supports` of a potential of any species that has no meaning in a periodic cell: GD_BAD_INPUT there. */
enum gd_status gd_potential_supports_open(const struct gd_potential *potential, const struct gd_structure *structure,
                                          struct gd_error *error);

/* Keeps results in this folder, where the potential does so; directory NULL: nowhere. */
enum gd_status gd_potential_keep_in(struct gd_potential *potential, const char *directory, struct gd_error *error);

bool gd_potential_lacks_forces(const struct gd_potential *potential);

/* GD_BAD_INPUT when it gives no forces. */
enum gd_status gd_potential_require_forces(const struct gd_potential *potential, struct gd_error *error);

bool gd_potential_warning(const struct gd_potential *potential, char *text, size_t size);
bool gd_potential_about(const struct gd_potential *potential, char *text, size_t size);

/* Energy (eV) and forces (eV/Å, [count][3]) of one structure whose atoms are at different places. What the potential
 * leaves as it is stays; numbers may come out as not finite. */
enum gd_status gd_potential_call(const struct gd_potential *potential, const struct gd_structure *structure,
                                 double *energy, double (*forces)[3], struct gd_error *error);

/* Energy (eV) and forces (eV/Å, [count][3]) of one structure, all finite. GD_BAD_INPUT when two atoms are at one place,
 * GD_FAILED when a number is not finite; the message names the atoms, counted from 1. */
enum gd_status gd_potential_evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                                     double *energy, double (*forces)[3], struct gd_error *error);

/* `evaluate` of a class that has evaluate_many: a batch of one. */
enum gd_status gd_potential_evaluate_alone(const struct gd_potential *potential, const struct gd_structure *structure,
                                           double *energy, double (*forces)[3], struct gd_error *error);

/* GD_FAILED when the energy of an evaluated structure, or one of the forces if there are any, is not finite; the
 * message names the atom.
 */
enum gd_status gd_potential_check_finite(const struct gd_potential *potential, const struct gd_structure *structure,
                                         struct gd_error *error);

/* Energies and forces of a batch: by the potential's own way of many at once, or `threads` at a time. Numbers may come
 * out as not finite. Returns as evaluate_many does, and GD_NO_MEMORY. */
enum gd_status gd_potential_evaluate_batch(const struct gd_potential *potential, const struct gd_batch *batch,
                                           int threads, struct gd_error *error);

/* Energies and forces of structures [first, first+count) of a set, written into it, `threads` at a time. The same bits
 * for any number of threads. Numbers may come out as not finite: the caller decides about each structure. A failure
 * names the structure by numbers[k], or by its place in the set when that is NULL, counted from 1. GD_BAD_INPUT when
 * the potential has no forces. */
enum gd_status gd_potential_evaluate_set(const struct gd_potential *potential, struct gd_set *set, size_t first,
                                         size_t count, const size_t *numbers, int threads, struct gd_error *error);

void gd_potential_free(void *potential); /* accepts NULL; a slot's destroy */

#endif
