/* To be preloaded: fails the N-th allocation or the N-th system call of a program, or kills it there.
 *
 *   FAIL_STATE   a file of sizeof(struct state) zeros: what was counted, over all processes (see there)
 *   FAIL_KIND    what is counted towards N: a name in `kinds`
 *   FAIL_AT      N, from 1; 0 or nothing: only counts
 *   FAIL_HOW     once (the default), lasting (from N on all fail), short (half of the bytes),
 *                kill (SIGKILL, in the middle of a write and before any other system call)
 *   FAIL_ERROR   a number of errno; the default is one that the call is known to give
 *   FAIL_IN      main (the default) or children: whose calls are counted and fail
 *
 * System calls are caught in the kernel by a filter that turns them into SIGSYS, so those that the C library makes for
 * itself are among them. The handler makes the call in the program's place, with MARK as the sixth argument, which the
 * filter lets pass. Making processes and threads cannot be done in a handler: `fork` and `pthread_create` are replaced.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define MARK 0x5ca11000u /* a multiple of the page size, since it is an offset to mmap */

/* Kinds of what can fail; one call may be of several. */
enum { ALLOCATION = 1, CALL = 2, TRANSFER = 4, SLOW = 8, WRITE = 16, SYNC = 32, RENAME = 64 };

static const struct {
    const char *name;
    unsigned kind;
} kinds[] = {
    {"allocation", ALLOCATION}, {"call", CALL},  {"transfer", TRANSFER}, {"slow", SLOW},
    {"write", WRITE},           {"fsync", SYNC}, {"rename", RENAME},
};
#define KINDS (sizeof kinds / sizeof *kinds)

/* The calls that are caught, how each fails unless told otherwise, and what it is beside a CALL. Not among them: what
 * cannot fail, exits, signals, the locks of threads, and madvise, which the C library calls with all signals blocked.
 */
static const struct call {
    const char *name;
    int number, error;
    unsigned kinds;
} calls[] = {
#define NAMED(name) #name, SYS_##name
    {NAMED(read), EIO, TRANSFER | SLOW},
    {NAMED(pread64), EIO, TRANSFER},
    {NAMED(write), ENOSPC, TRANSFER | SLOW | WRITE},
    {NAMED(pwrite64), ENOSPC, TRANSFER | WRITE},
    {NAMED(writev), ENOSPC, TRANSFER | SLOW | WRITE},
    {NAMED(openat), EMFILE, SLOW},
    {NAMED(close), EIO, 0},
    {NAMED(lseek), EIO, 0},
    {NAMED(fstat), EIO, 0},
    {NAMED(newfstatat), EIO, 0},
    {NAMED(statx), EIO, 0},
    {NAMED(faccessat), EIO, 0},
    {NAMED(readlinkat), EIO, 0},
    {NAMED(getdents64), EIO, 0},
    {NAMED(getcwd), ENOMEM, 0},
    {NAMED(fsync), EIO, SYNC},
    {NAMED(fdatasync), EIO, SYNC},
    {NAMED(truncate), EIO, WRITE},
    {NAMED(ftruncate), EIO, WRITE},
    {NAMED(fallocate), ENOSPC, WRITE},
    {NAMED(renameat), EIO, RENAME},
    {NAMED(renameat2), EIO, RENAME},
    {NAMED(linkat), EIO, RENAME},
    {NAMED(symlinkat), EIO, RENAME},
    {NAMED(unlinkat), EIO, 0},
    {NAMED(mkdirat), ENOSPC, 0},
    {NAMED(fchmod), EPERM, 0},
    {NAMED(fchmodat), EPERM, 0},
    {NAMED(fchown), EPERM, 0},
    {NAMED(fcntl), EIO, SLOW},
    {NAMED(flock), ENOLCK, SLOW},
    {NAMED(ioctl), EIO, 0},
    {NAMED(dup), EMFILE, 0},
    {NAMED(dup3), EMFILE, 0},
    {NAMED(pipe2), EMFILE, 0},
    {NAMED(socketpair), EMFILE, 0},
    {NAMED(memfd_create), EMFILE, 0},
    {NAMED(ppoll), ENOMEM, SLOW},
    {NAMED(wait4), ECHILD, SLOW},
    {NAMED(waitid), ECHILD, SLOW},
    {NAMED(mmap), ENOMEM, 0},
    {NAMED(mprotect), ENOMEM, 0},
    {NAMED(mremap), ENOMEM, 0},
    {NAMED(brk), ENOMEM, 0},
    {NAMED(prlimit64), EPERM, 0},
    {NAMED(sched_getaffinity), EPERM, 0},
    {NAMED(sysinfo), EFAULT, 0},
    {NAMED(uname), EFAULT, 0},
    {NAMED(getrandom), EAGAIN, SLOW},
    {NAMED(statfs), EIO, 0},
    {NAMED(fstatfs), EIO, 0},
#if defined(__x86_64__) /* the older names of some */
    {NAMED(open), EMFILE, SLOW},
    {NAMED(stat), EIO, 0},
    {NAMED(lstat), EIO, 0},
    {NAMED(access), EIO, 0},
    {NAMED(readlink), EIO, 0},
    {NAMED(rename), EIO, RENAME},
    {NAMED(link), EIO, RENAME},
    {NAMED(symlink), EIO, RENAME},
    {NAMED(unlink), EIO, 0},
    {NAMED(rmdir), EIO, 0},
    {NAMED(mkdir), ENOSPC, 0},
    {NAMED(chmod), EPERM, 0},
    {NAMED(dup2), EMFILE, 0},
    {NAMED(pipe), EMFILE, 0},
    {NAMED(poll), ENOMEM, SLOW},
#endif
};
#define CALLS (sizeof calls / sizeof *calls)

/* Shared by all processes, by way of the file. */
struct state {
    atomic_uint_least64_t counts[KINDS]; /* in the order of `kinds` */
    atomic_uint_least64_t hits;          /* how often something was made to fail */
    char name[32];                       /* the first that was */
};

enum how { ONCE, LASTING, SHORT, KILL };

static struct {
    struct state *state; /* NULL: nothing is counted yet */
    size_t kind;
    uint64_t at;
    enum how how;
    int error;
    bool children;
    pid_t main;
} fail;

/* Nothing here uses stdio or allocates: it runs inside the allocator and in a handler. */
static __attribute__((noinline)) void hit(const char *name)
{
    if (atomic_fetch_add(&fail.state->hits, 1) == 0)
        strncpy(fail.state->name, name, sizeof fail.state->name - 1);
}

/* Counts; true when this one is to fail. */
static bool due(const char *name, unsigned of)
{
    if (!fail.state || (getpid() != fail.main) != fail.children)
        return false;
    bool failing = false;
    for (size_t k = 0; k < KINDS; k++) {
        if (!(kinds[k].kind & of))
            continue;
        uint64_t number = atomic_fetch_add(&fail.state->counts[k], 1) + 1;
        if (k == fail.kind && fail.at)
            failing = number == fail.at || (fail.how == LASTING && number > fail.at);
    }
    if (failing)
        hit(name);
    return failing;
}

/* -- Allocations: glibc's own, under their other names. -- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *piece, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static bool refuse(const char *name)
{
    if (!due(name, ALLOCATION))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return refuse("malloc") ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return refuse("calloc") ? NULL : __libc_calloc(count, size);
}

void *realloc(void *piece, size_t size)
{
    return refuse("realloc") ? NULL : __libc_realloc(piece, size);
}

void *memalign(size_t alignment, size_t size)
{
    return refuse("memalign") ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return refuse("aligned_alloc") ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **piece, size_t alignment, size_t size)
{
    void *made = refuse("posix_memalign") ? NULL : __libc_memalign(alignment, size);
    if (made)
        *piece = made;
    return made ? 0 : ENOMEM;
}

/* -- Processes and threads. -- */

pid_t fork(void)
{
    pid_t (*next)(void);
    *(void **)&next = dlsym(RTLD_NEXT, "fork");
    if (!due("fork", CALL))
        return next();
    errno = EAGAIN;
    return -1;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&next = dlsym(RTLD_NEXT, "pthread_create");
    return due("pthread_create", CALL) ? EAGAIN : next(thread, attributes, start, argument);
}

/* -- System calls. -- */

#if defined(__x86_64__)
static const int argument_registers[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8};
#define ARGUMENT(context, k) ((context)->uc_mcontext.gregs[argument_registers[k]])
#define RESULT(context)      ((context)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define ARGUMENT(context, k) ((context)->uc_mcontext.regs[k])
#define RESULT(context)      ((context)->uc_mcontext.regs[0])
#endif

static const struct call *call_numbered(int number)
{
    for (size_t k = 0; k < CALLS; k++)
        if (calls[k].number == number)
            return &calls[k];
    return NULL;
}

/* The call itself: its result, or -errno. */
static long perform(const ucontext_t *context, int number, bool half)
{
    long arguments[5];
    for (int k = 0; k < 5; k++)
        arguments[k] = (long)ARGUMENT(context, k);
    if (half && arguments[2] > 1)
        arguments[2] /= 2;
    long result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], MARK);
    return result < 0 ? -errno : result;
}

/* A file that is mapped needs its offset, and so its sixth argument: such calls are not caught (see `install`). What is
 * written to stderr is let through, or nothing could be reported about what failed before. */
static void caught(int signal, siginfo_t *info, void *interrupted)
{
    (void)signal;
    ucontext_t *context = interrupted;
    const struct call *call = call_numbered(info->si_syscall);
    int kept = errno, error = fail.error ? fail.error : call->error;
    bool spoken = call->number == SYS_write && ARGUMENT(context, 0) == STDERR_FILENO;
    bool failing = !spoken && due(call->name, CALL | call->kinds), half = fail.how == SHORT;
    if (failing && fail.how == KILL) {
        if (call->kinds & TRANSFER)
            perform(context, info->si_syscall, true);
        kill(getpid(), SIGKILL);
    }
    if (!failing || half)
        RESULT(context) = perform(context, info->si_syscall, failing);
    else if (call->number == SYS_brk) /* which answers with where the end is */
        RESULT(context) = syscall(SYS_brk, 0, 0, 0, 0, 0, MARK);
    else
        RESULT(context) = -error;
    if (failing && !half && call->number == SYS_close) /* which closes, whatever it says */
        perform(context, info->si_syscall, false);
    errno = kept;
}

/* The filter: what bears MARK passes, and so does a mapped file; then every call of the table is caught. */
static bool install(void)
{
    enum { LOW = offsetof(struct seccomp_data, args[5]), FLAGS = offsetof(struct seccomp_data, args[3]) };
    struct sock_filter program[CALLS + 10] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, 4, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FLAGS),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    size_t length = 8;
    for (size_t k = 0; k < CALLS; k++)
        program[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[k].number,
                                                         (unsigned char)(CALLS - k), 0);
    program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    struct sock_fprog filter = {(unsigned short)length, program};
    struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_NODEFER};
    return sigaction(SIGSYS, &action, NULL) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/* -- The start. -- */

static void give_up(const char *why)
{
    dprintf(STDERR_FILENO, "fail.so: %s\n", why);
    _exit(99);
}

/* The place of a name among others. */
static size_t place(const char *name, const char *const *names, size_t count, const char *why)
{
    size_t k = 0;
    while (k < count && strcmp(name, names[k]) != 0)
        k++;
    if (k == count)
        give_up(why);
    return k;
}

static const char *setting(const char *name, const char *otherwise)
{
    const char *text = getenv(name);
    return text && *text ? text : otherwise;
}

static struct state *map_state(const char *path)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    void *map = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(struct state), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED)
        give_up("FAIL_STATE cannot be mapped");
    close(file);
    return map;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAIL_STATE"), *names[KINDS];
    if (!path)
        return;
    for (size_t k = 0; k < KINDS; k++)
        names[k] = kinds[k].name;
    fail.kind = place(setting("FAIL_KIND", "call"), names, KINDS, "FAIL_KIND is not known");
    fail.how = (enum how)place(setting("FAIL_HOW", "once"), (const char *[]){"once", "lasting", "short", "kill"}, 4,
                               "FAIL_HOW is not known");
    fail.children = place(setting("FAIL_IN", "main"), (const char *[]){"main", "children"}, 2, "FAIL_IN is not known");
    fail.at = strtoull(setting("FAIL_AT", "0"), NULL, 10);
    fail.error = atoi(setting("FAIL_ERROR", "0"));
    fail.main = getpid();
    struct state *state = map_state(path);
    if (kinds[fail.kind].kind != ALLOCATION && !install())
        give_up("the system lets nobody filter system calls");
    fail.state = state;
}
