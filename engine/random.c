/* Philox streams and the distributions drawn from them. Every number depends on the stream's four names and on its own
 * position in the stream alone. */
#include "engine/random.h"

#include <Random123/philox.h>
#include <math.h>

#define PI        3.14159265358979323846
#define SQRT_HALF 0.70710678118654752440

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

static void next_block(struct gd_stream *stream)
{
    const uint32_t *counter = stream->counter;
    philox4x32_ctr_t in = {{counter[0], counter[1], counter[2], counter[3]}};
    philox4x32_key_t key = {{stream->key[0], stream->key[1]}};
    philox4x32_ctr_t out = philox4x32_R(10, in, key);
    for (int k = 0; k < 4; k++)
        stream->block[k] = out.v[k];
    stream->counter[0]++;
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
    double angle = 2 * PI * gd_stream_uniform(stream);
    stream->spare = radius * sin(angle);
    stream->has_spare = 1;
    return radius * cos(angle);
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

/* log of the normal distribution function. Below -37, where erfc nears underflow, by its asymptotic series (Abramowitz
 * and Stegun 26.2.12), whose first term left out is under 1e-12 there. */
static double log_cdf(double x)
{
    if (x > -37)
        return log(0.5 * erfc(-x * SQRT_HALF));
    double y = 1 / (x * x);
    return -0.5 * x * x - log(-x) - 0.5 * log(2 * PI) + log1p(-y * (1 - 3 * y * (1 - 5 * y * (1 - 7 * y))));
}

/* The x <= 0 with log_cdf(x) = p. Starts from Abramowitz and Stegun 26.2.23 (good to 4.5e-4) and takes Newton steps,
 * which converge from anywhere because log_cdf is concave and rises. */
static double log_quantile(double p)
{
    double t = sqrt(-2 * p);
    double x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
    for (int k = 0; k < 3; k++) {
        double value = log_cdf(x);
        double slope = exp(-0.5 * x * x - 0.5 * log(2 * PI) - value);
        x -= (value - p) / slope;
    }
    return x;
}

/* log of (1 - u) cdf(a) + u cdf(b) */
static double log_mixture(double u, double a, double b)
{
    double at_a = log_cdf(a), at_b = log_cdf(b), most = fmax(at_a, at_b);
    return most + log((1 - u) * exp(at_a - most) + u * exp(at_b - most));
}

/* Standard normal truncated to [a, b], a + b <= 0, at the probability u. Beyond 1e4 the density is an exponential to
 * within 1e-8, while the logarithm of its integral is too large a number to tell neighbours apart. */
static double truncated_quantile(double u, double a, double b)
{
    if (b < -1e4)
        return b + log1p((1 - u) * expm1(b * (b - a))) / -b;
    double p = log_mixture(u, a, b);
    return p <= log(0.5) ? log_quantile(p) : -log_quantile(log_mixture(u, -a, -b));
}

double gd_stream_truncated(struct gd_stream *stream, double mean, double sigma, double low, double high)
{
    double u = gd_stream_uniform(stream), x = 0;
    double a = (low - mean) / sigma, b = (high - mean) / sigma;
    if (sigma > 0 && a < b) /* both infinite: sigma is as good as 0 */
        x = a + b > 0 ? -truncated_quantile(1 - u, -b, -a) : truncated_quantile(u, a, b);
    return fmin(fmax(mean + sigma * x, low), high);
}
