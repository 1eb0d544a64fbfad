/* What a stage may ask of the run it belongs to. */
#include "engine/stage.h"

struct gd_stream gd_context_stream(const struct gd_context *context, uint32_t sample)
{
    return gd_stream_make(context->seed, gd_stream_hash(context->step), context->execution, sample);
}

bool gd_context_stop(const struct gd_context *context)
{
    return context->interrupted && *context->interrupted > 1;
}

enum gd_status gd_interrupted(struct gd_context *context)
{
    return gd_fail(context->error, GD_INTERRUPTED, "interrupted in step %s", context->step);
}
