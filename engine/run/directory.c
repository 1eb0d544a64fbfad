/* The output directory: whose it is, and whether this run may write there. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/run/run_priv.h"

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static enum gd_status refuse_run(const struct gd_run *run)
{
    char *name = NULL;
    int64_t done;
    struct gd_error unreadable = {0};
    const char *directory = run->options->directory;
    if (gd_checkpoint_describe(run->checkpoint_path, &name, &done, &unreadable))
        return gd_fail(run->error, GD_BAD_INPUT,
                       "%s already holds a run, which cannot be told (%s): give another --out", directory,
                       unreadable.text);
    enum gd_status status =
        gd_fail(run->error, GD_BAD_INPUT,
                "%s already holds the run %s (%lld steps done): give --resume to go on with it, or another --out",
                directory, name, (long long)done);
    free(name);
    return status;
}

/* GD_BAD_INPUT when the directory has a file of this name. */
static enum gd_status refuse_file(const struct gd_run *run, const char *name)
{
    char *path = gd_file_join(run->options->directory, name);
    if (!path)
        return gd_no_memory(run->error, name);
    enum gd_status status = GD_OK;
    if (exists(path))
        status = gd_fail(run->error, GD_BAD_INPUT, "%s is there already and would be lost: give another --out", path);
    free(path);
    return status;
}

/* A new run finds none of the files that it writes. */
static enum gd_status check_new(const struct gd_run *run)
{
    if (exists(run->checkpoint_path))
        return refuse_run(run);
    if (exists(run->parts->pipeline_path))
        return gd_fail(run->error, GD_BAD_INPUT,
                       "%s already holds a run (0 steps done): give --resume to go on with it, or another --out",
                       run->options->directory);
    enum gd_status status = run->pipeline->tree.source ? refuse_file(run, "pipeline.lua") : GD_OK;
    if (!status)
        status = refuse_file(run, "metrics.jsonl");
    if (!status)
        status = refuse_file(run, "summary.json");
    const struct gd_slot *const *slots = gd_registry_slots(run->pipeline->registry);
    for (; *slots && !status; slots++)
        if ((*slots)->file)
            status = refuse_file(run, (*slots)->file);
    for (size_t k = 1; k < run->part_count && !status; k++)
        status = refuse_file(run, run->parts[k].pipeline->path);
    return status;
}

static enum gd_status check_resumed(const struct gd_run *run)
{
    if (exists(run->checkpoint_path) || exists(run->parts->pipeline_path))
        return GD_OK;
    return gd_fail(run->error, GD_BAD_INPUT, "%s holds no run to go on with: leave out --resume to start one there",
                   run->options->directory);
}

static enum gd_status check(const struct gd_run *run)
{
    return run->options->resume ? check_resumed(run) : check_new(run);
}

/* Takes the lock, or -1. A child that reads or writes HDF5 has it too from its birth until it closes what is not
 * its own, and may outlive for that moment a run that was killed: so a lock that is taken is asked for again. */
static int take(int file)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    for (int tries = 50; flock(file, LOCK_EX | LOCK_NB) < 0; tries--) {
        if (errno != EWOULDBLOCK || tries == 0)
            return -1;
        nanosleep(&pause, NULL);
    }
    return 0;
}

/* Something else than a file: false where that cannot be told. */
static bool is_other(int descriptor)
{
    struct stat facts;
    return fstat(descriptor, &facts) == 0 && !S_ISREG(facts.st_mode);
}

/* The lock dies with the process, so a crash leaves nothing to clean up. A lock file that is missing is none to fear
 * unless `flags` say to make it. */
static enum gd_status lock(struct gd_run *run, int flags)
{
    run->lock = open(run->lock_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0666);
    if (run->lock < 0 ? errno == ELOOP : is_other(run->lock))
        return gd_fail(run->error, GD_BAD_INPUT, "%s is not a file that a run made: remove it", run->lock_path);
    if (run->lock < 0 && !flags)
        return GD_OK;
    if (run->lock < 0) /* nothing has begun: the directory was not well chosen */
        return gd_fail(run->error, GD_BAD_INPUT, "cannot write to %s: %s", run->options->directory, strerror(errno));
    if (take(run->lock) == 0)
        return GD_OK;
    if (errno == EWOULDBLOCK)
        return gd_fail(run->error, GD_BAD_INPUT, "%s is in use by another godiff", run->options->directory);
    return gd_fail(run->error, GD_FAILED, "cannot lock %s: %s", run->lock_path, strerror(errno));
}

enum gd_status gd_run_claim(struct gd_run *run)
{
    enum gd_status status = lock(run, 0);
    if (!status)
        status = check(run);
    if (status || run->lock >= 0)
        return status;
    status = gd_directory_make(run->options->directory, run->error);
    if (status == GD_FAILED)
        run->error->status = status = GD_BAD_INPUT;
    if (!status)
        status = lock(run, O_CREAT);
    return status ? status : check(run); /* another run may have come and gone before the lock */
}
