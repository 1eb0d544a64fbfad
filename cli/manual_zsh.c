/* Completion in zsh. */
#include <string.h>

#include "cli/manual.h"

/* Inside a specification of _arguments, in single quotes. */
static void print_help(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\'", stream);
        else if (strchr("[]:\\", *text))
            fputc('\\', stream);
        fputc(*text, stream);
    }
}

/* ":what it is:what completes it" */
static void print_action(FILE *stream, const struct gd_option *row)
{
    fprintf(stream, ":%s:", gd_option_is_position(row) ? row->name : "value");
    if (row->words) {
        fprintf(stream, "{compadd -S \"\" -- $(godiff stages --words %s 2>/dev/null)}", row->words);
    } else if (row->kind == GD_OPTION_CHOICE) {
        fputc('(', stream);
        for (size_t k = 0; row->choices[k]; k++)
            fprintf(stream, "%s%s", k ? " " : "", row->choices[k]);
        fputc(')', stream);
    } else if (row->kind != GD_OPTION_INT && row->kind != GD_OPTION_FLOAT) {
        fputs("_files", stream);
    }
}

static void print_option(FILE *stream, const struct gd_option *row)
{
    fputs(" \\\n            '", stream);
    if (gd_option_is_position(row)) {
        fputs(row->kind == GD_OPTION_LIST ? "*" : row->required ? "" : ":", stream);
    } else {
        fprintf(stream, "%s%s[", row->kind == GD_OPTION_LIST ? "*" : "", row->name);
        print_help(stream, row->help);
        fputc(']', stream);
    }
    if (row->kind != GD_OPTION_FLAG)
        print_action(stream, row);
    fputc('\'', stream);
}

void gd_manual_print_zsh(const struct gd_command *const *commands, FILE *stream)
{
    fputs("#compdef godiff\n# Completion of godiff in zsh, as `godiff manual --format zsh` prints it.\n_godiff() {\n"
          "    local -a commands\n    commands=(\n",
          stream);
    for (size_t k = 0; commands[k]; k++) {
        fprintf(stream, "        '%s:", commands[k]->name);
        print_help(stream, commands[k]->summary);
        fputs("'\n", stream);
    }
    fputs("    )\n"
          "    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
          "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n",
          stream);
    for (size_t k = 0; commands[k]; k++) {
        fprintf(stream, "        %s) _arguments '--help[this text]'", commands[k]->name);
        for (const struct gd_option *row = commands[k]->options; row->name; row++)
            print_option(stream, row);
        fputs(" ;;\n", stream);
    }
    fputs("    esac\n}\n_godiff \"$@\"\n", stream);
}
