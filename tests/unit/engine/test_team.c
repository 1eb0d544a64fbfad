/* Threads that share out blocks of work. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/team.h"
#include "unit/suites.h"

enum { MOST = 1000 };

static struct gd_team *team_of(int threads)
{
    struct gd_team *team = NULL;
    ck_assert_int_eq(gd_team_new(&team, threads, NULL), GD_OK);
    ck_assert_int_eq(gd_team_threads(team), threads);
    return team;
}

static void count_block(void *context, size_t block)
{
    atomic_fetch_add((atomic_int *)context + block, 1);
}

static const int team_sizes[] = {1, 2, 3, 8};
static const size_t block_counts[] = {0, 1, 2, 3, 7, 8, 9, MOST};

enum { TEAM_SIZES = sizeof team_sizes / sizeof *team_sizes, BLOCK_COUNTS = sizeof block_counts / sizeof *block_counts };

START_TEST(every_block_is_done_once)
{
    struct gd_team *team = team_of(team_sizes[_i]);
    for (size_t n = 0; n < BLOCK_COUNTS; n++) {
        atomic_int counts[MOST + 1] = {0};
        gd_team_run(team, block_counts[n], count_block, counts);
        for (size_t block = 0; block <= MOST; block++)
            ck_assert_int_eq(atomic_load(&counts[block]), block < block_counts[n]);
    }
    gd_team_free(team);
}
END_TEST

/* What one task has written is there in the next, also when they follow each other closely: x[k] = x[k-1] + x[k+1] of
 * the task before, modulo a prime. */
struct wave {
    unsigned now[MOST], next[MOST];
};

static void spread(void *context, size_t block)
{
    struct wave *wave = context;
    wave->next[block] = (wave->now[(block + MOST - 1) % MOST] + wave->now[(block + 1) % MOST]) % 10007;
}

static void adopt(void *context, size_t block)
{
    struct wave *wave = context;
    wave->now[block] = wave->next[block];
}

START_TEST(tasks_see_what_came_before)
{
    struct wave *alone = calloc(1, sizeof *alone), *together = calloc(1, sizeof *together);
    struct gd_team *team = team_of(team_sizes[_i]);
    ck_assert(alone && together);
    alone->now[0] = together->now[0] = 1;
    for (int k = 0; k < 2000; k++) {
        size_t blocks = k % 100 ? MOST : 2; /* now and then a task with less to do than there are threads */
        gd_team_run(NULL, blocks, spread, alone);
        gd_team_run(NULL, blocks, adopt, alone);
        gd_team_run(team, blocks, spread, together);
        gd_team_run(team, blocks, adopt, together);
    }
    ck_assert_mem_eq(alone->now, together->now, sizeof alone->now);
    gd_team_free(team);
    free(alone);
    free(together);
}
END_TEST

static enum gd_status refuse_odd(void *context, size_t block, struct gd_error *error)
{
    count_block(context, block);
    return block % 2 && block > 100 ? gd_fail(error, GD_BAD_INPUT, "block %zu is odd", block) : GD_OK;
}

START_TEST(the_first_failure_is_reported)
{
    struct gd_team *team = team_of(team_sizes[_i]);
    struct gd_error error = {0};
    atomic_int counts[MOST + 1] = {0};
    size_t failed = 0;
    ck_assert_int_eq(gd_team_try(team, MOST, refuse_odd, counts, &failed, &error), GD_BAD_INPUT);
    ck_assert_uint_eq(failed, 101);
    ck_assert_str_eq(error.text, "block 101 is odd");
    for (size_t block = 0; block < MOST; block++)
        ck_assert_int_eq(atomic_load(&counts[block]), 1);
    ck_assert_int_eq(gd_team_try(team, 100, refuse_odd, counts, &failed, &error), GD_OK);
    gd_team_free(team);
}
END_TEST

/* A plugin's callbacks may be among the blocks: what fails without a word, or with a status that is none, has failed.
 */
static enum gd_status fail_silently(void *context, size_t block, struct gd_error *error)
{
    (void)error;
    return block == 5 ? *(const enum gd_status *)context : GD_OK;
}

START_TEST(a_failure_without_a_message_is_one)
{
    static const int returned[] = {GD_BAD_INPUT, GD_FAILED, -1, 77},
                     reported[] = {GD_BAD_INPUT, GD_FAILED, GD_FAILED, GD_FAILED};
    struct gd_team *team = team_of(2);
    struct gd_error error = {0};
    enum gd_status status = (enum gd_status)returned[_i];
    size_t failed = 0;
    ck_assert_int_eq((int)gd_team_try(team, 10, fail_silently, &status, &failed, &error), reported[_i]);
    ck_assert_int_eq((int)error.status, reported[_i]);
    ck_assert_uint_eq(failed, 5);
    ck_assert_msg(strstr(error.text, "failed without a message") != NULL, "'%s'", error.text);
    ck_assert_int_eq((int)gd_team_try(team, 10, fail_silently, &status, &failed, NULL), reported[_i]);
    gd_team_free(team);
}
END_TEST

START_TEST(no_team_is_the_caller_alone)
{
    atomic_int counts[MOST + 1] = {0};
    gd_team_run(NULL, 3, count_block, counts);
    for (size_t block = 0; block < 4; block++)
        ck_assert_int_eq(atomic_load(&counts[block]), block < 3);
    ck_assert_int_eq(gd_team_threads(NULL), 1);
    gd_team_free(NULL);
    struct gd_team *team = NULL;
    ck_assert_int_eq(gd_team_new(&team, 0, NULL), GD_OK);
    ck_assert_int_eq(gd_team_threads(team), gd_processors());
    ck_assert_int_ge(gd_processors(), 1);
    gd_team_free(team);
}
END_TEST

Suite *suite_team(void)
{
    Suite *suite = suite_create("team");
    TCase *test = tcase_create("team");
    tcase_add_loop_test(test, every_block_is_done_once, 0, TEAM_SIZES);
    tcase_add_loop_test(test, tasks_see_what_came_before, 0, TEAM_SIZES);
    tcase_add_loop_test(test, the_first_failure_is_reported, 0, TEAM_SIZES);
    tcase_add_loop_test(test, a_failure_without_a_message_is_one, 0, 4);
    tcase_add_test(test, no_team_is_the_caller_alone);
    tcase_set_timeout(test, 120);
    suite_add_tcase(suite, test);
    return suite;
}
