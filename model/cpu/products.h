/* Products of matrices, compiled once per instruction set. Every number of a product is one sum over the depth, in
 * order, by fused multiply-adds where the processor has them: its bits depend on its row of a, its column of b and what
 * it starts from, and not on how many rows there are, on its place among them, or on how they are shared out. */
#ifndef GD_MODEL_PRODUCTS_H
#define GD_MODEL_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

/* c[i][j] = factor[i] start[i][j] + Σ_k a[i][k] b[k][j] */
struct gd_product {
    size_t rows, depth, columns;
    const float *a; /* [rows][depth], rows a_step apart; turned: [depth][rows] */
    size_t a_step;
    bool turned;
    const float *b;     /* as `pack` has laid it out */
    const float *start; /* [rows][columns], rows start_step apart (0: the same for all); may be c; NULL: 0 */
    size_t start_step;
    const float *factor; /* [rows]; NULL: 1 */
    float *c;            /* [rows][columns], rows c_step apart */
    size_t c_step;
};

struct gd_products {
    size_t width; /* columns of a panel, at most GD_PANEL */
    /* Lays b[depth][columns], rows b_step apart (turned: [columns][depth]), out in panels of `width` columns, zeros
     * beyond the last: packed[panels][depth][width]. */
    void (*pack)(size_t depth, size_t columns, const float *b, size_t b_step, bool turned, float *packed);
    void (*multiply)(const struct gd_product *product);
};

#endif
