/* Made-up slots and stages for tests of runs: every step adds a word to a text, the trace, so that the trace says what
 * has run, in which order, and with which random numbers. */
#ifndef GD_TESTS_TOY_STAGES_H
#define GD_TESTS_TOY_STAGES_H

#include "engine/language/registry.h"

/* What goes wrong in the next run, and what happened in it. */
struct toy_plan {
    int fail_step, fail_start, fail_save, fail_write; /* the k-th from now on fails; 0: none */
    int starts, runs, stops;                          /* calls of the stage `note` */
    bool flood;                                       /* the trace grows by 64 KiB in every step */
    size_t allowed;                                   /* one more than the allocations that succeed in a run; 0: all */
    long leaked;                                      /* allocations that such a run did not free */
};

/* Parameters of the stage `note` and of the section `world`. */
struct toy_number {
    int64_t number;
    bool patient; /* `note` alone: spoils the trace, then waits for the second interrupt */
};

/* Adds them all. The slots: temperature, evaluations, iteration, world (a number; traces stay in worlds of one number),
 * trace (a text, also a file and a figure), spare (written by no stage). The sections: world {number}, start (which
 * begins the trace). The stages: note {number, patient}, visit (which reads `world`), wish (which reads `spare`). The
 * loop condition: words {count}, met by a trace of so many words. Callbacks follow toy.plan (toy_run.h). */
enum gd_status toy_stages_add(struct gd_registry *registry, struct gd_error *error);

#endif
