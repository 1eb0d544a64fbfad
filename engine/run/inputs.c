#include "engine/run/inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/language/pipeline_files.h"

static bool is_known(const struct gd_inputs *inputs, const char *path)
{
    for (size_t k = 0; k < inputs->count; k++)
        if (!strcmp(inputs->list[k].path, path))
            return true;
    return false;
}

/* What stands for a path, a new string: for the folder of a run its state, for another one, such as that of a pipeline
 * within a run, its model. NULL when out of memory. */
static char *find_state(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode))
        return gd_string(path);
    char *state = gd_file_join(path, "run.h5"), *model = gd_file_join(path, "model.h5");
    const bool has_model = state && model && access(state, F_OK) != 0 && access(model, F_OK) == 0;
    free(has_model ? state : model);
    return has_model ? model : state;
}

enum gd_status gd_input_digest(const char *path, char digest[GD_DIGEST_SIZE], double *bytes)
{
    char *state = find_state(path);
    char *journal = state ? gd_format("%s.journal", state) : NULL;
    enum gd_status status = journal ? gd_file_digest(state, journal, digest, bytes, NULL) : GD_NO_MEMORY;
    free(journal);
    free(state);
    return status;
}

/* A file once, whatever names it. */
static bool add(void *context, const char *use, const char *path)
{
    struct gd_inputs *inputs = context;
    char *absolute = realpath(path, NULL);
    const char *known = absolute ? absolute : path;
    bool fine = true;
    if (!is_known(inputs, known)) {
        fine = gd_grow(&inputs->list, &inputs->capacity, inputs->count + 1, sizeof *inputs->list);
        struct gd_input new = {.use = gd_arena_string(&inputs->arena, use, strlen(use)),
                               .path = gd_arena_string(&inputs->arena, known, strlen(known))};
        fine = fine && new.use &&new.path;
        if (fine && gd_input_digest(known, new.digest, &new.bytes) != GD_OK)
            *new.digest = '\0';
        if (fine)
            inputs->list[inputs->count++] = new;
    }
    free(absolute);
    return fine;
}

enum gd_status gd_inputs_find(struct gd_inputs *inputs, const struct gd_pipeline *pipeline, const char *from,
                              struct gd_error *error)
{
    char *state = from ? gd_file_join(from, "run.h5") : NULL;
    const bool fine =
        gd_pipeline_visit_files(pipeline, add, inputs) && (!from || (state && add(inputs, "from", state)));
    free(state);
    return fine ? GD_OK : gd_no_memory(error, "the files of the pipeline");
}

void gd_inputs_clear(struct gd_inputs *inputs)
{
    free(inputs->list);
    gd_arena_clear(&inputs->arena);
    *inputs = (struct gd_inputs){0};
}

bool gd_inputs_add(const struct gd_inputs *inputs, cJSON *object)
{
    cJSON *list = cJSON_AddArrayToObject(object, "inputs");
    bool added = list != NULL;
    for (size_t k = 0; k < inputs->count && added; k++) {
        const struct gd_input *input = &inputs->list[k];
        cJSON *entry = cJSON_CreateObject();
        added = cJSON_AddItemToArray(list, entry) && cJSON_AddStringToObject(entry, "use", input->use) &&
                cJSON_AddStringToObject(entry, "path", input->path) &&
                (*input->digest ? cJSON_AddStringToObject(entry, "sha256", input->digest) &&
                                      cJSON_AddNumberToObject(entry, "bytes", input->bytes)
                                : cJSON_AddNullToObject(entry, "sha256") != NULL);
    }
    return added;
}
