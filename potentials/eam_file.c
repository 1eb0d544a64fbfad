/* setfl: three lines of comment; the number of elements and their names; Nρ Δρ Nr Δr cutoff; for each element a line
 * with its atomic number, which may be anything (the name counts), mass and crystal, then Nρ values of F and Nr of the
 * density (for Finnis-Sinclair, of one density for each element); Nr values of r φ for the pairs 1-1, 2-1, 2-2, 3-1,
 * ... funcfl: one line of comment; atomic number, mass and crystal; the same line of sizes; F, charge Z(r), density.
 * Values may be divided into lines in any way. */
#include "potentials/eam_file.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/scan.h"
#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"

#define MOST_POINTS        10000000
#define HARTREE_TIMES_BOHR (27.2 * 0.529) /* eV Å, rounded as LAMMPS has it */

struct reader {
    struct gd_scan *scan;
    struct gd_eam *eam;
    size_t densities;             /* tables for each element */
    size_t density_points, radii; /* Nρ, Nr */
    double density_step, radius_step;
    struct gd_spline_point *next; /* where the next table goes */
};

/* The next line that is not blank. */
static enum gd_status next_line(struct gd_scan *scan, const char *what)
{
    do
        if (!gd_scan_line(scan))
            return gd_scan_fail(scan, NULL, "the file ends before %s", what);
    while (gd_scan_blank(scan));
    return GD_OK;
}

static enum gd_status skip_comments(struct gd_scan *scan, int count)
{
    for (int k = 0; k < count; k++)
        if (!gd_scan_line(scan))
            return gd_scan_fail(scan, NULL, "the file ends in its first %d lines, which are comments", count);
    return GD_OK;
}

static enum gd_status read_count(struct gd_scan *scan, const char *what, int64_t least, int64_t most, size_t *count)
{
    const char *word = gd_scan_word(scan);
    int64_t value = 0;
    enum gd_status status = gd_scan_integer(scan, word, what, &value);
    if (!status && (value < least || value > most))
        return gd_scan_fail(scan, word, "%s: %s is not between %lld and %lld", what, word, (long long)least,
                            (long long)most);
    *count = (size_t)value;
    return status;
}

static enum gd_status read_above_zero(struct gd_scan *scan, const char *what, double *value)
{
    const char *word = gd_scan_word(scan);
    enum gd_status status = gd_scan_real(scan, word, what, value);
    return !status && !(*value > 0) ? gd_scan_fail(scan, word, "%s: %s is not above zero", what, word) : status;
}

static enum gd_status read_sizes(struct reader *reader)
{
    struct gd_scan *scan = reader->scan;
    enum gd_status status = next_line(scan, "the sizes of the tables");
    if (!status)
        status = read_count(scan, "the number of densities", GD_SPLINE_FEWEST, MOST_POINTS, &reader->density_points);
    if (!status)
        status = read_above_zero(scan, "the step of the density", &reader->density_step);
    if (!status)
        status = read_count(scan, "the number of distances", GD_SPLINE_FEWEST, MOST_POINTS, &reader->radii);
    if (!status)
        status = read_above_zero(scan, "the step of the distance", &reader->radius_step);
    return status ? status : read_above_zero(scan, "the cutoff", &reader->eam->cutoff);
}

/* Memory for all tables, when the file can be long enough for them. */
static enum gd_status make_tables(struct reader *reader)
{
    struct gd_eam *eam = reader->eam;
    size_t kinds = eam->kinds, pairs = kinds * (kinds + 1) / 2;
    size_t points = kinds * (reader->density_points + reader->densities * reader->radii) + pairs * reader->radii;
    if (points > gd_scan_bytes_left(reader->scan) / 2 + 1)
        return gd_scan_fail(reader->scan, reader->scan->line, "the file is too short for %zu values", points);
    eam->embedding = gd_array(kinds, sizeof *eam->embedding);
    eam->density = gd_array(kinds * kinds, sizeof *eam->density);
    eam->pair = gd_array(kinds * kinds, sizeof *eam->pair);
    eam->points = reader->next = gd_array(points, sizeof *eam->points);
    return eam->embedding && eam->density && eam->pair && eam->points ? GD_OK
                                                                      : gd_no_memory(reader->scan->error, "tables");
}

/* The next word, on whatever line it is; NULL at the end of the file. */
static char *next_word(struct gd_scan *scan)
{
    char *word;
    while (!(word = gd_scan_word(scan)))
        if (!gd_scan_line(scan))
            return NULL;
    return word;
}

/* One table of `count` values of an element, or of two. */
static enum gd_status read_table(struct reader *reader, size_t count, double step, const char *quantity, int a, int b,
                                 struct gd_spline *spline)
{
    struct gd_scan *scan = reader->scan;
    char what[64];
    snprintf(what, sizeof what, "%s of %s%s%s", quantity, gd_element_symbol(a), b ? " and " : "",
             b ? gd_element_symbol(b) : "");
    for (size_t k = 0; k < count; k++) {
        const char *word = next_word(scan);
        if (!word)
            return gd_scan_fail(scan, NULL, "the file ends before value %zu of the %zu of %s", k + 1, count, what);
        enum gd_status status = gd_scan_real(scan, word, what, &reader->next[k].value);
        if (status)
            return status;
    }
    gd_spline_set_slopes(reader->next, count);
    *spline = (struct gd_spline){reader->next, count, step};
    reader->next += count;
    return GD_OK;
}

/* After the last value of a table nothing more is in its line. */
static enum gd_status end_line(struct gd_scan *scan, const char *what)
{
    return gd_scan_blank(scan) ? GD_OK
                               : gd_scan_fail(scan, NULL, "the line should end after the last value of %s", what);
}

/* After the last table no numbers are left. */
static enum gd_status end_file(struct reader *reader, const char *format)
{
    const char *word = next_word(reader->scan);
    double value;
    if (!word || !gd_parse_float(word, &value))
        return GD_OK;
    return gd_scan_fail(reader->scan, word, "a number after the last table: the file is not of the format %s", format);
}

/* --- setfl -------------------------------------------------------------------------------------------------------- */

static enum gd_status read_elements(struct reader *reader)
{
    struct gd_scan *scan = reader->scan;
    struct gd_eam *eam = reader->eam;
    enum gd_status status = next_line(scan, "the elements");
    if (!status)
        status = read_count(scan, "the number of elements", 1, GD_EAM_MOST_KINDS, &eam->kinds);
    for (size_t k = 0; k < eam->kinds && !status; k++) {
        const char *word = gd_scan_word(scan);
        status = gd_scan_element(scan, word, &eam->number[k]);
        for (size_t other = 0; other < k && !status; other++)
            if (eam->number[other] == eam->number[k])
                status = gd_scan_fail(scan, word, "%s is named twice", word);
    }
    return status;
}

/* The line before an element's tables: its first word is the atomic number. */
static enum gd_status read_heading(struct gd_scan *scan, double *number)
{
    enum gd_status status = next_line(scan, "an element's atomic number, mass and crystal");
    if (!status)
        status = gd_scan_real(scan, gd_scan_word(scan), "an element's atomic number", number);
    scan->at += strlen(scan->at);
    return status;
}

static enum gd_status read_element(struct reader *reader, size_t kind)
{
    struct gd_eam *eam = reader->eam;
    const size_t densities = reader->densities;
    struct gd_spline *density = &eam->density[kind * eam->kinds];
    const int number = eam->number[kind];
    double unused;
    enum gd_status status = read_heading(reader->scan, &unused);
    if (!status)
        status = read_table(reader, reader->density_points, reader->density_step, "the embedding energy", number, 0,
                            &eam->embedding[kind]);
    for (size_t k = 0; k < densities && !status; k++)
        status = read_table(reader, reader->radii, reader->radius_step, "the density", number,
                            densities > 1 ? eam->number[k] : 0, &density[k]);
    for (size_t k = densities; k < eam->kinds && !status; k++)
        density[k] = density[0];
    return status ? status : end_line(reader->scan, "the density");
}

static enum gd_status read_pairs(struct reader *reader)
{
    struct gd_eam *eam = reader->eam;
    enum gd_status status = GD_OK;
    for (size_t a = 0; a < eam->kinds; a++)
        for (size_t b = 0; b <= a && !status; b++) {
            status = read_table(reader, reader->radii, reader->radius_step, "the pair energy", eam->number[a],
                                eam->number[b], &eam->pair[a * eam->kinds + b]);
            eam->pair[b * eam->kinds + a] = eam->pair[a * eam->kinds + b];
        }
    return status;
}

static enum gd_status read_setfl(struct reader *reader, bool finnis_sinclair)
{
    enum gd_status status = skip_comments(reader->scan, 3);
    if (!status)
        status = read_elements(reader);
    if (!status)
        status = read_sizes(reader);
    reader->densities = finnis_sinclair ? reader->eam->kinds : 1;
    if (!status)
        status = make_tables(reader);
    for (size_t kind = 0; kind < reader->eam->kinds && !status; kind++)
        status = read_element(reader, kind);
    if (!status)
        status = read_pairs(reader);
    return status ? status : end_file(reader, finnis_sinclair ? "fs" : "alloy");
}

/* --- funcfl ------------------------------------------------------------------------------------------------------- */

static enum gd_status read_number(struct reader *reader)
{
    double number;
    enum gd_status status = read_heading(reader->scan, &number);
    if (!status && !(number >= 1 && number <= GD_ELEMENTS && number == floor(number)))
        return gd_scan_fail(reader->scan, reader->scan->line, "%g is not the atomic number of an element", number);
    reader->eam->kinds = 1;
    reader->eam->number[0] = status ? 0 : (int)number;
    return status;
}

/* The charges in place of r φ(r) become that. */
static enum gd_status square_charges(const struct reader *reader)
{
    struct gd_spline_point *points = &reader->eam->points[reader->density_points];
    for (size_t k = 0; k < reader->radii; k++) {
        points[k].value *= HARTREE_TIMES_BOHR * points[k].value;
        if (!isfinite(points[k].value))
            return gd_scan_fail(reader->scan, NULL, "value %zu of the charges is too large", k + 1);
    }
    gd_spline_set_slopes(points, reader->radii);
    return GD_OK;
}

static enum gd_status read_funcfl(struct reader *reader)
{
    struct gd_eam *eam = reader->eam;
    enum gd_status status = skip_comments(reader->scan, 1);
    if (!status)
        status = read_number(reader);
    if (!status)
        status = read_sizes(reader);
    reader->densities = 1;
    if (!status)
        status = make_tables(reader);
    const int number = eam->number[0];
    if (!status)
        status = read_table(reader, reader->density_points, reader->density_step, "the embedding energy", number, 0,
                            &eam->embedding[0]);
    if (!status)
        status = read_table(reader, reader->radii, reader->radius_step, "the charge", number, 0, &eam->pair[0]);
    if (!status)
        status = read_table(reader, reader->radii, reader->radius_step, "the density", number, 0, &eam->density[0]);
    if (!status)
        status = square_charges(reader);
    return status ? status : end_file(reader, "funcfl");
}

/* --- All ---------------------------------------------------------------------------------------------------------- */

/* Parses `text`, which is changed. */
static enum gd_status parse_text(struct gd_eam *eam, enum gd_eam_format format, const char *name, char *text,
                                 size_t length, struct gd_error *error)
{
    struct gd_scan scan;
    struct reader reader = {.scan = &scan, .eam = eam};
    *eam = (struct gd_eam){0};
    enum gd_status status = gd_scan_start(&scan, name, text, length, error);
    if (!status)
        status = format == GD_EAM_FUNCFL ? read_funcfl(&reader) : read_setfl(&reader, format == GD_EAM_FS);
    if (status) {
        gd_eam_clear(eam);
        return status;
    }
    eam->cutoff = fmin(eam->cutoff, gd_spline_end(&eam->pair[0]));
    return GD_OK;
}

enum gd_status gd_eam_parse(struct gd_eam *eam, enum gd_eam_format format, const char *name, const char *text,
                            size_t length, struct gd_error *error)
{
    char *copy = length < SIZE_MAX ? gd_array(length + 1, 1) : NULL;
    *eam = (struct gd_eam){0};
    if (!copy)
        return gd_no_memory(error, "a file's text");
    if (length)
        memcpy(copy, text, length);
    enum gd_status status = parse_text(eam, format, name, copy, length, error);
    free(copy);
    return status;
}

enum gd_status gd_eam_read(struct gd_eam *eam, enum gd_eam_format format, const char *path, struct gd_error *error)
{
    char *text = NULL;
    size_t length;
    *eam = (struct gd_eam){0};
    enum gd_status status = gd_file_read(path, &text, &length, error);
    if (!status)
        status = parse_text(eam, format, path, text, length, error);
    free(text);
    return status;
}

void gd_eam_clear(struct gd_eam *eam)
{
    free(eam->embedding);
    free(eam->density);
    free(eam->pair);
    free(eam->points);
    *eam = (struct gd_eam){0};
}
