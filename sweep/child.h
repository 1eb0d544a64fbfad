/* `godiff run` as a child process. */
#ifndef GD_SWEEP_CHILD_H
#define GD_SWEEP_CHILD_H

#include <sys/types.h>

#include "sweep/plan.h"

struct gd_child {
    const char *directory; /* of the sweep */
    const struct gd_sweep *sweep;
    const struct gd_sweep_run *run;
    const char *const *arguments; /* NULL-ended: more of them */
    int threads;
    bool resume;
};

/* Starts this program with the run's own arguments, in a process group of its own, so that a terminal's interrupt does
 * not reach it twice; it dies with this process. What it prints goes to the run's log. */
enum gd_status gd_child_start(const struct gd_child *child, pid_t *process, struct gd_error *error);

/* The command line of the run as a shell reads it, for people. New string, free with free(); NULL when out of memory.
 */
char *gd_child_command(const struct gd_child *child);

#endif
