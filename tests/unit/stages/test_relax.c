/* Relaxation: every optimiser there is ends in minima, by itself and in a stage; what counts, and what is kept. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/lbfgs.h"
#include "engine/base/random.h"
#include "potentials/optimiser.h"
#include "potentials/relax.h"
#include "stages/minima.h"
#include "stages/slots.h"
#include "stages/target.h"
#include "unit/stages/bench.h"

extern const struct gd_stage gd_stage_relax, gd_stage_evaluate, gd_stage_minima;
extern const struct gd_target_class gd_target_energy;

/* What is relaxed: free clusters, a periodic box, and atoms on a template, with the window so narrow that it matters.
 */
static const struct world {
    const char *potential;
    int template_, atom; /* atomic numbers */
    double spacing;      /* of a square template of 3x3 atoms in a periodic cell; 0: none */
    bool periodic;
    double low, high; /* of the window above the template */
} worlds[] = {
    {"lj", 0, 18, 0, false, 0, 0},
    {"emt", 0, 29, 0, true, 0, 0},
    {"emt", 78, 78, 2.8, true, 1.0, 1.8},
    {"emt", 79, 47, 2.9, true, 1.0, 8.0},
};

enum { WORLDS = sizeof worlds / sizeof *worlds, MOBILE = 5, STARTS = 4 };

static struct bench bench;
static struct gd_system world_system;
static struct gd_potential *potential;
static struct gd_set starts;

static struct gd_relaxation make_relaxation(const char *yaml, struct gd_arena *arena)
{
    struct settings {
        struct gd_relaxation relaxation;
    };
    static const struct gd_param rows[] = {GD_RELAXATION_ROWS(struct settings, "0.02", "2000"), {0}};
    const struct gd_stage stage = {.params = rows, .size = sizeof(struct settings)};
    return ((struct settings *)bench_params(&bench, &stage, yaml, arena))->relaxation;
}

static void make_potential(const char *name)
{
    const struct gd_param rows[] = {
        {.name = "potential", .type = GD_COMPONENT, .kind = "potential", .help = "the energy"}, {0}};
    const struct gd_stage stage = {.params = rows, .size = sizeof(struct gd_choice)};
    struct gd_arena arena = {0};
    char yaml[64];
    snprintf(yaml, sizeof yaml, "{potential: %s}", name);
    const struct gd_choice *choice = bench_params(&bench, &stage, yaml, &arena);
    ck_assert_int_eq(gd_potential_make(choice, &potential, &bench.error), GD_OK);
    gd_arena_clear(&arena);
}

static void make_system(const struct world *world)
{
    struct gd_structure template_;
    const size_t side = world->spacing > 0 ? 3 : 0;
    const double length = side ? 3 * world->spacing : 12;
    int mobile[MOBILE];
    ck_assert_int_eq(gd_structure_alloc(&template_, side * side, false, &bench.error), GD_OK);
    for (size_t i = 0; i < side * side; i++) {
        template_.species[i] = world->template_;
        template_.positions[i][0] = world->spacing * (double)(i % side);
        template_.positions[i][1] = world->spacing * (double)(i / side);
    }
    for (int k = 0; k < 3; k++) {
        template_.cell.vectors[k][k] = k < 2 ? length : 20;
        template_.cell.periodic[k] = world->periodic && (k < 2 || !side);
    }
    for (int k = 0; k < MOBILE; k++)
        mobile[k] = world->atom;
    const double window[2] = {world->low, world->high};
    ck_assert_msg(gd_system_make(&world_system, &template_, mobile, MOBILE, side ? window : NULL, side > 0,
                                 &bench.error) == GD_OK,
                  "%s", bench.error.text);
    gd_structure_clear(&template_);
}

/* Atoms at random, no two nearer than 1.5 Å (Lennard-Jones: 0.9). */
static void make_starts(const struct world *world)
{
    struct gd_stream stream = gd_stream_make(7, 0, 0, 0);
    struct gd_structure view;
    ck_assert_int_eq(gd_set_init(&starts, &world_system.structure, world_system.fixed, &bench.error), GD_OK);
    while (starts.count < STARTS) {
        ck_assert_int_eq(gd_set_push(&starts, world_system.structure.positions[0], &bench.error), GD_OK);
        view = gd_set_view(&starts, starts.count - 1);
        const double size = world->spacing > 0 ? 3 * world->spacing : !strcmp(world->potential, "lj") ? 2.5 : 5;
        for (size_t i = starts.fixed; i < starts.atoms; i++) {
            for (int axis = 0; axis < 2; axis++)
                view.positions[i][axis] = size * gd_stream_uniform(&stream);
            view.positions[i][2] = world_system.confined ? world_system.window[0] + fmin(world->high - world->low, 3) *
                                                                                        gd_stream_uniform(&stream)
                                                         : size * gd_stream_uniform(&stream);
        }
        const double least = !strcmp(world->potential, "lj") ? 0.9 : 1.5;
        if (gd_closest_pair(&view, &world_system.basis, starts.fixed, least, NULL, NULL) < least)
            starts.count--;
    }
}

static void open_world(const struct world *world)
{
    bench_open(&bench);
    make_potential(world->potential);
    make_system(world);
    make_starts(world);
}

static void close_world(void)
{
    gd_set_clear(&starts);
    gd_system_clear(&world_system);
    gd_potential_free(potential);
    bench_close(&bench);
}

static struct gd_set *copy_starts(void)
{
    struct gd_set *copy = gd_set_copy(&starts, NULL, starts.count, &bench.error);
    ck_assert_ptr_nonnull(copy);
    return copy;
}

static void relax(const struct gd_relaxation *relaxation, struct gd_set *set, int threads, struct gd_set *paths,
                  struct gd_relaxed *relaxed)
{
    const struct gd_relaxer relaxer = {.relaxation = relaxation, .potential = potential, .system = &world_system};
    ck_assert_msg(gd_relax_set(&relaxer, set, 0, set->count, NULL, NULL, paths, relaxed, threads, &bench.error) ==
                      GD_OK,
                  "%s", bench.error.text);
}

static void check_same(const struct gd_set *a, const struct gd_set *b)
{
    const size_t numbers = 3 * a->count * a->atoms;
    ck_assert_mem_eq(a->positions, b->positions, numbers * sizeof(double));
    ck_assert_mem_eq(a->forces, b->forces, numbers * sizeof(double));
    ck_assert_mem_eq(a->energies, b->energies, a->count * sizeof(double));
}

/* The end is where it says: the forces are short but for what presses against a wall, atoms are in the window, and
 * those of the template have not moved. */
static void check_minimum(const char *name, const struct gd_set *set, size_t k, double limit)
{
    struct gd_structure end = gd_set_view(set, k);
    double(*forces)[3] = calloc(end.count, sizeof *forces), energy;
    ck_assert_int_eq(gd_potential_evaluate(potential, &end, &energy, forces, &bench.error), GD_OK);
    ck_assert_mem_eq(&energy, &set->energies[k], sizeof energy);
    ck_assert_mem_eq(forces, end.forces, end.count * sizeof *forces);
    for (size_t i = set->fixed; i < end.count; i++) {
        const double *z = &end.positions[i][2], *window = world_system.window;
        if (world_system.confined && *z == window[0])
            forces[i][2] = fmax(forces[i][2], 0);
        if (world_system.confined && *z == window[1])
            forces[i][2] = fmin(forces[i][2], 0);
        ck_assert(!world_system.confined || (*z >= window[0] && *z <= window[1]));
    }
    const double longest = gd_longest((const double(*)[3])forces + set->fixed, end.count - set->fixed);
    ck_assert_msg(longest <= limit, "%s: start %zu: a force of %g", name, k, longest);
    ck_assert_mem_eq(end.positions, world_system.structure.positions, set->fixed * sizeof *end.positions);
    free(forces);
}

static void try_optimiser(const struct gd_component *optimiser)
{
    struct gd_arena arena = {0};
    struct gd_relaxed relaxed[STARTS], again[STARTS];
    char yaml[80];
    snprintf(yaml, sizeof yaml, "{optimiser: %s}", optimiser->name);
    const struct gd_relaxation relaxation = make_relaxation(yaml, &arena);
    struct gd_set *ends = copy_starts();
    relax(&relaxation, ends, 1, NULL, relaxed);
    for (size_t k = 0; k < ends->count; k++) {
        ck_assert_msg(relaxed[k].end == GD_RELAXED, "%s: start %zu: %s after %zu calls, force %g", optimiser->name, k,
                      gd_relaxed_end_names[relaxed[k].end], relaxed[k].calls, relaxed[k].fmax);
        check_minimum(optimiser->name, ends, k, relaxation.fmax);
    }
    for (int threads = 2; threads <= 4; threads++) {
        struct gd_set *other = copy_starts();
        relax(&relaxation, other, threads, NULL, again);
        check_same(ends, other);
        for (size_t k = 0; k < ends->count; k++)
            ck_assert_uint_eq(relaxed[k].calls, again[k].calls);
        gd_set_free(other);
    }
    gd_set_free(ends);
    gd_arena_clear(&arena);
}

/* The potential of the world as one that takes many structures at once, the last one first. It fails at every call
 * that `fails` counts down to. */
static struct gd_potential *behind;
static int fails;

static enum gd_status evaluate_one(const struct gd_potential *self, const struct gd_structure *structure,
                                   double *energy, double (*forces)[3], struct gd_error *error)
{
    (void)self;
    if (fails > 0 && --fails == 0)
        return gd_fail(error, GD_FAILED, "as asked");
    return gd_potential_call(behind, structure, energy, forces, error);
}

static enum gd_status evaluate_many(const struct gd_potential *self, const struct gd_batch *batch, int threads,
                                    struct gd_error *error)
{
    (void)error, (void)threads;
    for (size_t k = batch->count; k-- > 0;) {
        struct gd_structure *structure = &batch->structures[k];
        struct gd_error why = {0};
        if (batch->halt && batch->halt(batch->context) == GD_STOP)
            return GD_INTERRUPTED;
        enum gd_status status = evaluate_one(self, structure, &structure->energy, structure->forces, &why);
        batch->done(batch->context, k, status, why.text);
    }
    return GD_OK;
}

static const struct gd_potential_class one_by_one = {.base = {.name = "one"}, .evaluate = evaluate_one};
static const struct gd_potential_class many_at_once = {
    .base = {.name = "many"}, .evaluate = evaluate_one, .evaluate_many = evaluate_many};

/* Structures that go together, step by step, end as they do alone, by the same ways. */
START_TEST(many_at_once_end_as_they_do_alone)
{
    open_world(&worlds[_i]);
    struct gd_arena arena = {0};
    struct gd_relaxed alone[STARTS], together[STARTS];
    struct gd_set paths[2][STARTS];
    const struct gd_relaxation relaxation = make_relaxation("{steps: 40}", &arena);
    struct gd_set *ends = copy_starts(), *others = copy_starts();
    for (size_t k = 0; k < 2 * STARTS; k++)
        ck_assert_int_eq(
            gd_set_init(&paths[k / STARTS][k % STARTS], &world_system.structure, ends->fixed, &bench.error), GD_OK);
    relax(&relaxation, ends, 2, paths[0], alone);
    struct gd_potential many = {&many_at_once};
    behind = potential;
    potential = &many;
    relax(&relaxation, others, 2, paths[1], together);
    potential = behind;
    check_same(ends, others);
    for (size_t k = 0; k < STARTS; k++) {
        ck_assert_uint_eq(alone[k].calls, together[k].calls);
        ck_assert_int_eq(alone[k].end, together[k].end);
        ck_assert_double_eq(alone[k].fmax, together[k].fmax);
        check_same(&paths[0][k], &paths[1][k]);
    }
    for (size_t k = 0; k < 2 * STARTS; k++)
        gd_set_clear(&paths[k / STARTS][k % STARTS]);
    gd_set_free(ends);
    gd_set_free(others);
    gd_arena_clear(&arena);
    close_world();
}
END_TEST

static size_t told, failed_one;

static void count_done(void *context, size_t k, enum gd_status status, const char *why)
{
    (void)context;
    told++;
    if (!status)
        return;
    failed_one = k;
    ck_assert_str_eq(why, "as asked");
}

/* A failure of the potential ends one relaxation; or, where nobody is told, it is one of all. */
START_TEST(failures_end_one_relaxation)
{
    open_world(&worlds[2]);
    struct gd_arena arena = {0};
    struct gd_relaxed relaxed[STARTS];
    const struct gd_relaxation relaxation = make_relaxation("{steps: 40}", &arena);
    struct gd_relaxer relaxer = {.relaxation = &relaxation,
                                 .potential = &(struct gd_potential){_i ? &many_at_once : &one_by_one},
                                 .done = count_done};
    struct gd_set *ends = copy_starts();
    behind = potential;
    fails = 6;
    told = 0;
    ck_assert_int_eq(gd_relax_set(&relaxer, ends, 0, STARTS, NULL, NULL, NULL, relaxed, 1, &bench.error), GD_OK);
    ck_assert_uint_eq(told, STARTS);
    ck_assert_uint_eq(failed_one, _i ? 2 : 0); /* many: the second round, from the last one on */
    for (size_t k = 0; k < STARTS; k++) {
        ck_assert_int_eq(relaxed[k].end == GD_RELAX_FAILED, k == failed_one);
        ck_assert_int_eq(isnan(ends->energies[k]), k == failed_one);
    }
    ck_assert_uint_eq(relaxed[failed_one].calls, _i ? 2 : 6);
    relaxer.done = NULL;
    fails = 2;
    ck_assert_int_eq(gd_relax_set(&relaxer, ends, 0, STARTS, NULL, NULL, NULL, relaxed, 1, &bench.error), GD_FAILED);
    ck_assert_str_eq(bench.error.text, _i ? "structure 3: as asked" : "structure 1: as asked");
    gd_set_free(ends);
    gd_arena_clear(&arena);
    close_world();
}
END_TEST

START_TEST(every_optimiser_ends_in_minima)
{
    open_world(&worlds[_i]);
    for (const struct gd_component *const *one = gd_registry_components(bench.registry, "optimiser"); *one; one++)
        try_optimiser(*one);
    close_world();
}
END_TEST

/* Every evaluation is a step of the path, no atom goes farther than the cap, and `steps` ends it. */
START_TEST(paths_hold_every_step)
{
    open_world(&worlds[_i]);
    for (const struct gd_component *const *one = gd_registry_components(bench.registry, "optimiser"); *one; one++) {
        struct gd_arena arena = {0};
        struct gd_relaxed relaxed[STARTS];
        struct gd_set paths[STARTS];
        char yaml[80];
        snprintf(yaml, sizeof yaml, "{optimiser: %s, steps: 7, fmax: 0, cap: 0.07}", (*one)->name);
        const struct gd_relaxation relaxation = make_relaxation(yaml, &arena);
        struct gd_set *ends = copy_starts();
        for (size_t k = 0; k < ends->count; k++)
            ck_assert_int_eq(gd_set_init(&paths[k], &world_system.structure, ends->fixed, &bench.error), GD_OK);
        relax(&relaxation, ends, 2, paths, relaxed);
        for (size_t k = 0; k < ends->count; k++) {
            const struct gd_set *path = &paths[k];
            const size_t numbers = 3 * ends->atoms;
            ck_assert_int_eq(relaxed[k].end, GD_RELAX_STEPS);
            ck_assert_uint_eq(relaxed[k].calls, 8);
            ck_assert_uint_eq(path->count, 8);
            ck_assert_mem_eq(path->positions + 7 * numbers, ends->positions + k * numbers, numbers * sizeof(double));
            ck_assert_mem_eq(path->forces + 7 * numbers, ends->forces + k * numbers, numbers * sizeof(double));
            ck_assert_double_eq(path->energies[7], ends->energies[k]);
            for (size_t c = 0; c < 7 * numbers; c += 3) {
                double move[3] = {path->positions[c + numbers] - path->positions[c],
                                  path->positions[c + numbers + 1] - path->positions[c + 1],
                                  path->positions[c + numbers + 2] - path->positions[c + 2]};
                ck_assert_double_le(gd_minimum_image(&world_system.basis, move), 0.07 + 1e-12);
            }
            gd_set_clear(&paths[k]);
        }
        gd_set_free(ends);
        gd_arena_clear(&arena);
    }
    close_world();
}
END_TEST

START_TEST(atoms_that_may_not_move_stay)
{
    open_world(&worlds[0]);
    struct gd_arena arena = {0};
    struct gd_relaxed relaxed[STARTS];
    const struct gd_relaxation relaxation = make_relaxation("{}", &arena);
    const struct gd_relaxer relaxer = {.relaxation = &relaxation, .potential = potential};
    struct gd_set *ends = copy_starts();
    bool movable[STARTS][MOBILE] = {{0}};
    for (size_t k = 0; k < STARTS; k++) /* structure k: its atom k, and all but it in the last; none in the first */
        for (size_t i = 0; i < MOBILE; i++)
            movable[k][i] = k > 0 && (i == k) != (k == STARTS - 1);
    ck_assert_int_eq(gd_relax_set(&relaxer, ends, 0, STARTS, movable[0], NULL, NULL, relaxed, 2, &bench.error), GD_OK);
    ck_assert_uint_eq(relaxed[0].calls, 1);
    for (size_t k = 0; k < STARTS; k++) {
        struct gd_structure start = gd_set_view(&starts, k), end = gd_set_view(ends, k);
        ck_assert_int_eq(relaxed[k].end, GD_RELAXED);
        for (size_t i = 0; i < MOBILE; i++) {
            const bool moved = memcmp(start.positions[i], end.positions[i], sizeof *start.positions) != 0;
            ck_assert_int_eq(moved, movable[k][i]);
            ck_assert(!movable[k][i] || gd_longest((const double(*)[3])end.forces + i, 1) <= relaxation.fmax);
        }
    }
    gd_set_free(ends);
    gd_arena_clear(&arena);
    close_world();
}
END_TEST

/* --- A potential that shows what happens -------------------------------------------------------------------------- */

static double pull; /* eV/Å along z on all atoms */

/* Energy not a number when an atom is above z = 5. */
static enum gd_status pulls(const struct gd_potential *self, const struct gd_structure *structure, double *energy,
                            double (*forces)[3], struct gd_error *error)
{
    (void)self, (void)error;
    *energy = 0;
    for (size_t i = 0; i < structure->count; i++) {
        const double z = structure->positions[i][2];
        *energy += z > 5 ? NAN : -pull * z;
        forces[i][0] = forces[i][1] = 0;
        forces[i][2] = pull;
    }
    return GD_OK;
}

static void forget(struct gd_potential *self)
{
    free(self);
}

static const struct gd_potential_class class_pulls = {.base = {.name = "pulls"}, .evaluate = pulls, .destroy = forget};

/* Puts it in the place of the world's potential. */
static void open_pulled(const struct world *world, double strength)
{
    open_world(world);
    gd_potential_free(potential);
    potential = calloc(1, sizeof *potential);
    potential->type = &class_pulls;
    pull = strength;
}

/* At a wall that stops them atoms come to rest; one that reflects keeps them in the window. */
START_TEST(walls_hold_atoms)
{
    open_pulled(&worlds[2], _i ? -1.0 : 1.0);
    for (const struct gd_component *const *one = gd_registry_components(bench.registry, "optimiser"); *one; one++)
        for (int walls = 0; gd_walls_names[walls]; walls++) {
            struct gd_arena arena = {0};
            struct gd_relaxed relaxed[STARTS];
            char yaml[100];
            snprintf(yaml, sizeof yaml, "{optimiser: %s, walls: %s, steps: 100}", (*one)->name, gd_walls_names[walls]);
            const struct gd_relaxation relaxation = make_relaxation(yaml, &arena);
            struct gd_set *ends = copy_starts();
            relax(&relaxation, ends, 2, NULL, relaxed);
            for (size_t k = 0; k < ends->count; k++) {
                struct gd_structure end = gd_set_view(ends, k);
                ck_assert_msg(relaxed[k].end == (walls == GD_WALLS_STOP ? GD_RELAXED : GD_RELAX_STEPS),
                              "%s: %s, force %g", yaml, gd_relaxed_end_names[relaxed[k].end], relaxed[k].fmax);
                for (size_t i = ends->fixed; i < ends->atoms; i++) {
                    const double z = end.positions[i][2];
                    if (walls == GD_WALLS_STOP)
                        ck_assert_double_eq(z, world_system.window[_i ? 0 : 1]);
                    ck_assert(z >= world_system.window[0] && z <= world_system.window[1]);
                }
            }
            gd_set_free(ends);
            gd_arena_clear(&arena);
        }
    close_world();
}
END_TEST

/* What cannot be evaluated ends a relaxation; how often it was tried is known. */
START_TEST(what_is_not_finite_ends_it)
{
    open_pulled(&worlds[3], 1.0);
    struct gd_arena arena = {0};
    struct gd_relaxed relaxed[STARTS];
    const struct gd_relaxation relaxation = make_relaxation("{optimiser: lbfgs}", &arena);
    struct gd_set *ends = copy_starts(), paths[STARTS];
    memcpy(ends->positions + 3 * starts.fixed, ends->positions + 3 * starts.fixed + 3, 3 * sizeof(double));
    ends->positions[3 * starts.atoms * 2 - 1] = INFINITY;
    for (size_t k = 0; k < STARTS; k++)
        ck_assert_int_eq(gd_set_init(&paths[k], &world_system.structure, ends->fixed, &bench.error), GD_OK);
    relax(&relaxation, ends, 2, paths, relaxed);
    ck_assert_int_eq(relaxed[0].end, GD_RELAX_CLASH);
    ck_assert_uint_eq(relaxed[0].calls, 0);
    ck_assert_int_eq(relaxed[1].end, GD_RELAX_NOT_FINITE);
    ck_assert_uint_eq(relaxed[1].calls, 0);
    for (size_t k = 0; k < STARTS; k++) {
        ck_assert_uint_eq(paths[k].count, relaxed[k].calls);
        ck_assert_double_nan(ends->energies[k]);
        ck_assert_int_eq(relaxed[k].end, k ? GD_RELAX_NOT_FINITE : GD_RELAX_CLASH);
        ck_assert(k < 2 || relaxed[k].calls > 1);
        gd_set_clear(&paths[k]);
    }
    gd_set_free(ends);
    gd_arena_clear(&arena);
    close_world();
}
END_TEST

/* --- |A| x = b ---------------------------------------------------------------------------------------------------- */

/* --- The stage ---------------------------------------------------------------------------------------------------- */

/* Three argon atoms, once more with two at one place, and once more in an order that ends elsewhere. */
static const double triples[4][3][3] = {
    {{1, 1, 1}, {2.4, 1, 1}, {1.5, 2.3, 1}},
    {{1, 1, 1}, {1, 1, 1}, {1.5, 2.3, 1}},
    {{1, 1, 1}, {2.6, 1, 1.2}, {1.5, 2.0, 1}},
    {{1, 1, 1}, {2.2, 1.3, 1.2}, {1.5, 2.0, 1.9}},
};

static void put_triples(const char *target_yaml)
{
    bench_open(&bench);
    struct gd_system *system = bench_system(&bench, 3);
    make_potential("{lj: {cutoff: 5.0}}");
    ck_assert_int_eq(gd_state_put(bench.state, "potential", potential, &bench.error), GD_OK);
    struct gd_set *batch = bench_set(system, 4, &triples[0][0][0]);
    for (size_t k = 0; k < batch->count; k++)
        batch->path_weights[k] = 0.5;
    ck_assert_int_eq(gd_state_put(bench.state, "batch", batch, &bench.error), GD_OK);
    if (!target_yaml)
        return;
    struct gd_arena arena = {0};
    const struct gd_stage stage = {.params = gd_target_energy.base.params, .size = gd_target_energy.base.size};
    struct gd_target *target;
    void *params = bench_params(&bench, &stage, target_yaml, &arena);
    ck_assert_int_eq(gd_target_energy.create(params, system, &target, &bench.error), GD_OK);
    target->type = &gd_target_energy;
    ck_assert_int_eq(gd_state_put(bench.state, "target", target, &bench.error), GD_OK);
    gd_arena_clear(&arena);
}

static void run_stage(const char *yaml)
{
    struct gd_arena arena = {0};
    void *self = bench_params(&bench, &gd_stage_relax, yaml, &arena);
    ck_assert_msg(gd_stage_relax.run(&bench.context, self) == GD_OK, "%s", bench.error.text);
    gd_arena_clear(&arena);
}

START_TEST(ends_join_the_archive)
{
    put_triples(NULL);
    run_stage("{clash: 0.5, fmax: 0.001}");
    const struct gd_set *archive = gd_state_get(bench.state, "archive"), *batch = gd_state_get(bench.state, "batch");
    const struct gd_rejects *rejected = gd_state_get(bench.state, "rejected");
    const int64_t evaluations = gd_state_integer(bench.state, "evaluations", -1);
    ck_assert_uint_eq(archive->count, 3);
    ck_assert_uint_eq(batch->count, 4);
    ck_assert_uint_eq(rejected->set.count, 1);
    ck_assert_int_eq(rejected->reasons[0], GD_CLASH);
    ck_assert_double_nan(rejected->set.path_weights[0]); /* it is none of draws that are weighed */
    ck_assert_int_eq(batch->serials[1], 0);
    ck_assert_double_nan(batch->energies[1]);
    for (size_t k = 0, at = 0; k < 4; k++) {
        if (k == 1)
            continue;
        ck_assert_double_eq_tol(batch->energies[k], -3.0, 0.02); /* a triangle with three bonds of -1, cut at 5 Å */
        ck_assert_double_eq(batch->energies[k], archive->energies[at]);
        ck_assert_double_nan(batch->path_weights[k]); /* they have moved */
        ck_assert_double_nan(archive->path_weights[at]);
        ck_assert_int_eq(batch->serials[k], archive->serials[at]);
        ck_assert(at == 0 ? batch->serials[k] > 1 : batch->serials[k] > archive->serials[at - 1] + 1);
        at++;
    }
    ck_assert_int_eq(archive->serials[2], evaluations);
    ck_assert_double_eq(bench_figure(&bench, "converged"), 3);
    ck_assert_double_eq(bench_figure(&bench, "unconverged"), 0);
    ck_assert_double_eq(bench_figure(&bench, "steps"), (double)evaluations - 3);
    ck_assert_double_eq(bench_figure(&bench, "lowest"),
                        ((const struct gd_set *)gd_state_get(bench.state, "best"))->energies[0]);
    bench_close(&bench);
}
END_TEST

/* All steps, in the order of their numbers; a structure without a minimum is taken as well. */
START_TEST(all_steps_join_the_archive)
{
    put_triples(NULL);
    run_stage("{clash: 0.5, fmax: 0, steps: 6, keep: all}");
    const struct gd_set *archive = gd_state_get(bench.state, "archive"), *batch = gd_state_get(bench.state, "batch");
    ck_assert_uint_eq(archive->count, 21);
    ck_assert_int_eq(gd_state_integer(bench.state, "evaluations", -1), 21);
    for (size_t k = 0; k < archive->count; k++)
        ck_assert_int_eq(archive->serials[k], (int64_t)k + 1);
    ck_assert_mem_eq(archive->positions, triples[0], sizeof triples[0]);
    ck_assert_mem_eq(archive->positions + 7 * 9, triples[2], sizeof triples[2]);
    ck_assert_mem_eq(archive->positions + 20 * 9, batch->positions + 3 * 9, sizeof triples[0]);
    ck_assert_int_eq(batch->serials[0], 7);
    ck_assert_int_eq(batch->serials[2], 14);
    ck_assert_double_eq(bench_figure(&bench, "unconverged"), 3);
    bench_close(&bench);
}
END_TEST

/* Ends that are too low: they count, and the batch does not have their energies. */
START_TEST(ends_below_the_floor_are_rejected)
{
    put_triples(NULL);
    run_stage("{clash: 0.5, floor: -2.5, fmax: 0.001}");
    const struct gd_set *archive = gd_state_get(bench.state, "archive"), *batch = gd_state_get(bench.state, "batch");
    const struct gd_rejects *rejected = gd_state_get(bench.state, "rejected");
    ck_assert_uint_eq(archive->count, 0);
    ck_assert_uint_eq(batch->count, 4);
    ck_assert_uint_eq(rejected->set.count, 4);
    ck_assert_double_eq(bench_figure(&bench, "below_floor"), 3);
    ck_assert_double_eq(bench_figure(&bench, "converged"), 3);
    ck_assert_int_eq(rejected->set.serials[3], gd_state_integer(bench.state, "evaluations", -1));
    for (size_t k = 0; k < 4; k++) {
        ck_assert_int_eq(batch->serials[k], 0);
        ck_assert_double_nan(batch->energies[k]);
    }
    bench_close(&bench);
}
END_TEST

/* A target that only a step on the way hits: found at the evaluation of that step, whether it is kept or not. */
START_TEST(targets_are_found_on_the_way)
{
    put_triples(NULL);
    run_stage("{clash: 0.5, fmax: 0, steps: 6, keep: all}");
    const struct gd_set *archive = gd_state_get(bench.state, "archive");
    char yaml[100];
    snprintf(yaml, sizeof yaml, "{energy: %.17g, within: 1e-9}", archive->energies[9]); /* of structure 3, step 3 */
    bench_close(&bench);
    for (int k = 0; k < 2; k++) {
        put_triples(yaml);
        run_stage(k ? "{clash: 0.5, fmax: 0, steps: 6, keep: all}" : "{clash: 0.5, fmax: 0, steps: 6}");
        ck_assert_int_eq(gd_state_integer(bench.state, "found", -1), 10);
        bench_close(&bench);
    }
}
END_TEST

/* --- The relaxation at the end of a run --------------------------------------------------------------------------- */

/* Puts the evaluated triples into the archive, each twice, and three atoms in a row, whose minimum is another. */
static void put_archive(const char *target_yaml)
{
    static const double row[3][3] = {{1, 4, 4}, {2.13, 4, 4}, {3.26, 4, 4}};
    struct gd_arena arena = {0};
    put_triples(target_yaml);
    struct gd_set *batch = gd_state_get(bench.state, "batch");
    ck_assert_int_eq(gd_set_push(batch, row[0], &bench.error), GD_OK);
    void *self = bench_params(&bench, &gd_stage_evaluate, "{clash: 0.5}", &arena);
    for (int k = 0; k < 2; k++)
        ck_assert_msg(gd_stage_evaluate.run(&bench.context, self) == GD_OK, "%s", bench.error.text);
    gd_arena_clear(&arena);
}

static void run_minima(const char *yaml)
{
    struct gd_arena arena = {0};
    void *self = bench_params(&bench, &gd_stage_minima, yaml, &arena);
    ck_assert_msg(gd_stage_minima.run(&bench.context, self) == GD_OK, "%s", bench.error.text);
    gd_arena_clear(&arena);
}

/* Three starts differ and lead to the triangle; a row stays one by its symmetry; the archive has each twice. The
 * search's own slots stay. */
START_TEST(minima_are_counted)
{
    put_archive("{energy: -3.0, within: 0.1}");
    const struct gd_set *archive = gd_state_get(bench.state, "archive");
    const double best = ((const struct gd_set *)gd_state_get(bench.state, "best"))->energies[0];
    ck_assert_uint_eq(archive->count, 8);
    run_minima("{fmax: 0.001}");
    const struct gd_minima *minima = gd_state_get(bench.state, "minima");
    const struct gd_set *relaxed = gd_state_get(bench.state, "best_relaxed");
    ck_assert_uint_eq(minima->set.count, 2);
    ck_assert_int_eq(minima->met[0], 6);
    ck_assert_int_eq(minima->met[1], 2);
    ck_assert_double_eq_tol(minima->set.energies[0], -3.0, 0.02);
    ck_assert_double_eq_tol(minima->set.energies[1], -2.03, 0.02);
    ck_assert_double_eq(gd_minima_unseen(minima), 0);
    ck_assert_int_eq(minima->counts.relaxed, 4);
    ck_assert_int_eq(minima->counts.converged, 4);
    ck_assert_int_gt(minima->counts.evaluations, 8);
    ck_assert(minima->counts.found > 0 && minima->counts.found <= minima->counts.evaluations);
    ck_assert_uint_eq(relaxed->count, 1);
    ck_assert_double_eq(relaxed->energies[0], minima->set.energies[0]);
    ck_assert_uint_eq(archive->count, 8);
    ck_assert_int_eq(gd_state_integer(bench.state, "evaluations", -1), 8);
    ck_assert_int_eq(gd_state_integer(bench.state, "found", 0), 0);
    ck_assert_double_eq(((const struct gd_set *)gd_state_get(bench.state, "best"))->energies[0], best);
    bench_close(&bench);
}
END_TEST

/* An archive of relaxed structures, most of them the same: one relaxation for each minimum, which counts all of them,
 * also those that are higher than all that were relaxed. */
START_TEST(minima_are_counted_where_the_search_has_relaxed)
{
    static const double row[3][3] = {{1, 4, 4}, {2.13, 4, 4}, {3.26, 4, 4}};
    for (int count = 1; count <= 2; count++) {
        put_triples(NULL);
        ck_assert_int_eq(gd_set_push(gd_state_get(bench.state, "batch"), row[0], &bench.error), GD_OK);
        run_stage("{clash: 0.5, fmax: 0.001}");
        const struct gd_set *archive = gd_state_get(bench.state, "archive");
        ck_assert_uint_eq(archive->count, 4);
        run_minima(count == 1 ? "{fmax: 0.001, count: 1}" : "{fmax: 0.001}");
        const struct gd_minima *minima = gd_state_get(bench.state, "minima");
        struct gd_error error = {0};
        ck_assert_uint_eq(minima->set.count, (size_t)count);
        ck_assert_int_eq(minima->counts.relaxed, count);
        ck_assert_int_eq(minima->met[0], 3);
        ck_assert_double_eq(gd_minima_unseen(minima), count == 1 ? 0 : 0.25);
        ck_assert_int_eq(gd_slot_minima.check(minima, bench.state, &error), GD_OK);
        bench_close(&bench);
    }
}
END_TEST

/* The lowest two only; what has not converged is no minimum, but may be the best; nothing is done for a count of 0. */
START_TEST(the_lowest_are_relaxed)
{
    put_archive(NULL);
    run_minima("{count: 0}");
    ck_assert_ptr_null(gd_state_get(bench.state, "minima"));
    run_minima("{count: 2, steps: 3, fmax: 0}");
    const struct gd_minima *minima = gd_state_get(bench.state, "minima");
    ck_assert_uint_eq(minima->set.count, 0);
    ck_assert_int_eq(minima->counts.relaxed, 2);
    ck_assert_int_eq(minima->counts.evaluations, 8);
    ck_assert_int_eq(minima->counts.judged, 0);
    ck_assert_double_nan(gd_minima_unseen(minima));
    const struct gd_set *relaxed = gd_state_get(bench.state, "best_relaxed");
    ck_assert_double_lt(relaxed->energies[0], ((const struct gd_set *)gd_state_get(bench.state, "best"))->energies[0]);
    bench_close(&bench);
}
END_TEST

/* Relaxations that end higher than they began: a first step so long that it throws the atoms apart. */
START_TEST(the_best_is_never_worse_than_the_archive)
{
    put_archive(NULL);
    run_minima("{count: 8, steps: 1, cap: 10, optimiser: {bfgs: {curvature: 0.001}}}");
    const double best = ((const struct gd_set *)gd_state_get(bench.state, "best"))->energies[0];
    const struct gd_set *relaxed = gd_state_get(bench.state, "best_relaxed");
    ck_assert_double_le(relaxed->energies[0], best);
    bench_close(&bench);
}
END_TEST

/* A run that was extended comes to its end again, with another archive: what it has found is not lost. */
START_TEST(minima_stay_when_a_run_is_extended)
{
    static const double row[3][3] = {{1, 4, 4}, {2.13, 4, 4}, {3.26, 4, 4}};
    put_archive("{energy: -3.0, within: 0.1}");
    run_minima("{fmax: 0.001}");
    struct gd_set *archive = gd_state_get(bench.state, "archive");
    const double lowest = ((const struct gd_minima *)gd_state_get(bench.state, "minima"))->set.energies[0];
    for (size_t k = 0; k < archive->count; k++) /* all are the row, which is no hit */
        memcpy(archive->positions + 9 * k, row, sizeof row);
    run_minima("{fmax: 0.001}");
    const struct gd_minima *minima = gd_state_get(bench.state, "minima");
    struct gd_error error = {0};
    ck_assert_uint_eq(minima->set.count, 2);
    ck_assert_double_eq(minima->set.energies[0], lowest);
    ck_assert_double_eq_tol(minima->set.energies[1], -2.03, 0.02);
    ck_assert_int_eq(minima->counts.found, minima->counts.evaluations);
    ck_assert_int_eq(gd_slot_minima.check(minima, bench.state, &error), GD_OK);
    ck_assert_double_eq(((const struct gd_set *)gd_state_get(bench.state, "best_relaxed"))->energies[0], lowest);
    bench_close(&bench);
}
END_TEST

/* A file whose numbers cannot be those of a run. */
START_TEST(minima_that_contradict_themselves_are_refused)
{
    put_archive(NULL);
    run_minima("{}");
    struct gd_minima *minima = gd_state_get(bench.state, "minima");
    struct gd_error error = {0};
    ck_assert_int_eq(gd_slot_minima.check(minima, bench.state, &error), GD_OK);
    int64_t *const numbers[] = {&minima->met[0],         &minima->counts.converged,
                                &minima->counts.relaxed, &minima->counts.evaluations,
                                &minima->counts.found,   &minima->counts.judged};
    const int64_t wrong[] = {0, 5, 3, 1, 1000000, 2};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        const int64_t right = *numbers[k];
        *numbers[k] = wrong[k];
        ck_assert_msg(gd_slot_minima.check(minima, bench.state, &error) == GD_BAD_INPUT, "number %zu", k);
        *numbers[k] = right;
    }
    bench_close(&bench);
}
END_TEST

Suite *suite_relax(void)
{
    Suite *suite = suite_create("relax");
    TCase *tests = tcase_create("relax");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, every_optimiser_ends_in_minima, 0, WORLDS);
    tcase_add_loop_test(tests, many_at_once_end_as_they_do_alone, 0, WORLDS);
    tcase_add_loop_test(tests, failures_end_one_relaxation, 0, 2);
    tcase_add_loop_test(tests, paths_hold_every_step, 0, WORLDS);
    tcase_add_test(tests, atoms_that_may_not_move_stay);
    tcase_add_loop_test(tests, walls_hold_atoms, 0, 2);
    tcase_add_test(tests, what_is_not_finite_ends_it);
    tcase_add_test(tests, ends_join_the_archive);
    tcase_add_test(tests, all_steps_join_the_archive);
    tcase_add_test(tests, ends_below_the_floor_are_rejected);
    tcase_add_test(tests, targets_are_found_on_the_way);
    tcase_add_test(tests, minima_are_counted);
    tcase_add_test(tests, minima_are_counted_where_the_search_has_relaxed);
    tcase_add_test(tests, the_lowest_are_relaxed);
    tcase_add_test(tests, the_best_is_never_worse_than_the_archive);
    tcase_add_test(tests, minima_stay_when_a_run_is_extended);
    tcase_add_test(tests, minima_that_contradict_themselves_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
