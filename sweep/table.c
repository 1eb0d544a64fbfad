#include "sweep/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "sweep/notes.h"

const char *const gd_table_formats[] = {"text", "csv", "json", "markdown", "latex", NULL};

/* --- All numbers: CSV and JSON ------------------------------------------------------------------------------------ */

/* A number of a row, and what it is called. */
struct column {
    const char *name;
    size_t offset;
};

#define ROW(name)                                                                                                      \
    {                                                                                                                  \
#name, offsetof(struct gd_row, name)                                                                           \
    }
#define CONTRAST(name)                                                                                                 \
    {                                                                                                                  \
#name, offsetof(struct gd_contrast, name)                                                                      \
    }

static const struct column row_columns[] = {
    ROW(runs),
    ROW(finished),
    ROW(failed),
    ROW(searches),
    ROW(hits),
    ROW(rate),
    ROW(rate_low),
    ROW(rate_high),
    ROW(relaxed_hits),
    {"first_hit_mean", offsetof(struct gd_row, mean)},
    {"first_hit_median", offsetof(struct gd_row, median)},
    {"first_hit_restricted_mean", offsetof(struct gd_row, restricted)},
    {"first_hit_restricted_error", offsetof(struct gd_row, restricted_error)},
    ROW(cost99),
    ROW(cost99_low),
    ROW(cost99_high),
    ROW(restarts99),
    ROW(restart_length),
    {"best_energy", offsetof(struct gd_row, best)},
    {"best_energy_mean", offsetof(struct gd_row, best_mean)},
    {"best_energy_median", offsetof(struct gd_row, best_median)},
    {"relaxed_energy", offsetof(struct gd_row, relaxed)},
    {"relaxed_energy_mean", offsetof(struct gd_row, relaxed_mean)},
    {"relaxed_energy_median", offsetof(struct gd_row, relaxed_median)},
    ROW(relaxations),
    ROW(converged),
    ROW(unconverged),
    ROW(rejected),
    ROW(cost),
    ROW(evaluations),
    ROW(seconds),
    {0},
};

static const struct column contrast_columns[] = {
    CONTRAST(pairs),      CONTRAST(log_rank_z),
    CONTRAST(log_rank_p), CONTRAST(log_rank_holm),
    CONTRAST(saved),      CONTRAST(saved_low),
    CONTRAST(saved_high), CONTRAST(cost_p),
    CONTRAST(cost_holm),  CONTRAST(superiority),
    CONTRAST(lower),      CONTRAST(lower_p),
    CONTRAST(lower_holm), {0},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))
/* From a member of a structure up to another one all are doubles; the last row of a list of columns is empty. */
#define NUMBERS(type, first, end) ((offsetof(struct type, end) - offsetof(struct type, first)) / sizeof(double))

_Static_assert(COUNT(row_columns) == NUMBERS(gd_row, runs, seconds) + 2, "every number of a row is a column");
_Static_assert(COUNT(contrast_columns) == NUMBERS(gd_contrast, pairs, relaxed) + 1, "so is every number of a contrast");

/* Of which energies `lower` is; NULL where it is not known. */
static const char *energies_of(const struct gd_contrast *contrast)
{
    return isnan(contrast->lower) ? NULL : contrast->relaxed ? "relaxed" : "search";
}

static double value_of(const void *row, const struct column *column)
{
    return *(const double *)(const void *)((const char *)row + column->offset);
}

/* A field of CSV: in quotes where it must be. */
static void add_field(struct gd_text *text, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        gd_text_add(text, field, strlen(field));
        return;
    }
    gd_text_add(text, "\"", 1);
    for (; *field; field++)
        gd_text_add(text, *field == '"' ? "\"\"" : field, *field == '"' ? 2 : 1);
    gd_text_add(text, "\"", 1);
}

/* Empty for what is not known; "inf" is a number to readers of CSV. */
static void add_number(struct gd_text *text, double value)
{
    char number[32] = "inf";
    if (isfinite(value))
        gd_number_write(number, sizeof number, value);
    if (!isnan(value))
        gd_text_add(text, number, strlen(number));
}

static void add_numbers(struct gd_text *text, const void *row, const struct column *columns)
{
    for (; columns->name; columns++) {
        gd_text_add(text, ",", 1);
        add_number(text, value_of(row, columns));
    }
}

static void add_head(struct gd_text *text, const char *first, const struct column *columns)
{
    gd_text_print(text, "%s", first);
    for (; columns->name; columns++)
        gd_text_print(text, ",%s", columns->name);
}

static void write_csv(struct gd_text *text, const struct gd_comparison *comparison)
{
    add_head(text, "variant", row_columns);
    for (size_t a = 0; a < comparison->at_count; a++)
        gd_text_print(text, ",best_energy_at_%.15g", comparison->at[a]);
    gd_text_add(text, "\n", 1);
    for (size_t k = 0; k < comparison->count; k++) {
        add_field(text, comparison->rows[k].name);
        add_numbers(text, &comparison->rows[k], row_columns);
        for (size_t a = 0; a < comparison->at_count; a++) {
            gd_text_add(text, ",", 1);
            add_number(text, comparison->best_at[k * comparison->at_count + a]);
        }
        gd_text_add(text, "\n", 1);
    }
    if (comparison->count < 2)
        return;
    gd_text_add(text, "\n", 1);
    add_head(text, "variant,base", contrast_columns);
    gd_text_print(text, ",energies\n");
    for (size_t k = 0; k + 1 < comparison->count; k++) {
        add_field(text, comparison->contrasts[k].name);
        gd_text_add(text, ",", 1);
        add_field(text, comparison->contrasts[k].base);
        add_numbers(text, &comparison->contrasts[k], contrast_columns);
        const char *energies = energies_of(&comparison->contrasts[k]);
        gd_text_print(text, ",%s\n", energies ? energies : "");
    }
}

/* What is not finite is null. */
static bool add_members(cJSON *object, const void *row, const struct column *columns)
{
    bool added = true;
    for (; columns->name && added; columns++) {
        const double value = value_of(row, columns);
        added = isfinite(value) ? cJSON_AddNumberToObject(object, columns->name, value) != NULL
                                : cJSON_AddNullToObject(object, columns->name) != NULL;
    }
    return added;
}

static bool add_curve(cJSON *object, const struct gd_survival *curve)
{
    const struct {
        const char *name;
        const double *values;
    } lists[] = {{"cost", curve->time}, {"missed", curve->survival}, {"low", curve->low}, {"high", curve->high}};
    cJSON *json = cJSON_AddObjectToObject(object, "curve");
    bool added = json != NULL;
    for (size_t k = 0; k < sizeof lists / sizeof *lists && added; k++) {
        cJSON *list = cJSON_CreateDoubleArray(lists[k].values, (int)curve->count);
        added = cJSON_AddItemToObject(json, lists[k].name, list);
    }
    return added;
}

/* What is not known is null. */
static bool add_best_at(cJSON *object, const struct gd_comparison *comparison, size_t group)
{
    cJSON *list = cJSON_AddArrayToObject(object, "best_energy_at");
    bool added = list != NULL;
    for (size_t a = 0; a < comparison->at_count && added; a++) {
        const double best = comparison->best_at[group * comparison->at_count + a];
        cJSON *pair = cJSON_CreateObject();
        added =
            cJSON_AddItemToArray(list, pair) && cJSON_AddNumberToObject(pair, "cost", comparison->at[a]) &&
            (isfinite(best) ? cJSON_AddNumberToObject(pair, "energy", best) : cJSON_AddNullToObject(pair, "energy"));
    }
    return added;
}

static bool add_notes_to(cJSON *json, const struct gd_comparison *comparison)
{
    char *notes = gd_comparison_notes(comparison);
    cJSON *list = cJSON_AddArrayToObject(json, "notes");
    bool added = list && notes;
    for (char *line = notes, *end; added && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        added = cJSON_AddItemToArray(list, cJSON_CreateString(line));
    }
    free(notes);
    return added;
}

static bool fill_json(cJSON *json, const struct gd_comparison *comparison)
{
    bool added = cJSON_AddStringToObject(json, "cost", comparison->column) &&
                 (isfinite(comparison->horizon) ? cJSON_AddNumberToObject(json, "horizon", comparison->horizon)
                                                : cJSON_AddNullToObject(json, "horizon"));
    cJSON *rows = cJSON_AddArrayToObject(json, "variants"), *contrasts = cJSON_AddArrayToObject(json, "comparisons");
    for (size_t k = 0; k < comparison->count && added; k++) {
        cJSON *row = cJSON_CreateObject();
        added = cJSON_AddItemToArray(rows, row) && cJSON_AddStringToObject(row, "variant", comparison->rows[k].name) &&
                add_members(row, &comparison->rows[k], row_columns) && add_best_at(row, comparison, k) &&
                add_curve(row, &comparison->curves[k]);
    }
    for (size_t k = 0; k + 1 < comparison->count && added; k++) {
        const struct gd_contrast *contrast = &comparison->contrasts[k];
        const char *energies = energies_of(contrast);
        cJSON *row = cJSON_CreateObject();
        added =
            cJSON_AddItemToArray(contrasts, row) && cJSON_AddStringToObject(row, "variant", contrast->name) &&
            cJSON_AddStringToObject(row, "base", contrast->base) && add_members(row, contrast, contrast_columns) &&
            (energies ? cJSON_AddStringToObject(row, "energies", energies) : cJSON_AddNullToObject(row, "energies"));
    }
    return added && add_notes_to(json, comparison);
}

static char *write_json(const struct gd_comparison *comparison)
{
    cJSON *json = cJSON_CreateObject();
    char *text = json && fill_json(json, comparison) ? gd_json_write(json, true) : NULL;
    cJSON_Delete(json);
    return text;
}

/* --- For reading: cells ------------------------------------------------------------------------------------------- */

static void set_cell(struct gd_grid *grid, size_t row, size_t column, char *text)
{
    grid->cells[row * grid->columns + column] = text;
    grid->failed |= !text;
}

/* A cost or a count: whole where it is large. */
static const char *print_cost(char text[32], double value)
{
    if (!isfinite(value))
        return isnan(value) ? "-" : "never";
    snprintf(text, 32, fabs(value) >= 1000 || value == floor(value) ? "%.0f" : "%.4g", value);
    return text;
}

static const char *print_energy(char text[32], double value)
{
    if (!isfinite(value))
        return "-";
    snprintf(text, 32, "%.4f", fabs(value) < 0.5e-4 ? 0 : value); /* no -0.0000 */
    return text;
}

static const char *print_p(char text[32], double value)
{
    if (isnan(value))
        return "-";
    snprintf(text, 32, value < 0.001 ? "< 0.001" : "%.3f", value);
    return text;
}

static char *cell_name(const struct gd_row *row)
{
    return gd_string(row->name);
}

static char *cell_runs(const struct gd_row *row)
{
    return row->finished == row->runs ? gd_format("%.0f", row->runs)
                                      : gd_format("%.0f of %.0f", row->finished, row->runs);
}

static char *cell_hits(const struct gd_row *row)
{
    return row->searches > 0
               ? gd_format("%.0f/%.0f [%.2f, %.2f]", row->hits, row->searches, row->rate_low, row->rate_high)
               : gd_string("-");
}

static char *cell_relaxed(const struct gd_row *row)
{
    return row->searches > 0 ? gd_format("%.0f/%.0f", row->relaxed_hits, row->searches) : gd_string("-");
}

static char *cell_mean(const struct gd_row *row)
{
    char text[32];
    return gd_string(print_cost(text, row->mean));
}

static char *cell_median(const struct gd_row *row)
{
    char text[32];
    return gd_string(print_cost(text, row->median));
}

static char *cell_restricted(const struct gd_row *row)
{
    char one[32], other[32];
    return isnan(row->restricted)
               ? gd_string("-")
               : gd_format("%s ± %s", print_cost(one, row->restricted), print_cost(other, row->restricted_error));
}

static char *cell_effort(const struct gd_row *row)
{
    char one[32], low[32], high[32];
    return isnan(row->cost99) ? gd_string("-")
                              : gd_format("%s [%s, %s]", print_cost(one, row->cost99), print_cost(low, row->cost99_low),
                                          print_cost(high, row->cost99_high));
}

static char *cell_best(const struct gd_row *row)
{
    char one[32];
    return gd_string(print_energy(one, row->best));
}

static char *cell_best_median(const struct gd_row *row)
{
    char one[32];
    return gd_string(print_energy(one, row->best_median));
}

static char *cell_relaxed_median(const struct gd_row *row)
{
    char one[32];
    return gd_string(print_energy(one, row->relaxed_median));
}

static char *cell_seconds(const struct gd_row *row)
{
    char digits[32];
    return gd_string(isnan(row->seconds) ? "-" : gd_number_round(digits, sizeof digits, row->seconds, 3));
}

static const struct {
    const char *head;
    char *(*print)(const struct gd_row *row);
} row_cells[] = {
    {"variant", cell_name},
    {"runs", cell_runs},
    {"hits [95 %]", cell_hits},
    {"relaxed", cell_relaxed},
    {"first hit, mean", cell_mean},
    {"median", cell_median},
    {"restricted mean", cell_restricted},
    {"for 99 % success", cell_effort},
    {"best (eV)", cell_best},
    {"median best (eV)", cell_best_median},
    {"median relaxed (eV)", cell_relaxed_median},
    {"seconds", cell_seconds},
};

static char *cell_pair(const struct gd_contrast *contrast)
{
    return gd_format("%s - %s", contrast->name, contrast->base);
}

static char *cell_pairs(const struct gd_contrast *contrast)
{
    return gd_format("%.0f", contrast->pairs);
}

/* "0.012 (0.037)": p, and corrected. */
static char *tests(double p, double corrected)
{
    char one[32], other[32];
    return isnan(p) ? gd_string("-") : gd_format("%s (%s)", print_p(one, p), print_p(other, corrected));
}

static char *cell_log_rank(const struct gd_contrast *contrast)
{
    return tests(contrast->log_rank_p, contrast->log_rank_holm);
}

static char *cell_saved(const struct gd_contrast *contrast)
{
    char one[32], low[32], high[32];
    return isnan(contrast->saved)
               ? gd_string("-")
               : gd_format("%s [%s, %s]", print_cost(one, contrast->saved), print_cost(low, contrast->saved_low),
                           print_cost(high, contrast->saved_high));
}

static char *cell_cost_test(const struct gd_contrast *contrast)
{
    return tests(contrast->cost_p, contrast->cost_holm);
}

static char *cell_superiority(const struct gd_contrast *contrast)
{
    return isnan(contrast->superiority) ? gd_string("-") : gd_format("%.2f", contrast->superiority);
}

static char *cell_energies(const struct gd_contrast *contrast)
{
    const char *energies = energies_of(contrast);
    return gd_string(energies ? energies : "-");
}

static char *cell_lower(const struct gd_contrast *contrast)
{
    char text[32];
    return gd_string(print_energy(text, contrast->lower));
}

static char *cell_lower_test(const struct gd_contrast *contrast)
{
    return tests(contrast->lower_p, contrast->lower_holm);
}

static const struct {
    const char *head;
    char *(*print)(const struct gd_contrast *contrast);
} contrast_cells[] = {
    {"comparison", cell_pair},
    {"pairs", cell_pairs},
    {"log-rank p (Holm)", cell_log_rank},
    {"saved [95 %]", cell_saved},
    {"permutation p (Holm)", cell_cost_test},
    {"superiority", cell_superiority},
    {"energies", cell_energies},
    {"lower by (eV)", cell_lower},
    {"permutation p (Holm)", cell_lower_test},
};

static bool make_grid(struct gd_grid *grid, size_t rows, size_t columns)
{
    *grid = (struct gd_grid){.rows = rows, .columns = columns};
    grid->cells = gd_array(rows * columns, sizeof *grid->cells);
    grid->failed = !grid->cells;
    return !grid->failed;
}

void gd_grid_make_rows(struct gd_grid *grid, const struct gd_comparison *comparison)
{
    const size_t fixed = COUNT(row_cells);
    char number[32];
    if (!make_grid(grid, comparison->count + 1, fixed + comparison->at_count))
        return;
    for (size_t c = 0; c < fixed; c++) {
        set_cell(grid, 0, c, gd_string(row_cells[c].head));
        for (size_t r = 1; r < grid->rows; r++)
            set_cell(grid, r, c, row_cells[c].print(&comparison->rows[r - 1]));
    }
    for (size_t a = 0; a < comparison->at_count; a++) {
        set_cell(grid, 0, fixed + a, gd_format("best at %s (eV)", print_cost(number, comparison->at[a])));
        for (size_t r = 1; r < grid->rows; r++)
            set_cell(grid, r, fixed + a,
                     gd_string(print_energy(number, comparison->best_at[(r - 1) * comparison->at_count + a])));
    }
}

void gd_grid_make_contrasts(struct gd_grid *grid, const struct gd_comparison *comparison)
{
    if (!make_grid(grid, comparison->count, COUNT(contrast_cells)))
        return;
    for (size_t c = 0; c < grid->columns; c++) {
        set_cell(grid, 0, c, gd_string(contrast_cells[c].head));
        for (size_t r = 1; r < grid->rows; r++)
            set_cell(grid, r, c, contrast_cells[c].print(&comparison->contrasts[r - 1]));
    }
}

void gd_grid_clear(struct gd_grid *grid)
{
    for (size_t k = 0; grid->cells && k < grid->rows * grid->columns; k++)
        free(grid->cells[k]);
    free(grid->cells);
    *grid = (struct gd_grid){0};
}

/* --- For reading: formats ----------------------------------------------------------------------------------------- */

/* The columns that a terminal needs for a text. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static const char *cell(const struct gd_grid *grid, size_t row, size_t column)
{
    return grid->cells[row * grid->columns + column];
}

static int column_width(const struct gd_grid *grid, size_t column)
{
    int most = 0;
    for (size_t r = 0; r < grid->rows; r++)
        most = width_of(cell(grid, r, column)) > most ? width_of(cell(grid, r, column)) : most;
    return most;
}

static void write_text(struct gd_text *text, const struct gd_grid *grid)
{
    for (size_t r = 0; r < grid->rows; r++)
        for (size_t c = 0; c < grid->columns; c++) {
            const bool last = c + 1 == grid->columns;
            const int space = last ? 0 : column_width(grid, c) - width_of(cell(grid, r, c)) + 2;
            gd_text_print(text, "%s%*s%s", cell(grid, r, c), space, "", last ? "\n" : "");
        }
}

/* A cell in which the given characters have something before them. */
static void add_escaped(struct gd_text *text, const char *cell_text, const char *special)
{
    for (; *cell_text; cell_text++)
        gd_text_print(text, "%s%c", strchr(special, *cell_text) ? "\\" : "", *cell_text);
}

static void write_markdown(struct gd_text *text, const struct gd_grid *grid)
{
    for (size_t r = 0; r < grid->rows; r++) {
        for (size_t c = 0; c < grid->columns; c++) {
            gd_text_add(text, "| ", 2);
            add_escaped(text, cell(grid, r, c), "|\\*_");
            gd_text_add(text, " ", 1);
        }
        gd_text_add(text, "|\n", 2);
        for (size_t c = 0; c <= grid->columns && r == 0; c++)
            gd_text_print(text, "%s", c < grid->columns ? "|---" : "|\n");
    }
}

/* A text in which nothing is a command. A minus before a number, or between two names, is one, and no hyphen. */
static void add_latex(struct gd_text *text, const char *from)
{
    static const struct {
        const char *sign, *written;
    } signs[] = {{"±", "$\\pm$"},
                 {"<", "$<$"},
                 {">", "$>$"},
                 {"\\", "\\textbackslash{}"},
                 {"~", "\\textasciitilde{}"},
                 {"^", "\\textasciicircum{}"}};
    char before = ' ';
    while (*from) {
        const bool minus = *from == '-' && strchr(" [", before) && strchr("0123456789 ", from[1]) && from[1];
        const char *written = minus ? "$-$" : NULL;
        size_t length = 1;
        for (size_t k = 0; k < sizeof signs / sizeof *signs && !written; k++)
            if (!strncmp(from, signs[k].sign, strlen(signs[k].sign))) {
                written = signs[k].written;
                length = strlen(signs[k].sign);
            }
        if (written)
            gd_text_print(text, "%s", written);
        else
            gd_text_print(text, "%s%c", strchr("%_&#${}", *from) ? "\\" : "", *from);
        before = *from;
        from += length;
    }
}

static void write_latex(struct gd_text *text, const struct gd_grid *grid)
{
    gd_text_print(text, "\\begin{tabular}{l");
    for (size_t c = 1; c < grid->columns; c++)
        gd_text_add(text, "r", 1);
    gd_text_print(text, "}\n\\hline\n");
    for (size_t r = 0; r < grid->rows; r++) {
        for (size_t c = 0; c < grid->columns; c++) {
            add_latex(text, cell(grid, r, c));
            gd_text_print(text, c + 1 < grid->columns ? " & " : " \\\\\n");
        }
        if (r == 0)
            gd_text_print(text, "\\hline\n");
    }
    gd_text_print(text, "\\hline\n\\end{tabular}\n");
}

static void say_text(struct gd_text *text, const char *sentence)
{
    gd_text_print(text, "%s.\n", sentence);
}

/* A paragraph. */
static void say_markdown(struct gd_text *text, const char *sentence)
{
    gd_text_add(text, "\n", 1);
    add_escaped(text, sentence, "|\\*_");
    gd_text_add(text, ".\n", 2);
}

static void say_latex(struct gd_text *text, const char *sentence)
{
    gd_text_add(text, "\n", 1);
    add_latex(text, sentence);
    gd_text_add(text, ".\n", 2);
}

/* What the columns mean, and how to take them, below the tables. */
static void add_notes(struct gd_text *text, const struct gd_comparison *comparison,
                      void (*say)(struct gd_text *, const char *))
{
    char *notes = gd_comparison_notes(comparison), *costs = gd_comparison_costs(comparison);
    text->failed |= !notes || !costs;
    if (costs && isfinite(comparison->horizon)) /* else there is nothing to explain */
        say(text, costs);
    for (char *line = notes, *end; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        say(text, line);
    }
    free(costs);
    free(notes);
}

static void write_grids(struct gd_text *text, const struct gd_comparison *comparison,
                        void (*write)(struct gd_text *, const struct gd_grid *))
{
    struct gd_grid grid;
    gd_grid_make_rows(&grid, comparison);
    text->failed |= grid.failed;
    if (!grid.failed)
        write(text, &grid);
    gd_grid_clear(&grid);
    if (comparison->count < 2)
        return;
    gd_grid_make_contrasts(&grid, comparison);
    text->failed |= grid.failed;
    gd_text_add(text, "\n", 1);
    if (!grid.failed)
        write(text, &grid);
    gd_grid_clear(&grid);
}

char *gd_table_write(const struct gd_comparison *comparison, enum gd_table_format format)
{
    static const struct {
        void (*write)(struct gd_text *, const struct gd_grid *);
        void (*say)(struct gd_text *, const char *);
    } for_reading[] = {[GD_TABLE_TEXT] = {write_text, say_text},
                       [GD_TABLE_MARKDOWN] = {write_markdown, say_markdown},
                       [GD_TABLE_LATEX] = {write_latex, say_latex}};
    struct gd_text text = {0};
    if (format == GD_TABLE_JSON)
        return write_json(comparison);
    if (format == GD_TABLE_CSV) {
        write_csv(&text, comparison);
    } else {
        write_grids(&text, comparison, for_reading[format].write);
        gd_text_print(&text, format == GD_TABLE_TEXT ? "\n" : "");
        add_notes(&text, comparison, for_reading[format].say);
    }
    return gd_text_take(&text);
}

/* --- Runs --------------------------------------------------------------------------------------------------------- */

static void add_record(struct gd_text *text, const struct gd_group *group, const struct gd_record *record)
{
    const double values[] = {record->evaluations, record->best, record->relaxed,
                             record->hit,         record->end,  record->seconds};
    add_field(text, group->name);
    gd_text_print(text, ",%" PRIu64 ",%s", record->seed, gd_run_state_names[record->state]);
    for (size_t k = 0; k < COUNT(values); k++) {
        gd_text_add(text, ",", 1);
        add_number(text, values[k]);
    }
    gd_text_add(text, ",", 1);
    add_field(text, record->folder);
    gd_text_add(text, ",", 1);
    add_field(text, record->reason);
    gd_text_add(text, "\n", 1);
}

char *gd_table_write_runs(const struct gd_results *results)
{
    struct gd_text text = {0};
    gd_text_print(&text,
                  "variant,seed,state,evaluations,best_energy,relaxed_energy,first_hit,cost,seconds,folder,reason\n");
    for (size_t g = 0; g < results->count; g++)
        for (size_t k = 0; k < results->groups[g].count; k++)
            add_record(&text, &results->groups[g], &results->groups[g].records[k]);
    return gd_text_take(&text);
}
