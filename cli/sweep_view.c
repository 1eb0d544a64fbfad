#include "cli/sweep_view.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/terminal.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"

enum { BAR_WIDTH = 20, MOST_VARIANTS = 20 };

static const double redraw_seconds = 0.25;

struct gd_sweep_view {
    const struct gd_sweep *sweep;
    bool quiet, drawing, said_stopping;
    int lines; /* that are drawn now */
    double drawn;
    double *best; /* [variants] the lowest energy seen here, eV; NaN: none */
};

static const struct gd_variant *variant_of(const struct gd_sweep_view *view, size_t run)
{
    return &view->sweep->variants[view->sweep->runs[run].variant];
}

/* --- The drawing -------------------------------------------------------------------------------------------------- */

static void clear(struct gd_sweep_view *view)
{
    if (view->lines > 0)
        fprintf(stderr, "\033[%dA\r\033[J", view->lines);
    view->lines = 0;
}

/* One line, cut at the width of the terminal. */
static void draw_line(struct gd_sweep_view *view, const char *text)
{
    gd_print_escaped(stderr, text, (size_t)gd_terminal_width() - 1);
    fputc('\n', stderr);
    view->lines++;
}

static void draw_text(struct gd_sweep_view *view, struct gd_text *text)
{
    char *line = gd_text_take(text);
    if (line)
        draw_line(view, line);
    free(line);
}

/* "train.steps=200   3/8 done, 1 failed   best 3.53 eV" */
static void draw_variant(struct gd_sweep_view *view, const struct gd_pool *pool, size_t variant, int width)
{
    size_t all = 0, done = 0, failed = 0;
    struct gd_text text = {0};
    for (size_t k = 0; k < view->sweep->run_count; k++)
        if (view->sweep->runs[k].variant == variant) {
            all++;
            done += pool->rows[k] == GD_ROW_DONE;
            failed += pool->rows[k] == GD_ROW_FAILED;
        }
    gd_text_print(&text, "%-*.*s  %3zu/%zu done", width, width, view->sweep->variants[variant].name, done, all);
    if (failed > 0)
        gd_text_print(&text, ", %zu failed", failed);
    if (isfinite(view->best[variant]))
        gd_text_print(&text, "  best %.6g eV", view->best[variant]);
    draw_text(view, &text);
}

static void draw_task(struct gd_sweep_view *view, const struct gd_pool *pool, const struct gd_task *task, int width)
{
    struct gd_text text = {0};
    const double share = gd_pool_fraction(pool, task);
    const int filled = (int)(share * BAR_WIDTH);
    gd_text_print(&text, "%-*.*s  seed %-4" PRIu64 "  [%.*s%.*s] %3.0f%%", width, width,
                  variant_of(view, task->run)->name, view->sweep->runs[task->run].seed, filled, "####################",
                  BAR_WIDTH - filled, "--------------------", 100 * share);
    if (isfinite(task->best))
        gd_text_print(&text, "  best %.6g eV", task->best);
    draw_text(view, &text);
}

static void draw_whole(struct gd_sweep_view *view, const struct gd_pool *pool)
{
    char duration[GD_DURATION_SIZE];
    struct gd_text text = {0};
    const size_t done = gd_pool_count(pool, GD_ROW_DONE), elsewhere = gd_pool_count(pool, GD_ROW_ELSEWHERE);
    const double left = gd_pool_left(pool);
    gd_text_print(&text, "%zu of %zu runs done", done, view->sweep->run_count);
    if (elsewhere > 0)
        gd_text_print(&text, ", %zu with other processes", elsewhere);
    if (pool->stopping)
        gd_text_print(&text, ", stopping: %zu %s", pool->running,
                      pool->running == 1 ? "run finishes its step" : "runs finish their step");
    else if (isfinite(left) && left > 0)
        gd_text_print(&text, ", left %s", gd_print_duration(duration, left));
    draw_text(view, &text);
}

static int name_width(const struct gd_sweep *sweep)
{
    size_t most = 8;
    for (size_t k = 0; k < sweep->count; k++)
        most = strlen(sweep->variants[k].name) > most ? strlen(sweep->variants[k].name) : most;
    return most < 40 ? (int)most : 40;
}

static void draw(struct gd_sweep_view *view, const struct gd_pool *pool)
{
    const int width = name_width(view->sweep);
    clear(view);
    for (size_t k = 0; k < view->sweep->count && k < MOST_VARIANTS; k++)
        draw_variant(view, pool, k, width);
    if (view->sweep->count > MOST_VARIANTS)
        draw_line(view, "...");
    for (size_t k = 0; k < pool->running; k++)
        draw_task(view, pool, &pool->tasks[k], width);
    draw_whole(view, pool);
    fflush(stderr);
    view->drawn = gd_clock();
}

/* --- Calls of the pool -------------------------------------------------------------------------------------------- */

static void say(struct gd_sweep_view *view, const char *label, struct gd_text *text)
{
    char *line = gd_text_take(text);
    clear(view);
    if (line)
        gd_print_message(label, line);
    free(line);
}

static void begun(void *self, const struct gd_pool *pool, const struct gd_task *task)
{
    struct gd_sweep_view *view = self;
    struct gd_text text = {0};
    (void)pool;
    if (view->quiet || view->drawing)
        return;
    gd_text_print(&text, "%s seed %" PRIu64 ": %s", variant_of(view, task->run)->name,
                  view->sweep->runs[task->run].seed, task->first > 0 ? "resumed" : "begun");
    say(view, "", &text);
}

static void ended(void *self, const struct gd_pool *pool, const struct gd_task *task, const char *reason)
{
    struct gd_sweep_view *view = self;
    struct gd_text text = {0};
    double *best = &view->best[view->sweep->runs[task->run].variant];
    if (isfinite(task->best) && !(*best <= task->best))
        *best = task->best;
    if (!reason && (view->quiet || view->drawing))
        return;
    gd_text_print(&text, "%s seed %" PRIu64 ": ", variant_of(view, task->run)->name, view->sweep->runs[task->run].seed);
    if (reason)
        gd_text_print(&text, "failed: %s", reason);
    else
        gd_text_print(&text, "%s  (%zu of %zu)", pool->rows[task->run] == GD_ROW_DONE ? "finished" : "stopped",
                      gd_pool_count(pool, GD_ROW_DONE), view->sweep->run_count);
    if (!reason && isfinite(task->best))
        gd_text_print(&text, "  best %.6g eV", task->best);
    say(view, "", &text);
}

static void waited(void *self, const struct gd_pool *pool)
{
    struct gd_sweep_view *view = self;
    if (pool->stopping && !view->said_stopping && !view->drawing && pool->running > 0)
        gd_print_message("", "interrupted: the runs finish their step and save; interrupt again to stop them at once");
    view->said_stopping |= pool->stopping;
    if (view->drawing && gd_clock() - view->drawn >= redraw_seconds)
        draw(view, pool);
}

struct gd_pool_view gd_sweep_view_calls(struct gd_sweep_view *view)
{
    return (struct gd_pool_view){.begun = begun, .ended = ended, .waited = waited, .self = view};
}

struct gd_sweep_view *gd_sweep_view_new(const struct gd_sweep *sweep, bool quiet)
{
    const char *term = getenv("TERM");
    struct gd_sweep_view *view = gd_array(1, sizeof *view);
    if (view && !(view->best = gd_array(sweep->count, sizeof *view->best))) {
        free(view);
        view = NULL;
    }
    if (!view)
        return NULL;
    for (size_t k = 0; k < sweep->count; k++)
        view->best[k] = NAN;
    view->sweep = sweep;
    view->quiet = quiet;
    view->drawing = !quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    return view;
}

void gd_sweep_view_free(struct gd_sweep_view *view)
{
    if (!view)
        return;
    clear(view);
    free(view->best);
    free(view);
}
