/* Events on their way from stages to sinks. */
#include "engine/run/events.h"

#include <stdarg.h>

#include "engine/base/text.h"
#include "engine/run/context.h"

void gd_emit(const struct gd_events *events, const struct gd_event *event)
{
    for (size_t k = 0; events && k < events->count; k++)
        events->sinks[k].event(events->sinks[k].self, event);
}

/* An event of the step that is running. */
static struct gd_event step_event(const struct gd_context *context, enum gd_event_kind kind)
{
    return (struct gd_event){
        .kind = kind,
        .step = context->step,
        .state = context->state,
        .iteration = context->iteration,
        .iterations = context->iterations,
    };
}

void gd_progress(const struct gd_context *context, double done, double total, const char *format, ...)
{
    char text[256];
    struct gd_event event = step_event(context, GD_EVENT_PROGRESS);
    event.done = done;
    event.total = total;
    if (format) {
        va_list list;
        va_start(list, format);
        gd_print_list(text, sizeof text, format, list);
        va_end(list);
        event.text = text;
    }
    gd_emit(context->events, &event);
}

void gd_figure(const struct gd_context *context, const char *name, double value)
{
    struct gd_event event = step_event(context, GD_EVENT_FIGURE);
    event.name = name;
    event.value = value;
    gd_emit(context->events, &event);
}

void gd_message(const struct gd_context *context, enum gd_level level, const char *format, ...)
{
    char text[1024];
    struct gd_event event = step_event(context, GD_EVENT_MESSAGE);
    va_list list;
    va_start(list, format);
    gd_print_list(text, sizeof text, format, list);
    va_end(list);
    event.level = level;
    event.text = text;
    gd_emit(context->events, &event);
}
