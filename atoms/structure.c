#include "atoms/structure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

enum gd_status gd_structure_alloc(struct gd_structure *structure, size_t count, bool forces, struct gd_error *error)
{
    *structure = (struct gd_structure){.count = count, .energy = NAN};
    structure->species = gd_array(count, sizeof *structure->species);
    structure->positions = gd_array(count, sizeof *structure->positions);
    if (forces)
        structure->forces = gd_array(count, sizeof *structure->forces);
    if (structure->species && structure->positions && (structure->forces || !forces))
        return GD_OK;
    gd_structure_clear(structure);
    return gd_no_memory(error, "a structure");
}

enum gd_status gd_structure_copy(struct gd_structure *to, const struct gd_structure *from, struct gd_error *error)
{
    enum gd_status status = gd_structure_alloc(to, from->count, from->forces != NULL, error);
    if (status)
        return status;
    to->cell = from->cell;
    to->energy = from->energy;
    to->free_atoms = from->free_atoms;
    to->sampled = from->sampled;
    if (from->count) {
        memcpy(to->species, from->species, from->count * sizeof *to->species);
        memcpy(to->positions, from->positions, from->count * sizeof *to->positions);
        if (from->forces)
            memcpy(to->forces, from->forces, from->count * sizeof *to->forces);
    }
    return GD_OK;
}

void gd_structure_clear(struct gd_structure *structure)
{
    if (!structure)
        return;
    free(structure->species);
    free(structure->positions);
    free(structure->forces);
    *structure = (struct gd_structure){.energy = NAN};
}

enum gd_status gd_set_init(struct gd_set *set, const struct gd_structure *like, size_t fixed, struct gd_error *error)
{
    *set = (struct gd_set){.cell = like->cell, .atoms = like->count, .fixed = fixed, .free_atoms = like->free_atoms};
    set->species = gd_array(like->count, sizeof *set->species);
    if (!set->species) {
        gd_set_clear(set);
        return gd_no_memory(error, "a set of structures");
    }
    if (like->count)
        memcpy(set->species, like->species, like->count * sizeof *set->species);
    return GD_OK;
}

/* Grows one array of the set, whose capacity is counted in structures, to exactly `capacity` of them. */
static bool resize(void *items, size_t capacity, size_t per_structure, size_t size)
{
    size_t none = 0;
    if (per_structure && capacity > SIZE_MAX / per_structure)
        return false;
    return gd_grow(items, &none, capacity * per_structure, size);
}

enum gd_status gd_set_reserve(struct gd_set *set, size_t count, struct gd_error *error)
{
    if (count <= set->capacity)
        return GD_OK;
    size_t capacity = set->capacity + set->capacity / 2;
    if (capacity < count)
        capacity = count;
    bool done = resize(&set->positions, capacity, 3 * set->atoms, sizeof *set->positions) &&
                resize(&set->forces, capacity, 3 * set->atoms, sizeof *set->forces) &&
                resize(&set->energies, capacity, 1, sizeof *set->energies) &&
                resize(&set->serials, capacity, 1, sizeof *set->serials) &&
                resize(&set->path_weights, capacity, 1, sizeof *set->path_weights);
    if (!done)
        return gd_no_memory(error, "a set of structures");
    set->capacity = capacity;
    return GD_OK;
}

static bool same_atoms(const struct gd_set *a, const struct gd_set *b)
{
    return a->atoms == b->atoms && (!a->atoms || memcmp(a->species, b->species, a->atoms * sizeof *a->species) == 0);
}

enum gd_status gd_set_append(struct gd_set *set, const struct gd_set *from, size_t first, size_t count,
                             struct gd_error *error)
{
    if (!same_atoms(set, from))
        return gd_fail(error, GD_FAILED, "structures with %zu atoms cannot be appended to a set with %zu", from->atoms,
                       set->atoms);
    if (!count)
        return GD_OK;
    enum gd_status status =
        count > SIZE_MAX - set->count ? gd_no_memory(error, "a set") : gd_set_reserve(set, set->count + count, error);
    if (status)
        return status;
    size_t numbers = 3 * set->atoms, at = set->count;
    if (numbers) {
        memcpy(set->positions + at * numbers, from->positions + first * numbers, count * numbers * sizeof(double));
        memcpy(set->forces + at * numbers, from->forces + first * numbers, count * numbers * sizeof(double));
    }
    memcpy(set->energies + at, from->energies + first, count * sizeof *set->energies);
    memcpy(set->serials + at, from->serials + first, count * sizeof *set->serials);
    memcpy(set->path_weights + at, from->path_weights + first, count * sizeof *set->path_weights);
    set->count += count;
    return GD_OK;
}

enum gd_status gd_set_push(struct gd_set *set, const double *positions, struct gd_error *error)
{
    enum gd_status status = gd_set_reserve(set, set->count + 1, error);
    if (status)
        return status;
    size_t numbers = 3 * set->atoms, at = set->count++;
    if (numbers)
        memcpy(set->positions + at * numbers, positions, numbers * sizeof(double));
    gd_set_mark_moved(set, at);
    return GD_OK;
}

struct gd_set *gd_set_new(const struct gd_structure *like, size_t fixed, struct gd_error *error)
{
    struct gd_set *set = gd_array(1, sizeof *set);
    if (!set)
        gd_no_memory(error, "a set of structures");
    else if (gd_set_init(set, like, fixed, error) == GD_OK)
        return set;
    free(set);
    return NULL;
}

struct gd_structure gd_set_atoms(const struct gd_set *set)
{
    return (struct gd_structure){
        .cell = set->cell,
        .count = set->atoms,
        .species = set->species,
        .energy = NAN,
        .free_atoms = set->free_atoms,
    };
}

struct gd_set *gd_set_copy(const struct gd_set *from, const size_t *chosen, size_t count, struct gd_error *error)
{
    const struct gd_structure like = gd_set_atoms(from);
    struct gd_set *set = gd_set_new(&like, from->fixed, error);
    enum gd_status status = set ? gd_set_reserve(set, count, error) : GD_NO_MEMORY;
    if (!status && !chosen)
        status = gd_set_append(set, from, 0, count, error);
    for (size_t k = 0; chosen && k < count && !status; k++)
        status = gd_set_append(set, from, chosen[k], 1, error);
    if (!status)
        return set;
    gd_set_free(set);
    return NULL;
}

void gd_set_assign(struct gd_set *set, size_t to, const struct gd_set *from, size_t k)
{
    const size_t numbers = 3 * set->atoms, size = numbers * sizeof(double);
    memcpy(set->positions + to * numbers, from->positions + k * numbers, size);
    memcpy(set->forces + to * numbers, from->forces + k * numbers, size);
    set->energies[to] = from->energies[k];
    set->serials[to] = from->serials[k];
    set->path_weights[to] = from->path_weights[k];
}

void gd_set_forget_evaluation(struct gd_set *set, size_t k)
{
    size_t numbers = 3 * set->atoms;
    for (size_t c = k * numbers; c < (k + 1) * numbers; c++)
        set->forces[c] = NAN;
    set->energies[k] = NAN;
    set->serials[k] = 0;
}

void gd_set_mark_moved(struct gd_set *set, size_t k)
{
    gd_set_forget_evaluation(set, k);
    set->path_weights[k] = NAN;
}

void gd_set_forget_paths(struct gd_set *set)
{
    for (size_t k = 0; k < set->count; k++)
        set->path_weights[k] = NAN;
}

size_t gd_set_lowest(const struct gd_set *set)
{
    size_t lowest = set->count;
    for (size_t k = 0; k < set->count; k++)
        if (isfinite(set->energies[k]) && (lowest == set->count || set->energies[k] < set->energies[lowest]))
            lowest = k;
    return lowest;
}

void gd_set_clear(struct gd_set *set)
{
    if (!set)
        return;
    free(set->species);
    free(set->positions);
    free(set->forces);
    free(set->energies);
    free(set->serials);
    free(set->path_weights);
    *set = (struct gd_set){0};
}

void gd_set_free(void *set)
{
    gd_set_clear(set);
    free(set);
}

struct gd_structure gd_set_view(const struct gd_set *set, size_t k)
{
    size_t at = 3 * set->atoms * k;
    return (struct gd_structure){
        .cell = set->cell,
        .count = set->atoms,
        .species = set->species,
        .positions = (double(*)[3])(set->positions + at),
        .forces = (double(*)[3])(set->forces + at),
        .energy = set->energies[k],
        .free_atoms = set->free_atoms,
    };
}
