/* Few moving atoms are compared with all atoms directly; many are found by the cell lists of atoms/neighbours. */
#include "model/pairs.h"

#include <math.h>
#include <stdlib.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"

#define DIRECT_MOST  20000 /* comparisons of two atoms */
#define DIRECT_REACH 4     /* lattice planes within the cutoff */
#define DIRECT_FAR   1e5   /* lattice planes between an atom and the origin */

struct search {
    struct gd_pairs *pairs;
    const struct gd_basis *basis;
    const double (*positions)[3];
    size_t atoms, from;
    double cutoff;
    double reach[3]; /* of the cutoff, in lattice planes; 0 along directions that are not periodic */
    struct gd_error *error;
};

static enum gd_status append(const struct search *search, size_t a, size_t b, const double vector[3])
{
    struct gd_pairs *pairs = search->pairs;
    if (!gd_grow(&pairs->items, &pairs->capacity, pairs->count + 1, sizeof *pairs->items))
        return gd_no_memory(search->error, "pairs of atoms");
    double distance = gd_length(vector), inverse = distance > 0 ? 1 / distance : 0;
    pairs->items[pairs->count++] = (struct gd_pair){
        .a = (int)a,
        .b = (int)b,
        .distance = (float)distance,
        .unit = {(float)(vector[0] * inverse), (float)(vector[1] * inverse), (float)(vector[2] * inverse)},
    };
    return GD_OK;
}

/* The translations of the reduced lattice that may bring a difference within the cutoff: |coordinate + translation| is
 * at most the reach. */
static void translations(const struct search *search, const double difference[3], double low[3], double high[3])
{
    const struct gd_basis *basis = search->basis;
    for (int k = 0; k < 3; k++) {
        low[k] = high[k] = 0;
        if (!basis->periodic[k])
            continue;
        double at = 0;
        for (int axis = 0; axis < 3; axis++)
            at += difference[axis] * basis->reduced_inverse[axis][k];
        low[k] = ceil(-search->reach[k] - at);
        high[k] = floor(search->reach[k] - at);
    }
}

/* True for one of two opposite translations, false for the other and for none. */
static bool is_upper(double i, double j, double k)
{
    return i > 0 || (i == 0 && (j > 0 || (j == 0 && k > 0)));
}

/* All images of one pair of atoms; of an atom with itself one of two opposite ones. */
static enum gd_status find_images(const struct search *search, size_t a, size_t b)
{
    const double(*lattice)[3] = search->basis->reduced, square = search->cutoff * search->cutoff;
    double difference[3], low[3], high[3];
    for (int axis = 0; axis < 3; axis++)
        difference[axis] = search->positions[b][axis] - search->positions[a][axis];
    translations(search, difference, low, high);
    enum gd_status status = GD_OK;
    for (double i = low[0]; i <= high[0] && !status; i++)
        for (double j = low[1]; j <= high[1] && !status; j++)
            for (double k = low[2]; k <= high[2] && !status; k++) {
                double image[3];
                for (int axis = 0; axis < 3; axis++)
                    image[axis] = difference[axis] + i * lattice[0][axis] + j * lattice[1][axis] + k * lattice[2][axis];
                if (gd_dot(image, image) < square && (a != b || is_upper(i, j, k)))
                    status = append(search, a, b, image);
            }
    return status;
}

static enum gd_status find_directly(const struct search *search)
{
    enum gd_status status = GD_OK;
    for (size_t a = search->from; a < search->atoms; a++)
        for (size_t b = 0; b <= a && !status; b++)
            status = find_images(search, a, b);
    return status;
}

static enum gd_status find_by_lists(const struct search *search)
{
    struct gd_neighbours *found = &search->pairs->neighbours;
    enum gd_status status = gd_neighbours_find_among(found, search->basis, search->atoms, search->from,
                                                     search->positions, search->cutoff, search->error);
    for (size_t a = 0; a < search->atoms && !status; a++)
        for (size_t e = found->first[a]; e < found->first[a + 1] && !status; e++) {
            const int *image = found->image[e];
            size_t b = (size_t)found->neighbour[e];
            if (a < search->from || b < a || (b == a && is_upper(image[0], image[1], image[2])))
                status = append(search, a, b, found->vector[e]);
        }
    return status;
}

/* A direct search pays, and its translations are few and small numbers. Whatever is beyond reason goes to the lists,
 * which refuse it. */
static bool is_direct(const struct search *search)
{
    double farthest = 0;
    for (size_t a = 0; a < search->atoms; a++)
        for (int axis = 0; axis < 3; axis++)
            farthest = fmax(farthest, fabs(search->positions[a][axis]));
    for (int k = 0; k < 3; k++)
        if (search->basis->periodic[k] &&
            (search->reach[k] > DIRECT_REACH || farthest > DIRECT_FAR * search->basis->height[k]))
            return false;
    return (search->atoms - search->from) * search->atoms <= DIRECT_MOST;
}

enum gd_status gd_pairs_find(struct gd_pairs *pairs, const struct gd_basis *basis, size_t atoms, size_t from,
                             const double (*positions)[3], double cutoff, struct gd_error *error)
{
    struct search search = {.pairs = pairs,
                            .basis = basis,
                            .positions = positions,
                            .atoms = atoms,
                            .from = from,
                            .cutoff = cutoff,
                            .error = error};
    if (cutoff == 0)
        return GD_OK;
    for (int k = 0; k < 3; k++)
        search.reach[k] = basis->periodic[k] ? cutoff / basis->height[k] : 0;
    return is_direct(&search) ? find_directly(&search) : find_by_lists(&search);
}

void gd_pairs_clear(struct gd_pairs *pairs)
{
    if (!pairs)
        return;
    free(pairs->items);
    gd_neighbours_clear(&pairs->neighbours);
    *pairs = (struct gd_pairs){0};
}
