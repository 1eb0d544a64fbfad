#include "cli/origin.h"

#include <stdlib.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/h5.h"
#include "engine/base/memory.h"
#include "engine/run/checkpoint.h"

enum gd_status gd_origin_read(struct gd_origin *origin, const char *from, const struct gd_registry *registry,
                              struct gd_error *error)
{
    enum gd_status status = gd_inheritance_read(&origin->inheritance, from, registry, error);
    origin->from = origin->inheritance.directory;
    origin->given = origin->inheritance.slots;
    return status;
}

/* A NULL-ended list of what was recorded. */
static enum gd_status list_given(struct gd_origin *origin, struct gd_error *error)
{
    const char **given = gd_array(origin->recorded_count + 1, sizeof *given);
    if (!given)
        return gd_no_memory(error, "the slots of a run");
    for (size_t k = 0; k < origin->recorded_count; k++)
        given[k] = origin->recorded_given[k];
    origin->from = origin->recorded;
    origin->given = given;
    return GD_OK;
}

enum gd_status gd_origin_recall(struct gd_origin *origin, const char *directory, struct gd_error *error)
{
    struct gd_error unreadable = {0}; /* the run itself says why */
    char *path = gd_file_join(directory, "run.h5");
    enum gd_status status = path ? GD_OK : GD_NO_MEMORY;
    const bool there = path && access(path, F_OK) == 0;
    if (there)
        status = gd_checkpoint_origin(path, &origin->recorded, &origin->recorded_given, &origin->recorded_count,
                                      &unreadable);
    free(path);
    if (status == GD_NO_MEMORY)
        return gd_no_memory(error, directory);
    if (!there)
        return gd_saved_check(directory, error);
    return !status && origin->recorded ? list_given(origin, error) : GD_OK;
}

void gd_origin_clear(struct gd_origin *origin)
{
    if (origin->given != origin->inheritance.slots)
        free(origin->given);
    gd_h5_free_strings(origin->recorded_given, origin->recorded_count);
    free(origin->recorded);
    gd_inheritance_clear(&origin->inheritance);
    *origin = (struct gd_origin){0};
}
