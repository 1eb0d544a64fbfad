/* A file is tried in a process of its own before anything of it is used here.
 *
 * libhdf5 trusts what it parses: a wrong heap index of one string, a wrong size in one header, and it reads outside its
 * memory. No check from outside can foresee that, since it happens inside the call that would tell. So a child does
 * first, on the whole file, all that the readers of h5.h could be asked to do, and only a file that the child survives
 * is opened. The child has bounds on time and memory too, because a damaged file can as well make HDF5 loop or grow.
 *
 * The child has to live, to find every object, and to have memory enough. Values that HDF5 or the readers refuse there
 * for another reason they refuse here again, with a message that names the object.
 *
 * This contains crashes; it does not make HDF5 correct. A read outside its memory that happens to meet mapped memory in
 * the child is not seen, unless the program is built with the address sanitizer. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/h5_priv.h"

/* What the child may take, beside what grows with the file: every byte is read at most once per type. */
static const rlim_t least_seconds = 5, bytes_per_second = 16 << 20;
static const rlim_t least_memory = (rlim_t)1 << 30, memory_per_byte = 16;

/* How the child exits, beside as an enum gd_status: it was refused memory, although there is some. */
#define ABSURD 100

/* One dataset or attribute, in every type that the readers offer. GD_NO_MEMORY when that ended it: the parent may have
 * more, and would get further. */
static enum gd_status try_values(hid_t place, const char *path, const char *attribute)
{
    int rank;
    enum gd_status status = gd_h5_read_rank(gd_h5_begin(place, path, attribute, NULL), &rank);
    if (rank < 0 || rank > GD_H5_RANK)
        return status == GD_NO_MEMORY ? status : GD_OK;
    for (enum gd_h5_type type = GD_H5_DOUBLE; type <= GD_H5_BOOL && status != GD_NO_MEMORY; type++) {
        size_t shape[GD_H5_RANK];
        for (int k = 0; k < rank; k++)
            shape[k] = GD_H5_ANY;
        void *values = NULL;
        status = gd_h5_read_elements(gd_h5_begin(place, path, attribute, NULL), type, rank, shape, &values);
        free(values);
    }
    size_t count = rank == 0 ? 1 : GD_H5_ANY;
    char **texts = NULL;
    if (rank <= 1 && status != GD_NO_MEMORY) {
        status = gd_h5_read_texts(gd_h5_begin(place, path, attribute, NULL), rank, &count, &texts);
        gd_h5_free_strings(texts, texts ? count : 0);
    }
    return status == GD_NO_MEMORY ? status : GD_OK;
}

/* What is called for every attribute and link answers as HDF5 wants it: 0 goes on, and a positive number, here an enum
 * gd_status, ends the walk and is its result. A negative one comes from HDF5, which cannot list what there is. */
static herr_t try_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info, (void)context;
    return (herr_t)try_values(object, ".", name);
}

static herr_t try_object(hid_t place, const char *path)
{
    hid_t object = H5Oopen(place, path, H5P_DEFAULT);
    if (object < 0)
        return GD_BAD_INPUT;
    herr_t found = H5Iget_type(object) == H5I_DATASET ? (herr_t)try_values(place, path, NULL) : 0;
    if (found == 0)
        found = H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, try_attribute, NULL);
    H5Oclose(object);
    return found;
}

/* Links into other files are refused: those files were not tried. */
static herr_t try_link(hid_t group, const char *path, const H5L_info_t *info, void *context)
{
    (void)context;
    if (info->type == H5L_TYPE_SOFT)
        return 0;
    return info->type == H5L_TYPE_HARD ? try_object(group, path) : GD_BAD_INPUT;
}

static enum gd_status try_file(const char *path)
{
    hid_t file = gd_h5_open_untried(path);
    if (file < 0)
        return GD_BAD_INPUT;
    herr_t found = try_object(file, "/");
    if (found == 0)
        found = H5Lvisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, try_link, NULL);
    H5Fclose(file);
    return found < 0 ? GD_BAD_INPUT : (enum gd_status)found;
}

/* The address space of this process in bytes; 0 where the system does not tell. GPUs and sanitizers make it vast. */
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

/* A crash in this process is an answer, not an incident: it is neither printed, dumped, nor handled. Files of the
 * parent are closed, so that a lock of a parent that is killed meanwhile ends with the parent. */
static void confine(const char *path)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t k = 0; k < sizeof crashes / sizeof *crashes; k++)
        signal(crashes[k], SIG_DFL);
    close_range(STDERR_FILENO + 1, ~0u, 0);
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    struct stat info = {0};
    rlim_t used = address_space(), size = stat(path, &info) == 0 ? (rlim_t)info.st_size : 0;
    const rlim_t seconds = least_seconds + size / bytes_per_second;
    const rlim_t most = used ? used + least_memory + size * memory_per_byte : RLIM_INFINITY;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    setrlimit(RLIMIT_CPU, &(struct rlimit){seconds, seconds});
    setrlimit(RLIMIT_AS, &(struct rlimit){most, most});
}

/* Out of memory is the file's fault when a good part of what the child may take is still to be had. */
static int verdict(enum gd_status status)
{
    void *volatile piece = status == GD_NO_MEMORY ? malloc(least_memory / 4) : NULL; /* volatile: really asked for */
    const bool there = piece != NULL;
    free(piece);
    return there ? ABSURD : (int)status;
}

/* The child has this thread alone, whatever threads there were: it starts no parallel region, and leaves by _exit, so
 * that it neither flushes this process's streams nor runs its exit handlers. */
enum gd_status gd_h5_probe(const char *path, struct gd_error *error)
{
    int state = 0;
    pid_t child = fork(), ended = child;
    if (child == 0) {
        confine(path);
        _exit(verdict(try_file(path)));
    }
    if (child > 0)
        do
            ended = waitpid(child, &state, 0);
        while (ended < 0 && errno == EINTR);
    if (ended < 0)
        return gd_fail(error, GD_FAILED, "%s: cannot be tried in another process: %s", path, strerror(errno));
    if (WIFSIGNALED(state))
        return gd_fail(error, GD_BAD_INPUT, "%s: is damaged: the HDF5 library cannot read it (%s)", path,
                       strsignal(WTERMSIG(state)));
    if (WEXITSTATUS(state) == GD_NO_MEMORY)
        return gd_no_memory(error, path);
    if (WEXITSTATUS(state) == ABSURD)
        return gd_fail(error, GD_BAD_INPUT, "%s: is damaged: it asks for more memory than a file of its size can need",
                       path);
    if (WEXITSTATUS(state) != GD_OK)
        return gd_fail(error, GD_BAD_INPUT, "%s: not an HDF5 file, or a damaged one, or one that links to other files",
                       path);
    return GD_OK;
}
