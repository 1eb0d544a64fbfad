#include "engine/run/moved.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"
#include "engine/run/inputs.h"

/* The "inputs" of a run's summary; NULL: there are none, or no memory. */
static cJSON *read_inputs(const char *directory, struct gd_error *error)
{
    char *path = gd_file_join(directory, "summary.json"), *text = NULL;
    cJSON *summary = NULL;
    struct gd_error why = {0};
    size_t length = 0;
    enum gd_status status = path ? gd_file_read(path, &text, &length, &why) : GD_NO_MEMORY;
    if (!status)
        status = gd_json_read(text, length, &summary);
    if (status == GD_NO_MEMORY)
        gd_no_memory(error, directory);
    cJSON *inputs = summary ? cJSON_DetachItemFromObjectCaseSensitive(summary, "inputs") : NULL;
    cJSON_Delete(summary);
    free(text);
    free(path);
    return inputs;
}

/* Whether what is at a path now was an input. */
static bool was_input(const cJSON *inputs, const char *path)
{
    char digest[GD_DIGEST_SIZE];
    const cJSON *input;
    double bytes;
    bool found = false;
    if (gd_input_digest(path, digest, &bytes) == GD_OK)
        cJSON_ArrayForEach(input, inputs)
        {
            const char *had = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(input, "sha256"));
            found = found || (had && !strcmp(had, digest));
        }
    return found;
}

/* Whether an absolute path can begin here. */
static bool begins(const char *text, const char *start)
{
    return *text == '/' && text > start && strchr(" \"[", text[-1]);
}

/* The length of the path that begins here; a function of a file, as in calc.py:make, is not of it. */
static size_t path_length(const char *text, const char *start)
{
    const size_t length = strcspn(text, text > start && text[-1] == '"' ? "\"\n" : ",]}\n");
    const char *script = strstr(text, ".py:");
    return script && script < text + length ? (size_t)(script + 3 - text) : length;
}

/* Where the path begins that a text is in; NULL: it is in none. */
static const char *path_around(const char *text, const char *start)
{
    for (const char *at = text;; at--) {
        if (begins(at, start))
            return at + path_length(at, start) >= text ? at : NULL;
        if (at == start || *at == '\n')
            return NULL;
    }
}

/* How far it is from a difference to what may be the same again. */
static size_t end_of_value(const char *text)
{
    const size_t length = strcspn(text, ",}\n");
    return length + (text[length] != '\0');
}

/* Goes through both texts from a difference to the next. */
static char *adapt(const char *text, const char *wanted, const cJSON *inputs)
{
    struct gd_text result = {0};
    const char *old = text, *new = wanted;
    while (*old) {
        size_t same = 0;
        while (old[same] && old[same] == new[same])
            same++;
        const char *old_path = path_around(old + same, text), *new_path = path_around(new + same, wanted);
        const bool paths = old_path && new_path && old_path >= old && new_path >= new;
        char *path = gd_format("%.*s", paths ? (int)path_length(new_path, wanted) : 0, paths ? new_path : "");
        if (path && paths && was_input(inputs, path)) {
            gd_text_add(&result, old, (size_t)(old_path - old));
            gd_text_add(&result, path, strlen(path));
            old = old_path + path_length(old_path, text);
            new = new_path + strlen(path);
        } else {
            const size_t end = end_of_value(old + same);
            gd_text_add(&result, old, same + end);
            old += same + end;
            new += same + end_of_value(new + same);
        }
        result.failed = result.failed || !path;
        free(path);
    }
    return gd_text_take(&result);
}

enum gd_status gd_moved_adapt(char **text, const char *wanted, const char *directory, struct gd_error *error)
{
    struct gd_error failure = {0};
    if (!strcmp(*text, wanted))
        return GD_OK;
    cJSON *inputs = read_inputs(directory, &failure);
    char *adapted = inputs ? adapt(*text, wanted, inputs) : NULL;
    const bool failed = failure.status == GD_NO_MEMORY || (inputs && !adapted);
    cJSON_Delete(inputs);
    if (failed)
        return gd_no_memory(error, directory);
    if (adapted) {
        free(*text);
        *text = adapted;
    }
    return GD_OK;
}
