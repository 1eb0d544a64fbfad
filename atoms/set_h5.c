/* An element of H5MD is a group of `step`, `time` and `value`; here both count the structures from 0. */
#include "atoms/set_h5.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "engine/base/h5.h"
#include "engine/base/memory.h"

static const char *const boundaries[2] = {"none", "periodic"};

/* A set's place in a file. */
struct place {
    struct gd_h5 *file;
    const char *name;
    char path[160]; /* the path last asked for */
    struct gd_error *error;
};

#define LONGEST_NAME 64

static enum gd_status start(struct place *place, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    *place = (struct place){.file = file, .name = name, .error = error};
    return strlen(name) <= LONGEST_NAME ? GD_OK
                                        : gd_fail(error, GD_FAILED, "the name '%.40s...' is too long for a file", name);
}

/* "folder/NAME/item/part"; `part` may be empty. Valid until the next call. */
static const char *at(struct place *place, const char *folder, const char *item, const char *part)
{
    snprintf(place->path, sizeof place->path, "%s/%s/%s%s%s", folder, place->name, item, *part ? "/" : "", part);
    return place->path;
}

/* The metadata of the file, once: https://h5md.nongnu.org/h5md.html, "H5MD root level", and the units module. */
static enum gd_status write_header(struct gd_h5 *file, struct gd_error *error)
{
    static const struct {
        const char *group, *attribute, *text;
    } texts[] = {
        {"h5md/author", "name", "godiff"},
        {"h5md/creator", "name", "godiff"},
        {"h5md/creator", "version", GODIFF_VERSION},
    };
    static const int32_t version[2] = {1, 1}, units[2] = {1, 0};
    enum gd_status status = GD_OK;
    if (gd_h5_exists(file, "h5md"))
        return GD_OK;
    for (size_t k = 0; !status && k < sizeof texts / sizeof *texts; k++) {
        status = gd_h5_write_group(file, texts[k].group, error);
        if (!status)
            status = gd_h5_write_text_attribute(file, texts[k].group, texts[k].attribute, texts[k].text, error);
    }
    if (!status)
        status = gd_h5_write_group(file, "h5md/modules/units", error);
    if (!status)
        status = gd_h5_write_attribute(file, "h5md/modules/units", "version", GD_H5_INT32, 2, units, error);
    return status ? status : gd_h5_write_attribute(file, "h5md", "version", GD_H5_INT32, 2, version, error);
}

/* The elements of a set. MDAnalysis refuses files with a `unit` of forces that it does not know, such as eV/Å, so
 * theirs is an attribute `native_unit`. */
static const struct element {
    const char *name;
    bool scalar; /* a number per structure */
    enum gd_h5_type type;
    int rank; /* 3: [structure][atom][xyz], 1: [structure] */
    const char *unit_name, *unit;
    size_t offset; /* of the array in struct gd_set */
    bool optional; /* left out where no structure has one */
} elements[] = {
    {"position", false, GD_H5_DOUBLE, 3, "unit", "Angstrom", offsetof(struct gd_set, positions), false},
    {"force", false, GD_H5_DOUBLE, 3, "native_unit", "eV Angstrom-1", offsetof(struct gd_set, forces), false},
    {"energy", true, GD_H5_DOUBLE, 1, "unit", "eV", offsetof(struct gd_set, energies), false},
    {"evaluation", true, GD_H5_INT64, 1, NULL, NULL, offsetof(struct gd_set, serials), false},
    {"log_path_weight", true, GD_H5_DOUBLE, 1, NULL, NULL, offsetof(struct gd_set, path_weights), true},
};

#define ELEMENTS (sizeof elements / sizeof *elements)

/* The cell, again for every structure: MDAnalysis does not support fixed edges. */
static const struct element edges = {"box/edges", false, GD_H5_DOUBLE, 3, "unit", "Angstrom", 0, false};

/* MDAnalysis takes every observable of a file for one of its first trajectory, so only the main one has observables;
 * the scalars of other sets are beside their positions. */
static const char *folder(const struct place *place, const struct element *element)
{
    return element->scalar && strcmp(place->name, GD_TRAJECTORY) == 0 ? "observables" : "particles";
}

/* What writing an element needs. */
struct clock {
    int64_t *steps; /* [structures] */
    double *times;  /* [structures] */
    double (*cells)[3][3];
};

/* `lent`: the values last as long as the file. */
static enum gd_status write_element(struct place *place, const struct element *element, const struct clock *clock,
                                    const size_t shape[3], const void *values, bool lent)
{
    const struct {
        const char *name;
        enum gd_h5_type type;
        int rank;
        const void *values;
        enum gd_status (*write)(struct gd_h5 *place, const char *path, enum gd_h5_type type, int rank,
                                const size_t *shape, const void *values, struct gd_error *error);
    } parts[] = {
        {"step", GD_H5_INT64, 1, clock->steps, gd_h5_write_array},
        {"time", GD_H5_DOUBLE, 1, clock->times, gd_h5_write_array},
        {"value", element->type, element->rank, values, lent ? gd_h5_lend_array : gd_h5_write_array},
    };
    enum gd_status status = GD_OK;
    for (int k = 0; !status && k < 3; k++)
        status = parts[k].write(place->file, at(place, folder(place, element), element->name, parts[k].name),
                                parts[k].type, parts[k].rank, shape, parts[k].values, place->error);
    if (!status && element->unit)
        status = gd_h5_write_text_attribute(place->file, place->path, element->unit_name, element->unit, place->error);
    return status;
}

static bool any_known(const double *values, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (isfinite(values[k]))
            return true;
    return false;
}

static enum gd_status write_elements(struct place *place, const struct gd_set *set)
{
    enum gd_status status = GD_OK;
    struct clock clock = {.steps = gd_array(set->count, sizeof *clock.steps),
                          .times = gd_array(set->count, sizeof *clock.times),
                          .cells = gd_array(set->count, sizeof *clock.cells)};
    if (!clock.steps || !clock.times || !clock.cells)
        status = gd_no_memory(place->error, "the steps of a file");
    for (size_t k = 0; !status && k < set->count; k++) {
        clock.steps[k] = (int64_t)k;
        clock.times[k] = (double)k;
        memcpy(clock.cells[k], set->cell.vectors, sizeof clock.cells[k]);
    }
    if (!status)
        status = write_element(place, &edges, &clock, (const size_t[]){set->count, 3, 3}, clock.cells, false);
    for (size_t k = 0; !status && k < ELEMENTS; k++) {
        const void *values;
        memcpy(&values, (const char *)set + elements[k].offset, sizeof values);
        if (elements[k].optional && !any_known(values, set->count))
            continue;
        status = write_element(place, &elements[k], &clock, (const size_t[]){set->count, set->atoms, 3}, values, true);
    }
    free(clock.steps);
    free(clock.times);
    free(clock.cells);
    return status;
}

/* The box and the species, which are the same for all structures. */
static enum gd_status write_box(struct place *place, const struct gd_set *set)
{
    const int32_t dimension = 3;
    const int64_t fixed = (int64_t)set->fixed, free_atoms = (int64_t)set->free_atoms;
    const char *walls[3];
    for (int k = 0; k < 3; k++)
        walls[k] = boundaries[set->cell.periodic[k]];
    struct gd_error *error = place->error;
    struct gd_h5 *file = place->file;
    const char *box = at(place, "particles", "box", "");
    enum gd_status status = gd_h5_write_group(file, box, error);
    if (!status)
        status = gd_h5_write_attribute(file, box, "dimension", GD_H5_INT32, 0, &dimension, error);
    if (!status)
        status = gd_h5_write_strings_attribute(file, box, "boundary", 3, walls, error);
    if (!status)
        status = gd_h5_write_attribute(file, box, "cell", GD_H5_DOUBLE, 9, set->cell.vectors, error);
    if (!status)
        status = gd_h5_write_attribute(file, box, "fixed", GD_H5_INT64, 0, &fixed, error);
    if (!status && free_atoms > 0)
        status = gd_h5_write_attribute(file, box, "free", GD_H5_INT64, 0, &free_atoms, error);
    if (!status)
        status = gd_h5_write_array(file, at(place, "particles", "species", ""), GD_H5_INT32, 1, &set->atoms,
                                   set->species, error);
    return status;
}

enum gd_status gd_set_save(const void *value, struct gd_h5 *file, const char *name, struct gd_error *error)
{
    _Static_assert(sizeof(int) == sizeof(int32_t), "species are stored as they are");
    struct place place;
    enum gd_status status = start(&place, file, name, error);
    if (!status)
        status = write_header(file, error);
    if (!status)
        status = write_box(&place, value);
    return status ? status : write_elements(&place, value);
}

static enum gd_status read_box(struct place *place, struct gd_set *set)
{
    size_t count = 3;
    char **walls = NULL;
    const char *box = at(place, "particles", "box", "");
    enum gd_status status =
        gd_h5_read_attribute(place->file, box, "cell", GD_H5_DOUBLE, 9, set->cell.vectors, place->error);
    if (!status)
        status = gd_h5_load_strings_attribute(place->file, box, "boundary", &count, &walls, place->error);
    for (int k = 0; !status && k < 3; k++) {
        set->cell.periodic[k] = strcmp(walls[k], boundaries[1]) == 0;
        if (strcmp(walls[k], boundaries[set->cell.periodic[k]]) != 0)
            status = gd_fail(place->error, GD_BAD_INPUT, "%s: '%.40s' is not a boundary (expected '%s' or '%s')", box,
                             walls[k], boundaries[0], boundaries[1]);
    }
    gd_h5_free_strings(walls, count);
    return status;
}

static enum gd_status read_species(struct place *place, struct gd_set *set)
{
    int64_t fixed = 0, free_atoms = 0;
    void *species = NULL;
    set->atoms = GD_H5_ANY;
    enum gd_status status = gd_h5_load_array(place->file, at(place, "particles", "species", ""), GD_H5_INT32, 1,
                                             &set->atoms, &species, place->error);
    if (status)
        return status;
    set->species = species;
    for (size_t i = 0; i < set->atoms; i++)
        if (set->species[i] < 1 || set->species[i] > GD_ELEMENTS)
            return gd_fail(place->error, GD_BAD_INPUT, "%s: %d is not an atomic number", place->path, set->species[i]);
    const char *box = at(place, "particles", "box", "");
    status = gd_h5_read_attribute(place->file, box, "fixed", GD_H5_INT64, 0, &fixed, place->error);
    if (!status && (fixed < 0 || (uint64_t)fixed > set->atoms))
        return gd_fail(place->error, GD_BAD_INPUT, "%s: %zu atoms cannot include %lld fixed ones", box, set->atoms,
                       (long long)fixed);
    set->fixed = (size_t)fixed;
    if (!status && gd_h5_has_attribute(place->file, box, "free"))
        status = gd_h5_read_attribute(place->file, box, "free", GD_H5_INT64, 0, &free_atoms, place->error);
    if (!status && (free_atoms < 0 || free_atoms > fixed))
        return gd_fail(place->error, GD_BAD_INPUT, "%s: %lld fixed atoms cannot include %lld free ones", box,
                       (long long)fixed, (long long)free_atoms);
    set->free_atoms = (size_t)free_atoms;
    return status;
}

/* Of a file that does not have the element. */
static enum gd_status fill_unknown(struct place *place, const struct element *element, struct gd_set *set)
{
    double *values = gd_array(set->count, sizeof *values);
    if (!values)
        return gd_no_memory(place->error, "a set of structures");
    for (size_t k = 0; k < set->count; k++)
        values[k] = NAN;
    memcpy((char *)set + element->offset, &values, sizeof values);
    return GD_OK;
}

/* Reads one element; the first gives the number of structures. */
static enum gd_status read_element(struct place *place, const struct element *element, struct gd_set *set)
{
    size_t shape[3] = {element == elements ? GD_H5_ANY : set->count, set->atoms, 3};
    void *values = NULL;
    const char *path = at(place, folder(place, element), element->name, "value");
    if (element->optional && !gd_h5_exists(place->file, path))
        return fill_unknown(place, element, set);
    enum gd_status status =
        gd_h5_load_array(place->file, path, element->type, element->rank, shape, &values, place->error);
    if (status)
        return status;
    memcpy((char *)set + element->offset, &values, sizeof values);
    set->count = set->capacity = shape[0];
    return GD_OK;
}

enum gd_status gd_set_load(void **value, struct gd_h5 *file, const char *name, const struct gd_registry *registry,
                           struct gd_error *error)
{
    struct place place;
    (void)registry;
    *value = NULL;
    enum gd_status status = start(&place, file, name, error);
    if (status || !gd_h5_exists(file, at(&place, "particles", "position", "")))
        return status;
    struct gd_set *set = gd_array(1, sizeof *set);
    if (!set)
        return gd_no_memory(error, "a set of structures");
    status = read_box(&place, set);
    if (!status)
        status = read_species(&place, set);
    for (size_t k = 0; !status && k < ELEMENTS; k++)
        status = read_element(&place, &elements[k], set);
    if (status)
        gd_set_free(set);
    else
        *value = set;
    return status;
}
