/* What runs leave in folders of a scratch folder: read, compared, and checked when runs are killed. */
#ifndef GD_TESTS_RESULTS_H
#define GD_TESTS_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"
#include "unit/scratch.h"

/* The content of DIRECTORY/NAME, to be freed. */
char *results_content(const struct scratch *scratch, const char *directory, const char *name, size_t *length);
bool results_there(const struct scratch *scratch, const char *directory, const char *name);
void results_check_equal(const struct scratch *scratch, const char *one, const char *other, const char *name);

/* Copies a folder with everything in it. */
void results_copy(const struct scratch *scratch, const char *directory, const char *copy);

/* What a run that continues with this folder depends on, as a text to be freed: the names of all files, the content of
 * run.h5, pipelines and slots, and how many lines of metrics there are, which contain seconds. */
char *results_left(const struct scratch *scratch, const char *directory);

/* Does runs that are killed, at moments spread over the time of the whole run "whole", until they get to their end.
 * `run` is called in a child process, and so checks nothing; `check` sees what each has left. */
void results_check_killed(const struct scratch *scratch, enum gd_status (*run)(const char *directory, bool resume),
                          void (*check)(const char *directory, bool finished));

#endif
