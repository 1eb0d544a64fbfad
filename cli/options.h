/* Options of a command, described by rows: parsing, checks and --help all come from them. */
#ifndef GD_CLI_OPTIONS_H
#define GD_CLI_OPTIONS_H

#include <stdbool.h>
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
    const char
        *words; /* what completes the value: words that `godiff stages --words` prints; NULL: files, if anything */
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

/* An exit code and what it says; ended by one without meaning. */
struct gd_exit {
    int code;
    const char *meaning;
};
extern const struct gd_exit gd_exits[];

/* Whether an option is a position, such as FILE. */
bool gd_option_is_position(const struct gd_option *option);

/* What --help calls the value; of a choice, all that there is to choose from: "cpu|cuda". "": none. Returns `text`. */
enum { GD_OPTION_VALUE = 128 };
const char *gd_option_value(const struct gd_option *option, char text[GD_OPTION_VALUE]);

/* "usage: godiff run FILE [--set PATH=VALUE]... ..." and a line feed. */
void gd_options_usage(const struct gd_command *command, FILE *stream);

void gd_options_help(const struct gd_command *command, FILE *stream);

#endif
