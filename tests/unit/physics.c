#include "unit/physics.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/random.h"
#include "model/head.h"
#include "model/network.h"
#include "model/noise_ve.h"
#include "model/painn/painn.h"
#include "potentials/potential.h"
#include "stages/curve.h"
#include "unit/eam_tables.h"
#include "unit/example.h"
#include "unit/scratch.h"

/* A potential with its parameters, and how they are written, for messages. */
struct subject {
    struct gd_potential *potential;
    struct gd_stream stream;
    const char *name, *parameters;
    int species[3];  /* that it knows */
    double distance; /* at which a pair has its lowest energy, or 2.5 Å */
    double scale;    /* of energies, eV: what is rounded */
    double rounding; /* of an energy, relative to the scale; of forces, ten times as much */
};

enum { ATOMS = 8 };

/* Atoms in a cell, twice as many at most. */
struct world {
    struct gd_structure structure;
    double positions[2 * ATOMS][3], forces[2 * ATOMS][3];
    int species[2 * ATOMS];
    double energy;
};

static void bind(struct world *world)
{
    world->structure.positions = world->positions;
    world->structure.species = world->species;
}

static double uniform(struct subject *subject, double low, double high)
{
    return low + (high - low) * gd_stream_uniform(&subject->stream);
}

static bool supports(const struct subject *subject, struct world *world)
{
    struct gd_error error = {0};
    bind(world);
    return subject->potential->type->supports(subject->potential, &world->structure, &error) == GD_OK;
}

static enum gd_status try_to_evaluate(const struct subject *subject, struct world *world, struct gd_error *error)
{
    bind(world);
    return subject->potential->type->evaluate(subject->potential, &world->structure, &world->energy, world->forces,
                                              error);
}

static void evaluate(const struct subject *subject, struct world *world)
{
    struct gd_error error = {0};
    ck_assert_msg(!try_to_evaluate(subject, world, &error), "%s %s: %s", subject->name, subject->parameters,
                  error.text);
}

static void equal(const struct subject *subject, const char *what, double found, double expected, double tolerance)
{
    ck_assert_msg(fabs(found - expected) <= tolerance, "%s %s: %s: %.12g is not %.12g", subject->name,
                  subject->parameters, what, found, expected);
}

/* --- What there is to try ----------------------------------------------------------------------------------------- */

/* Elements that it knows together, as many as there are up to three. */
static void find_species(struct subject *subject)
{
    int found = 0;
    for (int number = 1; number <= 118 && found < 3; number++) {
        struct world world = {.structure.count = (size_t)found + 1};
        memcpy(world.species, subject->species, sizeof subject->species);
        world.species[found] = number;
        if (supports(subject, &world))
            subject->species[found++] = number;
    }
    ck_assert_msg(found > 0, "%s: it knows no element", subject->name);
    for (int k = found; k < 3; k++)
        subject->species[k] = subject->species[0];
}

static void find_distance(struct subject *subject)
{
    double lowest = INFINITY, first = NAN, deepest = 0;
    for (double r = 0.8; r < 5; r += 0.01) {
        struct world pair = {.structure.count = 2, .species = {subject->species[0], subject->species[0]}};
        pair.positions[1][0] = r;
        if (try_to_evaluate(subject, &pair, NULL) == GD_FAILED)
            continue; /* nearer than its tables reach */
        first = isnan(first) ? pair.energy : first;
        if (pair.energy < lowest) {
            lowest = pair.energy;
            subject->distance = r;
        }
        deepest = fmax(deepest, fabs(lowest));
    }
    if (!(lowest < first))
        subject->distance = 2.5;
    subject->scale = 1 + ATOMS * deepest;
}

/* A skewed cube of atoms, none near another, in a cell with so many periodic directions. */
static struct world make_world(struct subject *subject, int periodic)
{
    struct world world = {.structure.count = ATOMS};
    double spacing = 1.05 * subject->distance;
    for (int i = 0; i < ATOMS; i++) {
        world.species[i] = subject->species[i % 3];
        for (int axis = 0; axis < 3; axis++)
            world.positions[i][axis] = spacing * ((i >> axis & 1) + uniform(subject, -0.07, 0.07));
    }
    for (int k = 0; k < periodic; k++) {
        for (int axis = 0; axis < 3; axis++)
            world.structure.cell.vectors[k][axis] = spacing * (2.1 * (k == axis) + uniform(subject, -0.1, 0.1));
        world.structure.cell.periodic[k] = true;
    }
    return world;
}

/* --- What must hold ----------------------------------------------------------------------------------------------- */

/* The derivative of the energy by a coordinate: central differences of fourth order. */
static double derivative(const struct subject *subject, const struct world *world, int coordinate, double step)
{
    double energies[4];
    for (int k = 0; k < 4; k++) {
        struct world moved = *world;
        moved.positions[coordinate / 3][coordinate % 3] += step * (double[]){-2, -1, 1, 2}[k];
        evaluate(subject, &moved);
        energies[k] = moved.energy;
    }
    return (energies[0] - 8 * energies[1] + 8 * energies[2] - energies[3]) / (12 * step);
}

/* Where a step takes a pair across a cutoff, at which the energy may jump, a shorter one does not. */
static void check_derivative(const struct subject *subject, const struct world *world)
{
    for (int c = 0; c < 3 * ATOMS; c++) {
        double force = world->forces[c / 3][c % 3], tolerance = 1e-6 * subject->scale;
        double slope = derivative(subject, world, c, 1e-4 * subject->distance);
        if (!(fabs(force + slope) <= tolerance))
            slope = derivative(subject, world, c, 1e-6 * subject->distance);
        equal(subject, "a force is the energy's derivative", force, -slope, tolerance);
    }
}

/* Nothing outside pulls. */
static void check_sum(const struct subject *subject, const struct world *world)
{
    for (int axis = 0; axis < 3; axis++) {
        double sum = 0;
        for (int i = 0; i < ATOMS; i++)
            sum += world->forces[i][axis];
        equal(subject, "the forces add up to nothing", sum, 0, subject->rounding * subject->scale);
    }
}

static void check_translation(struct subject *subject, const struct world *world)
{
    struct world moved = *world;
    double shift[3];
    for (int axis = 0; axis < 3; axis++)
        shift[axis] = uniform(subject, -9, 9);
    for (int c = 0; c < 3 * ATOMS; c++)
        moved.positions[c / 3][c % 3] += shift[c % 3];
    evaluate(subject, &moved);
    equal(subject, "the energy after a translation", moved.energy, world->energy, subject->rounding * subject->scale);
    for (int c = 0; c < 3 * ATOMS; c++)
        equal(subject, "a force after a translation", moved.forces[c / 3][c % 3], world->forces[c / 3][c % 3],
              10 * subject->rounding * subject->scale);
}

/* A reflection at the plane normal to a random direction: two of them are a rotation. */
static void reflect(const double normal[3], double vector[3])
{
    double along = 0;
    for (int axis = 0; axis < 3; axis++)
        along += normal[axis] * vector[axis];
    for (int axis = 0; axis < 3; axis++)
        vector[axis] -= 2 * along * normal[axis];
}

static void random_direction(struct subject *subject, double normal[3])
{
    double length = 0;
    for (int axis = 0; axis < 3; axis++) {
        normal[axis] = uniform(subject, -1, 1);
        length += normal[axis] * normal[axis];
    }
    for (int axis = 0; axis < 3; axis++)
        normal[axis] /= sqrt(length);
}

/* One reflection and, with a second one, a rotation. */
static void check_rotation(struct subject *subject, const struct world *world)
{
    struct world turned = *world;
    double normal[3], forces[ATOMS][3];
    memcpy(forces, world->forces, sizeof forces);
    for (int turn = 0; turn < 2; turn++) {
        random_direction(subject, normal);
        for (int k = 0; k < 3; k++)
            reflect(normal, turned.structure.cell.vectors[k]);
        for (int i = 0; i < ATOMS; i++) {
            reflect(normal, turned.positions[i]);
            reflect(normal, forces[i]);
        }
        evaluate(subject, &turned);
        equal(subject, "the energy after a rotation", turned.energy, world->energy, subject->rounding * subject->scale);
        for (int c = 0; c < 3 * ATOMS; c++)
            equal(subject, "a force after a rotation", turned.forces[c / 3][c % 3], forces[c / 3][c % 3],
                  10 * subject->rounding * subject->scale);
    }
}

static void check_permutation(const struct subject *subject, const struct world *world)
{
    struct world shuffled = *world;
    for (int i = 0; i < ATOMS; i++) {
        int other = (3 * i + 5) % ATOMS;
        shuffled.species[i] = world->species[other];
        memcpy(shuffled.positions[i], world->positions[other], sizeof shuffled.positions[i]);
    }
    evaluate(subject, &shuffled);
    equal(subject, "the energy in another order", shuffled.energy, world->energy, subject->rounding * subject->scale);
    for (int i = 0; i < ATOMS; i++)
        for (int axis = 0; axis < 3; axis++)
            equal(subject, "a force in another order", shuffled.forces[i][axis],
                  world->forces[(3 * i + 5) % ATOMS][axis], 10 * subject->rounding * subject->scale);
}

static void add_scaled(double to[3], double factor, const double vector[3])
{
    for (int axis = 0; axis < 3; axis++)
        to[axis] += factor * vector[axis];
}

/* An atom and its image are the same, and a cell twice as long holds twice as much. */
static void check_images(const struct subject *subject, const struct world *world, int periodic)
{
    struct world images = *world, twice = *world;
    for (int i = 0; i < ATOMS; i++)
        add_scaled(images.positions[i], i % 5 - 2, world->structure.cell.vectors[i % periodic]);
    evaluate(subject, &images);
    equal(subject, "the energy of images", images.energy, world->energy, subject->rounding * subject->scale);
    twice.structure.count = 2 * ATOMS;
    for (int i = 0; i < ATOMS; i++) {
        twice.species[ATOMS + i] = world->species[i];
        memcpy(twice.positions[ATOMS + i], world->positions[i], sizeof world->positions[i]);
        add_scaled(twice.positions[ATOMS + i], 1, world->structure.cell.vectors[0]);
    }
    add_scaled(twice.structure.cell.vectors[0], 1, world->structure.cell.vectors[0]);
    evaluate(subject, &twice);
    equal(subject, "the energy of two cells", twice.energy, 2 * world->energy, 2 * subject->rounding * subject->scale);
    for (int c = 0; c < 3 * ATOMS; c++) {
        equal(subject, "a force on an image", images.forces[c / 3][c % 3], world->forces[c / 3][c % 3],
              10 * subject->rounding * subject->scale);
        equal(subject, "a force in the second cell", twice.forces[ATOMS + c / 3][c % 3], world->forces[c / 3][c % 3],
              10 * subject->rounding * subject->scale);
    }
}

/* The same bits for one thread and for more. */
static void check_threads(struct subject *subject, struct world *world)
{
    enum { COUNT = 24 };
    struct gd_error error = {0};
    bind(world);
    struct gd_set *sets[2] = {gd_set_new(&world->structure, 0, &error), gd_set_new(&world->structure, 0, &error)};
    for (int k = 0; k < COUNT; k++) {
        double positions[ATOMS][3];
        memcpy(positions, world->positions, sizeof positions);
        positions[k % ATOMS][0] += uniform(subject, -0.05, 0.05) * subject->distance;
        for (int set = 0; set < 2; set++)
            ck_assert_int_eq(gd_set_push(sets[set], positions[0], &error), GD_OK);
    }
    for (int set = 0; set < 2; set++)
        ck_assert_int_eq(gd_potential_evaluate_set(subject->potential, sets[set], 0, COUNT, NULL, 1 + 3 * set, &error),
                         GD_OK);
    ck_assert_msg(!memcmp(sets[0]->energies, sets[1]->energies, COUNT * sizeof(double)) &&
                      !memcmp(sets[0]->forces, sets[1]->forces, COUNT * ATOMS * 3 * sizeof(double)),
                  "%s %s: threads change the bits", subject->name, subject->parameters);
    gd_set_free(sets[0]);
    gd_set_free(sets[1]);
}

/* --- All of them -------------------------------------------------------------------------------------------------- */

static void try_world(struct subject *subject, int periodic)
{
    struct world world = make_world(subject, periodic);
    if (!supports(subject, &world)) {
        printf("%s %s: not in a cell with %d periodic directions, which it does not support\n", subject->name,
               subject->parameters, periodic);
        return;
    }
    evaluate(subject, &world);
    for (int c = 0; c < 3 * ATOMS; c++)
        subject->scale = fmax(subject->scale, fabs(world.forces[c / 3][c % 3]));
    const bool absolute = subject->potential->type->absolute;
    if (subject->potential->type->learned)
        printf("%s: forces are not compared with the energy's gradient: they are predicted\n", subject->name);
    else
        check_derivative(subject, &world);
    if (absolute)
        printf("%s: not moved or turned: its energy depends on where the atoms are in space\n", subject->name);
    else {
        if (!subject->potential->type->learned)
            check_sum(subject, &world);
        check_translation(subject, &world);
        check_rotation(subject, &world);
    }
    check_permutation(subject, &world);
    if (periodic)
        check_images(subject, &world, periodic);
    check_threads(subject, &world);
}

/* Parses parameters of a component into memory of the arena. */
static void *parse(const struct gd_registry *registry, const struct gd_component *component, const char *text,
                   struct gd_tree *tree)
{
    struct gd_problems problems = {0};
    void *params = gd_arena_alloc(&tree->arena, 1, component->size + 1);
    enum gd_status status = gd_tree_parse_yaml(tree, component->name, text, strlen(text), &problems);
    if (!status)
        status = gd_params_parse(component->params, registry, tree->root, tree->root->place, params, &tree->arena,
                                 &problems);
    ck_assert_msg(!status, "%s %s: %s", component->name, text, problems.count ? problems.items[0].text : "");
    gd_problems_clear(&problems);
    return params;
}

/* With `file` where the component wants one. */
static char *example_of(const struct gd_component *component, const char *file)
{
    const struct gd_param *row = component->params;
    struct gd_text text = {0};
    while (row && row->name && row->type != GD_PATH)
        row++;
    example_rows(&text, component->params, row && row->name ? row : NULL, file);
    return gd_text_take(&text);
}

/* A model with all heads, whose outputs are not next to nothing. Its backbone sees the time. */
static struct gd_model *write_model(const char *path)
{
    struct gd_painn_params shape = {.features = 8, .blocks = 2, .radial = 8, .cutoff = 5, .time = GD_TIME_IN_BACKBONE};
    struct gd_stream stream = gd_stream_make(3, 0, 0, 0);
    struct gd_error error = {0};
    struct gd_process process;
    struct gd_model *model;
    for (int k = 0; gd_heads[k]; k++)
        shape.heads |= UINT64_C(1) << k;
    ck_assert_int_eq(gd_process_make(&process, &gd_noise_ve, &(struct gd_ve_params){GD_LINEAR, 0.01, 1}, &error),
                     GD_OK);
    ck_assert_int_eq(gd_model_new(&model, &gd_network_painn, &shape, &process, &stream, &error), GD_OK);
    for (size_t k = 0; k < model->parameter_count; k++)
        model->parameters[k] *= 1.2f;
    model->seen.known = false; /* one that says it was never trained is refused */
    ck_assert_int_eq(gd_model_write(model, path, &error), GD_OK);
    return model;
}

static void write_tables(const char *path)
{
    struct gd_text text = {0};
    eam_setfl(&text, EAM_KINDS, true);
    FILE *file = fopen(path, "w");
    ck_assert(file && fwrite(text.data, text.length, 1, file) == 1 && fclose(file) == 0);
    free(text.data);
}

/* The first of the files that the potential can be made with. */
static const char *file_for(const struct gd_registry *registry, const struct gd_component *component,
                            const char *const *files)
{
    for (; *files; files++) {
        struct gd_potential *potential = NULL;
        struct gd_error error = {0};
        struct gd_tree tree = {0};
        char *text = example_of(component, *files);
        const void *params = parse(registry, component, text, &tree);
        ((const struct gd_potential_class *)component)->create(params, &potential, &error);
        gd_tree_clear(&tree);
        free(text);
        if (potential) {
            gd_potential_free(potential);
            return *files;
        }
    }
    ck_abort_msg("%s: no file for it", component->name);
}

/* Whether it can be tried here; says why not. What another program gives is tried where that runs (tests/run). */
static bool is_here(const struct gd_registry *registry, const struct gd_component *component, const char *text)
{
    const struct gd_potential_class *class = (const struct gd_potential_class *)component;
    struct gd_potential *potential = NULL;
    struct gd_error error = {0};
    struct gd_tree tree = {0};
    if (class->slow)
        printf("%s: not tried here, it is another program's\n", component->name);
    if (class->slow || !class->external)
        return !class->slow;
    const bool here = class->create(parse(registry, component, text, &tree), &potential, &error) != GD_FAILED;
    if (!here)
        printf("%s %s: not tried here: %s\n", component->name, text, error.text);
    gd_potential_free(potential);
    gd_tree_clear(&tree);
    return here;
}

static void try_potential(const struct gd_registry *registry, const struct gd_component *component, const char *text)
{
    const struct gd_potential_class *class = (const struct gd_potential_class *)component;
    struct gd_error error = {0};
    struct gd_tree tree = {0};
    struct subject subject = {.name = component->name, .parameters = text, .stream = gd_stream_make(11, 0, 0, 0)};
    const void *params = parse(registry, component, text, &tree);
    ck_assert_msg(class->create(params, &subject.potential, &error) == GD_OK, "%s: %s", component->name, error.text);
    subject.rounding = class->learned ? 1e-6 : 1e-9;
    find_species(&subject);
    find_distance(&subject);
    for (int periodic = 0; periodic <= 3; periodic++)
        try_world(&subject, periodic);
    gd_potential_free(subject.potential);
    gd_tree_clear(&tree);
}

bool physics_check_potential(const struct gd_registry *registry, const char *name, const char *text)
{
    const struct gd_component *const *component = gd_registry_components(registry, "potential");
    while (*component && strcmp((*component)->name, name) != 0)
        component++;
    ck_assert(*component);
    const bool here = is_here(registry, *component, text);
    if (here)
        try_potential(registry, *component, text);
    return here;
}

int physics_check_potentials(const struct gd_registry *registry)
{
    const struct gd_component *const *component = gd_registry_components(registry, "potential");
    const struct scratch scratch = scratch_make();
    char model[512], tables[512];
    const char *const files[] = {scratch_name(&scratch, "model.h5", model),
                                 scratch_name(&scratch, "tables.eam.fs", tables), NULL};
    int tried = 0;
    gd_model_free(write_model(model));
    write_tables(tables);
    for (; *component; component++, tried++) {
        if (((const struct gd_potential_class *)*component)->external) {
            char *alone = example_of(*component, NULL);
            if (is_here(registry, *component, alone))
                try_potential(registry, *component, alone);
            free(alone);
            continue;
        }
        char *example = example_of(*component, file_for(registry, *component, files));
        if (strcmp(example, "{}") != 0)
            try_potential(registry, *component, example);
        if (!strcmp(example, "{}") || example_complete((*component)->params))
            try_potential(registry, *component, "{}");
        free(example);
    }
    scratch_remove(&scratch);
    return tried;
}

void physics_check_model(const struct gd_registry *registry)
{
    const struct scratch scratch = scratch_make();
    char path[512], text[600];
    struct gd_model *model = write_model(scratch_name(&scratch, "model.h5", path));
    const struct gd_component *component = gd_registry_component(registry, "potential", "model");
    struct gd_potential *potential = NULL;
    struct gd_network *network;
    struct gd_error error = {0};
    struct gd_tree tree = {0};
    struct world world = {.structure = {.count = 3}, .positions = {{0, 0, 0}, {2.4, 0.3, 0}, {0.2, 2.6, 1}}};
    for (int k = 0; k < 3; k++)
        world.species[k] = 78;
    snprintf(text, sizeof text, "{file: %s}", path);
    const void *params = parse(registry, component, text, &tree);
    ck_assert_int_eq(((const struct gd_potential_class *)component)->create(params, &potential, &error), GD_OK);
    const struct subject subject = {.potential = potential};
    ck_assert_int_eq(try_to_evaluate(&subject, &world, &error), GD_OK);
    const double no_noise = 0;
    const size_t fixed = 0;
    float energy, forces[3][3];
    ck_assert_int_eq(gd_network_new(&network, model, "cpu", 1, &error), GD_OK);
    ck_assert_int_eq(gd_network_structures(network, &world.structure, &fixed, 1, &error), GD_OK);
    ck_assert_int_eq(gd_network_forward(network, &gd_head_energy, &no_noise, false, &energy, &error), GD_OK);
    ck_assert_int_eq(gd_network_forward(network, &gd_head_force, &no_noise, false, forces[0], &error), GD_OK);
    ck_assert_double_eq_tol(world.energy, (double)energy, 1e-6 * fabs((double)energy));
    for (int c = 0; c < 9; c++)
        ck_assert_double_eq_tol(world.forces[c / 3][c % 3], (double)forces[c / 3][c % 3], 1e-6);
    gd_network_free(network);
    gd_potential_free(potential);
    gd_tree_clear(&tree);
    gd_model_free(model);
    scratch_remove(&scratch);
}

/* One way from `from` to `to` in n points, with structures of these energies. */
static void follow(const struct gd_curve_class *curve, const void *params, struct gd_curve_point at)
{
    double low = fmin(at.from, at.to), high = fmax(at.from, at.to);
    for (at.k = 0; at.k < at.n; at.k++) {
        struct gd_error error = {0};
        double value = NAN;
        ck_assert_msg(curve->value(params, &at, &value, &error) == GD_OK, "%s: %s", curve->base.name, error.text);
        ck_assert_msg(value >= low && value <= high, "%s: %g at %d of %d is not between %g and %g", curve->base.name,
                      value, (int)at.k, (int)at.n, low, high);
        ck_assert_msg(at.k || at.count || value == at.from, "%s begins at %g, not %g", curve->base.name, value,
                      at.from);
        ck_assert_msg(!at.k || !curve->falling || value <= at.previous, "%s rises", curve->base.name);
        at.previous = value;
    }
}

int physics_check_curves(const struct gd_registry *registry)
{
    static const double energies[] = {0, 0.1, 0.15, 0.7, 1.9, 2, 5, INFINITY};
    const struct gd_component *const *component = gd_registry_components(registry, "curve");
    int tried = 0;
    for (; *component; component++, tried++) {
        const struct gd_curve_class *curve = (const struct gd_curve_class *)*component;
        struct gd_tree tree = {0};
        char *example = example_of(*component, NULL);
        const void *params = parse(registry, *component, example, &tree);
        for (int64_t n = 1; n < 20; n++)
            for (size_t count = 0; count <= sizeof energies / sizeof *energies; count += 4) {
                follow(curve, params, (struct gd_curve_point){5, 0.02, 0, n, NAN, energies, count});
                if (!curve->falling)
                    follow(curve, params, (struct gd_curve_point){0.02, 5, 0, n, NAN, energies, count});
            }
        gd_tree_clear(&tree);
        free(example);
    }
    return tried;
}
