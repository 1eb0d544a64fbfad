#include "atoms/arrange.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "engine/base/memory.h"

#define STILL_WITHIN 0.01 /* Å: what files with few digits lose, and less than any bond */
#define FREE_WITHIN  1.0  /* Å: farther than most relaxations move an atom of the template */
#define CELL_WITHIN  0.001

struct arrangement {
    const struct gd_system *system;
    const struct gd_structure *structure;
    size_t *from; /* [system's atoms] the atom of the structure */
    bool *taken;  /* [structure's atoms] */
    struct gd_error *error;
};

static enum gd_status check_cell(const struct arrangement *arrangement)
{
    const struct gd_cell *cell = &arrangement->system->structure.cell, *other = &arrangement->structure->cell;
    for (int k = 0; k < 3; k++) {
        if (cell->periodic[k] != other->periodic[k])
            return gd_fail(arrangement->error, GD_BAD_INPUT, "cell vector %d is%s periodic, but not that of the system",
                           k + 1, other->periodic[k] ? "" : " not");
        for (int c = 0; c < 3 && cell->periodic[k]; c++)
            if (!(fabs(cell->vectors[k][c] - other->vectors[k][c]) <= CELL_WITHIN))
                return gd_fail(arrangement->error, GD_BAD_INPUT,
                               "cell vector %d is (%g, %g, %g) Å, that of the system (%g, %g, %g) Å", k + 1,
                               other->vectors[k][0], other->vectors[k][1], other->vectors[k][2], cell->vectors[k][0],
                               cell->vectors[k][1], cell->vectors[k][2]);
    }
    return GD_OK;
}

/* How many template atoms are nowhere but at their places; those behind them are free. */
static size_t still_atoms(const struct arrangement *arrangement)
{
    return arrangement->system->fixed - arrangement->system->structure.free_atoms;
}

/* Whether atom j of the structure, which is nobody's yet, is within so many Å of template atom i. */
static bool is_near(const struct arrangement *arrangement, size_t i, size_t j, double within)
{
    const struct gd_structure *own = &arrangement->system->structure, *structure = arrangement->structure;
    double difference[3];
    if (arrangement->taken[j] || structure->species[j] != own->species[i])
        return false;
    for (int c = 0; c < 3; c++)
        difference[c] = structure->positions[j][c] - own->positions[i][c];
    gd_minimum_image(&arrangement->system->basis, difference);
    return hypot(hypot(difference[0], difference[1]), difference[2]) <= within;
}

/* The first atom of the structure from j on that is near template atom i; the count of atoms: there is none. */
static size_t find_near(const struct arrangement *arrangement, size_t i, size_t j, double within)
{
    while (j < arrangement->structure->count && !is_near(arrangement, i, j, within))
        j++;
    return j;
}

static enum gd_status take_template(struct arrangement *arrangement)
{
    const struct gd_structure *own = &arrangement->system->structure;
    const size_t still = still_atoms(arrangement);
    for (size_t i = 0; i < arrangement->system->fixed; i++) {
        const double within = i < still ? STILL_WITHIN : FREE_WITHIN, *place = own->positions[i];
        const size_t count = arrangement->structure->count;
        const bool kept = i < still && is_near(arrangement, i, i, within); /* most often */
        const size_t j = kept ? i : find_near(arrangement, i, 0, within),
                     other = i < still || j == count ? count : find_near(arrangement, i, j + 1, within);
        if (j == count)
            return gd_fail(arrangement->error, GD_BAD_INPUT,
                           "no atom within %g Å of template atom %zu, %s at (%.3f, %.3f, %.3f) Å", within, i + 1,
                           gd_element_symbol(own->species[i]), place[0], place[1], place[2]);
        if (other < count)
            return gd_fail(arrangement->error, GD_BAD_INPUT,
                           "atoms %zu and %zu are both within %g Å of template atom %zu, %s at (%.3f, %.3f, %.3f) Å",
                           j + 1, other + 1, within, i + 1, gd_element_symbol(own->species[i]), place[0], place[1],
                           place[2]);
        arrangement->taken[j] = true;
        arrangement->from[i] = j;
    }
    return GD_OK;
}

static enum gd_status take_mobile(struct arrangement *arrangement)
{
    const struct gd_structure *own = &arrangement->system->structure, *structure = arrangement->structure;
    for (size_t i = arrangement->system->fixed; i < own->count; i++) {
        size_t j = 0;
        while (j < structure->count && (arrangement->taken[j] || structure->species[j] != own->species[i]))
            j++;
        if (j == structure->count)
            return gd_fail(arrangement->error, GD_BAD_INPUT, "it has too few mobile atoms of %s",
                           gd_element_symbol(own->species[i]));
        if (!gd_system_contains(arrangement->system, structure->positions[j]))
            return gd_fail(arrangement->error, GD_BAD_INPUT,
                           "atom %zu, %s at (%.3f, %.3f, %.3f) Å, is out of the window or region of the mobile atoms",
                           j + 1, gd_element_symbol(own->species[i]), structure->positions[j][0],
                           structure->positions[j][1], structure->positions[j][2]);
        arrangement->taken[j] = true;
        arrangement->from[i] = j;
    }
    return GD_OK;
}

static enum gd_status append(const struct arrangement *arrangement, struct gd_set *set)
{
    const struct gd_structure *own = &arrangement->system->structure, *structure = arrangement->structure;
    const size_t bytes = 3 * sizeof(double), k = set->count;
    double(*positions)[3] = gd_array(own->count, sizeof *positions);
    if (!positions)
        return gd_no_memory(arrangement->error, "a structure");
    for (size_t i = 0; i < own->count; i++)
        memcpy(positions[i],
               i < still_atoms(arrangement) ? own->positions[i] : structure->positions[arrangement->from[i]], bytes);
    enum gd_status status = gd_set_push(set, *positions, arrangement->error);
    free(positions);
    if (status)
        return status;
    set->energies[k] = structure->energy;
    for (size_t i = 0; i < own->count && structure->forces; i++)
        memcpy(set->forces + 3 * (k * own->count + i), structure->forces[arrangement->from[i]], bytes);
    return GD_OK;
}

/* Finds the atoms by where they are. */
static enum gd_status find_by_place(struct arrangement *arrangement)
{
    enum gd_status status = take_template(arrangement);
    return status ? status : take_mobile(arrangement);
}

/* Whether the atoms are in the order of the system, free ones of the template wherever they have moved; then they are
 * found. */
static bool find_by_order(struct arrangement *arrangement)
{
    const struct gd_system *system = arrangement->system;
    const struct gd_structure *own = &system->structure, *structure = arrangement->structure;
    bool same = true;
    memset(arrangement->taken, 0, own->count * sizeof *arrangement->taken);
    for (size_t i = 0; i < own->count && same; i++) {
        arrangement->from[i] = i;
        same = own->species[i] == structure->species[i];
        if (same && i < still_atoms(arrangement))
            same = is_near(arrangement, i, i, STILL_WITHIN);
        else if (same && i >= system->fixed)
            same = gd_system_contains(system, structure->positions[i]);
    }
    return same;
}

static enum gd_status find_atoms(struct arrangement *arrangement, struct gd_error *error)
{
    struct gd_error why = {0};
    arrangement->error = &why;
    enum gd_status status = find_by_place(arrangement);
    arrangement->error = error;
    if (status == GD_BAD_INPUT && arrangement->system->structure.free_atoms && find_by_order(arrangement))
        return GD_OK;
    return status ? gd_fail(error, status, "%s", why.text) : GD_OK;
}

enum gd_status gd_system_arrange(const struct gd_system *system, const struct gd_structure *structure,
                                 struct gd_set *set, struct gd_error *error)
{
    const size_t atoms = system->structure.count;
    if (structure->count != atoms)
        return gd_fail(error, GD_BAD_INPUT, "it has %zu atoms, the system %zu", structure->count, atoms);
    struct arrangement arrangement = {system, structure, gd_array(atoms, sizeof *arrangement.from),
                                      gd_array(atoms, sizeof *arrangement.taken), error};
    enum gd_status status =
        arrangement.from && arrangement.taken ? check_cell(&arrangement) : gd_no_memory(error, "a structure");
    if (!status)
        status = find_atoms(&arrangement, error);
    if (!status)
        status = append(&arrangement, set);
    free(arrangement.taken);
    free(arrangement.from);
    return status;
}
