#include "potentials/external/lammps_script.h"

#include <math.h>
#include <string.h>

#include "atoms/cell.h"
#include "potentials/external/ipi_client.h"

/* The extent of the atoms along direction k, in units of its basis vector. */
static void measure(const struct gd_structure *structure, const struct gd_basis *basis, int k, double *low,
                    double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < structure->count; i++) {
        double fractional[3];
        gd_to_fractional(basis, structure->positions[i], fractional);
        *low = fmin(*low, fractional[k]);
        *high = fmax(*high, fractional[k]);
    }
}

enum gd_status gd_lammps_box(const struct gd_structure *structure, double (*positions)[3], struct gd_structure *boxed,
                             struct gd_error *error)
{
    static const double margin = 10; /* Å */
    struct gd_basis basis;
    struct gd_cell cell = structure->cell;
    for (int k = 0; k < 3; k++)
        if (!cell.periodic[k])
            memset(cell.vectors[k], 0, sizeof cell.vectors[k]);
    enum gd_status status = gd_basis_make(&basis, &cell, error);
    if (status)
        return status;
    *boxed = *structure;
    boxed->positions = positions;
    memcpy(positions, structure->positions, structure->count * sizeof *positions);
    memcpy(boxed->cell.vectors, basis.vectors, sizeof basis.vectors);
    for (int k = 0; k < 3; k++) {
        double low, high;
        if (cell.periodic[k])
            continue;
        measure(structure, &basis, k, &low, &high);
        for (int axis = 0; axis < 3; axis++) {
            boxed->cell.vectors[k][axis] *= high - low + 2 * margin;
            for (size_t i = 0; i < structure->count; i++)
                positions[i][axis] -= (low + high) / 2 * basis.vectors[k][axis];
        }
    }
    return GD_OK;
}

/* --- The script --------------------------------------------------------------------------------------------------- */

static int type_of(const struct gd_lammps_setup *setup, int number)
{
    int k = 0;
    while (k < setup->kinds && setup->types[k] != number)
        k++;
    return k + 1;
}

/* The vectors as LAMMPS has them: rows of a lower triangular matrix. */
static void triangle(const struct gd_structure *boxed, double rows[3][3])
{
    double vectors[3][3], axes[3][3];
    memcpy(vectors, boxed->cell.vectors, sizeof vectors);
    gd_ipi_axes(vectors, axes);
    memset(rows, 0, sizeof axes);
    for (int k = 0; k < 3; k++)
        for (int j = 0; j <= k; j++)
            for (int axis = 0; axis < 3; axis++)
                rows[k][j] += vectors[k][axis] * axes[j][axis];
}

/* Where atoms are at the beginning, wholly within the cell; the first structure that comes moves them. */
static void place_atoms(struct gd_text *text, const struct gd_lammps_setup *setup, const struct gd_structure *boxed,
                        double rows[3][3])
{
    struct gd_basis basis;
    if (gd_basis_make(&basis, &boxed->cell, NULL))
        return;
    for (size_t i = 0; i < boxed->count; i++) {
        double fractional[3], place[3] = {0, 0, 0};
        gd_to_fractional(&basis, boxed->positions[i], fractional);
        for (int k = 0; k < 3; k++) {
            if (!boxed->cell.periodic[k])
                fractional[k] += 0.5;
            const double within = fmin(fmax(fractional[k] - floor(fractional[k]), 1e-9), 1 - 1e-9);
            for (int axis = 0; axis < 3; axis++)
                place[axis] += within * rows[k][axis];
        }
        gd_text_print(text, "create_atoms %d single %.12g %.12g %.12g units box\n", type_of(setup, boxed->species[i]),
                      place[0], place[1], place[2]);
    }
}

void gd_lammps_script(struct gd_text *text, const struct gd_lammps_setup *setup, const struct gd_structure *boxed)
{
    const bool *periodic = boxed->cell.periodic;
    double rows[3][3];
    triangle(boxed, rows);
    gd_text_print(text, "units metal\natom_style %s\natom_modify map array sort 0 0\nboundary %s %s %s\n", setup->style,
                  periodic[0] ? "p" : "f", periodic[1] ? "p" : "f", periodic[2] ? "p" : "f");
    if (setup->folder)
        gd_text_print(text, "shell cd \"%s\"\n", setup->folder);
    gd_text_print(text, "box tilt large\nregion cell prism 0 %.12g 0 %.12g 0 %.12g %.12g %.12g %.12g units box\n",
                  rows[0][0], rows[1][1], rows[2][2], rows[1][0], rows[2][0], rows[2][1]);
    gd_text_print(text, "create_box %d cell\n", setup->kinds);
    place_atoms(text, setup, boxed, rows);
    gd_text_print(text, "mass * 1.0\n%s\nneigh_modify delay 0 every 1 check no\nthermo 1000000000\n", setup->commands);
    gd_text_print(text, "fix server all ipi %s 0 unix\nrun 1000000000\n", setup->socket);
}
