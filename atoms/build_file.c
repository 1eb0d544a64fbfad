#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build_priv.h"
#include "atoms/structure_file.h"
#include "engine/base/memory.h"

struct params {
    const char *file;
    int64_t frame;
    int free;
};

enum free_atoms { REFUSE, FIX, RELAX, SAMPLE };

static const char *const free_choices[] = {"refuse", "fix", "relax", "sample", NULL};

static const struct gd_param rows[] = {
    {
        .name = "file",
        .type = GD_PATH,
        .accepts = gd_path_readable,
        .offset = offsetof(struct params, file),
        .help = "Structure to read: extended XYZ, POSCAR, or through ASE .cif, .traj and others.",
    },
    GD_FRAME_ROW(offsetof(struct params, frame)),
    {
        .name = "free",
        .type = GD_CHOICE,
        .offset = offsetof(struct params, free),
        .initial = "refuse",
        .choices = free_choices,
        .help =
            "Atoms that the constraints in the file (move_mask, selective dynamics) leave free beside fixed ones. "
            "refuse: the file is refused, because this must be decided; fix: they are fixed too; relax: relaxations "
            "move them, and nothing else does; sample: they are mobile atoms, like those that are added.",
    },
    {0},
};

/* The fixed atoms first, then the free ones, both in the order of the file. */
static enum gd_status order(struct gd_structure *structure, const bool *movable, size_t fixed, int free,
                            struct gd_error *error)
{
    struct gd_structure ordered;
    enum gd_status status = gd_structure_alloc(&ordered, structure->count, false, error);
    size_t next[2] = {0, fixed};
    if (status)
        return status;
    for (size_t i = 0; i < structure->count; i++) {
        const size_t to = next[movable[i]]++;
        ordered.species[to] = structure->species[i];
        memcpy(ordered.positions[to], structure->positions[i], sizeof ordered.positions[to]);
    }
    ordered.cell = structure->cell;
    *(free == SAMPLE ? &ordered.sampled : &ordered.free_atoms) = structure->count - fixed;
    gd_structure_clear(structure);
    *structure = ordered;
    return GD_OK;
}

/* What becomes of atoms that are free, beside fixed ones or all of them. Where none is there is nothing to decide, nor
 * where nobody asks and all are. */
static enum gd_status decide(const struct params *params, struct gd_frame *frame, struct gd_error *error)
{
    const size_t count = frame->structure.count;
    size_t fixed = 0;
    bool *movable = gd_array(count, sizeof *movable);
    enum gd_status status =
        movable ? gd_frame_movable(frame, movable, &fixed, error) : gd_no_memory(error, "the atoms of a template");
    const bool asked = params->free != REFUSE && gd_frame_has_mask(frame);
    if (!status && asked && fixed == 0 && count > 0 && params->free == SAMPLE)
        status =
            gd_fail(error, GD_BAD_INPUT,
                    "%s: its constraints leave all of its %zu atoms free: with `free: sample` nothing would be left "
                    "of the template; give these atoms to `add`, and a region",
                    params->file, count);
    else if (!status && asked && fixed < count)
        status = order(&frame->structure, movable, fixed, params->free, error);
    else if (!status && fixed > 0 && fixed < count)
        status = gd_fail(error, GD_BAD_INPUT,
                         "%s: its constraints leave %zu of %zu atoms free; `free: relax` lets relaxations move them, "
                         "`free: sample` generates them like added ones, `free: fix` fixes all",
                         params->file, count - fixed, count);
    free(movable);
    return status;
}

static enum gd_status build(const void *values, struct gd_structure *structure, struct gd_error *error)
{
    const struct params *params = values;
    struct gd_frames frames;
    struct gd_frame *frame;
    *structure = (struct gd_structure){.energy = NAN};
    enum gd_status status = gd_frame_read(params->file, params->frame, &frames, &frame, error);
    if (!status && params->free != FIX)
        status = decide(params, frame, error);
    if (!status) {
        *structure = frame->structure;
        frame->structure = (struct gd_structure){0};
    }
    gd_frames_clear(&frames);
    return status && error && !*error->key ? gd_error_set_key(status, error, "file") : status;
}

/* Where atoms can be free: says that there is nothing free when the file has no constraints, and which of them cannot
 * be held. */
static void check_free(const struct params *params, struct gd_check *check, const char *key)
{
    struct gd_error error = {0};
    struct gd_frames frames = {0};
    struct gd_frame *frame;
    if (params->free != RELAX && params->free != SAMPLE)
        return;
    const bool read = gd_frame_read(params->file, params->frame, &frames, &frame, &error) == GD_OK;
    if (read && frames.lost)
        gd_check_warning(check, key, "%s: not taken over: %s", params->file, frames.lost);
    if (read && !gd_frame_has_mask(frame))
        gd_check_warning(check, key,
                         "%s has no constraints: free: %s has no effect, and all of its atoms are fixed (ASE writes "
                         "them to extended XYZ with columns=[\"symbols\", \"positions\", \"move_mask\"])",
                         params->file, free_choices[params->free]);
    gd_frames_clear(&frames);
}

static void check(const void *values, struct gd_check *check, const char *key)
{
    const struct params *params = values;
    gd_frame_check(check, key, params->file, params->frame);
    check_free(params, check, key);
}

const struct gd_template_class gd_template_file = {
    .base = {"file", "Atoms and cell from a file.", rows, sizeof(struct params)},
    .build = build,
    .check = check,
};
