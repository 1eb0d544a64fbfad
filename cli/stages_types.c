/* The types of parameters, as people read them. */
#include "cli/stages.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

const char *const gd_type_names[] = {
    [GD_INT] = "integer",         [GD_FLOAT] = "number",  [GD_BOOL] = "true/false", [GD_STRING] = "text",
    [GD_PATH] = "path",           [GD_CHOICE] = "choice", [GD_SUBSET] = "names",    [GD_MAP] = "map",
    [GD_COMPONENT] = "component", [GD_GROUP] = "group",   [GD_PATHS] = "paths",
};

char *gd_row_help(const struct gd_param *row)
{
    if (!row->needs)
        return gd_string(row->help);
    char *needs = gd_needs_text(row->needs);
    const bool sentence = row->help[strlen(row->help) - 1] == '.';
    char *text = needs ? gd_format(sentence ? "%s Only %s." : "%s; only %s", row->help, needs) : NULL;
    free(needs);
    return text;
}

bool gd_row_ranged(const struct gd_param *row)
{
    return (row->type == GD_INT || row->type == GD_FLOAT) && (row->min != 0 || row->max != 0);
}
