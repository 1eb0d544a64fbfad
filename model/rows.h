/* Parameters that a model keeps: values of rows that are integers, floats, choices or subsets. */
#ifndef GD_MODEL_ROWS_H
#define GD_MODEL_ROWS_H

#include "engine/language/params.h"

struct gd_h5;

/* The value of a row in `params`: the number, the index of the choice, or the bits of the subset; and as it would be
 * written (memory of the caller; NULL when there is none). */
double gd_row_number(const struct gd_param *row, const void *params);
char *gd_row_text(const struct gd_param *row, const void *params);

/* Whether a row's value consists of names. */
bool gd_row_named(const struct gd_param *row);

/* The first row whose values differ, or NULL. */
const struct gd_param *gd_rows_differ(const struct gd_param *rows, const void *a, const void *b);

/* As attributes of an HDF5 object, named as the rows: int64, double, or text (of a subset its names, with blanks
 * between them); what is optional and 0 is left out. `which`: the numbers or the names. */
enum gd_rows_which { GD_ROWS_NUMBERS, GD_ROWS_NAMES };
enum gd_status gd_rows_save(const struct gd_param *rows, enum gd_rows_which which, const void *params,
                            struct gd_h5 *file, const char *object, struct gd_error *error);

/* All rows of zeroed params; GD_BAD_INPUT when an attribute is missing (names with a default have it then, and what is
 * optional is 0), of another type, or no choice. Ranges are not looked at. */
enum gd_status gd_rows_load(const struct gd_param *rows, void *params, struct gd_h5 *file, const char *object,
                            struct gd_error *error);

#endif
