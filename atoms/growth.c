#include "atoms/growth.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "atoms/vector.h"
#include "engine/base/memory.h"
#include "engine/base/numbers.h"

const char *const gd_growth_directions[] = {"biased", "unbiased", NULL};

double gd_growth_radius(const struct gd_growth *growth, const struct gd_system *system, size_t atom)
{
    return growth->radius > 0 ? growth->radius : gd_element_radius(system->structure.species[atom]);
}

enum gd_status gd_growth_check(const struct gd_growth *growth, const struct gd_system *system, struct gd_error *error)
{
    if (!(growth->near < growth->far))
        return gd_error_set_key(
            gd_fail(error, GD_BAD_INPUT, "near, %g, is not below far, %g", growth->near, growth->far), error, "near");
    for (size_t i = 0; i < system->structure.count; i++)
        if (!isfinite(gd_growth_radius(growth, system, i)))
            return gd_error_set_key(gd_fail(error, GD_BAD_INPUT, "%s has no covalent radius: set radius",
                                            gd_element_symbol(system->structure.species[i])),
                                    error, "radius");
    return GD_OK;
}

static void draw_direction(struct gd_stream *stream, int direction, double unit[3])
{
    const double azimuth = 2 * GD_PI * gd_stream_uniform(stream), u = gd_stream_uniform(stream);
    gd_set_direction(unit, azimuth, direction == GD_GROWTH_BIASED ? cos(GD_PI * u) : 2 * u - 1);
}

/* A point in the shell around another atom, uniform in volume along the radius. */
static void draw_beside(const struct gd_growth *growth, const struct gd_system *system, struct gd_stream *stream,
                        double (*positions)[3], size_t atom, size_t next_to)
{
    const double sum = gd_growth_radius(growth, system, atom) + gd_growth_radius(growth, system, next_to);
    const double least = pow(growth->near, 3), most = pow(growth->far, 3);
    double unit[3];
    draw_direction(stream, growth->direction, unit);
    memcpy(positions[atom], positions[next_to], sizeof *positions);
    gd_add_scaled(positions[atom], sum * cbrt(least + (most - least) * gd_stream_uniform(stream)), unit);
}

bool gd_growth_suits(const struct gd_growth *growth, const struct gd_system *system, const double (*positions)[3],
                     const bool *there, size_t atom)
{
    bool alone = true, bound = false;
    for (size_t i = 0; i < system->structure.count; i++) {
        if (!there[i] || i == atom)
            continue;
        double difference[3];
        for (int axis = 0; axis < 3; axis++)
            difference[axis] = positions[i][axis] - positions[atom][axis];
        const double distance = gd_minimum_image(&system->basis, difference);
        const double sum = gd_growth_radius(growth, system, i) + gd_growth_radius(growth, system, atom);
        if (distance < growth->near * sum)
            return false;
        alone = false;
        bound = bound || distance < growth->far * sum;
    }
    return alone || bound;
}

/* Along the directions in which the cell ends. */
static bool in_cell(const struct gd_system *system, const double point[3])
{
    double fractional[3];
    gd_to_fractional(&system->basis, point, fractional);
    for (int k = 0; k < 3; k++)
        if (!system->basis.periodic[k] && !gd_system_bounds(system, k) && !(fractional[k] >= 0 && fractional[k] <= 1))
            return false;
    return true;
}

bool gd_growth_attach(const struct gd_growth *growth, const struct gd_system *system, struct gd_stream *stream,
                      double (*positions)[3], const bool *there, size_t atom, size_t next_to)
{
    draw_beside(growth, system, stream, positions, atom, next_to);
    if (!gd_system_contains(system, positions[atom]))
        return false;
    gd_system_confine(system, positions[atom], NULL);
    return gd_growth_suits(growth, system, (const double(*)[3])positions, there, atom);
}

/* One of the first `count` of `order`, all with the same chance. */
static size_t draw_one(struct gd_stream *stream, const size_t *order, size_t count)
{
    return order[gd_stream_below(stream, count)];
}

static bool try_place(const struct gd_growth *growth, const struct gd_system *system, struct gd_stream *stream,
                      double (*positions)[3], const bool *there, const size_t *order, size_t placed)
{
    const size_t atom = order[placed];
    if (placed > 0)
        return gd_growth_attach(growth, system, stream, positions, there, atom, draw_one(stream, order, placed)) &&
               in_cell(system, positions[atom]);
    gd_system_draw(system, stream, positions[atom]);
    return gd_growth_suits(growth, system, (const double(*)[3])positions, there, atom);
}

static void shuffle(struct gd_stream *stream, size_t *order, size_t count)
{
    for (size_t k = count; k > 1; k--) {
        const size_t other = gd_stream_below(stream, k), kept = order[k - 1];
        order[k - 1] = order[other];
        order[other] = kept;
    }
}

/* One structure; false when an atom found no place in its tries. */
static bool place_all(const struct gd_growth *growth, const struct gd_system *system, struct gd_stream *stream,
                      double (*positions)[3], bool *there, size_t *order)
{
    const size_t mobile = gd_system_mobile(system);
    for (size_t i = 0; i < system->structure.count; i++)
        there[i] = i < system->fixed;
    for (size_t k = 0; k < mobile; k++)
        order[k] = system->fixed + k;
    shuffle(stream, order, mobile);
    for (size_t placed = 0; placed < mobile; placed++) {
        int64_t tries = growth->tries;
        while (tries > 0 && !try_place(growth, system, stream, positions, there, order, placed))
            tries--;
        if (tries == 0)
            return false;
        there[order[placed]] = true;
    }
    return true;
}

enum gd_status gd_growth_place(const struct gd_growth *growth, const struct gd_system *system, struct gd_stream *stream,
                               double (*positions)[3], struct gd_error *error)
{
    enum { STRUCTURES = 1000 };
    bool *there = gd_array(system->structure.count, sizeof *there);
    size_t *order = gd_array(gd_system_mobile(system), sizeof *order);
    enum gd_status status = there && order ? GD_OK : gd_no_memory(error, "a structure that grows");
    int left = STRUCTURES;
    while (!status && left > 0 && !place_all(growth, system, stream, positions, there, order))
        left--;
    if (!status && left == 0)
        status = gd_fail(error, GD_FAILED,
                         "no structure can be grown: each of %d attempts ended with an atom that found no place in "
                         "%" PRId64 " tries; use a larger window or cell, a smaller near or a larger far",
                         STRUCTURES, growth->tries);
    free(there);
    free(order);
    return status;
}
