/* Conditions on structures, such as `energy < -3 and iteration > 5`: the language of --select. */
#ifndef GD_CLI_SELECT_H
#define GD_CLI_SELECT_H

#include <stdbool.h>

#include "engine/base/error.h"

/* What a condition can name. */
struct gd_field {
    const char *name; /* NULL ends the list */
    double number;    /* NaN: not known; nothing compares with it */
    const char *text; /* of a field that is text; "": not known */
    bool is_text;
};

/* Comparisons (< <= > >= = == !=) of a field with a number or, for text, a word or 'text', joined by and, or, not and
 * parentheses. *met: whether the fields meet it. GD_BAD_INPUT, with the place in the text, when it is no condition or
 * names no field. */
enum gd_status gd_select(const char *condition, const struct gd_field *fields, bool *met, struct gd_error *error);

#endif
