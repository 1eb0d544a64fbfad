/* How much memory runs need, and how much there is. */
#ifndef GD_CLI_MEMORY_H
#define GD_CLI_MEMORY_H

#include "cli/cli.h"

/* Bytes that a run of a checked pipeline needs on the CPU, about: what the network takes for a batch of training, by
 * that for one and for two structures, which it is tried on; the structures that are evaluated; and the program itself.
 * NaN: not known. */
double gd_memory_estimate(const struct gd_job *job);

/* Bytes that programs can still have, by the machine and by the limits of the control group; NaN: not known. */
double gd_memory_available(void);

/* Bytes of memory that the processes have which this one has started, and those which they have. */
double gd_memory_of_children(void);

#endif
