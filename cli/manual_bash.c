/* Completion in bash. */
#include "cli/manual.h"

static void print_words(FILE *stream, const char *const *words)
{
    for (size_t k = 0; words[k]; k++)
        fprintf(stream, "%s%s", k ? " " : "", words[k]);
}

/* The words that the program itself knows. */
static void print_known(FILE *stream, const char *words)
{
    fprintf(stream, "words=$(\"${COMP_WORDS[0]}\" stages --words %s 2>/dev/null) ;;\n", words);
}

/* What completes the value of an option: its choices, words, a file, or nothing for a number. */
static void print_value(FILE *stream, const struct gd_command *command, const struct gd_option *row)
{
    if (row->kind == GD_OPTION_FLAG || gd_option_is_position(row))
        return;
    fprintf(stream, "    %s:%s) ", command->name, row->name);
    if (row->words) {
        print_known(stream, row->words);
    } else if (row->kind == GD_OPTION_CHOICE) {
        fputs("words='", stream);
        print_words(stream, row->choices);
        fputs("' ;;\n", stream);
    } else {
        fputs(row->kind == GD_OPTION_INT || row->kind == GD_OPTION_FLOAT ? "return ;;\n" : "files=1 ;;\n", stream);
    }
}

static void print_command(FILE *stream, const struct gd_command *command)
{
    fprintf(stream, "    %s) options='--help", command->name);
    for (const struct gd_option *row = command->options; row->name; row++)
        if (!gd_option_is_position(row))
            fprintf(stream, " %s", row->name);
    fputs("' ;;\n", stream);
}

void gd_manual_print_bash(const struct gd_command *const *commands, FILE *stream)
{
    fputs("# Completion of godiff in bash, as `godiff manual --format bash` prints it.\n_godiff() {\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} former=${COMP_WORDS[COMP_CWORD-1]} options= words= files=\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='",
          stream);
    for (size_t k = 0; commands[k]; k++)
        fprintf(stream, "%s ", commands[k]->name);
    fputs("--help --version'\n    else\n    case ${COMP_WORDS[1]}:$former in\n", stream);
    for (size_t k = 0; commands[k]; k++)
        for (const struct gd_option *row = commands[k]->options; row->name; row++)
            print_value(stream, commands[k], row);
    fputs("    *)\n    case ${COMP_WORDS[1]} in\n", stream);
    for (size_t k = 0; commands[k]; k++)
        print_command(stream, commands[k]);
    fputs("    esac\n"
          "    case $current:${COMP_WORDS[1]} in\n    -*) words=$options ;;\n",
          stream);
    for (size_t k = 0; commands[k]; k++)
        for (const struct gd_option *row = commands[k]->options; row->name; row++)
            if (gd_option_is_position(row) && row->words) {
                fprintf(stream, "    *:%s) ", commands[k]->name);
                print_known(stream, row->words);
            }
    fputs("    *) files=1 ;;\n    esac ;;\n"
          "    esac\n    fi\n"
          "    local reply\n"
          "    if [ -n \"$files\" ]; then\n"
          "        compopt -o filenames 2>/dev/null\n"
          "        while IFS= read -r reply; do COMPREPLY+=(\"$reply\"); done < <(compgen -f -- \"$current\")\n"
          "    else\n"
          "        case $words in *=*) compopt -o nospace 2>/dev/null ;; esac\n"
          "        while IFS= read -r reply; do COMPREPLY+=(\"$reply\"); done < <(compgen -W \"$words\" -- "
          "\"$current\")\n"
          "    fi\n}\ncomplete -F _godiff godiff\n",
          stream);
}
