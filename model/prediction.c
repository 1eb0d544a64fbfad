#include "model/prediction.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

const struct gd_prediction gd_predictions[] = {
    {"-noise", "-ε: the score is output / s(t)", 1, true},
    {"noise", "ε: the score is -output / s(t)", -1, true},
    {"score", "the score itself", 1, false},
    {0},
};

/* Says what would have been accepted. */
static const struct gd_prediction *refuse(const char *name, struct gd_error *error)
{
    struct gd_text accepted = {0};
    for (const struct gd_prediction *row = gd_predictions; row->name; row++)
        gd_text_print(&accepted, "%s%s", row == gd_predictions ? "" : ", ", row->name);
    char *text = gd_text_take(&accepted);
    if (text)
        gd_fail(error, GD_BAD_INPUT, "unknown output '%s' (known: %s)", name, text);
    else
        gd_no_memory(error, "a message");
    free(text);
    return NULL;
}

const struct gd_prediction *gd_prediction_named(const char *name, struct gd_error *error)
{
    const struct gd_prediction *row = gd_predictions;
    while (row->name && strcmp(row->name, name) != 0)
        row++;
    return row->name ? row : refuse(name, error);
}

double gd_prediction_score(const struct gd_prediction *prediction, double spread, double output)
{
    return prediction->sign * (prediction->over_spread ? output / spread : output);
}

double gd_prediction_scale(const struct gd_prediction *prediction, double spread)
{
    return prediction->sign * (prediction->over_spread ? 1 : spread);
}
