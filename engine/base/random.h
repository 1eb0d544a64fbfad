/* Counter-based random streams: Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11),
 * by the Random123 library. A stream is known by (seed, step, execution, sample), so that what it gives depends
 * neither on threads nor on what else was drawn.
 *
 * A stream has no end: after 2^32 blocks of four numbers its key becomes the first two numbers of block (2^32 - 1, 2^32
 * - 1, 2^32 - 1, 2^32 - 1) under the former key, with bit 63 set, which no seed of a pipeline has. */
#ifndef GD_ENGINE_RANDOM_H
#define GD_ENGINE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct gd_stream {
    uint32_t key[2];     /* the seed, until the blocks are used up */
    uint32_t counter[4]; /* block number, sample, execution, hash of the step's id */
    uint32_t block[4];   /* the numbers of the current block */
    int used;            /* how many of them are spent */
    double spare;        /* second normal of a pair */
    int has_spare;
};

/* Streams differ when any of the four numbers does. */
struct gd_stream gd_stream_make(uint64_t seed, uint32_t step, uint32_t execution, uint32_t sample);

/* The stream as it is after `count` more normals; at the cost of one block for every 2^33 of them. */
struct gd_stream gd_stream_after_normals(const struct gd_stream *stream, uint64_t count);

/* FNV-1a hash of a step's id. */
uint32_t gd_stream_hash(const char *text);

uint32_t gd_stream_bits(struct gd_stream *stream);
double gd_stream_uniform(struct gd_stream *stream);             /* odd multiples of 2^-53 in (0, 1) */
double gd_stream_normal(struct gd_stream *stream);              /* mean 0, variance 1; Box-Muller */
size_t gd_stream_below(struct gd_stream *stream, size_t bound); /* 0 .. bound-1, without bias; bound > 0 */

#endif
