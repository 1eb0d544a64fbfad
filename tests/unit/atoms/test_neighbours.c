/* Neighbour lists against a search through all pairs and images, and against the reference network's edges. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/neighbours.h"
#include "atoms/vector.h"
#include "engine/base/h5.h"
#include "helpers.h"

/* Finds pairs in the order that a list promises; images are those of the cell as it is given. */
static size_t brute_force(const struct gd_basis *basis, size_t atoms, size_t from, const double (*positions)[3],
                          double cutoff, int (*pairs)[5], double (*vectors)[3], size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < atoms; i++)
        for (size_t j = from; j < atoms; j++) {
            double at[3], difference[3] = {0};
            int low[3] = {0}, high[3] = {0};
            gd_add_scaled(difference, 1, positions[j]);
            gd_add_scaled(difference, -1, positions[i]);
            gd_to_fractional(basis, difference, at);
            for (int d = 0; d < 3; d++) {
                double column[3] = {basis->inverse[0][d], basis->inverse[1][d], basis->inverse[2][d]};
                if (basis->periodic[d]) {
                    low[d] = (int)floor(-at[d] - cutoff * gd_length(column));
                    high[d] = (int)ceil(-at[d] + cutoff * gd_length(column));
                }
            }
            for (int a = low[0]; a <= high[0]; a++)
                for (int b = low[1]; b <= high[1]; b++)
                    for (int c = low[2]; c <= high[2]; c++) {
                        double vector[3];
                        gd_to_cartesian(basis, (const double[]){at[0] + a, at[1] + b, at[2] + c}, vector);
                        if (gd_length(vector) >= cutoff || (i == j && !a && !b && !c))
                            continue;
                        if (count >= room)
                            ck_abort_msg("more than %zu pairs", room);
                        memcpy(pairs[count], (const int[]){(int)i, (int)j, a, b, c}, sizeof pairs[count]);
                        memcpy(vectors[count++], vector, sizeof vector);
                    }
        }
    return count;
}

/* Whether an edge of the list is this pair. A plain condition: each assertion of Check is a message to another process,
 * and there are hundreds of thousands of edges. */
static bool same_edge(const struct gd_neighbours *list, size_t edge, const int pair[5], const double vector[3])
{
    bool same = pair[1] == list->neighbour[edge];
    for (int d = 0; d < 3; d++)
        same &= pair[2 + d] == list->image[edge][d] && fabs(vector[d] - list->vector[edge][d]) < 1e-10;
    return same;
}

/* The list of the pairs (i, j) with j >= from. */
static void compare(const struct gd_neighbours *list, const struct gd_basis *basis, size_t atoms, size_t from,
                    const double (*positions)[3], double cutoff)
{
    enum { ROOM = 400000 };
    int(*pairs)[5] = malloc(ROOM * sizeof *pairs);
    double(*vectors)[3] = malloc(ROOM * sizeof *vectors);
    size_t count = brute_force(basis, atoms, from, positions, cutoff, pairs, vectors, ROOM);
    ck_assert_uint_eq(list->atoms, atoms);
    ck_assert_uint_eq(list->edges, count);
    ck_assert_uint_eq(list->first[atoms], count);
    for (size_t i = 0; i < atoms; i++)
        for (size_t k = list->first[i]; k < list->first[i + 1]; k++)
            if (pairs[k][0] != (int)i || !same_edge(list, k, pairs[k], vectors[k]))
                ck_abort_msg("edge %zu of atom %zu differs", k, i);
    free(pairs);
    free(vectors);
}

/* Random cells, from much smaller to larger than the cutoff, with atoms inside and far outside of them. */
START_TEST(test_random_cells)
{
    struct gd_error error = {0};
    struct gd_neighbours list = {0};
    for (uint32_t k = 0; k < 60; k++) {
        struct gd_stream stream = test_stream(100 * (uint32_t)_i + k);
        double size = exp(test_uniform(&stream, log(1.2), log(15))), cutoff = test_uniform(&stream, 1, 6);
        struct gd_cell cell = test_cell(&stream, size, _i);
        if (k % 3 == 1)
            gd_add_scaled(cell.vectors[2], 3, cell.vectors[k % 2]);
        size_t atoms = k % 7 == 0 ? k % 2 : 1 + gd_stream_below(&stream, size < 3 ? 5 : 40);
        double positions[40][3], spread = k % 4 == 3 ? 100 : 0;
        for (size_t i = 0; i < atoms; i++)
            for (int axis = 0; axis < 3; axis++)
                positions[i][axis] =
                    test_uniform(&stream, 0, size) + (cell.periodic[axis] ? test_uniform(&stream, -spread, spread) : 0);
        struct gd_basis basis;
        ck_assert_ok(gd_basis_make(&basis, &cell, &error), error);
        ck_assert_ok(gd_neighbours_find(&list, &basis, atoms, positions, cutoff, &error), error);
        compare(&list, &basis, atoms, 0, positions, cutoff);
        size_t from = gd_stream_below(&stream, atoms + 1);
        ck_assert_ok(gd_neighbours_find_among(&list, &basis, atoms, from, positions, cutoff, &error), error);
        compare(&list, &basis, atoms, from, positions, cutoff);
    }
    gd_neighbours_clear(&list);
}
END_TEST

/* Many atoms, so that bins are smaller than the cutoff in all directions; some far away from the others. */
START_TEST(test_many_bins)
{
    struct gd_error error = {0};
    struct gd_neighbours list = {0};
    struct gd_basis basis;
    struct gd_stream stream = test_stream((uint32_t)_i);
    struct gd_cell cell = test_cell(&stream, 20, _i);
    double positions[600][3];
    for (size_t i = 0; i < 600; i++)
        for (int axis = 0; axis < 3; axis++)
            positions[i][axis] = test_uniform(&stream, -5, 25) + (i == 7 && !cell.periodic[axis] ? 1e4 : 0);
    ck_assert_ok(gd_basis_make(&basis, &cell, &error), error);
    ck_assert_ok(gd_neighbours_find(&list, &basis, 600, positions, 3.1, &error), error);
    compare(&list, &basis, 600, 0, positions, 3.1);
    gd_neighbours_clear(&list);
}
END_TEST

/* The pairs of i with j and of j with i are the same to the last bit. */
START_TEST(test_symmetry)
{
    struct gd_error error = {0};
    struct gd_neighbours list = {0};
    struct gd_basis basis;
    struct gd_stream stream = test_stream(5);
    struct gd_cell cell = test_cell(&stream, 4, 7);
    double positions[10][3];
    for (size_t i = 0; i < 10; i++)
        for (int axis = 0; axis < 3; axis++)
            positions[i][axis] = test_uniform(&stream, -10, 10);
    ck_assert_ok(gd_basis_make(&basis, &cell, &error), error);
    ck_assert_ok(gd_neighbours_find(&list, &basis, 10, positions, 6, &error), error);
    for (size_t i = 0; i < 10; i++)
        for (size_t k = list.first[i]; k < list.first[i + 1]; k++) {
            size_t j = (size_t)list.neighbour[k], back = list.first[j];
            while (back < list.first[j + 1] &&
                   !((size_t)list.neighbour[back] == i && list.image[back][0] == -list.image[k][0] &&
                     list.image[back][1] == -list.image[k][1] && list.image[back][2] == -list.image[k][2]))
                back++;
            ck_assert_uint_lt(back, list.first[j + 1]);
            for (int axis = 0; axis < 3; axis++)
                ck_assert_double_eq(list.vector[back][axis], -list.vector[k][axis]);
        }
    gd_neighbours_clear(&list);
}
END_TEST

/* Ordered pairs of the reference network's structures, cutoff 6 Å. */
START_TEST(test_reference_edges)
{
    struct gd_error error = {0};
    struct gd_h5 *file;
    char path[64];
    ck_assert_ok(gd_h5_open(GD_TEST_DATA "/painn-reference.h5", &file, &error), error);
    snprintf(path, sizeof path, "structures/%d/positions", _i);
    size_t shape[2] = {GD_H5_ANY, 3};
    void *positions;
    ck_assert_ok(gd_h5_load_array(file, path, GD_H5_DOUBLE, 2, shape, &positions, &error), error);
    struct gd_cell cell;
    snprintf(path, sizeof path, "structures/%d/cell", _i);
    ck_assert_ok(gd_h5_read_array(file, path, GD_H5_DOUBLE, 2, (const size_t[]){3, 3}, cell.vectors, &error), error);
    snprintf(path, sizeof path, "structures/%d/pbc", _i);
    ck_assert_ok(gd_h5_read_array(file, path, GD_H5_BOOL, 1, (const size_t[]){3}, cell.periodic, &error), error);
    int64_t edges;
    snprintf(path, sizeof path, "structures/%d", _i);
    ck_assert_ok(gd_h5_read_attribute(file, path, "edges", GD_H5_INT64, 0, &edges, &error), error);
    gd_h5_close(file);

    struct gd_basis basis;
    struct gd_neighbours list = {0};
    ck_assert_ok(gd_basis_make(&basis, &cell, &error), error);
    ck_assert_ok(gd_neighbours_find(&list, &basis, shape[0], positions, 6, &error), error);
    ck_assert_int_eq((int64_t)list.edges, edges);
    compare(&list, &basis, shape[0], 0, positions, 6);
    gd_neighbours_clear(&list);
    free(positions);
}
END_TEST

START_TEST(test_refusals)
{
    struct gd_neighbours list = {0};
    struct gd_basis basis;
    struct gd_cell cell = {{{2, 0, 0}, {0, 2, 0}, {0, 0, 2}}, {true, true, false}};
    ck_assert_int_eq(gd_basis_make(&basis, &cell, NULL), GD_OK);
    static const struct {
        double position[3], cutoff;
        const char *part;
    } bad[] = {
        {{0, 0, 0}, 0, "cutoff of 0"},
        {{0, 0, 0}, NAN, "cutoff of nan"},
        {{0, 0, 0}, 1e4, "too many periodic images"},
        {{NAN, 0, 0}, 3, "atom 1"},
        {{0, 0, INFINITY}, 3, "too far away"},
        {{1e9, 0, 0}, 3, "too far away"},
    };
    struct gd_error error = {0};
    ck_assert_int_eq(gd_neighbours_find(&list, &basis, 1, &bad[_i].position, bad[_i].cutoff, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, bad[_i].part), "%s", error.text);
    ck_assert_uint_eq(list.edges, 0);
    gd_neighbours_clear(&list);
}
END_TEST

Suite *suite_neighbours(void)
{
    Suite *suite = suite_create("neighbours");
    TCase *tests = tcase_create("neighbours");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, test_random_cells, 0, 8);
    tcase_add_loop_test(tests, test_many_bins, 0, 8);
    tcase_add_test(tests, test_symmetry);
    tcase_add_loop_test(tests, test_reference_edges, 0, 4);
    tcase_add_loop_test(tests, test_refusals, 0, 6);
    suite_add_tcase(suite, tests);
    return suite;
}
