/* run.h5, and run.h5.journal beside it: what a run is resumed from. */
#ifndef GD_ENGINE_CHECKPOINT_H
#define GD_ENGINE_CHECKPOINT_H

#include "engine/base/h5_journal.h"
#include "engine/run/counts.h"
#include "engine/run/cursor.h"
#include "engine/run/parts.h"

/* The file, and whose it is. */
struct gd_checkpoint {
    const char *path;
    const char *directory; /* of the run, which knows the files that went in; NULL: they are where they were */
    const struct gd_pipeline *pipeline;
    const char *text;              /* of pipeline.yaml, and after it those of the pipelines in it */
    const char *version;           /* of the program; may be empty */
    const char *from;              /* the run that it was started from, whose slots are pipeline->given; NULL: none */
    const struct gd_parts *parts;  /* that a file which is loaded must be of */
    const struct gd_parts *former; /* others that it may be of, from which the run goes on; NULL: none */
    struct gd_h5_journal *journal; /* by which it is saved; NULL: it is only loaded */
};

/* Saves the states, the cursor and the counts as gd_h5_journal_save does. `kernels`: all that the run has used; NULL:
 * not known. */
enum gd_status gd_checkpoint_save(const struct gd_checkpoint *checkpoint, const struct gd_cursor *cursor,
                                  const struct gd_counts *counts, const char *kernels, bool whole,
                                  struct gd_error *error);

/* The same as it would be saved, in memory, whatever becomes of the states; *file is free with gd_h5_close, also on
 * failure, and saved by gd_h5_journal_save. */
enum gd_status gd_checkpoint_keep(const struct gd_checkpoint *checkpoint, const struct gd_cursor *cursor,
                                  const struct gd_counts *counts, const char *kernels, struct gd_h5 **file,
                                  struct gd_error *error);

/* What a checkpoint says of itself; free with gd_checkpoint_about_clear. */
struct gd_checkpoint_about {
    char *kernels; /* that the run has used; NULL: not known */
    char *version; /* of the program that has saved it; "": not known */
    enum gd_journal_end end;
    int64_t done;  /* steps that it had */
    bool extended; /* the file was of the former pipeline, and the cursor stands where the new one goes on */
};

void gd_checkpoint_about_clear(struct gd_checkpoint_about *about);

/* Loads states, cursor and counts of a checkpoint of the same pipeline, by whatever version of the program;
 * GD_BAD_INPUT when it is of another one, or contradicts itself. */
enum gd_status gd_checkpoint_load(const struct gd_checkpoint *checkpoint, struct gd_cursor *cursor,
                                  struct gd_counts *counts, struct gd_checkpoint_about *about, struct gd_error *error);

/* Loads states, cursor and counts of a checkpoint that this run has saved. */
enum gd_status gd_checkpoint_recall(const struct gd_checkpoint *checkpoint, struct gd_cursor *cursor,
                                    struct gd_counts *counts, struct gd_error *error);

/* What run a checkpoint is of: its name (free with free()) and how many steps are done. */
enum gd_status gd_checkpoint_describe(const char *path, char **name, int64_t *done, struct gd_error *error);

/* The run that the one of a checkpoint was started from (free with free(); NULL: none), and the *count slots that had
 * values from there, to be freed with gd_h5_free_strings. */
enum gd_status gd_checkpoint_origin(const char *path, char **from, char ***given, size_t *count,
                                    struct gd_error *error);

#endif
