/* Checks of the rows themselves, made when they are registered: what they say must be usable and consistent. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/language/params_priv.h"

/* The bytes that a row fills, from its offset on. */
static size_t row_size(const struct gd_param *row)
{
    if (row->type == GD_GROUP)
        return gd_params_extent(row->rows);
    return gd_type_size(row->type) * (size_t)(row->count > 1 ? row->count : 1);
}

size_t gd_params_extent(const struct gd_param *rows)
{
    size_t extent = 0;
    for (const struct gd_param *row = rows; row && row->name; row++)
        if (row->offset + row_size(row) > extent)
            extent = row->offset + row_size(row);
    return extent;
}

const struct gd_param *gd_param_find(const struct gd_param *rows, const char *name)
{
    while (rows && rows->name && strcmp(rows->name, name) != 0)
        rows++;
    return rows && rows->name ? rows : NULL;
}

bool gd_name_valid(const char *name)
{
    if (!name || !islower((unsigned char)*name))
        return false;
    for (; *name; name++)
        if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) && *name != '_' && *name != '-')
            return false;
    return true;
}

/* What is wrong with a row as it stands, or NULL. */
static const char *fault(const struct gd_param *row)
{
    bool number = row->type == GD_INT || row->type == GD_FLOAT;
    if (!gd_name_valid(row->name))
        return "its name must consist of lower-case letters, digits, _ and -";
    if (row->type > GD_PATHS)
        return "its type is unknown";
    if (!row->help || !*row->help)
        return "no help text";
    if (!gd_text_plain(row->help) || (row->unit && !gd_text_plain(row->unit)))
        return "its help or unit has control characters, or is not UTF-8";
    if (row->count < 0 || (row->count > 1 && !number && row->type != GD_BOOL))
        return "only numbers and booleans can be lists";
    bool named = row->type == GD_CHOICE || row->type == GD_SUBSET;
    if (named && (!row->choices || !row->choices[0]))
        return "no choices";
    for (size_t k = 0; named && row->choices[k]; k++) {
        if (!gd_text_plain(row->choices[k]))
            return "a choice has control characters, or is not UTF-8";
        if (row->type == GD_SUBSET && k == 64)
            return "more than 64 choices";
    }
    if (row->type == GD_COMPONENT && !row->kind)
        return "no kind";
    if (row->type == GD_GROUP && (!row->rows || row->initial))
        return "a group has rows and no default";
    if (isnan(row->min) || isnan(row->max) || row->min > row->max)
        return "its range is empty";
    if ((row->min != 0 || row->max != 0 || row->above_min) && !number)
        return "only numbers have a range";
    if (row->above_min && row->min == row->max)
        return "its range is empty";
    if (row->accepts && row->type != GD_STRING && row->type != GD_PATH && row->type != GD_PATHS)
        return "only strings and paths can have `accepts`";
    if (row->type == GD_GROUP && row->example)
        return "a group cannot have an example; its rows can";
    if (row->initial && row->optional)
        return "a row with a default cannot be optional";
    return NULL;
}

/* Reads a default or an example as a pipeline that leaves the row out would. A component's own name is known only
 * later.
 */
static enum gd_status verify_text(const struct gd_param *row, const char *text, const char *what, const char *owner,
                                  struct gd_error *error)
{
    struct gd_param one = *row;
    one.initial = text;
    if (row->type == GD_PATH || row->type == GD_PATHS)
        one.accepts = NULL; /* the file need not be there */
    struct gd_arena arena = {0};
    struct gd_problems problems = {0};
    struct gd_tree tree = {0};
    const struct gd_scope scope = {.arena = &arena, .problems = &problems};
    enum gd_status status = GD_NO_MEMORY;
    void *scratch = gd_array(row_size(row), 1);
    if (scratch && row->type == GD_COMPONENT)
        status = gd_tree_parse_value(&tree, row->name, text, &problems);
    else if (scratch)
        status = gd_default_parse(&scope, &one, scratch);
    if (status == GD_NO_MEMORY)
        gd_no_memory(error, owner);
    else if (status)
        gd_fail(error, status, "%s.%s: %s: %s", owner, row->name, what, problems.items[0].text);
    free(scratch);
    gd_tree_clear(&tree);
    gd_problems_clear(&problems);
    gd_arena_clear(&arena);
    return status;
}

/* Compares a row with those before it. */
static enum gd_status verify_apart(const struct gd_param *rows, const struct gd_param *row, const char *owner,
                                   struct gd_error *error)
{
    for (const struct gd_param *other = rows; other != row; other++) {
        if (!strcmp(other->name, row->name))
            return gd_fail(error, GD_BAD_INPUT, "%s.%s: two rows of this name", owner, row->name);
        if (other->offset < row->offset + row_size(row) && row->offset < other->offset + row_size(other))
            return gd_fail(error, GD_BAD_INPUT, "%s.%s: overlaps %s", owner, row->name, other->name);
    }
    return GD_OK;
}

/* Whether a row's words are in a folder that another row can name. */
static bool has_folder(const struct gd_param *rows, const struct gd_param *row)
{
    const struct gd_param *folder = gd_param_find(rows, row->words_in);
    return row->type == GD_STRING && folder && folder->type == GD_PATH;
}

enum gd_status gd_params_verify(const struct gd_param *rows, const char *owner, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (const struct gd_param *row = rows; row && row->name && !status; row++) {
        const char *wrong = fault(row);
        if (wrong)
            return gd_fail(error, GD_BAD_INPUT, "%s.%s: %s", owner, row->name, wrong);
        status = verify_apart(rows, row, owner, error);
        const char *needs = gd_needs_fault(rows, row->needs);
        if (!status && row->words_in && !has_folder(rows, row))
            return gd_fail(error, GD_BAD_INPUT, "%s.%s: `words_in` is the name of a path, for a string", owner,
                           row->name);
        if (!status && needs)
            return gd_fail(error, GD_BAD_INPUT, "%s.%s: %s", owner, row->name, needs);
        if (!status && row->type == GD_GROUP)
            status = gd_params_verify(row->rows, row->name, error);
        if (!status && row->initial)
            status = verify_text(row, row->initial, "default", owner, error);
        if (!status && row->example)
            status = verify_text(row, row->example, "example", owner, error);
    }
    return status;
}
