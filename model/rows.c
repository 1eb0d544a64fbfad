#include "model/rows.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/h5.h"
#include "engine/base/text.h"

static const void *value_of(const struct gd_param *row, const void *params)
{
    return (const char *)params + row->offset;
}

double gd_row_number(const struct gd_param *row, const void *params)
{
    const void *at = value_of(row, params);
    return row->type == GD_INT      ? (double)*(const int64_t *)at
           : row->type == GD_CHOICE ? (double)*(const int *)at
           : row->type == GD_SUBSET ? (double)*(const uint64_t *)at
                                    : *(const double *)at;
}

bool gd_row_named(const struct gd_param *row)
{
    return row->type == GD_CHOICE || row->type == GD_SUBSET;
}

char *gd_row_text(const struct gd_param *row, const void *params)
{
    struct gd_text text = {0};
    const void *at = value_of(row, params);
    if (row->type == GD_CHOICE)
        return gd_string(row->choices[*(const int *)at]);
    if (row->type != GD_SUBSET)
        return gd_format("%.10g", gd_row_number(row, params));
    for (int k = 0; row->choices[k]; k++)
        if (*(const uint64_t *)at >> k & 1)
            gd_text_print(&text, "%s%s", text.length ? " " : "", row->choices[k]);
    return gd_text_take(&text);
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

static enum gd_status write_names(const struct gd_param *row, const void *params, struct gd_h5 *file,
                                  const char *object, struct gd_error *error)
{
    char *text = gd_row_text(row, params);
    enum gd_status status = text ? gd_h5_write_text_attribute(file, object, row->name, text, error)
                                 : gd_no_memory(error, "a model's attribute");
    free(text);
    return status;
}

enum gd_status gd_rows_save(const struct gd_param *rows, enum gd_rows_which which, const void *params,
                            struct gd_h5 *file, const char *object, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (const struct gd_param *row = rows; row && row->name && !status; row++) {
        if (gd_row_named(row) != (which == GD_ROWS_NAMES) || (row->optional && gd_row_number(row, params) == 0))
            continue;
        status = gd_row_named(row)
                     ? write_names(row, params, file, object, error)
                     : gd_h5_write_attribute(file, object, row->name, stored_as(row), 0, value_of(row, params), error);
    }
    return status;
}

/* The place of a name of `length` characters among the choices. */
static enum gd_status find_choice(const struct gd_param *row, const char *name, size_t length, int *k,
                                  struct gd_error *error)
{
    for (*k = 0; row->choices[*k]; ++*k)
        if (strlen(row->choices[*k]) == length && !memcmp(row->choices[*k], name, length))
            return GD_OK;
    return gd_fail(error, GD_BAD_INPUT, "unknown %s '%.*s'", row->name, (int)length, name);
}

static enum gd_status read_subset(const struct gd_param *row, const char *names, uint64_t *set, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    *set = 0;
    for (const char *name = names; !status && *name;) {
        size_t length = strcspn(name, " ");
        int k = 0;
        status = find_choice(row, name, length, &k, error);
        *set |= status ? 0 : UINT64_C(1) << k;
        name += length + (name[length] == ' ');
    }
    return status || *set ? status : gd_fail(error, GD_BAD_INPUT, "the attribute '%s' is empty", row->name);
}

/* Files of programs that do not know a row lack it: they have its default, which of a subset is the first name. */
static enum gd_status read_names(const struct gd_param *row, void *value, struct gd_h5 *file, const char *object,
                                 struct gd_error *error)
{
    char *names = NULL;
    if (row->initial && !gd_h5_has_attribute(file, object, row->name)) {
        if (row->type == GD_CHOICE)
            return find_choice(row, row->initial, strlen(row->initial), value, error);
        *(uint64_t *)value = 1;
        return GD_OK;
    }
    enum gd_status status = gd_h5_load_text_attribute(file, object, row->name, &names, error);
    if (!status)
        status = row->type == GD_SUBSET ? read_subset(row, names, value, error)
                                        : find_choice(row, names, strlen(names), value, error);
    free(names);
    return status;
}

enum gd_status gd_rows_load(const struct gd_param *rows, void *params, struct gd_h5 *file, const char *object,
                            struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (const struct gd_param *row = rows; row && row->name && !status; row++) {
        void *value = (char *)params + row->offset;
        if (row->optional && !gd_h5_has_attribute(file, object, row->name))
            continue;
        status = gd_row_named(row) ? read_names(row, value, file, object, error)
                                   : gd_h5_read_attribute(file, object, row->name, stored_as(row), 0, value, error);
    }
    return status;
}
