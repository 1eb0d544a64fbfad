/* Options of a command, described by rows: parsing, checks and --help all come from them. */
#ifndef GD_CLI_OPTIONS_H
#define GD_CLI_OPTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "engine/base/error.h"

enum gd_option_kind {
    GD_OPTION_FLAG,   /* bool */
    GD_OPTION_TEXT,   /* const char *, NULL when not given */
    GD_OPTION_LIST,   /* struct gd_list: may be given many times */
    GD_OPTION_INT,    /* int64_t in [min, max] */
    GD_OPTION_FLOAT,  /* double in [min, max] */
    GD_OPTION_CHOICE, /* int: index into choices */
};

struct gd_list {
    const char **items; /* borrowed from the arguments */
    size_t count, capacity;
};

/* `name` begins with "--", or is the name of a position (FILE); positions are filled in the order of their rows. */
struct gd_option {
    const char *name;
    const char *value; /* what --help calls the value; NULL for flags, positions and choices */
    enum gd_option_kind kind;
    size_t offset; /* into the zeroed struct of the command's values */
    bool required;
    double min, max;
    bool above_min;             /* min itself is not accepted */
    const char *const *choices; /* NULL-ended */
    const char *help;
};

/* Rows are ended by one without name. */
struct gd_command {
    const char *name, *summary;
    const struct gd_option *options;
    size_t size; /* of the values */
    enum gd_status (*run)(const void *values, struct gd_error *error);
    bool lasting; /* what it does stays when nobody reads what it prints: then it says so */
};

/* Fills `values` from arguments (those after the command's name). *help: --help was among them; nothing else counts
 * then. Free the lists with gd_options_clear in any case. */
enum gd_status gd_options_parse(const struct gd_command *command, int count, char *const *arguments, void *values,
                                bool *help, struct gd_error *error);
void gd_options_clear(const struct gd_command *command, void *values);

void gd_options_help(const struct gd_command *command, FILE *stream);

#endif
