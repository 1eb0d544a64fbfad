#include "engine/run/history.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/files.h"
#include "engine/base/host.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

static char *path_in(const char *directory)
{
    return gd_file_join(directory, "history.jsonl");
}

static bool add_extends(cJSON *line, const char *const *extends)
{
    cJSON *list = extends && *extends ? cJSON_AddArrayToObject(line, "extend") : NULL;
    bool added = list || !extends || !*extends;
    for (size_t k = 0; list && extends[k] && added; k++) {
        cJSON *item = cJSON_CreateString(extends[k]);
        added = item && cJSON_AddItemToArray(list, item);
    }
    return added;
}

static char *make_line(const struct gd_history_entry *start)
{
    char date[GD_DATE_SIZE], host[GD_HOST_SIZE];
    cJSON *line = cJSON_CreateObject();
    const bool complete = line && cJSON_AddStringToObject(line, "date", gd_date(date)) &&
                          cJSON_AddStringToObject(line, "host", gd_host_name(host)) &&
                          cJSON_AddStringToObject(line, "version", start->version) &&
                          cJSON_AddNumberToObject(line, "steps", (double)start->steps) &&
                          cJSON_AddStringToObject(line, "command", start->command) &&
                          (!start->from || (cJSON_AddStringToObject(line, "from", start->from) &&
                                            cJSON_AddNumberToObject(line, "inherited", (double)start->inherited))) &&
                          add_extends(line, start->extends) &&
                          (!start->former || cJSON_AddStringToObject(line, "former", start->former));
    char *text = complete ? gd_json_write(line, false) : NULL;
    cJSON_Delete(line);
    return text;
}

enum gd_status gd_history_add(const char *directory, const struct gd_history_entry *start, struct gd_error *error)
{
    char *path = path_in(directory), *line = make_line(start);
    enum gd_status status = path && line ? GD_OK : gd_no_memory(error, "history.jsonl");
    int file = status ? -1 : open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (!status && file < 0)
        status = gd_fail(error, GD_FAILED, "cannot write %s: %s", path, strerror(errno));
    if (!status)
        status = gd_file_append(file, path, line, error);
    if (!status && fsync(file) != 0)
        status = gd_fail(error, GD_FAILED, "cannot write %s: %s", path, strerror(errno));
    if (file >= 0)
        close(file);
    free(line);
    free(path);
    return status;
}

/* *text: new; NULL where there is none. */
static enum gd_status read_text(const char *directory, char **text, struct gd_error *error)
{
    char *path = path_in(directory);
    *text = NULL;
    enum gd_status status = path ? GD_OK : gd_no_memory(error, "history.jsonl");
    if (!status && access(path, F_OK) == 0)
        status = gd_file_read(path, text, NULL, error);
    free(path);
    return status;
}

/* What is read of the lines: a NULL-ended list. */
struct taken {
    char **list;
    size_t count, capacity;
    size_t last;  /* of extends: how many of them came last together */
    bool lacking; /* of formers: a change has none */
};

/* Adds the text of an item; false when out of memory. */
static bool take(struct taken *taken, const cJSON *item)
{
    if (!cJSON_IsString(item))
        return true;
    if (!gd_grow(&taken->list, &taken->capacity, taken->count + 2, sizeof *taken->list))
        return false;
    char *text = taken->list[taken->count] = gd_string(item->valuestring);
    taken->count += text != NULL;
    taken->list[taken->count] = NULL;
    return text != NULL;
}

static bool take_extends(struct taken *extends, const cJSON *line)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(line, "extend"), *item;
    const size_t before = extends->count;
    bool fine = true;
    cJSON_ArrayForEach(item, list)
    {
        fine = fine && take(extends, item);
    }
    if (extends->count > before)
        extends->last = extends->count - before;
    return fine;
}

static bool take_former(struct taken *formers, const cJSON *line)
{
    const cJSON *former = cJSON_GetObjectItemCaseSensitive(line, "former");
    formers->lacking |= cJSON_GetObjectItemCaseSensitive(line, "extend") && !cJSON_IsString(former);
    return take(formers, former);
}

/* Gives `read` every line; one that was cut is none. */
static enum gd_status read_lines(const char *directory, bool (*read)(struct taken *, const cJSON *),
                                 struct taken *taken, struct gd_error *error)
{
    char *text;
    *taken = (struct taken){0};
    enum gd_status status = read_text(directory, &text, error);
    bool complete = gd_grow(&taken->list, &taken->capacity, 1, sizeof *taken->list);
    if (complete)
        taken->list[0] = NULL;
    for (const char *line = text; line && *line && complete;) {
        const size_t length = strcspn(line, "\n");
        cJSON *json = cJSON_ParseWithLength(line, length);
        complete = read(taken, json);
        cJSON_Delete(json);
        line += length + (line[length] == '\n');
    }
    free(text);
    return complete ? status : gd_no_memory(error, "history.jsonl");
}

enum gd_status gd_history_read(const char *directory, char ***extends, size_t *last, struct gd_error *error)
{
    struct taken taken;
    enum gd_status status = read_lines(directory, take_extends, &taken, error);
    *extends = taken.list;
    *last = taken.last;
    return status;
}

enum gd_status gd_history_formers(const char *directory, char ***formers, struct gd_error *error)
{
    struct taken taken;
    enum gd_status status = read_lines(directory, take_former, &taken, error);
    *formers = taken.list;
    for (size_t k = 0; taken.lacking && k < taken.count; k++) {
        free(taken.list[k]);
        taken.list[k] = NULL;
    }
    return status;
}

enum gd_status gd_history_inherited(const char *directory, int64_t *evaluations, struct gd_error *error)
{
    char *text;
    enum gd_status status = read_text(directory, &text, error);
    cJSON *line = text ? cJSON_ParseWithLength(text, strcspn(text, "\n")) : NULL;
    const double number = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(line, "inherited"));
    *evaluations = number > 0 && number < 0x1p53 ? (int64_t)number : 0;
    cJSON_Delete(line);
    free(text);
    return status;
}

void gd_history_free(char **list)
{
    for (size_t k = 0; list && list[k]; k++)
        free(list[k]);
    free(list);
}
