/* How `godiff stages` tells what can stand in a pipeline. */
#ifndef GD_CLI_STAGES_H
#define GD_CLI_STAGES_H

#include "engine/language/registry.h"
#include "engine/run/context.h"

/* A way of telling: begin, then any stages and components, then end, which is called however it went. `told` is what
 * begin made. begin and end may be NULL. False: out of memory. */
struct gd_teller {
    bool (*begin)(void **told);
    bool (*stage)(void *told, const struct gd_stage *stage);
    bool (*component)(void *told, const struct gd_kind *kind, const struct gd_component *component);
    bool (*end)(void *told, bool print);
};

extern const struct gd_teller gd_tell_text, gd_tell_json, gd_tell_markdown;

/* By enum gd_type. */
extern const char *const gd_type_names[];

/* Whether a row is a number with a range. */
bool gd_row_ranged(const struct gd_param *row);

#endif
