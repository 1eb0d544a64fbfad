/* Atoms are sorted into bins of about half a cutoff: a grid over the reduced cell, which along directions that are not
 * periodic covers the atoms. Every pair is found from both ends. Pairs found from i are kept as pairs (j, i): written
 * into the rows of j in the order of i, they come out sorted. */
#include "atoms/neighbours.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/vector.h"
#include "engine/base/memory.h"

#define FARTHEST    1e5  /* coordinate of an atom along a periodic direction of the reduced basis */
#define UNBOUNDED   1e99 /* and along another, Å */
#define BINS_WITHIN 1e5  /* bins that a cutoff may reach from one atom */
#define PADDING     1e-6 /* of the cutoff when bins are chosen: more than the coordinates' rounding */

struct placed {
    double at[3];       /* coordinates in the reduced basis; in [0, 1) along periodic directions */
    double position[3]; /* Å, moved like them */
    int moved[3];       /* by minus this translation of the reduced lattice */
    int bin[3];
};

/* Bin of an atom: (at - origin) * density. A cutoff reaches bins at most `reach` away, counted across borders. */
struct grid {
    int bins[3], reach[3];
    double origin[3], density[3];
};

struct found {
    int i, j;      /* of the pair (j, i) */
    int border[3]; /* borders crossed from i to j, translations of the reduced lattice */
    double vector[3];
};

struct gd_neighbours_scratch {
    struct placed *placed; /* [atoms] */
    size_t *order;         /* [atoms] numbers of the atoms, by bin */
    size_t *start;         /* [bins + 1]: bin b holds order[start[b]] .. order[start[b+1]-1] */
    struct found *found;
    size_t placed_capacity, order_capacity, start_capacity, found_capacity, found_count;
};

/* The state of one search. */
struct search {
    struct gd_neighbours_scratch *scratch;
    const struct gd_basis *basis;
    struct grid grid;
    size_t atoms;
    double cutoff;
};

/* Fills `placed` but its bins, and the range of the coordinates. */
static enum gd_status place(const struct search *search, const double (*positions)[3], double low[3], double high[3],
                            struct gd_error *error)
{
    const struct gd_basis *basis = search->basis;
    for (size_t i = 0; i < search->atoms; i++) {
        struct placed *atom = &search->scratch->placed[i];
        memcpy(atom->position, positions[i], sizeof atom->position);
        for (int d = 0; d < 3; d++) {
            double at = 0;
            for (int axis = 0; axis < 3; axis++)
                at += positions[i][axis] * basis->reduced_inverse[axis][d];
            if (!(fabs(at) < (basis->periodic[d] ? FARTHEST : UNBOUNDED)))
                return gd_fail(error, GD_BAD_INPUT, "atom %zu at (%g, %g, %g) is too far away", i + 1, positions[i][0],
                               positions[i][1], positions[i][2]);
            atom->moved[d] = basis->periodic[d] ? (int)floor(at) : 0;
            atom->at[d] = at - atom->moved[d];
            gd_add_scaled(atom->position, -atom->moved[d], basis->reduced[d]);
            low[d] = i && low[d] < atom->at[d] ? low[d] : atom->at[d];
            high[d] = i && high[d] > atom->at[d] ? high[d] : atom->at[d];
        }
    }
    return GD_OK;
}

/* Chooses the bins: as many as half a cutoff gives, but not many more than there are atoms. */
static enum gd_status choose_grid(struct search *search, const double low[3], const double high[3],
                                  struct gd_error *error)
{
    struct grid *grid = &search->grid;
    double cutoff = search->cutoff * (1 + PADDING), most = 8.0 * (double)search->atoms + 64, total = 1, within = 1;
    double extent[3], bins[3];
    for (int d = 0; d < 3; d++) {
        bool periodic = search->basis->periodic[d];
        extent[d] = periodic ? search->basis->height[d] : high[d] - low[d];
        grid->origin[d] = periodic ? 0 : low[d];
        bins[d] = fmin(fmax(floor(2 * extent[d] / cutoff), 1), most);
        total *= bins[d];
    }
    for (; total > most; total = bins[0] * bins[1] * bins[2]) {
        int largest = bins[0] >= bins[1] ? 0 : 1;
        largest = bins[largest] >= bins[2] ? largest : 2;
        bins[largest] = ceil(bins[largest] / 2);
    }
    for (int d = 0; d < 3; d++) {
        double reach = bins[d] > 1 || search->basis->periodic[d] ? ceil(cutoff * bins[d] / extent[d]) : 0;
        within *= 2 * reach + 1;
        if (!(within < BINS_WITHIN))
            return gd_fail(error, GD_BAD_INPUT, "a cutoff of %g Å includes too many periodic images of this cell",
                           search->cutoff);
        grid->bins[d] = (int)bins[d];
        grid->reach[d] = (int)reach;
        grid->density[d] = bins[d] > 1 ? bins[d] / (search->basis->periodic[d] ? 1 : extent[d]) : 0;
    }
    return GD_OK;
}

static size_t bin_number(const struct grid *grid, int x, int y, int z)
{
    return ((size_t)x * (size_t)grid->bins[1] + (size_t)y) * (size_t)grid->bins[2] + (size_t)z;
}

/* Counting sort of the atoms by bin. */
static enum gd_status fill_bins(struct search *search, struct gd_error *error)
{
    const struct grid *grid = &search->grid;
    struct gd_neighbours_scratch *scratch = search->scratch;
    size_t bins = bin_number(grid, grid->bins[0], 0, 0);
    if (!gd_grow(&scratch->start, &scratch->start_capacity, bins + 1, sizeof *scratch->start))
        return gd_no_memory(error, "a neighbour list");
    memset(scratch->start, 0, (bins + 1) * sizeof *scratch->start);
    for (size_t i = 0; i < search->atoms; i++) {
        struct placed *atom = &scratch->placed[i];
        for (int d = 0; d < 3; d++) {
            int bin = (int)((atom->at[d] - grid->origin[d]) * grid->density[d]);
            atom->bin[d] = bin < grid->bins[d] ? bin : grid->bins[d] - 1;
        }
        scratch->start[bin_number(grid, atom->bin[0], atom->bin[1], atom->bin[2])]++;
    }
    size_t end = 0;
    for (size_t b = 0; b <= bins; b++)
        scratch->start[b] = end += scratch->start[b];
    for (size_t i = search->atoms; i-- > 0;) {
        const int *bin = scratch->placed[i].bin;
        scratch->order[--scratch->start[bin_number(grid, bin[0], bin[1], bin[2])]] = i;
    }
    return GD_OK;
}

/* The pairs of atom i with those of order[first..end-1], which lie across `border`. */
static enum gd_status find_segment(struct search *search, size_t i, const int border[3], size_t first, size_t end,
                                   struct gd_error *error)
{
    struct gd_neighbours_scratch *scratch = search->scratch;
    if (!gd_grow(&scratch->found, &scratch->found_capacity, scratch->found_count + (end - first),
                 sizeof *scratch->found))
        return gd_no_memory(error, "a neighbour list");
    double translation[3] = {0}, limit = search->cutoff * search->cutoff;
    for (int d = 0; d < 3; d++)
        gd_add_scaled(translation, border[d], search->basis->reduced[d]);
    bool here = !border[0] && !border[1] && !border[2];
    const double *from = scratch->placed[i].position;
    size_t count = scratch->found_count;
    for (size_t k = first; k < end; k++) {
        size_t j = scratch->order[k];
        const double *to = scratch->placed[j].position;
        double vector[3];
        for (int axis = 0; axis < 3; axis++)
            vector[axis] = (from[axis] - to[axis]) - translation[axis];
        if (gd_dot(vector, vector) < limit && !(here && i == j))
            scratch->found[count++] =
                (struct found){(int)i, (int)j, {border[0], border[1], border[2]}, {vector[0], vector[1], vector[2]}};
    }
    scratch->found_count = count;
    return GD_OK;
}

/* Bin and border of a bin counted across borders; false when there is nothing. */
static bool locate(const struct search *search, int d, int counted, int *bin, int *border)
{
    int bins = search->grid.bins[d];
    *border = counted >= 0 ? counted / bins : -((bins - 1 - counted) / bins);
    *bin = counted - *border * bins;
    return search->basis->periodic[d] || *border == 0;
}

/* All pairs of atom i. Far borders come first, so that the translations of the reversed pairs ascend. Bins that differ
 * in the third direction alone are one segment of `order`. */
static enum gd_status find_from(struct search *search, size_t i, struct gd_error *error)
{
    const struct grid *grid = &search->grid;
    const int *home = search->scratch->placed[i].bin, *reach = grid->reach;
    int bin[3], last, border[3], low = home[2] - reach[2];
    for (int x = home[0] + reach[0]; x >= home[0] - reach[0]; x--) {
        if (!locate(search, 0, x, &bin[0], &border[0]))
            continue;
        for (int y = home[1] + reach[1]; y >= home[1] - reach[1]; y--) {
            if (!locate(search, 1, y, &bin[1], &border[1]))
                continue;
            for (int z = home[2] + reach[2], first; z >= low; z = first - 1) {
                bool there = locate(search, 2, z, &last, &border[2]);
                first = z - last > low ? z - last : low;
                if (!there)
                    continue;
                size_t end = search->scratch->start[bin_number(grid, bin[0], bin[1], last) + 1];
                size_t begin = search->scratch->start[bin_number(grid, bin[0], bin[1], last - (z - first))];
                enum gd_status status = find_segment(search, i, border, begin, end, error);
                if (status)
                    return status;
            }
        }
    }
    return GD_OK;
}

/* Writes one found pair as edge k of its row. */
static void write_edge(struct gd_neighbours *list, const struct search *search, const struct found *pair, size_t k)
{
    const struct placed *i = &search->scratch->placed[pair->i], *j = &search->scratch->placed[pair->j];
    list->neighbour[k] = pair->i;
    memcpy(list->vector[k], pair->vector, sizeof pair->vector);
    memset(list->image[k], 0, sizeof list->image[k]);
    for (int d = 0; d < 3; d++) {
        int cells = j->moved[d] - i->moved[d] - pair->border[d];
        for (int e = 0; e < 3 && cells; e++)
            list->image[k][e] += cells * search->basis->combination[d][e];
    }
}

static bool before(const struct gd_neighbours *list, size_t a, size_t b)
{
    if (list->neighbour[a] != list->neighbour[b])
        return list->neighbour[a] < list->neighbour[b];
    for (int d = 0; d < 3; d++)
        if (list->image[a][d] != list->image[b][d])
            return list->image[a][d] < list->image[b][d];
    return false;
}

static void swap(struct gd_neighbours *list, size_t a, size_t b)
{
    int image[3];
    double vector[3];
    memcpy(image, list->image[a], sizeof image);
    memcpy(vector, list->vector[a], sizeof vector);
    memcpy(list->image[a], list->image[b], sizeof image);
    memcpy(list->vector[a], list->vector[b], sizeof vector);
    memcpy(list->image[b], image, sizeof image);
    memcpy(list->vector[b], vector, sizeof vector);
}

/* Brings the images of a neighbour into order, which they are not in when the cell had to be reduced. */
static void sort_images(struct gd_neighbours *list)
{
    for (size_t i = 0; i < list->atoms; i++)
        for (size_t k = list->first[i] + 1; k < list->first[i + 1]; k++)
            for (size_t at = k; at > list->first[i] && before(list, at, at - 1); at--)
                swap(list, at, at - 1);
}

/* Makes the list from the pairs found. */
static enum gd_status write_rows(struct gd_neighbours *list, const struct search *search, struct gd_error *error)
{
    const struct gd_neighbours_scratch *scratch = search->scratch;
    size_t none[3] = {0}, edges = scratch->found_count, *next = scratch->order;
    if (edges > list->edge_capacity || !list->vector) {
        if (!gd_grow(&list->neighbour, &none[0], edges, sizeof *list->neighbour) ||
            !gd_grow(&list->image, &none[1], edges, sizeof *list->image) ||
            !gd_grow(&list->vector, &none[2], edges, sizeof *list->vector))
            return gd_no_memory(error, "a neighbour list");
        list->edge_capacity = edges;
    }
    memset(list->first, 0, (search->atoms + 1) * sizeof *list->first);
    for (size_t k = 0; k < edges; k++)
        list->first[scratch->found[k].j + 1]++;
    for (size_t j = 0; j < search->atoms; j++) {
        list->first[j + 1] += list->first[j];
        next[j] = list->first[j];
    }
    for (size_t k = 0; k < edges; k++)
        write_edge(list, search, &scratch->found[k], next[scratch->found[k].j]++);
    list->atoms = search->atoms;
    list->edges = edges;
    sort_images(list);
    return GD_OK;
}

static enum gd_status reserve(struct gd_neighbours *list, size_t atoms, struct gd_error *error)
{
    if (!list->scratch && !(list->scratch = gd_array(1, sizeof *list->scratch)))
        return gd_no_memory(error, "a neighbour list");
    struct gd_neighbours_scratch *scratch = list->scratch;
    if (!gd_grow(&list->first, &list->atom_capacity, atoms + 1, sizeof *list->first) ||
        !gd_grow(&scratch->placed, &scratch->placed_capacity, atoms, sizeof *scratch->placed) ||
        !gd_grow(&scratch->order, &scratch->order_capacity, atoms, sizeof *scratch->order))
        return gd_no_memory(error, "a neighbour list");
    return GD_OK;
}

enum gd_status gd_neighbours_find_among(struct gd_neighbours *neighbours, const struct gd_basis *basis, size_t atoms,
                                        size_t from, const double (*positions)[3], double cutoff,
                                        struct gd_error *error)
{
    double low[3] = {0}, high[3] = {0};
    neighbours->atoms = neighbours->edges = 0;
    if (atoms > INT_MAX || !(cutoff > 0 && isfinite(cutoff)))
        return gd_fail(error, GD_BAD_INPUT, "no neighbour list for %zu atoms and a cutoff of %g Å", atoms, cutoff);
    enum gd_status status = reserve(neighbours, atoms, error);
    if (status)
        return status;
    struct search search = {.scratch = neighbours->scratch, .basis = basis, .atoms = atoms, .cutoff = cutoff};
    search.scratch->found_count = 0;
    if ((status = place(&search, positions, low, high, error)) || (status = choose_grid(&search, low, high, error)) ||
        (status = fill_bins(&search, error)))
        return status;
    for (size_t i = from; i < atoms; i++)
        if ((status = find_from(&search, i, error)))
            return status;
    return write_rows(neighbours, &search, error);
}

enum gd_status gd_neighbours_find(struct gd_neighbours *neighbours, const struct gd_basis *basis, size_t atoms,
                                  const double (*positions)[3], double cutoff, struct gd_error *error)
{
    return gd_neighbours_find_among(neighbours, basis, atoms, 0, positions, cutoff, error);
}

void gd_neighbours_clear(struct gd_neighbours *neighbours)
{
    if (!neighbours)
        return;
    if (neighbours->scratch) {
        free(neighbours->scratch->placed);
        free(neighbours->scratch->order);
        free(neighbours->scratch->start);
        free(neighbours->scratch->found);
    }
    free(neighbours->scratch);
    free(neighbours->first);
    free(neighbours->neighbour);
    free(neighbours->image);
    free(neighbours->vector);
    *neighbours = (struct gd_neighbours){0};
}
