/* The edges of a batch against the neighbour lists of atoms/, in cells of all kinds, and what the graph promises. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/graph.h"
#include "unit/suites.h"

#define BLOCKS 3

static struct gd_error error;

static void ok(enum gd_status status)
{
    ck_assert_msg(!status, "%s", error.text);
}

static const struct {
    struct gd_cell cell;
    size_t atoms, fixed;
    double cutoff;
} cases[] = {
    {{{{9, 0, 0}, {0, 8, 0}, {0, 0, 20}}, {true, true, false}}, 30, 24, 4},
    {{{{9, 0, 0}, {5, 8, 0}, {-4, 3, 7}}, {true, true, true}}, 25, 10, 5},
    {{{{2.5, 0, 0}, {0.3, 2.6, 0}, {0, 0, 12}}, {true, true, false}}, 6, 4, 6}, /* own images */
    {{{{3, 0, 0}, {11, 3, 0}, {0, 9, 4}}, {true, true, true}}, 5, 0, 5},
    {{{{0}}, {false, false, false}}, 9, 0, 3},
    {{{{0}}, {false, false, false}}, 40, 39, 3},
    {{{{15, 0, 0}, {0, 15, 0}, {0, 0, 15}}, {true, true, true}}, 300, 0, 4},   /* too many for a direct search */
    {{{{15, 0, 0}, {0, 15, 0}, {0, 0, 15}}, {true, true, true}}, 300, 150, 4}, /* the same with a template */
    {{{{1, 0, 0}, {0, 30, 0}, {0, 0, 30}}, {true, true, true}}, 3, 1, 6},      /* a cell much smaller than the cutoff */
    {{{{8, 0, 0}, {0, 8, 0}, {0, 0, 8}}, {true, true, true}}, 1, 0, 3},        /* nothing in reach */
    {{{{8, 0, 0}, {0, 8, 0}, {0, 0, 8}}, {true, true, true}}, 12, 12, 3},      /* nothing mobile */
};

static struct gd_structure random_structure(size_t which, uint32_t number)
{
    struct gd_structure structure;
    struct gd_stream stream = gd_stream_make(1, (uint32_t)which, 0, 0), moved = gd_stream_make(2, number, 0, 0);
    ok(gd_structure_alloc(&structure, cases[which].atoms, false, &error));
    structure.cell = cases[which].cell;
    for (size_t i = 0; i < structure.count; i++) {
        structure.species[i] = 20 + (int)(i % 3);
        for (int axis = 0; axis < 3; axis++)
            structure.positions[i][axis] = 9 * gd_stream_uniform(i < cases[which].fixed ? &stream : &moved) - 2;
    }
    return structure;
}

/* An edge in a form that can be sorted: receiver and sender as the atoms came, and the vector. */
struct edge {
    size_t structure;
    int receiver, sender;
    double vector[3];
};

static int order_edges(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->structure != y->structure)
        return x->structure < y->structure ? -1 : 1;
    if (x->receiver != y->receiver)
        return x->receiver < y->receiver ? -1 : 1;
    if (x->sender != y->sender)
        return x->sender < y->sender ? -1 : 1;
    for (int axis = 0; axis < 3; axis++)
        if (fabs(x->vector[axis] - y->vector[axis]) > 1e-4)
            return x->vector[axis] < y->vector[axis] ? -1 : 1;
    return 0;
}

static struct edge *graph_edges(const struct gd_graph *graph, const size_t *first_atom)
{
    struct edge *edges = calloc(graph->edges + 1, sizeof *edges);
    const struct gd_graph_arrays *arrays = &graph->arrays;
    for (size_t e = 0; e < graph->edges; e++) {
        size_t receiver = (size_t)arrays->receiver[e], sender = (size_t)arrays->sender[e];
        size_t structure = (size_t)graph->structure[receiver];
        edges[e] = (struct edge){structure,
                                 (int)(graph->order[receiver] - first_atom[structure]),
                                 (int)(graph->order[sender] - first_atom[structure]),
                                 {0}};
        for (int axis = 0; axis < 3; axis++)
            edges[e].vector[axis] =
                (double)arrays->distance[arrays->row[e]] * (double)arrays->unit[3 * e + (size_t)axis];
    }
    qsort(edges, graph->edges, sizeof *edges, order_edges);
    return edges;
}

static struct edge *listed_edges(const struct gd_structure *structures, size_t count, double cutoff, size_t *edge_count)
{
    struct edge *edges = NULL;
    struct gd_neighbours neighbours = {0};
    *edge_count = 0;
    for (size_t s = 0; s < count; s++) {
        struct gd_basis basis;
        ok(gd_basis_make(&basis, &structures[s].cell, &error));
        ok(gd_neighbours_find(&neighbours, &basis, structures[s].count, structures[s].positions, cutoff, &error));
        edges = realloc(edges, (*edge_count + neighbours.edges + 1) * sizeof *edges);
        for (size_t i = 0; i < structures[s].count; i++)
            for (size_t e = neighbours.first[i]; e < neighbours.first[i + 1]; e++) {
                struct edge *edge = &edges[(*edge_count)++];
                *edge = (struct edge){s, (int)i, neighbours.neighbour[e], {0}};
                memcpy(edge->vector, neighbours.vector[e], sizeof edge->vector);
            }
    }
    gd_neighbours_clear(&neighbours);
    qsort(edges, *edge_count, sizeof *edges, order_edges);
    return edges;
}

/* The two edges of a pair are opposite and share their row. */
static bool are_opposite(const struct gd_graph_arrays *arrays, size_t row, size_t a, size_t b)
{
    bool opposite = (size_t)arrays->row[a] == row && (size_t)arrays->row[b] == row &&
                    arrays->sender[a] == arrays->receiver[b] && arrays->sender[b] == arrays->receiver[a];
    for (size_t axis = 0; axis < 3; axis++)
        opposite = opposite && arrays->unit[3 * a + axis] == -arrays->unit[3 * b + axis];
    return opposite;
}

/* first and receiver say the same, and the rows hold every edge once. */
static void check_arrays(const struct gd_graph *graph)
{
    const struct gd_graph_arrays *arrays = &graph->arrays;
    int *seen = calloc(graph->edges + 1, sizeof *seen);
    ck_assert_int_eq(arrays->first[graph->atoms], (int)graph->edges);
    ck_assert_int_eq(arrays->row_first[graph->rows], (int)graph->edges);
    for (size_t i = 0; i < graph->atoms; i++)
        for (int e = arrays->first[i]; e < arrays->first[i + 1]; e++)
            if (arrays->receiver[e] != (int)i)
                ck_abort_msg("edge %d of atom %zu is received by %d", e, i, arrays->receiver[e]);
    for (size_t r = 0; r < graph->rows; r++) {
        if ((arrays->row_first[r + 1] - arrays->row_first[r]) % 2)
            ck_abort_msg("row %zu has an odd number of edges", r);
        for (int k = arrays->row_first[r]; k < arrays->row_first[r + 1]; k += 2) {
            size_t a = (size_t)arrays->row_edge[k], b = (size_t)arrays->row_edge[k + 1];
            seen[a]++, seen[b]++;
            if (!are_opposite(arrays, r, a, b))
                ck_abort_msg("edges %zu and %zu of row %zu are not opposite", a, b, r);
        }
    }
    for (size_t e = 0; e < graph->edges; e++)
        if (seen[e] != 1)
            ck_abort_msg("edge %zu is in %d rows", e, seen[e]);
    free(seen);
}

/* The first within[n] atoms are those that n edges lead to from a mobile one. */
static void check_order(const struct gd_graph *graph, const size_t *first_atom, const size_t *fixed)
{
    const struct gd_graph_arrays *arrays = &graph->arrays;
    bool *reached = calloc(graph->atoms + 1, sizeof *reached);
    for (size_t k = 0; k < graph->atoms; k++) {
        size_t structure = (size_t)graph->structure[k];
        reached[k] = graph->order[k] - first_atom[structure] >= fixed[structure];
        if (k < graph->mobile) {
            size_t fixed_before = 0;
            for (size_t s = 0; s <= structure; s++)
                fixed_before += fixed[s];
            ck_assert_uint_eq(graph->mobile_order[k], graph->order[k] - fixed_before);
        }
    }
    for (int n = 0; n <= BLOCKS; n++) {
        bool *next = calloc(graph->atoms + 1, sizeof *next);
        for (size_t k = 0; k < graph->atoms; k++)
            ck_assert_msg(reached[k] == (k < graph->within[n]), "atom %zu after %d edges", k, n);
        memcpy(next, reached, graph->atoms * sizeof *next);
        for (size_t e = 0; e < graph->edges; e++)
            if (reached[arrays->receiver[e]])
                next[arrays->sender[e]] = true;
        memcpy(reached, next, graph->atoms * sizeof *next);
        free(next);
    }
    free(reached);
}

/* Builds a batch of three structures, two on the same template, and compares; twice, with templates known. */
START_TEST(edges_are_the_neighbours)
{
    struct gd_graph graph = {0};
    for (uint32_t round = 0; round < 2; round++) {
        size_t other = ((size_t)_i + 1) % (sizeof cases / sizeof *cases), edge_count, first_atom[3];
        struct gd_structure structures[3] = {random_structure((size_t)_i, 3 * round),
                                             random_structure(other, 3 * round + 1),
                                             random_structure((size_t)_i, 3 * round + 2)};
        const size_t fixed[3] = {cases[_i].fixed, cases[other].fixed, cases[_i].fixed};
        for (size_t s = 0, sum = 0; s < 3; sum += structures[s++].count)
            first_atom[s] = sum;
        ok(gd_graph_build(&graph, cases[_i].cutoff, BLOCKS, structures, fixed, 3, &error));
        ok(gd_graph_complete(&graph, &error));
        struct edge *expected = listed_edges(structures, 3, cases[_i].cutoff, &edge_count);
        ck_assert_uint_eq(graph.edges, edge_count);
        struct edge *found = graph_edges(&graph, first_atom);
        for (size_t e = 0; e < edge_count; e++)
            if (order_edges(&expected[e], &found[e]) != 0)
                ck_abort_msg("edge %zu differs", e);
        check_arrays(&graph);
        check_order(&graph, first_atom, fixed);
        free(expected);
        free(found);
        for (size_t s = 0; s < 3; s++)
            gd_structure_clear(&structures[s]);
    }
    gd_graph_clear(&graph);
}
END_TEST

/* Of the edges of an atom, those that are laid out: all where it or the other end is within `reach` edges of a mobile
 * atom, and their rows and distances stay the same. */
static size_t compare_laid_out(const struct gd_graph *graph, const struct gd_graph *whole, size_t reach)
{
    const struct gd_graph_arrays *some = &graph->arrays, *all = &whole->arrays;
    int at = 0;
    check_arrays(graph);
    for (int e = 0; e < (int)whole->edges; e++) {
        if ((size_t)all->receiver[e] >= reach && (size_t)all->sender[e] >= reach)
            continue;
        ck_assert_int_lt(at, (int)graph->edges);
        ck_assert(some->receiver[at] == all->receiver[e] && some->sender[at] == all->sender[e] &&
                  some->row[at] == all->row[e]);
        ck_assert_mem_eq(some->unit + (ptrdiff_t)3 * at, all->unit + (ptrdiff_t)3 * e, 3 * sizeof *some->unit);
        at++;
    }
    ck_assert_int_eq(at, (int)graph->edges);
    ck_assert_mem_eq(some->distance, all->distance, graph->rows * sizeof *some->distance);
    ck_assert_mem_eq(some->kind, all->kind, graph->atoms * sizeof *some->kind);
    return whole->edges - graph->edges;
}

/* For so many blocks, from none on. */
START_TEST(edges_that_matter_are_laid_out)
{
    size_t left_out = 0;
    for (size_t which = 0; which < sizeof cases / sizeof *cases; which++)
        for (int blocks = 0; blocks <= BLOCKS; blocks++) {
            struct gd_graph graph = {0}, whole = {0};
            struct gd_structure structures[2] = {random_structure(which, 5), random_structure(which, 6)};
            const size_t fixed[2] = {cases[which].fixed, cases[which].fixed};
            ok(gd_graph_build(&graph, cases[which].cutoff, blocks, structures, fixed, 2, &error));
            ok(gd_graph_build(&whole, cases[which].cutoff, blocks, structures, fixed, 2, &error));
            ok(gd_graph_complete(&whole, &error));
            ck_assert_uint_eq(whole.edges, graph.all_edges);
            left_out += compare_laid_out(&graph, &whole, blocks > 0 ? graph.within[blocks - 1] : 0);
            ok(gd_graph_complete(&graph, &error));
            ck_assert_uint_eq(compare_laid_out(&graph, &whole, graph.atoms), 0);
            gd_graph_clear(&graph);
            gd_graph_clear(&whole);
            gd_structure_clear(&structures[0]);
            gd_structure_clear(&structures[1]);
        }
    ck_assert_uint_gt(left_out, 1000);
}
END_TEST

START_TEST(templates_are_shared)
{
    struct gd_graph graph = {0};
    struct gd_structure structures[2] = {random_structure(0, 0), random_structure(0, 1)};
    const size_t fixed[2] = {cases[0].fixed, cases[0].fixed};
    ok(gd_graph_build(&graph, 4, BLOCKS, structures, fixed, 2, &error));
    size_t template_rows = graph.template_rows;
    ck_assert_uint_gt(template_rows, 0);
    ck_assert_uint_eq(graph.rows, graph.all_edges / 2 - template_rows);
    structures[1].positions[3][2] += 1e-9; /* another template */
    ok(gd_graph_build(&graph, 4, BLOCKS, structures, fixed, 2, &error));
    ck_assert_uint_eq(graph.template_rows, 2 * template_rows);
    ck_assert_uint_eq(graph.rows, graph.all_edges / 2);
    gd_structure_clear(&structures[0]);
    gd_structure_clear(&structures[1]);
    gd_graph_clear(&graph);
}
END_TEST

/* Many templates in a row do not pile up, and the answer stays the same. */
START_TEST(templates_are_forgotten)
{
    struct gd_graph graph = {0};
    for (uint32_t k = 0; k < 200; k++) {
        struct gd_structure structure = random_structure(0, k);
        const size_t fixed = cases[0].fixed;
        structure.positions[0][0] += 1e-3 * (k % 100);
        ok(gd_graph_build(&graph, 4, BLOCKS, &structure, &fixed, 1, &error));
        ck_assert_uint_eq(graph.rows, graph.all_edges / 2);
        ck_assert_uint_le(graph.template_count, 65);
        gd_structure_clear(&structure);
    }
    gd_graph_clear(&graph);
}
END_TEST

START_TEST(bad_structures)
{
    struct gd_graph graph = {0};
    struct gd_structure structure = random_structure(0, 0);
    size_t fixed = cases[0].fixed;
    structure.species[7] = 100;
    ck_assert_int_eq(gd_graph_build(&graph, 4, BLOCKS, &structure, &fixed, 1, &error), GD_BAD_INPUT);
    ck_assert_msg(strstr(error.text, "atom 8") && strstr(error.text, "100 (Fm)"), "%s", error.text);
    error = (struct gd_error){0};
    structure.species[7] = 78;
    structure.positions[9][1] = NAN;
    ck_assert_int_eq(gd_graph_build(&graph, 4, BLOCKS, &structure, &fixed, 1, &error), GD_FAILED);
    ck_assert_msg(strstr(error.text, "atom 10"), "%s", error.text);
    error = (struct gd_error){0};
    structure.positions[9][1] = 1e12;
    ck_assert_int_ne(gd_graph_build(&graph, 4, BLOCKS, &structure, &fixed, 1, &error), GD_OK);
    error = (struct gd_error){0};
    structure.positions[9][1] = 0;
    fixed = structure.count + 1;
    ck_assert_int_eq(gd_graph_build(&graph, 4, BLOCKS, &structure, &fixed, 1, &error), GD_BAD_INPUT);
    gd_structure_clear(&structure);
    gd_graph_clear(&graph);
}
END_TEST

Suite *suite_graph(void);

Suite *suite_graph(void)
{
    Suite *suite = suite_create("graph");
    TCase *graphs = tcase_create("graphs");
    tcase_add_loop_test(graphs, edges_are_the_neighbours, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(graphs, edges_that_matter_are_laid_out);
    tcase_add_test(graphs, templates_are_shared);
    tcase_add_test(graphs, templates_are_forgotten);
    tcase_add_test(graphs, bad_structures);
    suite_add_tcase(suite, graphs);
    return suite;
}
