#include "potentials/potential.h"

#include <math.h>

#include "atoms/coincidence.h"
#include "atoms/elements.h"

const struct gd_kind gd_kind_potential = {
    .name = "potential",
    .summary = "energy and forces of a structure",
    .form = GD_WRAPPED,
    .callbacks =
        (const size_t[]){offsetof(struct gd_potential_class, create), offsetof(struct gd_potential_class, supports),
                         offsetof(struct gd_potential_class, evaluate), offsetof(struct gd_potential_class, destroy),
                         0},
};

enum gd_status gd_potential_make(const struct gd_choice *choice, struct gd_potential **potential,
                                 struct gd_error *error)
{
    const struct gd_potential_class *class = (const struct gd_potential_class *)choice->component;
    *potential = NULL;
    return gd_status_require_message(class->create(choice->params, potential, error), error, class->base.name);
}

enum gd_status gd_potential_supports(const struct gd_potential *potential, const struct gd_structure *structure,
                                     struct gd_error *error)
{
    return gd_status_require_message(potential->type->supports(potential, structure, error), error,
                                     potential->type->base.name);
}

enum gd_status gd_potential_supports_open(const struct gd_potential *potential, const struct gd_structure *structure,
                                          struct gd_error *error)
{
    const bool *periodic = structure->cell.periodic;
    if (!(periodic[0] || periodic[1] || periodic[2]))
        return GD_OK;
    return gd_fail(error, GD_BAD_INPUT, "%s has no meaning in a periodic cell", potential->type->base.name);
}

enum gd_status gd_potential_keep_in(struct gd_potential *potential, const char *directory, struct gd_error *error)
{
    return potential->type->keep_in && directory ? potential->type->keep_in(potential, directory, true, error) : GD_OK;
}

bool gd_potential_lacks_forces(const struct gd_potential *potential)
{
    return potential->type->lacks_forces && potential->type->lacks_forces(potential);
}

enum gd_status gd_potential_require_forces(const struct gd_potential *potential, struct gd_error *error)
{
    return gd_potential_lacks_forces(potential)
               ? gd_fail(error, GD_BAD_INPUT, "the potential has energies alone, and forces are needed here")
               : GD_OK;
}

bool gd_potential_about(const struct gd_potential *potential, char *text, size_t size)
{
    return potential->type->about && potential->type->about(potential, text, size);
}

bool gd_potential_warning(const struct gd_potential *potential, char *text, size_t size)
{
    return potential->type->warning && potential->type->warning(potential, text, size);
}

enum gd_status gd_potential_call(const struct gd_potential *potential, const struct gd_structure *structure,
                                 double *energy, double (*forces)[3], struct gd_error *error)
{
    return gd_status_require_message(potential->type->evaluate(potential, structure, energy, forces, error), error,
                                     potential->type->base.name);
}

enum gd_status gd_potential_check_finite(const struct gd_potential *potential, const struct gd_structure *structure,
                                         struct gd_error *error)
{
    const char *name = potential->type->base.name;
    const double(*forces)[3] = (const double(*)[3])structure->forces;
    for (size_t i = 0; i < structure->count && !gd_potential_lacks_forces(potential); i++)
        for (int axis = 0; axis < 3; axis++)
            if (!isfinite(forces[i][axis]))
                return gd_fail(error, GD_FAILED, "%s: the force on atom %zu (%s) is not finite", name, i + 1,
                               gd_element_symbol(structure->species[i]));
    return isfinite(structure->energy) ? GD_OK : gd_fail(error, GD_FAILED, "%s: the energy is not finite", name);
}

enum gd_status gd_potential_evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                                     double *energy, double (*forces)[3], struct gd_error *error)
{
    enum gd_status status = gd_coincidence_check(structure, error);
    *energy = NAN; /* left as it is by a potential: not known */
    for (size_t i = 0; i < structure->count; i++)
        forces[i][0] = forces[i][1] = forces[i][2] = NAN;
    if (!status)
        status = gd_potential_call(potential, structure, energy, forces, error);
    const struct gd_structure result = {
        .count = structure->count, .species = structure->species, .forces = forces, .energy = *energy};
    return status ? status : gd_potential_check_finite(potential, &result, error);
}

void gd_potential_free(void *potential)
{
    struct gd_potential *owned = potential;
    if (owned)
        owned->type->destroy(owned);
}
