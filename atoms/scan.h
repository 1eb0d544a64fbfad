/* Reading line-based text files word by word, with places for messages. */
#ifndef GD_ATOMS_SCAN_H
#define GD_ATOMS_SCAN_H

#include <stdint.h>

#include "engine/base/error.h"

#define GD_SCAN_SPACE " \t\r\v\f"

/* The text is changed on the way: lines and words are ended with NUL in place, and stay where they are. */
struct gd_scan {
    const char *name; /* of the file, for messages; NULL: a text whose lines are items of a parameter */
    char *next, *end; /* the part not read yet */
    char *line;       /* the current line, NULL before the first */
    char *at;         /* the rest of it */
    int number;       /* of the current line */
    struct gd_error *error;
};

/* `text` has a NUL at text[length]. GD_BAD_INPUT for a NUL before that, and for UTF-16. */
enum gd_status gd_scan_start(struct gd_scan *scan, const char *name, char *text, size_t length, struct gd_error *error);

/* Goes to the next line; false at the end of the text. The line ends without LF or CR LF, and begins
 * without a byte-order mark (files joined end to end have them within). */
bool gd_scan_line(struct gd_scan *scan);

/* True when nothing but white space is left in the line. */
bool gd_scan_blank(struct gd_scan *scan);

/* The next word of the line; NULL at its end. */
char *gd_scan_word(struct gd_scan *scan);

/* Bytes that have not been read, the current line not counted. */
size_t gd_scan_bytes_left(const struct gd_scan *scan);

/* GD_BAD_INPUT with "file:line:column: " or "item 2, character 7: " before the message; `at` points into the current
 * line, NULL: to its end. */
enum gd_status gd_scan_fail(const struct gd_scan *scan, const char *at, const char *format, ...) GD_PRINTF(3, 4);

/* A word as a number, finite, nothing after it. `what` names it in the message. A NULL word is a line that ended. */
enum gd_status gd_scan_real(const struct gd_scan *scan, const char *word, const char *what, double *value);
enum gd_status gd_scan_integer(const struct gd_scan *scan, const char *word, const char *what, int64_t *value);

/* A word as an element symbol, in any case. */
enum gd_status gd_scan_element(const struct gd_scan *scan, const char *word, int *number);

#endif
