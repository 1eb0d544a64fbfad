/* What a run reports while it works. Stages emit; sinks (progress bar, metrics.jsonl, log) listen. */
#ifndef GD_ENGINE_EVENTS_H
#define GD_ENGINE_EVENTS_H

#include <stdint.h>

#include "engine/base/error.h"

enum gd_event_kind {
    GD_EVENT_STEP_START, /* a step is about to run */
    GD_EVENT_PROGRESS,   /* done of total units of the step; text: short, may be NULL */
    GD_EVENT_FIGURE,     /* a number of the step that just ran: name, value */
    GD_EVENT_MESSAGE,    /* text for the log, with its level */
    GD_EVENT_STEP_END,   /* a step has run; seconds */
    GD_EVENT_RUN_END,    /* no step runs any more; files are written */
};

enum gd_level { GD_INFO, GD_WARNING };

struct gd_state;

struct gd_event {
    enum gd_event_kind kind;
    const char *step;              /* path of the step; NULL outside steps */
    const struct gd_state *state;  /* that the step works on; NULL outside steps */
    int64_t iteration, iterations; /* of the innermost loop */
    double done, total;            /* GD_EVENT_PROGRESS: of this step; steps: finished and all leaf steps of the run */
    const char *name;
    double value;
    double seconds;
    enum gd_level level;
    const char *text;
};

struct gd_sink {
    void (*event)(void *self, const struct gd_event *event);
    void *self;
};

/* The sinks of a run. */
struct gd_events {
    const struct gd_sink *sinks;
    size_t count;
};

struct gd_context;

void gd_emit(const struct gd_events *events, const struct gd_event *event);
void gd_progress(const struct gd_context *context, double done, double total, const char *format, ...) GD_PRINTF(4, 5);
void gd_figure(const struct gd_context *context, const char *name, double value);
void gd_message(const struct gd_context *context, enum gd_level level, const char *format, ...) GD_PRINTF(3, 4);

#endif
