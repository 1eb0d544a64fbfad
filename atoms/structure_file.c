/* Files of structures, in the format that follows from their content, or else from their name. */
#include "atoms/structure_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "atoms/foreign.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"

static bool ends_in(const char *name, const char *ending)
{
    const char *dot = strrchr(name, '.');
    return dot && strcasecmp(dot, ending) == 0;
}

bool gd_xyz_name(const char *name)
{
    return ends_in(name, ".xyz") || ends_in(name, ".extxyz");
}

/* As ASE and pymatgen go by *POSCAR* and *CONTCAR*, but in any case; a name that ends as extended XYZ does is that. */
bool gd_poscar_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return !gd_xyz_name(name) && (ends_in(name, ".vasp") || strcasestr(name, "poscar") || strcasestr(name, "contcar"));
}

/* How many numbers a line begins with, up to `most`; *more: something follows them. */
static int count_numbers(const char *line, int most, bool *more)
{
    static const char blanks[] = " \t\r\v\f";
    int count = 0;
    double number;
    char word[64];
    for (;;) {
        line += strspn(line, blanks);
        const size_t length = strcspn(line, " \t\r\v\f\n");
        *more = length > 0;
        if (!length || length >= sizeof word || count == most)
            return count;
        snprintf(word, sizeof word, "%.*s", (int)length, line);
        if (!gd_parse_float(word, &number))
            return count;
        count++;
        line += length;
    }
}

/* After a title a scale and three lattice vectors. */
static bool looks_like_poscar(const char *text)
{
    bool more;
    for (int k = 0; k < 4; k++) {
        text = strchr(text, '\n');
        if (!text || count_numbers(++text, 3, &more) < (k ? 3 : 1))
            return false;
    }
    return true;
}

/* A number of atoms alone in the first line. */
static bool looks_like_xyz(const char *text)
{
    bool more;
    return count_numbers(text, 2, &more) == 1 && !more;
}

static bool is_poscar(const char *path, const char *text)
{
    const bool poscar = looks_like_poscar(text), xyz = looks_like_xyz(text);
    if (poscar && xyz)
        return !gd_xyz_name(path);
    return poscar || (!xyz && gd_poscar_name(path));
}

static enum gd_status parse_poscar(const char *name, const char *text, size_t length, struct gd_frames *frames,
                                   struct gd_error *error)
{
    *frames = (struct gd_frames){0};
    if (!gd_grow(&frames->items, &frames->capacity, 1, sizeof *frames->items))
        return gd_no_memory(error, "structures");
    frames->items[frames->count++] = (struct gd_frame){0};
    enum gd_status status = gd_poscar_parse(name, text, length, &frames->items[0], error);
    if (status)
        gd_frames_clear(frames);
    return status;
}

enum gd_status gd_frames_parse(const char *name, const char *text, size_t length, struct gd_frames *frames,
                               struct gd_error *error)
{
    return is_poscar(name, text) ? parse_poscar(name, text, length, frames, error)
                                 : gd_extxyz_parse(name, text, length, frames, error);
}

enum gd_status gd_frames_read(const char *path, struct gd_frames *frames, struct gd_error *error)
{
    char *text = NULL, *lost = NULL;
    size_t length = 0;
    *frames = (struct gd_frames){0};
    enum gd_status status = gd_file_read(path, &text, &length, error);
    if (!status && gd_foreign_name(path) && !looks_like_poscar(text) && !looks_like_xyz(text)) {
        free(text);
        status = gd_foreign_read(path, NULL, &text, &length, &lost, error);
    }
    if (!status)
        status = gd_frames_parse(path, text, length, frames, error);
    if (status)
        free(lost);
    else
        frames->lost = lost;
    free(text);
    return status;
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
