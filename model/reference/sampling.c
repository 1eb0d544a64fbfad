/* What a sampler's step is made of: scores put to scale, moves, and the edges of atoms that move. */
#include <math.h>

#include "atoms/system.h"
#include "atoms/vector.h"
#include "engine/base/random.h"
#include "model/reference/reference.h"

void gd_reference_scale(struct gd_backend *backend, const struct gd_scale *a)
{
    (void)backend;
    size_t first = a->count;
    for (size_t k = a->count; k-- > 0;) {
        a->y[k] = a->factor * a->x[k];
        if (!isfinite(a->y[k]))
            first = k;
    }
    if (a->first)
        *a->first = (double)first;
}

/* Of a move by u + z spreads of the noise: the logarithm of how likely z alone is, over u + z. */
static double weigh(double drift, double noise, double normal)
{
    const double u = drift / noise;
    return -u * (u / 2 + normal);
}

void gd_reference_move(struct gd_backend *backend, const struct gd_move *a)
{
    (void)backend;
    const struct gd_system *system = a->system;
    size_t atoms = system->structure.count, c = 0;
    for (size_t s = 0; s < a->structures; s++) {
        struct gd_stream stream = gd_stream_after_normals(&a->streams[s], a->noise > 0 ? a->drawn : 0);
        for (size_t i = system->fixed; i < atoms; i++, c += 3) {
            double *point = a->positions + 3 * (s * atoms + i);
            for (size_t axis = 0; axis < 3; axis++) {
                const double drift = fmax(-a->farthest, fmin(a->farthest, a->gain * (double)a->score[c + axis]));
                const double normal = a->noise > 0 ? gd_stream_normal(&stream) : 0;
                point[axis] += drift + a->noise * normal;
                if (a->path_weights)
                    a->path_weights[c / 3] += weigh(drift, a->noise, normal);
            }
            double turned[3] = {0};
            for (size_t axis = 0; axis < 3 && a->turned; axis++)
                turned[axis] = (double)a->turned[c + axis];
            gd_system_confine(system, point, turned);
            for (size_t axis = 0; axis < 3 && a->turned; axis++)
                a->turned[c + axis] = (float)turned[axis];
        }
    }
}

/* Pairs of one structure as they are found. */
struct found {
    const struct gd_find_edges *a;
    int *pairs;
    float *units, *distances;
    int count; /* also of those that have no room */
    bool far;
};

static void append(struct found *found, int later, int earlier, const double image[3])
{
    int k = found->count++;
    if (k >= found->a->capacity)
        return;
    double distance = gd_length(image), inverse = distance > 0 ? 1 / distance : 0;
    found->pairs[2 * k] = later;
    found->pairs[2 * k + 1] = earlier;
    found->distances[k] = (float)distance;
    for (int axis = 0; axis < 3; axis++)
        found->units[3 * k + axis] = (float)(image[axis] * inverse);
}

/* The images of one pair of atoms within the cutoff; of an atom with itself one of two opposite ones. */
static void find_images(struct found *found, int later, int earlier, const double difference[3])
{
    const struct gd_basis *basis = found->a->basis;
    double low[3] = {0}, high[3] = {0}, cutoff = found->a->cutoff;
    for (int k = 0; k < 3; k++) {
        if (!basis->periodic[k])
            continue;
        double at = 0, reach = cutoff / basis->height[k];
        for (int axis = 0; axis < 3; axis++)
            at += difference[axis] * basis->reduced_inverse[axis][k];
        if (!(fabs(at) < GD_FAR)) {
            found->far = true;
            return;
        }
        low[k] = ceil(-reach - at);
        high[k] = floor(reach - at);
    }
    for (double i = low[0]; i <= high[0]; i++)
        for (double j = low[1]; j <= high[1]; j++)
            for (double k = low[2]; k <= high[2]; k++) {
                double image[3];
                bool upper = i > 0 || (i == 0 && (j > 0 || (j == 0 && k > 0)));
                for (int axis = 0; axis < 3; axis++)
                    image[axis] = difference[axis] + i * basis->reduced[0][axis] + j * basis->reduced[1][axis] +
                                  k * basis->reduced[2][axis];
                if (gd_dot(image, image) < cutoff * cutoff && (later != earlier || upper))
                    append(found, later, earlier, image);
            }
}

/* The pairs of structure s; returns how many there are, or infinity. */
static double find_pairs(const struct gd_find_edges *a, size_t s)
{
    int atoms = a->fixed + a->mobile;
    size_t begin = s * (size_t)a->capacity;
    float *distances = a->distance + (size_t)a->template_rows + begin;
    const double *positions = a->positions + 3 * s * (size_t)atoms;
    struct found found = {a, a->pairs + 2 * begin, a->pair_units + 3 * begin, distances, 0, false};
    for (int later = a->fixed; later < atoms; later++)
        for (int earlier = 0; earlier <= later; earlier++) {
            double difference[3];
            for (int axis = 0; axis < 3; axis++)
                difference[axis] = positions[3 * earlier + axis] - positions[3 * later + axis];
            find_images(&found, later, earlier, difference);
        }
    a->counts[s] = found.far ? 0 : found.count < a->capacity ? found.count : a->capacity;
    for (int k = a->counts[s]; k < a->capacity; k++)
        distances[k] = (float)a->cutoff;
    return found.far ? (double)INFINITY : (double)found.count;
}

/* The number of atom i of structure s. */
static int number_of(const struct gd_find_edges *a, size_t s, int i)
{
    int mobile_atoms = (int)a->structures * a->mobile;
    return i < a->fixed ? mobile_atoms + (int)s * a->fixed + i : (int)s * a->mobile + i - a->fixed;
}

/* Puts down an edge at place `at`: number `use` of those that use the row. */
static void put_edge(const struct gd_find_edges *a, int at, int receiver, int sender, int row, int use,
                     const float *unit, float sign)
{
    a->receiver[at] = receiver;
    a->sender[at] = sender;
    a->row[at] = row;
    a->row_edge[a->row_first[row] + use] = at;
    for (int axis = 0; axis < 3; axis++)
        a->unit[3 * at + axis] = sign * unit[axis];
}

/* Appends the edges of receiver i of structure s at place `at`; returns where the next go. */
static int put_edges(const struct gd_find_edges *a, size_t s, int i, int at)
{
    int receiver = number_of(a, s, i), end = i < a->fixed ? a->template_first[i + 1] : 0;
    for (int e = i < a->fixed ? a->template_first[i] : 0; e < end; e++, at++)
        put_edge(a, at, receiver, number_of(a, s, a->template_sender[e]), a->template_use[e] / 2,
                 2 * (int)s + a->template_use[e] % 2, a->template_unit + 3 * e, 1);
    for (int k = 0; k < 2 * a->counts[s]; k++) {
        size_t k_in_all = 2 * s * (size_t)a->capacity + (size_t)k, pair = k_in_all / 2;
        if (a->pairs[k_in_all] == i)
            put_edge(a, at++, receiver, number_of(a, s, a->pairs[k_in_all ^ 1]), a->template_rows + (int)pair, k % 2,
                     a->pair_units + 3 * pair, k % 2 ? -1.0f : 1.0f);
    }
    return at;
}

/* Where the edges of each row begin: a template's row has two in every structure. */
static void count_uses(const struct gd_find_edges *a)
{
    int at = 0, row = 0;
    for (; row < a->template_rows; row++, at += 2 * (int)a->structures)
        a->row_first[row] = at;
    for (size_t s = 0; s < a->structures; s++)
        for (int k = 0; k < a->capacity; k++) {
            a->row_first[row++] = at;
            at += k < a->counts[s] ? 2 : 0;
        }
    a->row_first[row] = at;
}

void gd_reference_find_edges(struct gd_backend *backend, const struct gd_find_edges *a)
{
    (void)backend;
    double most = 0;
    int at = 0;
    for (size_t s = 0; s < a->structures; s++)
        most = fmax(most, find_pairs(a, s));
    count_uses(a);
    for (int part = 0; part < 2; part++) /* the mobile atoms of all structures, then the templates' */
        for (size_t s = 0; s < a->structures; s++)
            for (int i = part == 0 ? a->fixed : 0; i < (part == 0 ? a->fixed + a->mobile : a->fixed); i++) {
                a->first[number_of(a, s, i)] = at;
                at = put_edges(a, s, i, at);
            }
    a->first[a->structures * (size_t)(a->fixed + a->mobile)] = at;
    *a->needed = most;
}
