/* What a run has saved: run.h5 with its journal, held against what summary.json and history.jsonl know of it. */
#ifndef GD_ENGINE_SAVED_H
#define GD_ENGINE_SAVED_H

#include "engine/base/h5_journal.h"

/* A text of gd_saved_is_damaged. */
enum { GD_SAVED_TEXT = 160 };

/* The state of a run as it can be read. Zero-initialise; close `file` with gd_h5_close. */
struct gd_saved {
    struct gd_h5 *file; /* the last checkpoint that is whole */
    enum gd_journal_end end;
    bool journal;  /* there is one */
    int64_t done;  /* steps that the file has; -1: it does not say */
    int64_t known; /* steps that the run has saved, by its summary.json; -1: not known */
};

/* Reads the state of the run in a directory, also while the run goes on. GD_BAD_INPUT when it is damaged. */
enum gd_status gd_saved_open(const char *directory, struct gd_saved *saved, struct gd_error *error);

/* Whether checkpoints are lost that were saved: `text` then says what is wrong with run.h5.journal, in words that go on
 * after its name. A record that was cut, as by a kill, is none that was saved. */
bool gd_saved_is_damaged(const struct gd_saved *saved, char *text, size_t size);

/* The steps that the run in a directory has saved, by its summary.json; -1: not known. */
int64_t gd_saved_known(const char *directory);

/* Whether a directory without run.h5 is that of a run which has had one: it has a journal, its summary.json says so, or
 * the run began with evaluations of another one. */
bool gd_saved_is_lost(const char *directory);

/* GD_BAD_INPUT when it is, so that the run cannot go on. */
enum gd_status gd_saved_check(const char *directory, struct gd_error *error);

/* Whether a directory is that of a pipeline within a run, whose state is in run.h5 of that run. */
bool gd_directory_is_inner(const char *directory);

/* GD_BAD_INPUT with what is in a directory that has no run.h5: the pipeline within a run, whose state is in that run
 * while it goes on; a run without a checkpoint; one that has lost its state; or none. */
enum gd_status gd_directory_without_state(const char *directory, struct gd_error *error);

#endif
