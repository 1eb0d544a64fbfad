/* Extended XYZ: a line with the number of atoms, a comment line of key=value words, a line per atom. The words follow
 * the dialect of the Atomic Simulation Environment and libAtoms (github.com/libAtoms/extxyz); beyond it, Lattice and
 * pbc may continue without quotes (pbc=T T F), and known keys and columns may be in another case. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/extxyz_priv.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"

/* Makes room for the atoms, which the rest of the file must be long enough to hold. */
static enum gd_status allocate_frame(struct gd_extxyz_reader *reader)
{
    struct gd_frame *frame = reader->frame;
    struct gd_error *error = reader->scan->error;
    struct gd_structure structure;
    size_t atoms = (size_t)reader->atoms, extras = 0;
    if (atoms > (gd_scan_bytes_left(reader->scan) + 1) / (2 * reader->words))
        return gd_scan_fail(reader->scan, reader->scan->line, "the file is too short for %zu atoms", atoms);
    enum gd_status status = gd_structure_alloc(&structure, atoms, reader->has[GD_EXTXYZ_FORCE], error);
    if (status)
        return status;
    structure.cell = frame->structure.cell;
    structure.energy = frame->structure.energy;
    frame->structure = structure;
    frame->columns = gd_array(reader->column_count, sizeof *frame->columns);
    if (!frame->columns)
        return gd_no_memory(error, "columns");
    for (size_t k = 0; k < reader->column_count; k++) {
        struct gd_extxyz_column *column = &reader->columns[k];
        if (column->role != GD_EXTXYZ_EXTRA)
            continue;
        column->extra = extras++;
        const char **cells = gd_array(atoms * (size_t)column->width, sizeof *cells);
        frame->columns[column->extra] = (struct gd_extra_column){column->name, column->type, column->width, cells};
        frame->column_count = extras;
        if (!cells)
            return gd_no_memory(error, "columns");
    }
    return GD_OK;
}

static enum gd_status read_number(const struct gd_scan *scan, const char *word, int *species)
{
    int64_t number;
    enum gd_status status = gd_scan_integer(scan, word, "an atomic number", &number);
    if (status)
        return status;
    if (number < 1 || number > GD_ELEMENTS)
        return gd_scan_fail(scan, word, "the atomic number %.60s is not in 1 to %d", word, GD_ELEMENTS);
    *species = (int)number;
    return GD_OK;
}

/* One word of an atom's line, the k-th of its column. */
static enum gd_status read_cell(struct gd_extxyz_reader *reader, const struct gd_extxyz_column *column, size_t atom,
                                int k)
{
    struct gd_structure *structure = &reader->frame->structure;
    struct gd_scan *scan = reader->scan;
    const char *word = gd_scan_word(scan);
    if (!word)
        return gd_scan_fail(scan, NULL, "the line ends before column %s; it needs %zu words", column->name,
                            reader->words);
    switch (column->role) {
    case GD_EXTXYZ_SPECIES:
        return gd_scan_element(scan, word, &structure->species[atom]);
    case GD_EXTXYZ_NUMBER:
        return read_number(scan, word, &structure->species[atom]);
    case GD_EXTXYZ_POSITION:
        return gd_scan_real(scan, word, column->name, &structure->positions[atom][k]);
    case GD_EXTXYZ_FORCE:
        return gd_extxyz_read_result(scan, word, column->name, &structure->forces[atom][k]);
    default:
        reader->frame->columns[column->extra].cells[atom * (size_t)column->width + (size_t)k] = word;
        return GD_OK;
    }
}

static enum gd_status read_atom(struct gd_extxyz_reader *reader, size_t atom)
{
    struct gd_scan *scan = reader->scan;
    enum gd_status status = GD_OK;
    if (!gd_scan_line(scan))
        return gd_scan_fail(scan, NULL, "the file ends after %zu of %zu atoms", atom, (size_t)reader->atoms);
    for (size_t c = 0; !status && c < reader->column_count; c++)
        for (int k = 0; !status && k < reader->columns[c].width; k++)
            status = read_cell(reader, &reader->columns[c], atom, k);
    if (!status && !gd_scan_blank(scan))
        return gd_scan_fail(scan, NULL, "the line has more than the %zu words that it needs%s", reader->words,
                            reader->has_properties ? "" : ": further columns must be named in Properties");
    return status;
}

/* A frame whose first line is the current one. */
static enum gd_status read_frame(struct gd_scan *scan, struct gd_frame *frame)
{
    struct gd_extxyz_reader reader = {.scan = scan, .frame = frame};
    const char *word = gd_scan_word(scan);
    frame->structure.energy = NAN;
    enum gd_status status = gd_scan_integer(scan, word, "the number of atoms", &reader.atoms);
    if (!status && (reader.atoms < 0 || !gd_scan_blank(scan)))
        status = gd_scan_fail(scan, word, "a frame must begin with a line with the number of atoms");
    if (!status && !gd_scan_line(scan))
        status = gd_scan_fail(scan, NULL, "the file ends before the comment line");
    if (!status)
        status = gd_extxyz_read_comment(&reader);
    if (!status)
        status = allocate_frame(&reader);
    for (size_t atom = 0; !status && atom < (size_t)reader.atoms; atom++)
        status = read_atom(&reader, atom);
    free(reader.columns);
    free(reader.pairs);
    return status;
}

static enum gd_status read_frames(struct gd_scan *scan, struct gd_frames *frames)
{
    enum gd_status status = GD_OK;
    while (!status && gd_scan_line(scan)) {
        if (gd_scan_blank(scan))
            continue;
        if (!gd_grow(&frames->items, &frames->capacity, frames->count + 1, sizeof *frames->items))
            return gd_no_memory(scan->error, "structures");
        struct gd_frame *frame = &frames->items[frames->count++];
        *frame = (struct gd_frame){0};
        status = read_frame(scan, frame);
    }
    if (!status && !frames->count)
        return gd_fail(scan->error, GD_BAD_INPUT, "%s: contains no structure", scan->name);
    return status;
}

/* Reads from `text`, which the frames own from here on. */
static enum gd_status parse_owned(const char *name, char *text, size_t length, struct gd_frames *frames,
                                  struct gd_error *error)
{
    struct gd_scan scan;
    *frames = (struct gd_frames){.text = text};
    enum gd_status status = gd_scan_start(&scan, name, text, length, error);
    if (!status)
        status = read_frames(&scan, frames);
    if (status)
        gd_frames_clear(frames);
    return status;
}

enum gd_status gd_extxyz_parse(const char *name, const char *text, size_t length, struct gd_frames *frames,
                               struct gd_error *error)
{
    char *copy = length < SIZE_MAX ? gd_array(length + 1, 1) : NULL;
    *frames = (struct gd_frames){0};
    if (!copy)
        return gd_no_memory(error, "a file's text");
    if (length)
        memcpy(copy, text, length);
    return parse_owned(name, copy, length, frames, error);
}

enum gd_status gd_extxyz_read(const char *path, struct gd_frames *frames, struct gd_error *error)
{
    char *text;
    size_t length;
    *frames = (struct gd_frames){0};
    enum gd_status status = gd_file_read(path, &text, &length, error);
    return status ? status : parse_owned(path, text, length, frames, error);
}
