#include "sweep/claim.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/host.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

/* --- Processes ---------------------------------------------------------------------------------------------------- */

/* The kernel a process runs on, since it was started; "" when not known. */
static void read_boot(char boot[64])
{
    char *text = NULL;
    boot[0] = '\0';
    if (!gd_file_read("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
        snprintf(boot, 64, "%.*s", (int)strcspn(text, "\n"), text);
    free(text);
}

/* The names that process ids are valid in: other containers on the same machine have their own. */
static void read_space(char space[64])
{
    const ssize_t length = readlink("/proc/self/ns/pid", space, 63);
    space[length > 0 ? length : 0] = '\0';
}

/* When a process began, in ticks since the machine was started: two processes with one id differ in it. 0: there is
 * none, it has ended and waits for its parent, or it is not known. */
static double read_start(pid_t pid)
{
    char path[64], *text = NULL;
    double start = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    const char *rest = gd_file_read(path, &text, NULL, NULL) ? NULL : strrchr(text, ')'); /* behind the name */
    if (rest && rest[1] == ' ' && rest[2] == 'Z')
        rest = NULL;
    for (int field = 2; rest && field < 22; field++)
        rest = strchr(rest + 1, ' ');
    if (rest)
        start = strtod(rest, NULL);
    free(text);
    return start;
}

static char *describe_self(void)
{
    char host[GD_HOST_SIZE], boot[64], space[64];
    gd_host_name(host);
    read_boot(boot);
    read_space(space);
    cJSON *self = cJSON_CreateObject();
    const bool complete = self && cJSON_AddStringToObject(self, "host", host) &&
                          cJSON_AddNumberToObject(self, "pid", (double)getpid()) &&
                          cJSON_AddNumberToObject(self, "start", read_start(getpid())) &&
                          cJSON_AddStringToObject(self, "boot", boot) && cJSON_AddStringToObject(self, "space", space);
    char *text = complete ? gd_json_write(self, false) : NULL;
    cJSON_Delete(self);
    return text;
}

static bool same_text(const cJSON *claim, const char *key, const char *text)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(claim, key));
    return value && *text && !strcmp(value, text);
}

/* Whether the process that made the claim is certainly gone. */
static bool is_gone(const cJSON *claim)
{
    char host[GD_HOST_SIZE], boot[64], space[64];
    gd_host_name(host);
    read_boot(boot);
    read_space(space);
    if (!same_text(claim, "host", host))
        return false;
    if (*boot && !same_text(claim, "boot", boot))
        return true; /* this machine was started anew since */
    const cJSON *pid = cJSON_GetObjectItemCaseSensitive(claim, "pid");
    const cJSON *start = cJSON_GetObjectItemCaseSensitive(claim, "start");
    if (!same_text(claim, "space", space) || !cJSON_IsNumber(pid) || !cJSON_IsNumber(start))
        return false;
    return read_start(getpid()) > 0 && read_start((pid_t)pid->valuedouble) != start->valuedouble;
}

/* --- Claims ------------------------------------------------------------------------------------------------------- */

/* What is tried. */
struct attempt {
    char *path, *own; /* the claim, and the file of ours that it may become */
    char *text;       /* what we write there */
    double patience;
    struct gd_error *error;
};

static double seconds_of(const struct stat *facts)
{
    return (double)facts->st_mtim.tv_sec + 1e-9 * (double)facts->st_mtim.tv_nsec;
}

/* Whether the claim at a path says of a process that it is gone. */
static bool is_of_the_dead(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    cJSON *claim = NULL;
    if (!gd_file_read(path, &text, &length, NULL))
        gd_json_read(text, length, &claim);
    free(text);
    const bool dead = claim && is_gone(claim);
    cJSON_Delete(claim);
    return dead;
}

/* Whether the claim at a path is dead. Its age is by the clock that gave our own file its time. */
static bool is_dead(const struct attempt *attempt, const char *path)
{
    struct stat there, ours;
    if (stat(path, &there) != 0)
        return false; /* given back meanwhile */
    bool dead = is_of_the_dead(path);
    if (!dead && utimensat(AT_FDCWD, attempt->own, NULL, 0) == 0 && stat(attempt->own, &ours) == 0)
        dead = seconds_of(&ours) - seconds_of(&there) > attempt->patience;
    return dead;
}

/* Links our file to a path. Whether that worked is told by the number of links: an answer can be lost. */
static bool link_own(const struct attempt *attempt, const char *path)
{
    struct stat facts;
    nlink_t before = stat(attempt->own, &facts) == 0 ? facts.st_nlink : 0;
    const bool answer = link(attempt->own, path) == 0;
    return answer || (before > 0 && stat(attempt->own, &facts) == 0 && facts.st_nlink > before);
}

/* Removes a dead claim. Only the holder of the second claim `PATH.steal` may, and looks again when it has it: so no
 * claim that was made meanwhile is removed. */
static void remove_dead(const struct attempt *attempt)
{
    char *steal = gd_format("%s.steal", attempt->path);
    if (!steal)
        return;
    if (is_dead(attempt, steal)) /* of a process that died in the few lines below */
        unlink(steal);
    if (link_own(attempt, steal)) {
        if (is_dead(attempt, attempt->path))
            unlink(attempt->path);
        unlink(steal);
    }
    free(steal);
}

static enum gd_status write_own(const struct attempt *attempt, int descriptor)
{
    enum gd_status status = gd_file_put(descriptor, attempt->own, attempt->text, strlen(attempt->text), attempt->error);
    if (close(descriptor) != 0 && !status)
        status = gd_fail(attempt->error, GD_FAILED, "cannot write %s: %s", attempt->own, strerror(errno));
    return status;
}

static bool try_claim(const struct attempt *attempt)
{
    if (link_own(attempt, attempt->path))
        return true;
    if (!is_dead(attempt, attempt->path))
        return false;
    remove_dead(attempt);
    return link_own(attempt, attempt->path);
}

enum gd_status gd_claim_take(const char *folder, const char *name, double patience, struct gd_claim *claim, bool *taken,
                             struct gd_error *error)
{
    struct attempt attempt = {
        .path = gd_file_join(folder, name), .text = describe_self(), .patience = patience, .error = error};
    int descriptor = -1;
    *taken = false;
    enum gd_status status = attempt.path && attempt.text
                                ? gd_file_temporary(attempt.path, &attempt.own, &descriptor, error)
                                : gd_no_memory(error, folder);
    if (!status)
        status = write_own(&attempt, descriptor);
    if (!status)
        *taken = try_claim(&attempt);
    if (attempt.own)
        unlink(attempt.own);
    free(attempt.own);
    if (*taken) {
        *claim = (struct gd_claim){.path = attempt.path, .text = attempt.text};
    } else {
        free(attempt.path);
        free(attempt.text);
    }
    return status;
}

bool gd_claim_is_held(const char *folder, const char *name, double patience)
{
    struct stat facts;
    char *path = gd_file_join(folder, name);
    const bool held =
        path && stat(path, &facts) == 0 && difftime(time(NULL), facts.st_mtime) <= patience && !is_of_the_dead(path);
    free(path);
    return held;
}

/* Not by the number of the file, which is given to others when ours is gone. */
static bool is_ours(const struct gd_claim *claim)
{
    char *text = NULL;
    const bool ours = claim->path && !gd_file_read(claim->path, &text, NULL, NULL) && !strcmp(text, claim->text);
    free(text);
    return ours;
}

bool gd_claim_refresh(const struct gd_claim *claim)
{
    return is_ours(claim) && utimensat(AT_FDCWD, claim->path, NULL, 0) == 0;
}

void gd_claim_release(struct gd_claim *claim)
{
    if (is_ours(claim))
        unlink(claim->path);
    free(claim->path);
    free(claim->text);
    *claim = (struct gd_claim){0};
}
