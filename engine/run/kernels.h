/* The kernels that a run has used, of CPUs or GPUs. Others may give other bits, so that a run which continues with
 * others says so, and its files name all of them. */
#ifndef GD_ENGINE_KERNELS_H
#define GD_ENGINE_KERNELS_H

#include "engine/run/events.h"

struct gd_kernel_names {
    const char *now; /* of this process, borrowed; NULL: not known */
    char *used;      /* all of the run, in order, separated by "; "; NULL: not known */
};

/* Those of a run that begins now. Free with gd_kernels_clear in any case. */
enum gd_status gd_kernels_make(struct gd_kernel_names *kernels, const char *now, struct gd_error *error);
void gd_kernels_clear(struct gd_kernel_names *kernels);

/* The run has used the kernels `used` so far. Those of this process are added, with a warning, unless they are the last
 * of them or the run has finished. */
enum gd_status gd_kernels_continue(struct gd_kernel_names *kernels, const char *used, bool finished,
                                   const struct gd_events *events, struct gd_error *error);

#endif
