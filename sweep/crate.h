/* ro-crate-metadata.json: what the folder of a sweep contains and how it came about, for people and programs that know
 * nothing of godiff. RO-Crate 1.1, https://www.researchobject.org/ro-crate/. */
#ifndef GD_SWEEP_CRATE_H
#define GD_SWEEP_CRATE_H

#include "sweep/plan.h"
#include "sweep/results.h"

#define GD_CRATE_NAME "ro-crate-metadata.json"

/* Writes it into the sweep's folder: its files with their checksums, every finished run as an action with what went
 * into it and what came out, and the program. `results`: of this sweep alone. */
enum gd_status gd_crate_write(const char *directory, const struct gd_sweep *sweep, const struct gd_results *results,
                              struct gd_error *error);

#endif
