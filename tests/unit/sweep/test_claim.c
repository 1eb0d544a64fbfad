/* Claims by several processes at once: nothing is ever claimed twice, and what the dead have claimed is taken over. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/files.h"
#include "engine/base/host.h"
#include "sweep/claim.h"
#include "unit/scratch.h"
#include "unit/suites.h"

enum { PROCESSES = 4, TRIALS = 1000 };

static bool take(const char *folder, const char *name, double patience, struct gd_claim *claim)
{
    bool taken;
    struct gd_error error = {0};
    ck_assert_msg(gd_claim_take(folder, name, patience, claim, &taken, &error) == GD_OK, "%s", error.text);
    return taken;
}

/* Tries for all of them, in an order of its own, and says one byte per trial. All processes live until `end` is closed:
 * claims of the dead may be taken over. */
static void contend(const char *folder, int which, int answer, int end)
{
    unsigned char taken[TRIALS] = {0}, none;
    for (int k = 0; k < TRIALS; k++) {
        char name[16];
        struct gd_claim claim = {0};
        const int trial = which % 2 ? TRIALS - 1 - k : k;
        snprintf(name, sizeof name, "%d", trial);
        taken[trial] = take(folder, name, 600, &claim);
        free(claim.path);
        free(claim.text);
    }
    ck_assert_int_eq(write(answer, taken, sizeof taken), sizeof taken);
    ck_assert_int_eq(read(end, &none, 1), 0);
    _exit(0);
}

/* Every trial is won by exactly one process. */
static void race(const char *folder)
{
    int wins[TRIALS] = {0}, answers[PROCESSES][2], end[2];
    pid_t processes[PROCESSES];
    ck_assert_int_eq(pipe(end), 0);
    for (int k = 0; k < PROCESSES; k++) {
        ck_assert_int_eq(pipe(answers[k]), 0);
        if ((processes[k] = fork()) == 0) {
            close(end[1]);
            contend(folder, k, answers[k][1], end[0]);
        }
        close(answers[k][1]);
    }
    for (int k = 0; k < PROCESSES; k++) {
        unsigned char taken[TRIALS];
        size_t got = 0;
        for (ssize_t more; got < sizeof taken && (more = read(answers[k][0], taken + got, sizeof taken - got)) > 0;)
            got += (size_t)more;
        ck_assert_uint_eq(got, sizeof taken);
        for (int trial = 0; trial < TRIALS; trial++)
            wins[trial] += taken[trial];
        close(answers[k][0]);
    }
    close(end[1]);
    for (int k = 0; k < PROCESSES; k++)
        waitpid(processes[k], NULL, 0);
    close(end[0]);
    for (int trial = 0; trial < TRIALS; trial++)
        ck_assert_msg(wins[trial] == 1, "trial %d was won %d times", trial, wins[trial]);
}

START_TEST(never_twice)
{
    struct scratch scratch = scratch_make();
    race(scratch.path);
    scratch_remove(&scratch);
}
END_TEST

/* A process claims everything and dies. */
static void claim_and_die(const char *folder)
{
    const pid_t process = fork();
    if (process == 0) {
        for (int k = 0; k < TRIALS; k++) {
            char name[16];
            struct gd_claim claim = {0};
            snprintf(name, sizeof name, "%d", k);
            take(folder, name, 600, &claim);
        }
        _exit(0);
    }
    ck_assert_int_eq(waitpid(process, NULL, 0), process);
}

START_TEST(the_dead_once)
{
    struct scratch scratch = scratch_make();
    claim_and_die(scratch.path);
    race(scratch.path);
    scratch_remove(&scratch);
}
END_TEST

/* What another machine, or something else, left in a claim. */
static void write_claim(const struct scratch *scratch, const char *text, double age)
{
    char name[512];
    struct timespec times[2];
    FILE *stream = fopen(scratch_name(scratch, "it", name), "w");
    fputs(text, stream);
    fclose(stream);
    clock_gettime(CLOCK_REALTIME, &times[0]);
    times[0].tv_sec -= (time_t)age;
    times[1] = times[0];
    ck_assert_int_eq(utimensat(AT_FDCWD, name, times, 0), 0);
}

static const char *const strangers[] = {
    "{\"host\":\"elsewhere\",\"pid\":1,\"start\":1,\"boot\":\"x\",\"space\":\"y\"}",
    "{\"host\":\"elsewhere\"}",
    "not JSON",
    "",
};

START_TEST(strangers_by_their_age)
{
    struct scratch scratch = scratch_make();
    struct gd_claim claim = {0};
    write_claim(&scratch, strangers[_i], 500);
    ck_assert(!take(scratch.path, "it", 600, &claim));
    write_claim(&scratch, strangers[_i], 700);
    ck_assert(take(scratch.path, "it", 600, &claim));
    ck_assert(gd_claim_refresh(&claim));
    gd_claim_release(&claim);
    ck_assert(take(scratch.path, "it", 600, &claim));
    gd_claim_release(&claim);
    scratch_remove(&scratch);
}
END_TEST

/* Whoever only looks judges as those who take a claim do, and changes nothing. */
START_TEST(looked_at)
{
    struct scratch scratch = scratch_make();
    struct gd_claim claim = {0};
    ck_assert(!gd_claim_is_held(scratch.path, "it", 600));
    ck_assert(take(scratch.path, "it", 600, &claim));
    ck_assert(gd_claim_is_held(scratch.path, "it", 600));
    gd_claim_release(&claim);
    ck_assert(!gd_claim_is_held(scratch.path, "it", 600));
    for (size_t k = 0; k < sizeof strangers / sizeof *strangers; k++) {
        write_claim(&scratch, strangers[k], 500);
        ck_assert(gd_claim_is_held(scratch.path, "it", 600));
        write_claim(&scratch, strangers[k], 700);
        ck_assert(!gd_claim_is_held(scratch.path, "it", 600));
    }
    claim_and_die(scratch.path);
    ck_assert(!gd_claim_is_held(scratch.path, "0", 600));
    ck_assert(take(scratch.path, "0", 600, &claim));
    ck_assert(gd_claim_is_held(scratch.path, "0", 600));
    gd_claim_release(&claim);
    scratch_remove(&scratch);
}
END_TEST

/* What this machine claimed before it was started anew is taken over at once, though the process ids may be in use. */
START_TEST(before_the_machine_was_started)
{
    struct scratch scratch = scratch_make();
    struct gd_claim claim = {0};
    char host[GD_HOST_SIZE], text[512];
    snprintf(text, sizeof text, "{\"host\":\"%s\",\"pid\":1,\"start\":1,\"boot\":\"former\",\"space\":\"y\"}",
             gd_host_name(host));
    write_claim(&scratch, text, 0);
    ck_assert(take(scratch.path, "it", 600, &claim));
    gd_claim_release(&claim);
    scratch_remove(&scratch);
}
END_TEST

/* An owner that others have thought dead finds out, and does not give away what is theirs. */
START_TEST(lost_claims)
{
    struct scratch scratch = scratch_make();
    struct gd_claim claim = {0}, other = {0};
    ck_assert(take(scratch.path, "it", 600, &claim));
    ck_assert(!take(scratch.path, "it", 600, &other));
    ck_assert(gd_claim_refresh(&claim));
    write_claim(&scratch, strangers[0], 0);
    ck_assert(!gd_claim_refresh(&claim));
    gd_claim_release(&claim);
    ck_assert(!take(scratch.path, "it", 600, &other));
    scratch_remove(&scratch);
}
END_TEST

START_TEST(a_folder_that_is_none)
{
    struct gd_claim claim = {0};
    struct gd_error error = {0};
    bool taken;
    ck_assert_int_eq(gd_claim_take("/nowhere", "it", 600, &claim, &taken, &error), GD_FAILED);
    ck_assert(!taken);
    gd_claim_release(&claim);
}
END_TEST

Suite *suite_sweep_claim(void)
{
    Suite *suite = suite_create("sweep_claim");
    TCase *tests = tcase_create("claim");
    tcase_add_test(tests, never_twice);
    tcase_add_test(tests, the_dead_once);
    tcase_add_loop_test(tests, strangers_by_their_age, 0, sizeof strangers / sizeof *strangers);
    tcase_add_test(tests, looked_at);
    tcase_add_test(tests, before_the_machine_was_started);
    tcase_add_test(tests, lost_claims);
    tcase_add_test(tests, a_folder_that_is_none);
    suite_add_tcase(suite, tests);
    return suite;
}
