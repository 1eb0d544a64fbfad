#include "engine/base/process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/memory.h"

extern char **environ;

/* The pipes to a child: [0] is read from, [1] written to. */
struct pipes {
    int input[2], output[2], messages[2];
};

static void close_pipe(int ends[2])
{
    for (int k = 0; k < 2; k++)
        if (ends[k] >= 0)
            close(ends[k]);
}

static void close_pipes(struct pipes *pipes)
{
    close_pipe(pipes->input);
    close_pipe(pipes->output);
    close_pipe(pipes->messages);
}

static enum gd_status open_pipes(struct pipes *pipes, struct gd_error *error)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (!pipe2(pipes->input, O_CLOEXEC) && !pipe2(pipes->output, O_CLOEXEC) && !pipe2(pipes->messages, O_CLOEXEC))
        return GD_OK;
    gd_fail(error, GD_FAILED, "no pipe to another process: %s", strerror(errno));
    close_pipes(pipes);
    return GD_FAILED;
}

static bool named_in(const char *variable, const char *const *list)
{
    const size_t length = strcspn(variable, "=") + 1;
    for (; *list; list++)
        if (!strncmp(*list, variable, length))
            return true;
    return false;
}

/* This process's environment with further variables; the list alone is to be freed. NULL when out of memory. */
static char **join_environment(const char *const *more)
{
    size_t count = 0, further = 0;
    while (environ[count])
        count++;
    while (more[further])
        further++;
    char **joined = gd_array(count + further + 1, sizeof *joined);
    if (!joined)
        return NULL;
    size_t at = 0;
    for (size_t k = 0; k < count; k++)
        if (!named_in(environ[k], more))
            joined[at++] = environ[k];
    for (size_t k = 0; k < further; k++)
        joined[at++] = (char *)more[k];
    return joined;
}

/* Returns what posix_spawnp does: 0, or an errno. */
static int spawn(pid_t *pid, const struct pipes *pipes, const char *const *arguments, char *const *environment)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes->input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipes->output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipes->messages[1], STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    const int failure = posix_spawnp(pid, arguments[0], &actions, &attributes, (char *const *)arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

enum gd_status gd_subprocess_start(struct gd_subprocess *process, const char *const *arguments,
                                   const char *const *environment, struct gd_error *error)
{
    struct pipes pipes;
    pid_t pid = 0;
    *process = (struct gd_subprocess){.input = -1, .output = -1, .messages = -1};
    enum gd_status status = open_pipes(&pipes, error);
    if (status)
        return status;
    char **joined = join_environment(environment);
    const int failure = joined ? spawn(&pid, &pipes, arguments, joined) : ENOMEM;
    free(joined);
    if (failure) {
        close_pipes(&pipes);
        return failure == ENOMEM
                   ? gd_no_memory(error, "another process")
                   : gd_fail(error, GD_FAILED, "%s cannot be started: %s", arguments[0], strerror(failure));
    }
    close(pipes.input[0]);
    close(pipes.output[1]);
    close(pipes.messages[1]);
    process->pid = pid;
    process->input = pipes.input[1];
    process->output = pipes.output[0];
    process->messages = pipes.messages[0];
    fcntl(process->input, F_SETFL, O_NONBLOCK);
    fcntl(process->output, F_SETFL, O_NONBLOCK);
    fcntl(process->messages, F_SETFL, O_NONBLOCK);
    return GD_OK;
}

/* Appends to the words, of which the last stay. */
static void add_words(struct gd_subprocess *process, const char *bytes, size_t length)
{
    if (length > GD_LAST_WORDS) {
        bytes += length - GD_LAST_WORDS;
        length = GD_LAST_WORDS;
    }
    if (process->said + length > GD_LAST_WORDS) {
        const size_t drop = process->said + length - GD_LAST_WORDS;
        process->said -= drop;
        memmove(process->words, process->words + drop, process->said);
    }
    memcpy(process->words + process->said, bytes, length);
    process->said += length;
    process->words[process->said] = '\0';
}

void gd_subprocess_listen(struct gd_subprocess *process)
{
    char bytes[4096];
    ssize_t length = 1;
    while (process->pid && process->messages >= 0 && length > 0) {
        length = read(process->messages, bytes, sizeof bytes);
        if (length > 0)
            add_words(process, bytes, (size_t)length);
        else if (length == 0) {
            close(process->messages);
            process->messages = -1;
        }
    }
}

/* Takes what has come from its standard output; *more: it is not at its end. */
static enum gd_status take(const struct gd_subprocess *process, struct gd_text *text, bool *more,
                           struct gd_error *error)
{
    char bytes[65536];
    const ssize_t length = read(process->output, bytes, sizeof bytes);
    *more = length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
    if (length > 0)
        gd_text_add(text, bytes, (size_t)length);
    return text->length < GD_COLLECTED_MOST ? GD_OK
                                            : gd_fail(error, GD_BAD_INPUT, "more than 1 GiB from another program");
}

enum gd_status gd_subprocess_collect(struct gd_subprocess *process, struct gd_text *text, struct gd_error *error)
{
    enum gd_status status = GD_OK;
    for (bool more = true; more && !status;) {
        struct pollfd ends[] = {{.fd = process->output, .events = POLLIN}, {.fd = process->messages, .events = POLLIN}};
        poll(ends, 2, -1);
        gd_subprocess_listen(process);
        if (ends[0].revents)
            status = take(process, text, &more, error);
    }
    return status;
}

bool gd_subprocess_ended(const struct gd_subprocess *process)
{
    siginfo_t info = {0};
    return process->pid && waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid != 0;
}

static void close_end(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

void gd_subprocess_stop(struct gd_subprocess *process, double patience)
{
    if (!process->pid)
        return;
    const double begin = gd_clock();
    close_end(&process->input);
    while (!gd_subprocess_ended(process) && gd_clock() - begin < patience) {
        gd_subprocess_listen(process);
        poll(NULL, 0, 2);
    }
    kill(-process->pid, SIGKILL); /* also what it has started and left behind */
    waitpid(process->pid, &process->status, 0);
    gd_subprocess_listen(process);
    close_end(&process->output);
    close_end(&process->messages);
    process->pid = 0;
}

const char *gd_subprocess_describe_end(const struct gd_subprocess *process, char *text, size_t size)
{
    const int status = process->status;
    if (WIFSIGNALED(status))
        snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
    return text;
}

const char *gd_subprocess_last_words(struct gd_subprocess *process)
{
    char *words = process->words;
    while (process->said && isspace((unsigned char)words[process->said - 1]))
        words[--process->said] = '\0';
    if (process->said < GD_LAST_WORDS - 1)
        return words;
    const char *line = strchr(words, '\n');
    return line ? line + 1 : words;
}
