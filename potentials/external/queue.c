#include "potentials/external/queue.h"

#include <stdlib.h>

#include "engine/base/memory.h"

/* How a structure stands. */
struct gd_turn {
    bool taken, suspect;
    int losses;
};

enum gd_status gd_queue_open(struct gd_queue *queue, const struct gd_batch *batch, int retries, struct gd_error *error)
{
    *queue = (struct gd_queue){.batch = batch,
                               .retries = retries,
                               .turns = gd_array(batch->count, sizeof *queue->turns),
                               .waiting = batch->count,
                               .left = batch->count};
    return queue->turns ? GD_OK : gd_no_memory(error, "a batch");
}

void gd_queue_clear(struct gd_queue *queue)
{
    free(queue->turns);
    *queue = (struct gd_queue){0};
}

size_t gd_queue_take(struct gd_queue *queue, size_t most, size_t *places)
{
    size_t count = 0;
    bool alone = false;
    for (size_t k = queue->first; k < queue->batch->count && count < most && !alone; k++) {
        struct gd_turn *turn = &queue->turns[k];
        if (turn->taken || (turn->suspect && count > 0))
            continue;
        alone = turn->suspect;
        turn->taken = true;
        places[count++] = k;
    }
    queue->waiting -= count;
    while (queue->first < queue->batch->count && queue->turns[queue->first].taken)
        queue->first++;
    return count;
}

void gd_queue_finish(struct gd_queue *queue, size_t k, const char *why)
{
    const struct gd_batch *batch = queue->batch;
    queue->left--;
    batch->done(batch->context, k, why ? GD_FAILED : GD_OK, why ? why : "");
}

void gd_queue_give_back(struct gd_queue *queue, size_t k, bool suspect)
{
    queue->turns[k].taken = false;
    queue->turns[k].suspect |= suspect;
    queue->waiting++;
    if (k < queue->first)
        queue->first = k;
}

void gd_queue_blame(struct gd_queue *queue, size_t k, const char *why)
{
    if (queue->turns[k].losses++ < queue->retries)
        gd_queue_give_back(queue, k, true);
    else
        gd_queue_finish(queue, k, why);
}
