/* What the commands that show results share. */
#ifndef GD_CLI_RESULTS_H
#define GD_CLI_RESULTS_H

#include <math.h>

#include "cli/cli.h"
#include "sweep/table.h"

/* What the command line says about the results. */
struct gd_results_request {
    const char *over, *energy, *at;
    int format; /* enum gd_table_format */
};

/* DIR..., a struct gd_list. */
#define GD_DIRECTORIES_OPTION(offset_of_list)                                                                          \
    {                                                                                                                  \
        .name = "DIR", .kind = GD_OPTION_LIST, .offset = offset_of_list, .required = true,                             \
        .help = "a sweep, a run, or a folder of runs"                                                                  \
    }

#define GD_MEASURE_OPTIONS(offset_of_request)                                                                          \
    {.name = "--over",                                                                                                 \
     .value = "COLUMN",                                                                                                \
     .kind = GD_OPTION_TEXT,                                                                                           \
     .offset = (offset_of_request) + offsetof(struct gd_results_request, over),                                        \
     .help = "what a search costs: a number of metrics.jsonl (default: evaluations)"},                                 \
    {                                                                                                                  \
        .name = "--energy", .value = "E", .kind = GD_OPTION_TEXT,                                                      \
        .offset = (offset_of_request) + offsetof(struct gd_results_request, energy),                                   \
        .help = "a hit is an energy of at most E eV, in place of the target"                                           \
    }

#define GD_TABLE_OPTIONS(offset_of_request)                                                                            \
    {.name = "--at",                                                                                                   \
     .value = "N1,N2,...",                                                                                             \
     .kind = GD_OPTION_TEXT,                                                                                           \
     .offset = (offset_of_request) + offsetof(struct gd_results_request, at),                                          \
     .help = "costs at which the table has the best energies"},                                                        \
    {                                                                                                                  \
        .name = "--format", .kind = GD_OPTION_CHOICE,                                                                  \
        .offset = (offset_of_request) + offsetof(struct gd_results_request, format), .choices = gd_table_formats,      \
        .help = "of the table (default: text)"                                                                         \
    }

/* Reads the directories; files that are damaged are named on stderr, and left out. Free with gd_results_clear in any
 * case. */
enum gd_status gd_results_load(const struct gd_results_request *request, const struct gd_list *directories,
                               struct gd_results *results, struct gd_error *error);

/* Prints why the results may mislead, if gd_results_check has found a reason. */
void gd_results_warn(const struct gd_results *results);

/* Prints the table to a file, or to stdout for NULL. */
enum gd_status gd_comparison_print(const struct gd_comparison *comparison, int format, const char *path,
                                   struct gd_error *error);

#endif
