/* A team of threads that share out blocks of work.
 *
 * The thread that runs a task works on it too, and waits for blocks that another thread has begun, never for a thread
 * that has not: where the machine is busy with something else, it does all by itself. Threads without work spin for
 * some microseconds, so that short tasks may follow each other, and then sleep. */
#ifndef GD_ENGINE_TEAM_H
#define GD_ENGINE_TEAM_H

#include <stddef.h>

#include "engine/base/error.h"

struct gd_team;

/* Works on block 0 <= block < blocks of a task. Blocks are worked on in any order and by any thread. */
typedef void gd_task(void *context, size_t block);

/* A team of `threads`, the caller's among them (fewer than 1: as many as gd_processors). Free with gd_team_free. */
enum gd_status gd_team_new(struct gd_team **team, int threads, struct gd_error *error);
void gd_team_free(struct gd_team *team); /* accepts NULL */

int gd_team_threads(const struct gd_team *team); /* 1 for NULL */

/* Calls task(context, block) for every block and returns when all are done. A team does one task at a time, and a task
 * starts no other. NULL: the caller works alone. */
void gd_team_run(struct gd_team *team, size_t blocks, gd_task *task, void *context);

/* Works on a block, as gd_task, and may fail. */
typedef enum gd_status gd_attempt(void *context, size_t block, struct gd_error *error);

/* The same for what may fail: all blocks are tried, and of those that fail the first one's failure is returned, with
 * its number in *failed. */
enum gd_status gd_team_try(struct gd_team *team, size_t blocks, gd_attempt *attempt, void *context, size_t *failed,
                           struct gd_error *error);

/* How many processors this process may use. */
int gd_processors(void);

#endif
