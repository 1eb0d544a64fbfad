/* A folder of a test's own, removed with everything in it: under TMPDIR, else in memory where there is such a place,
 * because the tests sync files thousands of times. */
#ifndef GD_TESTS_SCRATCH_H
#define GD_TESTS_SCRATCH_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scratch {
    char path[256];
};

static inline struct scratch scratch_make(void)
{
    struct scratch scratch;
    const char *parent = getenv("TMPDIR");
    if (!parent)
        parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(scratch.path, sizeof scratch.path, "%s/godiff-test-XXXXXX", parent);
    ck_assert_ptr_nonnull(mkdtemp(scratch.path));
    return scratch;
}

static inline int scratch_remove_one(const char *path, const struct stat *info, int kind, struct FTW *position)
{
    (void)info, (void)kind, (void)position;
    return remove(path);
}

static inline void scratch_remove(const struct scratch *scratch)
{
    ck_assert_int_eq(nftw(scratch->path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* "scratch/name" in `buffer` of 512 bytes, which is returned. */
static inline const char *scratch_name(const struct scratch *scratch, const char *name, char *buffer)
{
    snprintf(buffer, 512, "%s/%s", scratch->path, name);
    return buffer;
}

#endif
