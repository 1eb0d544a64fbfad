#include "sweep/notes.h"

#include <math.h>

#include "engine/base/text.h"

/* A run whose structures were all rejected has finished, and counts like any other. */
static void note_rejected(struct gd_text *text, const struct gd_row *row)
{
    if (row->rejected > 0)
        gd_text_print(text, "%s: all structures were rejected in %.0f of %.0f runs%s\n", row->name, row->rejected,
                      row->finished, row->searches > 0 ? ", which count as searches without a hit" : "");
}

/* An energy on the way to a minimum is above it: by how much is not known. */
static void note_unconverged(struct gd_text *text, const struct gd_row *row)
{
    if (row->unconverged == 0 && 2 * row->converged >= row->relaxations)
        return;
    gd_text_print(text, "%s: %.0f of %.0f relaxations at the end have converged", row->name, row->converged,
                  row->relaxations);
    if (row->unconverged > 0)
        gd_text_print(text, ", and not that of the lowest structure in %.0f of %.0f runs", row->unconverged,
                      row->finished);
    gd_text_print(text, ": relaxed energies may be too high; more minima.steps lower them\n");
}

/* Which energies the comparisons are of, where one may take them for others. */
static void note_energies(struct gd_text *text, const struct gd_comparison *comparison)
{
    bool search = false, relaxed = false;
    for (size_t k = 0; k < comparison->count; k++)
        relaxed |= isfinite(comparison->rows[k].relaxed);
    for (size_t k = 0; k + 1 < comparison->count; k++)
        search |= isfinite(comparison->contrasts[k].lower) && !comparison->contrasts[k].relaxed;
    if (search && relaxed)
        gd_text_print(text, "Not all runs have relaxed energies: where it says search, the energies are compared as "
                            "the searches evaluated them\n");
}

static void note_few(struct gd_text *text, const struct gd_comparison *comparison)
{
    double least = INFINITY;
    for (size_t k = 0; k < comparison->count; k++)
        least = fmin(least, comparison->rows[k].finished);
    if (least < 10)
        gd_text_print(text, "Fewer than 10 runs say little\n");
}

char *gd_comparison_costs(const struct gd_comparison *comparison)
{
    struct gd_text text = {0};
    gd_text_print(&text, "Costs are %s", comparison->column);
    if (comparison->by_energy)
        gd_text_print(&text, "; a hit is an energy of at most %.9g eV", comparison->energy);
    if (isfinite(comparison->horizon))
        gd_text_print(&text, "; restricted means are up to %.6g", comparison->horizon);
    return gd_text_take(&text);
}

char *gd_comparison_notes(const struct gd_comparison *comparison)
{
    struct gd_text text = {0};
    note_few(&text, comparison);
    for (size_t k = 0; k < comparison->count; k++) {
        note_rejected(&text, &comparison->rows[k]);
        note_unconverged(&text, &comparison->rows[k]);
    }
    note_energies(&text, comparison);
    return gd_text_take(&text);
}
