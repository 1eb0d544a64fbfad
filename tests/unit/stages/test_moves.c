/* Moves: what holds of every one in the registry, in several systems, and what each of them does. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/growth.h"
#include "stages/chains.h"
#include "stages/move.h"
#include "unit/example.h"
#include "unit/stages/bench.h"
#include "unit/statistics.h"
#include "unit/suites.h"

extern const struct gd_stage gd_stage_system, gd_stage_potential, gd_stage_perturb;

static const char *const systems[] = {
    "{template: {build: fcc111, symbol: Pt, size: [3, 3, 2], vacuum: 8.0}, add: Pt2Au2, window: {above: [1, 5]}}",
    "{template: {build: box, lengths: [9, 9, 9]}, add: Cu3Ni3}",
    "{template: {build: box, lengths: [8, 9, 10], periodic: [true, true, true]}, add: Cu2Ni2}",
};

enum { SYSTEMS = sizeof systems / sizeof *systems, CHAINS = 24 };

static struct bench bench;
static struct gd_arena arena;
static const struct gd_system *system_;

/* Runs a section with parameters, or as the component of a name. */
static void run_section(const struct gd_stage *section, const char *yaml)
{
    struct gd_choice choice = {0};
    void *self = &choice;
    if (section->self)
        choice = bench_choice(&bench, section->self, yaml, &arena);
    else
        self = bench_params(&bench, section, yaml, &arena);
    ck_assert_msg(section->run(&bench.context, self) == GD_OK, "%s", bench.error.text);
}

static void open_system(const char *yaml)
{
    arena = (struct gd_arena){0};
    bench_open(&bench);
    run_section(&gd_stage_system, yaml);
    run_section(&gd_stage_potential, "emt");
    system_ = gd_state_get(bench.state, "system");
}

static void close_system(void)
{
    bench_close(&bench);
    gd_arena_clear(&arena);
}

/* `count` chains with the same structure, which is also the batch. */
static void put_chains(size_t count)
{
    const struct gd_growth growth = {.near = 0.75, .far = 1.25, .tries = 100, .direction = GD_GROWTH_UNBIASED};
    struct gd_stream stream = gd_stream_make(5, 6, 7, 8);
    const size_t atoms = system_->structure.count;
    double(*positions)[3] = calloc(count * atoms, sizeof *positions);
    memcpy(positions, system_->structure.positions, atoms * sizeof *positions);
    ck_assert_int_eq(gd_growth_place(&growth, system_, &stream, positions, &bench.error), GD_OK);
    for (size_t k = 1; k < count; k++)
        memcpy(positions + k * atoms, positions, atoms * sizeof *positions);
    for (int slot = 0; slot < 2; slot++)
        ck_assert_int_eq(gd_state_put(bench.state, slot ? "batch" : "population",
                                      bench_set(system_, count, positions[0]), &bench.error),
                         GD_OK);
    free(positions);
}

/* Runs `perturb` with the parameters; the batch is what it proposes. */
static const struct gd_set *perturb(const char *yaml, int threads, uint32_t execution)
{
    void *self = bench_params(&bench, &gd_stage_perturb, yaml, &arena);
    bench.context.threads = threads;
    bench.context.execution = execution;
    ck_assert_msg(gd_stage_perturb.run(&bench.context, self) == GD_OK, "%s", bench.error.text);
    return gd_state_get(bench.state, "batch");
}

static const struct gd_set *population(void)
{
    return gd_state_get(bench.state, "population");
}

static size_t bytes_of(const struct gd_set *set)
{
    return set->atoms * sizeof(double[3]);
}

static const double *place(const struct gd_set *set, size_t k, size_t atom)
{
    return set->positions + 3 * (set->atoms * k + atom);
}

/* The distance that an atom of structure k has gone, under the minimum image. */
static double distance_gone(const struct gd_set *batch, size_t k, size_t atom)
{
    double difference[3];
    for (int axis = 0; axis < 3; axis++)
        difference[axis] = place(batch, k, atom)[axis] - place(population(), k, atom)[axis];
    return gd_minimum_image(&system_->basis, difference);
}

/* --- All moves ---------------------------------------------------------------------------------------------------- */

static void check_structure(const struct gd_set *batch, size_t k, const char *name)
{
    ck_assert_msg(!memcmp(place(batch, k, 0), system_->structure.positions, system_->fixed * sizeof(double[3])),
                  "%s moved the template", name);
    for (size_t i = system_->fixed; i < batch->atoms; i++)
        ck_assert_msg(gd_system_contains(system_, place(batch, k, i)), "%s left the window", name);
    ck_assert_msg(isnan(batch->energies[k]) && batch->serials[k] == 0, "%s: the energy is known", name);
    for (size_t j = 0; j < k; j++)
        ck_assert_msg(memcmp(place(batch, j, 0), place(batch, k, 0), bytes_of(batch)) != 0,
                      "%s: chains %zu and %zu are the same", name, j, k);
    ck_assert_msg(memcmp(place(population(), k, 0), place(batch, k, 0), bytes_of(batch)) != 0, "%s did nothing", name);
}

/* Swaps have few outcomes, so their chains may be the same. */
static void check_move(const struct gd_component *move)
{
    struct gd_text text = {0};
    gd_text_print(&text, "{move: {%s: ", move->name);
    example_rows(&text, move->params, NULL, NULL);
    gd_text_print(&text, "}}");
    char *yaml = gd_text_take(&text);
    const size_t chains = strcmp(move->name, "swap") ? CHAINS : 1;
    put_chains(chains);
    const struct gd_set *batch = perturb(yaml, 1, 0);
    ck_assert_uint_eq(batch->count, chains);
    ck_assert_mem_eq(batch->species, system_->structure.species, batch->atoms * sizeof *batch->species);
    for (size_t k = 0; k < chains; k++)
        check_structure(batch, k, move->name);
    ck_assert_double_eq(bench_figure(&bench, "unmoved"), 0);
    double *first = malloc(chains * bytes_of(batch));
    memcpy(first, batch->positions, chains * bytes_of(batch));
    batch = perturb(yaml, 3, 0);
    ck_assert_msg(!memcmp(first, batch->positions, chains * bytes_of(batch)), "%s depends on threads", move->name);
    batch = perturb(yaml, 3, 1);
    ck_assert_msg(chains == 1 || memcmp(first, batch->positions, chains * bytes_of(batch)) != 0,
                  "%s does the same in another execution", move->name);
    free(first);
    free(yaml);
}

START_TEST(every_move)
{
    open_system(systems[_i]);
    const struct gd_component *const *moves = gd_registry_components(bench.registry, "move");
    ck_assert_ptr_nonnull(*moves);
    for (; *moves; moves++) {
        check_move(*moves);
        bench.figure_count = 0;
    }
    close_system();
}
END_TEST

/* --- Each of them ------------------------------------------------------------------------------------------------- */

static const double both_ways[2] = {-0.5, 0.5};

START_TEST(rattle_displaces_the_wanted_atoms)
{
    enum { COUNT = 2000 };
    static double values[COUNT];
    size_t chosen[6] = {0};
    open_system(systems[1]);
    put_chains(COUNT);
    const struct gd_set *batch = perturb("{move: {rattle: {amplitude: 0.5, atoms: 2}}}", 2, 0);
    for (size_t k = 0; k < COUNT; k++) {
        size_t moved = 0;
        for (size_t i = 0; i < 6; i++) {
            const double *from = place(population(), k, i), *to = place(batch, k, i);
            if (memcmp(from, to, sizeof(double[3])) == 0)
                continue;
            moved++;
            chosen[i]++;
            values[k] = to[k % 3] - from[k % 3];
        }
        ck_assert_uint_eq(moved, 2);
    }
    ck_assert_double_lt(stat_kolmogorov(values, COUNT, stat_uniform_cdf, both_ways), KOLMOGOROV_BOUND);
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_lt(fabs((double)chosen[i] - COUNT / 3.), SIGMAS_BOUND * sqrt(COUNT * 2 / 9.));
    batch = perturb("{move: {rattle: {amplitude: 0.5, distribution: gaussian}}}", 2, 0);
    double squares = 0;
    for (size_t k = 0; k < COUNT; k++)
        squares += pow(place(batch, k, 3)[1] - place(population(), k, 3)[1], 2) / COUNT;
    ck_assert_double_lt(fabs(squares / 0.25 - 1), SIGMAS_BOUND * sqrt(2. / COUNT));
    close_system();
}
END_TEST

START_TEST(swap_exchanges_different_species)
{
    open_system(systems[0]);
    put_chains(200);
    const struct gd_set *batch = perturb("{move: swap}", 2, 0);
    const size_t f = system_->fixed;
    size_t seen[4] = {0};
    for (size_t k = 0; k < 200; k++) {
        size_t pairs = 0;
        for (size_t one = f; one < f + 2; one++) /* platinum with gold */
            for (size_t other = f + 2; other < f + 4; other++)
                if (!memcmp(place(batch, k, one), place(population(), k, other), sizeof(double[3])) &&
                    !memcmp(place(batch, k, other), place(population(), k, one), sizeof(double[3]))) {
                    pairs++;
                    seen[2 * (one - f) + other - f - 2]++;
                }
        ck_assert_uint_eq(pairs, 1);
    }
    for (int k = 0; k < 4; k++)
        ck_assert_double_lt(fabs((double)seen[k] - 50), SIGMAS_BOUND * sqrt(200 * 3 / 16.));
    close_system();
}
END_TEST

START_TEST(swap_needs_two_species)
{
    struct gd_error error = {0};
    open_system("{template: {build: box, lengths: [9, 9, 9]}, add: Cu3}");
    const struct gd_choice swap = bench_choice(&bench, "move", "swap", &arena);
    const struct gd_choice mix = bench_choice(&bench, "move", "{mix: {second: swap}}", &arena);
    ck_assert_int_eq(gd_move_check(&swap, system_, &error), GD_BAD_INPUT);
    ck_assert_str_eq(error.key, "swap");
    error = (struct gd_error){0};
    ck_assert_int_eq(gd_move_check(&mix, system_, &error), GD_BAD_INPUT);
    ck_assert_str_eq(error.key, "mix.second.swap");
    close_system();
}
END_TEST

START_TEST(jump_moves_one_atom_without_overlap)
{
    open_system(systems[0]);
    put_chains(200);
    const struct gd_set *batch = perturb("{move: {jump: {radius: 1.3}}}", 2, 0);
    for (size_t k = 0; k < 200; k++) {
        const struct gd_structure structure = gd_set_view(batch, k);
        size_t moved = 0;
        for (size_t i = system_->fixed; i < batch->atoms; i++)
            if (distance_gone(batch, k, i) > 1e-9) {
                moved++;
                for (size_t j = 0; j < batch->atoms; j++) {
                    double difference[3];
                    for (int axis = 0; axis < 3; axis++)
                        difference[axis] = structure.positions[j][axis] - structure.positions[i][axis];
                    ck_assert(j == i || gd_minimum_image(&system_->basis, difference) >= 0.75 * 2.6);
                }
            }
        ck_assert_uint_eq(moved, 1);
    }
    close_system();
}
END_TEST

/* Turned atoms keep their distances, as do those that stay, and with z as the axis also their heights. */
START_TEST(rotate_turns_a_rigid_part)
{
    open_system(_i ? "{template: {build: fcc111, symbol: Pt, size: [7, 7, 1], vacuum: 8.0}, add: Pt2Au2, window: "
                     "{above: [1, 5]}}"
                   : systems[1]);
    put_chains(100);
    const struct gd_set *batch = perturb(
        _i ? "{move: {rotate: {part: all, axis: z, angle: 20}}}" : "{move: {rotate: {part: half, angle: 90}}}", 2, 0);
    for (size_t k = 0; k < 100; k++)
        for (size_t i = system_->fixed; i < batch->atoms; i++) {
            if (_i)
                ck_assert_double_lt(fabs(place(batch, k, i)[2] - place(population(), k, i)[2]), 1e-9);
            for (size_t j = system_->fixed; j < i; j++) {
                double before[3], after[3];
                for (int axis = 0; axis < 3; axis++) {
                    before[axis] = place(population(), k, i)[axis] - place(population(), k, j)[axis];
                    after[axis] = place(batch, k, i)[axis] - place(batch, k, j)[axis];
                }
                const bool together = _i || (distance_gone(batch, k, i) > 1e-9) == (distance_gone(batch, k, j) > 1e-9);
                const double change =
                    gd_minimum_image(&system_->basis, after) - gd_minimum_image(&system_->basis, before);
                ck_assert(!together || fabs(change) < 1e-9);
            }
        }
    close_system();
}
END_TEST

/* A single atom has no side of a plane through itself: it is shifted whatever the part. */
START_TEST(rotate_shifts_a_single_atom)
{
    open_system(
        "{template: {build: fcc111, symbol: Pt, size: [3, 3, 2], vacuum: 8.0}, add: Pt, window: {above: [1, 5]}}");
    put_chains(20);
    const struct gd_set *batch =
        perturb(_i ? "{move: {rotate: {part: all, shift: 0.5}}}" : "{move: {rotate: {part: half, shift: 0.5}}}", 1, 0);
    for (size_t k = 0; k < 20; k++)
        ck_assert_double_gt(distance_gone(batch, k, system_->fixed), 1e-6);
    close_system();
}
END_TEST

/* The energy is conserved on the way: at its end, the potential energy has not risen by more than the kinetic energy
 * was. Calls of the potential count as evaluations. */
START_TEST(escape_conserves_the_energy)
{
    enum { COUNT = 10 };
    open_system(systems[0]);
    put_chains(COUNT);
    const struct gd_potential *potential = gd_state_get(bench.state, "potential");
    struct gd_set *start = gd_set_copy(population(), NULL, COUNT, &bench.error);
    ck_assert_int_eq(gd_state_put_integer(bench.state, "evaluations", 7, &bench.error), GD_OK);
    const struct gd_set *batch =
        perturb("{move: {escape: {temperature: 0.2, timestep: 0.01, minima: 100, steps: 60}}}", 2, 0);
    struct gd_set *end = gd_set_copy(batch, NULL, COUNT, &bench.error);
    ck_assert_double_eq(bench_figure(&bench, "calls"), 61 * COUNT);
    ck_assert_int_eq(gd_state_integer(bench.state, "evaluations", 0), 7 + 61 * COUNT);
    ck_assert_int_eq(gd_potential_evaluate_set(potential, start, 0, COUNT, NULL, 1, &bench.error), GD_OK);
    ck_assert_int_eq(gd_potential_evaluate_set(potential, end, 0, COUNT, NULL, 1, &bench.error), GD_OK);
    for (size_t k = 0; k < COUNT; k++)
        ck_assert_double_lt(end->energies[k] - start->energies[k], 1.5 * 4 * 0.2 + 1e-3);
    gd_set_free(start);
    gd_set_free(end);
    close_system();
}
END_TEST

/* Energy and force on the adatom, the last atom. */
static double energy_at(const double place[3], double force[3])
{
    struct gd_structure structure = gd_set_view(population(), 0);
    const size_t last = structure.count - 1;
    double(*forces)[3] = calloc(structure.count, sizeof *forces), energy;
    memcpy(structure.positions[last], place, sizeof(double[3]));
    ck_assert_int_eq(
        gd_potential_evaluate(gd_state_get(bench.state, "potential"), &structure, &energy, forces, &bench.error),
        GD_OK);
    memcpy(force, forces[last], sizeof(double[3]));
    free(forces);
    return energy;
}

/* The path of one atom by the leapfrog form of the same integrator, up to its second minimum of the energy. */
START_TEST(escape_follows_newton_to_a_minimum)
{
    open_system(
        "{template: {build: fcc111, symbol: Pt, size: [3, 3, 2], vacuum: 8.0}, add: Pt, window: {above: [1, 6]}}");
    put_chains(1);
    const struct gd_set *batch =
        perturb("{move: {escape: {temperature: 0.1, timestep: 0.05, minima: 2, steps: 1000}}}", 1, 0);
    const double dt = 0.05;
    const size_t last = batch->atoms - 1;
    struct gd_stream stream = gd_context_stream(&bench.context, 0);
    double place_[3], velocity[3], force[3], squares = 0, energies[1000] = {0};
    int steps = 0, minima = 0;
    memcpy(place_, place(population(), 0, last), sizeof place_);
    for (int axis = 0; axis < 3; axis++) {
        velocity[axis] = gd_stream_normal(&stream);
        squares += velocity[axis] * velocity[axis];
    }
    energies[0] = energy_at(place_, force);
    for (int axis = 0; axis < 3; axis++) /* to the middle of the first step */
        velocity[axis] = velocity[axis] * sqrt(0.3 / squares) + dt / 2 * force[axis];
    while (minima < 2 && steps < 999) {
        for (int axis = 0; axis < 3; axis++)
            place_[axis] += dt * velocity[axis];
        energies[++steps] = energy_at(place_, force);
        minima += steps > 1 && energies[steps - 1] < energies[steps - 2] && energies[steps] > energies[steps - 1];
        for (int axis = 0; axis < 3; axis++)
            velocity[axis] += dt * force[axis];
    }
    ck_assert_int_lt(steps, 999);
    ck_assert_double_eq(bench_figure(&bench, "calls"), steps + 1);
    double difference[3];
    for (int axis = 0; axis < 3; axis++)
        difference[axis] = place(batch, 0, last)[axis] - place_[axis];
    ck_assert_double_lt(gd_minimum_image(&system_->basis, difference), 1e-8);
    close_system();
}
END_TEST

START_TEST(mix_takes_the_second_move_by_its_share)
{
    enum { COUNT = 2000 };
    open_system(systems[1]);
    put_chains(COUNT);
    const struct gd_set *batch =
        perturb("{move: {mix: {first: {rattle: {atoms: 1}}, second: {rattle: {atoms: 3}}, share: 0.3}}}", 2, 0);
    size_t second = 0;
    for (size_t k = 0; k < COUNT; k++) {
        size_t moved = 0;
        for (size_t i = 0; i < 6; i++)
            moved += distance_gone(batch, k, i) > 0;
        ck_assert(moved == 1 || moved == 3);
        second += moved == 3;
    }
    ck_assert_double_lt(fabs((double)second - 0.3 * COUNT), SIGMAS_BOUND * sqrt(COUNT * 0.21));
    close_system();
}
END_TEST

/* --- The stage ---------------------------------------------------------------------------------------------------- */

START_TEST(steps_adapt_to_outcomes)
{
    static const int outcomes[] = {GD_NO_OUTCOME, GD_CHAIN_ACCEPTED, GD_CHAIN_REJECTED, GD_CHAIN_SAME};
    open_system(systems[1]);
    put_chains(4);
    perturb("{adapt: 0.25, gain: 2}", 2, 0);
    struct gd_chains *chains = gd_state_get(bench.state, "chains");
    for (size_t k = 0; k < 4; k++) {
        ck_assert_double_eq(chains->chains[k].step, 1);
        chains->chains[k].outcome = outcomes[k];
    }
    perturb("{adapt: 0.25, gain: 2, move: {rattle: {amplitude: 0.1}}}", 2, 1);
    const double up = pow(2, 0.75), down = pow(2, -0.25), steps[] = {1, up, down, up};
    const struct gd_set *batch = gd_state_get(bench.state, "batch");
    for (size_t k = 0; k < 4; k++) {
        double most = 0;
        for (size_t c = 0; c < 18; c++)
            most = fmax(most, fabs(place(batch, k, 0)[c] - place(population(), k, 0)[c]));
        ck_assert_double_eq_tol(chains->chains[k].step, steps[k], 1e-12);
        ck_assert_double_eq(chains->chains[k].outcome, GD_NO_OUTCOME);
        ck_assert_double_lt(most, 0.1 * steps[k]);
        ck_assert_double_gt(most, 0.07 * steps[k]);
    }
    ck_assert_double_eq_tol(bench_figure(&bench, "step"), pow(up * up * down, 0.25), 1e-12);
    close_system();
}
END_TEST

START_TEST(without_chains_the_batch_is_perturbed)
{
    open_system(systems[1]);
    put_chains(3);
    ck_assert_int_eq(gd_state_put(bench.state, "population", NULL, &bench.error), GD_OK);
    struct gd_set *before = gd_set_copy(gd_state_get(bench.state, "batch"), NULL, 3, &bench.error);
    before->positions[4] = NAN;
    ck_assert_int_eq(gd_state_put(bench.state, "batch", before, &bench.error), GD_OK);
    const struct gd_set *batch = perturb("{}", 2, 0);
    ck_assert_uint_eq(batch->count, 3);
    ck_assert(isnan(batch->positions[4]));
    ck_assert_double_eq(bench_figure(&bench, "unmoved"), 1);
    close_system();
}
END_TEST

Suite *suite_moves(void)
{
    Suite *suite = suite_create("moves");
    TCase *tcase = tcase_create("moves");
    tcase_add_loop_test(tcase, every_move, 0, SYSTEMS);
    tcase_add_test(tcase, rattle_displaces_the_wanted_atoms);
    tcase_add_test(tcase, swap_exchanges_different_species);
    tcase_add_test(tcase, swap_needs_two_species);
    tcase_add_test(tcase, jump_moves_one_atom_without_overlap);
    tcase_add_loop_test(tcase, rotate_turns_a_rigid_part, 0, 2);
    tcase_add_loop_test(tcase, rotate_shifts_a_single_atom, 0, 2);
    tcase_add_test(tcase, escape_conserves_the_energy);
    tcase_add_test(tcase, escape_follows_newton_to_a_minimum);
    tcase_add_test(tcase, mix_takes_the_second_move_by_its_share);
    tcase_add_test(tcase, steps_adapt_to_outcomes);
    tcase_add_test(tcase, without_chains_the_batch_is_perturbed);
    suite_add_tcase(suite, tcase);
    return suite;
}
