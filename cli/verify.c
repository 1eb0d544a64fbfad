/* godiff verify RUN: whether a run's files are as the run left them.
 *
 * run.h5 has a checksum of its own; everything else that can be made from it is made again, beside, and compared. A run
 * that has not ended may have files of an earlier moment, which are then only mentioned. */
#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/language/pipeline.h"
#include "engine/run/saved.h"
#include "engine/run/state.h"
#include "engine/run/summary.h"
#include "engine/run/written.h"

#define GROUP "parameters/run"

struct values {
    const char *run;
    struct gd_list plugins;
};

static const struct gd_option options[] = {
    GD_RUN_OPTION(offsetof(struct values, run)),
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

struct verification {
    const char *directory;
    const struct gd_registry *registry;
    struct gd_h5 *file; /* run.h5 */
    struct gd_state *state;
    bool finished; /* the run has ended, so that nothing may be of another moment */
    int faults;
    struct gd_error *error;
};

/* --- What is found ------------------------------------------------------------------------------------------------ */

/* What is wrong with a file may describe what is in it. */
static void print_result(const char *name, const char *verdict, const char *what, const char *more)
{
    gd_print_escaped(stdout, name, SIZE_MAX);
    printf(": %s", verdict);
    gd_print_escaped(stdout, what, SIZE_MAX);
    printf("%s\n", more);
}

static void print_intact(const char *name, const char *what)
{
    print_result(name, *what ? "fine, " : "fine", what, "");
}

static void print_damaged(struct verification *verification, const char *name, const char *what)
{
    print_result(name, "DAMAGED: ", what, "");
    verification->faults++;
}

/* A fault, unless the run may still change the file. */
static void differs(struct verification *verification, const char *name, const char *what)
{
    if (verification->finished)
        print_damaged(verification, name, what);
    else
        print_result(name, "not checked: ", what, ", and the run is not finished");
}

static enum gd_status join(const struct verification *verification, const char *name, char **path)
{
    *path = gd_file_join(verification->directory, name);
    return *path ? GD_OK : gd_no_memory(verification->error, name);
}

/* A file of the run, NULL when it cannot be read, which is reported. */
static enum gd_status read_file(struct verification *verification, const char *name, char **text, size_t *length)
{
    char *path;
    struct gd_error why = {0};
    *text = NULL;
    enum gd_status status = join(verification, name, &path);
    if (status)
        return status;
    if (access(path, F_OK) != 0)
        differs(verification, name, "missing");
    else if (gd_file_read(path, text, length, &why) != GD_OK)
        print_damaged(verification, name, why.text);
    free(path);
    return GD_OK;
}

/* --- The files of slots ------------------------------------------------------------------------------------------- */

/* The checksums of two HDF5 files, which need not be the same bytes when two versions of the library wrote them. */
static enum gd_status same_content(const char *path, const char *other, bool *same, struct gd_error *error)
{
    const char *const paths[2] = {path, other};
    char *digests[2] = {NULL, NULL};
    enum gd_status status = GD_OK;
    for (int k = 0; k < 2 && !status; k++) {
        struct gd_h5 *file;
        status = gd_h5_open(paths[k], &file, error);
        if (!status)
            status = gd_h5_load_text_attribute(file, ".", GD_H5_DIGEST, &digests[k], error);
        gd_h5_close(file);
    }
    *same = !status && strcmp(digests[0], digests[1]) == 0;
    free(digests[0]);
    free(digests[1]);
    return status;
}

static enum gd_status same_bytes(const char *path, const char *other, bool *same, struct gd_error *error)
{
    char *texts[2] = {NULL, NULL};
    size_t lengths[2] = {0, 0};
    enum gd_status status = gd_file_read(path, &texts[0], &lengths[0], error);
    if (!status)
        status = gd_file_read(other, &texts[1], &lengths[1], error);
    *same = !status && lengths[0] == lengths[1] && memcmp(texts[0], texts[1], lengths[0]) == 0;
    free(texts[0]);
    free(texts[1]);
    return status;
}

static bool is_hdf5(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && strcmp(dot, ".h5") == 0;
}

/* Compares a file of the run with `made`, written anew from run.h5. */
static void compare(struct verification *verification, const char *name, const char *path, const char *made)
{
    bool same;
    struct gd_error why = {0};
    enum gd_status status = is_hdf5(name) ? same_content(path, made, &same, &why) : same_bytes(path, made, &same, &why);
    if (status)
        print_damaged(verification, name, why.text);
    else if (!same)
        differs(verification, name, "differs from run.h5");
    else
        print_intact(name, "");
}

static enum gd_status verify_output(struct verification *verification, const struct gd_slot *slot, const char *scratch)
{
    const void *value = gd_state_get(verification->state, slot->name);
    char *path = NULL, *made = gd_file_join(scratch, slot->file);
    enum gd_status status = made ? join(verification, slot->file, &path) : gd_no_memory(verification->error, scratch);
    if (!status && value && access(path, F_OK) != 0)
        differs(verification, slot->file, "missing");
    else if (!status && value && (status = slot->write(value, made, verification->error)) == GD_OK)
        compare(verification, slot->file, path, made);
    if (made)
        unlink(made);
    free(path);
    free(made);
    return status;
}

static enum gd_status verify_outputs(struct verification *verification)
{
    const char *folder = getenv("TMPDIR");
    char *scratch = gd_format("%s/godiff-verify-XXXXXX", folder ? folder : "/tmp");
    if (!scratch || !mkdtemp(scratch)) {
        free(scratch);
        return gd_fail(verification->error, GD_FAILED, "cannot create a temporary folder");
    }
    enum gd_status status = GD_OK;
    for (const struct gd_slot *const *slot = gd_registry_slots(verification->registry); *slot && !status; slot++)
        if ((*slot)->file)
            status = verify_output(verification, *slot, scratch);
    rmdir(scratch);
    free(scratch);
    return status;
}

/* --- Texts -------------------------------------------------------------------------------------------------------- */

/* Whether a text is what the program makes of what it says. */
static enum gd_status is_whole(const char *name, const char *text, bool *whole, struct gd_error *error)
{
    struct gd_tree tree = {0};
    struct gd_problems problems = {0};
    enum gd_status status = gd_tree_parse_yaml(&tree, name, text, strlen(text), &problems);
    char *made = status ? NULL : gd_tree_write_yaml(tree.root);
    *whole = made && strcmp(made, text) == 0;
    status = status == GD_NO_MEMORY || (!status && !made) ? gd_no_memory(error, name) : GD_OK;
    free(made);
    gd_problems_clear(&problems);
    gd_tree_clear(&tree);
    return status;
}

/* Whether pipeline.yaml is the first pipeline in run.h5. A resume may have written it anew, with other resources. */
static enum gd_status same_pipeline(const struct verification *verification, const char *text, const char *stored,
                                    bool *same)
{
    const struct gd_written written = {
        .file = verification->directory, .text = stored, .directory = verification->directory};
    struct gd_error why = {0};
    if ((*same = gd_written_is(stored, text)))
        return GD_OK;
    enum gd_status status = is_whole(verification->directory, text, same, verification->error);
    return status || !*same
               ? status
               : gd_written_same(&written, NULL, verification->registry, text, same, &why, verification->error);
}

static enum gd_status same_script(const struct verification *verification, const char *text, const char *stored,
                                  bool *same)
{
    (void)verification;
    *same = strcmp(text, stored) == 0;
    return GD_OK;
}

/* pipeline.yaml or pipeline.lua against its text in run.h5. */
static enum gd_status verify_text(struct verification *verification, const char *name, const char *place,
                                  enum gd_status (*compare_texts)(const struct verification *, const char *text,
                                                                  const char *stored, bool *same))
{
    char *stored, *text;
    size_t length;
    bool same = false;
    if (!gd_h5_exists(verification->file, place))
        return GD_OK;
    enum gd_status status = gd_h5_load_text(verification->file, place, &stored, verification->error);
    if (!status)
        status = read_file(verification, name, &text, &length);
    if (!status && text) {
        status = compare_texts(verification, text, stored, &same);
        if (!status && same)
            print_intact(name, "");
        else if (!status)
            print_damaged(verification, name, "differs from its text in run.h5");
        free(text);
    }
    free(stored);
    return status;
}

/* --- metrics.jsonl ------------------------------------------------------------------------------------------------ */

/* How often a step has run, taken one by one from what run.h5 says. False: never, or too often. */
static bool count_step(const char *step, size_t count, char **steps, int64_t *executions)
{
    for (size_t k = 0; step && k < count; k++)
        if (strcmp(steps[k], step) == 0)
            return executions[k]-- > 0;
    return false;
}

/* The lines of finished steps are JSON, and name each step as often as it has run. */
static void verify_lines(struct verification *verification, const char *name, const char *text, int64_t done,
                         size_t count, char **steps, int64_t *executions)
{
    int64_t line = 0;
    char what[120];
    const char *end;
    for (; line < done && (end = strchr(text, '\n')); text = end + 1) {
        cJSON *object = cJSON_ParseWithLength(text, (size_t)(end - text));
        const bool known = count_step(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "step")), count,
                                      steps, executions);
        cJSON_Delete(object);
        if (!known)
            break;
        line++;
    }
    const size_t more = gd_text_lines(text);
    if (more > 0)
        snprintf(what, sizeof what, "%lld %s, and %zu of steps after the last checkpoint, which will run again",
                 (long long)line, line == 1 ? "line" : "lines", more);
    else
        snprintf(what, sizeof what, "%lld %s", (long long)line, line == 1 ? "line" : "lines");
    if (line == done && !(verification->finished && *text))
        print_intact(name, what);
    else {
        snprintf(what, sizeof what, "line %lld does not belong to the %lld finished steps", (long long)line + 1,
                 (long long)done);
        print_damaged(verification, name, what);
    }
}

/* What is wrong with a file by itself, by its kind: "" is nothing. */
static enum gd_status find_fault(const char *name, const char *path, struct gd_error *why)
{
    char *text = NULL;
    size_t length;
    bool whole = true;
    struct gd_h5 *file = NULL;
    cJSON *object = NULL;
    enum gd_status status = is_hdf5(name) ? gd_h5_open(path, &file, why) : gd_file_read(path, &text, &length, why);
    if (!status && text && strstr(name, ".json"))
        status = gd_json_read(text, length, &object);
    else if (!status && text)
        status = is_whole(name, text, &whole, why);
    if (!status && !whole)
        status = GD_BAD_INPUT;
    if (status)
        gd_fail(why, status, "not as it was written");
    gd_h5_close(file);
    cJSON_Delete(object);
    free(text);
    return status;
}

/* A file of the folder of an inner pipeline, which may be missing if it is not `needed`. */
static enum gd_status verify_inner(struct verification *verification, const char *step, const char *file, bool needed)
{
    struct gd_error why = {0};
    char *path = NULL, *name = gd_format("%.*s/%s", (int)gd_step_pipeline_length(step), step, file);
    enum gd_status status = name ? join(verification, name, &path) : gd_no_memory(verification->error, file);
    const bool there = !status && access(path, F_OK) == 0;
    if (there && find_fault(name, path, &why) == GD_OK)
        print_intact(name, "there");
    else if (there || (!status && needed))
        print_damaged(verification, name, there ? why.text : "missing");
    free(path);
    free(name);
    return status;
}

/* A file of which the summary of an inner pipeline has the checksum; NULL: it was not known. */
static enum gd_status verify_known(struct verification *verification, const char *step, const char *file,
                                   const char *known)
{
    struct gd_error why = {0};
    char digest[GD_DIGEST_SIZE], *path = NULL,
                                 *name = gd_format("%.*s/%s", (int)gd_step_pipeline_length(step), step, file);
    double bytes;
    enum gd_status status = name ? join(verification, name, &path) : gd_no_memory(verification->error, file);
    if (!status && access(path, F_OK) != 0)
        differs(verification, name, "missing");
    else if (!status && gd_file_digest(path, NULL, digest, &bytes, &why) != GD_OK)
        print_damaged(verification, name, why.text);
    else if (!status && known && strcmp(digest, known) != 0)
        differs(verification, name, "differs from its checksum in summary.json");
    else if (!status)
        print_intact(name, known ? "" : "there");
    free(path);
    free(name);
    return status;
}

/* The files of an inner pipeline that has ended; older versions do not say which there are. */
static enum gd_status verify_inner_files(struct verification *verification, const char *step)
{
    char *folder = gd_format("%s/%.*s", verification->directory, (int)gd_step_pipeline_length(step), step);
    if (!folder)
        return gd_no_memory(verification->error, step);
    cJSON *summary = gd_summary_read(folder);
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(summary, "files"), *file;
    enum gd_status status = files ? GD_OK : verify_inner(verification, step, "model.h5", false);
    cJSON_ArrayForEach(file, files)
    {
        if (!status)
            status = verify_known(verification, step, file->string, cJSON_GetStringValue(file));
    }
    cJSON_Delete(summary);
    free(folder);
    return status;
}

/* The folders of the inner pipelines that have begun: a run goes on by their pipeline.yaml, and nothing else has what
 * they found. */
static enum gd_status verify_folders(struct verification *verification, size_t count, char **steps,
                                     const int64_t *executions)
{
    enum gd_status status = GD_OK;
    const char *before = "";
    for (size_t k = 0; k < count && !status; k++) {
        const size_t length = gd_step_pipeline_length(steps[k]);
        if (!length || !executions[k] ||
            (gd_step_pipeline_length(before) == length && !strncmp(before, steps[k], length)))
            continue;
        before = steps[k];
        status = verify_inner(verification, steps[k], "pipeline.yaml", true);
        if (!status)
            status = verify_inner(verification, steps[k], "summary.json", verification->finished);
        if (!status)
            status = verify_inner_files(verification, steps[k]);
    }
    return status;
}

static enum gd_status verify_metrics(struct verification *verification)
{
    static const char name[] = "metrics.jsonl";
    char *text = NULL, **steps = NULL;
    void *executions = NULL;
    size_t count = GD_H5_ANY;
    int64_t done;
    struct gd_h5 *file = verification->file;
    struct gd_error *error = verification->error;
    enum gd_status status = gd_h5_read_attribute(file, GROUP, "done", GD_H5_INT64, 0, &done, error);
    if (!status)
        status = gd_h5_load_strings(file, GROUP "/step", &count, &steps, error);
    if (!status)
        status = gd_h5_load_array(file, GROUP "/executions", GD_H5_INT64, 1, &count, &executions, error);
    if (!status)
        status = verify_folders(verification, count, steps, executions);
    if (!status)
        status = read_file(verification, name, &text, NULL);
    if (!status && text)
        verify_lines(verification, name, text, done, count, steps, executions);
    gd_h5_free_strings(steps, steps ? count : 0);
    free(executions);
    free(text);
    return status;
}

/* --- summary.json ------------------------------------------------------------------------------------------------- */

/* Whether two numbers are one: cJSON rounds what it writes by up to this much. */
static bool same_figure(double one, double other)
{
    return one == other || fabs(one - other) <= DBL_EPSILON * fmax(fabs(one), fabs(other));
}

/* The figures of slots are those of run.h5. NULL: all are; else the key of the first that is not. */
static const char *wrong_figure(const struct verification *verification, const cJSON *summary)
{
    for (const struct gd_slot *const *slot = gd_registry_slots(verification->registry); *slot; slot++) {
        const void *value = gd_state_get(verification->state, (*slot)->name);
        const cJSON *figure = (*slot)->figure ? cJSON_GetObjectItemCaseSensitive(summary, (*slot)->figure) : NULL;
        if (value && cJSON_IsNumber(figure) && !same_figure(figure->valuedouble, (*slot)->read_figure(value)))
            return (*slot)->figure;
    }
    return NULL;
}

static enum gd_status verify_summary(struct verification *verification)
{
    static const char name[] = "summary.json";
    char *text, what[160];
    enum gd_status status = read_file(verification, name, &text, NULL);
    if (status || !text)
        return status;
    cJSON *summary = cJSON_Parse(text);
    const char *ending = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(summary, "status"));
    const char *wrong = summary ? wrong_figure(verification, summary) : NULL;
    snprintf(what, sizeof what, "its value of %.64s is not that of run.h5", wrong ? wrong : "");
    if (!ending)
        print_damaged(verification, name, "not a JSON object with a status");
    else if (wrong)
        differs(verification, name, what);
    else
        print_intact(name, ending);
    cJSON_Delete(summary);
    free(text);
    return GD_OK;
}

/* --- The run ------------------------------------------------------------------------------------------------------ */

/* The journal, as far as there is one, or was. */
static void verify_journal(struct verification *verification, const struct gd_saved *saved)
{
    static const char name[] = "run.h5.journal";
    char text[GD_SAVED_TEXT];
    if (gd_saved_is_damaged(saved, text, sizeof text))
        print_damaged(verification, name, text);
    else if (saved->journal)
        print_intact(name, saved->end == GD_JOURNAL_CUT ? "its last checkpoint was not finished" : "");
}

/* Whether the summary is of a run that has not ended: then its last files are still written, also when run.h5 is. */
static bool is_running(const struct verification *verification)
{
    cJSON *summary = gd_summary_read(verification->directory);
    const char *ending = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(summary, "status"));
    const bool running = ending && strcmp(ending, "running") == 0;
    cJSON_Delete(summary);
    return running;
}

/* Loads the slots from run.h5, which is open. */
static enum gd_status load_run(struct verification *verification, struct gd_error *error)
{
    char *ending = NULL;
    enum gd_status status = GD_OK;
    if (!gd_h5_has_attribute(verification->file, ".", GD_H5_DIGEST))
        status = gd_fail(error, GD_BAD_INPUT, "no checksum");
    if (!status)
        status = gd_h5_load_text_attribute(verification->file, GROUP, "status", &ending, error);
    if (!status)
        status = gd_state_load(verification->state, verification->file, error);
    if (!status) {
        verification->finished = strcmp(ending, "finished") == 0 && !is_running(verification);
        print_intact("run.h5", ending);
    }
    free(ending);
    return status;
}

/* Opens run.h5 and loads its slots; a fault when it cannot be. */
static enum gd_status open_run(struct verification *verification)
{
    struct gd_error why = {0};
    struct gd_saved saved = {0};
    verification->state = gd_state_new(verification->registry);
    enum gd_status status =
        verification->state ? gd_saved_open(verification->directory, &saved, &why) : gd_no_memory(&why, "the state");
    verification->file = saved.file;
    if (!status)
        status = load_run(verification, &why);
    if (status == GD_BAD_INPUT)
        print_damaged(verification, "run.h5", why.text);
    else if (status)
        gd_fail(verification->error, status, "%s", why.text);
    else
        verify_journal(verification, &saved);
    return status;
}

/* A run without run.h5, which it may have had. */
static enum gd_status verify_begun(struct verification *verification)
{
    char *path, *text = NULL, what[80];
    struct gd_error unreadable = {0};
    if (gd_saved_is_lost(verification->directory)) {
        print_damaged(verification, "run.h5", "missing");
        return GD_OK;
    }
    enum gd_status status = join(verification, "metrics.jsonl", &path);
    if (status)
        return status;
    const size_t lines = gd_file_read(path, &text, NULL, &unreadable) == GD_OK ? gd_text_lines(text) : 0;
    snprintf(what, sizeof what, "%zu %s finished, and will run again", lines, lines == 1 ? "step has" : "steps have");
    print_result("run.h5", "not yet written: ", lines > 0 ? what : "no step has finished", "");
    free(text);
    free(path);
    return GD_OK;
}

static enum gd_status verify_all(struct verification *verification)
{
    enum gd_status status = open_run(verification);
    if (status == GD_BAD_INPUT) /* reported, and nothing to compare with */
        return GD_OK;
    if (!status)
        status = verify_text(verification, "pipeline.yaml", GROUP "/pipeline", same_pipeline);
    if (!status)
        status = verify_text(verification, "pipeline.lua", GROUP "/script", same_script);
    if (!status)
        status = verify_metrics(verification);
    if (!status)
        status = verify_outputs(verification);
    return status ? status : verify_summary(verification);
}

/* A folder with neither of the files that a run begins with is none. */
static enum gd_status find_run(const struct verification *verification, bool *begun)
{
    char *pipeline = NULL, *checkpoint = NULL;
    enum gd_status status = join(verification, "pipeline.yaml", &pipeline);
    if (!status)
        status = join(verification, "run.h5", &checkpoint);
    if (!status) {
        *begun = access(checkpoint, F_OK) == 0;
        if (!*begun && (access(pipeline, F_OK) != 0 || gd_directory_is_inner(verification->directory)))
            status = gd_directory_without_state(verification->directory, verification->error);
    }
    free(pipeline);
    free(checkpoint);
    return status;
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    bool begun = false;
    struct verification verification = {.directory = values->run, .error = error};
    enum gd_status status = find_run(&verification, &begun);
    struct gd_registry *registry = status ? NULL : gd_registry_full(&values->plugins, false, error);
    verification.registry = registry;
    if (!status && !registry)
        status = error->status;
    if (!status)
        status = begun ? verify_all(&verification) : verify_begun(&verification);
    if (!status && verification.faults > 0)
        status = gd_fail(error, GD_FAILED, "%s: %d %s damaged", values->run, verification.faults,
                         verification.faults == 1 ? "file is" : "files are");
    gd_h5_close(verification.file);
    gd_state_free(verification.state);
    gd_registry_free(registry);
    return status == GD_BAD_INPUT && begun ? GD_FAILED : status;
}

const struct gd_command gd_command_verify = {
    .name = "verify",
    .summary = "check the files of a run for damage",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
