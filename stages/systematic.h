/* Weighted sampling with replacement. */
#ifndef GD_STAGES_SYSTEMATIC_H
#define GD_STAGES_SYSTEMATIC_H

#include <stddef.h>

#include "engine/base/random.h"

/* Chooses `size` of `count` items, each as often as its share of the weights says, rounded up or down: systematic
 * sampling, by `size` marks at equal distances along the sum of the weights, the first at random (G. Kitagawa, J.
 * Comput. Graph. Stat. 5, 1 (1996)). In the mean, items are chosen exactly in proportion to their weights.
 *
 * Items of weight 0 (log weight -inf) are never chosen. chosen: [size] indices, rising. Takes one uniform number of the
 * stream. Returns how many were chosen: `size`, or 0 when no item has a weight. */
size_t gd_systematic_sample(const double *log_weights, size_t count, size_t size, struct gd_stream *stream,
                            size_t *chosen);

#endif
