/* An HDF5 file that is saved again and again. Beside FILE there may be FILE.journal: what has changed since FILE was
 * written. Saving appends to the journal, and when that has grown large, or on request, replaces FILE by a whole one,
 * so that at any moment FILE is a complete file, and FILE with its journal what was saved last.
 *
 * The journal begins with the checksum of the file that it continues; one of another file is out of date. Each record
 * has its length and a SHA-256 of itself and the records before it: one that was being written when the program was
 * killed is recognised, and ends the journal. */
#ifndef GD_ENGINE_H5_JOURNAL_H
#define GD_ENGINE_H5_JOURNAL_H

#include <sys/types.h>

#include "engine/base/h5_changes.h"

#define GD_H5_SUM_SIZE 32 /* SHA-256 in bytes */

struct gd_h5_journal {
    char *path, *file_path; /* of the journal, and of the file that it continues */
    int file;               /* -1: none yet */
    off_t length, most;     /* of the journal: now, and when a whole file takes its place */
    dev_t device;           /* of the file that it continues */
    ino_t number;
    char *digest;                      /* of that file; NULL: not written yet */
    unsigned char sum[GD_H5_SUM_SIZE]; /* of the last record */
    struct gd_h5_trace trace;          /* of what was saved last */
};

/* For saving to a file; touches nothing yet. Free with gd_h5_journal_clear in any case. */
enum gd_status gd_h5_journal_make(struct gd_h5_journal *journal, const char *path, struct gd_error *error);
void gd_h5_journal_clear(struct gd_h5_journal *journal);

/* Saves what a file holds, synced: its changes; all of it when it is the first of this journal, `whole` is given, the
 * journal would be larger than twice the file, or one of both was removed. On failure what was saved before stays. */
enum gd_status gd_h5_journal_save(struct gd_h5_journal *journal, struct gd_h5 *file, bool whole,
                                  struct gd_error *error);

/* How a journal ends. A record whose length is damaged, so that it seems to go on, looks like one that was cut. */
enum gd_journal_end {
    GD_JOURNAL_WHOLE,   /* with its last record; or it is missing, or of an earlier file */
    GD_JOURNAL_CUT,     /* within a record, as when the program was killed while it wrote that */
    GD_JOURNAL_DAMAGED, /* with bytes that are no record, though none is lacking; whatever follows is lost */
};

/* Reads what was saved last, as gd_h5_open: FILE with all records of the journal up to the first that is not whole.
 * GD_FAILED also when the journal cannot be read. *end (may be NULL): how the journal ends. */
enum gd_status gd_h5_journal_open(const char *path, struct gd_h5 **file, enum gd_journal_end *end,
                                  struct gd_error *error);

#endif
