/* How far a run of a sweep is: what its folder and the sweep's record of failures say. */
#ifndef GD_SWEEP_STATE_H
#define GD_SWEEP_STATE_H

#include "sweep/plan.h"

enum gd_run_state {
    GD_RUN_NEW,   /* nothing of it is there */
    GD_RUN_BEGUN, /* it can be resumed */
    GD_RUN_FINISHED,
    GD_RUN_FAILED, /* or damaged */
};

/* "new", "begun", ... in the order of enum gd_run_state; NULL-ended. */
extern const char *const gd_run_state_names[];

struct gd_run_status {
    enum gd_run_state state;
    char reason[512]; /* of a failure; else "" */
    bool retry;       /* it has failed, and whoever comes to it next is to begin it again */
};

/* The folders of a sweep, made by gd_manifest_open. */
#define GD_SWEEP_CACHE    "cache"
#define GD_SWEEP_CLAIMS   "claims"
#define GD_SWEEP_FAILED   "failed"
#define GD_SWEEP_LOGS     "logs"
#define GD_SWEEP_VARIANTS "variants"

/* GD_NO_MEMORY only: what cannot be read is a failed run. */
enum gd_status gd_run_status_read(const char *directory, const struct gd_sweep_run *run, struct gd_run_status *status);

/* Whether `godiff run --resume` can go on with it. */
bool gd_run_resumable(const char *directory, const struct gd_sweep_run *run);

/* Removes the folder of a run with all that is in it; one that is not there is none to remove. */
enum gd_status gd_run_remove(const char *directory, const struct gd_sweep_run *run, struct gd_error *error);

/* Records why a run has failed, for all processes, and removes the record. A record that is not there is none to
 * remove. Both take back gd_run_retry_mark. */
enum gd_status gd_run_failure_write(const char *directory, const struct gd_sweep_run *run, const char *reason,
                                    struct gd_error *error);
enum gd_status gd_run_failure_remove(const char *directory, const struct gd_sweep_run *run, struct gd_error *error);

/* Records that a failed run is to be begun again, once, whichever process comes to it. */
enum gd_status gd_run_retry_mark(const char *directory, const struct gd_sweep_run *run, struct gd_error *error);

/* Why a run that ended badly failed: the last line of its log, or the message of its summary, or
 * `otherwise`. GD_NO_MEMORY only. */
enum gd_status gd_run_find_reason(const char *directory, const struct gd_sweep_run *run, const char *otherwise,
                                  char *reason, size_t size);

#endif
