/* Words of the comment line of extended XYZ: pairs of keys and values, in quotes and brackets or without. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "atoms/extxyz_priv.h"
#include "engine/base/memory.h"

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
static enum gd_status read_pair(struct gd_scan *scan, struct gd_extxyz_pair *pair)
{
    char *end;
    *pair = (struct gd_extxyz_pair){.key = scan->at};
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

enum gd_status gd_extxyz_read_pairs(struct gd_extxyz_reader *reader)
{
    enum gd_status status = GD_OK;
    while (!status && !gd_scan_blank(reader->scan)) {
        if (!gd_grow(&reader->pairs, &reader->pair_capacity, reader->pair_count + 1, sizeof *reader->pairs))
            return gd_no_memory(reader->scan->error, "a comment line");
        status = read_pair(reader->scan, &reader->pairs[reader->pair_count++]);
    }
    return status;
}

/* --- Values ------------------------------------------------------------------------------------------------------- */

char *gd_extxyz_next_part(char **value)
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

/* Placeholders of calculators for results that they do not have: words, and Fortran's asterisks. */
static bool is_unknown(const char *word)
{
    static const char *const words[] = {"nan", "inf", "infinity", "none", "null", "n/a"};
    const char *plain = word + (*word == '-' || *word == '+');
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strcasecmp(plain, words[k]) == 0)
            return true;
    return *word == '*' && word[strspn(word, "*")] == '\0';
}

enum gd_status gd_extxyz_read_result(const struct gd_scan *scan, const char *word, const char *what, double *value)
{
    if (!is_unknown(word))
        return gd_scan_real(scan, word, what, value);
    *value = NAN;
    return GD_OK;
}
