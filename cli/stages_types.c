/* The types of parameters, as people read them. */
#include "cli/stages.h"

const char *const gd_type_names[] = {
    [GD_INT] = "integer",  [GD_FLOAT] = "number",        [GD_BOOL] = "true/false",
    [GD_STRING] = "text",  [GD_PATH] = "path",           [GD_CHOICE] = "choice",
    [GD_SUBSET] = "names", [GD_COMPONENT] = "component", [GD_GROUP] = "group",
};

bool gd_row_ranged(const struct gd_param *row)
{
    return (row->type == GD_INT || row->type == GD_FLOAT) && (row->min != 0 || row->max != 0);
}
