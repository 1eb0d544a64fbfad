#include "report/archives.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "atoms/structure_file.h"
#include "engine/base/files.h"

static const long most_bytes = 256L << 20;

/* The places of the mobile atoms of a frame, which come to `places`. */
static void take_places(const struct gd_frame *frame, const bool *movable, double (*places)[3])
{
    size_t n = 0;
    for (size_t k = 0; k < frame->structure.count; k++)
        if (movable[k])
            memcpy(places[n++], frame->structure.positions[k], sizeof *places);
}

static int64_t serial_of(const struct gd_frame *frame)
{
    for (size_t k = 0; k < frame->info_count; k++)
        if (frame->info[k].key && frame->info[k].value && !strcmp(frame->info[k].key, "evaluation"))
            return strtoll(frame->info[k].value, NULL, 10);
    return 0;
}

/* Which atoms move, by the first frame: [atoms]; false when that cannot be known, or they are too many. */
static bool find_mobile(const struct gd_frame *frame, bool *movable, struct gd_archive *archive)
{
    archive->cell = frame->structure.cell;
    if (gd_frame_movable(frame, movable, &archive->fixed, NULL) != GD_OK)
        return false;
    archive->mobile = frame->structure.count - archive->fixed;
    return archive->mobile > 0 && archive->mobile <= GD_ARCHIVE_MOBILE;
}

static enum gd_status take_frames(const struct gd_frames *frames, struct gd_archive *archive, struct gd_arena *arena)
{
    const size_t atoms = frames->items[0].structure.count;
    bool *movable = gd_array(atoms + 1, sizeof *movable);
    archive->energies = gd_arena_alloc(arena, frames->count, sizeof *archive->energies);
    archive->serials = gd_arena_alloc(arena, frames->count, sizeof *archive->serials);
    bool fine = movable && archive->energies && archive->serials;
    if (fine && find_mobile(&frames->items[0], movable, archive))
        fine = (archive->places = gd_arena_alloc(arena, frames->count * archive->mobile, sizeof *archive->places));
    else
        archive->mobile = 0;
    for (size_t k = 0; k < frames->count && fine && frames->items[k].structure.count == atoms; k++) {
        archive->energies[k] = frames->items[k].structure.energy;
        archive->serials[k] = serial_of(&frames->items[k]);
        if (archive->mobile > 0)
            take_places(&frames->items[k], movable, archive->places + k * archive->mobile);
        archive->count++;
    }
    free(movable);
    return fine ? GD_OK : GD_NO_MEMORY;
}

/* Says that the file of accepted structures is not there, where there are some. */
static void miss(struct gd_results *results, const struct gd_record *record)
{
    if (gd_json_number(record->summary, (const char *const[]){"accepted", NULL}) > 0)
        gd_problem_add(&results->problems, (struct gd_place){.file = record->folder},
                       "archive.extxyz is missing, and so are these structures in figures: godiff run --resume of this "
                       "run writes it again");
}

/* A run without an archive has an empty one. */
static enum gd_status read_archive(struct gd_results *results, const struct gd_record *record,
                                   struct gd_archive *archive, struct gd_arena *arena)
{
    struct gd_frames frames = {0};
    struct gd_error why = {0};
    struct stat file;
    char *path = gd_file_join(record->folder, "archive.extxyz");
    enum gd_status status = path ? GD_OK : GD_NO_MEMORY;
    const bool there = path && stat(path, &file) == 0 && file.st_size > 0;
    if (there && file.st_size > most_bytes)
        gd_problem_add(&results->problems, (struct gd_place){.file = record->folder},
                       "archive.extxyz has %ld MiB: left out of the figures of structures", (long)(file.st_size >> 20));
    else if (there)
        status = gd_frames_read(path, &frames, &why);
    else if (path)
        miss(results, record);
    if (!status && frames.count > 0)
        status = take_frames(&frames, archive, arena);
    if (!status && archive->count < frames.count)
        gd_problem_add(&results->problems, (struct gd_place){.file = record->folder},
                       "archive.extxyz: structure %zu has another number of atoms than the first one: it and the %zu "
                       "behind it are left out of the figures of structures",
                       archive->count + 1, frames.count - archive->count - 1);
    if (status && status != GD_NO_MEMORY) {
        gd_problem_add(&results->problems, (struct gd_place){.file = record->folder}, "%s", why.text);
        status = GD_OK;
    }
    gd_frames_clear(&frames);
    free(path);
    return status;
}

enum gd_status gd_archives_read(struct gd_results *results, struct gd_archives *archives, struct gd_error *error)
{
    *archives = (struct gd_archives){0};
    archives->list = gd_arena_alloc(&archives->arena, results->count + 1, sizeof *archives->list);
    enum gd_status status = archives->list ? GD_OK : GD_NO_MEMORY;
    for (size_t g = 0; g < results->count && !status; g++) {
        const struct gd_group *group = &results->groups[g];
        archives->list[g] = gd_arena_alloc(&archives->arena, group->count + 1, sizeof **archives->list);
        status = archives->list[g] ? GD_OK : GD_NO_MEMORY;
        for (size_t r = 0; r < group->count && !status; r++)
            status = read_archive(results, &group->records[r], &archives->list[g][r], &archives->arena);
    }
    return status ? gd_no_memory(error, "the archives") : GD_OK;
}
