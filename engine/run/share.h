/* Runs that begin alike: what one of them has computed up to a step before which they do not differ, the others take
 * over. The folder that they share holds
 *
 *   steps  the seconds that a beginning must have taken to be left, and the paths of such steps; one per line
 *   KEY/   a run before it has executed one of them for the first time: run.h5, metrics.jsonl, and the folders of
 *          pipelines in it that have ended
 *
 * KEY is the SHA-256 of all that the run depends on until then: the pipeline up to the step, the contents of all files
 * that it names, the seed, the program, the kernels. Random numbers depend on seed and step alone, so a run has the
 * same bits with and without it. A run that was resumed, or started from another one, leaves no beginning: what it has
 * may be of another program, or of other files. */
#ifndef GD_ENGINE_SHARE_H
#define GD_ENGINE_SHARE_H

#include "engine/base/digest.h"
#include "engine/run/counts.h"
#include "engine/run/cursor.h"
#include "engine/run/metrics.h"

struct gd_conditions;
struct gd_parts;

/* What a beginning is of. All borrowed. */
struct gd_share {
    const char *directory; /* NULL: nothing is shared */
    const struct gd_pipeline *pipeline;
    const struct gd_conditions *conditions;
    const struct gd_parts *parts;
    double least; /* s; what has been computed in less than that is not left for others */
    char **steps; /* [count], owned */
    size_t count;
};

/* The key of a run before the first execution of a step, which is one of `counts`, and before the loops that begin with
 * it: hexadecimal digits. */
enum gd_status gd_share_key(const struct gd_share *share, const struct gd_counts *counts, const struct gd_step *step,
                            char key[GD_DIGEST_SIZE], struct gd_error *error);

/* Reads which steps are shared; with none, nothing is. GD_BAD_INPUT: there is no such list. Free with gd_share_clear in
 * any case. */
enum gd_status gd_share_open(struct gd_share *share, struct gd_error *error);
void gd_share_clear(struct gd_share *share);

/* Takes over the longest beginning that there is, for a run in which nothing has been executed: states, cursor, counts,
 * metrics.jsonl, and the files of pipelines that have ended. *name: of its folder, to be freed with free(); NULL: there
 * is none. GD_FAILED: it cannot be read. */
enum gd_status gd_share_take(const struct gd_share *share, struct gd_cursor *cursor, struct gd_counts *counts,
                             const struct gd_metrics *metrics, char **name, struct gd_error *error);

/* Leaves the run as it is for the others, if it stands before the first execution of a shared step, its steps have
 * taken long enough, and it is not there yet. `kernels`: all that the run has used; NULL: not known. */
enum gd_status gd_share_give(const struct gd_share *share, const struct gd_cursor *cursor,
                             const struct gd_counts *counts, const struct gd_metrics *metrics, const char *kernels,
                             struct gd_error *error);

#endif
