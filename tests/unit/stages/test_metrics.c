/* Stage `metrics` and what it is made of, against NumPy and SciPy (tests/data/make_metrics_reference.py). */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/structure_file.h"
#include "stages/slots.h"
#include "stages/transport.h"
#include "unit/stages/bench.h"

extern const struct gd_stage gd_stage_metrics;

START_TEST(numbers_are_carried_along_the_line)
{
    ck_assert_double_eq_tol(gd_transport_line((double[]){0, 1}, 2, (double[]){1, 3}, 2), 2.5, 1e-15);
    ck_assert_double_eq_tol(gd_transport_line((double[]){0, 1}, 2, (double[]){1}, 1), 0.5, 1e-15);
    ck_assert_double_eq_tol(gd_transport_line((double[]){0, 3}, 2, (double[]){0, 0, 3}, 3), 9. / 6, 1e-12);
}
END_TEST

/* Of all orders of five columns none is cheaper. */
START_TEST(assignments_are_the_cheapest)
{
    enum { N = 5 };
    struct gd_stream stream = gd_stream_make(1, 0, 0, (uint32_t)_i);
    struct gd_error error = {0};
    double costs[N * N], found = 0, least = INFINITY;
    size_t columns[N], seen = 0;
    for (int k = 0; k < N * N; k++)
        costs[k] = floor(10 * gd_stream_uniform(&stream)); /* with ties */
    ck_assert_int_eq(gd_assign(costs, N, columns, &error), GD_OK);
    for (size_t k = 0; k < N; k++) {
        found += costs[k * N + columns[k]];
        seen |= (size_t)1 << columns[k];
    }
    ck_assert_uint_eq(seen, (1 << N) - 1);
    for (int code = 0; code < N * N * N * N * N; code++) {
        double sum = 0;
        int used = 0;
        for (int k = 0, rest = code; k < N; k++, rest /= N) {
            used |= 1 << rest % N;
            sum += costs[k * N + rest % N];
        }
        least = used == (1 << N) - 1 ? fmin(least, sum) : least;
    }
    ck_assert_double_eq_tol(found, least, 1e-12);
}
END_TEST

START_TEST(histograms_differ_by_half_the_sum)
{
    struct gd_error error = {0};
    double variation;
    gd_total_variation((double[]){0.1, 0.2, 5}, 3, (double[]){0, 0.1, 0.9, 1}, 4, 2, &variation, &error);
    ck_assert_double_eq_tol(variation, 0.5, 1e-15);
    gd_total_variation((double[]){7, 8}, 2, (double[]){0, 1}, 2, 4, &variation, &error);
    ck_assert_double_eq(variation, 1);
    gd_total_variation((double[]){2, 2}, 2, (double[]){2}, 1, 4, &variation, &error);
    ck_assert_double_eq(variation, 0);
}
END_TEST

START_TEST(singular_values_are_summed)
{
    const double c = cos(0.3), s = sin(0.3);
    ck_assert_double_eq_tol(gd_nuclear_norm((const double[3][3]){{c, -s, 0}, {s, c, 0}, {0, 0, -1}}), 3, 1e-14);
    ck_assert_double_eq_tol(gd_nuclear_norm((const double[3][3]){{2 * c, -3 * s, 0}, {2 * s, 3 * c, 0}}), 5, 1e-14);
    ck_assert_double_eq_tol(gd_nuclear_norm((const double[3][3]){{1, 2, 3}, {2, 4, 6}, {3, 6, 9}}), 14, 1e-12);
    ck_assert_double_eq(gd_nuclear_norm((const double[3][3]){{0}}), 0);
}
END_TEST

/* --- The stage ---------------------------------------------------------------------------------------------------- */

/* Argon atoms in an open box without walls, and the batch from a file; NULL: none. */
static void open_batch(struct bench *bench, const char *path, size_t atoms)
{
    struct gd_structure box = {.cell = {{{9, 0, 0}, {0, 9, 0}, {0, 0, 9}}, {false, false, false}}};
    struct gd_system *system = calloc(1, sizeof *system);
    struct gd_frames frames;
    int species[5] = {18, 18, 18, 18, 18};
    bench_open(bench);
    ck_assert_msg(gd_system_make(system, &box, species, atoms, NULL, false, &bench->error) == GD_OK, "%s",
                  bench->error.text);
    ck_assert_int_eq(gd_state_put(bench->state, "system", system, &bench->error), GD_OK);
    ck_assert_msg(gd_frames_read(path, &frames, &bench->error) == GD_OK, "%s", bench->error.text);
    struct gd_set *batch = bench_set(system, 0, NULL);
    for (size_t k = 0; k < frames.count; k++) {
        ck_assert_int_eq(gd_set_push(batch, frames.items[k].structure.positions[0], &bench->error), GD_OK);
        batch->energies[k] = frames.items[k].structure.energy;
    }
    ck_assert_int_eq(gd_state_put(bench->state, "batch", batch, &bench->error), GD_OK);
    gd_frames_clear(&frames);
}

static enum gd_status measure(struct bench *bench, const char *params)
{
    struct gd_arena arena = {0};
    enum gd_status status =
        gd_stage_metrics.run(&bench->context, bench_params(bench, &gd_stage_metrics, params, &arena));
    gd_arena_clear(&arena);
    return status;
}

#define SAMPLES   GD_TEST_DATA "/metrics-samples.extxyz"
#define REFERENCE GD_TEST_DATA "/metrics-reference.extxyz"

START_TEST(figures_are_those_of_scipy)
{
    struct bench bench;
    char name[64];
    double value;
    int compared = 0;
    FILE *file = fopen(GD_TEST_DATA "/metrics-expected.txt", "r");
    ck_assert_ptr_nonnull(file);
    open_batch(&bench, SAMPLES, 5);
    bench.context.threads = 1 + 2 * _i;
    ck_assert_msg(measure(&bench, "{reference: " REFERENCE ", flat: true, geometric: true}") == GD_OK, "%s",
                  bench.error.text);
    for (; fscanf(file, "%63s %lf", name, &value) == 2; compared++)
        ck_assert_msg(fabs(bench_figure(&bench, name) - value) < 1e-9, "%s: %.12g is not %.12g", name,
                      bench_figure(&bench, name), value);
    ck_assert_int_eq(compared, 9);
    fclose(file);
    bench_close(&bench);
}
END_TEST

/* A sample is as far from itself as nothing, and has all of itself within reach. */
START_TEST(a_sample_is_itself)
{
    static const char *const nothing[] = {"energy_w2", "distance_w2", "distance_tv", "flat_w2", "geometric_w2"};
    struct bench bench;
    open_batch(&bench, SAMPLES, 5);
    ck_assert_int_eq(
        measure(&bench, "{reference: " SAMPLES ", flat: true, geometric: true, centres: " SAMPLES ", reach: 1e-9}"),
        GD_OK);
    for (int k = 0; k < 5; k++)
        ck_assert_double_eq_tol(bench_figure(&bench, nothing[k]), 0, 1e-6);
    ck_assert_double_eq(bench_figure(&bench, "centres"), 40);
    ck_assert_double_eq(bench_figure(&bench, "centres_hit"), 40);
    bench_close(&bench);
}
END_TEST

/* Of permuted copies, turned a little, nothing is left; of ones turned far something may be, since the permutation
 * comes before the rotation: an upper bound. */
START_TEST(symmetries_are_taken_out)
{
    static const double angles[] = {0, 0.01, 2.5};
    struct bench bench;
    open_batch(&bench, SAMPLES, 5);
    struct gd_set *batch = gd_state_get(bench.state, "batch");
    for (size_t k = 0; k < batch->count; k++) {
        double copy[15], *at = batch->positions + 15 * k;
        memcpy(copy, at, sizeof copy);
        for (size_t i = 0; i < 5; i++) {
            const double *x = copy + 3 * ((i + 1 + k) % 5), c = cos(angles[_i]), s = sin(angles[_i]);
            at[3 * i] = c * x[0] - s * x[1];
            at[3 * i + 1] = s * x[0] + c * x[1];
            at[3 * i + 2] = _i == 2 ? -x[2] : x[2]; /* and reflected */
        }
    }
    ck_assert_int_eq(measure(&bench, "{reference: " SAMPLES ", flat: true, geometric: true}"), GD_OK);
    const double left = bench_figure(&bench, "geometric_w2");
    ck_assert_msg(_i == 2 ? left > 0.01 : left < 1e-6, "%g", left);
    ck_assert_double_lt(left, bench_figure(&bench, "flat_w2"));
    bench_close(&bench);
}
END_TEST

/* The newest have other figures than all; one without an energy does not count. */
START_TEST(the_newest_are_chosen)
{
    struct bench bench;
    open_batch(&bench, SAMPLES, 5);
    struct gd_set *batch = gd_state_get(bench.state, "batch");
    batch->energies[39] = NAN;
    ck_assert_int_eq(measure(&bench, "{newest: 2, centres: " SAMPLES ", reach: 1e-9}"), GD_OK);
    ck_assert_double_eq(bench_figure(&bench, "structures"), 2);
    ck_assert_double_eq_tol(bench_figure(&bench, "mean"), (batch->energies[37] + batch->energies[38]) / 2, 1e-12);
    ck_assert_double_eq(bench_figure(&bench, "centres_hit"), 2);
    bench_close(&bench);
}
END_TEST

/* Two of four count by their paths, one of them three times as much; a path was impossible without its drift, and a
 * draw was rejected. The first is none of the newest. */
START_TEST(paths_are_weighed)
{
    struct bench bench;
    open_batch(&bench, SAMPLES, 5);
    struct gd_set *batch = gd_state_get(bench.state, "batch");
    ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 0.5, &bench.error), GD_OK);
    ck_assert_int_eq(measure(&bench, "{}"), GD_OK);
    for (int k = 0; k < bench.figure_count; k++)
        ck_assert_str_ne(bench.figures[k].name, "path_ess");
    const size_t last = batch->count - 1;
    batch->path_weights[0] = 1e3;
    batch->path_weights[last - 3] = -INFINITY;
    batch->path_weights[last - 2] = 1e3;
    batch->energies[last - 2] = NAN;
    batch->path_weights[last - 1] = 7 + batch->energies[last - 1] / 0.5;
    batch->path_weights[last] = 7 + log(3) + batch->energies[last] / 0.5;
    ck_assert_int_eq(measure(&bench, "{newest: 4}"), GD_OK);
    ck_assert_double_eq(bench_figure(&bench, "path_draws"), 4);
    ck_assert_double_eq_tol(bench_figure(&bench, "path_ess"), 16. / 10 / 4, 1e-12);
    ck_assert_double_eq_tol(bench_figure(&bench, "path_mean"),
                            (batch->energies[last - 1] + 3 * batch->energies[last]) / 4, 1e-12);
    bench_close(&bench);
}
END_TEST

/* The archive's draws are those in it and those that were rejected; of the newest one knows the former alone. */
START_TEST(rejected_draws_of_the_archive_count)
{
    struct bench bench;
    open_batch(&bench, SAMPLES, 5);
    struct gd_set *archive = gd_set_copy(gd_state_get(bench.state, "batch"), NULL, 4, &bench.error);
    struct gd_rejects *rejected = gd_rejects_new(archive, &bench.error);
    for (size_t k = 0; k < 4; k++) {
        archive->path_weights[k] = archive->energies[k] / 0.5;
        ck_assert_int_eq(gd_rejects_append(rejected, archive, k, GD_CLASH, &bench.error), GD_OK);
    }
    rejected->set.path_weights[2] = NAN; /* it was not drawn */
    ck_assert_int_eq(gd_state_put_real(bench.state, "temperature", 0.5, &bench.error), GD_OK);
    ck_assert_int_eq(gd_state_put(bench.state, "archive", archive, &bench.error), GD_OK);
    ck_assert_int_eq(measure(&bench, "{of: archive}"), GD_OK);
    ck_assert_double_eq_tol(bench_figure(&bench, "path_ess"), 1, 1e-12);
    ck_assert_int_eq(gd_state_put(bench.state, "rejected", rejected, &bench.error), GD_OK);
    ck_assert_int_eq(measure(&bench, "{of: archive}"), GD_OK);
    ck_assert_double_eq(bench_figure(&bench, "path_draws"), 7);
    ck_assert_double_eq_tol(bench_figure(&bench, "path_ess"), 4. / 7, 1e-12);
    ck_assert_int_eq(measure(&bench, "{of: archive, newest: 3}"), GD_OK);
    ck_assert_double_eq(bench_figure(&bench, "path_draws"), 3);
    ck_assert_double_eq_tol(bench_figure(&bench, "path_ess"), 1, 1e-12);
    bench_close(&bench);
}
END_TEST

START_TEST(other_atoms_are_refused)
{
    struct bench bench;
    open_batch(&bench, SAMPLES, 5);
    ck_assert_int_eq(measure(&bench, "{reference: " GD_TEST_DATA "/emt-exact.extxyz}"), GD_BAD_INPUT);
    ck_assert_msg(strstr(bench.error.text, "does not have the atoms of the system") != NULL, "%s", bench.error.text);
    bench_close(&bench);
}
END_TEST

/* Draws that were all rejected are said, and end no run: those of the next iteration may be better. */
START_TEST(draws_without_energies_are_said)
{
    struct bench bench;
    open_batch(&bench, SAMPLES, 5);
    struct gd_set *batch = gd_state_get(bench.state, "batch");
    for (size_t k = 0; k < batch->count; k++)
        batch->energies[k] = NAN;
    ck_assert_msg(measure(&bench, "{reference: " REFERENCE ", geometric: true}") == GD_OK, "%s", bench.error.text);
    ck_assert_int_eq(bench.warnings, 1);
    ck_assert_ptr_nonnull(strstr(bench.message, "no structure of the batch has an energy"));
    ck_assert_int_eq(bench.figure_count, 1);
    ck_assert_double_eq(bench_figure(&bench, "structures"), 0);
    batch->energies[3] = -1;
    ck_assert_int_eq(measure(&bench, "{of: batch}"), GD_OK);
    ck_assert_int_eq(bench.warnings, 1);
    ck_assert_double_eq(bench_figure(&bench, "structures"), 1);
    bench_close(&bench);
}
END_TEST

Suite *suite_metrics(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");
    tcase_add_test(tests, numbers_are_carried_along_the_line);
    tcase_add_loop_test(tests, assignments_are_the_cheapest, 0, 8);
    tcase_add_test(tests, histograms_differ_by_half_the_sum);
    tcase_add_test(tests, singular_values_are_summed);
    tcase_add_loop_test(tests, figures_are_those_of_scipy, 0, 2);
    tcase_add_test(tests, a_sample_is_itself);
    tcase_add_loop_test(tests, symmetries_are_taken_out, 0, 3);
    tcase_add_test(tests, the_newest_are_chosen);
    tcase_add_test(tests, paths_are_weighed);
    tcase_add_test(tests, rejected_draws_of_the_archive_count);
    tcase_add_test(tests, other_atoms_are_refused);
    tcase_add_test(tests, draws_without_energies_are_said);
    suite_add_tcase(suite, tests);
    return suite;
}
