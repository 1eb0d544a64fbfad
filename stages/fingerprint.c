#include "stages/fingerprint.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/sort.h"

enum { NEAREST = 6, SPECIES = 128 };

/* A distance between atoms of two elements. */
struct distance {
    int pair;
    double r;
};

/* What fingerprints of a system are made of, and room to make one. */
struct recipe {
    const struct gd_system *system;
    struct distance *distances; /* [length] */
    double *to_template;        /* [fixed] */
    size_t of_species[SPECIES]; /* template atoms of each element */
};

static int by_pair_then_length(const void *a, const void *b)
{
    const struct distance *one = a, *other = b;
    if (one->pair != other->pair)
        return one->pair < other->pair ? -1 : 1;
    return (one->r > other->r) - (one->r < other->r);
}

static double between(const struct gd_system *system, const double *a, const double *b)
{
    double difference[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
    return gd_minimum_image(&system->basis, difference);
}

/* A number for a pair of elements, whichever comes first; pairs with the template have others than pairs without. */
static int pair_of(int a, int b, bool template_)
{
    return template_ ? (a + SPECIES) * SPECIES + b : (a < b ? a * SPECIES + b : b * SPECIES + a);
}

static size_t nearest_of(size_t count)
{
    return count < NEAREST ? count : NEAREST;
}

static size_t length_of(const struct recipe *recipe)
{
    size_t mobile = gd_system_mobile(recipe->system), each = 0;
    for (int species = 0; species < SPECIES; species++)
        each += nearest_of(recipe->of_species[species]);
    return mobile * (mobile - 1) / 2 + mobile * each;
}

/* The nearest template atoms of one element to mobile atom i; returns how many. */
static size_t add_nearest(const struct recipe *recipe, const double *positions, size_t i, int species,
                          struct distance *to)
{
    const struct gd_system *system = recipe->system;
    size_t count = 0, nearest = nearest_of(recipe->of_species[species]);
    for (size_t j = 0; j < system->fixed; j++)
        if (system->structure.species[j] == species)
            recipe->to_template[count++] = between(system, positions + 3 * i, positions + 3 * j);
    gd_sort(recipe->to_template, count);
    for (size_t k = 0; k < nearest; k++)
        to[k] = (struct distance){pair_of(system->structure.species[i], species, true), recipe->to_template[k]};
    return nearest;
}

static void make_one(const struct recipe *recipe, const double *positions, size_t length, double *values)
{
    const struct gd_system *system = recipe->system;
    const int *species = system->structure.species;
    size_t n = 0;
    for (size_t i = system->fixed; i < system->structure.count; i++) {
        for (size_t j = i + 1; j < system->structure.count; j++)
            recipe->distances[n++] = (struct distance){pair_of(species[i], species[j], false),
                                                       between(system, positions + 3 * i, positions + 3 * j)};
        for (int kind = 0; kind < SPECIES; kind++)
            if (recipe->of_species[kind])
                n += add_nearest(recipe, positions, i, kind, recipe->distances + n);
    }
    qsort(recipe->distances, length, sizeof *recipe->distances, by_pair_then_length);
    for (size_t k = 0; k < length; k++)
        values[k] = recipe->distances[k].r;
}

enum gd_status gd_fingerprints_make(struct gd_fingerprints *fingerprints, const struct gd_system *system,
                                    const double *positions, size_t count, struct gd_error *error)
{
    struct recipe recipe = {.system = system};
    for (size_t j = 0; j < system->fixed; j++)
        recipe.of_species[system->structure.species[j]]++;
    const size_t length = length_of(&recipe);
    *fingerprints = (struct gd_fingerprints){count, length, gd_array(count, length * sizeof(double))};
    recipe.distances = gd_array(length, sizeof *recipe.distances);
    recipe.to_template = gd_array(system->fixed, sizeof *recipe.to_template);
    bool enough = fingerprints->values && recipe.distances && recipe.to_template;
    for (size_t k = 0; k < count && enough; k++)
        make_one(&recipe, positions + 3 * system->structure.count * k, length, fingerprints->values + length * k);
    free(recipe.distances);
    free(recipe.to_template);
    return enough ? GD_OK : gd_no_memory(error, "the fingerprints of structures");
}

void gd_fingerprints_clear(struct gd_fingerprints *fingerprints)
{
    free(fingerprints->values);
    *fingerprints = (struct gd_fingerprints){0};
}

double gd_fingerprint_distance(const struct gd_fingerprints *a, size_t i, const struct gd_fingerprints *b, size_t j)
{
    const double *x = a->values + a->length * i, *y = b->values + b->length * j;
    double sum = 0;
    for (size_t k = 0; k < a->length; k++)
        sum += (x[k] - y[k]) * (x[k] - y[k]);
    return a->length ? sqrt(sum / (double)a->length) : 0;
}
