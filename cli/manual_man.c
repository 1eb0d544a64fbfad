/* The manual page, in the macros of man(7). */
#include <string.h>

#include "cli/manual.h"

/* Text of a paragraph: a hyphen is a minus, and no line is a request. */
static void print_text(FILE *stream, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stream);
    gd_manual_print_escaped(stream, text, "-\\", "\\");
}

static void print_option(FILE *stream, const struct gd_option *row)
{
    char value[GD_OPTION_VALUE];
    fputs(".TP\n\\fB", stream);
    print_text(stream, row->name);
    fputs("\\fR", stream);
    if (*gd_option_value(row, value)) {
        fputs(" \\fI", stream);
        print_text(stream, value);
        fputs("\\fR", stream);
    }
    fputc('\n', stream);
    print_text(stream, row->help);
    fputc('\n', stream);
}

static void print_command(FILE *stream, const struct gd_command *command)
{
    fprintf(stream, ".SS godiff %s", command->name);
    for (const struct gd_option *row = command->options; row->name; row++)
        if (gd_option_is_position(row)) {
            fprintf(stream, row->required ? " %s" : " [%s]", row->name);
            fputs(row->kind == GD_OPTION_LIST ? "..." : "", stream);
        }
    fputs(" [options]\n", stream);
    print_text(stream, command->summary);
    fputs(".\n", stream);
    for (const struct gd_option *row = command->options; row->name; row++)
        print_option(stream, row);
}

void gd_manual_print_man(const struct gd_command *const *commands, FILE *stream)
{
    fputs(".TH GODIFF 1 \"\" \"godiff " GODIFF_VERSION "\" \"User Commands\"\n"
          ".SH NAME\ngodiff \\- global structure optimisation by diffusion models\n"
          ".SH SYNOPSIS\n.B godiff\n.I command\n[options]\n.br\n.B godiff\n.I command\n.B \\-\\-help\n"
          ".SH DESCRIPTION\ngodiff executes pipelines that search the atomic structures of lowest energy.\n"
          "Messages go to standard error, results to standard output.\n"
          ".SH COMMANDS\n",
          stream);
    for (; *commands; commands++)
        print_command(stream, *commands);
    fputs(".SH EXIT STATUS\n", stream);
    for (const struct gd_exit *code = gd_exits; code->meaning; code++) {
        fprintf(stream, ".TP\n.B %d\n", code->code);
        print_text(stream, code->meaning);
        fputc('\n', stream);
    }
    fputs(".SH SEE ALSO\nThe documentation, with tutorials and pipelines to begin with, is in\n"
          ".I share/doc/godiff\nbeside the program's folder; \\fBgodiff help\\fR says where.\n",
          stream);
}
