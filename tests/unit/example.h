/* Parameters for a quick trial of whatever a registry holds, written from its rows: the examples that they give, else
 * the defaults. So a component or stage that is added to a table is tried without being named in a test. */
#ifndef GD_TESTS_EXAMPLE_H
#define GD_TESTS_EXAMPLE_H

#include <string.h>

#include "engine/base/memory.h"
#include "engine/language/registry.h"

/* Adds "{steps: 3, batch: 2}"; the row at `except` gets `value` instead (NULL: none does). */
static inline void example_rows(struct gd_text *text, const struct gd_param *rows, const struct gd_param *except,
                                const char *value)
{
    const char *comma = "";
    gd_text_print(text, "{");
    for (const struct gd_param *row = rows; row && row->name; row++) {
        const char *written = row == except ? value : row->example;
        if (row->type == GD_GROUP) {
            gd_text_print(text, "%s%s: ", comma, row->name);
            example_rows(text, row->rows, NULL, NULL);
        } else if (written)
            gd_text_print(text, "%s%s: %s", comma, row->name, written);
        else
            continue;
        comma = ", ";
    }
    gd_text_print(text, "}");
}

/* Whether every row has a default or an example, or may be left out. */
static inline bool example_complete(const struct gd_param *rows)
{
    for (const struct gd_param *row = rows; row && row->name; row++)
        if (row->type == GD_GROUP ? !example_complete(row->rows) : !row->initial && !row->example && !row->optional)
            return false;
    return true;
}

#endif
