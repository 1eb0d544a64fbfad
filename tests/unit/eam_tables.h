/* Tables of the embedded-atom method that a test writes itself: of cubic polynomials, which the splines between their
 * points reproduce, but for the first and last two intervals. All numbers depend on the elements, and densities on
 * which of two is the source, so that tables in a wrong order show. */
#ifndef GD_TESTS_EAM_TABLES_H
#define GD_TESTS_EAM_TABLES_H

#include "engine/base/memory.h"

#define EAM_CUTOFF 5.0 /* Å; less than the end of the tables, 5.9 Å */

enum { EAM_KINDS = 3, EAM_DENSITIES = 2000, EAM_RADII = 60 };

static const char *const eam_symbols[EAM_KINDS] = {"Cu", "Ni", "H"};
static const int eam_numbers[EAM_KINDS] = {29, 28, 1};
static const double eam_density_step = 0.1, eam_radius_step = 0.1;

static inline double eam_embedding(int a, double density)
{
    return -(0.3 + 0.1 * a) * density + (0.001 + 0.0005 * a) * density * density;
}

/* What an atom of kind a puts at one of kind b. */
static inline double eam_density(int a, int b, double r)
{
    const double left = EAM_CUTOFF - r;
    return (0.05 + 0.01 * a + 0.003 * b) * left * left * left;
}

/* r φ(r) */
static inline double eam_pair(int a, int b, double r)
{
    return (0.3 + 0.05 * (a + b) + 0.04 * a * b) * (EAM_CUTOFF - r) * (EAM_CUTOFF - r) * (2.5 + 0.1 * (a + b) - r);
}

/* In one to five columns. */
static inline void eam_number(struct gd_text *text, int k, int count, double value)
{
    gd_text_print(text, " %.17g%s", value, k % (1 + k / 5 % 5) == 0 || k == count - 1 ? "\n" : "");
}

static inline void eam_density_table(struct gd_text *text, int a, int b)
{
    for (int k = 0; k < EAM_RADII; k++)
        eam_number(text, k, EAM_RADII, eam_density(a, b, k * eam_radius_step));
}

/* A file of the first `kinds` elements; without `finnis_sinclair` an atom's density is the same for all that receive
 * it, that at one of its own kind. */
static inline void eam_setfl(struct gd_text *text, int kinds, int finnis_sinclair)
{
    gd_text_print(text, "Comments of\n3 lines,\n 1 2 3\n%d", kinds);
    for (int a = 0; a < kinds; a++)
        gd_text_print(text, " %s", eam_symbols[a]);
    gd_text_print(text, "\n%d %g %d %g %g\n", (int)EAM_DENSITIES, eam_density_step, (int)EAM_RADII, eam_radius_step,
                  EAM_CUTOFF);
    for (int a = 0; a < kinds; a++) {
        gd_text_print(text, "1 55.5 3.6 fcc\n"); /* no atomic number of theirs */
        for (int k = 0; k < EAM_DENSITIES; k++)
            eam_number(text, k, EAM_DENSITIES, eam_embedding(a, k * eam_density_step));
        for (int b = 0; b < (finnis_sinclair ? kinds : 1); b++)
            eam_density_table(text, a, finnis_sinclair ? b : a);
    }
    for (int a = 0; a < kinds; a++)
        for (int b = 0; b <= a; b++)
            for (int k = 0; k < EAM_RADII; k++)
                eam_number(text, k, EAM_RADII, eam_pair(a, b, k * eam_radius_step));
}

#endif
