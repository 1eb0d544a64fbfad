#include "model/space_filling.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/base/memory.h"

#define BITS 21 /* of a coordinate; three of them fit a key */

struct stop {
    uint64_t key;
    int atom;
};

/* The low BITS bits with two zeros after each. */
static uint64_t spread(uint64_t bits)
{
    static const struct {
        int shift;
        uint64_t mask;
    } steps[] = {{32, 0x001f00000000ffff},
                 {16, 0x001f0000ff0000ff},
                 {8, 0x100f00f00f00f00f},
                 {4, 0x10c30c30c30c30c3},
                 {2, 0x1249249249249249}};
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
        bits = (bits | bits << steps[k].shift) & steps[k].mask;
    return bits;
}

static int by_key(const void *a, const void *b)
{
    const struct stop *p = a, *q = b;
    return p->key != q->key ? (p->key > q->key) - (p->key < q->key) : (p->atom > q->atom) - (p->atom < q->atom);
}

enum gd_status gd_curve_order(size_t count, const double (*positions)[3], int *order, struct gd_error *error)
{
    double low[3] = {INFINITY, INFINITY, INFINITY}, side = 0;
    struct stop *stops = gd_array(count, sizeof *stops);
    if (!stops)
        return gd_no_memory(error, "the order of a structure's atoms");
    for (size_t i = 0; i < count; i++)
        for (int axis = 0; axis < 3; axis++)
            low[axis] = fmin(low[axis], positions[i][axis]);
    for (size_t i = 0; i < count; i++)
        for (int axis = 0; axis < 3; axis++)
            side = fmax(side, positions[i][axis] - low[axis]);
    double scale = side > 0 ? ((1 << BITS) - 1) / side : 0;
    for (size_t i = 0; i < count; i++) {
        stops[i] = (struct stop){.atom = (int)i};
        for (int axis = 0; axis < 3; axis++)
            stops[i].key |= spread((uint64_t)((positions[i][axis] - low[axis]) * scale)) << axis;
    }
    qsort(stops, count, sizeof *stops, by_key);
    for (size_t i = 0; i < count; i++)
        order[i] = stops[i].atom;
    free(stops);
    return GD_OK;
}
