#include "model/rows.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"

static const void *value_of(const struct gd_param *row, const void *params)
{
    return (const char *)params + row->offset;
}

double gd_row_number(const struct gd_param *row, const void *params)
{
    const void *at = value_of(row, params);
    return row->type == GD_INT      ? (double)*(const int64_t *)at
           : row->type == GD_CHOICE ? (double)*(const int *)at
                                    : *(const double *)at;
}

const char *gd_row_choice(const struct gd_param *row, const void *params)
{
    return row->choices[*(const int *)value_of(row, params)];
}

const struct gd_param *gd_rows_differ(const struct gd_param *rows, const void *a, const void *b)
{
    for (const struct gd_param *row = rows; row && row->name; row++)
        if (gd_row_number(row, a) != gd_row_number(row, b))
            return row;
    return NULL;
}

static enum gd_h5_type stored_as(const struct gd_param *row)
{
    return row->type == GD_INT ? GD_H5_INT64 : GD_H5_DOUBLE;
}

enum gd_status gd_rows_save(const struct gd_param *rows, enum gd_rows_which which, const void *params,
                            struct gd_h5 *file, const char *object, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (const struct gd_param *row = rows; row && row->name && !status; row++) {
        if ((row->type == GD_CHOICE) != (which == GD_ROWS_CHOICES))
            continue;
        status = row->type == GD_CHOICE
                     ? gd_h5_write_text_attribute(file, object, row->name, gd_row_choice(row, params), error)
                     : gd_h5_write_attribute(file, object, row->name, stored_as(row), 0, value_of(row, params), error);
    }
    return status;
}

static enum gd_status read_choice(const struct gd_param *row, int *value, struct gd_h5 *file, const char *object,
                                  struct gd_error *error)
{
    char *name = NULL;
    enum gd_status status = gd_h5_load_text_attribute(file, object, row->name, &name, error);
    for (*value = 0; !status && row->choices[*value] && strcmp(row->choices[*value], name) != 0;)
        (*value)++;
    if (!status && !row->choices[*value])
        status = gd_fail(error, GD_BAD_INPUT, "unknown %s '%s'", row->name, name);
    free(name);
    return status;
}

enum gd_status gd_rows_load(const struct gd_param *rows, void *params, struct gd_h5 *file, const char *object,
                            struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (const struct gd_param *row = rows; row && row->name && !status; row++) {
        void *value = (char *)params + row->offset;
        status = row->type == GD_CHOICE
                     ? read_choice(row, value, file, object, error)
                     : gd_h5_read_attribute(file, object, row->name, stored_as(row), 0, value, error);
    }
    return status;
}
