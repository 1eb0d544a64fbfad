#include "atoms/room.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "atoms/elements.h"
#include "atoms/growth.h"
#include "engine/base/memory.h"

enum { POINTS = 1000, STRUCTURES = 10, TRIES = 200 };

static const double overlap = 0.4, much = 0.5; /* of a sum of radii; of the points */
static const double slack = 1e-6;              /* of a cell vector: less is rounding */

static struct gd_stream stream_of(uint32_t sample)
{
    return gd_stream_make(0, gd_stream_hash("room"), 0, sample);
}

/* Whether a point is out of the cell along a direction in which it ends. */
static bool is_outside(const struct gd_system *system, const double point[3])
{
    double fractional[3];
    gd_to_fractional(&system->basis, point, fractional);
    for (int k = 0; k < 3; k++) {
        const double *vector = system->structure.cell.vectors[k];
        const bool ends = !system->basis.periodic[k] && (vector[0] != 0 || vector[1] != 0 || vector[2] != 0);
        if (ends && !(fractional[k] >= -slack && fractional[k] <= 1 + slack))
            return true;
    }
    return false;
}

/* Whether a point is between the lowest and the highest atom of a slab. */
static bool is_under_surface(const struct gd_system *system, const double point[3])
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < system->fixed; i++) {
        low = fmin(low, system->structure.positions[i][2]);
        high = fmax(high, system->structure.positions[i][2]);
    }
    return point[2] > low && point[2] < high;
}

/* The share of the place for which something holds. */
static double find_share(const struct gd_system *system, bool (*holds)(const struct gd_system *, const double[3]))
{
    struct gd_stream stream = stream_of(0);
    int found = 0;
    for (int k = 0; k < POINTS; k++) {
        double point[3];
        gd_system_draw(system, &stream, point);
        found += holds(system, point);
    }
    return (double)found / POINTS;
}

/* An open cell without template atoms: there is nothing that its walls have to do with. */
static bool is_free_space(const struct gd_system *system)
{
    const bool *periodic = system->structure.cell.periodic;
    return system->fixed == 0 && !periodic[0] && !periodic[1] && !periodic[2];
}

/* A window has a warning of its own. */
static bool leaves_cell(const struct gd_system *system, char *text, size_t size)
{
    const bool matters = !system->confined && system->region.count > 0 && !is_free_space(system);
    const double share = matters ? find_share(system, is_outside) : 0;
    if (share == 0)
        return false;
    snprintf(text, size, "%.0f %% of the region is out of the cell: move the region, or make the cell larger",
             ceil(100 * share));
    return true;
}

static bool is_slab(const struct gd_system *system)
{
    const bool *periodic = system->structure.cell.periodic;
    return system->fixed > 0 && periodic[0] && periodic[1];
}

static bool is_buried(const struct gd_system *system, char *text, size_t size)
{
    const bool region = !system->confined && system->region.count > 0;
    const double share = region && is_slab(system) ? find_share(system, is_under_surface) : 0;
    if (share <= much)
        return false;
    snprintf(text, size, "%.0f %% of the region is between the lowest and the highest atom of the template: raise it",
             100 * share);
    return true;
}

/* How many atoms of a structure find a place, one after the other; `positions` [count][3], `there` [count]: scratch. */
static size_t place(const struct gd_growth *growth, const struct gd_system *system, uint32_t structure,
                    double (*positions)[3], bool *there)
{
    struct gd_stream stream = stream_of(1 + structure);
    const size_t count = system->structure.count;
    size_t atom = system->fixed;
    for (size_t i = 0; i < count; i++)
        there[i] = i < system->fixed;
    for (int tries = 0; atom < count && tries < TRIES;) {
        gd_system_draw(system, &stream, positions[atom]);
        there[atom] = gd_growth_suits(growth, system, (const double(*)[3])positions, there, atom);
        tries = there[atom] ? 0 : tries + 1;
        atom += there[atom];
    }
    return atom - system->fixed;
}

static bool has_no_room(const struct gd_system *system, char *text, size_t size)
{
    const struct gd_growth growth = {.near = overlap, .far = INFINITY};
    struct gd_error error = {0};
    const size_t count = system->structure.count, mobile = gd_system_mobile(system);
    double(*positions)[3] = gd_array(count, sizeof *positions);
    bool *there = gd_array(count, sizeof *there);
    size_t most = 0;
    if (!positions || !there || gd_growth_check(&growth, system, &error) != GD_OK)
        most = mobile; /* nothing can be said */
    for (size_t i = 0; i < system->fixed && most < mobile; i++)
        for (int axis = 0; axis < 3; axis++)
            positions[i][axis] = system->structure.positions[i][axis];
    for (uint32_t k = 0; k < STRUCTURES && most < mobile; k++) {
        const size_t placed = place(&growth, system, k, positions, there);
        most = placed > most ? placed : most;
    }
    free(positions);
    free(there);
    if (most == mobile)
        return false;
    snprintf(text, size,
             "no way was found to place the atoms without overlap (closer than %g of the sum of their covalent radii): "
             "%zu of %zu found a place; use a larger region, window or cell",
             overlap, most, mobile);
    return true;
}

bool gd_room_warning(const struct gd_system *system, char *text, size_t size)
{
    static bool (*const doubts[])(const struct gd_system *, char *, size_t) = {leaves_cell, is_buried, has_no_room};
    *text = '\0';
    for (size_t k = 0; k < sizeof doubts / sizeof *doubts; k++)
        if (doubts[k](system, text, size))
            return true;
    return false;
}
