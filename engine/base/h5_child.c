/* libhdf5 at work in child processes, one for every file that is read or written.
 *
 * libhdf5 trusts what it parses: a wrong heap index of one string, a wrong size in one header, and it reads outside its
 * memory; and where memory is short it crashes, or ends the process. No check from outside can foresee that. So a child
 * does the work, what happens to it is an answer, and what a child sends is trusted no more than the file. A child
 * that reads has bounds on time and memory, because a damaged file can as well make HDF5 loop or grow.
 *
 * A child has one thread alone, whatever threads there were: it starts no parallel region, touches no GPU, and leaves
 * by _exit, so that it neither flushes this process's streams nor runs its exit handlers. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/h5_priv.h"
#include "engine/base/memory.h"

/* What a child that reads may take, beside what grows with the file. */
static const rlim_t least_seconds = 5, bytes_per_second = 16 << 20;
static const rlim_t least_memory = (rlim_t)1 << 30, memory_per_byte = 16;

/* How a child exits, beside as an enum gd_status: it was refused memory, although there is some; the system refused
 * something, which its number identifies. */
#define ABSURD 100
#define SYSTEM 110
#define ENDED  255 /* by libhdf5 itself */

#define PIPE_SIZE (1 << 20)

struct work {
    const char *path, *part;
    const struct gd_h5 *file;
    int descriptor; /* to write to */
    off_t size;     /* of the file to read */
};

/* --- In the child ------------------------------------------------------------------------------------------------- */

/* The address space of this process in bytes; 0 where the system does not report it. GPUs and sanitizers make it vast.
 */
static rlim_t address_space(void)
{
    unsigned long pages = 0;
    FILE *stream = fopen("/proc/self/statm", "r");
    if (stream && fscanf(stream, "%lu", &pages) != 1)
        pages = 0;
    if (stream)
        fclose(stream);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void bound(off_t size)
{
    rlim_t used = address_space();
    const rlim_t seconds = least_seconds + (rlim_t)size / bytes_per_second;
    const rlim_t most = used ? used + least_memory + (rlim_t)size * memory_per_byte : RLIM_INFINITY;
    setrlimit(RLIMIT_CPU, &(struct rlimit){seconds, seconds});
    setrlimit(RLIMIT_AS, &(struct rlimit){most, most});
}

/* A crash in this process is an answer, not an incident: it is neither printed, dumped, nor handled. What ends or stops
 * the whole group of processes is for the parent to answer, which this one does not outlive. All files of the parent
 * but one are closed, so that a lock of a parent that is killed meanwhile ends with the parent. Returns the new number
 * of that one. */
static int limit_child(pid_t parent, int kept)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU};
    static const int others[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGTSTP,
                                 SIGPIPE, SIGXFSZ, SIGALRM, SIGUSR1, SIGUSR2};
    const int moved = STDERR_FILENO + 1;
    sigset_t none;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(GD_FAILED);
    for (size_t k = 0; k < sizeof crashes / sizeof *crashes; k++)
        signal(crashes[k], SIG_DFL);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++)
        signal(others[k], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(kept, moved);
    close_range(moved + 1, ~0u, 0);
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    return moved;
}

/* Whether a good part of what a child may take is to be had. */
static bool has_room(void)
{
    void *volatile piece = malloc(least_memory / 4); /* volatile: really asked for */
    const bool there = piece != NULL;
    free(piece);
    return there;
}

/* Out of memory is the file's fault when there is some. */
static int exit_code_of(enum gd_status status)
{
    return status == GD_NO_MEMORY && has_room() ? ABSURD : (int)status;
}

static int read_file(const struct work *work, int pipe)
{
    bound(work->size);
    FILE *records = fdopen(pipe, "w");
    if (!records)
        return GD_NO_MEMORY;
    enum gd_status status = gd_h5_library_read(work->path, work->part, records);
    return fflush(records) == 0 ? exit_code_of(status) : SYSTEM + errno;
}

static int write_file(const struct work *work, int descriptor)
{
    const void *image = NULL;
    size_t size = 0;
    signal(SIGXCPU, SIG_IGN); /* as the others that are for the parent: this child has no limit of its own */
    enum gd_status status = gd_h5_library_build(work->file, &image, &size);
    if (status)
        return (int)status;
    return gd_file_put(descriptor, work->path, image, size, NULL) == GD_OK ? GD_OK : SYSTEM + errno;
}

/* --- In the parent ------------------------------------------------------------------------------------------------ */

/* Starts a child that does the work and exits as it answers. No signal comes to it before it is ready. Returns its
 * number, -1 on failure. */
static pid_t start(int (*act)(const struct work *work, int descriptor), const struct work *work, int descriptor)
{
    sigset_t all, before;
    const pid_t parent = getpid();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0)
        _exit(act(work, limit_child(parent, descriptor)));
    const int failure = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failure;
    return child;
}

/* How the child ended; false: that is not known. */
static bool wait_for(pid_t child, int *state)
{
    pid_t ended;
    do
        ended = waitpid(child, state, 0);
    while (ended < 0 && errno == EINTR);
    return ended == child;
}

static enum gd_status no_child(struct gd_error *error, const char *path)
{
    return gd_fail(error, GD_FAILED, "%s: cannot start the HDF5 process: %s", path, strerror(errno));
}

/* Files whose writers are at work, or died, say so in the twelfth byte of theirs: HDF5 File Format Specification 3.0,
 * "Superblock", file consistency flags. */
static bool marked_as_open(int descriptor)
{
    static const unsigned char signature[] = "\211HDF\r\n\032\n";
    enum { LENGTH = 8, VERSION = 8, FLAGS = 11, FIRST = 3, OPEN = 5 };
    unsigned char head[12];
    return pread(descriptor, head, sizeof head, 0) == sizeof head && memcmp(head, signature, LENGTH) == 0 &&
           head[VERSION] >= FIRST && (head[FLAGS] & OPEN);
}

static bool locked(int descriptor)
{
    bool is = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    flock(descriptor, LOCK_UN);
    return is;
}

/* Why libhdf5 did not read a file. */
static enum gd_status explain(int state, const char *path, int descriptor, struct gd_error *error)
{
    if ((WIFEXITED(state) && WEXITSTATUS(state) == GD_NO_MEMORY) || !has_room())
        return gd_no_memory(error, path);
    if (locked(descriptor))
        return gd_fail(error, GD_BAD_INPUT, "%s: is locked by another program", path);
    if (marked_as_open(descriptor))
        return gd_fail(error, GD_BAD_INPUT,
                       "%s: is open for writing in another program, or its writer crashed (h5clear -s FILE)", path);
    if (WIFSIGNALED(state))
        return gd_fail(error, GD_BAD_INPUT, "%s: damaged: the HDF5 library cannot read it (%s)", path,
                       strsignal(WTERMSIG(state)));
    if (WEXITSTATUS(state) == ABSURD)
        return gd_fail(error, GD_BAD_INPUT, "%s: damaged: requests more memory than a file of its size can contain",
                       path);
    return gd_fail(error, GD_BAD_INPUT, "%s: not an HDF5 file, or a damaged one", path);
}

/* Receives what a child reads, and ends the child. */
static enum gd_status receive(const struct work *work, int pipes[2], int descriptor, struct gd_h5 *file,
                              struct gd_error *error)
{
    int state = 0;
    const size_t most = (size_t)least_memory + (size_t)work->size * (size_t)memory_per_byte;
    pid_t child = start(read_file, work, pipes[1]);
    if (child < 0)
        return no_child(error, work->path);
    close(pipes[1]);
    pipes[1] = -1;
    enum gd_status status = gd_h5_receive(pipes[0], most, file, error);
    const bool broken = status == GD_FAILED;
    if (status)
        kill(child, SIGKILL); /* does nothing to one that has ended */
    if (!wait_for(child, &state))
        return no_child(error, work->path);
    if (broken || (!status && state != 0))
        return explain(state, work->path, descriptor, error);
    return status;
}

static enum gd_status read_regular(int descriptor, struct work *work, struct gd_h5 *file, struct gd_error *error)
{
    struct stat info;
    int pipes[2];
    if (fstat(descriptor, &info) != 0)
        return gd_fail(error, GD_BAD_INPUT, "cannot read %s: %s", work->path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return gd_fail(error, GD_BAD_INPUT, "cannot read %s: not a regular file", work->path);
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return no_child(error, work->path);
    fcntl(pipes[0], F_SETPIPE_SZ, PIPE_SIZE);
    work->size = info.st_size;
    enum gd_status status = receive(work, pipes, descriptor, file, error);
    for (int k = 0; k < 2; k++)
        if (pipes[k] >= 0)
            close(pipes[k]);
    return status;
}

enum gd_status gd_h5_child_read(const char *path, const char *part, struct gd_h5 *file, struct gd_error *error)
{
    struct work work = {.path = path, .part = part};
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* O_NONBLOCK: no wait for a writer of a FIFO */
    if (descriptor < 0)
        return gd_fail(error, GD_BAD_INPUT, "cannot read %s: %s", path, strerror(errno));
    enum gd_status status = read_regular(descriptor, &work, file, error);
    close(descriptor);
    return status;
}

enum gd_status gd_h5_child_write(const struct gd_h5 *file, int descriptor, const char *path, struct gd_error *error)
{
    int state = 0;
    const struct work work = {.path = path, .file = file};
    pid_t child = start(write_file, &work, descriptor);
    if (child < 0 || !wait_for(child, &state))
        return no_child(error, path);
    if (WIFSIGNALED(state))
        return gd_fail(error, GD_FAILED, "%s: HDF5 cannot create the file (%s)", path, strsignal(WTERMSIG(state)));
    if (WEXITSTATUS(state) >= SYSTEM && WEXITSTATUS(state) != ENDED)
        return gd_fail(error, GD_FAILED, "cannot write %s: %s", path, strerror(WEXITSTATUS(state) - SYSTEM));
    if (WEXITSTATUS(state) == GD_NO_MEMORY)
        return gd_no_memory(error, path);
    return state == 0 ? GD_OK : gd_fail(error, GD_FAILED, "%s: HDF5 cannot create the file", path);
}
