/* Compiled several times with GD_PRODUCTS naming the table, as the kernels are. A tile of c, HEIGHT rows of PARTS
 * vectors, stays in registers while it walks along the depth: per step PARTS vectors of b are read, and HEIGHT numbers
 * of a, each into all lanes. So many vectors are under way at once that the multiply-adds never wait for one another,
 * and three registers are left for what is read:
 *
 *   registers       lanes  HEIGHT x PARTS  multiply-adds and reads of a step
 *   16 (SSE, AVX)    4, 8   6 x 2           12, 8
 *   32 (NEON)        4      6 x 4           24, 10
 *   32 (AVX-512)    16     12 x 2           24, 14 */
#include "model/cpu/products.h"

#include <string.h>

#include "model/operations.h"

#if !defined(LANES) /* the tests set all three */
#if defined(__AVX512F__)
#define LANES  16
#define HEIGHT 12
#define PARTS  2
#elif defined(__AVX__)
#define LANES  8
#define HEIGHT 6
#define PARTS  2
#elif defined(__SSE__)
#define LANES  4
#define HEIGHT 6
#define PARTS  2
#else
#define LANES  4
#define HEIGHT 6
#define PARTS  4
#endif
#endif

#define WIDTH (LANES * PARTS)
_Static_assert(WIDTH <= GD_PANEL && HEIGHT <= 12, "see struct gd_products, and multiply_rows");

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 12")
#endif

typedef float vector __attribute__((vector_size(LANES * sizeof(float))));

INLINE vector load(const float *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

INLINE void store(float *to, vector v)
{
    memcpy(to, &v, sizeof v);
}

static void pack(size_t depth, size_t columns, const float *b, size_t b_step, bool turned, float *restrict packed)
{
    size_t along = turned ? b_step : 1, down = turned ? 1 : b_step;
    for (size_t begin = 0; begin < columns; begin += WIDTH, packed += depth * WIDTH) {
        size_t count = columns - begin < WIDTH ? columns - begin : WIDTH;
        if (count < WIDTH)
            memset(packed, 0, depth * WIDTH * sizeof *packed);
        for (size_t k = 0; k < depth && !turned; k++)
            memcpy(packed + k * WIDTH, b + k * down + begin, count * sizeof *packed);
        for (size_t j = 0; j < count && turned; j++)
            for (size_t k = 0; k < depth; k++)
                packed[k * WIDTH + j] = b[(begin + j) * along + k];
    }
}

/* Rows i .. i+height-1 of a whole panel, its first column j. */
INLINE void tile(const struct gd_product *p, size_t i, size_t j, int height, bool turned)
{
    static const float zeros[WIDTH];
    vector sum[HEIGHT][PARTS];
    size_t along = turned ? 1 : p->a_step, down = turned ? p->a_step : 1, step = p->start ? p->start_step : 0;
    const float *a = p->a + i * along, *b = p->b + j * p->depth;
    const float *start = p->start ? p->start + i * step + j : zeros;
    float *c = p->c + i * p->c_step + j;
    UNROLLED for (int r = 0; r < height; r++)
    {
        float factor = p->factor ? p->factor[i + (size_t)r] : 1;
        UNROLLED for (int v = 0; v < PARTS; v++) sum[r][v] = factor * load(start + (size_t)r * step + v * LANES);
    }
    for (size_t k = 0; k < p->depth; k++, a += down, b += WIDTH) {
        vector of[PARTS];
        UNROLLED for (int v = 0; v < PARTS; v++) of[v] = load(b + v * LANES);
        UNROLLED for (int r = 0; r < height; r++)
        {
            float x = a[(size_t)r * along];
            UNROLLED for (int v = 0; v < PARTS; v++) sum[r][v] += x * of[v];
        }
    }
    UNROLLED for (int r = 0; r < height; r++)
    {
        UNROLLED for (int v = 0; v < PARTS; v++) store(c + (size_t)r * p->c_step + v * LANES, sum[r][v]);
    }
}

static void multiply_rows(const struct gd_product *p, size_t i, size_t j, size_t height)
{
    switch (height) {
#define ROWS(n)                                                                                                        \
    case n:                                                                                                            \
        p->turned ? tile(p, i, j, n, true) : tile(p, i, j, n, false);                                                  \
        break;
        ROWS(1)
        ROWS(2)
        ROWS(3)
        ROWS(4)
        ROWS(5)
        ROWS(6)
#if HEIGHT > 6
        ROWS(7)
        ROWS(8)
        ROWS(9)
        ROWS(10)
        ROWS(11)
        ROWS(12)
#endif
    }
}

/* The same where the panel is wider than what is left of c. */
static void multiply_edge(const struct gd_product *p, size_t i, size_t j, size_t height)
{
    float c[HEIGHT * WIDTH] = {0};
    size_t bytes = (p->columns - j) * sizeof *c;
    for (size_t r = 0; r < height && p->start; r++)
        memcpy(c + r * WIDTH, p->start + (i + r) * p->start_step + j, bytes);
    const struct gd_product part = {.depth = p->depth,
                                    .a = p->a + i * (p->turned ? 1 : p->a_step),
                                    .a_step = p->a_step,
                                    .turned = p->turned,
                                    .b = p->b + j * p->depth,
                                    .start = c,
                                    .start_step = WIDTH,
                                    .factor = p->factor ? p->factor + i : NULL,
                                    .c = c,
                                    .c_step = WIDTH};
    multiply_rows(&part, 0, 0, height);
    for (size_t r = 0; r < height; r++)
        memcpy(p->c + (i + r) * p->c_step + j, c + r * WIDTH, bytes);
}

/* Of so many rows that are left. No tile is much lower than the others: it would wait for its sums. */
static size_t height_of(size_t left)
{
    return left <= HEIGHT ? left : left < (size_t)(2 * HEIGHT) ? (left + 1) / 2 : HEIGHT;
}

static void multiply(const struct gd_product *p)
{
    for (size_t j = 0; j < p->columns; j += WIDTH)
        for (size_t i = 0, height; i < p->rows; i += height) {
            height = height_of(p->rows - i);
            if (p->columns - j < WIDTH)
                multiply_edge(p, i, j, height);
            else
                multiply_rows(p, i, j, height);
        }
}

extern const struct gd_products GD_PRODUCTS;

const struct gd_products GD_PRODUCTS = {.width = WIDTH, .pack = pack, .multiply = multiply};
