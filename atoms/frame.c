/* Frames of files: their memory, and which of their atoms may move. */
#include <stdlib.h>
#include <string.h>

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
    *frames = (struct gd_frames){0};
}

static const struct gd_extra_column *find_mask(const struct gd_frame *frame)
{
    for (size_t k = 0; k < frame->column_count; k++)
        if (!strcmp(frame->columns[k].name, GD_MOVE_MASK) && frame->columns[k].type == 'L')
            return &frame->columns[k];
    return NULL;
}

static bool is_true(const char *word)
{
    return strchr("Tt1", *word) != NULL;
}

enum gd_status gd_frame_movable(const struct gd_frame *frame, bool *movable, size_t *fixed, struct gd_error *error)
{
    const struct gd_extra_column *mask = find_mask(frame);
    const size_t count = frame->structure.count, width = mask ? (size_t)mask->width : 0;
    size_t still = 0;
    for (size_t atom = 0; atom < count; atom++) {
        movable[atom] = !mask || is_true(mask->cells[atom * width]);
        still += !movable[atom];
        for (size_t k = 1; k < width; k++)
            if (is_true(mask->cells[atom * width + k]) != movable[atom])
                return gd_fail(error, GD_BAD_INPUT,
                               "%s: atom %zu may move along some directions only, which is not supported", GD_MOVE_MASK,
                               atom + 1);
    }
    if (fixed)
        *fixed = still;
    return GD_OK;
}
