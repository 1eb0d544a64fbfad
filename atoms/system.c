/* Joining template and mobile atoms, and keeping the mobile ones where they may be. */
#include "atoms/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/coincidence.h"
#include "atoms/elements.h"

/* Vectors that leave the plane z = 0 by less than this (Å) count as lying in it. */
#define FLAT 1e-6

static bool rises(const struct gd_system *system, int vector)
{
    return fabs(system->basis.vectors[vector][2]) > FLAT;
}

bool gd_system_floats(const struct gd_system *system)
{
    const bool *periodic = system->structure.cell.periodic;
    return system->fixed == 0 && system->structure.count > 1 && !periodic[0] && !periodic[1] && !periodic[2];
}

bool gd_system_bounds(const struct gd_system *system, int vector)
{
    const int axes = system->confined ? GD_Z_AXIS : gd_region_axes(&system->region);
    return axes == GD_ALL_AXES || (axes == GD_Z_AXIS && rises(system, vector));
}

/* Mobile atoms start anywhere in the cell, so it must have an extent wherever nothing else gives one. */
static enum gd_status check_cell(const struct gd_system *system, struct gd_error *error)
{
    const struct gd_cell *cell = &system->structure.cell;
    int rising = 0;
    for (int k = 0; k < 3; k++) {
        const double *vector = cell->vectors[k];
        bool zero = vector[0] == 0 && vector[1] == 0 && vector[2] == 0;
        if (zero && !gd_system_bounds(system, k))
            return gd_fail(
                error, GD_BAD_INPUT,
                "cell vector %d is zero: no space for mobile atoms along it; give the template a cell, or choose a "
                "region that ends in all directions, such as a sphere",
                k + 1);
        rising += rises(system, k);
    }
    if ((system->confined || gd_region_axes(&system->region) == GD_Z_AXIS) && rising != 1)
        return gd_fail(error, GD_BAD_INPUT, "a window in z needs a cell with two vectors in the plane z = 0");
    return GD_OK;
}

/* Mobile atoms never leave the window or region, so those of the template are in it from the start. */
static enum gd_status check_sampled(const struct gd_system *system, struct gd_error *error)
{
    const struct gd_structure *structure = &system->structure;
    for (size_t i = system->fixed; i < system->fixed + structure->sampled; i++) {
        const double *at = structure->positions[i];
        if (!gd_system_contains(system, at))
            return gd_fail(error, GD_BAD_INPUT,
                           "atom %zu of the template, %s at (%.3f, %.3f, %.3f) Å, is outside, and is to be sampled: "
                           "let the %s contain it, or choose free: relax or fix",
                           i + 1, gd_element_symbol(structure->species[i]), at[0], at[1], at[2],
                           system->confined ? "window" : "region");
    }
    return GD_OK;
}

static enum gd_status set_window(struct gd_system *system, const double window[2], bool above, struct gd_error *error)
{
    const size_t count = system->fixed + system->structure.sampled;
    double origin = 0;
    if (above && count == 0)
        return gd_fail(error, GD_BAD_INPUT, "a window above the template needs a template with atoms");
    for (size_t i = 0; above && i < count; i++)
        if (i == 0 || system->structure.positions[i][2] > origin)
            origin = system->structure.positions[i][2];
    if (!(window[0] < window[1]) || !isfinite(window[0]) || !isfinite(window[1]))
        return gd_fail(error, GD_BAD_INPUT, "the window from %g to %g Å is empty", window[0], window[1]);
    system->confined = true;
    system->window[0] = origin + window[0];
    system->window[1] = origin + window[1];
    return GD_OK;
}

static enum gd_status join(struct gd_structure *joined, const struct gd_structure *template_, const int *mobile,
                           size_t mobile_count, struct gd_error *error)
{
    if (mobile_count > SIZE_MAX - template_->count)
        return gd_no_memory(error, "the atoms of the system");
    enum gd_status status = gd_structure_alloc(joined, template_->count + mobile_count, false, error);
    if (status)
        return status;
    joined->cell = template_->cell;
    joined->free_atoms = template_->free_atoms;
    joined->sampled = template_->sampled;
    if (template_->count) {
        memcpy(joined->species, template_->species, template_->count * sizeof *joined->species);
        memcpy(joined->positions, template_->positions, template_->count * sizeof *joined->positions);
    }
    memcpy(joined->species + template_->count, mobile, mobile_count * sizeof *mobile);
    return GD_OK;
}

/* All but window and region. */
static enum gd_status start(struct gd_system *system, const struct gd_structure *template_, const int *mobile,
                            size_t mobile_count, struct gd_error *error)
{
    *system = (struct gd_system){.fixed = template_->count - template_->sampled};
    if (mobile_count == 0)
        return gd_error_set_key(gd_fail(error, GD_BAD_INPUT, "the system has no mobile atoms"), error, "add");
    enum gd_status status = gd_error_set_key(gd_basis_make(&system->basis, &template_->cell, error), error, "template");
    if (!status)
        status = gd_error_set_key(gd_coincidence_check(template_, error), error, "template");
    return status ? status : join(&system->structure, template_, mobile, mobile_count, error);
}

static enum gd_status finish(struct gd_system *system, const char *bounded_by, enum gd_status status,
                             struct gd_error *error)
{
    const char *key = bounded_by ? bounded_by : "template";
    if (!status)
        status = gd_error_set_key(check_cell(system, error), error, key);
    if (!status)
        status = gd_error_set_key(check_sampled(system, error), error, key);
    if (status)
        gd_system_clear(system);
    return status;
}

enum gd_status gd_system_make(struct gd_system *system, const struct gd_structure *template_, const int *mobile,
                              size_t mobile_count, const double *window, bool above, struct gd_error *error)
{
    enum gd_status status = start(system, template_, mobile, mobile_count, error);
    if (!status && window)
        status = gd_error_set_key(set_window(system, window, above, error), error, "window");
    return finish(system, window ? "window" : NULL, status, error);
}

enum gd_status gd_system_make_in(struct gd_system *system, const struct gd_structure *template_, const int *mobile,
                                 size_t mobile_count, const struct gd_region *region, struct gd_error *error)
{
    enum gd_status status = start(system, template_, mobile, mobile_count, error);
    if (!status && region->is_window)
        status = gd_error_set_key(set_window(system, region->window, false, error), error, "region");
    else if (!status)
        system->region = *region;
    return finish(system, "region", status, error);
}

void gd_system_clear(struct gd_system *system)
{
    if (!system)
        return;
    gd_structure_clear(&system->structure);
    *system = (struct gd_system){0};
}

void gd_system_free(void *system)
{
    gd_system_clear(system);
    free(system);
}

enum gd_status gd_system_match(const struct gd_system *system, const struct gd_system *other, struct gd_error *error)
{
    const struct gd_structure *a = &system->structure, *b = &other->structure;
    if (a->count != b->count || system->fixed != other->fixed)
        return gd_fail(error, GD_BAD_INPUT, "has %zu atoms, %zu of them mobile; this pipeline's system has %zu and %zu",
                       a->count, gd_system_mobile(system), b->count, gd_system_mobile(other));
    for (size_t k = 0; k < a->count; k++)
        if (a->species[k] != b->species[k])
            return gd_fail(error, GD_BAD_INPUT, "atom %zu is %s; in this pipeline's system it is %s", k + 1,
                           gd_element_symbol(a->species[k]), gd_element_symbol(b->species[k]));
    if (!gd_cell_same(&a->cell, &b->cell))
        return gd_fail(error, GD_BAD_INPUT, "the cell differs from this pipeline's");
    if (a->free_atoms != b->free_atoms)
        return gd_fail(error, GD_BAD_INPUT,
                       "%zu atoms of the template move in relaxations; in this pipeline's system %zu do", a->free_atoms,
                       b->free_atoms);
    const size_t still = system->fixed - a->free_atoms;
    if (still && memcmp(a->positions, b->positions, still * sizeof *a->positions) != 0)
        return gd_fail(error, GD_BAD_INPUT, "the positions of template atoms differ from this pipeline's");
    return GD_OK;
}

/* Reflects z at both walls until it lies between them: -1 after an odd number of reflections, else 1. */
static int reflect(const double window[2], double *z)
{
    double height = window[1] - window[0];
    double above = fmod(*z - window[0], 2 * height);
    if (above < 0)
        above += 2 * height;
    bool turned = above > height;
    if (turned)
        above = 2 * height - above;
    *z = fmin(fmax(window[0] + above, window[0]), window[1]);
    return turned ? -1 : 1;
}

void gd_system_stop(const struct gd_system *system, double point[3])
{
    if (system->confined)
        point[2] = fmin(fmax(point[2], system->window[0]), system->window[1]);
    gd_region_stop(&system->region, point);
}

void gd_system_hold(const struct gd_system *system, const double point[3], double force[3])
{
    if (system->confined && point[2] <= system->window[0])
        force[2] = fmax(force[2], 0);
    if (system->confined && point[2] >= system->window[1])
        force[2] = fmin(force[2], 0);
    gd_region_hold(&system->region, point, force);
}

void gd_system_confine(const struct gd_system *system, double point[3], double *vector)
{
    struct gd_basis basis = system->basis;
    for (int k = 0; k < 3; k++)
        basis.periodic[k] = basis.periodic[k] && !gd_system_bounds(system, k);
    bool outside = system->confined && (point[2] < system->window[0] || point[2] > system->window[1]);
    if (outside && reflect(system->window, &point[2]) < 0 && vector)
        vector[2] = -vector[2];
    gd_parts_reflect(system->region.parts, system->region.count, point, vector);
    gd_wrap(&basis, point);
}

bool gd_system_contains(const struct gd_system *system, const double point[3])
{
    double confined[3] = {point[0], point[1], point[2]}, shift[3];
    gd_system_confine(system, confined, NULL);
    for (int axis = 0; axis < 3; axis++)
        shift[axis] = confined[axis] - point[axis];
    return gd_minimum_image(&system->basis, shift) < FLAT;
}

void gd_system_draw(const struct gd_system *system, struct gd_stream *stream, double point[3])
{
    double fractional[3];
    for (int k = 0; k < 3; k++)
        fractional[k] = gd_system_bounds(system, k) ? 0 : gd_stream_uniform(stream);
    gd_to_cartesian(&system->basis, fractional, point);
    if (system->confined)
        point[2] = system->window[0] + (system->window[1] - system->window[0]) * gd_stream_uniform(stream);
    if (system->region.count)
        gd_region_draw(&system->region, stream, point);
}
