/* sweep.json: what a sweep's directory is for. Written once, and again when variants or seeds are added.
 *
 *   sweep.json            name, file, variants with their overrides, seeds, and one row per run
 *   variants/SLUG.yaml    the pipeline of each variant, overrides applied and defaults written out
 *   runs/SLUG/SEED/       the runs, each as `godiff run` leaves it
 *   logs/SLUG-SEED.log    what they printed
 *   failed/SLUG-SEED.json why they failed
 *   claims/SLUG-SEED      who works on them now */
#ifndef GD_SWEEP_MANIFEST_H
#define GD_SWEEP_MANIFEST_H

#include "sweep/plan.h"

#define GD_MANIFEST_NAME "sweep.json"

/* Whether there is a manifest in the directory. */
bool gd_manifest_exists(const char *directory);

/* Reads the plan of a directory. GD_BAD_INPUT when there is none, or it is damaged. Free with gd_sweep_clear in any
 * case. */
enum gd_status gd_manifest_read(const char *directory, struct gd_sweep *sweep, struct gd_error *error);

/* Makes the directory the sweep's, or continues with one that is: all runs that it has must be among those of `sweep`,
 * and their pipelines the same; GD_BAD_INPUT otherwise, with the first difference. `pipelines` [variants]: as they will
 * run, with any seed. *added: how many runs are new. */
enum gd_status gd_manifest_open(const char *directory, const struct gd_sweep *sweep, char *const *pipelines,
                                size_t *added, struct gd_error *error);

/* Whether a variant's pipeline as it is now is the one that it was begun with: GD_BAD_INPUT with the first difference.
 */
enum gd_status gd_manifest_check_variant(const struct gd_sweep *sweep, const struct gd_variant *variant,
                                         const char *was, const char *is, struct gd_error *error);

/* Whether a run is of the pipeline of its variant, and not of one that its file has become since: GD_BAD_INPUT with the
 * difference. A run without pipeline.yaml is none of another. */
enum gd_status gd_manifest_check_run(const char *directory, const struct gd_sweep *sweep,
                                     const struct gd_sweep_run *run, struct gd_error *error);

#endif
