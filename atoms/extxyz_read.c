/* Extended XYZ: a line with the number of atoms, a comment line of key=value words, a line per atom. The words follow
 * the dialect of the Atomic Simulation Environment and libAtoms (github.com/libAtoms/extxyz); beyond it, Lattice and
 * pbc may go on without quotes (pbc=T T F), and known keys and columns may be in another case. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "atoms/elements.h"
#include "atoms/extxyz.h"
#include "atoms/scan.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/language/params.h"

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

/* The keys of the comment line that mean something here. */
enum known { LATTICE, PBC, ENERGY, PROPERTIES, KNOWN };
static const char *const known_keys[KNOWN] = {"Lattice", "pbc", "energy", "Properties"};

/* A word of the comment line: a key, and a value when there is one. */
struct pair {
    char *key, *value;
};

/* One frame being read. */
struct reader {
    struct gd_scan *scan;
    struct gd_frame *frame;
    int64_t atoms;
    struct column *columns;
    size_t column_count, capacity;
    struct pair *pairs;
    size_t pair_count, pair_capacity;
    size_t words;   /* per atom line */
    char plain[32]; /* the Properties of a file without */
    bool has[ROLES], said[KNOWN];
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

/* 1 for true, 0 for false, -1 for neither. */
static int truth(const char *word)
{
    static const char *const words[2][3] = {{"F", "false", "0"}, {"T", "true", "1"}};
    for (int k = 0; k < 6; k++)
        if (strcasecmp(word, words[k / 3][k % 3]) == 0)
            return k / 3;
    return -1;
}

static enum gd_status read_pbc(struct reader *reader, char *value)
{
    const char *start = value, *part;
    bool *periodic = reader->frame->structure.cell.periodic;
    int count = 0;
    for (; (part = next_part(&value)); count++) {
        int found = truth(part);
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

/* What calculators leave in place of a result that they do not have: words, and Fortran's asterisks. */
static bool is_unknown(const char *word)
{
    static const char *const words[] = {"nan", "inf", "infinity", "none", "null", "n/a"};
    const char *plain = word + (*word == '-' || *word == '+');
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strcasecmp(plain, words[k]) == 0)
            return true;
    return *word == '*' && word[strspn(word, "*")] == '\0';
}

/* An energy or force: NaN when it is not known. */
static enum gd_status read_result(const struct gd_scan *scan, const char *word, const char *what, double *value)
{
    if (!is_unknown(word))
        return gd_scan_real(scan, word, what, value);
    *value = NAN;
    return GD_OK;
}

static enum gd_status read_energy(struct reader *reader, char *value)
{
    const char *start = value, *part = next_part(&value), *more = part ? next_part(&value) : NULL;
    if (!part || more)
        return gd_scan_fail(reader->scan, more ? more : start, "energy needs one number");
    return read_result(reader->scan, part, "energy", &reader->frame->structure.energy);
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

/* The column of a known name, or one whose name differs in case alone and that has the type and width of it; NULL. */
static struct column *find_column(const struct reader *reader, const char *name, char type, int width)
{
    struct column *similar = NULL;
    for (size_t k = 0; k < reader->column_count; k++) {
        struct column *column = &reader->columns[k];
        if (strcmp(column->name, name) == 0)
            return column;
        if (strcasecmp(column->name, name) == 0 && column->type == type && column->width == width && !similar)
            similar = column;
    }
    return similar;
}

/* Gives every role to the first of the known columns that is there; beside symbols, atomic numbers have none. */
static enum gd_status assign_roles(struct reader *reader)
{
    for (size_t k = 0; k < sizeof known_columns / sizeof *known_columns; k++) {
        const char type = known_columns[k].type, *name = known_columns[k].name;
        const int width = known_columns[k].width;
        const enum role role = known_columns[k].role;
        struct column *column = find_column(reader, name, type, width);
        if (!column || reader->has[role] || (role == NUMBER && reader->has[SPECIES]))
            continue;
        if (column->type != type || column->width != width)
            return gd_scan_fail(reader->scan, column->name, "Properties: column '%s' is %c:%d, it should be %c:%d",
                                column->name, column->type, column->width, type, width);
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
    if (!text)
        return gd_scan_fail(reader->scan, start, "Properties is empty");
    while (!status && *text)
        status = add_column(reader, &text);
    if (!status)
        status = assign_roles(reader);
    if (!status && !reader->has[POSITION])
        return gd_scan_fail(reader->scan, start, "Properties has no column pos:R:3");
    if (!status && !reader->has[SPECIES] && !reader->has[NUMBER])
        return gd_scan_fail(reader->scan, start, "Properties has no column species:S:1");
    return status;
}

/* --- The comment line --------------------------------------------------------------------------------------------- */

static enum gd_status (*const read_known[KNOWN])(struct reader *reader, char *value) = {
    [LATTICE] = read_lattice, [PBC] = read_pbc, [ENERGY] = read_energy, [PROPERTIES] = read_properties};

static bool is_flag(const char *word)
{
    return truth(word) >= 0;
}

static bool is_number(const char *word)
{
    double value;
    return gd_parse_float(word, &value);
}

/* What may go on in the words that follow, when the value is not in quotes: pbc=T T F. */
static bool (*const goes_on[KNOWN])(const char *word) = {[LATTICE] = is_number, [PBC] = is_flag};

/* A quote opens at either sign; an apostrophe within a word is none. */
static bool opens_quote(const char *first, const char *at)
{
    return *at == '"' || (*at == '\'' && (at == first || strchr("[{(,:=" GD_SCAN_SPACE, at[-1])));
}

/* The end of a value that begins with a quote or bracket, or NULL when it has none. Backslashes protect the next
 * character, quotes all but their like, brackets nest. */
static char *skip_closed(char *first)
{
    int depth = 0;
    char quote = '\0', *at = first;
    do {
        if (*at == '\\' && at[1])
            at++;
        else if (quote)
            quote = *at == quote ? '\0' : quote;
        else if (opens_quote(first, at))
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
    if (!*start || !strchr("\"'[{", *start)) {
        *end = start + strcspn(start, stop);
        return GD_OK;
    }
    *end = skip_closed(start);
    if (!*end)
        return gd_scan_fail(scan, start, "the %s that begins here has no end",
                            strchr("\"'", *start) ? "quote" : "bracket");
    return strchr(stop, **end) ? GD_OK : gd_scan_fail(scan, *end, "a space is missing here");
}

/* The next pair of the line, which is not blank. */
static enum gd_status read_pair(struct gd_scan *scan, struct pair *pair)
{
    char *end;
    *pair = (struct pair){.key = scan->at};
    enum gd_status status = skip_item(scan, pair->key, "=" GD_SCAN_SPACE, &end);
    if (status)
        return status;
    if (end == pair->key)
        return gd_scan_fail(scan, pair->key, "a key is missing before '='");
    scan->at = end;
    if (!gd_scan_blank(scan) && *scan->at == '=') {
        scan->at++;
        gd_scan_blank(scan);
        pair->value = scan->at;
        status = skip_item(scan, pair->value, GD_SCAN_SPACE, &scan->at);
        if (!status && *scan->at)
            *scan->at++ = '\0';
    }
    *end = '\0';
    return status;
}

static enum gd_status read_pairs(struct reader *reader)
{
    enum gd_status status = GD_OK;
    while (!status && !gd_scan_blank(reader->scan)) {
        if (!gd_grow(&reader->pairs, &reader->pair_capacity, reader->pair_count + 1, sizeof *reader->pairs))
            return gd_no_memory(reader->scan->error, "a comment line");
        status = read_pair(reader->scan, &reader->pairs[reader->pair_count++]);
    }
    return status;
}

/* Whether a known key means a pair: spelled so, or in another case with a value. Many programs write an "Energy" in
 * words of their own, which is kept as it is. */
static bool is_meant(const struct pair *pair, enum known known)
{
    if (!pair->key || known == ENERGY || !pair->value)
        return pair->key && strcmp(pair->key, known_keys[known]) == 0;
    return strcasecmp(pair->key, known_keys[known]) == 0;
}

/* Sets *found to the one pair that a known key means, or NULL. */
static enum gd_status find_pair(const struct reader *reader, enum known known, struct pair **found)
{
    *found = NULL;
    for (size_t k = 0; k < reader->pair_count; k++) {
        struct pair *pair = &reader->pairs[k];
        if (!is_meant(pair, known))
            continue;
        if (*found)
            return gd_scan_fail(reader->scan, pair->key, "%s is there twice", known_keys[known]);
        *found = pair;
    }
    return GD_OK;
}

/* Adds the words that follow a bare value and belong to it; they are no pairs any more. */
static void extend(const struct reader *reader, struct pair *pair, bool (*belongs)(const char *word))
{
    if (!belongs(pair->value))
        return;
    for (struct pair *next = pair + 1; next < reader->pairs + reader->pair_count; next++) {
        if (next->value || !belongs(next->key))
            return;
        for (char *gap = pair->value; gap < next->key; gap++)
            *gap = *gap ? *gap : ' ';
        next->key = NULL;
    }
}

static enum gd_status keep(struct reader *reader, const char *key, const char *value)
{
    struct gd_frame *frame = reader->frame;
    if (!frame->info && !(frame->info = gd_array(reader->pair_count + 1, sizeof *frame->info)))
        return gd_no_memory(reader->scan->error, "a comment line");
    frame->info[frame->info_count++] = (struct gd_info){key, value};
    return GD_OK;
}

/* Reads what is known, and keeps the rest. */
static enum gd_status read_words(struct reader *reader)
{
    enum gd_status status = read_pairs(reader);
    for (enum known k = 0; k < KNOWN && !status; k++) {
        struct pair *pair;
        if ((status = find_pair(reader, k, &pair)) || !pair)
            continue;
        if (!pair->value)
            return gd_scan_fail(reader->scan, pair->key, "%s has no value", pair->key);
        if (goes_on[k])
            extend(reader, pair, goes_on[k]);
        pair->key = NULL;
        reader->said[k] = true;
        status = read_known[k](reader, pair->value);
    }
    for (size_t k = 0; k < reader->pair_count && !status; k++)
        if (reader->pairs[k].key)
            status = keep(reader, reader->pairs[k].key, reader->pairs[k].value);
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
        status = keep(reader, NULL, all);
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
        return read_result(scan, word, column->name, &structure->forces[atom][k]);
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
        return gd_scan_fail(scan, NULL, "the line has more than the %zu words that it needs%s", reader->words,
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
