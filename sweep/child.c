#include "sweep/child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/text.h"
#include "sweep/state.h"

/* The arguments, in an arena; NULL when out of memory. */
static char **make_arguments(const struct gd_child *child, struct gd_arena *arena)
{
    const struct gd_variant *variant = &child->sweep->variants[child->run->variant];
    size_t more = 0, count = 0;
    while (child->arguments[more])
        more++;
    char **list = gd_arena_alloc(arena, 2 * variant->set_count + more + 16, sizeof *list), text[64];
    bool fine = list != NULL;
    const char *fixed[] = {"godiff", "run", variant->file};
    for (size_t k = 0; k < 3 && fine; k++)
        fine = (list[count++] = gd_arena_string(arena, fixed[k], strlen(fixed[k])));
    for (size_t k = 0; k < variant->set_count && fine; k++) {
        char *set = gd_format("%s=%s", variant->sets[k].path, variant->sets[k].value);
        list[count++] = gd_arena_string(arena, "--set", 5);
        fine = set && list[count - 1] && (list[count++] = gd_arena_string(arena, set, strlen(set)));
        free(set);
    }
    char *folder = gd_file_join(child->directory, child->run->folder);
    snprintf(text, sizeof text, "--seed=%" PRIu64, child->run->seed);
    fine = fine && folder && (list[count++] = gd_arena_string(arena, text, strlen(text))) &&
           (list[count++] = gd_arena_string(arena, "--out", 5)) &&
           (list[count++] = gd_arena_string(arena, folder, strlen(folder)));
    free(folder);
    snprintf(text, sizeof text, "--threads=%d", child->threads);
    fine = fine && (list[count++] = gd_arena_string(arena, text, strlen(text))) &&
           (list[count++] = gd_arena_string(arena, "--quiet", 7)) &&
           (!child->resume || (list[count++] = gd_arena_string(arena, "--resume", 8)));
    for (size_t k = 0; k < more && fine; k++)
        fine = (list[count++] = gd_arena_string(arena, child->arguments[k], strlen(child->arguments[k])));
    return fine ? list : NULL;
}

char *gd_child_command(const struct gd_child *child)
{
    struct gd_arena arena = {0};
    struct gd_text text = {0};
    char **list = make_arguments(child, &arena);
    for (size_t k = 0; list && list[k]; k++) {
        if (k > 0)
            gd_text_add(&text, " ", 1);
        gd_shell_quote(&text, list[k]);
    }
    gd_arena_clear(&arena);
    if (!list)
        text.failed = true;
    return gd_text_take(&text);
}

/* In the child, which borrows the memory of the parent until it has begun the program: only system calls. */
static void become(char **arguments, int log, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nothing = open("/dev/null", O_RDONLY);
    if (getppid() != parent || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
        dup2(log, STDERR_FILENO) < 0)
        _exit(127);
    execv("/proc/self/exe", arguments);
    static const char text[] = "error: cannot start the run\n";
    const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    _exit(written < 0 ? 126 : 127);
}

static enum gd_status open_log(const struct gd_child *child, int *log, struct gd_error *error)
{
    char *path = gd_format("%s/" GD_SWEEP_LOGS "/%s.log", child->directory, child->run->tag);
    if (!path)
        return gd_no_memory(error, "a log");
    *log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
    enum gd_status status = *log >= 0 ? GD_OK : gd_fail(error, GD_FAILED, "cannot write %s: %s", path, strerror(errno));
    free(path);
    return status;
}

/* vfork copies no page tables, which would be most of what a sweep costs beside its runs. */
static pid_t begin(char **const arguments, const int log, const pid_t parent)
{
    const pid_t process = vfork();
    if (process == 0)
        become(arguments, log, parent);
    return process;
}

enum gd_status gd_child_start(const struct gd_child *child, pid_t *process, struct gd_error *error)
{
    struct gd_arena arena = {0};
    int log = -1;
    char **arguments = make_arguments(child, &arena);
    enum gd_status status = arguments ? open_log(child, &log, error) : gd_no_memory(error, "a run's arguments");
    if (!status) {
        *process = begin(arguments, log, getpid());
        if (*process < 0)
            status = gd_fail(error, GD_FAILED, "cannot start a process: %s", strerror(errno));
    }
    if (log >= 0)
        close(log);
    gd_arena_clear(&arena);
    return status;
}
