/* Status codes, the message of a failure, and lists of problems with their places in a file.
 *
 * Whoever detects a failure writes its message; everyone above only passes the status up. */
#ifndef GD_ENGINE_ERROR_H
#define GD_ENGINE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#define GD_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define GD_PRINTF(format_at, first_at)
#endif

enum gd_status {
    GD_OK = 0,
    GD_FAILED,      /* the run failed */
    GD_BAD_INPUT,   /* what the user gave is wrong: usage, pipeline, file */
    GD_INTERRUPTED, /* asked to stop; what was finished is saved, as gd_run says */
    GD_NO_MEMORY,
    GD_PAUSED, /* interrupted by who expects that it is continued; of commands alone */
};

/* The first failure of one call chain. Zero-initialise. */
struct gd_error {
    enum gd_status status;
    char text[1024];
    char key[64]; /* the parameter that is to blame, such as "template.file"; "": not known */
};

/* Writes the message, unless one is there already, and returns `status`. One that is too long is cut in its middle, so
 * that a long path never cuts off the reason. `error` may be NULL. */
enum gd_status gd_fail(struct gd_error *error, enum gd_status status, const char *format, ...) GD_PRINTF(3, 4);

/* gd_fail with GD_NO_MEMORY; `what` names what the memory was for. */
enum gd_status gd_no_memory(struct gd_error *error, const char *what);

/* What a callback has returned, made sound, since it may be a plugin's: what is no status is GD_FAILED, and a failure
 * without a message gets one that names whose it is. `error` may be NULL. */
enum gd_status gd_status_require_message(enum gd_status status, struct gd_error *error, const char *whose);

/* Passes `status` on. When it is a failure, puts the name of a parameter in front of the key that is to blame: whoever
 * reads a file blames "file", and its caller "template", which makes "template.file". */
enum gd_status gd_error_set_key(enum gd_status status, struct gd_error *error, const char *key);

/* Where something was written. `file` is borrowed and lives as long as the tree it came from; line and column count
 * from 1; line 0 means the file as a whole. */
struct gd_place {
    const char *file;
    int line, column;
};

struct gd_problem {
    struct gd_place place;
    char *file; /* own copy of place.file */
    char *text;
};

struct gd_problem_list {
    struct gd_problem *items;
    size_t count, capacity;
};

/* Problems found by a check that continues after the first, and warnings, which are no problems but worth a line.
 * Zero-initialise; free with gd_problems_clear. Out of memory sets `overflow` instead of losing the verdict. */
struct gd_problems {
    struct gd_problem *items;
    size_t count, capacity;
    struct gd_problem_list warnings;
    bool overflow;
};

void gd_problem_add(struct gd_problems *problems, struct gd_place place, const char *format, ...) GD_PRINTF(3, 4);
void gd_warning_add(struct gd_problems *problems, struct gd_place place, const char *format, ...) GD_PRINTF(3, 4);
bool gd_problems_any(const struct gd_problems *problems); /* warnings do not count */
void gd_problems_sort(struct gd_problems *problems);      /* by file, line and column */
void gd_problems_clear(struct gd_problems *problems);

/* "file:line:column" without what is not known, as gd_print. Returns `buffer`. */
const char *gd_format_place(struct gd_place place, char *buffer, size_t size);

#endif
