#include "atoms/poscar_write.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "atoms/cell.h"
#include "atoms/elements.h"
#include "atoms/vector.h"
#include "engine/base/numbers.h"

#define REAL "%.17g"

/* The end of the atoms of one species that begin at `from`. */
static size_t block_end(const struct gd_structure *structure, size_t from)
{
    size_t end = from;
    while (end < structure->count && structure->species[end] == structure->species[from])
        end++;
    return end;
}

static void write_species(FILE *file, const struct gd_structure *structure)
{
    for (size_t k = 0; k < structure->count; k = block_end(structure, k))
        fprintf(file, " %s", gd_element_symbol(structure->species[k]));
    fputc('\n', file);
    for (size_t k = 0; k < structure->count; k = block_end(structure, k))
        fprintf(file, " %zu", block_end(structure, k) - k);
    fputc('\n', file);
}

/* --- The box ------------------------------------------------------------------------------------------------------ */

#define LEAST_GAP 6.0 /* Å between an atom and images of others */
#define GAP       10.0

struct box {
    double vectors[3][3], shift[3];
    bool changed;
};

/* The normal of the plane of the vectors beside vector k; along axis k when these have none. */
static void find_normal(double vectors[3][3], int k, double normal[3])
{
    const double *a = vectors[(k + 1) % 3], *b = vectors[(k + 2) % 3];
    gd_cross(a, b, normal);
    const double length = gd_length(normal);
    for (int c = 0; c < 3; c++)
        normal[c] = length > 0 ? normal[c] / length : c == k;
}

/* Gives a direction that is not periodic room for the atoms. */
static void make_room(struct box *box, const struct gd_structure *structure, int k)
{
    double normal[3], low = INFINITY, high = -INFINITY, *vector = box->vectors[k];
    find_normal(box->vectors, k, normal);
    for (size_t i = 0; i < structure->count; i++) {
        low = fmin(low, gd_dot(structure->positions[i], normal));
        high = fmax(high, gd_dot(structure->positions[i], normal));
    }
    const double height = gd_dot(vector, normal);
    if (low >= 0 && high <= height && height - (high - low) >= LEAST_GAP)
        return;
    box->changed = true;
    for (int c = 0; c < 3; c++) {
        const double direction = height > 0 ? vector[c] / height : normal[c];
        vector[c] = direction * (high - low + GAP);
        box->shift[c] += direction * (GAP / 2 - low);
    }
}

/* Vectors that are zero beside others get a direction at right angles to these; three of them the axes, by make_room.
 */
static enum gd_status take_vectors(struct box *box, const struct gd_cell *cell, struct gd_error *error)
{
    struct gd_basis basis;
    bool any = false;
    for (int k = 0; k < 3; k++)
        any |= !(gd_length(cell->vectors[k]) <= 0);
    enum gd_status status = any ? gd_basis_make(&basis, cell, error) : GD_OK;
    if (any && !status)
        memcpy(box->vectors, basis.vectors, sizeof box->vectors);
    return status;
}

static enum gd_status find_box(struct box *box, const struct gd_structure *structure, struct gd_error *error)
{
    enum gd_status status = take_vectors(box, &structure->cell, error);
    for (int k = 0; k < 3 && structure->count && !status; k++)
        if (!structure->cell.periodic[k])
            make_room(box, structure, k);
    return status;
}

enum gd_status gd_poscar_write(FILE *file, const struct gd_structure *structure, const bool *movable, const char *title,
                               bool *boxed, struct gd_error *error)
{
    struct box box = {0};
    enum gd_status status = find_box(&box, structure, error);
    *boxed = box.changed;
    if (status)
        return status;
    locale_t former = gd_c_locale_begin();
    fprintf(file, "%.*s\n1\n", (int)strcspn(title, "\r\n"), title);
    for (int k = 0; k < 3; k++)
        fprintf(file, REAL " " REAL " " REAL "\n", box.vectors[k][0], box.vectors[k][1], box.vectors[k][2]);
    write_species(file, structure);
    bool selective = false;
    for (size_t i = 0; i < structure->count; i++)
        selective |= !movable[i];
    fprintf(file, "%sCartesian\n", selective ? "Selective dynamics\n" : "");
    for (size_t i = 0; i < structure->count; i++) {
        const double *position = structure->positions[i];
        fprintf(file, REAL " " REAL " " REAL "%s\n", position[0] + box.shift[0], position[1] + box.shift[1],
                position[2] + box.shift[2],
                !selective   ? ""
                : movable[i] ? " T T T"
                             : " F F F");
    }
    gd_c_locale_end(former);
    return ferror(file) ? gd_fail(error, GD_FAILED, "cannot write structures: %s", strerror(errno)) : GD_OK;
}
