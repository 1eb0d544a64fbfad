#include "atoms/window.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/sort.h"

#define SLACK 1e-6 /* Å: less is rounding */

/* Along z: the template, and the cell, which has no end there when `height` is 0. */
struct column {
    double bottom, top; /* of the template; without atoms both are NAN */
    double height;
    bool periodic;
};

static struct column make_column(const struct gd_system *system)
{
    struct column column = {.bottom = NAN, .top = NAN};
    for (size_t i = 0; i < system->fixed; i++) {
        column.bottom = fmin(column.bottom, system->structure.positions[i][2]);
        column.top = fmax(column.top, system->structure.positions[i][2]);
    }
    for (int k = 0; k < 3; k++)
        if (gd_system_bounds(system, k)) {
            column.height = fabs(system->structure.cell.vectors[k][2]);
            column.periodic = system->structure.cell.periodic[k];
        }
    return column;
}

/* The largest gap between two template atoms that follow each other along z, up to *end. */
static double largest_gap(const struct gd_system *system, double *end)
{
    double *z = gd_array(system->fixed, sizeof *z), gap = 0;
    if (!z)
        return 0;
    for (size_t i = 0; i < system->fixed; i++)
        z[i] = system->structure.positions[i][2];
    gd_sort(z, system->fixed);
    for (size_t i = 1; i < system->fixed; i++)
        if (z[i] - z[i - 1] > gap) {
            gap = z[i] - z[i - 1];
            *end = z[i];
        }
    free(z);
    return gap;
}

/* There is no vacuum at all: a crystal, not a slab. */
static bool is_filled(const struct gd_system *system, const struct column *column, char *text, size_t size)
{
    const double least = 3; /* Å: layers of crystals are nearer */
    double end = 0, gap = largest_gap(system, &end), beside = column->height - (column->top - column->bottom);
    if (!column->periodic || !(gap < least && beside < least))
        return false;
    snprintf(text, size,
             "the template fills the cell along z, where its largest gap is %.3g Å: give a slab vacuum above its "
             "surface, or leave the window out for atoms in a crystal",
             fmax(gap, beside));
    return true;
}

/* The vacuum is inside of the template, not beside it: a slab that was wrapped into the cell. */
static bool is_cut(const struct gd_system *system, const struct column *column, char *text, size_t size)
{
    double end = 0, gap = largest_gap(system, &end), beside = column->height - (column->top - column->bottom);
    if (!column->periodic || !(gap > beside + SLACK))
        return false;
    snprintf(text, size,
             "the cell boundary divides the template: its largest gap is from z = %g to %g Å, so its highest atom at "
             "%g Å is not its surface; shift its atoms by %g Å along z, periodically",
             end - gap, end, column->top, -end);
    return true;
}

static bool is_in_template(const struct gd_system *system, const struct column *column, char *text, size_t size)
{
    const double *window = system->window;
    if (!(window[1] > column->bottom + SLACK && window[0] < (column->bottom + column->top) / 2 - SLACK))
        return false;
    snprintf(text, size,
             "the window from z = %g to %g Å reaches into the template, which is from %g to %g Å: let it begin %g Å "
             "higher, at the highest template atom, or above",
             window[0], window[1], column->bottom, column->top, column->top - window[0]);
    return true;
}

static bool reaches_image(const struct gd_system *system, const struct column *column, char *text, size_t size)
{
    const double *window = system->window;
    double above = column->bottom + column->height, below = column->top - column->height;
    const bool high = window[1] > above + SLACK;
    if (!column->periodic || !(high || window[0] < below - SLACK))
        return false;
    snprintf(text, size,
             "the window from z = %g to %g Å reaches the periodic image of the template, which %s at %g Å: the cell is "
             "%g Å high; %s bound, or make the cell higher, by %g Å",
             window[0], window[1], high ? "begins" : "ends", high ? above : below, column->height,
             high ? "lower its upper" : "raise its lower", high ? window[1] - above : below - window[0]);
    return true;
}

static bool leaves_cell(const struct gd_system *system, const struct column *column, char *text, size_t size)
{
    const double *window = system->window, height = column->height;
    const double above = (column->periodic ? window[1] - window[0] : window[1]) - height;
    const bool high = above > SLACK;
    if (!(height > 0) || !(high || (!column->periodic && window[0] < -SLACK)))
        return false;
    snprintf(text, size, "the window from z = %g to %g Å reaches out of the cell, which is %g Å high; %s by %g Å",
             window[0], window[1], height,
             high ? "lower its upper bound, or make the cell higher," : "raise its lower bound",
             high ? above : -window[0]);
    return true;
}

bool gd_window_warning(const struct gd_system *system, char *text, size_t size)
{
    static bool (*const doubts[])(const struct gd_system *, const struct column *, char *,
                                  size_t) = {is_filled, is_cut, is_in_template, reaches_image, leaves_cell};
    *text = '\0';
    if (!system->confined)
        return false;
    const struct column column = make_column(system);
    for (size_t k = 0; k < sizeof doubts / sizeof *doubts; k++)
        if (doubts[k](system, &column, text, size))
            return true;
    return false;
}

size_t gd_window_pressed(const struct gd_system *system, const struct gd_structure *structure, double least,
                         double *most)
{
    size_t count = 0;
    *most = 0;
    for (size_t i = system->fixed; i < structure->count; i++) {
        const double *force = structure->forces[i];
        double held[3] = {force[0], force[1], force[2]};
        gd_system_hold(system, structure->positions[i], held);
        const double through = hypot(hypot(force[0] - held[0], force[1] - held[1]), force[2] - held[2]);
        count += through > least;
        *most = fmax(*most, through);
    }
    return count;
}
