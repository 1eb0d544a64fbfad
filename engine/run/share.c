#include "engine/run/share.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/run/checkpoint.h"
#include "engine/run/summary.h"

/* --- Keys --------------------------------------------------------------------------------------------------------- */

/* A text and its NUL, so that no two lists of texts are alike. */
static void add(struct sha256_ctx *sum, const char *text)
{
    sha256_update(sum, text ? strlen(text) + 1 : 1, (const uint8_t *)(text ? text : ""));
}

/* What a pipeline is up to a step; false when out of memory. */
static bool add_pipeline(struct sha256_ctx *sum, const struct gd_pipeline *pipeline, const struct gd_step *end)
{
    char *text = gd_pipeline_yaml_before(pipeline, end);
    if (text)
        add(sum, text);
    add(sum, pipeline->tree.source);
    free(text);
    return text != NULL;
}

/* The pipelines among the steps up to one of them, which sets *reached. */
static bool add_inner(struct sha256_ctx *sum, const struct gd_step *steps, size_t count, const struct gd_step *end,
                      bool *reached)
{
    bool fine = true;
    for (size_t k = 0; k < count && fine && !*reached; k++) {
        *reached = &steps[k] == end;
        if (!*reached && steps[k].pipeline)
            fine = add_pipeline(sum, steps[k].pipeline, end);
        if (!*reached && fine)
            fine = add_inner(sum, steps[k].steps, steps[k].count, end, reached);
    }
    return fine;
}

/* The outermost loop that begins with a step, or the step itself; NULL: it is not among these. */
static const struct gd_step *find_entry(const struct gd_step *steps, size_t count, const struct gd_step *wanted)
{
    const struct gd_step *found = NULL;
    for (size_t k = 0; k < count && !found; k++) {
        const struct gd_step *first = &steps[k];
        while (gd_step_is_loop(first) && first->count > 0)
            first = first->steps;
        found = first == wanted ? &steps[k] : find_entry(steps[k].steps, steps[k].count, wanted);
    }
    return found;
}

/* What is in the files that the pipeline names, but for its own, of which the text is a part of the key. */
static void add_inputs(struct sha256_ctx *sum, const struct gd_inputs *inputs)
{
    for (size_t k = 0; inputs && k < inputs->count; k++)
        if (strcmp(inputs->list[k].use, "pipeline") != 0)
            add(sum, inputs->list[k].digest);
}

/* A checkpoint fits a pipeline with the same steps only. */
static void add_conditions(struct sha256_ctx *sum, const struct gd_conditions *conditions,
                           const struct gd_counts *counts)
{
    const char *const texts[] = {conditions->version, conditions->commit, conditions->libraries,
                                 conditions->kernels, conditions->device, conditions->precision};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        add(sum, texts[k]);
    for (size_t k = 0; k < counts->count; k++)
        add(sum, counts->leaves[k].step->path);
    add_inputs(sum, conditions->inputs);
}

enum gd_status gd_share_key(const struct gd_share *share, const struct gd_counts *counts, const struct gd_step *step,
                            char key[GD_DIGEST_SIZE], struct gd_error *error)
{
    struct sha256_ctx sum;
    bool reached = false;
    const struct gd_step *end = find_entry(share->pipeline->steps, share->pipeline->count, step);
    sha256_init(&sum);
    add_conditions(&sum, share->conditions, counts);
    if (!add_pipeline(&sum, share->pipeline, end) ||
        !add_inner(&sum, share->pipeline->steps, share->pipeline->count, end, &reached))
        return gd_no_memory(error, "the beginning of the run");
    add(&sum, step->path);
    gd_digest_print(&sum, key);
    return GD_OK;
}

/* --- The folder --------------------------------------------------------------------------------------------------- */

enum gd_status gd_share_open(struct gd_share *share, struct gd_error *error)
{
    char *path = gd_file_join(share->directory, "steps"), *text = NULL, *rest = NULL;
    size_t capacity = 0;
    enum gd_status status = path ? gd_file_read(path, &text, NULL, error) : gd_no_memory(error, share->directory);
    const char *seconds = status ? NULL : strtok_r(text, "\n", &rest);
    if (!status && !(seconds && gd_parse_float(seconds, &share->least)))
        status = gd_fail(error, GD_BAD_INPUT, "%s: line 1 is not a number of seconds", path);
    for (char *line; !status && (line = strtok_r(NULL, "\n", &rest));) {
        if (!gd_grow(&share->steps, &capacity, share->count + 1, sizeof *share->steps) ||
            !(share->steps[share->count] = gd_string(line)))
            status = gd_no_memory(error, path);
        else
            share->count++;
    }
    free(text);
    free(path);
    return status;
}

void gd_share_clear(struct gd_share *share)
{
    for (size_t k = 0; k < share->count; k++)
        free(share->steps[k]);
    free(share->steps);
    share->steps = NULL;
    share->count = 0;
}

static bool is_shared(const struct gd_share *share, const char *path)
{
    bool found = false;
    for (size_t k = 0; k < share->count && !found; k++)
        found = strcmp(share->steps[k], path) == 0;
    return found;
}

/* --- Files -------------------------------------------------------------------------------------------------------- */

/* A beginning in the folder. */
struct beginning {
    char *folder, *run, *metrics;
};

static enum gd_status name_beginning(const struct gd_share *share, const struct gd_counts *counts,
                                     const struct gd_step *step, struct beginning *beginning, struct gd_error *error)
{
    char key[GD_DIGEST_SIZE];
    *beginning = (struct beginning){0};
    enum gd_status status = gd_share_key(share, counts, step, key, error);
    if (status)
        return status;
    beginning->folder = gd_file_join(share->directory, key);
    if (beginning->folder) {
        beginning->run = gd_file_join(beginning->folder, "run.h5");
        beginning->metrics = gd_file_join(beginning->folder, "metrics.jsonl");
    }
    return beginning->run && beginning->metrics ? GD_OK : gd_no_memory(error, share->directory);
}

static void free_beginning(struct beginning *beginning)
{
    free(beginning->folder);
    free(beginning->run);
    free(beginning->metrics);
}

static enum gd_status copy_file(const char *from, const char *to, struct gd_error *error)
{
    char *text;
    size_t length;
    enum gd_status status = gd_file_read(from, &text, &length, error);
    if (status)
        return status;
    status = gd_file_write(to, text, length, error);
    free(text);
    return status;
}

/* The files of a folder, without the folders in it. */
static enum gd_status copy_folder(const char *from, const char *to, struct gd_error *error)
{
    DIR *folder = opendir(from);
    if (!folder)
        return gd_fail(error, GD_FAILED, "cannot read %s: %s", from, strerror(errno));
    const char *name;
    enum gd_status status = gd_directory_make(to, error);
    while (!status && !(status = gd_directory_next(folder, from, &name, error)) && name) {
        char *source = gd_file_join(from, name), *target = gd_file_join(to, name);
        struct stat facts;
        if (!source || !target)
            status = gd_no_memory(error, from);
        else if (lstat(source, &facts) == 0 && S_ISREG(facts.st_mode))
            status = copy_file(source, target, error);
        free(source);
        free(target);
    }
    closedir(folder);
    return status;
}

/* The folders of pipelines that have ended, from a run's folder to that of the beginning, or back. */
static enum gd_status copy_parts(const struct gd_share *share, const struct gd_counts *counts, const char *folder,
                                 bool back, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = 1; k < share->parts->count && !status; k++) {
        const struct gd_part *part = &share->parts->list[k];
        if (gd_counts_leaf(counts, part->pipeline->path)->executions == 0)
            continue;
        char *other = gd_file_join(folder, part->pipeline->path);
        status = !other ? gd_no_memory(error, folder)
                 : back ? copy_folder(other, part->directory, error)
                        : copy_folder(part->directory, other, error);
        free(other);
    }
    return status;
}

/* --- Taking and giving -------------------------------------------------------------------------------------------- */

static enum gd_status load(const struct gd_share *share, const struct beginning *beginning, struct gd_cursor *cursor,
                           struct gd_counts *counts, const struct gd_metrics *metrics, struct gd_error *error)
{
    const struct gd_checkpoint checkpoint = {
        .path = beginning->run, .pipeline = share->pipeline, .version = share->conditions->version};
    enum gd_status status = copy_file(beginning->metrics, metrics->path, error);
    if (!status)
        status = gd_checkpoint_recall(&checkpoint, cursor, counts, error);
    if (!status)
        status = copy_parts(share, counts, beginning->folder, true, error);
    return status == GD_BAD_INPUT ? error->status = GD_FAILED : status;
}

/* The last step for which there is a beginning has the longest one. */
enum gd_status gd_share_take(const struct gd_share *share, struct gd_cursor *cursor, struct gd_counts *counts,
                             const struct gd_metrics *metrics, char **name, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    *name = NULL;
    for (size_t k = counts->count; k-- > 0 && !*name && !status;) {
        const struct gd_step *step = counts->leaves[k].step;
        struct beginning beginning;
        if (!is_shared(share, step->path))
            continue;
        status = name_beginning(share, counts, step, &beginning, error);
        if (!status && access(beginning.run, F_OK) == 0) {
            status = load(share, &beginning, cursor, counts, metrics, error);
            if (!status && !(*name = gd_string(beginning.folder)))
                status = gd_no_memory(error, beginning.folder);
        }
        free_beginning(&beginning);
    }
    return status;
}

/* How long all steps of the run have taken, in seconds. */
static double taken(const struct gd_counts *counts)
{
    double sum = 0;
    for (size_t k = 0; k < counts->count; k++)
        sum += counts->leaves[k].seconds;
    return sum;
}

/* run.h5 last: where it is, all is. */
static enum gd_status save(const struct gd_share *share, const struct beginning *beginning,
                           const struct gd_cursor *cursor, const struct gd_counts *counts,
                           const struct gd_metrics *metrics, const char *kernels, struct gd_error *error)
{
    struct gd_h5_journal journal = {.file = -1};
    const struct gd_checkpoint checkpoint = {.path = beginning->run,
                                             .pipeline = share->pipeline,
                                             .text = "",
                                             .version = share->conditions->version,
                                             .journal = &journal};
    struct gd_cursor before;
    gd_cursor_before_loops(cursor, &before);
    enum gd_status status = gd_directory_make(beginning->folder, error);
    if (!status)
        status = copy_parts(share, counts, beginning->folder, false, error);
    if (!status)
        status = copy_file(metrics->path, beginning->metrics, error);
    if (!status)
        status = gd_h5_journal_make(&journal, beginning->run, error);
    if (!status)
        status = gd_checkpoint_save(&checkpoint, &before, counts, kernels, true, error);
    gd_h5_journal_clear(&journal);
    return status;
}

enum gd_status gd_share_give(const struct gd_share *share, const struct gd_cursor *cursor,
                             const struct gd_counts *counts, const struct gd_metrics *metrics, const char *kernels,
                             struct gd_error *error)
{
    const struct gd_step *step = gd_cursor_step(cursor);
    struct beginning beginning;
    if (!step->stage || gd_counts_leaf(counts, step->path)->executions > 0 || !is_shared(share, step->path) ||
        taken(counts) < share->least)
        return GD_OK;
    enum gd_status status = name_beginning(share, counts, step, &beginning, error);
    if (!status && access(beginning.run, F_OK) != 0)
        status = save(share, &beginning, cursor, counts, metrics, kernels, error);
    free_beginning(&beginning);
    return status;
}
