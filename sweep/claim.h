/* Who works on what, among processes that share nothing but a folder: claims by link(), which is atomic on NFS too.
 *
 * A claim says which process on which machine made it, and its owner refreshes its time. One is dead when its process
 * is gone, which is known on the same machine only, or when it was not refreshed for `patience` seconds of the file
 * server's clock. Claims only save time: a run that two processes work on gives the same bits. */
#ifndef GD_SWEEP_CLAIM_H
#define GD_SWEEP_CLAIM_H

#include <stdbool.h>

#include "engine/base/error.h"

/* Seconds without a sign of life after which a claim of another machine is dead, and between signs of life. */
#define GD_CLAIM_PATIENCE 600.0
#define GD_CLAIM_REFRESH  60.0

/* Zero-initialise. */
struct gd_claim {
    char *path; /* NULL: none */
    char *text; /* what the file says of us */
};

/* Tries to take the claim `name` in a folder that exists; a dead one is taken over. *taken: it is ours. */
enum gd_status gd_claim_take(const char *folder, const char *name, double patience, struct gd_claim *claim, bool *taken,
                             struct gd_error *error);

/* Whether somebody holds the claim `name` in a folder, judged as gd_claim_take does, but by the clock of this machine
 * and without a file. */
bool gd_claim_is_held(const char *folder, const char *name, double patience);

/* A sign of life. False: the claim is no longer ours, because others thought us dead. */
bool gd_claim_refresh(const struct gd_claim *claim);

/* Gives it back, when it is still ours. Accepts one that was not taken. */
void gd_claim_release(struct gd_claim *claim);

#endif
