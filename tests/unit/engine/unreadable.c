#include "unit/engine/unreadable.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

/* What the linker makes of the C library's own. */
ssize_t __real_pread(int file, void *bytes, size_t length, off_t at);
struct dirent *__real_readdir(DIR *directory);

static struct {
    bool active, lasting;
    size_t allowed, failures;
    int failure;
} unreadable;

static void start(size_t allowed, int failure, bool lasting)
{
    unreadable.allowed = allowed;
    unreadable.failure = failure;
    unreadable.failures = 0;
    unreadable.lasting = lasting;
    unreadable.active = true;
}

void unreadable_start(size_t allowed, int failure)
{
    start(allowed, failure, false);
}

void unreadable_start_lasting(size_t allowed, int failure)
{
    start(allowed, failure, true);
}

size_t unreadable_stop(void)
{
    unreadable.active = false;
    return unreadable.failures;
}

static bool fails(void)
{
    if (!unreadable.active || (unreadable.failures > 0 && !unreadable.lasting))
        return false;
    if (unreadable.allowed > 0) {
        unreadable.allowed--;
        return false;
    }
    unreadable.failures++;
    errno = unreadable.failure;
    return true;
}

ssize_t __wrap_pread(int file, void *bytes, size_t length, off_t at)
{
    return fails() ? -1 : __real_pread(file, bytes, length, at);
}

struct dirent *__wrap_readdir(DIR *directory)
{
    return fails() ? NULL : __real_readdir(directory);
}
