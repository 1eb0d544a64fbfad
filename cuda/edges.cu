/* The edges of atoms that move. A block works on one structure: it finds the pairs in their order, each thread one
 * candidate at a time, and counts the edges of every atom. Then one block adds up these counts, and a block for each
 * structure writes the edges, a thread for each atom, in the order of its pairs. So every list has a fixed order. */
#include "atoms/cell.h"
#include "cuda/launch.h"

#define THREADS 256
#define ADDERS  1024 /* threads of the block that adds up */

/* Sums over the threads before this one; *total over all. `sums` is shared memory for COUNT numbers. */
template <int COUNT> static __device__ int sum_before(int *sums, int number, int *total)
{
    int thread = (int)threadIdx.x;
    __syncthreads(); /* the former sums are no longer needed */
    sums[thread] = number;
    __syncthreads();
    for (int step = 1; step < COUNT; step *= 2) {
        int before = thread >= step ? sums[thread - step] : 0;
        __syncthreads();
        sums[thread] += before;
        __syncthreads();
    }
    *total = sums[COUNT - 1];
    return sums[thread] - number;
}

/* What the search needs of a basis. */
struct lattice {
    double reduced[3][3], inverse[3][3], reach[3];
    bool periodic[3];
};

static struct lattice lattice_of(const struct gd_basis *basis, double cutoff)
{
    struct lattice lattice = {};
    for (int k = 0; k < 3; k++) {
        lattice.periodic[k] = basis->periodic[k];
        lattice.reach[k] = cutoff / basis->height[k];
        for (int axis = 0; axis < 3; axis++) {
            lattice.reduced[k][axis] = basis->reduced[k][axis];
            lattice.inverse[k][axis] = basis->reduced_inverse[k][axis];
        }
    }
    return lattice;
}

/* The pairs of one structure as they are found. */
struct found {
    int *pairs, capacity;
    float *units, *distances;
};

/* The images of a pair of atoms that are within the cutoff: how many there are, and, with `found`, their places from
 * `at` on. *far: the atoms are too far from each other to look for any. */
static __device__ int find_images(const struct lattice &lattice, double cutoff, const double *positions, int later,
                                  int earlier, const struct found *found, int at, bool *far)
{
    double difference[3], low[3] = {}, high[3] = {};
    int count = 0;
    for (int axis = 0; axis < 3; axis++)
        difference[axis] = positions[3 * earlier + axis] - positions[3 * later + axis];
    for (int k = 0; k < 3; k++) {
        double place = difference[0] * lattice.inverse[0][k] + difference[1] * lattice.inverse[1][k] +
                       difference[2] * lattice.inverse[2][k];
        if (lattice.periodic[k] && !(fabs(place) < GD_FAR)) {
            *far = true;
            return 0;
        }
        if (lattice.periodic[k]) {
            low[k] = ceil(-lattice.reach[k] - place);
            high[k] = floor(lattice.reach[k] - place);
        }
    }
    for (double i = low[0]; i <= high[0]; i++)
        for (double j = low[1]; j <= high[1]; j++)
            for (double k = low[2]; k <= high[2]; k++) {
                double image[3], square = 0;
                for (int axis = 0; axis < 3; axis++) {
                    image[axis] = difference[axis] + i * lattice.reduced[0][axis] + j * lattice.reduced[1][axis] +
                                  k * lattice.reduced[2][axis];
                    square += image[axis] * image[axis];
                }
                bool upper = i > 0 || (i == 0 && (j > 0 || (j == 0 && k > 0)));
                if (square >= cutoff * cutoff || (later == earlier && !upper))
                    continue;
                int place = at + count++;
                if (!found || place >= found->capacity)
                    continue;
                double distance = sqrt(square), inverse = distance > 0 ? 1 / distance : 0;
                found->pairs[2 * place] = later;
                found->pairs[2 * place + 1] = earlier;
                found->distances[place] = (float)distance;
                for (int axis = 0; axis < 3; axis++)
                    found->units[3 * place + axis] = (float)(image[axis] * inverse);
            }
    return count;
}

static __device__ struct found found_of(const struct gd_find_edges &a, size_t s)
{
    size_t begin = s * (size_t)a.capacity;
    return {a.pairs + 2 * begin, a.capacity, a.pair_units + 3 * begin, a.distance + (size_t)a.template_rows + begin};
}

/* The number of atom i of structure s. */
static __device__ int number_of(const struct gd_find_edges &a, int s, int i)
{
    return i < a.fixed ? (int)a.structures * a.mobile + s * a.fixed + i : s * a.mobile + i - a.fixed;
}

/* Candidates are (later, earlier), earlier fastest; those beyond the diagonal count nothing. Every candidate's images
 * are looked for twice, first to count them: nothing is stored in between. */
static __global__ void __launch_bounds__(THREADS) find_pairs(const struct gd_find_edges a, const struct lattice lattice)
{
    GD_SHARED(int, sums, [THREADS]);
    int atoms = a.fixed + a.mobile, candidates = a.mobile * atoms, s = (int)blockIdx.x, count = 0;
    const double *positions = a.positions + 3 * (size_t)s * (size_t)atoms;
    struct found found = found_of(a, (size_t)s);
    bool far = false;
    for (int begin = 0; begin < candidates; begin += THREADS) {
        int candidate = begin + (int)threadIdx.x, later = a.fixed + candidate / atoms, earlier = candidate % atoms;
        bool counts = candidate < candidates && earlier <= later;
        int images = counts ? find_images(lattice, a.cutoff, positions, later, earlier, NULL, 0, &far) : 0, total;
        int before = sum_before<THREADS>(sums, images, &total);
        if (images)
            find_images(lattice, a.cutoff, positions, later, earlier, &found, count + before, &far);
        count += total;
    }
    int lost; /* threads that have met atoms too far from each other */
    sum_before<THREADS>(sums, far, &lost);
    int kept = lost ? 0 : min(count, a.capacity);
    for (int k = kept + (int)threadIdx.x; k < a.capacity; k += THREADS)
        found.distances[k] = (float)a.cutoff;
    __syncthreads(); /* all pairs are there */
    for (int i = (int)threadIdx.x; i < atoms; i += THREADS) {
        int edges = i < a.fixed ? a.template_first[i + 1] - a.template_first[i] : 0;
        for (int k = 0; k < 2 * kept; k++)
            edges += found.pairs[k] == i;
        a.first[number_of(a, s, i)] = edges;
    }
    if (threadIdx.x == 0)
        a.counts[s] = lost ? -1 : count;
}

/* first[] from the numbers of edges to where they begin, and the most pairs of a structure. A thread has a run of
 * neighbouring atoms. */
static __global__ void __launch_bounds__(ADDERS) add_up(const struct gd_find_edges a, double *needed)
{
    GD_SHARED(int, sums, [ADDERS]);
    int atoms = (int)a.structures * (a.fixed + a.mobile), run = (atoms + ADDERS - 1) / ADDERS, sum = 0, total;
    int begin = min((int)threadIdx.x * run, atoms), end = min(begin + run, atoms);
    for (int i = begin; i < end; i++)
        sum += a.first[i];
    int at = sum_before<ADDERS>(sums, sum, &total);
    for (int i = begin; i < end; i++) {
        int edges = a.first[i];
        a.first[i] = at;
        at += edges;
    }
    if (threadIdx.x > 0)
        return;
    double most = 0;
    for (int s = 0; s < (int)a.structures; s++) {
        int count = a.counts[s];
        most = fmax(most, count < 0 ? (double)INFINITY : (double)count);
        a.counts[s] = count < 0 ? 0 : min(count, a.capacity);
    }
    a.first[atoms] = total;
    *needed = most;
}

/* Puts down an edge at place `at`; `place` is where it stands among the edges of the rows. */
static __device__ void put_edge(const struct gd_find_edges &a, int at, int receiver, int sender, int row, int place,
                                const float *unit, float sign)
{
    a.receiver[at] = receiver;
    a.sender[at] = sender;
    a.row[at] = row;
    a.row_edge[place] = at;
    for (int axis = 0; axis < 3; axis++)
        a.unit[3 * at + axis] = sign * unit[axis];
}

/* Where the edges of the rows of structure s begin, after those of `before` pairs of other structures; the first block
 * does the template's, whose rows have two edges in every structure. */
static __device__ void count_uses(const struct gd_find_edges &a, int s, int before)
{
    int structures = (int)a.structures, template_edges = 2 * structures * a.template_rows;
    for (int row = (int)threadIdx.x; s == 0 && row < a.template_rows; row += THREADS)
        a.row_first[row] = 2 * structures * row;
    for (int k = (int)threadIdx.x; k <= a.capacity; k += THREADS)
        if (k < a.capacity || s == structures - 1)
            a.row_first[a.template_rows + s * a.capacity + k] = template_edges + 2 * (before + min(k, a.counts[s]));
}

/* The template's edges of atom i of structure s, from place `at` on; a lane has every 32nd of them. Returns the place
 * after them. */
static __device__ int put_template(const struct gd_find_edges &a, int s, int i, int at, int lane)
{
    if (i >= a.fixed)
        return at;
    int begin = a.template_first[i], end = a.template_first[i + 1], structures = (int)a.structures;
    for (int e = begin + lane; e < end; e += GD_WARP) {
        int row = a.template_use[e] / 2, use = a.template_use[e] % 2;
        put_edge(a, at + e - begin, number_of(a, s, i), number_of(a, s, a.template_sender[e]), row,
                 2 * (structures * row + s) + use, a.template_unit + 3 * e, 1);
    }
    return at + end - begin;
}

/* A warp for every atom: its lanes look at 32 ends of pairs at a time. With six blocks to a multiprocessor the compiler
 * may use 40 registers; it would spill some of 32. */
static __global__ void __launch_bounds__(THREADS, 6) put_edges(const struct gd_find_edges a)
{
    int s = (int)blockIdx.x, structures = (int)a.structures, lane = (int)threadIdx.x % GD_WARP, before = 0;
    int i = (int)(blockIdx.y * (THREADS / GD_WARP) + threadIdx.x / GD_WARP), ends = 2 * a.counts[s];
    struct found found = found_of(a, (size_t)s);
    for (int other = 0; other < s; other++)
        before += a.counts[other];
    if (blockIdx.y == 0)
        count_uses(a, s, before);
    if (i >= a.fixed + a.mobile)
        return;
    int receiver = number_of(a, s, i), at = put_template(a, s, i, a.first[receiver], lane);
    for (int begin = 0; begin < ends; begin += GD_WARP) {
        int k = begin + lane;
        bool mine = k < ends && found.pairs[k] == i;
        unsigned all = __ballot_sync(GD_WHOLE_WARP, mine);
        if (mine)
            put_edge(a, at + __popc(all & ((1u << lane) - 1)), receiver, number_of(a, s, found.pairs[k ^ 1]),
                     a.template_rows + s * a.capacity + k / 2, 2 * (structures * a.template_rows + before) + k,
                     found.units + 3 * (k / 2), k % 2 ? -1.0f : 1.0f);
        at += __popc(all);
    }
}

void gd_cuda_find_edges(struct gd_backend *backend, const struct gd_find_edges *a)
{
    struct gd_cuda *cuda = gd_cuda_of(backend);
    double *needed = gd_cuda_value(cuda, a->needed);
    unsigned structures = (unsigned)a->structures;
    launch(cuda, "find_pairs", find_pairs, dim3(structures), dim3(THREADS), *a, lattice_of(a->basis, a->cutoff));
    launch(cuda, "add_up", add_up, dim3(1), dim3(ADDERS), *a, needed);
    launch(cuda, "put_edges", put_edges, dim3(structures, pieces((size_t)(a->fixed + a->mobile), THREADS / GD_WARP)),
           dim3(THREADS), *a);
}
