#include "engine/base/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engine/base/memory.h"

#define SPINS      4000 /* looks at a condition before a thread sleeps: some 50 µs */
#define CACHE_LINE 64

/* A thread's share of a task: neighbouring blocks, always the same ones of as many, so that what it wrote in one task
 * is in its cache in the next. */
struct member {
    _Alignas(CACHE_LINE) atomic_size_t unclaimed; /* blocks of the share that no thread has begun, ... */
    size_t end;                                   /* ... of which this is the end */
    int number;
    pthread_t thread;
    struct gd_team *team;
};

struct gd_team {
    int threads, started;
    struct member *members; /* [threads]; the first is the owner, the next `started` ones are threads of the team */

    /* The task. It stays as it is while a block of it is unclaimed or unfinished. */
    gd_task *task;
    void *context;
    atomic_size_t unfinished; /* blocks that are not done */
    atomic_bool leave;

    pthread_mutex_t mutex;
    pthread_cond_t work, done;
    atomic_int asleep, waiting; /* workers on `work`; 1 while the owner is on `done` */
};

int gd_processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool has_work(struct gd_team *team)
{
    for (int k = 0; k < team->threads; k++)
        if (atomic_load(&team->members[k].unclaimed) > 0)
            return true;
    return atomic_load(&team->leave);
}

static bool is_done(struct gd_team *team)
{
    return atomic_load(&team->unfinished) == 0;
}

/* Spins, then sleeps, until ready(team). Whoever makes it ready does so before looking at `sleepers`, and `sleepers` is
 * raised before `ready` is asked for the last time: one of the two sees the other. */
static void await(struct gd_team *team, bool (*ready)(struct gd_team *), pthread_cond_t *condition,
                  atomic_int *sleepers)
{
    for (int k = 0; k < SPINS; k++) {
        if (ready(team))
            return;
        relax();
    }
    pthread_mutex_lock(&team->mutex);
    atomic_fetch_add(sleepers, 1);
    while (!ready(team))
        pthread_cond_wait(condition, &team->mutex);
    atomic_fetch_sub(sleepers, 1);
    pthread_mutex_unlock(&team->mutex);
}

static void wake(struct gd_team *team, pthread_cond_t *condition, atomic_int *sleepers)
{
    if (atomic_load(sleepers) == 0)
        return;
    pthread_mutex_lock(&team->mutex);
    pthread_cond_broadcast(condition);
    pthread_mutex_unlock(&team->mutex);
}

/* Claims a block of a share and works on it; false when there was none. Who has claimed one may read the task and the
 * share: they are not replaced before the block is finished. */
static bool work_on_block(struct gd_team *team, struct member *share)
{
    size_t left = atomic_load(&share->unclaimed);
    do
        if (left == 0)
            return false;
    while (!atomic_compare_exchange_weak(&share->unclaimed, &left, left - 1));
    team->task(team->context, share->end - left);
    if (atomic_fetch_sub(&team->unfinished, 1) == 1)
        wake(team, &team->done, &team->waiting);
    return true;
}

/* Works on a member's own share, then on what the others have not begun. */
static void work_on_shares(struct gd_team *team, int number)
{
    for (int k = 0; k < team->threads; k++)
        while (work_on_block(team, &team->members[(number + k) % team->threads]))
            ;
}

static void *work(void *argument)
{
    const struct member *member = argument;
    struct gd_team *team = member->team;
    while (!atomic_load(&team->leave)) {
        await(team, has_work, &team->work, &team->asleep);
        work_on_shares(team, member->number);
    }
    return NULL;
}

void gd_team_run(struct gd_team *team, size_t blocks, gd_task *task, void *context)
{
    if (gd_team_threads(team) == 1 || blocks < 2) {
        for (size_t block = 0; block < blocks; block++)
            task(context, block);
        return;
    }
    size_t threads = (size_t)team->threads;
    team->task = task;
    team->context = context;
    atomic_store(&team->unfinished, blocks);
    for (size_t k = 0, begin = 0; k < threads; k++) {
        size_t size = blocks / threads + (k < blocks % threads);
        team->members[k].end = begin += size;
        atomic_store(&team->members[k].unclaimed, size);
    }
    wake(team, &team->work, &team->asleep);
    work_on_shares(team, 0);
    await(team, is_done, &team->done, &team->waiting);
}

struct trial {
    gd_attempt *attempt;
    void *context;
    pthread_mutex_t mutex;
    enum gd_status status;
    size_t block; /* the first that failed, and its failure */
    struct gd_error failure;
};

static void attempt_block(void *context, size_t block)
{
    struct trial *trial = context;
    struct gd_error failure = {0};
    enum gd_status status =
        gd_status_require_message(trial->attempt(trial->context, block, &failure), &failure, "a block of work");
    if (!status)
        return;
    pthread_mutex_lock(&trial->mutex);
    if (!trial->status || block < trial->block) {
        trial->status = status;
        trial->block = block;
        trial->failure = failure;
    }
    pthread_mutex_unlock(&trial->mutex);
}

enum gd_status gd_team_try(struct gd_team *team, size_t blocks, gd_attempt *attempt, void *context, size_t *failed,
                           struct gd_error *error)
{
    struct trial trial = {.attempt = attempt, .context = context, .mutex = PTHREAD_MUTEX_INITIALIZER};
    gd_team_run(team, blocks, attempt_block, &trial);
    pthread_mutex_destroy(&trial.mutex);
    *failed = trial.block;
    if (trial.status && error)
        *error = trial.failure;
    return trial.status;
}

int gd_team_threads(const struct gd_team *team)
{
    return team ? team->threads : 1;
}

/* Starts the threads of the team; false when the system gives no more. */
static bool start(struct gd_team *team)
{
    for (int k = 0; k < team->threads; k++)
        team->members[k] = (struct member){.number = k, .team = team};
    for (int k = 1; k < team->threads; k++, team->started++)
        if (pthread_create(&team->members[k].thread, NULL, work, &team->members[k]) != 0)
            return false;
    return true;
}

enum gd_status gd_team_new(struct gd_team **team, int threads, struct gd_error *error)
{
    struct gd_team *made = gd_array(1, sizeof *made);
    *team = NULL;
    if (!made)
        return gd_no_memory(error, "threads");
    made->threads = threads > 0 ? threads : gd_processors();
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->done, NULL);
    made->members = gd_array_aligned((size_t)made->threads, sizeof *made->members);
    enum gd_status status = GD_OK;
    if (!made->members)
        status = gd_no_memory(error, "threads");
    else if (!start(made))
        status =
            gd_fail(error, GD_FAILED, "cannot start %d threads: too many threads, or out of memory", made->threads);
    if (status)
        gd_team_free(made);
    else
        *team = made;
    return status;
}

void gd_team_free(struct gd_team *team)
{
    if (!team)
        return;
    atomic_store(&team->leave, true);
    wake(team, &team->work, &team->asleep);
    for (int k = 1; k <= team->started; k++)
        pthread_join(team->members[k].thread, NULL);
    pthread_cond_destroy(&team->work);
    pthread_cond_destroy(&team->done);
    pthread_mutex_destroy(&team->mutex);
    free(team->members);
    free(team);
}
