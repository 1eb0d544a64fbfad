#include "model/nonfinite.h"

#include <stdlib.h>

#include "atoms/elements.h"
#include "atoms/extxyz.h"
#include "engine/base/files.h"

/* GD_OK when there is no directory to write to. */
static enum gd_status write_structure(const char *directory, const struct gd_system *system, const double *positions,
                                      struct gd_error *error)
{
    if (!directory)
        return GD_OK;
    struct gd_set set = {0};
    char *path = gd_file_join(directory, "nonfinite.extxyz");
    enum gd_status status =
        path ? gd_set_init(&set, &system->structure, system->fixed, error) : gd_no_memory(error, "a path");
    if (!status)
        status = gd_set_push(&set, positions, error);
    if (!status)
        status = gd_extxyz_write_set(path, &set, error);
    gd_set_clear(&set);
    free(path);
    return status;
}

enum gd_status gd_nonfinite_fail(const char *step, const char *directory, const struct gd_system *system,
                                 const double *positions, const struct gd_nonfinite *where, struct gd_error *error)
{
    struct gd_error writing = {0};
    bool written = write_structure(directory, system, positions, &writing) == GD_OK && directory;
    return gd_fail(error, GD_FAILED,
                   "%s: step %lld, time %.6g: the %s of atom %zu (%s) of structure %zu is not finite%s%s", step,
                   (long long)where->step, where->time, where->what, where->atom + 1,
                   gd_element_symbol(system->structure.species[where->atom]), where->structure + 1,
                   written         ? "; the structure is in nonfinite.extxyz"
                   : *writing.text ? "; "
                                   : "",
                   writing.text);
}
