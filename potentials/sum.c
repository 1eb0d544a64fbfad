/* The sum of two potentials. More than two are a sum of sums. */
#include <stdlib.h>

#include "engine/base/memory.h"
#include "potentials/potential.h"

struct params {
    struct gd_choice terms[2];
};

struct sum {
    struct gd_potential base;
    struct gd_potential *terms[2];
};

static const struct gd_param rows[] = {
    {
        .name = "first",
        .type = GD_COMPONENT,
        .offset = offsetof(struct params, terms[0]),
        .kind = "potential",
        .initial = "lj",
        .help = "One potential.",
    },
    {
        .name = "second",
        .type = GD_COMPONENT,
        .offset = offsetof(struct params, terms[1]),
        .kind = "potential",
        .initial = "trap",
        .help = "The other potential.",
    },
    {0},
};

static const char *const keys[] = {"first", "second"};

extern const struct gd_potential_class gd_potential_sum;

static void destroy(struct gd_potential *potential)
{
    struct sum *sum = (struct sum *)potential;
    for (int k = 0; k < 2; k++)
        gd_potential_free(sum->terms[k]);
    free(sum);
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    struct sum *sum = gd_array(1, sizeof *sum);
    enum gd_status status = sum ? GD_OK : gd_no_memory(error, "a potential");
    for (int k = 0; !status && k < 2; k++)
        status = gd_error_set_key(gd_potential_make(&params->terms[k], &sum->terms[k], error), error, keys[k]);
    if (status) {
        if (sum)
            destroy(&sum->base);
        return status;
    }
    sum->base.type = &gd_potential_sum;
    *potential = &sum->base;
    return GD_OK;
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const struct sum *sum = (const struct sum *)potential;
    enum gd_status status = GD_OK;
    for (int k = 0; !status && k < 2; k++)
        status = gd_error_set_key(gd_potential_supports(sum->terms[k], structure, error), error, keys[k]);
    return status;
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    const struct sum *sum = (const struct sum *)potential;
    double second, (*more)[3] = gd_array(structure->count, sizeof *more);
    enum gd_status status = more ? gd_potential_call(sum->terms[0], structure, energy, forces, error)
                                 : gd_no_memory(error, "the forces of a sum");
    if (!status)
        status = gd_potential_call(sum->terms[1], structure, &second, more, error);
    for (size_t c = 0; !status && c < 3 * structure->count; c++)
        forces[c / 3][c % 3] += more[c / 3][c % 3];
    if (!status)
        *energy += second;
    free(more);
    return status;
}

static bool lacks_forces(const struct gd_potential *potential)
{
    const struct sum *sum = (const struct sum *)potential;
    return gd_potential_lacks_forces(sum->terms[0]) || gd_potential_lacks_forces(sum->terms[1]);
}

static bool warning(const struct gd_potential *potential, char *text, size_t size)
{
    const struct sum *sum = (const struct sum *)potential;
    return gd_potential_warning(sum->terms[0], text, size) || gd_potential_warning(sum->terms[1], text, size);
}

const struct gd_potential_class gd_potential_sum = {
    .base = {"sum", "The sum of two potentials.", rows, sizeof(struct params)},
    .create = create,
    .supports = supports,
    .evaluate = evaluate,
    .destroy = destroy,
    .lacks_forces = lacks_forces,
    .warning = warning,
};
