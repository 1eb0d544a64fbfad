/* The reader of embedded-atom tables, in each of its formats. What it accepts has known elements, each once, and tables
 * of finite numbers whose values are there for any distance and density. */
#include <math.h>
#include <stdlib.h>

#include "atoms/elements.h"
#include "fuzz/fuzz.h"
#include "potentials/eam_file.h"

static void demand(int holds)
{
    if (!holds)
        abort();
}

static void try_spline(const struct gd_spline *spline)
{
    const double end = gd_spline_end(spline), at[] = {-1e9, -1, 0, end / 3, end, 2 * end, INFINITY, NAN};
    double slope;
    demand(spline->count >= GD_SPLINE_FEWEST && spline->step > 0);
    for (size_t k = 0; k < spline->count; k++)
        demand(isfinite(spline->points[k].value));
    for (size_t k = 0; k < sizeof at / sizeof *at; k++)
        gd_spline_value(spline, at[k], &slope);
}

static void try_format(enum gd_eam_format format, const char *text, size_t length)
{
    struct gd_eam eam;
    struct gd_error error = {0};
    if (gd_eam_parse(&eam, format, "fuzz.eam", text, length, &error) != GD_OK)
        demand(error.status == GD_BAD_INPUT && *error.text && !eam.points);
    demand(eam.kinds <= GD_EAM_MOST_KINDS && (!eam.points || (eam.kinds > 0 && eam.cutoff > 0)));
    for (size_t a = 0; a < eam.kinds; a++) {
        demand(eam.number[a] >= 1 && eam.number[a] <= GD_ELEMENTS);
        try_spline(&eam.embedding[a]);
        for (size_t b = 0; b < eam.kinds; b++) {
            demand(a == b || eam.number[a] != eam.number[b]);
            try_spline(&eam.density[a * eam.kinds + b]);
            try_spline(&eam.pair[a * eam.kinds + b]);
        }
    }
    gd_eam_clear(&eam);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_format(GD_EAM_ALLOY, (const char *)data, size);
    try_format(GD_EAM_FS, (const char *)data, size);
    try_format(GD_EAM_FUNCFL, (const char *)data, size);
    return 0;
}
