/* Tables of options, for docs/cli.md. */
#include "cli/manual.h"

static void print_option(FILE *stream, const struct gd_option *row)
{
    char value[GD_OPTION_VALUE];
    fprintf(stream, "| `%s", row->name);
    if (*gd_option_value(row, value)) {
        fputc(' ', stream);
        gd_manual_print_escaped(stream, value, "|", "\\");
    }
    fputs("` | ", stream);
    gd_manual_print_escaped(stream, row->help, "|", "\\");
    fputs(" |\n", stream);
}

static void print_command(FILE *stream, const struct gd_command *command)
{
    fputs("```\n", stream);
    gd_options_usage(command, stream);
    fputs("```\n\n", stream);
    if (!command->options->name)
        return;
    fputs("| | |\n|---|---|\n", stream);
    for (const struct gd_option *row = command->options; row->name; row++)
        print_option(stream, row);
}

void gd_manual_print_markdown(const struct gd_command *const *commands, FILE *stream)
{
    for (; *commands; commands++)
        print_command(stream, *commands);
}
