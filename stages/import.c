#include "stages/import.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "atoms/arrange.h"
#include "atoms/structure_file.h"
#include "engine/run/inherit.h"

static enum gd_status add(const char *path, size_t k, const struct gd_structure *structure,
                          const struct gd_system *system, struct gd_set *set, struct gd_error *error)
{
    struct gd_error why = {0};
    enum gd_status status = gd_system_arrange(system, structure, set, &why);
    return status ? gd_fail(error, status, "%s: structure %zu: %s", path, k + 1, why.text) : GD_OK;
}

static enum gd_status import_file(const char *path, const struct gd_system *system, struct gd_set *set,
                                  struct gd_error *error)
{
    struct gd_frames frames = {0};
    enum gd_status status = gd_frames_read(path, &frames, error);
    for (size_t k = 0; k < frames.count && !status; k++)
        status = add(path, k, &frames.items[k].structure, system, set, error);
    gd_frames_clear(&frames);
    return status;
}

static void warn(void *context, const char *text)
{
    gd_message(context, GD_WARNING, "%s", text);
}

static enum gd_status import_run(const char *path, const struct gd_import *import, struct gd_set *set, char **pipeline,
                                 struct gd_error *error)
{
    struct gd_inheritance run = {0};
    enum gd_status status = gd_inheritance_read(&run, path, import->registry, error);
    if (!status && import->context)
        status = gd_inheritance_warn(&run, warn, import->context, error);
    const struct gd_set *archive = status ? NULL : gd_state_get(run.state, "archive");
    if (!status && (!archive || !archive->count))
        status = gd_fail(error, GD_BAD_INPUT, "%s: the run has no structures in its archive%s", path,
                         run.within ? ": it stands within a pipeline that is one of its steps" : "");
    for (size_t k = 0; !status && k < archive->count; k++) {
        const struct gd_structure structure = gd_set_view(archive, k);
        status = add(path, k, &structure, import->system, set, error);
    }
    if (!status) {
        *pipeline = run.text;
        run.text = NULL;
    }
    gd_inheritance_clear(&run);
    return status;
}

enum gd_status gd_import_structures(const char *path, const struct gd_import *import, struct gd_set *set,
                                    char **pipeline, struct gd_error *error)
{
    struct stat about;
    *pipeline = NULL;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return import_run(path, import, set, pipeline, error);
    return import_file(path, import->system, set, error);
}

enum gd_status gd_import_check(const char *const *paths, const struct gd_system *system, const struct gd_state *state,
                               struct gd_error *error)
{
    const struct gd_import import = {system, gd_state_registry(state), NULL};
    struct gd_set *set = gd_set_new(&system->structure, system->fixed, error);
    enum gd_status status = set ? GD_OK : error->status;
    for (; *paths && !status; paths++) {
        char *pipeline;
        status = gd_import_structures(*paths, &import, set, &pipeline, error);
        free(pipeline);
    }
    gd_set_free(set);
    return status;
}
