/* Comparisons as tables: text, CSV, JSON, Markdown and LaTeX. */
#ifndef GD_SWEEP_TABLE_H
#define GD_SWEEP_TABLE_H

#include "sweep/comparison.h"

enum gd_table_format { GD_TABLE_TEXT, GD_TABLE_CSV, GD_TABLE_JSON, GD_TABLE_MARKDOWN, GD_TABLE_LATEX };

/* In the order of enum gd_table_format; NULL-ended. */
extern const char *const gd_table_formats[];

/* The groups and, behind an empty line, their comparisons with the first, then notes on how to take them
 * (sweep/notes.h). JSON: all in one object. CSV and JSON have all numbers with all digits, the others are for reading;
 * CSV has no notes, but the numbers that they are made of. New string, free with free(); NULL when out of memory. */
char *gd_table_write(const struct gd_comparison *comparison, enum gd_table_format format);

/* One line per run, as CSV. New string, free with free(); NULL when out of memory. */
char *gd_table_write_runs(const struct gd_results *results);

/* A grid of texts, of which the first row is the head. */
struct gd_grid {
    char **cells; /* [rows][columns] */
    size_t rows, columns;
    bool failed; /* out of memory */
};

/* The grid for reading of the groups, or of their comparisons with the first. Free with gd_grid_clear. */
void gd_grid_make_rows(struct gd_grid *grid, const struct gd_comparison *comparison);
void gd_grid_make_contrasts(struct gd_grid *grid, const struct gd_comparison *comparison);
void gd_grid_clear(struct gd_grid *grid);

#endif
