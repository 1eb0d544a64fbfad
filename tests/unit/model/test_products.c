/* Products of matrices by every set of kernels that this processor runs, and by tiles of other shapes, against plain
 * loops, bit for bit; and the operations made of them, whose rows must not depend on one another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/random.h"
#include "model/cpu/cpu.h"
#include "model/cpu/kernels.h"
#include "unit/model/painn_fixture.h"
#include "unit/suites.h"

/* Compiled from the same source for tests: AVX-512's tile in what registers there are, and NEON's. */
extern const struct gd_products gd_products_wide, gd_products_deep;
#if defined(GD_PRODUCTS_FUSED)
extern const struct gd_products gd_products_wide_fused;
#endif

#define MOST 8

static size_t all_products(const struct gd_products *products[MOST])
{
    const struct gd_kernels *kernels[4];
    size_t count = gd_kernels_list(kernels), k = 0;
    for (; k < count; k++)
        products[k] = kernels[k]->products;
    products[k++] = &gd_products_wide;
    products[k++] = &gd_products_deep;
#if defined(GD_PRODUCTS_FUSED)
    if (count > 1) /* has AVX2 */
        products[k++] = &gd_products_wide_fused;
#endif
    return k;
}

static void fill(float *numbers, size_t count, uint32_t key)
{
    struct gd_stream stream = gd_stream_make(11, key, 0, 0);
    for (size_t k = 0; k < count; k++)
        numbers[k] = (float)gd_stream_normal(&stream);
}

enum { ROWS = 30, DEPTH = 64, COLUMNS = 70, BESIDE = 3 };
enum start { NOTHING, ROW, SCALED_ROW, WHAT_IS_THERE, STARTS };

struct matrices {
    float a[ROWS * DEPTH], b[DEPTH * COLUMNS], bias[COLUMNS], factor[ROWS], there[ROWS * (COLUMNS + BESIDE)];
    float packed[DEPTH * 3 * GD_PANEL], c[ROWS * (COLUMNS + BESIDE)];
};

/* One step of a sum. Volatile, so that the compiler does not fuse what is to be rounded twice. */
static float step(bool fused, float a, float b, float sum)
{
    volatile float product = a * b;
    return fused ? fmaf(a, b, sum) : product + sum;
}

/* Whether products are rounded only with the sum: (1 + e)² - 1 - 2e is e², which a rounded product loses. */
static bool fuses(const struct gd_products *products)
{
    const float b = 1 + 0x1p-12f, a[1] = {b}, start[GD_PANEL] = {-1 - 0x1p-11f};
    float packed[GD_PANEL], c;
    products->pack(1, 1, &b, 1, false, packed);
    products->multiply(&(struct gd_product){
        .rows = 1, .depth = 1, .columns = 1, .a = a, .a_step = 1, .b = packed, .start = start, .c = &c, .c_step = 1});
    return c != 0;
}

static float started(const struct matrices *m, enum start start, size_t i, size_t j, size_t stride)
{
    volatile float scaled = m->factor[i] * m->bias[j]; /* rounded */
    return start == NOTHING ? 0 : start == ROW ? m->bias[j] : start == SCALED_ROW ? scaled : m->there[i * stride + j];
}

/* The product that `p` asks for, started as `start` says, is that of plain loops, and nothing beside it is touched. */
static void check_product(const struct gd_products *products, struct matrices *m, struct gd_product p, enum start start)
{
    bool fused = fuses(products);
    size_t stride = p.columns + BESIDE;
    p.a = m->a;
    p.a_step = p.turned ? p.rows : p.depth;
    p.b = m->packed;
    p.start = start == NOTHING ? NULL : start == WHAT_IS_THERE ? m->c : m->bias;
    p.start_step = start == WHAT_IS_THERE ? stride : 0;
    p.factor = start == SCALED_ROW ? m->factor : NULL;
    p.c = m->c;
    p.c_step = stride;
    memcpy(m->c, m->there, sizeof m->c);
    products->multiply(&p);
    for (size_t i = 0; i < p.rows; i++)
        for (size_t j = 0; j < stride; j++) {
            bool inside = j < p.columns;
            float expected = inside ? started(m, start, i, j, stride) : m->there[i * stride + j];
            for (size_t k = 0; k < p.depth && inside; k++)
                expected =
                    step(fused, m->a[p.turned ? k * p.rows + i : i * p.depth + k], m->b[k * p.columns + j], expected);
            if (memcmp(&m->c[i * stride + j], &expected, sizeof expected) != 0)
                ck_abort_msg("%zu x %zu x %zu, turned %d, start %d: (%zu, %zu) is %a instead of %a", p.rows, p.depth,
                             p.columns, p.turned, (int)start, i, j, (double)m->c[i * stride + j], (double)expected);
        }
}

START_TEST(every_number_is_one_sum_in_order)
{
    static const size_t depths[] = {0, 1, 17, DEPTH}, columns[] = {1, 5, 8, 16, 31, 32, 33, COLUMNS};
    const struct gd_products *products[MOST];
    struct matrices *m = malloc(sizeof *m);
    size_t count = all_products(products), depth = depths[_i / 8], wide = columns[_i % 8];
    fill((float *)(void *)m, sizeof *m / sizeof(float), (uint32_t)_i);
    for (size_t n = 0; n < count; n++) {
        products[n]->pack(depth, wide, m->b, wide, false, m->packed);
        for (size_t rows = 1; rows <= ROWS; rows++)
            for (int way = 0; way < 2 * STARTS; way++)
                check_product(
                    products[n], m,
                    (struct gd_product){.rows = rows, .depth = depth, .columns = wide, .turned = way >= STARTS},
                    (enum start)(way % STARTS));
    }
    free(m);
}
END_TEST

/* A matrix and its transpose are laid out alike, without what lies beyond a row, and zeros in the end. */
START_TEST(transposes_are_laid_out_alike)
{
    enum { DEEP = 7, WIDE = 37, APART = 41 };
    float b[DEEP * APART], turned[WIDE * APART], packed[2][DEEP * 2 * GD_PANEL];
    const struct gd_products *products[MOST];
    fill(b, DEEP * APART, 1);
    fill(turned, WIDE * APART, 2);
    for (size_t k = 0; k < DEEP; k++)
        for (size_t j = 0; j < WIDE; j++)
            turned[j * APART + k] = b[k * APART + j];
    for (size_t n = all_products(products); n-- > 0;) {
        size_t width = products[n]->width, panels = (WIDE + width - 1) / width;
        ck_assert_uint_le(width, GD_PANEL);
        fill(packed[0], 2 * DEEP * 2 * GD_PANEL, 3);
        products[n]->pack(DEEP, WIDE, b, APART, false, packed[0]);
        products[n]->pack(DEEP, WIDE, turned, APART, true, packed[1]);
        ck_assert_mem_eq(packed[0], packed[1], panels * DEEP * width * sizeof(float));
        for (size_t j = 0; j < panels * width; j++)
            ck_assert(packed[0][(j / width * DEEP + DEEP - 1) * width + j % width] ==
                      (j < WIDE ? b[(DEEP - 1) * APART + j] : 0));
    }
}
END_TEST

/* Operations ----------------------------------------------------------------------------------------------------- */

enum { ALL = 700, IN = 30, MIDDLE = 21, OUT = 37 };

struct layers {
    float x[ALL * IN], dy[ALL * OUT], before[ALL * MIDDLE], hidden[ALL * MIDDLE], scale[ALL];
    float inner[MIDDLE * IN], outer[OUT * MIDDLE], direct[OUT * IN], bias[OUT];
    float scratch[GD_WEIGHT_CHUNKS * ((IN + 1) * MIDDLE + (MIDDLE + 1) * OUT)], gradients[2 * OUT * GD_PANEL * 2];
    float packed[4 * GD_PANEL * 2 * GD_PANEL];
};

/* What operations make of some rows; a [rows][OUT], b [rows][OUT], c [rows][MIDDLE], d [rows][IN]. */
struct made {
    float a[ALL * OUT], b[ALL * OUT], c[ALL * MIDDLE], d[ALL * IN];
};

static void run_dense(struct gd_backend *backend, struct layers *l, size_t from, size_t rows, struct made *made)
{
    const struct gd_dense dense = {.rows = rows,
                                   .in = IN,
                                   .out = OUT,
                                   .x = l->x + from * IN,
                                   .weight = l->direct,
                                   .bias = l->bias,
                                   .scale = l->scale + from,
                                   .y = made->a,
                                   .packed = l->packed};
    const struct gd_dense_input input = {.rows = rows,
                                         .in = MIDDLE,
                                         .out = OUT,
                                         .dy = l->dy + from * OUT,
                                         .weight = l->outer,
                                         .dx = made->c,
                                         .packed = l->packed};
    gd_backend_cpu.ops.dense(backend, &dense);
    gd_backend_cpu.ops.dense_input(backend, &input);
}

static void run_net(struct gd_backend *backend, struct layers *l, size_t from, size_t rows, struct made *made)
{
    const struct gd_perceptron net = {.rows = rows,
                                      .in = IN,
                                      .middle = MIDDLE,
                                      .out = OUT,
                                      .x = l->x + from * IN,
                                      .inner_weight = l->inner,
                                      .inner_bias = l->bias,
                                      .outer_weight = l->outer,
                                      .outer_bias = l->bias,
                                      .before = made->c,
                                      .hidden = made->b,
                                      .y = made->a,
                                      .packed = l->packed};
    gd_backend_cpu.ops.perceptron(backend, &net);
}

static void run_net_backward(struct gd_backend *backend, struct layers *l, size_t from, size_t rows, struct made *made)
{
    float *gradient = l->gradients;
    const struct gd_perceptron_backward net = {.rows = rows,
                                               .in = IN,
                                               .middle = MIDDLE,
                                               .out = OUT,
                                               .x = l->x + from * IN,
                                               .before = l->before + from * MIDDLE,
                                               .hidden = l->hidden + from * MIDDLE,
                                               .dy = l->dy + from * OUT,
                                               .inner_weight = l->inner,
                                               .outer_weight = l->outer,
                                               .dinner_weight = gradient,
                                               .dinner_bias = gradient + IN * MIDDLE,
                                               .douter_weight = gradient + (IN + 1) * MIDDLE,
                                               .douter_bias = gradient + (IN + 1) * MIDDLE + OUT * MIDDLE,
                                               .dhidden = made->c,
                                               .dx = made->d,
                                               .scratch = l->scratch,
                                               .packed = l->packed};
    gd_backend_cpu.ops.perceptron_backward(backend, &net);
}

static const struct {
    const char *name;
    void (*run)(struct gd_backend *, struct layers *, size_t from, size_t rows, struct made *);
    size_t a, b, c, d; /* numbers in a row of each result */
} operations[] = {
    {"dense", run_dense, OUT, 0, MIDDLE, 0},
    {"perceptron", run_net, OUT, MIDDLE, MIDDLE, 0},
    {"perceptron_backward", run_net_backward, 0, 0, MIDDLE, IN},
};
#define OPERATIONS (int)(sizeof operations / sizeof *operations)

static void check_part(const char *name, const float *part, const float *all, size_t from, size_t rows, size_t width)
{
    if (memcmp(part, all + from * width, rows * width * sizeof *part) != 0)
        ck_abort_msg("%s: rows %zu to %zu have other bits alone", name, from, from + rows);
}

/* By any number of threads, from one row to all, wherever they are. */
START_TEST(rows_do_not_depend_on_one_another)
{
    const struct gd_kernels *kernels[4];
    struct layers *layers = malloc(sizeof *layers);
    struct made *all = malloc(sizeof *all), *part = malloc(sizeof *part);
    fill((float *)(void *)layers, sizeof *layers / sizeof(float), 5);
    for (size_t k = gd_kernels_list(kernels); k-- > 0;) {
        struct gd_backend *one, *three;
        ck_assert_int_eq(gd_cpu_new(&one, kernels[k], 1, NULL), GD_OK);
        ck_assert_int_eq(gd_cpu_new(&three, kernels[k], 3, NULL), GD_OK);
        operations[_i].run(one, layers, 0, ALL, all);
        for (size_t n = 0; n < 90; n++) {
            size_t rows = n < 80 ? n + 1 : n * n / 14, from = n * 131 % (ALL - rows + 1);
            operations[_i].run(n % 2 ? one : three, layers, from, rows, part);
            check_part(operations[_i].name, part->a, all->a, from, rows, operations[_i].a);
            check_part(operations[_i].name, part->b, all->b, from, rows, operations[_i].b);
            check_part(operations[_i].name, part->c, all->c, from, rows, operations[_i].c);
            check_part(operations[_i].name, part->d, all->d, from, rows, operations[_i].d);
        }
        gd_backend_free(one);
        gd_backend_free(three);
    }
    free(layers);
    free(all);
    free(part);
}
END_TEST

/* The whole network ---------------------------------------------------------------------------------------------- */

static struct gd_network *network_of(const struct gd_model *model, const char *kernels, int threads, bool table)
{
    struct gd_network *network;
    struct gd_error error = {0};
    setenv("GODIFF_KERNELS", kernels, 1);
    ck_assert_msg(gd_network_new(&network, model, "cpu", threads, &error) == GD_OK, "%s", error.text);
    unsetenv("GODIFF_KERNELS");
    if (table)
        ck_assert_int_eq(gd_network_tabulate(network, NULL), GD_OK);
    else
        gd_network_fuse(network);
    return network;
}

/* Output of structures first, first + 1, ..., one after the other, `count` of them at a time. */
static void output_of(struct gd_network *network, const struct painn_fixture *fixture, size_t count, float *output)
{
    for (size_t k = 0; k < fixture->count; k += count) {
        size_t some = fixture->count - k < count ? fixture->count - k : count;
        ck_assert_int_eq(gd_network_structures(network, fixture->structures + k, fixture->fixed + k, some, NULL),
                         GD_OK);
        ck_assert_int_eq(gd_network_forward(network, &gd_head_score, fixture->times + k, true, output, NULL), GD_OK);
        for (size_t n = k; n < k + some; n++)
            output += 3 * fixture->structures[n].count;
    }
}

/* In batches of any size, by any number of threads, with filters from a table and without. */
START_TEST(structures_do_not_depend_on_one_another)
{
    const struct gd_kernels *kernels[4];
    struct painn_fixture fixture = painn_fixture_read("painn-reference.h5");
    size_t bytes = 3 * fixture.atoms * sizeof(float);
    float *all = malloc(bytes), *some = malloc(bytes);
    ck_assert_uint_gt(fixture.count, 2);
    for (size_t k = gd_kernels_list(kernels); k-- > 0;) {
        struct gd_network *one = network_of(fixture.model, kernels[k]->name, 1, _i);
        struct gd_network *three = network_of(fixture.model, kernels[k]->name, 3, _i);
        output_of(one, &fixture, fixture.count, all);
        for (size_t count = 1; count <= fixture.count; count++) {
            output_of(count % 2 ? three : one, &fixture, count, some);
            ck_assert_msg(memcmp(some, all, bytes) == 0, "%s: other bits in batches of %zu", kernels[k]->name, count);
        }
        gd_network_free(one);
        gd_network_free(three);
    }
    free(all);
    free(some);
    painn_fixture_clear(&fixture);
}
END_TEST

/* GODIFF_KERNELS -------------------------------------------------------------------------------------------------- */

START_TEST(kernels_can_be_chosen)
{
    const struct gd_kernels *list[4], *chosen;
    size_t count = gd_kernels_list(list);
    struct gd_error error = {0};
    unsetenv("GODIFF_KERNELS");
    ck_assert_int_eq(gd_kernels_choose(&chosen, &error), GD_OK);
    ck_assert_ptr_eq(chosen, list[count - 1]);
    for (size_t k = 0; k < count; k++) {
        char device[64];
        setenv("GODIFF_KERNELS", list[k]->name, 1);
        ck_assert_int_eq(gd_kernels_choose(&chosen, &error), GD_OK);
        ck_assert_ptr_eq(chosen, list[k]);
        ck_assert_int_eq(gd_backend_cpu.find(device, sizeof device, &error), GD_OK);
        ck_assert_str_eq(device, list[k]->name);
    }
    unsetenv("GODIFF_KERNELS");
}
END_TEST

START_TEST(other_kernels_are_refused)
{
    struct gd_backend *backend;
    struct gd_error error = {0};
    setenv("GODIFF_KERNELS", "avx3", 1);
    ck_assert_int_eq(gd_backend_new(&backend, "cpu", 1, &error), GD_BAD_INPUT);
    ck_assert_ptr_null(backend);
    ck_assert_ptr_nonnull(strstr(error.text, "GODIFF_KERNELS is 'avx3'; this processor supports: baseline"));
    unsetenv("GODIFF_KERNELS");
}
END_TEST

Suite *suite_products(void)
{
    Suite *suite = suite_create("products");
    TCase *tests = tcase_create("products");
    tcase_add_loop_test(tests, every_number_is_one_sum_in_order, 0, 32);
    tcase_add_test(tests, transposes_are_laid_out_alike);
    tcase_add_loop_test(tests, rows_do_not_depend_on_one_another, 0, OPERATIONS);
    tcase_add_loop_test(tests, structures_do_not_depend_on_one_another, 0, 2);
    tcase_add_test(tests, kernels_can_be_chosen);
    tcase_add_test(tests, other_kernels_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
