/* godiff convert IN OUT: structures from one format into another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/structure_file.h"
#include "cli/cli.h"
#include "cli/run_structures.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"

struct values {
    const char *in, *out, *format, *frame;
    struct gd_list plugins;
};

static const struct gd_option options[] = {
    {.name = "IN",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, in),
     .required = true,
     .help = "structures: a file of any format that ASE reads, a run (its archive), or - for standard input"},
    {.name = "OUT",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, out),
     .required = true,
     .help = "a file; its name says which format, as .xyz, POSCAR, .cif, .traj"},
    {.name = "--format",
     .value = "FORMAT",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, format),
     .help = "of OUT: extxyz, poscar, or a name of ASE's"},
    {.name = "--frame",
     .value = "N",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, frame),
     .help = "only this structure: 0 is the first, -1 the last"},
    GD_PLUGIN_OPTION(offsetof(struct values, plugins)),
    {0},
};

enum format { EXTXYZ, POSCAR, FOREIGN };

static enum format find_format(const struct values *values)
{
    const char *format = values->format;
    if (format)
        return !strcmp(format, "extxyz") ? EXTXYZ : !strcmp(format, "poscar") ? POSCAR : FOREIGN;
    return gd_xyz_name(values->out) || !strcmp(values->out, "-") ? EXTXYZ
           : gd_poscar_name(values->out)                         ? POSCAR
                                                                 : FOREIGN;
}

/* The first and the last that are written. */
struct range {
    size_t first, end;
};

static enum gd_status choose(const struct values *values, const struct gd_frames *frames, struct range *range,
                             struct gd_error *error)
{
    const int64_t count = (int64_t)frames->count;
    int64_t wanted;
    *range = (struct range){0, frames->count};
    if (!values->frame)
        return GD_OK;
    if (!gd_parse_int(values->frame, &wanted))
        return gd_fail(error, GD_BAD_INPUT, "--frame: expected an integer, got '%s'", values->frame);
    if (wanted >= count || wanted < -count)
        return gd_fail(error, GD_BAD_INPUT, "%s has %lld structures, 0 to %lld", values->in, (long long)count,
                       (long long)count - 1);
    range->first = (size_t)(wanted < 0 ? wanted + count : wanted);
    range->end = range->first + 1;
    return GD_OK;
}

static enum gd_status write_extxyz(const struct gd_frames *frames, struct range range, FILE *stream,
                                   struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (size_t k = range.first; k < range.end && !status; k++)
        status = gd_extxyz_write(stream, &frames->items[k], NULL, error);
    return status;
}

static enum gd_status write_poscar(const struct values *values, const struct gd_frames *frames, struct range range,
                                   FILE *stream, struct gd_error *error)
{
    if (range.end - range.first != 1)
        return gd_fail(error, GD_BAD_INPUT, "a POSCAR has one structure, and %s has %zu: choose one with --frame",
                       values->in, frames->count);
    const struct gd_frame *frame = &frames->items[range.first];
    const bool energy = !isnan(frame->structure.energy), forces = frame->structure.forces != NULL;
    bool *movable = gd_array(frame->structure.count, sizeof *movable);
    enum gd_status status = movable ? gd_frame_movable(frame, movable, NULL, error) : gd_no_memory(error, values->out);
    if (!status)
        status = gd_poscar_print(stream, &frame->structure, movable, values->in, error);
    if (!status && (energy || forces))
        gd_print_lost(values->out, energy && forces ? "energy, forces" : energy ? "energy" : "forces");
    free(movable);
    return status;
}

static enum gd_status write_frames(const struct values *values, const struct gd_frames *frames, struct range range,
                                   struct gd_error *error)
{
    struct gd_output output = {0};
    const enum format format = find_format(values);
    enum gd_status status = format == FOREIGN ? gd_output_open_foreign(&output, values->out, values->format, error)
                                              : gd_output_open(&output, values->out, error);
    if (!status)
        status = format == POSCAR ? write_poscar(values, frames, range, output.stream, error)
                                  : write_extxyz(frames, range, output.stream, error);
    return gd_output_close(&output, status, error);
}

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    struct gd_frames frames = {0};
    struct range range = {0, 0};
    struct gd_registry *registry = gd_registry_full(&values->plugins, false, error);
    enum gd_status status = registry ? gd_input_read(values->in, registry, &frames, error) : error->status;
    if (!status)
        gd_print_lost(values->in, frames.lost);
    if (!status)
        status = choose(values, &frames, &range, error);
    if (!status)
        status = write_frames(values, &frames, range, error);
    gd_frames_clear(&frames);
    gd_registry_free(registry);
    return status;
}

const struct gd_command gd_command_convert = {
    .name = "convert",
    .summary = "write structures in another format",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
