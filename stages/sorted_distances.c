#include "stages/sorted_distances.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/sort.h"

enum { NEAREST = 6, SPECIES = 128 };

/* A distance between atoms of two elements. */
struct distance {
    int pair;
    double r;
};

/* The distances of one structure, and room to find them. */
struct search {
    const struct gd_system *system;
    const double *positions;
    struct distance *distances;
    size_t count;
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

static double between(const struct search *search, size_t i, size_t j)
{
    const double *a = search->positions + 3 * i, *b = search->positions + 3 * j;
    double difference[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
    return gd_minimum_image(&search->system->basis, difference);
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

static void count_template(const struct gd_system *system, size_t of_species[SPECIES])
{
    for (size_t j = 0; j < system->fixed; j++)
        of_species[system->structure.species[j]]++;
}

size_t gd_sorted_distances_count(const struct gd_system *system, bool anchored)
{
    size_t mobile = gd_system_mobile(system), each = 0, of_species[SPECIES] = {0};
    if (anchored)
        count_template(system, of_species);
    for (int species = 0; species < SPECIES; species++)
        each += nearest_of(of_species[species]);
    return mobile * (mobile - 1) / 2 + mobile * each;
}

/* Those of mobile atom i to the nearest template atoms of one element. */
static void add_nearest(struct search *search, size_t i, int species)
{
    const int *of = search->system->structure.species;
    size_t count = 0, nearest = nearest_of(search->of_species[species]);
    for (size_t j = 0; j < search->system->fixed; j++)
        if (of[j] == species)
            search->to_template[count++] = between(search, i, j);
    gd_sort(search->to_template, count);
    for (size_t k = 0; k < nearest; k++)
        search->distances[search->count++] = (struct distance){pair_of(of[i], species, true), search->to_template[k]};
}

static void add_all(struct search *search)
{
    const struct gd_structure *structure = &search->system->structure;
    const int *species = structure->species;
    for (size_t i = search->system->fixed; i < structure->count; i++) {
        for (size_t j = i + 1; j < structure->count; j++)
            search->distances[search->count++] =
                (struct distance){pair_of(species[i], species[j], false), between(search, i, j)};
        for (int kind = 0; kind < SPECIES; kind++)
            if (search->of_species[kind])
                add_nearest(search, i, kind);
    }
}

enum gd_status gd_sorted_distances(const struct gd_system *system, const double *positions, bool anchored,
                                   double *values, struct gd_error *error)
{
    struct search search = {.system = system, .positions = positions};
    if (anchored)
        count_template(system, search.of_species);
    search.distances = gd_array(gd_sorted_distances_count(system, anchored), sizeof *search.distances);
    search.to_template = gd_array(system->fixed, sizeof *search.to_template);
    enum gd_status status =
        search.distances && search.to_template ? GD_OK : gd_no_memory(error, "the distances of a structure");
    if (!status) {
        add_all(&search);
        qsort(search.distances, search.count, sizeof *search.distances, by_pair_then_length);
        for (size_t k = 0; k < search.count; k++)
            values[k] = search.distances[k].r;
    }
    free(search.distances);
    free(search.to_template);
    return status;
}
