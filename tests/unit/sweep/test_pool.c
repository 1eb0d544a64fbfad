/* What a pool makes of the processes of its runs. This program is the child too: called as godiff would be, it does
 * what its last argument says. */
#include <math.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "engine/language/registry.h"
#include "sweep/manifest.h"
#include "sweep/pool.h"
#include "unit/scratch.h"
#include "unit/suites.h"

/* --- The child ---------------------------------------------------------------------------------------------------- */

static bool put(const char *folder, const char *name, const char *text)
{
    char *path = gd_file_join(folder, name);
    const bool fine = path && gd_file_write(path, text, strlen(text), NULL) == GD_OK;
    free(path);
    return fine;
}

/* Every other line is of a step of an inner pipeline. */
static bool put_lines(const char *folder, int count)
{
    static const char *const lines[] = {"{\"step\":\"in/evaluate\",\"best_energy\":-9}\n",
                                        "{\"step\":\"evaluate\",\"best_energy\":-1}\n"};
    char text[4096] = "";
    for (int k = 0; k < count; k++)
        strcat(text, lines[k % 2]);
    return put(folder, "metrics.jsonl", text);
}

/* Waits until the pool has seen what there is: a file that its view makes. */
static bool wait_for(const char *folder, const char *name)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    char *path = gd_file_join(folder, name);
    bool found = false;
    for (int k = 0; path && k < 3000 && !found; k++) {
        found = access(path, F_OK) == 0;
        if (!found)
            nanosleep(&pause, NULL);
    }
    free(path);
    return found;
}

/* How a run ends that says `state` in its summary. */
static const struct ending {
    const char *name, *state;
    int code, signal;
    enum gd_row_state row;
} endings[] = {
    {"good", "finished", 0, 0, GD_ROW_DONE},
    {"finished, and then not", "finished", 1, 0, GD_ROW_DONE},
    {"finished, and interrupted", "finished", 130, 0, GD_ROW_DONE},
    {"finished, and killed", "finished", 0, SIGKILL, GD_ROW_DONE},
    {"failed", "failed", 1, 0, GD_ROW_FAILED},
    {"interrupted", "interrupted", 130, 0, GD_ROW_STOPPED},
    {"paused", "interrupted", 75, 0, GD_ROW_STOPPED},
    {"killed", "running", 0, SIGKILL, GD_ROW_FAILED},
    {"good without a word", NULL, 0, 0, GD_ROW_FAILED},
};

static int end_as(const struct ending *ending, const char *folder)
{
    char text[64];
    snprintf(text, sizeof text, "{\"status\":\"%s\",\"message\":\"m\"}", ending->state ? ending->state : "");
    if (ending->state && !put(folder, "summary.json", text))
        return 9;
    if (ending->signal)
        raise(ending->signal);
    return ending->code;
}

/* The lines of metrics.jsonl that were saved are kept, and one more is added. */
static int resume(const char *folder)
{
    if (!put_lines(folder, 6) || !wait_for(folder, "cut") || !put_lines(folder, 7) || !wait_for(folder, "longer"))
        return 9;
    return put(folder, "summary.json", "{\"status\":\"finished\"}") ? 0 : 9;
}

__attribute__((constructor)) static void be_child(int count, char **arguments)
{
    const char *folder = NULL, *task = count > 0 ? arguments[count - 1] : "";
    if (count < 2 || strcmp(arguments[1], "run") != 0)
        return;
    for (int k = 2; k + 1 < count; k++)
        if (!strcmp(arguments[k], "--out"))
            folder = arguments[k + 1];
    if (!folder || gd_directory_make(folder, NULL))
        _exit(9);
    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++)
        if (!strcmp(endings[k].name, task))
            _exit(end_as(&endings[k], folder));
    _exit(!strcmp(task, "resume") ? resume(folder) : 9);
}

/* --- The pool ----------------------------------------------------------------------------------------------------- */

/* What the view has seen of one run. */
struct seen {
    const char *folder;
    enum gd_row_state row;
    double best; /* energy at its end, eV */
    size_t cut;  /* looks at a run whose file was cut and has grown again */
    double least, sum;
};

static void on_begun(void *self, const struct gd_pool *pool, const struct gd_task *task)
{
    (void)self, (void)pool, (void)task;
}

static void on_ended(void *self, const struct gd_pool *pool, const struct gd_task *task, const char *reason)
{
    struct seen *seen = self;
    seen->row = pool->rows[task->run];
    seen->best = task->best;
    ck_assert((seen->row == GD_ROW_FAILED) == (reason != NULL));
}

/* Lets a child that waits go on when its lines are known. */
static void on_waited(void *self, const struct gd_pool *pool)
{
    struct seen *seen = self;
    const struct gd_task *task = &pool->tasks[0];
    if (pool->running == 0)
        return;
    const double since = gd_clock() - task->started;
    ck_assert_uint_le(task->first, task->steps);
    if (task->steps == 6)
        put(seen->folder, "cut", "");
    if (task->steps != 7)
        return;
    /* One step of 20 since it was begun: 13 more take 13 times as long. */
    ck_assert_uint_eq(task->first, 6);
    ck_assert_double_ge(gd_pool_left(pool), 12.9 * since);
    seen->cut++;
    put(seen->folder, "longer", "");
}

static enum gd_status check_nothing(void *self, size_t variant, struct gd_error *why)
{
    (void)self, (void)variant, (void)why;
    return GD_OK;
}

/* Runs a sweep of one run, which does its task. */
static enum gd_status run_one(const struct scratch *scratch, const char *task, bool begun, struct seen *seen)
{
    const char *const arguments[] = {task, NULL};
    const struct gd_pool_options options = {.arguments = arguments, .jobs = 1, .threads = 1, .check = check_nothing};
    const struct gd_pool_view view = {on_begun, on_ended, on_waited, seen};
    struct gd_registry *registry = gd_registry_new();
    struct gd_sweep sweep = {.name = "it", .file = "/somewhere/it.yaml", .registry = registry};
    struct gd_problems problems = {0};
    struct gd_error error = {0};
    const struct gd_place nowhere = {0};
    char *pipeline = "x: 1\n", folder[512];
    size_t added;
    ck_assert_int_eq(gd_sweep_add_variant(&sweep, "a", sweep.file, NULL, 0, nowhere, &problems), GD_OK);
    sweep.variants[0].steps = 20;
    ck_assert_int_eq(gd_sweep_add_seeds(&sweep, "0", nowhere, &problems), GD_OK);
    ck_assert_int_eq(gd_sweep_add_runs(&sweep), GD_OK);
    ck_assert_int_eq(gd_manifest_open(scratch->path, &sweep, &pipeline, &added, &error), GD_OK);
    seen->folder = scratch_name(scratch, sweep.runs[0].folder, folder);
    ck_assert_int_eq(gd_directory_make(seen->folder, &error), GD_OK);
    if (begun)
        ck_assert(put(seen->folder, "run.h5", "") && put_lines(seen->folder, 10));
    enum gd_status status = gd_pool_run(scratch->path, &sweep, &options, &view, &error);
    gd_registry_free(registry);
    gd_sweep_clear(&sweep);
    return status;
}

/* A run whose summary says that it has finished is done, however its process ended. */
START_TEST(ends_of_runs)
{
    const struct ending *ending = &endings[_i];
    struct scratch scratch = scratch_make();
    struct seen seen = {0};
    const enum gd_status status = run_one(&scratch, ending->name, false, &seen);
    ck_assert_int_eq(seen.row, ending->row);
    ck_assert_int_eq(status, ending->row == GD_ROW_DONE     ? GD_OK
                             : ending->row == GD_ROW_FAILED ? GD_FAILED
                                                            : GD_INTERRUPTED);
    scratch_remove(&scratch);
}
END_TEST

/* A resumed run cuts the lines of steps that were not saved: those left are what it has begun with. */
START_TEST(time_left_of_a_resumed_run)
{
    struct scratch scratch = scratch_make();
    struct seen seen = {0};
    ck_assert_int_eq(run_one(&scratch, "resume", true, &seen), GD_OK);
    ck_assert_int_eq(seen.row, GD_ROW_DONE);
    ck_assert_uint_ge(seen.cut, 1);
    ck_assert_double_eq(seen.best, -1);
    scratch_remove(&scratch);
}
END_TEST

Suite *suite_sweep_pool(void)
{
    Suite *suite = suite_create("sweep_pool");
    TCase *tests = tcase_create("pool");
    tcase_add_loop_test(tests, ends_of_runs, 0, sizeof endings / sizeof *endings);
    tcase_add_test(tests, time_left_of_a_resumed_run);
    suite_add_tcase(suite, tests);
    return suite;
}
