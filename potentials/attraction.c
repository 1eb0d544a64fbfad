#include "potentials/attraction.h"

#include <math.h>
#include <stdio.h>

struct gd_bond gd_potential_bond(const struct gd_potential *potential, int first, int second)
{
    const double nearest = 0.3, farthest = 50, ratio = 1.025;
    const struct gd_potential_class *type = potential->type;
    int species[2] = {first, second};
    double positions[2][3] = {{0}}, forces[2][3], energy, apart = NAN, lowest = INFINITY, force = 0;
    const struct gd_structure pair = {.count = 2, .species = species, .positions = positions};
    struct gd_error error = {0};
    if (type->slow || type->external || type->learned || type->absolute || gd_potential_lacks_forces(potential) ||
        gd_potential_supports(potential, &pair, &error) != GD_OK)
        return (struct gd_bond){NAN, NAN};
    for (double distance = farthest; distance > nearest; distance /= ratio) {
        positions[1][0] = distance;
        const enum gd_status status = gd_potential_call(potential, &pair, &energy, forces, &error);
        if (status == GD_NO_MEMORY)
            return (struct gd_bond){NAN, NAN};
        if (status || !isfinite(forces[0][0]))
            continue;
        apart = isnan(apart) ? energy : apart;
        lowest = fmin(lowest, energy);
        force = fmax(force, forces[0][0]);
        if (lowest < apart && energy - apart > apart - lowest)
            break; /* far within the repulsion, where tables may end */
    }
    return force > 0 ? (struct gd_bond){apart - lowest, force} : (struct gd_bond){NAN, NAN};
}

struct gd_bond gd_potential_strongest_bond(const struct gd_potential *potential, const struct gd_structure *structure,
                                           size_t fixed)
{
    enum { SPECIES = 119 };
    bool seen[SPECIES][SPECIES] = {{false}};
    struct gd_bond most = {NAN, NAN};
    for (size_t i = fixed; i < structure->count; i++)
        for (size_t j = 0; j < structure->count; j++) {
            const int first = structure->species[i], second = structure->species[j];
            if (i == j || seen[first][second])
                continue;
            seen[first][second] = seen[second][first] = true;
            const struct gd_bond bond = gd_potential_bond(potential, first, second);
            most = (struct gd_bond){fmax(most.energy, bond.energy), fmax(most.force, bond.force)};
        }
    return most;
}

bool gd_potential_doubt_fmax(const struct gd_potential *potential, const struct gd_structure *structure, size_t fixed,
                             double most, char *text, size_t size)
{
    enum { SMALL = 5 }; /* times smaller than the attraction is small enough */
    const double attraction = gd_potential_strongest_bond(potential, structure, fixed).force;
    if (!(most > attraction / SMALL))
        return false;
    snprintf(text, size,
             "two of these atoms draw each other by at most %.2g eV/Å, so that structures count as relaxed at %g eV/Å "
             "that are no minima: choose about %.0e",
             attraction, most, attraction / 100);
    return true;
}
