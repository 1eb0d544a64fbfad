/* A function of a pipeline script, callable without knowing its language.
 *
 * Where a parameter names a component (a curve, a condition, a rule), a script may give a function instead; the
 * parameter's gd_choice then holds one of these in `function`. Whoever made it (a Lua reader) owns it, and it lives as
 * long as the pipeline. Calls come from one thread. */
#ifndef GD_ENGINE_FUNCTION_H
#define GD_ENGINE_FUNCTION_H

#include "engine/base/error.h"

struct gd_context;
struct gd_state;

enum gd_value_kind {
    GD_VALUE_NIL,
    GD_VALUE_NUMBER,
    GD_VALUE_BOOL,
    GD_VALUE_STATE, /* the run's state */
    GD_VALUE_ITEM,  /* item `index` of an object (a structure of a set), valid during the call only */
};

struct gd_value {
    enum gd_value_kind kind;
    double number;
    bool truth;
    const struct gd_state *state;
    const struct gd_context *context; /* state: of the step that asks; NULL: none, and the function draws no numbers */
    const void *object;
    size_t index;
};

struct gd_function {
    /* Calls with `count` arguments and one result. A failure in the script gives GD_FAILED and a message with the
     * script's file and line. */
    enum gd_status (*call)(struct gd_function *self, const struct gd_value *arguments, size_t count,
                           struct gd_value *result, struct gd_error *error);
    struct gd_place place; /* where it was written; the file's name lives as long as the function */
};

/* GD_FAILED with a message that begins with where the function was written: what it returned is of no use. */
enum gd_status gd_function_fail(const struct gd_function *function, struct gd_error *error, const char *format, ...)
    GD_PRINTF(3, 4);

struct gd_value gd_value_number(double number);

/* The state of the step that asks, read-only. */
struct gd_value gd_value_state(const struct gd_context *context);

/* gd_function.call with a result that must be a finite number; `what` names it in the message otherwise. */
enum gd_status gd_function_number(struct gd_function *function, const struct gd_value *arguments, size_t count,
                                  const char *what, double *number, struct gd_error *error);

/* The same for true or false. */
enum gd_status gd_function_bool(struct gd_function *function, const struct gd_value *arguments, size_t count,
                                const char *what, bool *truth, struct gd_error *error);

#endif
