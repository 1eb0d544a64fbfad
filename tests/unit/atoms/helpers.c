#include "helpers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/build.h"
#include "atoms/vector.h"

struct gd_stream test_stream(uint32_t sample)
{
    return gd_stream_make(20251011, 0, 0, sample);
}

double test_uniform(struct gd_stream *stream, double low, double high)
{
    return low + (high - low) * gd_stream_uniform(stream);
}

struct gd_cell test_cell(struct gd_stream *stream, double size, int periodic)
{
    struct gd_cell cell = {0};
    for (int i = 0; i < 3; i++) {
        for (int axis = 0; axis < 3; axis++)
            cell.vectors[i][axis] = test_uniform(stream, -0.4, 0.4) * size + (i == axis ? size : 0);
        cell.periodic[i] = periodic >> i & 1;
    }
    return cell;
}

const char *test_info(const struct gd_frame *frame, const char *key)
{
    for (size_t k = 0; k < frame->info_count; k++)
        if (frame->info[k].key && strcmp(frame->info[k].key, key) == 0)
            return frame->info[k].value;
    return NULL;
}

/* All templates, potentials and regions. */
static struct gd_registry *make_registry(void)
{
    struct gd_error error = {0};
    struct gd_registry *registry = gd_registry_new();
    ck_assert_ok(gd_registry_add_kind(registry, &gd_kind_template, &error), error);
    ck_assert_ok(gd_registry_add_kind(registry, &gd_kind_potential, &error), error);
    ck_assert_ok(gd_registry_add_kind(registry, &gd_kind_region, &error), error);
    for (size_t k = 0; gd_regions[k]; k++)
        ck_assert_ok(gd_registry_add_component(registry, "region", &gd_regions[k]->base, &error), error);
    for (size_t k = 0; gd_templates[k]; k++)
        ck_assert_ok(gd_registry_add_component(registry, "template", &gd_templates[k]->base, &error), error);
    for (size_t k = 0; gd_potentials[k]; k++)
        ck_assert_ok(gd_registry_add_component(registry, "potential", &gd_potentials[k]->base, &error), error);
    return registry;
}

/* Parses one component; what `choice` refers to lives in `tree`. */
static enum gd_status parse(const char *kind, const char *yaml, struct gd_choice *choice, struct gd_tree *tree,
                            struct gd_error *error)
{
    struct gd_problems problems = {0};
    struct gd_registry *registry = make_registry();
    enum gd_status status = gd_tree_parse_yaml(tree, "test.yaml", yaml, strlen(yaml), &problems);
    if (!status)
        status = gd_component_parse(kind, registry, tree->root, choice, &tree->arena, &problems);
    if (status)
        gd_fail(error, status, "%s", problems.count ? problems.items[0].text : "?");
    gd_problems_clear(&problems);
    gd_registry_free(registry);
    return status;
}

enum gd_status test_build(const char *yaml, struct gd_structure *structure, struct gd_error *error)
{
    struct gd_tree tree = {0};
    struct gd_choice choice = {0};
    enum gd_status status = parse("template", yaml, &choice, &tree, error);
    if (!status)
        status = ((const struct gd_template_class *)choice.component)->build(choice.params, structure, error);
    gd_tree_clear(&tree);
    return status;
}

enum gd_status test_region(const char *yaml, const struct gd_structure *template_, struct gd_region *region,
                           double room[3], struct gd_error *error)
{
    struct gd_tree tree = {0};
    struct gd_choice choice = {0};
    enum gd_status status = parse("region", yaml, &choice, &tree, error);
    if (!status)
        status = gd_region_make(region, &choice, template_, room, error);
    gd_tree_clear(&tree);
    return status;
}

struct gd_potential *test_potential_try(const char *yaml, struct gd_error *error)
{
    struct gd_tree tree = {0};
    struct gd_choice choice = {0};
    struct gd_potential *potential = NULL;
    if (parse("potential", yaml, &choice, &tree, error) == GD_OK)
        gd_potential_make(&choice, &potential, error);
    gd_tree_clear(&tree);
    return potential;
}

struct gd_potential *test_potential(const char *yaml)
{
    struct gd_error error = {0};
    struct gd_potential *potential = test_potential_try(yaml, &error);
    ck_assert_msg(potential != NULL, "%s: %s", yaml, error.text);
    return potential;
}

static double evaluate(const struct gd_potential *potential, const struct gd_structure *structure, double (*forces)[3])
{
    struct gd_error error = {0};
    double energy;
    ck_assert_ok(potential->type->evaluate(potential, structure, &energy, forces, &error), error);
    return energy;
}

double test_relax(const struct gd_potential *potential, struct gd_structure *structure, size_t first, double most)
{
    size_t numbers = 3 * (structure->count - first);
    double *velocity = calloc(numbers, sizeof *velocity), dt = 0.02, mixing = 0.1, energy = 0, largest = INFINITY;
    double(*forces)[3] = calloc(structure->count, sizeof *forces), *force = forces[first];
    double *position = structure->positions[first];
    int downhill = 0, steps = 0;
    for (; largest > most; steps++) {
        ck_assert_int_lt(steps, 20000);
        energy = evaluate(potential, structure, forces);
        double power = 0, speed = 0, strength = 0;
        largest = 0;
        for (size_t k = 0; k < numbers; k++) {
            power += force[k] * velocity[k];
            speed += velocity[k] * velocity[k];
            strength += force[k] * force[k];
            largest = fmax(largest, fabs(force[k]));
        }
        downhill = power > 0 ? downhill + 1 : 0;
        if (downhill > 5) {
            dt = fmin(1.1 * dt, 0.2);
            mixing *= 0.99;
        } else if (!downhill) {
            dt = fmax(0.5 * dt, 1e-3);
            mixing = 0.1;
        }
        double along = downhill && strength > 0 ? mixing * sqrt(speed / strength) : 0, step = 0;
        for (size_t k = 0; k < numbers; k++) {
            velocity[k] = (downhill ? (1 - mixing) * velocity[k] : 0) + (along + dt) * force[k];
            step = fmax(step, fabs(dt * velocity[k]));
        }
        for (size_t k = 0; k < numbers && largest > most; k++)
            position[k] += dt * velocity[k] * fmin(1, 0.1 / step);
    }
    free(velocity);
    free(forces);
    return energy;
}

void test_forces(const struct gd_potential *potential, const struct gd_structure *structure, double tolerance)
{
    const double step = 1e-4;
    double(*forces)[3] = calloc(structure->count, sizeof *forces);
    double(*unused)[3] = calloc(structure->count, sizeof *unused);
    evaluate(potential, structure, forces);
    for (size_t i = 0; i < structure->count; i++)
        for (int axis = 0; axis < 3; axis++) {
            double *at = &structure->positions[i][axis], start = *at, energies[4];
            for (int k = 0; k < 4; k++) {
                *at = start + step * (double[]){-2, -1, 1, 2}[k];
                energies[k] = evaluate(potential, structure, unused);
            }
            *at = start;
            double slope = (energies[0] - 8 * energies[1] + 8 * energies[2] - energies[3]) / (12 * step);
            ck_assert_double_eq_tol(forces[i][axis], -slope, tolerance);
        }
    free(forces);
    free(unused);
}
