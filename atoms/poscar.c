/* VASP's POSCAR, version 5: a title; a scale; three lattice vectors; symbols; counts; optionally "Selective dynamics";
 * "Direct" or "Cartesian"; positions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atoms/extxyz.h"
#include "atoms/scan.h"
#include "atoms/vector.h"
#include "engine/files.h"

#define MOST_SPECIES 256

struct poscar {
    struct gd_scan *scan;
    struct gd_cell cell;
    double scale[3]; /* of x, y and z */
    int species[MOST_SPECIES];
    size_t atoms[MOST_SPECIES], kinds, count;
};

static enum gd_status next_line(struct gd_scan *scan, const char *what)
{
    return gd_scan_line(scan) ? GD_OK : gd_scan_fail(scan, NULL, "the file ends before %s", what);
}

static enum gd_status read_vector(struct gd_scan *scan, const char *what, double vector[3])
{
    enum gd_status status = next_line(scan, what);
    for (int axis = 0; !status && axis < 3; axis++)
        status = gd_scan_real(scan, gd_scan_word(scan), what, &vector[axis]);
    return status;
}

/* One factor, or the volume as a negative number, or a factor for each of x, y and z. */
static enum gd_status read_scale(struct poscar *poscar, double *volume)
{
    struct gd_scan *scan = poscar->scan;
    double *scale = poscar->scale;
    enum gd_status status = next_line(scan, "the scale");
    int count = 0;
    while (!status && count < 3 && (count == 0 || !gd_scan_blank(scan)))
        status = gd_scan_real(scan, gd_scan_word(scan), "the scale", &scale[count++]);
    if (status)
        return status;
    bool one = count == 1 && scale[0] != 0, three = count == 3 && scale[0] > 0 && scale[1] > 0 && scale[2] > 0;
    if (!one && !three)
        return gd_scan_fail(scan, scan->line, "the scale must be one number other than zero, or three above zero");
    *volume = scale[0] < 0 ? -scale[0] : 0;
    if (one)
        scale[1] = scale[2] = scale[0];
    return GD_OK;
}

static enum gd_status read_cell(struct poscar *poscar)
{
    double volume = 0, normal[3];
    enum gd_status status = read_scale(poscar, &volume);
    for (int k = 0; !status && k < 3; k++) {
        status = read_vector(poscar->scan, "a lattice vector", poscar->cell.vectors[k]);
        poscar->cell.periodic[k] = true;
    }
    if (status)
        return status;
    if (volume > 0) {
        gd_cross(poscar->cell.vectors[0], poscar->cell.vectors[1], normal);
        double factor = cbrt(volume / fabs(gd_dot(normal, poscar->cell.vectors[2])));
        poscar->scale[0] = poscar->scale[1] = poscar->scale[2] = factor;
    }
    for (int k = 0; k < 9; k++) {
        poscar->cell.vectors[k / 3][k % 3] *= poscar->scale[k % 3];
        if (!isfinite(poscar->cell.vectors[k / 3][k % 3]))
            return gd_scan_fail(poscar->scan, poscar->scan->line, "the scaled cell is not finite");
    }
    return GD_OK;
}

/* A line of symbols ("Pt", "Pt_pv", "Pt/0a1b2c") and a line of as many counts. */
static enum gd_status read_species(struct poscar *poscar)
{
    struct gd_scan *scan = poscar->scan;
    enum gd_status status = next_line(scan, "the symbols of the elements");
    while (!status && !gd_scan_blank(scan)) {
        char *word = gd_scan_word(scan);
        if (poscar->kinds == MOST_SPECIES)
            return gd_scan_fail(scan, word, "more than %d symbols", MOST_SPECIES);
        word[strcspn(word, "_/")] = '\0';
        status = gd_scan_element(scan, word, &poscar->species[poscar->kinds++]);
    }
    if (!status)
        status = next_line(scan, "the numbers of atoms");
    for (size_t k = 0; !status && k < poscar->kinds; k++) {
        int64_t count;
        const char *word = gd_scan_word(scan);
        status = gd_scan_integer(scan, word, "a number of atoms", &count);
        if (!status && (count < 0 || (size_t)count > gd_scan_left(scan)))
            return gd_scan_fail(scan, word, "the file is too short for %.60s atoms", word);
        poscar->atoms[k] = status ? 0 : (size_t)count;
        poscar->count += poscar->atoms[k];
    }
    if (!status && !gd_scan_blank(scan))
        return gd_scan_fail(scan, NULL, "more numbers of atoms than symbols");
    return status;
}

/* "Selective dynamics" or not, then "Direct", or "Cartesian" or "K-space". */
static enum gd_status read_mode(struct poscar *poscar, bool *cartesian)
{
    struct gd_scan *scan = poscar->scan;
    enum gd_status status = next_line(scan, "'Direct' or 'Cartesian'");
    if (!status && !gd_scan_blank(scan) && strchr("sS", *scan->at))
        status = next_line(scan, "'Direct' or 'Cartesian'");
    if (status)
        return status;
    bool blank = gd_scan_blank(scan);
    if (blank || !strchr("dDcCkK", *scan->at))
        return gd_scan_fail(scan, NULL, "expected 'Direct' or 'Cartesian'");
    *cartesian = !strchr("dD", *scan->at);
    return GD_OK;
}

static enum gd_status read_positions(struct poscar *poscar, struct gd_structure *structure)
{
    bool cartesian = false;
    enum gd_status status = read_mode(poscar, &cartesian);
    size_t atom = 0;
    for (size_t kind = 0; kind < poscar->kinds; kind++)
        for (size_t k = 0; !status && k < poscar->atoms[kind]; k++, atom++) {
            double at[3], *position = structure->positions[atom];
            status = read_vector(poscar->scan, "a position", at);
            structure->species[atom] = poscar->species[kind];
            for (int axis = 0; !status && axis < 3; axis++)
                if (cartesian)
                    position[axis] = poscar->scale[axis] * at[axis];
                else
                    gd_add_scaled(position, at[axis], poscar->cell.vectors[axis]);
        }
    return status;
}

static enum gd_status parse(struct gd_scan *scan, struct gd_structure *structure)
{
    struct poscar poscar = {.scan = scan};
    enum gd_status status = next_line(scan, "the title");
    if (!status)
        status = read_cell(&poscar);
    if (!status)
        status = read_species(&poscar);
    if (!status && poscar.count > (gd_scan_left(scan) + 1) / 6)
        status = gd_scan_fail(scan, scan->line, "the file is too short for %zu atoms", poscar.count);
    if (!status)
        status = gd_structure_alloc(structure, poscar.count, false, scan->error);
    if (status)
        return status;
    structure->cell = poscar.cell;
    return read_positions(&poscar, structure);
}

enum gd_status gd_poscar_read(const char *path, struct gd_structure *structure, struct gd_error *error)
{
    struct gd_scan scan;
    char *text = NULL;
    size_t length;
    *structure = (struct gd_structure){.energy = NAN};
    enum gd_status status = gd_file_read(path, &text, &length, error);
    if (!status)
        status = gd_scan_start(&scan, path, text, length, error);
    if (!status)
        status = parse(&scan, structure);
    if (status)
        gd_structure_clear(structure);
    free(text);
    return status;
}

static bool is_poscar(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    return strcmp(name, "POSCAR") == 0 || strcmp(name, "CONTCAR") == 0 || (dot && strcmp(dot, ".vasp") == 0);
}

enum gd_status gd_structure_read(const char *path, struct gd_structure *structure, struct gd_error *error)
{
    struct gd_frames frames;
    if (is_poscar(path))
        return gd_poscar_read(path, structure, error);
    enum gd_status status = gd_extxyz_read(path, &frames, error);
    *structure = (struct gd_structure){.energy = NAN};
    if (!status) {
        *structure = frames.items[0].structure;
        frames.items[0].structure = (struct gd_structure){0};
    }
    gd_frames_clear(&frames);
    return status;
}
