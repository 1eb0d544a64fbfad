/* Crossovers: how two structures make a third. Components of kind "crossover". */
#ifndef GD_STAGES_CROSSOVER_H
#define GD_STAGES_CROSSOVER_H

#include "atoms/system.h"
#include "engine/base/random.h"
#include "engine/language/registry.h"

/* Two parents and their child: the mobile atoms alone, `count` of them. */
struct gd_crossing {
    const struct gd_system *system;
    struct gd_stream *stream;
    const int *species;     /* [count] */
    size_t count;           /* at least 2 */
    double centres[2][3];   /* of the atoms of each parent, Å */
    double (*places[2])[3]; /* [count] of each parent, from its centre, without jumps over the cell's boundaries */
    double (*child)[3];     /* [count] to be filled: at species[i] is an atom of that element */

    /* Room for a crossover to work in. */
    double (*moved[2])[3]; /* [count] of each parent, from the centre of the first one */
    double *heights[2];    /* [count] */
    int *wanted;           /* [count] */
    bool *taken;           /* [count] */
};

struct gd_crossover_class {
    struct gd_component base;
    /* Makes a child, out of random numbers of the stream, anew at every call. Places may be outside of the window and
     * the cell; the caller brings them back. False: no child came of it, such as one that is a copy of a parent. */
    bool (*cross)(const void *params, struct gd_crossing *crossing);
};

extern const struct gd_kind gd_kind_crossover;
extern const struct gd_crossover_class *const gd_crossovers[]; /* NULL-ended */

/* Fills the child with the first parent's atoms of height above 0, and for each other atom the second parent's lowest
 * of its element that is left: heights and moved of both parents are set. False when all or none come from the first.
 */
bool gd_crossing_splice(struct gd_crossing *crossing);

/* Whether structures can be turned: no template and no window. */
bool gd_crossing_free(const struct gd_crossing *crossing);

/* A random unit vector: any one where structures can be turned, else one in the plane z = 0. */
void gd_crossing_normal(struct gd_crossing *crossing, double normal[3]);

#endif
