/* Parameters that a model keeps: values of rows that are integers, floats or choices. */
#ifndef GD_MODEL_ROWS_H
#define GD_MODEL_ROWS_H

#include "engine/language/params.h"

struct gd_h5;

/* The value of a row in `params`: the number, or the index of the choice; and the choice's name. */
double gd_row_number(const struct gd_param *row, const void *params);
const char *gd_row_choice(const struct gd_param *row, const void *params);

/* The first row whose values differ, or NULL. */
const struct gd_param *gd_rows_differ(const struct gd_param *rows, const void *a, const void *b);

/* As attributes of an HDF5 object, named as the rows: int64, double, or text. `which`: the numbers or the choices. */
enum gd_rows_which { GD_ROWS_NUMBERS, GD_ROWS_CHOICES };
enum gd_status gd_rows_save(const struct gd_param *rows, enum gd_rows_which which, const void *params,
                            struct gd_h5 *file, const char *object, struct gd_error *error);

/* All rows; GD_BAD_INPUT when an attribute is missing, of another type, or no choice. Ranges are not looked at. */
enum gd_status gd_rows_load(const struct gd_param *rows, void *params, struct gd_h5 *file, const char *object,
                            struct gd_error *error);

#endif
