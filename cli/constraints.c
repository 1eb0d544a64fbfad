#include "cli/constraints.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/cell.h"
#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

#define WITHIN 0.01 /* Å: what files with few digits lose */

/* The atoms that are fixed in the file. */
struct constraints {
    const struct gd_structure *structure;
    bool *movable; /* [structure->count] */
};

/* The atom of a frame where atom i of the file is; their count: there is none. */
static size_t find_atom(const struct gd_structure *frame, const struct gd_basis *basis, const struct gd_structure *file,
                        size_t i)
{
    for (size_t j = 0; j < frame->count; j++) {
        double difference[3];
        for (int c = 0; c < 3; c++)
            difference[c] = frame->positions[j][c] - file->positions[i][c];
        gd_minimum_image(basis, difference);
        if (frame->species[j] == file->species[i] &&
            hypot(hypot(difference[0], difference[1]), difference[2]) <= WITHIN)
            return j;
    }
    return frame->count;
}

static enum gd_status fill_mask(const struct constraints *constraints, const struct gd_structure *frame,
                                const char **mask, struct gd_error *error)
{
    const struct gd_structure *file = constraints->structure;
    struct gd_basis basis;
    enum gd_status status = gd_basis_make(&basis, &frame->cell, error);
    for (size_t j = 0; j < frame->count; j++)
        mask[j] = "T";
    for (size_t i = 0; i < file->count && !status; i++) {
        const size_t j = constraints->movable[i] ? 0 : find_atom(frame, &basis, file, i);
        if (j == frame->count)
            status = gd_fail(error, GD_BAD_INPUT, "no atom is where its atom %zu is fixed, at (%.3f, %.3f, %.3f) Å",
                             i + 1, file->positions[i][0], file->positions[i][1], file->positions[i][2]);
        else if (!constraints->movable[i])
            mask[j] = "F";
    }
    return status;
}

/* Replaces the mask of a frame. */
static enum gd_status set_mask(struct gd_frame *frame, const char **mask, struct gd_error *error)
{
    static const char *const names[] = {GD_MOVE_MASK, NULL};
    gd_frame_drop(frame, names);
    struct gd_extra_column *columns = gd_array(frame->column_count + 1, sizeof *columns);
    if (!columns)
        return gd_no_memory(error, "a column");
    if (frame->column_count)
        memcpy(columns, frame->columns, frame->column_count * sizeof *columns);
    columns[frame->column_count++] = (struct gd_extra_column){GD_MOVE_MASK, 'L', 1, mask};
    free(frame->columns);
    frame->columns = columns;
    return GD_OK;
}

static enum gd_status apply(const struct constraints *constraints, struct gd_frame *frame, struct gd_error *error)
{
    const char **mask = gd_array(frame->structure.count, sizeof *mask);
    enum gd_status status =
        mask ? fill_mask(constraints, &frame->structure, mask, error) : gd_no_memory(error, "a column");
    if (!status)
        status = set_mask(frame, mask, error);
    if (status)
        free(mask);
    return status;
}

/* Warns of the constraints among what a file had that is not taken over, in words; NULL: nothing. */
static void print_lost(const char *path, const char *lost)
{
    static const char word[] = "constraint ";
    struct gd_text text = {0};
    while (lost && *lost) {
        const size_t length = strcspn(lost, ",");
        if (strncmp(lost, word, strlen(word)) == 0)
            gd_text_print(&text, "%s%.*s", text.length ? ", " : "", (int)length, lost);
        lost += length + strspn(lost + length, ", ");
    }
    char *words = text.length ? gd_text_take(&text) : NULL;
    gd_print_lost(path, words);
    free(words);
}

static enum gd_status refuse_free(const char *path, size_t structures, struct gd_error *error)
{
    return structures > 1
               ? gd_fail(error, GD_BAD_INPUT,
                         "%s: no atom is fixed in the last of its %zu structures, whose constraints are taken", path,
                         structures)
               : gd_fail(error, GD_BAD_INPUT, "%s: no atom is fixed in it", path);
}

enum gd_status gd_constraints_apply(const char *path, struct gd_frames *frames, struct gd_error *error)
{
    struct gd_frames file = {0};
    struct gd_frame *last;
    struct gd_error why = {0};
    enum gd_status status = gd_frame_read(path, -1, &file, &last, error);
    if (status)
        return status;
    struct constraints constraints = {&last->structure, gd_array(last->structure.count, sizeof(bool))};
    size_t fixed = 0;
    status = constraints.movable ? gd_frame_movable(last, constraints.movable, &fixed, error)
                                 : gd_no_memory(error, "constraints");
    if (!status)
        print_lost(path, file.lost);
    if (!status && fixed == 0)
        status = refuse_free(path, file.count, error);
    for (size_t k = 0; k < frames->count && !status; k++)
        if ((status = apply(&constraints, &frames->items[k], &why)) != GD_OK)
            gd_fail(error, status, "%s: structure %zu: %s", path, k + 1, why.text);
    free(constraints.movable);
    gd_frames_clear(&file);
    return status;
}
