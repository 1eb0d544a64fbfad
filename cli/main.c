/* godiff: the table of commands. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"
#include "engine/language/params.h"

static const struct gd_command *const commands[] = {
    &gd_command_run,
    &gd_command_check,
    &gd_command_graph,
    &gd_command_stages,
    &gd_command_schema,
    &gd_command_evaluate,
    &gd_command_relax,
    &gd_command_score,
    &gd_command_bench,
    &gd_command_verify,
    NULL,
};

/* In the order of enum gd_status. */
static const int exit_codes[] = {
    [GD_OK] = 0, [GD_FAILED] = 1, [GD_BAD_INPUT] = 2, [GD_INTERRUPTED] = 130, [GD_NO_MEMORY] = 1,
};

static void print_help(FILE *stream)
{
    fputs("usage: godiff COMMAND [options]\n\n", stream);
    for (size_t k = 0; commands[k]; k++)
        fprintf(stream, "  %-10s %s\n", commands[k]->name, commands[k]->summary);
    fputs("\ngodiff COMMAND --help lists the options of a command; godiff --version prints the version.\n", stream);
}

static const struct gd_command *find(const char *name, struct gd_error *error)
{
    const char *names[sizeof commands / sizeof *commands] = {NULL};
    for (size_t k = 0; commands[k]; k++) {
        if (!strcmp(commands[k]->name, name))
            return commands[k];
        names[k] = commands[k]->name;
    }
    const char *near = gd_find_nearest(name, names);
    gd_fail(error, GD_BAD_INPUT, "unknown command '%s'%s%s%s; see: godiff --help", name, near ? ", did you mean '" : "",
            near ? near : "", near ? "'?" : "");
    return NULL;
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
    if (!strcmp(arguments[1], "--help") || !strcmp(arguments[1], "-h") || !strcmp(arguments[1], "help")) {
        print_help(stdout);
        return GD_OK;
    }
    *command = find(arguments[1], error);
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
        gd_print_message(status == GD_INTERRUPTED ? "" : "error", error.text);
    return exit_codes[status];
}
