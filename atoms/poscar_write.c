#include "atoms/poscar_write.h"

#include <errno.h>
#include <string.h>

#include "atoms/elements.h"
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

enum gd_status gd_poscar_write(FILE *file, const struct gd_structure *structure, size_t fixed, const char *title,
                               struct gd_error *error)
{
    for (int k = 0; k < 3; k++) {
        const double *vector = structure->cell.vectors[k];
        if (vector[0] == 0 && vector[1] == 0 && vector[2] == 0)
            return gd_fail(error, GD_BAD_INPUT, "a POSCAR needs a cell with three vectors");
    }
    locale_t former = gd_c_locale_begin();
    fprintf(file, "%.*s\n1\n", (int)strcspn(title, "\r\n"), title);
    for (int k = 0; k < 3; k++)
        fprintf(file, REAL " " REAL " " REAL "\n", structure->cell.vectors[k][0], structure->cell.vectors[k][1],
                structure->cell.vectors[k][2]);
    write_species(file, structure);
    fprintf(file, "%sCartesian\n", fixed ? "Selective dynamics\n" : "");
    for (size_t i = 0; i < structure->count; i++) {
        const double *position = structure->positions[i];
        fprintf(file, REAL " " REAL " " REAL "%s\n", position[0], position[1], position[2],
                !fixed      ? ""
                : i < fixed ? " F F F"
                            : " T T T");
    }
    gd_c_locale_end(former);
    return ferror(file) ? gd_fail(error, GD_FAILED, "cannot write structures: %s", strerror(errno)) : GD_OK;
}
