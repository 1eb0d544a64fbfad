/* How `godiff stages` prints what can stand in a pipeline. */
#ifndef GD_CLI_STAGES_H
#define GD_CLI_STAGES_H

#include "engine/language/registry.h"
#include "engine/run/context.h"

/* A way of printing: begin, then any stages and components, then end, which is called however it went. `out` is what
 * begin made. begin and end may be NULL. False: out of memory. */
struct gd_stage_printer {
    bool (*begin)(void **out);
    bool (*stage)(void *out, const struct gd_stage *stage);
    bool (*component)(void *out, const struct gd_kind *kind, const struct gd_component *component);
    bool (*end)(void *out, bool print);
};

extern const struct gd_stage_printer gd_print_stages_text, gd_print_stages_json, gd_print_stages_markdown;

/* By enum gd_type. */
extern const char *const gd_type_names[];

/* What a row is for, and when it has an effect. A new string, NULL when out of memory. */
char *gd_row_help(const struct gd_param *row);

/* Whether a row is a number with a range. */
bool gd_row_ranged(const struct gd_param *row);

#endif
