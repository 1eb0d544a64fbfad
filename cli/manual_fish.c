/* Completion in fish. */
#include "cli/manual.h"

static void print_text(FILE *stream, const char *text)
{
    fputc('\'', stream);
    gd_manual_print_escaped(stream, text, "'\\", "\\");
    fputc('\'', stream);
}

static void print_option(FILE *stream, const struct gd_command *command, const struct gd_option *row)
{
    fprintf(stream, "complete -c godiff -n '__fish_seen_subcommand_from %s' -l %s -d ", command->name, row->name + 2);
    print_text(stream, row->help);
    if (row->words) {
        fprintf(stream, " -x -a '(godiff stages --words %s)'", row->words);
    } else if (row->kind == GD_OPTION_CHOICE) {
        fputs(" -x -a '", stream);
        for (size_t k = 0; row->choices[k]; k++)
            fprintf(stream, "%s%s", k ? " " : "", row->choices[k]);
        fputc('\'', stream);
    } else if (row->kind == GD_OPTION_INT || row->kind == GD_OPTION_FLOAT) {
        fputs(" -x", stream);
    } else if (row->kind != GD_OPTION_FLAG) {
        fputs(" -r", stream);
    }
    fputc('\n', stream);
}

void gd_manual_print_fish(const struct gd_command *const *commands, FILE *stream)
{
    fputs("# Completion of godiff in fish, as `godiff manual --format fish` prints it.\n", stream);
    for (size_t k = 0; commands[k]; k++) {
        fprintf(stream, "complete -c godiff -n __fish_use_subcommand -f -a %s -d ", commands[k]->name);
        print_text(stream, commands[k]->summary);
        fputc('\n', stream);
        for (const struct gd_option *row = commands[k]->options; row->name; row++)
            if (!gd_option_is_position(row))
                print_option(stream, commands[k], row);
            else if (row->words)
                fprintf(stream,
                        "complete -c godiff -n '__fish_seen_subcommand_from %s' -f -a '(godiff stages --words %s)'\n",
                        commands[k]->name, row->words);
    }
}
