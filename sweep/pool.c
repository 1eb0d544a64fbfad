#include "sweep/pool.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/run/metrics.h"
#include "sweep/child.h"
#include "sweep/manifest.h"

static const double look_seconds = 0.2;  /* between two looks at what runs */
static const double visit_seconds = 2.0; /* between two looks at what others work on */

/* A pool at work. */
struct work {
    struct gd_pool pool;
    const struct gd_pool_options *options;
    const struct gd_pool_view *view;
    char *claims;              /* the folder */
    double visited, refreshed; /* seconds of the clock */
    int interrupts;
    struct gd_error *error;
};

size_t gd_pool_count(const struct gd_pool *pool, enum gd_row_state state)
{
    size_t count = 0;
    for (size_t k = 0; k < pool->sweep->run_count; k++)
        count += pool->rows[k] == state;
    return count;
}

/* --- Time left ---------------------------------------------------------------------------------------------------- */

double gd_pool_fraction(const struct gd_pool *pool, const struct gd_task *task)
{
    const double steps = pool->sweep->variants[pool->sweep->runs[task->run].variant].steps;
    return steps > 0 ? fmin(1, (double)task->steps / steps) : 0;
}

/* The mean seconds of finished runs of a variant, or of all of them (SIZE_MAX); NaN: there are none. */
static double mean_seconds(const struct gd_pool *pool, size_t variant)
{
    double sum = 0, count = 0;
    for (size_t k = 0; k < pool->sweep->run_count; k++)
        if (pool->seconds[k] > 0 && (variant == SIZE_MAX || pool->sweep->runs[k].variant == variant)) {
            sum += pool->seconds[k];
            count++;
        }
    return sum / count;
}

/* What a task will take in all, by how far it has come since it was begun here; NaN: not known. */
static double task_seconds(const struct gd_pool *pool, const struct gd_task *task)
{
    const double steps = pool->sweep->variants[pool->sweep->runs[task->run].variant].steps;
    const double done = (double)(task->steps - task->first);
    return done > 0 && steps > 0 ? (gd_clock() - task->started) * steps / done : NAN;
}

static double expected_seconds(const struct gd_pool *pool, size_t variant)
{
    double mean = mean_seconds(pool, variant);
    if (!isfinite(mean))
        mean = mean_seconds(pool, SIZE_MAX);
    double sum = 0, count = 0;
    for (size_t k = 0; k < pool->running && !isfinite(mean); k++) {
        const double seconds = task_seconds(pool, &pool->tasks[k]);
        sum += isfinite(seconds) ? seconds : 0;
        count += isfinite(seconds);
    }
    return isfinite(mean) ? mean : sum / count;
}

double gd_pool_left(const struct gd_pool *pool)
{
    double left = 0;
    for (size_t k = 0; k < pool->sweep->run_count; k++)
        if (pool->rows[k] == GD_ROW_WAITING)
            left += expected_seconds(pool, pool->sweep->runs[k].variant);
    for (size_t k = 0; k < pool->running; k++) {
        const struct gd_task *task = &pool->tasks[k];
        left += expected_seconds(pool, pool->sweep->runs[task->run].variant) * (1 - gd_pool_fraction(pool, task));
    }
    return left / (double)pool->jobs;
}

/* --- Tasks -------------------------------------------------------------------------------------------------------- */

/* The best energy that a line of metrics.jsonl says of the outermost pipeline. */
static void read_line(struct gd_task *task, const char *text, size_t length)
{
    cJSON *line = NULL;
    const cJSON *best =
        gd_json_read(text, length, &line) ? NULL : cJSON_GetObjectItemCaseSensitive(line, "best_energy");
    if (cJSON_IsNumber(best) && !gd_metrics_is_inner(line))
        task->best = best->valuedouble;
    cJSON_Delete(line);
}

/* Counts the lines that metrics.jsonl has by now. One that is shorter than before was cut, or written anew, when the
 * process began: with the lines that it has now. */
static void follow(struct gd_task *task)
{
    FILE *stream = fopen(task->metrics, "re");
    char *line = NULL;
    size_t capacity = 0;
    if (!stream)
        return;
    const bool shorter = fseek(stream, 0, SEEK_END) == 0 && ftell(stream) < task->offset;
    if (shorter) {
        task->offset = 0;
        task->steps = 0;
    }
    fseek(stream, task->offset, SEEK_SET);
    for (ssize_t length; (length = getline(&line, &capacity, stream)) > 0 && line[length - 1] == '\n';) {
        task->offset += length;
        task->steps++;
        read_line(task, line, (size_t)length);
    }
    if (shorter)
        task->first = task->steps;
    free(line);
    fclose(stream);
}

static void clear_task(struct gd_task *task)
{
    gd_claim_release(&task->claim);
    free(task->metrics);
    *task = (struct gd_task){0};
}

/* The task's place is given to the last one. */
static void remove_task(struct gd_pool *pool, size_t place)
{
    clear_task(&pool->tasks[place]);
    pool->tasks[place] = pool->tasks[--pool->running];
    pool->tasks[pool->running] = (struct gd_task){0};
}

static void signal_all(struct work *work, int signal_number)
{
    for (size_t k = 0; k < work->pool.running; k++)
        kill(work->pool.tasks[k].process, signal_number);
}

/* Runs finish their step; after SIGTERM they would have 20 seconds for it. */
static void stop(struct work *work)
{
    work->pool.stopping = true;
    signal_all(work, SIGUSR1);
}

/* --- Beginning a run ---------------------------------------------------------------------------------------------- */

static enum gd_status start(struct work *work, size_t row, struct gd_claim *claim, bool resume)
{
    struct gd_pool *pool = &work->pool;
    const struct gd_child child = {pool->directory,         pool->sweep,
                                   &pool->sweep->runs[row], work->options->arguments,
                                   work->options->threads,  resume};
    struct gd_task *task = &pool->tasks[pool->running];
    *task = (struct gd_task){.run = row, .claim = *claim, .started = gd_clock(), .best = NAN};
    *claim = (struct gd_claim){0};
    task->metrics = gd_format("%s/%s/metrics.jsonl", pool->directory, child.run->folder);
    if (task->metrics)
        follow(task);
    task->first = task->steps;
    enum gd_status status =
        task->metrics ? gd_child_start(&child, &task->process, work->error) : gd_no_memory(work->error, "a run");
    if (status) {
        clear_task(task);
        return status;
    }
    pool->running++;
    pool->rows[row] = GD_ROW_RUNNING;
    work->view->begun(work->view->self, pool, task);
    return GD_OK;
}

static void note_end(struct work *work, size_t row, const struct gd_run_status *status, bool first_look)
{
    const bool failed = status->state == GD_RUN_FAILED;
    const struct gd_task past = {.run = row, .best = NAN};
    work->pool.rows[row] = failed ? GD_ROW_FAILED : GD_ROW_DONE;
    if (failed || !first_look)
        work->view->ended(work->view->self, &work->pool, &past, failed ? status->reason : NULL);
}

/* A failure that is found before or after the run itself. */
static enum gd_status fail_row(struct work *work, size_t row, const char *reason)
{
    struct gd_run_status now = {.state = GD_RUN_FAILED};
    gd_print(now.reason, sizeof now.reason, "%s", reason);
    enum gd_status status =
        gd_run_failure_write(work->pool.directory, &work->pool.sweep->runs[row], now.reason, work->error);
    if (!status)
        note_end(work, row, &now, false);
    if (!status && work->options->fail_fast && !work->pool.stopping)
        stop(work);
    return status;
}

/* Removes the folder of a failed run that is of another pipeline than its variant, and so can never be finished.
 * *removed: it was. */
static enum gd_status clear_other(struct work *work, const struct gd_sweep_run *run, bool *removed)
{
    struct gd_error why = {0};
    enum gd_status status = gd_manifest_check_run(work->pool.directory, work->pool.sweep, run, &why);
    *removed = status == GD_BAD_INPUT;
    if (*removed)
        return gd_run_remove(work->pool.directory, run, work->error);
    return status == GD_NO_MEMORY ? gd_no_memory(work->error, "a run") : GD_OK;
}

/* A run that is to be begun or, having failed, begun again. */
static enum gd_status begin_row(struct work *work, size_t row, struct gd_claim *claim, const struct gd_run_status *now)
{
    const struct gd_sweep_run *run = &work->pool.sweep->runs[row];
    struct gd_error why = {0};
    bool resume = now->state == GD_RUN_BEGUN, removed = false;
    enum gd_status status = work->options->check(work->options->self, run->variant, &why);
    if (status == GD_BAD_INPUT)
        return fail_row(work, row, why.text);
    if (!status)
        status = gd_run_failure_remove(work->pool.directory, run, work->error);
    if (!status && now->state == GD_RUN_FAILED) {
        status = clear_other(work, run, &removed);
        resume = !removed && gd_run_resumable(work->pool.directory, run);
    }
    return status ? status : start(work, row, claim, resume);
}

/* Whether there is nothing to do for a run, however it ended. */
static bool has_ended(const struct work *work, const struct gd_run_status *now)
{
    const bool retry = work->options->retry || now->retry;
    return now->state == GD_RUN_FINISHED || (now->state == GD_RUN_FAILED && !retry);
}

/* A claimed run: what it needs is looked at again, because another process may have finished it before. */
static enum gd_status begin_claimed(struct work *work, size_t row, struct gd_claim *claim)
{
    const struct gd_sweep_run *run = &work->pool.sweep->runs[row];
    struct gd_run_status now;
    enum gd_status status = gd_run_status_read(work->pool.directory, run, &now);
    if (!status && has_ended(work, &now))
        note_end(work, row, &now, false);
    else if (!status)
        status = begin_row(work, row, claim, &now);
    return status == GD_NO_MEMORY ? gd_no_memory(work->error, "a run") : status;
}

/* Begins a run, unless it is finished or another process works on it. */
static enum gd_status try_row(struct work *work, size_t row)
{
    struct gd_claim claim = {0};
    bool taken;
    enum gd_status status =
        gd_claim_take(work->claims, work->pool.sweep->runs[row].tag, GD_CLAIM_PATIENCE, &claim, &taken, work->error);
    if (!status && !taken)
        work->pool.rows[row] = GD_ROW_ELSEWHERE;
    else if (!status)
        status = begin_claimed(work, row, &claim);
    gd_claim_release(&claim);
    return status;
}

/* What the others have finished meanwhile; what they have left is waiting again. */
static enum gd_status visit_others(struct work *work)
{
    struct gd_pool *pool = &work->pool;
    struct gd_run_status now;
    if (gd_clock() - work->visited < visit_seconds + 0.01 * (double)gd_pool_count(pool, GD_ROW_ELSEWHERE))
        return GD_OK;
    work->visited = gd_clock();
    for (size_t k = 0; k < pool->sweep->run_count; k++) {
        if (pool->rows[k] != GD_ROW_ELSEWHERE)
            continue;
        if (gd_run_status_read(pool->directory, &pool->sweep->runs[k], &now))
            return gd_no_memory(work->error, "a run");
        if (now.state == GD_RUN_FINISHED)
            note_end(work, k, &now, false);
        else
            pool->rows[k] = GD_ROW_WAITING;
    }
    return GD_OK;
}

/* Whether another run computes now what this one begins with, and later could take it over. */
static bool is_early(const struct work *work, size_t row)
{
    const struct gd_sweep *sweep = work->pool.sweep;
    const struct gd_sweep_run *run = &sweep->runs[row];
    bool found = false;
    for (size_t k = 0; k < work->pool.running && work->options->shared && !found; k++) {
        const struct gd_sweep_run *other = &sweep->runs[work->pool.tasks[k].run];
        found =
            other->seed == run->seed && sweep->variants[other->variant].alike == sweep->variants[run->variant].alike;
    }
    return found;
}

/* `early`: also those that would better begin later. */
static enum gd_status begin_waiting(struct work *work, bool early)
{
    struct gd_pool *pool = &work->pool;
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < pool->sweep->run_count && pool->running < pool->jobs && !status && !pool->stopping; k++)
        if (pool->rows[k] == GD_ROW_WAITING && (early || !is_early(work, k)))
            status = try_row(work, k);
    return status;
}

static enum gd_status begin_runs(struct work *work)
{
    enum gd_status status = visit_others(work);
    if (!status)
        status = begin_waiting(work, false);
    return status ? status : begin_waiting(work, true);
}

/* --- The end of a run --------------------------------------------------------------------------------------------- */

/* A finished run is done, unless the file of its pipeline was edited after the sweep was begun. */
static enum gd_status check_pipeline(struct work *work, const struct gd_sweep_run *run, char *reason, size_t size,
                                     enum gd_row_state *row)
{
    struct gd_error why = {0};
    enum gd_status status = gd_manifest_check_run(work->pool.directory, work->pool.sweep, run, &why);
    *row = status == GD_BAD_INPUT ? GD_ROW_FAILED : GD_ROW_DONE;
    if (status == GD_BAD_INPUT)
        gd_print(reason, size, "%s", why.text);
    return status == GD_NO_MEMORY ? status : GD_OK;
}

/* The run is over: its summary says how, and its exit status when it could write none. *row: what has become of it;
 * `reason`: of a failure. */
static enum gd_status judge(struct work *work, const struct gd_task *task, int exit_status, char *reason, size_t size,
                            enum gd_row_state *row)
{
    struct gd_pool *pool = &work->pool;
    const struct gd_sweep_run *run = &pool->sweep->runs[task->run];
    struct gd_run_status now;
    char otherwise[80];
    enum gd_status status = gd_run_status_read(pool->directory, run, &now);
    const bool killed = WIFSIGNALED(exit_status);
    const int code = killed ? WTERMSIG(exit_status) : WEXITSTATUS(exit_status);
    *row = task->lost ? GD_ROW_ELSEWHERE : GD_ROW_STOPPED;
    if (!status && now.state == GD_RUN_FINISHED)
        return check_pipeline(work, run, reason, size, row);
    if (status || task->lost)
        return status;
    const bool stopped =
        killed ? pool->stopping : code == 130 || code == 75 || (now.state == GD_RUN_BEGUN && code > 2 && code < 126);
    if (stopped)
        return GD_OK;
    *row = GD_ROW_FAILED;
    snprintf(otherwise, sizeof otherwise, killed ? "killed by signal %d" : "ended with exit code %d", code);
    if (killed)
        snprintf(reason, size, "%s (%s)", otherwise, strsignal(code));
    return killed ? GD_OK : gd_run_find_reason(pool->directory, run, otherwise, reason, size);
}

static enum gd_status finish(struct work *work, size_t place, int exit_status)
{
    struct gd_pool *pool = &work->pool;
    struct gd_task *task = &pool->tasks[place];
    char reason[512] = "";
    enum gd_row_state row;
    follow(task);
    enum gd_status status = judge(work, task, exit_status, reason, sizeof reason, &row);
    const bool failed = row == GD_ROW_FAILED;
    if (!status && failed)
        status = gd_run_failure_write(pool->directory, &pool->sweep->runs[task->run], reason, work->error);
    if (row == GD_ROW_DONE && task->first == 0)
        pool->seconds[task->run] = gd_clock() - task->started;
    pool->rows[task->run] = row;
    if (!status)
        work->view->ended(work->view->self, pool, task, failed ? reason : NULL);
    if (failed && work->options->fail_fast && !pool->stopping)
        stop(work);
    remove_task(pool, place);
    return status == GD_NO_MEMORY ? gd_no_memory(work->error, "a run") : status;
}

static enum gd_status reap(struct work *work)
{
    enum gd_status status = GD_OK;
    for (size_t k = work->pool.running; k-- > 0 && !status;) {
        int exit_status;
        if (waitpid(work->pool.tasks[k].process, &exit_status, WNOHANG) > 0)
            status = finish(work, k, exit_status);
    }
    return status;
}

/* --- The pool ----------------------------------------------------------------------------------------------------- */

/* The signals that are waited for in place of being handled. */
static sigset_t signals(void)
{
    static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        sigaddset(&set, numbers[k]);
    return set;
}

static void on_signal(struct work *work, int number)
{
    if (number <= 0 || number == SIGCHLD)
        return;
    work->interrupts++;
    stop(work);
}

static void wait_a_while(struct work *work)
{
    const sigset_t set = signals();
    const struct timespec pause = {.tv_nsec = (long)(1e9 * look_seconds)};
    on_signal(work, sigtimedwait(&set, NULL, &pause));
    const double time = gd_clock();
    if (time - work->refreshed > GD_CLAIM_REFRESH) {
        work->refreshed = time;
        for (size_t k = 0; k < work->pool.running; k++)
            if (!gd_claim_refresh(&work->pool.tasks[k].claim)) {
                work->pool.tasks[k].lost = true;
                kill(work->pool.tasks[k].process, SIGTERM);
            }
    }
    for (size_t k = 0; k < work->pool.running; k++)
        follow(&work->pool.tasks[k]);
}

static bool is_over(const struct work *work)
{
    const struct gd_pool *pool = &work->pool;
    if (pool->running > 0)
        return false;
    return pool->stopping || (gd_pool_count(pool, GD_ROW_WAITING) == 0 &&
                              (work->options->leave || gd_pool_count(pool, GD_ROW_ELSEWHERE) == 0));
}

static enum gd_status loop(struct work *work)
{
    enum gd_status status = GD_OK;
    while (!status) {
        if (!work->pool.stopping)
            status = begin_runs(work);
        if (status || is_over(work))
            break;
        wait_a_while(work);
        status = reap(work);
        work->view->waited(work->view->self, &work->pool);
    }
    return status;
}

/* After an error of our own: no child outlives the pool. */
static void end_children(struct work *work)
{
    signal_all(work, SIGTERM);
    for (size_t k = 0; k < work->pool.running; k++) {
        waitpid(work->pool.tasks[k].process, NULL, 0);
        clear_task(&work->pool.tasks[k]);
    }
}

/* What is finished or failed already. */
static enum gd_status look_around(struct work *work)
{
    struct gd_run_status now;
    for (size_t k = 0; k < work->pool.sweep->run_count; k++) {
        if (gd_run_status_read(work->pool.directory, &work->pool.sweep->runs[k], &now))
            return gd_no_memory(work->error, "the runs");
        if (has_ended(work, &now))
            note_end(work, k, &now, true);
    }
    return GD_OK;
}

static enum gd_status verdict(const struct work *work)
{
    const struct gd_pool *pool = &work->pool;
    const size_t failed = gd_pool_count(pool, GD_ROW_FAILED), done = gd_pool_count(pool, GD_ROW_DONE),
                 all = pool->sweep->run_count;
    if (done + failed < all && !(work->options->fail_fast && failed > 0))
        return gd_fail(work->error, GD_INTERRUPTED,
                       "%zu of %zu runs are not finished: the same command goes on with them", all - done - failed,
                       all);
    if (failed > 0)
        return gd_fail(work->error, GD_FAILED, "%zu of %zu runs have failed: see above; --retry begins them again",
                       failed, all);
    return GD_OK;
}

enum gd_status gd_pool_run(const char *directory, const struct gd_sweep *sweep, const struct gd_pool_options *options,
                           const struct gd_pool_view *view, struct gd_error *error)
{
    struct work work = {.options = options, .view = view, .error = error, .refreshed = gd_clock()};
    struct gd_pool *pool = &work.pool;
    const sigset_t set = signals();
    sigset_t former;
    *pool = (struct gd_pool){.directory = directory, .sweep = sweep, .jobs = options->jobs};
    pool->rows = gd_array(sweep->run_count, sizeof *pool->rows);
    pool->seconds = gd_array(sweep->run_count, sizeof *pool->seconds);
    pool->tasks = gd_array(options->jobs, sizeof *pool->tasks);
    work.claims = gd_file_join(directory, GD_SWEEP_CLAIMS);
    enum gd_status status =
        pool->rows && pool->seconds && pool->tasks && work.claims ? GD_OK : gd_no_memory(error, "the runs");
    sigprocmask(SIG_BLOCK, &set, &former);
    if (!status)
        status = look_around(&work);
    if (!status)
        status = loop(&work);
    if (status)
        end_children(&work);
    sigprocmask(SIG_SETMASK, &former, NULL);
    if (!status)
        status = verdict(&work);
    free(pool->rows);
    free(pool->seconds);
    free(pool->tasks);
    free(work.claims);
    return status;
}
