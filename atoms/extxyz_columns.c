/* Properties of extended XYZ: the columns of the lines of atoms, and what each is for. */
#include <string.h>
#include <strings.h>

#include "atoms/extxyz_priv.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"

#define MOST_COLUMNS 256
#define MOST_WIDTH   1000

static const struct {
    const char *name;
    char type;
    int width;
    enum gd_extxyz_role role;
} known_columns[] = {
    {"species", 'S', 1, GD_EXTXYZ_SPECIES}, {"Z", 'I', 1, GD_EXTXYZ_NUMBER},     {"numbers", 'I', 1, GD_EXTXYZ_NUMBER},
    {"pos", 'R', 3, GD_EXTXYZ_POSITION},    {"forces", 'R', 3, GD_EXTXYZ_FORCE}, {"force", 'R', 3, GD_EXTXYZ_FORCE},
};

/* Cuts the word before ':' from *text. */
static char *cut_field(char **text)
{
    char *word = *text, *end = strchr(word, ':');
    *text = end ? end + 1 : word + strlen(word);
    if (end)
        *end = '\0';
    return word;
}

/* Reads one name:type:width. */
static enum gd_status add_column(struct gd_extxyz_reader *reader, char **text)
{
    struct gd_scan *scan = reader->scan;
    const char *name = cut_field(text), *type = cut_field(text), *width = cut_field(text);
    int64_t number;
    if (!*name)
        return gd_scan_fail(scan, name, "Properties: a column has no name");
    if (strlen(type) != 1 || !strchr("SRIL", *type))
        return gd_scan_fail(scan, type, "Properties: the type of column '%.60s' must be S, R, I or L", name);
    if (!gd_parse_int(width, &number) || number < 1 || number > MOST_WIDTH)
        return gd_scan_fail(scan, width, "Properties: the width of column '%.60s' must be 1 to %d", name, MOST_WIDTH);
    for (size_t k = 0; k < reader->column_count; k++)
        if (strcmp(reader->columns[k].name, name) == 0)
            return gd_scan_fail(scan, name, "Properties: column '%.60s' is there twice", name);
    if (reader->column_count == MOST_COLUMNS)
        return gd_scan_fail(scan, name, "Properties: more than %d columns", MOST_COLUMNS);
    if (!gd_grow(&reader->columns, &reader->capacity, reader->column_count + 1, sizeof *reader->columns))
        return gd_no_memory(scan->error, "columns");
    reader->columns[reader->column_count++] = (struct gd_extxyz_column){name, *type, (int)number, GD_EXTXYZ_EXTRA, 0};
    reader->words += (size_t)number;
    return GD_OK;
}

/* The column of a known name, or one whose name differs in case alone and that has the type and width of it; NULL. */
static struct gd_extxyz_column *find_column(const struct gd_extxyz_reader *reader, const char *name, char type,
                                            int width)
{
    struct gd_extxyz_column *similar = NULL;
    for (size_t k = 0; k < reader->column_count; k++) {
        struct gd_extxyz_column *column = &reader->columns[k];
        if (strcmp(column->name, name) == 0)
            return column;
        if (strcasecmp(column->name, name) == 0 && column->type == type && column->width == width && !similar)
            similar = column;
    }
    return similar;
}

/* Gives every role to the first of the known columns that is there; beside symbols, atomic numbers have none. */
static enum gd_status assign_roles(struct gd_extxyz_reader *reader)
{
    for (size_t k = 0; k < sizeof known_columns / sizeof *known_columns; k++) {
        const char type = known_columns[k].type, *name = known_columns[k].name;
        const int width = known_columns[k].width;
        const enum gd_extxyz_role role = known_columns[k].role;
        struct gd_extxyz_column *column = find_column(reader, name, type, width);
        if (!column || reader->has[role] || (role == GD_EXTXYZ_NUMBER && reader->has[GD_EXTXYZ_SPECIES]))
            continue;
        if (column->type != type || column->width != width)
            return gd_scan_fail(reader->scan, column->name, "Properties: column '%s' is %c:%d, it should be %c:%d",
                                column->name, column->type, column->width, type, width);
        reader->has[role] = true;
        column->role = role;
    }
    return GD_OK;
}

enum gd_status gd_extxyz_read_properties(struct gd_extxyz_reader *reader, char *value)
{
    enum gd_status status = GD_OK;
    const char *start = value;
    char *text = gd_extxyz_next_part(&value);
    if (!text)
        return gd_scan_fail(reader->scan, start, "Properties is empty");
    while (!status && *text)
        status = add_column(reader, &text);
    if (!status)
        status = assign_roles(reader);
    if (!status && !reader->has[GD_EXTXYZ_POSITION])
        return gd_scan_fail(reader->scan, start, "Properties has no column pos:R:3");
    if (!status && !reader->has[GD_EXTXYZ_SPECIES] && !reader->has[GD_EXTXYZ_NUMBER])
        return gd_scan_fail(reader->scan, start, "Properties has no column species:S:1");
    return status;
}
