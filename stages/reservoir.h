/* Weighted sampling without replacement. */
#ifndef GD_STAGES_RESERVOIR_H
#define GD_STAGES_RESERVOIR_H

#include <stddef.h>

#include "engine/base/error.h"
#include "engine/base/random.h"

/* Chooses up to `size` of `count` items as if one after another, each time among those left with chances in proportion
 * to their weights: Efraimidis and Spirakis, Inf. Process. Lett. 97, 181 (2006). Their keys u^(1/w) are taken as Gumbel
 * keys log w - log(-log u), which have the same order and neither underflow nor overflow.
 *
 * Items of weight 0 (log weight -inf) are never chosen. chosen: [min(size, count)] indices, rising. Each item takes one
 * uniform number of the stream, in order. */
enum gd_status gd_reservoir_sample(const double *log_weights, size_t count, size_t size, struct gd_stream *stream,
                                   size_t *chosen, size_t *chosen_count, struct gd_error *error);

#endif
