#include "engine/run/function.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/run/context.h"

enum gd_status gd_function_fail(const struct gd_function *function, struct gd_error *error, const char *format, ...)
{
    char place[256];
    va_list arguments;
    va_start(arguments, format);
    char *text = gd_format_list(format, arguments);
    va_end(arguments);
    enum gd_status status =
        text ? gd_fail(error, GD_FAILED, "%s: %s", gd_format_place(function->place, place, sizeof place), text)
             : gd_no_memory(error, "a message");
    free(text);
    return status;
}

struct gd_value gd_value_number(double number)
{
    return (struct gd_value){.kind = GD_VALUE_NUMBER, .number = number};
}

struct gd_value gd_value_state(const struct gd_context *context)
{
    return (struct gd_value){.kind = GD_VALUE_STATE, .state = context->state, .context = context};
}

enum gd_status gd_function_number(struct gd_function *function, const struct gd_value *arguments, size_t count,
                                  const char *what, double *number, struct gd_error *error)
{
    struct gd_value result = {0};
    enum gd_status status = function->call(function, arguments, count, &result, error);
    if (status)
        return status;
    if (result.kind != GD_VALUE_NUMBER || !isfinite(result.number))
        return gd_function_fail(function, error, "%s: the function did not return a finite number", what);
    *number = result.number;
    return GD_OK;
}

enum gd_status gd_function_bool(struct gd_function *function, const struct gd_value *arguments, size_t count,
                                const char *what, bool *truth, struct gd_error *error)
{
    struct gd_value result = {0};
    enum gd_status status = function->call(function, arguments, count, &result, error);
    if (status)
        return status;
    if (result.kind != GD_VALUE_BOOL)
        return gd_function_fail(function, error, "%s: the function did not return true or false", what);
    *truth = result.truth;
    return GD_OK;
}
