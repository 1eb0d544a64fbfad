/* Frames of files: their memory, and which of their atoms may move. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "atoms/extxyz.h"

void gd_frame_clear(struct gd_frame *frame)
{
    gd_structure_clear(&frame->structure);
    for (size_t k = 0; k < frame->column_count; k++)
        free(frame->columns[k].cells);
    free(frame->columns);
    free(frame->info);
    *frame = (struct gd_frame){.structure = frame->structure};
}

void gd_frames_clear(struct gd_frames *frames)
{
    if (!frames)
        return;
    for (size_t k = 0; k < frames->count; k++)
        gd_frame_clear(&frames->items[k]);
    free(frames->items);
    free(frames->text);
    free(frames->lost);
    *frames = (struct gd_frames){0};
}

static const struct gd_extra_column *find_mask(const struct gd_frame *frame)
{
    for (size_t k = 0; k < frame->column_count; k++)
        if (!strcasecmp(frame->columns[k].name, GD_MOVE_MASK))
            return &frame->columns[k];
    return NULL;
}

bool gd_frame_has_mask(const struct gd_frame *frame)
{
    return find_mask(frame) != NULL;
}

/* A logical of extended XYZ: 1 or 0; -1: it is none. */
static int logical(const char *word)
{
    static const char *const names[] = {"F", "T", "false", "true", "False", "True", "FALSE", "TRUE", "0", "1"};
    for (int k = 0; k < (int)(sizeof names / sizeof *names); k++)
        if (!strcmp(word, names[k]))
            return k % 2;
    return -1;
}

/* One flag for each atom or three, all of them logicals. */
static enum gd_status check_mask(const struct gd_frame *frame, const struct gd_extra_column *mask,
                                 struct gd_error *error)
{
    const size_t width = (size_t)mask->width;
    if (mask->type != 'L' || (width != 1 && width != 3))
        return gd_fail(error, GD_BAD_INPUT, "column '%s' is %c:%d, it should be L:1 or L:3", mask->name, mask->type,
                       mask->width);
    for (size_t k = 0; k < frame->structure.count * width; k++)
        if (logical(mask->cells[k]) < 0)
            return gd_fail(error, GD_BAD_INPUT, "%s: '%.60s' of atom %zu is neither T nor F", mask->name,
                           mask->cells[k], k / width + 1);
    return GD_OK;
}

enum gd_status gd_frame_movable(const struct gd_frame *frame, bool *movable, size_t *fixed, struct gd_error *error)
{
    const struct gd_extra_column *mask = find_mask(frame);
    const size_t count = frame->structure.count, width = mask ? (size_t)mask->width : 0;
    size_t still = 0;
    enum gd_status status = mask ? check_mask(frame, mask, error) : GD_OK;
    if (status)
        return status;
    for (size_t atom = 0; atom < count; atom++) {
        movable[atom] = !mask || logical(mask->cells[atom * width]);
        still += !movable[atom];
        for (size_t k = 1; k < width; k++)
            if (logical(mask->cells[atom * width + k]) != movable[atom])
                return gd_fail(
                    error, GD_BAD_INPUT,
                    "%s (selective dynamics): atom %zu may move along some directions only, which is not supported: "
                    "let it move along all, T T T, or fix it, F F F",
                    GD_MOVE_MASK, atom + 1);
    }
    if (fixed)
        *fixed = still;
    return GD_OK;
}
