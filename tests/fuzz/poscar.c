/* The POSCAR reader. What it accepts has known elements, finite numbers, and as many atoms as the file has room for. */
#include <math.h>
#include <stdlib.h>

#include "atoms/elements.h"
#include "atoms/extxyz.h"
#include "fuzz/fuzz.h"

static void demand(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gd_structure structure;
    struct gd_error error = {0};
    if (gd_poscar_parse("fuzz.vasp", (const char *)data, size, &structure, &error) != GD_OK)
        demand(error.status == GD_BAD_INPUT && *error.text && !structure.positions);
    demand(structure.count <= size);
    for (int k = 0; k < 9; k++)
        demand(isfinite(structure.cell.vectors[k / 3][k % 3]));
    for (size_t atom = 0; atom < structure.count; atom++) {
        demand(structure.species[atom] >= 1 && structure.species[atom] <= GD_ELEMENTS);
        for (int axis = 0; axis < 3; axis++)
            demand(isfinite(structure.positions[atom][axis]));
    }
    gd_structure_clear(&structure);
    return 0;
}
