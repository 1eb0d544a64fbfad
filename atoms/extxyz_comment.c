/* The comment line of extended XYZ: its known keys are read, the rest is kept. */
#include <string.h>
#include <strings.h>

#include "atoms/extxyz_priv.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"

/* The keys of the comment line that are read here. */
enum known { LATTICE, PBC, ENERGY, PROPERTIES, KNOWN };
static const char *const known_keys[KNOWN] = {"Lattice", "pbc", "energy", "Properties"};

/* --- Known keys --------------------------------------------------------------------------------------------------- */

static enum gd_status read_lattice(struct gd_extxyz_reader *reader, char *value)
{
    const char *start = value;
    for (int k = 0; k < 9; k++) {
        const char *part = gd_extxyz_next_part(&value);
        if (!part)
            return gd_scan_fail(reader->scan, start, "Lattice needs nine numbers, here are %d", k);
        enum gd_status status =
            gd_scan_real(reader->scan, part, "Lattice", &reader->frame->structure.cell.vectors[k / 3][k % 3]);
        if (status)
            return status;
    }
    const char *more = gd_extxyz_next_part(&value);
    return more ? gd_scan_fail(reader->scan, more, "Lattice needs nine numbers, here are more") : GD_OK;
}

/* 1 for true, 0 for false, -1 for neither. */
static int parse_flag(const char *word)
{
    static const char *const words[2][3] = {{"F", "false", "0"}, {"T", "true", "1"}};
    for (int k = 0; k < 6; k++)
        if (strcasecmp(word, words[k / 3][k % 3]) == 0)
            return k / 3;
    return -1;
}

static enum gd_status read_pbc(struct gd_extxyz_reader *reader, char *value)
{
    const char *start = value, *part;
    bool *periodic = reader->frame->structure.cell.periodic;
    int count = 0;
    for (; (part = gd_extxyz_next_part(&value)); count++) {
        int found = parse_flag(part);
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

static enum gd_status read_energy(struct gd_extxyz_reader *reader, char *value)
{
    const char *start = value, *part = gd_extxyz_next_part(&value), *more = part ? gd_extxyz_next_part(&value) : NULL;
    if (!part || more)
        return gd_scan_fail(reader->scan, more ? more : start, "energy needs one number");
    return gd_extxyz_read_result(reader->scan, part, "energy", &reader->frame->structure.energy);
}

static enum gd_status (*const read_known[KNOWN])(struct gd_extxyz_reader *reader, char *value) = {
    [LATTICE] = read_lattice, [PBC] = read_pbc, [ENERGY] = read_energy, [PROPERTIES] = gd_extxyz_read_properties};

static bool is_flag(const char *word)
{
    return parse_flag(word) >= 0;
}

static bool is_number(const char *word)
{
    double value;
    return gd_parse_float(word, &value);
}

/* Which of the words that follow belong to a value that is not in quotes: pbc=T T F. */
static bool (*const continues[KNOWN])(const char *word) = {[LATTICE] = is_number, [PBC] = is_flag};

/* --- The line ----------------------------------------------------------------------------------------------------- */

/* Whether a pair has a known key: spelled so, or in another case with a value. "Energy" is kept as it is: many
 * programs write it with other meanings. */
static bool is_key(const struct gd_extxyz_pair *pair, enum known known)
{
    if (!pair->key || known == ENERGY || !pair->value)
        return pair->key && strcmp(pair->key, known_keys[known]) == 0;
    return strcasecmp(pair->key, known_keys[known]) == 0;
}

/* Sets *found to the one pair with a known key, or NULL. */
static enum gd_status find_pair(const struct gd_extxyz_reader *reader, enum known known, struct gd_extxyz_pair **found)
{
    *found = NULL;
    for (size_t k = 0; k < reader->pair_count; k++) {
        struct gd_extxyz_pair *pair = &reader->pairs[k];
        if (!is_key(pair, known))
            continue;
        if (*found)
            return gd_scan_fail(reader->scan, pair->key, "%s is there twice", known_keys[known]);
        *found = pair;
    }
    return GD_OK;
}

/* Adds the words that follow a bare value and belong to it; they are no pairs any more. */
static void extend(const struct gd_extxyz_reader *reader, struct gd_extxyz_pair *pair,
                   bool (*belongs)(const char *word))
{
    if (!belongs(pair->value))
        return;
    for (struct gd_extxyz_pair *next = pair + 1; next < reader->pairs + reader->pair_count; next++) {
        if (next->value || !belongs(next->key))
            return;
        for (char *gap = pair->value; gap < next->key; gap++)
            *gap = *gap ? *gap : ' ';
        next->key = NULL;
    }
}

static enum gd_status keep_info(struct gd_extxyz_reader *reader, const char *key, const char *value)
{
    struct gd_frame *frame = reader->frame;
    if (!frame->info && !(frame->info = gd_array(reader->pair_count + 1, sizeof *frame->info)))
        return gd_no_memory(reader->scan->error, "a comment line");
    frame->info[frame->info_count++] = (struct gd_info){key, value};
    return GD_OK;
}

/* Reads the known keys, and keeps the rest. given: which of them are there. */
static enum gd_status read_words(struct gd_extxyz_reader *reader, bool given[KNOWN])
{
    enum gd_status status = gd_extxyz_read_pairs(reader);
    for (enum known k = 0; k < KNOWN && !status; k++) {
        struct gd_extxyz_pair *pair;
        if ((status = find_pair(reader, k, &pair)) || !pair)
            continue;
        if (!pair->value)
            return gd_scan_fail(reader->scan, pair->key, "%s has no value", pair->key);
        if (continues[k])
            extend(reader, pair, continues[k]);
        pair->key = NULL;
        given[k] = true;
        status = read_known[k](reader, pair->value);
    }
    for (size_t k = 0; k < reader->pair_count && !status; k++)
        if (reader->pairs[k].key)
            status = keep_info(reader, reader->pairs[k].key, reader->pairs[k].value);
    return status;
}

/* The comment line, or free text when it has no '='. */
enum gd_status gd_extxyz_read_comment(struct gd_extxyz_reader *reader)
{
    struct gd_scan *scan = reader->scan;
    struct gd_cell *cell = &reader->frame->structure.cell;
    char *all = scan->line;
    bool given[KNOWN] = {false};
    enum gd_status status = GD_OK;
    if (strchr(all, '='))
        status = read_words(reader, given);
    else if (!gd_scan_blank(scan))
        status = keep_info(reader, NULL, all);
    reader->has_properties = given[PROPERTIES];
    if (!status && !given[PROPERTIES]) {
        strcpy(reader->plain, "species:S:1:pos:R:3");
        status = gd_extxyz_read_properties(reader, reader->plain);
    }
    for (int k = 0; k < 3 && !given[PBC]; k++)
        cell->periodic[k] = given[LATTICE];
    return status;
}
