/* The parser of command lines, and --help, from the same rows. */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/base/text.h"
#include "engine/language/params.h"

struct parser {
    const struct gd_command *command;
    char *values;
    unsigned char *given; /* [rows] */
    struct gd_error *error;
};

bool gd_option_is_position(const struct gd_option *option)
{
    return option->name[0] != '-';
}

static size_t row_count(const struct gd_command *command)
{
    size_t count = 0;
    while (command->options[count].name)
        count++;
    return count;
}

static enum gd_status parse_int(struct parser *parser, const struct gd_option *option, const char *text)
{
    int64_t value;
    if (!gd_parse_int(text, &value) || (double)value < option->min || (double)value > option->max)
        return gd_fail(parser->error, GD_BAD_INPUT, "%s: expected an integer from %.0f to %.0f, got '%s'", option->name,
                       option->min, option->max, text);
    memcpy(parser->values + option->offset, &value, sizeof value);
    return GD_OK;
}

static enum gd_status parse_float(struct parser *parser, const struct gd_option *option, const char *text)
{
    double value;
    if (!gd_parse_float(text, &value) || value < option->min || value > option->max ||
        (option->above_min && value <= option->min))
        return gd_fail(parser->error, GD_BAD_INPUT, "%s: expected a number in %c%g, %g], got '%s'", option->name,
                       option->above_min ? '(' : '[', option->min, option->max, text);
    memcpy(parser->values + option->offset, &value, sizeof value);
    return GD_OK;
}

const char *gd_option_value(const struct gd_option *option, char text[GD_OPTION_VALUE])
{
    size_t used = 0;
    snprintf(text, GD_OPTION_VALUE, "%s", option->value ? option->value : "");
    for (size_t k = 0; option->choices && option->choices[k] && used < GD_OPTION_VALUE; k++)
        used += (size_t)snprintf(text + used, GD_OPTION_VALUE - used, "%s%s", k ? "|" : "", option->choices[k]);
    return text;
}

static enum gd_status parse_choice(struct parser *parser, const struct gd_option *option, const char *text)
{
    int value = 0;
    while (option->choices[value] && strcmp(option->choices[value], text) != 0)
        value++;
    char expected[GD_OPTION_VALUE];
    if (!option->choices[value])
        return gd_fail(parser->error, GD_BAD_INPUT, "%s: expected %s, got '%s'", option->name,
                       gd_option_value(option, expected), text);
    memcpy(parser->values + option->offset, &value, sizeof value);
    return GD_OK;
}

static enum gd_status parse_text(struct parser *parser, const struct gd_option *option, const char *text)
{
    if (!*text)
        return gd_fail(parser->error, GD_BAD_INPUT, "%s is empty", option->name);
    memcpy(parser->values + option->offset, &text, sizeof text);
    return GD_OK;
}

static enum gd_status parse_list(struct parser *parser, const struct gd_option *option, const char *text)
{
    struct gd_list *list = (struct gd_list *)(void *)(parser->values + option->offset);
    if (!gd_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items))
        return gd_no_memory(parser->error, "the command line");
    list->items[list->count++] = text;
    return GD_OK;
}

static enum gd_status parse_flag(struct parser *parser, const struct gd_option *option, const char *text)
{
    (void)text;
    bool value = true;
    memcpy(parser->values + option->offset, &value, sizeof value);
    return GD_OK;
}

/* In the order of enum gd_option_kind. */
static enum gd_status (*const parsers[])(struct parser *, const struct gd_option *, const char *) = {
    [GD_OPTION_FLAG] = parse_flag, [GD_OPTION_TEXT] = parse_text,   [GD_OPTION_LIST] = parse_list,
    [GD_OPTION_INT] = parse_int,   [GD_OPTION_FLOAT] = parse_float, [GD_OPTION_CHOICE] = parse_choice,
};

static enum gd_status take(struct parser *parser, const struct gd_option *option, const char *text)
{
    unsigned char *given = &parser->given[option - parser->command->options];
    if (*given && option->kind != GD_OPTION_LIST)
        return gd_fail(parser->error, GD_BAD_INPUT, "%s is given twice", option->name);
    *given = 1;
    return parsers[option->kind](parser, option, text);
}

static enum gd_status unknown(struct parser *parser, const char *name, size_t length)
{
    const char *names[32] = {NULL};
    size_t count = 0;
    for (const struct gd_option *row = parser->command->options; row->name && count < 31; row++)
        if (!gd_option_is_position(row))
            names[count++] = row->name;
    char word[64];
    gd_print(word, sizeof word, "%.*s", (int)length, name);
    const char *near = gd_find_nearest(word, names);
    return gd_fail(parser->error, GD_BAD_INPUT, "unknown option %s%s%s%s; see: godiff %s --help", word,
                   near ? ", did you mean " : "", near ? near : "", near ? "?" : "", parser->command->name);
}

/* "--name", "--name value" or "--name=value"; *next is the argument after it, and moves on when it is used up. */
static enum gd_status parse_option(struct parser *parser, const char *argument, int *next, int count,
                                   char *const *arguments)
{
    const size_t length = strcspn(argument, "=");
    const struct gd_option *row = parser->command->options;
    while (row->name && (strlen(row->name) != length || strncmp(row->name, argument, length) != 0))
        row++;
    if (!row->name)
        return unknown(parser, argument, length);
    const char *value = argument[length] ? argument + length + 1 : NULL;
    if (row->kind == GD_OPTION_FLAG && value)
        return gd_fail(parser->error, GD_BAD_INPUT, "%s takes no value", row->name);
    if (row->kind != GD_OPTION_FLAG && !value) {
        char expected[GD_OPTION_VALUE];
        if (*next >= count)
            return gd_fail(parser->error, GD_BAD_INPUT, "%s needs a value: %s %s", row->name, row->name,
                           gd_option_value(row, expected));
        value = arguments[(*next)++];
    }
    return take(parser, row, value);
}

static enum gd_status parse_position(struct parser *parser, const char *argument)
{
    const struct gd_option *row = parser->command->options;
    while (row->name && (!gd_option_is_position(row) ||
                         (parser->given[row - parser->command->options] && row->kind != GD_OPTION_LIST)))
        row++;
    if (!row->name)
        return gd_fail(parser->error, GD_BAD_INPUT, "unexpected argument '%s'; see: godiff %s --help", argument,
                       parser->command->name);
    return take(parser, row, argument);
}

static enum gd_status parse_all(struct parser *parser, int count, char *const *arguments, bool *help)
{
    enum gd_status status = GD_OK;
    bool options = true;
    for (int k = 0; k < count && !status;) {
        const char *argument = arguments[k++];
        if (options && (!strcmp(argument, "--help") || !strcmp(argument, "-h")))
            *help = true;
        else if (options && !strcmp(argument, "--"))
            options = false;
        else if (options && argument[0] == '-' && argument[1])
            status = parse_option(parser, argument, &k, count, arguments);
        else
            status = parse_position(parser, argument);
    }
    for (size_t k = 0; k < row_count(parser->command) && !status && !*help; k++) {
        const struct gd_option *row = &parser->command->options[k];
        if (row->required && !parser->given[k])
            status = gd_fail(parser->error, GD_BAD_INPUT, "%s is missing; see: godiff %s --help", row->name,
                             parser->command->name);
    }
    return status;
}

enum gd_status gd_options_parse(const struct gd_command *command, int count, char *const *arguments, void *values,
                                bool *help, struct gd_error *error)
{
    struct parser parser = {.command = command, .values = values, .error = error};
    *help = false;
    parser.given = gd_array(row_count(command), 1);
    enum gd_status status =
        parser.given ? parse_all(&parser, count, arguments, help) : gd_no_memory(error, "the command line");
    free(parser.given);
    return status;
}

void gd_options_clear(const struct gd_command *command, void *values)
{
    for (const struct gd_option *row = command->options; row->name; row++)
        if (row->kind == GD_OPTION_LIST)
            free(((struct gd_list *)(void *)((char *)values + row->offset))->items);
}

void gd_options_usage(const struct gd_command *command, FILE *stream)
{
    fprintf(stream, "usage: godiff %s", command->name);
    for (const struct gd_option *row = command->options; row->name; row++) {
        fprintf(stream, row->required ? " %s" : " [%s", row->name);
        char value[GD_OPTION_VALUE];
        if (*gd_option_value(row, value))
            fprintf(stream, " %s", value);
        if (!row->required)
            fputc(']', stream);
        if (row->kind == GD_OPTION_LIST)
            fputs("...", stream);
    }
    fputc('\n', stream);
}

void gd_options_help(const struct gd_command *command, FILE *stream)
{
    gd_options_usage(command, stream);
    fprintf(stream, "\n%s\n", command->summary);
    if (row_count(command))
        fputc('\n', stream);
    for (const struct gd_option *row = command->options; row->name; row++) {
        char head[2 * GD_OPTION_VALUE], value[GD_OPTION_VALUE];
        gd_option_value(row, value);
        snprintf(head, sizeof head, "%s%s%s", row->name, *value ? " " : "", value);
        fprintf(stream, "  %-24s  %s\n", head, row->help);
    }
    fprintf(stream, "  %-24s  %s\n", "--help", "this text");
}
