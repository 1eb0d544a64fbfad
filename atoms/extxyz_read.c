/* Extended XYZ: a line with the number of atoms, a comment line of key=value words, a line per atom. The words follow
 * the dialect of the Atomic Simulation Environment and libAtoms (github.com/libAtoms/extxyz). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/extxyz.h"
#include "atoms/scan.h"
#include "engine/files.h"
#include "engine/memory.h"
#include "engine/params.h"

#define MOST_COLUMNS 256
#define MOST_WIDTH   1000

/* What a column of Properties is for. */
enum role { EXTRA, SPECIES, NUMBER, POSITION, FORCE, ROLES };

static const struct {
    const char *name;
    char type;
    int width;
    enum role role;
} known_columns[] = {
    {"species", 'S', 1, SPECIES}, {"Z", 'I', 1, NUMBER},     {"numbers", 'I', 1, NUMBER},
    {"pos", 'R', 3, POSITION},    {"forces", 'R', 3, FORCE}, {"force", 'R', 3, FORCE},
};

struct column {
    const char *name;
    char type;
    int width;
    enum role role;
    size_t extra; /* EXTRA: which of the frame's columns */
};

/* The words of the comment line that mean something here. */
enum word { LATTICE, PBC, ENERGY, PROPERTIES, WORDS };
static const char *const known_words[WORDS] = {"Lattice", "pbc", "energy", "Properties"};

/* One frame being read. */
struct reader {
    struct gd_scan *scan;
    struct gd_frame *frame;
    int64_t atoms;
    struct column *columns;
    size_t column_count, capacity, info_capacity;
    size_t words;   /* per atom line */
    char plain[32]; /* the Properties of a file without */
    bool has[ROLES], said[WORDS];
};

/* The words of a value, whatever quotes, brackets and commas are around them; NULL at its end. */
static char *next_part(char **value)
{
    static const char around[] = GD_SCAN_SPACE "\"'{}[],";
    char *part = *value + strspn(*value, around);
    if (!*part)
        return NULL;
    *value = part + strcspn(part, around);
    if (**value)
        *(*value)++ = '\0';
    return part;
}

static enum gd_status read_lattice(struct reader *reader, char *value)
{
    const char *start = value;
    for (int k = 0; k < 9; k++) {
        const char *part = next_part(&value);
        if (!part)
            return gd_scan_fail(reader->scan, start, "Lattice needs nine numbers, here are %d", k);
        enum gd_status status =
            gd_scan_real(reader->scan, part, "Lattice", &reader->frame->structure.cell.vectors[k / 3][k % 3]);
        if (status)
            return status;
    }
    const char *more = next_part(&value);
    return more ? gd_scan_fail(reader->scan, more, "Lattice needs nine numbers, here are more") : GD_OK;
}

static enum gd_status read_pbc(struct reader *reader, char *value)
{
    static const char *const words[2][5] = {{"F", "False", "false", "FALSE", "0"}, {"T", "True", "true", "TRUE", "1"}};
    const char *start = value, *part;
    bool *periodic = reader->frame->structure.cell.periodic;
    int count = 0;
    for (; (part = next_part(&value)); count++) {
        int found = -1;
        for (int k = 0; k < 10; k++)
            if (strcmp(part, words[k / 5][k % 5]) == 0)
                found = k / 5;
        if (found < 0 || count == 3)
            return gd_scan_fail(reader->scan, part, "pbc: '%.60s' is not one of three T or F", part);
        periodic[count] = found;
    }
    if (count == 1)
        periodic[1] = periodic[2] = periodic[0];
    else if (count != 3)
        return gd_scan_fail(reader->scan, start, "pbc needs three T or F, here are %d", count);
    return GD_OK;
}

static enum gd_status read_energy(struct reader *reader, char *value)
{
    const char *start = value, *part = next_part(&value), *more = part ? next_part(&value) : NULL;
    if (!part || more)
        return gd_scan_fail(reader->scan, more ? more : start, "energy needs one number");
    return gd_scan_real(reader->scan, part, "energy", &reader->frame->structure.energy);
}

/* Cuts the word before ':' from *text. */
static char *cut(char **text)
{
    char *word = *text, *end = strchr(word, ':');
    *text = end ? end + 1 : word + strlen(word);
    if (end)
        *end = '\0';
    return word;
}

/* Reads one name:type:width. */
static enum gd_status add_column(struct reader *reader, char **text)
{
    struct gd_scan *scan = reader->scan;
    const char *name = cut(text), *type = cut(text), *width = cut(text);
    int64_t number;
    if (!*name)
        return gd_scan_fail(scan, name, "Properties: a column has no name");
    if (strlen(type) != 1 || !strchr("SRIL", *type))
        return gd_scan_fail(scan, type, "Properties: the type of column '%.60s' must be S, R, I or L", name);
    if (!gd_parse_int(width, &number) || number < 1 || number > MOST_WIDTH)
        return gd_scan_fail(scan, width, "Properties: the width of column '%.60s' must be 1 to %d", name, MOST_WIDTH);
    for (size_t k = 0; k < reader->column_count; k++)
        if (strcmp(reader->columns[k].name, name) == 0)
            return gd_scan_fail(scan, name, "Properties: column '%.60s' is there twice", name);
    if (reader->column_count == MOST_COLUMNS)
        return gd_scan_fail(scan, name, "Properties: more than %d columns", MOST_COLUMNS);
    if (!gd_grow(&reader->columns, &reader->capacity, reader->column_count + 1, sizeof *reader->columns))
        return gd_no_memory(scan->error, "columns");
    reader->columns[reader->column_count++] = (struct column){name, *type, (int)number, EXTRA, 0};
    reader->words += (size_t)number;
    return GD_OK;
}

/* Gives a column its role if it is the first with it. `symbols`: there is a column `species`, so that atomic numbers
 * have no role. */
static enum gd_status assign_role(struct reader *reader, struct column *column, bool symbols)
{
    for (size_t k = 0; k < sizeof known_columns / sizeof *known_columns; k++) {
        enum role role = known_columns[k].role;
        if (strcmp(column->name, known_columns[k].name) != 0 || reader->has[role] || (role == NUMBER && symbols))
            continue;
        if (column->type != known_columns[k].type || column->width != known_columns[k].width)
            return gd_scan_fail(reader->scan, column->name, "Properties: column '%s' is %c:%d, it should be %c:%d",
                                column->name, column->type, column->width, known_columns[k].type,
                                known_columns[k].width);
        reader->has[role] = true;
        column->role = role;
    }
    return GD_OK;
}

static enum gd_status read_properties(struct reader *reader, char *value)
{
    enum gd_status status = GD_OK;
    const char *start = value;
    char *text = next_part(&value);
    bool symbols = false;
    if (!text)
        return gd_scan_fail(reader->scan, start, "Properties is empty");
    while (!status && *text)
        status = add_column(reader, &text);
    for (size_t k = 0; k < reader->column_count; k++)
        symbols |= strcmp(reader->columns[k].name, "species") == 0;
    for (size_t k = 0; !status && k < reader->column_count; k++)
        status = assign_role(reader, &reader->columns[k], symbols);
    if (!status && !reader->has[POSITION])
        return gd_scan_fail(reader->scan, start, "Properties has no column pos:R:3");
    if (!status && !reader->has[SPECIES] && !reader->has[NUMBER])
        return gd_scan_fail(reader->scan, start, "Properties has no column species:S:1");
    return status;
}

static enum gd_status (*const read_known[WORDS])(struct reader *reader, char *value) = {
    [LATTICE] = read_lattice, [PBC] = read_pbc, [ENERGY] = read_energy, [PROPERTIES] = read_properties};

static enum gd_status add_info(struct reader *reader, const char *key, const char *value)
{
    struct gd_frame *frame = reader->frame;
    if (!gd_grow(&frame->info, &reader->info_capacity, frame->info_count + 1, sizeof *frame->info))
        return gd_no_memory(reader->scan->error, "a comment line");
    frame->info[frame->info_count++] = (struct gd_info){key, value};
    return GD_OK;
}

static enum gd_status read_word(struct reader *reader, const char *key, char *value)
{
    for (size_t k = 0; k < WORDS; k++) {
        if (strcmp(key, known_words[k]) != 0)
            continue;
        if (!value)
            return gd_scan_fail(reader->scan, key, "%s has no value", key);
        if (reader->said[k])
            return gd_scan_fail(reader->scan, key, "%s is there twice", key);
        reader->said[k] = true;
        return read_known[k](reader, value);
    }
    return add_info(reader, key, value);
}

/* The end of a value that begins with a quote or bracket, or NULL when it has none. Backslashes protect the next
 * character, quotes all but their like, brackets nest. */
static char *skip_closed(char *at)
{
    int depth = 0;
    char quote = '\0';
    do {
        if (*at == '\\' && at[1])
            at++;
        else if (quote)
            quote = *at == quote ? '\0' : quote;
        else if (*at == '"')
            quote = *at;
        else
            depth += (*at == '[' || *at == '{') - (*at == ']' || *at == '}');
        at++;
    } while (*at && (quote || depth > 0));
    return quote || depth > 0 ? NULL : at;
}

/* The end of a key or value, which is a word, or something in quotes or brackets. */
static enum gd_status skip_item(const struct gd_scan *scan, char *start, const char *stop, char **end)
{
    if (!*start || !strchr("\"[{", *start)) {
        *end = start + strcspn(start, stop);
        return GD_OK;
    }
    *end = skip_closed(start);
    if (!*end)
        return gd_scan_fail(scan, start, "the %s that begins here has no end", *start == '"' ? "quote" : "bracket");
    return strchr(stop, **end) ? GD_OK : gd_scan_fail(scan, *end, "a space is missing here");
}

static enum gd_status read_words(struct reader *reader)
{
    struct gd_scan *scan = reader->scan;
    enum gd_status status = GD_OK;
    while (!status && !gd_scan_blank(scan)) {
        char *key = scan->at, *end, *value = NULL;
        if ((status = skip_item(scan, key, "=" GD_SCAN_SPACE, &end)))
            break;
        if (end == key)
            return gd_scan_fail(scan, key, "a key is missing before '='");
        scan->at = end;
        if (!gd_scan_blank(scan) && *scan->at == '=') {
            scan->at++;
            gd_scan_blank(scan);
            value = scan->at;
            status = skip_item(scan, value, GD_SCAN_SPACE, &scan->at);
            if (!status && *scan->at)
                *scan->at++ = '\0';
        }
        *end = '\0';
        if (!status)
            status = read_word(reader, key, value);
    }
    return status;
}

/* The comment line, or free text when it has no '='. */
static enum gd_status read_comment(struct reader *reader)
{
    struct gd_scan *scan = reader->scan;
    struct gd_cell *cell = &reader->frame->structure.cell;
    char *all = scan->line;
    enum gd_status status = GD_OK;
    if (strchr(all, '='))
        status = read_words(reader);
    else if (!gd_scan_blank(scan))
        status = add_info(reader, NULL, all);
    if (!status && !reader->said[PROPERTIES]) {
        strcpy(reader->plain, "species:S:1:pos:R:3");
        status = read_properties(reader, reader->plain);
    }
    for (int k = 0; k < 3 && !reader->said[PBC]; k++)
        cell->periodic[k] = reader->said[LATTICE];
    return status;
}

/* Makes room for the atoms, which the rest of the file must be long enough to hold. */
static enum gd_status allocate(struct reader *reader)
{
    struct gd_frame *frame = reader->frame;
    struct gd_error *error = reader->scan->error;
    struct gd_structure structure;
    size_t atoms = (size_t)reader->atoms, extras = 0;
    if (atoms > (gd_scan_left(reader->scan) + 1) / (2 * reader->words))
        return gd_scan_fail(reader->scan, reader->scan->line, "the file is too short for %zu atoms", atoms);
    enum gd_status status = gd_structure_alloc(&structure, atoms, reader->has[FORCE], error);
    if (status)
        return status;
    structure.cell = frame->structure.cell;
    structure.energy = frame->structure.energy;
    frame->structure = structure;
    frame->columns = gd_array(reader->column_count, sizeof *frame->columns);
    if (!frame->columns)
        return gd_no_memory(error, "columns");
    for (size_t k = 0; k < reader->column_count; k++) {
        struct column *column = &reader->columns[k];
        if (column->role != EXTRA)
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
static enum gd_status read_cell(struct reader *reader, const struct column *column, size_t atom, int k)
{
    struct gd_structure *structure = &reader->frame->structure;
    struct gd_scan *scan = reader->scan;
    const char *word = gd_scan_word(scan);
    if (!word)
        return gd_scan_fail(scan, NULL, "the line ends before column %s; it needs %zu words", column->name,
                            reader->words);
    switch (column->role) {
    case SPECIES:
        return gd_scan_element(scan, word, &structure->species[atom]);
    case NUMBER:
        return read_number(scan, word, &structure->species[atom]);
    case POSITION:
        return gd_scan_real(scan, word, column->name, &structure->positions[atom][k]);
    case FORCE:
        return gd_scan_real(scan, word, column->name, &structure->forces[atom][k]);
    default:
        reader->frame->columns[column->extra].cells[atom * (size_t)column->width + (size_t)k] = word;
        return GD_OK;
    }
}

static enum gd_status read_atom(struct reader *reader, size_t atom)
{
    struct gd_scan *scan = reader->scan;
    enum gd_status status = GD_OK;
    if (!gd_scan_line(scan))
        return gd_scan_fail(scan, NULL, "the file ends after %zu of %zu atoms", atom, (size_t)reader->atoms);
    for (size_t c = 0; !status && c < reader->column_count; c++)
        for (int k = 0; !status && k < reader->columns[c].width; k++)
            status = read_cell(reader, &reader->columns[c], atom, k);
    if (!status && !gd_scan_blank(scan))
        return gd_scan_fail(scan, NULL, "the line goes on after the %zu words that it needs%s", reader->words,
                            reader->said[PROPERTIES] ? "" : ": further columns must be named in Properties");
    return status;
}

/* A frame whose first line is the current one. */
static enum gd_status read_frame(struct gd_scan *scan, struct gd_frame *frame)
{
    struct reader reader = {.scan = scan, .frame = frame};
    const char *word = gd_scan_word(scan);
    frame->structure.energy = NAN;
    enum gd_status status = gd_scan_integer(scan, word, "the number of atoms", &reader.atoms);
    if (!status && (reader.atoms < 0 || !gd_scan_blank(scan)))
        status = gd_scan_fail(scan, word, "a frame begins with a line that holds the number of atoms alone");
    if (!status && !gd_scan_line(scan))
        status = gd_scan_fail(scan, NULL, "the file ends before the comment line");
    if (!status)
        status = read_comment(&reader);
    if (!status)
        status = allocate(&reader);
    for (size_t atom = 0; !status && atom < (size_t)reader.atoms; atom++)
        status = read_atom(&reader, atom);
    free(reader.columns);
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
        return gd_fail(scan->error, GD_BAD_INPUT, "%s: there is no structure in it", scan->name);
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

static void clear_frame(struct gd_frame *frame)
{
    gd_structure_clear(&frame->structure);
    for (size_t k = 0; k < frame->column_count; k++)
        free(frame->columns[k].cells);
    free(frame->columns);
    free(frame->info);
}

void gd_frames_clear(struct gd_frames *frames)
{
    if (!frames)
        return;
    for (size_t k = 0; k < frames->count; k++)
        clear_frame(&frames->items[k]);
    free(frames->items);
    free(frames->text);
    *frames = (struct gd_frames){0};
}
