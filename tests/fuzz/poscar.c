/* The POSCAR reader. What it accepts has known elements, finite numbers, as many atoms as the file has room for, and
 * flags T or F. */
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
    struct gd_frame frame;
    struct gd_error error = {0};
    if (gd_poscar_parse("fuzz.vasp", (const char *)data, size, &frame, &error) != GD_OK)
        demand(error.status == GD_BAD_INPUT && *error.text && !frame.structure.positions && !frame.columns);
    const struct gd_structure structure = frame.structure;
    for (size_t k = 0; frame.columns && k < structure.count * (size_t)frame.columns->width; k++)
        demand(*frame.columns->cells[k] == 'T' || *frame.columns->cells[k] == 'F');
    demand(structure.count <= size);
    for (int k = 0; k < 9; k++)
        demand(isfinite(structure.cell.vectors[k / 3][k % 3]));
    for (size_t atom = 0; atom < structure.count; atom++) {
        demand(structure.species[atom] >= 1 && structure.species[atom] <= GD_ELEMENTS);
        for (int axis = 0; axis < 3; axis++)
            demand(isfinite(structure.positions[atom][axis]));
    }
    gd_frame_clear(&frame);
    return 0;
}
