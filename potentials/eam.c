/* The embedded-atom method (M. S. Daw and M. I. Baskes, Phys. Rev. B 29, 6443 (1984)) with functions from a file. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/elements.h"
#include "engine/base/memory.h"
#include "potentials/eam_file.h"
#include "potentials/embedded.h"

extern const struct gd_potential_class gd_potential_eam;

enum { BY_NAME, GIVEN }; /* GIVEN and above: a format */

static const char *const formats[] = {"by-name", "alloy", "fs", "funcfl", NULL};

enum beyond { LINEAR, REFUSE };

static const char *const beyonds[] = {"linear", "refuse", NULL};

struct params {
    const char *file;
    int format, beyond;
};

struct eam {
    struct gd_potential base;
    enum beyond beyond;
    int kind[GD_ELEMENTS + 1]; /* of an atomic number in the tables, or -1 */
    struct gd_eam tables;
    atomic_size_t *passed; /* densities so far that were beyond the last of the table */
};

static const struct gd_param rows[] = {
    {
        .name = "file",
        .type = GD_PATH,
        .accepts = gd_path_readable,
        .offset = offsetof(struct params, file),
        .help = "Tables to read, as LAMMPS has them.",
    },
    {
        .name = "format",
        .type = GD_CHOICE,
        .offset = offsetof(struct params, format),
        .initial = "by-name",
        .choices = formats,
        .help = "alloy: setfl; fs: setfl of Finnis and Sinclair; funcfl; by-name: by the end of the file's name, "
                ".eam.alloy, .eam.fs or .eam.",
    },
    {
        .name = "beyond",
        .type = GD_CHOICE,
        .offset = offsetof(struct params, beyond),
        .initial = "linear",
        .choices = beyonds,
        .help = "An atom whose density is beyond the table. linear: its embedding energy is continued in a straight "
                "line, as LAMMPS does, with a warning; refuse: the structure has no energy.",
    },
    {0},
};

/* --- Creation ----------------------------------------------------------------------------------------------------- */

static enum gd_status find_format(const struct params *params, enum gd_eam_format *format, struct gd_error *error)
{
    static const struct {
        const char *end;
        enum gd_eam_format format;
    } ends[] = {{".alloy", GD_EAM_ALLOY},
                {".setfl", GD_EAM_ALLOY},
                {".fs", GD_EAM_FS},
                {".eam", GD_EAM_FUNCFL},
                {".funcfl", GD_EAM_FUNCFL}};
    const size_t length = strlen(params->file);
    *format = (enum gd_eam_format)(params->format - GIVEN);
    if (params->format >= GIVEN)
        return GD_OK;
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
        if (length > strlen(ends[k].end) && !strcmp(params->file + length - strlen(ends[k].end), ends[k].end)) {
            *format = ends[k].format;
            return GD_OK;
        }
    return gd_error_set_key(gd_fail(error, GD_BAD_INPUT,
                                    "%s: the name does not end in .eam.alloy, .eam.fs or .eam; give its `format`",
                                    params->file),
                            error, "format");
}

static enum gd_status create(const void *values, struct gd_potential **potential, struct gd_error *error)
{
    const struct params *params = values;
    enum gd_eam_format format = GD_EAM_ALLOY;
    struct eam *eam = gd_array(1, sizeof *eam);
    atomic_size_t *passed = gd_array(1, sizeof *passed);
    enum gd_status status = eam && passed ? find_format(params, &format, error) : gd_no_memory(error, "a potential");
    if (!status)
        status = gd_error_set_key(gd_eam_read(&eam->tables, format, params->file, error), error, "file");
    if (status) {
        free(eam);
        free(passed);
        return status;
    }
    eam->base.type = &gd_potential_eam;
    eam->beyond = (enum beyond)params->beyond;
    eam->passed = passed;
    for (int number = 0; number <= GD_ELEMENTS; number++)
        eam->kind[number] = -1;
    for (size_t k = 0; k < eam->tables.kinds; k++)
        eam->kind[eam->tables.number[k]] = (int)k;
    *potential = &eam->base;
    return GD_OK;
}

static void destroy(struct gd_potential *potential)
{
    struct eam *eam = (struct eam *)potential;
    gd_eam_clear(&eam->tables);
    free(eam->passed);
    free(eam);
}

/* --- Use ---------------------------------------------------------------------------------------------------------- */

static enum gd_status fail_element(const struct eam *eam, int number, struct gd_error *error)
{
    char known[4 * GD_EAM_MOST_KINDS + 1] = "";
    for (size_t k = 0, length = 0; k < eam->tables.kinds; k++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", k ? ", " : "",
                                   gd_element_symbol(eam->tables.number[k]));
    return gd_fail(error, GD_BAD_INPUT, "eam has no tables for %s: the file has %s", gd_element_symbol(number), known);
}

static enum gd_status supports(const struct gd_potential *potential, const struct gd_structure *structure,
                               struct gd_error *error)
{
    const struct eam *eam = (const struct eam *)potential;
    for (size_t i = 0; i < structure->count; i++) {
        int number = structure->species[i];
        if (number < 1 || number > GD_ELEMENTS || eam->kind[number] < 0)
            return fail_element(eam, number, error);
    }
    return GD_OK;
}

static double add_pair(const struct gd_potential *potential, int number_i, int number_j, double r,
                       struct gd_embedded_pair *pair)
{
    const struct eam *eam = (const struct eam *)potential;
    const struct gd_eam *tables = &eam->tables;
    const size_t i = (size_t)eam->kind[number_i], j = (size_t)eam->kind[number_j];
    double slope, energy = gd_spline_value(&tables->pair[i * tables->kinds + j], r, &slope) / r;
    pair->slope = (slope - energy) / r;
    pair->density_i = gd_spline_value(&tables->density[j * tables->kinds + i], r, &pair->slope_i);
    pair->density_j = gd_spline_value(&tables->density[i * tables->kinds + j], r, &pair->slope_j);
    return energy;
}

static double embed(const struct gd_potential *potential, int number, double *density)
{
    const struct eam *eam = (const struct eam *)potential;
    const struct gd_spline *table = &eam->tables.embedding[eam->kind[number]];
    double slope, energy = gd_spline_value(table, *density, &slope), past = *density - gd_spline_end(table);
    if (past > 0) {
        atomic_fetch_add(eam->passed, 1);
        energy = eam->beyond == LINEAR ? energy + slope * past : NAN;
    }
    *density = slope;
    return energy;
}

static enum gd_status evaluate(const struct gd_potential *potential, const struct gd_structure *structure,
                               double *energy, double (*forces)[3], struct gd_error *error)
{
    static const struct gd_embedded_functions functions = {add_pair, embed};
    enum gd_status status = supports(potential, structure, error);
    if (status)
        return status;
    return gd_embedded_evaluate(potential, &functions, ((const struct eam *)potential)->tables.cutoff, structure,
                                energy, forces, error);
}

static bool warning(const struct gd_potential *potential, char *text, size_t size)
{
    const struct eam *eam = (const struct eam *)potential;
    const size_t passed = atomic_load(eam->passed);
    if (passed && eam->beyond == LINEAR)
        snprintf(
            text, size,
            "eam: %zu times the density at an atom was beyond the end of the table, where its energy is continued in "
            "a straight line and may be much too low: use a larger clash, or beyond: refuse",
            passed);
    return passed && eam->beyond == LINEAR;
}

const struct gd_potential_class gd_potential_eam = {
    .base = {"eam", "Embedded-atom method with tables from a file: setfl (eam/alloy, eam/fs) or funcfl.", rows,
             sizeof(struct params)},
    .create = create,
    .supports = supports,
    .evaluate = evaluate,
    .destroy = destroy,
    .warning = warning,
};
