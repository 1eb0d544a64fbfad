/* Philox streams and the distributions drawn from them. Every number depends on the stream's four names and on its own
 * position in the stream alone. */
#include "engine/base/random.h"

#include <Random123/philox.h>
#include <math.h>

#include "engine/base/numbers.h"

struct gd_stream gd_stream_make(uint64_t seed, uint32_t step, uint32_t execution, uint32_t sample)
{
    return (struct gd_stream){
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
        .counter = {0, sample, execution, step},
        .used = 4,
    };
}

uint32_t gd_stream_hash(const char *text)
{
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static philox4x32_ctr_t philox(const uint32_t counter[4], const uint32_t key[2])
{
    philox4x32_ctr_t in = {{counter[0], counter[1], counter[2], counter[3]}};
    philox4x32_key_t own = {{key[0], key[1]}};
    return philox4x32_R(10, in, own);
}

/* The key of the next 2^32 blocks. */
static void turn(struct gd_stream *stream)
{
    static const uint32_t last[] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    const philox4x32_ctr_t out = philox(last, stream->key);
    stream->key[0] = out.v[0];
    stream->key[1] = out.v[1] | UINT32_C(1) << 31;
}

static void pass_blocks(struct gd_stream *stream, uint64_t count)
{
    const uint64_t next = stream->counter[0] + count;
    for (uint64_t k = 0; k < next >> 32; k++)
        turn(stream);
    stream->counter[0] = (uint32_t)next;
}

static void next_block(struct gd_stream *stream)
{
    const philox4x32_ctr_t out = philox(stream->counter, stream->key);
    for (int k = 0; k < 4; k++)
        stream->block[k] = out.v[k];
    pass_blocks(stream, 1);
    stream->used = 0;
}

uint32_t gd_stream_bits(struct gd_stream *stream)
{
    if (stream->used == 4)
        next_block(stream);
    return stream->block[stream->used++];
}

static uint64_t bits64(struct gd_stream *stream)
{
    uint64_t high = gd_stream_bits(stream);
    return high << 32 | gd_stream_bits(stream);
}

/* Odd multiples of 2^-53, so that neither end can come up. */
double gd_stream_uniform(struct gd_stream *stream)
{
    return ((double)(bits64(stream) >> 12) + 0.5) * 0x1p-52;
}

double gd_stream_normal(struct gd_stream *stream)
{
    if (stream->has_spare) {
        stream->has_spare = 0;
        return stream->spare;
    }
    double radius = sqrt(-2 * log(gd_stream_uniform(stream)));
    double angle = 2 * GD_PI * gd_stream_uniform(stream);
    stream->spare = radius * sin(angle);
    stream->has_spare = 1;
    return radius * cos(angle);
}

/* Every pair of normals takes four numbers, that is as many as a block has. */
struct gd_stream gd_stream_after_normals(const struct gd_stream *stream, uint64_t count)
{
    struct gd_stream after = *stream;
    if (count > 0 && after.has_spare) {
        after.has_spare = 0;
        count--;
    }
    if (count >= 2) {
        pass_blocks(&after, count / 2 - 1);
        next_block(&after);
        after.used = stream->used;
    }
    if (count % 2)
        gd_stream_normal(&after);
    return after;
}

size_t gd_stream_below(struct gd_stream *stream, size_t bound)
{
    uint64_t surplus = (0 - (uint64_t)bound) % bound; /* 2^64 mod bound: so many numbers are one too many */
    uint64_t bits;
    do
        bits = bits64(stream);
    while (bits < surplus);
    return (size_t)(bits % bound);
}
