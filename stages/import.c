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

static enum gd_status import_run(const char *path, const struct gd_system *system, const struct gd_registry *registry,
                                 struct gd_set *set, char **pipeline, struct gd_error *error)
{
    struct gd_inheritance run = {0};
    enum gd_status status = gd_inheritance_read(&run, path, registry, error);
    const struct gd_set *archive = status ? NULL : gd_state_get(run.state, "archive");
    if (!status && (!archive || !archive->count))
        status = gd_fail(error, GD_BAD_INPUT, "%s: the run has no structures in its archive", path);
    for (size_t k = 0; !status && k < archive->count; k++) {
        const struct gd_structure structure = gd_set_view(archive, k);
        status = add(path, k, &structure, system, set, error);
    }
    if (!status) {
        *pipeline = run.text;
        run.text = NULL;
    }
    gd_inheritance_clear(&run);
    return status;
}

enum gd_status gd_import_structures(const char *path, const struct gd_system *system,
                                    const struct gd_registry *registry, struct gd_set *set, char **pipeline,
                                    struct gd_error *error)
{
    struct stat about;
    *pipeline = NULL;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return import_run(path, system, registry, set, pipeline, error);
    return import_file(path, system, set, error);
}

enum gd_status gd_import_check(const char *const *paths, const struct gd_system *system, const struct gd_state *state,
                               struct gd_error *error)
{
    struct gd_set *set = gd_set_new(&system->structure, system->fixed, error);
    enum gd_status status = set ? GD_OK : error->status;
    for (; *paths && !status; paths++) {
        char *pipeline;
        status = gd_import_structures(*paths, system, gd_state_registry(state), set, &pipeline, error);
        free(pipeline);
    }
    gd_set_free(set);
    return status;
}
