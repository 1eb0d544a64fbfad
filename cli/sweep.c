/* godiff sweep FILE: variants of a pipeline with several seeds each. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/memory.h"
#include "cli/results.h"
#include "cli/sweep_view.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "sweep/beginnings.h"
#include "sweep/child.h"
#include "sweep/crate.h"
#include "sweep/inner.h"
#include "sweep/manifest.h"
#include "sweep/pool.h"
#include "sweep/slurm.h"

struct values {
    const char *file, *seeds, *out, *slurm, *least;
    struct gd_list vary, set, plugins;
    int64_t jobs, threads;
    struct gd_device_request wish;
    struct gd_results_request results;
    bool trust, retry, fail_fast, leave, no_cache, print, quiet;
};

static const struct gd_option options[] = {
    {.name = "FILE",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, file),
     .required = true,
     .help = "a pipeline, a sweep file, or the folder of a sweep"},
    {.name = "--vary",
     .value = "PATH=V1,V2,...",
     .kind = GD_OPTION_LIST,
     .offset = offsetof(struct values, vary),
     .words = "settings",
     .help = "a parameter and the values that it takes; several: all combinations"},
    {.name = "--seeds",
     .value = "A..B",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, seeds),
     .help = "the seeds of each variant, such as 0..7 or 1,3,5"},
    {.name = "--set",
     .value = "PATH=VALUE",
     .kind = GD_OPTION_LIST,
     .offset = offsetof(struct values, set),
     .words = "settings",
     .help = "overrides a parameter in all variants"},
    {.name = "--out",
     .value = "DIR",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .help = "folder of the sweep (default: sweeps/NAME)"},
    {.name = "--jobs",
     .value = "N",
     .kind = GD_OPTION_INT,
     .offset = offsetof(struct values, jobs),
     .max = 4096,
     .help = "runs at a time; 0, the default: one per processor"},
    {.name = "--threads",
     .value = "N",
     .kind = GD_OPTION_INT,
     .offset = offsetof(struct values, threads),
     .max = 1024,
     .help = "threads of each run; 0, the default: the processors shared out"},
    GD_DEVICE_OPTIONS(offsetof(struct values, wish)),
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {.name = "--trust",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, trust),
     .help = "trust the pipelines: load their plugins, run scripts without limits"},
    {.name = "--retry",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, retry),
     .help = "begin failed runs again"},
    {.name = "--fail-fast",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, fail_fast),
     .help = "stop when a run fails"},
    {.name = "--no-wait",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, leave),
     .help = "end when other processes work on all that is left"},
    {.name = "--no-cache",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, no_cache),
     .help = "compute the steps with which several variants begin in each of them"},
    {.name = "--cache-from",
     .value = "TIME",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, least),
     .help = "how long such steps must have taken for the other variants to take them over (default: 0.5s)"},
    {.name = "--slurm",
     .value = "OPTIONS",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, slurm),
     .help = "submit the sweep as a job array, with these options of sbatch; --jobs limits the tasks at a time"},
    {.name = "--print",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, print),
     .help =
         "print the commands of the runs, or the script for Slurm, and run nothing; the folder that the script needs "
         "is made without --print"},
    {.name = "--quiet",
     .kind = GD_OPTION_FLAG,
     .offset = offsetof(struct values, quiet),
     .help = "print failures and the table only"},
    GD_MEASURE_OPTIONS(offsetof(struct values, results)),
    GD_TABLE_OPTIONS(offsetof(struct values, results)),
    {0},
};

/* How a file was when it was read last. */
struct stamp {
    ino_t number;
    off_t size;
    struct timespec changed;
};

/* A sweep and what was found out about it. */
struct session {
    const struct values *values;
    struct gd_sweep sweep;
    char *directory;
    char **pipelines;                /* [variants] */
    struct gd_inner *inner;          /* [variants] */
    struct gd_problems warnings;     /* of the variants, which are much the same */
    double memory;                   /* bytes that a run needs, the largest of the variants'; 0: not known */
    struct stamp *stamps;            /* [variants] of their files */
    struct gd_beginning *beginnings; /* [variants] */
    char *cache;                     /* the folder of what runs share; NULL: none */
    double least;                    /* s; what has been computed in less is not shared */
    struct gd_device_choice device;  /* of every run */
    const char **arguments;          /* NULL-ended: of every run */
    size_t jobs;
    int threads;
    struct gd_error *error;
};

/* --- The plan ----------------------------------------------------------------------------------------------------- */

static enum gd_status plan(struct session *session)
{
    const struct values *values = session->values;
    struct gd_problems problems = {0};
    const struct gd_sweep_request request = {.file = values->file,
                                             .vary = values->vary.items,
                                             .vary_count = values->vary.count,
                                             .set = values->set.items,
                                             .set_count = values->set.count,
                                             .seeds = values->seeds};
    enum gd_status status = gd_sweep_plan(&session->sweep, &request, &problems);
    gd_problems_sort(&problems);
    gd_print_problems(&problems);
    gd_problems_clear(&problems);
    return status == GD_NO_MEMORY ? gd_no_memory(session->error, values->file) : status;
}

/* A directory goes on with what it holds. */
static enum gd_status plan_again(struct session *session)
{
    const struct values *values = session->values;
    if (values->vary.count > 0 || values->set.count > 0 || values->seeds || values->out)
        return gd_fail(session->error, GD_BAD_INPUT,
                       "%s is a sweep: to change it, give its pipeline again in place of the folder", values->file);
    session->directory = gd_string(values->file);
    return session->directory ? gd_manifest_read(values->file, &session->sweep, session->error)
                              : gd_no_memory(session->error, values->file);
}

static enum gd_status make_plan(struct session *session)
{
    const char *out = session->values->out;
    if (gd_manifest_exists(session->values->file))
        return plan_again(session);
    enum gd_status status = plan(session);
    if (status)
        return status;
    session->directory = out ? gd_string(out) : gd_format("sweeps/%s", session->sweep.name);
    return session->directory ? GD_OK : gd_no_memory(session->error, "the sweep");
}

/* --- The variants ------------------------------------------------------------------------------------------------- */

/* The overrides as --set takes them. Free the items and the list. */
static enum gd_status list_sets(const struct gd_variant *variant, struct gd_list *list, struct gd_error *error)
{
    list->items = gd_array(variant->set_count + 1, sizeof *list->items);
    if (!list->items)
        return gd_no_memory(error, "a variant");
    for (; list->count < variant->set_count; list->count++) {
        const struct gd_override *set = &variant->sets[list->count];
        if (!(list->items[list->count] = gd_format("%s=%s", set->path, set->value)))
            return gd_no_memory(error, "a variant");
    }
    return GD_OK;
}

static void free_sets(struct gd_list *list)
{
    for (size_t k = 0; k < list->count; k++)
        free((char *)list->items[k]);
    free(list->items);
}

/* A variant as it will run. */
struct built {
    char *pipeline;
    struct gd_inner inner;
    double steps;
    struct gd_beginning beginning;
};

static void clear_built(struct built *built)
{
    gd_beginning_clear(&built->beginning);
    gd_inner_clear(&built->inner);
    free(built->pipeline);
}

/* Builds and checks one variant. `silent`: problems are not printed. Free with clear_built in any case. */
static enum gd_status build_variant(struct session *session, size_t place, bool silent, struct built *built,
                                    struct gd_error *error)
{
    const struct gd_variant *variant = &session->sweep.variants[place];
    struct gd_job job = {0};
    char seed[32];
    *built = (struct built){0};
    snprintf(seed, sizeof seed, "%" PRIu64, session->sweep.seeds[0]);
    struct gd_source source = {.file = variant->file,
                               .seed = seed,
                               .plugins = session->values->plugins,
                               .trust = session->values->trust,
                               .silent = silent,
                               .warnings = &session->warnings};
    enum gd_status status = list_sets(variant, &source.set, error);
    if (!status)
        status = gd_job_open(&job, &source, error);
    if (!status) {
        built->steps = gd_pipeline_executions(&job.pipeline);
        status = gd_inner_make(&built->inner, &job.pipeline, variant->slug, &built->pipeline, error);
        if (!silent)
            session->memory = fmax(session->memory, gd_memory_estimate(&job)); /* fmax leaves NaN out */
        if (!status)
            status = gd_beginning_make(&built->beginning, &job.pipeline, error);
    }
    gd_job_close(&job);
    free_sets(&source.set);
    return status;
}

static struct stamp stamp_of(const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0)
        return (struct stamp){0};
    return (struct stamp){file.st_ino, file.st_size, file.st_mtim};
}

static bool is_same_stamp(const struct stamp *a, const struct stamp *b)
{
    return a->number == b->number && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

static enum gd_status check_variant(struct session *session, size_t place)
{
    struct gd_variant *variant = &session->sweep.variants[place];
    struct built built;
    session->stamps[place] = stamp_of(variant->file);
    enum gd_status status = build_variant(session, place, false, &built, session->error);
    variant->steps = built.steps;
    session->pipelines[place] = built.pipeline;
    session->inner[place] = built.inner;
    session->beginnings[place] = built.beginning;
    if (status == GD_BAD_INPUT && session->sweep.count > 1) {
        fputs("... in the variant ", stderr);
        gd_print_escaped(stderr, variant->name, SIZE_MAX);
        fputc('\n', stderr);
    }
    return status;
}

/* Whether a variant is what it was, before a run of it: looked at only when its file has changed. */
static enum gd_status check_again(void *self, size_t place, struct gd_error *why)
{
    struct session *session = self;
    const char *file = session->sweep.variants[place].file;
    const struct stamp stamp = stamp_of(file);
    struct built built;
    struct gd_error own = {0};
    if (is_same_stamp(&stamp, &session->stamps[place]))
        return GD_OK;
    enum gd_status status = build_variant(session, place, true, &built, &own);
    if (status == GD_BAD_INPUT)
        gd_fail(why, status, "%s has changed since the sweep was begun, and has problems now", file);
    else if (!status)
        status = gd_manifest_check_variant(&session->sweep, &session->sweep.variants[place], session->pipelines[place],
                                           built.pipeline, why);
    if (!status)
        session->stamps[place] = stamp;
    clear_built(&built);
    return status;
}

/* All of them before anything runs; one that is wrong hides no other. */
static enum gd_status check_variants(struct session *session)
{
    enum gd_status status = GD_OK;
    session->pipelines = gd_array(session->sweep.count, sizeof *session->pipelines);
    session->stamps = gd_array(session->sweep.count, sizeof *session->stamps);
    session->beginnings = gd_array(session->sweep.count, sizeof *session->beginnings);
    session->inner = gd_array(session->sweep.count, sizeof *session->inner);
    if (!session->pipelines || !session->stamps || !session->beginnings || !session->inner)
        return gd_no_memory(session->error, "the variants");
    for (size_t k = 0; k < session->sweep.count && status != GD_NO_MEMORY; k++) {
        enum gd_status one = check_variant(session, k);
        status = one ? one : status;
    }
    gd_problems_sort(&session->warnings);
    gd_print_problems(&session->warnings);
    gd_problems_clear(&session->warnings);
    return status;
}

/* --- The runs ----------------------------------------------------------------------------------------------------- */

/* The options of all runs, in zeroed `arguments` with room for 2 plugins + 10; how many there are. */
static size_t add_options(const struct values *values, const char *device, const char *precision,
                          const char **arguments)
{
    size_t count = 0;
    arguments[count++] = "--device";
    arguments[count++] = device;
    arguments[count++] = "--precision";
    arguments[count++] = precision;
    if (values->trust)
        arguments[count++] = "--trust";
    for (size_t k = 0; k < values->plugins.count; k++) {
        arguments[count++] = "--plugin";
        arguments[count++] = values->plugins.items[k];
    }
    return count;
}

static enum gd_status make_arguments(struct session *session)
{
    const struct values *values = session->values;
    const struct gd_device_choice *device = &session->device;
    enum gd_status status = gd_device_decide(&values->wish, &session->device, session->error);
    session->arguments = gd_array(2 * values->plugins.count + 10, sizeof *session->arguments);
    if (status || !session->arguments)
        return status ? status : gd_no_memory(session->error, "the runs");
    const size_t count = add_options(values, device->name, device->precision, session->arguments);
    if (session->cache) {
        session->arguments[count] = "--share";
        session->arguments[count + 1] = session->cache;
    }
    return GD_OK;
}

static void share_out(struct session *session)
{
    const int processors = gd_threads_decide(0);
    size_t jobs = session->values->jobs > 0 ? (size_t)session->values->jobs : (size_t)processors;
    if (jobs > session->sweep.run_count)
        jobs = session->sweep.run_count;
    session->jobs = jobs;
    session->threads = processors / (int)jobs;
    if (session->values->threads > 0)
        session->threads = (int)session->values->threads;
    if (session->threads < 1)
        session->threads = 1;
}

/* Before anything runs: whether the runs that run at a time have room. On a GPU the network is not in this memory. */
static void warn_of_memory(const struct session *session)
{
    const double available = gd_memory_available(), needed = (double)session->jobs * session->memory;
    if (!(needed > available) || strcmp(session->device.name, "cpu") != 0)
        return;
    char *text = gd_format("%zu runs at a time need about %.1f GB of memory, and %.1f GB are available: --jobs %.0f",
                           session->jobs, 1e-9 * needed, 1e-9 * available, fmax(1, floor(available / session->memory)));
    if (text)
        gd_print_message("warning", text);
    free(text);
}

static enum gd_status print_commands(struct session *session)
{
    enum gd_status status = make_arguments(session);
    if (status)
        return status;
    warn_of_memory(session);
    for (size_t k = 0; k < session->sweep.run_count; k++) {
        const struct gd_child child = {session->directory, &session->sweep,  &session->sweep.runs[k],
                                       session->arguments, session->threads, false};
        char *command = gd_child_command(&child);
        if (!command)
            return gd_no_memory(session->error, "a command");
        puts(command);
        free(command);
    }
    return GD_OK;
}

/* --- Slurm -------------------------------------------------------------------------------------------------------- */

/* Runs that are neither finished nor failed; those that are to be begun again as well. */
static enum gd_status count_unfinished(const struct session *session, size_t *count)
{
    *count = 0;
    for (size_t k = 0; k < session->sweep.run_count; k++) {
        struct gd_run_status now;
        enum gd_status status = gd_run_status_read(session->directory, &session->sweep.runs[k], &now);
        if (status)
            return status;
        *count += now.state != GD_RUN_FINISHED && (now.state != GD_RUN_FAILED || now.retry || session->values->retry);
    }
    return GD_OK;
}

/* New string; the folder need not be there yet. NULL when out of memory. */
static char *absolute(const char *path)
{
    char here[PATH_MAX];
    return *path == '/' || !getcwd(here, sizeof here) ? gd_string(path) : gd_file_join(here, path);
}

/* With --retry, of all tasks one begins a failed run again: with the option of their own, each would. */
static enum gd_status mark_failed(const struct session *session)
{
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < session->sweep.run_count && session->values->retry && !status; k++) {
        const struct gd_sweep_run *run = &session->sweep.runs[k];
        struct gd_run_status now;
        if (gd_run_status_read(session->directory, run, &now))
            return gd_no_memory(session->error, "the runs");
        if (now.state == GD_RUN_FAILED)
            status = gd_run_retry_mark(session->directory, run, session->error);
    }
    return status;
}

/* Writes the script to the folder of the sweep, and submits it. */
static enum gd_status submit(const struct gd_slurm *slurm, const char *script, struct gd_error *error)
{
    char *path = gd_file_join(slurm->directory, "sweep.sbatch"), *logs = gd_file_join(slurm->directory, "slurm");
    enum gd_status status = path && logs ? gd_directory_make(logs, error) : gd_no_memory(error, "the script");
    if (!status)
        status = gd_file_write(path, script, strlen(script), error);
    if (!status)
        status = gd_slurm_submit(path, error);
    free(path);
    free(logs);
    return status;
}

/* A script alone is of no use: its tasks work on a folder that is there. */
static void warn_of_folder(const char *directory)
{
    char text[PATH_MAX + 300];
    if (!gd_manifest_exists(directory))
        gd_print_message("warning",
                         gd_print(text, sizeof text,
                                  "%s: the script works on this folder, which is not there yet: the same call without "
                                  "--print makes it, with the script as sweep.sbatch in it, and submits that",
                                  directory));
}

static enum gd_status print_or_submit(const struct session *session, const struct gd_slurm *slurm)
{
    char *script = gd_slurm_script(slurm);
    enum gd_status status = GD_OK;
    if (!script)
        status = gd_no_memory(session->error, "the script");
    else if (session->values->print) {
        fputs(script, stdout);
        warn_of_folder(session->directory);
    } else if (!(status = mark_failed(session)))
        status = submit(slurm, script, session->error);
    free(script);
    return status;
}

/* How the tasks share what variants have in common, and whether each ends when a run of its fails. */
static void add_sharing(const struct values *values, const char **arguments)
{
    if (values->fail_fast)
        *arguments++ = "--fail-fast";
    if (values->no_cache)
        *arguments++ = "--no-cache";
    if (values->least) {
        *arguments++ = "--cache-from";
        *arguments++ = values->least;
    }
}

/* The device is chosen on the nodes, not here. */
static enum gd_status submit_array(const struct session *session)
{
    const struct values *values = session->values;
    char program[PATH_MAX];
    struct gd_slurm slurm = {.program = program,
                             .name = session->sweep.name,
                             .options = values->slurm,
                             .threads = (int)values->threads,
                             .limit = (size_t)values->jobs};
    if (values->retry && values->print)
        return gd_fail(session->error, GD_BAD_INPUT,
                       "--print --slurm notes nothing in the folder, such as which runs are to be begun again: give "
                       "--retry to submit the array");
    if (strpbrk(values->slurm, "\r\n"))
        return gd_fail(session->error, GD_BAD_INPUT, "--slurm: the options have more than one line");
    enum gd_status status = count_unfinished(session, &slurm.tasks);
    if (status)
        return gd_no_memory(session->error, "the runs");
    if (slurm.tasks == 0) {
        puts("nothing to submit: no run is left");
        return GD_OK;
    }
    if (!realpath("/proc/self/exe", program))
        return gd_fail(session->error, GD_FAILED, "cannot find this program: %s", strerror(errno));
    char *directory = absolute(session->directory);
    const char **arguments = gd_array(2 * values->plugins.count + 14, sizeof *arguments);
    if (directory && arguments) {
        const size_t count = add_options(values, gd_device_names[values->wish.device],
                                         gd_precision_names[values->wish.precision], arguments);
        add_sharing(values, arguments + count);
        slurm.directory = directory;
        slurm.arguments = arguments;
        status = print_or_submit(session, &slurm);
    } else {
        status = gd_no_memory(session->error, "the script");
    }
    free(arguments);
    free(directory);
    return status;
}

static enum gd_status work(struct session *session)
{
    const struct values *values = session->values;
    const struct gd_pool_options pool = {.arguments = session->arguments,
                                         .jobs = session->jobs,
                                         .threads = session->threads,
                                         .shared = session->cache != NULL,
                                         .retry = values->retry,
                                         .leave = values->leave,
                                         .fail_fast = values->fail_fast,
                                         .check = check_again,
                                         .self = session};
    struct gd_sweep_view *view = gd_sweep_view_new(&session->sweep, values->quiet);
    if (!view)
        return gd_no_memory(session->error, "the display");
    const struct gd_pool_view calls = gd_sweep_view_calls(view);
    enum gd_status status = gd_pool_run(session->directory, &session->sweep, &pool, &calls, session->error);
    gd_sweep_view_free(view);
    return status;
}

/* --- The table ---------------------------------------------------------------------------------------------------- */

/* Writes a file of the sweep's folder from a text, which is freed; NULL: out of memory. */
static enum gd_status keep(const struct session *session, const char *name, char *text)
{
    char *path = gd_file_join(session->directory, name);
    enum gd_status status =
        path && text ? gd_file_write(path, text, strlen(text), session->error) : gd_no_memory(session->error, name);
    free(path);
    free(text);
    return status;
}

static enum gd_status keep_tables(const struct session *session, const struct gd_results *results,
                                  const struct gd_comparison *comparison)
{
    static const char *const names[] = {"table.txt", "table.csv", "table.json", "table.md", "table.tex"};
    enum gd_status status = keep(session, "runs.csv", gd_table_write_runs(results));
    for (size_t k = 0; k < sizeof names / sizeof *names && !status; k++)
        status = keep(session, names[k], gd_table_write(comparison, (enum gd_table_format)k));
    return status;
}

/* Prints the statistics of what there is, and keeps them in the folder. */
static enum gd_status tabulate(const struct session *session)
{
    const char *directory = session->directory;
    const struct gd_list list = {.items = &directory, .count = 1};
    struct gd_results results;
    struct gd_comparison comparison = {0};
    enum gd_status status = gd_results_load(&session->values->results, &list, &results, session->error);
    if (!status)
        status = gd_comparison_make(&results, &comparison, session->error);
    if (!status)
        status = keep_tables(session, &results, &comparison);
    if (!status)
        status = gd_crate_write(directory, &session->sweep, &results, session->error);
    if (!status)
        status = gd_comparison_print(&comparison, session->values->results.format, NULL, session->error);
    gd_comparison_clear(&comparison);
    gd_results_clear(&results);
    return status;
}

/* Runs, and then the table: of failed runs as well, which it counts. */
static enum gd_status execute(struct session *session)
{
    size_t added = 0;
    struct gd_error ending = {0}, *error = session->error;
    share_out(session);
    if (session->values->print)
        return session->values->slurm ? submit_array(session) : print_commands(session);
    enum gd_status status = gd_manifest_open(session->directory, &session->sweep, session->pipelines, &added, error);
    for (size_t k = 0; k < session->sweep.count && !status; k++)
        status = gd_inner_keep(&session->inner[k], session->directory, session->sweep.registry, error);
    if (!status && session->values->slurm)
        return submit_array(session);
    if (!status && !session->values->no_cache)
        status = gd_beginnings_open(session->directory, &session->sweep, session->beginnings, session->least,
                                    &session->cache, error);
    if (!status)
        status = make_arguments(session);
    if (status)
        return status;
    warn_of_memory(session);
    session->error = &ending;
    status = work(session);
    session->error = error;
    if (!status)
        gd_beginnings_remove(session->directory);
    enum gd_status shown = !status || status == GD_FAILED ? tabulate(session) : GD_OK;
    if (shown)
        return shown;
    *error = ending;
    return status;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    struct session session = {.values = self, .error = error};
    const char *least = session.values->least ? session.values->least : "0.5";
    if (!gd_parse_duration(least, &session.least))
        return gd_fail(error, GD_BAD_INPUT, "--cache-from: expected a time such as 0.5s or 1m, got '%s'", least);
    enum gd_status status = make_plan(&session);
    struct gd_registry *registry =
        status ? NULL : gd_registry_full(&session.values->plugins, session.values->trust, error);
    session.sweep.registry = registry;
    if (!status)
        status = registry ? check_variants(&session) : error->status;
    if (!status)
        status = execute(&session);
    for (size_t k = 0; session.pipelines && k < session.sweep.count; k++)
        free(session.pipelines[k]);
    for (size_t k = 0; session.beginnings && k < session.sweep.count; k++)
        gd_beginning_clear(&session.beginnings[k]);
    for (size_t k = 0; session.inner && k < session.sweep.count; k++)
        gd_inner_clear(&session.inner[k]);
    free(session.inner);
    free(session.beginnings);
    free(session.cache);
    free(session.pipelines);
    free(session.stamps);
    free(session.arguments);
    free(session.directory);
    gd_sweep_clear(&session.sweep);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_sweep = {
    .name = "sweep",
    .summary = "run variants of a pipeline with several seeds",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
    .lasting = true,
};
