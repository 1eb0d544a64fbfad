/* Crossover `permutation`: the places of the first parent; which element is where comes on one side of a plane from the
 * second. For alloys.
 *
 * Places correspond that have the same rank in the distance from the centre, so that shells correspond to shells
 * however the parents are turned. Where there are then too many atoms of an element, some of them on that side, chosen
 * at random, become ones of which there are too few. */
#include <math.h>

#include "atoms/vector.h"
#include "stages/crossover.h"

/* How many atoms are nearer to the centre; of equals the first is. */
static size_t rank_of(const double *distances, size_t count, size_t i)
{
    size_t nearer = 0;
    for (size_t j = 0; j < count; j++)
        nearer += distances[j] < distances[i] || (distances[j] == distances[i] && j < i);
    return nearer;
}

static int species_of_rank(const struct gd_crossing *crossing, size_t rank)
{
    size_t j = 0;
    while (rank_of(crossing->heights[1], crossing->count, j) != rank)
        j++;
    return crossing->species[j];
}

/* The side that the second parent decides about: marks it as taken. */
static void set_wanted(struct gd_crossing *crossing)
{
    double normal[3];
    gd_crossing_normal(crossing, normal);
    for (int parent = 0; parent < 2; parent++)
        for (size_t i = 0; i < crossing->count; i++)
            crossing->heights[parent][i] = gd_length(crossing->places[parent][i]);
    for (size_t i = 0; i < crossing->count; i++) {
        crossing->taken[i] = gd_dot(crossing->places[0][i], normal) > 0;
        crossing->wanted[i] = crossing->taken[i]
                                  ? species_of_rank(crossing, rank_of(crossing->heights[0], crossing->count, i))
                                  : crossing->species[i];
    }
}

/* How many more atoms of an element are wanted than there are. */
static long surplus_of(const struct gd_crossing *crossing, int species)
{
    long surplus = 0;
    for (size_t i = 0; i < crossing->count; i++)
        surplus += (crossing->wanted[i] == species) - (crossing->species[i] == species);
    return surplus;
}

/* An element of which too many (sign 1) or too few (-1) atoms are wanted; 0: none. */
static int unbalanced(const struct gd_crossing *crossing, long sign)
{
    for (size_t i = 0; i < crossing->count; i++)
        if (sign * surplus_of(crossing, crossing->species[i]) > 0)
            return crossing->species[i];
    return 0;
}

/* Atoms on the second parent's side are enough for that: those on the other side are what they were. */
static void balance(struct gd_crossing *crossing)
{
    int many;
    while ((many = unbalanced(crossing, 1)) != 0) {
        size_t candidates = 0, chosen = 0;
        for (size_t i = 0; i < crossing->count; i++)
            if (crossing->taken[i] && crossing->wanted[i] == many &&
                gd_stream_below(crossing->stream, ++candidates) == 0)
                chosen = i;
        crossing->wanted[chosen] = unbalanced(crossing, -1);
    }
}

/* The atoms of each element go to the places where it is wanted, in order. False when that moves none to a place of
 * another element. */
static bool place_atoms(struct gd_crossing *crossing)
{
    bool changed = false;
    for (size_t i = 0; i < crossing->count; i++)
        crossing->taken[i] = false;
    for (size_t i = 0; i < crossing->count; i++) {
        size_t site = 0;
        while (crossing->taken[site] || crossing->wanted[site] != crossing->species[i])
            site++;
        crossing->taken[site] = true;
        changed = changed || crossing->species[site] != crossing->species[i];
        for (int axis = 0; axis < 3; axis++)
            crossing->child[i][axis] = crossing->centres[0][axis] + crossing->places[0][site][axis];
    }
    return changed;
}

static bool cross(const void *params, struct gd_crossing *crossing)
{
    (void)params;
    set_wanted(crossing);
    balance(crossing);
    return place_atoms(crossing);
}

const struct gd_crossover_class gd_crossover_permutation = {
    .base = {.name = "permutation",
             .summary = "The places of one parent, the elements on one side of a plane as in the other."},
    .cross = cross,
};
