#include "engine/run/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/language/registry.h"
#include "engine/run/checkpoint.h"
#include "engine/run/saved.h"

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* What is claimed, and for what. */
struct claim {
    const struct gd_parts *parts;
    const char *directory, *checkpoint;
    bool resume;
    struct gd_error *error;
};

static enum gd_status refuse_run(const struct claim *claim)
{
    char *name = NULL;
    int64_t done;
    struct gd_error unreadable = {0};
    if (gd_checkpoint_describe(claim->checkpoint, &name, &done, &unreadable))
        return gd_fail(claim->error, GD_BAD_INPUT,
                       "%s already contains a run, which cannot be read (%s): use another --out", claim->directory,
                       unreadable.text);
    enum gd_status status =
        gd_fail(claim->error, GD_BAD_INPUT,
                "%s already contains the run %s (%lld steps done): give --resume to continue it, or another --out",
                claim->directory, name, (long long)done);
    free(name);
    return status;
}

/* GD_BAD_INPUT when the directory has a file of this name. */
static enum gd_status refuse_file(const struct claim *claim, const char *name)
{
    char *path = gd_file_join(claim->directory, name);
    if (!path)
        return gd_no_memory(claim->error, name);
    enum gd_status status = GD_OK;
    if (exists(path))
        status =
            gd_fail(claim->error, GD_BAD_INPUT, "%s already exists and would be overwritten: use another --out", path);
    free(path);
    return status;
}

/* A new run finds none of the files that it writes. */
static enum gd_status check_new(const struct claim *claim)
{
    if (exists(claim->checkpoint))
        return refuse_run(claim);
    if (gd_saved_is_lost(claim->directory))
        return gd_fail(claim->error, GD_BAD_INPUT,
                       "%s already contains a run, whose run.h5 is missing: use another --out", claim->directory);
    if (exists(claim->parts->list->pipeline_path))
        return gd_fail(claim->error, GD_BAD_INPUT,
                       "%s already contains a run (0 steps done): give --resume to continue it, or another --out",
                       claim->directory);
    enum gd_status status = claim->parts->list->pipeline->tree.source ? refuse_file(claim, "pipeline.lua") : GD_OK;
    if (!status)
        status = refuse_file(claim, "metrics.jsonl");
    if (!status)
        status = refuse_file(claim, "history.jsonl");
    if (!status)
        status = refuse_file(claim, "summary.json");
    const struct gd_slot *const *slots = gd_registry_slots(claim->parts->list->pipeline->registry);
    for (; *slots && !status; slots++)
        if ((*slots)->file)
            status = refuse_file(claim, (*slots)->file);
    for (size_t k = 1; k < claim->parts->count && !status; k++)
        status = refuse_file(claim, claim->parts->list[k].pipeline->path);
    return status;
}

/* Whether the directory is there, with nothing in it but what a run makes first. */
static bool has_nothing(const char *path)
{
    const char *name = NULL;
    DIR *directory = opendir(path);
    enum gd_status status = GD_OK;
    bool nothing = directory != NULL;
    while (nothing && !(status = gd_directory_next(directory, path, &name, NULL)) && name)
        nothing = name[0] == '.';
    if (directory)
        closedir(directory);
    return nothing && !status;
}

/* A run that was killed before it had written anything begins anew. */
static enum gd_status check_resumed(const struct claim *claim)
{
    if (exists(claim->checkpoint))
        return GD_OK;
    if (exists(claim->parts->list->pipeline_path))
        return gd_saved_check(claim->directory, claim->error);
    if (has_nothing(claim->directory))
        return GD_OK;
    return gd_fail(claim->error, GD_BAD_INPUT, "%s contains no run to continue: omit --resume to start one there",
                   claim->directory);
}

static enum gd_status check(const struct claim *claim)
{
    return claim->resume ? check_resumed(claim) : check_new(claim);
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

/* Something else than a file: false where that is not known. */
static bool is_other(int descriptor)
{
    struct stat facts;
    return fstat(descriptor, &facts) == 0 && !S_ISREG(facts.st_mode);
}

/* The lock dies with the process, so a crash leaves nothing to clean up. A lock file that is missing is none to fear
 * unless `flags` say to make it. */
static enum gd_status take_lock(const struct claim *claim, const char *path, int flags, int *lock)
{
    *lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0666);
    if (*lock < 0 ? errno == ELOOP : is_other(*lock))
        return gd_fail(claim->error, GD_BAD_INPUT, "%s was not created by a run: remove it", path);
    if (*lock < 0 && !flags)
        return GD_OK;
    if (*lock < 0) /* nothing has begun: the directory was not well chosen */
        return gd_fail(claim->error, GD_BAD_INPUT, "cannot write to %s: %s", claim->directory, strerror(errno));
    if (take(*lock) == 0)
        return GD_OK;
    if (errno == EWOULDBLOCK)
        return gd_fail(claim->error, GD_BAD_INPUT, "%s is used by another godiff process", claim->directory);
    return gd_fail(claim->error, GD_FAILED, "cannot lock %s: %s", path, strerror(errno));
}

static enum gd_status claim_by(const struct claim *claim, const char *path, int *lock)
{
    enum gd_status status = take_lock(claim, path, 0, lock);
    if (!status)
        status = check(claim);
    if (status || *lock >= 0)
        return status;
    status = gd_directory_make(claim->directory, claim->error);
    if (status == GD_FAILED)
        claim->error->status = status = GD_BAD_INPUT;
    if (!status)
        status = take_lock(claim, path, O_CREAT, lock);
    return status ? status : check(claim); /* another run may have come and gone before the lock */
}

enum gd_status gd_directory_claim(const struct gd_parts *parts, const char *checkpoint, bool resume, int *lock,
                                  struct gd_error *error)
{
    const struct claim claim = {parts, parts->list->directory, checkpoint, resume, error};
    char *path = gd_file_join(claim.directory, ".lock");
    *lock = -1;
    enum gd_status status = path ? claim_by(&claim, path, lock) : gd_no_memory(error, ".lock");
    free(path);
    return status;
}
