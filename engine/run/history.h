/* history.jsonl: when and how a run was started, and started again. */
#ifndef GD_ENGINE_HISTORY_H
#define GD_ENGINE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/error.h"

struct gd_history_entry {
    const char *command, *version;
    const char *from;           /* the run that it was started from; NULL: none */
    int64_t inherited;          /* evaluations that the run `from` had made */
    const char *const *extends; /* NULL-ended PATH=VALUE; NULL: none */
    const char *former;         /* the pipelines before these, one after another; NULL: none */
    int64_t steps;              /* that were done before */
};

/* Appends a line: date (UTC), host, version, steps, command; from and inherited, and extend and former, if there are
 * any. */
enum gd_status gd_history_add(const char *directory, const struct gd_history_entry *start, struct gd_error *error);

/* The values that the run in a directory goes on with, in the order in which they were given: a NULL-ended list, free
 * with gd_history_free; none when there is no history. *last: how many of them came last together. */
enum gd_status gd_history_read(const char *directory, char ***extends, size_t *last, struct gd_error *error);

/* The pipelines of the run before each of its changes, one text for all of a change: a NULL-ended list, free with
 * gd_history_free; none where the history does not have them all, as that of an older version. */
enum gd_status gd_history_formers(const char *directory, char ***formers, struct gd_error *error);

/* The evaluations that the run in a directory began with (gd_start.inherited); 0 when nothing says so. */
enum gd_status gd_history_inherited(const char *directory, int64_t *evaluations, struct gd_error *error);

void gd_history_free(char **list);

#endif
