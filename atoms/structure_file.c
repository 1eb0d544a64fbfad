/* Files of structures, in the format that follows from their name. */
#include "atoms/structure_file.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "engine/base/memory.h"

static bool ends_in(const char *name, const char *ending)
{
    const char *dot = strrchr(name, '.');
    return dot && strcasecmp(dot, ending) == 0;
}

/* As ASE and pymatgen go by *POSCAR* and *CONTCAR*, but in any case; a name that ends as extended XYZ does is that. */
static bool is_poscar(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (ends_in(name, ".xyz") || ends_in(name, ".extxyz"))
        return false;
    return ends_in(name, ".vasp") || strcasestr(name, "poscar") || strcasestr(name, "contcar");
}

static enum gd_status read_one_poscar(const char *path, struct gd_frames *frames, struct gd_error *error)
{
    *frames = (struct gd_frames){0};
    if (!gd_grow(&frames->items, &frames->capacity, 1, sizeof *frames->items))
        return gd_no_memory(error, "structures");
    frames->items[frames->count++] = (struct gd_frame){0};
    enum gd_status status = gd_poscar_read(path, &frames->items[0], error);
    if (status)
        gd_frames_clear(frames);
    return status;
}

enum gd_status gd_frames_read(const char *path, struct gd_frames *frames, struct gd_error *error)
{
    return is_poscar(path) ? read_one_poscar(path, frames, error) : gd_extxyz_read(path, frames, error);
}

enum gd_status gd_frame_read(const char *path, int64_t number, struct gd_frames *frames, struct gd_frame **frame,
                             struct gd_error *error)
{
    enum gd_status status = gd_frames_read(path, frames, error);
    *frame = NULL;
    if (status)
        return status;
    const int64_t count = (int64_t)frames->count, index = number < 0 ? number + count : number;
    if (index >= 0 && index < count) {
        *frame = &frames->items[index];
        return GD_OK;
    }
    gd_frames_clear(frames);
    return gd_error_set_key(gd_fail(error, GD_BAD_INPUT, "%s: no frame %" PRId64 ": it has %" PRId64 ", 0 to %" PRId64,
                                    path, number, count, count - 1),
                            error, "frame");
}

enum gd_status gd_structure_read(const char *path, int64_t frame, struct gd_structure *structure, size_t *frames_there,
                                 struct gd_error *error)
{
    struct gd_frames frames;
    struct gd_frame *found;
    *structure = (struct gd_structure){.energy = NAN};
    enum gd_status status = gd_frame_read(path, frame, &frames, &found, error);
    if (status)
        return status;
    *structure = found->structure;
    found->structure = (struct gd_structure){0};
    if (frames_there)
        *frames_there = frames.count;
    gd_frames_clear(&frames);
    return GD_OK;
}

void gd_frame_check(struct gd_check *check, const char *key, const char *path, int64_t frame)
{
    struct gd_structure structure;
    struct gd_error error = {0};
    size_t count = 0;
    if (frame == -1 && gd_structure_read(path, frame, &structure, &count, &error) == GD_OK) {
        gd_structure_clear(&structure);
        if (count > 1)
            gd_check_warning(check, key, "%s has %zu frames; the last, frame %zu, is used; `frame` selects another",
                             path, count, count - 1);
    }
}
