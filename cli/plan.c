/* godiff plan FILE: what a pipeline will take, measured on a run of its steps in which each loop has one iteration. */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/estimate.h"
#include "cli/terminal.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/process.h"
#include "engine/base/text.h"
#include "engine/run/state.h"
#include "potentials/kept.h"
#include "potentials/sum.h"

struct values {
    struct gd_source source;
    int64_t threads;
};

static const struct gd_option options[] = {GD_SOURCE_OPTIONS, GD_THREADS_OPTION(offsetof(struct values, threads)), {0}};

/* What a step takes in one execution, as measured. */
struct cost {
    double seconds, calls;
    double evaluations, relaxations; /* of structures for the archive, and of others */
    double counted;                  /* evaluations that its pipeline has counted by now */
    int64_t runs;                    /* how often it was measured */
};

struct plan {
    const struct gd_job *job;
    struct gd_estimate steps;
    struct cost *costs; /* [steps.count] */
    const struct gd_potential *potential;
    char *folder, *run; /* of the trial */
    char *store;        /* of the trial, in place of one that runs share, so that evaluations take their time */
    double disk, grown; /* bytes of the trial, and of those what grows with the evaluations */
};

/* --- The trial ---------------------------------------------------------------------------------------------------- */

/* Arguments that grow; NULL-ended. */
struct words {
    const char **items;
    size_t count, capacity;
    bool failed;
};

static void add_word(struct words *words, const char *word)
{
    words->failed |= !word || !gd_grow(&words->items, &words->capacity, words->count + 2, sizeof *words->items);
    if (!words->failed) {
        words->items[words->count++] = word;
        words->items[words->count] = NULL;
    }
}

static void add_list(struct words *words, const char *option, const struct gd_list *list)
{
    for (size_t k = 0; k < list->count; k++) {
        add_word(words, option);
        add_word(words, list->items[k]);
    }
}

/* The override of a parameter of a step, in whichever pipeline; NULL when out of memory. */
static char *name_parameter(const struct gd_step *step, const char *assignment)
{
    char *text = gd_format("%s.%s", step->path, assignment);
    for (char *slash = text; slash && (slash = strchr(slash, '/'));)
        *slash = '.';
    return text;
}

/* One iteration for every loop. */
static void shorten_loops(struct words *words, const struct gd_step *steps, size_t count, struct gd_arena *arena)
{
    for (size_t k = 0; k < count; k++) {
        const struct gd_step *step = &steps[k];
        shorten_loops(words, step->steps, step->count, arena);
        if (step->stage || step->pipeline)
            continue;
        char *text = name_parameter(step, "times=1");
        add_word(words, "--set");
        add_word(words, text ? gd_arena_string(arena, text, strlen(text)) : NULL);
        free(text);
    }
}

/* `path` is that of the potential's parameter: "potential", or "potential.sum.first". */
static void replace_stores(const struct plan *plan, const struct gd_potential *potential, const char *path,
                           struct words *words, struct gd_arena *arena)
{
    struct gd_potential *const *terms = gd_sum_terms(potential);
    const char *name = potential->type->base.name;
    for (int k = 0; terms && k < GD_SUM_TERMS; k++) {
        char *inner = gd_format("%s.%s.%s", path, name, gd_sum_keys[k]);
        if (inner)
            replace_stores(plan, terms[k], inner, words, arena);
        words->failed |= !inner;
        free(inner);
    }
    if (!gd_kept_has_store(potential))
        return;
    char *text = gd_format("%s.%s.store=\"%s\"", path, name, plan->store);
    add_word(words, "--set");
    add_word(words, text ? gd_arena_string(arena, text, strlen(text)) : NULL);
    free(text);
}

static void write_command(const struct plan *plan, const struct values *values, const char *threads,
                          struct words *words, struct gd_arena *arena)
{
    const struct gd_source *source = &values->source;
    const struct gd_pipeline *pipeline = &plan->job->pipeline;
    const char *const first[] = {"/proc/self/exe", "run",     source->file, "--quiet",
                                 "--out",          plan->run, "--threads",  threads};
    for (size_t k = 0; k < sizeof first / sizeof *first; k++)
        add_word(words, first[k]);
    add_list(words, "--plugin", &source->plugins);
    add_list(words, "--set", &source->set);
    if (source->trust)
        add_word(words, "--trust");
    if (source->seed) {
        add_word(words, "--seed");
        add_word(words, source->seed);
    }
    shorten_loops(words, pipeline->steps, pipeline->count, arena);
    replace_stores(plan, plan->potential, "potential", words, arena);
}

/* The last line that it said, without the word in front. */
static const char *find_reason(struct gd_subprocess *process)
{
    static const char label[] = "error: ";
    const char *words = gd_subprocess_last_words(process), *line = strrchr(words, '\n');
    line = line ? line + 1 : words;
    return strncmp(line, label, strlen(label)) ? line : line + strlen(label);
}

static enum gd_status wait_for(struct gd_subprocess *process, struct gd_error *error)
{
    char end[100];
    while (!gd_subprocess_ended(process)) {
        gd_subprocess_listen(process);
        poll(NULL, 0, 20);
    }
    gd_subprocess_stop(process, 0);
    if (WIFEXITED(process->status) && WEXITSTATUS(process->status) == 0)
        return GD_OK;
    return gd_fail(error, GD_FAILED, "the trial run %s: %s", gd_subprocess_describe_end(process, end, sizeof end),
                   find_reason(process));
}

static enum gd_status run_trial(const struct plan *plan, const struct values *values, struct gd_error *error)
{
    struct gd_subprocess process;
    struct gd_arena arena = {0};
    struct words words = {0};
    char threads[32];
    snprintf(threads, sizeof threads, "%lld", (long long)values->threads);
    write_command(plan, values, threads, &words, &arena);
    enum gd_status status = words.failed
                                ? gd_no_memory(error, "the trial run")
                                : gd_subprocess_start(&process, words.items, (const char *const[]){NULL}, error);
    if (!status)
        status = wait_for(&process, error);
    free(words.items);
    gd_arena_clear(&arena);
    return status;
}

/* The results of the trial, for the run itself. */
static enum gd_status keep_results(const struct plan *plan, const struct gd_potential *potential,
                                   struct gd_error *error)
{
    struct gd_potential *const *terms = gd_sum_terms(potential);
    enum gd_status status = GD_OK;
    for (int k = 0; terms && k < GD_SUM_TERMS && !status; k++)
        status = keep_results(plan, terms[k], error);
    const bool any = !status && gd_kept_has_store(potential) && access(plan->store, F_OK) == 0;
    return any ? gd_kept_merge(potential, plan->store, error) : status;
}

/* --- What it took ------------------------------------------------------------------------------------------------- */

static double number(const cJSON *line, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static bool is_given(const struct gd_step *step, const char *slot)
{
    const char *const *give = step->pipeline ? step->give : NULL;
    while (give && *give && strcmp(*give, slot) != 0)
        give++;
    return give && *give;
}

/* What a pipeline has counted by now, named by the first `length` characters of `path`, and so have those that it gives
 * its count to. */
static void set_counted(struct plan *plan, const char *path, size_t length, double counted)
{
    for (size_t k = 0; k < plan->steps.count; k++) {
        const struct gd_step *step = plan->steps.items[k].step;
        if (gd_step_pipeline_length(step->path) != length || strncmp(step->path, path, length) != 0)
            continue;
        plan->costs[k].counted = counted;
        if (is_given(step, "evaluations"))
            set_counted(plan, step->path, strlen(step->path), counted);
    }
}

/* What a pipeline passes on was evaluated by its own steps. */
static void take_line(struct plan *plan, const cJSON *line)
{
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "step"));
    const cJSON *evaluations = cJSON_GetObjectItemCaseSensitive(line, "evaluations");
    size_t k = 0;
    while (path && k < plan->steps.count && strcmp(plan->steps.items[k].path, path) != 0)
        k++;
    if (!path || k == plan->steps.count)
        return;
    struct cost *cost = &plan->costs[k];
    cost->runs++;
    cost->seconds += number(line, "seconds");
    cost->calls += number(line, "network_calls");
    if (number(line, "network_calls") == 0) /* else they are of the model */
        cost->relaxations += number(line, "force_calls");
    if (!cJSON_IsNumber(evaluations))
        return;
    if (!plan->steps.items[k].step->pipeline)
        cost->evaluations += evaluations->valuedouble - cost->counted;
    set_counted(plan, path, gd_step_pipeline_length(path), evaluations->valuedouble);
}

static enum gd_status read_metrics(struct plan *plan, struct gd_error *error)
{
    char *path = gd_file_join(plan->run, "metrics.jsonl"), *text = NULL;
    enum gd_status status = path ? gd_file_read(path, &text, NULL, error) : gd_no_memory(error, "metrics");
    for (char *line = text, *end; !status && (end = strchr(line, '\n')); line = end + 1) {
        cJSON *object = cJSON_ParseWithLength(line, (size_t)(end - line));
        take_line(plan, object);
        cJSON_Delete(object);
    }
    free(path);
    free(text);
    return status;
}

/* Adds what is in an open folder, which is closed, and in those within it. */
static void measure_folder(struct plan *plan, DIR *folder)
{
    for (const struct dirent *entry; (entry = readdir(folder));) {
        struct stat info;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW))
            continue;
        if (S_ISDIR(info.st_mode)) {
            const int file = openat(dirfd(folder), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            DIR *inner = file < 0 ? NULL : fdopendir(file);
            if (inner)
                measure_folder(plan, inner);
            else if (file >= 0)
                close(file);
        } else if (S_ISREG(info.st_mode)) {
            plan->disk += (double)info.st_size;
            if (strstr(entry->d_name, "archive") || strstr(entry->d_name, "store") || strstr(entry->d_name, "rejected"))
                plan->grown += (double)info.st_size;
        }
    }
    closedir(folder);
}

static enum gd_status measure_disk(struct plan *plan, struct gd_error *error)
{
    DIR *folder = opendir(plan->run);
    if (!folder)
        return gd_fail(error, GD_FAILED, "the trial run has left nothing");
    measure_folder(plan, folder);
    return GD_OK;
}

/* --- The answer --------------------------------------------------------------------------------------------------- */

/* As other durations, but in parts of a second where there are few. */
static const char *write_duration(char text[GD_DURATION_SIZE], double seconds)
{
    char digits[32];
    if (seconds >= 10)
        return gd_print_duration(text, seconds);
    gd_number_round(digits, sizeof digits, seconds >= 1 ? seconds : 1000 * seconds, 2);
    gd_print(text, GD_DURATION_SIZE, "%s %s", digits, seconds >= 1 ? "s" : "ms");
    return text;
}

static void print_row(const char *name, double times, double each, double evaluations)
{
    char once[GD_DURATION_SIZE], all[GD_DURATION_SIZE];
    printf("%-22s %7.0f  %12s  %10s  %11.0f\n", name, times, write_duration(once, each),
           write_duration(all, times * each), evaluations);
}

static void print_megabytes(const char *what, double bytes)
{
    char digits[32];
    printf("%-13s %s MB\n", what, gd_number_round(digits, sizeof digits, bytes / 1e6, 3));
}

static void print_plan(const struct plan *plan)
{
    char duration[GD_DURATION_SIZE];
    struct rusage usage;
    double seconds = 0, evaluations = 0, relaxations = 0, calls = 0, tried = 0;
    printf("%-22s %7s  %12s  %10s  %11s\n", "step", "times", "each", "in all", "evaluations");
    for (size_t k = 0; k < plan->steps.count; k++) {
        const struct gd_step_time *step = &plan->steps.items[k];
        const struct cost *cost = &plan->costs[k];
        if (!cost->runs)
            continue;
        const double share = (double)step->expected / (double)cost->runs;
        print_row(step->path, (double)step->expected, cost->seconds / (double)cost->runs,
                  share * (cost->evaluations + cost->relaxations));
        seconds += share * cost->seconds;
        tried += cost->evaluations;
        evaluations += share * cost->evaluations;
        relaxations += share * cost->relaxations;
        calls += share * cost->calls;
    }
    getrusage(RUSAGE_CHILDREN, &usage);
    const double growth = tried > 0 ? evaluations / tried : 1;
    printf("\ntime          %s\n", write_duration(duration, seconds));
    printf("evaluations   %.0f\n", evaluations + relaxations);
    printf("network calls %.0f\n", calls);
    print_megabytes("disk", plan->disk + (fmax(growth, 1) - 1) * plan->grown);
    print_megabytes("memory", (double)usage.ru_maxrss * 1024);
}

static enum gd_status open_plan(struct plan *plan, struct gd_error *error)
{
    const char *folder = getenv("TMPDIR");
    enum gd_status status = gd_estimate_init(&plan->steps, &plan->job->pipeline);
    plan->costs = gd_array(plan->steps.count, sizeof *plan->costs);
    plan->folder = gd_format("%s/godiff-plan-XXXXXX", folder && *folder ? folder : "/tmp");
    if (status || !plan->costs || !plan->folder)
        return gd_no_memory(error, "a plan");
    if (!mkdtemp(plan->folder)) {
        status = gd_fail(error, GD_FAILED, "no folder for the trial run: %s", plan->folder);
        free(plan->folder);
        plan->folder = NULL;
        return status;
    }
    plan->run = gd_file_join(plan->folder, "run");
    plan->store = gd_file_join(plan->folder, "evaluations.store");
    return plan->run && plan->store ? GD_OK : gd_no_memory(error, "a plan");
}

static void clear_plan(struct plan *plan)
{
    if (plan->folder)
        gd_directory_remove(plan->folder, NULL);
    free(plan->folder);
    free(plan->run);
    free(plan->store);
    free(plan->costs);
    gd_estimate_clear(&plan->steps);
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_job job = {0};
    struct plan plan = {.job = &job};
    enum gd_status status = gd_job_open(&job, &values->source, error);
    if (!status)
        status = open_plan(&plan, error);
    if (!status) {
        plan.potential = gd_state_get(job.state, "potential");
        status = run_trial(&plan, values, error);
        const enum gd_status kept = keep_results(&plan, plan.potential, status ? NULL : error);
        status = status ? status : kept;
    }
    if (!status)
        status = read_metrics(&plan, error);
    if (!status)
        status = measure_disk(&plan, error);
    if (!status)
        print_plan(&plan);
    clear_plan(&plan);
    gd_job_close(&job);
    return status;
}

const struct gd_command gd_command_plan = {
    .name = "plan",
    .summary = "what a pipeline will take: time, evaluations, disk, memory",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
