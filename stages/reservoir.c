#include "stages/reservoir.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"

struct item {
    double key;
    size_t index;
};

/* Largest key first; equal keys by index, so that the order is one whatever qsort does. */
static int by_key(const void *a, const void *b)
{
    const struct item *one = a, *other = b;
    if (one->key != other->key)
        return one->key > other->key ? -1 : 1;
    return (one->index > other->index) - (one->index < other->index);
}

static int by_index(const void *a, const void *b)
{
    const struct item *one = a, *other = b;
    return (one->index > other->index) - (one->index < other->index);
}

enum gd_status gd_reservoir_sample(const double *log_weights, size_t count, size_t size, struct gd_stream *stream,
                                   size_t *chosen, size_t *chosen_count, struct gd_error *error)
{
    struct item *items = gd_array(count, sizeof *items);
    if (!items)
        return gd_no_memory(error, "the keys of a weighted sample");
    size_t candidates = 0;
    for (size_t k = 0; k < count; k++) {
        double key = log_weights[k] - log(-log(gd_stream_uniform(stream)));
        if (log_weights[k] > -INFINITY)
            items[candidates++] = (struct item){key, k};
    }
    *chosen_count = candidates < size ? candidates : size;
    qsort(items, candidates, sizeof *items, by_key);
    qsort(items, *chosen_count, sizeof *items, by_index);
    for (size_t k = 0; k < *chosen_count; k++)
        chosen[k] = items[k].index;
    free(items);
    return GD_OK;
}
