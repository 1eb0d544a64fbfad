#include "unit/engine/nested.h"

#include <dirent.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/h5_journal.h"
#include "unit/engine/results.h"

const char nested_text[] = "godiff: 1\n"
                           "name: nested\n"
                           "seed: 7\n"
                           "steps:\n"
                           "  - note: {}\n"
                           "    id: a\n"
                           "  - loop:\n"
                           "      times: 2\n"
                           "      steps:\n"
                           "        - {note: {}, id: b}\n"
                           "        - loop: {times: 3, steps: [{note: {}, id: c}]}\n"
                           "  - loop:\n"
                           "      times: 100\n"
                           "      until: {words: {count: 11}}\n"
                           "      steps: [{note: {patient: true}, id: d}]\n"
                           "  - {note: {}, id: e}\n";

enum gd_status nested_attempt(const char *directory, bool resume)
{
    return toy_attempt(nested_text, directory, (struct gd_run_options){.resume = resume, .threads = 1});
}

enum gd_status nested_run(const char *directory, bool resume)
{
    return toy_run(nested_text, directory, (struct gd_run_options){.resume = resume, .threads = 1});
}

cJSON *nested_metrics(const char *directory)
{
    char *text = results_content(&toy.scratch, directory, "metrics.jsonl", NULL), *rest = NULL;
    cJSON *lines = cJSON_CreateArray();
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        cJSON *object = cJSON_Parse(line), *seconds = cJSON_DetachItemFromObject(object, "seconds");
        ck_assert(cJSON_IsNumber(seconds) && seconds->valuedouble >= 0);
        cJSON_Delete(seconds);
        cJSON_AddItemToArray(lines, object);
    }
    free(text);
    return lines;
}

cJSON *nested_summary(const char *directory)
{
    char *text = results_content(&toy.scratch, directory, "summary.json", NULL);
    cJSON *object = cJSON_Parse(text);
    ck_assert_ptr_nonnull(object);
    free(text);
    return object;
}

void nested_check_status(const char *directory, const char *expected, const char *message)
{
    cJSON *object = nested_summary(directory);
    const char *found = cJSON_GetStringValue(cJSON_GetObjectItem(object, "message"));
    ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(object, "status")), expected);
    ck_assert_msg(message ? found && strstr(found, message) : !found, "%s", found ? found : "no message");
    cJSON_Delete(object);
}

void nested_check_same(const char *one, const char *other)
{
    results_check_equal(&toy.scratch, one, other, "run.h5");
    results_check_equal(&toy.scratch, one, other, "trace.txt");
    results_check_equal(&toy.scratch, one, other, "pipeline.yaml");
    cJSON *lines = nested_metrics(one), *other_lines = nested_metrics(other);
    ck_assert_int_eq(cJSON_GetArraySize(lines), NESTED_STEPS);
    ck_assert(cJSON_Compare(lines, other_lines, true));
    cJSON_Delete(lines);
    cJSON_Delete(other_lines);
    nested_check_status(other, "finished", NULL);
}

bool nested_leftover(const char *directory)
{
    char path[512];
    bool found = false;
    DIR *folder = opendir(scratch_name(&toy.scratch, directory, path));
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        found |= strstr(entry->d_name, ".tmp") != NULL;
    if (folder)
        closedir(folder);
    return found;
}

void nested_check_no_leftovers(const char *directory)
{
    ck_assert_msg(!nested_leftover(directory), "something is left in %s", directory);
}

int64_t nested_steps_saved(const char *directory)
{
    char path[512], whole[1024];
    int64_t done = -1;
    struct gd_h5 *file;
    snprintf(whole, sizeof whole, "%s/run.h5", scratch_name(&toy.scratch, directory, path));
    if (!gd_h5_journal_open(whole, &file, NULL, NULL) &&
        gd_h5_read_attribute(file, "parameters/run", "done", GD_H5_INT64, 0, &done, NULL))
        done = -1;
    gd_h5_close(file);
    return done;
}

void nested_check_saved(const char *directory, int64_t done)
{
    ck_assert_int_eq(nested_steps_saved(directory), done);
}

static void listen(void *self, const struct gd_event *event)
{
    struct nested_heard *heard = self;
    switch (event->kind) {
    case GD_EVENT_STEP_START:
        ck_assert_double_eq(event->done, heard->starts);
        ck_assert_double_eq(event->total, 1 + 2 * (1 + 3) + 100 + 1);
        if (heard->meddle && heard->starts == heard->meddle_at)
            heard->meddle();
        if (heard->starts++ == heard->interrupt_at)
            heard->interrupts = heard->times;
        break;
    case GD_EVENT_PROGRESS:
        heard->progress++;
        ck_assert_double_eq(event->total, 2);
        ck_assert_ptr_nonnull(strstr(event->text, event->step));
        break;
    case GD_EVENT_FIGURE:
        heard->figures++;
        break;
    case GD_EVENT_MESSAGE:
        heard->messages++;
        snprintf(heard->last, sizeof heard->last, "%s", event->text);
        break;
    case GD_EVENT_RUN_END:
        break;
    case GD_EVENT_STEP_END:
        ck_assert_int_eq(heard->starts, ++heard->ends);
        ck_assert_double_eq(event->done, heard->ends);
        ck_assert_double_ge(event->seconds, 0);
        break;
    }
}

enum gd_status nested_run_heard(const char *directory, bool resume, struct nested_heard *heard)
{
    struct gd_sink sink = {listen, heard};
    return toy_run(
        nested_text, directory,
        (struct gd_run_options){
            .resume = resume, .threads = 1, .sinks = &sink, .sink_count = 1, .interrupted = &heard->interrupts});
}

void nested_put_file(const char *directory, const char *name)
{
    char path[512], whole[1024];
    snprintf(whole, sizeof whole, "%s/%s", scratch_name(&toy.scratch, directory, path), name);
    OK(gd_directory_make(path, &toy.error));
    OK(gd_file_write(whole, "mine", 4, &toy.error));
}
