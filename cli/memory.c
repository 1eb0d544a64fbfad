#include "cli/memory.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atoms/system.h"
#include "engine/base/memory.h"
#include "engine/base/random.h"
#include "engine/run/state.h"
#include "model/head.h"
#include "model/network.h"

static const double program_bytes = 25e6; /* resident with libraries and the smallest of models */

/* The largest value that an integer parameter has in any step, or the sum of what all executions have of it. */
struct sum {
    const char *name;
    double largest, total;
};

static void add_step(const struct gd_step *step, double executions, struct sum *sum)
{
    for (const struct gd_param *row = step->stage->params; row && row->name; row++)
        if (row->type == GD_INT && row->count <= 1 && !strcmp(row->name, sum->name)) {
            const double value = (double)*(const int64_t *)(const void *)((const char *)step->self + row->offset);
            sum->largest = fmax(sum->largest, value);
            sum->total += executions * value;
        }
}

static void add_steps(const struct gd_step *steps, size_t count, double executions, const char *stage, struct sum *sum)
{
    for (size_t k = 0; k < count; k++)
        if (steps[k].steps)
            add_steps(steps[k].steps, steps[k].count, executions * (double)steps[k].times, stage, sum);
        else if (steps[k].stage && !strcmp(steps[k].stage->name, stage))
            add_step(&steps[k], executions, sum);
}

static struct sum find(const struct gd_pipeline *pipeline, const char *stage, const char *name)
{
    struct sum sum = {.name = name};
    add_steps(pipeline->steps, pipeline->count, 1, stage, &sum);
    return sum;
}

/* Structures of the system with its mobile atoms anywhere; [count]. */
static enum gd_status make_structures(const struct gd_system *system, struct gd_structure *structures, size_t count)
{
    struct gd_stream stream = gd_stream_make(0, 0, 0, 0);
    enum gd_status status = GD_OK;
    for (size_t k = 0; k < count && !status; k++) {
        status = gd_structure_copy(&structures[k], &system->structure, NULL);
        for (size_t a = system->fixed; a < system->structure.count && !status; a++)
            gd_system_draw(system, &stream, structures[k].positions[a]);
    }
    return status;
}

/* What the network takes for an optimisation step of `count` structures, at most 2; NaN: not known. */
static double network_bytes(const struct gd_model *model, const struct gd_system *system, size_t count)
{
    const size_t mobile = gd_system_mobile(system);
    const double times[2] = {0.5, 0.5}, weights[2] = {1, 1};
    const size_t fixed[2] = {system->fixed, system->fixed};
    struct gd_structure structures[2] = {{.energy = NAN}, {.energy = NAN}};
    struct gd_network *network = NULL;
    float *target = gd_array(2 * mobile, 3 * sizeof *target); /* enough for a vector of each atom, or a scalar */
    double bytes = NAN;
    struct gd_goal goal = {
        .head = gd_model_score_head(model), .count = count, .weights = weights, .target = target, .factor = 1};
    enum gd_status status = target ? make_structures(system, structures, count) : GD_NO_MEMORY;
    if (!goal.head)
        status = GD_BAD_INPUT;
    if (!status)
        status = gd_network_new(&network, model, "cpu", 1, NULL);
    if (!status)
        status = gd_network_structures(network, structures, fixed, count, NULL);
    if (!status)
        status = gd_network_goals(network, times, &goal, 1, true, NULL);
    if (!status)
        bytes = (double)gd_network_bytes(network);
    gd_network_free(network);
    gd_structure_clear(&structures[0]);
    gd_structure_clear(&structures[1]);
    free(target);
    return bytes;
}

double gd_memory_estimate(const struct gd_job *job)
{
    const struct gd_model *model = gd_state_get_untracked(job->state, "model");
    const struct gd_system *system = gd_state_get_untracked(job->state, "system");
    const double batch = find(&job->pipeline, "train", "batch").largest;
    const double structures =
        find(&job->pipeline, "seed", "count").total + find(&job->pipeline, "sample", "count").total;
    if (!system)
        return NAN;
    double bytes = program_bytes + 2 * structures * (double)system->structure.count * 6 * sizeof(double);
    if (model && batch > 0) {
        const double one = network_bytes(model, system, 1), two = network_bytes(model, system, 2);
        bytes += one + (batch - 1) * fmax(0, two - one);
    }
    return bytes;
}

/* The number in a file of one, or behind a key; NaN: none. */
static double read_number(const char *path, const char *key)
{
    char line[256];
    double value = NAN;
    const size_t length = strlen(key);
    FILE *stream = fopen(path, "re");
    while (stream && !isfinite(value) && fgets(line, sizeof line, stream))
        if (!strncmp(line, key, length) && sscanf(line + length, " %lf", &value) != 1)
            value = NAN;
    if (stream)
        fclose(stream);
    return value;
}

double gd_memory_available(void)
{
    const double machine = 1024 * read_number("/proc/meminfo", "MemAvailable:");
    const double most = read_number("/sys/fs/cgroup/memory.max", ""),
                 used = read_number("/sys/fs/cgroup/memory.current", "");
    return fmin(machine, most - used); /* fmin leaves NaN out */
}

/* --- Other processes ---------------------------------------------------------------------------------------------- */

struct process {
    int self, parent;
    double bytes;
};

struct processes {
    struct process *items;
    size_t count, capacity;
};

/* Of the folder of that name in /proc; false when it is of no process, or of one that has ended. */
static bool read_process(const char *name, struct process *process)
{
    char path[64], line[1024] = "";
    unsigned long pages;
    snprintf(path, sizeof path, "/proc/%.20s/stat", name);
    FILE *stream = fopen(path, "re");
    if (!stream)
        return false;
    const bool read = fgets(line, sizeof line, stream) != NULL;
    fclose(stream);
    process->self = atoi(line);
    const char *rest = strrchr(line, ')'); /* the name of the program may have anything in it */
    if (!read || !rest ||
        sscanf(rest, ") %*c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu",
               &process->parent, &pages) != 2)
        return false;
    process->bytes = (double)pages * (double)sysconf(_SC_PAGESIZE);
    return true;
}

static void list_processes(struct processes *list)
{
    DIR *folder = opendir("/proc");
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        struct process process;
        if (isdigit((unsigned char)*entry->d_name) && read_process(entry->d_name, &process) &&
            gd_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items))
            list->items[list->count++] = process;
    }
    if (folder)
        closedir(folder);
}

static double add_children(const struct processes *list, int of, int depth)
{
    enum { DEEPEST = 20 };
    double bytes = 0;
    for (size_t k = 0; k < list->count && depth < DEEPEST; k++)
        if (list->items[k].parent == of && list->items[k].self != of)
            bytes += list->items[k].bytes + add_children(list, list->items[k].self, depth + 1);
    return bytes;
}

double gd_memory_of_children(void)
{
    struct processes list = {0};
    list_processes(&list);
    const double bytes = add_children(&list, getpid(), 0);
    free(list.items);
    return bytes;
}
