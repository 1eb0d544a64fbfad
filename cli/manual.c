/* godiff manual: the commands and options as a manual page, as Markdown, or as completions of a shell. */
#include "cli/manual.h"

#include "cli/cli.h"

struct values {
    const char *command;
    int format;
};

static const char *const formats[] = {"man", "markdown", "bash", "zsh", "fish", NULL};

static void (*const printers[])(const struct gd_command *const *, FILE *) = {
    gd_manual_print_man, gd_manual_print_markdown, gd_manual_print_bash, gd_manual_print_zsh, gd_manual_print_fish,
};

static const struct gd_option options[] = {
    {.name = "COMMAND",
     .kind = GD_OPTION_TEXT,
     .offset = offsetof(struct values, command),
     .help = "only this command (default: all)"},
    {.name = "--format",
     .kind = GD_OPTION_CHOICE,
     .offset = offsetof(struct values, format),
     .choices = formats,
     .help = "a manual page, tables, or completions of a shell (default: man)"},
    {0},
};

static enum gd_status run(const void *self, struct gd_error *error)
{
    const struct values *values = self;
    const struct gd_command *one[] = {NULL, NULL};
    if (values->command && !(one[0] = gd_command_find(values->command, error)))
        return GD_BAD_INPUT;
    printers[values->format](values->command ? one : gd_commands, stdout);
    return GD_OK;
}

const struct gd_command gd_command_manual = {
    .name = "manual",
    .summary = "print the manual page, or completions for a shell",
    .options = options,
    .size = sizeof(struct values),
    .run = run,
};
