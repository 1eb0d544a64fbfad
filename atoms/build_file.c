#include <math.h>
#include <stdlib.h>

#include "atoms/build_priv.h"
#include "atoms/structure_file.h"
#include "engine/base/memory.h"

struct params {
    const char *file;
    int64_t frame;
    int free;
};

enum free_atoms { REFUSE, FIX };

static const char *const free_choices[] = {"refuse", "fix", NULL};

static const struct gd_param rows[] = {
    {
        .name = "file",
        .type = GD_PATH,
        .accepts = gd_path_readable,
        .offset = offsetof(struct params, file),
        .help = "Structure to read, extended XYZ or POSCAR.",
    },
    GD_FRAME_ROW(offsetof(struct params, frame)),
    {
        .name = "free",
        .type = GD_CHOICE,
        .offset = offsetof(struct params, free),
        .initial = "refuse",
        .choices = free_choices,
        .help = "Atoms that the constraints in the file (move_mask, selective dynamics) leave free beside fixed ones. "
                "refuse: the file is refused, because no atom of a template moves; fix: they are fixed too.",
    },
    {0},
};

/* Constraints of which a template has no use: some atoms of the file are fixed, others are free. */
static enum gd_status check_free(const struct params *params, const struct gd_frame *frame, struct gd_error *error)
{
    const size_t count = frame->structure.count;
    size_t fixed = 0;
    bool *movable = gd_array(count, sizeof *movable);
    enum gd_status status =
        movable ? gd_frame_movable(frame, movable, &fixed, error) : gd_no_memory(error, "the atoms of a template");
    free(movable);
    if (status || fixed == 0 || fixed == count)
        return status;
    return gd_fail(
        error, GD_BAD_INPUT,
        "%s: its constraints leave %zu of %zu atoms free, but no atom of a template moves; `free: fix` fixes "
        "all, and `godiff relax` moves them before the search",
        params->file, count - fixed, count);
}

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct params *params = values;
    struct gd_frames frames;
    struct gd_frame *frame;
    *structure = (struct gd_structure){.energy = NAN};
    enum gd_status status = gd_frame_read(params->file, params->frame, &frames, &frame, error);
    if (!status && params->free == REFUSE)
        status = check_free(params, frame, error);
    if (!status) {
        *structure = frame->structure;
        frame->structure = (struct gd_structure){0};
    }
    gd_frames_clear(&frames);
    return status && error && !*error->key ? gd_error_set_key(status, error, "file") : status;
}

static void check(const void *values, struct gd_check *check, const char *key)
{
    const struct params *params = values;
    gd_frame_check(check, key, params->file, params->frame);
}

const struct gd_template_class gd_template_file = {
    .base = {"file", "Atoms and cell from a file.", rows, sizeof(struct params)},
    .build = build,
    .check = check,
};
