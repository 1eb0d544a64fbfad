/* The sink of events that a person watches. */
#include "cli/progress.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/estimate.h"
#include "cli/terminal.h"
#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/run/context.h"
#include "engine/run/events.h"
#include "engine/run/state.h"

enum { BAR_WIDTH = 20, LINE = 512 };

static const double redraw_seconds = 0.1, report_seconds = 10.0;

struct gd_progress_view {
    const struct gd_job *job;
    const char *note;
    const char *path; /* of a log; NULL: the lines go to stderr */
    FILE *log;        /* NULL: not open */
    bool quiet, bar, drawn;
    bool begun; /* the first step of this process has started */
    struct gd_estimate estimate;
    const char *step;             /* path */
    const struct gd_state *state; /* that it works on */
    int64_t iteration, iterations;
    double started, shown; /* seconds of the clock: when the step began, when it was last spoken of */
    double fraction;       /* of the step */
    char figures[LINE];    /* of the step that is ending */
};

/* A line being put together; what does not fit is left out. */
struct line {
    char text[LINE];
    size_t length;
};

static void add(struct line *line, const char *format, ...) GD_PRINTF(2, 3);

static void add(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line->text + line->length, sizeof line->text - line->length, format, arguments);
    va_end(arguments);
    if (length > 0)
        line->length += (size_t)length;
    if (line->length > sizeof line->text - 1)
        line->length = sizeof line->text - 1;
}

/* "left 14s"; "left > 14s" as long as a step is to come whose time is not known; nothing when none is known. */
static void add_left(struct line *line, const struct gd_progress_view *view)
{
    char text[GD_DURATION_SIZE];
    bool least;
    const double left =
        gd_estimate_left(&view->estimate, view->step, gd_clock() - view->started, view->fraction, &least);
    if (least && left < 0.5)
        return;
    add(line, least ? "  left > %s" : "  left %s", gd_print_duration(text, left));
}

static void add_where(struct line *line, const struct gd_progress_view *view)
{
    add(line, "%-12s", view->step);
    if (view->iterations > 1)
        add(line, "  %lld/%lld", (long long)view->iteration + 1, (long long)view->iterations);
}

/* Every slot that has a number to show. */
static void add_state(struct line *line, const struct gd_progress_view *view)
{
    const struct gd_slot *const *slots = gd_registry_slots(view->job->registry);
    for (size_t k = 0; slots[k]; k++) {
        const void *value = slots[k]->figure ? gd_state_get_untracked(view->state, slots[k]->name) : NULL;
        const double number = value ? slots[k]->read_figure(value) : NAN;
        if (isfinite(number))
            add(line, slots[k]->integer ? "  %s %.0f" : "  %s %.6g", slots[k]->figure, number);
    }
}

static double best_energy(const struct gd_progress_view *view)
{
    const struct gd_slot *const *slots = gd_registry_slots(view->job->registry);
    for (size_t k = 0; slots[k]; k++)
        if (slots[k]->figure && !strcmp(slots[k]->figure, "best_energy")) {
            const void *value = gd_state_get_untracked(view->state, slots[k]->name);
            return value ? slots[k]->read_figure(value) : NAN;
        }
    return NAN;
}

static void add_best(struct line *line, const struct gd_progress_view *view)
{
    const double best = best_energy(view);
    if (isfinite(best))
        add(line, "  best %.6g eV", best);
}

static void clear_bar(struct gd_progress_view *view)
{
    if (view->drawn)
        fputs("\r\033[K", stderr);
    view->drawn = false;
}

static void draw_bar(struct gd_progress_view *view)
{
    struct line line = {0};
    const int filled = (int)(view->fraction * BAR_WIDTH);
    add_where(&line, view);
    add(&line, "  [%.*s%.*s] %3.0f%%", filled, "####################", BAR_WIDTH - filled, "--------------------",
        100 * view->fraction);
    add_left(&line, view);
    add_best(&line, view);
    fputs("\r\033[K", stderr);
    gd_print_escaped(stderr, line.text, (size_t)gd_terminal_width() - 1);
    fflush(stderr);
    view->drawn = true;
}

/* Opens the log. It is no more than a help, so that nothing fails for want of it. */
static bool open_log(struct gd_progress_view *view)
{
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const int file = view->log ? -1 : open(view->path, flags, 0666);
    if (file >= 0 && !(view->log = fdopen(file, "a")))
        close(file);
    return view->log != NULL;
}

void gd_progress_say(struct gd_progress_view *view, const char *label, const char *text)
{
    if (!view)
        return;
    if (!view->path) {
        gd_print_message(label, text);
        return;
    }
    if (!open_log(view))
        return;
    if (*label)
        fprintf(view->log, "%s: ", label);
    gd_print_escaped(view->log, text, SIZE_MAX);
    fputc('\n', view->log);
    fflush(view->log);
}

static void begin(struct gd_progress_view *view, const struct gd_event *event)
{
    view->begun = true;
    gd_estimate_skip(&view->estimate, &view->job->pipeline, (int64_t)event->done);
    if (view->note && !view->quiet)
        gd_progress_say(view, "", view->note);
}

static void on_start(struct gd_progress_view *view, const struct gd_event *event)
{
    if (!view->begun)
        begin(view, event);
    view->step = event->step;
    view->state = event->state;
    view->iteration = event->iteration;
    view->iterations = event->iterations;
    view->started = view->shown = gd_clock();
    view->fraction = 0;
    view->figures[0] = '\0';
    if (view->bar)
        draw_bar(view);
}

static void on_progress(struct gd_progress_view *view, const struct gd_event *event)
{
    const double time = gd_clock();
    view->fraction = event->total > 0 ? fmin(1, fmax(0, event->done / event->total)) : 0;
    if (view->quiet || time - view->shown < (view->bar ? redraw_seconds : report_seconds))
        return;
    view->shown = time;
    if (view->bar) {
        draw_bar(view);
        return;
    }
    struct line line = {0};
    add_where(&line, view);
    add(&line, "  %.0f%%", 100 * view->fraction);
    if (event->text)
        add(&line, "  %s", event->text);
    add_left(&line, view);
    add_best(&line, view);
    gd_progress_say(view, "", line.text);
}

static void on_figure(struct gd_progress_view *view, const struct gd_event *event)
{
    const size_t length = strlen(view->figures);
    if (isfinite(event->value))
        snprintf(view->figures + length, sizeof view->figures - length, "  %s %.6g", event->name, event->value);
}

static void on_message(struct gd_progress_view *view, const struct gd_event *event)
{
    if (view->quiet && event->level != GD_WARNING)
        return;
    clear_bar(view);
    gd_progress_say(view, event->level == GD_WARNING ? "warning" : "", event->text);
}

static void on_end(struct gd_progress_view *view, const struct gd_event *event)
{
    gd_estimate_finish(&view->estimate, event->step, event->seconds);
    if (view->quiet || view->bar)
        return;
    struct line line = {0};
    add_where(&line, view);
    add_state(&line, view);
    add(&line, "  %.2f s%s", event->seconds, view->figures);
    gd_progress_say(view, "", line.text);
}

static void on_run_end(struct gd_progress_view *view, const struct gd_event *event)
{
    (void)event;
    clear_bar(view);
}

/* In the order of enum gd_event_kind. */
static void (*const handlers[])(struct gd_progress_view *, const struct gd_event *) = {
    [GD_EVENT_STEP_START] = on_start, [GD_EVENT_PROGRESS] = on_progress, [GD_EVENT_FIGURE] = on_figure,
    [GD_EVENT_MESSAGE] = on_message,  [GD_EVENT_STEP_END] = on_end,      [GD_EVENT_RUN_END] = on_run_end,
};

static void on_event(void *self, const struct gd_event *event)
{
    locale_t former = gd_c_locale_begin();
    handlers[event->kind](self, event);
    gd_c_locale_end(former);
}

struct gd_sink gd_progress_sink(struct gd_progress_view *view)
{
    return (struct gd_sink){.event = on_event, .self = view};
}

struct gd_progress_view *gd_progress_new(const struct gd_job *job, bool quiet, const char *note)
{
    struct gd_progress_view *view = gd_array(1, sizeof *view);
    if (!view || gd_estimate_init(&view->estimate, &job->pipeline) != GD_OK) {
        gd_progress_free(view);
        return NULL;
    }
    const char *term = getenv("TERM");
    view->job = job;
    view->note = note;
    view->quiet = quiet;
    view->bar = !quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    return view;
}

struct gd_progress_view *gd_progress_log(const struct gd_job *job, const char *path, const char *note)
{
    struct gd_progress_view *view = gd_progress_new(job, false, note);
    if (view) {
        view->bar = false;
        view->path = path;
    }
    return view;
}

void gd_progress_free(struct gd_progress_view *view)
{
    if (!view)
        return;
    clear_bar(view);
    if (view->log)
        fclose(view->log);
    gd_estimate_clear(&view->estimate);
    free(view);
}
