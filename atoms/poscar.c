/* VASP's POSCAR, version 5: a title; a scale; three lattice vectors; symbols; counts; optionally "Selective dynamics";
 * "Direct" or "Cartesian"; positions. What follows on a line after the words that are needed is a remark. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "atoms/extxyz.h"
#include "atoms/scan.h"
#include "atoms/vector.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/language/params.h"

#define MOST_SPECIES 256

struct poscar {
    struct gd_scan *scan;
    struct gd_cell cell;
    double scale[3]; /* of x, y and z */
    int species[MOST_SPECIES];
    size_t atoms[MOST_SPECIES], kinds, count;
    bool selective;         /* whether flags follow the positions */
    struct gd_scan symbols; /* as it was at the first word of that line that is no symbol */
    char *remark;           /* that word, or NULL */
};

static enum gd_status next_line(struct gd_scan *scan, const char *what)
{
    return gd_scan_line(scan) ? GD_OK : gd_scan_fail(scan, NULL, "the file ends before %s", what);
}

/* The same, without the remark after '!' or '#'. */
static enum gd_status next_plain_line(struct gd_scan *scan, const char *what)
{
    enum gd_status status = next_line(scan, what);
    if (!status)
        scan->at[strcspn(scan->at, "!#")] = '\0';
    return status;
}

static enum gd_status read_vector(struct gd_scan *scan, const char *what, double vector[3])
{
    enum gd_status status = next_line(scan, what);
    for (int axis = 0; !status && axis < 3; axis++)
        status = gd_scan_real(scan, gd_scan_word(scan), what, &vector[axis]);
    return status;
}

/* One factor, or the volume as a negative number, or a factor for each of x, y and z. */
static enum gd_status read_scale(struct poscar *poscar, double *volume)
{
    struct gd_scan *scan = poscar->scan;
    double *scale = poscar->scale;
    enum gd_status status = next_plain_line(scan, "the scale");
    int count = 1;
    if (!status)
        status = gd_scan_real(scan, gd_scan_word(scan), "the scale", &scale[0]);
    for (char *word; !status && count < 3 && (word = gd_scan_word(scan)) && gd_parse_float(word, &scale[count]);)
        count++;
    if (status)
        return status;
    bool one = count == 1 && scale[0] != 0, three = count == 3 && scale[0] > 0 && scale[1] > 0 && scale[2] > 0;
    if (!one && !three)
        return gd_scan_fail(scan, scan->line, "the scale must be one number other than zero, or three above zero");
    *volume = scale[0] < 0 ? -scale[0] : 0;
    if (one)
        scale[1] = scale[2] = scale[0];
    return GD_OK;
}

static enum gd_status read_cell(struct poscar *poscar)
{
    double volume = 0, normal[3];
    enum gd_status status = read_scale(poscar, &volume);
    for (int k = 0; !status && k < 3; k++) {
        status = read_vector(poscar->scan, "a lattice vector", poscar->cell.vectors[k]);
        poscar->cell.periodic[k] = true;
    }
    if (status)
        return status;
    if (volume > 0) {
        gd_cross(poscar->cell.vectors[0], poscar->cell.vectors[1], normal);
        double factor = cbrt(volume / fabs(gd_dot(normal, poscar->cell.vectors[2])));
        poscar->scale[0] = poscar->scale[1] = poscar->scale[2] = factor;
    }
    for (int k = 0; k < 9; k++) {
        poscar->cell.vectors[k / 3][k % 3] *= poscar->scale[k % 3];
        if (!isfinite(poscar->cell.vectors[k / 3][k % 3]))
            return gd_scan_fail(poscar->scan, poscar->scan->line, "the scaled cell is not finite");
    }
    return GD_OK;
}

/* Whether all words of the current line are numbers of atoms, as in a file of version 4. */
static bool is_counts(struct gd_scan *scan)
{
    return !gd_scan_blank(scan) && strspn(scan->at, "0123456789" GD_SCAN_SPACE) == strlen(scan->at);
}

/* A line of symbols ("Pt", "Pt_pv", "Pt/0a1b2c"), up to the first word that is none. */
static enum gd_status read_symbols(struct poscar *poscar)
{
    struct gd_scan *scan = poscar->scan;
    enum gd_status status = next_plain_line(scan, "the symbols of the elements");
    if (status)
        return status;
    if (is_counts(scan))
        return gd_scan_fail(
            scan, scan->line,
            "no line of symbols (VASP 4 format is not supported); add one before this line, such as 'Pt'");
    for (char *word; (word = gd_scan_word(scan));) {
        struct gd_error ignored = {0};
        struct gd_scan trial = *scan;
        trial.error = &ignored;
        size_t length = strcspn(word, "_/");
        char end = word[length];
        if (poscar->kinds == MOST_SPECIES)
            return gd_scan_fail(scan, word, "more than %d symbols", MOST_SPECIES);
        word[length] = '\0';
        bool symbol = gd_scan_element(&trial, word, &poscar->species[poscar->kinds]) == GD_OK;
        word[length] = end;
        if (!symbol) {
            poscar->symbols = *scan;
            poscar->remark = word;
            return GD_OK;
        }
        poscar->kinds++;
    }
    return GD_OK;
}

/* More numbers than symbols: the fault is the word that should have been a symbol, if there is one. */
static enum gd_status fail_symbols(struct poscar *poscar, const char *number)
{
    int species;
    if (poscar->remark)
        return gd_scan_element(&poscar->symbols, poscar->remark, &species);
    return gd_scan_fail(poscar->scan, number, "more numbers of atoms than symbols");
}

/* A line with a number for each symbol. */
static enum gd_status read_counts(struct poscar *poscar)
{
    struct gd_scan *scan = poscar->scan;
    enum gd_status status = next_plain_line(scan, "the numbers of atoms");
    for (size_t k = 0; !status && k < poscar->kinds; k++) {
        int64_t count = 0;
        const char *word = gd_scan_word(scan);
        status = gd_scan_integer(scan, word, "a number of atoms", &count);
        if (!status && (count < 0 || (size_t)count > gd_scan_bytes_left(scan)))
            return gd_scan_fail(scan, word, "the file is too short for %.60s atoms", word);
        poscar->atoms[k] = status ? 0 : (size_t)count;
        poscar->count += poscar->atoms[k];
    }
    int64_t more;
    const char *word = status ? NULL : gd_scan_word(scan);
    return word && gd_parse_int(word, &more) ? fail_symbols(poscar, word) : status;
}

/* The first letters of "Cartesian" and "K-space"; of "Direct", "Fractional", "Relative" and "Reduced". */
#define CARTESIAN "cCkK"
#define DIRECT    "dDfFrR"

/* "Selective dynamics" or not, then the kind of coordinates. */
static enum gd_status read_mode(struct poscar *poscar, bool *cartesian)
{
    struct gd_scan *scan = poscar->scan;
    enum gd_status status = next_line(scan, "'Direct' or 'Cartesian'");
    poscar->selective = !status && !gd_scan_blank(scan) && strchr("sS", *scan->at);
    if (poscar->selective)
        status = next_line(scan, "'Direct' or 'Cartesian'");
    if (status)
        return status;
    bool blank = gd_scan_blank(scan);
    if (blank || !strchr(DIRECT CARTESIAN, *scan->at))
        return gd_scan_fail(scan, NULL, "expected 'Direct' or 'Cartesian'");
    *cartesian = strchr(CARTESIAN, *scan->at) != NULL;
    return GD_OK;
}

static enum gd_status read_position(struct poscar *poscar, bool cartesian, double position[3])
{
    double at[3];
    enum gd_status status = read_vector(poscar->scan, "a position", at);
    for (int axis = 0; !status && axis < 3; axis++)
        if (cartesian)
            position[axis] = poscar->scale[axis] * at[axis];
        else
            gd_add_scaled(position, at[axis], poscar->cell.vectors[axis]);
    if (!status && !isfinite(position[0] + position[1] + position[2]))
        return gd_scan_fail(poscar->scan, poscar->scan->line, "the position in the cell is not finite");
    return status;
}

/* "T" or "F", as in extended XYZ, for a logical of Fortran; NULL: the word is none. */
static const char *flag_of(const char *word)
{
    static const char *const names[] = {"T", ".T.", "TRUE", ".TRUE.", "F", ".F.", "FALSE", ".FALSE."};
    const size_t count = sizeof names / sizeof *names;
    for (size_t k = 0; word && k < count; k++)
        if (strcasecmp(word, names[k]) == 0)
            return k < count / 2 ? "T" : "F";
    return NULL;
}

/* The flags of selective dynamics along three directions, of which those left out are free. */
static void read_flags(struct gd_scan *scan, const char *flags[3])
{
    const char *flag = "T";
    for (int k = 0; k < 3; k++) {
        flag = flag ? flag_of(gd_scan_word(scan)) : NULL;
        flags[k] = flag ? flag : "T";
    }
}

/* The column move_mask, of one flag for each atom where all three of each are the same. */
static void set_mask(struct gd_frame *frame, const char **flags)
{
    const size_t count = frame->structure.count;
    bool same = true;
    for (size_t k = 0; k < 3 * count; k++)
        same = same && flags[k] == flags[k / 3 * 3];
    for (size_t atom = 0; atom < count && same; atom++)
        flags[atom] = flags[3 * atom];
    frame->columns[0] = (struct gd_extra_column){GD_MOVE_MASK, 'L', same ? 1 : 3, flags};
    frame->column_count = 1;
}

static enum gd_status add_mask(struct gd_frame *frame, const char **flags, struct gd_error *error)
{
    frame->columns = gd_array(1, sizeof *frame->columns);
    if (!frame->columns) {
        free(flags);
        return gd_no_memory(error, "columns");
    }
    set_mask(frame, flags);
    return GD_OK;
}

static enum gd_status read_atoms(struct poscar *poscar, bool cartesian, struct gd_structure *structure,
                                 const char **flags)
{
    enum gd_status status = GD_OK;
    size_t atom = 0;
    for (size_t kind = 0; kind < poscar->kinds; kind++)
        for (size_t k = 0; !status && k < poscar->atoms[kind]; k++, atom++) {
            structure->species[atom] = poscar->species[kind];
            status = read_position(poscar, cartesian, structure->positions[atom]);
            if (!status && flags)
                read_flags(poscar->scan, &flags[3 * atom]);
        }
    return status;
}

static enum gd_status read_positions(struct poscar *poscar, struct gd_frame *frame)
{
    struct gd_error *error = poscar->scan->error;
    bool cartesian = false;
    enum gd_status status = read_mode(poscar, &cartesian);
    const char **flags = NULL;
    if (!status && poscar->selective && !(flags = gd_array(3 * poscar->count, sizeof *flags)))
        status = gd_no_memory(error, "columns");
    if (!status)
        status = read_atoms(poscar, cartesian, &frame->structure, flags);
    if (!status && flags)
        return add_mask(frame, flags, error);
    free(flags);
    return status;
}

static enum gd_status parse(struct gd_scan *scan, struct gd_frame *frame)
{
    struct poscar poscar = {.scan = scan};
    enum gd_status status = gd_scan_line(scan) ? GD_OK : gd_scan_fail(scan, NULL, "the file is empty");
    if (!status)
        status = read_cell(&poscar);
    if (!status)
        status = read_symbols(&poscar);
    if (!status)
        status = read_counts(&poscar);
    if (!status && poscar.count > (gd_scan_bytes_left(scan) + 1) / 6)
        status = gd_scan_fail(scan, scan->line, "the file is too short for %zu atoms", poscar.count);
    if (!status)
        status = gd_structure_alloc(&frame->structure, poscar.count, false, scan->error);
    if (status)
        return status;
    frame->structure.cell = poscar.cell;
    return read_positions(&poscar, frame);
}

/* Parses `text`, which is changed. */
static enum gd_status parse_text(const char *name, char *text, size_t length, struct gd_frame *frame,
                                 struct gd_error *error)
{
    struct gd_scan scan;
    enum gd_status status = gd_scan_start(&scan, name, text, length, error);
    if (!status)
        status = parse(&scan, frame);
    if (status)
        gd_frame_clear(frame);
    return status;
}

enum gd_status gd_poscar_parse(const char *name, const char *text, size_t length, struct gd_frame *frame,
                               struct gd_error *error)
{
    char *copy = length < SIZE_MAX ? gd_array(length + 1, 1) : NULL;
    *frame = (struct gd_frame){.structure.energy = NAN};
    if (!copy)
        return gd_no_memory(error, "a file's text");
    if (length)
        memcpy(copy, text, length);
    enum gd_status status = parse_text(name, copy, length, frame, error);
    free(copy);
    return status;
}

enum gd_status gd_poscar_read(const char *path, struct gd_frame *frame, struct gd_error *error)
{
    char *text = NULL;
    size_t length;
    *frame = (struct gd_frame){.structure.energy = NAN};
    enum gd_status status = gd_file_read(path, &text, &length, error);
    if (!status)
        status = parse_text(path, text, length, frame, error);
    free(text);
    return status;
}
