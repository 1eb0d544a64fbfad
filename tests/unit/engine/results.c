#include "unit/engine/results.h"

#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "engine/base/files.h"
#include "engine/base/memory.h"
#include "engine/base/random.h"

char *results_content(const struct scratch *scratch, const char *directory, const char *name, size_t *length)
{
    char path[512], whole[1024], *text;
    struct gd_error error = {0};
    snprintf(whole, sizeof whole, "%s/%s", scratch_name(scratch, directory, path), name);
    ck_assert_msg(gd_file_read(whole, &text, length, &error) == GD_OK, "%s", error.text);
    return text;
}

bool results_there(const struct scratch *scratch, const char *directory, const char *name)
{
    char path[512], whole[1024];
    snprintf(whole, sizeof whole, "%s/%s", scratch_name(scratch, directory, path), name);
    return access(whole, F_OK) == 0;
}

void results_check_equal(const struct scratch *scratch, const char *one, const char *other, const char *name)
{
    size_t length, other_length;
    char *text = results_content(scratch, one, name, &length);
    char *other_text = results_content(scratch, other, name, &other_length);
    ck_assert_uint_eq(length, other_length);
    ck_assert_mem_eq(text, other_text, length);
    free(text);
    free(other_text);
}

void results_copy(const struct scratch *scratch, const char *directory, const char *copy)
{
    char from[512], to[512], command[1200];
    snprintf(command, sizeof command, "cp -R '%s' '%s'", scratch_name(scratch, directory, from),
             scratch_name(scratch, copy, to));
    ck_assert_int_eq(system(command), 0);
}

static struct gd_text left;
static size_t left_root; /* length of the folder's path */

/* Length and FNV-1a hash of a file's content; of a file with seconds in it, the lines. */
static void add_content(const char *path, bool lines)
{
    char *text;
    size_t length;
    uint64_t hash = 14695981039346656037u;
    int count = 0;
    ck_assert_int_eq(gd_file_read(path, &text, &length, NULL), GD_OK);
    for (size_t k = 0; k < length; k++) {
        hash = (hash ^ (unsigned char)text[k]) * 1099511628211u;
        count += text[k] == '\n';
    }
    bool torn = length && text[length - 1] != '\n';
    free(text);
    if (lines)
        gd_text_print(&left, " %d lines%s", count, torn ? " and a part" : "");
    else
        gd_text_print(&left, " %zu %llx", length, (unsigned long long)hash);
}

static int add_file(const char *path, const struct stat *info, int kind, struct FTW *position)
{
    const char *name = path + position->base;
    gd_text_print(&left, "%s", path + left_root);
    if (kind == FTW_F && info->st_size > 0 && strcmp(name, "summary.json") != 0)
        add_content(path, strcmp(name, "metrics.jsonl") == 0);
    gd_text_print(&left, "\n");
    return 0;
}

char *results_left(const struct scratch *scratch, const char *directory)
{
    char path[512];
    scratch_name(scratch, directory, path);
    left = (struct gd_text){0};
    left_root = strlen(path);
    if (access(path, F_OK) == 0)
        ck_assert_int_eq(nftw(path, add_file, 16, FTW_PHYS), 0);
    else
        gd_text_print(&left, "nothing");
    char *text = gd_text_take(&left);
    ck_assert_ptr_nonnull(text);
    return text;
}

static int64_t microseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* SIGALRM, which nobody handles, ends the child as SIGKILL does. Its exit status is the run's; -1 when it was killed.
 */
static int run_and_die(enum gd_status (*run)(const char *, bool), const char *directory, bool resume, int after)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct itimerval timer = {.it_value.tv_usec = after};
        signal(SIGALRM, SIG_DFL);
        setitimer(ITIMER_REAL, &timer, NULL);
        _exit((int)run(directory, resume));
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void results_check_killed(const struct scratch *scratch, enum gd_status (*run)(const char *directory, bool resume),
                          void (*check)(const char *directory, bool finished))
{
    enum { KILLS = 10, TRIES = 300 };
    int64_t time = -microseconds();
    ck_assert_int_eq(run("whole", false), GD_OK);
    time += microseconds();
    struct gd_stream stream = gd_stream_make((uint64_t)getpid(), 0, 0, 0);
    int kills = 0, finished = 0;
    for (int k = 0; k < TRIES && kills < KILLS; k++) {
        char name[32];
        snprintf(name, sizeof name, "out-%d", finished);
        bool resume = results_there(scratch, name, "pipeline.yaml");
        int status = run_and_die(run, name, resume, 1 + (int)gd_stream_below(&stream, (size_t)time));
        ck_assert_int_le(status, GD_OK);
        kills += status != GD_OK;
        finished += status == GD_OK;
        check(name, !status);
    }
    ck_assert_int_gt(kills, 0);
}
