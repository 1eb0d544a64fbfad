#include "engine/function.h"

#include <math.h>

#include "engine/stage.h"

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
    if (status != GD_OK)
        return status;
    if (result.kind != GD_VALUE_NUMBER || !isfinite(result.number))
        return gd_fail(error, GD_FAILED, "%s: the function did not return a finite number", what);
    *number = result.number;
    return GD_OK;
}

enum gd_status gd_function_bool(struct gd_function *function, const struct gd_value *arguments, size_t count,
                                const char *what, bool *truth, struct gd_error *error)
{
    struct gd_value result = {0};
    enum gd_status status = function->call(function, arguments, count, &result, error);
    if (status != GD_OK)
        return status;
    if (result.kind != GD_VALUE_BOOL)
        return gd_fail(error, GD_FAILED, "%s: the function did not return true or false", what);
    *truth = result.truth;
    return GD_OK;
}
