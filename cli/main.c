/* godiff: the way from the command line to a command, and from its status to an exit code. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "engine/base/data_file.h"
#include "engine/base/memory.h"

static void print_help(FILE *stream)
{
    fputs("usage: godiff COMMAND [options]\n\n", stream);
    for (size_t k = 0; gd_commands[k]; k++)
        fprintf(stream, "  %-10s %s\n", gd_commands[k]->name, gd_commands[k]->summary);
    fputs("\ngodiff COMMAND --help lists the options of a command, godiff stages what a pipeline can contain; godiff "
          "--version\nprints the version.\n",
          stream);
    char *pages = gd_data_file_look("share/doc", "docs/README.md");
    if (pages)
        fprintf(stream, "Documentation: %s\n", pages);
    free(pages);
}

static enum gd_status run_command(const struct gd_command *command, int count, char *const *arguments,
                                  struct gd_error *error)
{
    void *values = gd_array(1, command->size);
    if (!values)
        return gd_no_memory(error, "the command line");
    bool help;
    enum gd_status status = gd_options_parse(command, count, arguments, values, &help, error);
    if (!status && help)
        gd_options_help(command, stdout);
    else if (!status)
        status = command->run(values, error);
    gd_options_clear(command, values);
    free(values);
    return status;
}

static enum gd_status dispatch(int count, char *const *arguments, const struct gd_command **command,
                               struct gd_error *error)
{
    if (count < 2) {
        print_help(stderr);
        return GD_BAD_INPUT;
    }
    if (!strcmp(arguments[1], "--version")) {
        puts("godiff " GODIFF_VERSION);
        return GD_OK;
    }
    const bool help = !strcmp(arguments[1], "--help") || !strcmp(arguments[1], "-h") || !strcmp(arguments[1], "help");
    if (help && count < 3) {
        print_help(stdout);
        return GD_OK;
    }
    if (help) {
        const struct gd_command *asked = gd_command_find(arguments[2], error);
        if (asked)
            gd_options_help(asked, stdout);
        return asked ? GD_OK : GD_BAD_INPUT;
    }
    *command = gd_command_find(arguments[1], error);
    return *command ? run_command(*command, count - 2, arguments + 2, error) : GD_BAD_INPUT;
}

/* Ends as what prints to a reader that has gone does: without a word. */
static void end_quietly(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

int main(int count, char **arguments)
{
    struct gd_error error = {0};
    const struct gd_command *command = NULL;
    gd_streams_prepare();
    enum gd_status status = dispatch(count, arguments, &command, &error);
    if (!status)
        status = gd_stdout_finish(&error);
    if (status == GD_FAILED && gd_stdout_abandoned() && !(command && command->lasting))
        end_quietly();
    if (status == GD_NO_MEMORY)
        gd_no_memory(&error, "the command"); /* unless there is a message already */
    else if (status == GD_FAILED)
        gd_fail(&error, status, "failed without a message: this is a bug in godiff");
    if (error.text[0])
        gd_print_message(status == GD_INTERRUPTED || status == GD_PAUSED ? "" : "error", error.text);
    return gd_exit_code(status);
}
