#include "cli/select.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"

enum { WORD = 128, DEPTH = 100, FIELDS = 32 };

/* A condition that is read and judged at once. */
struct reader {
    const char *text, *at;
    const struct gd_field *fields;
    struct gd_error *error;
    int depth;
};

static enum gd_status fail(const struct reader *reader, const char *what, const char *found)
{
    return gd_fail(reader->error, GD_BAD_INPUT, "--select: character %d: expected %s, got %s%.60s%s",
                   (int)(reader->at - reader->text) + 1, what, *found ? "'" : "the end", found, *found ? "'" : "");
}

static void skip_blanks(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

/* The word at the place, without moving on: letters, digits and what numbers and names of steps have in them. */
static size_t peek_word(struct reader *reader, char word[WORD])
{
    static const char more[] = "_-./+";
    size_t length = 0;
    skip_blanks(reader);
    while (isalnum((unsigned char)reader->at[length]) || (reader->at[length] && strchr(more, reader->at[length])))
        length++;
    snprintf(word, WORD, "%.*s", (int)length, reader->at);
    return length;
}

static bool take_word(struct reader *reader, const char *expected)
{
    char word[WORD];
    const size_t length = peek_word(reader, word);
    if (!length || strcmp(word, expected) != 0)
        return false;
    reader->at += length;
    return true;
}

static bool take_mark(struct reader *reader, char mark)
{
    skip_blanks(reader);
    if (*reader->at != mark)
        return false;
    reader->at++;
    return true;
}

/* --- Comparisons -------------------------------------------------------------------------------------------------- */

enum relation { LESS, AT_MOST, MORE, AT_LEAST, EQUAL, OTHER };

static enum gd_status read_relation(struct reader *reader, enum relation *relation)
{
    static const struct {
        const char *mark;
        enum relation relation;
    } marks[] = {{"<=", AT_MOST}, {">=", AT_LEAST}, {"!=", OTHER}, {"==", EQUAL},
                 {"<", LESS},     {">", MORE},      {"=", EQUAL}};
    skip_blanks(reader);
    for (size_t k = 0; k < sizeof marks / sizeof *marks; k++)
        if (!strncmp(reader->at, marks[k].mark, strlen(marks[k].mark))) {
            *relation = marks[k].relation;
            reader->at += strlen(marks[k].mark);
            return GD_OK;
        }
    return fail(reader, "one of < <= > >= = !=", reader->at);
}

/* What a property is called: the name nearest to the word, or all of them. Owned by the caller. */
static char *describe_fields(const char *word, const char *const *names)
{
    const char *near = *word ? gd_find_nearest(word, names) : NULL;
    if (near)
        return gd_format("a property such as %s", near);
    struct gd_text list = {0};
    for (size_t k = 0; names[k]; k++)
        gd_text_print(&list, "%s%s", k ? ", " : "a property (one of ", names[k]);
    gd_text_print(&list, ")");
    return gd_text_take(&list);
}

static const struct gd_field *read_field(struct reader *reader)
{
    const char *names[FIELDS] = {NULL};
    char word[WORD];
    const size_t length = peek_word(reader, word);
    for (size_t k = 0; reader->fields[k].name && k < FIELDS - 1; k++) {
        names[k] = reader->fields[k].name;
        if (!strcmp(names[k], word)) {
            reader->at += length;
            return &reader->fields[k];
        }
    }
    char *what = describe_fields(word, names);
    fail(reader, what ? what : "a property", length ? word : reader->at);
    free(what);
    return NULL;
}

static bool compare(double difference, enum relation relation)
{
    const bool holds[] = {[LESS] = (difference < 0),      [AT_MOST] = (difference <= 0), [MORE] = (difference > 0),
                          [AT_LEAST] = (difference >= 0), [EQUAL] = (difference == 0),   [OTHER] = (difference != 0)};
    return !isnan(difference) && holds[relation];
}

static enum gd_status compare_number(struct reader *reader, const struct gd_field *field, enum relation relation,
                                     bool *met)
{
    char word[WORD];
    double number;
    const size_t length = peek_word(reader, word);
    if (!gd_parse_float(word, &number))
        return fail(reader, "a number", length ? word : reader->at);
    reader->at += length;
    *met = compare(field->number - number, relation);
    return GD_OK;
}

/* A word, or text in quotes, which has no quotes in it. */
static enum gd_status compare_text(struct reader *reader, const struct gd_field *field, enum relation relation,
                                   bool *met)
{
    char word[WORD];
    size_t length = peek_word(reader, word), taken = length;
    const char quote = *reader->at;
    if (quote == '\'' || quote == '"') {
        length = strcspn(reader->at + 1, (char[]){quote, '\0'});
        if (!reader->at[1 + length])
            return fail(reader, "text in quotes", reader->at);
        snprintf(word, sizeof word, "%.*s", (int)length, reader->at + 1);
        taken = length + 2;
    }
    if (!taken)
        return fail(reader, "a word", reader->at);
    if (relation != EQUAL && relation != OTHER)
        return fail(reader, "= or != before text", reader->at);
    reader->at += taken;
    *met = *field->text && (strcmp(field->text, word) == 0) == (relation == EQUAL);
    return GD_OK;
}

/* --- Conditions --------------------------------------------------------------------------------------------------- */

static enum gd_status read_or(struct reader *reader, bool *met);

static enum gd_status read_one(struct reader *reader, bool *met)
{
    enum relation relation = EQUAL;
    if (++reader->depth > DEPTH)
        return fail(reader, "fewer levels", reader->at);
    if (take_word(reader, "not")) {
        enum gd_status status = read_one(reader, met);
        *met = !*met;
        reader->depth--;
        return status;
    }
    if (take_mark(reader, '(')) {
        enum gd_status status = read_or(reader, met);
        reader->depth--;
        return status || take_mark(reader, ')') ? status : fail(reader, "')'", reader->at);
    }
    reader->depth--;
    const struct gd_field *field = read_field(reader);
    enum gd_status status = field ? read_relation(reader, &relation) : GD_BAD_INPUT;
    if (status)
        return status;
    return field->is_text ? compare_text(reader, field, relation, met) : compare_number(reader, field, relation, met);
}

static enum gd_status read_and(struct reader *reader, bool *met)
{
    enum gd_status status = read_one(reader, met);
    while (!status && take_word(reader, "and")) {
        bool other = false;
        status = read_one(reader, &other);
        *met = *met && other;
    }
    return status;
}

static enum gd_status read_or(struct reader *reader, bool *met)
{
    enum gd_status status = read_and(reader, met);
    while (!status && take_word(reader, "or")) {
        bool other = false;
        status = read_and(reader, &other);
        *met = *met || other;
    }
    return status;
}

enum gd_status gd_select(const char *condition, const struct gd_field *fields, bool *met, struct gd_error *error)
{
    struct reader reader = {.text = condition, .at = condition, .fields = fields, .error = error};
    *met = false;
    enum gd_status status = read_or(&reader, met);
    skip_blanks(&reader);
    return status || !*reader.at ? status : fail(&reader, "'and', 'or' or the end", reader.at);
}
